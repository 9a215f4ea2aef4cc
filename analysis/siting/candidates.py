"""Candidate sites: town halls, points on the map, points of a file, and those that the report discusses."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa

from geo.boundaries import load_municipalities, load_parts
from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import DataError, InputError
from geo.paths import DATA_DIR
from geo.points import check_points, parse_points
from geo.tables import load_table, parse_csv

SITING_DIR = DATA_DIR / "siting"
CANDIDATES_PATH = SITING_DIR / "candidates.csv"
BASES = ("report", "area")

_SCHEMA = pa.DataFrameSchema(
    {
        "candidate_id": pa.Column(str, pa.Check.str_matches(r"^[a-z]+$", error="a-z"), unique=True),
        "code": pa.Column(str, pa.Check.str_matches(r"^01\d{3}$", error="five digits such as 01219"), unique=True),
        "basis": pa.Column(str, pa.Check.isin(BASES, error=f"one of {', '.join(BASES)}")),
        "source": pa.Column(str, pa.Check.str_length(min_value=1, error="a source")),
        "note_ja": pa.Column(str),
        "note_en": pa.Column(str),
    }
)


@dataclass(frozen=True)
class Candidate:
    """A place where a satellite might stand.

    Attributes
    ----------
    id
        A municipality code, the id of a part, or the id of a point.
    name_ja, name_en
        What to call it.
    lon, lat
        Degrees.
    code
        The municipality in which it lies, or the nearest one.
    source
        Where the candidate comes from; empty for one of the reader's own.
    """

    id: str
    name_ja: str
    name_en: str
    lon: float
    lat: float
    code: str
    source: str = ""

    @property
    def is_seat(self) -> bool:
        """Whether it is the town hall of its municipality."""
        return self.id == self.code


@lru_cache(maxsize=1)
def seat_candidates() -> dict[str, Candidate]:
    """Return the town hall of each municipality by code."""
    table = load_municipalities()
    return {
        str(row.code): Candidate(
            str(row.code), str(row.name_ja), str(row.name_en), float(row.seat_lon), float(row.seat_lat), str(row.code)
        )
        for row in table.itertuples()
    }


@lru_cache(maxsize=1)
def part_candidates() -> dict[str, Candidate]:
    """Return the centre of each part that has no town hall, islands above all, by part id."""
    seats = seat_candidates()
    return {
        str(row.part_id): Candidate(
            str(row.part_id),
            str(row.name_ja),
            str(row.name_en),
            float(row.seat_lon),
            float(row.seat_lat),
            str(row.code),
        )
        for row in load_parts().itertuples()
        if (float(row.seat_lon), float(row.seat_lat)) != (seats[str(row.code)].lon, seats[str(row.code)].lat)
    }


@lru_cache(maxsize=2)
def load_candidates(path: Path = CANDIDATES_PATH) -> tuple[Candidate, ...]:
    """Read the candidates that the report discusses, at their town halls.

    Raises
    ------
    DataError
        If a value breaks its rule or a municipality is unknown.
    """
    table, seats = load_table(path, _SCHEMA), seat_candidates()
    unknown = [code for code in table["code"] if code not in seats]
    if unknown:
        raise DataError(f"{path.name}: the municipality {unknown[0]!r} is unknown. Correct the code.")
    found = []
    for row in table.itertuples():
        seat = seats[str(row.code)]
        found.append(Candidate(seat.id, seat.name_ja, seat.name_en, seat.lon, seat.lat, seat.code, str(row.source)))
    return tuple(found)


def _plain(text: str) -> str:
    """Write a name so that spellings agree: no case, blanks or hyphens, and Hepburn's ``mb, mm, mp`` with ``n``."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = re.sub(r"[\s\-‐ー’']", "", folded)
    return re.sub(r"m(?=[bmp])", "n", folded)


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[str, ...]]:
    """Return the codes or part ids by plain name, with and without the word for city, town or village."""
    found: dict[str, list[str]] = {}
    for candidate in (*seat_candidates().values(), *part_candidates().values()):
        english = re.sub(r"\s+(City|Town|Village)$", "", candidate.name_en)
        japanese = re.sub(r"[市町村]$", "", candidate.name_ja)
        for name in {candidate.name_ja, japanese, candidate.name_en, english}:
            found.setdefault(_plain(name), []).append(candidate.id)
    return {name: tuple(sorted(set(ids))) for name, ids in found.items()}


def find_candidate(text: str) -> Candidate:
    """Find a candidate by a municipality's name in kanji or Latin letters, its code, a part's id, or ``lat,lon``.

    Raises
    ------
    InputError
        If nothing or more than one is meant, or the point is not on Hokkaido's land.
    """
    wanted = text.strip()
    seats, parts = seat_candidates(), part_candidates()
    if wanted in seats:
        return _with_source(seats[wanted])
    if wanted in parts:
        return parts[wanted]
    numbers = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*[,、 ]\s*(-?\d+(?:\.\d+)?)\s*", wanted)
    if numbers:
        return point_candidate(float(numbers[1]), float(numbers[2]))
    ids = _names().get(_plain(wanted), ())
    if len(ids) == 1:
        return _with_source(seats[ids[0]]) if ids[0] in seats else parts[ids[0]]
    if ids:
        listed = ", ".join(f"{(seats | parts)[key].name_ja} {key}" for key in ids)
        raise InputError(f"{wanted!r}: 複数あります（{listed}）。 / more than one place. Give the code: {listed}.")
    raise InputError(
        f"{wanted!r}: 市町村が見つかりません。 / no such municipality. Give a name (mombetsu, 紋別), a code (01219) or "
        "lat,lon (44.3566,143.3545)."
    )


def _with_source(candidate: Candidate) -> Candidate:
    return next((known for known in load_candidates() if known.id == candidate.id), candidate)


def point_candidate(lat: float, lon: float, *, name: str = "") -> Candidate:
    """Make a candidate of a point in degrees.

    Raises
    ------
    InputError
        If it is outside Hokkaido or in the sea.
    """
    key = f"{lat:.5f},{lon:.5f}"
    frame = pd.DataFrame({"id": [key], "lat": [str(lat)], "lon": [str(lon)]})
    points = check_points(frame, name=name or key)
    return _of_points(points, [name or f"地点 {key}"], [name or f"Point {key}"])[0]


def parse_candidates(content: bytes, *, name: str) -> tuple[Candidate, ...]:
    """Read candidates from the bytes of a CSV with ``id,lat,lon`` and, if there, ``name``.

    Raises
    ------
    InputError
        With the row and the value, see :func:`geo.points.parse_points`, or if an id is that of a municipality.
    """
    points = parse_points(content, name=name)
    table = parse_csv(content, name=name, columns=("id", "lat", "lon"))
    taken = [key for key in points.index if key in seat_candidates() or key in part_candidates()]
    if taken:
        raise InputError(
            f"{name}: id {taken[0]!r} は市町村コードと同じです。 / the id {taken[0]!r} is a municipality code. "
            "Give the point another id."
        )
    given = table["name"] if "name" in table.columns else table["id"]
    labels = [label or key for label, key in zip(given, table["id"], strict=True)]
    return _of_points(points, labels, labels)


def _of_points(points: gpd.GeoSeries, names_ja: Sequence[str], names_en: Sequence[str]) -> tuple[Candidate, ...]:
    parts = load_parts()[["code", "geometry"]].to_crs(EQUAL_AREA_CRS)
    frame = gpd.GeoDataFrame(geometry=points.to_numpy(), crs=points.crs).to_crs(EQUAL_AREA_CRS)
    nearest = gpd.sjoin_nearest(frame, parts, how="left")
    codes = nearest[~nearest.index.duplicated()]["code"].tolist()
    return tuple(
        Candidate(str(key), ja, en, float(point.x), float(point.y), str(code))
        for key, point, ja, en, code in zip(points.index, points, names_ja, names_en, codes, strict=True)
    )


def points_of(candidates: Sequence[Candidate]) -> gpd.GeoSeries:
    """Return the points of candidates by id, lon/lat."""
    lon, lat = [item.lon for item in candidates], [item.lat for item in candidates]
    return gpd.GeoSeries.from_xy(lon, lat, index=pd.Index([item.id for item in candidates]), crs=GEOGRAPHIC_CRS)
