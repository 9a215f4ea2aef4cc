"""Both engines against NetworkX, and against each other, on random networks of every awkward kind."""

import itertools
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import engine_cch, path_union
from geo.engine import Engine, choose_engine
from geo.engine_cch import UNITS_PER_MIN, CchEngine, Hierarchy
from geo.engine_scipy import ScipyEngine
from geo.order_cache import load_order, order_path
from geo.roads import SEASONS, RoadNetwork
from geo.routing import build_graph, edge_arrays
from geo.topology import FloatArray, Topology, build_topology, weigh_pairs

ROUNDING_MIN = 0.5 / UNITS_PER_MIN  # for each section driven


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Orders go to a directory of their own."""
    directory = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("NAKAPOTSU_CACHE", str(directory))
    return directory


class Drawn:
    """A random network: edges with two nodes, minutes, km, one-way; and which of them are open."""

    def __init__(self, size: int, edges: list[tuple[int, int, float, float, bool]], is_open: list[bool]) -> None:
        self.size, self.edges = size, edges
        self.is_open = np.asarray(is_open[: len(edges)], dtype=bool)

    def __repr__(self) -> str:
        return f"Drawn({self.size}, {self.edges}, {self.is_open.tolist()})"

    def column(self, number: int) -> FloatArray:
        return np.asarray([edge[number] for edge in self.edges], dtype=float)

    def topology(self) -> Topology:
        angle = np.arange(self.size) * 2.4
        ends = [self.column(number).astype(np.int64) for number in (0, 1)]
        one_way = self.column(4).astype(bool)
        return build_topology(143 + np.cos(angle), 43 + np.sin(angle), ends[0], ends[1], one_way)

    def engines(self) -> tuple[Engine, Engine]:
        topology = self.topology()
        weights = weigh_pairs(topology, self.column(2), self.column(3), self.is_open)
        return ScipyEngine(topology, weights), CchEngine(Hierarchy(topology), weights)

    def peer(self) -> nx.MultiDiGraph:
        peer = nx.MultiDiGraph()
        peer.add_nodes_from(range(self.size))
        for (u, v, minutes, km, one_way), is_open in zip(self.edges, self.is_open, strict=True):
            for start, end in [(u, v)] if one_way else [(u, v), (v, u)]:
                if is_open:
                    peer.add_edge(start, end, minutes=minutes, km=km)
        return peer


@st.composite
def networks(draw: st.DrawFn, max_edges: int = 27) -> Drawn:
    """One-ways, parallel edges, edges of no length, loops, islands and closures, all of them likely."""
    size = draw(st.integers(1, 9))
    node = st.integers(0, size - 1)
    some_minutes = st.one_of(st.just(0.0), st.floats(0.01, 90), st.sampled_from([1.0, 2.0, 3.0]))
    edge = st.tuples(node, node, some_minutes, st.floats(0, 50), st.booleans())
    edges = draw(st.lists(edge, max_size=max_edges))
    is_open = draw(st.lists(st.sampled_from([True, True, True, False]), min_size=len(edges), max_size=len(edges)))
    return Drawn(size, edges, is_open)


def peer_minutes(drawn: Drawn) -> FloatArray:
    table = np.full((drawn.size, drawn.size), np.nan)
    for source, row in nx.all_pairs_dijkstra_path_length(drawn.peer(), weight="minutes"):
        for target, minutes in row.items():
            table[source, target] = minutes
    return table


@settings(max_examples=150, deadline=None)
@given(networks())
def test_both_engines_give_the_minutes_of_networkx(drawn: Drawn) -> None:
    expected = peer_minutes(drawn)
    nodes = np.arange(drawn.size)
    for engine, tolerance in zip(drawn.engines(), (1e-9, drawn.size * ROUNDING_MIN + 1e-9), strict=True):
        np.testing.assert_allclose(engine.many_to_many(nodes, nodes).minutes, expected, atol=2 * tolerance)
        np.testing.assert_allclose(engine.many_to_many_minutes(nodes, nodes), expected, atol=tolerance)
        for source in nodes:
            np.testing.assert_allclose(engine.one_to_all(int(source)).minutes, expected[source], atol=1e-9)
        assert (np.diag(engine.many_to_many(nodes, nodes).minutes) == 0).all()
        assert (np.diag(engine.many_to_many(nodes, nodes).length_km) == 0).all()


@settings(max_examples=150, deadline=None)
@given(networks(max_edges=14), st.permutations(range(14)))
def test_kilometres_are_those_of_the_quickest_way_where_it_is_unique(drawn: Drawn, powers: list[int]) -> None:
    # Minutes are different powers of two, so no two ways take equally long.
    edges = [(u, v, 2.0**power, km, way) for (u, v, _, km, way), power in zip(drawn.edges, powers, strict=False)]
    drawn = Drawn(drawn.size, edges, drawn.is_open.tolist())
    nodes, peer = np.arange(drawn.size), drawn.peer()
    expected = np.full((drawn.size, drawn.size), np.nan)
    for source in range(drawn.size):
        for target, path in nx.single_source_dijkstra_path(peer, source, weight="minutes").items():
            parallel = (peer[u][v].values() for u, v in itertools.pairwise(path))
            expected[source, target] = sum(min(some, key=lambda edge: edge["minutes"])["km"] for some in parallel)
    for engine in drawn.engines():
        np.testing.assert_allclose(engine.many_to_many(nodes, nodes).length_km, expected, atol=1e-9)
    scipy, _ = drawn.engines()
    for source in range(drawn.size):
        np.testing.assert_allclose(scipy.one_to_all(source).length_km, expected[source], atol=1e-9)


@settings(max_examples=150, deadline=None)
@given(networks())
def test_a_route_drives_open_sections_in_order_and_adds_up_to_its_minutes(drawn: Drawn) -> None:
    expected = peer_minutes(drawn)
    for engine, tolerance in zip(drawn.engines(), (1e-9, 2 * drawn.size * ROUNDING_MIN + 1e-9), strict=True):
        for source, target in np.ndindex(expected.shape):
            here, total = source, 0.0
            route = engine.route(source, target)
            for edge in route:
                u, v, minutes, _, one_way = drawn.edges[edge]
                assert drawn.is_open[edge]
                assert here == u or (here == v and not one_way)
                here, total = v if here == u else u, total + minutes
            if math.isnan(expected[source, target]) or source == target:
                assert not len(route)
            else:
                assert here == target
                assert total == pytest.approx(expected[source, target], abs=tolerance)


@settings(max_examples=100, deadline=None)
@given(networks(), st.data())
def test_the_nearest_of_many_is_the_least_of_the_minutes_to_them(drawn: Drawn, data: st.DataObject) -> None:
    targets = np.asarray(data.draw(st.lists(st.integers(0, drawn.size - 1), max_size=5)), dtype=np.int64)
    table = np.where(np.isnan(peer_minutes(drawn)), np.inf, peer_minutes(drawn))[:, targets]
    for engine in drawn.engines():
        nearest = engine.nearest_of_many(targets)
        for node in range(drawn.size):
            best = table[node].min(initial=np.inf)
            assert np.isinf(best) == math.isnan(nearest.minutes[node]) == (nearest.target[node] == -1)
            if np.isfinite(best):
                assert nearest.minutes[node] == pytest.approx(best)
                assert table[node, nearest.target[node]] == pytest.approx(best)


@settings(max_examples=100, deadline=None)
@given(networks(), st.data())
def test_other_weights_give_what_building_anew_gives(drawn: Drawn, data: st.DataObject) -> None:
    count = len(drawn.edges)
    factor = np.asarray(data.draw(st.lists(st.floats(0.1, 5), min_size=count, max_size=count)), dtype=float)
    is_open = np.asarray(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), dtype=bool)
    changed = [(u, v, minutes * f, km, way) for (u, v, minutes, km, way), f in zip(drawn.edges, factor, strict=True)]
    other = Drawn(drawn.size, changed, is_open.tolist())
    nodes = np.arange(drawn.size)
    for engine, built in zip(drawn.engines(), other.engines(), strict=True):
        before = engine.many_to_many_minutes(nodes, nodes)
        weights = weigh_pairs(engine.topology, other.column(2), other.column(3), other.is_open)
        changed_engine = engine.reweighted(weights)
        assert changed_engine.topology is engine.topology
        found, expected = changed_engine.many_to_many(nodes, nodes), built.many_to_many(nodes, nodes)
        np.testing.assert_array_equal(found.minutes, expected.minutes)
        np.testing.assert_array_equal(found.length_km, expected.length_km)
        np.testing.assert_array_equal(engine.many_to_many_minutes(nodes, nodes), before)


def street_grid(side: int, rng: np.random.Generator) -> tuple[Topology, FloatArray, FloatArray]:
    """A street grid whose crossings are joined by streets of two sections, every tenth street one-way."""
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    crossing = (row * side + column).astype(np.int64)
    start = np.concatenate([crossing[:, :-1].ravel(), crossing[:-1].ravel()])
    end = np.concatenate([crossing[:, 1:].ravel(), crossing[1:].ravel()])
    middle = side * side + np.arange(len(start))
    lon, lat = column.ravel() / 100.0, row.ravel() / 100.0
    lon, lat = np.append(lon, (lon[start] + lon[end]) / 2), np.append(lat, (lat[start] + lat[end]) / 2)
    one_way = np.tile(rng.random(len(start)) < 0.1, 2)
    topology = build_topology(
        143 + lon, 43 + lat, np.concatenate([start, middle]), np.concatenate([middle, end]), one_way
    )
    minutes = rng.uniform(0.1, 2, len(one_way))
    return topology, minutes, minutes * rng.uniform(0.5, 1.5, len(one_way))


@pytest.mark.parametrize("ways", [1, 8])
def test_kilometres_from_the_union_of_ways_are_scipys_on_a_street_grid(
    ways: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(path_union, "_WAYS_A_ROUND", ways)  # 1 makes many rounds
    monkeypatch.setattr(path_union, "_CELLS_AT_ONCE", 2000)
    rng = np.random.default_rng(5)
    topology, minutes, km = street_grid(25, rng)
    weights = weigh_pairs(topology, minutes, km, rng.random(len(minutes)) > 0.02)
    nodes = rng.integers(0, topology.node_count, (2, 90))
    expected = ScipyEngine(topology, weights).many_to_many(*nodes)
    found = CchEngine(Hierarchy(topology), weights).many_to_many(*nodes)
    assert np.isfinite(expected.minutes).mean() > 0.9
    np.testing.assert_allclose(found.minutes, expected.minutes, atol=1e-9)
    np.testing.assert_allclose(found.length_km, expected.length_km, atol=1e-9)


def test_chains_keep_the_quickest_ways_between_stops() -> None:
    rng = np.random.default_rng(6)
    topology, minutes, km = street_grid(12, rng)
    weights = weigh_pairs(topology, np.ceil(minutes * 10), km, np.ones(len(minutes), dtype=bool))
    union = path_union.Union(topology.pair_start, topology.pair_end, weights.minutes, weights.length_km + 0j)
    is_stop = np.zeros(topology.node_count, dtype=bool)
    is_stop[:10] = True
    chains = path_union.join_chains(union, is_stop)
    assert len(chains.start) < 0.6 * len(union.start)
    size, stops = topology.node_count, np.arange(10)
    whole = path_union._search(union, size, stops, stops)[0]
    assert np.array_equal(path_union._search(chains, size, stops, stops)[0], whole)


def test_ways_too_long_for_the_unit_are_counted_in_a_coarser_one_and_not_lost() -> None:
    count = 40
    edges = [(i, i + 1, 1000.0, 1.0, False) for i in range(count)]
    drawn = Drawn(count + 2, edges, [True] * count)
    scipy, cch = drawn.engines()
    nodes = np.asarray([0, count, count + 1])
    expected = scipy.many_to_many(nodes, nodes)
    assert expected.minutes[0, 1] == count * 1000 > 2**31 / UNITS_PER_MIN
    found = cch.many_to_many(nodes, nodes)
    np.testing.assert_allclose(found.minutes, expected.minutes)
    np.testing.assert_array_equal(found.length_km, expected.length_km)
    assert len(cch.route(0, count)) == count


def test_a_graph_in_another_season_equals_one_built_for_it(toy: RoadNetwork) -> None:
    nodes = np.arange(len(toy.nodes))
    summer = build_graph(toy, "summer")
    for season in SEASONS:
        for tolls, closed in ((True, ["ab"]), (False, [])):
            graph = summer.reweighted(season=season, tolls=tolls, closed_edges=closed)
            built = build_graph(toy, season, tolls=tolls, closed_edges=closed)
            expected = built.scipy_engine.many_to_many(nodes, nodes)
            for engine in (graph.scipy_engine, graph.cch_engine):
                found = engine.many_to_many(nodes, nodes)
                np.testing.assert_allclose(found.minutes, expected.minutes)
                np.testing.assert_allclose(found.length_km, expected.length_km)
    assert edge_arrays(toy).hierarchy is summer.cch_engine.hierarchy


def test_an_order_is_worked_out_once_and_then_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    topology, *_ = street_grid(8, np.random.default_rng(1))
    order = load_order(topology)
    assert order_path(topology).is_relative_to(cache)
    assert not list(cache.rglob("*.part"))

    def refuse(*_: object) -> list[int]:
        raise AssertionError("worked out again")

    monkeypatch.setattr(engine_cch.routingkit_cch, "compute_order_inertial", refuse)
    np.testing.assert_array_equal(load_order(topology), order)
    other, *_ = street_grid(9, np.random.default_rng(1))
    with pytest.raises(AssertionError, match="worked out again"):
        load_order(other)


@pytest.mark.parametrize("spoil", ["empty", "text", "cut", "repeated", "short"])
def test_a_spoilt_order_is_replaced(spoil: str) -> None:
    topology, *_ = street_grid(8, np.random.default_rng(1))
    order, path = load_order(topology), order_path(topology)
    whole = path.read_bytes()
    if spoil in ("repeated", "short"):
        wrong = order[:-1] if spoil == "short" else np.zeros(len(order))
        np.save(path, wrong.astype(np.uint32))
    else:
        path.write_bytes({"empty": b"", "text": b"no order\n", "cut": whole[:-40]}[spoil])
    np.testing.assert_array_equal(load_order(topology), order)
    assert path.read_bytes() == whole


def test_without_a_writable_directory_the_order_is_still_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("NAKAPOTSU_CACHE", str(blocked))
    topology, *_ = street_grid(5, np.random.default_rng(1))
    assert sorted(load_order(topology)) == list(range(topology.node_count))


def test_small_networks_and_single_sources_are_scipys_and_large_matrices_contractions() -> None:
    def chosen(nodes: int, sources: int, targets: int, *, known: bool = True, weighed: bool = False) -> str:
        return choose_engine(nodes, sources, targets, is_order_known=known, is_weighed=weighed)

    assert chosen(600, 186, 11, weighed=True) == "scipy"
    assert chosen(1_000_000, 1, 1) == "scipy"
    assert chosen(1_000_000, 300, 300) == "cch"
    assert chosen(1_000_000, 100, 100, known=False) == "scipy"
    assert chosen(1_000_000, 2000, 2000, known=False) == "cch"
    assert chosen(1_000_000, 22, 14_000) == "scipy"
