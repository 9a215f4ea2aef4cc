"""Checks of the road network against independent figures, behind ``nakapotsu roads check``."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import InputError, ReadFileError
from geo.paths import ROADS_DIR
from geo.roads import LAT_RANGE, LON_RANGE, RoadNetwork
from geo.routing import FloatArray, IntArray, build_graph, search_from
from geo.tables import parse_csv, read_bytes

ROUTE_COLUMNS = ("route", "from", "to", "km")
PATHS_FILE = ROADS_DIR / "route_check_paths.csv"
BoolArray = npt.NDArray[np.bool_]
_GEOD = Geod(ellps="GRS80")
# Lengths of the world graph are 4 to 13 % short of the road, so ours should lie above them, and not far above.
WORLD_RATIO_MIN, WORLD_RATIO_MAX = 1.0, 1.2
OFF_GRAPH_M, OFF_GRAPH_KM = 3000.0, 3.0
ROUTE_ERROR_MAX = 0.15  # the places of a published table are junctions or town centres
JOURNEYS_FILE = ROADS_DIR / "published_journeys.csv"
JOURNEY_COLUMNS = ("from_code", "to_code", "tolls", "km", "minutes", "source")
# Near pairs would compare the way to the coarse graph rather than the roads.
_PAIR_MIN_KM, _PAIR_MAX_KM = 40.0, 200.0
_WORLD_ACCESS_KM = 1.5
_WHOLE_DETOUR = 1.6


def chain_km(network: RoadNetwork, nodes: Sequence[str], road_no: str) -> float:
    """Return the length of the shortest way over the given nodes that keeps to toll-free roads.

    Parameters
    ----------
    network
        The roads.
    nodes
        Node ids to pass in this order.
    road_no
        Sections of this road (e.g. ``R238``) count in full, all others three times, so that the way keeps to it.

    Returns
    -------
    float
        Kilometres; NaN where there is no way.
    """
    edges, index = network.edges, network.nodes.index
    usable = ~edges["toll"].to_numpy(bool) & (edges["road_class"] != "ferry").to_numpy()
    cost = np.where(edges["road_no"].isin(road_no.split("/")), 1.0, 3.0) * edges["length_km"].to_numpy(float)
    matrix, lengths = _road_matrix(network, usable, cost)
    total = 0.0
    for origin, target in pairwise(nodes):
        i, j = index.get_indexer([origin, target])
        if min(i, j) < 0:
            raise InputError(f"route check: node {origin if i < 0 else target!r} is not in the network.")
        _, before = dijkstra(matrix, indices=i, return_predecessors=True)
        while j != i:
            if before[j] < 0:
                return float("nan")
            total += float(lengths[(before[j], j)])
            j = before[j]
    return total


def compare_routes(network: RoadNetwork, reference: Path) -> pd.DataFrame:
    """Compare lengths along national roads with a published table.

    Parameters
    ----------
    network
        The roads.
    reference
        CSV with ``route, from, to, km``. Its places are matched to nodes by ``route_check_paths.csv``.

    Returns
    -------
    pandas.DataFrame
        ``route, from, to, published_km, ours_km, ratio``, one row for each line of the reference.

    Raises
    ------
    InputError
        If a line of the reference has no path in ``route_check_paths.csv``.
    """
    table = parse_csv(read_bytes(reference), name=reference.name, columns=ROUTE_COLUMNS)
    paths = parse_csv(read_bytes(PATHS_FILE), name=PATHS_FILE.name, columns=("from", "to", "road_no", "nodes"))
    by_pair = paths.set_index(["from", "to"])
    rows = []
    for line in table.itertuples():
        pair = (line[2], line[3])
        if pair not in by_pair.index:
            raise InputError(
                f"{reference.name}, line {line.Index + 2}: no path for {pair[0]}-{pair[1]}. "
                f"Add one to {PATHS_FILE.name}."
            )
        path = by_pair.loc[pair]
        ours = chain_km(network, str(path["nodes"]).split(), str(path["road_no"]))
        rows.append((line.route, *pair, float(line.km), ours, ours / float(line.km)))
    return pd.DataFrame(rows, columns=["route", "from", "to", "published_km", "ours_km", "ratio"])


def compare_journeys(network: RoadNetwork) -> pd.DataFrame:
    """Compare summer journeys between town halls with published kilometres and minutes.

    Returns
    -------
    pandas.DataFrame
        ``from, to, tolls, published_km, ours_km, km_error, published_min, ours_min, min_error``; errors are shares of
        the published figure, NaN where none was published. One row for each line of ``published_journeys.csv``.
    """
    journeys = parse_csv(read_bytes(JOURNEYS_FILE), name=JOURNEYS_FILE.name, columns=JOURNEY_COLUMNS)
    rows = []
    for tolls, group in journeys.groupby("tolls", sort=False):
        graph = build_graph(network, "summer", tolls=tolls == "yes")
        index = network.nodes.index
        for line in group.itertuples():
            start, end = index.get_indexer(["m" + line.from_code, "m" + line.to_code])
            if min(start, end) < 0:
                raise InputError(f"{JOURNEYS_FILE.name}, line {line.Index + 2}: unknown code. Expected 01xxx.")
            search = search_from(graph, np.array([start]))
            names = network.nodes["name"].iloc[[start, end]]
            found = float(search.length_km[0, end]), float(search.minutes[0, end])
            rows.append((*names, tolls, _number(line.km), found[0], _number(line.minutes), found[1]))
    columns = ["from", "to", "tolls", "published_km", "ours_km", "published_min", "ours_min"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["km_error"] = frame["ours_km"] / frame["published_km"] - 1
    frame["min_error"] = frame["ours_min"] / frame["published_min"] - 1
    return frame


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def summarise_journeys(journeys: pd.DataFrame) -> str:
    """Sum up the errors of :func:`compare_journeys`: number, bias, median and 90th percentile, by tolls."""
    lines = []
    for tolls, group in journeys.groupby("tolls"):
        for column, label in (("km_error", "km"), ("min_error", "minutes")):
            error = group[column].dropna()
            lines.append(
                f"journeys, tolls {tolls}, {label}: {len(error)}, bias {error.mean():+.1%}, "
                f"median |error| {error.abs().median():.1%}, 90 % within {error.abs().quantile(0.9):.1%}"
            )
    return "\n".join(lines)


@dataclass(frozen=True)
class _WorldGraph:
    """The part of a world highway graph in Hokkaido: lon/lat of its nodes and lengths in km."""

    lon: FloatArray
    lat: FloatArray
    lengths: csr_array


def _read_world_lists(path: Path) -> tuple[list[dict[str, float]], list[list[float]]]:
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
    graph, nodes = _read_world_lists(Path(next(iter(spec.submodule_search_locations))) / "world_highways.py")
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
        ``from, to, straight_km, ours_km, graph_km, off_graph_km, ratio, is_whole``; ``graph_km`` includes the straight
        way to it, ``off_graph_km`` are the km of our way that lie over 3 km from that graph: roads it does not have.
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
            "off_graph_km": off_graph_km[i, j],
        }
    )
    frame["ratio"] = frame["ours_km"] / frame["graph_km"]
    frame["is_whole"] = frame["graph_km"] <= _WHOLE_DETOUR * frame["straight_km"]
    return frame.sort_values("ratio", ignore_index=True)


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
    matrix, _ = _road_matrix(network, (edges["road_class"] != "ferry").to_numpy(), edges["length_km"].to_numpy(float))
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


def _road_matrix(network: RoadNetwork, usable: BoolArray, cost: FloatArray) -> tuple[csr_array, pd.Series]:
    """Return the cost between neighbouring nodes both ways, and the km of the section that is chosen for each pair."""
    edges, size = network.edges[usable], len(network.nodes)
    start, end = (network.nodes.index.get_indexer(edges[column]) for column in ("from_node", "to_node"))
    cost, km = cost[usable], edges["length_km"].to_numpy(float)
    frame = pd.DataFrame(
        {"u": np.r_[start, end], "v": np.r_[end, start], "cost": np.r_[cost, cost], "km": np.r_[km, km]}
    )
    best = frame.sort_values("cost").drop_duplicates(["u", "v"])
    matrix = csr_array((best["cost"], (best["u"], best["v"])), shape=(size, size))
    return matrix, best.set_index(["u", "v"])["km"]
