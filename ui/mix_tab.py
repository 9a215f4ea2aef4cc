"""The third part of the siting page: the best mix for a budget, who gains, what it takes, and the frontier."""

import pandas as pd
import streamlit as st

from analysis.exports import csv_bytes
from analysis.models.parameters import load_parameters
from analysis.models.plan_file import plan_bytes
from analysis.models.scoring import Score
from analysis.siting.frontier import DEFAULT_POINTS, Marginal, make_frontier, marginal_values, place_values
from analysis.siting.mix_problem import MixProblem
from analysis.siting.mix_result import Mix
from analysis.siting.problem import InfeasibleError
from analysis.siting.requirements import mix_requirements
from analysis.siting.robust import RobustMix, describe_choices, robust_mix
from analysis.siting.season_mix import mix_minutes
from geo.roads import SEASONS
from ui.mix_question import (
    MILLION,
    MixQuestion,
    ask_mix,
    compute_when_asked,
    find_assumptions,
    kept_answer,
    solve_question,
)
from ui.mix_seasons import draw_mix_seasons, satellites_of
from ui.mix_words import choice_in_words
from ui.place_names import in_language, join_names, place_names
from ui.sidebar import Choice, centre_labels
from ui.siting_map import classify_gains, draw_siting_map, scenario_note
from ui.siting_panels import choose_panel, draw_assumptions, draw_requirements
from ui.text import Language, word

PANELS = ("panel_takes", "panel_hangs", "panel_seasons")
BUDGET_PANELS = (*PANELS, "panel_robust", "panel_more", "panel_frontier")


def _robust_found(question: MixQuestion) -> RobustMix | None:
    found = kept_answer("robust", question.key)
    return found if isinstance(found, RobustMix) else None


def _robust_codes(table: pd.DataFrame) -> tuple[str, ...]:
    return tuple(table.loc[table["is_robust"].astype(bool), "code"])


def _mix_table(problem: MixProblem, mix: Mix, robust: RobustMix | None, language: Language) -> pd.DataFrame:
    names, words = place_names(language), describe_choices(problem, mix)
    before, after = place_values(problem, None), place_values(problem, mix)
    table = pd.DataFrame(
        {
            word("place", language): [names[code] for code in words],
            word("mix_choice", language): [choice_in_words(text, language) for text in words.values()],
            word("mix_today", language): [before[code] for code in words],
            word("mix_after", language): [after[code] for code in words],
        }
    )
    if robust is not None:
        codes, mark = _robust_codes(robust.table), word("robust_mark", language)
        table.insert(1, word("robust_short", language), [mark if code in codes else "" for code in words])
    return table


def _draw_facts(mix: Mix, language: Language) -> None:
    today = mix.problem.today[mix.problem.rules.measure]
    reached, cash, face = st.columns(3)
    reached.metric(word("mix_reached", language), f"{mix.reached:,.0f}", f"{mix.reached - today:+,.0f}")
    cash.metric(word("mix_cash", language), f"{mix.extra_cash_jpy / MILLION:+,.2f}")
    face.metric(word("mix_face", language), f"{mix.face_to_face_share:.0%}")
    labels, there = centre_labels(language), mix.problem.hours_there
    hours = [f"{labels[centre]} {worked:,.0f} / {there[centre]:,.0f} h" for centre, worked in mix.hours.items()]
    st.caption(f"{word('mix_hours', language)}: {join_names(hours, language)}")
    st.caption(f"{word('siting_gap', language)}: {mix.gap:.4f}")
    if mix.left_out:
        names = place_names(language)
        left_out = join_names([names[code] for code in mix.left_out], language)
        st.warning(f"{word('mix_left_out', language)}: {left_out}")


def _draw_choices(mix: Mix, robust: RobustMix | None, language: Language) -> None:
    """Draw what was chosen for each municipality, over the whole page: a choice of several models is long."""
    table = _mix_table(mix.problem, mix, robust, language)
    choice_column = {word("mix_choice", language): st.column_config.Column(width="large")}
    st.dataframe(table.round(), hide_index=True, column_config=choice_column)
    if robust is None:
        st.caption(word("robust_mix_off", language))


def _draw_frontier(question: MixQuestion, problem: MixProblem, language: Language) -> None:
    """Compute the frontier when asked to, and keep it as long as the question stays the same."""
    # The budget is no part of the question: the frontier runs over all of them.
    key = repr((problem.centre_id, problem.season, question.scenario, problem.network.version, problem.rules))
    compute_when_asked(
        "frontier",
        key,
        word("mix_draw_frontier", language),
        language,
        lambda: make_frontier(problem, points=DEFAULT_POINTS).table,
    )
    table = kept_answer("frontier", key)
    if not isinstance(table, pd.DataFrame):
        return
    cash, measure = word("mix_cash", language), word(f"measure_{problem.rules.measure}", language)
    curve = pd.DataFrame({cash: table["additional_cash_jpy"] / MILLION, measure: table[problem.rules.measure]})
    st.line_chart(curve.drop_duplicates(), x=cash, y=measure)
    steps = pd.DataFrame(
        {
            word("mix_budget", language): (table["budget_jpy"] / MILLION).round(2),
            cash: curve[cash].round(2),
            measure: curve[measure].round(),
            word("mix_marginal", language): table["marginal_per_million_jpy"].round(),
            word("mix_gainers", language): [in_language(names, language) for names in table["who_gains"]],
        }
    )
    st.dataframe(steps, hide_index=True)
    st.download_button(word("mix_download_frontier", language), csv_bytes(table), "nakapotsu_frontier.csv", "text/csv")


def _draw_more(question: MixQuestion, mix: Mix, language: Language) -> None:
    """Solve again with a million yen or a staff member more when asked to."""
    st.write(word("more_lead", language))
    key, label = f"{question.key} {mix.problem.season}", word("more_button", language)
    compute_when_asked("more", key, label, language, lambda: marginal_values(mix.problem, mix))
    found = kept_answer("more", key)
    if not isinstance(found, Marginal):
        return
    labels = centre_labels(language)
    staff = [(f"{word('more_staff', language)}: {labels[c]}", gain) for c, gain in found.per_staff_member.items()]
    rows = [(word("more_million", language), found.per_million_jpy), *staff]
    measure = word(f"measure_{mix.problem.rules.measure}", language)
    table = pd.DataFrame(rows, columns=[word("more_of", language), measure])
    st.dataframe(table.round(), hide_index=True)
    st.caption(word("more_note", language))


def _find_robust(question: MixQuestion, budget_jpy: float) -> RobustMix:
    scenario = question.scenario
    return robust_mix(
        question.centre_id,
        budget_jpy,
        load_parameters(),
        scenario.network(),
        use=scenario.use,
        limit_min=scenario.limit_min,
        rules=question.rules,
        # The samples are of the first season, the one of the page.
        seasons=(scenario.season, *(season for season in SEASONS if season != scenario.season)),
    )


def _draw_robust(question: MixQuestion, budget_jpy: float, language: Language) -> None:
    """Solve again in every season and with other assumptions when asked to, and say which choices stay."""
    st.write(word("robust_mix_lead", language))
    label = word("robust_mix_button", language)
    compute_when_asked("robust", question.key, label, language, lambda: _find_robust(question, budget_jpy))
    found = _robust_found(question)
    if found is None:
        return
    names, season = place_names(language), word(f"short_{question.scenario.season}", language)
    share = f"{season} {word('siting_share', language)}"
    for table, title in ((found.sites, "robust_mix_sites"), (found.table, "robust_mix_choices")):
        kept = len(_robust_codes(table))
        st.markdown(f"**{word(title, language)}: {kept} / {len(table)}**")
        columns = {word("place", language): [names[code] for code in table["code"]]}
        for key in found.mixes:
            values = table[key].to_list()
            columns[word(f"short_{key}", language)] = (
                values if title == "robust_mix_sites" else [choice_in_words(text, language) for text in values]
            )
        columns[share] = table["share_of_samples"].round(2).to_list()
        columns[word("siting_is_robust", language)] = table["is_robust"].astype(bool).to_list()
        st.dataframe(pd.DataFrame(columns), hide_index=True)
    st.caption(word("robust_mix_note", language).format(samples=found.samples, seed=found.seed))


def _draw_panel(question: MixQuestion, mix: Mix, result: Score, language: Language) -> None:
    budget_jpy = question.budget_jpy
    # A panel chosen for one goal is kept for it, whatever the other has.
    if budget_jpy is None:
        panel = choose_panel("mix_panel_cheapest", PANELS, language)
    else:
        panel = choose_panel("mix_panel", BUDGET_PANELS, language)
    if panel == "panel_takes":
        name = word("mix_after", language)
        draw_requirements({name: mix_requirements(mix, result)}, name, language)
    elif panel == "panel_hangs":
        draw_assumptions(find_assumptions(question, mix), mix.problem.parameters, language)
    elif panel == "panel_seasons":
        robust = _robust_found(question)
        draw_mix_seasons(question, () if robust is None else _robust_codes(robust.sites), language)
    elif panel == "panel_robust" and budget_jpy is not None:
        _draw_robust(question, budget_jpy, language)
    elif panel == "panel_more":
        _draw_more(question, mix, language)
    else:
        _draw_frontier(question, mix.problem, language)


def draw_mix_tab(choice: Choice) -> None:
    """Draw the best mix of one centre's territory for a budget, on a map and as a table, and what it takes."""
    language, scenario = choice.language, choice.scenario
    left, right = st.columns([5, 4])
    with right:
        st.write(word("mix_help", language))
        question = ask_mix(choice)
        st.markdown(f"**{scenario_note(scenario, language)}**")
        try:
            with st.spinner(word("mix_wait", language)):
                mix = solve_question(question, scenario.season)
        except InfeasibleError as error:
            st.error(str(error))
            return
        result = mix.score()
        robust = _robust_found(question)
        _draw_facts(mix, language)
        st.download_button(word("mix_download_plan", language), plan_bytes(mix.plan), f"{mix.plan.id}.toml")
    with left:
        minutes = mix_minutes(mix, result)
        before, after = minutes["before_min"].to_numpy(float), minutes["after_min"].to_numpy(float)
        gains = classify_gains(before, after, mix.problem.limit_min)
        stay = () if robust is None else _robust_codes(robust.sites)
        draw_siting_map(choice, list(minutes.index), gains, satellites_of(mix), key="mix_map", robust=stay)
    _draw_choices(mix, robust, language)
    _draw_panel(question, mix, result, language)
