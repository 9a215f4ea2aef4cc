"""Comparing our municipal polygons with a reference file that is not shipped (MLIT, N03)."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from geo.boundaries import area_km2, load_municipalities
from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import InputError, ReadFileError

CODE_COLUMN = "N03_007"
SAPPORO = "01100"
SAPPORO_WARDS = tuple(f"011{ward:02d}" for ward in range(1, 11))
NORTHERN_TERRITORIES = tuple(f"0{number}" for number in range(1695, 1701))
NEMURO = "01223"
# Habomai carries Nemuro's code in the reference too; Cape Nosappu, Nemuro's eastern end, is at 145.817 E.
CAPE_NOSAPPU_LON = 145.82

# Hokkaido without the Northern Territories (83,424 km2 less 5,003 km2; GSI, areas by municipality).
OFFICIAL_AREA_KM2 = 78_421.0


def read_reference(path: Path) -> gpd.GeoDataFrame:
    """Read the reference polygons, one for each of today's 179 municipalities.

    Parameters
    ----------
    path
        A file that GDAL reads, with municipality codes in the column ``N03_007``. The wards of Sapporo are united,
        the Northern Territories and the Habomai islets left out.

    Returns
    -------
    geopandas.GeoDataFrame
        Index ``code``, sorted; ``geometry`` in the equal-area CRS.

    Raises
    ------
    ReadFileError
        If the file cannot be read.
    InputError
        If the column or the CRS is missing.
    """
    try:
        frame = gpd.read_file(path)
    except (pyogrio.errors.DataSourceError, OSError) as error:
        raise ReadFileError(f"{path}: cannot be read as polygons ({error}). Give the N03 file as GeoJSON.") from error
    if CODE_COLUMN not in frame or frame.crs is None:
        found = ", ".join(map(str, frame.columns))
        raise InputError(f"{path.name}: expected a column {CODE_COLUMN} and a CRS, found {found}. Give an N03 file.")
    code = frame[CODE_COLUMN].astype(str)
    frame = frame.assign(code=code.where(~code.isin(SAPPORO_WARDS), SAPPORO))[["code", "geometry"]]
    frame = frame[~frame["code"].isin(NORTHERN_TERRITORIES)].to_crs(GEOGRAPHIC_CRS)
    pieces = frame.explode(index_parts=False)
    is_habomai = (pieces["code"] == NEMURO) & (pieces.geometry.bounds["minx"] > CAPE_NOSAPPU_LON)
    pieces = pieces[~is_habomai].to_crs(EQUAL_AREA_CRS)
    return pieces.set_geometry(pieces.geometry.make_valid()).dissolve("code")


def compare_boundaries(reference_path: Path) -> pd.DataFrame:
    """Compare every municipality with the reference.

    Parameters
    ----------
    reference_path
        See :func:`read_reference`.

    Returns
    -------
    pandas.DataFrame
        One row a municipality, least alike first: ``code, name, iou`` (area of the intersection over that of the
        union, 0 to 1), ``area_km2, reference_area_km2, ratio`` (ours over the reference).

    Raises
    ------
    InputError
        If the reference has other municipalities than ours.
    """
    ours = load_municipalities().set_index("code").to_crs(EQUAL_AREA_CRS)
    reference = read_reference(reference_path)
    missing, unknown = ours.index.difference(reference.index), reference.index.difference(ours.index)
    if len(missing) or len(unknown):
        raise InputError(
            f"{reference_path.name}: lacks {list(missing)[:5]} ({len(missing)} codes) and has {list(unknown)[:5]} "
            f"({len(unknown)} codes) that we have not. Give Hokkaido's file with the codes of 2010 or later."
        )
    theirs = reference.geometry.reindex(ours.index)
    mine, other = ours.geometry.to_numpy(), theirs.to_numpy()
    iou = shapely.area(shapely.intersection(mine, other)) / shapely.area(shapely.union(mine, other))
    table = pd.DataFrame(
        {
            "code": ours.index,
            "name": ours["name_ja"].to_numpy(),
            "iou": iou,
            "area_km2": area_km2(ours).to_numpy(),
            "reference_area_km2": area_km2(reference.loc[ours.index]).to_numpy(),
        }
    )
    table["ratio"] = table["area_km2"] / table["reference_area_km2"]
    return table.sort_values(["iou", "code"], ignore_index=True)


def summarise_comparison(comparison: pd.DataFrame) -> str:
    """Put the median and the least IoU and the total areas of a comparison into one line of text."""
    worst = comparison.sort_values("iou").iloc[0]
    total, reference = comparison["area_km2"].sum(), comparison["reference_area_km2"].sum()
    return (
        f"{len(comparison)} municipalities: IoU median {comparison['iou'].median():.4f}, least {worst['iou']:.4f} "
        f"({worst['name']}); total area {total:,.1f} km2, reference {reference:,.1f} km2, "
        f"official {OFFICIAL_AREA_KM2:,.0f} km2 ({total / OFFICIAL_AREA_KM2 - 1:+.2%})"
    )
