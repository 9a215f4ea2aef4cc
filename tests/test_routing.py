import math
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from conftest import EDGE_COLUMNS, FERRY_COLUMNS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import InputError
from geo.roads import RoadNetwork, load_network
from geo.routing import build_graph, path_edges, search_from, summarise_route


def minutes_between(network: RoadNetwork, start: str, end: str, **options: object) -> float:
    graph = build_graph(network, **{"season": "summer", **options})  # type: ignore[arg-type]
    i, j = network.nodes.index.get_indexer([start, end])
    return float(search_from(graph, np.array([i])).minutes[0, j])


def test_the_toll_road_is_taken_only_where_it_is_allowed(toy: RoadNetwork) -> None:
    assert minutes_between(toy, "a", "c") == pytest.approx(30)
    assert minutes_between(toy, "a", "c", tolls=False) == pytest.approx(60)


def test_a_road_closed_in_winter_and_a_ferry_without_sailings_cut_places_off(toy: RoadNetwork) -> None:
    assert minutes_between(toy, "a", "e") == pytest.approx(50)
    assert minutes_between(toy, "a", "d") == pytest.approx(110)
    assert math.isnan(minutes_between(toy, "a", "e", season="winter"))
    assert math.isnan(minutes_between(toy, "a", "d", season="winter"))
    assert minutes_between(toy, "a", "b", season="winter") == pytest.approx(60)


def test_a_place_without_a_road_is_not_reached(toy: RoadNetwork) -> None:
    assert math.isnan(minutes_between(toy, "a", "f"))


def test_closing_a_section_forces_the_way_round(toy: RoadNetwork) -> None:
    assert minutes_between(toy, "a", "b", closed_edges=["ab"]) == pytest.approx(60)


def test_an_unknown_closed_section_or_season_is_refused(toy: RoadNetwork) -> None:
    with pytest.raises(InputError, match="'zz' is not in the network toy"):
        build_graph(toy, "summer", closed_edges=["zz"])
    with pytest.raises(InputError, match="season 'spring' is unknown"):
        build_graph(toy, "spring")  # type: ignore[arg-type]


def test_the_route_names_its_roads_with_km_and_minutes(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer", tolls=False)
    start, end = toy.nodes.index.get_indexer(["a", "e"])
    result = search_from(graph, np.array([start]))
    route = summarise_route(graph, path_edges(graph, result, 0, int(end)))
    assert route["road_no"].tolist() == ["R1", "D2"]
    assert route["length_km"].tolist() == pytest.approx([30, 10])
    assert route["travel_min"].tolist() == pytest.approx([30, 20])
    assert result.length_km[0, end] == pytest.approx(40)


def test_stretches_on_the_same_road_are_joined(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer", tolls=False)
    start, end = toy.nodes.index.get_indexer(["a", "c"])
    result = search_from(graph, np.array([start]))
    route = summarise_route(graph, path_edges(graph, result, 0, int(end)))
    assert route["road_no"].tolist() == ["R1"]
    assert route["length_km"].tolist() == pytest.approx([50])


@st.composite
def random_sections(draw: st.DrawFn) -> tuple[int, list[tuple[int, int, int, int]]]:
    size = draw(st.integers(2, 8))
    node = st.integers(0, size - 1)
    section = st.tuples(node, node, st.integers(1, 60), st.integers(10, 100)).filter(lambda s: s[0] != s[1])
    return size, draw(st.lists(section, min_size=1, max_size=20))


def write_network(directory: Path, size: int, sections: list[tuple[int, int, int, int]]) -> None:
    nodes = ["node_id,kind,name,lon,lat"] + [f"n{i},seat,n{i},{143 + i / 10},43.0" for i in range(size)]
    edges = [EDGE_COLUMNS]
    for k, (u, v, km, kph) in enumerate(sections):
        edges.append(f"e{k},n{u},n{v},R{k},r{k},national,{km},modelled,{kph},{kph},{kph},no,no,no,no,,")
    for name, lines in (("nodes", nodes), ("edges", edges)):
        (directory / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (directory / "ferries.csv").write_text(FERRY_COLUMNS + "\n", encoding="utf-8")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random_sections())
def test_times_and_lengths_agree_with_networkx_on_random_networks(
    tmp_path: Path, drawn: tuple[int, list[tuple[int, int, int, int]]]
) -> None:
    size, sections = drawn
    write_network(tmp_path, size, sections)
    network = load_network.__wrapped__(tmp_path)
    graph = build_graph(network, "summer")
    result = search_from(graph, np.arange(size))
    peer = nx.MultiGraph()
    peer.add_nodes_from(range(size))
    for u, v, km, kph in sections:
        peer.add_edge(u, v, minutes=km / kph * 60, km=km)
    for source in range(size):
        expected = nx.single_source_dijkstra_path_length(peer, source, weight="minutes")
        for target in range(size):
            if target not in expected:
                assert math.isnan(result.minutes[source, target])
                continue
            assert result.minutes[source, target] == pytest.approx(expected[target])
            driven = network.edges.iloc[path_edges(graph, result, source, target)]
            assert driven["summer_min"].sum() == pytest.approx(expected[target])
            assert driven["length_km"].sum() == pytest.approx(result.length_km[source, target])


def test_toll_and_free_kilometres_of_one_road_are_kept_apart(toy_dir: Path) -> None:
    path = toy_dir / "edges.csv"
    free = "bc,b,c,R1,国道1号,national,20,modelled,40,20,10,no,yes,no,no"
    text = path.read_text(encoding="utf-8")
    assert free in text
    path.write_text(text.replace(free, free[:-2] + "yes"), encoding="utf-8")
    network = load_network(toy_dir)
    graph = build_graph(network, "winter", closed_edges=["ac"])
    start, end = network.nodes.index.get_indexer(["a", "c"])
    route = summarise_route(graph, path_edges(graph, search_from(graph, np.array([start])), 0, int(end)))
    assert route["toll"].tolist() == [False, True]
    assert route["length_km"].tolist() == pytest.approx([30, 20])
    assert route["travel_min"].tolist() == pytest.approx([60, 60])  # winter speeds
