"""Kilometres along quickest ways whose times are known: search again, but only where quickest ways run.

Unpacking every way of a large matrix one by one takes far longer than its times. But the ways share most of their
course: the union of a few of them holds all others too. A time found within the union that equals the known time proves
that the way is a quickest one; what is left over is unpacked next. The nodes passed straight through are joined to
chains first, so the union is small.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.engine_scipy import chain_sums
from geo.topology import BoolArray, FloatArray, IntArray

_WAYS_A_ROUND = 3  # unpacked for each source and each target with a way still missing
_CELLS_AT_ONCE = 5_000_000


@dataclass(frozen=True)
class Union:
    """Pairs of nodes in use, sorted by start and end, with nodes numbered from 0; costs of shape (values, pairs).

    The first of the costs is the one by which ways are quickest, in whole units.
    """

    start: IntArray
    end: IntArray
    costs: FloatArray


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
    sums = np.where(is_linked, union.costs, 0.0)
    for _ in range(count.bit_length()):
        sums = sums + np.where(last != ids, sums[:, last], 0.0)
        last = last[last]
    start, end = union.start[is_first], union.end[last[is_first]]
    costs = (sums + union.costs[:, last])[:, is_first]
    order = np.lexsort((costs[0], end, start))
    order = order[start[order] != end[order]]
    _, chosen = np.unique(start[order] * size + end[order], return_index=True)
    order = order[chosen]
    return Union(start[order], end[order], costs[:, order])


def _search(chains: Union, size: int, sources: IntArray, targets: IntArray) -> FloatArray:
    """Return the costs of the quickest ways, shape (values, sources, targets)."""
    matrix = csr_array((chains.costs[0], (chains.start, chains.end)), shape=(size, size))
    keys = chains.start * size + chains.end
    found = np.empty((len(chains.costs), len(sources), len(targets)))
    step = max(1, _CELLS_AT_ONCE // size)
    for begin in range(0, len(sources), step):
        rows = slice(begin, begin + step)
        cost, before = dijkstra(matrix, indices=sources[rows], return_predecessors=True)
        nodes = np.broadcast_to(np.arange(size), before.shape)
        moved = before >= 0
        pair = np.searchsorted(keys, before[moved].astype(np.int64) * size + nodes[moved])
        steps = []
        for value in chains.costs[1:]:
            driven = np.zeros(before.shape)
            driven[moved] = value[pair]
            steps.append(driven)
        found[0, rows] = cost[:, targets]
        sums = chain_sums(np.where(moved, before, nodes).astype(np.int64), tuple(steps))
        for number, total in enumerate(sums, start=1):
            found[number, rows] = total[:, targets]
    return found


def _spread(missing: BoolArray) -> list[tuple[int, int]]:
    """Choose cells spread over the missing ones of each row and each column."""
    cells = set()
    for table, is_turned in ((missing, False), (missing.T, True)):
        for row in np.flatnonzero(table.any(axis=1)):
            places = np.flatnonzero(table[row])
            at = (np.linspace(0, 1, _WAYS_A_ROUND, endpoint=False) + row * 0.618) % 1
            for place in places[(at * len(places)).astype(np.int64)]:
                cells.add((int(place), int(row)) if is_turned else (int(row), int(place)))
    return sorted(cells)


def costs_along(
    units: FloatArray,
    sources: IntArray,
    targets: IntArray,
    pairs: Union,
    unpack: Callable[[int, int], list[int]],
) -> FloatArray:
    """Sum other costs along the quickest ways.

    Parameters
    ----------
    units
        Known times of the quickest ways, shape (sources, targets), whole units; inf for none.
    sources, targets
        Nodes, without repetition in either.
    pairs
        The whole network, its first cost in the same units.
    unpack
        Gives the pairs of the quickest way between two nodes.

    Returns
    -------
    numpy.ndarray
        The further costs, shape (values - 1, sources, targets); NaN where there is no way.
    """
    result = np.full((len(pairs.costs) - 1, *units.shape), np.nan)
    result[:, units == 0] = 0.0
    missing = np.isfinite(units) & (sources[:, None] != targets[None, :])
    in_union = np.zeros(len(pairs.start), dtype=bool)
    while missing.any():
        for row, column in _spread(missing):
            in_union[unpack(int(sources[row]), int(targets[column]))] = True
        used = np.flatnonzero(in_union)
        ends = np.concatenate([pairs.start[used], pairs.end[used], sources, targets])
        nodes, number = np.unique(ends, return_inverse=True)
        start, end, source, target = np.split(number, np.cumsum([len(used), len(used), len(sources)]))
        is_stop = np.zeros(len(nodes), dtype=bool)
        is_stop[source] = is_stop[target] = True
        chains = join_chains(Union(start, end, pairs.costs[:, used]), is_stop)
        kept, number = np.unique(np.concatenate([chains.start, chains.end, source, target]), return_inverse=True)
        start, end, source, target = np.split(
            number, np.cumsum([len(chains.start), len(chains.start), len(sources)])
        )
        rows = np.flatnonzero(missing.any(axis=1))
        found = _search(Union(start, end, chains.costs), len(kept), source[rows], target)
        proved = missing[rows] & (found[0] == units[rows])
        part = result[:, rows]
        part[:, proved] = found[1:, proved]
        result[:, rows] = part
        missing[rows] &= ~proved
    return result
