"""Whether a journey over the water and home again fits into one day, for many pairs of points at once."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from analysis.accessibility import RoadUse, graph_of, seat_points, travel_between
from geo.assumptions import load_access_assumptions, load_assumption_table
from geo.roads import RoadNetwork, Season
from geo.routes import find_route
from geo.routing import FloatArray, IntArray
from geo.sailings import Timetable, load_ferries, load_sailings, longest_stay_min, timetable
from geo.snapping import snap_points

_FEW_HALLS = 10  # on an island
_ROUNDED_TO_MIN = 5.0  # minutes on land, rounded up: what differs by less is looked up once


@dataclass(frozen=True)
class FerryDays:
    """The ferries on the ways between points; both arrays of the shape of the ways.

    Attributes
    ----------
    sea_min, sea_km
        Minutes, boarding included, and kilometres of the way one way that are ferries; 0 for none or one without a
        timetable.
    stay_min
        Longest stay after which one is home the same day; infinite where no timetable limits it, 0 where no sailing
        leads home.
    """

    sea_min: FloatArray
    sea_km: FloatArray
    stay_min: FloatArray

    def take(self, *index: IntArray | npt.NDArray[np.bool_] | slice) -> "FerryDays":
        """Return some of the ways, chosen as by NumPy."""
        return FerryDays(self.sea_min[index], self.sea_km[index], self.stay_min[index])

    @property
    def transposed(self) -> "FerryDays":
        """The same with origins and goals exchanged."""
        return FerryDays(self.sea_min.T, self.sea_km.T, self.stay_min.T)


def no_ferries(*shape: int) -> FerryDays:
    """Return ways that no ferry is part of."""
    return FerryDays(np.zeros(shape), np.zeros(shape), np.full(shape, np.inf))


def find_ferry_days(
    network: RoadNetwork,
    season: Season,
    use: RoadUse,
    origins: gpd.GeoSeries,
    goals: gpd.GeoSeries,
    travel_min: FloatArray,
) -> FerryDays:
    """Find the ferries between points and how long one can stay on a day trip.

    Parameters
    ----------
    network, season, use
        As the travel times were computed.
    origins, goals
        From where one leaves in the morning, and where one stays; points in lon/lat.
    travel_min
        One way, shape (origins, goals); NaN or infinite for no route.

    Returns
    -------
    FerryDays
        Shape (origins, goals).

    Notes
    -----
    Minutes and kilometres at sea are those of the quickest way between two town halls of the lands; the stay is the
    longest that any line between them allows. All driving is taken to be done before the first port: one leaves home at
    ``day_trip_leave_min``, is back by ``day_trip_back_min`` and drives ``travel - sea`` minutes each way. Between two
    ferries one changes without a margin, as in :mod:`analysis.crossings`.
    """
    result, found = no_ferries(*travel_min.shape), _crossings(network, season, use)
    if not found:
        return result
    lands_from, lands_to = (_lands_of(points, network, season, use) for points in (origins, goals))
    values = load_assumption_table().set_index("name")["value"]
    leave_min, back_min = float(values["day_trip_leave_min"]), float(values["day_trip_back_min"])
    for (here, there), crossings in found.items():
        quickest = crossings[0]
        ways = np.ix_(np.flatnonzero(lands_from == here), np.flatnonzero(lands_to == there))
        minutes = np.where(np.isfinite(travel_min[ways]), travel_min[ways], np.inf)
        land_min = np.ceil(np.maximum(minutes - quickest.sea_min, 0.0) / _ROUNDED_TO_MIN) * _ROUNDED_TO_MIN
        result.sea_min[ways] = np.where(np.isfinite(minutes), quickest.sea_min, 0.0)
        result.sea_km[ways] = np.where(np.isfinite(minutes), quickest.sea_km, 0.0)
        for value in np.unique(land_min[np.isfinite(land_min)]):
            stay_min = max(crossing.stay_min(leave_min + value, back_min - value) for crossing in crossings)
            result.stay_min[ways] = np.where(land_min == value, stay_min, result.stay_min[ways])
    return result


@dataclass(frozen=True)
class _Crossing:
    """The ferries from one land to another: minutes and km of all, of boarding first and last, and timetables."""

    ferry_ids: tuple[str, ...]
    sea_min: float
    sea_km: float
    boarding_min: tuple[float, float]
    out: tuple[Timetable, ...]
    home: tuple[Timetable, ...]

    def stay_min(self, at_port_min: float, back_at_port_min: float) -> float:
        """Return the longest stay of who is at the first port at one time and must be back there by another."""
        return longest_stay_min(
            self.out,
            self.home,
            earliest_min=at_port_min + self.boarding_min[0],
            latest_min=back_at_port_min,
            boarding_min=self.boarding_min[1],
        )


@lru_cache(maxsize=16)
def _crossings(network: RoadNetwork, season: Season, use: RoadUse) -> dict[tuple[int, int], list[_Crossing]]:
    """Return the ferries between any two lands with town halls, those of the quickest way first.

    On a land with few town halls each may have a line of its own. Lands between which there is no way, or one by a
    ferry without a timetable, are left out.
    """
    if network.edges.index.intersection(load_ferries().index).empty:
        return {}
    halls = seat_points()
    lands = _lands_of(halls, network, season, use)
    minutes = travel_between(network, season, use, halls, halls).travel_min
    found = {}
    for here, there in permutations(np.unique(lands[lands >= 0]).tolist(), 2):
        origins, goals = np.flatnonzero(lands == here), np.flatnonzero(lands == there)
        between = np.where(np.isfinite(minutes), minutes, np.inf)[np.ix_(origins, goals)]
        ways = {(int(i), int(between[i].argmin())) for i in range(len(origins)) if len(origins) <= _FEW_HALLS}
        ways |= {(int(between[:, j].argmin()), int(j)) for j in range(len(goals)) if len(goals) <= _FEW_HALLS}
        lines: dict[tuple[str, ...], _Crossing] = {}
        for i, j in sorted((way for way in ways if np.isfinite(between[way])), key=lambda way: (between[way], way)):
            crossing = _crossing(network, season, use, halls.iloc[[origins[i]]], halls.iloc[[goals[j]]])
            if crossing is not None:
                lines.setdefault(crossing.ferry_ids, crossing)
        if lines:
            found[here, there] = list(lines.values())
    return found


def _crossing(
    network: RoadNetwork, season: Season, use: RoadUse, origin: gpd.GeoSeries, goal: gpd.GeoSeries
) -> _Crossing | None:
    route = find_route(graph_of(network, season, use.tolls, use.closed_edges), origin, goal, load_access_assumptions())
    ferries = load_ferries()
    if not route.ferry_ids or not set(route.ferry_ids) <= set(ferries.index):
        return None
    lines, sailings = ferries.loc[list(route.ferry_ids)], load_sailings()
    legs = list(zip(route.ferry_ids, route.ferries_forward, strict=True))
    boarding_min = lines["boarding_min"].to_numpy(float)
    return _Crossing(
        ferry_ids=route.ferry_ids,
        sea_min=float((lines["boarding_min"] + lines["sailing_min"]).sum()),
        sea_km=float(network.edges.loc[list(route.ferry_ids), "length_km"].sum()),
        boarding_min=(float(boarding_min[0]), float(boarding_min[-1])),
        out=tuple(timetable(sailings, edge, season, "out" if ahead else "back") for edge, ahead in legs),
        home=tuple(timetable(sailings, edge, season, "back" if ahead else "out") for edge, ahead in reversed(legs)),
    )


def _lands_of(points: gpd.GeoSeries, network: RoadNetwork, season: Season, use: RoadUse) -> IntArray:
    """Return the number of the land on which each point joins the network, -1 where it does not."""
    graph = graph_of(network, season, use.tolls, use.closed_edges)
    edge = snap_points(points, graph, load_access_assumptions()).edge
    return np.where(edge >= 0, _lands(network)[graph.arrays.start[edge]], -1).astype(np.int64)


@lru_cache(maxsize=4)
def _lands(network: RoadNetwork) -> IntArray:
    """Number the parts of the network that hang together without ferries, shape (nodes,)."""
    is_land = (network.edges["road_class"] != "ferry").to_numpy()
    nodes = network.nodes.index
    start, end = (nodes.get_indexer(network.edges[column][is_land]) for column in ("from_node", "to_node"))
    pairs = sparse.coo_matrix((np.ones(len(start)), (start, end)), shape=(len(nodes), len(nodes)))
    labels: IntArray = connected_components(pairs, directed=False)[1].astype(np.int64)
    return labels
