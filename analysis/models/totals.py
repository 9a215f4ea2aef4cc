"""From demand units to municipalities, areas, centres and Hokkaido: sums, weighted times, and places by name."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.models.contacts import MODES
from analysis.models.demand import Demand
from analysis.models.flows import COSTS, HOURS, UnitScore
from analysis.models.parameters import Parameters
from analysis.models.points import BANDS_MIN
from geo.routing import FloatArray, IntArray

# Columns that add up over regions, in the order of the tables.
SUM_COLUMNS = (
    "population",
    "registrants",
    "contacts_per_year",
    *(f"{who}_within_{band:g}min" for band in BANDS_MIN for who in ("people", "registrants")),
    *(f"{who}_days_within_{band:g}min" for band in BANDS_MIN for who in ("people", "registrants")),
    "people_within_limit",
    "people_days_within_limit",
    "registrants_within_limit",
    "registrants_days_within_limit",
    "people_first_contact_within_limit",
    "people_over_limit",
    "people_no_route",
    *(f"contacts_{mode}" for mode in MODES),
    *(f"staff_{kind}_hours" for kind in HOURS),
    "staff_hours",
    "vehicle_km",
    "overnight_stays",
    "user_travel_hours",
    *(f"cost_{kind}_jpy" for kind in COSTS),
    "cost_jpy",
    "setup_jpy",
)
# Minutes of which the mean, the median and the 90th percentile are given, and of which the mean alone.
SPREAD_MINUTES = ("nearest", "any_day")
MEAN_MINUTES = ("first_contact", "workplace")


@dataclass(frozen=True)
class Grouping:
    """Regions of one kind and the position of each demand unit's region among them.

    Attributes
    ----------
    regions
        One row a region: ``region_kind, region_id, name_ja, name_en``.
    of_unit
        Shape (units,).
    """

    regions: pd.DataFrame
    of_unit: IntArray


def unit_sums(score: UnitScore, demand: Demand, limit_min: float) -> FloatArray:
    """Return what adds up of every unit, shape (units, columns of ``SUM_COLUMNS``)."""
    columns = [demand.people, demand.registrants, demand.contacts]
    for weight in (None, score.times.open_share):
        for i, band in enumerate(BANDS_MIN):
            inside = (score.times.nearest_min <= band).astype(float) if weight is None else weight[:, i]
            columns += [demand.people * inside, demand.registrants * inside]
    near, days = (score.times.nearest_min <= limit_min).astype(float), score.times.open_share[:, -1]
    columns += [demand.people * near, demand.people * days, demand.registrants * near, demand.registrants * days]
    columns.append(demand.people * (score.times.first_contact_min <= limit_min))
    reached = np.isfinite(score.times.nearest_min)
    columns += [demand.people * (reached & (score.times.nearest_min > limit_min)), demand.people * ~reached]
    hours, costs = score.hours.sum(axis=1), score.costs.sum(axis=1)
    columns += [*score.contacts.by_mode.T, *score.hours.T, hours, score.vehicle_km, score.nights, score.user_hours]
    columns += [*score.costs.T, costs, score.setup_jpy]
    return np.column_stack(columns)


def group_sums(values: FloatArray, group: IntArray, count: int) -> FloatArray:
    """Sum rows by group, shape (count, columns)."""
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, group, values)
    return sums


def weighted_quantiles(values: FloatArray, weight: FloatArray, group: IntArray, count: int, share: float) -> FloatArray:
    """Return for each group the least value up to which at least ``share`` of the weight lies.

    Parameters
    ----------
    values, weight, group
        Shape (units,); infinite values are left out.
    count
        Number of groups.
    share
        0.5 for the median.

    Returns
    -------
    numpy.ndarray
        Shape (count,), NaN for a group without weight.
    """
    keep = np.isfinite(values) & (weight > 0)
    values, weight, group = values[keep], weight[keep], group[keep]
    order = np.lexsort((values, group))
    values, weight, group = values[order], weight[order], group[order]
    total = np.bincount(group, weights=weight, minlength=count)
    before = np.concatenate([[0.0], np.cumsum(total)[:-1]])
    reached = np.cumsum(weight) - before[group] >= share * total[group] * (1 - 1e-12)
    result = np.full(count, np.nan)
    positions = np.flatnonzero(reached)[::-1]  # the first of each group is written last
    result[group[positions]] = values[positions]
    return result


def weighted_means(values: FloatArray, weight: FloatArray, group: IntArray, count: int) -> FloatArray:
    """Return the weighted mean of each group, infinite values left out; NaN for a group without weight."""
    keep = np.isfinite(values)
    total = np.bincount(group[keep], weights=weight[keep], minlength=count)
    sums = np.bincount(group[keep], weights=(values * weight)[keep], minlength=count)
    means: FloatArray = np.divide(sums, total, out=np.full(count, np.nan), where=total > 0)
    return means


def registrant_weight(demand: Demand) -> FloatArray:
    """Return what minutes are weighted by: registrants, and a trace of its people where a place has none."""
    return np.where(demand.registrants > 0, demand.registrants, 1e-9 * demand.people)


def tabulate(
    score: UnitScore, demand: Demand, grouping: Grouping, parameters: Parameters, limit_min: float
) -> pd.DataFrame:
    """Tabulate the measures of every region of one kind.

    Parameters
    ----------
    score, demand
        Of the same units.
    grouping
        The regions.
    parameters
        For the hours of a full-time equivalent.
    limit_min
        As the score's.

    Returns
    -------
    pandas.DataFrame
        One row a region: its names, ``SUM_COLUMNS``, then, weighted by registrants, mean, median and 90th percentile of
        the minutes to the nearest point and on any working day, means of the other minutes, ``contact_days`` (mean),
        ``fte_needed``, and the places over the limit and without a route by name. Minutes are NaN where no unit of the
        region has a route.
    """
    count, group = len(grouping.regions), grouping.of_unit
    table = grouping.regions.reset_index(drop=True)
    sums = group_sums(unit_sums(score, demand, limit_min), group, count)
    summed = pd.DataFrame(sums, columns=list(SUM_COLUMNS))
    weight = registrant_weight(demand)
    extra: dict[str, object] = {}
    for name in (*SPREAD_MINUTES, *MEAN_MINUTES):
        minutes = getattr(score.times, f"{name}_min")
        extra[f"{name}_mean_min"] = weighted_means(minutes, weight, group, count)
        for label, share in (("median", 0.5), ("p90", 0.9)) if name in SPREAD_MINUTES else ():
            extra[f"{name}_{label}_min"] = weighted_quantiles(minutes, weight, group, count, share)
    extra["contact_days"] = weighted_means(_contact_days(score, parameters), weight, group, count)
    full_time = parameters["working_days_per_year"] * parameters["work_hours_per_day"]
    extra["fte_needed"] = sums[:, SUM_COLUMNS.index("staff_hours")] / full_time
    over = np.isfinite(score.times.nearest_min) & (score.times.nearest_min > limit_min)
    for suffix, mask in (("over_limit", over), ("no_route", np.isinf(score.times.nearest_min))):
        for language, mark in (("ja", "、"), ("en", "; ")):
            extra[f"places_{suffix}_{language}"] = _names(
                demand, score.times.nearest_min, mask, grouping, language, mark
            )
    return pd.concat([table, summed, pd.DataFrame(extra)], axis=1)


def _contact_days(score: UnitScore, parameters: Parameters) -> FloatArray:
    """Days a year on which a point within the limit is open."""
    return score.times.open_share[:, -1] * parameters["working_days_per_year"]


def _names(
    demand: Demand, minutes: FloatArray, mask: np.ndarray, grouping: Grouping, language: str, mark: str
) -> list[str]:
    """Join the names of the units marked, farthest first, by region."""
    found: list[list[str]] = [[] for _ in range(len(grouping.regions))]
    names = demand.places[f"name_{language}"].to_numpy()
    marked = np.flatnonzero(mask)
    for unit in marked[np.argsort(-minutes[marked], kind="stable")]:
        found[grouping.of_unit[unit]].append(str(names[unit]))
    return [mark.join(items) for items in found]
