"""The words of closed sections, in both languages."""

import pytest
from streamlit.testing.v1 import AppTest

from analysis.overview import Scenario
from geo.paths import DATA_DIR
from ui.closures import section_labels
from ui.text import Language

SHIBETSU = "r40_d_shibetsu_s_m01220"  # from a junction to the town hall of Shibetsu
FURANO = "r273_m01633_f_nukabira"


@pytest.mark.parametrize(("language", "road", "town"), [("ja", "国道40号", "–士別市"), ("en", "R40", "–Shibetsu City")])
def test_a_section_has_its_road_and_its_town_in_the_reader_s_language(language: Language, road: str, town: str) -> None:
    label = section_labels(Scenario().network(), language)[SHIBETSU]
    assert label.startswith(f"{road} ")
    assert label.endswith(town)


def test_what_has_no_english_name_keeps_its_japanese_one() -> None:
    label = section_labels(Scenario().network(), "en")[FURANO]
    assert label == "R273 Kamishihoro Town–ぬかびら源泉郷"


@pytest.mark.parametrize(("language", "mark"), [("日本語", "、"), ("English", ", ")])
def test_the_closed_sections_are_joined_as_the_language_does(language: str, mark: str) -> None:
    app = AppTest.from_file(str(DATA_DIR.parent / "app.py"), default_timeout=120)
    app.session_state["chosen_view"] = "view_sources"
    app.session_state["language"] = language
    app.session_state["closed_edges"] = {Scenario().roads: (FURANO, SHIBETSU)}
    app.run()
    labels = section_labels(Scenario().network(), "ja" if language == "日本語" else "en")
    assert f"{labels[FURANO]}{mark}{labels[SHIBETSU]}" in app.warning[0].value
