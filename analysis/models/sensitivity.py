"""Which assumptions decide the ranking of the options, and whether it holds when all of them vary together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.coverage import DEFAULT_THRESHOLD_MIN
from analysis.models.access import Access, access_of
from analysis.models.compare import Comparison
from analysis.models.demand import Demand, base_demand, override_demand
from analysis.models.flows import score_units
from analysis.models.parameters import Parameters
from analysis.models.plan import TODAY, Plan
from analysis.models.totals import SUM_COLUMNS, unit_sums, weighted_means
from geo.errors import InputError
from geo.roads import RoadNetwork
from geo.routing import FloatArray

Distribution = Literal["triangular", "uniform"]
DEFAULT_SAMPLES = 300
DEFAULT_SEED = 20150331
# The top option counts as robust where it stays on top in at least this share of the samples.
ROBUST_SHARE = 0.9
_TIE = 1e-9


@dataclass(frozen=True)
class RankingMeasure:
    """What the options are ranked by.

    Attributes
    ----------
    name, ja, en
        Its id and what it is called.
    more_is_better
        Direction.
    """

    name: str
    ja: str
    en: str
    more_is_better: bool


MEASURES: dict[str, RankingMeasure] = {
    measure.name: measure
    for measure in (
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
        RankingMeasure("any_day_mean_min", "利用者の片道（任意の日の平均）", "users' mean one-way minutes", False),
        RankingMeasure("workplace_mean_min", "職場に駆けつけるまでの分", "minutes until somebody is at the workplace", False),
    )
}


@dataclass(frozen=True)
class Robustness:
    """The ranking of the options and how far it can be trusted.

    Attributes
    ----------
    measure, distribution, samples, seed, robust_share
        What was asked.
    ranking
        By option, best first: ``option, value, rank``, the band of the samples ``low_5pct, median, high_95pct``, and
        ``top_share``, the share of the samples in which it is on top (ties count for all).
    one_at_a_time
        One row a parameter and option: ``parameter, option, low, high, value_at_low, value_at_high, spread``, largest
        spread of any option first.
    deciding
        Parameters that alone, at an end of their range, put another option on top.
    top
        The best option with the values of the table; ``""`` where no option has a value.
    top_share
        The share of the samples in which it is on top.
    """

    measure: str
    distribution: Distribution
    samples: int
    seed: int
    robust_share: float
    ranking: pd.DataFrame
    one_at_a_time: pd.DataFrame
    deciding: tuple[str, ...]
    top: str
    top_share: float

    @property
    def verdict(self) -> Literal["robust", "not_robust", "no_ranking"]:
        """Whether the top option stays on top; ``no_ranking`` where no option has a value."""
        if not self.top:
            return "no_ranking"
        return "robust" if self.top_share >= self.robust_share else "not_robust"


_Evaluate = Callable[[Parameters], FloatArray]


def _evaluator(
    plans: Sequence[Plan], measure: str, demand: Demand, access: Access, limit_min: float, parameters: Parameters
) -> _Evaluate:
    """Return a function from parameters to the measure of every plan, shape (plans,), NaN where it has none."""
    demands = [override_demand(demand, plan.demand) for plan in plans]
    positions = {name: SUM_COLUMNS.index(name) for name in SUM_COLUMNS}
    one = np.zeros(len(demand.people), dtype=np.int64)

    def value_of(plan: Plan, own: Demand, values: Parameters, baseline: FloatArray | None) -> tuple[float, FloatArray]:
        fixed = {name: value for name, value in plan.parameters.items()}
        units = score_units(plan, values.with_values(fixed) if fixed else values, own, access, limit_min)
        sums = unit_sums(units, own, limit_min).sum(axis=0)
        if measure in positions:
            return float(sums[positions[measure]]), sums
        if measure == "cost_per_additional_person_day_jpy":
            if baseline is None:
                return np.nan, sums
            more = sums[positions["people_days_within_limit"]] - baseline[positions["people_days_within_limit"]]
            extra = sums[positions["cost_jpy"]] - baseline[positions["cost_jpy"]]
            return (float(extra / more) if more > 1e-6 else np.nan), sums
        minutes = units.any_day_min if measure == "any_day_mean_min" else units.workplace_min
        weight = np.where(own.registrants > 0, own.registrants, 1e-9 * own.people)
        return float(weighted_means(minutes, weight, one, 1)[0]), sums

    def evaluate(values: Parameters) -> FloatArray:
        baseline = None
        if measure == "cost_per_additional_person_day_jpy":
            baseline = value_of(TODAY, demand, values, None)[1]
        return np.asarray(
            [
                value_of(plan, own, values, None if plan.id == TODAY.id else baseline)[0]
                for plan, own in zip(plans, demands, strict=True)
            ]
        )

    return evaluate


def _is_best(values: FloatArray, more_is_better: bool) -> FloatArray:
    """Mark the best of the last axis, ties all; nothing where every value is missing."""
    signed = np.where(np.isnan(values), -np.inf, values if more_is_better else -values)
    best = signed.max(axis=-1, keepdims=True)
    return (np.isfinite(signed) & (signed >= best - _TIE * np.maximum(np.abs(best), 1.0))).astype(float)


def draw_samples(
    parameters: Parameters, count: int, generator: np.random.Generator, distribution: Distribution
) -> dict[str, FloatArray]:
    """Draw values of every parameter that has a range and is not set by the reader, each independent of the others.

    Parameters
    ----------
    parameters
        ``triangular`` peaks at the value of the table; ``uniform`` knows the range alone.
    count
        Number of samples.
    generator
        Of the random numbers.
    distribution
        See ``parameters``.

    Returns
    -------
    dict
        By name in the order of the table, shape (count,).
    """
    samples: dict[str, FloatArray] = {}
    for entry in _varied(parameters):
        if distribution == "triangular":
            samples[entry] = generator.triangular(*_range(parameters, entry), size=count)
        else:
            low, _, high = _range(parameters, entry)
            samples[entry] = generator.uniform(low, high, size=count)
    return samples


def _varied(parameters: Parameters) -> list[str]:
    # A value that the reader set is a fact of that reader's, not to be varied; the number of sites is part of the plan.
    return [e.name for e in parameters.entries if e.low < e.high and e.basis != "user" and e.name != "satellite_max_sites"]


def _range(parameters: Parameters, name: str) -> tuple[float, float, float]:
    entry = next(e for e in parameters.entries if e.name == name)
    return entry.low, min(max(entry.value, entry.low), entry.high), entry.high


def assess_robustness(
    comparison: Comparison,
    parameters: Parameters,
    network: RoadNetwork,
    *,
    measure: str = "people_days_within_limit",
    tolls: bool = True,
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
    distribution: Distribution = "triangular",
    robust_share: float = ROBUST_SHARE,
) -> Robustness:
    """Rank the options of a comparison and vary the assumptions within their ranges.

    Parameters
    ----------
    comparison
        Its plans stay as they are; only what they leave to the parameters varies.
    parameters, network, tolls
        As the comparison's.
    measure
        One of ``MEASURES``. By cost per person today has no value and no rank.
    samples, seed, distribution
        Of the Monte Carlo; all parameters vary at once and independently.
    robust_share
        What share of the samples the top option must keep its place in.

    Raises
    ------
    InputError
        If the measure is unknown or the number of samples is below 1.
    """
    if measure not in MEASURES:
        raise InputError(f"指標 {measure!r} はありません。 / unknown measure. Choose one of {', '.join(MEASURES)}.")
    if samples < 1:
        raise InputError(f"samples = {samples}: 1 以上にしてください。 / expected at least 1 sample.")
    evaluate, options = _prepare(comparison, parameters, network, measure, tolls)
    better = MEASURES[measure].more_is_better
    base = evaluate(parameters)
    best = _is_best(base, better)
    ends = {
        name: [evaluate(parameters.with_values({name: end})) for end in (low, high)]
        for name in _varied(parameters)
        for low, _, high in (_range(parameters, name),)
    }
    deciding = tuple(name for name, pair in ends.items() if any(not _keeps(best, v, better) for v in pair))
    drawn = draw_samples(parameters, samples, np.random.default_rng(seed), distribution)
    values = np.asarray(
        [evaluate(parameters.with_values({name: float(v[i]) for name, v in drawn.items()})) for i in range(samples)]
    )
    top_share = _is_best(values, better).mean(axis=0)
    ranking = _ranking(options, base, values, top_share, better)
    top = int(np.argmax(best)) if best.any() else -1
    return Robustness(
        measure=measure,
        distribution=distribution,
        samples=samples,
        seed=seed,
        robust_share=robust_share,
        ranking=ranking,
        one_at_a_time=_tornado(options, parameters, ends),
        deciding=deciding,
        top=options[top] if top >= 0 else "",
        top_share=float(top_share[top]) if top >= 0 else np.nan,
    )


def _prepare(
    comparison: Comparison, parameters: Parameters, network: RoadNetwork, measure: str, tolls: bool
) -> tuple[_Evaluate, list[str]]:
    """Keep the units of the region only, which is what makes thousands of scores quick."""
    demand, access = base_demand(), access_of(network, comparison.season, tolls)
    if comparison.centre_id:
        plans_serve = {code for s in comparison.scores.values() for service in s.plan.services for code in service.serves}
        inside = (demand.places["centre_id"] == comparison.centre_id).to_numpy()
        if plans_serve <= set(demand.places["code"][inside]):
            demand, access = demand.subset(inside), access.subset(inside)
    plans = [result.plan for result in comparison.scores.values()]
    limit_min = comparison.limit_min
    return _evaluator(plans, measure, demand, access, limit_min, parameters), list(comparison.scores)


def _keeps(best: FloatArray, values: FloatArray, more_is_better: bool) -> bool:
    """Say whether an option that was on top still is."""
    return not best.any() or bool((_is_best(values, more_is_better) * best).any())


def _ranking(
    options: list[str], base: FloatArray, values: FloatArray, top_share: FloatArray, more_is_better: bool
) -> pd.DataFrame:
    bands = np.full((3, len(options)), np.nan)
    known = ~np.isnan(values).all(axis=0)
    bands[:, known] = np.nanquantile(values[:, known], [0.05, 0.5, 0.95], axis=0)
    frame = pd.DataFrame({"option": options, "value": base})
    frame["rank"] = frame["value"].rank(ascending=not more_is_better, method="min").astype("Int64")
    frame["low_5pct"], frame["median"], frame["high_95pct"] = bands
    frame["top_share"] = top_share
    return frame.sort_values(["rank", "option"], kind="stable", ignore_index=True)


def _tornado(options: list[str], parameters: Parameters, ends: dict[str, list[FloatArray]]) -> pd.DataFrame:
    rows = []
    for name, (at_low, at_high) in ends.items():
        low, _, high = _range(parameters, name)
        for option, first, last in zip(options, at_low, at_high, strict=True):
            rows.append((name, option, low, high, first, last, abs(last - first)))
    columns = ["parameter", "option", "low", "high", "value_at_low", "value_at_high", "spread"]
    frame = pd.DataFrame(rows, columns=columns)
    largest = frame.groupby("parameter")["spread"].transform("max").fillna(0.0)
    order = frame.assign(largest=largest).sort_values(["largest", "parameter"], ascending=[False, True], kind="stable")
    return order.drop(columns="largest").reset_index(drop=True)


__all__ = [
    "DEFAULT_SAMPLES",
    "DEFAULT_SEED",
    "DEFAULT_THRESHOLD_MIN",
    "MEASURES",
    "ROBUST_SHARE",
    "Distribution",
    "RankingMeasure",
    "Robustness",
    "assess_robustness",
    "draw_samples",
]
