"""The page of the three seasons side by side, and of the places that cross the limit from one to the next."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from analysis.exports import csv_bytes
from analysis.overview import overview
from geo.maps import map_html
from geo.roads import SEASONS
from ui.formats import format_people
from ui.sidebar import Choice
from ui.text import Language, word
from ui.travel_map import make_map, map_legend, name_units

MAP_HEIGHT_PX = 520


def _crossing_table(units: pd.DataFrame, language: Language, limit_min: float) -> pd.DataFrame:
    named = name_units(units, language, limit_min)
    columns = {"name": "place", "area": "area", "people_text": "people"}
    columns |= {f"{season}_text": f"{season}_time" for season in SEASONS}
    return named[list(columns)].rename(columns={key: word(value, language) for key, value in columns.items()})


def draw_seasons_page(choice: Choice) -> None:
    """Draw the maps of the three seasons on one scale, and the places that cross the limit between them."""
    language, limit_min = choice.language, choice.scenario.limit_min
    st.caption(word("seasons_lead", language))
    st.html(map_legend(choice.scenario, language, by_land=choice.by_land))
    for column, season in zip(st.columns(len(SEASONS)), SEASONS, strict=True):
        scenario = replace(choice.scenario, season=season)
        shown = overview(scenario)
        with column:
            st.metric(
                f"{word(f'short_{season}', language)}: {word('people_over', language)}",
                format_people(shown.people_over, language),
                f"{word('places_over', language)}: {len(shown.over)}",
                delta_color="off",
                delta_arrow="off",
            )
            fmap = make_map(scenario, language, basemap=choice.basemap, by_land=choice.by_land, is_small=True)
            st.iframe(map_html(fmap).decode("utf-8"), height=MAP_HEIGHT_PX)
    shown = overview(replace(choice.scenario, season="summer"))
    groups = {"crossing_winter": shown.only_in_winter, "crossing_bad": shown.only_in_bad_winter}
    for column, (key, units) in zip(st.columns(2), groups.items(), strict=True):
        with column:
            people = format_people(units["population"].sum(), language)
            st.markdown(f"**{word(key, language)}** ({len(units)}, {people})")
            if units.empty:
                st.write(word("list_none", language))
            else:
                st.dataframe(_crossing_table(units, language, limit_min), hide_index=True)
    columns = ["part_id", "code", "name_ja", "name_en", "area_id", "centre_id", "measured_from", "population"]
    columns += [f"{season}_{kind}" for season in SEASONS for kind in ("min", "status")]
    columns += ["only_in_winter", "only_in_bad_winter"]
    st.download_button(
        word("download_table", language),
        csv_bytes(shown.units[columns]),
        f"nakapotsu_seasons_{limit_min:g}min.csv",
        "text/csv",
    )
    st.caption(word("sources_line", language))
