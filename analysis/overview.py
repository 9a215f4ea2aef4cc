"""Everything one screen of the app shows, computed by one call from one frozen scenario."""

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd
import shapely

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
from geo.routing import path_edges, search_from, summarise_route
from geo.snapping import snap_points
from geo.travel import NO_ROUTE, NOT_SNAPPED, OVER_LIMIT


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


@lru_cache(maxsize=16)
def scenario_coverage(scenario: Scenario) -> Coverage:
    """Measure coverage with the settings of a scenario, for all regions."""
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
        By road: ``road_no, road_name, road_class, toll, length_km, travel_min``, in driving order from the centre.
    line
        The sections driven, lon/lat; None where there is no route or none is needed.
    """

    stretches: pd.DataFrame
    line: shapely.MultiLineString | None


def find_route(scenario: Scenario, centre_id: str, part_id: str) -> Route:
    """Find the quickest way from a centre to a demand unit's town hall, by road names.

    Only whole sections are named: the way from the point to the first node is in the total, not in the stretches.

    Raises
    ------
    InputError
        If the centre or the unit is unknown.
    """
    graph = graph_of(scenario.network(), scenario.season, scenario.tolls)
    access = load_access_assumptions()
    ends = []
    for points, key in ((centre_points(), centre_id), (seat_points(), part_id)):
        if key not in points.index:
            raise InputError(f"{key!r} is unknown. Choose one of {', '.join(points.index[:5])}, ...")
        snapped = snap_points(points.loc[[key]], graph, access)
        if not snapped.is_snapped[0]:
            return Route(summarise_route(graph, snapped.edge[:0]), None)
        ends.append((snapped, graph.network.edges.iloc[int(snapped.edge[0])]))
    best: tuple[float, Route] | None = None
    index = graph.network.nodes.index
    column = f"{scenario.season}_min"
    for start_node, start_share in (("from_node", 0), ("to_node", 1)):
        origin, origin_edge = ends[0]
        source = index.get_indexer([origin_edge[start_node]])
        search = search_from(graph, source)
        before = abs(start_share - float(origin.fraction[0])) * origin_edge[column]
        for end_node, end_share in (("from_node", 0), ("to_node", 1)):
            goal, goal_edge = ends[1]
            target = int(index.get_indexer([goal_edge[end_node]])[0])
            total = before + search.minutes[0, target] + abs(end_share - float(goal.fraction[0])) * goal_edge[column]
            if total == total and (best is None or total < best[0]):
                edges = path_edges(graph, search, 0, target)
                lines = graph.network.edges.geometry.iloc[edges].to_list()
                line = shapely.MultiLineString(lines) if lines else None
                best = total, Route(summarise_route(graph, edges), line)
    return best[1] if best else Route(summarise_route(graph, ends[0][0].edge[:0]), None)
