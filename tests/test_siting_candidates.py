"""Candidate sites: how they are named and read, and what a satellite at one would change."""

import numpy as np
import pytest

from analysis.models.parameters import load_parameters
from analysis.models.plan_file import list_plans
from analysis.models.scoring import score
from analysis.siting.candidate_test import TOGETHER, CandidateComparison, Terms, measure_candidates
from analysis.siting.candidates import (
    find_candidate,
    load_candidates,
    parse_candidates,
    part_candidates,
    seat_candidates,
)
from analysis.siting.problem import Territory
from analysis.siting.travel import access_with
from geo.errors import InputError
from geo.roads import SEASONS, Season, load_network


def measure(
    *names: str, season: Season = "winter", territory: Territory = "own", **options: object
) -> CandidateComparison:
    found = [find_candidate(name) for name in names]
    return measure_candidates(
        found,
        load_parameters(),
        season,
        load_network(),
        limit_min=90,
        territory=territory,
        **options,  # type: ignore[arg-type]
    )


def test_the_satellites_of_the_report_are_there_with_their_source() -> None:
    found = {candidate.code: candidate for candidate in load_candidates()}
    assert {"01213", "01610", "01211", "01219", "01562", "01212", "01214"} <= set(found)
    named = {s.at for plan in list_plans() for s in plan.services if s.model == "satellite"}
    assert named <= set(found)
    assert all("report" in candidate.source for candidate in found.values())


@pytest.mark.parametrize("text", ["mombetsu", "Monbetsu", "紋別", "紋別市", "01219", " Mombetsu City "])
def test_a_town_is_found_by_any_of_its_names(text: str) -> None:
    assert find_candidate(text).code == "01219"


def test_a_point_lies_in_its_municipality() -> None:
    point = find_candidate("44.30,143.30")
    assert (point.code, point.is_seat) == ("01219", False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nowhere", "no such municipality"),
        ("釧路", "01206.*01661"),
        ("35.0,135.0", "outside Hokkaido"),
        ("44.9,143.9", "sea"),
    ],
)
def test_what_is_no_place_is_refused_with_the_remedy(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_candidate(text)


def test_a_file_of_points_gives_candidates_with_their_names() -> None:
    content = "id,lat,lon,name\na,44.30,143.30,候補地\nb,43.06,141.35,\n".encode()
    first, second = parse_candidates(content, name="sites.csv")
    assert (first.name_ja, first.code, second.name_ja) == ("候補地", "01219", "b")
    with pytest.raises(InputError, match="01219"):
        parse_candidates(b"id,lat,lon\n01219,44.3,143.3\n", name="sites.csv")


def test_a_point_at_the_town_hall_takes_as_long_as_the_town_hall() -> None:
    seat = seat_candidates()["01219"]
    point = find_candidate(f"{seat.lat},{seat.lon}")
    access = access_with([point], load_network(), "winter")
    new, old = access.site(point.id), access.site("01219")
    assert access.unit_min[:, new] == pytest.approx(access.unit_min[:, old], abs=1e-6)
    assert access.site_min[access.site("aozora"), new] == pytest.approx(access.site_min[access.site("aozora"), old])


def test_parts_without_a_town_hall_are_candidates() -> None:
    assert "01484-teuri-yagishiri" in part_candidates()
    assert not set(part_candidates()) & set(seat_candidates())


@pytest.mark.parametrize("season", SEASONS)
def test_the_effect_is_that_of_the_comparison(season: Season) -> None:
    comparison = measure("mombetsu", season=season)
    effect = comparison.effects[0]
    parameters, network = load_parameters(), load_network()
    before = score(effect.plans[0].with_services([]), parameters, season, network, limit_min=90).region()
    after = score(effect.plans[0], parameters, season, network, limit_min=90).region()
    row = comparison.table.iloc[0]
    assert row["people_gained"] == pytest.approx(after["people_within_limit"] - before["people_within_limit"])
    assert row["additional_cost_jpy"] == pytest.approx(after["cost_jpy"] - before["cost_jpy"])
    assert row["staff_km_saved"] == pytest.approx(before["vehicle_km"] - after["vehicle_km"])


def test_candidates_of_several_centres_add_up_and_are_ranked() -> None:
    comparison = measure("mombetsu", "shinhidaka", "wakkanai")
    table = comparison.table
    alone, joint = table[table["id"] != TOGETHER], table[table["id"] == TOGETHER].iloc[0]
    assert alone["rank"].tolist() == [1, 2, 3]
    assert alone["people_gained"].is_monotonic_decreasing
    for column in ("people_gained", "additional_cost_jpy", "staff_km_saved", "person_minutes_saved"):
        assert joint[column] == pytest.approx(alone[column].sum())


@pytest.mark.parametrize("territory", ["own", "all"])
def test_no_place_is_served_twice_and_nobody_goes_farther(territory: Territory) -> None:
    names = [candidate.code for candidate in load_candidates()]
    comparison = measure(*names, territory=territory)
    for effect in comparison.effects:
        assert len(effect.served) == len(set(effect.served))
        assert (effect.nearest_after <= effect.nearest_before).all()
    joint = comparison.effects[-1]
    best = np.min([effect.nearest_after for effect in comparison.effects[:-1]], axis=0)
    assert (joint.nearest_after >= best - 1e-9).all()


def test_a_wider_territory_never_reaches_fewer() -> None:
    own, everybody = measure("shinhidaka"), measure("shinhidaka", territory="all")
    assert set(own.effects[0].served) <= set(everybody.effects[0].served)
    assert everybody.table["people_gained"].iloc[0] >= own.table["people_gained"].iloc[0]


def test_more_days_and_no_stationed_staff_change_the_effect() -> None:
    usual = measure("mombetsu").table.iloc[0]
    desk = measure("mombetsu", terms=Terms(days_per_week=1, staff_fte=0)).table.iloc[0]
    assert desk["people_gained"] == usual["people_gained"]
    assert desk["people_days_gained"] < usual["people_days_gained"]
    assert desk["staff_km_saved"] < usual["staff_km_saved"]


def test_a_free_point_far_from_every_centre_serves_its_surroundings() -> None:
    comparison = measure("44.30,143.30", "rumoi")
    assert "01219" in comparison.effects[0].served
    assert len(comparison.places) == 3 * 186


def test_a_candidate_given_twice_is_refused() -> None:
    with pytest.raises(InputError, match="twice"):
        measure("mombetsu", "01219")
    with pytest.raises(InputError, match="no candidate"):
        measure()
