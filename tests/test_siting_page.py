"""The page of siting, run without a browser."""

import functools

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from analysis.models.parameters import load_parameters
from analysis.siting.robust import robust_mix
from geo.paths import DATA_DIR
from ui.mix_words import choice_in_words
from ui.parameter_words import parameter_label, unit_label
from ui.place_names import in_language, place_names
from ui.siting_map import classify_gains
from ui.text import Language, load_words, word

APP = DATA_DIR.parent / "app.py"


def start(tab: str, language: Language = "ja", **chosen: object) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.session_state["chosen_view"] = "view_siting"
    app.session_state["language"] = "日本語" if language == "ja" else "English"
    app.session_state["chosen_siting_tab"] = tab
    for key, value in chosen.items():
        app.session_state[f"chosen_{key}"] = value
    return app.run()


def columns_of(app: AppTest) -> list[set[str]]:
    return [set(frame.value.columns) for frame in app.dataframe]


def texts_of(app: AppTest) -> str:
    texts = [element.value for kind in ("markdown", "caption", "info", "warning") for element in app.get(kind)]
    # The names of sources stay as they are published.
    frames = [frame.value.drop(columns=["出典", "Source"], errors="ignore") for frame in app.dataframe]
    cells = [str(cell) for frame in frames for cell in frame.to_numpy().ravel()]
    heads = [str(column) for frame in frames for column in frame.columns]
    return "\n".join([*texts, *cells, *heads])


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


LANGUAGES: tuple[Language, ...] = ("ja", "en")
PANELS = [("tab_test", "test_panel"), ("tab_sites", "sites_panel"), ("tab_mix", "mix_panel")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("tab", "panel"), PANELS)
def test_every_part_says_what_it_takes_and_whether_the_conditions_hold(
    tab: str, panel: str, language: Language
) -> None:
    app = start(tab, language, **{panel: "panel_takes"})
    assert not app.exception
    takes = {word(key, language) for key in ("takes_hours", "takes_fte", "takes_nights", "takes_cash", "takes_setup")}
    found = next(frame.value for frame in app.dataframe if takes <= set(frame.value.columns))
    conditions = next(frame.value for frame in app.dataframe if word("status", language) in frame.value.columns)
    counts = [int(text) for text in found[word("takes_conditions", language)].iloc[-1].split(" / ")]
    assert sum(counts) == len(conditions) > 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("tab", "panel"), PANELS)
def test_every_part_names_the_assumptions_it_hangs_on(tab: str, panel: str, language: Language) -> None:
    app = start(tab, language, **{panel: "panel_hangs"})
    assert not app.exception
    heads = [word(key, language) for key in ("parameter_name", "value", "parameter_unit", "parameter_basis")]
    found = next(frame.value for frame in app.dataframe if set(heads) <= set(frame.value.columns))
    ids = {entry.name for entry in load_parameters().entries}
    assert not ids & set(found[heads[0]])
    bases = {word(f"parameter_basis_{basis}", language) for basis in ("published", "report", "assumption")}
    assert set(found[heads[3]]) <= bases


def test_sites_say_what_they_give_with_other_travel_times() -> None:
    app = start("tab_sites", season="winter", sites_panel="panel_hangs")
    found = next(frame.value for frame in app.dataframe if "所要時間" in frame.value.columns)
    assert found["所要時間"].tolist() == [
        "画面のとおり",
        "すべて 0.9 倍",
        "すべて 1.2 倍",
        "有料道路なし",
        "夏",
        "冬（荒天の日）",
    ]
    value = dict(zip(found["所要時間"], found["目的の値"], strict=True))
    assert value["すべて 0.9 倍"] >= value["画面のとおり"] >= value["すべて 1.2 倍"]
    assert value["夏"] >= value["画面のとおり"] >= value["冬（荒天の日）"]


def test_the_winter_and_the_summer_sites_stand_side_by_side() -> None:
    app = start("tab_sites", sites_panel="panel_seasons")
    assert not app.exception
    assert len(app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")) == 2
    which = next(frame.value for frame in app.dataframe if word("in_which_set", "ja") in frame.value.columns)
    assert set(which[word("in_which_set", "ja")]) <= {"どちらの季節も", "冬だけ", "夏だけ"}
    crossed = next(frame.value for frame in app.dataframe if word("season_set", "ja") in frame.value.columns)
    assert list(zip(crossed["どの季節の組"], crossed["測った季節"], strict=True)) == [
        ("冬", "冬"),
        ("冬", "夏"),
        ("夏", "冬"),
        ("夏", "夏"),
    ]
    value = crossed["目的の値"].tolist()
    assert value[0] >= value[2]
    assert value[3] >= value[1]


def test_a_season_without_an_answer_is_named_and_the_other_is_shown() -> None:
    app = start("tab_sites", season="summer", limit="60", sites_panel="panel_takes")
    app.selectbox(key="siting_objective_ja").set_value("set-cover")
    # Without a site of its own Horokanai is 49 minutes from the nearest in summer and 63 in winter.
    app.multiselect(key="siting_forbid_ja").set_value(["01472"]).run()
    assert not app.error
    app.radio(key="sites_panel_ja").set_value("panel_seasons").run()
    assert not app.exception
    assert "幌加内町" in app.warning[0].value
    assert app.warning[0].value.startswith("冬")
    crossed = next(frame.value for frame in app.dataframe if word("season_set", "ja") in frame.value.columns)
    assert crossed["どの季節の組"].tolist() == ["夏", "夏"]


def test_the_winter_and_the_summer_mix_stand_side_by_side() -> None:
    app = start("tab_mix", mix_panel="panel_seasons")
    assert not app.exception
    assert len(app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")) == 2
    crossed = next(frame.value for frame in app.dataframe if word("season_mix", "ja") in frame.value.columns)
    assert len(crossed) == 4
    differing = app.dataframe[-1].value
    assert (differing["冬"] != differing["夏"]).all()


def test_robust_sites_are_marked_in_the_sets_and_the_page_says_how_to_ask() -> None:
    app = start("tab_sites")
    app.number_input(key="siting_count").set_value(2)
    app.multiselect(key="siting_require_ja").set_value(["01219"]).run()  # in every set, whatever the season
    assert word("robust_off", "ja") in texts_of(app)
    assert "◎" not in "".join(app.dataframe[0].value["新しい拠点"])
    app.checkbox(key="siting_robust").check().run()
    assert word("robust_off", "ja") not in texts_of(app)
    assert all("◎紋別市" in sites for sites in app.dataframe[0].value["新しい拠点"])
    table = next(frame.value for frame in app.dataframe if word("siting_is_robust", "ja") in frame.value.columns)
    robust = set(table.loc[table[word("siting_is_robust", "ja")], "市町村・地区"])
    marked = {site for sites in app.dataframe[0].value["新しい拠点"] for site in sites.split("、") if "◎" in site}
    assert marked == {f"◎{name}" for name in robust}


def test_a_check_that_finds_no_robust_site_says_so() -> None:
    app = start("tab_sites", season="winter")
    app.number_input(key="siting_count").set_value(1)
    app.checkbox(key="siting_robust").check().run()
    assert word("robust_none", "ja").format(samples=20) in texts_of(app)


def test_robust_choices_are_marked_in_the_mix_until_the_question_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.mix_tab.robust_mix", functools.partial(robust_mix, samples=1))
    app = start("tab_mix", mix_panel="panel_robust")
    assert word("robust_mix_off", "ja") in texts_of(app)
    app.button(key="mix_robust").click().run()
    assert not app.exception
    mix = next(frame.value for frame in app.dataframe if word("robust_short", "ja") in frame.value.columns)
    found = app.dataframe[-1].value
    robust = found.loc[found[word("siting_is_robust", "ja")], "市町村・地区"].tolist()
    assert mix.loc[mix["堅い"] == "◎", "市町村・地区"].tolist() == robust
    app.number_input(key="mix_budget").set_value(3.0).run()
    assert word("robust_short", "ja") not in set().union(*columns_of(app))


def test_the_english_page_has_no_japanese_but_the_language_switch() -> None:
    for tab, panel, value in (
        ("tab_test", "test_panel", "panel_takes"),
        ("tab_sites", "sites_panel", "panel_seasons"),
        ("tab_mix", "mix_panel", "panel_seasons"),
        ("tab_mix", "mix_panel", "panel_hangs"),
    ):
        text = texts_of(start(tab, "en", **{panel: value}))
        japanese = [line for line in text.splitlines() if any("\u3040" <= c <= "\u9fff" for c in line)]
        assert japanese == [], (tab, value)


def test_every_assumption_and_unit_has_words_in_both_languages() -> None:
    for entry in load_parameters().entries:
        labels = {language: parameter_label(entry.name, language) for language in LANGUAGES}
        assert labels["ja"] != labels["en"]
        assert unit_label(entry.unit, "ja") != entry.unit


def test_an_assumption_without_words_keeps_its_id() -> None:
    assert parameter_label("not_named_yet", "ja") == "not_named_yet"


def test_names_of_places_are_in_the_reader_s_language() -> None:
    assert in_language("名寄市、紋別市", "en") == "Nayoro City, Mombetsu City"
    assert in_language("名寄市、紋別市", "ja") == "名寄市、紋別市"
    assert in_language("", "en") == ""
    assert place_names("en")["01219"] == "Mombetsu City"


def test_choices_are_written_in_the_reader_s_language() -> None:
    text = "satellite@01219 + outreach x12"
    assert choice_in_words(text, "en") == "Satellite Mombetsu City + Outreach sessions 12 a year"
    assert choice_in_words(text, "ja") == "サテライト 紋別市 + 出張相談会 年 12 回"
    assert choice_in_words("as is", "en") == "As is"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cheapest_mix_names_whom_nothing_reaches(language: Language) -> None:
    app = start("tab_mix", language, mix_goal="goal_cheapest", season="winter", limit="90")
    assert not app.exception
    # The budget is no question then, and neither is what more of it would bring.
    assert "mix_budget" not in [item.key for item in app.number_input]
    panels = next(radio for radio in app.radio if word("panel_takes", language) in radio.options)
    assert word("panel_frontier", language) not in panels.options
    warned = " ".join(item.value for item in app.warning)
    assert word("mix_left_out", language) in warned
    assert ("羽幌町" if language == "ja" else "Haboro") in warned


def test_a_million_yen_and_a_staff_member_more_have_their_worth() -> None:
    app = start("tab_mix", mix_panel="panel_more", season="winter")
    assert not app.exception
    app.number_input(key="mix_budget").set_value(2.0).run()
    app.button(key="mix_more").click().run()
    assert not app.exception
    table = next(frame.value for frame in app.dataframe if word("more_of", "ja") in frame.value.columns)
    assert table[word("more_of", "ja")].tolist()[0] == word("more_million", "ja")
    assert len(table) == 2
    gains = table[word("measure_people_days", "ja")]
    assert (gains >= 0).all()
    assert gains[0] > 0
