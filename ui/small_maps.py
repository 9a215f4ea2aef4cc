"""Small maps side by side on one scale, as Vega-Lite specifications, which Streamlit draws without the internet."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import shapely

from geo.boundaries import load_parts
from geo.travel_classes import TravelClass

SIZE_PX = (232, 240)  # four side by side on a screen of 1366 pixels
FONT_PX = 13
SITE_COLOUR = "#ffd92f"
_TOLERANCE_DEG = 0.004  # some 400 m, less than a pixel of these maps
_GRID_DEG = 0.001
_HALF_PX = 7  # a letter of the titles; a full-width character is as wide as the font is high
# A word of the English, or a character of the Japanese with the marks that must not begin a line.
_PIECES = re.compile(r"(?:[!-~]+ *| +|[^ -~])[）」、。：・ー]*")


@lru_cache(maxsize=1)
def _outlines() -> dict[str, dict[str, Any]]:
    """Return the simplified outline of each demand unit as a GeoJSON geometry, by ``part_id``."""
    parts = load_parts()
    simple = parts.geometry.simplify_coverage(_TOLERANCE_DEG).to_numpy()
    # Vega fills everything but a polygon whose outer ring runs anticlockwise.
    turned = shapely.orient_polygons(shapely.set_precision(simple, _GRID_DEG), exterior_cw=True)
    return {part: shape.__geo_interface__ for part, shape in zip(parts["part_id"], turned, strict=True)}


def _width_px(text: str) -> int:
    return sum(FONT_PX if unicodedata.east_asian_width(char) in "WF" else _HALF_PX for char in text)


def _fit_begin(text: str, width_px: int) -> str:
    """Return the pieces at the beginning of a text that fit; at least one."""
    begin = ""
    for piece in _PIECES.findall(text):
        if begin and _width_px((begin + piece).rstrip()) > width_px:
            break
        begin += piece
    return begin


def _fit_end(text: str, width_px: int) -> str:
    """Return a text, or after an ellipsis the pieces at its end that fit."""
    if _width_px(text) <= width_px:
        return text
    pieces: list[str] = _PIECES.findall(text)
    while pieces and _width_px("…" + "".join(pieces)) > width_px:
        del pieces[0]
    return "…" + "".join(pieces)


def break_title(title: str, width_px: int) -> list[str]:
    """Break a title into at most two lines.

    It is broken before its brackets where both lines fit, else where the first line is full. Of a second line that is
    too long the end is kept, in which titles that begin alike differ.
    """
    if _width_px(title) <= width_px:
        return [title]
    bracket = max(title.rfind("（"), title.rfind("("))
    lines = [title[:bracket].rstrip(), title[bracket:]]
    if bracket > 0 and max(map(_width_px, lines)) <= width_px:
        return lines
    begin = _fit_begin(title, width_px)
    return [begin.rstrip(), _fit_end(title[len(begin) :], width_px)]


def small_map(
    units: pd.DataFrame,
    sites: pd.DataFrame,
    classes: Sequence[TravelClass],
    title: str,
    aliases: tuple[str, str],
    *,
    size_px: tuple[int, int] = SIZE_PX,
) -> dict[str, Any]:
    """Specify one small map for Vega-Lite 5.

    Parameters
    ----------
    units
        Index ``part_id``; ``class_index`` (counts in ``classes``), ``name``, ``time_text``.
    sites
        ``lat, lon, name, colour`` of the points to be marked.
    classes
        What the colours mean, such as :func:`geo.travel_classes.travel_classes`; the one scale of all maps.
    title
        Above the map, in at most two lines.
    aliases
        The words before name and time in the tooltip.
    size_px
        Width and height.
    """
    outlines = _outlines()
    features = [
        {
            "type": "Feature",
            "geometry": outlines[str(unit.Index)],
            "properties": {"name": unit.name, "time": unit.time_text, "label": classes[int(unit.class_index)].label},
        }
        for unit in units.itertuples()
    ]
    colours = {"domain": [item.label for item in classes], "range": [item.colour for item in classes]}
    land = {
        "data": {"values": features},
        "mark": {"type": "geoshape", "stroke": "#555", "strokeWidth": 0.4},
        "encoding": {
            "color": {"field": "properties.label", "type": "nominal", "scale": colours, "legend": None},
            "tooltip": [
                {"field": "properties.name", "type": "nominal", "title": aliases[0]},
                {"field": "properties.time", "type": "nominal", "title": aliases[1]},
            ],
        },
    }
    marks = {
        "data": {"values": sites[["lat", "lon", "name", "colour"]].to_dict("records")},
        "mark": {"type": "circle", "size": 70, "stroke": "#000", "strokeWidth": 1.2, "opacity": 1},
        "encoding": {
            "longitude": {"field": "lon", "type": "quantitative"},
            "latitude": {"field": "lat", "type": "quantitative"},
            "color": {"field": "colour", "type": "nominal", "scale": None},
            "tooltip": [{"field": "name", "type": "nominal", "title": aliases[0]}],
        },
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": break_title(title, size_px[0]), "fontSize": FONT_PX, "limit": size_px[0]},
        "width": size_px[0],
        "height": size_px[1],
        "projection": {"type": "mercator"},
        "layer": [land, marks],
    }
