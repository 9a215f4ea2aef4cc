"""Travel between points anywhere on random networks, beside an independent computation with NetworkX."""

import itertools
import math
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
from conftest import EDGE_COLUMNS, FERRY_COLUMNS

from geo.assumptions import AccessAssumptions
from geo.crs import EQUAL_AREA_CRS
from geo.roads import CONTROLLED_ACCESS_CLASSES, SEASONS, RoadNetwork, Season, load_network
from geo.routes import find_route
from geo.routing import build_graph
from geo.travel import travel_matrix

ACCESS = AccessAssumptions(
    access_speed_kph=30, access_detour_factor=1.3, snap_limit_km=15, local_limit_km=0, rejoin_extra_km=1000
)
CLASSES = ("national", "prefectural", "expressway", "ferry")


def write_random_network(directory: Path, rng: np.random.Generator) -> RoadNetwork:
    size = int(rng.integers(2, 9))
    places = np.column_stack([rng.uniform(142.5, 143.5, size), rng.uniform(43, 43.6, size)]).round(4)
    nodes = ["node_id,kind,name,lon,lat", *(f"n{i},seat,n{i},{lon},{lat}" for i, (lon, lat) in enumerate(places))]
    edges, ferries = [EDGE_COLUMNS], [FERRY_COLUMNS]
    one_way_classes = ("national", "prefectural", "expressway")
    for number in range(int(rng.integers(1, 16))):
        start, end = rng.choice(size, 2, replace=False)
        road_class = rng.choice(CLASSES, p=[0.5, 0.3, 0.15, 0.05])
        # A bend of its own for each: of two sections on one line either may be called the nearest.
        shape = f"{rng.uniform(142.5, 143.5):.4f} {rng.uniform(43, 43.6):.4f}"
        closes, toll = ("yes" if rng.random() < 0.25 else "no"), ("yes" if road_class == "expressway" else "no")
        km, summer_kph = rng.uniform(1, 80), rng.uniform(20, 90)
        winter_kph = summer_kph * rng.uniform(0.6, 1)
        speeds = f"{summer_kph:.1f},{winter_kph:.1f},{winter_kph * rng.uniform(0.6, 1):.1f}"
        closes += ",yes" if rng.random() < 0.15 else ",no"
        one_way = "yes" if road_class in one_way_classes and rng.random() < 0.3 else "no"
        edges.append(
            f"e{number},n{start},n{end},R{number},r,{road_class},{km:.2f},modelled,{speeds},{closes},{one_way},{toll},,"
            f"{shape}"
        )
        if road_class == "ferry":
            ferries.append(f"e{number},f,30,20,1,published,{int(rng.random() < 0.5)},published,s")
    for name, lines in (("nodes", nodes), ("edges", edges), ("ferries", ferries)):
        (directory / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_network.__wrapped__(directory)


def graph_with_points(network: RoadNetwork, season: Season, tolls: bool, points: gpd.GeoSeries) -> nx.MultiGraph:
    """Cut the sections where points join them and link the points, one node to start from and one to end at."""
    edges = network.edges
    is_open = ~edges[f"closed_in_{season}"] & (tolls | ~edges["toll"])
    enterable = is_open & ~edges["road_class"].isin(CONTROLLED_ACCESS_CLASSES)
    choices = [enterable]
    for number in range(SEASONS.index(season) + 1, len(SEASONS)):
        choices.append(enterable & ~edges[[f"closed_in_{name}" for name in SEASONS[: number + 1]]].any(axis=1))
    lines = edges.geometry.to_crs(EQUAL_AREA_CRS)
    peer = nx.MultiDiGraph()
    peer.add_nodes_from(network.nodes.index)
    cuts: dict[str, set[tuple[float, tuple[str, str]]]] = {}
    for label, point in points.to_crs(EQUAL_AREA_CRS).items():
        for choice in choices:
            far_km = [(lines[edge].distance(point) / 1000, edge) for edge in edges.index[choice]]
            if far_km and min(far_km)[0] <= ACCESS.snap_limit_km:
                straight_km, edge = min(far_km)
                foot = (label, edge)
                cuts.setdefault(edge, set()).add((lines[edge].project(point, normalized=True), foot))
                local_km = straight_km * ACCESS.access_detour_factor
                local_min = local_km / ACCESS.access_speed_kph * 60
                peer.add_edge(("from", label), foot, minutes=local_min)
                peer.add_edge(foot, ("to", label), minutes=local_min)
    for edge, section in edges[is_open].iterrows():
        stops = [(0.0, section["from_node"]), *sorted(cuts.get(edge, set())), (1.0, section["to_node"])]
        for (begin, here), (end, there) in itertools.pairwise(stops):
            share = end - begin
            minutes = share * section[f"{season}_min"]
            peer.add_edge(here, there, minutes=minutes)
            if not section["one_way"] or share == 0:
                peer.add_edge(there, here, minutes=minutes)
    return peer


@pytest.mark.parametrize("seed", range(40))
def test_times_between_points_anywhere_agree_with_networkx(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    network = write_random_network(tmp_path, rng)
    lon, lat = rng.uniform(142.5, 143.5, 6), rng.uniform(43, 43.6, 6)
    points = gpd.GeoSeries.from_xy(lon, lat, index=[f"p{i}" for i in range(6)], crs=network.nodes.crs)
    for season, tolls in itertools.product(SEASONS, (True, False)):
        graph = build_graph(network, season, tolls=tolls)
        if not len(graph.edge_positions):
            continue
        matrix = travel_matrix(graph, points, points, ACCESS)
        peer = graph_with_points(network, season, tolls, points)
        for i, origin in enumerate(points.index):
            start = ("from", origin)
            expected = nx.single_source_dijkstra_path_length(peer, start, weight="minutes") if start in peer else {}
            for j, destination in enumerate(points.index):
                minutes, end = matrix.travel_min[i, j], ("to", destination)
                assert matrix.is_snapped[i, j] == (start in peer and end in peer)
                if i != j and end in expected:
                    assert minutes == pytest.approx(expected[end])
                elif i != j:
                    assert math.isnan(minutes)


@pytest.mark.parametrize("seed", range(40, 60))
def test_winter_is_never_quicker_between_points_anywhere(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    network = write_random_network(tmp_path, rng)
    lon, lat = rng.uniform(142.5, 143.5, 12), rng.uniform(43, 43.6, 12)
    points = gpd.GeoSeries.from_xy(lon, lat, index=range(12), crs=network.nodes.crs)
    summer, winter, bad_winter = (
        np.nan_to_num(travel_matrix(build_graph(network, season), points, points, ACCESS).travel_min, nan=np.inf)
        for season in SEASONS
    )
    assert (winter >= summer - 1e-9).all()
    assert (bad_winter >= winter - 1e-9).all()


@pytest.mark.parametrize("seed", range(60, 80))
def test_a_route_between_points_anywhere_takes_the_minutes_and_kilometres_of_the_matrix(
    seed: int, tmp_path: Path
) -> None:
    rng = np.random.default_rng(seed)
    network = write_random_network(tmp_path, rng)
    lon, lat = rng.uniform(142.5, 143.5, 5), rng.uniform(43, 43.6, 5)
    points = gpd.GeoSeries.from_xy(lon, lat, index=range(5), crs=network.nodes.crs)
    graph = build_graph(network, "summer")
    if not len(graph.edge_positions):
        return
    matrix = travel_matrix(graph, points, points, ACCESS)
    status = matrix.status()
    for i, j in itertools.permutations(range(5), 2):
        route = find_route(graph, points.iloc[[i]], points.iloc[[j]], ACCESS)
        assert route.status == status[i, j]
        assert route.travel_min == pytest.approx(matrix.travel_min[i, j], nan_ok=True)
        assert route.length_km == pytest.approx(matrix.length_km[i, j], nan_ok=True)
        for edge in route.edge_ids[1:-1]:  # whole sections are driven along their one-way
            section = network.edges.loc[edge]
            if section["one_way"]:
                driven = route.line.geoms[route.edge_ids.index(edge)]  # type: ignore[union-attr]
                assert driven.coords[0] == section.geometry.coords[0]
