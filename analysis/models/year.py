"""A year of all seasons: yearly amounts with as many days at summer, winter and bad winter times as a year has."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.models.flows import COSTS
from analysis.models.parameters import Parameters
from analysis.models.scoring import Score
from analysis.models.terms import full_time_hours
from analysis.models.totals import SUM_COLUMNS, Grouping, group_sums, unit_sums
from geo.roads import Season
from geo.routing import FloatArray

_DAYS = 365.0
# Yearly amounts that the season changes, in the order of the tables.
YEAR_COLUMNS = (
    "contacts_unserved",
    "staff_driving_hours",
    "staff_hours",
    "vehicle_km",
    "overnight_stays",
    "user_travel_hours",
    *(f"cost_{kind}_jpy" for kind in COSTS),
    "cost_jpy",
)


def season_weights(parameters: Parameters) -> dict[Season, float]:
    """Return the share of the year driven at the times of each season; they sum to one.

    ``winter_days_per_year`` holds the bad days too; where values drawn at random leave fewer winter days than bad ones,
    all winter days are bad.
    """
    winter = min(parameters["winter_days_per_year"] / _DAYS, 1.0)
    bad = min(parameters["bad_winter_days_per_year"] / _DAYS, winter)
    return {"summer": 1.0 - winter, "winter": winter - bad, "bad_winter": bad}


def blend_seasons(scores: Mapping[Season, Score]) -> FloatArray:
    """Blend the yearly amounts of one plan.

    Parameters
    ----------
    scores
        The plan scored in every season, with the same assumptions and demand.

    Returns
    -------
    numpy.ndarray
        Shape (units, ``YEAR_COLUMNS``): ``sum over the seasons of share of the year * amount of a year all like it``.
    """
    weights = season_weights(next(iter(scores.values())).parameters)
    columns = [SUM_COLUMNS.index(name) for name in YEAR_COLUMNS]
    parts = [weights[season] * unit_sums(s.units, s.demand, s.limit_min)[:, columns] for season, s in scores.items()]
    blended: FloatArray = np.sum(parts, axis=0)
    return blended


def year_of_region(scores: Mapping[Season, Score], centre_id: str) -> dict[str, float]:
    """Return ``year_`` + each of ``YEAR_COLUMNS``, and ``year_fte_needed``, of a centre or of Hokkaido (``""``)."""
    first, amounts = next(iter(scores.values())), blend_seasons(scores)
    of_unit = first.demand.places["centre_id"].to_numpy()
    sums = amounts[of_unit == centre_id].sum(axis=0) if centre_id else amounts.sum(axis=0)
    row = {f"year_{name}": float(value) for name, value in zip(YEAR_COLUMNS, sums, strict=True)}
    return row | {"year_fte_needed": row["year_staff_hours"] / full_time_hours(first.parameters)}


def year_of_groups(scores: Mapping[Season, Score], grouping: Grouping) -> pd.DataFrame:
    """Tabulate by regions of one kind: ``region_kind, region_id``, and ``year_`` + each of ``YEAR_COLUMNS``."""
    sums = group_sums(blend_seasons(scores), grouping.of_unit, len(grouping.regions))
    frame = pd.DataFrame(sums, columns=[f"year_{name}" for name in YEAR_COLUMNS])
    return pd.concat([grouping.regions[["region_kind", "region_id"]].reset_index(drop=True), frame], axis=1)


def year_of_places(scores: Mapping[Season, Score]) -> pd.DataFrame:
    """Tabulate by municipality: ``code``, and ``year_`` + each of ``YEAR_COLUMNS``."""
    places = next(iter(scores.values())).demand.places
    frame = pd.DataFrame(blend_seasons(scores), columns=[f"year_{name}" for name in YEAR_COLUMNS], index=places.index)
    return frame.groupby(places["code"], sort=True).sum().reset_index()
