from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import DataError, InputError
from geo.paths import ROADS_DIR
from geo.sailings import (
    SAILING_SEASONS,
    Stay,
    clock_min,
    day_return,
    departures_min,
    load_sailings,
    wait_at_random,
    wait_by_timetable,
)

RISHIRI = "f_e_wakkanai_port_e_oshidomari_port"
REBUN = "f_e_wakkanai_port_e_kafuka_port"
OKUSHIRI = "f_a_esashi_port_a_okushiri_port"
YAGISHIRI, TEURI = "f_d_haboro_port_d_yagishiri_port", "f_d_yagishiri_port_d_teuri_port"
BETWEEN = "f_e_oshidomari_port_e_kafuka_port"


@pytest.fixture(scope="module")
def sailings() -> pd.DataFrame:
    return load_sailings()


def spoilt(directory: Path, old: str, new: str) -> Path:
    for name in ("sailings.csv", "ferries.csv"):
        text = (ROADS_DIR / name).read_text(encoding="utf-8")
        if name == "sailings.csv":
            assert old in text
            text = text.replace(old, new, 1)
        (directory / name).write_text(text, encoding="utf-8")
    return directory / "sailings.csv"


def test_every_ferry_that_sails_is_listed_both_ways_in_every_season(sailings: pd.DataFrame) -> None:
    ferries = pd.read_csv(ROADS_DIR / "ferries.csv")
    assert set(sailings["edge_id"]) == set(ferries["edge_id"])
    counts = sailings.groupby(["edge_id", "season", "direction"]).size()
    assert counts.xs("out", level="direction").equals(counts.xs("back", level="direction"))
    assert departures_min(sailings, "f_e_kutsugata_port_e_kafuka_port", "winter", "out") == []


def test_sailing_times_agree_with_the_crossing_minutes_of_the_network(sailings: pd.DataFrame) -> None:
    crossing = pd.read_csv(ROADS_DIR / "ferries.csv").set_index("edge_id")["sailing_min"]
    published = sailings[sailings["basis"] == "published"]
    minutes = published["arrival_min"] - published["departure_min"]
    assert ((minutes - published["edge_id"].map(crossing)).abs() <= 5).all()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("07:15,08:55", "7:15,08:55", "line 2, column departure: '7:15'.*HH:MM"),
        ("07:15,08:55", "08:55,07:15", "line 2.*must arrive after it leaves"),
        ("07:15,08:55", "11:15,12:55", "line 3.*occurs twice"),
        ("summer,out,07:15", "spring,out,07:15", "column season: 'spring'"),
        ("summer,out,07:15", "summer,back,07:15", "sailings out in summer, ferries.csv says 3"),
        (RISHIRI + ",summer,out,07:15", "f_x,summer,out,07:15", "ferry 'f_x' is not in ferries.csv"),
    ],
)
def test_a_spoilt_timetable_is_refused_with_the_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_sailings(spoilt(tmp_path, old, new))


def test_wait_at_random_is_half_the_headway_when_sailings_are_even() -> None:
    wait = wait_at_random([480, 600, 720], 360, 720)  # gaps 120, 120, 120
    assert (wait.expected_min, wait.worst_min, wait.missed_share) == (60, 120, 0)


def test_wait_at_random_weighs_long_gaps_and_counts_who_comes_too_late() -> None:
    wait = wait_at_random([420, 720], 360, 960)  # gaps 60 and 300 up to 12:00; 240 of 600 minutes are after it
    assert wait.expected_min == pytest.approx((60**2 + 300**2) / (2 * 360))
    assert wait.worst_min == 300
    assert wait.missed_share == pytest.approx(0.4)


def test_without_a_sailing_everybody_misses_it() -> None:
    wait = wait_at_random([300], 360, 960)
    assert wait.expected_min != wait.expected_min
    assert wait.missed_share == 1
    with pytest.raises(InputError, match="Give 0 <= start < end"):
        wait_at_random([300], 960, 360)


@given(
    st.lists(st.integers(360, 1200), min_size=1, max_size=6, unique=True),
    st.integers(360, 1200),
)
def test_one_more_sailing_never_makes_the_worst_wait_or_the_missed_share_larger(
    departures: list[int], extra: int
) -> None:
    few = wait_at_random(departures, 360, 1200)
    more = wait_at_random([*departures, extra], 360, 1200)
    assert more.missed_share <= few.missed_share
    if extra <= max(departures):
        assert more.worst_min <= few.worst_min
        assert more.expected_min <= few.expected_min + 1e-9


def test_the_wait_by_timetable_is_to_the_next_sailing_that_can_be_boarded() -> None:
    assert wait_by_timetable([435, 675], 395, 40) == 40
    assert wait_by_timetable([435, 675], 396, 40) == 279
    assert wait_by_timetable([435, 675], 700, 40) != wait_by_timetable([435, 675], 700, 40)  # NaN


@pytest.mark.parametrize(
    ("path", "season", "boarding", "to_island", "to_mainland"),
    [
        # Rishiri, June to September: 07:15-08:55 and home at 16:40; islanders 08:25-10:05 and home at 16:40.
        ([RISHIRI], "summer", 40, ("08:55", "16:40", 425), ("10:05", "16:40", 355)),
        # Rishiri, November to April: 06:55-08:35, 17:30; islanders 09:05-10:45, 14:00.
        ([RISHIRI], "winter", 40, ("08:35", "17:30", 495), ("10:45", "14:00", 155)),
        # Rebun, November to April: 06:35-08:30, 17:05; islanders 09:00-10:55, 14:10.
        ([REBUN], "bad_winter", 40, ("08:30", "17:05", 475), ("10:55", "14:10", 155)),
        # Okushiri: the ship spends the night on the island, so only islanders can come home.
        ([OKUSHIRI], "summer", 30, None, ("09:10", "13:00", 200)),
        ([OKUSHIRI], "winter", 30, None, ("11:35", "13:00", 55)),
        # Teuri in May: 08:30-09:30, 09:40-10:05, home 15:50-16:15, 16:25-17:25; islanders land 12:10, leave 14:00.
        ([YAGISHIRI, TEURI], "summer", 20, ("10:05", "15:50", 325), ("12:10", "14:00", 90)),
        # In winter the only ship turns round: no islander comes home, visitors of Teuri have no time ashore.
        ([YAGISHIRI, TEURI], "winter", 20, ("10:05", "10:25", 0), None),
        ([YAGISHIRI], "winter", 20, ("09:30", "11:10", 80), None),
    ],
)
def test_day_returns_by_the_real_timetable(
    sailings: pd.DataFrame,
    path: list[str],
    season: str,
    boarding: float,
    to_island: tuple[str, str, float] | None,
    to_mainland: tuple[str, str, float] | None,
) -> None:
    result = day_return(path, season, 120, sailings=sailings, boarding_min=boarding, transfer_min=10)

    def stay(times: tuple[str, str, float] | None) -> Stay | None:
        return times and Stay(clock_min(times[0]), clock_min(times[1]), times[2], times[2] >= 120)

    assert result.to_island == stay(to_island)
    assert result.to_mainland == stay(to_mainland)


def test_roads_on_the_path_are_passed_over_and_a_path_without_a_ferry_is_refused(sailings: pd.DataFrame) -> None:
    by_ferry = day_return([RISHIRI], "summer", 60, sailings=sailings, boarding_min=40, transfer_min=0)
    by_both = day_return(["r40_x", RISHIRI, "d108_x"], "summer", 60, sailings=sailings, boarding_min=40, transfer_min=0)
    assert by_both == by_ferry
    with pytest.raises(InputError, match="no ferry among the 1 sections"):
        day_return(["r40_x"], "summer", 60, sailings=sailings, boarding_min=40, transfer_min=0)
    with pytest.raises(InputError, match="season 'spring' is unknown"):
        day_return([RISHIRI], "spring", 60, sailings=sailings, boarding_min=40, transfer_min=0)


def test_a_missed_connection_is_no_way_there(sailings: pd.DataFrame) -> None:
    # Winter by way of Rishiri: 06:55-08:35, 16:00-16:45; the last ship to Rishiri is 16:25-17:10, then 17:30-19:10.
    path = [RISHIRI, BETWEEN]
    assert day_return(path, "winter", 60, sailings=sailings, boarding_min=0, transfer_min=20).to_island is None
    late = day_return([YAGISHIRI, TEURI], "summer", 60, sailings=sailings, boarding_min=0, transfer_min=11)
    assert late.to_island is None  # eleven minutes are one more than the ship stops at Yagishiri


def test_the_working_day_limits_the_stay(sailings: pd.DataFrame) -> None:
    limits = {"earliest_min": clock_min("08:00"), "latest_min": clock_min("18:00")}
    stay = day_return([RISHIRI], "summer", 60, sailings=sailings, boarding_min=0, transfer_min=0, **limits).to_island
    assert stay is None  # 11:15-12:55 there, but the last ship home by 18:00 leaves at 12:05


@pytest.mark.parametrize("season", SAILING_SEASONS)
def test_a_wider_day_never_shortens_the_stay(sailings: pd.DataFrame, season: str) -> None:
    def available(earliest: int, latest: int) -> float:
        result = day_return(
            [REBUN],
            season,
            0,
            sailings=sailings,
            boarding_min=0,
            transfer_min=0,
            earliest_min=earliest,
            latest_min=latest,
        )
        return -1 if result.to_island is None else result.to_island.available_min

    wider = [available(start, end) for start, end in ((600, 1080), (420, 1140), (360, 1200), (0, 1440))]
    assert wider == sorted(wider)
