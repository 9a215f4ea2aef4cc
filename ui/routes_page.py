"""The page of routes between any two points, and of roads that the reader closes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from analysis.accessibility import centre_points, graph_of, seat_points
from analysis.closures import ClosureEffect, closure_effect
from analysis.exports import csv_bytes
from analysis.overview import Scenario
from geo.assumptions import load_access_assumptions
from geo.boundaries import load_parts
from geo.crs import GEOGRAPHIC_CRS
from geo.errors import InputError
from geo.maps import draw_route
from geo.points import parse_coordinates
from geo.road_maps import ROADS_PANE, draw_closures, draw_effects
from geo.routes import Route, find_route
from ui.closures import close_only, closed_edges, section_labels, take_click
from ui.formats import format_number_of_minutes, format_people
from ui.place_details import draw_crossing, draw_stretches
from ui.road_map import make_road_map
from ui.sidebar import Choice, centre_labels, name_column
from ui.text import Language, word

MAP_HEIGHT_PX = 720
BY_COORDINATES = "by_coordinates"


def _place_labels(language: Language) -> pd.Series:
    """Return the centres and the demand units by a key of their own, with a name to choose by."""
    parts = load_parts().set_index("part_id")[name_column(language)]
    centres = "● " + centre_labels(language)
    return pd.concat([centres.rename(lambda key: f"centre:{key}"), parts.rename(lambda key: f"part:{key}")])


def _point_of(key: str) -> gpd.GeoSeries:
    kind, _, place = key.partition(":")
    return (centre_points() if kind == "centre" else seat_points()).loc[[place]]


def _choose_end(name: str, default: str, labels: pd.Series, language: Language) -> gpd.GeoSeries | None:
    options = [*labels.index, BY_COORDINATES]
    memory = f"chosen_{name}"
    chosen = st.session_state.get(memory, default)
    key = st.selectbox(
        word(name, language),
        options,
        index=options.index(chosen) if chosen in options else 0,
        format_func=lambda key: word("route_points", language) if key == BY_COORDINATES else labels[key],
        key=f"{name}_{language}",
    )
    st.session_state[memory] = key
    if key != BY_COORDINATES:
        return _point_of(key)
    text = st.text_input(word(f"point_{name.removeprefix('route_')}", language), key=f"{name}_text")
    return parse_coordinates(text) if text.strip() else None


def _find(scenario: Scenario, origin: gpd.GeoSeries, goal: gpd.GeoSeries) -> Route:
    graph = graph_of(scenario.network(), scenario.season, scenario.tolls, scenario.closed_edges)
    ends = [gpd.GeoSeries(end.to_numpy(), index=["end"], crs=GEOGRAPHIC_CRS) for end in (origin, goal)]
    return find_route(graph, ends[0], ends[1], load_access_assumptions())


def _draw_route_facts(route: Route, scenario: Scenario, language: Language) -> None:
    if route.status != "reached":
        st.warning(word(route.status, language))
        return
    time, length, toll = st.columns(3)
    time.metric(word("route_time", language), f"{route.travel_min:.0f} {word('minutes', language)}")
    length.metric(word("km", language), f"{route.length_km:.1f} km")
    toll_km = route.stretches.loc[route.stretches["toll"].astype(bool), "length_km"].sum()
    toll.metric(word("toll", language), f"{toll_km:.1f} km")
    draw_stretches(route, route.travel_min, route.length_km, language)
    draw_crossing(route, scenario.season, language)


def _draw_closure_chooser(scenario: Scenario, language: Language) -> None:
    labels = section_labels(scenario.network(), language)
    widget = f"closed_{language}"
    roads = scenario.roads
    st.session_state[widget] = [edge for edge in closed_edges(roads) if edge in labels.index]
    st.multiselect(
        word("close_hint", language),
        labels.index.to_list(),
        format_func=lambda key: labels[key],
        key=widget,
        on_change=lambda: close_only(
            roads, {*st.session_state[widget], *(set(closed_edges(roads)) - set(labels.index))}
        ),
        placeholder=word("closed_sections", language),
        # One key must not close every section of a road.
        filter_mode="contains",
        select_all=False,
    )


def _draw_effect(effect: ClosureEffect, language: Language, limit_min: float) -> None:
    st.markdown(f"**{word('effect', language)}**")
    groups = {
        "people_cut_off": effect.cut_off,
        "people_newly_over": effect.newly_over,
        "people_delayed": effect.delayed,
    }
    for column, (key, units) in zip(st.columns(3), groups.items(), strict=True):
        column.metric(word(key, language), format_people(units["population"].sum(), language))
    if effect.units.empty:
        return
    units = effect.units
    minutes = [
        word(status, language) if np.isnan(value) else format_number_of_minutes(value, limit_min)
        for value, status in zip(units["travel_min"], units["status"], strict=True)
    ]
    table = pd.DataFrame(
        {
            word("place", language): units[name_column(language)],
            word("open_time", language): units["open_min"].round().astype("Int64"),
            word("minutes", language): minutes,
            word("delay", language): ["—" if np.isinf(value) else f"{value:.0f}" for value in units["delay_min"]],
            word("people", language): units["population"],
        }
    )
    st.dataframe(table, hide_index=True, height=260)
    columns = ["part_id", "code", "name_ja", "name_en", "centre_id", "measured_from", "population"]
    columns += ["open_min", "open_status", "travel_min", "status", "delay_min"]
    # A place that is cut off has the status no_route; its delay is left empty rather than infinite.
    exported = units[columns].replace({"delay_min": {np.inf: np.nan}})
    st.download_button(word("download_table", language), csv_bytes(exported), "nakapotsu_closure.csv", "text/csv")


def _effect_units(effect: ClosureEffect) -> gpd.GeoDataFrame:
    parts = load_parts().set_index("part_id")
    kind = pd.Series("none", index=parts.index)
    kind[effect.units["part_id"]] = "delayed"
    kind[effect.newly_over["part_id"]] = "over"
    kind[effect.cut_off["part_id"]] = "cut_off"
    return gpd.GeoDataFrame({"effect": kind}, geometry=parts.geometry, crs=parts.crs)


def draw_routes_page(choice: Choice) -> None:
    """Draw the roads to be clicked, the route between the chosen ends, and what the closures do."""
    language = choice.language
    scenario = choice.scenario
    left, right = st.columns([5, 3])
    labels = _place_labels(language)
    route = None
    with right:
        try:
            origin = _choose_end("route_from", "centre:ikinuki", labels, language)
            goal = _choose_end("route_to", "part:01219", labels, language)
            if origin is not None and goal is not None:
                route = _find(scenario, origin, goal)
        except InputError as error:
            st.error(str(error))
        _draw_closure_chooser(scenario, language)
        effect = closure_effect(scenario)
        if scenario.closed_edges:
            _draw_effect(effect, language, scenario.limit_min)
        if route is not None:
            _draw_route_facts(route, scenario, language)
    with left:
        fmap = make_road_map(scenario, language, basemap=choice.basemap)
        words = {key: word(f"effect_{key}", language) for key in ("none", "delayed", "over", "cut_off")}
        layers = [
            draw_effects(fmap, _effect_units(effect), word("effect", language), words),
            draw_closures(scenario.network().edges, scenario.closed_edges),
            draw_route(route.line if route else None, pane=ROADS_PANE),
        ]
        st_folium(
            fmap,
            key="road_map",
            height=MAP_HEIGHT_PX,
            use_container_width=True,
            # The count makes a second click on the same spot an event of its own.
            returned_objects=["last_active_drawing", "last_object_clicked_count"],
            on_change=lambda: take_click(scenario.roads, st.session_state.get("road_map")),
            feature_group_to_add=layers,
        )
    st.caption(word("sources_line", language))
