"""The shape of a network for searching: which node leads to which, apart from how long it takes.

A *pair* is one node followed directly by another. Parallel sections share a pair, so a search sees each pair once, with
the quickest of its open sections. The shape stays as it is when the season, the tolls or closures change; only the
weights of the pairs do.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Topology:
    """Nodes and the pairs between them, sorted by first and then by second node.

    Attributes
    ----------
    node_lon, node_lat
        Shape (nodes,), degrees; they guide the order of contraction, nothing else.
    pair_start, pair_end
        Positions of the two nodes of each pair, shape (pairs,).
    row_begin
        Where the pairs of each node begin, shape (nodes + 1,).
    section
        Positions of the edges, grouped by pair, in rising order within each, shape (directions driven,).
    section_begin
        Where the edges of each pair begin in ``section``, shape (pairs,).
    """

    node_lon: FloatArray
    node_lat: FloatArray
    pair_start: IntArray
    pair_end: IntArray
    row_begin: IntArray
    section: IntArray
    section_begin: IntArray

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.node_lon)

    @cached_property
    def key(self) -> str:
        """SHA-256 of the nodes' places and the pairs, 32 hex digits: names what is cached for this shape."""
        digest = hashlib.sha256(f"{self.node_count} {len(self.pair_start)}".encode())
        for places in (self.node_lon, self.node_lat):
            digest.update(np.ascontiguousarray(places, dtype="<f4").tobytes())
        for ends in (self.pair_start, self.pair_end):
            digest.update(np.ascontiguousarray(ends, dtype="<u4").tobytes())
        return digest.hexdigest()[:32]

    @cached_property
    def _pair_keys(self) -> IntArray:
        return self.pair_start * self.node_count + self.pair_end

    def pair_between(self, start: IntArray, end: IntArray) -> IntArray:
        """Return the pair that leads from each start to each end; they must follow each other directly."""
        return np.searchsorted(self._pair_keys, start * self.node_count + end)


def build_topology(
    node_lon: FloatArray, node_lat: FloatArray, edge_from: IntArray, edge_to: IntArray, one_way: BoolArray
) -> Topology:
    """Build the shape of a network from its edges.

    Parameters
    ----------
    node_lon, node_lat
        Shape (nodes,), degrees.
    edge_from, edge_to
        Positions of each edge's end nodes, shape (edges,). Loops are left out: no quickest way uses one.
    one_way
        Whether an edge is driven from its first node to its second only, shape (edges,).
    """
    size = len(node_lon)
    edges = np.arange(len(edge_from), dtype=np.int64)
    back = ~one_way
    start, end = np.concatenate([edge_from, edge_to[back]]), np.concatenate([edge_to, edge_from[back]])
    section = np.concatenate([edges, edges[back]])
    keys = start.astype(np.int64) * size + end
    keys, section = keys[start != end], section[start != end]
    order = np.argsort(keys, kind="stable")
    pair_keys, section_begin = np.unique(keys[order], return_index=True)
    pair_start, pair_end = np.divmod(pair_keys, max(size, 1))
    row_begin = np.searchsorted(pair_start, np.arange(size + 1)).astype(np.int64)
    return Topology(node_lon, node_lat, pair_start, pair_end, row_begin, section[order], section_begin.astype(np.int64))


@dataclass(frozen=True, eq=False)
class Weights:
    """What each pair costs, arrays of shape (pairs,).

    Attributes
    ----------
    minutes
        Of the quickest open edge of the pair, the first of equals; inf where all are closed.
    length_km
        Of that edge.
    edge
        Its position, -1 where all are closed.
    """

    minutes: FloatArray
    length_km: FloatArray
    edge: IntArray


def weigh_pairs(topology: Topology, edge_min: FloatArray, edge_km: FloatArray, is_open: BoolArray) -> Weights:
    """Choose the quickest open edge of every pair.

    Parameters
    ----------
    topology
        Built by :func:`build_topology`.
    edge_min, edge_km
        Minutes (0 or more) and kilometres of each edge, shape (edges,).
    is_open
        Whether each edge may be driven, shape (edges,).
    """
    if not len(topology.pair_start):
        return Weights(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    begin, section = topology.section_begin, topology.section
    if len(begin) == len(section):
        edge = section
        minutes = np.where(is_open[edge], edge_min[edge], np.inf)
    else:
        sections_min = np.where(is_open[section], edge_min[section], np.inf)
        minutes = np.minimum.reduceat(sections_min, begin)
        counts = np.diff(np.append(begin, len(section)))
        places = np.arange(len(section), dtype=np.int64)
        slower = sections_min != np.repeat(minutes, counts)
        edge = section[np.minimum.reduceat(np.where(slower, len(section), places), begin)]
    return Weights(minutes, edge_km[edge], np.where(np.isinf(minutes), -1, edge))
