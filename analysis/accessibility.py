"""Travel times between the centres and the places they serve: the tables behind every map and list."""

from dataclasses import dataclass, replace
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.assumptions import load_access_assumptions
from geo.boundaries import load_municipalities, load_parts
from geo.errors import DataError
from geo.facilities import load_centres
from geo.roads import SEASONS, RoadNetwork, Season
from geo.routing import IntArray, RoadGraph, build_graph
from geo.travel import TravelMatrix, travel_matrix, travel_status

TIMES_COLUMNS = (
    "municipality_code",
    "municipality_name",
    "centre_id",
    "centre_name",
    "season",
    "tolls",
    "status",
    "travel_min",
    "length_km",
)


@dataclass(frozen=True)
class RoadUse:
    """Which roads of a network may be used.

    Attributes
    ----------
    tolls
        Whether toll roads may.
    closed_edges
        Ids of sections that are closed, sorted.
    """

    tolls: bool = True
    closed_edges: tuple[str, ...] = ()


ALL_ROADS = RoadUse()


@lru_cache(maxsize=8)  # of a network of all streets each takes some hundred MB
def graph_of(network: RoadNetwork, season: Season, tolls: bool, closed_edges: tuple[str, ...] = ()) -> RoadGraph:
    """Return the graph of a season without the closed sections, built once."""
    return build_graph(network, season, tolls=tolls, closed_edges=closed_edges)


def seat_points() -> gpd.GeoSeries:
    """Return the town hall of every demand unit: points indexed by ``part_id``, lon/lat."""
    parts = load_parts().set_index("part_id")
    return gpd.GeoSeries.from_xy(parts["seat_lon"], parts["seat_lat"], index=parts.index, crs=parts.crs)


def municipality_points() -> gpd.GeoSeries:
    """Return the town hall of every municipality: points indexed by ``code``, lon/lat."""
    frame = load_municipalities().set_index("code")
    return gpd.GeoSeries.from_xy(frame["seat_lon"], frame["seat_lat"], index=frame.index, crs=frame.crs)


def centre_points() -> gpd.GeoSeries:
    """Return the centres' points, indexed by ``centre_id``, lon/lat."""
    return load_centres().set_index("centre_id").geometry


def travel_between(
    network: RoadNetwork, season: Season, use: RoadUse, origins: gpd.GeoSeries, destinations: gpd.GeoSeries
) -> TravelMatrix:
    """Return travel between any points, given with their ids as index.

    A closure never shortens a way: where the section nearest to a point is closed, the point joins another one, and
    should that be quicker by some seconds, the time with all sections open is kept.
    """
    access = load_access_assumptions()
    matrix = travel_matrix(graph_of(network, season, use.tolls, use.closed_edges), origins, destinations, access)
    if not use.closed_edges:
        return matrix
    before = travel_matrix(graph_of(network, season, use.tolls), origins, destinations, access)
    return replace(matrix, travel_min=np.maximum(matrix.travel_min, before.travel_min))


def travel_from_centres(
    network: RoadNetwork,
    season: Season,
    tolls: bool,
    points: gpd.GeoSeries,
    closed_edges: tuple[str, ...] = (),
) -> TravelMatrix:
    """Return travel from every centre (11) to any points, see :func:`travel_between`."""
    return travel_between(network, season, RoadUse(tolls, closed_edges), centre_points(), points)


@lru_cache(maxsize=32)
def centre_matrix(
    network: RoadNetwork, season: Season, tolls: bool, closed_edges: tuple[str, ...] = ()
) -> TravelMatrix:
    """Return travel from every centre (11) to every demand unit (186)."""
    return travel_from_centres(network, season, tolls, seat_points(), closed_edges)


def times_table(network: RoadNetwork, *, limit_min: float | None = None, by_part: bool = False) -> pd.DataFrame:
    """Tabulate travel from every centre to every municipality's town hall.

    Parameters
    ----------
    network
        The roads.
    limit_min
        Times strictly above it have the status ``over_limit``; None for no limit.
    by_part
        One row for each of the 186 demand units instead of the 179 municipalities, with ``part_id`` in front.

    Returns
    -------
    pandas.DataFrame
        Long form, columns ``TIMES_COLUMNS``; one row for each place, centre, season and with or without toll roads
        (179 x 11 x 3 x 2). ``travel_min`` and ``length_km`` are one way and NaN for ``no_route`` and ``not_snapped``.
    """
    points = seat_points() if by_part else municipality_points()
    parts = load_parts().set_index("part_id")
    places = parts if by_part else load_municipalities().set_index("code", drop=False)
    centres = load_centres().set_index("centre_id")["nickname_ja"]
    tables = []
    for season in SEASONS:
        for tolls in (True, False):
            matrix = travel_from_centres(network, season, tolls, points)
            long = matrix.to_long(limit_min).rename(columns={"origin_id": "centre_id", "destination_id": "place_id"})
            by_place = np.arange(len(long)).reshape(matrix.travel_min.shape).T.ravel()  # place after place
            long = long.iloc[by_place]
            tables.append(long.assign(season=season, tolls="yes" if tolls else "no"))
    table = pd.concat(tables, ignore_index=True)
    table["municipality_code"] = table["place_id"].map(places["code"])
    table["municipality_name"] = table["place_id"].map(places["name_ja"])
    table["centre_name"] = table["centre_id"].map(centres)
    columns = list(TIMES_COLUMNS)
    if by_part:
        table = table.rename(columns={"place_id": "part_id"})
        columns = ["part_id", *columns]
    return table[columns]


@dataclass(frozen=True)
class UnitTimes:
    """How long it takes to reach each demand unit from one centre.

    Attributes
    ----------
    frame
        Index ``part_id``; columns ``centre_id`` (the one measured from), ``travel_min, length_km, is_snapped``.
    """

    frame: pd.DataFrame

    def status(self, limit_min: float | None) -> pd.Series:
        """Return the status of each unit, see :func:`geo.travel.travel_status`."""
        minutes = self.frame["travel_min"].to_numpy(float)
        status = travel_status(minutes, self.frame["is_snapped"].to_numpy(bool), limit_min)
        return pd.Series(status, index=self.frame.index, name="status")


def _pick(matrix: TravelMatrix, rows: IntArray) -> pd.DataFrame:
    columns = np.arange(len(matrix.destination_ids))
    return pd.DataFrame(
        {
            "centre_id": matrix.origin_ids.to_numpy()[rows],
            "travel_min": matrix.travel_min[rows, columns],
            "length_km": matrix.length_km[rows, columns],
            "is_snapped": matrix.is_snapped[rows, columns],
        },
        index=matrix.destination_ids,
    )


def responsible_rows(matrix: TravelMatrix) -> IntArray:
    """Return for each column of a matrix from all centres the row of the centre that is responsible for the unit.

    Raises
    ------
    DataError
        If that centre is not among the rows.
    """
    parts = load_parts().set_index("part_id").loc[matrix.destination_ids]
    rows = matrix.origin_ids.get_indexer(parts["centre_id"])
    if (rows < 0).any():
        unknown = parts["centre_id"].to_numpy()[rows < 0][0]
        raise DataError(f"municipalities.csv: centre {unknown!r} is not in centres.csv. Correct the id.")
    return np.asarray(rows, dtype=np.int64)


def responsible_times(matrix: TravelMatrix) -> UnitTimes:
    """Take for each demand unit the travel from the centre that is responsible for it."""
    return UnitTimes(_pick(matrix, responsible_rows(matrix)))


def nearest_times(matrix: TravelMatrix) -> UnitTimes:
    """Take for each demand unit the travel from the centre that is quickest to reach.

    Ties go to the first listed; a unit that no centre reaches stays with the one that is responsible for it.
    """
    minutes = np.where(np.isnan(matrix.travel_min), np.inf, matrix.travel_min)
    rows = np.where(np.isinf(minutes).all(axis=0), responsible_rows(matrix), minutes.argmin(axis=0))
    return UnitTimes(_pick(matrix, rows))
