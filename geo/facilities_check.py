"""A maintainer's check: the transcribed figures against the text of the report."""

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pandas as pd

from geo.errors import InputError
from geo.facilities import (
    ACTIVITY_COLUMNS,
    CENTRE_COUNT,
    REPORT_MEAN_PLACEMENTS,
    REPORT_MEAN_WORKPLACE_VISITS,
    load_centre_activity,
    load_centres,
    load_municipal_resources,
    load_resource_totals,
)
from geo.tables import decode_text, read_bytes

_ROWS_IN_LEFT_HALF = 13
_FIGURE_PAGE = "地域内の連携先数"
_SCOPE_WORDS = {"subtotal": r"(?<!総)計", "total": "総計"}
_Check = dict[str, object]


def compare_with_report(report_path: Path) -> pd.DataFrame:
    """Look up every transcribed figure in the section of its centre.

    Parameters
    ----------
    report_path
        The report's text, UTF-8, with chapter 2 in its original order.

    Returns
    -------
    pandas.DataFrame
        One row for each check, columns ``item, expected, found, ok``; ``found`` is ``""`` where nothing was found.

    Raises
    ------
    InputError
        If the text has no chapter 2 with 11 centres.
    """
    text = unicodedata.normalize("NFKC", decode_text(read_bytes(report_path), name=report_path.name))
    sections = _split_sections(text, name=report_path.name)
    checks = [*_check_centres(text, sections), *_check_resources(sections), *_check_totals(sections)]
    checks += _check_activity(sections)
    checks.append(_check("mean.workplace_visits", f"平均({REPORT_MEAN_WORKPLACE_VISITS}件)", text))
    checks.append(_check("mean.placements", f"道内平均は{REPORT_MEAN_PLACEMENTS}件", text))
    return pd.DataFrame(checks, columns=["item", "expected", "found", "ok"])


def _split_sections(text: str, *, name: str) -> dict[str, str]:
    """Cut chapter 2 at the heading of each centre's table, which comes first in every section."""
    parts = re.split(r"^1 現況$", text, flags=re.MULTILINE)[1:]
    if len(parts) != CENTRE_COUNT:
        raise InputError(
            f"{name}: {len(parts)} sections of chapter 2 found, expected {CENTRE_COUNT}. Give the report's full text."
        )
    parts[-1] = re.split(r"^第3章 ", parts[-1], flags=re.MULTILINE)[0]
    return dict(zip(load_centres()["centre_id"], parts, strict=True))


def _check(item: str, expected: str, text: str) -> _Check:
    """Look for a phrase, whatever line breaks stand in the text."""
    is_found = expected.replace(" ", "") in re.sub(r"\s", "", text)
    return {"item": item, "expected": expected, "found": expected if is_found else "", "ok": is_found}


def _check_centres(text: str, sections: dict[str, str]) -> list[_Check]:
    checks = []
    for centre in load_centres().itertuples():
        section = sections[centre.centre_id]
        name = unicodedata.normalize("NFKC", f"{centre.name_ja} {centre.nickname_ja}")
        operator = centre.operator_ja.replace("社会福祉法人", "(社福)")
        checks.append(_check(f"{centre.centre_id}.name_ja", name, section))
        table_row = re.search(rf"{re.escape(operator)}\W* {centre.city_ja}", text)
        checks.append(
            {
                "item": f"{centre.centre_id}.operator_ja",
                "expected": f"{operator} {centre.city_ja}",
                "found": table_row.group() if table_row else "",
                "ok": table_row is not None,
            }
        )
        if pd.notna(centre.staff_total):
            checks.append(_check(f"{centre.centre_id}.staff_total", f"計{centre.staff_total}名体制", section))
        if pd.notna(centre.staff_job_coach):
            checks.append(_check(f"{centre.centre_id}.staff_job_coach", f"JC{centre.staff_job_coach}名", section))
    return checks


def _check_resources(sections: dict[str, str]) -> list[_Check]:
    checks = []
    for row in load_municipal_resources().itertuples():
        pattern = rf"(?:^|\s){row.row_no} {row.municipality_name}((?: \d+)+)"
        match = re.search(pattern, sections[row.centre_id], flags=re.MULTILINE)
        figures = match.group(1).split() if match else []
        # The right half of the table begins with its row number, 13 more than that of the left half.
        if len(figures) > 1 and figures[-1] == str(row.row_no + _ROWS_IN_LEFT_HALF):
            figures.pop()
        found = " ".join(figures)
        checks.append(
            {
                "item": f"{row.centre_id}.{row.municipality_name}",
                "expected": row.printed_figures,
                "found": found,
                "ok": found == row.printed_figures,
            }
        )
    return checks


def _check_totals(sections: dict[str, str]) -> list[_Check]:
    checks = []
    for (centre_id, scope), printed in load_resource_totals().groupby(["centre_id", "scope"], sort=False):
        expected = " ".join(str(value) for value in printed["value"])
        match = re.search(rf"{_SCOPE_WORDS[scope]}((?: \d+)+)", sections[centre_id])
        found = match.group(1).strip() if match else ""
        checks.append(
            {"item": f"{centre_id}.{scope}", "expected": expected, "found": found, "ok": found == expected}
        )
    return checks


def _check_activity(sections: dict[str, str]) -> list[_Check]:
    """Use up the figures of each centre's figure page one by one, so that none counts twice."""
    checks = []
    for row in load_centre_activity().to_dict("records"):
        left = _figures_of_page(sections[row["centre_id"]])
        for column in ACTIVITY_COLUMNS:
            if pd.isna(row[column]):
                continue
            expected = int(row[column])
            is_found = left[expected] > 0
            left[expected] -= 1
            checks.append(
                {
                    "item": f"{row['centre_id']}.{column}",
                    "expected": str(expected),
                    "found": str(expected) if is_found else "",
                    "ok": is_found,
                }
            )
    return checks


def _figures_of_page(section: str) -> Counter[int]:
    """Count the lone figures, and those glued to a label, of the page with the centre's figure."""
    start = section.rfind("\n", 0, section.find("第4部", section.find("特")))
    page = section[start:] if _FIGURE_PAGE in section[start:] else section
    lines = re.findall(r"^(\d[\d,]*)(?:\D*)$", page, flags=re.MULTILINE)
    return Counter(int(line.replace(",", "")) for line in lines)
