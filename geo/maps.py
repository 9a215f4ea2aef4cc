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
import numpy as np
import pandas as pd
import shapely
from branca.element import MacroElement
from folium.template import Template
from xstatic.pkg import jquery as jquery_package
from xstatic.pkg import leaflet as leaflet_package

from geo.crs import GEOGRAPHIC_CRS
from geo.travel import NO_ROUTE, NOT_SNAPPED

BAND_EDGES_MIN = (30.0, 60.0, 90.0, 120.0, 180.0)
# ColorBrewer Blues below the limit and Reds above it: told apart by hue and by lightness with every kind of
# colour blindness; the minutes written on the places over the limit say the same without colour.
WITHIN_COLOURS = ("#eff3ff", "#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c")
OVER_COLOURS = ("#fc9272", "#de2d26", "#7f0000")
UNREACHED_COLOUR = "#969696"
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


@dataclass(frozen=True)
class TravelClass:
    """A class of the legend: its colour and label, and whether it lies over the limit or is not reached."""

    label: str
    colour: str
    is_over: bool = False
    is_unreached: bool = False


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


class _Legend(MacroElement):  # type: ignore[misc]
    """A Leaflet control with the classes, in the map itself so that the saved file has it too."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var legend_{{ this.get_name() }} = L.control({position: 'topright'});
        legend_{{ this.get_name() }}.onAdd = function () {
            var div = L.DomUtil.create('div', 'nakapotsu-legend');
            div.style.cssText = 'background:#fff;padding:5px 8px;border:1px solid #666;border-radius:4px;'
                + 'font:11px/1.4 sans-serif;color:#111;max-width:220px';
            div.innerHTML = {{ this.html | tojson }};
            return div;
        };
        (function (map, legend) {
            if (map.nakapotsuLegend) { map.removeControl(map.nakapotsuLegend); }
            map.nakapotsuLegend = legend;
            legend.addTo(map);
        })({{ this.fmap.get_name() }}, legend_{{ this.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, html: str, fmap: folium.Map) -> None:
        super().__init__()
        self._name = "Legend"
        self.html = html
        self.fmap = fmap


class _Attribution(MacroElement):  # type: ignore[misc]
    """Names the sources of the map in its corner."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this._parent.get_name() }}.attributionControl.setPrefix('nakapotsu')
            .addAttribution({{ this.text | tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Attribution"
        self.text = text


class _Labels(MacroElement):  # type: ignore[misc]
    """Text on the map: names of areas, minutes of places over the limit, and names of places when zoomed in.

    One element for all of them: hundreds of folium markers would take longer to render than the rest of the map.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map, layer, labels) {
            var style = document.createElement('style');
            style.textContent = '.far-out .name-label{display:none}'
                + '.map-label{transform:translate(-50%,-50%);white-space:nowrap;color:#111;'
                + 'text-shadow:0 0 2px #fff,0 0 2px #fff,0 0 3px #fff,0 0 4px #fff}'
                + '.name-label{font:10px sans-serif}.minutes-label{font:bold 11px sans-serif;margin-top:11px}'
                + '.area-label{font:bold 13px sans-serif}'
                + '.centre-label{font:bold 10px sans-serif;color:#5a3d00;transform:translate(-50%,45%)}'
                + '.leaflet-container .leaflet-control-attribution{font:9px sans-serif}'
                + '.leaflet-container{background:#fff}'
                + '.foliumtooltip table{margin:auto}.foliumtooltip th{text-align:left;padding-right:8px}';
            document.head.appendChild(style);
            labels.forEach(function (label) {
                var div = document.createElement('div');
                div.className = 'map-label ' + label[3];
                div.textContent = label[2];
                var icon = L.divIcon({html: div, iconSize: [0, 0], className: ''});
                L.marker([label[0], label[1]], {icon: icon, interactive: false, keyboard: false})
                    .addTo(layer);
            });
            var update = function () {
                map.getContainer().classList.toggle('far-out', map.getZoom() < {{ this.names_from_zoom }});
            };
            map.on('zoomend', update);
            update();
        })({{ this.fmap.get_name() }}, {{ this._parent.get_name() }}, {{ this.labels | tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, labels: Sequence[tuple[float, float, str, str]], names_from_zoom: int, fmap: folium.Map) -> None:
        super().__init__()
        self._name = "Labels"
        self.labels = labels
        self.fmap = fmap
        self.names_from_zoom = names_from_zoom


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


def _legend_html(classes: Sequence[TravelClass], title: str, notes: Sequence[str]) -> str:
    rows = [f"<b>{title}</b>"]
    for item in classes:
        border = "2px solid #000" if item.is_over else "1px dashed #000" if item.is_unreached else "1px solid #777"
        box = f"display:inline-block;width:16px;height:11px;margin-right:6px;background:{item.colour};border:{border}"
        rows.append(f'<span style="{box}"></span>{item.label}')
    rows += [f'<span style="color:#444">{note}</span>' for note in notes]
    return "<br>".join(rows)


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
    _Attribution(text.attribution).add_to(fmap)
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
    """
    layer = folium.FeatureGroup(name="travel")

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        item = classes[feature["properties"]["class_index"]]
        outline = {"color": "#000", "weight": 1.6} if item.is_over else {"color": "#666", "weight": 0.6}
        dash = {"dashArray": "3 3", "color": "#000"} if item.is_unreached else {}
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
    border_style = {"color": "#000", "weight": 2, "interactive": False}
    folium.GeoJson(borders, style_function=lambda _: border_style, interactive=False).add_to(layer)
    for centre in centres.itertuples():
        folium.CircleMarker(
            (centre.geometry.y, centre.geometry.x),
            radius=6,
            color="#000",
            weight=2,
            fill=True,
            fill_color="#ffd92f",
            fill_opacity=1,
            interactive=False,  # a click on it is meant for the municipality below
        ).add_to(layer)
    _Legend(_legend_html(classes, text.legend_title, text.legend_notes), fmap).add_to(layer)
    _Labels(_make_labels(units, areas, centres, classes), NAMES_FROM_ZOOM, fmap).add_to(layer)
    return layer


def draw_route(line: shapely.MultiLineString | None) -> folium.FeatureGroup:
    """Draw a route as a layer to be laid over a map that stands; an empty layer for no route.

    Parameters
    ----------
    line
        In lon/lat.
    """
    group = folium.FeatureGroup(name="route")
    if line is not None:
        style = {"color": "#e600ac", "weight": 5, "opacity": 0.9}
        frame = gpd.GeoDataFrame(geometry=[line], crs=GEOGRAPHIC_CRS)
        folium.GeoJson(frame, style_function=lambda _: style, interactive=False).add_to(group)
    return group


def map_html(fmap: folium.Map) -> bytes:
    """Return the map as one HTML file that needs nothing else."""
    return str(fmap.get_root().render()).encode("utf-8")
