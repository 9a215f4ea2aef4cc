"""Kilometres along quickest ways whose times are known: search again, but only where quickest ways run.

Unpacking every way of a large matrix one by one takes far longer than its times. But the ways share most of their
course: the union of a few of them holds all others too. A time found within the union that equals the known time proves
that the way is a quickest one; what is left over is unpacked next. The nodes passed straight through are joined to
chains first, so the union is small.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.engine_scipy import chain_sums
from geo.topology import BoolArray, FloatArray, IntArray

ComplexArray = npt.NDArray[np.complex128]
Unpack = Callable[[IntArray, IntArray], Sequence[IntArray]]

# Ways unpacked for each source and each target with ways still missing; when no more are missing, all are unpacked.
_WAYS_A_ROUND = 8
_GOLDEN = 0.6180339887  # shifts the choice from row to row
_CELLS_AT_ONCE = 500_000  # keeps the sums in the processor's cache


@dataclass(frozen=True)
class Union:
    """Pairs of nodes in use, sorted by start and end, with nodes numbered from 0; all arrays of shape (pairs,).

    Attributes
    ----------
    start, end
        Nodes.
    units
        The cost by which ways are quickest, in whole units.
    costs
        What is summed along the ways: two costs, as real and imaginary part.
    """

    start: IntArray
    end: IntArray
    units: FloatArray
    costs: ComplexArray


def join_chains(union: Union, is_stop: BoolArray) -> Union:
    """Join pairs that can only be driven one after the other.

    Parameters
    ----------
    union
        Pairs of quickest ways that begin and end at stops.
    is_stop
        Nodes that chains must not pass, shape (nodes,).

    Returns
    -------
    Union
        One pair a chain with summed costs; the quickest of parallel chains; no loops.
    """
    size, count = len(is_stop), len(union.start)
    ids, keys = np.arange(count), union.start * size + union.end
    turned = np.minimum(np.searchsorted(keys, union.end * size + union.start), count - 1)
    has_turned = keys[turned] == union.end * size + union.start
    # A way never turns round, so the pair back does not count as a way on.
    out_count, out_sum = np.bincount(union.start, minlength=size), np.bincount(union.start, ids, minlength=size)
    onward = (out_sum[union.end] - np.where(has_turned, turned, 0)).astype(np.int64)
    is_linked = (out_count[union.end] - has_turned == 1) & ~is_stop[union.end]
    in_count = np.bincount(union.end, minlength=size)
    comes_alone = in_count[union.start] - has_turned == 1
    is_linked[is_linked] = comes_alone[onward[is_linked]]
    last = np.where(is_linked, onward, ids)
    is_first = np.ones(count, dtype=bool)
    is_first[onward[is_linked]] = False
    units, costs = np.where(is_linked, union.units, 0.0), np.where(is_linked, union.costs, 0.0)
    for _ in range(count.bit_length()):
        goes_on = last != ids
        units, costs = units + np.where(goes_on, units[last], 0.0), costs + np.where(goes_on, costs[last], 0.0)
        last = last[last]
    units, costs = units + union.units[last], costs + union.costs[last]
    start, end = union.start, union.end[last]
    order = np.flatnonzero(is_first & (start != end))
    order = order[np.lexsort((units[order], end[order], start[order]))]
    _, chosen = np.unique(start[order] * size + end[order], return_index=True)
    order = order[chosen]
    return Union(start[order], end[order], units[order], costs[order])


def _renumber(union: Union, sources: IntArray, targets: IntArray) -> tuple[Union, IntArray, IntArray, int]:
    """Number the nodes that still occur from 0, in the same order; return their number too."""
    parts = [union.start, union.end, sources, targets]
    nodes, number = np.unique(np.concatenate(parts), return_inverse=True)
    start, end, source, target = np.split(number, np.cumsum([len(part) for part in parts[:-1]]))
    return Union(start, end, union.units, union.costs), source, target, len(nodes)


def _search(chains: Union, size: int, sources: IntArray, targets: IntArray) -> tuple[FloatArray, ComplexArray]:
    """Return units and costs of the quickest ways, shape (sources, targets)."""
    matrix = csr_array((chains.units, (chains.start, chains.end)), shape=(size, size))
    keys = chains.start * size + chains.end
    units = np.empty((len(sources), len(targets)))
    costs = np.empty(units.shape, dtype=np.complex128)
    step = max(1, _CELLS_AT_ONCE // size)
    for begin in range(0, len(sources), step):
        rows = slice(begin, begin + step)
        found, before = dijkstra(matrix, indices=sources[rows], return_predecessors=True)
        row, node = np.nonzero(before >= 0)
        steps = np.zeros(before.shape, dtype=np.complex128)
        steps[row, node] = chains.costs[np.searchsorted(keys, before[row, node].astype(np.int64) * size + node)]
        units[rows] = found[:, targets]
        costs[rows] = chain_sums(before.astype(np.int64), steps)[:, targets]
    return units, costs


def _spread(missing: BoolArray) -> IntArray:
    """Choose cells spread over the missing ones of each row and each column, shape (cells, 2)."""
    if missing.sum() <= _WAYS_A_ROUND * sum(missing.shape):
        return np.argwhere(missing)
    chosen = np.zeros(missing.shape, dtype=bool)
    for mark, table in ((chosen, missing), (chosen.T, missing.T)):
        for row in np.flatnonzero(table.any(axis=1)):
            places = np.flatnonzero(table[row])
            at = (np.linspace(0, 1, _WAYS_A_ROUND, endpoint=False) + row * _GOLDEN) % 1
            mark[row, places[(at * len(places)).astype(np.int64)]] = True
    return np.argwhere(chosen)


def costs_along(units: FloatArray, sources: IntArray, targets: IntArray, pairs: Union, unpack: Unpack) -> ComplexArray:
    """Sum costs along the quickest ways.

    Parameters
    ----------
    units
        Known times of the quickest ways, shape (sources, targets), whole units; inf for none.
    sources, targets
        Nodes, without repetition in either.
    pairs
        The whole network, in the same units.
    unpack
        Gives the pairs of the quickest ways between nodes, given as two arrays of the same shape.

    Returns
    -------
    numpy.ndarray
        Shape (sources, targets); NaN where there is no way.
    """
    result = np.where(np.isfinite(units), 0, np.complex128(complex(np.nan, np.nan)))
    missing = np.isfinite(units) & (sources[:, None] != targets[None, :])
    in_union = np.zeros(len(pairs.start), dtype=bool)
    while missing.any():
        row, column = _spread(missing).T
        ways = unpack(sources[row], targets[column])
        result[row, column] = [pairs.costs[way].sum() for way in ways]
        missing[row, column] = False
        if not missing.any():
            break
        for way in ways:
            in_union[way] = True
        used = np.flatnonzero(in_union)
        whole = Union(pairs.start[used], pairs.end[used], pairs.units[used], pairs.costs[used])
        union, source, target, size = _renumber(whole, sources, targets)
        is_stop = np.zeros(size, dtype=bool)
        is_stop[source] = is_stop[target] = True
        chains, source, target, size = _renumber(join_chains(union, is_stop), source, target)
        rows = np.flatnonzero(missing.any(axis=1))
        found_units, found_costs = _search(chains, size, source[rows], target)
        proved = missing[rows] & (found_units == units[rows])
        result[rows] = np.where(proved, found_costs, result[rows])
        missing[rows] &= ~proved
    return result
