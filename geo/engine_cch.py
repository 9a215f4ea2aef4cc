"""The engine for large matrices and changing weights: customizable contraction hierarchies of RoutingKit.

Dibbelt, Strasser and Wagner (2016), Customizable Contraction Hierarchies. The order of contraction depends on the shape
of the network only; a season or a closure only weighs it again.

Its times are whole units of 1/100,000 min, of which 2^31 - 2 can be counted (21,474 min); for longer ways the unit is
made coarser tenfold. Rounding can thus misjudge a way by up to half a unit for each pair driven, and two ways closer
than that count as equal. With kilometres the minutes are summed again unrounded along the way chosen.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self, TypeVar

import numpy as np
import routingkit_cch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.engine import Nearest, Travel
from geo.engine_scipy import ScipyEngine
from geo.errors import DataError
from geo.order_cache import load_order
from geo.path_union import Union, costs_along
from geo.topology import FloatArray, IntArray, Topology, Weights

Part = TypeVar("Part")

UNITS_PER_MIN = 100_000
_PLACES_A_THREAD = 32  # fewer are not worth another thread
_NO_WAY = 2**31 - 1  # RoutingKit's weight of what cannot be driven
_TRUSTED_UNITS = 2**30  # beyond this a way may be too long to be counted


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """The contracted shape of a network, without weights."""

    topology: Topology

    @property
    def is_contracted(self) -> bool:
        """Whether the work is done already."""
        return "contracted" in self.__dict__

    @cached_property
    def contracted(self) -> routingkit_cch.CCH:
        """RoutingKit's own structure."""
        pairs = self.topology.pair_start.tolist(), self.topology.pair_end.tolist()
        return routingkit_cch.CCH(load_order(self.topology).tolist(), *pairs, False)


@dataclass(frozen=True, eq=False)
class _Metric:
    """The weights in whole units, and the hierarchy customized by them."""

    units_per_min: int
    units: FloatArray
    customized: routingkit_cch.CCHMetric


@dataclass(frozen=True, eq=False)
class CchEngine:
    """See :class:`geo.engine.Engine`. Searches from a single node are left to scipy, which is as quick there.

    Attributes
    ----------
    hierarchy
        Shared by all engines of a network.
    weights
        What each pair of nodes costs.
    """

    hierarchy: Hierarchy
    weights: Weights
    _metrics: dict[int, _Metric] = field(default_factory=dict)

    @property
    def topology(self) -> Topology:
        """The shape of the network."""
        return self.hierarchy.topology

    @cached_property
    def _single(self) -> ScipyEngine:
        return ScipyEngine(self.topology, self.weights)

    @cached_property
    def _component(self) -> IntArray:
        """Number of the part of the network each node is in; within a part every node leads to every other."""
        is_open = np.isfinite(self.weights.minutes)
        ends = self.topology.pair_start[is_open], self.topology.pair_end[is_open]
        size = self.topology.node_count
        matrix = csr_array((np.ones(int(is_open.sum())), ends), shape=(size, size))
        return np.asarray(connected_components(matrix, connection="strong")[1])

    @property
    def is_weighed(self) -> bool:
        """Whether the hierarchy was customized by these weights already."""
        return bool(self._metrics)

    def customize(self) -> None:
        """Weigh the hierarchy now rather than at the first search."""
        self._metric_at(min(self._metrics, default=UNITS_PER_MIN))

    def _metric_at(self, units_per_min: int) -> _Metric:
        if units_per_min not in self._metrics:
            units = np.rint(self.weights.minutes * units_per_min)
            whole = np.minimum(units, _NO_WAY).astype(np.uint32).tolist()
            customized = routingkit_cch.CCHMetric(self.hierarchy.contracted, whole)
            self._metrics[units_per_min] = _Metric(units_per_min, units, customized)
        return self._metrics[units_per_min]

    def _is_counted(self, metric: _Metric, units: FloatArray, sources: IntArray, targets: IntArray) -> bool:
        """Whether no way was too long to be counted; such a way would look like none."""
        if units[np.isfinite(units)].max(initial=0) > _TRUSTED_UNITS:
            return False
        if not np.isinf(units).any() or metric.units[np.isfinite(metric.units)].sum() < _NO_WAY:
            return True
        lost = np.isinf(units) & (self._component[sources][:, None] == self._component[targets][None, :])
        return not bool(lost.any())

    def _count(self, sources: IntArray, targets: IntArray) -> tuple[FloatArray, _Metric]:
        """Return the quickest ways in units, inf for none, shape (sources, targets), and what they are counted in."""
        units_per_min = min(self._metrics, default=UNITS_PER_MIN)
        while units_per_min:
            metric = self._metric_at(units_per_min)
            units = _sweep(metric.customized, sources, targets)
            if self._is_counted(metric, units, sources, targets):
                return units, metric
            units_per_min //= 10
        raise DataError("a quickest way takes over 2,000 years. Check the minutes of the network's edges.")

    def one_to_all(self, source: int) -> Travel:
        """Return travel from one node to every node, shape (nodes,)."""
        return self._single.one_to_all(source)

    def many_to_many_minutes(self, sources: IntArray, targets: IntArray) -> FloatArray:
        """Return the minutes of :meth:`many_to_many` alone, rounded as the module says."""
        units, metric = self._count(sources, targets)
        units[np.isinf(units)] = np.nan
        return units / metric.units_per_min

    def many_to_many(self, sources: IntArray, targets: IntArray) -> Travel:
        """Return travel from each source to each target, shape (sources, targets)."""
        rows, row_of = np.unique(sources, return_inverse=True)
        columns, column_of = np.unique(targets, return_inverse=True)
        units, metric = self._count(rows, columns)
        pairs = Union(
            self.topology.pair_start,
            self.topology.pair_end,
            metric.units,
            self.weights.minutes + 1j * self.weights.length_km,
        )
        along = costs_along(units, rows, columns, pairs, lambda s, t: _unpack(metric.customized, s, t))
        cells = np.ix_(row_of, column_of)
        return Travel(along.real[cells], along.imag[cells])

    def nearest_of_many(self, targets: IntArray) -> Nearest:
        """Return for every node the target that is quickest to drive to from it."""
        return self._single.nearest_of_many(targets)

    def route(self, source: int, target: int) -> IntArray:
        """Return the positions of the edges driven, in driving order; empty for source = target and for no way."""
        _, metric = self._count(np.asarray([source]), np.asarray([target]))
        (pairs,) = _unpack(metric.customized, np.asarray([source]), np.asarray([target]))
        return self.weights.edge[pairs]

    def reweighted(self, weights: Weights) -> Self:
        """Return the engine of the same network with other weights: the hierarchy is shared, not built again."""
        return type(self)(self.hierarchy, weights)


def _in_threads(work: Callable[[IntArray], list[Part]], places: IntArray) -> list[Part]:
    """Share the places out among the processors; RoutingKit searches without Python's lock."""
    workers = min(os.cpu_count() or 1, 1 + len(places) // _PLACES_A_THREAD)
    if workers == 1:
        return work(places)
    with ThreadPoolExecutor(workers) as pool:
        return [part for parts in pool.map(work, np.array_split(places, workers)) for part in parts]


def _sweep(metric: routingkit_cch.CCHMetric, sources: IntArray, targets: IntArray) -> FloatArray:
    """Search from each of the fewer ends to all of the others; inf for no way."""

    def leave(some: IntArray) -> list[FloatArray]:
        onward = routingkit_cch.CCHOneToMany(metric, targets.tolist())
        return [np.asarray(onward.distances_from(source), dtype=float) for source in some.tolist()]

    def arrive(some: IntArray) -> list[FloatArray]:
        back = routingkit_cch.CCHManyToOne(metric, sources.tolist())
        return [np.asarray(back.distances_to(target), dtype=float) for target in some.tolist()]

    if len(sources) <= len(targets):
        units = np.asarray(_in_threads(leave, sources), dtype=float).reshape(len(sources), len(targets))
    else:
        units = np.asarray(_in_threads(arrive, targets), dtype=float).reshape(len(targets), len(sources)).T
    return np.where(np.isnan(units), np.inf, units)  # None, which is no way, has become NaN


def _unpack(metric: routingkit_cch.CCHMetric, sources: IntArray, targets: IntArray) -> list[IntArray]:
    """Return the pairs of the quickest way from each source to the target beside it, in driving order."""

    def follow(some: IntArray) -> list[IntArray]:
        query = routingkit_cch.CCHQuery(metric)
        ends = zip(sources[some].tolist(), targets[some].tolist(), strict=True)
        return [np.asarray(query.run(source, target).arc_path, dtype=np.int64) for source, target in ends]

    return _in_threads(follow, np.arange(len(sources)))
