"""The same siting question in several seasons: which sites are best in which, and what each set gives in the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.siting.problem import Objective, SitingProblem, measure_set
from analysis.siting.problems import SitePlan
from geo.roads import Season
from geo.routing import FloatArray

COMPARED_SEASONS: tuple[Season, ...] = ("winter", "summer")


@dataclass(frozen=True)
class SeasonSites:
    """The best sets of one question in several seasons.

    Attributes
    ----------
    problems
        The problem of every season, as it was asked.
    plans
        The answer of every season in which something is feasible.
    """

    problems: Mapping[Season, SitingProblem]
    plans: Mapping[Season, SitePlan]

    @cached_property
    def sites(self) -> pd.DataFrame:
        """One row a site of any best set: ``site_id``, and for each season that has one whether it is in it.

        Those in most sets come first.
        """
        found = dict.fromkeys(site for plan in self.plans.values() for site in plan.best.sites)
        rows = [
            {"site_id": site, **{season: site in plan.best.sites for season, plan in self.plans.items()}}
            for site in found
        ]
        table = pd.DataFrame(rows, columns=["site_id", *self.plans])
        count = table[list(self.plans)].astype(int).sum(axis=1)
        return table.loc[count.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)

    @cached_property
    def crossed(self) -> pd.DataFrame:
        """One row a best set and season: ``solution_of, season`` and the columns of :func:`measure_under`."""
        tables = []
        for season, plan in self.plans.items():
            table = measure_under(self.problems, plan.objective, plan.best.sites, plan.limit_min)
            tables.append(table.rename(columns={"condition": "season"}).assign(solution_of=season))
        frame = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"solution_of": [], "season": []})
        return frame[["solution_of", *[column for column in frame.columns if column != "solution_of"]]]


def measure_under(
    problems: Mapping[Season, SitingProblem] | Mapping[str, SitingProblem],
    objective: Objective,
    sites: Sequence[str],
    limit_min: float | None,
) -> pd.DataFrame:
    """Measure one set of sites under several travel times.

    Parameters
    ----------
    problems
        By a name of each condition; all with the same units and sites.
    objective
        See :func:`analysis.siting.problem.measure_set`.
    sites
        Ids of the sites beyond the existing ones.
    limit_min
        See :func:`analysis.siting.problem.measure_set`.

    Returns
    -------
    pandas.DataFrame
        One row a condition: ``condition, value, weight_within, mean_min, worst_min, worst_unit`` (its id), and
        ``weight_unreached``, the weight of the units that have no route to any open site; they are in no minutes.
    """
    rows = []
    for condition, problem in problems.items():
        positions = problem.site_ids.get_indexer(list(sites))
        found = measure_set(problem, objective, positions, limit_min)
        nearest = problem.nearest_min(positions)
        reached = np.isfinite(nearest)
        rows.append(
            {
                "condition": condition,
                "value": found.value,
                "weight_within": found.weight_within,
                "mean_min": found.mean_min,
                "worst_min": found.worst_min,
                "worst_unit": problem.unit_ids[int(np.where(reached, nearest, -1.0).argmax())],
                "weight_unreached": float(problem.weight[~reached].sum()),
            }
        )
    return pd.DataFrame(rows)


def scale_times(problem: SitingProblem, factor: float) -> SitingProblem:
    """Return the problem with all minutes times a factor."""
    return replace(problem, travel_min=problem.travel_min * factor)


def set_minutes(problem: SitingProblem, sites: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Return the minutes of every unit to the existing sites alone, and with a set of sites; infinite for no route."""
    before = problem.nearest_min(np.flatnonzero(problem.is_existing), with_fixed=False)
    is_open = problem.is_existing.copy()
    is_open[problem.site_ids.get_indexer(list(sites))] = True
    return before, problem.nearest_min(np.flatnonzero(is_open), with_fixed=False)
