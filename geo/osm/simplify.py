"""Joining road segments into edges between junctions, by arrays alone, without changing any distance.

A node where exactly two segments of the same kind meet, and where one-way segments follow each other, is no junction:
the segments are joined there. Chains are ordered by pointer jumping (Wyllie's list ranking, 1979).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Chains:
    """Segments joined into edges.

    Attributes
    ----------
    segments, forward
        All segments, edge by edge in driving order, shape (segments,); whether each is driven from its first node.
    offsets
        Edge ``i`` has ``segments[offsets[i]:offsets[i + 1]]``; shape (edges + 1,).
    start, end
        The nodes at the ends of each edge, shape (edges,). They differ: a loop is cut in its middle.
    """

    segments: IntArray
    forward: BoolArray
    offsets: IntArray
    start: IntArray
    end: IntArray


def _successors(u: IntArray, v: IntArray, kind: IntArray, one_way: BoolArray, keep: BoolArray) -> IntArray:
    """Return for each half-edge the one that continues it, itself where it ends.

    Half-edge ``2 s`` drives segment ``s`` from u to v, ``2 s + 1`` back.
    """
    count, size = len(u), len(keep)
    ends = np.concatenate([u, v])
    order = np.argsort(ends, kind="stable")
    degree = np.bincount(ends, minlength=size)
    first = np.concatenate([[0], np.cumsum(degree)[:-1]])
    node = np.flatnonzero((degree == 2) & ~keep)
    one, two = order[first[node]], order[first[node] + 1]
    one_seg, two_seg = one % count, two % count
    one_arrives, two_arrives = one >= count, two >= count  # the node is the segment's v
    joined = (one_seg != two_seg) & (kind[one_seg] == kind[two_seg])
    joined &= ~one_way[one_seg] | (one_arrives != two_arrives)
    one_seg, two_seg, one_arrives, two_arrives = (
        values[joined] for values in (one_seg, two_seg, one_arrives, two_arrives)
    )
    following = np.arange(2 * count)
    following[2 * one_seg + ~one_arrives] = 2 * two_seg + two_arrives
    following[2 * two_seg + ~two_arrives] = 2 * one_seg + one_arrives
    return following


def _ring_anchors(u: IntArray, v: IntArray, following: IntArray) -> IntArray:
    """Return one node of each ring that has no junction."""
    count = len(u)
    moving = following != np.arange(2 * count)
    pairs = coo_array(
        (np.ones(int(moving.sum()), np.int8), (np.flatnonzero(moving) // 2, following[moving] // 2)),
        shape=(count, count),
    )
    rings, label = connected_components(pairs, directed=False)
    has_end = np.zeros(rings, dtype=bool)
    has_end[label[np.flatnonzero(~moving) // 2]] = True
    inside = ~has_end[label]
    if not inside.any():
        return np.empty(0, dtype=np.int64)
    smallest = np.full(rings, np.iinfo(np.int64).max)
    np.minimum.at(smallest, label[inside], np.minimum(u, v)[inside])
    return smallest[~has_end]


def _rank(following: IntArray) -> tuple[IntArray, IntArray]:
    """Return for each half-edge the last one of its chain and the number of steps to it."""
    last = following.copy()
    steps = (last != np.arange(len(last))).astype(np.int64)
    while True:
        further = last[last]
        if np.array_equal(further, last):
            return last, steps
        steps += steps[last]
        last = further


def join_segments(u: IntArray, v: IntArray, kind: IntArray, one_way: BoolArray, keep: BoolArray) -> Chains:
    """Join segments into edges.

    Parameters
    ----------
    u, v
        First and last node of each segment, positions; ``u != v``; shape (segments,).
    kind
        Only segments of the same kind are joined. Segments of one kind are all one-way or all not.
    one_way
        Whether a segment is driven from u to v only.
    keep
        Nodes that stay junctions whatever meets there, shape (nodes,).
    """
    keep = keep.copy()
    while True:
        following = _successors(u, v, kind, one_way, keep)
        anchors = _ring_anchors(u, v, following)
        if len(anchors):
            keep[anchors] = True
            continue
        chains, middle = _order(u, v, one_way, following)
        if not len(middle):
            return chains
        keep[middle] = True


def _order(u: IntArray, v: IntArray, one_way: BoolArray, following: IntArray) -> tuple[Chains, IntArray]:
    """Lay out the chains in driving order; also return the middle node of each that ends where it begins."""
    last, steps = _rank(following)
    half = np.arange(2 * len(u))
    terminal = half[last == half]
    begin = np.empty_like(half)
    begin[last[terminal ^ 1]] = terminal ^ 1  # the way back along a chain begins with its last half-edge, turned round
    head = begin[terminal]
    along = np.where(
        one_way[terminal // 2],
        head % 2 == 0,
        (head // 2 < terminal // 2) | ((head == terminal) & (head % 2 == 0)),
    )
    chosen = np.zeros(len(half), dtype=bool)
    chosen[terminal[along]] = True
    driven = half[chosen[last]]
    # Edges in the order of their first segments, so that the same file gives the same edges.
    driven = driven[np.lexsort((-steps[driven], begin[last[driven]]))]
    is_first = np.concatenate([[True], begin[last[driven[1:]]] != begin[last[driven[:-1]]]])
    offsets = np.concatenate([np.flatnonzero(is_first), [len(driven)]])
    segments, forward = driven // 2, driven % 2 == 0
    tail, tip = np.where(forward, u[segments], v[segments]), np.where(forward, v[segments], u[segments])
    start, end = tail[offsets[:-1]], tip[offsets[1:] - 1]
    loops = np.flatnonzero(start == end)
    middle = tip[(offsets[loops] + offsets[loops + 1] - 1) // 2]
    return Chains(segments, forward, offsets, start, end), middle
