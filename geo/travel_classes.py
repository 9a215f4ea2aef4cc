"""Classes of travel time for maps and legends: blue within the limit, red over it, grey where nothing is reached."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo.travel import NO_ROUTE, NOT_SNAPPED

BAND_EDGES_MIN = (30.0, 60.0, 90.0, 120.0, 180.0)
# ColorBrewer Blues below the limit and Reds above it: told apart by hue and by lightness with every kind of
# colour blindness; the minutes written on the places over the limit say the same without colour.
WITHIN_COLOURS = ("#eff3ff", "#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c")
OVER_COLOURS = ("#fc9272", "#de2d26", "#7f0000")
UNREACHED_COLOUR = "#969696"


@dataclass(frozen=True)
class TravelClass:
    """A class of the legend: its colour and label, and whether it lies over the limit or is not reached."""

    label: str
    colour: str
    is_over: bool = False
    is_unreached: bool = False


def class_limits(limit_min: float) -> list[float]:
    """Return the upper limits of the classes of :func:`travel_classes`, minutes, ascending; the farthest has none."""
    within, over = _class_edges(limit_min)
    return [*within, *over]


def _class_edges(limit_min: float) -> tuple[list[float], list[float]]:
    """Return the upper edges of the classes within the limit (the limit is the last) and the inner ones above it."""
    within = [*(edge for edge in BAND_EDGES_MIN if edge < limit_min), limit_min]
    return within, [limit_min + 30, limit_min + 60]


def travel_classes(limit_min: float, *, minutes_word: str, unreached_label: str) -> list[TravelClass]:
    """List the classes of travel time for a limit, from near to far; the last one is for places not reached.

    Parameters
    ----------
    limit_min
        The limit; it is always an edge between two classes, blue up to it and red above.
    minutes_word, unreached_label
        Words for the labels, e.g. ``分`` and ``経路なし``.
    """
    within, over = _class_edges(limit_min)
    classes = []
    for low, high, colour in zip([0.0, *within], within, WITHIN_COLOURS, strict=False):
        classes.append(TravelClass(f"{low:g}–{high:g} {minutes_word}", colour))
    lower = [limit_min, *over]
    for i, colour in enumerate(OVER_COLOURS):
        upper = f"–{lower[i + 1]:g}" if i + 1 < len(lower) else ""
        classes.append(TravelClass(f"＞{lower[i]:g}{upper} {minutes_word}", colour, is_over=True))
    return [*classes, TravelClass(unreached_label, UNREACHED_COLOUR, is_unreached=True)]


def class_index(travel_min: pd.Series, status: pd.Series, limit_min: float) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Return for each place the position of its class in :func:`travel_classes`; -1 is the last, not reached."""
    within, over = _class_edges(limit_min)
    index = np.searchsorted([*within, *over], travel_min.to_numpy(float), side="left")  # left: the limit is within
    return np.where(status.isin([NO_ROUTE, NOT_SNAPPED]).to_numpy(), -1, index)
