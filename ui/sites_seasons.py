"""The winter and the summer solution of one siting question side by side."""

from collections.abc import Collection

import numpy as np
import pandas as pd
import streamlit as st

from analysis.siting.problem import InfeasibleError
from analysis.siting.season_sites import COMPARED_SEASONS, SeasonSites, set_minutes
from ui.place_names import place_names
from ui.season_maps import SeasonPicture, draw_season_maps
from ui.site_question import SiteQuestion, all_places, solve_question
from ui.text import Language, word


def lay_out_measured(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return the measures of :func:`analysis.siting.season_sites.measure_under` in words."""
    names = place_names(language)
    if table["value"].equals(table["weight_within"]):  # max-cover: the objective is who is within the limit
        table = table.assign(weight_within=np.nan)
    return pd.DataFrame(
        {
            word("siting_value", language): table["value"].round(1),
            word("weight_within", language): table["weight_within"].round(),
            word("mean_minutes", language): table["mean_min"].round(1),
            word("worst_minutes", language): table["worst_min"].round(1),
            word("worst_where", language): [names[str(unit)] for unit in table["worst_unit"]],
            word("weight_unreached", language): table["weight_unreached"].round(),
        }
    ).dropna(axis="columns", how="all")


def lay_out_sites(found: SeasonSites, robust: Collection[str], language: Language) -> pd.DataFrame:
    """Return one row a site: in which season's best set it is."""
    names, seasons = place_names(language), list(found.plans)
    membership = found.sites[seasons].to_numpy(bool)
    labels = [
        word("in_all_seasons", language)
        if row.all()
        else word("only_in_season", language).format(season=word(f"short_{seasons[int(np.argmax(row))]}", language))
        for row in membership
    ]
    table = pd.DataFrame(
        {
            word("place", language): [names[site] for site in found.sites["site_id"]],
            word("in_which_set", language): labels,
        }
    )
    if robust:
        table[word("siting_is_robust", language)] = found.sites["site_id"].isin(list(robust))
    return table


def _solve(question: SiteQuestion, language: Language) -> SeasonSites:
    """Answer the question in both seasons; where one has no answer, say why."""
    problems = {season: question.problem(season) for season in COMPARED_SEASONS}
    plans = {}
    for season in COMPARED_SEASONS:
        try:
            # The season of the page is solved already, with its next best sets; of the other the best is enough.
            whole = season == question.scenario.season
            plans[season] = solve_question(question, season) if whole else solve_question(question, season, sets=1)
        except InfeasibleError as error:
            st.warning(f"{word(season, language)}: {error}")
    return SeasonSites(problems, plans)


def draw_site_seasons(question: SiteQuestion, robust: Collection[str], language: Language) -> None:
    """Draw both solutions as small maps, which sites are in which, and what each gives in the other season."""
    with st.spinner(word("mix_wait", language)):
        found = _solve(question, language)
    if not found.plans:
        return
    places = all_places()
    pictures = [
        SeasonPicture(
            word("season_solution", language).format(season=word(season, language)),
            [str(part) for part in found.problems[season].unit_ids],
            *set_minutes(found.problems[season], plan.best.sites),
            [places[site] for site in plan.best.sites],
        )
        for season, plan in found.plans.items()
    ]
    draw_season_maps(pictures, question.scenario.limit_min, language, robust=robust)
    left, right = st.columns([2, 3])
    left.dataframe(lay_out_sites(found, robust, language), hide_index=True)
    crossed = found.crossed
    labels = pd.DataFrame(
        {
            word("season_set", language): [word(f"short_{season}", language) for season in crossed["solution_of"]],
            word("season_measured", language): [word(f"short_{season}", language) for season in crossed["season"]],
        }
    )
    right.dataframe(pd.concat([labels, lay_out_measured(crossed, language)], axis=1), hide_index=True)
    right.caption(word("crossed_note", language))
