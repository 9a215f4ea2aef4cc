"""Which choices stay: the best set in every season, and while the assumptions vary."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.accessibility import ALL_ROADS, RoadUse
from analysis.models.parameters import Parameters
from analysis.models.plan import municipality_names
from analysis.models.variation import DEFAULT_SEED, draw_samples
from analysis.siting.candidates import part_candidates
from analysis.siting.mix import DEFAULT_GAP, solve_mix
from analysis.siting.mix_problem import MixProblem, MixRules, make_mix_problem
from analysis.siting.mix_result import Mix
from analysis.siting.problem import InfeasibleError, Objective, SitingProblem
from analysis.siting.problems import plan_sites
from geo.roads import SEASONS, RoadNetwork, Season

ROBUST_SHARE = 0.9
DEFAULT_TIME_RANGE = (0.9, 1.0, 1.2)
DEFAULT_SITE_SAMPLES = 30
DEFAULT_MIX_SAMPLES = 10


@dataclass(frozen=True)
class RobustSites:
    """How often each site is in the best set.

    Attributes
    ----------
    by_season
        The best set of each season; empty where nothing is feasible.
    table
        One row a site that is in a best set: ``site_id, name_ja``, a column of yes and no for each season, the share of
        the samples, and ``is_robust``: in the best set in every season and in nine of ten samples of each.
    infeasible_samples
        Samples in which nothing was feasible; they count against every site.
    samples, seed
        Of each season, and of the random numbers.
    """

    by_season: dict[str, tuple[str, ...]]
    table: pd.DataFrame
    infeasible_samples: int
    samples: int
    seed: int


def vary_times(
    problem: SitingProblem,
    groups: Sequence[str],
    generator: np.random.Generator,
    time_range: tuple[float, float, float],
) -> SitingProblem:
    """Multiply the minutes by one random factor for all and one for each group of units.

    Parameters
    ----------
    problem
        It is not changed.
    groups
        The group of each unit, e.g. its centre's territory.
    generator
        Of the random numbers.
    time_range
        Least, most likely and greatest factor of the triangular distributions. The default is an assumption: a tenth
        quicker to a fifth slower.
    """
    names = sorted(set(groups))
    whole = generator.triangular(*time_range)
    own = dict(zip(names, generator.triangular(*time_range, size=len(names)), strict=True))
    factor = np.asarray([whole * own[group] for group in groups])
    return replace(problem, travel_min=problem.travel_min * factor[:, None])


def robust_sites(
    make_problem: Callable[[Season], SitingProblem],
    objective: Objective,
    groups: Sequence[str],
    *,
    limit_min: float | None = None,
    sites: int | None = None,
    seasons: Sequence[Season] = SEASONS,
    samples: int = DEFAULT_SITE_SAMPLES,
    seed: int = DEFAULT_SEED,
    time_range: tuple[float, float, float] = DEFAULT_TIME_RANGE,
) -> RobustSites:
    """Find the best set in every season, and again while the travel times vary.

    Parameters
    ----------
    make_problem
        Makes the problem of a season.
    objective
        See :func:`analysis.siting.problems.plan_sites`.
    groups
        See :func:`vary_times`.
    limit_min, sites
        See :func:`analysis.siting.problems.plan_sites`.
    seasons
        Which.
    samples, seed
        Of each season.
    time_range
        See :func:`vary_times`.
    """
    generator = np.random.default_rng(seed)
    by_season: dict[str, tuple[str, ...]] = {}
    counts: dict[str, Counter[str]] = {}
    infeasible = 0
    for season in seasons:
        problem = make_problem(season)
        by_season[season] = _best(problem, objective, limit_min, sites) or ()
        counts[season] = Counter()
        for _ in range(samples):
            found = _best(vary_times(problem, groups, generator, time_range), objective, limit_min, sites)
            infeasible += found is None
            counts[season].update(found or ())
    names = municipality_names() | {key: part.name_ja for key, part in part_candidates().items()}
    rows = []
    for site in sorted({*(s for best in by_season.values() for s in best), *(s for c in counts.values() for s in c)}):
        row: dict[str, object] = {"site_id": site, "name_ja": names.get(site, site)}
        row |= {season: site in by_season[season] for season in seasons}
        shares = {season: counts[season][site] / samples if samples else np.nan for season in seasons}
        row |= {f"{season}_share": share for season, share in shares.items()}
        often = all(share >= ROBUST_SHARE for share in shares.values()) if samples else True
        row["is_robust"] = often and all(site in by_season[season] for season in seasons)
        rows.append(row)
    shares_of = [f"{season}_share" for season in seasons]
    columns = ["site_id", "name_ja", *seasons, *shares_of, "is_robust"]
    table = pd.DataFrame(rows, columns=columns)
    order = table[shares_of].sum(axis=1).sort_values(ascending=False, kind="stable").index
    return RobustSites(by_season, table.loc[order].reset_index(drop=True), infeasible, samples, seed)


def _best(
    problem: SitingProblem, objective: Objective, limit_min: float | None, sites: int | None
) -> tuple[str, ...] | None:
    try:
        # The own statement of the problem: the same optimum as spopt's, many times quicker.
        plan = plan_sites(problem, objective, limit_min=limit_min, sites=sites, sets=1, engine="own")
    except InfeasibleError:
        return None
    return plan.best.sites


@dataclass(frozen=True)
class RobustMix:
    """How often each municipality gets the same choice.

    Attributes
    ----------
    mixes
        The best mix of each season.
    table
        One row a municipality: ``code, name_ja``, the choice in each season in words, the share of the samples in which
        it has the choice of the first season, and ``is_robust``: the same in every season and in nine of ten samples.
    sites
        One row a satellite of any of these mixes: in which seasons, and its share of the samples.
    samples, seed
        Of the assumptions, in the first season.
    """

    mixes: dict[str, Mix]
    table: pd.DataFrame
    sites: pd.DataFrame
    samples: int
    seed: int


def describe_choices(problem: MixProblem, mix: Mix) -> dict[str, str]:
    """Return the choice of each municipality in words, by code: ``as is``, or its models joined by ``+``."""
    choices = problem.choices
    found = {}
    for i in mix.chosen:
        site = choices.site[i]
        words = [f"satellite@{choices.sites[site].code}"] if site >= 0 else []
        add_on = choices.add_ons[i]
        words += [f"outreach x{add_on.sessions:g}" if model == "outreach" else model for model in add_on.models]
        found[choices.codes[choices.place[i]]] = " + ".join(words) or "as is"
    return found


def robust_mix(
    centre: str,
    budget_jpy: float,
    parameters: Parameters,
    network: RoadNetwork,
    *,
    use: RoadUse = ALL_ROADS,
    limit_min: float,
    rules: MixRules | None = None,
    seasons: Sequence[Season] = ("winter", "summer", "bad_winter"),
    samples: int = DEFAULT_MIX_SAMPLES,
    seed: int = DEFAULT_SEED,
    gap: float = DEFAULT_GAP,
) -> RobustMix:
    """Find the best mix in every season, and in the first of them while the assumptions are drawn from their ranges.

    Parameters
    ----------
    centre
        See :func:`analysis.siting.mix.make_mix_problem`.
    budget_jpy
        See :func:`analysis.siting.mix.solve_mix`.
    parameters, network, use, limit_min, rules
        See :func:`analysis.siting.mix.make_mix_problem`.
    seasons
        Which; the samples are of the first.
    samples, seed
        Every assumption with a range is drawn from its triangle, see :func:`analysis.models.variation.draw_samples`.
    gap
        See :func:`analysis.siting.mix.solve_mix`.
    """

    def solve(season: Season, values: Parameters) -> tuple[MixProblem, Mix]:
        problem = make_mix_problem(centre, values, season, network, use=use, limit_min=limit_min, rules=rules)
        return problem, solve_mix(problem, budget_jpy, gap=gap)

    solved = {season: solve(season, parameters) for season in seasons}
    described = {season: describe_choices(*pair) for season, pair in solved.items()}
    drawn = draw_samples(parameters, samples, np.random.default_rng(seed), "triangular")
    same: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    first = described[seasons[0]]
    for i in range(samples):
        pair = solve(seasons[0], parameters.with_values({name: float(v[i]) for name, v in drawn.items()}))
        words = describe_choices(*pair)
        same.update(code for code, choice in words.items() if choice == first[code])
        opened.update(_opened(pair[1]))
    names = municipality_names()
    rows = [
        {
            "code": code,
            "name_ja": names[code],
            **{season: described[season][code] for season in seasons},
            "share_of_samples": same[code] / samples if samples else np.nan,
            "is_robust": len({described[season][code] for season in seasons}) == 1
            and (not samples or same[code] >= ROBUST_SHARE * samples),
        }
        for code in first
    ]
    by_season = {season: _opened(pair[1]) for season, pair in solved.items()}
    codes = sorted({*opened, *(code for found in by_season.values() for code in found)})
    sites = [
        {
            "code": code,
            "name_ja": names[code],
            **{season: code in by_season[season] for season in seasons},
            "share_of_samples": opened[code] / samples if samples else np.nan,
            "is_robust": all(code in by_season[season] for season in seasons)
            and (not samples or opened[code] >= ROBUST_SHARE * samples),
        }
        for code in codes
    ]
    columns = ["code", "name_ja", *seasons, "share_of_samples", "is_robust"]
    mixes = {str(season): pair[1] for season, pair in solved.items()}
    return RobustMix(mixes, pd.DataFrame(rows, columns=columns), pd.DataFrame(sites, columns=columns), samples, seed)


def _opened(mix: Mix) -> set[str]:
    return {service.at for service in mix.plan.services if service.model == "satellite"}
