"""Day trips over the water: what the timetables allow, and the nights that they cost the staff."""

import geopandas as gpd
import numpy as np
import pytest

from analysis.accessibility import ALL_ROADS
from analysis.ferry_days import FerryDays, find_ferry_days, no_ferries
from analysis.models.access import access_of
from analysis.models.demand import base_demand
from analysis.models.parameters import Parameters, load_parameters
from analysis.models.plan import Plan, Service
from analysis.models.scoring import score
from analysis.models.terms import nights_away
from geo.roads import SEASONS, Season, load_network
from geo.sailings import clock_min, longest_stay_min

RISHIRIFUJI, OKUSHIRI, WAKKANAI, ESASHI, HABORO = "01519", "01367", "01214", "01361", "01484"
NETWORK = load_network()


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return load_parameters()


def way(site: str, unit: str, season: Season = "summer") -> tuple[float, FerryDays]:
    access = access_of(NETWORK, season)
    row, column = base_demand().places.index.get_loc(unit), access.site(site)
    return float(access.unit_min[row, column]), access.unit_ferry.take(np.asarray([row]), np.asarray([column]))


def test_the_longest_stay_lies_between_the_first_ferry_there_and_the_last_one_home() -> None:
    there, home = [[(435, 535), (675, 775)]], [[(505, 605), (1000, 1100)]]
    limits = {"earliest_min": 400.0, "latest_min": 1200.0, "boarding_min": 40.0}
    assert longest_stay_min(there, home, **limits) == 1000 - 535 - 40
    assert longest_stay_min(there, home, **limits | {"earliest_min": 500.0}) == 1000 - 775 - 40
    assert longest_stay_min(there, home, **limits | {"latest_min": 1050.0}) == 505 - 535 + 30  # home before arriving
    assert longest_stay_min(there, home, **limits | {"earliest_min": 700.0}) == 0


def test_a_day_on_rishiri_by_the_timetable_of_summer() -> None:
    travel_min, ferry = way(WAKKANAI, RISHIRIFUJI)
    # 07:15 arrives 08:55; 16:40 is the last boat home; 40 minutes of boarding.
    assert ferry.stay_min[0] == clock_min("16:40") - clock_min("08:55") - 40
    assert ferry.sea_min[0] == 140
    assert travel_min > 140


def test_who_drives_far_to_the_port_takes_a_later_boat() -> None:
    (_, near), (_, far) = way(WAKKANAI, RISHIRIFUJI), way("ikinuki", RISHIRIFUJI)
    assert far.stay_min[0] < near.stay_min[0]
    # Nayoro: three hours to the port, so the boat of 11:15.
    assert far.stay_min[0] == clock_min("16:40") - clock_min("12:55") - 40


@pytest.mark.parametrize("season", SEASONS)
def test_okushiri_s_one_boat_a_day_brings_nobody_home(season: Season) -> None:
    _, ferry = way(ESASHI, OKUSHIRI, season)
    assert ferry.stay_min[0] == 0


def test_the_one_boat_of_winter_makes_a_night_on_teuri_within_two_hours_of_haboro(parameters: Parameters) -> None:
    for season, nights in (("summer", 0), ("winter", 1)):
        travel_min, ferry = way(HABORO, "01484-teuri-yagishiri", season)
        assert travel_min < parameters["overnight_threshold_min"]
        assert nights_away(np.asarray([travel_min]), parameters, ferry, 90.0).tolist() == [nights], season


def test_on_one_land_no_ferry_counts() -> None:
    _, ferry = way(WAKKANAI, "01221")
    assert (ferry.sea_min[0], ferry.stay_min[0]) == (0, np.inf)


def test_a_night_is_spent_where_no_boat_leads_home_in_time(parameters: Parameters) -> None:
    minutes = np.asarray([120.0, 120.0, 120.0])
    ferry = FerryDays(np.asarray([100.0, 100.0, 0.0]), np.zeros(3), np.asarray([60.0, 200.0, np.inf]))
    assert nights_away(minutes, parameters, ferry, 90.0).tolist() == [1, 0, 0]


def test_hours_at_sea_are_not_hours_at_the_wheel(parameters: Parameters) -> None:
    values = parameters.with_values({"max_driving_h_per_day": 5, "overnight_threshold_min": 150})
    minutes = np.asarray([330.0, 330.0])
    ferry = FerryDays(np.asarray([140.0, 0.0]), np.zeros(2), np.asarray([0.0, np.inf]))
    # 190 minutes of driving one way are a night; 330 take a second day each way.
    assert nights_away(minutes, values, ferry, 0.0).tolist() == [1, 3]


def test_sessions_on_an_island_take_a_night_where_its_boats_do(parameters: Parameters) -> None:
    desk = Service("satellite", WAKKANAI, (WAKKANAI,), staff_fte=1)
    sessions = Service("outreach", RISHIRIFUJI, (RISHIRIFUJI,), sessions_per_year=10, session_hours=3)
    result = score(
        Plan("p", "案", "Plan", centre_id="ikinuki", services=(desk, sessions)), parameters, "summer", NETWORK
    )
    assert result.units.terms.journey_nights.tolist()[:2] == [1, 1]  # Nayoro to Wakkanai is a day too long as well
    conditions = result.preconditions.set_index(["model", "condition"])["status"]
    assert conditions["outreach", "day_trip"] == "not_met"


def test_points_off_the_network_have_no_ferry() -> None:
    far = gpd.GeoSeries.from_xy([141.0], [41.0], index=["sea"], crs=4326)
    island = gpd.GeoSeries.from_xy([141.2], [45.2], index=["i"], crs=4326)
    found = find_ferry_days(NETWORK, "summer", ALL_ROADS, far, island, np.asarray([[np.nan]]))
    assert found.sea_min.tolist() == no_ferries(1, 1).sea_min.tolist()
    assert found.stay_min.tolist() == [[np.inf]]


def test_of_two_lines_between_islands_the_one_that_leads_home_counts() -> None:
    # Kutsugata-Kafuka is quicker but its one boat leads nobody home; Oshidomari-Kafuka leaves 09:30 and comes 15:30.
    _, ferry = way(RISHIRIFUJI, "01517")
    assert ferry.stay_min[0] > 180


def test_kilometres_at_sea_are_no_kilometres_of_the_car(parameters: Parameters) -> None:
    access = access_of(NETWORK, "summer")
    row, column = base_demand().places.index.get_loc(RISHIRIFUJI), access.site(WAKKANAI)
    at_sea = access.unit_ferry.sea_km[row, column]
    assert 35 < at_sea < access.unit_km[row, column] < at_sea + 15
    sessions = Service("outreach", RISHIRIFUJI, (RISHIRIFUJI,), sessions_per_year=10)
    result = score(Plan("p", "案", "Plan", centre_id="ikinuki", services=(sessions,)), parameters, "summer", NETWORK)
    centre = access.site("ikinuki")
    driven = access.unit_km[row, centre] - access.unit_ferry.sea_km[row, centre]
    assert result.units.terms.vehicle_km[0] == pytest.approx(10 * 2 * driven, rel=0.01)
