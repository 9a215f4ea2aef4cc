"""What of a covering problem decides: units that are not covered anyway, and sites that no other site can stand for.

The classical reductions of set covering (Toregas and ReVelle 1973): a row that contains another row is covered with it,
and a column that another column contains is never needed.
"""

import numpy as np

from analysis.siting.problem import BoolArray


def reduce_cover(covers: BoolArray, may_stand_in: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Leave out rows and columns until none is dominated; the fewest columns that cover every row stay as many.

    Parameters
    ----------
    covers
        Which sites cover which units, shape (units, sites).
    may_stand_in
        Which sites may be taken for another one, shape (sites,). A site in a set that is forbidden may not: the sets
        that are left would not be the same.

    Returns
    -------
    rows
        The rows that are left, still with all columns; those left out are False.
    is_kept
        The columns that are left, shape (sites,).
    """
    rows, is_kept = covers, np.ones(covers.shape[1], dtype=bool)
    while True:
        before = rows.shape[0], int(is_kept.sum())
        rows = minimal_rows(rows)
        is_kept = is_kept & ~_dominated_columns(rows, may_stand_in & is_kept)
        rows = rows & is_kept
        if before == (rows.shape[0], int(is_kept.sum())):
            return rows, is_kept


def minimal_rows(covers: BoolArray) -> BoolArray:
    """Return the different rows that contain no other row: who covers these covers all."""
    rows = np.unique(covers, axis=0)
    shared, size = _shared(rows)
    # among different rows a smaller one is contained where all that it has is shared
    contains = (shared == size) & (size < size[:, None])
    kept: BoolArray = rows[~contains.any(axis=1)]
    return kept


def _dominated_columns(rows: BoolArray, may_stand_in: BoolArray) -> BoolArray:
    """Say which columns another one contains that may stand in for them; of equal ones the first stays."""
    shared, size = _shared(rows.T)
    is_within = (shared == size[:, None]) & may_stand_in
    number = np.arange(len(size))
    is_first = ~may_stand_in[:, None] | (number < number[:, None])
    dominated: BoolArray = (is_within & ((size > size[:, None]) | is_first)).any(axis=1)
    return dominated


def _shared(sets: BoolArray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many entries every two rows share, and how many each has; exact below 2 to the power of 24."""
    entries = sets.astype(np.float32)
    return entries @ entries.T, entries.sum(axis=1)
