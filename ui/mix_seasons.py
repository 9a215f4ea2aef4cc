"""The winter and the summer mix for the same budget side by side."""

import pandas as pd
import streamlit as st

from analysis.siting.candidates import Candidate, seat_candidates
from analysis.siting.mix_result import Mix
from analysis.siting.problem import InfeasibleError
from analysis.siting.season_mix import SeasonMixes, mix_minutes
from analysis.siting.season_sites import COMPARED_SEASONS
from geo.roads import Season
from ui.mix_question import MILLION, MixQuestion, solve_question
from ui.mix_words import choice_in_words
from ui.place_names import place_names
from ui.season_maps import SeasonPicture, draw_season_maps
from ui.text import Language, word


def satellites_of(mix: Mix) -> list[Candidate]:
    """Return the town halls where a mix puts satellites."""
    seats = seat_candidates()
    return [seats[service.at] for service in mix.plan.services if service.model == "satellite"]


def _solve(question: MixQuestion, language: Language) -> SeasonMixes:
    """Answer the question in both seasons; where one has no answer, say why."""
    mixes: dict[Season, Mix] = {}
    for season in COMPARED_SEASONS:
        try:
            mixes[season] = solve_question(question, season)
        except InfeasibleError as error:
            st.warning(f"{word(season, language)}: {error}")
    return SeasonMixes(mixes)


def lay_out_crossed(found: SeasonMixes, measure: str, language: Language) -> pd.DataFrame:
    """Return what each mix gives and takes in each season, in words."""
    table = found.crossed
    return pd.DataFrame(
        {
            word("season_mix", language): [word(f"short_{season}", language) for season in table["solution_of"]],
            word("season_measured", language): [word(f"short_{season}", language) for season in table["season"]],
            word(f"measure_{measure}", language): table["reached"].round(),
            word("season_more", language): table["additional_reached"].round(),
            word("mix_cash", language): (table["additional_cash_jpy"] / MILLION).round(2),
            word("takes_hours", language): table["additional_hours"].round(),
            word("takes_nights", language): table["additional_nights"].round(),
            word("takes_setup", language): (table["setup_jpy"] / MILLION).round(2),
        }
    )


def lay_out_differing(found: SeasonMixes, language: Language) -> pd.DataFrame:
    """Return the municipalities whose choice is another in summer than in winter."""
    table, names = found.choices, place_names(language)
    table = table[table["differs"]]
    columns = {word("place", language): [names[code] for code in table["code"]]}
    for season in found.mixes:
        columns[word(f"short_{season}", language)] = [
            choice_in_words(text, language) for text in table[f"{season}_choice"]
        ]
    for season in found.mixes:
        label = f"{word('mix_reached', language)}: {word(f'short_{season}', language)}"
        columns[label] = table[f"{season}_reached"].round().to_list()
    return pd.DataFrame(columns)


def draw_mix_seasons(question: MixQuestion, robust: tuple[str, ...], language: Language) -> None:
    """Draw both mixes as small maps, what each gives in the other season, and the choices that differ."""
    with st.spinner(word("mix_wait", language)):
        found = _solve(question, language)
    if not found.mixes:
        return
    pictures = []
    for season, mix in found.mixes.items():
        minutes = mix_minutes(mix, mix.score())
        title = word("season_solution", language).format(season=word(season, language))
        before, after = minutes["before_min"].to_numpy(float), minutes["after_min"].to_numpy(float)
        pictures.append(SeasonPicture(title, list(minutes.index), before, after, satellites_of(mix)))
    draw_season_maps(pictures, question.scenario.limit_min, language, robust=robust)
    st.dataframe(lay_out_crossed(found, question.rules.measure, language), hide_index=True)
    st.caption(word("mix_crossed_note", language))
    differing = lay_out_differing(found, language)
    st.markdown(f"**{word('mix_differing', language)}: {len(differing)} / {len(found.choices)}**")
    if not differing.empty:
        st.dataframe(differing, hide_index=True)
