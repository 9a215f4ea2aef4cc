"""The road network as it can be driven in one season, and quickest ways on it.

Times are minutes, lengths kilometres along the quickest path. The searches are those of :mod:`geo.engine`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from geo.engine import Engine, choose_engine
from geo.engine_cch import CchEngine, Hierarchy
from geo.engine_scipy import ScipyEngine
from geo.errors import InputError
from geo.order_cache import is_order_kept
from geo.roads import SEASONS, RoadNetwork, Season
from geo.topology import BoolArray, FloatArray, IntArray, Topology, Weights, build_topology, weigh_pairs

__all__ = [
    "BoolArray",
    "FloatArray",
    "IntArray",
    "RoadGraph",
    "SearchResult",
    "build_graph",
    "edge_arrays",
    "path_edges",
    "search_from",
    "summarise_route",
]


@dataclass(frozen=True, eq=False)
class EdgeArrays:
    """The columns of ``network.edges`` that searches need, shape (edges,), and the network's shape; made once.

    Attributes
    ----------
    start, end
        Positions of ``from_node`` and ``to_node`` in ``network.nodes``.
    length_km, one_way, toll
        As in ``network.edges``.
    minutes, is_closed
        By season.
    hierarchy
        The shape of the network, contracted when it is first needed.
    """

    start: IntArray
    end: IntArray
    length_km: FloatArray
    one_way: BoolArray
    toll: BoolArray
    minutes: Mapping[Season, FloatArray]
    is_closed: Mapping[Season, BoolArray]
    hierarchy: Hierarchy

    @property
    def topology(self) -> Topology:
        """The shape of the network."""
        return self.hierarchy.topology


@lru_cache(maxsize=4)
def edge_arrays(network: RoadNetwork) -> EdgeArrays:
    """Return the arrays of a network, made once for each."""
    edges, nodes = network.edges, network.nodes
    start, end = (nodes.index.get_indexer(edges[column]).astype(np.int64) for column in ("from_node", "to_node"))
    one_way = edges["one_way"].to_numpy(bool)
    topology = build_topology(nodes.geometry.x.to_numpy(), nodes.geometry.y.to_numpy(), start, end, one_way)
    return EdgeArrays(
        start,
        end,
        edges["length_km"].to_numpy(float),
        one_way,
        edges["toll"].to_numpy(bool),
        {season: edges[f"{season}_min"].to_numpy(float) for season in SEASONS},
        {season: edges[f"closed_in_{season}"].to_numpy(bool) for season in SEASONS},
        Hierarchy(topology),
    )


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """The network as it can be driven in one season, with or without toll roads.

    Attributes
    ----------
    network, season, tolls
        What it was built from.
    is_open
        Which of ``network.edges`` may be driven, shape (edges,).
    """

    network: RoadNetwork
    season: Season
    tolls: bool
    is_open: BoolArray

    @property
    def arrays(self) -> EdgeArrays:
        """What searches need of the network."""
        return edge_arrays(self.network)

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.network.nodes)

    @property
    def edge_minutes(self) -> FloatArray:
        """Minutes to travel each edge in this season, shape (edges,)."""
        return self.arrays.minutes[self.season]

    @property
    def open_by_season(self) -> BoolArray:
        """Which of ``network.edges`` may be driven when none is closed besides those of the season, shape (edges,)."""
        return _open_edges(self.network, self.season, self.tolls, ())

    @cached_property
    def edge_positions(self) -> IntArray:
        """Positions in ``network.edges`` of the sections open to traffic."""
        return np.flatnonzero(self.is_open)

    @cached_property
    def weights(self) -> Weights:
        """What it costs to drive from node to node."""
        return weigh_pairs(self.arrays.topology, self.edge_minutes, self.arrays.length_km, self.is_open)

    @cached_property
    def scipy_engine(self) -> ScipyEngine:
        """The engine for small networks and single sources."""
        return ScipyEngine(self.arrays.topology, self.weights)

    @cached_property
    def cch_engine(self) -> CchEngine:
        """The engine for large matrices."""
        return CchEngine(self.arrays.hierarchy, self.weights)

    def engine_for(self, source_count: int, target_count: int) -> Engine:
        """Return the engine that does a matrix of this size sooner, see :func:`geo.engine.choose_engine`."""
        engine, hierarchy = self.cch_engine, self.arrays.hierarchy
        name = choose_engine(
            self.node_count,
            source_count,
            target_count,
            is_order_known=hierarchy.is_contracted or is_order_kept(hierarchy.topology),
            is_weighed=engine.is_weighed,
        )
        return engine if name == "cch" else self.scipy_engine

    @property
    def minutes(self) -> csr_array:
        """Adjacency, shape (nodes, nodes), minutes; the quickest of parallel sections, without closed ones."""
        topology, is_open = self.arrays.topology, np.isfinite(self.weights.minutes)
        ends = topology.pair_start[is_open], topology.pair_end[is_open]
        return csr_array((self.weights.minutes[is_open], ends), shape=(self.node_count, self.node_count))

    def reweighted(
        self, *, season: Season | None = None, tolls: bool | None = None, closed_edges: Collection[str] = ()
    ) -> Self:
        """Return the graph of the same network in other circumstances; what is not given stays as it is.

        Parameters
        ----------
        season, tolls, closed_edges
            See :func:`build_graph`. Closures do not add up: those given are the only ones.
        """
        chosen = self.season if season is None else season
        with_tolls = self.tolls if tolls is None else tolls
        return type(self)(self.network, chosen, with_tolls, _open_edges(self.network, chosen, with_tolls, closed_edges))


def _open_edges(network: RoadNetwork, season: Season, tolls: bool, closed_edges: Collection[str]) -> BoolArray:
    if season not in SEASONS:
        raise InputError(f"season {season!r} is unknown. Choose {' or '.join(SEASONS)}.")
    closed_ids = list(closed_edges)
    closed = network.edges.index.get_indexer(closed_ids)
    if (closed < 0).any():
        unknown = closed_ids[int(np.argmax(closed < 0))]
        raise InputError(
            f"通行止めの区間 {unknown!r} は道路網 {network.name} にありません。 / closed section {unknown!r} is not in "
            f"the network {network.name}. Check the id: nakapotsu sections lists them."
        )
    arrays = edge_arrays(network)
    is_open = ~arrays.is_closed[season]
    if not tolls:
        is_open &= ~arrays.toll
    is_open[closed] = False
    return is_open


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
    return RoadGraph(network, season, tolls, _open_edges(network, season, tolls, closed_edges))


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


def search_from(graph: RoadGraph, sources: IntArray) -> SearchResult:
    """Find the quickest paths from each source node to all nodes.

    Parameters
    ----------
    graph
        Built by :func:`build_graph`.
    sources
        Positions of the source nodes in ``network.nodes``, shape (sources,).
    """
    return SearchResult(*graph.scipy_engine.trees(sources))


def path_edges(graph: RoadGraph, result: SearchResult, row: int, target: int) -> IntArray:
    """Return the positions in ``network.edges`` of the sections driven to ``target``, in driving order.

    Empty where the target is the source itself or is not reached.
    """
    return graph.scipy_engine.edges_of_chain(result.predecessors[row], target)


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
