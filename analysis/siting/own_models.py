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


def _chosen(answer: Answer, free: IntArray, column: IntArray) -> IntArray:
    return free[answer.values[column[free]] > 0.5]


def _covers(problem: SitingProblem, limit_min: float) -> tuple[BoolArray, IntArray]:
    """Say which free or other site covers each unit, and by how many fixed sites each is covered."""
    within = problem.travel_min <= limit_min  # False for NaN
    return within, within[:, problem.is_fixed].sum(axis=1).astype(np.int64)


def _distinct(rows: BoolArray) -> tuple[BoolArray, IntArray]:
    """Return the different rows and which of them each row is."""
    unique, inverse = np.unique(rows, axis=0, return_inverse=True)
    return unique, np.ravel(inverse).astype(np.int64)


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
    program = Program()
    free, column = _site_columns(problem, program, cost=1.0)
    within, count = _covers(problem, limit_min)
    missing = count == 0
    rows, _ = _distinct(within[missing][:, free])
    if not rows.any(axis=1).all():
        return None
    entry, site = np.nonzero(rows)
    program.add_rows(entry, column[free][site], 1.0, np.ones(len(rows)), np.inf)
    _forbid(program, cuts, column)
    answer = program.minimise(gap=gap, time_limit_s=time_limit_s)
    if answer is None:
        return None
    chosen = _chosen(answer, free, column)
    if backup:
        program.add_row(column[free], 1.0, -np.inf, float(len(chosen)))
        second = _most_backed_up(problem, program, free, column, within, count, time_limit_s)
        chosen = chosen if second is None else _chosen(second, free, column)
    fixed = float(problem.is_required.sum())
    return Choice(chosen, answer.bound + fixed, answer.gap, answer.is_proved)


def _most_backed_up(
    problem: SitingProblem,
    program: Program,
    free: IntArray,
    column: IntArray,
    within: BoolArray,
    count: IntArray,
    time_limit_s: float,
) -> Answer | None:
    """Add that a unit is backed up when two open sites cover it, and maximise the weight of such units."""
    open_to = (count < 2) & (within[:, free].sum(axis=1) + count >= 2)
    unit = np.flatnonzero(open_to)
    before = program.column_count
    backed_up = program.add_columns(np.zeros(len(unit)), is_whole=True)
    cost = np.zeros(program.column_count)
    cost[before:] = -problem.weight[unit]
    entry, site = np.nonzero(within[np.ix_(unit, free)])
    # sum of open sites + fixed ones >= 2 * backed up
    program.add_rows(
        np.concatenate([entry, np.arange(len(unit))]),
        np.concatenate([column[free][site], backed_up]),
        np.concatenate([np.ones(len(entry)), np.full(len(unit), -2.0)]),
        -count[unit].astype(float),
        np.inf,
    )
    return program.minimise(cost=cost, time_limit_s=time_limit_s)


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
    program = Program()
    free, column = _site_columns(problem, program)
    if sites > len(free):
        return None
    within, count = _covers(problem, limit_min)
    missing = count == 0
    rows, of_unit = _distinct(within[missing][:, free])
    weight = np.bincount(of_unit, weights=problem.weight[missing], minlength=len(rows))
    covered = program.add_columns(-weight)
    entry, site = np.nonzero(rows)
    program.add_rows(
        np.concatenate([entry, np.arange(len(rows))]),
        np.concatenate([column[free][site], covered]),
        np.concatenate([np.ones(len(entry)), np.full(len(rows), -1.0)]),
        np.zeros(len(rows)),
        np.inf,
    )
    program.add_row(column[free], 1.0, float(sites), float(sites))
    _forbid(program, cuts, column)
    answer = program.minimise(gap=gap, time_limit_s=time_limit_s)
    if answer is None:
        return None
    chosen = _chosen(answer, free, column)
    if backup:
        reached = float(weight[(rows & np.isin(free, chosen)).any(axis=1)].sum())
        program.add_row(covered, weight, reached * (1 - _RELATIVE), np.inf)
        second = _most_backed_up(problem, program, free, column, within, count, time_limit_s)
        chosen = chosen if second is None else _chosen(second, free, column)
    already = float(problem.weight[~missing].sum())
    return Choice(chosen, already - answer.bound, answer.gap, answer.is_proved)


def covers_with(
    problem: SitingProblem, radius_min: float, sites: int, cuts: Cuts = (), *, time_limit_s: float = np.inf
) -> Choice | None:
    """Return ``sites`` free sites that bring every unit within a radius; None where there are none."""
    program = Program()
    free, column = _site_columns(problem, program, cost=0.0)
    if sites > len(free):
        return None
    within, count = _covers(problem, radius_min)
    rows, _ = _distinct(within[count == 0][:, free])
    if not rows.any(axis=1).all():
        return None
    entry, site = np.nonzero(rows)
    program.add_rows(entry, column[free][site], 1.0, np.ones(len(rows)), np.inf)
    program.add_row(column[free], 1.0, float(sites), float(sites))
    _forbid(program, cuts, column)
    answer = program.minimise(time_limit_s=time_limit_s)
    return None if answer is None else Choice(_chosen(answer, free, column), radius_min, 0.0, answer.is_proved)
