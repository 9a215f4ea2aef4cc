"""The quickest way between two points: its sections, its line on the map, its roads by name, minutes and tolls."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from geo.assumptions import AccessAssumptions
from geo.routing import IntArray, RoadGraph, summarise_route
from geo.snapping import snap_candidates
from geo.travel import NO_ROUTE, NOT_SNAPPED, REACHED, local_travel


@dataclass(frozen=True)
class Route:
    """The quickest way from one point to another.

    Attributes
    ----------
    status
        ``reached``, ``no_route`` or ``not_snapped``.
    travel_min, length_km
        One way, with the local roads at both ends; NaN unless reached.
    stretches
        By road: ``road_no, road_name, road_class, toll, length_km, travel_min``, in driving order; without the local
        roads at both ends; empty where local roads alone are quickest.
    line
        What is driven, lon/lat; None where there is no route or none is needed.
    edge_ids
        Ids of the sections driven, in driving order.
    ferry_ids
        Those of them that are ferry crossings.
    ferries_forward
        Whether each crossing goes from its ``from_node``, the mainland side of the shipped ferries, to ``to_node``.
    """

    status: str
    travel_min: float
    length_km: float
    stretches: pd.DataFrame
    line: shapely.MultiLineString | None
    edge_ids: tuple[str, ...]
    ferry_ids: tuple[str, ...]
    ferries_forward: tuple[bool, ...]


@dataclass(frozen=True)
class _End:
    """A point on the network: its section, how far along it joins, the section's nodes, and the way to it."""

    edge: int
    fraction: float
    nodes: tuple[int, int]
    one_way: bool
    access_min: float
    access_km: float

    def share(self, end: int, *, leaving: bool) -> float:
        """Return the share of the section driven to (or from) its end 0 or 1; inf against a one-way."""
        share = abs(end - self.fraction)
        return float("inf") if self.one_way and share > 0 and end == (0 if leaving else 1) else share


@dataclass(frozen=True)
class _Way:
    """Minutes between two ends and the sections driven, each with the fractions where driving it begins and ends."""

    minutes: float
    spans: list[tuple[int, float, float]]


def _join(graph: RoadGraph, point: gpd.GeoSeries, access: AccessAssumptions) -> list[_End]:
    """Return the ways in which a point joins the network."""
    ends = []
    for snapped in snap_candidates(point, graph, access):
        if snapped.is_snapped[0]:
            edge = int(snapped.edge[0])
            ends.append(
                _End(
                    edge,
                    float(snapped.fraction[0]),
                    (int(graph.arrays.start[edge]), int(graph.arrays.end[edge])),
                    bool(graph.arrays.one_way[edge]),
                    float(snapped.access_min[0]),
                    float(snapped.access_km[0]),
                )
            )
    return ends


def _quickest_way(graph: RoadGraph, origin: _End, goal: _End) -> _Way:
    minutes = graph.edge_minutes
    best = _Way(float("inf"), [])
    forward = goal.fraction >= origin.fraction
    if origin.edge == goal.edge and (forward or not origin.one_way):
        along_min = abs(goal.fraction - origin.fraction) * minutes[origin.edge]
        best = _Way(along_min, [(origin.edge, origin.fraction, goal.fraction)])
    engine = graph.engine_for(2, 2)
    between_min = engine.many_to_many(np.asarray(origin.nodes), np.asarray(goal.nodes)).minutes
    chosen: tuple[int, int] | None = None
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        ends_min = origin.share(i, leaving=True) * minutes[origin.edge]
        ends_min += goal.share(j, leaving=False) * minutes[goal.edge]
        if ends_min + between_min[i, j] < best.minutes:  # False where there is no route
            best, chosen = _Way(ends_min + between_min[i, j], []), (i, j)
    if chosen is not None:
        i, j = chosen
        middle = _oriented(graph, engine.route(origin.nodes[i], goal.nodes[j]), origin.nodes[i])
        first, last = (origin.edge, origin.fraction, float(i)), (goal.edge, float(j), goal.fraction)
        best = _Way(best.minutes, [first, *middle, last])
    return _Way(best.minutes, [span for span in best.spans if span[1] != span[2]])


def _oriented(graph: RoadGraph, edges: IntArray, start: int) -> list[tuple[int, float, float]]:
    """Give whole sections their driving direction, from the node where driving begins."""
    spans = []
    here = start
    for edge in edges.tolist():
        ends = int(graph.arrays.start[edge]), int(graph.arrays.end[edge])
        forward = ends[0] == here
        here = ends[1] if forward else ends[0]
        spans.append((edge, 0.0, 1.0) if forward else (edge, 1.0, 0.0))
    return spans


def find_route(graph: RoadGraph, origin: gpd.GeoSeries, goal: gpd.GeoSeries, access: AccessAssumptions) -> Route:
    """Find the quickest way between two points.

    Parameters
    ----------
    graph
        The network of one season.
    origin, goal
        One point each, any CRS.
    access
        The way between a point and the network; it costs time at both ends.
    """
    origins, goals = _join(graph, origin, access), _join(graph, goal, access)
    if not origins or not goals:
        return _route(graph, NOT_SNAPPED, float("nan"), float("nan"), [])
    local_min, local_km = (float(value[0, 0]) for value in local_travel(origin, goal, access))
    best_min, best_km, spans = local_min, local_km, list[tuple[int, float, float]]()
    km = graph.arrays.length_km
    for start in origins:
        for end in goals:
            way = _quickest_way(graph, start, end)
            minutes = start.access_min + way.minutes + end.access_min
            if minutes < best_min:
                best_min, spans = minutes, way.spans
                driven_km = sum(abs(stop - begin) * km[edge] for edge, begin, stop in spans)
                best_km = start.access_km + driven_km + end.access_km
    if np.isinf(best_min):
        return _route(graph, NO_ROUTE, float("nan"), float("nan"), [])
    return _route(graph, REACHED, best_min, best_km, spans)


def _route(
    graph: RoadGraph, status: str, travel_min: float, length_km: float, spans: list[tuple[int, float, float]]
) -> Route:
    edges = np.asarray([edge for edge, _, _ in spans], dtype=np.int64)
    shares = np.asarray([abs(end - begin) for _, begin, end in spans])
    lines = graph.network.edges.geometry.iloc[edges]
    parts = [substring(line, begin, end, normalized=True) for line, (_, begin, end) in zip(lines, spans, strict=True)]
    line = shapely.MultiLineString(parts) if parts else None
    stretches = summarise_route(graph, edges, shares)
    ids = graph.network.edges.index[edges]
    is_ferry = (graph.network.edges["road_class"].iloc[edges] == "ferry").to_numpy()
    forward = tuple(end > begin for (_, begin, end), ferry in zip(spans, is_ferry, strict=True) if ferry)
    return Route(status, travel_min, length_km, stretches, line, tuple(ids), tuple(ids[is_ferry]), forward)
