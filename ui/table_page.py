"""The page of coverage tables: 21 areas, 11 centres, control totals, downloads."""

import json

import pandas as pd
import streamlit as st

from analysis.coverage import BANDS_MIN, Coverage, control_totals
from analysis.exports import csv_bytes, xlsx_bytes
from analysis.overview import scenario_coverage
from analysis.provenance import describe
from ui.sidebar import Choice, name_column
from ui.text import Language, word

ROW_HEIGHT_PX = 35


def _layout(coverage: Coverage, kind: str, measure: str, language: Language) -> pd.DataFrame:
    """Lay out one kind of region: people or km2 by band, and for people the farthest place and those over the limit."""
    table = coverage.regions[coverage.regions["region_kind"].isin([kind, "hokkaido"])]
    columns = {f"{measure}_within_{band}min": f"≤{band} {word('minutes', language)}" for band in BANDS_MIN}
    columns |= {
        f"{measure}_over_{BANDS_MIN[-1]}min": f">{BANDS_MIN[-1]} {word('minutes', language)}",
        f"{measure}_no_route": word("no_route", language),
        f"{measure}_not_snapped": word("not_snapped", language),
    }
    layout = pd.DataFrame({word("area" if kind == "area" else "centre", language): table[name_column(language)]})
    for column, title in columns.items():
        layout[title] = [f"{value:,.0f}" for value in table[column]]
    if measure == "people":
        suffix = "" if language == "ja" else "_en"
        layout[word("farthest", language)] = table[f"farthest_place{suffix}"]
        layout[word("minutes", language)] = table["farthest_min"].round().astype("Int64")
        layout[word("list_over", language)] = table[f"places_over_threshold{suffix}"]
    return layout


def draw_table_page(choice: Choice) -> None:
    """Draw the coverage tables of the chosen season, limit and roads."""
    language, scenario = choice.language, choice.scenario
    coverage = scenario_coverage(scenario)
    for kind, title in (("area", "coverage_areas"), ("centre", "coverage_centres")):
        st.subheader(word(title, language))
        for measure, unit in (("people", word("people", language)), ("km2", "km²")):
            st.markdown(f"**{unit}**")
            layout = _layout(coverage, kind, measure, language)
            st.dataframe(layout, hide_index=True, height=ROW_HEIGHT_PX * (len(layout) + 1) + 3)
    totals = control_totals(coverage)
    st.markdown(
        f"**{word('totals', language)}**: " + ", ".join(f"{key} = {value:,.0f}" for key, value in totals.items())
    )
    st.caption(word("coverage_note", language))
    settings = {key: value for key, value in vars(scenario).items() if key not in ("centre_id", "area_id")}
    notes = describe(scenario.network(), settings, list(coverage.regions.columns), totals)
    name = f"nakapotsu_coverage_{scenario.season}"
    csv, xlsx, meta = st.columns(3)
    csv.download_button(word("download_table", language), csv_bytes(coverage.regions), f"{name}.csv", "text/csv")
    xlsx.download_button(word("download_xlsx", language), lambda: xlsx_bytes(coverage.regions, notes), f"{name}.xlsx")
    meta_bytes = json.dumps(notes, ensure_ascii=False, indent=1).encode()
    meta.download_button(word("download_sources", language), meta_bytes, f"{name}.meta.json", "application/json")
