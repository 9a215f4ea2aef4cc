"""Maps of candidate sites: who comes within the limit, who only has a shorter way, and where the sites are."""

from typing import Any

import folium
import geopandas as gpd

from geo.map_elements import Legend

# Okabe and Ito's colours, told apart with every kind of colour blindness.
GAIN_COLOURS = {
    "within": "#f4f4f4",
    "newly_within": "#009e73",
    "quicker": "#56b4e9",
    "still_over": "#e69f00",
    "unreached": "#4d4d4d",
}


def draw_gains(
    fmap: folium.Map, units: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, title: str, labels: dict[str, str]
) -> folium.FeatureGroup:
    """Draw the demand units by what sites do for them, the sites as points, and a legend, as one layer.

    Parameters
    ----------
    fmap
        The map that the layer is meant for; it is not changed.
    units
        ``gain`` (a key of ``GAIN_COLOURS``) and polygons in lon/lat. They take no clicks, so that a click is a point.
    sites
        ``name``, ``is_existing`` and points in lon/lat.
    title, labels
        The words of the legend; a label for each key of ``GAIN_COLOURS``.
    """
    layer = folium.FeatureGroup(name="gains")

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        colour = GAIN_COLOURS[feature["properties"]["gain"]]
        return {"fillColor": colour, "fillOpacity": 0.8, "color": "#777", "weight": 0.6}

    folium.GeoJson(units[["gain", "geometry"]], style_function=style, interactive=False).add_to(layer)
    for site in sites.itertuples():
        folium.CircleMarker(
            (site.geometry.y, site.geometry.x),
            radius=5 if site.is_existing else 8,
            color="#000",
            weight=2,
            fill=True,
            fill_color="#ffd92f" if site.is_existing else "#d55e00",
            fill_opacity=1,
            tooltip=str(site.name),
        ).add_to(layer)
    box = "display:inline-block;width:16px;height:11px;margin-right:6px;border:1px solid #555;background:"
    rows = [f"<b>{title}</b>"]
    rows += [f'<span style="{box}{colour}"></span>{labels[key]}' for key, colour in GAIN_COLOURS.items()]
    Legend("<br>".join(rows), fmap).add_to(layer)
    return layer
