"""The table in which the reader edits a plan keeps what it does not show."""

from dataclasses import replace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analysis.models.compare import compare
from analysis.models.parameters import load_parameters
from analysis.models.plan import AddedStaff, Plan
from analysis.models.plan_file import list_plans
from geo.paths import DATA_DIR
from geo.roads import load_network
from ui.model_tables import lay_out_measures, option_titles
from ui.plan_editor import _place_options, _to_services, _to_table


@pytest.mark.parametrize("plan", list_plans(), ids=lambda plan: plan.id)
def test_a_plan_that_nobody_edits_stays_as_it_is(plan: Plan) -> None:
    services = tuple(replace(service, jpy_per_fte=4e6, note="kept") for service in plan.services)
    begun = plan.with_services(services)
    table = _to_table(begun, _place_options(plan.centre_id, "ja"))
    assert _to_services(table, begun) == services


def test_an_edited_number_changes_nothing_else() -> None:
    plan = next(plan for plan in list_plans() if plan.id == "iburi-hidaka-report")
    table = _to_table(plan, _place_options(plan.centre_id, "ja"))
    table.loc[0, "sessions_per_year"] = 24.0
    edited = _to_services(table, plan)
    assert edited[0] == replace(plan.services[0], sessions_per_year=24.0)
    assert edited[1:] == plan.services[1:]


def test_a_plan_with_added_staff_is_scored_on_the_page_as_by_the_command() -> None:
    own = Plan("own-mix", "自分の案", "Own", centre_id="ikinuki", staff=(AddedStaff("ikinuki", 1.5, 4e6),))
    app = AppTest.from_file(str(DATA_DIR.parent / "app.py"), default_timeout=120)
    app.session_state["chosen_view"] = "view_models"
    app.session_state["own_plans"] = {"ikinuki": own}
    app.session_state["own_mix_show"] = True
    app.run()
    assert not app.exception
    assert app.session_state["own_plans"]["ikinuki"].staff == own.staff
    layout = next(frame.value for frame in app.dataframe if "自分の案" in frame.value.columns)
    row = layout.set_index("指標")["自分の案"]
    assert row["足す人手（FTE・常駐と増員）"] == "1.50"
    assert row["　足す職員"] == "6.00"


def test_options_of_one_name_are_told_apart() -> None:
    plan = next(plan for plan in list_plans() if plan.id == "dohoku-report")
    copy = replace(plan, id="mine")
    comparison = compare("dohoku", load_parameters(), "summer", load_network(), models=(), plans=(plan, copy))
    titles = option_titles(comparison, "ja")
    assert len(set(titles)) == 3
    assert titles[2] == f"{plan.name_ja} (mine)"
    assert isinstance(lay_out_measures(comparison, "ja", as_difference=False), pd.DataFrame)
