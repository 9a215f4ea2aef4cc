"""Maps of candidate sites: who comes within the limit, who only has a shorter way, and where the sites are."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import folium
import geopandas as gpd
import shapely

from geo.boundaries import load_parts
from geo.map_elements import Legend

# Okabe and Ito's colours, told apart with every kind of colour blindness.
GAIN_COLOURS = {
    "within": "#f4f4f4",
    "newly_within": "#009e73",
    "quicker": "#56b4e9",
    "still_over": "#e69f00",
    "unreached": "#4d4d4d",
}
# What a point is; robust sites are larger too, so that they need no colour to be told apart.
SITE_COLOURS = {"existing": "#ffd92f", "chosen": "#d55e00", "robust": "#cc79a7"}
_RADIUS_PX = {"existing": 5, "chosen": 8, "robust": 12}
_GRID_DEG = 1e-4  # some 10 m, less than a pixel at any zoom that shows a municipality


@lru_cache(maxsize=1)
def _outlines() -> dict[str, dict[str, Any]]:
    """Return the outline of each demand unit as a GeoJSON geometry, by ``part_id``; made once, as it takes a while."""
    parts = load_parts()
    rounded = shapely.set_precision(parts.geometry.to_numpy(), _GRID_DEG, mode="pointwise")
    return {str(part): shape.__geo_interface__ for part, shape in zip(parts["part_id"], rounded, strict=True)}


def draw_gains(
    fmap: folium.Map,
    gains: Mapping[str, str],
    sites: gpd.GeoDataFrame,
    title: str,
    labels: dict[str, str],
    site_labels: dict[str, str],
) -> folium.FeatureGroup:
    """Draw the demand units by what sites do for them, the sites as points, and a legend, as one layer.

    Parameters
    ----------
    fmap
        The map that the layer is meant for; it is not changed.
    gains
        A key of ``GAIN_COLOURS`` by ``part_id``; units left out are drawn as ``within``. They take no clicks, so
        that a click is a point.
    sites
        ``name``, ``kind`` (a key of ``SITE_COLOURS``) and points in lon/lat.
    title, labels, site_labels
        The words of the legend; a label for each key of ``GAIN_COLOURS``, and for each kind of site that is there.
    """
    layer = folium.FeatureGroup(name="gains")

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        colour = GAIN_COLOURS[feature["properties"]["gain"]]
        return {"fillColor": colour, "fillOpacity": 0.8, "color": "#777", "weight": 0.6}

    features = [
        {"type": "Feature", "properties": {"gain": gains.get(part, "within")}, "geometry": outline}
        for part, outline in _outlines().items()
    ]
    units = {"type": "FeatureCollection", "features": features}
    folium.GeoJson(units, style_function=style, interactive=False).add_to(layer)
    for site in sites.itertuples():
        folium.CircleMarker(
            (site.geometry.y, site.geometry.x),
            radius=_RADIUS_PX[site.kind],
            color="#000",
            weight=2,
            fill=True,
            fill_color=SITE_COLOURS[site.kind],
            fill_opacity=1,
            tooltip=str(site.name),
        ).add_to(layer)
    box = "display:inline-block;width:16px;height:11px;margin-right:6px;border:1px solid #555;background:"
    rows = [f"<b>{title}</b>"]
    rows += [f'<span style="{box}{colour}"></span>{labels[key]}' for key, colour in GAIN_COLOURS.items()]
    dot = "display:inline-block;width:11px;height:11px;margin:0 9px 0 2px;border:1px solid #000;border-radius:6px;"
    for kind in (kind for kind in SITE_COLOURS if kind in set(sites["kind"])):
        rows.append(f'<span style="{dot}background:{SITE_COLOURS[kind]}"></span>{site_labels[kind]}')
    Legend("<br>".join(rows), fmap).add_to(layer)
    return layer
