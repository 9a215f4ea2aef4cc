import math

import pytest

from geo.osm.rules import (
    blocks_cars,
    ferry_rule,
    is_allowed,
    load_classes,
    one_way_direction,
    road_number,
    road_rule,
)
from geo.osm.speeds import TERRAINS, rule_kph
from geo.osm.tags import covers_winter, is_closed_in_winter, parse_duration, parse_speed, way_speed


@pytest.mark.parametrize(
    ("text", "kph"),
    [
        *[
            ("60", 60),
            ("50 km/h", 50),
            ("30 mph", 48.28032),
            ("60;40", 40),
            ("walk", 7),
            ("none", None),
            ("signals", None),
        ],
        ("JP:urban", None),
        ("", None),
        (None, None),
        ("0", None),
        ("-5", None),
    ],
)
def test_limits_are_read_in_kph_and_names_of_rules_are_no_number(text: str | None, kph: float | None) -> None:
    assert parse_speed(text) == pytest.approx(math.nan if kph is None else kph, nan_ok=True)


def test_the_lower_of_two_directions_counts() -> None:
    assert way_speed({"maxspeed:forward": "50", "maxspeed:backward": "40"}) == 40
    assert math.isnan(way_speed({}))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *[
            ("02:10", 130),
            ("130", 130),
            ("1:00:30", 60.5),
            ("PT2H10M", 130),
            ("P1DT1H", 1500),
            ("soon", None),
            ("", None),
        ],
        ("0", None),
        ("P", None),
    ],
)
def test_durations_are_read_in_minutes(text: str, minutes: float | None) -> None:
    assert parse_duration(text) == pytest.approx(math.nan if minutes is None else minutes, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "winter"),
    [
        *[
            ("Nov-Apr", True),
            ("Nov 05-Apr 28", True),
            ("2021 Nov 5-2022 Apr 28", True),
            ("May-Oct", False),
            ("Jan", True),
        ],
        ("winter", True),
        ("summer", False),
        ("07:00-09:00", None),
        ("Mo-Fr 07:00-09:00", None),
        ("Jun,Aug", False),
    ],
)
def test_months_say_whether_it_is_winter(text: str, winter: bool | None) -> None:
    assert covers_winter(text) is winter


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ({"motor_vehicle:conditional": "no @ (Nov-Apr)"}, True),
        ({"access:conditional": "no @ winter"}, True),
        ({"access:conditional": "yes @ (May 01-Nov 05)"}, True),
        ({"motor_vehicle:conditional": "no @ (Mo-Fr 07:00-09:00)"}, False),
        ({"motor_vehicle:conditional": "no @ (07:00-08:30); no @ (Dec-Mar)"}, True),
        ({"access:conditional": "no @ (Jul-Aug)"}, False),
        ({"seasonal": "summer"}, True),
        ({"seasonal": "winter"}, False),
        ({"seasonal": "yes"}, False),
        ({"opening_hours": "May-Oct 06:00-18:00"}, True),
        ({"opening_hours": "24/7"}, False),
        ({"winter_service": "no"}, True),
        ({}, False),
    ],
)
def test_winter_closures_are_found_in_conditions_seasons_and_hours(tags: dict[str, str], closed: bool) -> None:
    assert is_closed_in_winter(tags) is closed


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({"oneway": "yes"}, 1),
        ({"oneway": "-1"}, -1),
        ({"oneway": "no"}, 0),
        ({}, 0),
        ({"junction": "roundabout"}, 1),
        ({"junction": "roundabout", "oneway": "-1"}, -1),
        ({"oneway": "reversible"}, None),
        ({"oneway": "alternating"}, 0),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, 0),
        ({"motor_vehicle:backward": "no"}, 1),
        ({"motor_vehicle:forward": "no"}, -1),
        ({"motor_vehicle:forward": "no", "oneway:motor_vehicle": "yes"}, None),
        ({"access:forward": "no", "motorcar:forward": "yes"}, 0),
    ],
)
def test_directions(tags: dict[str, str], direction: int | None) -> None:
    assert one_way_direction(tags, "primary") == direction


def test_a_motorway_is_one_way_unless_tagged_otherwise() -> None:
    assert one_way_direction({}, "motorway") == 1
    assert one_way_direction({"oneway": "no"}, "motorway") == 0
    assert one_way_direction({}, "motorway_link") == 0


@pytest.mark.parametrize(
    ("tags", "allowed"),
    [
        ({"access": "no"}, False),
        ({"access": "no", "motor_vehicle": "yes"}, True),
        ({"access": "yes", "motorcar": "private"}, False),
        ({"motor_vehicle": "destination"}, True),
        ({"motor_vehicle": "forestry"}, False),
        ({"access": "something"}, None),
        ({}, None),
    ],
)
def test_the_most_specific_access_tag_decides(tags: dict[str, str], allowed: bool | None) -> None:
    assert is_allowed(tags) is allowed


@pytest.mark.parametrize(
    ("tags", "blocks"),
    [
        ({"barrier": "bollard"}, True),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, False),
        ({"barrier": "block"}, True),
        ({"barrier": "gate"}, False),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "lift_gate", "motor_vehicle": "no"}, True),
        ({"barrier": "toll_booth"}, False),
        ({"barrier": "no", "access": "no"}, False),
        ({"highway": "crossing"}, False),
    ],
)
def test_barriers(tags: dict[str, str], blocks: bool) -> None:
    assert blocks_cars(tags) is blocks


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"},
        {"highway": "construction", "construction": "primary"},
        {"highway": "proposed"},
        {"highway": "track"},
        {"highway": "primary", "access": "no"},
        {"highway": "residential", "motor_vehicle": "private"},
        {"highway": "service", "service": "parking_aisle"},
        {"highway": "pedestrian", "area": "yes"},
        {"highway": "service", "area": "yes"},
        {"highway": "primary", "oneway": "reversible"},
        {"highway": "unclassified", "ice_road": "yes"},
    ],
)
def test_ways_that_cars_may_not_drive_are_left_out(tags: dict[str, str]) -> None:
    assert road_rule(tags, "hokkaido") is None


def test_classes_tolls_and_numbers_follow_japanese_use() -> None:
    def rule(region: str = "hokkaido", **tags: str) -> tuple[str, bool, str]:
        found = road_rule(tags, region)  # type: ignore[arg-type]
        assert found is not None
        return found.road_class, found.toll, found.road_no

    assert rule(highway="motorway", ref="E5A") == ("expressway", True, "E5A")
    assert rule(highway="motorway", toll="no") == ("free_expressway", False, "")
    assert rule(highway="trunk", motorroad="yes", toll="no") == ("free_expressway", False, "")
    assert rule(highway="motorway_link") == ("free_expressway", False, "")
    assert rule(highway="motorway_link", toll="yes") == ("expressway", True, "")
    assert rule(highway="trunk", ref="5;230") == ("national", False, "R5;R230")
    assert rule(highway="primary", ref="100") == ("prefectural", False, "D100")
    assert rule(highway="secondary") == ("prefectural", False, "")
    assert rule(highway="residential") == ("local", False, "")
    assert rule("anywhere", highway="motorway", ref="1") == ("free_expressway", False, "1")
    assert road_number("", "national", "hokkaido") == ""


def test_a_ferry_needs_to_carry_cars() -> None:
    assert ferry_rule({"route": "ferry", "foot": "yes"}) is None
    assert ferry_rule({"route": "ferry", "motor_vehicle": "no"}) is None
    assert ferry_rule({"route": "ferry"}) is not None
    rule = ferry_rule({"route": "ferry", "motor_vehicle": "yes", "foot": "yes", "duration": "01:40", "name": "航路"})
    assert rule is not None
    assert (rule.road_class, rule.crossing_min, rule.toll, rule.road_name) == ("ferry", 100, False, "航路")


def test_no_road_is_driven_faster_than_its_limit_or_than_its_class() -> None:
    classes = load_classes()
    for highway in classes.index:
        free = road_rule({"highway": highway}, "hokkaido")
        slow = road_rule({"highway": highway, "maxspeed": "20"}, "hokkaido")
        fast = road_rule({"highway": highway, "maxspeed": "120"}, "hokkaido")
        assert free and slow and fast
        kph = rule_kph([free, slow, fast])
        assert (kph[0] <= classes.loc[highway, "legal_kph"]).all()
        assert (kph[1] <= 20).all()
        assert (kph[1] <= kph[0]).all()
        assert (kph[0] <= kph[2]).all()  # a sign may allow more than the law's default
    trunk = road_rule({"highway": "trunk"}, "hokkaido")
    assert trunk
    by_terrain = dict(zip(TERRAINS, rule_kph([trunk])[0], strict=True))
    assert by_terrain["urban"] < by_terrain["suburban"] < by_terrain["flat"]
