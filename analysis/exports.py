"""Writing results: CSV that Excel opens, workbooks, and beside each file where its numbers come from."""

import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from geo.errors import InputError, ReadFileError

TABLE_SUFFIXES = (".csv", ".xlsx")
_DECIMALS = 2


def round_for_export(frame: pd.DataFrame) -> pd.DataFrame:
    """Round the decimals of a table to two places; statuses were decided before, on unrounded figures."""
    return frame.round(_DECIMALS)


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a CSV in UTF-8 with BOM, which Excel opens with its Japanese text intact."""
    text = str(round_for_export(frame).to_csv(index=False, lineterminator="\r\n"))
    return text.encode("utf-8-sig")


def xlsx_bytes(frame: pd.DataFrame, provenance: Mapping[str, object]) -> bytes:
    """Return a workbook with the table on the first sheet and its provenance on the second; codes stay text."""
    buffer = io.BytesIO()
    notes = pd.DataFrame(
        [(key, json.dumps(value, ensure_ascii=False)) for key, value in provenance.items()],
        columns=["item", "value"],
    )
    with pd.ExcelWriter(buffer, engine="openpyxl") as writer:
        round_for_export(frame).to_excel(writer, sheet_name="data", index=False)
        notes.to_excel(writer, sheet_name="出典 sources", index=False)
    return buffer.getvalue()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    ReadFileError
        If the folder does not exist or cannot be written; an older file stays as it was.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ReadFileError(
            f"{path}: cannot be written ({error.strerror}). Check that the folder exists and is writable."
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # noqa: PTH101
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise ReadFileError(f"{path}: cannot be written ({error.strerror}). Is it open in Excel?") from error


def check_suffix(path: Path) -> None:
    """Refuse an output file of an unknown kind before anything is computed.

    Raises
    ------
    InputError
        If the suffix is neither .csv nor .xlsx.
    """
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise InputError(f"{path}: unknown kind of file {path.suffix!r}. Use {' or '.join(TABLE_SUFFIXES)}.")


def write_table(frame: pd.DataFrame, path: Path, provenance: Mapping[str, object]) -> Path:
    """Write a table as CSV or workbook, and beside it ``<name>.meta.json`` with its provenance.

    Returns
    -------
    pathlib.Path
        The path of the provenance file.
    """
    check_suffix(path)
    content = csv_bytes(frame) if path.suffix.lower() == ".csv" else xlsx_bytes(frame, provenance)
    write_bytes(path, content)
    meta = path.with_name(f"{path.name}.meta.json")
    write_bytes(meta, json.dumps(provenance, ensure_ascii=False, indent=1).encode("utf-8"))
    return meta
