"""The best mix for the same budget in several seasons: who gets another choice, and what each gives in the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.models.access import access_of
from analysis.models.demand import base_demand
from analysis.models.scoring import Score
from analysis.siting.frontier import place_values
from analysis.siting.mix_result import SCORED, Mix
from analysis.siting.robust import describe_choices
from geo.roads import Season


@dataclass(frozen=True)
class SeasonMixes:
    """The best mixes of one question in several seasons.

    Attributes
    ----------
    mixes
        By season.
    """

    mixes: Mapping[Season, Mix]

    @cached_property
    def choices(self) -> pd.DataFrame:
        """One row a municipality: ``code``, and of every season ``<season>_choice`` in words and ``<season>_reached``.

        ``differs`` says whether the choice is another in some season.
        """
        described = {season: describe_choices(mix.problem, mix) for season, mix in self.mixes.items()}
        reached = {season: place_values(mix.problem, mix) for season, mix in self.mixes.items()}
        codes = list(next(iter(described.values())))
        table = pd.DataFrame({"code": codes})
        for season in self.mixes:
            table[f"{season}_choice"] = [described[season][code] for code in codes]
            table[f"{season}_reached"] = [reached[season][code] for code in codes]
        choices = zip(*(table[f"{season}_choice"] for season in self.mixes), strict=True)
        return table.assign(differs=[len(set(words)) > 1 for words in choices])

    @cached_property
    def crossed(self) -> pd.DataFrame:
        """One row a mix and season: ``solution_of, season``, who is ``reached``, and what is added to today's.

        ``additional_reached``, ``additional_cash_jpy``, ``additional_hours`` and ``additional_nights`` are over today
        in that season, a year; ``setup_jpy`` is paid once.
        """
        rows = [
            {"solution_of": of, "season": season, **_amounts(mix, other)}
            for of, mix in self.mixes.items()
            for season, other in self.mixes.items()
        ]
        return pd.DataFrame(rows)


def _amounts(mix: Mix, other: Mix) -> dict[str, float]:
    """Score a mix in the season of another one."""
    problem, today = other.problem, other.problem.today
    result = problem.score(mix.plan)
    region, measure = result.region(problem.centre_id), problem.rules.measure
    reached = float(region[SCORED[measure]])
    return {
        "reached": reached,
        "additional_reached": reached - today[measure],
        "additional_cash_jpy": result.cash_jpy(problem.centre_id) - today["cash_jpy"],
        "additional_hours": float(region["staff_hours"]) - today["hours"],
        "additional_nights": float(region["overnight_stays"]) - today["nights"],
        "setup_jpy": float(region["setup_jpy"]),
    }


def mix_minutes(mix: Mix, result: Score) -> pd.DataFrame:
    """Return the minutes one way of the demand units of a mix, index ``part_id``; infinite for no route.

    Parameters
    ----------
    mix
        The mix.
    result
        Its score.

    Returns
    -------
    pandas.DataFrame
        ``before_min`` to the centre alone, ``after_min`` to the nearest point where its staff can be met on some day.
    """
    problem, demand = mix.problem, base_demand()
    access = access_of(problem.network, problem.season, problem.use)
    homes = access.site_ids.get_indexer(demand.places["centre_id"])
    before = access.unit_min[np.arange(len(homes)), homes]
    table = pd.DataFrame({"before_min": before, "after_min": result.units.times.nearest_min}, index=demand.places.index)
    return table[(demand.places["centre_id"] == problem.centre_id).to_numpy()] if problem.centre_id else table
