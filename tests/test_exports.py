import io
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from analysis import exports
from analysis.exports import csv_bytes, write_files, write_table
from geo.errors import InputError, ReadFileError

FRAME = pd.DataFrame({"code": ["01100"], "name": ["札幌市"], "travel_min": [12.3456], "length_km": [float("nan")]})


def test_csv_has_a_bom_and_keeps_codes_and_japanese() -> None:
    content = csv_bytes(FRAME)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines()[1] == "01100,札幌市,12.35,"


def test_workbook_keeps_codes_as_text_and_carries_its_sources(tmp_path: Path) -> None:
    write_table(FRAME, tmp_path / "t.xlsx", {"data_version": "abc"})
    book = openpyxl.load_workbook(io.BytesIO((tmp_path / "t.xlsx").read_bytes()))
    assert book["data"]["A2"].value == "01100"
    assert "data_version" in [cell.value for cell in book.worksheets[1]["A"]]


def test_provenance_lies_beside_the_table(tmp_path: Path) -> None:
    meta = write_table(FRAME, tmp_path / "t.csv", {"settings": {"season": "winter"}})
    assert json.loads(meta.read_text(encoding="utf-8"))["settings"] == {"season": "winter"}


def test_an_unknown_kind_of_file_is_refused_before_writing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown kind of file '\.pdf'"):
        write_table(FRAME, tmp_path / "t.pdf", {})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_table_and_sources_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"t.csv": b"old table", "t.csv.meta.json": b"old sources"}
    for name, content in old.items():
        (tmp_path / name).write_bytes(content)

    def fail(self: Path, other: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self), None, str(other))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ReadFileError, match=r"t\.csv: .*cannot be written"):
        write_table(FRAME, tmp_path / "t.csv", {})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == old


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadFileError, match="Check that the folder"):
        write_files({tmp_path / "no" / "t.csv": b""})


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_bytes(b"old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write_files({tmp_path / "link.csv": b"new"})
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == b"new"


def test_too_many_rows_for_a_worksheet_are_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "XLSX_MAX_ROWS", 0)
    with pytest.raises(InputError, match=r"Write a \.csv instead"):
        write_table(FRAME, tmp_path / "t.xlsx", {})
    assert list(tmp_path.iterdir()) == []
