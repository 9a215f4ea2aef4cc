"""Building a road network from drivable ways: connected, simplified, with speeds, and accounted for."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import GEOGRAPHIC_CRS
from geo.errors import DataError, InputError
from geo.osm.reader import DrivableWays
from geo.osm.rules import FERRY, Region, load_settings
from geo.osm.segments import (
    GEOD,
    NO_WAY,
    Segments,
    drop_dead_end_ferries,
    join_ferries,
    largest_connected,
    make_segments,
)
from geo.osm.simplify import Chains, join_segments
from geo.osm.speeds import (
    DEFAULT_ZONE,
    RURAL,
    default_sail_kph,
    edge_minutes,
    rule_kph,
    share_in_hokkaido,
    snow_zones,
    surroundings,
    terrain_of,
)
from geo.roads import SEASONS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

REGION_SHARE_MIN = 0.9
_REGION_SAMPLE = 5000
_LENGTH_TOLERANCE = 1e-9


@dataclass(frozen=True)
class BuiltNetwork:
    """A network as built from a file.

    Attributes
    ----------
    nodes, edges
        As in :class:`geo.roads.RoadNetwork`.
    counts
        What was read, dropped and kept: numbers and kilometres, by name.
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    counts: Mapping[str, float]


def check_region(ways: DrivableWays, name: str) -> None:
    """Refuse ways that are not Hokkaido's.

    Raises
    ------
    InputError
        If fewer than 90 % of their nodes, of an even sample, lie in its municipalities.
    """
    step = max(len(ways.node_ids) // _REGION_SAMPLE, 1)
    share = share_in_hokkaido(ways.lon[::step], ways.lat[::step])
    if share < REGION_SHARE_MIN:
        raise InputError(
            f"{name}: 北海道の道路ではありません（節点の {share:.0%} だけが道内、"
            f"経度 {ways.lon.min():.2f}～{ways.lon.max():.2f}、緯度 {ways.lat.min():.2f}～{ways.lat.max():.2f}）。 / "
            f"wrong region: only {share:.0%} of its road nodes lie in Hokkaido, expected {REGION_SHARE_MIN:.0%} or "
            "more. Give an extract of Hokkaido, or --anywhere."
        )


def build_network(ways: DrivableWays, region: Region) -> BuiltNetwork:
    """Build the network of some ways.

    Kept is the largest part in which every node reaches every other, over ferries too. Nodes where nothing changes are
    left out; class, number, name, toll, limit, direction, surroundings and winter closure all count as a change.

    Parameters
    ----------
    ways
        As read from a file.
    region
        ``hokkaido`` looks up snow zones; elsewhere all is ``light``.

    Raises
    ------
    InputError
        If nothing in it is connected.
    DataError
        If the simplified lengths do not add up to those before.
    """
    settings = load_settings()
    read = make_segments(ways, default_sail_kph())
    joined, jetties = join_ferries(read, settings["ferry_join_m"])
    useful = joined.take(drop_dead_end_ferries(joined))
    kept = useful.take(largest_connected(useful))
    surrounding = _surroundings(kept)
    used, ends = np.unique(np.concatenate([kept.u, kept.v]), return_inverse=True)
    u, v = ends[: len(kept.u)], ends[len(kept.u) :]
    kind = _kinds(kept, surrounding)
    chains = join_segments(u, v, kind, kept.one_way, np.zeros(len(used), dtype=bool))
    edges, nodes = _frames(kept, chains, used, surrounding, region)
    counts: dict[str, float] = dict(ways.counts)
    counts |= {
        "road_nodes": len(ways.node_ids),
        "km_read": read.length_m.sum() / 1000,
        "jetties": jetties,
        "km_jetties": (joined.length_m.sum() - read.length_m.sum()) / 1000,
        "km_ferries_to_nowhere": (joined.length_m.sum() - useful.length_m.sum()) / 1000,
        "segments_not_connected": len(useful.u) - len(kept.u),
        "km_not_connected": (useful.length_m.sum() - kept.length_m.sum()) / 1000,
        "km_kept": kept.length_m.sum() / 1000,
        "nodes": len(nodes),
        "edges": len(edges),
        "km_edges": float(edges["length_km"].sum()),
        "ferry_edges": int((edges["road_class"] == FERRY).sum()),
        "edges_closed_in_winter": int(edges["closed_in_winter"].sum()),
    }
    if abs(counts["km_edges"] - counts["km_kept"]) > _LENGTH_TOLERANCE * counts["km_kept"]:
        raise DataError(
            f"the simplified edges have {counts['km_edges']} km, the segments {counts['km_kept']} km. Report this."
        )
    return BuiltNetwork(nodes, edges, counts)


def _surroundings(segments: Segments) -> IntArray:
    """Say where each segment runs; the sea, and classes driven at one speed anywhere, count as rural."""
    lon = (segments.lon[segments.u] + segments.lon[segments.v]) / 2
    lat = (segments.lat[segments.u] + segments.lat[segments.v]) / 2
    found = surroundings(lon, lat, np.where(segments.is_ferry, 0.0, segments.length_m))
    kph = rule_kph(segments.rules)
    is_same = (kph == kph[:, :1]).all(axis=1)
    return np.where(is_same[segments.rule], RURAL, found)


def _kinds(segments: Segments, surrounding: IntArray) -> IntArray:
    _, sailing = np.unique(segments.sail_kph, return_inverse=True)  # all NaN are one
    code = (segments.rule * 3 + surrounding) * 2 + segments.closed_in_winter
    return np.asarray(code * (sailing.max() + 1) + sailing, dtype=np.int64)


def _edge_ids(segments: Segments, first: IntArray) -> pd.Series:
    """Return ids that stay the same when other ways change: the way and a running number within it."""
    way = np.where(segments.way[first] == NO_WAY, 0, segments.way_ids[segments.way[first]])
    number = pd.Series(way).groupby(way).cumcount()
    letter = np.where(segments.way[first] == NO_WAY, "j", "w")
    return pd.Series(letter).astype("str") + pd.Series(way).astype("str") + "_" + number.astype("str")


def _frames(
    segments: Segments, chains: Chains, used: IntArray, surrounding: IntArray, region: Region
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    lon, lat = segments.lon[used], segments.lat[used]
    first = chains.segments[chains.offsets[:-1]]
    length_km = np.add.reduceat(segments.length_m[chains.segments], chains.offsets[:-1]) / 1000
    lines = _lines(segments, chains, used)
    straight_km = np.asarray(GEOD.inv(lon[chains.start], lat[chains.start], lon[chains.end], lat[chains.end])[2]) / 1000
    terrain = terrain_of(surrounding[first], length_km, straight_km)
    kph = rule_kph(segments.rules)[segments.rule[first], terrain]
    is_ferry = segments.is_ferry[first]
    kph = np.where(is_ferry, segments.sail_kph[first], kph)
    rules = pd.DataFrame(
        [(r.road_no, r.road_name, r.road_class, r.toll) for r in segments.rules],
        columns=["road_no", "road_name", "road_class", "toll"],
    )
    attributes = rules.iloc[segments.rule[first]].reset_index(drop=True)
    zone = np.full(len(first), DEFAULT_ZONE, dtype=object)
    if region == "hokkaido":
        middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
        zone = snow_zones(middle[:, 0], middle[:, 1])
    minutes = edge_minutes(kph, attributes["road_class"].to_numpy(object), zone, length_km)
    boarding_min = _boarding(chains, is_ferry, len(used))
    closed = segments.closed_in_winter[first]
    node_id = "n" + pd.Series(segments.node_ids[used]).astype("str")
    frame = {
        "from_node": node_id.to_numpy()[chains.start],
        "to_node": node_id.to_numpy()[chains.end],
        **{column: attributes[column] for column in ("road_no", "road_name", "road_class")},
        "length_km": length_km,
        "length_basis": "modelled",
        **{f"{season}_min": minutes[season] + boarding_min for season in SEASONS},
        **{f"closed_in_{season}": closed & (season != "summer") for season in SEASONS},
        "one_way": segments.one_way[first],
        "toll": attributes["toll"],
        "opened": pd.array([pd.NA] * len(first), dtype="Int64"),
    }
    edges = gpd.GeoDataFrame(frame, geometry=lines, crs=GEOGRAPHIC_CRS)
    edges.index = pd.Index(_edge_ids(segments, first), name="edge_id")
    is_end = np.zeros(len(used), dtype=bool)
    is_end[chains.start] = is_end[chains.end] = True
    points = shapely.points(lon[is_end], lat[is_end])
    index = pd.Index(node_id[is_end], name="node_id")
    nodes = gpd.GeoDataFrame({"kind": "junction", "name": ""}, index=index, geometry=points, crs=GEOGRAPHIC_CRS)
    return edges, nodes


def _lines(segments: Segments, chains: Chains, used: IntArray) -> "npt.NDArray[np.object_]":
    """Draw every edge over the nodes that were left out."""
    tip = np.where(chains.forward, segments.v[chains.segments], segments.u[chains.segments])
    way_points = np.insert(tip, chains.offsets[:-1], used[chains.start])
    counts = np.diff(chains.offsets) + 1
    coordinates = np.column_stack([segments.lon[way_points], segments.lat[way_points]])
    return np.asarray(shapely.linestrings(coordinates, indices=np.repeat(np.arange(len(counts)), counts)), dtype=object)


def _boarding(chains: Chains, is_ferry: "npt.NDArray[np.bool_]", size: int) -> FloatArray:
    """Give ferries the boarding margin, one half at each end that meets a road: two legs at sea board once."""
    on_road = np.zeros(size, dtype=bool)
    on_road[chains.start[~is_ferry]] = on_road[chains.end[~is_ferry]] = True
    half = load_settings()["ferry_boarding_min"] / 2
    return np.where(is_ferry, half * (on_road[chains.start].astype(int) + on_road[chains.end]), 0.0)
