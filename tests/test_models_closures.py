"""Closed sections count wherever services are scored, sited or chosen."""

import numpy as np
import pytest
from click.testing import CliRunner

from analysis.accessibility import RoadUse, centre_matrix
from analysis.models.access import access_of
from analysis.models.compare import compare
from analysis.models.parameters import load_parameters
from analysis.siting.candidate_test import measure_candidates
from analysis.siting.candidates import find_candidate
from analysis.siting.mix import solve_mix
from analysis.siting.mix_problem import make_mix_problem
from analysis.siting.problem import seat_problem
from geo.roads import load_network
from ui.cli import main

NETWORK = load_network()
OPEN = RoadUse()
# All of Route 336, the only road to Erimo along the coast.
CLOSED = RoadUse(closed_edges=tuple(sorted(NETWORK.edges.index[NETWORK.edges["road_no"] == "R336"])))


def test_access_agrees_with_the_coverage_when_roads_are_closed() -> None:
    access = access_of(NETWORK, "summer", CLOSED)
    matrix = centre_matrix(NETWORK, "summer", True, CLOSED.closed_edges)
    for centre, row in zip(matrix.origin_ids, matrix.travel_min, strict=True):
        found = access.unit_min[:, access.site(str(centre))]
        assert np.where(np.isfinite(found), found, np.nan) == pytest.approx(row, nan_ok=True)


def test_a_closure_never_shortens_a_way() -> None:
    before, after = access_of(NETWORK, "summer"), access_of(NETWORK, "summer", CLOSED)
    assert (after.unit_min >= before.unit_min - 1e-9).all()
    assert (after.site_min >= before.site_min - 1e-9).all()
    assert (after.unit_min > before.unit_min + 1).any()


def test_a_comparison_counts_the_closure() -> None:
    before, after = (
        compare("iburi_hidaka", load_parameters(), "summer", NETWORK, models=("satellite",), use=use).table.set_index(
            "option"
        )
        for use in (OPEN, CLOSED)
    )
    columns = ["people_no_route", "people_over_limit"]
    unreached = [table.loc["today", columns].sum() for table in (after, before)]
    assert unreached[0] >= unreached[1]
    assert after.loc["today", "people_no_route"] > before.loc["today", "people_no_route"]
    assert after.loc["today", "people_within_limit"] <= before.loc["today", "people_within_limit"]
    assert after.loc["today", "contacts_per_year"] == pytest.approx(before.loc["today", "contacts_per_year"])


def test_candidates_sites_and_mixes_count_the_closure() -> None:
    parameters, candidate = load_parameters(), find_candidate("01610")
    before, after = (
        measure_candidates([candidate], parameters, "summer", NETWORK, use=use).effects[0] for use in (OPEN, CLOSED)
    )
    assert (after.nearest_before >= before.nearest_before - 1e-9).all()
    assert after.nearest_after.sum() > before.nearest_after.sum()
    problems = [seat_problem(NETWORK, "summer", centre="iburi_hidaka", use=use) for use in (OPEN, CLOSED)]
    open_min, closed_min = (np.nan_to_num(problem.travel_min, nan=1e6) for problem in problems)
    gained = closed_min - open_min
    assert (gained >= -1e-9).all()
    assert gained.max() > 1
    problem = make_mix_problem("iburi_hidaka", parameters, "summer", NETWORK, use=CLOSED)
    solve_mix(problem, 3e6).score()  # raises where the mix and the scoring differ


def test_the_commands_take_closed_sections() -> None:
    close = [text for edge in CLOSED.closed_edges[:1] for text in ("--close", edge)]
    for command in (["compare", "--centre", "iburi_hidaka", "--models", "ict"], ["site", "test", "--at", "01610"]):
        result = CliRunner().invoke(main, [*command, *close])
        assert result.exit_code == 0, result.output
    refused = CliRunner().invoke(main, ["compare", "--centre", "iburi_hidaka", "--close", "no_such_road"])
    assert refused.exit_code != 0
    assert "no_such_road" in refused.output
