"""Joining points to the road network: the nearest section that can be entered, and what the way there costs."""

from dataclasses import dataclass, replace
from functools import lru_cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.assumptions import AccessAssumptions
from geo.crs import EQUAL_AREA_CRS
from geo.roads import CONTROLLED_ACCESS_CLASSES, SEASONS, RoadNetwork, Season
from geo.routing import BoolArray, FloatArray, IntArray, RoadGraph

ObjectArray = npt.NDArray[np.object_]

_FIRST_LOOK_M = 200.0


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


@dataclass(frozen=True)
class _SectionIndex:
    """The sections of a network that can be entered anywhere, whether open or not: positions, lines and their tree."""

    positions: IntArray
    lines: ObjectArray
    tree: shapely.STRtree


@lru_cache(maxsize=4)
def _section_index(network: RoadNetwork) -> _SectionIndex:
    """Project and index the sections once for each network; closures are looked at afterwards."""
    positions = np.flatnonzero(~network.edges["road_class"].isin(CONTROLLED_ACCESS_CLASSES).to_numpy())
    lines = network.edges.geometry.iloc[positions].to_crs(EQUAL_AREA_CRS).to_numpy()
    return _SectionIndex(positions, lines, shapely.STRtree(lines))


def _nearest_open(
    index: _SectionIndex, is_open: BoolArray, points: ObjectArray, limit_m: float
) -> tuple[IntArray, FloatArray]:
    """Return for each point the nearest open line within a limit, the first of equals, -1 if none, and its metres."""
    found, metres = np.full(len(points), -1, dtype=np.int64), np.full(len(points), np.nan)
    (source, nearest), nearest_m = index.tree.query_nearest(points, max_distance=limit_m, return_distance=True)
    order = np.lexsort((nearest, source))
    source, nearest, nearest_m = source[order], nearest[order], nearest_m[order]
    usable = is_open[nearest]
    _take_first(found, metres, source[usable], nearest[usable], nearest_m[usable])
    searched_m = np.zeros(len(points))
    searched_m[source] = nearest_m
    left = np.setdiff1d(source, source[usable])  # near closed sections only: look further and further
    while len(left):
        searched_m[left] = np.minimum(np.maximum(2 * searched_m[left], _FIRST_LOOK_M), limit_m)
        source, near = index.tree.query(points[left], predicate="dwithin", distance=searched_m[left])
        usable = is_open[near]
        source, near = left[source[usable]], near[usable]
        near_m = shapely.distance(points[source], index.lines[near])
        order = np.lexsort((near, near_m, source))
        _take_first(found, metres, source[order], near[order], near_m[order])
        left = left[(found[left] < 0) & (searched_m[left] < limit_m)]
    return found, metres


def _take_first(found: IntArray, metres: FloatArray, source: IntArray, line: IntArray, line_m: FloatArray) -> None:
    """Write the first line given for each source."""
    sources, first = np.unique(source, return_index=True)
    found[sources], metres[sources] = line[first], line_m[first]


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
    index = _section_index(graph.network)
    is_open, usual = graph.is_open, graph.open_by_season
    for season in also_open_in:
        is_open, usual = is_open & ~graph.arrays.is_closed[season], usual & ~graph.arrays.is_closed[season]
    projected = points.to_crs(EQUAL_AREA_CRS).to_numpy()
    limit_m = access.snap_limit_km * 1000
    line, straight_m = _nearest_open(index, is_open[index.positions], projected, limit_m)
    is_found = line >= 0
    if not np.array_equal(graph.is_open, graph.open_by_season):
        # Where roads are closed a point does not go across country to another one: it may join a section only little
        # farther off than the one that it would join with all of them open.
        _, usual_m = _nearest_open(index, usual[index.positions], projected, limit_m)
        is_found &= straight_m <= usual_m + access.rejoin_extra_km * 1000
    edge, fraction = np.full(len(projected), -1, dtype=np.int64), np.full(len(projected), np.nan)
    edge[is_found] = index.positions[line[is_found]]
    fraction[is_found] = shapely.line_locate_point(index.lines[line[is_found]], projected[is_found], normalized=True)
    straight_km = np.where(is_found, straight_m, np.nan) / 1000
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
