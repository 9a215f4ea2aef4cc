"""Reading tables once and checking them once, with messages that name the row, the value and the remedy."""

import codecs
import io
from collections.abc import Iterable
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
        If the bytes are neither.
    """
    has_other_mark = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    for encoding in () if has_other_mark else _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{name}: the text is neither UTF-8 nor Shift_JIS. Save it as CSV in UTF-8 and try again.")


def parse_csv(content: bytes, *, name: str, columns: Iterable[str], allow_empty: bool = False) -> pd.DataFrame:
    """Parse CSV bytes into a frame of text, keeping leading zeros.

    Parameters
    ----------
    content
        The file's bytes, UTF-8 or Shift_JIS.
    name
        What to call the file in messages.
    columns
        Columns that must be there; others are kept.
    allow_empty
        Whether a table with a header and no row is fine.

    Returns
    -------
    pandas.DataFrame
        All columns as text, empty cells as ``""``, index ``0..n-1`` (row ``i`` is line ``i + 2``).

    Raises
    ------
    InputError
        If the file is empty, has no data row, a duplicated column or lacks a column.
    """
    text = decode_text(content, name=name)
    wanted = list(columns)
    expected = ",".join(wanted)
    if not text.strip():
        raise InputError(f"{name}: the file is empty. Expected a CSV with the columns {expected}.")
    try:
        frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, index_col=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{name}: not a readable CSV ({error}). Expected columns {expected}.") from error
    frame.columns = [str(column).strip() for column in frame.columns]
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise InputError(
            f"{name}: column {', '.join(missing)} is missing. Found {','.join(frame.columns)}; "
            f"expected {expected}. Rename the header in the first line."
        )
    if frame.empty and not allow_empty:
        raise InputError(f"{name}: there is a header but no data row. Add at least one row.")
    return frame.apply(lambda column: column.str.strip())


def validate_frame(frame: pd.DataFrame, schema: pa.DataFrameSchema, *, name: str) -> pd.DataFrame:
    """Coerce and check a frame; every broken rule is named with line, column and value.

    Parameters
    ----------
    frame
        As read by :func:`parse_csv`, index ``0..n-1``.
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
