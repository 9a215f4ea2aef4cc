"""The p-median and the p-center as sparse programs for HiGHS, small enough for a national case.

The p-median in the radius form of García, Labbé and Marín (2011), whose distance levels are added only as far as they
are needed; the p-center by bisection over the distances with a covering problem at each step (Minieka 1970).
"""

import numpy as np
import numpy.typing as npt

from analysis.siting.own_models import Choice, Cuts, covers_with
from analysis.siting.problem import SitingProblem
from analysis.siting.solver import Program
from geo.routing import FloatArray, IntArray

_FIRST_LEVELS = 12


def p_median(
    problem: SitingProblem,
    sites: int,
    cuts: Cuts = (),
    *,
    within_min: float = np.inf,
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
        Only ways up to it may be used.
    time_limit_s, gap
        See :meth:`analysis.siting.solver.Program.minimise`.

    Returns
    -------
    Choice or None
        None where no choice reaches every unit.

    Notes
    -----
    ``sum_i w_i * (D_i1 + sum_k (D_i,k+1 - D_ik) * u_ik)`` with ``D_i1 < D_i2 < ...`` the different minutes from unit
    ``i`` up to the nearest fixed site, and ``u_ik`` 1 where no site within ``D_ik`` is open. As long as the nearest
    open site of a unit lies beyond its last level, levels are added and the program is solved again; what the levels
    left out would add is never negative, so that the last bound holds for the whole problem.
    """
    free = np.flatnonzero(problem.is_free)
    if sites > len(free):
        return None
    minutes = np.where(problem.travel_min <= within_min, problem.travel_min, np.inf)
    base = minutes[:, problem.is_fixed].min(axis=1, initial=np.inf)
    to_free = minutes[:, free]
    if not (np.isfinite(base) | np.isfinite(to_free).any(axis=1)).all():
        return None
    order = np.argsort(to_free, axis=1, kind="stable")
    levels = np.minimum(np.full(len(base), _FIRST_LEVELS), len(free))
    while True:
        program, column, offset = _median_program(problem.weight, to_free, base, order, levels, sites)
        for cut in cuts:
            position = np.searchsorted(free, cut)
            program.forbid(column[position])
        answer = program.minimise(gap=gap, time_limit_s=time_limit_s)
        if answer is None:
            return None
        is_open = answer.values[column] > 0.5
        nearest = np.minimum(np.where(is_open, to_free, np.inf).min(axis=1, initial=np.inf), base)
        last = np.take_along_axis(to_free, np.take_along_axis(order, levels[:, None] - 1, axis=1), axis=1)[:, 0]
        next_min = np.minimum(_next_level(to_free, order, levels), base)
        too_few = (nearest > np.maximum(last, 0.0)) & (nearest > next_min + 1e-12) & (levels < len(free))
        if not too_few.any():
            return Choice(free[is_open].astype(np.int64), answer.bound + offset, answer.gap, answer.is_proved)
        levels = np.where(too_few, np.minimum(levels * 3, len(free)), levels)


def _next_level(to_free: FloatArray, order: IntArray, levels: IntArray) -> FloatArray:
    """Return the minutes to the first site beyond those of the levels, infinite for none."""
    count = to_free.shape[1]
    position = np.minimum(levels, count - 1)
    found = np.take_along_axis(to_free, np.take_along_axis(order, position[:, None], axis=1), axis=1)[:, 0]
    return np.where(levels < count, found, np.inf)


def _median_program(
    weight: FloatArray, to_free: FloatArray, base: FloatArray, order: IntArray, levels: IntArray, sites: int
) -> tuple[Program, IntArray, float]:
    """Make the program with some levels of each unit; return it, the columns of the free sites, and the constant."""
    program = Program()
    count = to_free.shape[1]
    column = program.add_columns(np.zeros(count), is_whole=True)
    program.add_row(column, 1.0, float(sites), float(sites))
    sorted_min = np.take_along_axis(to_free, order, axis=1)
    rank = np.arange(count)[None, :]
    useful = (rank < levels[:, None]) & np.isfinite(sorted_min) & (sorted_min < base[:, None])
    beyond = np.minimum(_next_level(to_free, order, levels), base)
    units, ranks = np.nonzero(useful)
    if not len(units):
        # nobody gains: with fixed sites alone every unit is reached
        return program, column, float(weight @ base)
    first = np.concatenate([[True], units[1:] != units[:-1]])
    last = np.concatenate([units[1:] != units[:-1], [True]])
    here = sorted_min[units, ranks]
    after = np.where(last, beyond[units], np.concatenate([here[1:], [0.0]]))
    # With no site beyond, one of those within must be open: the last u may not be 1.
    must = ~np.isfinite(after)
    step = np.where(must, 0.0, after - here)
    start = np.where(np.isin(np.arange(len(base)), units[first]), 0.0, np.minimum(beyond, base))
    start[units[first]] = here[first]
    open_none = program.add_columns(weight[units] * step, upper=np.where(must, 0.0, 1.0))
    # u_k + y_k >= u_(k-1), and u_1 + y_1 >= 1
    entry = np.arange(len(units))
    previous = entry[~first]
    program.add_rows(
        np.concatenate([entry, entry, previous]),
        np.concatenate([open_none, column[order[units, ranks]], open_none[previous - 1]]),
        np.concatenate([np.ones(2 * len(entry)), -np.ones(len(previous))]),
        np.where(first, 1.0, 0.0),
        np.inf,
    )
    return program, column, float(weight @ start)


def p_center(
    problem: SitingProblem,
    sites: int,
    cuts: Cuts = (),
    *,
    time_limit_s: float = np.inf,
    tie_break: bool = True,
) -> Choice | None:
    """Choose ``sites`` free sites with the least minutes of the unit that is farthest from an open site.

    Of the sets with the same longest way the one with the least weight x minutes is taken (``tie_break``). None where
    no choice reaches every unit.
    """
    radius = least_radius(problem, sites, cuts, time_limit_s=time_limit_s)
    if radius is None:
        return None
    if tie_break:
        choice = p_median(problem, sites, cuts, within_min=radius, time_limit_s=time_limit_s)
    else:
        choice = covers_with(problem, radius, sites, cuts, time_limit_s=time_limit_s)
    return None if choice is None else Choice(choice.sites, radius, 0.0, choice.is_proved)


def least_radius(problem: SitingProblem, sites: int, cuts: Cuts = (), *, time_limit_s: float = np.inf) -> float | None:
    """Return the least of the minutes within which ``sites`` free sites and the fixed ones reach every unit."""
    allowed: npt.NDArray[np.float64] = problem.travel_min[:, ~problem.is_forbidden]
    if not len(allowed):
        return 0.0
    nearest = np.where(np.isnan(allowed), np.inf, allowed).min(axis=1, initial=np.inf)
    if not np.isfinite(nearest).all():
        return None
    radii = np.unique(allowed[np.isfinite(allowed)])
    radii = radii[radii >= nearest.max()]
    if covers_with(problem, float(radii[-1]), sites, cuts, time_limit_s=time_limit_s) is None:
        return None
    low, high = 0, len(radii) - 1
    while low < high:
        middle = (low + high) // 2
        if covers_with(problem, float(radii[middle]), sites, cuts, time_limit_s=time_limit_s) is None:
            low = middle + 1
        else:
            high = middle
    return float(radii[low])
