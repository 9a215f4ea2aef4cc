"""Checks of road distances against the OpenStreetMap-derived world highway graph of the package scgraph_data."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import ReadFileError
from geo.paths import ROADS_DIR
from geo.roads import LAT_RANGE, LON_RANGE, RoadNetwork
from geo.roads_check import road_matrix
from geo.routing import FloatArray, IntArray
from geo.tables import parse_csv, read_bytes

_GEOD = Geod(ellps="GRS80")
# Lengths of the world graph are 4 to 13 % short of the road, so ours should lie above them, and not far above.
WORLD_RATIO_MIN, WORLD_RATIO_MAX = 1.0, 1.2
OFF_GRAPH_M, OFF_GRAPH_KM = 3000.0, 3.0
# Near pairs would compare the way to the coarse graph rather than the roads.
_PAIR_MIN_KM, _PAIR_MAX_KM = 40.0, 200.0
_WORLD_ACCESS_KM = 1.5
_WHOLE_DETOUR = 1.6
_WORLD_ACCESS_DETOUR = 1.3  # as access_detour_factor
GAPS_FILE = ROADS_DIR / "world_graph_gaps.csv"
GAP_COLUMNS = ("code", "name_ja", "reason_ja", "reason_en", "source")


@dataclass(frozen=True)
class _WorldGraph:
    """The part of a world highway graph in Hokkaido: lon/lat of its nodes and lengths in km."""

    lon: FloatArray
    lat: FloatArray
    lengths: csr_array


def read_world_lists(path: Path) -> tuple[list[dict[str, float]], list[list[float]]]:
    """Read the two literals of scgraph_data's module as JSON; its own import wants an older solver."""
    literals: dict[str, str] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            name, _, literal = line.partition("=")
            if name.strip() in ("graph", "nodes"):
                literals[name.strip()] = literal
    graph = json.loads(re.sub(r"(\d+):", r'"\1":', literals["graph"]))
    return graph, json.loads(literals["nodes"])


@lru_cache(maxsize=1)
def _load_world_graph() -> _WorldGraph:
    spec = find_spec("scgraph_data")
    if spec is None or not spec.submodule_search_locations:
        raise ReadFileError("the package scgraph_data is not installed. Run make lint once; it installs it.")
    graph, nodes = read_world_lists(Path(next(iter(spec.submodule_search_locations))) / "world_highways.py")
    points = np.asarray(nodes, dtype=float)
    inside = (points[:, 0] > LAT_RANGE[0]) & (points[:, 0] < LAT_RANGE[1])
    inside &= (points[:, 1] > LON_RANGE[0]) & (points[:, 1] < LON_RANGE[1])
    number = np.cumsum(inside) - 1
    size = int(inside.sum())
    triples = [
        (number[u], number[int(v)], km) for u in np.flatnonzero(inside) for v, km in graph[u].items() if inside[int(v)]
    ]
    rows, columns, values = zip(*triples, strict=True)
    lengths = csr_array((values, (rows, columns)), shape=(size, size))
    count, label = connected_components(lengths, directed=False)
    largest = np.flatnonzero(label == np.bincount(label, minlength=count).argmax())
    return _WorldGraph(points[inside, 1][largest], points[inside, 0][largest], lengths[largest][:, largest])


def compare_with_world_graph(network: RoadNetwork) -> pd.DataFrame:
    """Compare road distances between towns with the OpenStreetMap-derived graph of scgraph_data.

    Its lengths follow simplified lines and are some per cent short of the road, so ours may not be below them, nor far
    above. Compared are towns 40 to 200 km apart that lie within 1.5 km of that graph; ``is_whole`` is False where its
    way is over 1.6 times the straight line, which is where it has gaps.

    Returns
    -------
    pandas.DataFrame
        ``from, to, straight_km, ours_km, graph_km, least_km, off_graph_km, ratio, is_whole``; ``graph_km`` includes the
        straight way to it. ``least_km`` is what the road can have at least: by the triangle inequality the distance of
        the two nodes less the local roads from the towns to them (straight way times 1.3). ``off_graph_km`` are the km
        of our way that lie over 3 km from that graph: roads it does not have.
    """
    world = _load_world_graph()
    seats = network.nodes[network.nodes["kind"] == "seat"]
    lon, lat = seats.geometry.x.to_numpy(), seats.geometry.y.to_numpy()
    nearest, access_km = _nearest_km(lon, lat, world)
    straight = _straight_km(lon, lat)
    pairs = np.argwhere(np.triu((straight > _PAIR_MIN_KM) & (straight < _PAIR_MAX_KM), 1))
    pairs = pairs[(access_km[pairs] <= _WORLD_ACCESS_KM).all(axis=1)]
    graph_km = dijkstra(world.lengths, indices=nearest)[:, nearest]
    sources = network.nodes.index.get_indexer(seats.index)
    ours, off_graph_km = _shortest_km(network, sources, _off_graph_km(network, world))
    i, j = pairs.T
    frame = pd.DataFrame(
        {
            "from": seats["name"].to_numpy()[i],
            "to": seats["name"].to_numpy()[j],
            "straight_km": straight[i, j],
            "ours_km": ours[i, j],
            "graph_km": graph_km[i, j] + access_km[i] + access_km[j],
            "least_km": graph_km[i, j] - _WORLD_ACCESS_DETOUR * (access_km[i] + access_km[j]),
            "off_graph_km": off_graph_km[i, j],
        }
    )
    frame["ratio"] = frame["ours_km"] / frame["graph_km"]
    frame["is_whole"] = frame["graph_km"] <= _WHOLE_DETOUR * frame["straight_km"]
    return frame.sort_values("ratio", ignore_index=True)


def explain_short_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """List the whole pairs for which our way is shorter than that graph allows, with what explains it.

    Parameters
    ----------
    pairs
        From :func:`compare_with_world_graph`.

    Returns
    -------
    pandas.DataFrame
        The rows with ``ours_km`` below ``least_km``, and ``reason``: ``other_roads`` (over 3 km of our way are on roads
        that graph lacks), ``known_gap`` (an end is listed in ``world_graph_gaps.csv``) or ``unexplained``.
    """
    gaps = parse_csv(read_bytes(GAPS_FILE), name=GAPS_FILE.name, columns=GAP_COLUMNS)
    short = pairs[pairs["is_whole"] & (pairs["ours_km"] < pairs["least_km"])]
    has_gap = short["from"].isin(gaps["name_ja"]) | short["to"].isin(gaps["name_ja"])
    reason = np.select([short["off_graph_km"] > OFF_GRAPH_KM, has_gap], ["other_roads", "known_gap"], "unexplained")
    return short.assign(reason=reason)


def town_ratios(pairs: pd.DataFrame) -> pd.Series:
    """Return the median ratio of each town over its whole pairs, sorted: a town far off has a wrong road near it."""
    whole = pairs[pairs["is_whole"]]
    ends = pd.concat([whole.set_index(end)["ratio"] for end in ("from", "to")])
    return ends.groupby(level=0).median().sort_values()


def _nearest_km(lon: FloatArray, lat: FloatArray, world: _WorldGraph) -> tuple[IntArray, FloatArray]:
    cosine = np.cos(np.radians(lat.mean()))
    tree = cKDTree(np.column_stack([world.lon * cosine, world.lat]))
    _, nearest = tree.query(np.column_stack([lon * cosine, lat]))
    return nearest, _GEOD.inv(lon, lat, world.lon[nearest], world.lat[nearest])[2] / 1000


def _straight_km(lon: FloatArray, lat: FloatArray) -> FloatArray:
    size = len(lon)
    a, b = np.repeat(np.arange(size), size), np.tile(np.arange(size), size)
    metres = _GEOD.inv(lon[a], lat[a], lon[b], lat[b])[2]
    return np.asarray(metres, dtype=float).reshape(size, size) / 1000


def _shortest_km(network: RoadNetwork, sources: IntArray, edge_values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Road distance by the shortest (not quickest) way without ferries, and the sum of a value over its sections."""
    edges = network.edges
    matrix, _ = road_matrix(network, (edges["road_class"] != "ferry").to_numpy(), edges["length_km"].to_numpy(float))
    distance_km, before = dijkstra(matrix, indices=sources, return_predecessors=True)
    usable = (edges["road_class"] != "ferry").to_numpy()
    start, end = (network.nodes.index.get_indexer(edges[column])[usable] for column in ("from_node", "to_node"))
    value: dict[tuple[int, int], float] = {}
    for u, v, edge_value in zip(start, end, edge_values[usable], strict=True):
        for pair in ((u, v), (v, u)):
            value[pair] = min(edge_value, value.get(pair, np.inf))  # of parallel sections the one nearer to the graph
    sums = np.zeros_like(distance_km)
    for row in range(len(sources)):
        for node in np.argsort(distance_km[row]):
            if before[row, node] >= 0:
                sums[row, node] = sums[row, before[row, node]] + value[before[row, node], node]
    return np.asarray(distance_km[:, sources]), sums[:, sources]


def _off_graph_km(network: RoadNetwork, world: _WorldGraph) -> FloatArray:
    """Return for each section its km that lie over 3 km from the lines of the world graph, sampled every km."""
    nodes = gpd.GeoSeries.from_xy(world.lon, world.lat, crs=GEOGRAPHIC_CRS).to_crs(EQUAL_AREA_CRS)
    xy = np.column_stack([nodes.x, nodes.y])
    pairs = world.lengths.tocoo()
    tree = shapely.STRtree(shapely.linestrings(np.stack([xy[pairs.row], xy[pairs.col]], axis=1)))
    values = []
    for line, km in zip(network.edges.geometry.to_crs(EQUAL_AREA_CRS), network.edges["length_km"], strict=True):
        samples = shapely.line_interpolate_point(line, np.linspace(0, 1, max(2, int(km))), normalized=True)
        _, metres = tree.query_nearest(samples, return_distance=True, all_matches=False)
        values.append(float((metres > OFF_GRAPH_M).mean() * km))
    return np.asarray(values)
