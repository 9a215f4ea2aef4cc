"""The p-median and the p-center as sparse programs for HiGHS, small enough for a national case.

The p-median in the radius form of García, Labbé and Marín (2011), whose distance levels are shared between units
(Elloumi 2010) and added only as far as they are needed; the p-center by bisection over the distances with a covering
problem at each step (Minieka 1970), and among its sets by the p-median over the ways within the radius.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from analysis.siting.own_models import Choice, Cut, Cuts, add_sites, covers_with, require_cover
from analysis.siting.problem import SitingProblem
from analysis.siting.reductions import minimal_rows
from analysis.siting.solver import Program
from geo.routing import FloatArray, IntArray

_TOLERANCE = 1e-7
_MOST_CASES = 4


def p_median(
    problem: SitingProblem,
    sites: int,
    cuts: Cuts = (),
    *,
    within_min: float = np.inf,
    start: IntArray | None = None,
    time_limit_s: float = np.inf,
    gap: float = 0.0,
) -> Choice | None:
    """Choose ``sites`` free sites with the least weight x minutes to the nearest open site.

    Parameters
    ----------
    problem
        Every unit must be reached by an open site.
    sites
        How many, beyond the fixed ones.
    cuts
        Sets that may not be chosen again.
    within_min
        Only ways up to it may be used. Where it is near the least possible, few sets are left to branch on.
    start
        A set that fulfils all this, if one is known.
    time_limit_s, gap
        See :meth:`analysis.siting.solver.Program.minimise`.

    Returns
    -------
    Choice or None
        None where no choice reaches every unit.

    Notes
    -----
    ``sum_i w_i * (D_i1 + sum_k (D_i,k+1 - D_ik) * u_ik)`` with ``D_i1 <= D_i2 <= ...`` the minutes from unit ``i`` to
    its sites up to the nearest fixed one, and ``u_ik`` 1 where none of the first ``k`` sites is open; it is the same
    for all units with the same first ``k`` sites (Elloumi 2010). As long as a unit finds no open site within its
    levels, levels are added and the program is solved again, first without whole numbers; what the levels left out
    would add is never negative, so that the last bound holds for the whole problem.
    """
    free = np.flatnonzero(problem.is_free).astype(np.int64)
    if sites > len(free):
        return None
    minutes = np.where(problem.travel_min <= within_min, problem.travel_min, np.inf)
    base = minutes[:, problem.is_fixed].min(axis=1, initial=np.inf)
    to_free = np.where(minutes[:, free] < base[:, None], minutes[:, free], np.inf)
    if not np.isfinite(np.minimum(base, to_free.min(axis=1, initial=np.inf))).all():
        return None
    order = np.argsort(to_free, axis=1, kind="stable")
    # A unit that no fixed site reaches has an open site at its last level anyway; one without weight needs no levels.
    most = np.isfinite(to_free).sum(axis=1) - np.isinf(base)
    most[problem.weight == 0] = 0
    # With so many sites of all, the nearest is about the so many'th. Within a radius there are few levels anyway.
    levels = np.minimum(most, -(-len(free) // max(sites, 1))) if np.isinf(within_min) else most
    is_relaxed = bool((levels < most).any())
    while True:
        program = Program()
        _, column = add_sites(program, problem, cuts)
        program.add_row(column, 1.0, float(sites), float(sites))
        require_cover(program, column, minimal_rows(np.isfinite(to_free[np.isinf(base)])))
        offset = _add_levels(program, column, problem.weight, to_free, base, order, levels)
        answer = program.minimise(
            gap=gap,
            time_limit_s=time_limit_s,
            relaxed=is_relaxed,
            start=None if start is None else column[np.searchsorted(free, start)],
            branch_at_once=bool(np.isfinite(within_min)),
        )
        if answer is None:
            return None
        is_closed = np.cumsum(answer.values[column][order], axis=1) < 1 - _TOLERANCE
        needed = np.minimum(is_closed.sum(axis=1), most)
        if (needed > levels).any():
            levels = np.where(needed > levels, np.minimum(needed + needed // 2 + 1, most), levels)
        elif is_relaxed:
            is_relaxed = False
        else:
            is_open = answer.values[column] > 0.5
            return Choice(free[is_open], answer.bound + offset, answer.gap, answer.is_proved)


def _add_levels(
    program: Program,
    column: IntArray,
    weight: FloatArray,
    to_free: FloatArray,
    base: FloatArray,
    order: IntArray,
    levels: IntArray,
) -> float:
    """Add so many levels of each unit; return the weight x minutes where every unit has its first level."""
    sorted_min = np.column_stack([np.take_along_axis(to_free, order, axis=1), np.full(len(base), np.inf)])
    sorted_min = np.minimum(sorted_min, base[:, None])
    within = np.zeros(to_free.shape, dtype=bool)
    closed = np.zeros(len(base), dtype=np.int64)  # the column of u at the level before
    for level in range(int(levels.max(initial=0))):
        unit = np.flatnonzero(levels > level)
        within[unit, order[unit, level]] = True
        # units with the same sites within their levels share one u
        _, first, of_unit = np.unique(np.packbits(within[unit], axis=1), axis=0, return_index=True, return_inverse=True)
        step = weight[unit] * (sorted_min[unit, level + 1] - sorted_min[unit, level])
        here = program.add_columns(np.bincount(np.ravel(of_unit), weights=step))
        # u_k + y_k >= u_(k-1), and u_1 + y_1 >= 1
        one, row = unit[first], np.arange(len(first))
        entries = [(here, 1.0), (column[order[one, level]], 1.0), *([(closed[one], -1.0)] if level else [])]
        program.add_rows(
            np.tile(row, len(entries)),
            np.concatenate([entry for entry, _ in entries]),
            np.repeat([value for _, value in entries], len(row)),
            np.full(len(row), 0.0 if level else 1.0),
            np.inf,
        )
        closed[unit] = here[np.ravel(of_unit)]
    return float(weight @ sorted_min[:, 0])


def p_center(
    problem: SitingProblem,
    sites: int,
    cuts: Cuts = (),
    *,
    at_least_min: float = 0.0,
    time_limit_s: float = np.inf,
    tie_break: bool = True,
) -> Choice | None:
    """Choose ``sites`` free sites with the least minutes of the unit that is farthest from an open site.

    Of the sets with the same longest way the one with the least weight x minutes is taken (``tie_break``). None where
    no choice reaches every unit. ``at_least_min`` is a bound that is known, such as the radius without the cuts.
    """
    radius = least_radius(problem, sites, cuts, at_least_min=at_least_min, time_limit_s=time_limit_s)
    if radius is None:
        return None
    if not tie_break:
        choice = covers_with(problem, radius, sites, cuts, time_limit_s=time_limit_s)
        return None if choice is None else Choice(choice.sites, radius, 0.0, choice.is_proved)
    found: list[tuple[float, Choice]] = []
    for case in _worst_cases(problem, radius):
        left = [Cut(cut.sites[~case.is_forbidden[cut.sites]], cut.most) for cut in cuts]
        known = covers_with(case, radius, sites, left, time_limit_s=time_limit_s)
        if known is None:
            continue
        choice = p_median(case, sites, left, within_min=radius, start=known.sites, time_limit_s=time_limit_s)
        if choice is not None:
            found.append((float(problem.weight @ problem.nearest_min(choice.sites)), choice))
    if not found:
        return None
    best = min(found, key=lambda pair: pair[0])[1]
    return Choice(best.sites, radius, 0.0, all(choice.is_proved for _, choice in found))


def _worst_cases(problem: SitingProblem, radius: float) -> list[SitingProblem]:
    """Divide a problem by the unit that is exactly the least radius away, for which no nearer site may then be open.

    Some unit is, or the radius would not be the least. Where many units could be, the problem is left whole.
    """
    minutes = problem.travel_min
    worst = np.flatnonzero((minutes[:, ~problem.is_forbidden] == radius).any(axis=1))
    nearer = [np.asarray(minutes[unit] < radius) for unit in worst]
    cases = [
        replace(problem, is_forbidden=problem.is_forbidden | near)
        for near in nearer
        if not near[problem.is_fixed].any()
    ]
    return cases if 0 < len(cases) <= _MOST_CASES else [problem]


def least_radius(
    problem: SitingProblem,
    sites: int,
    cuts: Cuts = (),
    *,
    at_least_min: float = 0.0,
    time_limit_s: float = np.inf,
) -> float | None:
    """Return the least of the minutes within which ``sites`` free sites and the fixed ones reach every unit."""
    allowed: npt.NDArray[np.float64] = problem.travel_min[:, ~problem.is_forbidden]
    if not len(allowed):
        return 0.0
    nearest = np.where(np.isnan(allowed), np.inf, allowed).min(axis=1, initial=np.inf)
    if not np.isfinite(nearest).all():
        return None
    radii = np.unique(allowed[np.isfinite(allowed)])
    radii = radii[radii >= max(float(nearest.max()), at_least_min)]
    low, high = 0, len(radii)
    # A bound that is known is often the radius itself; else the first question is whether any will do.
    middle = 0 if at_least_min > 0 else high - 1
    while low < high:
        choice = covers_with(problem, float(radii[middle]), sites, cuts, time_limit_s=time_limit_s)
        if choice is not None:
            # what was found may lie within less than what was asked for
            high = int(np.searchsorted(radii, problem.nearest_min(choice.sites).max()))
        else:
            low = middle + 1
        middle = (low + high) // 2 if high < len(radii) else high - 1
    return float(radii[low]) if high < len(radii) else None
