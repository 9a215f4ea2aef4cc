import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import ui.models_cli
from analysis.models.access import access_of
from analysis.models.compare import Comparison, check_models, compare, find_centre
from analysis.models.existing import with_existing
from analysis.models.parameters import Parameters, load_parameters
from analysis.models.plan import MODELS, TODAY, AddedStaff, DemandOverride, Plan, Service
from analysis.models.plan_file import plan_bytes, read_plan
from analysis.models.preconditions import has_consultation_office
from analysis.models.scoring import score
from analysis.models.sensitivity import rank
from analysis.models.standard import choose_satellites, far_municipalities, standard_plan
from analysis.models.variation import MEASURES, draw_samples, vary
from geo.boundaries import CENTRE_TERRITORIES
from geo.errors import InputError
from geo.roads import SEASONS, load_network
from tests.models_case import case_parameters
from ui.cli import main


@pytest.fixture(scope="module")
def parameters(tmp_path_factory: pytest.TempPathFactory) -> Parameters:
    return case_parameters(tmp_path_factory.mktemp("parameters"))


@pytest.fixture(scope="module")
def north(parameters: Parameters) -> Comparison:
    return compare("dohoku", parameters, "winter", load_network())


def test_every_model_is_compared_with_today(north: Comparison) -> None:
    table = north.table.set_index("option")
    assert list(table.index) == ["today", *MODELS]
    assert (table["contacts_per_year"] == table["contacts_per_year"].iloc[0]).all()
    assert table.loc["today", "additional_cost_jpy"] == 0
    more = table.loc["satellite", "people_within_limit"] - table.loc["today", "people_within_limit"]
    assert table.loc["satellite", "additional_people_within_limit"] == more > 0
    price = table.loc["outreach", "additional_cost_jpy"] / table.loc["outreach", "additional_people_within_limit"]
    assert table.loc["outreach", "cost_per_additional_person_jpy"] == pytest.approx(price)
    # Video brings nobody nearer to a member of staff: no price for that, and the same places stay over the limit.
    assert np.isnan(table.loc["ict", "cost_per_additional_person_jpy"])
    assert table.loc["ict", "places_over_limit_ja"] == table.loc["today", "places_over_limit_ja"] != ""


def test_differences_are_those_from_today(north: Comparison) -> None:
    table, differences = north.table.set_index("option"), north.differences.set_index("option")
    for column in ("cost_jpy", "staff_hours", "any_day_mean_min", "contacts_ict"):
        assert (differences.loc["today", column], table.loc["today", column] + differences.loc["ict", column]) == (
            0,
            pytest.approx(table.loc["ict", column]),
        )
    assert differences.loc["ict", "limit_min"] == 120
    assert len(north.export()) == 2 * len(table)


def test_a_region_has_a_row_for_each_option_and_municipality(north: Comparison) -> None:
    places = north.places
    assert len(places) == 6 * len(set(places["code"]))
    assert set(places["centre_id"]) == {"ikinuki"}
    assert places.groupby("option")["cost_jpy"].sum().to_dict() == pytest.approx(
        north.table.set_index("option")["cost_jpy"].to_dict()
    )


def test_the_comparison_has_the_figures_of_scoring_alone(north: Comparison, parameters: Parameters) -> None:
    access = access_of(load_network(), "winter")
    plan = standard_plan("satellite", "ikinuki", access, parameters, 120)
    alone = score(plan, parameters, "winter", load_network()).region("ikinuki")
    row = north.table.set_index("option").loc["satellite"]
    assert {name: row[name] for name in ("cost_jpy", "staff_hours", "people_within_limit")} == {
        name: alone[name] for name in ("cost_jpy", "staff_hours", "people_within_limit")
    }


def test_models_stand_where_their_rule_says(parameters: Parameters) -> None:
    access = access_of(load_network(), "winter")
    far = far_municipalities("ikinuki", access, 120)
    assert "01519" in far
    assert "01221" not in far
    assert [s.at for s in standard_plan("outreach", "ikinuki", access, parameters, 120).services] == list(far)
    offices = [s.at for s in standard_plan("retention", "ikinuki", access, parameters, 120).services]
    assert offices == [code for code in far if has_consultation_office(code)]
    sites = standard_plan("satellite", "ikinuki", access, parameters, 120).services
    assert len(sites) == 2
    served = [code for site in sites for code in site.serves]
    assert len(served) == len(set(served))
    assert standard_plan("ict", "tasuku", access, parameters, 120).services == ()


def test_satellites_are_chosen_by_the_people_they_bring_within_the_limit() -> None:
    access = access_of(load_network(), "winter")
    one, two = (choose_satellites("ikinuki", access, 120, most) for most in (1, 2))
    assert two[:1] == one
    covered = []
    for most in (0, 1, 2, 20):
        sites = choose_satellites("ikinuki", access, 120, most)
        codes = far_municipalities("ikinuki", access, 120)
        positions = access.site_ids.get_indexer([*sites, "ikinuki"])
        minutes = access.site_min[np.ix_(access.site_ids.get_indexer(codes), positions)].min(axis=1)
        covered.append(int((minutes <= 120).sum()))
    assert covered == sorted(covered)
    assert covered[-1] == len(codes)


def test_centres_are_found_by_their_region() -> None:
    assert (find_centre("dohoku"), find_centre("ikinuki"), find_centre("hokkaido")) == ("ikinuki", "ikinuki", "")
    with pytest.raises(InputError, match=r"unknown centre 'north'.*dohoku"):
        find_centre("north")
    assert check_models(["ict", "satellite"]) == ("satellite", "ict")
    with pytest.raises(InputError, match="unknown model 'video'"):
        check_models(["video"])


def test_two_options_with_one_id_are_refused(parameters: Parameters) -> None:
    with pytest.raises(InputError, match="two options have the id 'today'"):
        compare("dohoku", parameters, "summer", load_network(), plans=[TODAY])


def test_all_centres_models_and_seasons_are_compared_in_seconds(parameters: Parameters) -> None:
    network = load_network()
    for season in SEASONS:
        access_of(network, season)
    start = time.perf_counter()
    rows = [len(compare(c, parameters, s, network).table) for c in CENTRE_TERRITORIES for s in SEASONS]
    assert time.perf_counter() - start < 30  # measured 2 s; room for a busy machine
    assert rows == [6] * 11 * len(SEASONS)


def test_the_same_seed_gives_the_same_ranking(north: Comparison, parameters: Parameters) -> None:
    one, two = (vary(north, parameters, load_network(), samples=20, seed=1) for _ in range(2))
    other = vary(north, parameters, load_network(), samples=20, seed=2)
    assert (one.sampled == two.sampled)[~np.isnan(one.sampled)].all()
    assert not np.allclose(np.nan_to_num(one.sampled), np.nan_to_num(other.sampled))
    for measure in MEASURES:
        pd.testing.assert_frame_equal(rank(one, measure).ranking, rank(two, measure).ranking)


def test_the_variation_starts_from_the_comparison(north: Comparison, parameters: Parameters) -> None:
    variation = vary(north, parameters, load_network(), samples=1)
    table = north.table
    for position, measure in enumerate(MEASURES):
        assert variation.base[:, position] == pytest.approx(table[measure].to_numpy(float), nan_ok=True), measure


def test_robust_and_not_robust_are_told_apart(north: Comparison, parameters: Parameters) -> None:
    variation = vary(north, parameters, load_network(), samples=40)
    near = rank(variation, "workplace_mean_min")
    assert (near.top, near.verdict, near.top_share, near.deciding) == ("retention", "robust", 1.0, ())
    strict = rank(variation, "user_travel_hours", robust_share=1.0)
    assert strict.verdict == ("robust" if strict.top_share == 1 else "not_robust")
    assert strict.ranking["top_share"].between(0, 1).all()
    assert strict.one_at_a_time["spread"].iloc[0] == strict.one_at_a_time["spread"].max()
    with pytest.raises(InputError, match="unknown measure"):
        rank(variation, "beauty")
    with pytest.raises(InputError, match="at least 1 sample"):
        vary(north, parameters, load_network(), samples=0)


def test_an_assumption_that_turns_the_ranking_is_named(parameters: Parameters) -> None:
    # Twelve sessions a year against as many as the parameter says: 10, from 4 to 24. With a triangle that peaks at 10
    # twelve are more in 1 - (24-12)^2 / ((24-4)*(24-10)) = 48.6 % of all cases.
    fixed, free = (
        replace(TODAY, id=name, centre_id="ikinuki").with_services(
            [Service("outreach", "01214", ("01214",), sessions_per_year=sessions)]
        )
        for name, sessions in (("fixed", 12), ("free", None))
    )
    result = compare("ikinuki", parameters, "winter", load_network(), models=(), plans=[fixed, free])
    found = rank(vary(result, parameters, load_network(), samples=400), "people_days_within_limit")
    assert (found.top, found.verdict, found.deciding) == ("fixed", "not_robust", ("outreach_sessions_per_year",))
    assert found.top_share == pytest.approx(1 - 144 / 280, abs=0.08)


def test_without_anybody_gained_there_is_no_ranking_by_price(parameters: Parameters) -> None:
    result = compare("tasuku", parameters, "summer", load_network())
    found = rank(vary(result, parameters, load_network(), samples=2), "cost_per_additional_person_day_jpy")
    assert (found.verdict, found.top, found.deciding) == ("no_ranking", "", ())


@pytest.mark.parametrize("distribution", ["triangular", "uniform"])
def test_samples_stay_within_the_ranges_and_leave_the_readers_values(parameters: Parameters, distribution: str) -> None:
    own = parameters.with_overrides({"share_ict": 0.3}, where="mine")
    samples = draw_samples(own, 500, np.random.default_rng(1), distribution)  # type: ignore[arg-type]
    assert "share_ict" not in samples
    assert "work_hours_per_day" not in samples  # no range
    for entry in own.entries:
        if entry.name in samples:
            assert samples[entry.name].min() >= entry.low
            assert samples[entry.name].max() <= entry.high


def test_the_command_writes_the_comparison_with_its_assumptions(
    tmp_path: Path, parameters: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ui.models_cli, "load_parameters", lambda: parameters)
    monkeypatch.setattr(ui.models_cli, "list_plans", lambda: ())
    mine = Plan("mine", "私の案", "Mine", centre_id="ikinuki", network="other")
    mine = mine.with_services([Service("outreach", "01214", ("01214",), sessions_per_year=24)])
    (tmp_path / "mine.toml").write_bytes(plan_bytes(mine))
    (tmp_path / "own.csv").write_text("name,value\nvehicle_cost_jpy_per_km,99\n", encoding="utf-8")
    out, places = tmp_path / "c.csv", tmp_path / "p.csv"
    arguments = ["compare", "--centre", "dohoku", "--models", "satellite,ict", "--season", "winter"]
    arguments += ["--scenario", tmp_path / "mine.toml", "--parameters", tmp_path / "own.csv"]
    arguments += ["--rank-by", "staff_hours", "--samples", "5", "--out", out, "--places-out", places]
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    assert "outside its range 20 to 50" in result.output
    assert "made on other roads" in result.output
    assert "staff hours a year" in result.output
    table = pd.read_csv(out, encoding="utf-8-sig")
    assert list(table["option"]) == ["today", "satellite", "ict", "mine"] * 2
    assert len(pd.read_csv(places, encoding="utf-8-sig")) == 4 * 26
    meta = pd.read_json(tmp_path / "c.csv.meta.json", typ="series")
    assert meta["parameters"]["vehicle_cost_jpy_per_km"]["basis"] == "user"
    assert meta["settings"]["season"] == "winter"
    # What was written is enough to do it again.
    (tmp_path / "again.toml").write_text(meta["plans"]["mine"], encoding="utf-8")
    assert read_plan(tmp_path / "again.toml") == with_existing(mine, load_parameters())


def test_the_commands_on_plans_list_and_show_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan("mine", "私の案", "Mine", centre_id="ikinuki")
    monkeypatch.setattr(ui.models_cli, "list_plans", lambda: (plan,))
    monkeypatch.setattr(ui.models_cli, "find_plan", lambda plan_id: {"mine": plan}[plan_id])
    listed = CliRunner().invoke(main, ["plans", "list"])
    assert "私の案" in listed.output
    shown = CliRunner().invoke(main, ["plans", "show", "mine"])
    (tmp_path / "shown.toml").write_text(shown.output, encoding="utf-8")
    again = read_plan(tmp_path / "shown.toml")
    assert replace(again, network="", data_version="") == plan
    assert again.network.startswith("embedded ")
    assert again.data_version


def test_a_plan_is_kept_to_its_centre(tmp_path: Path) -> None:
    text = 'schema = 1\nid = "x"\nname_ja = "x"\nname_en = "x"\ncentre_id = "ikinuki"\n'
    service = '[[service]]\nmodel = "ict"\nat = "01214"\nserves = ["01100"]\n'
    path = tmp_path / "x.toml"
    path.write_text(text + service, encoding="utf-8")
    with pytest.raises(InputError, match=r"service 1.*札幌市"):
        read_plan(path)
    path.write_text(text, encoding="utf-8")
    refused = CliRunner().invoke(main, ["compare", "--centre", "tokachi", "--scenario", str(path)])
    assert refused.exit_code == 1
    assert "--centre ikinuki" in refused.output


def test_a_changed_copy_of_a_plan_of_the_report_stands_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(CliRunner().invoke(main, ["plans", "show", "dohoku-report"]).output, encoding="utf-8")
    table = CliRunner().invoke(main, ["compare", "--centre", "dohoku", "--scenario", str(path)]).output
    assert "dohoku-report-own" in table
    assert "（自分の案）" in table


def test_the_command_refuses_a_wrong_centre_before_it_writes(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["compare", "--centre", "north", "--out", str(tmp_path / "c.csv")])
    assert result.exit_code != 0
    assert "unknown centre 'north'" in result.output
    assert list(tmp_path.iterdir()) == []


def test_demand_that_the_reader_knows_holds_in_every_option(parameters: Parameters) -> None:
    known = {"01214": DemandOverride(contacts_per_year=1000.0, registrants=90.0)}
    found = compare("dohoku", parameters, "summer", load_network(), demand=known)
    for result in found.scores.values():
        town = result.municipalities.set_index("code").loc["01214"]
        assert town["registrants"] == pytest.approx(90)
        assert town["contacts_per_year"] == pytest.approx(1000)
    before = compare("dohoku", parameters, "summer", load_network())
    assert found.today.region("ikinuki")["registrants"] > before.today.region("ikinuki")["registrants"]


def test_the_command_compares_practices_and_writes_areas(tmp_path: Path) -> None:
    out = tmp_path / "regions.csv"
    arguments = ["compare", "--centre", "okhotsk", "--models", "ict", "--practice", "akita-visits"]
    arguments += ["--practice", "shizuoka-coordinators", "--regions-out", str(out)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "雇用推進コーディネーター" in result.output
    table = pd.read_csv(out, encoding="utf-8-sig", dtype={"region_id": str})
    mine = table[table["option"] == "akita-visits"]
    assert mine["region_kind"].tolist() == ["area", "area", "centre", "hokkaido"]
    areas, centre = mine[mine["region_kind"] == "area"], mine[mine["region_kind"] == "centre"]
    assert areas["cost_jpy"].sum() == pytest.approx(centre["cost_jpy"].iloc[0])
    refused = CliRunner().invoke(main, ["compare", "--centre", "okhotsk", "--practice", "osaka"])
    assert refused.exit_code != 0
    assert "no practice 'osaka'" in refused.output


def test_the_demand_of_a_plan_holds_for_today_too(parameters: Parameters) -> None:
    override = {"01214": DemandOverride(120.0, 18.0)}
    plan = Plan("counted", "数えた", "Counted", centre_id="ikinuki", demand=override)
    table = compare("dohoku", parameters, "winter", load_network(), models=(), plans=(plan,)).table
    assert table["additional_cost_jpy"].tolist() == [0, 0]
    assert table["contacts_per_year"].iloc[0] == table["contacts_per_year"].iloc[1]
    other = replace(plan, id="other", demand={"01214": DemandOverride(90.0)})
    with pytest.raises(InputError, match="different demand for 01214"):
        compare("dohoku", parameters, "winter", load_network(), models=(), plans=(plan, other))


def test_staff_that_a_plan_adds_are_shown_where_the_report_states_none(parameters: Parameters) -> None:
    plan = Plan("more", "増員", "More", centre_id="ikinuki", staff=(AddedStaff("ikinuki", 1.5),))
    comparison = compare("dohoku", parameters, "winter", load_network(), models=("satellite",), plans=(plan,))
    added = comparison.table.set_index("option")["fte_added"]
    stationed = comparison.scores["satellite"].units.terms.stationed_fte.sum()
    assert added.to_dict() == {"today": 0, "satellite": stationed, "more": 1.5}
    whole = comparison.scores["more"].region("")
    assert whole["fte_added"] == 1.5


def test_what_exists_already_is_not_counted_as_a_service_of_the_plan(north: Comparison) -> None:
    services = north.table.set_index("option")["services"]
    assert services["today"] == 0
    assert services["outreach"] == len(far_municipalities("ikinuki", access_of(load_network(), "winter"), 120))


def test_a_centre_s_own_assumptions_vary_in_its_territory_alone(parameters: Parameters) -> None:
    plan = Plan("visits", "訪問", "Visits", centre_id="ikinuki", parameters={"staff_visit_share": 1.0})
    network = load_network()
    comparison = compare("hokkaido", parameters, "winter", network, models=(), plans=(plan,))
    variation = vary(comparison, parameters, network, samples=1)
    position = list(MEASURES).index("staff_hours")
    assert variation.base[1, position] == pytest.approx(comparison.scores["visits"].region("")["staff_hours"])
    assert variation.base[1, position] != pytest.approx(variation.base[0, position])
