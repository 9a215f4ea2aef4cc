"""Small maps side by side on one scale, drawn with Vega-Lite, which Streamlit carries itself."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import geopandas as gpd
import pandas as pd
import shapely

from geo.boundaries import load_parts
from geo.travel_classes import TravelClass

WIDTH_PX, HEIGHT_PX = 280, 260
_TOLERANCE_DEG = 0.004  # some 400 m, less than a pixel of these maps


@lru_cache(maxsize=1)
def _simple_parts() -> gpd.GeoDataFrame:
    parts = load_parts().set_index("part_id")[["geometry"]]
    simple = parts.geometry.simplify_coverage(_TOLERANCE_DEG).to_numpy()
    # Vega fills everything but a polygon whose outer ring runs anticlockwise.
    return parts.set_geometry(shapely.orient_polygons(simple, exterior_cw=True), crs=parts.crs)


def draw_small_map(
    units: pd.DataFrame, sites: pd.DataFrame, classes: Sequence[TravelClass], title: str, aliases: tuple[str, str]
) -> alt.LayerChart:
    """Draw one small map.

    Parameters
    ----------
    units
        Index ``part_id``; ``class_index`` (counts in ``classes``), ``name``, ``time_text``.
    sites
        ``lat, lon, name`` of the points to be marked.
    classes
        From :func:`geo.travel_classes.travel_classes`; their colours are the one scale of all maps.
    title
        Above the map.
    aliases
        The words before name and time in the tooltip.
    """
    shapes = _simple_parts().loc[units.index]
    features = [
        {
            "type": "Feature",
            "geometry": shape.__geo_interface__,
            "properties": {"name": row.name, "time": row.time_text, "label": classes[row.class_index].label},
        }
        for shape, row in zip(shapes.geometry, units[["name", "time_text", "class_index"]].itertuples(), strict=True)
        if not shape.is_empty
    ]
    labels = [item.label for item in classes]
    colour = alt.Color(
        "properties.label:N",
        scale=alt.Scale(domain=labels, range=[item.colour for item in classes]),
        legend=None,
    )
    tooltip = [alt.Tooltip("properties.name:N", title=aliases[0]), alt.Tooltip("properties.time:N", title=aliases[1])]
    land = (
        alt.Chart(alt.InlineData(values=features))
        .mark_geoshape(stroke="#555", strokeWidth=0.4)
        .project(type="mercator")
        .encode(color=colour, tooltip=tooltip)
    )
    points = (
        alt.Chart(sites[["lat", "lon", "name"]])
        .mark_circle(size=70, color="#ffd92f", stroke="#000", strokeWidth=1.2, opacity=1)
        .project(type="mercator")
        .encode(longitude="lon:Q", latitude="lat:Q", tooltip=[alt.Tooltip("name:N", title=aliases[0])])
    )
    chart: alt.LayerChart = (land + points).properties(width=WIDTH_PX, height=HEIGHT_PX, title=title)
    return chart
