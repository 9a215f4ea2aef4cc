"""The second part of the siting page: the best sets of sites and which of them stay."""

from collections.abc import Collection
from dataclasses import replace

import pandas as pd
import streamlit as st

from analysis.models.parameters import load_parameters
from analysis.siting.assumption_effects import candidate_assumptions
from analysis.siting.candidate_test import TOGETHER, CandidateComparison, measure_candidates
from analysis.siting.problem import InfeasibleError, SiteSet, SitingProblem
from analysis.siting.problems import SitePlan
from analysis.siting.requirements import candidate_requirements
from analysis.siting.robust import DEFAULT_TIME_RANGE, RobustSites
from analysis.siting.season_sites import measure_under, scale_times, set_minutes
from geo.errors import InputError
from geo.roads import SEASONS
from ui.place_names import in_language, join_names, place_names
from ui.sidebar import Choice
from ui.site_question import SiteQuestion, all_places, ask_sites, find_robust, solve_question
from ui.sites_seasons import draw_site_seasons, lay_out_measured
from ui.siting_map import classify_gains, draw_siting_map, scenario_note
from ui.siting_panels import choose_panel, draw_assumptions, draw_requirements
from ui.text import Language, word

PANELS = ("panel_takes", "panel_hangs", "panel_seasons")


def _draw_sets(plan: SitePlan, robust: Collection[str], language: Language) -> int:
    """Draw the table of the best sets and return the number of the one to be shown."""
    names, mark = place_names(language), word("robust_mark", language)
    rows = [
        {
            word("siting_rank", language): i + 1,
            word("siting_sites", language): join_names(
                [f"{mark}{names[site]}" if site in robust else names[site] for site in found.sites], language
            ),
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
    st.caption(word("siting_proof", language).format(different=plan.different))
    numbers = list(range(len(plan.sets)))
    chosen = st.selectbox(
        word("siting_shown", language), numbers, format_func=lambda i: str(i + 1), key=f"siting_set_{language}"
    )
    return int(chosen)


def _robust_ids(found: RobustSites | None) -> tuple[str, ...]:
    if found is None:
        return ()
    return tuple(found.table.loc[found.table["is_robust"].astype(bool), "site_id"])


def _draw_robust(found: RobustSites | None, language: Language) -> None:
    """Draw the sites that are in the best set in every season and while the travel times vary, or how to ask for it."""
    if found is None:
        st.caption(word("robust_off", language))
        return
    names = place_names(language)
    st.caption(word("robust_note" if _robust_ids(found) else "robust_none", language).format(samples=found.samples))
    table = found.table.assign(site_id=[names[site] for site in found.table["site_id"]])
    table = table[["site_id", "is_robust", *[column for column in table if column not in ("site_id", "is_robust")]]]
    labels = {"site_id": word("place", language), "is_robust": word("siting_is_robust", language)}
    labels |= {season: word(f"short_{season}", language) for season in SEASONS}
    labels |= {
        f"{season}_share": f"{word(f'short_{season}', language)} {word('siting_share', language)}" for season in SEASONS
    }
    st.dataframe(table.drop(columns="name_ja").rename(columns=labels), hide_index=True)


def _measure_set(question: SiteQuestion, found: SiteSet) -> CandidateComparison:
    """Measure satellites at the sites of a set, run as the table of assumptions says."""
    scenario, places = question.scenario, all_places()
    return measure_candidates(
        [places[site] for site in found.sites],
        load_parameters(),
        scenario.season,
        scenario.network(),
        use=scenario.use,
        limit_min=scenario.limit_min,
        territory=question.territory,
    )


def _draw_needs(question: SiteQuestion, found: SiteSet, language: Language) -> None:
    names, parameters = place_names(language), load_parameters()
    together = word("siting_together", language)
    rows = {
        together if effect.id == TOGETHER else names[effect.id]: candidate_requirements(effect, parameters)
        for effect in _measure_set(question, found).effects
    }
    st.caption(word("takes_sites", language))
    draw_requirements(rows, list(rows)[-1], language)


def _draw_travel_times(question: SiteQuestion, problem: SitingProblem, found: SiteSet, language: Language) -> None:
    """Draw what the set would give with other travel times; what is best follows from nothing else."""
    scenario = question.scenario
    season, tolls = scenario.season, scenario.tolls
    low, _, high = DEFAULT_TIME_RANGE
    problems = {word("times_as_asked", language): problem}
    for factor in (low, high):
        problems[word("times_scaled", language).format(factor=factor)] = scale_times(problem, factor)
    toll_words = word("times_without_tolls" if tolls else "times_with_tolls", language)
    problems[toll_words] = question.problem(season, use=replace(scenario.use, tolls=not tolls))
    problems |= {word(other, language): question.problem(other) for other in SEASONS if other != season}
    table = measure_under(problems, question.objective, found.sites, question.limit_min)
    st.write(word("times_lead", language).format(low=low, high=high))
    titles = table["condition"].rename(word("times_condition", language))
    st.dataframe(pd.concat([titles, lay_out_measured(table, language)], axis=1), hide_index=True)


@st.cache_data(show_spinner=False, max_entries=16)
def _assumptions(key: str, sites: tuple[str, ...], _question: SiteQuestion, _found: SiteSet) -> pd.DataFrame:
    comparison, scenario = _measure_set(_question, _found), _question.scenario
    return candidate_assumptions(
        comparison, comparison.effects[-1], load_parameters(), scenario.network(), use=scenario.use
    )


def _draw_panel(
    question: SiteQuestion,
    problem: SitingProblem,
    found: SiteSet,
    robust: Collection[str],
    language: Language,
) -> None:
    panel = choose_panel("sites_panel", PANELS, language)
    if panel == "panel_seasons":
        draw_site_seasons(question, robust, language)
    elif not found.sites:
        st.info(word("takes_nothing", language))
    elif panel == "panel_takes":
        _draw_needs(question, found, language)
    else:
        _draw_travel_times(question, problem, found, language)
        draw_assumptions(_assumptions(question.key, found.sites, question, found), load_parameters(), language)


def draw_sites_tab(choice: Choice) -> None:
    """Draw the question, the best sets with their proof, the chosen one on the map, and what it takes and hangs on."""
    language, scenario = choice.language, choice.scenario
    left, right = st.columns([5, 4])
    with right:
        try:
            question = ask_sites(choice)
            problem = question.problem(scenario.season)
            st.markdown(f"**{scenario_note(scenario, language)}**")
            with st.spinner(word("mix_wait", language)):
                plan = solve_question(question, scenario.season)
        except (InfeasibleError, InputError) as error:
            st.error(str(error))
            return
        checked = None
        if st.checkbox(word("siting_robust", language), key="siting_robust"):
            with st.spinner(word("mix_wait", language)):
                checked = find_robust(question)
        robust = _robust_ids(checked)
        found = plan.sets[_draw_sets(plan, robust, language)]
        _draw_robust(checked, language)
        if plan.left_out:
            names = join_names([in_language(name, language) for name in plan.left_out], language)
            st.caption(f"{word('no_route', language)}: {names}")
    with left:
        places = all_places()
        gains = classify_gains(*set_minutes(problem, found.sites), scenario.limit_min)
        sites = [places[site] for site in found.sites]
        draw_siting_map(choice, list(problem.unit_ids), gains, sites, key="siting_sites_map", robust=robust)
    _draw_panel(question, problem, found, robust, language)
