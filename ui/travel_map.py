"""The map of a scenario in the reader's language; used by the map page, its download and the start of the app."""

from functools import lru_cache

import folium
import geopandas as gpd
import pandas as pd

from analysis.overview import Scenario, overview
from geo.boundaries import load_parts, load_welfare_areas
from geo.facilities import load_centres
from geo.maps import TravelMapText, class_index, draw_travel_map, travel_classes
from ui.formats import format_minutes, format_number_of_minutes, format_people
from ui.sidebar import centre_labels, name_column
from ui.text import Language, word


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
    ):
        pairs = zip(units[minutes], units[status], strict=True)
        named[column] = [format_minutes(value, state, language, limit_min) for value, state in pairs]
    return named


@lru_cache(maxsize=4)
def _area_frame(language: Language) -> gpd.GeoDataFrame:
    areas = load_welfare_areas()
    return areas.assign(name=areas[name_column(language)])[["area_id", "name", "geometry"]]


def make_map(scenario: Scenario, language: Language, *, basemap: bool) -> folium.Map:
    """Draw the map of a scenario: a new object each time, as the widget that shows it changes its ids."""
    shown = overview(scenario)
    parts = load_parts().set_index("part_id").loc[shown.units["part_id"]]
    units = gpd.GeoDataFrame(
        name_units(shown.units, language, scenario.limit_min), geometry=parts.geometry.to_numpy(), crs=parts.crs
    )
    units["class_index"] = class_index(units["travel_min"], units["status"], scenario.limit_min)
    units["label_lat"], units["label_lon"] = parts["seat_lat"].to_numpy(), parts["seat_lon"].to_numpy()
    units["minutes_text"] = [format_number_of_minutes(m, scenario.limit_min) for m in units["travel_min"]]
    limit_classes = travel_classes(
        scenario.limit_min,
        minutes_word=word("minutes", language),
        unreached_label=word("unreached", language),
    )
    units["class_index"] = units["class_index"].where(units["class_index"] >= 0, len(limit_classes) - 1)
    keys = ("place", "area", "measured_from", "time", "people")
    text = TravelMapText(
        f"{word('legend', language)}・{word(scenario.season, language)}",
        (word("legend_note", language), word("legend_points", language)),
        tuple(word(key, language) for key in keys),
        f"nakapotsu: {word('legend', language)}・{word(scenario.season, language)}",
        word("map_attribution", language),
    )
    centres = load_centres()
    centres = centres.assign(name=centres["nickname_ja"] if language == "ja" else centres["centre_id"].str.capitalize())
    whole = scenario.centre_id is None and scenario.area_id is None
    areas = _area_frame(language)
    areas = areas if whole else areas[areas["area_id"].isin(units["area_id"])]
    west, south, east, north = map(float, units.total_bounds)
    return draw_travel_map(
        units,
        areas,
        centres,
        limit_classes,
        text,
        bounds=None if whole else (west, south, east, north),
        basemap=basemap,
    )
