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
XLSX_MAX_ROWS = 1_048_575
_DECIMALS = 2


def round_for_export(frame: pd.DataFrame) -> pd.DataFrame:
    """Round the decimals of a table to two places; statuses were decided before, on unrounded figures."""
    return frame.round(_DECIMALS)


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a CSV in UTF-8 with BOM, which Excel opens with its Japanese text intact."""
    text = str(round_for_export(frame).to_csv(index=False, lineterminator="\r\n"))
    return text.encode("utf-8-sig")


def xlsx_bytes(frame: pd.DataFrame, provenance: Mapping[str, object]) -> bytes:
    """Return a workbook with the table on the first sheet and its provenance on the second; codes stay text.

    Raises
    ------
    InputError
        If the table has more rows than a worksheet holds.
    """
    if len(frame) > XLSX_MAX_ROWS:
        raise InputError(
            f"{len(frame):,} 行は Excel に入りません。.csv で書き出してください。 / {len(frame):,} rows do not fit a "
            f"worksheet (at most {XLSX_MAX_ROWS:,}). Write a .csv instead."
        )
    buffer = io.BytesIO()
    notes = pd.DataFrame(
        [(key, json.dumps(value, ensure_ascii=False)) for key, value in provenance.items()],
        columns=["item", "value"],
    )
    with pd.ExcelWriter(buffer, engine="openpyxl") as writer:
        round_for_export(frame).to_excel(writer, sheet_name="data", index=False)
        notes.to_excel(writer, sheet_name="出典 sources", index=False)
    return buffer.getvalue()


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files whole or not at all, in the order given; a symbolic link is followed.

    Raises
    ------
    ReadFileError
        If a folder does not exist or a file cannot be written; that file and those after it stay as they were.
    """
    waiting: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            target = path.resolve()
            waiting[target] = _write_temporary(target, content)
        for target, temporary in waiting.items():
            temporary.replace(target)
    except OSError as error:
        raise ReadFileError(
            f"{error.filename2 or error.filename}: "
            "書き込めません。フォルダーを確かめ、Excel で開いていれば閉じてください。 / "
            f"cannot be written ({error.strerror}). Check that the folder is writable, and close the file in Excel."
        ) from error
    finally:
        for temporary in waiting.values():
            temporary.unlink(missing_ok=True)


def _write_temporary(target: Path, content: bytes) -> Path:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    umask = os.umask(0)
    os.umask(umask)
    temporary = Path(name)
    temporary.chmod(0o666 & ~umask)  # as for a file made in the ordinary way
    return temporary


def check_target(path: Path) -> None:
    """Refuse an output file that cannot be written before anything is computed.

    Raises
    ------
    InputError
        If the suffix is neither .csv nor .xlsx.
    ReadFileError
        If the folder does not exist.
    """
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise InputError(
            f"{path}: この種類のファイルには書き出せません。 / unknown kind of file {path.suffix!r}. "
            f"Use {' or '.join(TABLE_SUFFIXES)}."
        )
    check_folder(path)


def check_folder(path: Path) -> None:
    """Refuse an output file whose folder does not exist.

    Raises
    ------
    ReadFileError
        With what to do.
    """
    if not path.resolve().parent.is_dir():
        raise ReadFileError(
            f"{path}: フォルダーがありません。 / cannot be written: the folder does not exist. "
            "Check that the folder exists and is writable."
        )


def write_table(frame: pd.DataFrame, path: Path, provenance: Mapping[str, object]) -> Path:
    """Write a table as CSV or workbook, and beside it ``<name>.meta.json`` with its provenance.

    Returns
    -------
    pathlib.Path
        The path of the provenance file.
    """
    check_target(path)
    content = csv_bytes(frame) if path.suffix.lower() == ".csv" else xlsx_bytes(frame, provenance)
    meta = path.with_name(f"{path.name}.meta.json")
    notes = json.dumps(provenance, ensure_ascii=False, indent=1, allow_nan=False).encode("utf-8")
    write_files({path: content, meta: notes})
    return meta
