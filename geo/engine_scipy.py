"""The engine for small networks and single sources: Dijkstra's search (1959) of ``scipy.sparse.csgraph``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.engine import Nearest, Travel
from geo.topology import FloatArray, IntArray, Topology, Weights

Cost = TypeVar("Cost", np.float64, np.complex128)

_NO_NODE = -9999  # scipy's mark in predecessor matrices
_CELLS_AT_ONCE = 4_000_000  # sources x nodes searched at once: some 100 MB


def chain_sums(before: IntArray, steps: npt.NDArray[Cost]) -> npt.NDArray[Cost]:
    """Sum step costs from the root of each tree to every node by pointer jumping.

    Parameters
    ----------
    before
        The node before each node, negative for roots, shape (trees, nodes).
    steps
        Costs of the step to each node, 0 at roots, same shape. A complex number carries two costs at once.

    Returns
    -------
    numpy.ndarray
        The sums, same shape. Each round doubles the span that is summed: log2 of the longest path rounds.
    """
    places = np.arange(before.size)
    first_of_row = np.repeat(np.arange(before.shape[0]) * before.shape[1], before.shape[1])
    previous = np.where(before.ravel() < 0, places, before.ravel() + first_of_row)
    sums = steps.ravel()
    while True:
        further = previous[previous]
        if np.array_equal(further, previous):
            return sums.reshape(before.shape)
        sums = sums + sums[previous]
        previous = further


@dataclass(frozen=True, eq=False)
class ScipyEngine:
    """See :class:`geo.engine.Engine`. Times are double-precision sums.

    Attributes
    ----------
    topology, weights
        The network. Closed pairs weigh inf, which no search passes; pairs of 0 minutes are stored and stay passable.
    """

    topology: Topology
    weights: Weights

    @cached_property
    def matrix(self) -> csr_array:
        """Minutes from node to node, shape (nodes, nodes)."""
        size = self.topology.node_count
        parts = (
            self.weights.minutes,
            self.topology.pair_end.astype(np.int32),
            self.topology.row_begin.astype(np.int32),
        )
        return csr_array(parts, shape=(size, size))

    @cached_property
    def _reversed(self) -> csr_array:
        return self.matrix.T.tocsr()

    def trees(self, sources: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return minutes, kilometres and the node before each node (negative for none), shape (sources, nodes)."""
        minutes, before = dijkstra(self.matrix, indices=sources, return_predecessors=True)
        before = np.where(before == _NO_NODE, -1, before).astype(np.int64)
        is_reached = np.isfinite(minutes)
        row, node = np.nonzero(before >= 0)
        steps = np.zeros(before.shape)
        steps[row, node] = self.weights.length_km[self.topology.pair_between(before[row, node], node)]
        length_km = chain_sums(before, steps)
        return np.where(is_reached, minutes, np.nan), np.where(is_reached, length_km, np.nan), before

    def _blocks(self, sources: IntArray) -> Iterator[tuple[slice, IntArray]]:
        step = max(1, _CELLS_AT_ONCE // max(self.topology.node_count, 1))
        for begin in range(0, len(sources), step):
            yield slice(begin, begin + step), sources[begin : begin + step]

    def one_to_all(self, source: int) -> Travel:
        """Return travel from one node to every node, shape (nodes,)."""
        minutes, length_km, _ = self.trees(np.asarray([source]))
        return Travel(minutes[0], length_km[0])

    def one_to_all_minutes(self, source: int) -> FloatArray:
        """Return the minutes of :meth:`one_to_all` alone."""
        minutes = np.asarray(dijkstra(self.matrix, indices=source))
        minutes[np.isinf(minutes)] = np.nan
        return minutes

    def many_to_many(self, sources: IntArray, targets: IntArray) -> Travel:
        """Return travel from each source to each target, shape (sources, targets)."""
        minutes, length_km = np.empty((len(sources), len(targets))), np.empty((len(sources), len(targets)))
        for rows, block in self._blocks(sources):
            block_min, block_km, _ = self.trees(block)
            minutes[rows], length_km[rows] = block_min[:, targets], block_km[:, targets]
        return Travel(minutes, length_km)

    def many_to_many_minutes(self, sources: IntArray, targets: IntArray) -> FloatArray:
        """Return the minutes of :meth:`many_to_many` alone."""
        minutes = np.empty((len(sources), len(targets)))
        for rows, block in self._blocks(sources):
            minutes[rows] = dijkstra(self.matrix, indices=block)[:, targets]
        minutes[np.isinf(minutes)] = np.nan
        return minutes

    def nearest_of_many(self, targets: IntArray) -> Nearest:
        """Return for every node the target that is quickest to drive to from it: one search on the reversed network."""
        size = self.topology.node_count
        if not len(targets):
            return Nearest(np.full(size, np.nan), np.full(size, -1, dtype=np.int64))
        minutes, _, root = dijkstra(self._reversed, indices=targets, min_only=True, return_predecessors=True)
        is_reached = np.isfinite(minutes)
        position = np.full(size, -1, dtype=np.int64)
        position[targets[::-1]] = np.arange(len(targets))[::-1]  # the first of repeated targets
        target = np.full(size, -1, dtype=np.int64)
        target[is_reached] = position[root[is_reached]]
        return Nearest(np.where(is_reached, minutes, np.nan), target)

    def route(self, source: int, target: int) -> IntArray:
        """Return the positions of the edges driven, in driving order; empty for source = target and for no way."""
        _, before = dijkstra(self.matrix, indices=source, return_predecessors=True)
        return self.edges_of_chain(before, target)

    def edges_of_chain(self, before: IntArray, target: int) -> IntArray:
        """Follow the nodes before each node back from ``target``; return the edges driven to it in driving order."""
        chain = [target]
        while (node := int(before[chain[-1]])) >= 0:
            chain.append(node)
        nodes = np.asarray(chain[::-1], dtype=np.int64)
        return self.weights.edge[self.topology.pair_between(nodes[:-1], nodes[1:])]

    def reweighted(self, weights: Weights) -> Self:
        """Return the engine of the same network with other weights."""
        return type(self)(self.topology, weights)
