"""The second part of the siting page: the best sets of sites and which of them stay."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from analysis.models.demand import base_demand
from analysis.siting.candidates import (
    part_candidates,
    seat_candidates,
)
from analysis.siting.problem import OBJECTIVES, TERRITORIES, WEIGHTS, InfeasibleError, SitingProblem, seat_problem
from analysis.siting.problems import SitePlan, plan_sites
from analysis.siting.robust import robust_sites
from geo.errors import InputError
from geo.roads import SEASONS, Season
from ui.sidebar import Choice, name_column
from ui.siting_map import classify_gains, draw_siting_map, scenario_note
from ui.text import Language, word

Option = TypeVar("Option", bound=str)
_ROBUST_SAMPLES = 20


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


def draw_sites_tab(choice: Choice) -> None:
    """Draw the question, the best sets with their proof, and the chosen one on the map."""
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
