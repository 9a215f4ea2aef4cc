import pytest

from analysis.overview import Scenario, overview, route_from_centre, scenario_coverage
from geo.errors import InputError
from geo.roads import SEASONS, Season


def test_the_lists_are_the_units_that_satisfy_their_rule() -> None:
    shown = overview(Scenario(limit_min=120))
    assert (shown.over["travel_min"] > 120).all()
    assert shown.over["travel_min"].is_monotonic_decreasing
    assert shown.people_over == shown.over["population"].sum()
    winter_only = shown.only_in_winter
    assert len(winter_only) > 0
    assert (winter_only["summer_min"] <= 120).all()
    assert ((winter_only["winter_min"] > 120) | winter_only["winter_min"].isna()).all()


def test_only_in_winter_does_not_depend_on_the_season_shown() -> None:
    summer, winter = (overview(Scenario(season=season)) for season in ("summer", "winter"))  # type: ignore[arg-type]
    assert summer.only_in_winter["part_id"].tolist() == winter.only_in_winter["part_id"].tolist()
    assert len(winter.over) == len(summer.over) + len(summer.only_in_winter)


def test_the_centres_split_the_people_without_overlap() -> None:
    whole = overview(Scenario())
    people = sum(overview(Scenario(centre_id=centre)).people for centre in whole.units["centre_id"].unique())
    assert people == whole.people


def test_screen_and_coverage_table_agree() -> None:
    scenario = Scenario(season="winter", limit_min=90, area_id="soya")
    row = scenario_coverage(scenario).regions.set_index("region_id").loc["soya"]
    assert row["people_over_threshold"] == overview(scenario).people_over


@pytest.mark.parametrize(
    ("part_id", "road"), [("01214", "国道40号"), ("01609", "国道235号"), ("01517", "フェリー"), ("01694", "国道335号")]
)
@pytest.mark.parametrize("season", SEASONS)
def test_the_route_is_named_by_its_roads_and_adds_up_to_the_time_shown(part_id: str, road: str, season: Season) -> None:
    scenario = Scenario(season=season)
    unit = overview(scenario).units.set_index("part_id").loc[part_id]
    route = route_from_centre(scenario, unit["measured_from"], part_id)
    assert route.line is not None
    assert route.stretches["road_name"].str.contains(road).any()
    assert (route.stretches["road_class"] == "ferry").any() == (part_id == "01517")
    on_roads_min, on_roads_km = route.stretches["travel_min"].sum(), route.stretches["length_km"].sum()
    access_km = unit["length_km"] - on_roads_km  # the local roads at both ends are not in the stretches
    assert 0 <= access_km < 3
    assert unit["travel_min"] - on_roads_min == pytest.approx(access_km / 30 * 60, abs=1e-6)


def test_without_toll_roads_no_stretch_costs_a_toll() -> None:
    route = route_from_centre(Scenario(tolls=False), "suteji", "01609")
    assert not route.stretches["toll"].any()
    assert route_from_centre(Scenario(), "suteji", "01609").stretches["toll"].any()


def test_an_unknown_place_is_named() -> None:
    with pytest.raises(InputError, match="'99999' is unknown"):
        route_from_centre(Scenario(), "suteji", "99999")


@pytest.mark.parametrize("season", SEASONS)
def test_no_route_takes_longer_than_the_time_shown(season: Season) -> None:
    scenario = Scenario(season=season)
    for unit in overview(scenario).units.itertuples():
        route = route_from_centre(scenario, unit.measured_from, unit.part_id)
        assert route.stretches["travel_min"].sum() <= unit.travel_min + 1e-6, unit.name_ja
        assert route.stretches["length_km"].sum() <= unit.length_km + 1e-6, unit.name_ja
