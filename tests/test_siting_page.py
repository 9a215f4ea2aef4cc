"""The page of siting, run without a browser."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from geo.paths import DATA_DIR
from ui.siting_map import classify_gains
from ui.text import load_words

APP = DATA_DIR.parent / "app.py"


def start(tab: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.session_state["chosen_view"] = "view_siting"
    app.session_state["siting_tab_ja"] = tab
    return app.run()


@pytest.mark.parametrize("tab", ["tab_test", "tab_sites", "tab_mix"])
def test_every_part_is_drawn(tab: str) -> None:
    app = start(tab)
    assert not app.exception
    assert not app.error
    assert len(app.dataframe) >= 1


def test_the_candidates_of_the_report_are_pinned_from_the_start() -> None:
    app = start("tab_test")
    names = app.dataframe[0].value["市町村・地区"].tolist()
    assert {"苫小牧市", "新ひだか町", "網走市", "紋別市", "西興部村", "留萌市", "稚内市"} <= set(names)


def test_what_is_infeasible_is_said_on_the_page() -> None:
    app = start("tab_sites")
    app.number_input(key="siting_count").set_value(1)
    app.multiselect(key="siting_require_ja").set_value(["01214", "01219"])
    app.run()
    assert not app.exception
    assert "--sites 2" in app.error[0].value


def test_robust_sites_are_shown_when_asked_for() -> None:
    app = start("tab_sites")
    app.number_input(key="siting_count").set_value(1)
    app.checkbox(key="siting_robust").check()
    app.run()
    assert not app.exception
    assert any("堅い（全季節、試行の 9 割以上）" in frame.value.columns for frame in app.dataframe)


def test_places_are_classed_by_before_and_after() -> None:
    before = np.asarray([10.0, 130.0, 130.0, 130.0, np.inf, np.inf])
    after = np.asarray([10.0, 90.0, 125.0, 130.0, np.nan, 100.0])
    expected = ["within", "newly_within", "quicker", "still_over", "unreached", "newly_within"]
    assert classify_gains(before, after, 120.0) == expected


def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    words = load_words()
    for kind in ("within", "newly_within", "quicker", "still_over", "unreached"):
        assert words[f"gain_{kind}"]["ja"]
        assert words[f"gain_{kind}"]["en"]
