"""A maintainer's check: the transcribed figures against the text of the report."""

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pandas as pd

from geo.boundaries import CENTRE_COUNT
from geo.errors import InputError
from geo.facilities import (
    ACTIVITY_COLUMNS,
    REPORT_MEAN_PLACEMENTS,
    REPORT_MEAN_WORKPLACE_VISITS,
    load_centre_activity,
    load_centres,
    load_municipal_resources,
    load_resource_totals,
)
from geo.tables import decode_text, read_bytes

_ROWS_IN_LEFT_HALF = 13
_HEADING_AFTER_TABLE = "2 地域の就労支援体制"
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
        One row for each check, columns ``item, expected, found, ok``; ``found`` is ``""`` where nothing
        was found.

    Raises
    ------
    InputError
        If the text has no chapter 2 with 11 centres.
    """
    text = unicodedata.normalize("NFKC", decode_text(read_bytes(report_path), name=report_path.name))
    sections = _split_sections(text, name=report_path.name)
    checks = [*_check_centres(text, sections), *_check_resources(sections), *_check_totals(sections)]
    checks += _check_activity(sections)
    checks.append(_find_phrase("mean.workplace_visits", f"平均({REPORT_MEAN_WORKPLACE_VISITS}件)", text))
    checks.append(_find_phrase("mean.placements", f"道内平均は{REPORT_MEAN_PLACEMENTS}件", text))
    return pd.DataFrame(checks, columns=["item", "expected", "found", "ok"])


def _split_sections(text: str, *, name: str) -> dict[str, str]:
    """Cut chapter 2 at the heading of each centre's table, which comes first in every section."""
    parts = re.split(r"^1 現況$", text, flags=re.MULTILINE)[1:]
    if len(parts) != CENTRE_COUNT:
        raise InputError(
            f"{name}: {len(parts)} sections of chapter 2 found, expected {CENTRE_COUNT}. "
            "Give the full text of the report."
        )
    parts[-1] = re.split(r"^第3章 ", parts[-1], flags=re.MULTILINE)[0]
    return dict(zip(load_centres()["centre_id"], parts, strict=True))


def _compare(item: str, expected: str, found: str) -> _Check:
    return {"item": item, "expected": expected, "found": found, "ok": expected == found}


def _find_phrase(item: str, expected: str, text: str) -> _Check:
    """Look for a phrase, whatever spaces and line breaks stand in the text."""
    is_found = expected.replace(" ", "") in re.sub(r"\s", "", text)
    return _compare(item, expected, expected if is_found else "")


def _check_centres(text: str, sections: dict[str, str]) -> list[_Check]:
    checks = []
    for centre in load_centres().to_dict("records"):
        centre_id = centre["centre_id"]
        section = sections[centre_id]
        name = unicodedata.normalize("NFKC", f"{centre['name_ja']} {centre['nickname_ja']}")
        operator = centre["operator_ja"].replace("社会福祉法人", "(社福)")
        # One operator stands with a stray bracket behind it.
        row = re.search(rf"({re.escape(operator)})\W* ({centre['city_ja']})", text)
        checks.append(_find_phrase(f"{centre_id}.name_ja", name, section))
        expected = f"{operator} {centre['city_ja']}"
        checks.append(_compare(f"{centre_id}.operator_ja", expected, " ".join(row.groups()) if row else ""))
        for column, phrase in (("staff_total", "計{}名体制"), ("staff_job_coach", "JC{}名")):
            if pd.notna(centre[column]):
                checks.append(_find_phrase(f"{centre_id}.{column}", phrase.format(centre[column]), section))
    return checks


def _check_resources(sections: dict[str, str]) -> list[_Check]:
    checks = []
    for row in load_municipal_resources().to_dict("records"):
        centre_id, name = row["centre_id"], row["municipality_name"]
        pattern = rf"(?:^|\s){row['row_no']} {name}((?: \d+)+)"
        match = re.search(pattern, sections[centre_id], flags=re.MULTILINE)
        figures = match.group(1).split() if match else []
        # The right half of the table begins with its row number, 13 more than that of the left half.
        if len(figures) > 1 and figures[-1] == str(row["row_no"] + _ROWS_IN_LEFT_HALF):
            figures.pop()
        checks.append(_compare(f"{centre_id}.{name}", row["printed_figures"], " ".join(figures)))
    return checks


def _check_totals(sections: dict[str, str]) -> list[_Check]:
    checks = []
    totals = load_resource_totals()
    for centre_id, section in sections.items():
        for scope, word in _SCOPE_WORDS.items():
            values = totals.loc[(totals["centre_id"] == centre_id) & (totals["scope"] == scope), "value"]
            if values.empty:
                continue
            match = re.search(rf"{word}((?: \d+)+)", section)
            found = match.group(1).strip() if match else ""
            checks.append(_compare(f"{centre_id}.{scope}", " ".join(values.astype(str)), found))
    return checks


def _check_activity(sections: dict[str, str]) -> list[_Check]:
    """Use up the lone figures of each section one by one, so that none counts twice."""
    checks = []
    for row in load_centre_activity().to_dict("records"):
        centre_id = row["centre_id"]
        left = _figures_after_table(sections[centre_id])
        for column in ACTIVITY_COLUMNS:
            if pd.notna(row[column]):
                figure = int(row[column])
                found = str(figure) if left[figure] > 0 else ""
                left[figure] -= 1
                checks.append(_compare(f"{centre_id}.{column}", str(figure), found))
    return checks


def _figures_after_table(section: str) -> Counter[int]:
    """Count the lone figures, and those glued to a label, behind the table; page numbers stay among them."""
    behind = section[section.index(_HEADING_AFTER_TABLE) :]
    figures = re.findall(r"^ ?(\d[\d,]*)\D*$", behind, flags=re.MULTILINE)
    return Counter(int(figure.replace(",", "")) for figure in figures)
