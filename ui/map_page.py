"""The first page: the map, the lists beside it, and the row of the place that was clicked."""

import json
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from analysis.exports import csv_bytes, xlsx_bytes
from analysis.overview import Overview, nearer_elsewhere, overview, route_from_centre
from analysis.provenance import describe
from geo.maps import draw_route, map_html
from ui.formats import format_people
from ui.place_details import draw_place
from ui.sidebar import Choice, centre_labels, name_column
from ui.text import Language, word
from ui.travel_map import make_map, make_map_and_layer, name_units

MAP_HEIGHT_PX = 680


def _draw_metrics(shown: Overview, language: Language) -> None:
    columns = st.columns(5)
    share = shown.people_over / shown.people if shown.people else 0.0
    columns[0].metric(word("people", language), format_people(shown.people, language))
    people_over = format_people(shown.people_over, language)
    columns[1].metric(word("people_over", language), people_over, f"{share:.1%}", delta_color="off", delta_arrow="off")
    columns[2].metric(word("places_over", language), len(shown.over))
    columns[3].metric(word("places_winter", language), len(shown.only_in_winter))
    columns[4].metric(word("unreached", language), len(shown.unreached))


def _list_columns(units: pd.DataFrame, language: Language, limit_min: float) -> pd.DataFrame:
    named = name_units(units, language, limit_min)
    columns = {
        "name": "place",
        "summer_text": "summer_time",
        "winter_text": "winter_time",
        "bad_winter_text": "bad_winter_time",
        "people_text": "people",
    }
    table = named[[*columns, "area"]].rename(columns={key: word(value, language) for key, value in columns.items()})
    return table.rename(columns={"area": word("area", language)})


def _nearer_columns(units: pd.DataFrame, language: Language) -> pd.DataFrame:
    centres = centre_labels(language)
    minutes = word("minutes", language)
    return pd.DataFrame(
        {
            word("place", language): units[name_column(language)],
            word("gain", language): units["gain_min"].replace(np.inf, np.nan).round().astype("Int64"),
            word("nearest_centre", language): units["nearest_centre_id"].map(centres),
            f"{word('nearest_centre', language)} ({minutes})": units["nearest_min"].round().astype("Int64"),
            word("responsible", language): units["centre_id"].map(centres),
            f"{word('responsible', language)} ({minutes})": units["travel_min"].round().astype("Int64"),
            word("people", language): units["population"],
        }
    )


def _draw_lists(shown: Overview, nearer: pd.DataFrame, language: Language, limit_min: float) -> None:
    """Draw the lists beside the map; ``nearer`` are the places nearer to another centre than to their own."""
    lists = {
        "list_over": shown.over,
        "list_winter": shown.only_in_winter,
        "list_bad_winter": shown.only_in_bad_winter,
        "list_nearer": nearer,
        "list_unreached": shown.unreached,
    }
    labels = [f"{word(key, language)} {len(units)}" for key, units in lists.items()]
    for tab, units in zip(st.tabs(labels), lists.values(), strict=True):
        with tab:
            if units.empty:
                st.write(word("list_none", language))
                continue
            table = _nearer_columns(units, language) if units is nearer else _list_columns(units, language, limit_min)
            st.dataframe(table, hide_index=True, height=420)


def _clicked_part(event: dict[str, Any] | None) -> str | None:
    """Return the demand unit of a new click; a click that was already answered does not undo a later choice."""
    feature = (event or {}).get("last_active_drawing") or {}
    part_id = feature.get("properties", {}).get("part_id")
    click = (part_id, str((event or {}).get("last_object_clicked")))
    if part_id is None or click == st.session_state.get("answered_click"):
        return None
    st.session_state["answered_click"] = click
    return str(part_id)


def _current_place(shown: Overview, language: Language) -> str | None:
    """Return the place to show: the one just clicked, else the one chosen before if it is still shown."""
    widget = f"place_{language}"
    clicked = _clicked_part(st.session_state.get("map"))
    if clicked is not None:
        st.session_state["chosen_place"] = clicked
    elif widget in st.session_state:
        st.session_state["chosen_place"] = st.session_state[widget]
    place: str | None = st.session_state.get("chosen_place")
    if place not in set(shown.units["part_id"]):
        place = None
    st.session_state[widget] = st.session_state["chosen_place"] = place
    return place


def _draw_chooser(shown: Overview, language: Language) -> None:
    names = shown.units.set_index("part_id")[name_column(language)]
    st.selectbox(
        word("click_hint", language),
        [None, *names.index],
        format_func=lambda key: word("choose", language) if key is None else names[key],
        placeholder=word("choose", language),
        key=f"place_{language}",
    )


TABLE_COLUMNS = (
    "part_id",
    "code",
    "name_ja",
    "name_en",
    "area_id",
    "centre_id",
    "measured_from",
    "population",
    "travel_min",
    "length_km",
    "status",
    "summer_min",
    "winter_min",
    "bad_winter_min",
    "only_in_winter",
    "only_in_bad_winter",
)


def draw_map_page(choice: Choice) -> None:
    """Draw the first page."""
    language, scenario = choice.language, choice.scenario
    shown = overview(scenario)
    _draw_metrics(shown, language)
    part_id = _current_place(shown, language)
    route = None
    if part_id is not None:
        measured_from = shown.units.set_index("part_id").loc[part_id, "measured_from"]
        route = route_from_centre(scenario, measured_from, part_id)
    left, right = st.columns([5, 3])
    with left:  # first, so that the browser loads the map while the rest is drawn
        fmap, layer = make_map_and_layer(scenario, language, basemap=choice.basemap, by_land=choice.by_land)
        st_folium(
            fmap,
            key="map",
            height=MAP_HEIGHT_PX,
            use_container_width=True,
            returned_objects=["last_active_drawing", "last_object_clicked"],
            feature_group_to_add=[layer, draw_route(route.line if route else None)],
        )
    with right:
        _draw_lists(shown, nearer_elsewhere(scenario), language, scenario.limit_min)
        _draw_chooser(shown, language)
        if part_id is not None and route is not None:
            unit = name_units(shown.units[shown.units["part_id"] == part_id], language, scenario.limit_min).iloc[0]
            draw_place(unit, route, scenario.season, language)
    with left:
        _draw_downloads(choice, shown)
    st.caption(word("sources_line", language))


def _draw_downloads(choice: Choice, shown: Overview) -> None:
    scenario, language = choice.scenario, choice.language
    name = f"nakapotsu_{scenario.season}_{scenario.limit_min:g}min"
    frame = shown.units[list(TABLE_COLUMNS)]
    totals = {"people": shown.people, "people_over": shown.people_over, "people_unreached": shown.people_unreached}
    notes = describe(scenario.network(), vars(scenario), list(TABLE_COLUMNS), totals)
    st.download_button(word("download_table", language), csv_bytes(frame), f"{name}.csv", "text/csv")
    st.download_button(word("download_xlsx", language), lambda: xlsx_bytes(frame, notes), f"{name}.xlsx")
    st.download_button(
        word("download_map", language),
        lambda: map_html(make_map(scenario, language, basemap=False, by_land=choice.by_land)),
        f"{name}.html",
        "text/html",
    )
    content = json.dumps(notes, ensure_ascii=False, indent=1).encode()
    st.download_button(word("download_sources", language), content, f"{name}.meta.json", "application/json")
