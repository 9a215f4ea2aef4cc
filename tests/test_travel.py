import geopandas as gpd
import numpy as np
import pytest

from geo.assumptions import AccessAssumptions
from geo.roads import RoadNetwork
from geo.routing import build_graph
from geo.travel import STATUSES, travel_matrix, travel_status

ACCESS = AccessAssumptions(access_speed_kph=30, access_detour_factor=1.5, snap_limit_km=12, local_limit_km=2)
DEGREE_LAT_KM = 111.1  # at 43 degrees north, within 0.1 %


def points(**lon_lat: tuple[float, float]) -> gpd.GeoSeries:
    lon, lat = zip(*lon_lat.values(), strict=True)
    return gpd.GeoSeries.from_xy(lon, lat, index=list(lon_lat), crs="EPSG:6668")


def test_over_means_strictly_more_than_the_limit_on_unrounded_time() -> None:
    minutes = np.array([120.0, 120.0001, np.nan, np.nan])
    snapped = np.array([True, True, True, False])
    assert travel_status(minutes, snapped, 120).tolist() == [
        "reached",
        "over_limit",
        "no_route",
        "not_snapped",
    ]
    assert set(travel_status(minutes, snapped)) <= set(STATUSES)


def test_points_on_nodes_take_the_network_time(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer")
    matrix = travel_matrix(graph, points(a=(143.0, 43.0)), points(c=(143.5, 43.0), e=(143.3, 43.1)), ACCESS)
    assert matrix.travel_min[0] == pytest.approx([30, 50], abs=1e-6)
    assert matrix.length_km[0] == pytest.approx([40, 40], abs=1e-6)


def test_access_costs_time_at_both_ends(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer")
    beside_a = points(x=(143.0, 43.0 - 5 / DEGREE_LAT_KM))
    there = points(c=(143.5, 43.0))
    straight_km = 5
    expected = 30 + straight_km * 1.5 / 30 * 60
    matrix = travel_matrix(graph, beside_a, there, ACCESS)
    assert matrix.travel_min[0, 0] == pytest.approx(expected, rel=0.01)
    assert matrix.length_km[0, 0] == pytest.approx(40 + straight_km * 1.5, rel=0.01)
    back = travel_matrix(graph, there, beside_a, ACCESS)
    assert back.travel_min[0, 0] == pytest.approx(matrix.travel_min[0, 0])


def test_a_point_along_a_section_is_joined_there_and_not_at_its_end(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer", tolls=False)
    matrix = travel_matrix(graph, points(mid=(143.15, 43.0)), points(a=(143.0, 43.0), b=(143.3, 43.0)), ACCESS)
    assert matrix.travel_min[0] == pytest.approx([15, 15], abs=0.5)


def test_two_points_on_one_section_do_not_drive_round_by_its_ends(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer", tolls=False)
    matrix = travel_matrix(graph, points(p=(143.1, 43.0)), points(q=(143.2, 43.0)), ACCESS)
    assert matrix.travel_min[0, 0] == pytest.approx(10, abs=0.5)


def test_access_counts_between_two_points_beside_one_section_too(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer", tolls=False)
    south = 43.0 - 3 / DEGREE_LAT_KM
    matrix = travel_matrix(graph, points(p=(143.1, south)), points(q=(143.2, south)), ACCESS)
    assert matrix.travel_min[0, 0] == pytest.approx(10 + 2 * (3 * 1.5 / 30 * 60), rel=0.02)


def test_near_points_may_use_local_roads_alone(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer", tolls=False)
    matrix = travel_matrix(graph, points(p=(143.1, 43.05)), points(q=(143.1, 43.05 + 1 / DEGREE_LAT_KM)), ACCESS)
    assert matrix.length_km[0, 0] == pytest.approx(1.5, rel=0.01)
    assert matrix.travel_min[0, 0] == pytest.approx(1.5 / 30 * 60, rel=0.01)


def test_the_same_place_is_zero_minutes_away(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer")
    off_road = points(x=(143.1, 43.03))
    assert travel_matrix(graph, off_road, off_road, ACCESS).travel_min[0, 0] == 0


def test_a_far_point_is_not_snapped_and_an_island_without_sailings_has_no_route(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "winter")
    origins = points(a=(143.0, 43.0), far=(143.0, 43.5))
    table = travel_matrix(graph, origins, points(b=(143.3, 43.0), far=(143.0, 43.5)), ACCESS).to_long()
    status = table.set_index(["origin_id", "destination_id"])["status"]
    assert status["a", "b"] == "reached"
    assert status["a", "far"] == "not_snapped"
    assert status["far", "b"] == "not_snapped"
    assert table.loc[table["status"] == "not_snapped", "travel_min"].isna().all()


def test_expressways_are_not_entered_between_interchanges(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer")
    beside_expressway = points(x=(143.25, 43.05))  # on the toll road's line, 5.5 km from the national road
    matrix = travel_matrix(graph, beside_expressway, points(b=(143.3, 43.0)), ACCESS)
    to_national_road_km = 0.05 * DEGREE_LAT_KM
    along_min = (143.3 - 143.25) / 0.3 * 30
    assert matrix.travel_min[0, 0] == pytest.approx(to_national_road_km * 1.5 / 30 * 60 + along_min, rel=0.02)


def test_row_order_does_not_matter(toy: RoadNetwork) -> None:
    graph = build_graph(toy, "summer")
    here = points(a=(143.0, 43.0), x=(143.1, 43.02), y=(143.4, 43.01))
    there = points(b=(143.3, 43.0), e=(143.3, 43.1))
    forward = travel_matrix(graph, here, there, ACCESS).travel_min
    backward = travel_matrix(graph, here.iloc[::-1], there, ACCESS).travel_min
    assert np.array_equal(forward, backward[::-1])
