"""The best mix: the same figures as the scoring, no better mix among all, and what must hold of any."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from analysis.models.parameters import Parameters, load_parameters
from analysis.models.plan import check_shares
from analysis.models.plan_file import parse_plan, plan_bytes
from analysis.siting.frontier import make_frontier, marginal_values
from analysis.siting.mix import cheapest_mix, solve_mix, solve_whole
from analysis.siting.mix_amounts import AMOUNTS
from analysis.siting.mix_choices import OptionRules, SatelliteKind
from analysis.siting.mix_envelopes import make_envelopes
from analysis.siting.mix_master import share_budget
from analysis.siting.mix_problem import MIX_MEASURES, MixMeasure, MixProblem, MixRules, make_mix_problem
from analysis.siting.mix_result import Mix
from analysis.siting.problem import InfeasibleError
from analysis.siting.robust import describe_choices, robust_mix, robust_sites, vary_times
from geo.roads import SEASONS, Season, load_network
from tests.test_siting_problems import make_problem

LIMIT = 90.0


def problem_of(
    centre: str = "okhotsk", season: Season = "winter", parameters: Parameters | None = None, **rules: object
) -> MixProblem:
    return make_mix_problem(
        centre,
        load_parameters() if parameters is None else parameters,
        season,
        load_network(),
        limit_min=LIMIT,
        rules=MixRules(**rules),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize("centre", ["okhotsk", "dohoku", "donan"])
def test_the_program_and_the_scoring_give_the_same_figures(centre: str, season: Season) -> None:
    problem = problem_of(centre, season)
    for mix in (solve_mix(problem, 0.0), solve_mix(problem, 6e6), cheapest_mix(problem)):
        result = mix.score()  # raises where a figure differs
        region = result.region(problem.centre_id)
        assert region["people_days_within_limit"] == pytest.approx(mix.amounts["people_days"], rel=1e-9)
        assert region["staff_hours"] == pytest.approx(mix.amounts["hours"], rel=1e-9)
        assert region["cost_jpy"] == pytest.approx(mix.amounts["cost_jpy"], rel=1e-9)
        check_shares(mix.plan, problem.parameters.values, where="mix")


def test_the_plan_of_a_mix_survives_its_file() -> None:
    mix = solve_mix(problem_of(), 6e6)
    read = parse_plan(plan_bytes(mix.plan), name="mix.toml")
    assert read == mix.plan
    replace(mix, plan=read).score()


def every_mix(problem: MixProblem, budget_jpy: float) -> float:
    """The best measure over all combinations of choices that keep to every rule."""
    choices, rules = problem.choices, problem.rules
    by_place = [np.flatnonzero(choices.place == i) for i in range(len(choices.codes))]
    measure = AMOUNTS.index(rules.measure)
    best = -np.inf
    for chosen in product(*by_place):
        sites = sorted({int(s) for s in choices.site[list(chosen)] if s >= 0})
        hosts = [choices.sites[s].code for s in sites]
        if len(hosts) > problem.parameters["satellite_max_sites"] or len(set(hosts)) < len(hosts):
            continue
        serving = {choices.codes[choices.place[i]]: int(choices.site[i]) for i in chosen}
        if any(serving[choices.sites[s].code] != s for s in sites):
            continue
        total = choices.amounts[list(chosen)].sum(axis=0) + choices.site_fixed[sites].sum(axis=0)
        amounts = dict(zip(AMOUNTS, total.tolist(), strict=True))
        hours, fits = amounts["hours"], True
        for s in sites:
            here = [i for i in chosen if choices.site[i] == s]
            site = choices.sites[s]
            idle = site.paid_hours - site.presence_hours - choices.amount("worked_hours")[here].sum()
            hours += max(idle, 0.0) - site.paid_hours
            fits &= choices.amount("taken")[here].sum() <= site.capacity + 1e-9
        there = next(iter(problem.hours_there.values()))
        face = amounts["face_to_face"] - rules.face_to_face_floor * amounts["met"]
        affordable = amounts["cash_jpy"] - problem.today["cash_jpy"] <= budget_jpy + 1e-3
        if fits and affordable and hours <= there + 1e-6 and face >= -1e-9:
            best = max(best, float(total[measure]))
    return best


def small(problem: MixProblem, codes: tuple[str, ...], rules: MixRules | None = None) -> MixProblem:
    """The same region with choices for some municipalities only, the others as they are."""
    choices = problem.choices
    numbers = [choices.codes.index(code) for code in codes]
    as_is = [add_on.models == () for add_on in choices.add_ons]
    site_code = np.asarray([choices.sites[s].code if s >= 0 else "" for s in choices.site])
    free = np.isin(choices.place, numbers) & np.isin(site_code, ["", *codes])
    keep = np.flatnonzero(free | (np.asarray(as_is) & (choices.site < 0)))
    kept = replace(
        choices,
        place=choices.place[keep],
        site=choices.site[keep],
        add_ons=tuple(choices.add_ons[i] for i in keep),
        amounts=choices.amounts[keep],
        reaches_all=choices.reaches_all[keep],
    )
    return replace(problem, choices=kept, rules=problem.rules if rules is None else rules)


@pytest.mark.parametrize("measure", MIX_MEASURES)
@pytest.mark.parametrize("floor", [0.0, 0.9])
@pytest.mark.parametrize("budget", [0.0, 1.5e6, 1e8])
def test_no_combination_is_better(measure: MixMeasure, floor: float, budget: float) -> None:
    options = OptionRules(frequencies=(12.0,), kinds=(SatelliteKind(),))
    problem = problem_of(options=options, measure=measure, face_to_face_floor=floor)
    cut = small(problem, ("01219", "01563", "01562"))
    assert solve_mix(cut, budget, gap=0).reached == pytest.approx(every_mix(cut, budget))


def test_more_money_never_reaches_fewer() -> None:
    problem = problem_of("iburi_hidaka")
    table = make_frontier(problem, points=8).table
    assert table["people_days"].is_monotonic_increasing
    assert (table["additional_cash_jpy"] <= table["budget_jpy"] + 1).all()
    assert (table["gap"] <= 1e-3 + 1e-9).all()
    exact = [solve_mix(problem, budget, gap=0).reached for budget in table["budget_jpy"]]
    assert exact == sorted(exact)
    assert (np.asarray(exact) - table["people_days"].to_numpy() >= -1e-3).all()


_FEW = OptionRules(frequencies=(12.0,), kinds=(SatelliteKind(),), sites=("01219", "01213", "01610", "01212"))


@pytest.mark.parametrize("budget", [0.0, 3e6, 2e7])
def test_centres_that_share_a_budget_reach_as_many_as_one_program_of_all(budget: float) -> None:
    whole = problem_of("hokkaido", options=_FEW)
    best = solve_whole(whole, budget, gap=0)
    gap = 1e-4
    shared = solve_mix(problem_of("hokkaido", options=_FEW), budget, gap=gap)
    gained = best.reached - whole.today["people_days"]
    assert best.reached - gap * gained - 1e-6 <= shared.reached <= best.reached + 1e-6
    assert shared.bound >= best.reached - 1e-6
    assert shared.is_proved
    assert shared.extra_cash_jpy <= budget + 1e-3
    assert shared.score().region("")["people_days_within_limit"] == pytest.approx(shared.reached)


@pytest.mark.parametrize("measure", MIX_MEASURES)
def test_the_bounds_of_a_centre_hold_for_every_budget(measure: MixMeasure) -> None:
    problem = problem_of("okhotsk", measure=measure, options=OptionRules(frequencies=(12.0,)))
    parts = make_envelopes(problem, 1e-3)
    for budget in (0.0, 0.7e6, 2.4e6, 9e6):
        exact = solve_mix(problem, budget, gap=0).reached - problem.today[measure]
        shared, parts = share_budget(parts, budget / 1e6, 1e-3)
        assert shared is not None
        assert shared.gain <= exact + 1e-6 <= shared.bound + 2e-6
        assert shared.gap <= 1e-3
        assert sum(mix.cash_mjpy for mix in shared.mixes) <= budget / 1e6 + 1e-6


def test_the_same_shared_budget_gets_the_same_mix_however_the_searches_are_scheduled() -> None:
    first, second = (solve_mix(problem_of("hokkaido", options=_FEW), 3e6) for _ in range(2))
    assert first.plan == second.plan
    assert first.bound == second.bound


def test_a_budget_below_what_any_mix_costs_is_infeasible() -> None:
    problem = problem_of("okhotsk", options=OptionRules(frequencies=(12.0,)))
    assert share_budget(make_envelopes(problem, 1e-3), -1e3, 1e-3)[0] is None


def test_more_staff_in_a_centre_is_worth_the_same_searched_by_centre_or_as_a_whole() -> None:
    # A limit of nights that never binds makes it one program.
    whole = problem_of("hokkaido", options=_FEW, max_extra_nights=1e9)
    expected = marginal_values(whole, solve_mix(whole, 3e6, gap=1e-5), gap=1e-5)
    problem = problem_of("hokkaido", options=_FEW)
    found = marginal_values(problem, solve_mix(problem, 3e6, gap=1e-4), gap=1e-4)
    slack = 2e-4 * (solve_mix(problem, 4e6, gap=1e-4).reached - problem.today["people_days"])
    assert found.per_million_jpy == pytest.approx(expected.per_million_jpy, abs=slack)
    assert found.per_staff_member == pytest.approx(expected.per_staff_member, abs=slack)


def test_the_rules_are_kept() -> None:
    mix = solve_mix(problem_of("dohoku", face_to_face_floor=0.85, max_sites=1), 2e7)
    assert mix.face_to_face_share >= 0.85 - 1e-9
    assert sum(service.model == "satellite" for service in mix.plan.services) <= 1
    assert mix.extra_cash_jpy <= 2e7
    for centre, hours in mix.hours.items():
        assert hours <= mix.problem.hours_there[centre] + 1e-3
    frugal = solve_mix(problem_of("dohoku", max_extra_nights=0.0), 2e7)
    assert frugal.amounts["nights"] <= frugal.problem.today["nights"] + 1e-3


def test_day_trips_only_leaves_out_sessions_that_need_a_night() -> None:
    problem = problem_of("dohoku", options=OptionRules(day_trips_only=True), face_to_face_floor=0.0)
    result = solve_mix(problem, 2e7).score()
    trips = result.preconditions[result.preconditions["condition"] == "day_trip"]
    assert not (trips["status"] == "not_met").any()


def test_nothing_stands_where_the_tables_show_that_it_cannot() -> None:
    for known_only in (False, True):
        result = solve_mix(problem_of("dohoku", options=OptionRules(known_only=known_only)), 1e7).score()
        checks = result.preconditions[result.preconditions["condition"] != "day_trip"]
        assert not (checks["status"] == "not_met").any()
        if known_only:
            assert set(checks.loc[checks["status"] == "unknown", "condition"]) <= {"staff", "premises"}


def test_the_cheapest_mix_reaches_everybody_it_can_for_the_least_cash() -> None:
    problem = problem_of("okhotsk")
    mix = cheapest_mix(problem, gap=0)
    assert mix.left_out == ()
    assert mix.amounts["people"] == pytest.approx(
        problem.choices.amount("people")[problem.choices.reaches_all].max() * 0 + 300789
    )
    assert problem.choices.reaches_all[list(mix.chosen)].all()
    with_people = problem_of("okhotsk", measure="people")
    short = solve_mix(with_people, mix.extra_cash_jpy - 1000, gap=0)
    assert short.reached < mix.amounts["people"]


def test_what_no_choice_reaches_is_named() -> None:
    mix = cheapest_mix(problem_of("dohoku"))
    assert mix.left_out == ("01484",)


def test_too_little_staff_says_how_much_it_takes() -> None:
    problem = problem_of("dohoku", options=OptionRules(kinds=()), face_to_face_floor=0.95)
    with pytest.raises(InfeasibleError, match="--extra-fte"):
        cheapest_mix(replace(problem, hours_there=dict.fromkeys(problem.hours_there, 1300.0)))


def test_too_few_satellites_say_how_many_it_takes() -> None:
    problem = problem_of("dohoku", options=OptionRules(known_only=True), extra_fte=3.0)
    with pytest.raises(InfeasibleError, match="--max-satellites") as error:
        cheapest_mix(problem)
    assert error.value.sites is not None
    more = replace(problem, rules=replace(problem.rules, max_sites=error.value.sites))
    assert cheapest_mix(more).is_proved


def test_more_staff_and_money_are_worth_something_or_nothing_but_never_less() -> None:
    problem = problem_of("dohoku")
    value = marginal_values(problem, solve_mix(problem, 2e6))
    assert value.per_million_jpy > 0
    assert value.per_staff_member["ikinuki"] >= 0


def test_the_same_question_gets_the_same_mix() -> None:
    def once() -> Mix:
        return solve_mix(problem_of("okhotsk"), 5e6)

    assert once().plan == once().plan


def test_choices_of_several_centres_do_not_mix() -> None:
    problem = problem_of("hokkaido", options=OptionRules(frequencies=(12.0,), kinds=(SatelliteKind(1.0, 0.0),)))
    choices = problem.choices
    assert len(choices.codes) == 179
    served = choices.site >= 0
    own = np.asarray(choices.centre_ids)[choices.place[served]]
    sites = np.asarray([site.centre_id for site in choices.sites])[choices.site[served]]
    assert (own == sites).all()


def test_robust_choices_hold_in_every_season_and_sample() -> None:
    result = robust_mix("okhotsk", 5e6, load_parameters(), load_network(), limit_min=LIMIT, samples=2)
    assert set(result.mixes) == set(SEASONS)
    words = {season: describe_choices(mix.problem, mix) for season, mix in result.mixes.items()}
    for row in result.table[result.table["is_robust"]].itertuples():
        assert len({words[season][row.code] for season in SEASONS}) == 1
        assert row.share_of_samples >= 0.9
    again = robust_mix("okhotsk", 5e6, load_parameters(), load_network(), limit_min=LIMIT, samples=2)
    assert result.table.equals(again.table)


def test_a_site_that_is_best_whatever_happens_is_robust() -> None:
    minutes = np.full((6, 4), 80.0)
    minutes[:, 2] = 5.0
    problem = make_problem(minutes, np.ones(6))
    result = robust_sites(lambda season: problem, "max-cover", ["a"] * 6, limit_min=40, sites=1, samples=10)
    assert result.table["site_id"].tolist() == ["s02"]
    assert result.table["is_robust"].all()
    varied = vary_times(problem, ["a"] * 3 + ["b"] * 3, np.random.default_rng(0), (0.9, 1.0, 1.2))
    factor = varied.travel_min / problem.travel_min
    assert (factor[:3] == factor[0, 0]).all()
    assert factor[0, 0] != factor[5, 0]
