import itertools

import numpy as np
import pandas as pd
import pytest

from analysis.accessibility import (
    TIMES_COLUMNS,
    UnitTimes,
    centre_matrix,
    nearest_times,
    responsible_times,
    times_table,
)
from analysis.coverage import (
    BANDS_MIN,
    _band_sums,
    _grid_minutes,
    check_totals,
    land_grid,
    measure_coverage,
    sum_columns,
    tabulate_units,
)
from geo.boundaries import POPULATION_2014, area_km2, load_parts
from geo.errors import DataError
from geo.roads import SEASONS, load_network
from geo.travel import STATUSES

NETWORK = load_network()
SUMMER = measure_coverage(NETWORK, season="summer")
WINTER = measure_coverage(NETWORK, season="winter")


def row(table: pd.DataFrame, region_id: str) -> pd.Series:
    return table.set_index("region_id").loc[region_id]


def test_there_are_21_areas_11_centres_and_hokkaido() -> None:
    assert SUMMER.regions["region_kind"].value_counts().to_dict() == {"area": 21, "centre": 11, "hokkaido": 1}


@pytest.mark.parametrize("kind", ["area", "centre"])
def test_sums_over_regions_equal_hokkaido(kind: str) -> None:
    table = SUMMER.regions
    for column in sum_columns(table):
        parts = table.loc[table["region_kind"] == kind, column].sum()
        assert parts == pytest.approx(row(table, "hokkaido")[column]), column


def test_people_in_equal_people_out() -> None:
    whole = row(SUMMER.regions, "hokkaido")
    assert whole["population"] == POPULATION_2014
    bands = whole["people_within_180min"] + whole["people_over_180min"]
    assert bands + whole["people_no_route"] + whole["people_not_snapped"] == POPULATION_2014


def test_grid_areas_add_up_to_each_polygon() -> None:
    parts = load_parts().set_index("part_id")
    polygon_km2 = area_km2(parts.geometry)
    grid_km2 = land_grid().groupby("part_id")["area_km2"].sum()
    assert (grid_km2.reindex(polygon_km2.index) - polygon_km2).abs().max() < 1e-6


@pytest.mark.parametrize("measure", ["people", "km2"])
def test_coverage_grows_with_the_threshold_and_shrinks_in_winter(measure: str) -> None:
    for summer, winter in zip(SUMMER.regions.itertuples(), WINTER.regions.itertuples(), strict=True):
        within = [getattr(summer, f"{measure}_within_{band}min") for band in BANDS_MIN]
        assert within == sorted(within)
        for band in BANDS_MIN:
            column = f"{measure}_within_{band}min"
            assert getattr(winter, column) <= getattr(summer, column) + 1e-6


def test_forbidding_toll_roads_shortens_nobodys_way() -> None:
    free = measure_coverage(NETWORK, season="summer", tolls=False)
    joined = SUMMER.units.merge(free.units, on="part_id", suffixes=("", "_free"), validate="one_to_one")
    assert (joined["travel_min_free"].fillna(np.inf) >= joined["travel_min"].fillna(np.inf) - 1e-9).all()
    assert (joined["travel_min_free"] > joined["travel_min"] + 1).any()


def test_the_nearest_centre_is_never_farther_than_the_responsible_one() -> None:
    matrix = centre_matrix(NETWORK, "summer", True)
    nearest, responsible = nearest_times(matrix).frame, responsible_times(matrix).frame
    assert (nearest["travel_min"].fillna(np.inf) <= responsible["travel_min"].fillna(np.inf)).all()
    assert (nearest["centre_id"] != responsible["centre_id"]).any()


def test_the_list_of_places_over_the_threshold_is_the_units_over_it() -> None:
    whole = row(SUMMER.regions, "hokkaido")
    over = SUMMER.units[SUMMER.units["travel_min"] > 120]
    assert set(whole["places_over_threshold"].split("、")) == set(over["name_ja"])
    assert whole["people_over_threshold"] == over["population"].sum()


def test_a_lost_municipality_is_noticed_though_all_sums_agree() -> None:
    table = SUMMER.regions.copy()
    sapporo = load_parts().set_index("code")["population_2014"]["01100"]
    for region in ("sapporo", "tasuku", "hokkaido"):
        table.loc[table["region_id"] == region, ["population", "people_within_30min"]] -= sapporo
    bands = [f"people_within_{band}min" for band in BANDS_MIN[1:]]
    for region in ("sapporo", "tasuku", "hokkaido"):
        table.loc[table["region_id"] == region, bands] -= sapporo
    with pytest.raises(DataError, match="population of Hokkaido is 3532549"):
        check_totals(table)


def test_times_for_some_units_only_are_refused() -> None:
    times = responsible_times(centre_matrix(NETWORK, "summer", True))
    with pytest.raises(DataError, match="185 of 186 demand units"):
        tabulate_units(UnitTimes(times.frame.iloc[1:]), 120)


def test_an_edge_of_a_band_belongs_to_the_band() -> None:
    minutes = pd.Series([30.0, 180.0, 180.0001, np.nan, np.nan])
    snapped = pd.Series([True, True, True, True, False])
    sums = _band_sums(minutes, snapped, pd.Series([1.0, 2.0, 4.0, 8.0, 16.0]), "people")
    assert (sums["people_within_30min"], sums["people_within_120min"], sums["people_within_180min"]) == (1, 1, 3)
    assert (sums["people_over_180min"], sums["people_no_route"], sums["people_not_snapped"]) == (4, 8, 16)


def test_land_is_measured_from_the_centre_of_its_own_territory() -> None:
    cells = _grid_minutes(NETWORK, "summer", True, "responsible")
    nearest_cell = cells.groupby("part_id")["travel_min"].min()
    town_hall = SUMMER.units.set_index("part_id")["travel_min"]
    large = land_grid().groupby("part_id").size().loc[lambda size: size > 20].index
    assert ((nearest_cell - town_hall).loc[large] < 15).all()
    assert ((nearest_cell - town_hall).loc[large] > -75).all()


def test_no_place_is_nearer_in_winter_on_the_grid() -> None:
    by_season = [_grid_minutes(NETWORK, season, True, "responsible")["travel_min"].fillna(np.inf) for season in SEASONS]
    for better, worse in itertools.pairwise(by_season):
        assert (worse >= better - 1e-9).all()


def test_a_lost_unit_is_noticed() -> None:
    spoilt = SUMMER.regions.copy()
    spoilt.loc[0, "population"] -= 1
    with pytest.raises(DataError, match="population over the area rows"):
        check_totals(spoilt)


def test_the_times_table_has_every_combination_once_and_a_status_for_each() -> None:
    table = times_table(NETWORK, limit_min=120)
    assert tuple(table.columns) == TIMES_COLUMNS
    assert len(table) == 179 * 11 * len(SEASONS) * 2
    assert not table.duplicated(["municipality_code", "centre_id", "season", "tolls"]).any()
    assert set(table["status"]) <= set(STATUSES)
    assert (table["status"] == "over_limit").equals(table["travel_min"] > 120)
    assert (table["travel_min"].isna() == table["status"].isin(["no_route", "not_snapped"])).all()
    assert table["municipality_code"].str.fullmatch(r"01\d{3}").all()


def test_the_times_of_the_demand_units_agree_with_those_of_undivided_municipalities() -> None:
    whole = times_table(NETWORK)
    parts = times_table(NETWORK, by_part=True)
    assert len(parts) == 186 * 11 * len(SEASONS) * 2
    keys = ["municipality_code", "centre_id", "season", "tolls"]
    undivided = parts[parts["part_id"] == parts["municipality_code"]]
    joined = undivided.merge(whole, on=keys, suffixes=("", "_whole"), validate="one_to_one")
    assert len(joined) == 173 * 11 * len(SEASONS) * 2
    assert joined["travel_min"].equals(joined["travel_min_whole"])
