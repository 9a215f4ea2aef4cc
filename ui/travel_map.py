"""The map of a scenario in the reader's language; used by the map page, its download and the start of the app."""

from functools import lru_cache

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.isochrones import isochrone_bands, isochrones, land_without_a_way
from analysis.overview import Scenario, overview
from geo.boundaries import load_parts, load_welfare_areas
from geo.facilities import load_centres
from geo.map_elements import legend_html
from geo.maps import TravelMapText, draw_base_map, draw_travel_layer
from geo.travel_classes import TravelClass, class_index, class_limits, travel_classes
from ui.formats import format_minutes, format_number_of_minutes, format_people
from ui.sidebar import centre_labels, name_column
from ui.text import Language, word

NO_LIMIT_MIN = 1e6  # everything that can be reached at all


def name_units(units: pd.DataFrame, language: Language, limit_min: float) -> pd.DataFrame:
    """Add the words of a language: place, area and centre names, time and people as text."""
    areas = load_welfare_areas().set_index("area_id")[name_column(language)]
    centres = centre_labels(language)
    named = units.assign(
        name=units[name_column(language)],
        area=units["area_id"].map(areas),
        centre=units["measured_from"].map(centres),
        people_text=[format_people(people, language) for people in units["population"]],
    )
    for column, minutes, status in (
        ("time_text", "travel_min", "status"),
        ("summer_text", "summer_min", "summer_status"),
        ("winter_text", "winter_min", "winter_status"),
        ("bad_winter_text", "bad_winter_min", "bad_winter_status"),
    ):
        pairs = zip(units[minutes], units[status], strict=True)
        named[column] = [format_minutes(value, state, language, limit_min) for value, state in pairs]
    return named


@lru_cache(maxsize=4)
def _area_frame(language: Language) -> gpd.GeoDataFrame:
    areas = load_welfare_areas()
    return areas.assign(name=areas[name_column(language)])[["area_id", "name", "geometry"]]


def _make_bands(scenario: Scenario) -> gpd.GeoDataFrame:
    """Colour the land by its own travel time, from the chosen centre or the quickest of all."""
    limits = class_limits(scenario.limit_min)
    chrones = isochrones(
        scenario.network(),
        scenario.season,
        [*limits, NO_LIMIT_MIN],
        tolls=scenario.tolls,
        centre_id=scenario.centre_id,
        closed_edges=scenario.closed_edges,
    )
    bands = isochrone_bands(chrones).assign(class_index=np.arange(len(limits) + 1))[["class_index", "geometry"]]
    nowhere = land_without_a_way(chrones.geometry.iloc[-1])
    rest = gpd.GeoDataFrame({"class_index": [len(limits) + 1]}, geometry=nowhere, crs=bands.crs)
    return gpd.GeoDataFrame(pd.concat([bands, rest], ignore_index=True), crs=bands.crs)


def make_map_and_layer(
    scenario: Scenario, language: Language, *, basemap: bool, by_land: bool = False, is_small: bool = False
) -> tuple[folium.Map, folium.FeatureGroup]:
    """Draw the empty map of a region, and the travel times of a scenario as a layer for it.

    The map depends only on the region, the language and the base map, so that a widget can keep it, and the reader's
    zoom with it, while the layer changes. Both are new objects each time: the widget that shows them changes their ids.
    With ``by_land`` the land is coloured by isochrones, else each place by the time of its town hall.
    """
    shown = overview(scenario)
    parts = load_parts().set_index("part_id").loc[shown.units["part_id"]]
    named = name_units(shown.units, language, scenario.limit_min)
    units = gpd.GeoDataFrame(named, geometry=parts.geometry.to_numpy(), crs=parts.crs)
    classes = _classes(scenario, language)
    index = class_index(units["travel_min"], units["status"], scenario.limit_min)
    units["class_index"] = np.where(index >= 0, index, len(classes) - 1)
    units["label_lat"], units["label_lon"] = parts["seat_lat"].to_numpy(), parts["seat_lon"].to_numpy()
    units["minutes_text"] = [format_number_of_minutes(m, scenario.limit_min) for m in units["travel_min"]]
    centres = load_centres()
    short_name = centres["nickname_ja"] if language == "ja" else centres["centre_id"].str.capitalize()
    areas = _area_frame(language)
    areas = areas[areas["area_id"].isin(units["area_id"])]
    west, south, east, north = map(float, units.total_bounds)
    text = _map_text(scenario, language, by_land=by_land)
    is_whole = scenario.centre_id is None and scenario.area_id is None
    fmap = draw_base_map((west, south, east, north), text, is_whole=is_whole or is_small, basemap=basemap)
    layer = draw_travel_layer(
        fmap,
        units,
        areas,
        centres.assign(name=short_name),
        classes,
        text,
        fill_opacity=0.65 if basemap else 0.9,
        bands=_make_bands(scenario) if by_land else None,
        is_small=is_small,
    )
    return fmap, layer


def _map_text(scenario: Scenario, language: Language, *, by_land: bool) -> TravelMapText:
    land = "legend_land" if scenario.centre_id is not None else "legend_land_nearest"
    title = f"{word(land if by_land else 'legend', language)}・{word(scenario.season, language)}"
    note = word("legend_note_land" if by_land else "legend_note", language)
    return TravelMapText(
        title,
        (note, word("legend_points", language)),
        tuple(word(key, language) for key in ("place", "area", "measured_from", "time", "people")),
        f"nakapotsu: {title}",
        word("map_attribution", language),
    )


def _classes(scenario: Scenario, language: Language) -> list[TravelClass]:
    return travel_classes(
        scenario.limit_min, minutes_word=word("minutes", language), unreached_label=word("unreached", language)
    )


def map_legend(scenario: Scenario, language: Language, *, by_land: bool) -> str:
    """Return the legend of the map of a scenario as HTML in one line, to stand beside small maps."""
    text = _map_text(scenario, language, by_land=by_land)
    rows = legend_html(_classes(scenario, language), word("legend", language), text.legend_notes)
    return rows.replace("<br>", "&emsp;")


def make_map(
    scenario: Scenario, language: Language, *, basemap: bool, by_land: bool = False, is_small: bool = False
) -> folium.Map:
    """Draw the map of a scenario with its layer, to be saved as one file or to stand beside others."""
    fmap, layer = make_map_and_layer(scenario, language, basemap=basemap, by_land=by_land, is_small=is_small)
    layer.add_to(fmap)
    return fmap
