"""Municipalities, their parts, the welfare areas and the centres' territories: polygons, people and town halls.

One coverage of polygons (``municipality_parts.geojson``) carries everything; all larger regions are dissolved from it,
so their edges are shared exactly. Each loader reads and checks once; the frames it returns are copies.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import DataError
from geo.paths import BOUNDARIES_DIR
from geo.tables import load_table, read_bytes

PART_COUNT = 186
MUNICIPALITY_COUNT = 179
AREA_COUNT = 21
CENTRE_COUNT = 11
POPULATION_2014 = 5_463_045

# The polygons are drawn to some 100 m and a few town halls stand on the quay.
SEAT_TOLERANCE_M = 300.0
AREA_TOLERANCE_KM2 = 1e-6

# registry: published for the municipality; interpolated: between two published counts of the part; remainder: the
# municipality less its other parts; assumption: one old count carried forward at a stated rate.
POPULATION_BASES = ("registry", "interpolated", "remainder", "assumption")

# The districts of the report of fiscal 2014 (part 4, chapter 2, one table each).
CENTRE_TERRITORIES = {
    "tasuku": ("札幌", "Sapporo"),
    "hiroba": ("後志", "Shiribeshi"),
    "suteppu": ("道南", "Southern Hokkaido"),
    "puren": ("釧路・根室", "Kushiro and Nemuro"),
    "daichi": ("十勝", "Tokachi"),
    "hibiki": ("空知", "Sorachi"),
    "aozora": ("オホーツク", "Okhotsk"),
    "noikeru": ("石狩", "Ishikari"),
    "kitanomachi": ("上川中南部", "Central and Southern Kamikawa"),
    "ikinuki": ("道北", "Northern Hokkaido"),
    "suteji": ("胆振日高", "Iburi and Hidaka"),
}

_NOT_EMPTY = pa.Check.str_length(min_value=1, error="some text")
_CODE = pa.Check.str_matches(r"^01\d{3}$", error="a five-digit municipality code 01xxx")
_PART_ID = pa.Check.str_matches(r"^01\d{3}(-[a-z]+)*$", error="a code, or code-place such as 01206-akan")
_COUNT = pa.Check.ge(0, error="a whole number of 0 or more")
_LAT = pa.Check.in_range(41.2, 45.7, error="a latitude in Hokkaido, 41.2 to 45.7")
_LON = pa.Check.in_range(139.2, 146.0, error="a longitude in Hokkaido, 139.2 to 146.0")

_AREA_SCHEMA = pa.DataFrameSchema(
    {
        "area_id": pa.Column(str, _NOT_EMPTY, unique=True),
        "name_ja": pa.Column(str, _NOT_EMPTY, unique=True),
        "name_en": pa.Column(str, _NOT_EMPTY, unique=True),
    },
    coerce=True,
)
_MUNICIPALITY_SCHEMA = pa.DataFrameSchema(
    {
        "code": pa.Column(str, _CODE, unique=True),
        "name_ja": pa.Column(
            str, pa.Check.str_matches("^.+[市町村]$", error="a name ending in 市, 町 or 村"), unique=True
        ),
        "name_kana": pa.Column(
            str, pa.Check.str_matches(r"^[ぁ-ゖー]+(し|ちょう|まち|むら)$", error="hiragana with its ending")
        ),
        "name_en": pa.Column(
            str,
            pa.Check.str_matches("^[A-Z][a-z]+ (City|Town|Village)$", error="a name such as Mombetsu City"),
        ),
        "subprefecture_ja": pa.Column(str, pa.Check.str_endswith("振興局", error="a name ending in 振興局")),
        "subprefecture_en": pa.Column(str, _NOT_EMPTY),
        "area_id": pa.Column(str, _NOT_EMPTY),
        "centre_id": pa.Column(str, pa.Check.isin(CENTRE_TERRITORIES, error=f"one of {', '.join(CENTRE_TERRITORIES)}")),
        "population_2014": pa.Column("int64", _COUNT),
        "seat_lat": pa.Column(float, _LAT),
        "seat_lon": pa.Column(float, _LON),
        "seat_source": pa.Column(str, _NOT_EMPTY),
    },
    coerce=True,
)
_PART_SCHEMA = pa.DataFrameSchema(
    {
        "part_id": pa.Column(str, _PART_ID, unique=True),
        "code": pa.Column(str, _CODE),
        "name_ja": pa.Column(str, _NOT_EMPTY, unique=True),
        "name_en": pa.Column(str, _NOT_EMPTY),
        "population_2014": pa.Column("int64", _COUNT),
        "population_basis": pa.Column(
            str,
            pa.Check.isin(POPULATION_BASES, error=f"one of {', '.join(POPULATION_BASES)}"),
        ),
        "population_source": pa.Column(str, _NOT_EMPTY),
        "seat_lat": pa.Column(float, _LAT),
        "seat_lon": pa.Column(float, _LON),
        "seat_precision_m": pa.Column(float, pa.Check.gt(0, error="a number of metres above 0")),
        "seat_source": pa.Column(str, _NOT_EMPTY),
    },
    coerce=True,
)


def area_km2(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
    """Measure areas in the equal-area CRS, whatever CRS the geometries are in.

    Parameters
    ----------
    frame
        Polygons; the CRS must be set.

    Returns
    -------
    pandas.Series
        Square kilometres, named ``area_km2``, with the index of ``frame``.

    Raises
    ------
    DataError
        If the CRS is not set: degrees are not an area.
    """
    if frame.crs is None:
        raise DataError(f"area_km2: the geometries have no CRS. Set it first, e.g. set_crs({GEOGRAPHIC_CRS!r}).")
    areas: pd.Series = frame.geometry.to_crs(EQUAL_AREA_CRS).area / 1e6
    return areas.rename("area_km2")


def _check_count(frame: pd.DataFrame, expected: int, *, name: str) -> None:
    if len(frame) != expected:
        raise DataError(f"{name}: {len(frame)} rows, expected {expected}. Remove or restore rows.")


def _check_ids(found: pd.Series, known: Sequence[str] | pd.Series, *, name: str, known_in: str) -> None:
    """Check that two lists hold the same ids."""
    unknown, missing = sorted(set(found) - set(known)), sorted(set(known) - set(found))
    if unknown or missing:
        raise DataError(
            f"{name}: column {found.name} has {unknown or 'nothing'} that {known_in} has not, and lacks "
            f"{missing or 'nothing'}. Make the two agree."
        )


def _check_total(frame: pd.DataFrame, *, name: str) -> None:
    total = int(frame["population_2014"].sum())
    if total != POPULATION_2014:
        raise DataError(
            f"{name}: population_2014 adds up to {total:,}, expected {POPULATION_2014:,}. Correct the figures."
        )


def _check_seats(frame: gpd.GeoDataFrame, *, name: str) -> None:
    """Check that every town hall lies in its own polygon, or within a tolerance of it."""
    seats = gpd.GeoSeries.from_xy(frame["seat_lon"], frame["seat_lat"], index=frame.index, crs=GEOGRAPHIC_CRS)
    distance_m = seats.to_crs(EQUAL_AREA_CRS).distance(frame.geometry.to_crs(EQUAL_AREA_CRS))
    if distance_m.max() > SEAT_TOLERANCE_M:
        row = frame.loc[distance_m.idxmax()]
        raise DataError(
            f"{name}: the seat of {row['name_ja']} (lat {row['seat_lat']}, lon {row['seat_lon']}) lies "
            f"{distance_m.max():,.0f} m outside its polygon, expected at most {SEAT_TOLERANCE_M:.0f} m. "
            "Correct the coordinates."
        )


def _read_features(path: Path) -> gpd.GeoDataFrame:
    """Read the polygons and check structure, CRS and validity; :mod:`json` is faster here than GDAL."""
    name = path.name
    try:
        collection: dict[str, Any] = json.loads(read_bytes(path))
        crs = CRS.from_user_input(collection["crs"]["properties"]["name"])
        features: list[dict[str, Any]] = collection["features"]
        properties = pd.DataFrame([feature["properties"] for feature in features])
        # What is no geometry becomes None here and is named below.
        texts = [json.dumps(feature["geometry"]) for feature in features]
        geometry = shapely.from_geojson(texts, on_invalid="ignore")
    except (ValueError, KeyError, TypeError, CRSError) as error:
        raise DataError(
            f"{name}: not the expected GeoJSON ({type(error).__name__}: {error}). "
            "Make it again: python scripts/make_boundaries.py."
        ) from error
    for column in ("part_id", "code", "is_northern_territories"):
        if column not in properties or properties[column].isna().any():
            raise DataError(f"{name}: property {column} is missing. Make the file again: scripts/make_boundaries.py.")
    if crs != CRS(GEOGRAPHIC_CRS):
        raise DataError(f"{name}: CRS {crs.name}, expected {GEOGRAPHIC_CRS} (JGD2011). Transform the file.")
    frame = gpd.GeoDataFrame(properties, geometry=geometry, crs=GEOGRAPHIC_CRS)
    repeated = frame.loc[frame["part_id"].duplicated(), "part_id"]
    if len(repeated):
        raise DataError(f"{name}: part_id {repeated.iloc[0]!r} occurs more than once. Remove one feature.")
    is_broken = frame.geometry.isna() | frame.geometry.is_empty | ~frame.geometry.is_valid
    if is_broken.any():
        row = frame[is_broken].iloc[0]
        reason = "no geometry" if row.geometry is None else shapely.is_valid_reason(row.geometry)
        raise DataError(f"{name}: the polygon of {row['part_id']!r} is broken ({reason}). Make the file again.")
    return frame


def _check_coverage(frame: gpd.GeoDataFrame, *, name: str) -> None:
    edges = shapely.coverage_invalid_edges(frame.geometry.to_numpy())
    bad = frame.loc[~shapely.is_empty(edges), "part_id"]
    if len(bad):
        raise DataError(
            f"{name}: the polygons of {', '.join(bad)} overlap or do not share their edges. "
            "Make the file again: python scripts/make_boundaries.py."
        )


def read_welfare_area_table(directory: Path = BOUNDARIES_DIR) -> pd.DataFrame:
    """Read the names of the 21 welfare areas: ``area_id, name_ja, name_en``.

    Raises
    ------
    DataError
        If a promise of the table is broken.
    """
    path = directory / "welfare_areas.csv"
    areas = load_table(path, _AREA_SCHEMA)
    _check_count(areas, AREA_COUNT, name=path.name)
    return areas


def read_municipality_table(directory: Path = BOUNDARIES_DIR) -> pd.DataFrame:
    """Read the table of the 179 municipalities, without geometry.

    Raises
    ------
    DataError
        If a promise of the table is broken.
    """
    path = directory / "municipalities.csv"
    table = load_table(path, _MUNICIPALITY_SCHEMA)
    _check_count(table, MUNICIPALITY_COUNT, name=path.name)
    areas = read_welfare_area_table(directory)["area_id"]
    _check_ids(table["area_id"], areas, name=path.name, known_in="welfare_areas.csv")
    _check_ids(table["centre_id"], list(CENTRE_TERRITORIES), name=path.name, known_in="geo.boundaries")
    _check_total(table, name=path.name)
    return table


def read_parts(directory: Path = BOUNDARIES_DIR) -> gpd.GeoDataFrame:
    """Read and check the demand units of a directory; see :func:`load_parts`.

    Raises
    ------
    DataError
        If a promise of the files is broken; the message names the file, the row and the remedy.
    """
    path = directory / "municipality_parts.csv"
    geojson_path = directory / "municipality_parts.geojson"
    table = load_table(path, _PART_SCHEMA)
    _check_count(table, PART_COUNT, name=path.name)
    municipalities = read_municipality_table(directory)
    _check_ids(table["code"], municipalities["code"], name=path.name, known_in="municipalities.csv")
    sums = table.groupby("code")["population_2014"].sum()
    expected = municipalities.set_index("code")["population_2014"]
    differing = sums[sums != expected.reindex(sums.index)]
    if len(differing):
        code = differing.index[0]
        raise DataError(
            f"{path.name}: the parts of {code} have {differing.iloc[0]:,} people, municipalities.csv has "
            f"{expected[code]:,}. Make the parts add up."
        )
    features = _read_features(geojson_path)
    features = features.loc[~features["is_northern_territories"].astype(bool), ["part_id", "code", "geometry"]]
    _check_ids(features["part_id"], table["part_id"], name=geojson_path.name, known_in=path.name)
    _check_coverage(features, name=geojson_path.name)
    owners = municipalities[["code", "area_id", "centre_id"]]
    merged = table.merge(owners, on="code", how="left", validate="many_to_one")
    merged = merged.merge(features, on=["part_id", "code"], how="left", validate="one_to_one")
    parts = gpd.GeoDataFrame(merged, geometry="geometry", crs=GEOGRAPHIC_CRS)
    if parts.geometry.isna().any():
        part_id = parts.loc[parts.geometry.isna(), "part_id"].iloc[0]
        raise DataError(f"{geojson_path.name}: the code of {part_id!r} differs from {path.name}. Correct it.")
    _check_seats(parts, name=path.name)
    return parts


def _dissolve(parts: gpd.GeoDataFrame, by: str) -> gpd.GeoSeries:
    """Unite polygons of a coverage; their outer edges keep all vertices, so regions still fit exactly."""
    groups = {key: shapely.coverage_union_all(group.to_numpy()) for key, group in parts.geometry.groupby(parts[by])}
    return gpd.GeoSeries(groups, name="geometry", crs=parts.crs).rename_axis(by)


def dissolve_regions(parts: gpd.GeoDataFrame, table: pd.DataFrame, by: str, *, name: str) -> gpd.GeoDataFrame:
    """Attach to each row of a table the union of its parts.

    Parameters
    ----------
    parts
        Demand units with the column ``by``.
    table
        One row a region, with the column ``by``.
    by
        The key: ``code``, ``area_id`` or ``centre_id``.
    name
        What to call the regions in messages.

    Returns
    -------
    geopandas.GeoDataFrame
        The table with ``geometry``, in its order and the parts' CRS.

    Raises
    ------
    DataError
        If the regions' areas do not add up to the parts'.
    """
    unions = _dissolve(parts, by).reset_index()
    merged = table.merge(unions, on=by, how="left", validate="one_to_one")
    regions = gpd.GeoDataFrame(merged, geometry="geometry", crs=parts.crs)
    difference = float(area_km2(regions).sum() - area_km2(parts).sum())
    if not abs(difference) <= AREA_TOLERANCE_KM2:
        raise DataError(
            f"{name}: the polygons' area differs from the parts' by {difference:.6f} km2, expected 0. "
            "Make municipality_parts.geojson again."
        )
    return regions


@lru_cache(maxsize=1)
def _parts() -> gpd.GeoDataFrame:
    return read_parts()


@lru_cache(maxsize=1)
def _municipalities() -> gpd.GeoDataFrame:
    name = "municipalities.csv"
    municipalities = dissolve_regions(_parts(), read_municipality_table(), "code", name=name)
    _check_seats(municipalities, name=name)
    return municipalities


@lru_cache(maxsize=1)
def _welfare_areas() -> gpd.GeoDataFrame:
    return dissolve_regions(_parts(), read_welfare_area_table(), "area_id", name="welfare_areas.csv")


@lru_cache(maxsize=1)
def _centre_territories() -> gpd.GeoDataFrame:
    rows = [(centre_id, *names) for centre_id, names in CENTRE_TERRITORIES.items()]
    table = pd.DataFrame(rows, columns=["centre_id", "name_ja", "name_en"])
    return dissolve_regions(_parts(), table, "centre_id", name="centre territories")


def load_parts() -> gpd.GeoDataFrame:
    """Load the 186 demand units: the municipalities, six of them divided. The Habomai islets are not among them.

    Returns
    -------
    geopandas.GeoDataFrame
        Index ``0..185``; ``part_id, code, name_ja, name_en, population_2014, population_basis, population_source,
        seat_lat, seat_lon, seat_precision_m, seat_source, area_id, centre_id, geometry`` (JGD2011 lon/lat; one
        coverage: neighbours share their edges).

    Raises
    ------
    DataError
        If the shipped data breaks a promise.
    """
    return _parts().copy()


def load_municipalities() -> gpd.GeoDataFrame:
    """Load the 179 municipalities, dissolved from the demand units.

    Returns
    -------
    geopandas.GeoDataFrame
        Index ``0..178`` in the order of the codes; ``code, name_ja, name_kana, name_en, subprefecture_ja,
        subprefecture_en, area_id, centre_id, population_2014, seat_lat, seat_lon, seat_source, geometry``.
    """
    return _municipalities().copy()


def load_welfare_areas() -> gpd.GeoDataFrame:
    """Load the 21 health and welfare areas for people with disabilities: ``area_id, name_ja, name_en, geometry``."""
    return _welfare_areas().copy()


def load_centre_territories() -> gpd.GeoDataFrame:
    """Load the territories of the 11 centres: ``centre_id, name_ja, name_en, geometry``; two share Sapporo's area."""
    return _centre_territories().copy()


def load_northern_territories() -> gpd.GeoDataFrame:
    """Load the islands that maps show and nothing counts: ``part_id, geometry`` (Habomai, and the three others)."""
    features = _read_features(BOUNDARIES_DIR / "municipality_parts.geojson")
    is_shown = features["is_northern_territories"].astype(bool)
    shown: gpd.GeoDataFrame = features.loc[is_shown, ["part_id", "geometry"]].reset_index(drop=True)
    return shown
