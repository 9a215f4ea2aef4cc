"""Isochrones: the land within so many minutes' drive, as polygons that end at the coast and at lakes.

Travel times are computed at the points of a square grid on land and interpolated linearly between them (marching
squares, Lorensen and Cline 1987, as implemented in contourpy). Beyond the shore the nearest land point is carried on
by two cells so that the contour reaches the coast, and the result is cut to land without lakes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import cast

import contourpy
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.ndimage import distance_transform_edt

from analysis.accessibility import travel_from_centres
from geo.boundaries import load_parts
from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import InputError
from geo.lakes import load_lakes
from geo.roads import RoadNetwork, Season
from geo.routing import FloatArray, IntArray

SURFACE_SPACING_M = 1500.0
_SHORE_CELLS = 2
_MIN_PIECE_KM2 = 0.5  # smaller pieces are corners of the grid


@dataclass(frozen=True)
class _LandGrid:
    """A grid over Hokkaido: x and y of its columns and rows, metres, and which of its points lie on land."""

    x: FloatArray
    y: FloatArray
    is_land: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]"
    points: gpd.GeoSeries


@lru_cache(maxsize=2)
def _land_grid(spacing_m: float) -> _LandGrid:
    land = load_parts().to_crs(EQUAL_AREA_CRS)
    min_x, min_y, max_x, max_y = land.total_bounds
    margin = (_SHORE_CELLS + 1) * spacing_m
    x = np.arange(min_x - margin, max_x + margin, spacing_m)
    y = np.arange(min_y - margin, max_y + margin, spacing_m)
    grid_x, grid_y = np.meshgrid(x, y)
    points = shapely.points(grid_x.ravel(), grid_y.ravel())
    inside = np.zeros(len(points), dtype=bool)
    inside[shapely.STRtree(points).query(land.geometry.to_numpy(), predicate="contains")[1]] = True
    series = gpd.GeoSeries(points[inside], crs=EQUAL_AREA_CRS)
    return _LandGrid(x, y, inside.reshape(grid_x.shape), series)


@lru_cache(maxsize=1)
def _dry_land() -> shapely.Geometry:
    """Return the land without lakes, equal-area CRS."""
    land = load_parts().to_crs(EQUAL_AREA_CRS).union_all()
    dry = shapely.difference(land, load_lakes().to_crs(EQUAL_AREA_CRS).union_all())
    shapely.prepare(dry)
    return dry


@lru_cache(maxsize=16)
def _grid_travel_min(
    network: RoadNetwork, season: Season, tolls: bool, closed_edges: tuple[str, ...], spacing_m: float
) -> tuple[FloatArray, pd.Index]:
    """Return minutes from every centre to every land point, shape (centres, land points), and the centres' ids."""
    grid = _land_grid(spacing_m)
    matrix = travel_from_centres(network, season, tolls, grid.points, closed_edges)
    return matrix.travel_min, matrix.origin_ids


def isochrones(
    network: RoadNetwork,
    season: Season,
    limits_min: Sequence[float],
    *,
    tolls: bool = True,
    centre_id: str | None = None,
    closed_edges: tuple[str, ...] = (),
    spacing_m: float = SURFACE_SPACING_M,
) -> gpd.GeoDataFrame:
    """Draw the land within each limit of a centre, or of any centre.

    Parameters
    ----------
    network, season
        What is driven on.
    limits_min
        Limits, minutes one way.
    tolls
        Whether toll roads may be used.
    centre_id
        The centre to start from; None for the quickest of all.
    closed_edges
        Ids of sections that are closed.
    spacing_m
        Distance of the grid points, metres: the polygons are no finer than this.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a limit, ascending: ``centre_id`` (empty for all), ``season, tolls, limit_min, area_km2`` and the
        polygon of everything within the limit, lon/lat; an empty polygon where nothing is.

    Raises
    ------
    InputError
        If the centre is unknown, or a limit is not above 0.
    """
    if not limits_min or min(limits_min) <= 0:
        raise InputError(f"limits {list(limits_min)} are not minutes above 0. Give some such as 30, 60, 90, 120.")
    minutes, centre_ids = _grid_travel_min(network, season, tolls, closed_edges, spacing_m)
    if centre_id is not None and centre_id not in centre_ids:
        raise InputError(f"centre {centre_id!r} is unknown. Choose one of {', '.join(centre_ids)}.")
    known = np.where(np.isnan(minutes), np.inf, minutes)
    at_points = known.min(axis=0) if centre_id is None else known[centre_ids.get_loc(centre_id)]
    grid = _land_grid(spacing_m)
    field = np.full(grid.is_land.shape, np.inf)
    field[grid.is_land] = at_points
    generator = contourpy.contour_generator(
        grid.x, grid.y, _carried_on_over_shore(field, grid.is_land), fill_type=contourpy.FillType.OuterOffset
    )
    limits = sorted(set(limits_min))
    shapes = [_cut_to_land(_polygons(generator, limit)) for limit in limits]
    frame = gpd.GeoDataFrame(
        {"centre_id": centre_id or "", "season": season, "tolls": tolls, "limit_min": limits},
        geometry=shapes,
        crs=EQUAL_AREA_CRS,
    )
    frame.insert(4, "area_km2", frame.area / 1e6)
    return frame.to_crs(GEOGRAPHIC_CRS)


def _carried_on_over_shore(
    field: FloatArray, is_land: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]"
) -> "np.ma.MaskedArray[tuple[int, int], np.dtype[np.float64]]":
    """Give sea cells within reach of the shore the value of the nearest land cell, and mask what has no time.

    Land without a route or too far from a road stays masked: it is not within any limit.
    """
    distance, nearest = distance_transform_edt(~is_land, return_indices=True)
    carried = np.where(distance <= _SHORE_CELLS * np.sqrt(2), field[tuple(nearest)], np.inf)
    return np.ma.masked_invalid(carried)


def _polygons(generator: contourpy.ContourGenerator, limit_min: float) -> shapely.Geometry:
    points, offsets = cast("tuple[list[FloatArray], list[IntArray]]", generator.filled(-1.0, limit_min))
    pieces = []
    for ring_points, ring_offsets in zip(points, offsets, strict=True):
        rings = [ring_points[a:b] for a, b in pairwise(ring_offsets)]
        pieces.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.make_valid(shapely.union_all(pieces))


def _cut_to_land(area: shapely.Geometry) -> shapely.MultiPolygon:
    cut = shapely.intersection(area, _dry_land())
    parts = [
        part for part in shapely.get_parts(cut) if part.geom_type == "Polygon" and part.area / 1e6 > _MIN_PIECE_KM2
    ]
    return shapely.MultiPolygon(parts)


def isochrone_bands(chrones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the land between each limit and the one before it, so that no two polygons overlap.

    Parameters
    ----------
    chrones
        From :func:`isochrones`.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows and columns, with the polygons of the next lower limit cut out.
    """
    shapes = chrones.to_crs(EQUAL_AREA_CRS).geometry.to_numpy()
    rings = [shapes[0], *(shapely.difference(outer, inner) for inner, outer in pairwise(shapes))]
    bands = chrones.set_geometry(gpd.GeoSeries(rings, index=chrones.index, crs=EQUAL_AREA_CRS).to_crs(chrones.crs))
    return bands.assign(area_km2=[ring.area / 1e6 for ring in rings])


def land_without_a_way(everything: shapely.Geometry) -> gpd.GeoSeries:
    """Return the land without lakes that no way reaches, lon/lat.

    Parameters
    ----------
    everything
        The land that is reached in any time, lon/lat.
    """
    reached = gpd.GeoSeries([everything], crs=GEOGRAPHIC_CRS).to_crs(EQUAL_AREA_CRS).iloc[0]
    rest = shapely.difference(_dry_land(), shapely.buffer(reached, 1.0))  # 1 m: rounding on the way to lon/lat
    return gpd.GeoSeries([_cut_to_land(rest)], crs=EQUAL_AREA_CRS).to_crs(GEOGRAPHIC_CRS)
