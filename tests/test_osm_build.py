import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from geo.errors import InputError
from geo.networks import EMBEDDED
from geo.osm.build import build_network
from geo.osm.reader import check_source, read_ways
from geo.osm.rules import load_settings
from geo.osm.speeds import default_sail_kph, road_density, snow_zones, terrain_of
from geo.roads import RoadNetwork
from geo.routing import build_graph, search_from
from tests.osm_files import build, ends, place, read, write_osm

GEOD = Geod(ellps="GRS80")
ROAD = {"highway": "trunk", "ref": "38", "name": "国道38号"}
STREET = {"highway": "residential"}
VERSIONS = itertools.count()


def km(letters: str) -> float:
    points = [place(letter) for letter in letters]
    return sum(GEOD.inv(*a, *b)[2] for a, b in itertools.pairwise(points)) / 1000


def travel(network: RoadNetwork, start: str, end: str, season: str = "summer") -> tuple[float, float]:
    graph = build_graph(network, season)  # type: ignore[arg-type]
    index = network.nodes.index
    result = search_from(graph, np.array([index.get_loc(f"n{ord(start) - 96}")]))
    at = index.get_loc(f"n{ord(end) - 96}")
    return float(result.minutes[0, at]), float(result.length_km[0, at])


def network_of(built: object) -> RoadNetwork:
    # A version of its own for each: what is kept of a network is kept by name and version.
    return RoadNetwork("t", built.nodes, built.edges, str(next(VERSIONS)))  # type: ignore[attr-defined]


def test_nodes_where_nothing_changes_are_left_out_and_the_length_stays(tmp_path: Path) -> None:
    built = build(tmp_path, [("abc", ROAD), ("cde", ROAD), ("ch", STREET)])
    assert ends(built) == ["ac", "ce", "ch"]
    lengths = sorted(built.edges["length_km"])
    assert lengths == pytest.approx(sorted([km("abc"), km("cde"), km("ch")]), rel=1e-9)
    row = built.edges[built.edges["road_class"] == "national"].iloc[0]
    assert (row.road_no, row.road_name, len(row.geometry.coords)) == ("R38", "国道38号", 3)
    assert built.counts["km_edges"] == pytest.approx(built.counts["km_kept"], rel=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        {"highway": "primary"},
        {"ref": "39"},
        {"name": "別の道"},
        {"toll": "yes"},
        {"maxspeed": "30"},
        {"winter_service": "no"},
    ],
)
def test_what_differs_stays_apart(tmp_path: Path, change: dict[str, str]) -> None:
    built = build(tmp_path, [("abc", ROAD), ("cde", ROAD | change)])
    assert ends(built) == ["ac", "ce"]


def test_a_one_way_is_driven_in_its_direction_only(tmp_path: Path) -> None:
    ring = [("ab", ROAD), ("bg", ROAD | {"oneway": "yes"}), ("af", ROAD | {"oneway": "-1"}), ("gf", ROAD)]
    network = network_of(build(tmp_path, ring))
    assert "bg>" in ends(build(tmp_path, ring))
    assert "fa>" in ends(build(tmp_path, ring))
    assert travel(network, "b", "g")[1] == pytest.approx(km("bg"))
    assert travel(network, "g", "b")[1] == pytest.approx(km("gfab"))


def test_a_roundabout_is_driven_round(tmp_path: Path) -> None:
    arms = [("ab", ROAD), ("cd", ROAD), ("bchgb", ROAD | {"junction": "roundabout"}), ("hi", STREET)]
    network = network_of(build(tmp_path, arms))
    assert travel(network, "a", "d")[1] == pytest.approx(km("abcd"))
    assert travel(network, "d", "a")[1] == pytest.approx(km("dchgba"))


def test_a_loop_has_no_edge_from_a_node_to_itself_and_keeps_its_length(tmp_path: Path) -> None:
    built = build(tmp_path, [("ab", ROAD), ("bchgb", STREET)])
    assert (built.edges["from_node"] != built.edges["to_node"]).all()
    assert built.edges["length_km"].sum() == pytest.approx(km("ab") + km("bchgb"), rel=1e-9)
    assert built.edges.index.is_unique


def test_a_ring_without_junction_is_kept_whole(tmp_path: Path) -> None:
    built = build(tmp_path, [("abgfa", STREET)])
    assert len(built.edges) == 2
    assert built.edges["length_km"].sum() == pytest.approx(km("abgfa"), rel=1e-9)


def test_parallel_edges_are_both_kept(tmp_path: Path) -> None:
    built = build(tmp_path, [("ab", STREET), ("bc", ROAD), ("bghc", ROAD), ("cd", STREET)])
    assert ends(built) == ["ab", "bc", "bc", "cd"]
    assert travel(network_of(built), "a", "d")[1] == pytest.approx(km("abcd"))


def test_a_bollard_cuts_every_road_that_runs_over_it(tmp_path: Path) -> None:
    ways = [("abcde", ROAD), ("ef", ROAD), ("fa", ROAD), ("ej", STREET), ("ag", STREET)]
    open_road = network_of(build(tmp_path, ways))
    assert travel(open_road, "a", "e")[1] == pytest.approx(min(km("abcde"), km("afe")))
    built = build(tmp_path, [*ways, ("ch", STREET)], {"c": {"barrier": "bollard"}})
    assert travel(network_of(built), "a", "e")[1] == pytest.approx(km("afe"))
    assert built.counts["blocking_barriers"] == 1
    assert "n8" not in built.nodes.index  # beyond the bollard nothing is connected
    assert built.counts["km_not_connected"] == pytest.approx(km("ch"))


def test_a_gate_that_is_shut_in_winter_closes_the_road_then_only(tmp_path: Path) -> None:
    ways = [("abc", ROAD), ("afghc", STREET)]
    built = build(tmp_path, ways, {"b": {"barrier": "gate", "opening_hours": "May-Oct"}})
    network = network_of(built)
    assert travel(network, "a", "c")[1] == pytest.approx(km("abc"))
    assert travel(network, "a", "c", "winter")[1] == pytest.approx(km("afghc"))
    assert travel(network, "a", "c", "bad_winter")[1] == pytest.approx(km("afghc"))


def test_limits_and_winter_slow_a_road(tmp_path: Path) -> None:
    built = build(
        tmp_path, [("ab", {"highway": "primary", "maxspeed": "20"}), ("bc", {"highway": "motorway"} | {"oneway": "no"})]
    )
    edges = built.edges.set_index("road_class")
    slow, fast = edges.loc["prefectural"], edges.loc["expressway"]
    assert slow["summer_min"] == pytest.approx(km("ab") / 20 * 60)
    assert fast["summer_min"] == pytest.approx(km("bc") / 84 * 60)
    for row in (slow, fast):
        assert row["summer_min"] < row["winter_min"] < row["bad_winter_min"]
    assert bool(fast["toll"])
    assert not bool(slow["toll"])


def test_construction_footways_and_private_roads_are_not_in_the_network(tmp_path: Path) -> None:
    ways = [("ab", ROAD), ("bc", {"highway": "construction", "construction": "trunk"})]
    ways += [("bg", {"highway": "footway"}), ("af", STREET | {"access": "private"})]
    assert ends(build(tmp_path, ways)) == ["ab"]


def test_a_ferry_takes_the_minutes_tagged_and_boarding(tmp_path: Path) -> None:
    ferry = {"route": "ferry", "motor_vehicle": "yes", "duration": "00:50", "name": "航路"}
    ways = [("ab", ROAD), ("bcd", ferry), ("de", ROAD)]
    built = build(tmp_path, ways)
    edge = built.edges[built.edges["road_class"] == "ferry"].iloc[0]
    assert edge["length_km"] == pytest.approx(km("bcd"))
    boarding = load_settings()["ferry_boarding_min"]
    for season in ("summer", "winter", "bad_winter"):
        assert edge[f"{season}_min"] == pytest.approx(50 + boarding)


def test_two_legs_at_sea_board_once_and_take_the_minutes_of_the_whole_line(tmp_path: Path) -> None:
    sea = {"route": "ferry"}
    relation = [
        ([2, 3], {"route": "ferry", "type": "route", "duration": "01:00", "motor_vehicle": "yes", "name": "線"})
    ]
    built = build(tmp_path, [("ab", ROAD), ("bc", sea), ("cd", sea | {"ref": "2"}), ("de", ROAD)], None, relation)
    legs = built.edges[built.edges["road_class"] == "ferry"]
    assert len(legs) == 2
    assert legs["summer_min"].sum() == pytest.approx(60 + load_settings()["ferry_boarding_min"])
    assert set(legs["road_name"]) == {"線"}


def test_a_ferry_without_minutes_sails_at_the_default_speed(tmp_path: Path) -> None:
    built = build(tmp_path, [("ab", ROAD), ("bc", {"route": "ferry"}), ("cd", ROAD)])
    edge = built.edges[built.edges["road_class"] == "ferry"].iloc[0]
    minutes = km("bc") / default_sail_kph() * 60 + load_settings()["ferry_boarding_min"]
    assert edge["summer_min"] == pytest.approx(minutes)


def test_a_ferry_to_nowhere_is_dropped_and_counted(tmp_path: Path) -> None:
    built = build(tmp_path, [("ab", ROAD), ("bcde", {"route": "ferry"})])
    assert ends(built) == ["ab"]
    assert built.counts["km_ferries_to_nowhere"] == pytest.approx(km("bcde"))


def test_a_ferry_that_ends_at_a_foot_pier_is_joined_to_the_road_near_it(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "p.osm", [("ab", ROAD), ("cd", {"route": "ferry"}), ("de", ROAD)])
    text = path.read_text(encoding="utf-8")
    lon, lat = place("b")
    near = text.replace(f'lon="{place("c")[0]:.7f}"', f'lon="{lon + 0.002:.7f}"')
    path.write_text(near, encoding="utf-8")
    built = build_network(read_ways(path, "hokkaido"), "hokkaido")
    assert built.counts["jetties"] == 1
    jetty_km = GEOD.inv(lon, lat, lon + 0.002, lat)[2] / 1000
    assert built.counts["km_jetties"] == pytest.approx(jetty_km)
    assert math.isfinite(travel(network_of(built), "a", "e")[0])
    path.write_text(text, encoding="utf-8")  # 800 m away: no jetty, and the ferry leads nowhere
    far = build_network(read_ways(path, "hokkaido"), "hokkaido")
    assert far.counts["jetties"] == 0


def test_what_is_not_connected_is_dropped_and_counted(tmp_path: Path) -> None:
    built = build(tmp_path, [("abc", ROAD), ("cd", ROAD | {"oneway": "yes"}), ("kl", STREET)])
    assert ends(built) == ["ac"]
    assert built.counts["segments_not_connected"] == 2
    assert built.counts["km_not_connected"] == pytest.approx(km("cd") + km("kl"))


def test_a_way_is_cut_where_a_node_is_missing(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "m.osm", [("abcde", ROAD), ("afe", STREET)])
    text = "\n".join(
        line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith('<node id="3"')
    )
    path.write_text(text, encoding="utf-8")
    built = build_network(read_ways(path, "hokkaido"), "hokkaido")
    assert built.counts["missing_nodes"] == 1
    assert travel(network_of(built), "b", "d")[1] == pytest.approx(km("bafed"))


def test_without_roads_or_most_nodes_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no road that a car may drive"):
        read(tmp_path, [("ab", {"highway": "footway"})])
    path = write_osm(tmp_path / "n.osm", [("abcde", ROAD)])
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("<node")), encoding="utf-8")
    with pytest.raises(InputError, match="nodes of its roads are not in the file"):
        read_ways(path, "hokkaido")
    with pytest.raises(InputError, match="no two places"):
        build(tmp_path, [("abc", ROAD | {"oneway": "yes"})])


def test_the_same_file_gives_the_same_network(tmp_path: Path) -> None:
    ways = [("abc", ROAD), ("ch", STREET), ("hgb", STREET), ("bchgb", STREET)]
    one, two = build(tmp_path, ways), build(tmp_path, ways)
    assert one.edges.equals(two.edges)
    assert one.edges.index.is_unique
    assert check_source(tmp_path / "t.osm").sha256 == check_source(tmp_path / "t.osm").sha256


def test_the_columns_are_those_of_the_shipped_network(tmp_path: Path) -> None:
    from geo.networks import open_network

    shipped, built = open_network(EMBEDDED), build(tmp_path, [("ab", ROAD)])
    assert list(built.edges.columns) == list(shipped.edges.columns)
    assert list(built.nodes.columns) == list(shipped.nodes.columns)
    assert built.edges.index.name == shipped.edges.index.name
    assert built.nodes.index.name == shipped.nodes.index.name
    assert built.edges.crs == shipped.edges.crs
    for column in shipped.edges.columns.drop("geometry"):
        assert built.edges[column].dtype == shipped.edges[column].dtype, column


def test_density_is_kilometres_per_square_kilometre() -> None:
    # A street every 100 m in both directions has 20 km of road in each km2.
    step = 100 / 111_195
    x, y = np.meshgrid(np.arange(40), np.arange(40))
    lat = (43 + y * step).ravel()
    lon = (141 + x * step / np.cos(np.radians(43))).ravel()
    density = road_density(lon, lat, np.full(len(lon), 200.0), 500.0)
    middle = (abs(x - 20) < 5) & (abs(y - 20) < 5)
    assert density[middle.ravel()].mean() == pytest.approx(20, rel=0.05)
    assert density[0] < 15


def test_terrain_and_snow_zones() -> None:
    surrounding = np.array([0, 1, 2, 2, 2, 2])
    length = np.array([5.0, 5.0, 5.0, 5.0, 5.0, 0.5])
    straight = length / np.array([1.5, 1.5, 1.05, 1.12, 1.3, 1.3])
    assert terrain_of(surrounding, length, straight).tolist() == [0, 1, 2, 3, 4, 2]
    lon, lat = np.array([141.35, 141.68, 143.20, 145.58]), np.array([43.06, 45.40, 42.92, 43.33])
    assert snow_zones(lon, lat).tolist() == ["heavy", "drifting", "light", "drifting"]
