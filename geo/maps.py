"""Maps of travel time that need no internet: folium with Leaflet inlined, as a widget or as one HTML file."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import shapely
from xstatic.pkg import jquery as jquery_package
from xstatic.pkg import leaflet as leaflet_package

from geo.crs import GEOGRAPHIC_CRS
from geo.map_elements import Attribution, Labels, Legend, legend_html
from geo.travel_classes import TravelClass

_BAND_TOLERANCE_DEG = 0.002  # about 200 m, far below the grid that isochrones are drawn from
NAMES_FROM_ZOOM = 9  # below it the names of 179 municipalities would cover each other
GSI_TILES = "https://cyberjapandata.gsi.go.jp/xyz/pale/{z}/{x}/{y}.png"
GSI_ATTRIBUTION = "地理院タイル（国土地理院） / GSI Tiles"


def _data_uri(content: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"


@lru_cache(maxsize=1)
def inline_assets() -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return Leaflet and jQuery as ``data:`` URIs: the scripts and the style sheets as (name, URI) pairs."""
    leaflet_dir, jquery_dir = Path(leaflet_package.BASE_DIR), Path(jquery_package.BASE_DIR)
    scripts = (
        ("leaflet", _data_uri((leaflet_dir / "leaflet.js").read_bytes(), "text/javascript")),
        ("jquery", _data_uri((jquery_dir / "jquery.min.js").read_bytes(), "text/javascript")),
    )

    def inline_image(match: re.Match[str]) -> str:
        return f"url({_data_uri((leaflet_dir / match.group(1)).read_bytes(), 'image/png')})"

    css = re.sub(r"url\((images/[^)]+)\)", inline_image, (leaflet_dir / "leaflet.css").read_text(encoding="utf-8"))
    return scripts, (("leaflet_css", _data_uri(css.encode(), "text/css")),)


def _make_labels(
    units: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, centres: gpd.GeoDataFrame, classes: Sequence[TravelClass]
) -> list[tuple[float, float, str, str]]:
    """List the labels as latitude, longitude, text and CSS class."""
    labels = []
    for unit in units.itertuples():
        at = round(float(unit.label_lat), 4), round(float(unit.label_lon), 4)
        labels.append((*at, str(unit.name), "name-label"))
        if classes[unit.class_index].is_over:
            labels.append((*at, str(unit.minutes_text), "minutes-label"))
    for area in areas.itertuples():
        point = area.geometry.representative_point()
        labels.append((round(point.y, 4), round(point.x, 4), str(area.name), "area-label"))
    for centre in centres.itertuples():
        at = round(centre.geometry.y, 4), round(centre.geometry.x, 4)
        labels.append((*at, str(centre.name), "centre-label"))
    return labels


@dataclass(frozen=True)
class TravelMapText:
    """The words on the map, in the reader's language."""

    legend_title: str
    legend_notes: tuple[str, ...]
    tooltip_aliases: tuple[str, ...]
    title: str
    attribution: str


TOOLTIP_FIELDS = ("name", "area", "centre", "time_text", "people_text")


def draw_base_map(
    bounds: tuple[float, float, float, float], text: TravelMapText, *, is_whole: bool = True, basemap: bool = False
) -> folium.Map:
    """Draw the empty map on which the layers stand, with Leaflet inlined.

    Parameters
    ----------
    bounds
        West, south, east, north to show, lon/lat.
    text
        The words.
    is_whole
        Whether all of Hokkaido is shown: then the legend stands over the sea in the north-east. A region shown alone
        is kept clear of it.
    basemap
        Whether to add GSI's tiles, which need the internet.
    """
    west, south, east, north = bounds
    fmap = folium.Map(tiles=None, zoom_start=7, zoom_snap=0.25, zoom_delta=0.5)
    scripts, styles = inline_assets()
    fmap.default_js, fmap.default_css = list(scripts), list(styles)
    fmap.fit_bounds([(south, west), (north, east)], padding_bottom_right=(0 if is_whole else 200, 14))
    fmap.get_root().title = text.title
    Attribution(text.attribution).add_to(fmap)
    if basemap:
        folium.TileLayer(GSI_TILES, attr=GSI_ATTRIBUTION, name="GSI", max_zoom=18).add_to(fmap)
    return fmap


def draw_travel_layer(
    fmap: folium.Map,
    units: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    centres: gpd.GeoDataFrame,
    classes: Sequence[TravelClass],
    text: TravelMapText,
    *,
    fill_opacity: float = 0.9,
    bands: gpd.GeoDataFrame | None = None,
    is_small: bool = False,
) -> folium.FeatureGroup:
    """Draw the demand units coloured by travel time, with areas, centres, names and a legend, as one layer.

    Parameters
    ----------
    fmap
        The map that the layer is meant for; it is not changed.
    units
        Polygons in lon/lat; columns ``part_id, class_index, label_lat, label_lon, minutes_text``
        and ``TOOLTIP_FIELDS``. ``minutes_text`` is written on the places over the limit.
    areas
        Welfare areas: ``name`` and polygons.
    centres
        ``name`` (short) and points.
    classes
        From :func:`travel_classes`; ``class_index`` counts in it.
    text
        The words.
    fill_opacity
        0 to 1; less than 1 lets a base map shine through.
    bands
        Land to be coloured instead of the demand units, which then are outlines only: ``class_index`` and polygons
        that do not overlap.
    is_small
        For one of several maps side by side: without legend and labels.
    """
    layer = folium.FeatureGroup(name="travel")
    if bands is not None:
        _draw_bands(bands, classes, fill_opacity).add_to(layer)

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        item = classes[feature["properties"]["class_index"]]
        outline = {"color": "#000", "weight": 1.6} if item.is_over else {"color": "#666", "weight": 0.6}
        dash = {"dashArray": "3 3", "color": "#000"} if item.is_unreached else {}
        if bands is not None:
            return {"fillOpacity": 0, "color": "#666", "weight": 0.5}
        return {"fillColor": item.colour, "fillOpacity": fill_opacity, **outline, **dash}

    columns = ["part_id", "class_index", *TOOLTIP_FIELDS]
    folium.GeoJson(
        units[[*columns, "geometry"]],
        style_function=style,
        highlight_function=lambda _: {"weight": 3, "color": "#ffbf00"},
        tooltip=folium.GeoJsonTooltip(list(TOOLTIP_FIELDS), aliases=list(text.tooltip_aliases), sticky=True),
        name="units",
        zoom_on_click=False,
    ).add_to(layer)
    borders = gpd.GeoDataFrame(geometry=areas.geometry.boundary, crs=areas.crs)
    border_style = {"color": "#000", "weight": 1.2 if is_small else 2, "interactive": False}
    folium.GeoJson(borders, style_function=lambda _: border_style, interactive=False).add_to(layer)
    for centre in centres.itertuples():
        folium.CircleMarker(
            (centre.geometry.y, centre.geometry.x),
            radius=4 if is_small else 6,
            color="#000",
            weight=2,
            fill=True,
            fill_color="#ffd92f",
            fill_opacity=1,
            interactive=False,  # a click on it is meant for the municipality below
        ).add_to(layer)
    if is_small:
        return layer
    Legend(legend_html(classes, text.legend_title, text.legend_notes), fmap).add_to(layer)
    Labels(_make_labels(units, areas, centres, classes), NAMES_FROM_ZOOM, fmap).add_to(layer)
    return layer


def _draw_bands(bands: gpd.GeoDataFrame, classes: Sequence[TravelClass], fill_opacity: float) -> folium.GeoJson:
    def style(feature: dict[str, Any]) -> dict[str, Any]:
        colour = classes[feature["properties"]["class_index"]].colour
        return {"fillColor": colour, "fillOpacity": fill_opacity, "color": colour, "weight": 0.3}

    shown = bands[~bands.geometry.is_empty][["class_index", "geometry"]]
    shown = shown.set_geometry(shown.geometry.simplify(_BAND_TOLERANCE_DEG))
    return folium.GeoJson(shown, style_function=style, interactive=False, name="bands")


def draw_route(line: shapely.MultiLineString | None, **options: str) -> folium.FeatureGroup:
    """Draw a route as a layer to be laid over a map that stands; an empty layer for no route.

    Parameters
    ----------
    line
        In lon/lat.
    **options
        Leaflet's options for the line, e.g. the ``pane`` it is drawn in.
    """
    group = folium.FeatureGroup(name="route")
    if line is not None:
        style = {"color": "#e600ac", "weight": 5, "opacity": 0.9}
        frame = gpd.GeoDataFrame(geometry=[line], crs=GEOGRAPHIC_CRS)
        folium.GeoJson(frame, style_function=lambda _: style, interactive=False, **options).add_to(group)
    return group


def map_html(fmap: folium.Map) -> bytes:
    """Return the map as one HTML file that needs nothing else."""
    return str(fmap.get_root().render()).encode("utf-8")
