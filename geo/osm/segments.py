"""From ways to road segments: cut at barriers and at missing nodes, measured, joined to ferries, connected."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.errors import InputError
from geo.osm.reader import NO_LINE, DrivableWays
from geo.osm.rules import FERRY, ONE_WAY, WayRule

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

GEOD = Geod(ellps="GRS80")
NO_WAY = -1
_METRES_PER_DEGREE = 111_195.0  # of latitude, on the mean sphere; only to find near points

JETTY = WayRule("service", "local", 0, False, False, float("nan"), "", "")


@dataclass(frozen=True)
class Segments:
    """Straight pieces of road or ferry line between two nodes.

    Attributes
    ----------
    u, v
        Positions of the ends in ``node_ids``, in the direction of travel, shape (segments,).
    length_m
        Geodesic length on GRS80, metres.
    way, rule
        Positions of the segment's way in ``way_ids`` (-1 for a jetty, see :func:`join_ferries`) and rule in ``rules``.
    closed_in_winter
        Whether it is shut on a winter day.
    sail_kph
        Speed on ferry lines, km/h; NaN on roads.
    rules, way_ids
        As in :class:`geo.osm.reader.DrivableWays`.
    node_ids, lon, lat
        Nodes; where a barrier cuts a road, each cut end is a node of its own with a negative id.
    """

    u: IntArray
    v: IntArray
    length_m: FloatArray
    way: IntArray
    rule: IntArray
    closed_in_winter: BoolArray
    sail_kph: FloatArray
    rules: tuple[WayRule, ...]
    way_ids: IntArray
    node_ids: IntArray
    lon: FloatArray
    lat: FloatArray

    @property
    def is_ferry(self) -> BoolArray:
        """Whether each segment is part of a ferry line."""
        return np.array([rule.highway == FERRY for rule in self.rules], dtype=bool)[self.rule]

    @property
    def one_way(self) -> BoolArray:
        """Whether each segment is driven from u to v only."""
        return np.array([rule.direction == ONE_WAY for rule in self.rules], dtype=bool)[self.rule]

    def take(self, keep: BoolArray) -> "Segments":
        """Return some of the segments, with the same nodes."""
        fields = ("u", "v", "length_m", "way", "rule", "closed_in_winter", "sail_kph")
        return replace(self, **{name: getattr(self, name)[keep] for name in fields})


def make_segments(ways: DrivableWays, default_sail_kph: float) -> Segments:
    """Cut ways into segments.

    A way is interrupted where a node is missing from the file. A barrier that stops cars cuts every road that runs
    over it: the road ends there from both sides. Ferry lines without a tagged duration sail at the default speed.
    """
    position = np.minimum(np.searchsorted(ways.node_ids, ways.refs), len(ways.node_ids) - 1)
    known = ways.node_ids[position] == ways.refs if len(ways.node_ids) else np.zeros(len(ways.refs), dtype=bool)
    sizes = np.diff(ways.offsets)
    way_of_ref = np.repeat(np.arange(len(sizes)), sizes)
    here = np.flatnonzero(way_of_ref[:-1] == way_of_ref[1:])
    here = here[known[here] & known[here + 1] & (position[here] != position[here + 1])]
    u, v, way = position[here], position[here + 1], way_of_ref[here]
    length_m = GEOD.inv(ways.lon[u], ways.lat[u], ways.lon[v], ways.lat[v])[2]
    rule = ways.rule_of[way]
    gate = np.isin(ways.node_ids, ways.winter_gates)
    closed = np.array([r.closed_in_winter for r in ways.rules], dtype=bool)[rule] | gate[u] | gate[v]
    blocked = np.isin(ways.node_ids, ways.blocked)
    ends = np.concatenate([u, v])
    cut = np.flatnonzero(blocked[ends])
    copied = ends[cut]
    ends[cut] = len(ways.node_ids) + np.arange(len(cut))
    lowest = min(0, int(ways.node_ids.min(initial=0)))
    segments = Segments(
        u=ends[: len(u)],
        v=ends[len(u) :],
        length_m=np.asarray(length_m, dtype=float),
        way=way,
        rule=rule,
        closed_in_winter=closed,
        sail_kph=np.full(len(u), np.nan),
        rules=ways.rules,
        way_ids=ways.way_ids,
        node_ids=np.concatenate([ways.node_ids, lowest - 1 - np.arange(len(cut))]),
        lon=np.concatenate([ways.lon, ways.lon[copied]]),
        lat=np.concatenate([ways.lat, ways.lat[copied]]),
    )
    return replace(segments, sail_kph=_sail_kph(segments, ways, default_sail_kph))


def _sail_kph(segments: Segments, ways: DrivableWays, default_kph: float) -> FloatArray:
    """Return the speed of each segment that is sailed, km/h, NaN on roads.

    It is the length of the way, or of the whole line where the minutes are the line's, over the minutes tagged.
    """
    sailed = segments.is_ferry
    minutes = np.array([rule.crossing_min for rule in segments.rules])[segments.rule]
    has_line = ways.line_of[segments.way] != NO_LINE
    # Ways of one line share a key, other ways have their own.
    key = np.where(has_line, -1 - ways.line_of[segments.way], segments.way)
    _, group = np.unique(key, return_inverse=True)
    total_km = np.bincount(group, weights=np.where(sailed, segments.length_m, 0.0)) / 1000
    kph = total_km[group] / minutes * 60  # NaN where no minutes are tagged
    return np.where(sailed, np.where(kph > 0, kph, default_kph), np.nan)


def join_ferries(segments: Segments, limit_m: float) -> tuple[Segments, int]:
    """Join the ends of ferry lines that touch no road to the nearest road by a straight jetty.

    In OpenStreetMap many lines end at a pier that only people on foot use.

    Returns
    -------
    tuple
        The segments with the jetties, and the number of jetties.
    """
    sailed = segments.is_ferry
    size = len(segments.node_ids)
    # A node within a line is an end of two of its segments, the end of a line of one.
    ends = np.concatenate([segments.u[sailed], segments.v[sailed]])
    of_line, count_in_line = np.unique(np.stack([ends, np.tile(segments.way[sailed], 2)]), axis=1, return_counts=True)
    is_line_end = np.zeros(size, dtype=bool)
    is_line_end[of_line[0][count_in_line == 1]] = True
    on_road = np.zeros(size, dtype=bool)
    on_road[segments.u[~sailed]] = on_road[segments.v[~sailed]] = True
    road_nodes = np.flatnonzero(on_road)
    loose = np.flatnonzero(is_line_end & ~on_road)
    if not len(loose) or not len(road_nodes):
        return segments, 0
    scale = np.cos(np.radians(segments.lat[loose].mean()))
    flat = np.column_stack([segments.lon * scale, segments.lat]) * _METRES_PER_DEGREE
    _, nearest = cKDTree(flat[road_nodes]).query(flat[loose])
    goal = road_nodes[nearest]
    length_m = np.asarray(
        GEOD.inv(segments.lon[loose], segments.lat[loose], segments.lon[goal], segments.lat[goal])[2], dtype=float
    )
    near = length_m <= limit_m
    count = int(near.sum())
    joined = replace(
        segments,
        u=np.concatenate([segments.u, loose[near]]),
        v=np.concatenate([segments.v, goal[near]]),
        length_m=np.concatenate([segments.length_m, length_m[near]]),
        way=np.concatenate([segments.way, np.full(count, NO_WAY)]),
        rule=np.concatenate([segments.rule, np.full(count, len(segments.rules))]),
        closed_in_winter=np.concatenate([segments.closed_in_winter, np.zeros(count, dtype=bool)]),
        sail_kph=np.concatenate([segments.sail_kph, np.full(count, np.nan)]),
        rules=(*segments.rules, JETTY),
    )
    return joined, count


def drop_dead_end_ferries(segments: Segments) -> BoolArray:
    """Return which segments stay when ferry lines that lead nowhere are taken off from their loose ends."""
    keep = np.ones(len(segments.u), dtype=bool)
    sailed = np.flatnonzero(segments.is_ferry)
    degree = np.bincount(np.concatenate([segments.u, segments.v]), minlength=len(segments.node_ids))
    while True:
        loose = (degree[segments.u[sailed]] == 1) | (degree[segments.v[sailed]] == 1)
        if not loose.any():
            return keep
        gone = sailed[loose]
        keep[gone] = False
        np.subtract.at(degree, segments.u[gone], 1)
        np.subtract.at(degree, segments.v[gone], 1)
        sailed = sailed[~loose]


def largest_connected(segments: Segments) -> BoolArray:
    """Return which segments lie in the largest part in which every node can be driven to from every other.

    Ferries count as roads, so islands with a line that carries cars belong to it.

    Raises
    ------
    InputError
        If no road can be driven there and back.
    """
    size = len(segments.node_ids)
    back = ~segments.one_way
    start = np.concatenate([segments.u, segments.v[back]])
    end = np.concatenate([segments.v, segments.u[back]])
    links = coo_array((np.ones(len(start), np.int8), (start, end)), shape=(size, size)).tocsr()
    _, label = connected_components(links, directed=True, connection="strong")
    counts = np.bincount(label)
    largest = int(counts.argmax())
    if counts[largest] < 2:
        raise InputError(
            "往復できる道路がありません。 / no two places in the file can be driven to and from each other. "
            "Give an extract with connected roads."
        )
    return np.asarray((label[segments.u] == largest) & (label[segments.v] == largest), dtype=bool)
