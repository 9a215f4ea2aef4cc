"""Speeds of roads from OpenStreetMap: built-up places by road density, terrain by sinuosity, winter by snow zone.

The speed on an edge is the lower of its limit (tagged, or the legal one of its class) and the travel speed of its
class and terrain (``osm_classes.csv``, ``speeds.csv``). Winter speeds are that times the factor of class and snow zone
(``winter_factors.csv``); streets take the factors of the class ``access``.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa
import shapely

from geo.boundaries import load_municipalities, load_parts
from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import DataError
from geo.osm.rules import FERRY, WayRule, load_classes, load_settings
from geo.paths import ROADS_DIR
from geo.roads import ROAD_CLASSES, SEASONS, Season
from geo.tables import load_table

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

SURROUNDINGS = ("urban", "suburban", "rural")
URBAN, SUBURBAN, RURAL = range(3)
TERRAINS = ("urban", "suburban", "flat", "hilly", "mountain")
FLAT, HILLY, MOUNTAIN = 2, 3, 4

DEFAULT_ZONE = "light"
# Classes without winter factors of their own, and those they take.
_FACTOR_CLASS = {"local": "access"}
_METRES_PER_DEGREE = 111_195.0
_CELL_OFFSET = 1 << 20
_ZONE_CELL = 0.02  # degrees


def _table(name: str, columns: Sequence[str]) -> pd.DataFrame:
    return load_table(ROADS_DIR / f"{name}.csv", pa.DataFrameSchema({column: pa.Column(str) for column in columns}))


def road_density(lon: FloatArray, lat: FloatArray, length_m: FloatArray, cell_m: float) -> FloatArray:
    """Measure road km per km2 around each piece of road.

    Parameters
    ----------
    lon, lat
        Middle of each piece, degrees, shape (pieces,).
    length_m
        Its length, metres.
    cell_m
        Side of the square cells; each piece gets the mean of its cell and the eight around it.
    """
    step = cell_m / _METRES_PER_DEGREE
    row = np.floor(lat / step).astype(np.int64) + _CELL_OFFSET
    # One scale for all keeps the cells in columns; their true width is corrected below.
    scale = float(np.cos(np.radians(lat.mean())))
    column = np.floor(lon * scale / step).astype(np.int64) + _CELL_OFFSET
    width = 2 * _CELL_OFFSET
    cells, cell_of = np.unique(row * width + column, return_inverse=True)
    km = np.bincount(cell_of, weights=length_m / 1000)
    around = np.zeros(len(cells))
    for shift in (i * width + j for i in (-1, 0, 1) for j in (-1, 0, 1)):
        at = np.minimum(np.searchsorted(cells, cells + shift), len(cells) - 1)
        around += np.where(cells[at] == cells + shift, km[at], 0.0)
    true_width = np.cos(np.radians(lat)) / scale
    return np.asarray(around[cell_of] / (9 * (cell_m / 1000) ** 2 * true_width), dtype=float)


def surroundings(lon: FloatArray, lat: FloatArray, length_m: FloatArray) -> IntArray:
    """Say for each piece of road whether it is urban (0), suburban (1) or rural (2), by road density."""
    settings = load_settings()
    density = road_density(lon, lat, length_m, settings["density_cell_m"])
    return np.where(
        density >= settings["urban_km_per_km2"],
        URBAN,
        np.where(density >= settings["suburban_km_per_km2"], SUBURBAN, RURAL),
    )


@lru_cache(maxsize=1)
def _class_kph() -> tuple[dict[str, int], FloatArray, FloatArray]:
    """Return the row of each OpenStreetMap class, travel speeds (rows, terrains), and legal speeds (rows,)."""
    classes = load_classes()
    speeds = _table("speeds", ["road_class", "terrain", "summer_kph"]).set_index(["road_class", "terrain"])[
        "summer_kph"
    ]
    kph = np.empty((len(classes) + 1, len(TERRAINS)))
    for i, row in enumerate(classes.itertuples()):
        if np.isnan(row.urban_kph):
            keys = [(row.road_class, terrain) for terrain in TERRAINS]
            if any(key not in speeds.index for key in keys):
                raise DataError(
                    f"speeds.csv: {row.road_class} lacks one of the terrains {', '.join(TERRAINS)}. Add it."
                )
            kph[i] = [float(speeds[key]) for key in keys]
        else:
            kph[i] = [row.urban_kph, row.suburban_kph, row.rural_kph, row.rural_kph, row.rural_kph]
    kph[-1] = float(speeds[(FERRY, "any")])
    rows = {str(highway): i for i, highway in enumerate([*classes.index, FERRY])}
    return rows, kph, np.append(classes["legal_kph"].to_numpy(float), np.inf)


def default_sail_kph() -> float:
    """Return the speed of a ferry without a timetable, km/h."""
    return float(_class_kph()[1][-1, 0])


def rule_kph(rules: Sequence[WayRule]) -> FloatArray:
    """Return the summer speed of each rule in each of :data:`TERRAINS`, km/h, shape (rules, terrains)."""
    rows, kph, legal = _class_kph()
    row = np.array([rows[rule.highway] for rule in rules], dtype=np.int64)
    limit = np.array([rule.limit_kph for rule in rules], dtype=float)
    limit = np.where(np.isnan(limit), legal[row], limit)
    return np.asarray(np.minimum(kph[row], limit[:, None]), dtype=float)


def terrain_of(surrounding: IntArray, length_km: FloatArray, straight_km: FloatArray) -> IntArray:
    """Return the position in :data:`TERRAINS` of each edge: built-up as given, else by length over straight line."""
    settings = load_settings()
    ratio = length_km / np.maximum(straight_km, 1e-9)
    rural = np.where(ratio >= settings["mountain_sinuosity"], MOUNTAIN, FLAT)
    rural = np.where((ratio >= settings["hilly_sinuosity"]) & (rural == FLAT), HILLY, rural)
    rural = np.where(length_km < settings["sinuosity_min_km"], FLAT, rural)
    return np.where(surrounding == RURAL, rural, surrounding)


def snow_zones(lon: FloatArray, lat: FloatArray) -> "npt.NDArray[np.object_]":
    """Return the snow zone of the municipality in which each point lies, or that is nearest; shape (points,)."""
    zone_of = _table("snow_zones", ["subprefecture_ja", "snow_zone"]).set_index("subprefecture_ja")["snow_zone"]
    frame = load_municipalities()
    zones = frame["subprefecture_ja"].map(zone_of).to_numpy(object)
    tree = shapely.STRtree(frame.geometry.to_numpy())
    owner = _owner_of_cells(tree, lon, lat)
    rest = np.flatnonzero(owner < 0)
    point, polygon = tree.query(shapely.points(lon[rest], lat[rest]), predicate="intersects")
    owner[rest[point]] = polygon
    # Only points at sea need distances.
    outside = np.flatnonzero(owner < 0)
    if len(outside):
        projected = frame.to_crs(EQUAL_AREA_CRS).geometry.to_numpy()
        series = _project(lon[outside], lat[outside])
        owner[outside] = shapely.STRtree(projected).nearest(series)
    return np.asarray(zones[owner], dtype=object)


def _owner_of_cells(tree: shapely.STRtree, lon: FloatArray, lat: FloatArray) -> IntArray:
    """Return the polygon that covers the whole cell in which each point lies, -1 where none does."""
    column, row = np.floor(lon / _ZONE_CELL).astype(np.int64), np.floor(lat / _ZONE_CELL).astype(np.int64)
    cells, cell_of = np.unique(column * _CELL_OFFSET + row, return_inverse=True)
    west, south = (cells // _CELL_OFFSET) * _ZONE_CELL, (cells % _CELL_OFFSET) * _ZONE_CELL
    boxes = shapely.box(west, south, west + _ZONE_CELL, south + _ZONE_CELL)
    box, polygon = tree.query(boxes, predicate="covered_by")
    owner = np.full(len(cells), -1, dtype=np.int64)
    owner[box] = polygon
    return owner[cell_of]


def _project(lon: FloatArray, lat: FloatArray) -> "npt.NDArray[np.object_]":
    from pyproj import Transformer

    x, y = Transformer.from_crs(GEOGRAPHIC_CRS, EQUAL_AREA_CRS, always_xy=True).transform(lon, lat)
    return np.asarray(shapely.points(x, y), dtype=object)


def share_in_hokkaido(lon: FloatArray, lat: FloatArray) -> float:
    """Return the share of points that lie in one of the municipalities."""
    tree = shapely.STRtree(load_parts().geometry.to_numpy())
    inside = np.unique(tree.query(shapely.points(lon, lat), predicate="intersects")[0])
    return len(inside) / max(len(lon), 1)


def season_factors(road_class: Sequence[str], zones: Sequence[str], season: Season) -> FloatArray:
    """Return what part of its summer speed each class has in each zone in a season, shape (classes, zones)."""
    if season == "summer":
        return np.ones((len(road_class), len(zones)))
    columns = ["road_class", "snow_zone", "season", "speed_factor"]
    table = _table("winter_factors", columns).set_index(columns[:3])["speed_factor"].astype(float)
    result = np.empty((len(road_class), len(zones)))
    for i, name in enumerate(road_class):
        for j, zone in enumerate(zones):
            key = (_FACTOR_CLASS.get(name, name), zone, season)
            if key not in table.index:
                raise DataError(f"winter_factors.csv: no factor for {', '.join(key)}. Add the row.")
            result[i, j] = table[key]
    return result


def edge_minutes(
    summer_kph: FloatArray,
    road_class: "npt.NDArray[np.object_]",
    zone: "npt.NDArray[np.object_]",
    length_km: FloatArray,
) -> dict[Season, FloatArray]:
    """Return the minutes to drive each edge in each season."""
    zones = sorted(set(zone))
    class_code = pd.Categorical(road_class, categories=list(ROAD_CLASSES)).codes
    zone_code = pd.Categorical(zone, categories=zones).codes
    used = [name for i, name in enumerate(ROAD_CLASSES) if (class_code == i).any()]
    lookup = np.full(len(ROAD_CLASSES), -1)
    lookup[[ROAD_CLASSES.index(name) for name in used]] = np.arange(len(used))
    minutes = {}
    for season in SEASONS:
        factor = season_factors(used, zones, season)[lookup[class_code], zone_code]
        minutes[season] = length_km / (summer_kph * factor) * 60
    return minutes
