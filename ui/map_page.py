"""The first page: the map, the lists beside it, and the row of the place that was clicked."""

import json
from typing import Any

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from analysis.exports import csv_bytes, xlsx_bytes
from analysis.overview import Overview, Scenario, overview, route_from_centre
from analysis.provenance import describe
from geo.boundaries import load_municipalities, load_parts
from geo.facilities import load_municipal_resources
from geo.maps import draw_route, map_html
from geo.routes import Route
from ui.formats import format_people
from ui.sidebar import Choice, centre_labels, name_column
from ui.text import Language, word
from ui.travel_map import make_map, make_map_and_layer, name_units

MAP_HEIGHT_PX = 680
RESOURCE_COLUMNS = (
    "transition_support",
    "type_a",
    "type_b",
    "consultation_direct",
    "consultation_commissioned",
    "consultation_unassigned",
    "hello_work",
)


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
        "people_text": "people",
    }
    table = named[[*columns, "area"]].rename(columns={key: word(value, language) for key, value in columns.items()})
    return table.rename(columns={"area": word("area", language)})


def _draw_lists(shown: Overview, language: Language, limit_min: float) -> None:
    lists = {"list_over": shown.over, "list_winter": shown.only_in_winter, "list_unreached": shown.unreached}
    labels = [f"{word(key, language)} {len(units)}" for key, units in lists.items()]
    for tab, units in zip(st.tabs(labels), lists.values(), strict=True):
        with tab:
            if units.empty:
                st.write(word("list_none", language))
            else:
                st.dataframe(_list_columns(units, language, limit_min), hide_index=True, height=420)


def _clicked_part(event: dict[str, Any] | None) -> str | None:
    """Return the demand unit of a new click; a click that was already answered does not undo a later choice."""
    feature = (event or {}).get("last_active_drawing") or {}
    part_id = feature.get("properties", {}).get("part_id")
    click = (part_id, str((event or {}).get("last_object_clicked")))
    if part_id is None or click == st.session_state.get("answered_click"):
        return None
    st.session_state["answered_click"] = click
    return str(part_id)


def _draw_facts(facts: list[tuple[str, str, str]], language: Language) -> None:
    """Draw rows of item, value and basis (published, modelled)."""
    columns = [word(key, language) for key in ("item", "value", "basis")]
    st.table(pd.DataFrame(facts, columns=columns).set_index(columns[0]))


def _draw_resources(code: str, language: Language) -> None:
    row = load_municipal_resources().set_index("code").loc[code]
    st.markdown(f"**{word('resources', language)}**")
    published = word("published", language)
    _draw_facts(
        [(word(column, language), _figure(row[column], language), published) for column in RESOURCE_COLUMNS], language
    )


def _figure(value: float, language: Language) -> str:
    return word("not_known", language) if pd.isna(value) else str(int(value))


def _draw_route(route: Route, unit: pd.Series, language: Language) -> None:
    """Draw the route by road names; the local roads at both ends make up the difference to the whole."""
    st.markdown(f"**{word('route', language)}**")
    if pd.isna(unit["travel_min"]):
        st.write(word(unit["status"], language))
        return
    stretches = route.stretches[["road_name", "length_km", "travel_min", "toll"]]
    local = {
        "road_name": word("local_roads", language),
        "length_km": unit["length_km"] - stretches["length_km"].sum(),
        "travel_min": unit["travel_min"] - stretches["travel_min"].sum(),
        "toll": False,
    }
    total = {"road_name": word("total", language), "length_km": unit["length_km"], "travel_min": unit["travel_min"]}
    table = pd.concat([stretches, pd.DataFrame([local, total])], ignore_index=True)
    keys = {"road_name": "road", "length_km": "km", "travel_min": "minutes", "toll": "toll"}
    table["toll"] = ["○" if toll is True else "" for toll in table["toll"]]
    table = table.round({"length_km": 1, "travel_min": 1})
    st.dataframe(table.rename(columns={key: word(value, language) for key, value in keys.items()}), hide_index=True)


def _draw_place(shown: Overview, part_id: str, route: Route, language: Language, limit_min: float) -> None:
    unit = name_units(shown.units[shown.units["part_id"] == part_id], language, limit_min).iloc[0]
    municipality = load_municipalities().set_index("code").loc[unit["code"]]
    population_basis = load_parts().set_index("part_id").loc[part_id, "population_basis"]
    reading = f"{municipality['name_kana']} / {municipality['name_en']}" if language == "ja" else unit["name_ja"]
    st.subheader(f"{unit['name']}（{reading}）")
    published, modelled = word("published", language), word("modelled", language)
    length = "—" if pd.isna(unit["length_km"]) else f"{unit['length_km']:.0f} km"
    people_basis = published if population_basis == "registry" else word(f"basis_{population_basis}", language)
    facts = [
        (word("area", language), unit["area"], published),
        (word("responsible", language), centre_labels(language)[unit["centre_id"]], published),
        (word("measured_from", language), unit["centre"], ""),
        (word("summer_time", language), unit["summer_text"], modelled),
        (word("winter_time", language), unit["winter_text"], modelled),
        (word("status", language), word(unit["status"], language), modelled),
        (word("km", language), length, modelled),
        (word("people", language), unit["people_text"], people_basis),
    ]
    _draw_facts(facts, language)
    _draw_route(route, unit, language)
    _draw_resources(str(unit["code"]), language)


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
    "only_in_winter",
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
        fmap, layer = make_map_and_layer(scenario, language, basemap=choice.basemap)
        st_folium(
            fmap,
            key="map",
            height=MAP_HEIGHT_PX,
            use_container_width=True,
            returned_objects=["last_active_drawing", "last_object_clicked"],
            feature_group_to_add=[layer, draw_route(route.line if route else None)],
        )
    with right:
        _draw_lists(shown, language, scenario.limit_min)
        _draw_chooser(shown, language)
        if part_id is not None and route is not None:
            _draw_place(shown, part_id, route, language, scenario.limit_min)
    with left:
        _draw_downloads(scenario, shown, language)
    st.caption(word("sources_line", language))


def _draw_downloads(scenario: Scenario, shown: Overview, language: Language) -> None:
    name = f"nakapotsu_{scenario.season}_{scenario.limit_min:g}min"
    frame = shown.units[list(TABLE_COLUMNS)]
    totals = {"people": shown.people, "people_over": shown.people_over, "people_unreached": shown.people_unreached}
    notes = describe(scenario.network(), vars(scenario), list(TABLE_COLUMNS), totals)
    st.download_button(word("download_table", language), csv_bytes(frame), f"{name}.csv", "text/csv")
    st.download_button(word("download_xlsx", language), lambda: xlsx_bytes(frame, notes), f"{name}.xlsx")
    st.download_button(
        word("download_map", language),
        lambda: map_html(make_map(scenario, language, basemap=False)),
        f"{name}.html",
        "text/html",
    )
    content = json.dumps(notes, ensure_ascii=False, indent=1).encode()
    st.download_button(word("download_sources", language), content, f"{name}.meta.json", "application/json")
