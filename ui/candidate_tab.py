"""The first part of the siting page: candidates on the map or from a file, before and after."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from analysis.exports import csv_bytes
from analysis.models.parameters import load_parameters
from analysis.overview import Scenario
from analysis.siting.assumption_effects import candidate_assumptions
from analysis.siting.candidate_test import TOGETHER, CandidateComparison, CandidateEffect, measure_candidates
from analysis.siting.candidates import (
    Candidate,
    find_candidate,
    load_candidates,
    parse_candidates,
    part_candidates,
    seat_candidates,
)
from analysis.siting.problem import TERRITORIES, Territory
from analysis.siting.requirements import candidate_requirements
from geo.errors import InputError
from ui.place_names import in_language
from ui.sidebar import Choice, choose_option, name_column
from ui.siting_map import classify_gains, draw_siting_map, scenario_note
from ui.siting_panels import choose_panel, draw_assumptions, draw_requirements
from ui.text import Language, word

PANELS = ("panel_takes", "panel_hangs")
_EFFECT_COLUMNS = (
    "people_gained",
    "people_days_gained",
    "places_gained",
    "person_minutes_saved",
    "mean_minutes_saved",
    "staff_km_saved",
    "staff_hours_change",
    "additional_cost_jpy",
)


def _pinned() -> tuple[str, ...]:
    default = tuple(candidate.id for candidate in load_candidates())
    pinned: tuple[str, ...] = st.session_state.get("siting_pinned", default)
    return pinned


def _uploaded() -> dict[str, Candidate]:
    found: dict[str, Candidate] = st.session_state.get("siting_uploaded", {})
    return found


def _candidate(key: str) -> Candidate:
    return _uploaded()[key] if key in _uploaded() else find_candidate(key)


def _read_click(event: dict[str, Any] | None) -> None:
    """Pin a newly clicked point; a click that was taken already does not come back."""
    clicked = (event or {}).get("last_clicked")
    if not clicked or clicked == st.session_state.get("siting_answered_click"):
        return
    st.session_state["siting_answered_click"] = clicked
    text = f"{clicked['lat']:.5f},{clicked['lng']:.5f}"
    try:
        key = find_candidate(text).id
    except InputError as error:
        st.session_state["siting_click_error"] = str(error)
        return
    st.session_state["siting_click_error"] = ""
    if key not in _pinned():
        st.session_state["siting_pinned"] = (*_pinned(), key)


def _choose_pinned(language: Language) -> list[Candidate]:
    seats, parts = seat_candidates(), part_candidates()
    points = [key for key in dict.fromkeys((*_pinned(), *_uploaded())) if key not in seats and key not in parts]
    options = [*points, *seats, *parts]
    names = {key: getattr(_candidate(key), name_column(language)) for key in options}
    widget = f"siting_pinned_{language}"
    st.session_state[widget] = [key for key in _pinned() if key in options]
    st.multiselect(
        word("siting_candidates", language),
        options,
        format_func=lambda key: names[key],
        key=widget,
        placeholder=word("siting_choose", language),
        filter_mode="contains",
        select_all=False,
        on_change=lambda: st.session_state.update(siting_pinned=tuple(st.session_state[widget])),
    )
    return [_candidate(key) for key in _pinned() if key in options]


def _read_upload(language: Language) -> None:
    upload = st.file_uploader(word("siting_upload", language), type=["csv", "txt"], key="siting_upload")
    if upload is None or upload.file_id == st.session_state.get("siting_answered_upload"):
        return
    found = parse_candidates(upload.getvalue(), name=upload.name)
    st.session_state["siting_answered_upload"] = upload.file_id
    st.session_state["siting_uploaded"] = {**_uploaded(), **{candidate.id: candidate for candidate in found}}
    new = (candidate.id for candidate in found if candidate.id not in _pinned())
    st.session_state["siting_pinned"] = (*_pinned(), *new)


def _effect_labels(comparison: CandidateComparison, language: Language) -> dict[str, str]:
    name, together = name_column(language), word("siting_together", language)
    return {
        str(row.id): together if row.id == TOGETHER else str(getattr(row, name))
        for row in comparison.table.itertuples()
    }


def _draw_effects(comparison: CandidateComparison, language: Language) -> str:
    """Draw the ranked table and return the id of the effect to be shown on the map."""
    table, labels = comparison.table, _effect_labels(comparison, language)
    shown = pd.DataFrame(
        {
            word("siting_rank", language): ["–" if pd.isna(rank) else str(rank) for rank in table["rank"]],
            word("place", language): table["id"].map(labels),
        }
    )
    for column in _EFFECT_COLUMNS:
        shown[word(column, language)] = table[column].round().astype("Int64")
    st.dataframe(shown, hide_index=True)
    st.download_button(word("download_table", language), csv_bytes(table), "nakapotsu_site_test.csv", "text/csv")
    keys = [TOGETHER, *(key for key in labels if key != TOGETHER)] if TOGETHER in labels else list(labels)
    key = choose_option(st.selectbox, "siting_shown", keys, language=language, label_of=lambda key: labels[key])
    row = table[table["id"] == key].iloc[0]
    for title, column in (("siting_newly", "places_newly_within"), ("siting_serves", "places_served")):
        st.caption(f"{word(title, language)}: {in_language(row[column], language) or '—'}")
    return str(key)


def _question_key(candidates: Sequence[Candidate], territory: Territory, scenario: Scenario) -> str:
    """Return the question and the version of the roads, to find an answer by."""
    return f"{tuple(candidates)} {territory} {scenario} {scenario.network().version}"


# A comparison is frozen and nobody changes it, so that it need not be copied.
@st.cache_resource(show_spinner=False, max_entries=16)
def _measure(
    key: str, _candidates: Sequence[Candidate], _territory: Territory, _scenario: Scenario
) -> CandidateComparison:
    return measure_candidates(
        _candidates,
        load_parameters(),
        _scenario.season,
        _scenario.network(),
        use=_scenario.use,
        limit_min=_scenario.limit_min,
        territory=_territory,
    )


@st.cache_data(show_spinner=False, max_entries=32)
def _assumptions(
    key: str, effect_id: str, _comparison: CandidateComparison, _effect: CandidateEffect, _scenario: Scenario
) -> pd.DataFrame:
    return candidate_assumptions(_comparison, _effect, load_parameters(), _scenario.network(), use=_scenario.use)


def _draw_panel(
    comparison: CandidateComparison, effect: CandidateEffect, scenario: Scenario, language: Language
) -> None:
    """Draw what the candidates would take, or which assumptions the figures of the one shown hang on."""
    panel, parameters = choose_panel("test_panel", PANELS, language), load_parameters()
    labels = _effect_labels(comparison, language)
    if panel == "panel_takes":
        by_id = {item.id: candidate_requirements(item, parameters) for item in comparison.effects}
        draw_requirements({labels[key]: by_id[key] for key in labels}, labels[effect.id], language)
        return
    st.markdown(f"**{labels[effect.id]}**")
    key = _question_key(comparison.effects[-1].candidates, comparison.territory, scenario)
    draw_assumptions(_assumptions(key, effect.id, comparison, effect, scenario), parameters, language)


def draw_test_tab(choice: Choice) -> None:
    """Draw the map to be clicked, the pinned candidates, and what each and all together would change."""
    language, scenario = choice.language, choice.scenario
    _read_click(st.session_state.get("siting_test_map"))
    left, right = st.columns([5, 4])
    comparison = None
    with right:
        st.write(word("siting_test_help", language))
        try:
            _read_upload(language)
        except InputError as error:
            st.error(str(error))
        if st.session_state.get("siting_click_error"):
            st.warning(st.session_state["siting_click_error"])
        candidates = _choose_pinned(language)
        territory = choose_option(
            st.radio,
            "siting_territory",
            TERRITORIES,
            language=language,
            label_of=lambda key: word(f"territory_{key}", language),
            horizontal=True,
        )
        if candidates:
            comparison = _measure(_question_key(candidates, territory, scenario), candidates, territory, scenario)
            st.markdown(f"**{scenario_note(scenario, language)}**")
            key = _draw_effects(comparison, language)
        else:
            st.info(word("siting_none", language))
    with left:
        if comparison is None:
            draw_siting_map(choice, [], [], [], key="siting_test_map")
            return
        effect = next(item for item in comparison.effects if item.id == key)
        gains = classify_gains(effect.nearest_before, effect.nearest_after, scenario.limit_min)
        part_ids = list(comparison.demand.places.index)
        draw_siting_map(choice, part_ids, gains, effect.candidates, key="siting_test_map")
    _draw_panel(comparison, effect, scenario, language)
