"""The page of the service models, run without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from analysis.models.parameters import load_parameters
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
