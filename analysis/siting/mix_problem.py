"""A region for which a mix is sought: the rules to keep to, every choice scored, and the staff there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import pandas as pd

from analysis.accessibility import ALL_ROADS, RoadUse
from analysis.coverage import DEFAULT_THRESHOLD_MIN
from analysis.models.access import access_of
from analysis.models.compare import find_centre
from analysis.models.demand import base_demand
from analysis.models.parameters import Parameters
from analysis.models.plan import Plan
from analysis.models.scoring import Score, score
from analysis.models.terms import full_time_hours
from analysis.siting.mix_amounts import AMOUNTS
from analysis.siting.mix_choices import Choices, OptionRules
from analysis.siting.mix_options import make_choices
from geo.facilities import load_centres
from geo.roads import RoadNetwork, Season

MixMeasure = Literal["people_days", "people", "registrants_days", "registrants", "first_contact"]
MIX_MEASURES: tuple[MixMeasure, ...] = get_args(MixMeasure)
DEFAULT_FACE_TO_FACE_FLOOR = 0.6


@dataclass(frozen=True)
class MixRules:
    """What a mix must keep to.

    Attributes
    ----------
    measure
        What is made as large as possible: residents or registrants within the limit, on some day or weighted by open
        days, or residents who reach a partner that takes first contacts too.
    face_to_face_floor
        Least share, in each centre's territory, of the contacts other than calls that are face to face with its own
        staff. An assumption; the report puts face to face first and gives no figure.
    max_sites
        Most satellites of a centre; None takes ``satellite_max_sites``.
    extra_fte
        Further staff of each centre, full-time equivalents; whoever pays for them, they are not in the budget.
    staff_fte
        Staff by centre id where the reader knows it; else the report's figure, or where it states none the hours that
        today's contacts take. Never less than those.
    max_extra_nights
        Most nights away beyond today's, over the region; None for no limit.
    options
        What is offered.
    """

    measure: MixMeasure = "people_days"
    face_to_face_floor: float = DEFAULT_FACE_TO_FACE_FLOOR
    max_sites: int | None = None
    extra_fte: float = 0.0
    staff_fte: Mapping[str, float] = field(default_factory=dict)
    max_extra_nights: float | None = None
    options: OptionRules = field(default_factory=OptionRules)


@dataclass(frozen=True)
class MixProblem:
    """A region in a season, with every choice scored.

    Attributes
    ----------
    centre_id, season, use, limit_min, network, parameters, rules
        As asked for.
    choices
        What may be chosen.
    hours_there
        Staff hours a year by centre, without those stationed at satellites.
    """

    centre_id: str
    season: Season
    use: RoadUse
    limit_min: float
    network: RoadNetwork
    parameters: Parameters
    rules: MixRules
    choices: Choices
    hours_there: Mapping[str, float]

    def score(self, plan: Plan) -> Score:
        """Score a plan by the scoring of the comparison, in the season and on the roads of the problem."""
        return score(plan, self.parameters, self.season, self.network, use=self.use, limit_min=self.limit_min)

    @property
    def today(self) -> dict[str, float]:
        """The amounts as they are, over the region."""
        return dict(zip(AMOUNTS, self.choices.today.sum(axis=0).tolist(), strict=True))


def stated_hours(choices: Choices, parameters: Parameters, rules: MixRules) -> dict[str, float]:
    """Return the staff hours a year that there are in each centre, see :class:`MixRules`."""
    full, stated = full_time_hours(parameters), load_centres().set_index("centre_id")["staff_total"].to_dict()
    today = choices.today[:, AMOUNTS.index("hours")]
    hours = {}
    for centre in dict.fromkeys(choices.centre_ids):
        needed = float(today[np.asarray(choices.centre_ids) == centre].sum())
        known = rules.staff_fte.get(centre, stated[centre])
        there = needed if pd.isna(known) else float(known) * full
        hours[centre] = max(there, needed) + rules.extra_fte * full
    return hours


def make_mix_problem(
    centre: str,
    parameters: Parameters,
    season: Season,
    network: RoadNetwork,
    *,
    use: RoadUse = ALL_ROADS,
    limit_min: float = DEFAULT_THRESHOLD_MIN,
    rules: MixRules | None = None,
) -> MixProblem:
    """Score every choice of every municipality of a centre or region, or of all Hokkaido for ``""``.

    Raises
    ------
    InputError
        If the centre is unknown.
    """
    rules = MixRules() if rules is None else rules
    centre_id = find_centre(centre)
    choices = _choices(centre_id, parameters, season, network, use, limit_min, rules.options)
    hours = stated_hours(choices, parameters, rules)
    return MixProblem(centre_id, season, use, limit_min, network, parameters, rules, choices, hours)


@lru_cache(maxsize=8)
def _choices(
    centre_id: str,
    parameters: Parameters,
    season: Season,
    network: RoadNetwork,
    use: RoadUse,
    limit_min: float,
    options: OptionRules,
) -> Choices:
    demand, access = base_demand(), access_of(network, season, use)
    units = demand.places["centre_id"].to_numpy()
    keep = units == centre_id if centre_id else np.ones(len(units), dtype=bool)
    return make_choices(demand.subset(keep), access.subset(keep), parameters, limit_min, options)
