"""The commands ``site`` and ``mix``."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from analysis.models.parameters import load_parameters
from analysis.models.plan_file import read_plan
from analysis.models.scoring import score
from geo.roads import load_network
from ui.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_candidates_are_compared_and_written_with_their_assumptions(tmp_path: Path) -> None:
    target = tmp_path / "effects.csv"
    arguments = ("--at", "mombetsu", "--at", "shinhidaka", "--within-min", "90", "--out", str(target))
    result = run("site", "test", *arguments)
    assert result.exit_code == 0, result.output
    assert "新ひだか町" in result.output
    table = pd.read_csv(target, dtype={"id": str})
    assert table["id"].tolist() == ["01610", "01219", "together"]
    notes = json.loads((tmp_path / "effects.csv.meta.json").read_text(encoding="utf-8"))
    assert notes["settings"]["parameters"]["satellite_staff_fte"]["value"] == 1


def test_candidates_may_come_from_a_file(tmp_path: Path) -> None:
    source = tmp_path / "points.csv"
    source.write_text("id,lat,lon,name\nx,44.30,143.30,候補地\n", encoding="utf-8")
    result = run("site", "test", "--file", str(source), "--season", "summer")
    assert result.exit_code == 0, result.output
    assert "候補地" in result.output


def test_the_candidates_of_the_report_are_listed() -> None:
    result = run("site", "candidates")
    assert result.exit_code == 0
    assert all(name in result.output for name in ("苫小牧市", "西興部村", "稚内市"))


def test_the_best_sets_are_printed_with_their_proof(tmp_path: Path) -> None:
    target = tmp_path / "sets.csv"
    arguments = ("--objective", "max-cover", "--sites", "2", "--within-min", "90", "--forbid", "mombetsu")
    result = run("site", "plan", *arguments, "--require", "wakkanai", "--centre", "dohoku", "--out", str(target))
    assert result.exit_code != 0
    assert "01219" in result.output  # not a town of that region
    result = run("site", "plan", *arguments, "--require", "wakkanai", "--out", str(target))
    assert result.exit_code == 0, result.output
    table = pd.read_csv(target)
    assert (table["gap"] == 0).all()
    assert table["sites"].str.contains("01214").all()
    assert not table["sites"].str.contains("01219").any()
    assert table["value"].is_monotonic_decreasing


def test_what_is_infeasible_says_what_would_be() -> None:
    result = run("site", "plan", "--objective", "set-cover", "--within-min", "60", "--sites", "2", "--centre", "dohoku")
    assert result.exit_code == 1
    assert "it takes 8 sites, or a limit of" in result.output


def test_robust_sites_are_marked() -> None:
    result = run("site", "plan", "--objective", "p-median", "--sites", "1", "--centre", "okhotsk", "--robust", "2")
    assert result.exit_code == 0, result.output
    assert "is_robust" in result.output


def test_a_mix_is_written_as_a_plan_that_scores_the_same(tmp_path: Path) -> None:
    plan, table = tmp_path / "mix.toml", tmp_path / "mix.csv"
    options = ("--centre", "okhotsk", "--within-min", "90", "--frontier", "3", "--marginal")
    result = run("mix", "--budget-jpy", "5000000", *options, "--plan-out", str(plan), "--out", str(table))
    assert result.exit_code == 0, result.output
    scored = score(read_plan(plan), load_parameters(), "winter", load_network(), limit_min=90)
    reached = scored.region("aozora")["people_days_within_limit"]
    assert f"{reached:,.0f}" in result.output
    rows = pd.read_csv(table, dtype={"code": str})
    assert rows["people_days"].sum() == pytest.approx(reached, abs=0.5)
    notes = json.loads((tmp_path / "mix.csv.meta.json").read_text(encoding="utf-8"))
    assert notes["settings"]["budget_jpy"] == 5e6
    assert "schema = 1" in notes["settings"]["plan"]


def test_the_cheapest_mix_needs_no_budget_and_both_are_refused() -> None:
    result = run("mix", "--cheapest", "--centre", "okhotsk", "--within-min", "90")
    assert result.exit_code == 0, result.output
    assert run("mix", "--centre", "okhotsk").exit_code == 1
    assert run("mix", "--cheapest", "--budget-jpy", "1", "--centre", "okhotsk").exit_code == 1


def test_what_needs_a_budget_is_refused_without_one_and_a_missing_folder_before_the_search() -> None:
    cheapest = ["mix", "--cheapest", "--centre", "okhotsk"]
    for options, message in (
        (["--marginal"], "--budget-jpy instead"),
        (["--robust", "2"], "--budget-jpy instead"),
        (["--plan-out", "no/such/folder/mix.toml"], "no/such/folder"),
    ):
        result = CliRunner().invoke(main, [*cheapest, *options])
        assert result.exit_code != 0
        assert message in result.output
