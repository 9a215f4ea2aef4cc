"""Everything one screen of the app shows, computed by one call from one frozen scenario."""

from dataclasses import dataclass, replace
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from analysis.accessibility import (
    UnitTimes,
    centre_matrix,
    centre_points,
    graph_of,
    nearest_times,
    responsible_times,
    seat_points,
)
from analysis.coverage import DEFAULT_THRESHOLD_MIN, Coverage, Measure, measure_coverage, tabulate_units
from geo.assumptions import load_access_assumptions
from geo.errors import InputError
from geo.roads import RoadNetwork, Season, load_network
from geo.routing import IntArray, RoadGraph, path_edges, search_from, summarise_route
from geo.snapping import snap_candidates
from geo.travel import NO_ROUTE, NOT_SNAPPED, OVER_LIMIT, local_travel


@dataclass(frozen=True)
class Scenario:
    """What the reader chose.

    Attributes
    ----------
    season, tolls, limit_min, measure
        See :func:`analysis.coverage.measure_coverage`.
    as_of
        Only roads opened by the end of this year; None for all.
    centre_id, area_id
        Show only this centre's territory or this welfare area; None for all of Hokkaido.
    """

    season: Season = "summer"
    tolls: bool = True
    limit_min: float = DEFAULT_THRESHOLD_MIN
    measure: Measure = "responsible"
    as_of: int | None = None
    centre_id: str | None = None
    area_id: str | None = None

    def network(self) -> RoadNetwork:
        """Return the road network of the scenario."""
        return load_network(as_of=self.as_of)


@dataclass(frozen=True)
class Overview:
    """The answer to a scenario.

    Attributes
    ----------
    units
        The demand units shown: columns of :func:`analysis.coverage.tabulate_units` and, for both seasons,
        ``summer_min, winter_min, summer_status, winter_status``, and ``only_in_winter``.
    people, people_over, people_unreached
        Residents of the units shown: all, over the limit, and without a route or not snapped.
    """

    units: pd.DataFrame
    people: int
    people_over: int
    people_unreached: int

    @property
    def over(self) -> pd.DataFrame:
        """The units over the limit, farthest first."""
        return self.units[self.units["status"] == OVER_LIMIT].sort_values("travel_min", ascending=False)

    @property
    def unreached(self) -> pd.DataFrame:
        """The units without a route, and those not snapped."""
        return self.units[self.units["status"].isin([NO_ROUTE, NOT_SNAPPED])]

    @property
    def only_in_winter(self) -> pd.DataFrame:
        """The units that are within the limit in summer and not in winter."""
        return self.units[self.units["only_in_winter"]].sort_values("winter_min", ascending=False)


def _season_times(scenario: Scenario, season: Season) -> UnitTimes:
    matrix = centre_matrix(scenario.network(), season, scenario.tolls)
    return responsible_times(matrix) if scenario.measure == "responsible" else nearest_times(matrix)


@lru_cache(maxsize=64)
def overview(scenario: Scenario) -> Overview:
    """Compute what a scenario shows. Do not change the frames; they are shared."""
    units = tabulate_units(_season_times(scenario, scenario.season), scenario.limit_min).set_index("part_id")
    for season in ("summer", "winter"):
        times = _season_times(scenario, season)
        units[f"{season}_min"] = times.frame["travel_min"]
        units[f"{season}_status"] = times.status(scenario.limit_min)
    units["only_in_winter"] = (units["summer_status"] == "reached") & (units["winter_status"] != "reached")
    if scenario.centre_id is not None:
        units = units[units["centre_id"] == scenario.centre_id]
    if scenario.area_id is not None:
        units = units[units["area_id"] == scenario.area_id]
    units = units.reset_index()
    over = units["status"] == OVER_LIMIT
    unreached = units["status"].isin([NO_ROUTE, NOT_SNAPPED])
    people = units["population"]
    return Overview(units, int(people.sum()), int(people[over].sum()), int(people[unreached].sum()))


def scenario_coverage(scenario: Scenario) -> Coverage:
    """Measure coverage with the settings of a scenario, for all regions whatever region it shows."""
    return _whole_coverage(replace(scenario, centre_id=None, area_id=None))


@lru_cache(maxsize=16)
def _whole_coverage(scenario: Scenario) -> Coverage:
    return measure_coverage(
        scenario.network(),
        season=scenario.season,
        tolls=scenario.tolls,
        threshold_min=scenario.limit_min,
        measure=scenario.measure,
    )


@dataclass(frozen=True)
class Route:
    """The quickest way from a centre to a demand unit.

    Attributes
    ----------
    stretches
        By road: ``road_no, road_name, road_class, toll, length_km, travel_min``, in driving order from the centre;
        without the local roads to the first and from the last section; empty where local roads
        alone are quickest.
    line
        What is driven, lon/lat; None where there is no route or none is needed.
    """

    stretches: pd.DataFrame
    line: shapely.MultiLineString | None


@dataclass(frozen=True)
class _End:
    """A point on the network: its section, how far along it joins, and the nodes at both ends of the section."""

    edge: int
    fraction: float
    nodes: tuple[int, int]

    def share_to(self, end: int) -> float:
        """Return the share of the section between the point and its end 0 (``from_node``) or 1 (``to_node``)."""
        return abs(end - self.fraction)

    def span_to(self, end: int) -> tuple[int, float, float]:
        """Return the section and where on it one drives from the point to an end."""
        return self.edge, self.fraction, float(end)


def _join(graph: RoadGraph, points: gpd.GeoSeries, key: str) -> list[tuple[_End, float]]:
    """Return the ways in which a point joins the network, each with the minutes to get there."""
    if key not in points.index:
        raise InputError(f"{key!r} is unknown. Choose one of {', '.join(points.index[:5])}, ...")
    ends = []
    for snapped in snap_candidates(points.loc[[key]], graph, load_access_assumptions()):
        if snapped.is_snapped[0]:
            edge = graph.network.edges.iloc[int(snapped.edge[0])]
            start, end = graph.network.nodes.index.get_indexer([edge["from_node"], edge["to_node"]])
            joined = _End(int(snapped.edge[0]), float(snapped.fraction[0]), (int(start), int(end)))
            ends.append((joined, float(snapped.access_min[0])))
    return ends


def _quickest_spans(graph: RoadGraph, origin: _End, goal: _End) -> tuple[float, list[tuple[int, float, float]]]:
    """Return the minutes and the sections driven, each with the fractions where driving it begins and ends."""
    minutes = graph.network.edges[f"{graph.season}_min"].to_numpy(float)
    best_min, best = float("inf"), list[tuple[int, float, float]]()
    if origin.edge == goal.edge:
        best_min = abs(goal.fraction - origin.fraction) * minutes[origin.edge]
        best = [(origin.edge, origin.fraction, goal.fraction)]
    search = search_from(graph, np.asarray(origin.nodes))
    for i in (0, 1):
        for j in (0, 1):
            between = search.minutes[i, goal.nodes[j]]
            ends_min = origin.share_to(i) * minutes[origin.edge] + goal.share_to(j) * minutes[goal.edge]
            if ends_min + between < best_min:  # False where there is no route
                best_min = ends_min + between
                middle = path_edges(graph, search, i, goal.nodes[j])
                _, begin, end = goal.span_to(j)
                best = [origin.span_to(i), *_oriented(graph, middle, origin.nodes[i]), (goal.edge, end, begin)]
    return best_min, [span for span in best if span[1] != span[2]]


def _oriented(graph: RoadGraph, edges: IntArray, start: int) -> list[tuple[int, float, float]]:
    """Give whole sections their driving direction, from the node where driving begins."""
    spans = []
    index = graph.network.nodes.index
    here = index[start]
    for edge, row in zip(edges, graph.network.edges.iloc[edges].itertuples(), strict=True):
        forward = row.from_node == here
        here = row.to_node if forward else row.from_node
        spans.append((int(edge), 0.0, 1.0) if forward else (int(edge), 1.0, 0.0))
    return spans


def find_route(scenario: Scenario, centre_id: str, part_id: str) -> Route:
    """Find the quickest way from a centre to a demand unit's town hall, by road names.

    Raises
    ------
    InputError
        If the centre or the unit is unknown.
    """
    graph = graph_of(scenario.network(), scenario.season, scenario.tolls)
    centres, seats = centre_points(), seat_points()
    origins, goals = _join(graph, centres, centre_id), _join(graph, seats, part_id)
    local_min, _ = local_travel(centres.loc[[centre_id]], seats.loc[[part_id]], load_access_assumptions())
    best_min, spans = float(local_min[0, 0]), list[tuple[int, float, float]]()
    for origin, origin_min in origins:
        for goal, goal_min in goals:
            minutes, found = _quickest_spans(graph, origin, goal)
            if origin_min + minutes + goal_min < best_min:
                best_min, spans = origin_min + minutes + goal_min, found
    edges = np.asarray([edge for edge, _, _ in spans], dtype=np.int64)
    shares = np.asarray([abs(end - begin) for _, begin, end in spans])
    lines = graph.network.edges.geometry.iloc[edges]
    parts = [substring(line, begin, end, normalized=True) for line, (_, begin, end) in zip(lines, spans, strict=True)]
    return Route(summarise_route(graph, edges, shares), shapely.MultiLineString(parts) if parts else None)
