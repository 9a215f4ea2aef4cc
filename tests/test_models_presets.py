from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.models.access import access_of
from analysis.models.demand import base_demand
from analysis.models.parameters import Parameters
from analysis.models.plan import MODELS, TODAY
from analysis.models.preconditions import has_consultation_office, has_transition_support
from analysis.models.presets import RULES, Preset, list_presets, parse_preset, preset_plan
from analysis.models.scoring import check_score, score
from analysis.models.standard import far_municipalities
from analysis.models.texts import TEXT_COLUMNS, load_model_texts
from geo.boundaries import CENTRE_TERRITORIES
from geo.errors import DataError, InputError
from geo.roads import load_network
from tests.models_case import case_parameters

TOP = 'schema = 1\nid = "p"\nname_ja = "例"\nname_en = "Example"\n[preset]\n'


@pytest.fixture(scope="module")
def parameters(tmp_path_factory: pytest.TempPathFactory) -> Parameters:
    return case_parameters(tmp_path_factory.mktemp("parameters"))


def preset(text: str) -> Preset:
    return parse_preset((TOP + text).encode(), name="p.toml")


def test_a_wrong_preset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"p\.toml, \[preset\].*rule = 'magic'.*one of sessions"):
        preset('rule = "magic"\n')
    with pytest.raises(InputError, match="unknown key 'color'"):
        parse_preset(f'color = "red"\n{TOP}rule = "sessions"\n'.encode(), name="p.toml")
    (tmp_path / "p.toml").write_text(f'{TOP}rule = "sessions"\n', encoding="utf-8")
    assert [found.rule for found in list_presets(tmp_path)] == ["sessions"]


def test_sessions_stand_in_every_far_municipality(parameters: Parameters) -> None:
    access = access_of(load_network(), "winter")
    text = 'rule = "sessions"\nsessions_per_year = 24\nvenue_jpy_per_session = 0\n'
    plan = preset_plan(preset(text), "ikinuki", access, parameters, 120)
    assert [s.at for s in plan.services] == list(far_municipalities("ikinuki", access, 120))
    assert {s.sessions_per_year for s in plan.services} == {24}
    assert plan.parameters == {"outreach_venue_jpy_per_session": 0}


def test_satellites_cover_everybody_within_the_limit_of_the_practice(parameters: Parameters) -> None:
    network = load_network()
    access = access_of(network, "summer")
    plan = preset_plan(preset('rule = "cover_within"\nlimit_min = 90\n'), "suteji", access, parameters, 120)
    result = score(plan, parameters, "summer", network, limit_min=90)
    inside = (result.demand.places["centre_id"] == "suteji").to_numpy()
    assert (result.units.times.nearest_min[inside] <= 90).all()
    assert (access.unit_min[inside, access.site("suteji")] > 90).any()


def test_desks_stand_at_consultation_offices_without_staff_of_their_own(parameters: Parameters) -> None:
    access = access_of(load_network(), "winter")
    text = 'rule = "desk_at_consultation_office"\nsites = 2\nhours_per_day = 1\nrent_jpy_per_year = 0\n'
    plan = preset_plan(preset(text), "ikinuki", access, parameters, 120)
    assert len(plan.services) == 2
    assert all(has_consultation_office(s.at) and s.staff_fte == 0 and s.hours_per_day == 1 for s in plan.services)


def test_partners_are_those_that_the_practice_needs(parameters: Parameters) -> None:
    access = access_of(load_network(), "winter")
    text = 'rule = "partner_office"\nneeds = "transition_support"\n'
    plan = preset_plan(preset(text), "", access, parameters, 120)
    assert plan.services
    assert all(has_transition_support(s.at) for s in plan.services)


def test_staff_are_added_to_every_centre_or_to_the_largest(parameters: Parameters) -> None:
    access = access_of(load_network(), "winter")
    each = preset('rule = "extra_staff"\nextra_staff = 17\ncentres = 8\ncost_jpy_per_year = 63000000\n')
    plan = preset_plan(each, "", access, parameters, 120)
    assert plan.services == ()
    assert [row.centre_id for row in plan.staff] == list(CENTRE_TERRITORIES)
    assert {(row.fte, row.jpy_per_fte) for row in plan.staff} == {(2.125, 63e6 / 17)}
    largest = preset('rule = "extra_staff"\nextra_staff = 4\ncentres = 2\nlargest = 2\n')
    chosen = preset_plan(largest, "", access, parameters, 120).staff
    people = base_demand().places.assign(people=base_demand().people).groupby("centre_id")["people"].sum()
    assert {row.centre_id for row in chosen} == set(people.nlargest(2).index)
    assert {row.fte for row in chosen} == {2}
    smallest = str(people.idxmin())
    assert preset_plan(largest, smallest, access, parameters, 120).staff == ()


def test_added_staff_cost_their_pay_and_bring_nobody_nearer(parameters: Parameters) -> None:
    network = load_network()
    access = access_of(network, "winter")
    found = preset('rule = "extra_staff"\nextra_staff = 17\ncentres = 8\ncost_jpy_per_year = 63000000\n')
    assert not found.uses_models
    plan = preset_plan(found, "ikinuki", access, parameters, 120)
    before, after = (score(p, parameters, "winter", network) for p in (TODAY, plan))
    one, other = before.region("ikinuki"), after.region("ikinuki")
    assert other["cost_added_staff_jpy"] == pytest.approx(2.125 * 63e6 / 17)
    assert other["cost_jpy"] - one["cost_jpy"] == pytest.approx(2.125 * 63e6 / 17)
    assert other["fte_needed"] == one["fte_needed"]
    assert other["people_within_limit"] == one["people_within_limit"]
    assert after.region("suteji")["cost_jpy"] == before.region("suteji")["cost_jpy"]
    check_score(after)


def test_visits_within_two_hours_take_the_place_of_visits_to_the_centre(parameters: Parameters) -> None:
    network = load_network()
    access = access_of(network, "winter")
    plan = preset_plan(preset('rule = "visit_within"\nlimit_min = 120\n'), "ikinuki", access, parameters, 90)
    before, after = (score(p, parameters, "winter", network, limit_min=90) for p in (TODAY, plan))
    centre_min = before.units.times.nearest_min
    mine = (before.demand.places["centre_id"] == "ikinuki").to_numpy() & np.isfinite(centre_min)
    near, far = mine & (centre_min <= 120), mine & (centre_min > 120)
    assert after.units.contacts.of("centre_visit")[near].sum() == pytest.approx(0)
    assert after.units.contacts.by_mode[far] == pytest.approx(before.units.contacts.by_mode[far])
    assert after.region("ikinuki")["vehicle_km"] > before.region("ikinuki")["vehicle_km"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("centre_id", ["", *CENTRE_TERRITORIES])
def test_every_rule_gives_a_plan_that_can_be_scored(parameters: Parameters, rule: str, centre_id: str) -> None:
    network = load_network()
    plan = preset_plan(preset(f'rule = "{rule}"\n'), centre_id, access_of(network, "winter"), parameters, 120)
    result = score(plan, parameters, "winter", network)
    assert np.isfinite(result.units.costs).all()
    assert result.units.contacts.by_mode.sum() == pytest.approx(result.demand.contacts.sum())


def test_texts_on_every_model_are_required(tmp_path: Path) -> None:
    header = ",".join(["model", *TEXT_COLUMNS])
    rows = [",".join([model, *(f"{model} {name}" for name in TEXT_COLUMNS)]) for model in reversed(MODELS)]
    path = tmp_path / "models.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    texts = load_model_texts(path)
    assert list(texts.index) == list(MODELS)
    assert texts.loc["ict", "sacrifice_en"] == "ict sacrifice_en"
    short = tmp_path / "short.csv"
    short.write_text("\n".join([header, *rows[1:]]), encoding="utf-8")
    with pytest.raises(DataError, match="the model retention is missing"):
        load_model_texts(short)


def test_a_mini_centre_costs_what_the_practice_paid(parameters: Parameters) -> None:
    network = load_network()
    text = 'rule = "one_worker_site"\nstaff_fte = 1\ncost_jpy_per_site_year = 4000000\n'
    plan = preset_plan(preset(text), "ikinuki", access_of(network, "winter"), parameters, 120)
    usual = plan.with_services(replace(service, jpy_per_fte=None) for service in plan.services)
    paid, default = (score(p, parameters, "winter", network).region("ikinuki") for p in (plan, usual))
    less = len(plan.services) * (parameters["staff_cost_jpy_per_year"] - 4_000_000)
    assert default["cost_jpy"] - paid["cost_jpy"] == pytest.approx(less)
    assert default["cost_staff_jpy"] - paid["cost_staff_jpy"] == pytest.approx(less)
    assert paid["staff_hours"] == default["staff_hours"]
    tills = [score(p, parameters, "winter", network).cash_jpy("ikinuki") for p in (usual, plan)]
    assert tills[0] - tills[1] == pytest.approx(less)
    fte = sum(score(plan, parameters, "winter", network).units.terms.stationed_fte)
    assert tills[1] == pytest.approx(paid["cost_jpy"] - paid["cost_staff_jpy"] + fte * 4_000_000)
    check_score(score(plan, parameters, "winter", network))


def test_a_practice_in_one_territory_changes_no_other(parameters: Parameters) -> None:
    network = load_network()
    access = access_of(network, "winter")
    text = 'rule = "visit_within"\nlimit_min = 120\nextra_staff = 1\ncentres = 1\nlargest = 1\n'
    plan = preset_plan(preset(text), "ikinuki", access, parameters, 120)
    before, after = (score(p, parameters, "winter", network) for p in (TODAY, plan))
    for centre in CENTRE_TERRITORIES:
        same = before.region(centre)["contacts_staff_visit"] == after.region(centre)["contacts_staff_visit"]
        assert same == (centre != "ikinuki")
    check_score(after)
