"""What the reader chose is still there after the language or the view was switched, run without a browser."""

import ast

import pytest
from streamlit.testing.v1 import AppTest

from geo.paths import DATA_DIR

ROOT = DATA_DIR.parent
PRACTICE = "okayama-twice-monthly"
MODELS_PAGE, SITING_PAGE = "view_models", "view_siting"


def start(view: str, **chosen: object) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["chosen_view"] = view
    for key, value in chosen.items():
        app.session_state[f"chosen_{key}"] = value
    return app.run()


def switch_there_and_back(app: AppTest) -> None:
    for label in ("English", "日本語"):
        app.radio(key="language").set_value(label).run()
        assert not app.exception


def leave_and_return(app: AppTest, view: str) -> None:
    for shown in ("view_sources", view):
        app.radio(key="view_ja").set_value(shown).run()
        assert not app.exception


# The kind of the widget, its key, the page, what leads to it, and another choice than the first.
CHOICES = [
    ("multiselect", "plans_ikinuki", MODELS_PAGE, {}, [PRACTICE]),
    ("multiselect", "models", MODELS_PAGE, {}, ["outreach"]),
    ("selectbox", "rank_by", MODELS_PAGE, {"model_panel": "tab_sure", "models": ["outreach"]}, None),
    ("radio", "siting_tab", SITING_PAGE, {}, "tab_sites"),
    ("radio", "siting_territory", SITING_PAGE, {}, "all"),
    ("selectbox", "siting_shown", SITING_PAGE, {}, "01211"),
    ("selectbox", "siting_objective", SITING_PAGE, {"siting_tab": "tab_sites"}, "p-median"),
    ("radio", "siting_plan_territory", SITING_PAGE, {"siting_tab": "tab_sites"}, "all"),
    ("radio", "siting_plan_weight", SITING_PAGE, {"siting_tab": "tab_sites"}, "registrants"),
    ("multiselect", "siting_require", SITING_PAGE, {"siting_tab": "tab_sites"}, ["01219"]),
    ("multiselect", "siting_forbid", SITING_PAGE, {"siting_tab": "tab_sites"}, ["01219"]),
    ("selectbox", "mix_centre_all", SITING_PAGE, {"siting_tab": "tab_mix"}, "hibiki"),
    ("selectbox", "mix_measure", SITING_PAGE, {"siting_tab": "tab_mix"}, None),
]


@pytest.mark.parametrize(("kind", "name", "view", "before", "value"), CHOICES, ids=[row[1] for row in CHOICES])
def test_a_choice_outlives_other_languages_and_views(
    kind: str, name: str, view: str, before: dict[str, object], value: object
) -> None:
    app = start(view, **before)
    widget = getattr(app, kind)(key=f"{name}_ja")
    first = widget.value
    if value is None:
        widget.select_index(1).run()
    else:
        widget.set_value(value).run()
    chosen = getattr(app, kind)(key=f"{name}_ja").value
    assert chosen != first
    switch_there_and_back(app)
    assert getattr(app, kind)(key=f"{name}_ja").value == chosen
    leave_and_return(app, view)
    assert getattr(app, kind)(key=f"{name}_ja").value == chosen


def test_no_multiselect_offers_to_select_all_that_looks_alike() -> None:
    calls = [
        (path.name, {word.arg: ast.unparse(word.value) for word in node.keywords})
        for path in (ROOT / "ui").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.multiselect"
    ]
    assert "routes_page.py" in [name for name, _ in calls]
    for name, settings in calls:
        assert (settings.get("filter_mode"), settings.get("select_all")) == ("'contains'", "False"), name
