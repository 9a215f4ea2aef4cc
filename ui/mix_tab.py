"""The third part of the siting page: the best mix for a budget, the frontier, and who gains."""

import pandas as pd
import streamlit as st

from analysis.exports import csv_bytes
from analysis.models.parameters import load_parameters
from analysis.models.plan import municipality_names
from analysis.models.plan_file import plan_bytes
from analysis.siting.candidates import seat_candidates
from analysis.siting.frontier import DEFAULT_POINTS, make_frontier, place_values
from analysis.siting.mix import solve_mix
from analysis.siting.mix_problem import (
    DEFAULT_FACE_TO_FACE_FLOOR,
    MIX_MEASURES,
    MixProblem,
    MixRules,
    make_mix_problem,
)
from analysis.siting.mix_result import Mix
from analysis.siting.robust import describe_choices
from geo.boundaries import CENTRE_TERRITORIES
from ui.sidebar import Choice, centre_labels
from ui.siting_map import classify_gains, draw_siting_map, scenario_note
from ui.text import Language, word

_MILLION = 1_000_000


def _ask_problem(choice: Choice) -> tuple[MixProblem, float]:
    language, scenario = choice.language, choice.scenario
    labels = centre_labels(language)
    centres = list(CENTRE_TERRITORIES)
    centre = st.selectbox(
        word("centre", language),
        centres,
        index=centres.index(scenario.centre_id or "ikinuki"),
        format_func=lambda key: str(labels[key]),
        key=f"mix_centre_{language}",
    )
    budget = st.number_input(word("mix_budget", language), 0.0, 1000.0, 10.0, 1.0, key="mix_budget")
    measure = st.selectbox(
        word("mix_measure", language),
        MIX_MEASURES,
        format_func=lambda key: word(f"measure_{key}", language),
        key=f"mix_measure_{language}",
    )
    floor = st.slider(word("mix_floor", language), 0.0, 1.0, DEFAULT_FACE_TO_FACE_FLOOR, 0.05, key="mix_floor")
    more = st.number_input(word("mix_extra_fte", language), 0.0, 20.0, 0.0, 0.5, key="mix_extra_fte")
    problem = make_mix_problem(
        centre,
        load_parameters(),
        scenario.season,
        scenario.network(),
        tolls=scenario.tolls,
        limit_min=scenario.limit_min,
        rules=MixRules(measure=measure, face_to_face_floor=floor, extra_fte=more),
    )
    return problem, budget * _MILLION


def _mix_table(problem: MixProblem, mix: Mix, language: Language) -> pd.DataFrame:
    names, words = municipality_names(), describe_choices(problem, mix)
    english = {code: seat.name_en for code, seat in seat_candidates().items()}
    before, after = place_values(problem, None), place_values(problem, mix)
    label = names if language == "ja" else english
    return pd.DataFrame(
        {
            word("place", language): [label[code] for code in words],
            word("mix_choice", language): [_in_words(text, label, language) for text in words.values()],
            word("mix_today", language): [before[code] for code in words],
            word("mix_after", language): [after[code] for code in words],
        }
    )


def _in_words(text: str, names: dict[str, str], language: Language) -> str:
    """Write a choice such as ``satellite@01483 + outreach x12`` in the reader's language."""
    parts = []
    for part in text.split(" + "):
        model, _, rest = part.replace("@", " ").partition(" ")
        key = "mix_as_is" if part == "as is" else f"model_{model}"
        detail = "" if part == "as is" else names.get(rest, rest)
        parts.append(f"{word(key, language)} {detail}".strip())
    return " + ".join(parts)


def _draw_facts(mix: Mix, language: Language) -> None:
    today = mix.problem.today[mix.problem.rules.measure]
    reached, cash, face = st.columns(3)
    reached.metric(word("mix_reached", language), f"{mix.reached:,.0f}", f"{mix.reached - today:+,.0f}")
    cash.metric(word("mix_cash", language), f"{mix.extra_cash_jpy / _MILLION:+,.2f}")
    face.metric(word("mix_face", language), f"{mix.face_to_face_share:.0%}")
    for centre, hours in mix.hours.items():
        st.caption(f"{word('mix_hours', language)}: {hours:,.0f} / {mix.problem.hours_there[centre]:,.0f} h")
    st.caption(f"{word('siting_gap', language)}: {mix.gap:.4f}")


def _draw_frontier(problem: MixProblem, language: Language) -> None:
    """Compute the frontier when asked to, and keep it as long as the question stays the same."""
    question = (problem.centre_id, problem.season, problem.tolls, problem.limit_min, repr(problem.rules))
    if st.button(word("mix_draw_frontier", language), key="mix_frontier"):
        with st.spinner(word("mix_wait", language)):
            st.session_state["mix_frontier_found"] = (question, make_frontier(problem, points=DEFAULT_POINTS).table)
    asked, table = st.session_state.get("mix_frontier_found", (None, None))
    if asked != question or table is None:
        return
    cash, measure = word("mix_cash", language), word(f"measure_{problem.rules.measure}", language)
    curve = pd.DataFrame({cash: table["additional_cash_jpy"] / _MILLION, measure: table[problem.rules.measure]})
    st.line_chart(curve.drop_duplicates(), x=cash, y=measure)
    steps = pd.DataFrame(
        {
            word("mix_budget", language): (table["budget_jpy"] / _MILLION).round(2),
            cash: curve[cash].round(2),
            measure: curve[measure].round(),
            word("mix_marginal", language): table["marginal_per_million_jpy"].round(),
            word("mix_gainers", language): table["who_gains"],
        }
    )
    st.dataframe(steps, hide_index=True)
    st.download_button(word("mix_download_frontier", language), csv_bytes(table), "nakapotsu_frontier.csv", "text/csv")


def draw_mix_tab(choice: Choice) -> None:
    """Draw the best mix of one centre's territory for a budget, on a map and as a table, and the frontier."""
    language, scenario = choice.language, choice.scenario
    left, right = st.columns([5, 4])
    with right:
        st.write(word("mix_help", language))
        problem, budget_jpy = _ask_problem(choice)
        st.markdown(f"**{scenario_note(scenario, language)}**")
        mix = solve_mix(problem, budget_jpy)
        result = mix.score()
        _draw_facts(mix, language)
        table = _mix_table(problem, mix, language)
        st.dataframe(table.round(), hide_index=True)
        st.download_button(word("mix_download_plan", language), plan_bytes(mix.plan), f"{mix.plan.id}.toml")
        _draw_frontier(problem, language)
    with left:
        places = result.places
        before = result.access.unit_min[
            range(len(places)), result.access.site_ids.get_indexer(places["centre_id"].tolist())
        ]
        mine = (places["centre_id"] == problem.centre_id).to_numpy()
        gains = classify_gains(before[mine], places["nearest_min"].to_numpy(float)[mine], problem.limit_min)
        seats = seat_candidates()
        sites = [seats[service.at] for service in mix.plan.services if service.model == "satellite"]
        draw_siting_map(choice, list(places.index[mine]), gains, sites, key="mix_map")
