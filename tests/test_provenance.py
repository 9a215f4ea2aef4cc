"""Every figure that can be exported says whether it is published, modelled or assumed."""

from collections.abc import Callable

import pandas as pd
import pytest

from analysis.models.compare import compare
from analysis.models.parameters import load_parameters
from analysis.provenance import COLUMN_BASIS, describe
from analysis.siting.candidate_test import measure_candidates
from analysis.siting.candidates import find_candidate
from analysis.siting.frontier import make_frontier
from analysis.siting.mix import solve_mix
from analysis.siting.mix_problem import MixProblem, make_mix_problem
from analysis.siting.problem import seat_problem
from analysis.siting.problems import plan_sites
from geo.roads import load_network
from ui.mix_cli import mix_table
from ui.siting_cli import site_sets_table

NETWORK = load_network()
# What was asked for, and counts that need no source.
SETTINGS = {"limit_min", "rank", "services", "satellites", "sites_different"}


def mix_problem() -> MixProblem:
    return make_mix_problem("okhotsk", load_parameters(), "winter", NETWORK, limit_min=90)


def mix_choices() -> pd.DataFrame:
    problem = mix_problem()
    return mix_table(problem, solve_mix(problem, 1e6))


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "compare": lambda: compare("okhotsk", load_parameters(), "winter", NETWORK, models=("ict",)).table,
    "places": lambda: compare("okhotsk", load_parameters(), "winter", NETWORK, models=()).places,
    "regions": lambda: compare("okhotsk", load_parameters(), "winter", NETWORK, models=()).regions,
    "site test": lambda: measure_candidates([find_candidate("01219")], load_parameters(), "winter", NETWORK).table,
    "site plan": lambda: site_sets_table(
        plan_sites(seat_problem(NETWORK, "winter", centre="okhotsk"), "max-cover", limit_min=90, sites=1)
    ),
    "mix": mix_choices,
    "frontier": lambda: make_frontier(mix_problem(), points=2).table,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_figure_says_where_it_comes_from(name: str) -> None:
    table = TABLES[name]()
    explained = describe(NETWORK, {}, list(table.columns), {})["columns"]
    assert isinstance(explained, dict)
    figures = {
        column
        for column in table.columns
        if pd.api.types.is_numeric_dtype(table[column]) and not pd.api.types.is_bool_dtype(table[column])
    }
    assert figures - set(explained) - SETTINGS == set()


def test_no_explanation_hides_behind_a_shorter_one() -> None:
    prefixes = [prefix for prefix, *_ in COLUMN_BASIS]
    hidden = [(a, b) for i, a in enumerate(prefixes) for b in prefixes[i + 1 :] if b.startswith(a)]
    assert hidden == []
