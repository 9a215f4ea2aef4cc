"""Which assumptions decide the ranking of the options, and whether it holds when all of them vary together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.models.variation import MEASURE_NAMES, MEASURES, Variation
from geo.errors import InputError
from geo.routing import FloatArray

Verdict = Literal["robust", "not_robust", "no_ranking"]
# The top option counts as robust where it stays on top in at least this share of the samples.
ROBUST_SHARE = 0.9
_TIE = 1e-9


@dataclass(frozen=True)
class Robustness:
    """The ranking of the options by one measure and how far it can be trusted.

    Attributes
    ----------
    measure
        Its name.
    ranking
        One row an option, best first: ``option, value, rank``, the band of the samples ``low_5pct, median,
        high_95pct``, and ``top_share``, the share of the samples in which it is on top (ties count for all).
    one_at_a_time
        One row a parameter and option: ``parameter, option, low, high, value_at_low, value_at_high, spread``, the
        parameter with the largest spread first.
    deciding
        Parameters that alone, at an end of their range, put other options on top.
    top
        The best option with the values of the table; the first of equals; ``""`` where none has a value.
    top_share
        The share of the samples in which it is on top, NaN without a top.
    verdict
        ``robust`` where that share reaches the one asked for; ``no_ranking`` without a top.
    """

    measure: str
    ranking: pd.DataFrame
    one_at_a_time: pd.DataFrame
    deciding: tuple[str, ...]
    top: str
    top_share: float
    verdict: Verdict


def rank(variation: Variation, measure: str, *, robust_share: float = ROBUST_SHARE) -> Robustness:
    """Rank the options by a measure and say whether the ranking's top is robust.

    Parameters
    ----------
    variation
        From :func:`vary`.
    measure
        One of ``MEASURES``. By cost per person, options that bring nobody have no value and no rank.
    robust_share
        In what share of the samples the top option must stay on top.

    Raises
    ------
    InputError
        If the measure is unknown.
    """
    if measure not in MEASURES:
        raise InputError(f"指標 {measure!r} はありません。 / unknown measure. Choose one of {', '.join(MEASURES)}.")
    position, better = MEASURE_NAMES.index(measure), MEASURES[measure].more_is_better
    base = variation.base[:, position]
    ends, sampled = variation.ends[..., position], variation.sampled[..., position]
    best = _is_best(base, better)
    keeps = np.any(_is_best(ends, better) & best, axis=2)
    changed = np.any(~keeps, axis=1).tolist()
    deciding = [name for name, is_changed in zip(variation.parameters, changed, strict=True) if is_changed]
    top_share = _is_best(sampled, better).mean(axis=0)
    top = int(np.argmax(best)) if best.any() else None
    share = np.nan if top is None else float(top_share[top])
    verdict: Verdict = "no_ranking" if top is None else "robust" if share >= robust_share else "not_robust"
    return Robustness(
        measure=measure,
        ranking=_ranking(variation.options, base, sampled, top_share, better),
        one_at_a_time=_one_at_a_time(variation, ends),
        deciding=tuple(deciding) if best.any() else (),
        top="" if top is None else variation.options[top],
        top_share=share,
        verdict=verdict,
    )


def _is_best(values: FloatArray, more_is_better: bool) -> npt.NDArray[np.bool_]:
    """Mark the best along the last axis, equals alike; nothing where every value is missing."""
    signed = np.where(np.isnan(values), -np.inf, values if more_is_better else -values)
    best = signed.max(axis=-1, keepdims=True)
    room = _TIE * np.maximum(np.abs(np.where(np.isfinite(best), best, 0.0)), 1.0)
    is_best: npt.NDArray[np.bool_] = np.isfinite(signed) & (signed >= best - room)
    return is_best


def _ranking(
    options: Sequence[str], base: FloatArray, sampled: FloatArray, top_share: FloatArray, more_is_better: bool
) -> pd.DataFrame:
    band = np.full((3, len(options)), np.nan)
    known = ~np.isnan(sampled).all(axis=0)
    band[:, known] = np.nanquantile(sampled[:, known], [0.05, 0.5, 0.95], axis=0)
    frame = pd.DataFrame({"option": list(options), "value": base})
    frame["rank"] = frame["value"].rank(ascending=not more_is_better, method="min").astype("Int64")
    frame["low_5pct"], frame["median"], frame["high_95pct"] = band
    frame["top_share"] = top_share
    return frame.sort_values("rank", kind="stable", ignore_index=True)


def _one_at_a_time(variation: Variation, ends: FloatArray) -> pd.DataFrame:
    count = len(variation.options)
    spread = np.abs(ends[:, 1] - ends[:, 0])
    largest = np.where(np.isnan(spread), 0.0, spread).max(axis=1, initial=0.0)
    order = np.argsort(-largest, kind="stable")
    low, high = (np.asarray([pair[i] for pair in variation.ranges], dtype=float) for i in (0, 1))
    return pd.DataFrame(
        {
            "parameter": np.repeat(np.asarray(variation.parameters, dtype=object)[order], count),
            "option": list(variation.options) * len(order),
            "low": np.repeat(low[order], count),
            "high": np.repeat(high[order], count),
            "value_at_low": ends[order, 0].ravel(),
            "value_at_high": ends[order, 1].ravel(),
            "spread": spread[order].ravel(),
        }
    )
