"""The measures of every option while the assumptions vary: one at a time, and all at once by random samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.accessibility import ALL_ROADS, RoadUse
from analysis.models.access import access_of
from analysis.models.compare import Comparison
from analysis.models.demand import Demand, base_demand, override_demand
from analysis.models.flows import UnitScore, merge_units, score_layout
from analysis.models.layout import Layout, lay_out
from analysis.models.parameters import Parameters
from analysis.models.plan import TODAY
from analysis.models.totals import SUM_COLUMNS, registrant_weight, unit_sums, weighted_means
from geo.errors import InputError
from geo.roads import RoadNetwork
from geo.routing import FloatArray

Distribution = Literal["triangular", "uniform"]
DEFAULT_SAMPLES = 300
DEFAULT_SEED = 20150331


@dataclass(frozen=True)
class RankingMeasure:
    """What options are ranked by: what it is called, and whether more of it is better."""

    name: str
    ja: str
    en: str
    more_is_better: bool


_MEASURES = (
    RankingMeasure(
        "people_days_within_limit",
        "限度内の住民（開いている日の割合で重みづけ）",
        "residents within the limit, weighted by open days",
        True,
    ),
    RankingMeasure("people_within_limit", "限度内の住民", "residents within the limit on some day", True),
    RankingMeasure(
        "cost_per_additional_person_day_jpy",
        "限度内に入る住民 1 人（開いている日で重みづけ）あたりの追加費用",
        "additional cost per further resident within the limit, weighted by open days",
        False,
    ),
    RankingMeasure("cost_jpy", "年間の費用", "cost a year", False),
    RankingMeasure("staff_hours", "職員の時間", "staff hours a year", False),
    RankingMeasure("user_travel_hours", "利用者の移動時間", "hours users spend on the way", False),
    RankingMeasure("any_day_mean_min", "利用者の片道（任意の日の平均）", "users' mean one-way minutes, any day", False),
    RankingMeasure(
        "workplace_mean_min", "職場に駆けつけるまでの分", "minutes until somebody is at the workplace", False
    ),
)
MEASURES: dict[str, RankingMeasure] = {measure.name: measure for measure in _MEASURES}
MEASURE_NAMES = tuple(MEASURES)


@dataclass(frozen=True)
class Variation:
    """Every measure of every option while the assumptions vary; made once, ranked by any measure.

    Attributes
    ----------
    options
        Their ids, as in the comparison.
    base
        With the values of the table, shape (options, measures); NaN where an option has no value.
    parameters
        Those that have a range, in the order of the table, without those that the reader set.
    ranges
        ``(low, high)`` of each.
    ends
        With one parameter at an end of its range, shape (parameters, 2, options, measures).
    sampled
        With all parameters drawn at once, shape (samples, options, measures).
    distribution, seed
        Of the samples.
    """

    options: tuple[str, ...]
    base: FloatArray
    parameters: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]
    ends: FloatArray
    sampled: FloatArray
    distribution: Distribution
    seed: int


def draw_samples(
    parameters: Parameters, count: int, generator: np.random.Generator, distribution: Distribution
) -> dict[str, FloatArray]:
    """Draw values of every parameter that has a range and was not set by the reader, independently of each other.

    Parameters
    ----------
    parameters
        The range of each; ``triangular`` peaks at its value.
    count
        Number of samples.
    generator
        Of the random numbers.
    distribution
        ``triangular``, or ``uniform`` over the range.

    Returns
    -------
    dict
        By name in the order of the table, shape (count,).
    """
    samples: dict[str, FloatArray] = {}
    for entry in parameters.entries:
        if entry.name in varied_parameters(parameters):
            if distribution == "triangular":
                samples[entry.name] = generator.triangular(entry.low, entry.value, entry.high, size=count)
            else:
                samples[entry.name] = generator.uniform(entry.low, entry.high, size=count)
    return samples


def varied_parameters(parameters: Parameters) -> tuple[str, ...]:
    """Return the parameters that have a range; not those that the reader set, and not the number of satellites.

    The number of satellites belongs to the plan, which stays as it is.
    """
    return tuple(
        e.name for e in parameters.entries if e.low < e.high and e.basis != "user" and e.name != "satellite_max_sites"
    )


def vary(
    comparison: Comparison,
    parameters: Parameters,
    network: RoadNetwork,
    *,
    use: RoadUse = ALL_ROADS,
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
    distribution: Distribution = "triangular",
) -> Variation:
    """Score every option of a comparison with other values of the assumptions.

    Parameters
    ----------
    comparison
        Its plans stay as they are; only what they leave to the parameters varies.
    parameters, network, use
        As the comparison's.
    samples, seed, distribution
        Of the Monte Carlo; all parameters vary at once and independently.

    Raises
    ------
    InputError
        If the number of samples is below 1.
    """
    if samples < 1:
        raise InputError(f"samples = {samples}: 1 以上にしてください。 / expected at least 1 sample.")
    options = _lay_out_options(comparison, network, use)
    names = varied_parameters(parameters)
    ranges = tuple((e.low, e.high) for e in parameters.entries if e.name in names)

    def at(values: dict[str, float]) -> FloatArray:
        return _measure(options, parameters.with_values(values), comparison.limit_min)

    drawn = draw_samples(parameters, samples, np.random.default_rng(seed), distribution)
    shape = (len(names), 2, len(options), len(MEASURE_NAMES))
    ends = [[at({name: end}) for end in pair] for name, pair in zip(names, ranges, strict=True)]
    sampled = [at({name: float(values[i]) for name, values in drawn.items()}) for i in range(samples)]
    return Variation(
        options=tuple(option.name for option in options),
        base=at({}),
        parameters=names,
        ranges=ranges,
        ends=np.asarray(ends).reshape(shape),
        sampled=np.asarray(sampled),
        distribution=distribution,
        seed=seed,
    )


@dataclass(frozen=True)
class _Option:
    name: str
    layout: Layout
    demand: Demand
    fixed: dict[str, float]
    inside: npt.NDArray[np.bool_]


def _lay_out_options(comparison: Comparison, network: RoadNetwork, use: RoadUse) -> list[_Option]:
    """Lay the plans out on the region's units alone, which is what makes thousands of scores quick."""
    demand, access = base_demand(), access_of(network, comparison.season, use)
    if comparison.centre_id:
        inside = (demand.places["centre_id"] == comparison.centre_id).to_numpy()
        region = set(demand.places["code"][inside])
        served = [set(s.serves) for result in comparison.scores.values() for s in result.plan.services]
        if all(region >= codes or region.isdisjoint(codes) for codes in served):
            demand, access = demand.subset(inside), access.subset(inside)
    result = []
    for name, item in comparison.scores.items():
        own = override_demand(demand, item.plan.demand)
        centre = own.places["centre_id"].to_numpy()
        inside = np.asarray((centre == item.plan.centre_id) | (not item.plan.centre_id))
        result.append(_Option(name, lay_out(item.plan, own, access), own, dict(item.plan.parameters), inside))
    return result


def _measure(options: Sequence[_Option], parameters: Parameters, limit_min: float) -> FloatArray:
    """Return all measures of all options, shape (options, measures)."""
    sums, minutes = [], []
    for option in options:
        own = parameters.with_values(option.fixed) if option.fixed else parameters
        units = score_layout(option.layout, own, option.demand, limit_min)
        if option.fixed and not option.inside.all():
            elsewhere = score_layout(option.layout, parameters, option.demand, limit_min)
            units = merge_units(option.inside, units, elsewhere)
        sums.append(unit_sums(units, option.demand, limit_min).sum(axis=0))
        minutes.append(_mean_minutes(units, option.demand))
    table = np.asarray(sums)
    columns = {name: table[:, SUM_COLUMNS.index(name)] for name in SUM_COLUMNS if name in MEASURES}
    today = next((i for i, option in enumerate(options) if option.name == TODAY.id), None)
    price = np.full(len(options), np.nan)
    if today is not None:
        more = columns["people_days_within_limit"] - columns["people_days_within_limit"][today]
        extra = columns["cost_jpy"] - columns["cost_jpy"][today]
        price = np.divide(extra, more, out=price, where=more > 1e-6)
    columns["cost_per_additional_person_day_jpy"] = price
    columns["any_day_mean_min"], columns["workplace_mean_min"] = np.asarray(minutes).T
    return np.column_stack([columns[name] for name in MEASURE_NAMES])


def _mean_minutes(units: UnitScore, demand: Demand) -> tuple[float, float]:
    weight, whole = registrant_weight(demand), np.zeros(len(demand.people), dtype=np.int64)
    times = (units.times.any_day_min, units.times.workplace_min)
    any_day, workplace = (float(weighted_means(minutes, weight, whole, 1)[0]) for minutes in times)
    return any_day, workplace
