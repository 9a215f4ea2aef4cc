"""Covering problems as sparse programs for HiGHS, small enough for a national case.

Set covering and maximal covering after Toregas et al. (1971) and Church and ReVelle (1974), backup coverage after Hogan
and ReVelle (1986).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.siting.problem import BoolArray, SitingProblem
from analysis.siting.solver import Answer, Program
from geo.routing import IntArray

Cuts = Sequence[IntArray]
_RELATIVE = 1e-9


@dataclass(frozen=True)
class Choice:
    """The sites that a solver chose beyond the fixed ones, and how sure that is."""

    sites: IntArray
    bound: float
    gap: float
    is_proved: bool


def _site_columns(problem: SitingProblem, program: Program, cost: float = 0.0) -> tuple[IntArray, IntArray]:
    """Add a column of 0 or 1 for every free site; return the free sites and the column of each site, -1 for none."""
    free = np.flatnonzero(problem.is_free).astype(np.int64)
    column = np.full(len(problem.site_ids), -1, dtype=np.int64)
    column[free] = program.add_columns(np.full(len(free), cost), is_whole=True)
    return free, column


def _forbid(program: Program, cuts: Cuts, column: IntArray) -> None:
    for cut in cuts:
        columns = column[cut]
        if (columns < 0).any():
            columns = columns[columns >= 0]
        program.forbid(columns)


def _covers(problem: SitingProblem, limit_min: float) -> tuple[BoolArray, IntArray]:
    """Say which free or other site covers each unit, and by how many fixed sites each is covered."""
    within = problem.travel_min <= limit_min  # False for NaN
    return within, within[:, problem.is_fixed].sum(axis=1).astype(np.int64)


def _distinct(rows: BoolArray) -> tuple[BoolArray, IntArray]:
    """Return the different rows and which of them each row is."""
    unique, inverse = np.unique(rows, axis=0, return_inverse=True)
    return unique, np.ravel(inverse).astype(np.int64)


@dataclass(frozen=True)
class _Cover:
    """A covering program begun: a column for every free site, and which sites cover which units.

    Attributes
    ----------
    program
        To be added to and solved.
    free, column
        See :func:`_site_columns`.
    within
        Whether each site lies within the limit of each unit, shape (units, sites).
    count
        How many fixed sites do, shape (units,).
    rows, of_unit
        The different sets of free sites that cover the units that no fixed site covers, and which of them each has.
    """

    problem: SitingProblem
    program: Program
    free: IntArray
    column: IntArray
    within: BoolArray
    count: IntArray
    rows: BoolArray
    of_unit: IntArray

    @property
    def is_missing(self) -> BoolArray:
        """Whether each unit is covered by no fixed site, shape (units,)."""
        return np.asarray(self.count == 0)

    def require_everybody(self) -> bool:
        """Add that every unit is covered; False where some unit cannot be."""
        entry, site = np.nonzero(self.rows)
        self.program.add_rows(entry, self.column[self.free][site], 1.0, np.ones(len(self.rows)), np.inf)
        return bool(self.rows.any(axis=1).all())

    def require_sites(self, sites: int) -> None:
        """Add that exactly so many free sites open."""
        self.program.add_row(self.column[self.free], 1.0, float(sites), float(sites))

    def chosen(self, answer: Answer) -> IntArray:
        """Return the free sites that an answer opens."""
        return self.free[answer.values[self.column[self.free]] > 0.5]


def _begin(problem: SitingProblem, limit_min: float, cuts: Cuts, *, site_cost: float = 0.0) -> _Cover:
    """Begin a covering program without the sets that the cuts forbid."""
    program = Program()
    free, column = _site_columns(problem, program, cost=site_cost)
    within, count = _covers(problem, limit_min)
    rows, of_unit = _distinct(within[count == 0][:, free])
    _forbid(program, cuts, column)
    return _Cover(problem, program, free, column, within, count, rows, of_unit)


def set_cover(
    problem: SitingProblem,
    limit_min: float,
    cuts: Cuts = (),
    *,
    backup: bool = False,
    time_limit_s: float = np.inf,
    gap: float = 0.0,
) -> Choice | None:
    """Choose the fewest free sites that bring every unit within the limit; None where that cannot be done.

    With ``backup``, of the sets with that number the one with most weight within the limit of two open sites.
    """
    cover = _begin(problem, limit_min, cuts, site_cost=1.0)
    if not cover.require_everybody():
        return None
    answer = cover.program.minimise(gap=gap, time_limit_s=time_limit_s)
    if answer is None:
        return None
    chosen = cover.chosen(answer)
    if backup:
        cover.program.add_row(cover.column[cover.free], 1.0, -np.inf, float(len(chosen)))
        chosen = _with_most_backup(cover, chosen, time_limit_s)
    fixed = float(problem.is_required.sum())
    return Choice(chosen, answer.bound + fixed, answer.gap, answer.is_proved)


def _with_most_backup(cover: _Cover, chosen: IntArray, time_limit_s: float) -> IntArray:
    """Return the sites that maximise the weight of the units that two open sites cover; ``chosen`` if none are found.

    The program must already say what may not get worse.
    """
    problem, program, free = cover.problem, cover.program, cover.free
    open_to = (cover.count < 2) & (cover.within[:, free].sum(axis=1) + cover.count >= 2)
    unit = np.flatnonzero(open_to)
    before = program.column_count
    backed_up = program.add_columns(np.zeros(len(unit)), is_whole=True)
    cost = np.zeros(program.column_count)
    cost[before:] = -problem.weight[unit]
    entry, site = np.nonzero(cover.within[np.ix_(unit, free)])
    # sum of open sites + fixed ones >= 2 * backed up
    program.add_rows(
        np.concatenate([entry, np.arange(len(unit))]),
        np.concatenate([cover.column[free][site], backed_up]),
        np.concatenate([np.ones(len(entry)), np.full(len(unit), -2.0)]),
        -cover.count[unit].astype(float),
        np.inf,
    )
    answer = program.minimise(cost=cost, time_limit_s=time_limit_s)
    return chosen if answer is None else cover.chosen(answer)


def max_cover(
    problem: SitingProblem,
    limit_min: float,
    sites: int,
    cuts: Cuts = (),
    *,
    backup: bool = False,
    time_limit_s: float = np.inf,
    gap: float = 0.0,
) -> Choice | None:
    """Choose ``sites`` free sites so that most weight lies within the limit; None where that many there are not.

    With ``backup``, of the sets with that weight the one with most weight within the limit of two open sites.
    """
    cover = _begin(problem, limit_min, cuts)
    if sites > len(cover.free):
        return None
    missing, rows = cover.is_missing, cover.rows
    weight = np.bincount(cover.of_unit, weights=problem.weight[missing], minlength=len(rows))
    covered = cover.program.add_columns(-weight)
    entry, site = np.nonzero(rows)
    cover.program.add_rows(
        np.concatenate([entry, np.arange(len(rows))]),
        np.concatenate([cover.column[cover.free][site], covered]),
        np.concatenate([np.ones(len(entry)), np.full(len(rows), -1.0)]),
        np.zeros(len(rows)),
        np.inf,
    )
    cover.require_sites(sites)
    answer = cover.program.minimise(gap=gap, time_limit_s=time_limit_s)
    if answer is None:
        return None
    chosen = cover.chosen(answer)
    if backup:
        reached = float(weight[(rows & np.isin(cover.free, chosen)).any(axis=1)].sum())
        cover.program.add_row(covered, weight, reached * (1 - _RELATIVE), np.inf)
        chosen = _with_most_backup(cover, chosen, time_limit_s)
    already = float(problem.weight[~missing].sum())
    return Choice(chosen, already - answer.bound, answer.gap, answer.is_proved)


def covers_with(
    problem: SitingProblem, radius_min: float, sites: int, cuts: Cuts = (), *, time_limit_s: float = np.inf
) -> Choice | None:
    """Return ``sites`` free sites that bring every unit within a radius; None where there are none."""
    cover = _begin(problem, radius_min, cuts)
    if sites > len(cover.free) or not cover.require_everybody():
        return None
    cover.require_sites(sites)
    answer = cover.program.minimise(time_limit_s=time_limit_s)
    return None if answer is None else Choice(cover.chosen(answer), radius_min, 0.0, answer.is_proved)
