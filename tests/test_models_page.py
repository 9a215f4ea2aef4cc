"""The page of the service models, run without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from analysis.models.parameters import load_parameters
from analysis.models.plan_file import find_plan
from analysis.models.presets import list_presets
from geo.paths import DATA_DIR
from ui.text import Language, word

APP = DATA_DIR.parent / "app.py"
IDS = {entry.name for entry in load_parameters().entries}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_sensitivity_is_in_the_reader_s_language(language: Language) -> None:
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.session_state["chosen_view"] = "view_models"
    app.session_state["chosen_model_panel"] = "tab_sure"
    app.session_state["language"] = "日本語" if language == "ja" else "English"
    app.run()
    assert not app.exception
    widest = next(frame.value for frame in app.dataframe if word("spread", language) in frame.value.columns)
    heads = ("parameter_name", "option", "parameter_low", "parameter_high", "value_at_low", "value_at_high", "spread")
    assert widest.columns.tolist() == [word(key, language) for key in heads]
    assert not IDS & set(widest[word("parameter_name", language)])
    deciding = [text.value for text in app.markdown if text.value.startswith(word("deciding", language))]
    assert not any(name in text for name in IDS for text in deciding)


def start(language: Language, **chosen: object) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.session_state["chosen_view"] = "view_models"
    app.session_state["chosen_models"] = ["outreach"]
    app.session_state["language"] = "日本語" if language == "ja" else "English"
    for key, value in chosen.items():
        app.session_state[f"chosen_{key}"] = value
    return app.run()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_practice_that_changes_nothing_in_the_region_is_named(language: Language) -> None:
    staff = next(preset for preset in list_presets() if preset.id == "okayama-extra-staff")
    sessions = next(preset for preset in list_presets() if preset.id == "okayama-twice-monthly")
    app = start(language, plans_ikinuki=[staff.id, sessions.id])
    said = next(info.value for info in app.info if info.value.startswith(word("plans_unchanged", language)))
    assert getattr(staff, f"name_{language}") in said
    assert getattr(sessions, f"name_{language}") not in said


def test_plans_that_change_something_are_not_named() -> None:
    app = start("ja", plans_ikinuki=["dohoku-report", "okayama-twice-monthly"])
    assert not any(info.value.startswith(word("plans_unchanged", "ja")) for info in app.info)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_was_assumed_stands_beside_practices_and_below_them_for_the_plans_compared(language: Language) -> None:
    app = start(language, plans_ikinuki=["dohoku-report"])
    practices = next(table.value for table in app.table if word("practice_note", language) in table.value.columns)
    assert practices[word("practice_assumed", language)].tolist() == [
        getattr(preset, f"note_{language}") for preset in list_presets()
    ]
    listed = next(text.value for text in app.markdown if word("plan_notes", language) in text.value)
    assert getattr(find_plan("dohoku-report"), f"note_{language}") in listed
    assert getattr(find_plan("dohoku-report-rumoi-salon"), f"note_{language}") not in listed
