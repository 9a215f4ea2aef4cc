"""The first page: the map, the lists beside it, and the row of the place that was clicked."""

import json
from typing import Any

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from analysis.exports import csv_bytes
from analysis.overview import Overview, Route, Scenario, find_route, overview
from analysis.provenance import describe
from geo.boundaries import load_municipalities, load_parts
from geo.facilities import load_municipal_resources
from geo.maps import draw_route, map_html
from ui.formats import format_people
from ui.sidebar import Choice, centre_labels, name_column
from ui.text import Language, word
from ui.travel_map import make_map, name_units

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
    columns[1].metric(f"{word('people_over', language)} {share:.1%}", format_people(shown.people_over, language))
    columns[2].metric(word("places_over", language), len(shown.over))
    columns[3].metric(word("places_winter", language), len(shown.only_in_winter))
    columns[4].metric(word("unreached", language), len(shown.unreached))


def _list_columns(units: pd.DataFrame, language: Language) -> pd.DataFrame:
    named = name_units(units, language)
    columns = {
        "name": "place",
        "summer_text": "summer_time",
        "winter_text": "winter_time",
        "people_text": "people",
    }
    table = named[[*columns, "area"]].rename(columns={key: word(value, language) for key, value in columns.items()})
    return table.rename(columns={"area": word("area", language)})


def _draw_lists(shown: Overview, language: Language) -> None:
    lists = {"list_over": shown.over, "list_winter": shown.only_in_winter, "list_unreached": shown.unreached}
    labels = [f"{word(key, language)} {len(units)}" for key, units in lists.items()]
    for tab, units in zip(st.tabs(labels), lists.values(), strict=True):
        with tab:
            if units.empty:
                st.write(word("list_none", language))
            else:
                st.dataframe(_list_columns(units, language), hide_index=True, height=420)


def _clicked_part(event: dict[str, Any] | None) -> str | None:
    """Return the demand unit of a new click; a click that was already answered does not undo a later choice."""
    feature = (event or {}).get("last_active_drawing") or {}
    part_id = feature.get("properties", {}).get("part_id")
    if part_id is None or part_id == st.session_state.get("answered_click"):
        return None
    st.session_state["answered_click"] = part_id
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


def _draw_place(shown: Overview, part_id: str, route: Route, language: Language) -> None:
    unit = name_units(shown.units[shown.units["part_id"] == part_id], language).iloc[0]
    municipality = load_municipalities().set_index("code").loc[unit["code"]]
    population_basis = load_parts().set_index("part_id").loc[part_id, "population_basis"]
    st.subheader(f"{unit['name']}（{municipality['name_kana']} / {municipality['name_en']}）")
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
    st.markdown(f"**{word('route', language)}**")
    if len(route.stretches):
        table = route.stretches[["road_name", "length_km", "travel_min", "toll"]]
        table = table.assign(toll=table["toll"].map({True: "○", False: ""})).round({"length_km": 1, "travel_min": 0})
        keys = {"road_name": "road", "length_km": "km", "travel_min": "minutes", "toll": "toll"}
        st.dataframe(table.rename(columns={k: word(v, language) for k, v in keys.items()}), hide_index=True)
        st.caption(word("route_note", language))
    else:
        st.write(word(unit["status"], language))
    _draw_resources(str(unit["code"]), language)


def _current_place(shown: Overview) -> str | None:
    """Return the place to show: the one just clicked, else the one chosen before if it is still shown."""
    part_ids = set(shown.units["part_id"])
    clicked = _clicked_part(st.session_state.get("map"))
    if clicked in part_ids:
        st.session_state["place"] = clicked
    if st.session_state.get("place") not in part_ids:
        st.session_state["place"] = None
    place: str | None = st.session_state["place"]
    return place


def _draw_chooser(shown: Overview, language: Language) -> None:
    names = shown.units.set_index("part_id")[name_column(language)]
    st.selectbox(
        word("click_hint", language),
        [None, *names.index],
        format_func=lambda key: word("choose", language) if key is None else names[key],
        key="place",
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
    part_id = _current_place(shown)
    route = None
    if part_id is not None:
        measured_from = shown.units.set_index("part_id").loc[part_id, "measured_from"]
        route = find_route(scenario, measured_from, part_id)
    left, right = st.columns([5, 3])
    with left:  # first, so that the browser loads the map while the rest is drawn
        st_folium(
            make_map(scenario, language, basemap=choice.basemap),
            key="map",
            height=MAP_HEIGHT_PX,
            use_container_width=True,
            returned_objects=["last_active_drawing"],
            feature_group_to_add=draw_route(route.line if route else None),
        )
    with right:
        _draw_lists(shown, language)
        _draw_chooser(shown, language)
        if part_id is not None and route is not None:
            _draw_place(shown, part_id, route, language)
    with left:
        _draw_downloads(scenario, shown, language)
    st.caption(word("sources_line", language))


def _draw_downloads(scenario: Scenario, shown: Overview, language: Language) -> None:
    name = f"nakapotsu_{scenario.season}_{scenario.limit_min:g}min"
    frame = shown.units[list(TABLE_COLUMNS)]
    st.download_button(word("download_table", language), csv_bytes(frame), f"{name}.csv", "text/csv")
    st.download_button(
        word("download_map", language),
        lambda: map_html(make_map(scenario, language, basemap=False)),
        f"{name}.html",
        "text/html",
    )
    totals = {"people": shown.people, "people_over": shown.people_over, "people_unreached": shown.people_unreached}
    notes = describe(scenario.network(), vars(scenario), list(TABLE_COLUMNS), totals)
    content = json.dumps(notes, ensure_ascii=False, indent=1).encode()
    st.download_button(word("download_sources", language), content, f"{name}.meta.json", "application/json")
