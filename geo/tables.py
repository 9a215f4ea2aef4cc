"""Reading tables once and checking them once, with messages that name the row, the value and the remedy."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from geo.errors import DataError, InputError, ReadFileError

_ENCODINGS = ("utf-8-sig", "cp932")
_MAX_SHOWN = 5


def read_bytes(path: Path) -> bytes:
    """Read a whole file.

    Raises
    ------
    ReadFileError
        If the file is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReadFileError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error


def decode_text(content: bytes, *, name: str) -> str:
    """Decode UTF-8 (with or without BOM) or Shift_JIS text.

    Raises
    ------
    InputError
        If the bytes are neither, or are an Excel workbook.
    """
    if content.startswith(b"PK\x03\x04"):
        raise InputError(
            f"{name}: Excel ブックです。CSV（UTF-8）で保存してください。 / "
            "This is an Excel workbook: save it as CSV (UTF-8)."
        )
    has_other_mark = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    for encoding in () if has_other_mark else _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8-sig" or not _looks_like_euc_jp(content, text):
            return text
    raise InputError(
        f"{name}: 文字コードが UTF-8 でも Shift_JIS でもありません。CSV（UTF-8）で保存してください。 / "
        "The text is neither UTF-8 nor Shift_JIS. Save it as CSV in UTF-8 and try again."
    )


def _looks_like_euc_jp(content: bytes, as_shift_jis: str) -> bool:
    """Tell EUC-JP from Shift_JIS: its kanji would read as half-width katakana."""
    try:
        content.decode("euc_jp")
    except UnicodeDecodeError:
        return False
    return any("\uff61" <= character <= "\uff9f" for character in as_shift_jis)


def parse_csv(content: bytes, *, name: str, columns: Iterable[str], allow_empty: bool = False) -> pd.DataFrame:
    """Parse CSV bytes into a frame of text, keeping leading zeros.

    Parameters
    ----------
    content
        The file's bytes, UTF-8 or Shift_JIS.
    name
        What to call the file in messages.
    columns
        Columns that must be there; others are kept. Capitals and blanks around header names do not matter.
    allow_empty
        Whether a table with a header and no row is fine.

    Returns
    -------
    pandas.DataFrame
        All columns as stripped text, empty cells as ``""``; the index holds ``line - 2``, where line counts the lines
        of the file from 1. Blank lines are skipped.

    Raises
    ------
    InputError
        If the file is empty, has no data row, repeats or lacks a column, or has a row longer than its header.
    """
    wanted = list(columns)
    expected = ",".join(wanted)
    reader = csv.reader(io.StringIO(decode_text(content, name=name), newline=""))
    header: list[str] | None = None
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            if header is None:
                header = [_match_name(cell, wanted) for cell in stripped]
                continue
            if len(stripped) > len(header):
                raise InputError(
                    f"{name}: {reader.line_num} 行目の列が見出しより多く、{len(stripped)} 個あります。 / "
                    f"line {reader.line_num} has {len(stripped)} cells ({','.join(stripped)}), the header "
                    f"{len(header)}. Remove the extra cell or quote the comma."
                )
            rows.append(stripped + [""] * (len(header) - len(stripped)))
            lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(
            f"{name}: CSV として読めません。 / not a readable CSV ({error}), expected {expected}."
        ) from error
    if header is None:
        raise InputError(f"{name}: ファイルが空です。 / the file is empty. Expected a CSV with the columns {expected}.")
    header, rows = _drop_unnamed(header, rows)
    _check_header(header, wanted, name=name)
    if not rows and not allow_empty:
        raise InputError(f"{name}: データの行がありません。 / there is a header but no data row. Add at least one row.")
    return pd.DataFrame(rows, columns=header, index=pd.Index([line - 2 for line in lines], dtype="int64"), dtype=str)


def _drop_unnamed(header: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Leave out columns that have neither a name nor a value, as Excel writes them at the right."""
    keep = [i for i, column in enumerate(header) if column or any(row[i] for row in rows)]
    return [header[i] for i in keep], [[row[i] for i in keep] for row in rows]


def _match_name(cell: str, wanted: Sequence[str]) -> str:
    """Return the wanted column that a header cell names but for capitals, else the cell as it is."""
    same = [column for column in wanted if column.lower() == cell.lower()]
    return same[0] if same else cell


def _check_header(header: Sequence[str], wanted: Sequence[str], *, name: str) -> None:
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise InputError(
            f"{name}: 列 {', '.join(repeated)} が 2 回あります。 / column {', '.join(repeated)} occurs more than once. "
            "Keep one."
        )
    missing = [column for column in wanted if column not in header]
    if missing and len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise InputError(
            f"{name}: 区切りはコンマにしてください。 / found {header[0]!r}; the cells must be separated by commas. "
            "Save it as CSV with commas."
        )
    if missing:
        raise InputError(
            f"{name}: 列 {', '.join(missing)} がありません。 / column {', '.join(missing)} is missing. "
            f"Found {','.join(header)}; expected {','.join(wanted)}. Rename the header in the first line."
        )


def validate_frame(frame: pd.DataFrame, schema: pa.DataFrameSchema, *, name: str) -> pd.DataFrame:
    """Coerce and check a frame; every broken rule is named with line, column and value.

    Parameters
    ----------
    frame
        As read by :func:`parse_csv`; its index plus 2 is the line.
    schema
        pandera schema; give each check an ``error=`` text that says what was expected.
    name
        What to call the file in messages.

    Raises
    ------
    DataError
        With up to five broken rules and their number.
    """
    try:
        return schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        lines = []
        for case in cases.head(_MAX_SHOWN).itertuples():
            where = f"line {int(case.index) + 2}" if pd.notna(case.index) else "the table"
            lines.append(f"{where}, column {case.column}: {case.failure_case!r} (expected: {case.check})")
        more = f" and {len(cases) - _MAX_SHOWN} more" if len(cases) > _MAX_SHOWN else ""
        raise DataError(f"{name}: {'; '.join(lines)}{more}. Correct the file and load it again.") from errors


def load_table(path: Path, schema: pa.DataFrameSchema, *, allow_empty: bool = False) -> pd.DataFrame:
    """Read and check one CSV file shipped under ``data/``.

    Raises
    ------
    ReadFileError
        If it cannot be read.
    InputError
        If it is not a CSV with the schema's columns.
    DataError
        If a value breaks the schema.
    """
    required = [name for name, column in schema.columns.items() if column.required]
    frame = parse_csv(read_bytes(path), name=path.name, columns=required, allow_empty=allow_empty)
    return validate_frame(frame, schema, name=path.name)
