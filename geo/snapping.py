"""Joining points to the road network: the nearest section that can be entered, and what the way there costs."""

from dataclasses import dataclass, replace
from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely

from geo.assumptions import AccessAssumptions
from geo.crs import EQUAL_AREA_CRS
from geo.roads import CONTROLLED_ACCESS_CLASSES, SEASONS, Season
from geo.routing import FloatArray, IntArray, RoadGraph


@dataclass(frozen=True)
class SnappedPoints:
    """Points joined to the network, all arrays of shape (points,).

    Attributes
    ----------
    edge
        Position in ``network.edges``, -1 where no section lies within the limit (``not_snapped``).
    fraction
        How far along that section the point joins it, 0 at ``from_node`` to 1 at ``to_node``.
    access_km, access_min
        Local road distance and time from the point to the section; NaN where not snapped.
    """

    edge: IntArray
    fraction: FloatArray
    access_km: FloatArray
    access_min: FloatArray

    @property
    def is_snapped(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Whether each point is joined to the network."""
        return self.edge >= 0


@lru_cache(maxsize=32)
def _enterable_lines(
    graph_key: "_GraphKey", also_open_in: tuple[Season, ...]
) -> tuple[IntArray, "np.ndarray[tuple[int], np.dtype[np.object_]]"]:
    edges = graph_key.graph.network.edges.iloc[graph_key.graph.edge_positions]
    enterable = ~edges["road_class"].isin(CONTROLLED_ACCESS_CLASSES).to_numpy()
    for season in also_open_in:
        enterable &= ~edges[f"closed_in_{season}"].to_numpy(bool)
    lines = edges.geometry[enterable].to_crs(EQUAL_AREA_CRS).to_numpy()
    return graph_key.graph.edge_positions[enterable], lines


@dataclass(frozen=True)
class _GraphKey:
    """Hashes a graph by what it was built from, so that its projected lines are kept."""

    graph: RoadGraph

    def _key(self) -> tuple[object, ...]:
        return (self.graph.network, self.graph.season, self.graph.tolls, self.graph.edge_positions.tobytes())

    def __hash__(self) -> int:
        return hash(self._key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _GraphKey) and self._key() == other._key()


def snap_points(
    points: gpd.GeoSeries, graph: RoadGraph, access: AccessAssumptions, *, also_open_in: tuple[Season, ...] = ()
) -> SnappedPoints:
    """Join each point to the nearest section that is open and can be entered anywhere.

    Expressways, free expressways and ferries are entered at their interchanges and ports only, so they are left out.

    Parameters
    ----------
    points
        Points in any CRS, shape (points,).
    graph
        The network of one season.
    access
        Speed and detour of the way to the section, and the limit beyond which a point is not joined.
    also_open_in
        Only sections that are open in these seasons too.
    """
    positions, lines = _enterable_lines(_GraphKey(graph), also_open_in)
    projected = points.to_crs(EQUAL_AREA_CRS).to_numpy()
    tree = shapely.STRtree(lines)
    found, straight_m = tree.query_nearest(
        projected, max_distance=access.snap_limit_km * 1000, return_distance=True, all_matches=False
    )
    source, nearest = found
    edge = np.full(len(projected), -1, dtype=np.int64)
    fraction = np.full(len(projected), np.nan)
    straight_km = np.full(len(projected), np.nan)
    edge[source] = positions[nearest]
    fraction[source] = shapely.line_locate_point(lines[nearest], projected[source], normalized=True)
    straight_km[source] = straight_m / 1000
    access_km = straight_km * access.access_detour_factor
    return SnappedPoints(edge, fraction, access_km, access_km / access.access_speed_kph * 60)


def snap_candidates(points: gpd.GeoSeries, graph: RoadGraph, access: AccessAssumptions) -> list[SnappedPoints]:
    """Join each point in the ways among which the quickest is taken.

    The nearest open section is one. The nearest of those that stay open in each worse season are others: otherwise a
    road that is open in summer only could draw a point to itself and make its journeys longer than in winter. Points
    that another way would join to the same section are not joined twice: there they are not snapped.
    """
    candidates = [snap_points(points, graph, access)]
    latest = candidates[0].edge
    for number in range(SEASONS.index(graph.season) + 1, len(SEASONS)):
        snapped = snap_points(points, graph, access, also_open_in=SEASONS[: number + 1])
        is_new = snapped.edge != latest
        latest = snapped.edge
        if is_new.any():
            candidates.append(replace(snapped, edge=np.where(is_new, snapped.edge, -1)))
    return candidates
