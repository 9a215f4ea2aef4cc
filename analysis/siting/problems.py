"""Siting: the best set of sites for an objective, the next best ones, and why there may be none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from analysis.siting import own_medians, own_models
from analysis.siting.own_models import Choice, Cut
from analysis.siting.problem import InfeasibleError, Objective, SiteSet, SitingProblem, measure_set
from analysis.siting.spopt_models import solve_with_spopt
from geo.errors import InputError
from geo.routing import IntArray

Engine = Literal["auto", "spopt", "own"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
DEFAULT_DIFFERENT = 2
DEFAULT_SETS = 5
_COVERING = ("set-cover", "max-cover")


@dataclass(frozen=True)
class SitePlan:
    """The answer to a siting problem.

    Attributes
    ----------
    problem
        As it was solved: without the units that no site reaches.
    objective, limit_min, sites
        What was asked for; ``sites`` is None where the objective decides on the number.
    engine
        ``spopt`` or ``own``: whose statement of the problem HiGHS solved.
    today
        The measures of the existing sites alone.
    sets
        The best set first, then the best of those that differ from all before it in at least ``different`` sites.
    left_out
        Names of the units that no site that is allowed reaches at all.
    different
        As asked for.
    """

    problem: SitingProblem
    objective: Objective
    limit_min: float | None
    sites: int | None
    engine: Engine
    today: SiteSet
    sets: tuple[SiteSet, ...]
    left_out: tuple[str, ...]
    different: int

    @property
    def best(self) -> SiteSet:
        """The best set."""
        return self.sets[0]


def choose_engine(problem: SitingProblem, objective: Objective, engine: Engine, *, backup: bool) -> Engine:
    """Return whose statement is used for ``auto``: spopt's for covering, ours where spopt has none or is slow.

    spopt's p-median and p-center have a column and a row for every pair, which takes ten to hundreds of times as long
    (bench/results/siting.md); its backup coverage has no weights. Ours are checked against spopt's in the tests.
    """
    if engine != "auto":
        return engine
    return "spopt" if objective in _COVERING and not backup else "own"


def plan_sites(
    problem: SitingProblem,
    objective: Objective,
    *,
    limit_min: float | None = None,
    sites: int | None = None,
    sets: int = DEFAULT_SETS,
    different: int = DEFAULT_DIFFERENT,
    backup: bool = False,
    engine: Engine = "auto",
    time_limit_s: float = np.inf,
) -> SitePlan:
    """Find the best sets of sites.

    Parameters
    ----------
    problem
        Existing sites stand anyway; required ones are among ``sites``.
    objective
        ``set-cover``: the fewest sites that bring everybody within the limit. ``max-cover``: most weight within the
        limit. ``p-median``: least weight x minutes. ``p-center``: least minutes of the farthest place; of equal sets,
        the one with the least weight x minutes.
    limit_min
        Minutes one way, for the covering problems.
    sites
        How many sites beyond the existing ones; with ``set-cover`` the most that there may be, or None.
    sets
        How many sets to find.
    different
        How many sites of each set must be missing from every further one; all of them in a set of fewer.
    backup
        For the covering problems: of equally good sets the one with most weight within the limit of two sites.
    engine
        See :func:`choose_engine`.
    time_limit_s
        For each program; an answer that is not proved by then says so. spopt's programs have none.

    Returns
    -------
    SitePlan
        Every set is measured by :func:`analysis.siting.problem.measure_set`.

    Raises
    ------
    InfeasibleError
        With the reason and what would be feasible.
    InputError
        If a limit or number is missing or does not fit the objective.
    """
    _check_question(objective, limit_min, sites, backup)
    whole, problem = problem, problem.reachable()
    left_out = tuple(name for name, reached in zip(whole.unit_names, whole.can_be_reached, strict=True) if not reached)
    engine = choose_engine(problem, objective, engine, backup=backup)
    to_choose = None if sites is None else _sites_to_choose(problem, objective, sites)
    found: list[tuple[IntArray, Choice]] = []
    cuts: list[Cut] = []
    while len(found) < sets:
        before = found[-1][1] if found else None
        choice = _solve(problem, objective, limit_min, to_choose, cuts, before, backup, engine, time_limit_s)
        if choice is None:
            break
        if objective == "set-cover" and to_choose is not None and len(choice.sites) > to_choose:
            break
        found.append((choice.sites, choice))
        if not len(choice.sites):
            break  # nothing to leave out: the fixed sites alone are the answer
        cuts.append(Cut(choice.sites, max(len(choice.sites) - different, 0)))
    if not found:
        raise _explain(problem, objective, limit_min, to_choose)
    best = set(found[0][0].tolist())
    measured = [
        replace(
            measure_set(whole, objective, positions, limit_min),
            bound=choice.bound,
            gap=choice.gap,
            is_proved=choice.is_proved,
            sites_different=len(set(positions.tolist()) - best),
        )
        for positions, choice in found
    ]
    today = measure_set(replace(whole, is_required=np.zeros_like(whole.is_required)), objective, (), limit_min)
    return SitePlan(problem, objective, limit_min, sites, engine, today, tuple(measured), left_out, different)


def _check_question(objective: Objective, limit_min: float | None, sites: int | None, backup: bool) -> None:
    if objective in _COVERING and limit_min is None:
        raise InputError(f"{objective}: 限度の分が要ります。 / a limit is needed. Give --within-min, such as 90.")
    if objective != "set-cover" and sites is None:
        raise InputError(f"{objective}: 拠点の数が要ります。 / a number of sites is needed. Give --sites, such as 3.")
    if backup and objective not in _COVERING:
        raise InputError(f"{objective}: backup は被覆だけです。 / backup is for set-cover and max-cover only.")


def _sites_to_choose(problem: SitingProblem, objective: Objective, sites: int) -> int:
    """Return how many free sites are to be chosen."""
    required, free = int(problem.is_required.sum()), int(problem.is_free.sum())
    if sites < required:
        raise InfeasibleError(
            f"必須の拠点が {required} か所あり、{sites} か所では足りません。 / {required} sites are required but only "
            f"{sites} may be chosen. Give at least --sites {required}.",
            sites=required,
        )
    if sites - required > free and objective != "set-cover":
        raise InfeasibleError(
            f"候補は {required + free} か所で、{sites} か所は選べません。 / only {required + free} candidates. "
            f"Give at most --sites {required + free}.",
            sites=required + free,
        )
    return sites - required


def _solve(
    problem: SitingProblem,
    objective: Objective,
    limit_min: float | None,
    sites: int | None,
    cuts: Sequence[Cut],
    before: Choice | None,
    backup: bool,
    engine: Engine,
    time_limit_s: float,
) -> Choice | None:
    if engine == "spopt":
        return solve_with_spopt(problem, objective, limit_min=limit_min, sites=sites or 0, cuts=cuts, backup=backup)
    limit = np.inf if limit_min is None else limit_min
    if objective == "set-cover":
        return own_models.set_cover(problem, limit, cuts, backup=backup, time_limit_s=time_limit_s)
    count = 0 if sites is None else sites
    if objective == "max-cover":
        return own_models.max_cover(problem, limit, count, cuts, backup=backup, time_limit_s=time_limit_s)
    if objective == "p-median":
        return own_medians.p_median(problem, count, cuts, time_limit_s=time_limit_s)
    at_least = 0.0 if before is None else before.bound
    return own_medians.p_center(problem, count, cuts, at_least_min=at_least, time_limit_s=time_limit_s)


def _explain(
    problem: SitingProblem, objective: Objective, limit_min: float | None, sites: int | None
) -> InfeasibleError:
    """Say why no set does what was asked for, and compute what would be feasible."""
    allowed = np.flatnonzero(~problem.is_forbidden)
    minutes = problem.travel_min[:, allowed]
    if objective == "set-cover" and limit_min is not None:
        nearest = np.nanmin(minutes, axis=1)
        far = np.flatnonzero(nearest > limit_min)
        if len(far):
            least = float(nearest.max())
            named = "、".join(
                f"{problem.unit_names[i]}（{nearest[i]:.0f}）" for i in far[np.argsort(-nearest[far])][:8]
            )
            return InfeasibleError(
                f"どの候補からも {limit_min:g} 分を超える所が {len(far)} あります：{named}。{np.ceil(least):.0f} 分なら"
                f"できます。 / {len(far)} places lie over {limit_min:g} min from every candidate. It takes a limit of "
                f"{least:.2f} min, or other candidates.",
                limit_min=least,
            )
        fewest = own_models.set_cover(problem, limit_min)
        radius = None if sites is None else own_medians.least_radius(problem, sites)
        needed = None if fewest is None else len(fewest.sites) + int(problem.is_required.sum())
        shown = "" if radius is None else f", or a limit of {radius:.2f} min"
        return InfeasibleError(
            f"{limit_min:g} 分では {needed} か所が要ります。 / it takes {needed} sites{shown}.",
            limit_min=radius,
            sites=needed,
        )
    reach = own_models.set_cover(problem, np.inf)
    if reach is not None and sites is not None and len(reach.sites) > sites:
        needed = len(reach.sites) + int(problem.is_required.sum())
        return InfeasibleError(
            f"この数では経路のない所が残ります。少なくとも {needed} か所が要ります。 / some places would have "
            f"no route to any. It takes at least {needed}.",
            sites=needed,
        )
    return InfeasibleError("条件に合う組がありません。 / no set of sites fulfils the conditions. Loosen one of them.")
