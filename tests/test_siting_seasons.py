"""The same question in two seasons: toy layers worked by hand, and mixes against the scoring."""

import numpy as np
import pytest

from analysis.models.parameters import load_parameters
from analysis.models.scoring import score
from analysis.siting.mix import solve_mix
from analysis.siting.mix_problem import make_mix_problem
from analysis.siting.mix_result import Mix
from analysis.siting.problem import SitingProblem
from analysis.siting.problems import plan_sites
from analysis.siting.robust import describe_choices
from analysis.siting.season_mix import SeasonMixes, mix_minutes
from analysis.siting.season_sites import SeasonSites, measure_under, scale_times, set_minutes
from geo.roads import Season, load_network
from tests.test_siting_problems import make_problem

LIMIT = 60.0
WEIGHT = np.asarray([10.0, 20.0, 30.0])
# Columns: the existing site s00, then s01 and s02. In summer s01 brings all but u0 within an hour; in winter its pass
# is closed for u2 and s02 is best.
SUMMER = np.asarray([[50.0, 90.0, 90.0], [120.0, 20.0, 70.0], [130.0, 40.0, 30.0]])
WINTER = np.asarray([[55.0, np.nan, 99.0], [150.0, 30.0, 80.0], [np.nan, np.nan, 40.0]])


def two_seasons() -> SeasonSites:
    problems: dict[Season, SitingProblem] = {
        "winter": make_problem(WINTER, WEIGHT, existing=(0,)),
        "summer": make_problem(SUMMER, WEIGHT, existing=(0,)),
    }
    plans = {
        season: plan_sites(problem, "max-cover", limit_min=LIMIT, sites=1, sets=1, engine="own")
        for season, problem in problems.items()
    }
    return SeasonSites(problems, plans)


def test_each_site_is_in_the_set_of_its_season() -> None:
    sites = two_seasons().sites.set_index("site_id")
    assert sites.loc["s02"].to_dict() == {"winter": True, "summer": False}
    assert sites.loc["s01"].to_dict() == {"winter": False, "summer": True}


def test_every_set_is_measured_in_every_season() -> None:
    table = two_seasons().crossed.set_index(["solution_of", "season"])
    # The summer set in winter: u0 in 55 minutes, u1 in 30, u2 is cut off.
    cut_off = table.loc[("summer", "winter")]
    assert (cut_off["value"], cut_off["worst_min"], cut_off["worst_unit"]) == (30.0, 55.0, "u0")
    assert cut_off["weight_unreached"] == 30.0
    assert cut_off["mean_min"] == pytest.approx((10 * 55 + 20 * 30) / 30)
    assert table.loc[("summer", "summer"), "value"] == 60.0
    assert table.loc[("winter", "winter"), "value"] == 40.0
    assert table.loc[("winter", "summer"), ["value", "worst_min"]].tolist() == [40.0, 70.0]
    for season in ("winter", "summer"):
        other = "summer" if season == "winter" else "winter"
        assert table.loc[(season, season), "value"] >= table.loc[(other, season), "value"]


def test_a_season_without_an_answer_is_left_out() -> None:
    whole = two_seasons()
    found = SeasonSites(whole.problems, {"summer": whole.plans["summer"]})
    assert found.sites.columns.tolist() == ["site_id", "summer"]
    assert found.crossed["solution_of"].tolist() == ["summer", "summer"]
    assert SeasonSites(whole.problems, {}).crossed.empty


def test_longer_times_never_bring_more_within_the_limit() -> None:
    problem = make_problem(SUMMER, WEIGHT, existing=(0,))
    problems = {f"{factor}": scale_times(problem, factor) for factor in (0.9, 1.0, 1.2)}
    table = measure_under(problems, "max-cover", ["s01"], LIMIT)
    assert table["weight_within"].tolist() == [60.0, 60.0, 60.0]
    assert table["worst_min"].tolist() == pytest.approx([45.0, 50.0, 60.0])
    assert measure_under({"": scale_times(problem, 1.3)}, "max-cover", ["s01"], LIMIT)["weight_within"][0] == 50.0


def test_minutes_before_and_after_a_set() -> None:
    before, after = set_minutes(make_problem(WINTER, WEIGHT, existing=(0,)), ["s01"])
    assert before.tolist() == [55.0, 150.0, np.inf]
    assert after.tolist() == [55.0, 30.0, np.inf]


@pytest.fixture(scope="module")
def mixes() -> SeasonMixes:
    found: dict[Season, Mix] = {}
    for season in ("winter", "summer"):
        problem = make_mix_problem("okhotsk", load_parameters(), season, load_network(), limit_min=90.0)
        found[season] = solve_mix(problem, 5e6)
    return SeasonMixes(found)


def test_the_choices_that_differ_are_marked(mixes: SeasonMixes) -> None:
    words = {season: describe_choices(mix.problem, mix) for season, mix in mixes.mixes.items()}
    assert mixes.choices["code"].tolist() == list(words["winter"])
    for row in mixes.choices.itertuples():
        assert row.differs == (words["winter"][row.code] != words["summer"][row.code])
    assert mixes.choices["differs"].any()


def test_each_mix_gives_in_its_own_season_what_it_was_found_with(mixes: SeasonMixes) -> None:
    table = mixes.crossed.set_index(["solution_of", "season"])
    for season, mix in mixes.mixes.items():
        today, row = mix.problem.today, table.loc[(season, season)]
        assert row["reached"] == pytest.approx(mix.reached)
        assert row["additional_cash_jpy"] == pytest.approx(mix.extra_cash_jpy, abs=1e-3)
        assert row["additional_hours"] == pytest.approx(mix.amounts["hours"] - today["hours"])
        assert row["additional_nights"] == pytest.approx(mix.amounts["nights"] - today["nights"])


def test_a_mix_in_the_other_season_is_scored_on_its_roads(mixes: SeasonMixes) -> None:
    mix, other = mixes.mixes["winter"], mixes.mixes["summer"].problem
    result = score(mix.plan, other.parameters, "summer", other.network, limit_min=90.0).region(other.centre_id)
    row = mixes.crossed.set_index(["solution_of", "season"]).loc[("winter", "summer")]
    assert row["reached"] == pytest.approx(result["people_days_within_limit"])
    assert row["additional_reached"] == pytest.approx(row["reached"] - other.today["people_days"])


def test_the_minutes_of_a_mix_are_those_of_its_region(mixes: SeasonMixes) -> None:
    mix = mixes.mixes["winter"]
    result = mix.score()
    table = mix_minutes(mix, result)
    places = result.places[result.places["centre_id"] == mix.problem.centre_id]
    assert table.index.tolist() == places.index.tolist()
    assert table["after_min"].to_numpy() == pytest.approx(places["nearest_min"].to_numpy())
    assert (table["after_min"] <= table["before_min"]).all()
    people = places["people"].to_numpy()
    assert people[table["after_min"] <= 90.0].sum() == pytest.approx(mix.amounts["people"])
