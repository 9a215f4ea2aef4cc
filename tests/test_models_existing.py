"""What exists already: kept by every plan, replaced where a plan says so, and never counted twice."""

from pathlib import Path

import pytest

from analysis.models import existing
from analysis.models.compare import compare
from analysis.models.existing import existing_services, with_existing
from analysis.models.parameters import Parameters, load_parameters
from analysis.models.plan import TODAY, Plan, Service
from analysis.models.plan_file import find_plan, parse_plan, plan_bytes
from analysis.models.scoring import check_score, score
from geo.errors import DataError
from geo.roads import load_network

NOBORIBETSU = "01230"


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return load_parameters()


def at_noboribetsu(plan: Plan) -> list[Service]:
    return [service for service in plan.services if NOBORIBETSU in service.serves]


def test_the_monthly_sessions_of_noboribetsu_are_part_of_today(parameters: Parameters) -> None:
    result = score(TODAY, parameters, "winter", load_network())
    table = result.municipalities.set_index("code")
    assert table.loc[NOBORIBETSU, "contacts_outreach"] > 0
    assert table.loc[NOBORIBETSU, "nearest_mean_min"] == 0
    assert table.drop(index=NOBORIBETSU)["contacts_outreach"].sum() == 0
    centre = int(result.access.site_ids.get_loc("suteji"))
    there = int(result.access.site_ids.get_loc(NOBORIBETSU))
    assert result.units.terms.drive_min[0] == result.access.site_min[centre, there]
    check_score(result)


def test_a_plan_that_states_the_same_sessions_is_not_given_them_twice(parameters: Parameters) -> None:
    plan = find_plan("iburi-hidaka-report")
    assert with_existing(plan, parameters) == plan
    twice = with_existing(with_existing(TODAY, parameters), parameters)
    assert len(at_noboribetsu(twice)) == 1


def test_existing_sessions_take_what_a_plan_leaves(parameters: Parameters) -> None:
    most = Service("consultation", NOBORIBETSU, (NOBORIBETSU,), share=0.9)
    full = with_existing(Plan("p", "案", "Plan", services=(most,)), parameters)
    assert [service.share for service in at_noboribetsu(full)] == [0.9, pytest.approx(0.1)]
    retention = Service("retention", NOBORIBETSU, (NOBORIBETSU,), share=1.0)
    assert at_noboribetsu(with_existing(Plan("p", "案", "Plan", services=(retention,)), parameters))[1].share is None


def test_the_centre_of_the_sessions_holds_them_whoever_the_plan_is_of(parameters: Parameters) -> None:
    other = Plan("p", "案", "Plan", centre_id="ikinuki")
    assert [service.centre_id for service in with_existing(other, parameters).services] == ["suteji"]
    one, two = (score(plan, parameters, "summer", load_network()).region("") for plan in (TODAY, other))
    assert one["cost_jpy"] == two["cost_jpy"]


def test_a_scored_plan_can_be_written_and_scored_again(parameters: Parameters) -> None:
    result = score(TODAY, parameters, "summer", load_network())
    again = score(parse_plan(plan_bytes(result.plan), name="again"), parameters, "summer", load_network())
    assert again.plan.services == result.plan.services
    assert again.region("")["cost_jpy"] == result.region("")["cost_jpy"]


def test_a_comparison_of_another_region_does_not_count_them(parameters: Parameters) -> None:
    table = compare("dohoku", parameters, "winter", load_network()).table
    assert table["contacts_outreach"].iloc[0] == 0


def test_an_existing_service_of_several_places_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "existing.toml"
    text = existing.EXISTING_PATH.read_text(encoding="utf-8")
    path.write_text(text.replace('["01230"]', '["01230", "01205"]'), encoding="utf-8")
    monkeypatch.setattr(existing, "EXISTING_PATH", path)
    existing_services.cache_clear()
    with pytest.raises(DataError, match="serve its own place alone"):
        existing_services()
    monkeypatch.undo()
    existing_services.cache_clear()
