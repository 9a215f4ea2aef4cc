"""The widgets on the left: they only make a language, a view and a frozen scenario."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

import pandas as pd
import streamlit as st

from analysis.overview import Scenario
from analysis.statements import REPORT_YEAR
from geo.boundaries import load_welfare_areas
from geo.facilities import load_centres
from geo.networks import EMBEDDED, ROADS_VARIABLE, network_names
from geo.roads import SEASONS
from ui.closures import closed_edges
from ui.text import Language, word

LIMITS_MIN = ("60", "90", "120")
OWN_LIMIT = "own"
View = Literal[
    "view_map",
    "view_seasons",
    "view_routes",
    "view_models",
    "view_siting",
    "view_tables",
    "view_points",
    "view_sources",
]
VIEWS: tuple[View, ...] = get_args(View)

Option = TypeVar("Option", bound=str)


@dataclass(frozen=True)
class Choice:
    """What the reader chose in the sidebar."""

    language: Language
    view: View
    scenario: Scenario
    basemap: bool
    by_land: bool


def name_column(language: Language) -> str:
    """Return the column that holds names in a language."""
    return "name_ja" if language == "ja" else "name_en"


def centre_labels(language: Language) -> pd.Series:
    """Return a short label for each centre, indexed by ``centre_id``."""
    centres = load_centres().set_index("centre_id")
    if language == "ja":
        return centres["nickname_ja"] + "（" + centres["city_ja"] + "）"
    return centres["name_en"]


def choose_option(
    widget: Callable[..., Option],
    name: str,
    options: Sequence[Option],
    *,
    language: Language,
    label: str | None = None,
    label_of: Callable[[Option], str] | None = None,
    **style: bool | str,
) -> Option:
    """Draw a widget whose labels depend on the language, and keep what was chosen when the language is switched.

    A widget of Streamlit forgets its choice when its labels change; each language has its own widget, and the choice
    lies beside them.
    """
    memory = f"chosen_{name}"
    chosen = st.session_state.get(memory, options[0])
    value = widget(
        word(name, language) if label is None else label,
        options,
        index=options.index(chosen) if chosen in options else 0,
        format_func=label_of or (lambda key: word(key, language)),
        key=f"{name}_{language}",
        **style,
    )
    st.session_state[memory] = value
    return value


def choose_several(
    name: str,
    options: Sequence[Option],
    *,
    language: Language,
    label: str,
    label_of: Callable[[Option], str],
    first: Sequence[Option] = (),
) -> list[Option]:
    """Draw a box of several options, and keep what was chosen as :func:`choose_option` does; at first ``first``."""
    memory = f"chosen_{name}"
    kept = st.session_state.get(memory, first)
    values = st.multiselect(
        label,
        options,
        default=[value for value in kept if value in options],
        format_func=label_of,
        key=f"{name}_{language}",
        placeholder=word("siting_choose", language),
        filter_mode="contains",
        select_all=False,
    )
    st.session_state[memory] = values
    return values


def _choose_region(language: Language) -> tuple[str | None, str | None]:
    kind = choose_option(st.radio, "where", ("all", "by_centre", "by_area"), language=language)
    if kind == "by_centre":
        labels = centre_labels(language)
        options = labels.index.to_list()
        return choose_option(
            st.selectbox, "centre", options, language=language, label_of=lambda key: str(labels[key])
        ), None
    if kind == "by_area":
        names = load_welfare_areas().set_index("area_id")[name_column(language)]
        options = names.index.to_list()
        return None, choose_option(
            st.selectbox, "area", options, language=language, label_of=lambda key: str(names[key])
        )
    return None, None


def _choose_limit(language: Language) -> float:
    st.session_state.setdefault("chosen_limit", "120")
    choice = choose_option(
        st.radio,
        "limit",
        (*LIMITS_MIN, OWN_LIMIT),
        language=language,
        label_of=lambda key: word("own", language) if key == OWN_LIMIT else key,
        horizontal=True,
    )
    if choice != OWN_LIMIT:
        return float(choice)
    own = st.session_state.get("chosen_own_limit", 75)
    value = st.number_input(word("own_limit", language), min_value=5, max_value=600, value=own, key="own_limit")
    st.session_state["chosen_own_limit"] = value
    return float(value)


def _choose_network(language: Language) -> str:
    """Let the reader choose among several road networks; the one the app was started with comes first."""
    first = os.environ.get(ROADS_VARIABLE, EMBEDDED)
    names = [first, *(name for name in network_names() if name != first)]
    if len(names) == 1:
        return first
    return choose_option(
        st.selectbox,
        "network",
        names,
        language=language,
        label_of=lambda name: word("network_embedded", language) if name == EMBEDDED else name,
    )


def draw_sidebar() -> Choice:
    """Draw the widgets and return the choice."""
    with st.sidebar:
        language_label = st.radio("言語 / Language", ["日本語", "English"], horizontal=True, key="language")
        language: Language = "ja" if language_label == "日本語" else "en"
        view = choose_option(st.radio, "view", VIEWS, language=language)
        season = choose_option(st.radio, "season", SEASONS, language=language)
        limit_min = _choose_limit(language)
        tolls = st.checkbox(word("tolls", language), value=True, key="tolls")
        centre_id, area_id = _choose_region(language)
        measure = choose_option(st.radio, "measure", ("responsible", "nearest"), language=language)
        network = _choose_network(language)
        roads = "roads_now"
        if network == EMBEDDED:  # only the shipped network knows when roads were opened
            roads = choose_option(st.radio, "roads", ("roads_now", "roads_2014"), language=language)
        colouring = choose_option(st.radio, "colouring", ("by_place", "by_land"), language=language)
        basemap = st.checkbox(word("basemap", language), value=False, key="basemap")
    as_of = REPORT_YEAR if roads == "roads_2014" else None
    scenario = Scenario(
        season,
        tolls,
        limit_min,
        measure,  # type: ignore[arg-type]
        as_of,
        centre_id,
        area_id,
        roads=network,
    )
    sections = scenario.network().edges.index
    scenario = replace(scenario, closed_edges=tuple(edge for edge in closed_edges(network) if edge in sections))
    return Choice(language, view, scenario, basemap, colouring == "by_land")
