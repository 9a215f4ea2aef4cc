"""Measure how long 1,000 points take to be joined to a network of 1.3 million edges: ``python -m bench.snapping``.

The first call projects and indexes the edges; later ones, after closures too, use what is kept. Beside it stands what a
call would take without the index: the distances to all edges, measured for a few points.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from bench.graphs import generated_graph
from geo.assumptions import load_access_assumptions
from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.roads import SEASONS, RoadNetwork
from geo.routing import build_graph
from geo.snapping import snap_points

Result = TypeVar("Result")

NODES, POINTS, CHECKED = 740_000, 1000, 5


def large_network() -> RoadNetwork:
    """Return the generated network with the columns that searches need; every edge drawn as a straight line."""
    graph = generated_graph(NODES)
    keys = graph.start * graph.size + graph.end
    one_way = ~np.isin(graph.end * graph.size + graph.start, keys)
    kept = one_way | (graph.start < graph.end)
    start, end = graph.start[kept], graph.end[kept]
    names = pd.Index(np.arange(graph.size).astype(str), name="node_id")
    places = gpd.GeoSeries.from_xy(graph.lon, graph.lat, index=names, crs=GEOGRAPHIC_CRS)
    columns: dict[str, object] = {"from_node": names[start], "to_node": names[end], "road_class": "prefectural"}
    columns |= {"length_km": graph.km[kept], "one_way": one_way[kept], "toll": False}
    for season in SEASONS:
        minutes = graph.summer_min if season == "summer" else graph.winter_min
        columns |= {f"{season}_min": minutes[kept], f"closed_in_{season}": False}
    ends = np.stack([np.column_stack([graph.lon[some], graph.lat[some]]) for some in (start, end)], axis=1)
    index = pd.Index(np.arange(len(start)).astype(str), name="edge_id")
    edges = gpd.GeoDataFrame(columns, index=index, geometry=shapely.linestrings(ends), crs=GEOGRAPHIC_CRS)
    return RoadNetwork("generated", gpd.GeoDataFrame(geometry=places), edges, str(NODES))


def _timed(label: str, work: Callable[[], Result]) -> Result:
    begin = time.perf_counter()
    result = work()
    print(f"{label:48} {time.perf_counter() - begin:8.3f} s")
    return result


def main() -> None:
    """Print the seconds."""
    network, access, rng = large_network(), load_access_assumptions(), np.random.default_rng(4)
    min_lon, min_lat, max_lon, max_lat = network.nodes.total_bounds
    lon, lat = rng.uniform(min_lon, max_lon, POINTS), rng.uniform(min_lat, max_lat, POINTS)
    points = gpd.GeoSeries.from_xy(lon, lat, index=range(POINTS), crs=GEOGRAPHIC_CRS)
    print(f"{len(network.edges):,} edges, {POINTS:,} points")
    graph = build_graph(network, "summer")
    snapped = _timed("first call, with projection and index", lambda: snap_points(points, graph, access))
    _timed("second call", lambda: snap_points(points, graph, access))
    edges = np.unique(snapped.edge[snapped.is_snapped])
    closed = network.edges.index[edges].tolist()
    label = f"with the {len(closed)} nearest edges closed"
    shut = _timed(f"graph {label}", lambda: graph.reweighted(closed_edges=closed))
    _timed(f"points {label}", lambda: snap_points(points, shut, access))
    lines = network.edges.geometry.to_crs(EQUAL_AREA_CRS).to_numpy()
    few = points.iloc[:CHECKED].to_crs(EQUAL_AREA_CRS).to_numpy()
    nearest = _timed(
        f"{CHECKED} points beside all edges, no index", lambda: [shapely.distance(point, lines).min() for point in few]
    )
    ours_km = snapped.access_km[:CHECKED] / access.access_detour_factor
    if not np.allclose(np.asarray(nearest) / 1000, np.where(np.isnan(ours_km), np.asarray(nearest) / 1000, ours_km)):
        raise SystemExit("the nearest edges differ from those found without an index.")


if __name__ == "__main__":
    main()
