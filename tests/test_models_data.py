"""The assumptions, plans and presets that come with the program."""

import pytest

from analysis.models.access import access_of
from analysis.models.compare import compare
from analysis.models.parameters import load_parameters
from analysis.models.plan import MODELS, Plan
from analysis.models.plan_file import list_plans, parse_plan, plan_bytes
from analysis.models.presets import list_presets, preset_plan
from analysis.models.scoring import check_score, score
from analysis.models.texts import load_model_texts
from geo.boundaries import CENTRE_TERRITORIES
from geo.roads import SEASONS, load_network


def test_there_is_a_plan_for_each_centre_that_the_report_has_one_for() -> None:
    assert {"ikinuki", "aozora", "suteji", "suteppu", "hibiki", "noikeru"} <= {plan.centre_id for plan in list_plans()}


@pytest.mark.parametrize("plan", list_plans(), ids=lambda plan: plan.id)
def test_every_plan_can_be_scored_and_written_again(plan: Plan) -> None:
    for season in SEASONS:
        check_score(score(plan, load_parameters(), season, load_network()))
    assert parse_plan(plan_bytes(plan), name="again.toml") == plan


def test_every_preset_gives_a_plan_for_every_centre() -> None:
    access = access_of(load_network(), "winter")
    for preset in list_presets():
        for centre_id in CENTRE_TERRITORIES:
            plan = preset_plan(preset, centre_id, access, load_parameters(), 120)
            check_score(score(plan, load_parameters(), "winter", load_network()))
        everywhere = preset_plan(preset, "", access, load_parameters(), 120)
        assert everywhere.services or everywhere.staff, preset.id


@pytest.mark.parametrize("season", SEASONS)
def test_every_centre_can_be_compared(season: str) -> None:
    for centre_id in CENTRE_TERRITORIES:
        plans = [plan for plan in list_plans() if plan.centre_id == centre_id]
        result = compare(centre_id, load_parameters(), season, load_network(), plans=plans)  # type: ignore[arg-type]
        assert len(result.table) == 1 + len(MODELS) + len(plans)


def test_every_model_has_its_sentences() -> None:
    assert list(load_model_texts().index) == list(MODELS)
