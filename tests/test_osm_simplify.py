import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.osm.simplify import join_segments

segment = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 2), st.integers(1, 9)).filter(
    lambda s: s[0] != s[1]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(segment, min_size=1, max_size=25))
def test_distances_between_the_nodes_that_stay_are_those_before(segments: list[tuple[int, int, int, int]]) -> None:
    u, v, kind, length = (np.array(column, dtype=np.int64) for column in zip(*segments, strict=True))
    one_way = kind == 2
    chains = join_segments(u, v, kind, one_way, np.zeros(10, dtype=bool))
    assert sorted(chains.segments.tolist()) == list(range(len(u)))
    assert (chains.start != chains.end).all()
    before, after = nx.DiGraph(), nx.DiGraph()

    def add(graph: nx.DiGraph, a: int, b: int, km: float, one: bool) -> None:
        for x, y in ((a, b),) if one else ((a, b), (b, a)):
            if not graph.has_edge(x, y) or graph[x][y]["km"] > km:
                graph.add_edge(x, y, km=km)

    for i in range(len(u)):
        add(before, int(u[i]), int(v[i]), int(length[i]), bool(one_way[i]))
    for i in range(len(chains.start)):
        inside = chains.segments[chains.offsets[i] : chains.offsets[i + 1]]
        ahead = chains.forward[chains.offsets[i] : chains.offsets[i + 1]]
        assert len(set(kind[inside])) == 1
        # The segments follow each other from the edge's first node to its last.
        tails, tips = np.where(ahead, u[inside], v[inside]), np.where(ahead, v[inside], u[inside])
        assert tails[0] == chains.start[i]
        assert tips[-1] == chains.end[i]
        assert (tips[:-1] == tails[1:]).all()
        assert ahead.all() or not one_way[inside[0]]
        add(after, int(tails[0]), int(tips[-1]), int(length[inside].sum()), bool(one_way[inside[0]]))
    old = dict(nx.all_pairs_dijkstra_path_length(before, weight="km"))
    new = dict(nx.all_pairs_dijkstra_path_length(after, weight="km"))
    for a in after.nodes:
        assert new[a] == {b: km for b, km in old[a].items() if b in after}


def test_nothing_is_left_to_join() -> None:
    u, v = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 4])
    chains = join_segments(u, v, np.zeros(4, dtype=int), np.zeros(4, dtype=bool), np.zeros(5, dtype=bool))
    assert (chains.start.tolist(), chains.end.tolist()) == ([0], [4])
    again = join_segments(
        chains.start, chains.end, np.zeros(1, dtype=int), np.zeros(1, dtype=bool), np.zeros(5, dtype=bool)
    )
    assert again.segments.tolist() == [0]


@pytest.mark.parametrize("kept", [[2], [1, 3]])
def test_a_node_to_keep_stays(kept: list[int]) -> None:
    keep = np.zeros(5, dtype=bool)
    keep[kept] = True
    chains = join_segments(np.arange(4), np.arange(1, 5), np.zeros(4, dtype=int), np.zeros(4, dtype=bool), keep)
    assert len(chains.start) == len(kept) + 1
