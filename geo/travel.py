"""Travel times between points: over the network, with access at both ends, and the status of each pair."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.assumptions import AccessAssumptions
from geo.routing import FloatArray, IntArray, RoadGraph, SearchResult, search_from
from geo.snapping import SnappedPoints, snap_points

REACHED = "reached"
OVER_LIMIT = "over_limit"
NO_ROUTE = "no_route"
NOT_SNAPPED = "not_snapped"
STATUSES = (REACHED, OVER_LIMIT, NO_ROUTE, NOT_SNAPPED)

_ROWS_AT_ONCE = 256  # keeps the four-way comparison of a large matrix within some tens of MB


def travel_status(
    travel_min: FloatArray, is_snapped: npt.NDArray[np.bool_], limit_min: float | None = None
) -> npt.NDArray[np.object_]:
    """Say how each travel time is to be read.

    Parameters
    ----------
    travel_min
        Minutes, NaN where there is none, any shape.
    is_snapped
        Whether both ends are joined to the network, same shape.
    limit_min
        Limit in minutes. Over means strictly more than it, on the unrounded time.

    Returns
    -------
    numpy.ndarray
        ``reached``, ``over_limit``, ``no_route`` or ``not_snapped``, same shape.
    """
    status = np.full(np.shape(travel_min), REACHED, dtype=object)
    if limit_min is not None:
        status[travel_min > limit_min] = OVER_LIMIT
    status[np.isnan(travel_min)] = NO_ROUTE
    status[~is_snapped] = NOT_SNAPPED
    return status


@dataclass(frozen=True)
class TravelMatrix:
    """Travel between origins and destinations, all arrays of shape (origins, destinations).

    Attributes
    ----------
    origin_ids, destination_ids
        Labels of rows and columns.
    travel_min, length_km
        One-way minutes and kilometres; NaN where there is no route or an end is not snapped.
    is_snapped
        Whether both ends are joined to the network.
    """

    origin_ids: pd.Index
    destination_ids: pd.Index
    travel_min: FloatArray
    length_km: FloatArray
    is_snapped: npt.NDArray[np.bool_]

    def status(self, limit_min: float | None = None) -> npt.NDArray[np.object_]:
        """Return the status of every pair, see :func:`travel_status`."""
        return travel_status(self.travel_min, self.is_snapped, limit_min)

    def to_long(self, limit_min: float | None = None) -> pd.DataFrame:
        """Return one row a pair: ``origin_id, destination_id, status, travel_min, length_km``."""
        rows, columns = self.travel_min.shape
        return pd.DataFrame(
            {
                "origin_id": np.repeat(self.origin_ids.to_numpy(), columns),
                "destination_id": np.tile(self.destination_ids.to_numpy(), rows),
                "status": self.status(limit_min).ravel(),
                "travel_min": self.travel_min.ravel(),
                "length_km": self.length_km.ravel(),
            }
        )


@dataclass(frozen=True)
class _EdgeEnds:
    """For snapped points: the node at each end of their section, and the cost of getting there; shape (points, 2)."""

    node: IntArray
    minutes: FloatArray
    km: FloatArray


def _edge_ends(graph: RoadGraph, points: SnappedPoints) -> _EdgeEnds:
    edges = graph.network.edges.iloc[points.edge]
    index = graph.network.nodes.index
    node = np.column_stack([index.get_indexer(edges[column]) for column in ("from_node", "to_node")])
    share = np.column_stack([points.fraction, 1 - points.fraction])
    minutes = share * edges[f"{graph.season}_min"].to_numpy(float)[:, None] + points.access_min[:, None]
    km = share * edges["length_km"].to_numpy(float)[:, None] + points.access_km[:, None]
    return _EdgeEnds(node, minutes, km)


def _subset(points: SnappedPoints, keep: IntArray) -> SnappedPoints:
    return SnappedPoints(points.edge[keep], points.fraction[keep], points.access_km[keep], points.access_min[keep])


def _same_section(graph: RoadGraph, here: SnappedPoints, there: SnappedPoints) -> tuple[FloatArray, FloatArray]:
    """Minutes and km along a shared section, without going to its ends; inf where the sections differ."""
    same = here.edge[:, None] == there.edge[None, :]
    along = np.abs(here.fraction[:, None] - there.fraction[None, :])
    minutes_all = graph.network.edges[f"{graph.season}_min"].to_numpy(float)[here.edge][:, None]
    km_all = graph.network.edges["length_km"].to_numpy(float)[here.edge][:, None]
    minutes = along * minutes_all + here.access_min[:, None] + there.access_min[None, :]
    km = along * km_all + here.access_km[:, None] + there.access_km[None, :]
    return np.where(same, minutes, np.inf), km


def _combine(
    graph: RoadGraph, here: SnappedPoints, there: SnappedPoints, search: SearchResult, row_of: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Take the quickest of the ways over either end of both sections and the way along a shared one."""
    best_min, best_km = _same_section(graph, here, there)
    start, end = _edge_ends(graph, here), _edge_ends(graph, there)
    for i in range(2):
        rows = row_of[start.node[:, i]]
        for j in range(2):
            block = np.ix_(rows, end.node[:, j])
            minutes = search.minutes[block] + start.minutes[:, i, None] + end.minutes[None, :, j]
            quicker = minutes < best_min  # False for NaN, which is no route
            best_min = np.where(quicker, minutes, best_min)
            km = search.length_km[block] + start.km[:, i, None] + end.km[None, :, j]
            best_km = np.where(quicker, km, best_km)
    return np.where(np.isinf(best_min), np.nan, best_min), np.where(np.isinf(best_min), np.nan, best_km)


def travel_matrix(
    graph: RoadGraph, origins: gpd.GeoSeries, destinations: gpd.GeoSeries, access: AccessAssumptions
) -> TravelMatrix:
    """Compute one-way travel between all origins and all destinations.

    Parameters
    ----------
    graph
        The network of one season.
    origins, destinations
        Points with their ids as index, any CRS.
    access
        The way between a point and the network; it costs time at both ends.

    Returns
    -------
    TravelMatrix
        Identical coordinates are 0 minutes apart.
    """
    from_all, to_all = snap_points(origins, graph, access), snap_points(destinations, graph, access)
    shape = (len(origins), len(destinations))
    travel_min, length_km = np.full(shape, np.nan), np.full(shape, np.nan)
    rows, columns = np.flatnonzero(from_all.is_snapped), np.flatnonzero(to_all.is_snapped)
    if len(rows) and len(columns):
        there = _subset(to_all, columns)
        sources = np.unique(_edge_ends(graph, _subset(from_all, rows)).node)
        row_of = np.full(graph.node_count, -1, dtype=np.int64)
        row_of[sources] = np.arange(len(sources))
        search = search_from(graph, sources)
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            block = rows[begin : begin + _ROWS_AT_ONCE]
            minutes, km = _combine(graph, _subset(from_all, block), there, search, row_of)
            travel_min[np.ix_(block, columns)] = minutes
            length_km[np.ix_(block, columns)] = km
    is_snapped = from_all.is_snapped[:, None] & to_all.is_snapped[None, :]
    same_place = _same_coordinates(origins, destinations) & is_snapped
    travel_min[same_place] = 0.0
    length_km[same_place] = 0.0
    return TravelMatrix(origins.index, destinations.index, travel_min, length_km, is_snapped)


def _same_coordinates(origins: gpd.GeoSeries, destinations: gpd.GeoSeries) -> npt.NDArray[np.bool_]:
    there = destinations.to_crs(origins.crs)
    same_x = origins.x.to_numpy()[:, None] == there.x.to_numpy()[None, :]
    same_y = origins.y.to_numpy()[:, None] == there.y.to_numpy()[None, :]
    return np.asarray(same_x & same_y)
