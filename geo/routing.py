"""Shortest travel times on the road network in one season: one-to-all, many-to-many, and the route itself.

Times are minutes, lengths kilometres along the quickest path. The search is Dijkstra's (1959), as implemented in
``scipy.sparse.csgraph``.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.errors import InputError
from geo.roads import SEASONS, RoadNetwork, Season

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_NO_PREDECESSOR = -9999  # scipy's mark in predecessor matrices


@dataclass(frozen=True)
class RoadGraph:
    """The network as it can be driven in one season, with or without toll roads.

    Attributes
    ----------
    network, season, tolls
        What it was built from.
    edge_positions
        Positions in ``network.edges`` of the sections open to traffic.
    minutes
        Adjacency, shape (nodes, nodes), minutes; the quickest of parallel sections.
    pair_keys, pair_edges
        Sorted keys ``from * nodes + to`` and, for each, the position in ``network.edges`` of that section.
    """

    network: RoadNetwork
    season: Season
    tolls: bool
    edge_positions: IntArray
    minutes: csr_array
    pair_keys: IntArray
    pair_edges: IntArray

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.network.nodes)

    def edge_between(self, start: IntArray, end: IntArray) -> IntArray:
        """Return the position in ``network.edges`` of the section driven from each start to each end."""
        return self.pair_edges[np.searchsorted(self.pair_keys, start * self.node_count + end)]


def build_graph(
    network: RoadNetwork, season: Season, *, tolls: bool = True, closed_edges: Collection[str] = ()
) -> RoadGraph:
    """Build the graph of one season.

    Parameters
    ----------
    network
        The roads.
    season
        One of :data:`geo.roads.SEASONS`: chooses the speeds, and leaves out what is closed then.
    tolls
        False leaves out sections that cost a toll.
    closed_edges
        Ids of further sections to leave out.

    Raises
    ------
    InputError
        If the season or a closed edge is unknown.
    """
    if season not in SEASONS:
        raise InputError(f"season {season!r} is unknown. Choose {' or '.join(SEASONS)}.")
    edges = network.edges
    unknown = [edge for edge in closed_edges if edge not in edges.index]
    if unknown:
        raise InputError(f"closed section {unknown[0]!r} is not in the network {network.name}. Check the id.")
    is_open = ~edges[f"closed_in_{season}"].to_numpy(bool)
    if not tolls:
        is_open &= ~edges["toll"].to_numpy(bool)
    is_open &= ~edges.index.isin(list(closed_edges))
    positions = np.flatnonzero(is_open)
    size = len(network.nodes)
    ends = [network.nodes.index.get_indexer(edges[column])[positions] for column in ("from_node", "to_node")]
    back = ~edges["one_way"].to_numpy(bool)[positions]
    start, end = np.concatenate([ends[0], ends[1][back]]), np.concatenate([ends[1], ends[0][back]])
    driven = np.concatenate([positions, positions[back]])
    travel_min = edges[f"{season}_min"].to_numpy(float)[driven]
    keys = start.astype(np.int64) * size + end
    order = np.lexsort((travel_min, keys))
    pair_keys, first = np.unique(keys[order], return_index=True)
    chosen = order[first]  # the quickest of the parallel sections of each pair
    minutes = csr_array((travel_min[chosen], (start[chosen], end[chosen])), shape=(size, size))
    return RoadGraph(network, season, tolls, positions, minutes, pair_keys, driven[chosen])


@dataclass(frozen=True)
class SearchResult:
    """Quickest paths from some source nodes to every node.

    Attributes
    ----------
    minutes, length_km
        Shape (sources, nodes); NaN where there is no route.
    predecessors
        Shape (sources, nodes); the node before each node on its path, negative for none.
    """

    minutes: FloatArray
    length_km: FloatArray
    predecessors: IntArray


def _path_lengths(graph: RoadGraph, predecessors: IntArray) -> FloatArray:
    """Sum section lengths along all paths at once by pointer jumping: each round doubles the span that is summed."""
    rows, nodes = predecessors.shape
    previous = np.where(predecessors < 0, np.arange(nodes), predecessors).astype(np.int64)
    moved = predecessors >= 0
    length_km = np.zeros((rows, nodes))
    columns = np.broadcast_to(np.arange(nodes), (rows, nodes))
    edge_km = graph.network.edges["length_km"].to_numpy(float)
    length_km[moved] = edge_km[graph.edge_between(previous[moved], columns[moved])]
    while True:
        further = np.take_along_axis(previous, previous, axis=1)
        if np.array_equal(further, previous):
            return length_km
        length_km = length_km + np.take_along_axis(length_km, previous, axis=1)
        previous = further


def search_from(graph: RoadGraph, sources: IntArray) -> SearchResult:
    """Find the quickest paths from each source node to all nodes.

    Parameters
    ----------
    graph
        Built by :func:`build_graph`.
    sources
        Positions of the source nodes in ``network.nodes``, shape (sources,).
    """
    minutes, predecessors = dijkstra(graph.minutes, directed=True, indices=sources, return_predecessors=True)
    predecessors = np.where(predecessors == _NO_PREDECESSOR, -1, predecessors).astype(np.int64)
    length_km = _path_lengths(graph, predecessors)
    reached = np.isfinite(minutes)
    return SearchResult(np.where(reached, minutes, np.nan), np.where(reached, length_km, np.nan), predecessors)


def path_edges(graph: RoadGraph, result: SearchResult, row: int, target: int) -> IntArray:
    """Return the positions in ``network.edges`` of the sections driven to ``target``, in driving order.

    Empty where the target is the source itself or is not reached.
    """
    chain = [target]
    while (before := int(result.predecessors[row, chain[-1]])) >= 0:
        chain.append(before)
    nodes = np.asarray(chain[::-1], dtype=np.int64)
    return graph.edge_between(nodes[:-1], nodes[1:])


def summarise_route(graph: RoadGraph, edges: IntArray, shares: FloatArray | None = None) -> pd.DataFrame:
    """Name a route by its roads: one row for each stretch on the same road, toll and free kilometres apart.

    Parameters
    ----------
    graph
        The network it was found on.
    edges
        Positions in ``network.edges`` of the sections driven, in driving order.
    shares
        How much of each section is driven, 0 to 1; whole sections if None.

    Returns
    -------
    pandas.DataFrame
        Columns ``road_no, road_name, road_class, toll, length_km, travel_min`` in driving order.
    """
    driven = graph.network.edges.iloc[edges]
    columns = ["road_no", "road_name", "road_class", "toll"]
    share = np.ones(len(edges)) if shares is None else shares
    frame = pd.DataFrame(driven[columns]).reset_index(drop=True)
    frame["length_km"] = driven["length_km"].to_numpy(float) * share
    frame["travel_min"] = driven[f"{graph.season}_min"].to_numpy(float) * share
    stretch = (frame[columns] != frame[columns].shift()).any(axis=1).cumsum()
    spec = dict.fromkeys(columns, "first") | {"length_km": "sum", "travel_min": "sum"}
    return frame.groupby(stretch).agg(spec).reset_index(drop=True)
