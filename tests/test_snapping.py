"""Joining points to sections, closed ones among them, beside a search through all sections."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from test_travel_property import ACCESS, write_random_network

from geo import snapping
from geo.crs import EQUAL_AREA_CRS
from geo.roads import CONTROLLED_ACCESS_CLASSES, RoadNetwork
from geo.routing import build_graph
from geo.snapping import snap_points


def random_points(count: int, rng: np.random.Generator, network: RoadNetwork) -> gpd.GeoSeries:
    lon, lat = rng.uniform(142.4, 143.6, count), rng.uniform(42.95, 43.65, count)
    return gpd.GeoSeries.from_xy(lon, lat, index=range(count), crs=network.nodes.crs)


@pytest.mark.parametrize("seed", range(25))
def test_points_join_the_nearest_section_that_is_open(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    network = write_random_network(tmp_path, rng)
    points = random_points(30, rng, network)
    closed = [edge for edge in network.edges.index if rng.random() < 0.4]
    graph = build_graph(network, "winter", closed_edges=closed)
    usable = network.edges[~network.edges["closed_in_winter"] & ~network.edges.index.isin(closed)]
    lines = usable[~usable["road_class"].isin(CONTROLLED_ACCESS_CLASSES)].geometry.to_crs(EQUAL_AREA_CRS)
    snapped = snap_points(points, graph, ACCESS)
    for number, point in enumerate(points.to_crs(EQUAL_AREA_CRS)):
        nearest_km = lines.distance(point).min() / 1000 if len(lines) else np.inf
        if nearest_km > ACCESS.snap_limit_km:
            assert snapped.edge[number] == -1
            assert np.isnan(snapped.access_km[number])
        else:
            edge = network.edges.index[snapped.edge[number]]
            assert lines[edge].distance(point) / 1000 == pytest.approx(nearest_km)
            assert snapped.access_km[number] == pytest.approx(nearest_km * ACCESS.access_detour_factor)
            fraction = lines[edge].project(point, normalized=True)
            assert snapped.fraction[number] == pytest.approx(fraction)


def test_lines_are_projected_once_for_all_seasons_and_closures(toy: RoadNetwork) -> None:
    snapping._section_index.cache_clear()
    points = random_points(3, np.random.default_rng(1), toy)
    for season, closed in (("summer", []), ("winter", ["ab"]), ("bad_winter", ["bc"])):
        snap_points(points, build_graph(toy, season, closed_edges=closed), ACCESS)
    assert snapping._section_index.cache_info().misses == 1


def test_of_sections_equally_near_the_first_listed_is_taken(toy: RoadNetwork) -> None:
    at_b = gpd.GeoSeries.from_xy([143.3], [43.0], crs=toy.nodes.crs)  # sections ab, bc and be meet there
    for closed, expected in (([], "ab"), (["ab"], "bc"), (["ab", "bc"], "be")):
        snapped = snap_points(at_b, build_graph(toy, "summer", closed_edges=closed), ACCESS)
        assert toy.edges.index[snapped.edge[0]] == expected
