"""Maps of the roads themselves: sections to be clicked, closed ones, and the places that a closure delays."""

from collections.abc import Collection
from typing import Any

import folium
import geopandas as gpd
from folium.map import CustomPane

from geo.map_elements import Legend

# Okabe and Ito's colours, told apart with every kind of colour blindness; widths differ too.
ROAD_STYLES: dict[str, dict[str, Any]] = {
    "expressway": {"color": "#0072b2", "weight": 4.5},
    "free_expressway": {"color": "#56b4e9", "weight": 4.5},
    "national": {"color": "#d55e00", "weight": 3},
    "prefectural": {"color": "#8a8a8a", "weight": 2.2},
    "ferry": {"color": "#0072b2", "weight": 2.5, "dashArray": "6 6"},
}
OTHER_ROAD_STYLE = {"color": "#8a8a8a", "weight": 2.2}
CLOSED_STYLE = {"color": "#000", "weight": 9, "opacity": 1, "dashArray": "4 8", "interactive": False}
EFFECT_COLOURS = {"none": "#f4f4f4", "delayed": "#fee08b", "over": "#de2d26", "cut_off": "#4d4d4d"}
_LINE_TOLERANCE_DEG = 0.0005  # some 50 m, less than the drawn width of a road on a map of a region


ROADS_PANE = "roads"  # above the areas, so that what is laid under the roads later does not hide them


def draw_roads(fmap: folium.Map, edges: gpd.GeoDataFrame, aliases: tuple[str, str]) -> None:
    """Draw the sections of a network on a map, as lines that can be clicked.

    Parameters
    ----------
    fmap
        The map.
    edges
        Index ``edge_id``; ``road_class``, ``label`` (road and ends), ``detail`` (length and minutes), lines in lon/lat.
    aliases
        The words before ``label`` and ``detail`` in the tooltip.
    """
    shown = edges[["road_class", "label", "detail", "geometry"]].reset_index(names="edge_id")
    shown = shown.set_geometry(shown.geometry.simplify(_LINE_TOLERANCE_DEG))
    CustomPane(ROADS_PANE, z_index=450, pointer_events=True).add_to(fmap)
    folium.GeoJson(
        shown,
        style_function=lambda feature: ROAD_STYLES.get(feature["properties"]["road_class"], OTHER_ROAD_STYLE),
        highlight_function=lambda _: {"weight": 9, "color": "#e69f00"},
        tooltip=folium.GeoJsonTooltip(["label", "detail"], aliases=list(aliases), sticky=True),
        name="roads",
        zoom_on_click=False,
        pane=ROADS_PANE,
    ).add_to(fmap)


def draw_closures(edges: gpd.GeoDataFrame, closed_edges: Collection[str]) -> folium.FeatureGroup:
    """Draw the closed sections as a layer over the roads; it takes no clicks, so that one can open them again."""
    layer = folium.FeatureGroup(name="closed")
    closed = edges.loc[edges.index.isin(list(closed_edges)), ["geometry"]]
    if len(closed):
        folium.GeoJson(closed, style_function=lambda _: CLOSED_STYLE, interactive=False, pane=ROADS_PANE).add_to(layer)
    return layer


def draw_effects(fmap: folium.Map, units: gpd.GeoDataFrame, title: str, labels: dict[str, str]) -> folium.FeatureGroup:
    """Draw the demand units by what a closure does to them, with a legend, as a layer below the roads.

    Parameters
    ----------
    fmap
        The map that the layer is meant for; it is not changed.
    units
        ``effect`` (a key of ``EFFECT_COLOURS``) and polygons in lon/lat.
    title, labels
        The words of the legend; a label for each key of ``EFFECT_COLOURS``.
    """
    layer = folium.FeatureGroup(name="effects")

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        colour = EFFECT_COLOURS[feature["properties"]["effect"]]
        return {"fillColor": colour, "fillOpacity": 0.75, "color": "#777", "weight": 0.6}

    folium.GeoJson(units[["effect", "geometry"]], style_function=style, interactive=False).add_to(layer)
    box = "display:inline-block;width:16px;height:11px;margin-right:6px;border:1px solid #555;background:"
    rows = [f"<b>{title}</b>"]
    rows += [f'<span style="{box}{colour}"></span>{labels[key]}' for key, colour in EFFECT_COLOURS.items()]
    Legend("<br>".join(rows), fmap).add_to(layer)
    return layer
