"""The sidebar offers a choice of networks when there is one to make."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.networks import EMBEDDED, ROADS_VARIABLE
from geo.osm import store
from geo.osm.importer import import_file
from tests.osm_files import write_osm


def sidebar() -> None:
    import streamlit as st

    from ui.sidebar import draw_sidebar

    scenario = draw_sidebar().scenario
    st.session_state["chosen"] = (scenario.roads, scenario.as_of, scenario.network().name)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(store.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.delenv(ROADS_VARIABLE, raising=False)


def labels(app: AppTest) -> set[str]:
    return {widget.label for widget in [*app.sidebar.radio, *app.sidebar.selectbox]}


def test_with_the_shipped_network_alone_there_is_no_choice() -> None:
    app = AppTest.from_function(sidebar, default_timeout=60).run()
    assert not app.exception
    assert "道路網の種類" not in labels(app)
    assert app.session_state["chosen"] == (EMBEDDED, None, EMBEDDED)


def test_an_imported_network_can_be_chosen_and_then_has_no_years(tmp_path: Path) -> None:
    import_file(write_osm(tmp_path / "t.osm", [("abc", {"highway": "trunk"})]), "mine", "hokkaido")
    app = AppTest.from_function(sidebar, default_timeout=60).run()
    assert {"道路網の種類", "道路網の時点"} <= labels(app)
    box = next(box for box in app.sidebar.selectbox if box.label == "道路網の種類")
    app = box.select("mine").run()
    assert not app.exception
    assert app.session_state["chosen"] == ("mine", None, "mine")
    assert "道路網の時点" not in labels(app)


def test_the_app_begins_with_the_network_it_was_started_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_file(write_osm(tmp_path / "t.osm", [("abc", {"highway": "trunk"})]), "mine", "hokkaido")
    monkeypatch.setenv(ROADS_VARIABLE, "mine")
    app = AppTest.from_function(sidebar, default_timeout=60).run()
    assert not app.exception
    assert app.session_state["chosen"] == ("mine", None, "mine")
