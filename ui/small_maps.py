"""Small maps side by side on one scale, as Vega-Lite specifications, which Streamlit draws without the internet."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import shapely

from geo.boundaries import load_parts
from geo.travel_classes import TravelClass

SIZE_PX = (232, 240)  # four side by side on a screen of 1366 pixels
SITE_COLOUR = "#ffd92f"
_TOLERANCE_DEG = 0.004  # some 400 m, less than a pixel of these maps
_GRID_DEG = 0.001


@lru_cache(maxsize=1)
def _outlines() -> dict[str, dict[str, Any]]:
    """Return the simplified outline of each demand unit as a GeoJSON geometry, by ``part_id``."""
    parts = load_parts()
    simple = parts.geometry.simplify_coverage(_TOLERANCE_DEG).to_numpy()
    # Vega fills everything but a polygon whose outer ring runs anticlockwise.
    turned = shapely.orient_polygons(shapely.set_precision(simple, _GRID_DEG), exterior_cw=True)
    return {part: shape.__geo_interface__ for part, shape in zip(parts["part_id"], turned, strict=True)}


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
        Above the map.
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
        "title": {"text": title, "fontSize": 13, "limit": size_px[0]},
        "width": size_px[0],
        "height": size_px[1],
        "projection": {"type": "mercator"},
        "layer": [land, marks],
    }
