"""Travel times between points: over the network, with access at both ends, and the status of each pair."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.assumptions import AccessAssumptions
from geo.crs import EQUAL_AREA_CRS
from geo.engine import Travel
from geo.routing import FloatArray, IntArray, RoadGraph
from geo.snapping import SnappedPoints, snap_candidates

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
    """For snapped points: the node at each end of their section, and the cost between it and them; shape (points, 2).

    The minutes are inf where a one-way section cannot be driven in that direction.
    """

    node: IntArray
    minutes: FloatArray
    km: FloatArray


def _edge_ends(graph: RoadGraph, points: SnappedPoints, *, leaving: bool) -> _EdgeEnds:
    """Find the ends of the points' sections: to drive to when leaving the points, else to come from."""
    arrays, edge = graph.arrays, points.edge
    node = np.column_stack([arrays.start[edge], arrays.end[edge]])
    share = np.column_stack([points.fraction, 1 - points.fraction])
    minutes = share * graph.edge_minutes[edge][:, None] + points.access_min[:, None]
    km = share * arrays.length_km[edge][:, None] + points.access_km[:, None]
    against = 0 if leaving else 1
    minutes[arrays.one_way[edge] & (share[:, against] > 0), against] = np.inf
    return _EdgeEnds(node, minutes, km)


def _subset(points: SnappedPoints, keep: IntArray) -> SnappedPoints:
    return SnappedPoints(points.edge[keep], points.fraction[keep], points.access_km[keep], points.access_min[keep])


def _same_section(graph: RoadGraph, here: SnappedPoints, there: SnappedPoints) -> tuple[FloatArray, FloatArray]:
    """Minutes and km along a shared section, without going to its ends; inf where the sections differ."""
    same = here.edge[:, None] == there.edge[None, :]
    forward = there.fraction[None, :] - here.fraction[:, None]
    along = np.abs(forward)
    same &= (forward >= 0) | ~graph.arrays.one_way[here.edge][:, None]
    minutes = along * graph.edge_minutes[here.edge][:, None] + here.access_min[:, None] + there.access_min[None, :]
    km = along * graph.arrays.length_km[here.edge][:, None] + here.access_km[:, None] + there.access_km[None, :]
    return np.where(same, minutes, np.inf), km


@dataclass(frozen=True)
class _NodeTravel:
    """Travel between the nodes at the ends of sections, with the row and the column of each node in it."""

    travel: Travel
    row_of: IntArray
    column_of: IntArray


def _search_nodes(graph: RoadGraph, here: SnappedPoints, there: SnappedPoints) -> _NodeTravel:
    nodes = [
        np.unique(_edge_ends(graph, here, leaving=True).node),
        np.unique(_edge_ends(graph, there, leaving=False).node),
    ]
    engine = graph.engine_for(len(nodes[0]), len(nodes[1]))
    places = [np.full(graph.node_count, -1, dtype=np.int64) for _ in nodes]
    for place, some in zip(places, nodes, strict=True):
        place[some] = np.arange(len(some))
    return _NodeTravel(engine.many_to_many(*nodes), *places)


def _combine(
    graph: RoadGraph, here: SnappedPoints, there: SnappedPoints, between: _NodeTravel
) -> tuple[FloatArray, FloatArray]:
    """Take the quickest of the ways over either end of both sections and the way along a shared one."""
    best_min, best_km = _same_section(graph, here, there)
    start, end = _edge_ends(graph, here, leaving=True), _edge_ends(graph, there, leaving=False)
    for i in range(2):
        for j in range(2):
            block = np.ix_(between.row_of[start.node[:, i]], between.column_of[end.node[:, j]])
            minutes = between.travel.minutes[block] + start.minutes[:, i, None] + end.minutes[None, :, j]
            quicker = minutes < best_min  # False for NaN, which is no route
            best_min = np.where(quicker, minutes, best_min)
            km = between.travel.length_km[block] + start.km[:, i, None] + end.km[None, :, j]
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
        Points within ``access.local_limit_km`` of each other may also be joined by local roads alone.
    """
    starts, ends = snap_candidates(origins, graph, access), snap_candidates(destinations, graph, access)
    shape = (len(origins), len(destinations))
    travel_min, length_km = np.full(shape, np.inf), np.full(shape, np.nan)
    for start in starts:
        for end in ends:
            _take_quicker(graph, start, end, travel_min, length_km)
    is_snapped = np.any([start.is_snapped for start in starts], axis=0)[:, None]
    is_snapped = is_snapped & np.any([end.is_snapped for end in ends], axis=0)[None, :]
    local_min, local_km = local_travel(origins, destinations, access)
    is_local = is_snapped & (local_min < travel_min)
    travel_min, length_km = np.where(is_local, local_min, travel_min), np.where(is_local, local_km, length_km)
    travel_min[np.isinf(travel_min)] = np.nan
    return TravelMatrix(origins.index, destinations.index, travel_min, length_km, is_snapped)


def _take_quicker(
    graph: RoadGraph, start: SnappedPoints, end: SnappedPoints, travel_min: FloatArray, length_km: FloatArray
) -> None:
    """Write the journeys between points joined in one way into the result where they are quicker than those there."""
    rows, columns = np.flatnonzero(start.is_snapped), np.flatnonzero(end.is_snapped)
    if not len(rows) or not len(columns):
        return
    there = _subset(end, columns)
    between = _search_nodes(graph, _subset(start, rows), there)
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        block = rows[begin : begin + _ROWS_AT_ONCE]
        minutes, km = _combine(graph, _subset(start, block), there, between)
        cells = np.ix_(block, columns)
        quicker = minutes < travel_min[cells]  # False for NaN, which is no route
        travel_min[cells] = np.where(quicker, minutes, travel_min[cells])
        length_km[cells] = np.where(quicker, km, length_km[cells])


def local_travel(
    origins: gpd.GeoSeries, destinations: gpd.GeoSeries, access: AccessAssumptions
) -> tuple[FloatArray, FloatArray]:
    """Return minutes and km by local roads alone, shape (origins, destinations); inf beyond ``local_limit_km``."""
    here, there = (points.to_crs(EQUAL_AREA_CRS) for points in (origins, destinations))
    x = here.x.to_numpy()[:, None] - there.x.to_numpy()[None, :]
    y = here.y.to_numpy()[:, None] - there.y.to_numpy()[None, :]
    straight_km = np.hypot(x, y) / 1000
    km = np.where(straight_km <= access.local_limit_km, straight_km * access.access_detour_factor, np.inf)
    return km / access.access_speed_kph * 60, km
