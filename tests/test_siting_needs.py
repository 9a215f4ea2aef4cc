"""What a satellite or a mix takes, and which assumptions its figures hang on."""

from dataclasses import replace

import pytest

from analysis.models.parameters import Parameters, load_parameters
from analysis.models.scoring import score
from analysis.siting.assumption_effects import (
    FIGURES,
    candidate_assumptions,
    mix_assumptions,
    widest_effects,
)
from analysis.siting.candidate_test import CandidateComparison, measure_candidates
from analysis.siting.candidates import find_candidate
from analysis.siting.mix import solve_mix
from analysis.siting.mix_problem import make_mix_problem
from analysis.siting.mix_result import Mix
from analysis.siting.requirements import candidate_requirements, mix_requirements
from geo.roads import load_network

LIMIT = 90.0


def measure(*names: str, parameters: Parameters | None = None) -> CandidateComparison:
    found = [find_candidate(name) for name in names]
    values = load_parameters() if parameters is None else parameters
    return measure_candidates(found, values, "winter", load_network(), limit_min=LIMIT)


@pytest.fixture(scope="module")
def mix() -> Mix:
    problem = make_mix_problem("okhotsk", load_parameters(), "winter", load_network(), limit_min=LIMIT)
    return solve_mix(problem, 5e6)


def test_a_candidate_takes_what_its_plan_takes_in_the_comparison() -> None:
    parameters = load_parameters()
    effect = measure("mombetsu").effects[0]
    needs = candidate_requirements(effect, parameters)
    before, after = (
        score(plan, parameters, "winter", load_network(), limit_min=LIMIT)
        for plan in (effect.plans[0].with_services(()), effect.plans[0])
    )
    old, new = before.region(), after.region()
    assert needs.staff_hours == pytest.approx(new["staff_hours"] - old["staff_hours"])
    assert needs.fte == pytest.approx(new["fte_needed"] - old["fte_needed"])
    assert needs.stationed_fte == sum(after.stationed().values()) == parameters["satellite_staff_fte"]
    assert needs.nights == pytest.approx(new["overnight_stays"] - old["overnight_stays"])
    other = sum(new[f"cost_{kind}_jpy"] - old[f"cost_{kind}_jpy"] for kind in ("vehicle", "lodging", "premises"))
    assert needs.cash_jpy == pytest.approx(other + parameters["staff_cost_jpy_per_year"])
    assert needs.count("met") + needs.count("not_met") + needs.count("unknown") == len(after.preconditions)


def test_a_condition_of_a_place_is_counted_once(mix: Mix) -> None:
    needs = mix_requirements(mix, mix.score())
    assert not needs.preconditions.duplicated(["model", "place", "condition"]).any()
    assert needs.cash_jpy == pytest.approx(mix.extra_cash_jpy)
    assert needs.staff_hours == pytest.approx(mix.amounts["hours"] - mix.problem.today["hours"])


def test_the_figures_at_the_table_are_the_candidate_s_own() -> None:
    comparison = measure("mombetsu", "wakkanai", "44.30,143.30")
    for effect in comparison.effects:
        table = candidate_assumptions(comparison, effect, load_parameters(), load_network())
        base = table.groupby("figure")["base"].first()
        for figure in ("people_days_within_limit", "staff_hours", "overnight_stays"):
            assert base[figure] == pytest.approx(effect.change(figure))
        assert base["cash_jpy"] == pytest.approx(candidate_requirements(effect, load_parameters()).cash_jpy)


def test_the_ends_are_what_measuring_again_with_that_value_gives() -> None:
    parameters = load_parameters()
    comparison = measure("mombetsu")
    table = candidate_assumptions(comparison, comparison.effects[0], parameters, load_network())
    row = table[table["figure"] == "staff_hours"].iloc[0]
    entry = next(entry for entry in parameters.entries if entry.name == row["parameter"])
    for end, value in ((entry.low, row["value_at_low"]), (entry.high, row["value_at_high"])):
        again = measure("mombetsu", parameters=parameters.with_values({entry.name: end}))
        assert again.effects[0].change("staff_hours") == pytest.approx(value)


def test_the_widest_come_first_and_nothing_stands_there_that_moves_nothing(mix: Mix) -> None:
    table = mix_assumptions(mix)
    assert (table["spread"] > 0).all()
    for _, rows in table.groupby("figure"):
        assert rows["spread"].is_monotonic_decreasing
    assert widest_effects(table, 2).groupby("figure").size().max() == 2
    assert set(table["figure"]) <= {"people_days_within_limit", *FIGURES}


def test_the_mix_at_the_table_is_the_mix(mix: Mix) -> None:
    base = mix_assumptions(mix).groupby("figure")["base"].first()
    today = mix.problem.today
    assert base["people_days_within_limit"] == pytest.approx(mix.reached - today["people_days"])
    assert base["staff_hours"] == pytest.approx(mix.amounts["hours"] - today["hours"])
    assert base["cash_jpy"] == pytest.approx(mix.extra_cash_jpy)


def test_shares_that_the_plan_states_move_with_their_assumption(mix: Mix) -> None:
    """A mix writes its shares into its plan; were they kept there, no share would ever matter."""
    assert "consultation" in {service.model for service in mix.plan.services}
    assert all(service.share is not None for service in mix.plan.services if service.model == "consultation")
    table = mix_assumptions(mix)
    moved = table[(table["figure"] == "staff_hours") & (table["parameter"] == "partner_first_contact_share")].iloc[0]
    assert moved["value_at_low"] != pytest.approx(moved["value_at_high"])


def test_what_the_reader_set_is_not_moved() -> None:
    parameters = load_parameters().with_overrides({"visits_per_trip": 2.0}, where="test")
    comparison = measure("mombetsu", parameters=parameters)
    table = candidate_assumptions(comparison, comparison.effects[0], parameters, load_network())
    assert "visits_per_trip" not in set(table["parameter"])


def test_a_narrower_range_moves_a_figure_less() -> None:
    parameters, comparison = load_parameters(), measure("mombetsu")
    name = "satellite_staff_fte"
    narrow = Parameters(
        tuple(
            replace(entry, low=(entry.low + entry.value) / 2, high=(entry.high + entry.value) / 2)
            if entry.name == name
            else entry
            for entry in parameters.entries
        )
    )
    spreads = []
    for values in (parameters, narrow):
        table = candidate_assumptions(comparison, comparison.effects[0], values, load_network())
        spreads.append(table[(table["figure"] == "cash_jpy") & (table["parameter"] == name)]["spread"].iloc[0])
    assert spreads[1] < spreads[0]
