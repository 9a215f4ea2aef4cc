"""People and land within reach of the centres: by welfare area, by centre territory and for Hokkaido."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.accessibility import UnitTimes, centre_matrix, nearest_times, responsible_times, travel_from_centres
from geo.boundaries import area_km2, load_centre_territories, load_parts, load_welfare_areas
from geo.crs import EQUAL_AREA_CRS
from geo.errors import DataError
from geo.roads import RoadNetwork, Season
from geo.travel import NO_ROUTE, NOT_SNAPPED, OVER_LIMIT

BANDS_MIN = (30, 60, 90, 120, 180)
DEFAULT_THRESHOLD_MIN = 120.0
GRID_SPACING_M = 2000.0

Measure = Literal["responsible", "nearest"]


@dataclass(frozen=True)
class Coverage:
    """Coverage of every region, and the demand units behind it.

    Attributes
    ----------
    regions
        One row for each of the 21 areas, the 11 centre territories and Hokkaido; see :func:`measure_coverage`.
    units
        One row for each demand unit: ``part_id, code, name_ja, name_en, area_id, centre_id, measured_from, population,
        travel_min, length_km, status``.
    """

    regions: pd.DataFrame
    units: pd.DataFrame


@lru_cache(maxsize=2)
def land_grid(spacing_m: float = GRID_SPACING_M) -> gpd.GeoDataFrame:
    """Lay a square grid of points over the land.

    Parameters
    ----------
    spacing_m
        Distance between neighbouring points in the equal-area CRS, metres.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a point: ``part_id, area_km2, geometry`` (equal-area CRS). A part's area is shared equally by its
        points, so areas add up to the polygons'; a part too small for the grid has one point inside it.
    """
    parts = load_parts().to_crs(EQUAL_AREA_CRS)
    min_x, min_y, max_x, max_y = parts.total_bounds
    x, y = np.meshgrid(
        np.arange(min_x + spacing_m / 2, max_x, spacing_m), np.arange(min_y + spacing_m / 2, max_y, spacing_m)
    )
    points = shapely.points(x.ravel(), y.ravel())
    tree = shapely.STRtree(points)
    part_index, point_index = tree.query(parts.geometry.to_numpy(), predicate="contains")
    missing = np.setdiff1d(np.arange(len(parts)), part_index)
    inner = parts.geometry.iloc[missing].representative_point().to_numpy()
    owner = np.concatenate([part_index, missing])
    geometry = np.concatenate([points[point_index], inner])
    area_km2 = parts.area.to_numpy() / 1e6
    share = area_km2[owner] / np.bincount(owner, minlength=len(parts))[owner]
    frame = {"part_id": parts["part_id"].to_numpy()[owner], "area_km2": share}
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=EQUAL_AREA_CRS)


@lru_cache(maxsize=16)
def _grid_minutes(
    network: RoadNetwork, season: Season, tolls: bool, measure: Measure, closed_edges: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Minutes from the responsible or the nearest centre to each grid point, with whether it is snapped."""
    grid = land_grid()
    matrix = travel_from_centres(network, season, tolls, grid.geometry, closed_edges)
    if measure == "responsible":
        centre_of_part = load_parts().set_index("part_id")["centre_id"]
        rows = matrix.origin_ids.get_indexer(grid["part_id"].map(centre_of_part))
        if (rows < 0).any():
            raise DataError("centres.csv: a centre named in municipalities.csv is missing. Add it or correct the id.")
    else:
        rows = np.where(np.isnan(matrix.travel_min), np.inf, matrix.travel_min).argmin(axis=0)
    columns = np.arange(len(grid))
    return pd.DataFrame(
        {
            "part_id": grid["part_id"],
            "area_km2": grid["area_km2"],
            "travel_min": matrix.travel_min[rows, columns],
            "is_snapped": matrix.is_snapped[rows, columns],
        }
    )


def _band_sums(minutes: pd.Series, snapped: pd.Series, weight: pd.Series, prefix: str) -> dict[str, float]:
    """Sum a weight by travel time: within each band (cumulative), over the last, without a route, not snapped."""
    sums = {f"{prefix}_within_{band}min": float(weight[minutes <= band].sum()) for band in BANDS_MIN}
    sums[f"{prefix}_over_{BANDS_MIN[-1]}min"] = float(weight[minutes > BANDS_MIN[-1]].sum())
    sums[f"{prefix}_no_route"] = float(weight[minutes.isna() & snapped].sum())
    sums[f"{prefix}_not_snapped"] = float(weight[~snapped].sum())
    return sums


def _region_row(units: pd.DataFrame, cells: pd.DataFrame, threshold_min: float) -> dict[str, object]:
    over = units[units["status"] == OVER_LIMIT].sort_values("travel_min", ascending=False)
    unreached = units[units["status"].isin([NO_ROUTE, NOT_SNAPPED])]
    reached = units.dropna(subset=["travel_min"])
    farthest = reached.loc[reached["travel_min"].idxmax()] if len(reached) else None
    return {
        "population": int(units["population"].sum()),
        "area_km2": float(cells["area_km2"].sum()),
        **_band_sums(units["travel_min"], units["is_snapped"], units["population"], "people"),
        **_band_sums(cells["travel_min"], cells["is_snapped"], cells["area_km2"], "km2"),
        "threshold_min": threshold_min,
        "people_over_threshold": int(over["population"].sum()),
        "farthest_place": "" if farthest is None else str(farthest["name_ja"]),
        "farthest_place_en": "" if farthest is None else str(farthest["name_en"]),
        "farthest_min": float("nan") if farthest is None else float(farthest["travel_min"]),
        "places_over_threshold": "、".join(over["name_ja"]),
        "places_over_threshold_en": "; ".join(over["name_en"]),
        "places_no_route": "、".join(unreached["name_ja"]),
        "places_no_route_en": "; ".join(unreached["name_en"]),
    }


def tabulate_units(times: UnitTimes, threshold_min: float) -> pd.DataFrame:
    """Join the travel times of the demand units to their names, people and regions."""
    parts = pd.DataFrame(load_parts().drop(columns="geometry")).set_index("part_id")
    measured = times.frame.rename(columns={"centre_id": "measured_from"})
    columns = ["code", "name_ja", "name_en", "area_id", "centre_id", "population_2014"]
    units = parts[columns].join(measured, how="inner", validate="one_to_one")
    units = units.rename(columns={"population_2014": "population"})
    units["status"] = times.status(threshold_min)
    if len(units) != len(parts):
        raise DataError(f"travel times were given for {len(units)} of {len(parts)} demand units. Compute them for all.")
    return units.reset_index()


def measure_coverage(
    network: RoadNetwork,
    *,
    season: Season,
    tolls: bool = True,
    threshold_min: float = DEFAULT_THRESHOLD_MIN,
    measure: Measure = "responsible",
    closed_edges: tuple[str, ...] = (),
) -> Coverage:
    """Measure who and what lies within 30, 60, 90, 120 and 180 minutes' drive of a centre, one way.

    People are counted at the town hall (or branch office) of each demand unit, land on a grid of points inside the
    polygons, each with the time of the way to the nearest open road.

    Parameters
    ----------
    network
        The roads.
    season
        One of :data:`geo.roads.SEASONS`.
    tolls
        Whether toll roads may be used.
    threshold_min
        The limit for the list of places that are over it; over means strictly more, on unrounded time.
    measure
        From the ``responsible`` centre, or from the ``nearest``.
    closed_edges
        Ids of road sections that are closed.

    Returns
    -------
    Coverage
        ``regions`` has the columns ``region_kind`` (area, centre, hokkaido), ``region_id, name_ja, name_en, season,
        population, area_km2``, then for people and km2 the sums within each band (cumulative), over 180 min,
        without a route and not snapped, and the farthest place and the places over the threshold by name.

    Raises
    ------
    DataError
        If the sums over the areas or the centres differ from Hokkaido's.
    """
    matrix = centre_matrix(network, season, tolls, closed_edges)
    times = responsible_times(matrix) if measure == "responsible" else nearest_times(matrix)
    units = tabulate_units(times, threshold_min)
    cells = _grid_minutes(network, season, tolls, measure, closed_edges)
    cells = cells.merge(units[["part_id", "area_id", "centre_id"]], on="part_id", validate="many_to_one")
    rows: list[dict[str, object]] = []
    kinds = (("area", "area_id", load_welfare_areas()), ("centre", "centre_id", load_centre_territories()))
    for kind, key, regions in kinds:
        for region in regions.itertuples():
            region_id = getattr(region, key)
            label = {"region_kind": kind, "region_id": region_id}
            label |= {"name_ja": region.name_ja, "name_en": region.name_en, "season": season}
            inside = units[units[key] == region_id], cells[cells[key] == region_id]
            rows.append({**label, **_region_row(*inside, threshold_min)})
    label = {"region_kind": "hokkaido", "region_id": "hokkaido", "name_ja": "北海道", "name_en": "Hokkaido"}
    rows.append({**label, "season": season, **_region_row(units, cells, threshold_min)})
    table = pd.DataFrame(rows)
    check_totals(table)
    return Coverage(table, units)


def sum_columns(table: pd.DataFrame) -> Sequence[str]:
    """Return the columns of a coverage table that add up over regions."""
    return [c for c in table.columns if c in ("population", "area_km2") or c.startswith(("people_", "km2_"))]


def check_totals(table: pd.DataFrame) -> None:
    """Check that what went in came out: areas and centre territories each add up to Hokkaido, and Hokkaido to the data.

    Raises
    ------
    DataError
        With the column and both sums.
    """
    whole = table[table["region_kind"] == "hokkaido"].iloc[0]
    for kind in ("area", "centre"):
        part_sums = table.loc[table["region_kind"] == kind, list(sum_columns(table))].sum()
        for column, value in part_sums.items():
            _check_sum(f"{column} over the {kind} rows", value, whole[column])
    for name, people_or_km2 in input_totals().items():
        column = "population" if name == "people_in" else "area_km2"
        _check_sum(f"{column} of Hokkaido", whole[column], people_or_km2)


def _check_sum(what: str, found: float, expected: float) -> None:
    if not np.isclose(found, expected, rtol=1e-9, atol=1e-6):
        raise DataError(
            f"coverage: {what} is {found}, expected {expected}. A unit is missing or counted twice: "
            "check data/boundaries."
        )


def input_totals() -> dict[str, float]:
    """Return the sums of the data themselves: residents, and km2 of the polygons."""
    parts = load_parts()
    return {"people_in": float(parts["population_2014"].sum()), "km2_in": float(area_km2(parts).sum())}


def control_totals(coverage: Coverage) -> dict[str, float]:
    """Return the sums to compare: people and km2 in the data, and over the areas of the result."""
    areas = coverage.regions[coverage.regions["region_kind"] == "area"]
    given = input_totals()
    return {
        "people_in": given["people_in"],
        "people_out_areas": float(areas["population"].sum()),
        "km2_in": round(given["km2_in"], 1),
        "km2_out_areas": round(float(areas["area_km2"].sum()), 1),
    }
