"""The page of siting: test candidates, find the best sites, and find the best mix of models."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from analysis.exports import csv_bytes
from analysis.models.demand import base_demand
from analysis.models.parameters import load_parameters
from analysis.siting.candidate_test import TOGETHER, CandidateComparison, measure_candidates
from analysis.siting.candidates import (
    Candidate,
    find_candidate,
    load_candidates,
    parse_candidates,
    part_candidates,
    seat_candidates,
)
from analysis.siting.problem import OBJECTIVES, TERRITORIES, WEIGHTS, InfeasibleError, SitingProblem, seat_problem
from analysis.siting.problems import SitePlan, plan_sites
from analysis.siting.robust import robust_sites
from geo.errors import InputError
from geo.roads import SEASONS, Season
from ui.mix_tab import draw_mix_tab
from ui.sidebar import Choice, name_column
from ui.siting_map import classify_gains, draw_siting_map, scenario_note
from ui.text import Language, word

Option = TypeVar("Option", bound=str)
_ROBUST_SAMPLES = 20
TABS = ("tab_test", "tab_sites", "tab_mix")
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


def _draw_effects(comparison: CandidateComparison, language: Language) -> str:
    """Draw the ranked table and return the id of the effect to be shown on the map."""
    table = comparison.table
    name = name_column(language)
    labels = {
        str(row.id): word("siting_together", language) if row.id == TOGETHER else str(getattr(row, name))
        for row in table.itertuples()
    }
    shown = pd.DataFrame(
        {word("siting_rank", language): table["rank"], word("place", language): table["id"].map(labels)}
    )
    for column in _EFFECT_COLUMNS:
        shown[word(column, language)] = table[column].round().astype("Int64")
    st.dataframe(shown, hide_index=True)
    st.download_button(word("download_table", language), csv_bytes(table), "nakapotsu_site_test.csv", "text/csv")
    keys = [TOGETHER, *(key for key in labels if key != TOGETHER)] if TOGETHER in labels else list(labels)
    key = st.selectbox(
        word("siting_shown", language), keys, format_func=lambda key: labels[key], key=f"siting_shown_{language}"
    )
    row = table[table["id"] == key].iloc[0]
    st.caption(f"{word('siting_newly', language)}: {row['places_newly_within'] or '—'}")
    st.caption(f"{word('siting_serves', language)}: {row['places_served'] or '—'}")
    return str(key)


def _draw_test_tab(choice: Choice) -> None:
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
        territory = st.radio(
            word("siting_territory", language),
            TERRITORIES,
            format_func=lambda key: word(f"territory_{key}", language),
            horizontal=True,
            key=f"siting_territory_{language}",
        )
        if candidates:
            comparison = measure_candidates(
                candidates,
                load_parameters(),
                scenario.season,
                scenario.network(),
                tolls=scenario.tolls,
                limit_min=scenario.limit_min,
                territory=territory,
            )
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


def _draw_sets(plan: SitePlan, language: Language) -> int:
    """Draw the table of the best sets and return the number of the one to be shown."""
    places = {**seat_candidates(), **part_candidates()}
    name = name_column(language)
    rows = [
        {
            word("siting_rank", language): i + 1,
            word("siting_sites", language): "、".join(str(getattr(places[site], name)) for site in found.sites),
            word("siting_value", language): round(found.value, 1),
            word("siting_behind", language): round(abs(found.value - plan.best.value), 1),
            word("siting_different", language): found.sites_different,
            word("mean_minutes", language): round(found.mean_min, 1),
            word("worst_minutes", language): round(found.worst_min, 1),
            word("siting_gap", language): found.gap,
        }
        for i, found in enumerate(plan.sets)
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(word("siting_proof", language))
    numbers = list(range(len(plan.sets)))
    chosen = st.selectbox(
        word("siting_shown", language), numbers, format_func=lambda i: str(i + 1), key=f"siting_set_{language}"
    )
    return int(chosen)


def _choose_one(name: str, values: Sequence[Option], language: Language) -> Option:
    return st.radio(
        word(f"siting_{name}", language),
        values,
        format_func=lambda value: word(f"{name}_{value}", language),
        horizontal=True,
        key=f"siting_plan_{name}_{language}",
    )


def _ask_problem(choice: Choice) -> tuple[Callable[[Season], SitingProblem], dict[str, Any]]:
    language, scenario = choice.language, choice.scenario
    objective = st.selectbox(
        word("siting_objective", language),
        ["max-cover", *(name for name in OBJECTIVES if name != "max-cover")],
        format_func=lambda key: word(f"objective_{key}", language),
        key=f"siting_objective_{language}",
    )
    covering = objective in ("set-cover", "max-cover")
    sites = None
    if objective != "set-cover":
        sites = int(st.number_input(word("siting_count", language), 1, 50, 3, key="siting_count"))
    territory = _choose_one("territory", TERRITORIES, language)
    weight = _choose_one("weight", WEIGHTS, language)
    backup = covering and st.checkbox(word("siting_backup", language), key="siting_backup")
    places = {**seat_candidates(), **part_candidates()}
    chosen: dict[str, list[str]] = {}
    for key in ("require", "forbid"):
        chosen[key] = st.multiselect(
            word(f"siting_{key}", language),
            list(places),
            format_func=lambda site: str(getattr(places[site], name_column(language))),
            key=f"siting_{key}_{language}",
        )

    def make_problem(season: Season) -> SitingProblem:
        return seat_problem(
            scenario.network(),
            season,
            tolls=scenario.tolls,
            centre=scenario.centre_id or "",
            territory=territory,
            weight=weight,
            require=chosen["require"],
            forbid=chosen["forbid"],
        )

    return make_problem, {
        "objective": objective,
        "limit_min": scenario.limit_min if covering else None,
        "sites": sites,
        "backup": backup,
    }


def _draw_robust(
    make_problem: Callable[[Season], SitingProblem],
    problem: SitingProblem,
    question: dict[str, Any],
    language: Language,
) -> None:
    """When asked to, mark the sites that are in the best set in every season and while the travel times vary."""
    if not st.checkbox(word("siting_robust", language), key="siting_robust"):
        return
    asked = {key: question[key] for key in ("objective", "limit_min", "sites")}
    groups = list(base_demand().places["centre_id"].loc[problem.unit_ids])
    with st.spinner(word("mix_wait", language)):
        found = robust_sites(make_problem, groups=groups, samples=_ROBUST_SAMPLES, **asked)
    places = {**seat_candidates(), **part_candidates()}
    name = name_column(language)
    table = found.table.assign(site_id=[str(getattr(places[site], name)) for site in found.table["site_id"]])
    labels = {"site_id": word("place", language), "is_robust": word("siting_is_robust", language)}
    labels |= {season: word(season, language) for season in SEASONS}
    labels |= {f"{season}_share": f"{word(season, language)} {word('siting_share', language)}" for season in SEASONS}
    st.dataframe(table.drop(columns="name_ja").rename(columns=labels), hide_index=True)


def _draw_sites_tab(choice: Choice) -> None:
    language, scenario = choice.language, choice.scenario
    left, right = st.columns([5, 4])
    with right:
        try:
            make_problem, question = _ask_problem(choice)
            problem = make_problem(scenario.season)
            st.markdown(f"**{scenario_note(scenario, language)}**")
            plan = plan_sites(problem, **question)
        except (InfeasibleError, InputError) as error:
            st.error(str(error))
            return
        found = plan.sets[_draw_sets(plan, language)]
        _draw_robust(make_problem, problem, question, language)
        if plan.left_out:
            st.caption(f"{word('no_route', language)}: {'、'.join(plan.left_out)}")
    with left:
        places = {**seat_candidates(), **part_candidates()}
        positions = problem.site_ids.get_indexer(list(found.sites))
        is_open = problem.is_existing.copy()
        before = problem.nearest_min(np.flatnonzero(is_open), with_fixed=False)
        is_open[positions] = True
        after = problem.nearest_min(np.flatnonzero(is_open), with_fixed=False)
        gains = classify_gains(before, after, scenario.limit_min)
        draw_siting_map(
            choice, list(problem.unit_ids), gains, [places[site] for site in found.sites], key="siting_sites_map"
        )


def draw_siting_page(choice: Choice) -> None:
    """Draw one of the three parts; only the one that is shown is computed."""
    language = choice.language
    tab = st.radio(
        word("siting_tabs", language),
        TABS,
        format_func=lambda key: word(key, language),
        horizontal=True,
        key=f"siting_tab_{language}",
        label_visibility="collapsed",
    )
    {"tab_test": _draw_test_tab, "tab_sites": _draw_sites_tab, "tab_mix": draw_mix_tab}[tab](choice)
    st.caption(word("sources_line", language))
