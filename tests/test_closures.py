import numpy as np
import pandas as pd
import pytest

from analysis.closures import closure_effect
from analysis.crossings import crossing_of
from analysis.overview import Scenario, nearer_elsewhere, overview, route_from_centre
from geo.errors import InputError
from geo.roads import SEASONS, load_network

NETWORK = load_network()


def edges_of(road_no: str) -> tuple[str, ...]:
    return tuple(sorted(NETWORK.edges.index[NETWORK.edges["road_no"] == road_no]))


def test_closing_the_only_road_cuts_erimo_off() -> None:
    effect = closure_effect(Scenario(closed_edges=edges_of("R336")))
    assert "えりも町" in set(effect.cut_off["name_ja"])
    assert np.isinf(effect.cut_off["delay_min"]).all()


def test_nothing_closed_changes_nothing() -> None:
    assert closure_effect(Scenario()).units.empty


def test_a_closure_never_shortens_a_way_and_only_delays_those_who_used_the_road() -> None:
    closed = edges_of("R40")
    before = overview(Scenario()).units.set_index("part_id")
    after = overview(Scenario(closed_edges=closed)).units.set_index("part_id")
    assert (after["travel_min"].fillna(np.inf) >= before["travel_min"] - 1e-9).all()
    effect = closure_effect(Scenario(closed_edges=closed)).units
    assert len(effect) > 0
    for unit in effect.itertuples():
        route = route_from_centre(Scenario(), unit.measured_from, unit.part_id)
        assert set(route.edge_ids) & set(closed)


def test_closing_and_opening_again_gives_the_same_times() -> None:
    before = overview(Scenario()).units
    overview(Scenario(closed_edges=edges_of("R40")))
    pd.testing.assert_frame_equal(before, overview(Scenario()).units)


def test_an_unknown_section_is_refused() -> None:
    with pytest.raises(InputError, match="nowhere"):
        overview(Scenario(closed_edges=("nowhere",)))


@pytest.mark.parametrize("season", SEASONS)
def test_places_nearer_to_another_centre_gain_what_is_said(season: str) -> None:
    found = nearer_elsewhere(Scenario(season=season))  # type: ignore[arg-type]
    assert "西興部村" in set(found["name_ja"])
    assert (found["nearest_centre_id"] != found["centre_id"]).all()
    assert (found["gain_min"] >= 0).all()
    assert found["gain_min"].tolist() == sorted(found["gain_min"], reverse=True)
    gained = (found["travel_min"] - found["nearest_min"]).dropna()
    assert gained.to_numpy() == pytest.approx(found.loc[gained.index, "gain_min"].to_numpy())


def test_the_ferry_to_rishiri_is_told_apart_from_the_driving() -> None:
    route = route_from_centre(Scenario(), "ikinuki", "01519")
    crossing = crossing_of(route, "summer")
    assert crossing is not None
    # 07:15, 11:15 and 16:40 from Wakkanai; people come evenly from 6:00: gaps of 75, 240 and 325 minutes.
    assert crossing.wait.expected_min == pytest.approx((75**2 + 240**2 + 325**2) / (2 * 640))
    assert crossing.wait.worst_min == 325
    assert crossing.sailings_per_day == 3
    assert crossing.returns.to_island is not None
    assert crossing.returns.to_island.possible
    ferry_min = route.stretches.loc[route.stretches["road_class"] == "ferry", "travel_min"].sum()
    assert crossing.crossing_min == pytest.approx(ferry_min)


def test_okushiri_cannot_be_visited_within_a_day() -> None:
    crossing = crossing_of(route_from_centre(Scenario(season="winter"), "suteppu", "01367"), "winter")
    assert crossing is not None
    assert crossing.returns.to_island is None


def test_a_route_without_ferry_has_no_crossing() -> None:
    assert crossing_of(route_from_centre(Scenario(), "ikinuki", "01219"), "summer") is None


def test_a_town_whose_roads_are_all_closed_is_cut_off_and_does_not_drive_across_country() -> None:
    for code, nodes in (("01694", ("m01694",)), ("01391", ("m01391",)), ("01609", ("m01609",))):
        ends = NETWORK.edges[["from_node", "to_node"]].isin(nodes).any(axis=1)
        scenario = Scenario(closed_edges=tuple(sorted(NETWORK.edges.index[ends])))
        effect = closure_effect(scenario)
        assert code in set(effect.cut_off["code"])
        assert len(effect.cut_off) + len(effect.delayed) == len(effect.units)
        unit = overview(scenario).units.set_index("part_id").loc[code]
        assert unit["status"] in ("no_route", "not_snapped")
