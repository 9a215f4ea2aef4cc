"""What the reader asks about a mix, and its answers, each computed once or when asked for."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis.models.parameters import load_parameters
from analysis.overview import Scenario
from analysis.siting.assumption_effects import mix_assumptions
from analysis.siting.mix import cheapest_mix, solve_mix
from analysis.siting.mix_problem import (
    DEFAULT_FACE_TO_FACE_FLOOR,
    MIX_MEASURES,
    MixProblem,
    MixRules,
    make_mix_problem,
)
from analysis.siting.mix_result import Mix
from geo.boundaries import CENTRE_TERRITORIES
from geo.roads import Season
from ui.sidebar import Choice, centre_labels, choose_option
from ui.text import Language, word

MILLION = 1_000_000
ALL_HOKKAIDO = ""
DEFAULT_CENTRE = "ikinuki"
GOALS = ("goal_budget", "goal_cheapest")


@dataclass(frozen=True)
class MixQuestion:
    """A question for a mix without its season.

    Attributes
    ----------
    scenario
        The roads and the limit.
    centre_id
        Whose territory; ``""`` for all of Hokkaido.
    budget_jpy
        Cash a year beyond today's; None asks for the cheapest mix that brings everybody within the limit.
    rules
        What the mix must keep to.
    """

    scenario: Scenario
    centre_id: str
    budget_jpy: float | None
    rules: MixRules

    def problem(self, season: Season) -> MixProblem:
        """Return the problem of a season, every choice scored."""
        scenario = self.scenario
        return make_mix_problem(
            self.centre_id,
            load_parameters(),
            season,
            scenario.network(),
            use=scenario.use,
            limit_min=scenario.limit_min,
            rules=self.rules,
        )

    @property
    def key(self) -> str:
        """The question and the version of the roads, to find an answer by."""
        return f"{self} {self.scenario.network().version}"


# A mix is frozen and nobody changes it, so that it need not be copied.
@st.cache_resource(show_spinner=False, max_entries=16)
def _solve(key: str, season: Season, _question: MixQuestion) -> Mix:
    problem = _question.problem(season)
    return cheapest_mix(problem) if _question.budget_jpy is None else solve_mix(problem, _question.budget_jpy)


def solve_question(question: MixQuestion, season: Season) -> Mix:
    """Return the best mix of a season.

    Raises
    ------
    InfeasibleError
        See :func:`analysis.siting.mix.solve_mix`.
    """
    return _solve(question.key, season, question)


@st.cache_data(show_spinner=False, max_entries=16)
def _assumptions(key: str, _mix: Mix) -> pd.DataFrame:
    return mix_assumptions(_mix)


def find_assumptions(question: MixQuestion, mix: Mix) -> pd.DataFrame:
    """Return what the figures of the mix of the page's season hang on."""
    return _assumptions(question.key, mix)


def kept_answer(name: str, key: str) -> object | None:
    """Return what was computed for a question, None if it was another one."""
    asked, found = st.session_state.get(f"mix_{name}_found", (None, None))
    return found if asked == key else None


def compute_when_asked(name: str, key: str, label: str, language: Language, compute: Callable[[], object]) -> None:
    """Draw a button that computes an answer, which is kept as long as the question stays the same."""
    if st.button(label, key=f"mix_{name}"):
        with st.spinner(word("mix_wait", language)):
            st.session_state[f"mix_{name}_found"] = (key, compute())
        st.rerun()  # what stands above the button shows the answer too


def ask_mix(choice: Choice) -> MixQuestion:
    """Draw the widgets of the question and return it."""
    language, scenario = choice.language, choice.scenario
    labels = centre_labels(language)
    centres = [*CENTRE_TERRITORIES, ALL_HOKKAIDO]
    # Each region on the left has its own choice here, at first the region itself.
    name = f"mix_centre_{scenario.centre_id or 'all'}"
    st.session_state.setdefault(f"chosen_{name}", scenario.centre_id or DEFAULT_CENTRE)
    centre = choose_option(
        st.selectbox,
        name,
        centres,
        language=language,
        label=word("centre", language),
        label_of=lambda key: word("all", language) if key == ALL_HOKKAIDO else str(labels[key]),
    )
    goal = choose_option(st.radio, "mix_goal", GOALS, language=language, horizontal=True)
    budget = None
    if goal == "goal_budget":
        asked = st.number_input(word("mix_budget", language), 0.0, 1000.0, 10.0, 1.0, key="mix_budget")
        budget = asked * MILLION
    measure = choose_option(
        st.selectbox,
        "mix_measure",
        MIX_MEASURES,
        language=language,
        label_of=lambda key: word(f"measure_{key}", language),
    )
    floor = st.slider(word("mix_floor", language), 0.0, 1.0, DEFAULT_FACE_TO_FACE_FLOOR, 0.05, key="mix_floor")
    more = st.number_input(word("mix_extra_fte", language), 0.0, 20.0, 0.0, 0.5, key="mix_extra_fte")
    rules = MixRules(measure=measure, face_to_face_floor=floor, extra_fte=more)
    return MixQuestion(scenario, centre, budget, rules)
