"""Before and after: what a satellite at a candidate site would change, for whom, and at what cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.accessibility import ALL_ROADS, RoadUse
from analysis.coverage import DEFAULT_THRESHOLD_MIN
from analysis.models.access import Access
from analysis.models.demand import Demand, base_demand
from analysis.models.existing import with_existing
from analysis.models.flows import UnitScore, score_units
from analysis.models.parameters import Parameters
from analysis.models.plan import TODAY, Office, Plan, Service, municipality_names, responsible_centres
from analysis.models.preconditions import check_preconditions
from analysis.models.totals import SUM_COLUMNS, unit_sums
from analysis.siting.candidates import Candidate
from analysis.siting.problem import Territory
from analysis.siting.territories import assign_places
from analysis.siting.travel import access_with
from geo.errors import InputError
from geo.roads import RoadNetwork, Season
from geo.routing import FloatArray

# Sums over all of Hokkaido of which the table gives the change, under these names.
_CHANGES = {
    "people_within_limit": "people_gained",
    "people_days_within_limit": "people_days_gained",
    "registrants_within_limit": "registrants_gained",
    "staff_driving_hours": "driving_hours_change",
    "staff_hours": "staff_hours_change",
    "overnight_stays": "overnight_stays_change",
    "user_travel_hours": "user_travel_hours_change",
    "cost_jpy": "additional_cost_jpy",
    "setup_jpy": "setup_jpy",
}
TOGETHER = "together"


@dataclass(frozen=True)
class Terms:
    """How a satellite is run; None takes the table of assumptions."""

    days_per_week: float | None = None
    hours_per_day: float | None = None
    staff_fte: float | None = None
    share: float | None = None
    office: Office = "borrowed"


@dataclass(frozen=True)
class CandidateEffect:
    """What a satellite at one site, or several together, would change in one season.

    Attributes
    ----------
    id
        The candidate's id, or ``together``.
    plans
        One for each centre whose staff run satellites, as scored.
    before, after
        Shape (units, columns of ``SUM_COLUMNS``): every measure of every demand unit.
    nearest_before, nearest_after, any_day_before, any_day_after
        Shape (units,), minutes one way, infinite for no route.
    stationed_fte, stationed_jpy
        Staff stationed at the satellites, full-time equivalents, and their pay in yen a year.
    preconditions
        See :func:`analysis.models.preconditions.check_preconditions`.
    """

    id: str
    candidates: tuple[Candidate, ...]
    plans: tuple[Plan, ...]
    before: FloatArray
    after: FloatArray
    nearest_before: FloatArray
    nearest_after: FloatArray
    any_day_before: FloatArray
    any_day_after: FloatArray
    stationed_fte: float
    stationed_jpy: float
    preconditions: pd.DataFrame

    @property
    def served(self) -> tuple[str, ...]:
        """The codes of the municipalities that the satellites serve."""
        return tuple(code for plan in self.plans for service in plan.services for code in service.serves)

    def change(self, column: str) -> float:
        """Return the change of a measure of ``SUM_COLUMNS`` over all of Hokkaido."""
        position = SUM_COLUMNS.index(column)
        return float(self.after[:, position].sum() - self.before[:, position].sum())


@dataclass(frozen=True)
class CandidateComparison:
    """Several candidates tested alone and together.

    Attributes
    ----------
    season, limit_min, territory
        Of all.
    demand
        Of the demand units.
    effects
        Each alone in the order given, then, with two or more, all together.
    """

    season: Season
    limit_min: float
    territory: Territory
    demand: Demand
    effects: tuple[CandidateEffect, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row an effect, ranked: most people brought within the limit first, then most person-minutes saved.

        ``people_gained`` counts those who come within the limit on some day, ``people_days_gained`` weighs them by the
        share of the working days. ``person_minutes_saved`` is over the residents who have a route before and after, to
        the nearest point on some day; ``mean_minutes_saved`` is theirs in the places served, ``any_day_minutes_saved``
        for a working day chosen at random. ``staff_km_saved`` is negative where staff drive more. ``rank`` leaves out
        all together.
        """
        table = pd.DataFrame([self._row(effect) for effect in self.effects])
        alone = table[table["id"] != TOGETHER].sort_values(
            ["people_gained", "person_minutes_saved"], ascending=False, kind="stable"
        )
        ranks = pd.Series(range(1, len(alone) + 1), index=alone.index)
        joint = table[table["id"] == TOGETHER]
        ranked = pd.concat([alone, joint])
        ranked.insert(0, "rank", ranks.reindex(ranked.index).astype("Int64"))
        return ranked.reset_index(drop=True)

    def _row(self, effect: CandidateEffect) -> dict[str, object]:
        people, names = self.demand.people, municipality_names()
        both = np.isfinite(effect.nearest_before) & np.isfinite(effect.nearest_after)
        served = np.isin(self.demand.places["code"].to_numpy(), effect.served) & both
        saved = np.where(both, effect.nearest_before - effect.nearest_after, 0.0)
        any_day = np.where(served, effect.any_day_before - effect.any_day_after, 0.0)
        here = float(people[served].sum())
        before, after = effect.nearest_before <= self.limit_min, effect.nearest_after <= self.limit_min
        gained = after & ~before
        unit_names = self.demand.places["name_ja"].to_numpy()
        statuses = effect.preconditions["status"]
        row: dict[str, object] = {
            "id": effect.id,
            "name_ja": "、".join(item.name_ja for item in effect.candidates),
            "name_en": ", ".join(item.name_en for item in effect.candidates),
            "season": self.season,
            "limit_min": self.limit_min,
            "places_gained": int(gained.sum()),
        }
        row |= {name: effect.change(column) for column, name in _CHANGES.items()}
        row |= {
            "person_minutes_saved": float(people @ saved),
            "mean_minutes_saved": float(people[served] @ saved[served]) / here if here else np.nan,
            "any_day_minutes_saved": float(people[served] @ any_day[served]) / here if here else np.nan,
            "staff_km_saved": -effect.change("vehicle_km"),
            "people_served": float(people[np.isin(self.demand.places["code"].to_numpy(), effect.served)].sum()),
            "places_served": "、".join(names[code] for code in effect.served),
            "places_newly_within": "、".join(str(name) for name in unit_names[gained]),
        }
        return row | {f"preconditions_{s}": int((statuses == s).sum()) for s in ("met", "not_met", "unknown")}

    @cached_property
    def places(self) -> pd.DataFrame:
        """One row an effect and demand unit: minutes and whether within the limit, before and after; for maps."""
        tables = []
        for effect in self.effects:
            minutes = {
                f"{name}_min": np.where(np.isfinite(values), values, np.nan)
                for name, values in (
                    ("nearest_before", effect.nearest_before),
                    ("nearest_after", effect.nearest_after),
                    ("any_day_before", effect.any_day_before),
                    ("any_day_after", effect.any_day_after),
                )
            }
            served = np.isin(self.demand.places["code"].to_numpy(), effect.served)
            frame = self.demand.places.assign(id=effect.id, people=self.demand.people, **minutes, served=served)
            tables.append(frame.reset_index())
        return pd.concat(tables, ignore_index=True)


def measure_candidates(
    candidates: Sequence[Candidate],
    parameters: Parameters,
    season: Season,
    network: RoadNetwork,
    *,
    use: RoadUse = ALL_ROADS,
    limit_min: float = DEFAULT_THRESHOLD_MIN,
    territory: Territory = "own",
    terms: Terms | None = None,
) -> CandidateComparison:
    """Measure what satellites at some sites would change, each alone and all together.

    Parameters
    ----------
    candidates
        At least one; no site twice.
    parameters, season, network, use, limit_min
        See :func:`analysis.models.scoring.score`, by which everything is measured.
    territory
        ``own``: a satellite serves municipalities of the centre that is responsible where it stands; ``all``: any.
    terms
        How the satellites are run; by default as the table of assumptions says.

    Raises
    ------
    InputError
        If there is no candidate or one is given twice.

    Notes
    -----
    A satellite serves the municipalities of which some part is nearer to it than to their centre; of several together
    the one that is nearest in the mean over the residents. No place is served twice, so that the changes of several
    satellites add up.
    """
    _check(candidates)
    terms = Terms() if terms is None else terms
    access, demand = access_with(candidates, network, season, use), base_demand()
    today = score_units(with_existing(TODAY, parameters), parameters, demand, access, limit_min)
    before = unit_sums(today, demand, limit_min)
    groups = [(item,) for item in candidates]
    if len(candidates) > 1:
        groups.append(tuple(candidates))  # type: ignore[arg-type]
    effects = [
        _effect(group, terms, territory, parameters, demand, access, limit_min, today, before) for group in groups
    ]
    return CandidateComparison(season, limit_min, territory, demand, tuple(effects))


def _check(candidates: Sequence[Candidate]) -> None:
    if not candidates:
        raise InputError("候補がありません。 / no candidate. Give at least one, such as --at mombetsu.")
    ids = [item.id for item in candidates]
    repeated = [key for i, key in enumerate(ids) if key in ids[:i]]
    if repeated:
        raise InputError(f"{repeated[0]}: 同じ候補が 2 回あります。 / the candidate is given twice. Remove one.")


def _effect(
    candidates: tuple[Candidate, ...],
    terms: Terms,
    territory: Territory,
    parameters: Parameters,
    demand: Demand,
    access: Access,
    limit_min: float,
    today: UnitScore,
    before: FloatArray,
) -> CandidateEffect:
    served, home = assign_places(candidates, demand, access, territory), responsible_centres()
    centres = dict.fromkeys(home[item.code] for item in candidates)
    after, nearest, any_day = before.copy(), today.times.nearest_min, today.times.any_day_min
    plans, checks, stationed = [], [], np.zeros(2)
    for centre in centres:
        services = [
            Service("satellite", item.id, served[item.id], **vars(terms))
            for item in candidates
            if home[item.code] == centre and served[item.id]
        ]
        plan = replace(TODAY.with_services(services), id="candidates", centre_id=centre)
        score = score_units(with_existing(plan, parameters), parameters, demand, access, limit_min)
        after += unit_sums(score, demand, limit_min) - before
        nearest, any_day = np.minimum(nearest, score.times.nearest_min), np.minimum(any_day, score.times.any_day_min)
        plans.append(plan)
        stationed += score.terms.stationed_fte.sum(), score.terms.stationed_jpy.sum()
        at = {item.id: item.code for item in candidates}
        in_tables = plan.with_services(replace(service, at=at[service.at]) for service in services)
        checks.append(check_preconditions(in_tables, score.terms))
    return CandidateEffect(
        id=candidates[0].id if len(candidates) == 1 else TOGETHER,
        candidates=candidates,
        plans=tuple(plans),
        before=before,
        after=after,
        nearest_before=today.times.nearest_min,
        nearest_after=nearest,
        any_day_before=today.times.any_day_min,
        any_day_after=any_day,
        stationed_fte=float(stationed[0]),
        stationed_jpy=float(stationed[1]),
        preconditions=pd.concat(checks, ignore_index=True),
    )
