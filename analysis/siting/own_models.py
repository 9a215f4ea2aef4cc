"""Covering problems as sparse programs for HiGHS, small enough for a national case.

Set covering and maximal covering after Toregas et al. (1971) and Church and ReVelle (1974), backup coverage after Hogan
and ReVelle (1986).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.siting.problem import BoolArray, SitingProblem
from analysis.siting.reductions import minimal_rows, reduce_cover
from analysis.siting.solver import Answer, Program
from geo.routing import IntArray

_RELATIVE = 1e-9
_ANY = 1.0  # the gap at which every answer will do


@dataclass(frozen=True)
class Cut:
    """Free sites of which at most so many may open together, so that another set is found."""

    sites: IntArray
    most: int


Cuts = Sequence[Cut]


@dataclass(frozen=True)
class Choice:
    """The sites that a solver chose beyond the fixed ones, and how sure that is."""

    sites: IntArray
    bound: float
    gap: float
    is_proved: bool


def add_sites(program: Program, problem: SitingProblem, cuts: Cuts, cost: float = 0.0) -> tuple[IntArray, IntArray]:
    """Add a column of 0 or 1 for every free site, and the cuts; return the free sites and their columns."""
    free = np.flatnonzero(problem.is_free).astype(np.int64)
    column = program.add_columns(np.full(len(free), cost), is_whole=True)
    for cut in cuts:
        program.add_row(column[np.searchsorted(free, cut.sites)], 1.0, -np.inf, float(cut.most))
    return free, column


def require_cover(program: Program, column: IntArray, rows: BoolArray) -> bool:
    """Add that a site of every row is open; False where a row has none."""
    entry, site = np.nonzero(rows)
    program.add_rows(entry, column[site], 1.0, np.ones(len(rows)), np.inf)
    return bool(rows.any(axis=1).all())


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
        See :func:`add_sites`.
    within
        Whether each site lies within the limit of each unit, shape (units, sites); False where there is no route.
    count
        How many fixed sites do, shape (units,).
    """

    problem: SitingProblem
    program: Program
    free: IntArray
    column: IntArray
    within: BoolArray
    count: IntArray

    @property
    def is_missing(self) -> BoolArray:
        """Whether each unit is covered by no fixed site, shape (units,)."""
        return np.asarray(self.count == 0)

    @property
    def missing_rows(self) -> BoolArray:
        """Which free sites cover the units that no fixed site covers, shape (such units, free sites)."""
        return self.within[np.ix_(self.is_missing, self.free)]

    def require_everybody(self) -> bool:
        """Add that every unit is covered; False where some unit cannot be."""
        return require_cover(self.program, self.column, minimal_rows(self.missing_rows))

    def require_reduced(self, cuts: Cuts) -> bool:
        """Do the same by the sites that decide; the other sites are closed."""
        in_cuts = np.isin(self.free, np.concatenate([np.zeros(0, dtype=np.int64), *(cut.sites for cut in cuts)]))
        rows, is_kept = reduce_cover(self.missing_rows, ~in_cuts)
        self.program.add_row(self.column[~is_kept], 1.0, 0.0, 0.0)
        return require_cover(self.program, self.column, rows)

    def limit_sites(self, least: float, most: float) -> None:
        """Add how many free sites open."""
        self.program.add_row(self.column, 1.0, least, most)

    def chosen(self, answer: Answer) -> IntArray:
        """Return the free sites that an answer opens."""
        return self.free[answer.values[self.column] > 0.5]


def _begin(problem: SitingProblem, limit_min: float, cuts: Cuts, *, site_cost: float = 0.0) -> _Cover:
    """Begin a covering program without the sets that the cuts forbid."""
    program = Program()
    free, column = add_sites(program, problem, cuts, site_cost)
    within = problem.travel_min <= limit_min  # False for NaN
    count = within[:, problem.is_fixed].sum(axis=1).astype(np.int64)
    return _Cover(problem, program, free, column, within, count)


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
    # the backup may want a site that is never needed for the number
    rows_added = cover.require_everybody() if backup else cover.require_reduced(cuts)
    if not rows_added:
        return None
    answer = cover.program.minimise(gap=gap, time_limit_s=time_limit_s)
    if answer is None:
        return None
    chosen = cover.chosen(answer)
    if backup:
        cover.limit_sites(-np.inf, len(chosen))
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
        np.concatenate([cover.column[site], backed_up]),
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
    missing = cover.is_missing
    rows, of_unit = _distinct(cover.missing_rows)
    weight = np.bincount(of_unit, weights=problem.weight[missing], minlength=len(rows))
    covered = cover.program.add_columns(-weight)
    entry, site = np.nonzero(rows)
    cover.program.add_rows(
        np.concatenate([entry, np.arange(len(rows))]),
        np.concatenate([cover.column[site], covered]),
        np.concatenate([np.ones(len(entry)), np.full(len(rows), -1.0)]),
        np.zeros(len(rows)),
        np.inf,
    )
    cover.limit_sites(sites, sites)
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
    """Return ``sites`` free sites that bring every unit within a radius; None where there are none.

    Asked as a set cover with at most so many sites, of which any will do; to fewer, others are added.
    """
    cover = _begin(problem, radius_min, cuts, site_cost=1.0)
    if sites > len(cover.free) or not cover.require_reduced(cuts):
        return None
    cover.limit_sites(-np.inf, sites)
    answer = cover.program.minimise(gap=_ANY, time_limit_s=time_limit_s)
    if answer is None:
        return None
    chosen = _fill_up(cover.chosen(answer), cover.free, sites, cuts)
    if chosen is None:  # the cuts are in the way: ask for exactly so many, of all sites
        cover = _begin(problem, radius_min, cuts)
        cover.require_everybody()
        cover.limit_sites(sites, sites)
        answer = cover.program.minimise(time_limit_s=time_limit_s)
        if answer is None:
            return None
        chosen = cover.chosen(answer)
    return Choice(chosen, radius_min, 0.0, answer.is_proved)


def _fill_up(chosen: IntArray, free: IntArray, sites: int, cuts: Cuts) -> IntArray | None:
    """Add the first free sites to a set until it has so many, by the cuts; None where that does not work out."""
    found = set(chosen.tolist())
    for site in free.tolist():
        if len(found) == sites:
            break
        if all(np.isin(cut.sites, [*found, site]).sum() <= cut.most for cut in cuts):
            found.add(site)
    return np.asarray(sorted(found), dtype=np.int64) if len(found) == sites else None
