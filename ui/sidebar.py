"""The widgets on the left: they only make a language, a view and a frozen scenario."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd
import streamlit as st

from analysis.coverage import Measure
from analysis.overview import Scenario
from analysis.statements import REPORT_YEAR
from geo.boundaries import load_welfare_areas
from geo.facilities import load_centres
from geo.roads import SEASONS, Season
from ui.text import Language, word

LIMITS_MIN = (60, 90, 120)
View = Literal["view_map", "view_tables", "view_points", "view_sources"]
VIEWS: tuple[View, ...] = ("view_map", "view_tables", "view_points", "view_sources")


@dataclass(frozen=True)
class Choice:
    """What the reader chose in the sidebar."""

    language: Language
    view: View
    scenario: Scenario
    basemap: bool


def name_column(language: Language) -> str:
    """Return the column that holds names in a language."""
    return "name_ja" if language == "ja" else "name_en"


def centre_labels(language: Language) -> pd.Series:
    """Return a short label for each centre, indexed by ``centre_id``."""
    centres = load_centres().set_index("centre_id")
    if language == "ja":
        return centres["nickname_ja"] + "（" + centres["city_ja"] + "）"
    return centres["name_en"]


def _choose_region(language: Language) -> tuple[str | None, str | None]:
    kind = st.radio(
        word("where", language),
        ["all", "by_centre", "by_area"],
        format_func=lambda key: word(key, language),
        key="where",
    )
    if kind == "by_centre":
        labels = centre_labels(language)
        return st.selectbox(word("centre", language), labels.index, format_func=labels.get, key="centre"), None
    if kind == "by_area":
        names = load_welfare_areas().set_index("area_id")[name_column(language)]
        return None, st.selectbox(word("area", language), names.index, format_func=names.get, key="area")
    return None, None


def _choose_limit(language: Language) -> float:
    choice = st.radio(
        word("limit", language),
        [*LIMITS_MIN, None],
        index=LIMITS_MIN.index(120),
        format_func=lambda value: word("own", language) if value is None else str(value),
        horizontal=True,
        key="limit",
    )
    if choice is not None:
        return float(choice)
    return float(st.number_input(word("own_limit", language), min_value=5, max_value=600, value=75, key="own_limit"))


def draw_sidebar() -> Choice:
    """Draw the widgets and return the choice."""
    with st.sidebar:
        language_label = st.radio("言語 / Language", ["日本語", "English"], horizontal=True, key="language")
        language: Language = "ja" if language_label == "日本語" else "en"
        view: View = st.radio(word("view", language), VIEWS, format_func=lambda key: word(key, language), key="view")
        season: Season = st.radio(
            word("season", language),
            SEASONS,
            format_func=lambda key: word(key, language),
            key="season",
        )
        limit_min = _choose_limit(language)
        tolls = st.checkbox(word("tolls", language), value=True, key="tolls")
        centre_id, area_id = _choose_region(language)
        measure: Measure = st.radio(
            word("measure", language),
            ["responsible", "nearest"],
            format_func=lambda key: word(key, language),
            key="measure",
        )
        as_of = st.radio(
            word("roads", language),
            [None, REPORT_YEAR],
            format_func=lambda year: word("roads_now" if year is None else "roads_2014", language),
            key="as_of",
        )
        basemap = st.checkbox(word("basemap", language), value=False, key="basemap")
    scenario = Scenario(season, tolls, limit_min, measure, as_of, centre_id, area_id)
    return Choice(language, view, scenario, basemap)
