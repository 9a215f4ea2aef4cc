"""Points given by the user: read, checked against Hokkaido's land, and refused with the row and the remedy."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.boundaries import load_parts
from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import InputError
from geo.roads import LAT_RANGE, LON_RANGE
from geo.tables import parse_csv, read_bytes

POINT_COLUMNS = ("id", "lat", "lon")
SHORE_TOLERANCE_M = 300.0
_MAX_SHOWN = 5


def _raise_if(bad: pd.Series, frame: pd.DataFrame, columns: list[str], problem: str, *, name: str) -> None:
    if not bad.any():
        return
    shown = []
    for line, row in frame[bad.to_numpy()].head(_MAX_SHOWN).iterrows():
        values = ", ".join(f"{column}={row[column]!r}" for column in columns)
        shown.append(f"line {line + 2} ({values})")
    more = f" and {int(bad.sum()) - _MAX_SHOWN} more" if bad.sum() > _MAX_SHOWN else ""
    raise InputError(f"{name}: {'; '.join(shown)}{more}: {problem}")


def _numbers(frame: pd.DataFrame, column: str, *, name: str) -> pd.Series:
    values = pd.to_numeric(frame[column], errors="coerce")
    _raise_if(
        ~np.isfinite(values),
        frame,
        ["id", column],
        f"{column} が数値ではありません。43.06 のような十進度にしてください。 / "
        f"{column} is not a number. Expected decimal degrees such as 43.06; correct the value.",
        name=name,
    )
    return values.astype(float)


def check_points(frame: pd.DataFrame, *, name: str) -> gpd.GeoSeries:
    """Check a table of points and make them a GeoSeries.

    Parameters
    ----------
    frame
        Text columns ``id, lat, lon`` (decimal degrees, WGS84 or JGD2011); its index plus 2 is the line in the file.
    name
        What to call the table in messages.

    Returns
    -------
    geopandas.GeoSeries
        Points in lon/lat with the ids as index, in the order given.

    Raises
    ------
    InputError
        For an empty or repeated id, a coordinate that is no number, latitude and longitude swapped, a point outside
        Hokkaido, or one in the sea (over 300 m from land).
    """
    _raise_if(
        frame["id"] == "", frame, ["lat", "lon"], "id が空です。 / the id is empty. Give each point an id.", name=name
    )
    _raise_if(
        frame["id"].duplicated(keep=False),
        frame,
        ["id"],
        "id が重複しています。 / the id occurs more than once. Make the ids unique.",
        name=name,
    )
    lat, lon = _numbers(frame, "lat", name=name), _numbers(frame, "lon", name=name)
    box = f"lat {LAT_RANGE[0]} to {LAT_RANGE[1]} and lon {LON_RANGE[0]} to {LON_RANGE[1]}"
    swapped = lat.between(*LON_RANGE) & lon.between(*LAT_RANGE)
    shown = ["id", "lat", "lon"]
    problem = f"lat と lon が逆です。 / lat and lon are swapped. Expected {box}; exchange the columns."
    _raise_if(swapped, frame, shown, problem, name=name)
    outside = ~(lat.between(*LAT_RANGE) & lon.between(*LON_RANGE))
    problem = f"北海道の外の地点です。 / the point is outside Hokkaido. Expected {box}."
    _raise_if(outside, frame, shown, problem, name=name)
    points = gpd.GeoSeries(shapely.points(lon, lat), index=pd.Index(frame["id"], name="id"), crs=GEOGRAPHIC_CRS)
    _raise_if(
        ~_on_land(points),
        frame,
        shown,
        "海の上の地点です。座標を確かめてください。 / "
        f"the point lies in the sea, over {SHORE_TOLERANCE_M:.0f} m from Hokkaido's land. Check the coordinates.",
        name=name,
    )
    return points


def _on_land(points: gpd.GeoSeries) -> pd.Series:
    land = shapely.STRtree(load_parts().geometry.to_crs(EQUAL_AREA_CRS).to_numpy())
    projected = points.to_crs(EQUAL_AREA_CRS).to_numpy()
    near = land.query(projected, predicate="dwithin", distance=SHORE_TOLERANCE_M)[0]
    return pd.Series(pd.RangeIndex(len(points)).isin(near), index=points.index)


def parse_points(content: bytes, *, name: str) -> gpd.GeoSeries:
    """Read points from the bytes of a CSV with the columns ``id, lat, lon``; see :func:`check_points`."""
    return check_points(parse_csv(content, name=name, columns=POINT_COLUMNS), name=name)


def read_points(path: Path) -> gpd.GeoSeries:
    """Read points from a CSV file with the columns ``id, lat, lon``; see :func:`check_points`."""
    return parse_points(read_bytes(path), name=path.name)


def parse_coordinates(text: str) -> gpd.GeoSeries:
    """Read one point written as latitude and longitude; see :func:`check_points`.

    Parameters
    ----------
    text
        Two decimal numbers, e.g. ``43.0621, 141.3544``.

    Raises
    ------
    InputError
        If there are not two numbers, or the point is swapped, outside Hokkaido or in the sea.
    """
    numbers = re.findall(r"-?\d+(?:\.\d+)?", text)
    if len(numbers) != 2:
        raise InputError(
            f"{text!r}: 緯度と経度の 2 つの数を入れてください。 / expected two numbers, latitude and longitude: "
            "43.0621, 141.3544."
        )
    return check_points(pd.DataFrame({"id": [text], "lat": [numbers[0]], "lon": [numbers[1]]}), name=text)
