"""Keeping imported networks: GeoParquet and a manifest in the user's data folder, replaced whole or not at all."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow
from platformdirs import user_data_dir

from geo.crs import GEOGRAPHIC_CRS
from geo.errors import DataError, InputError, ReadFileError
from geo.networks import EMBEDDED
from geo.osm.build import BuiltNetwork
from geo.osm.reader import SourceFile, file_sha256
from geo.roads import RoadNetwork, files_version

HOME_VARIABLE = "NAKAPOTSU_HOME"
LICENCE = "ODbL 1.0, © OpenStreetMap contributors (https://www.openstreetmap.org/copyright)"
FORMAT = 1

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_MANIFEST = "manifest.json"
_TABLES = ("nodes.parquet", "edges.parquet")
# GeoParquet 1.1 with native coordinates reads twice as fast as with well-known binary.
_PARQUET: Any = {"compression": "zstd", "geometry_encoding": "geoarrow", "schema_version": "1.1.0"}
_TOOLS = ("nakapotsu", "osmium", "osmnx", "geopandas", "pyarrow", "shapely", "pyproj")

Manifest = dict[str, Any]


def data_home() -> Path:
    """Return the folder for what the user imports: ``NAKAPOTSU_HOME``, else the system's place for it."""
    return Path(os.environ.get(HOME_VARIABLE) or user_data_dir("nakapotsu", appauthor=False))


def networks_dir() -> Path:
    """Return the folder that holds one folder for each imported network."""
    return data_home() / "roads"


def check_name(name: str) -> None:
    """Refuse a name that cannot be a folder's, or that is taken by the shipped network.

    Raises
    ------
    InputError
        If it is either.
    """
    if name == EMBEDDED or not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r}: 道路網の名前に使えません。 / not a name for a network. Use up to 40 of a-z, 0-9, _ and -, "
            f"beginning with a letter or digit, and not {EMBEDDED!r}."
        )


def save_network(
    name: str, built: BuiltNetwork, source: SourceFile, settings: Mapping[str, object], *, imported_at: str
) -> Manifest:
    """Write a network beside an older one of the same name and then put it in its place.

    Parameters
    ----------
    name
        What to call it in ``--roads``.
    built, source
        The network, and the file that it was made from.
    settings
        What was chosen for the import, and the assumptions used.
    imported_at
        Date and time, ISO 8601.

    Raises
    ------
    InputError
        If the name cannot be used.
    ReadFileError
        If the folder cannot be written; an older network stays as it was.
    """
    check_name(name)
    target = networks_dir() / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        for frame, table in zip((built.nodes, built.edges), _TABLES, strict=True):
            frame.to_parquet(folder / table, **_PARQUET)
        manifest: Manifest = {
            "format": FORMAT,
            "name": name,
            "version": files_version(*(folder / table for table in _TABLES)),
            "imported_at": imported_at,
            "source": vars(source),
            "licence": LICENCE,
            "settings": dict(settings),
            "counts": {key: round(float(value), 3) for key, value in built.counts.items()},
            "files": {table: {"sha256": file_sha256(folder / table)} for table in _TABLES},
            "made_with": {tool: version(tool) for tool in _TOOLS},
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False)
        (folder / _MANIFEST).write_text(text, encoding="utf-8")
        _replace_folder(folder, target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return manifest


def _cannot_write(target: Path, error: OSError) -> ReadFileError:
    return ReadFileError(
        f"{target}: 書き込めません。 / cannot be written ({error.strerror or error}). Check that the disk has room and "
        f"the folder is writable, or set {HOME_VARIABLE} to another folder. The old network is unchanged."
    )


def _replace_folder(folder: Path, target: Path) -> None:
    """Put a finished folder in the place of an older one; the older one comes back if that fails."""
    folder.chmod(0o755)
    _recover(target)
    older = _older(target)
    shutil.rmtree(older, ignore_errors=True)
    if target.exists():
        target.rename(older)
    try:
        folder.rename(target)
    except OSError:
        if older.exists():
            older.rename(target)
        raise
    shutil.rmtree(older, ignore_errors=True)


def _older(target: Path) -> Path:
    return target.with_name(f".{target.name}-old")


def _recover(target: Path) -> None:
    """Bring back an older network that a replacement left aside when it was killed half-way."""
    if not target.exists() and _older(target).exists():
        _older(target).rename(target)


def read_manifest(name: str) -> Manifest:
    """Read what is known of an imported network.

    Raises
    ------
    InputError
        If there is no network of that name; the message lists those there are.
    DataError
        If its manifest is broken or of another version of nakapotsu.
    """
    path = networks_dir() / name / _MANIFEST
    if _NAME.fullmatch(name):
        _recover(path.parent)
    if not _NAME.fullmatch(name) or not path.is_file():
        names = ", ".join([EMBEDDED, *stored_names()])
        raise InputError(
            f"--roads {name}: その名前の道路網はありません。 / there is no network of that name. There are: {names}. "
            "Import one: nakapotsu roads import FILE.osm.pbf --name NAME."
        )
    try:
        manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT or not set(_TABLES) <= set(manifest["files"]) or not manifest["version"]:
            raise KeyError("format")
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise _broken(path, f"{type(error).__name__}: {error}") from error
    return manifest


def _broken(path: Path, reason: str) -> DataError:
    return DataError(
        f"{path}: 道路網のファイルが壊れています。もう一度取り込んでください。 / the network's file is broken "
        f"({reason}). Import the network again: nakapotsu roads import FILE.osm.pbf --name NAME."
    )


def stored_names() -> list[str]:
    """Return the names of the imported networks."""
    folder = networks_dir()
    if not folder.is_dir():
        return []
    return sorted(path.parent.name for path in folder.glob(f"*/{_MANIFEST}") if _NAME.fullmatch(path.parent.name))


def load_stored(name: str) -> RoadNetwork:
    """Load an imported network; one that was imported again since is read again.

    Raises
    ------
    InputError, DataError
        If there is none of that name, or its files are not those that were written.
    """
    manifest = read_manifest(name)
    return _load_stored(networks_dir() / name, manifest["version"])


@lru_cache(maxsize=2)
def _load_stored(folder: Path, network_version: str) -> RoadNetwork:
    manifest = read_manifest(folder.name)
    frames = []
    for table in _TABLES:
        path = folder / table
        if file_sha256(path) != manifest["files"][table]["sha256"]:
            raise _broken(path, "its checksum is not the one in the manifest")
        try:
            frames.append(gpd.read_parquet(path).set_crs(GEOGRAPHIC_CRS))
        except (pyarrow.ArrowInvalid, ValueError) as error:
            raise _broken(path, str(error)) from error
    source = {
        "file": manifest["source"]["name"],
        "sha256": manifest["source"]["sha256"],
        "data_date": manifest["source"]["data_date"],
        "imported_at": manifest["imported_at"],
        "licence": manifest["licence"],
    }
    return RoadNetwork(folder.name, frames[0], frames[1], network_version, source)
