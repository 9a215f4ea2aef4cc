"""Everything one screen of the app shows, computed by one call from one frozen scenario."""

from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from analysis.accessibility import (
    RoadUse,
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
from geo.networks import EMBEDDED, open_network
from geo.roads import SEASONS, RoadNetwork, Season
from geo.routes import Route, find_route
from geo.travel import NO_ROUTE, NOT_SNAPPED, OVER_LIMIT, REACHED


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
    closed_edges
        Ids of road sections that are closed, sorted.
    roads
        The name of the road network that made the numbers, see :func:`geo.networks.open_network`.
    """

    season: Season = "summer"
    tolls: bool = True
    limit_min: float = DEFAULT_THRESHOLD_MIN
    measure: Measure = "responsible"
    as_of: int | None = None
    centre_id: str | None = None
    area_id: str | None = None
    closed_edges: tuple[str, ...] = ()
    roads: str = EMBEDDED

    @property
    def use(self) -> RoadUse:
        """Which roads of the network may be used."""
        return RoadUse(self.tolls, self.closed_edges)

    def network(self) -> RoadNetwork:
        """Return the road network of the scenario."""
        return open_network(self.roads, self.as_of)


@dataclass(frozen=True)
class Overview:
    """The answer to a scenario.

    Attributes
    ----------
    units
        The demand units shown: columns of :func:`analysis.coverage.tabulate_units` and, for every season,
        ``summer_min, summer_status, ...``; ``only_in_winter`` (within the limit in summer, not on an ordinary winter
        day) and ``only_in_bad_winter`` (within it on an ordinary winter day, not on a bad one).
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

    @property
    def only_in_bad_winter(self) -> pd.DataFrame:
        """The units that are within the limit on an ordinary winter day and not on a bad one."""
        return self.units[self.units["only_in_bad_winter"]].sort_values("bad_winter_min", ascending=False)


def _season_times(scenario: Scenario, season: Season) -> UnitTimes:
    matrix = centre_matrix(scenario.network(), season, scenario.tolls, scenario.closed_edges)
    return responsible_times(matrix) if scenario.measure == "responsible" else nearest_times(matrix)


def overview(scenario: Scenario) -> Overview:
    """Compute what a scenario shows. Do not change the frames; they are shared."""
    return overview_on(scenario, scenario.network().version)


@lru_cache(maxsize=64)
def overview_on(scenario: Scenario, network_version: str) -> Overview:
    """Compute an overview, kept by the version of the roads: a network may be imported again under its name."""
    units = tabulate_units(_season_times(scenario, scenario.season), scenario.limit_min).set_index("part_id")
    for season in SEASONS:
        times = _season_times(scenario, season)
        units[f"{season}_min"] = times.frame["travel_min"]
        units[f"{season}_status"] = times.status(scenario.limit_min)
    units["only_in_winter"] = (units["summer_status"] == REACHED) & (units["winter_status"] != REACHED)
    units["only_in_bad_winter"] = (units["winter_status"] == REACHED) & (units["bad_winter_status"] != REACHED)
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
    return _whole_coverage(replace(scenario, centre_id=None, area_id=None), scenario.network().version)


@lru_cache(maxsize=16)
def _whole_coverage(scenario: Scenario, _network_version: str) -> Coverage:
    return measure_coverage(
        scenario.network(),
        season=scenario.season,
        tolls=scenario.tolls,
        threshold_min=scenario.limit_min,
        measure=scenario.measure,
        closed_edges=scenario.closed_edges,
    )


def route_from_centre(scenario: Scenario, centre_id: str, part_id: str) -> Route:
    """Find the quickest way from a centre to a demand unit's town hall, by road names.

    Raises
    ------
    InputError
        If the centre or the unit is unknown.
    """
    graph = graph_of(scenario.network(), scenario.season, scenario.tolls, scenario.closed_edges)
    ends = []
    for points, key in ((centre_points(), centre_id), (seat_points(), part_id)):
        if key not in points.index:
            raise InputError(f"{key!r} is unknown. Choose one of {', '.join(points.index[:5])}, ...")
        ends.append(points.loc[[key]])
    return find_route(graph, ends[0], ends[1], load_access_assumptions())


def nearer_elsewhere(scenario: Scenario) -> pd.DataFrame:
    """List the demand units for which another centre than the responsible one is quicker to reach.

    Returns
    -------
    pandas.DataFrame
        Columns of :func:`overview` with the times from the responsible centre, ``nearest_centre_id, nearest_min``
        and ``gain_min`` (inf where the responsible centre cannot be reached); those that would gain most first.
    """
    shown = overview(replace(scenario, measure="responsible")).units
    nearest = overview(replace(scenario, measure="nearest")).units.set_index("part_id").loc[shown["part_id"]]
    units = shown.assign(
        nearest_centre_id=nearest["measured_from"].to_numpy(), nearest_min=nearest["travel_min"].to_numpy(float)
    )
    units["gain_min"] = units["travel_min"].fillna(float("inf")) - units["nearest_min"]
    other = units[(units["nearest_centre_id"] != units["centre_id"]) & units["nearest_min"].notna()]
    return other.sort_values("gain_min", ascending=False, ignore_index=True)
