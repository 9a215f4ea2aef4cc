"""The titles of small maps."""

import pytest

from analysis.models.plan_file import list_plans
from analysis.models.presets import list_presets
from ui.small_maps import SIZE_PX, break_title

WIDTH_PX = SIZE_PX[0]
FULL_PX, HALF_PX = 13, 7
NAMES = [[getattr(item, name) for item in (*list_plans(), *list_presets())] for name in ("name_ja", "name_en")]


def width_px(text: str) -> int:
    return sum(HALF_PX if char.isascii() or char == "…" else FULL_PX for char in text)


def test_a_short_title_keeps_one_line() -> None:
    assert break_title("現状", WIDTH_PX) == ["現状"]


def test_a_title_is_broken_before_its_brackets_where_both_lines_fit() -> None:
    assert break_title("道北：留萌管内のICT相談（各市町村のサロン）", WIDTH_PX) == [
        "道北：留萌管内のICT相談",
        "（各市町村のサロン）",
    ]


def test_english_is_broken_between_words() -> None:
    assert break_title("Dohoku: video consultation in Rumoi, in each salon", WIDTH_PX) == [
        "Dohoku: video consultation in",
        "Rumoi, in each salon",
    ]


def test_of_a_title_that_is_too_long_the_end_is_kept() -> None:
    lines = break_title("Dohoku: video consultation in Rumoi, from the salon of Rumoi City only", WIDTH_PX)
    assert lines[0] == "Dohoku: video consultation in"
    assert lines[1] == "…the salon of Rumoi City only"


@pytest.mark.parametrize("names", NAMES, ids=["ja", "en"])
def test_every_plan_and_practice_can_be_told_apart_in_two_lines_that_fit(names: list[str]) -> None:
    titles = [tuple(break_title(name, WIDTH_PX)) for name in names]
    assert len(set(titles)) == len(set(names))
    for lines in titles:
        assert len(lines) <= 2
        assert all(width_px(line) <= WIDTH_PX for line in lines), lines
