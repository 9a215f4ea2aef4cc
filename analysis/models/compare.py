"""The models side by side: today, each model by its rule, the plans of the report, and a plan of one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.accessibility import ALL_ROADS, RoadUse
from analysis.coverage import DEFAULT_THRESHOLD_MIN
from analysis.models.access import access_of
from analysis.models.parameters import Parameters
from analysis.models.plan import EXISTING_BASIS, MODELS, TODAY, DemandOverride, Model, Plan
from analysis.models.scoring import Score, grouping_of, score
from analysis.models.standard import standard_plan
from analysis.models.year import year_of_groups, year_of_places, year_of_region
from geo.boundaries import CENTRE_TERRITORIES
from geo.errors import InputError
from geo.facilities import load_centres
from geo.roads import SEASONS, RoadNetwork, Season

_LABELS = ("option", "option_ja", "option_en", "centre_id", "season", "limit_min", "services")
_TEXT_COLUMNS = ("region_kind", "region_id", "name_ja", "name_en", "season")


@dataclass(frozen=True)
class Comparison:
    """Options for one region in one season, today first.

    Attributes
    ----------
    centre_id
        The region; ``""`` for Hokkaido.
    season, limit_min
        Of all options.
    scores
        By option: ``today``, then the models, then plans by their id.
    other_seasons
        By option: the same plan scored in the other seasons, for the figures of a whole year.
    """

    centre_id: str
    season: Season
    limit_min: float
    scores: Mapping[str, Score]
    other_seasons: Mapping[str, Mapping[Season, Score]]

    @property
    def today(self) -> Score:
        """The score without any service."""
        return self.scores[TODAY.id]

    @cached_property
    def _before(self) -> pd.Series:
        return self.today.region(self.centre_id)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row an option: labels, the measures of the region, and what is gained over today.

        ``additional_people_within_limit`` counts those who come within the limit on some day,
        ``additional_people_days_within_limit`` weighs them by the share of the working days;
        ``cost_per_additional_person_jpy`` and ``cost_per_additional_person_day_jpy`` divide the additional yearly cost
        by them and are missing where nobody is gained. Preconditions are counted by status. ``year_`` figures are of
        a year of all seasons, see :mod:`analysis.models.year`; other yearly figures of one all like ``season``.
        """
        rows = [self._row(option, result) for option, result in self.scores.items()]
        table = pd.DataFrame(rows)
        return table.assign(additional_year_cost_jpy=table["year_cost_jpy"] - table["year_cost_jpy"].iloc[0])

    def _row(self, option: str, result: Score) -> dict[str, object]:
        region, before = result.region(self.centre_id), self._before
        plan = result.plan
        labels = (option, plan.name_ja, plan.name_en, self.centre_id or "hokkaido", self.season, self.limit_min)
        services = sum(service.basis != EXISTING_BASIS for service in plan.services)
        row: dict[str, object] = dict(zip(_LABELS, (*labels, services), strict=True))
        row |= {str(key): value for key, value in region.items() if key not in _TEXT_COLUMNS}
        extra_jpy = float(region["cost_jpy"] - before["cost_jpy"])
        row["additional_cost_jpy"] = extra_jpy
        for gained, price in (("people", "person"), ("people_days", "person_day")):
            more = float(region[f"{gained}_within_limit"] - before[f"{gained}_within_limit"])
            row[f"additional_{gained}_within_limit"] = more
            row[f"cost_per_additional_{price}_jpy"] = extra_jpy / more if more > 1e-6 else np.nan
        row |= year_of_region(self._all_seasons(option), self.centre_id)
        statuses = result.preconditions["status"]
        return row | {f"preconditions_{status}": int((statuses == status).sum()) for status in _STATUSES}

    def _all_seasons(self, option: str) -> dict[Season, Score]:
        return {self.season: self.scores[option], **self.other_seasons[option]}

    @cached_property
    def differences(self) -> pd.DataFrame:
        """The numbers of ``table`` less those of today; labels and names as they are."""
        table = self.table.copy()
        numbers = [name for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
        for name in numbers:
            fixed = name in ("limit_min", "services") or name.startswith(("additional_", "cost_per_", "preconditions_"))
            if not fixed:
                table[name] = table[name] - table[name].iloc[0]
        return table

    @cached_property
    def places(self) -> pd.DataFrame:
        """One row an option and municipality of the region, ``option`` in front; for the small maps on one scale."""
        tables = []
        for option, result in self.scores.items():
            table = result.municipalities
            table = table.merge(year_of_places(self._all_seasons(option)), on="code", validate="one_to_one")
            inside = table[table["centre_id"] == self.centre_id] if self.centre_id else table
            tables.append(inside.assign(option=option))
        frame = pd.concat(tables, ignore_index=True)
        return frame[["option", *[column for column in frame.columns if column != "option"]]]

    @cached_property
    def regions(self) -> pd.DataFrame:
        """One row an option and welfare area of the region, centre and Hokkaido, ``option`` in front.

        The rows of an area hold all of it, also the municipalities of another centre (Sapporo's area has two centres).
        """
        places = self.today.municipalities
        mine = set(places.loc[(places["centre_id"] == self.centre_id) | (not self.centre_id), "area_id"])
        tables = []
        for option, result in self.scores.items():
            seasons = self._all_seasons(option)
            yearly = [year_of_groups(seasons, grouping_of(kind)) for kind in ("area", "centre", "hokkaido")]
            keys = ["region_kind", "region_id"]
            table = result.totals.merge(pd.concat(yearly), on=keys, validate="one_to_one")
            wanted = (table["region_kind"] != "area") | table["region_id"].isin(mine)
            if self.centre_id:
                wanted &= (table["region_kind"] != "centre") | (table["region_id"] == self.centre_id)
            tables.append(table[wanted].assign(option=option))
        frame = pd.concat(tables, ignore_index=True)
        return frame[["option", *[column for column in frame.columns if column != "option"]]]

    def export(self) -> pd.DataFrame:
        """Return values and differences in one table, told apart by the column ``compared``."""
        values = self.table.assign(compared="value")
        table = pd.concat([values, self.differences.assign(compared="difference_from_today")], ignore_index=True)
        return table[["compared", *[column for column in table.columns if column != "compared"]]]


_STATUSES = ("met", "not_met", "unknown")


def check_models(names: Sequence[str]) -> tuple[Model, ...]:
    """Return the models of some names, in the usual order.

    Raises
    ------
    InputError
        If a name is unknown.
    """
    unknown = [name for name in names if name not in MODELS]
    if unknown:
        raise InputError(
            f"モデル {unknown[0]!r} はありません。 / unknown model {unknown[0]!r}. Choose from {', '.join(MODELS)}."
        )
    return tuple(model for model in MODELS if model in names)


def find_centre(name: str) -> str:
    """Return the centre's id of a centre or of its region, ``""`` for ``hokkaido``; e.g. ``dohoku`` is ``ikinuki``.

    Raises
    ------
    InputError
        If the name is neither.
    """
    regions = load_centres().set_index("region_id")["centre_id"]
    if name in ("", "hokkaido"):
        return ""
    if name in regions.index:
        return str(regions[name])
    if name in CENTRE_TERRITORIES:
        return name
    raise InputError(
        f"センター {name!r} はありません。 / unknown centre {name!r}. Choose a region ({', '.join(regions.index)}), "
        f"a centre ({', '.join(CENTRE_TERRITORIES)}) or hokkaido."
    )


def _stated_demand(plans: Sequence[Plan]) -> dict[str, DemandOverride]:
    """Return the demand that plans state, which must agree."""
    stated: dict[str, DemandOverride] = {}
    for plan in plans:
        for code, override in plan.demand.items():
            if stated.setdefault(code, override) != override:
                raise InputError(
                    f"計画 {plan.id} の {code} の需要がほかの計画と違います。 / the plans state different demand for "
                    f"{code}. Make it the same, or compare them one by one."
                )
    return stated


def compare(
    centre_id: str,
    parameters: Parameters,
    season: Season,
    network: RoadNetwork,
    *,
    models: Sequence[Model] = MODELS,
    plans: Sequence[Plan] = (),
    use: RoadUse = ALL_ROADS,
    limit_min: float = DEFAULT_THRESHOLD_MIN,
    demand: Mapping[str, DemandOverride] | None = None,
) -> Comparison:
    """Compare today, models alone and plans for a region.

    Parameters
    ----------
    centre_id
        A centre or its region, or ``""`` for all of Hokkaido with each centre by the same rule.
    parameters, season, network
        See :func:`analysis.models.scoring.score`.
    models
        Each is scored alone by its rule in :data:`analysis.models.standard.RULES`, with the places over the limit in
        this season.
    plans
        Further options, e.g. those of the report and one's own.
    use, limit_min
        See :func:`analysis.models.scoring.score`.
    demand
        Demand by municipality code as the reader knows it. It and the demand that a plan states hold in every option,
        so that they stay comparable; where both state a place, this one counts.

    Raises
    ------
    InputError
        If the centre is unknown, two options have the same id, or two plans state different demand for a place.
    """
    centre_id = find_centre(centre_id)
    access = access_of(network, season, use)
    options = [TODAY, *(standard_plan(model, centre_id, access, parameters, limit_min) for model in models), *plans]
    repeated = [plan.id for i, plan in enumerate(options) if plan.id in [other.id for other in options[:i]]]
    if repeated:
        raise InputError(
            f"計画の id {repeated[0]!r} が重複しています。 / two options have the id {repeated[0]!r}. Change one."
        )
    common = {**_stated_demand(plans), **(demand or {})}
    if common:
        options = [replace(plan, demand=common) for plan in options]
    by_season = {
        plan.id: {s: score(plan, parameters, s, network, use=use, limit_min=limit_min) for s in SEASONS}
        for plan in options
    }
    return Comparison(
        centre_id,
        season,
        limit_min,
        {option: scores[season] for option, scores in by_season.items()},
        {option: {s: found for s, found in scores.items() if s != season} for option, scores in by_season.items()},
    )
