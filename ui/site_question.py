"""What the reader asks about sites, and its answers, each computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from analysis.accessibility import RoadUse
from analysis.models.demand import base_demand
from analysis.overview import Scenario
from analysis.siting.candidates import Candidate, part_candidates, seat_candidates
from analysis.siting.problem import (
    OBJECTIVES,
    TERRITORIES,
    WEIGHTS,
    Objective,
    SitingProblem,
    Territory,
    Weight,
    seat_problem,
)
from analysis.siting.problems import DEFAULT_DIFFERENT, DEFAULT_SETS, SitePlan, plan_sites
from analysis.siting.robust import RobustSites, robust_sites
from geo.roads import Season
from ui.sidebar import Choice, choose_option, choose_several, name_column
from ui.text import Language, word

ROBUST_SAMPLES = 20
Option = TypeVar("Option", bound=str)


@dataclass(frozen=True)
class SiteQuestion:
    """A siting question without its season; ``scenario`` holds the roads, the limit and the region."""

    scenario: Scenario
    objective: Objective
    sites: int | None
    backup: bool
    territory: Territory
    weight: Weight
    require: tuple[str, ...]
    forbid: tuple[str, ...]
    different: int

    @property
    def limit_min(self) -> float | None:
        """The limit, where the objective has one."""
        return self.scenario.limit_min if self.objective in ("set-cover", "max-cover") else None

    def problem(self, season: Season, *, use: RoadUse | None = None) -> SitingProblem:
        """Return the problem of a season; by default on the roads that the scenario uses."""
        return seat_problem(
            self.scenario.network(),
            season,
            use=self.scenario.use if use is None else use,
            centre=self.scenario.centre_id or "",
            territory=self.territory,
            weight=self.weight,
            require=self.require,
            forbid=self.forbid,
        )

    @property
    def key(self) -> str:
        """The question and the version of the roads, to find an answer by."""
        return f"{self} {self.scenario.network().version}"


# The answers are frozen and nobody changes them, so that they need not be copied.
@st.cache_resource(show_spinner=False, max_entries=32)
def _solve(key: str, season: Season, sets: int, _question: SiteQuestion) -> SitePlan:
    return plan_sites(
        _question.problem(season),
        _question.objective,
        limit_min=_question.limit_min,
        sites=_question.sites,
        sets=sets,
        different=_question.different,
        backup=_question.backup,
    )


def solve_question(question: SiteQuestion, season: Season, *, sets: int = DEFAULT_SETS) -> SitePlan:
    """Return the best sets of a season.

    Raises
    ------
    InfeasibleError, InputError
        See :func:`analysis.siting.problems.plan_sites`.
    """
    return _solve(question.key, season, sets, question)


@st.cache_resource(show_spinner=False, max_entries=8)
def _robust(key: str, _question: SiteQuestion) -> RobustSites:
    units = _question.problem(_question.scenario.season).unit_ids
    return robust_sites(
        _question.problem,
        _question.objective,
        list(base_demand().places["centre_id"].loc[units]),
        limit_min=_question.limit_min,
        sites=_question.sites,
        samples=ROBUST_SAMPLES,
    )


def find_robust(question: SiteQuestion) -> RobustSites:
    """Return how often each site is in the best set, over the seasons and while the travel times vary."""
    return _robust(question.key, question)


def all_places() -> dict[str, Candidate]:
    """Return every town hall and part where a site may stand, by its id."""
    return {**seat_candidates(), **part_candidates()}


def _choose_one(name: str, values: Sequence[Option], language: Language) -> Option:
    return choose_option(
        st.radio,
        f"siting_plan_{name}",
        values,
        language=language,
        label=word(f"siting_{name}", language),
        label_of=lambda value: word(f"{name}_{value}", language),
        horizontal=True,
    )


def _choose_sites(name: str, places: Mapping[str, Candidate], language: Language) -> tuple[str, ...]:
    chosen = choose_several(
        f"siting_{name}",
        list(places),
        language=language,
        label=word(f"siting_{name}", language),
        label_of=lambda site: str(getattr(places[site], name_column(language))),
    )
    return tuple(chosen)


def ask_sites(choice: Choice) -> SiteQuestion:
    """Draw the widgets of the question and return it."""
    language = choice.language
    objectives: list[Objective] = ["max-cover", *(name for name in OBJECTIVES if name != "max-cover")]
    objective = choose_option(
        st.selectbox,
        "siting_objective",
        objectives,
        language=language,
        label_of=lambda key: word(f"objective_{key}", language),
    )
    sites = None
    if objective != "set-cover":
        sites = int(st.number_input(word("siting_count", language), 1, 50, 3, key="siting_count"))
    territory = _choose_one("territory", TERRITORIES, language)
    weight = _choose_one("weight", WEIGHTS, language)
    covering = objective in ("set-cover", "max-cover")
    backup = covering and st.checkbox(word("siting_backup", language), key="siting_backup")
    places = all_places()
    require, forbid = (_choose_sites(name, places, language) for name in ("require", "forbid"))
    label = word("siting_different_least", language)
    different = int(st.number_input(label, 1, 50, DEFAULT_DIFFERENT, key="siting_different_least"))
    return SiteQuestion(choice.scenario, objective, sites, backup, territory, weight, require, forbid, different)
