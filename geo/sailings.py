"""Ferry timetables: how long one waits at the port, and whether a visit and the way home fit into one day.

Times of day are minutes after midnight. A ferry leaves the mainland side ``out`` and comes ``back`` to it; between two
islands, ``out`` is away from the mainland. Nothing here says whether a ferry sails in bad weather: a bad winter day has
the timetable of winter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pandas as pd
import pandera.pandas as pa

from geo.errors import DataError, InputError
from geo.paths import ROADS_DIR
from geo.roads import FERRY_SCHEMA, SEASONS
from geo.tables import load_table

Direction = Literal["out", "back"]
SAILING_SEASONS = SEASONS
Timetable = list[tuple[int, int]]
DAY_MIN = 24 * 60

SAILINGS_PATH = ROADS_DIR / "sailings.csv"

_TIME = pa.Check.str_matches(r"^([01]\d|2[0-3]):[0-5]\d$", error="a time HH:MM from 00:00 to 23:59")
SAILING_SCHEMA = pa.DataFrameSchema(
    {
        "edge_id": pa.Column(str, pa.Check.str_length(min_value=1, error="the edge_id of a ferry")),
        "season": pa.Column(str, pa.Check.isin(SAILING_SEASONS, error=f"one of {', '.join(SAILING_SEASONS)}")),
        "direction": pa.Column(str, pa.Check.isin(["out", "back"], error="out or back")),
        "departure": pa.Column(str, _TIME),
        "arrival": pa.Column(str, _TIME),
        "basis": pa.Column(str, pa.Check.isin(["published", "assumption"], error="published or assumption")),
        "source": pa.Column(str, pa.Check.str_length(min_value=1, error="where the time comes from")),
    },
    coerce=True,
)


def clock_min(time: str) -> int:
    """Return the minutes after midnight of a time ``HH:MM``."""
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _refuse(frame: pd.DataFrame, broken: "pd.Series[bool]", name: str, problem: str) -> None:
    if broken.any():
        row = frame[broken].iloc[0]
        raise DataError(
            f"{name}, line {row.name + 2}, {row.edge_id} {row.season} {row.direction} {row.departure}: {problem}"
        )


def load_sailings(path: Path = SAILINGS_PATH, *, ferries_path: Path | None = None) -> pd.DataFrame:
    """Read the sailings and check them against the list of ferries.

    Parameters
    ----------
    path
        Columns ``edge_id, season, direction, departure, arrival, basis, source``; times HH:MM of one day.
    ferries_path
        The ``ferries.csv`` that states the sailings a day; by default the one beside ``path``.

    Returns
    -------
    pandas.DataFrame
        The rows with ``departure_min, arrival_min`` (minutes after midnight), sorted by departure within each
        ferry, season and direction. Do not change it; it is shared.

    Raises
    ------
    ReadFileError, InputError, DataError
        If a file is missing or breaks a promise: a sailing arrives before it leaves or occurs twice, a ferry goes out
        and never comes back, or the number of sailings differs from ``ferries.csv``.
    """
    return _load_sailings(path, path.with_name("ferries.csv") if ferries_path is None else ferries_path)


@lru_cache(maxsize=2)
def _load_sailings(path: Path, ferries_path: Path) -> pd.DataFrame:
    frame = load_table(path, SAILING_SCHEMA)
    frame["departure_min"] = frame["departure"].map(clock_min)
    frame["arrival_min"] = frame["arrival"].map(clock_min)
    name = path.name
    late = frame["arrival_min"] <= frame["departure_min"]
    _refuse(frame, late, name, "it must arrive after it leaves, on the same day. Correct the times.")
    keys = ["edge_id", "season", "direction"]
    _refuse(frame, frame.duplicated([*keys, "departure"]), name, "this sailing occurs twice. Remove one.")
    _check_counts(frame, ferries_path, name)
    return frame.sort_values([*keys, "departure_min"], ignore_index=True)


@lru_cache(maxsize=2)
def load_ferries(path: Path = ROADS_DIR / "ferries.csv") -> pd.DataFrame:
    """Read the ferries of the shipped network, index ``edge_id``. Do not change the frame; it is shared."""
    return load_table(path, FERRY_SCHEMA).set_index("edge_id")


def _check_counts(sailings: pd.DataFrame, ferries_path: Path, name: str) -> None:
    """Compare the sailings a day with those stated in ferries.csv; a bad winter day has those of winter."""
    ferries = load_ferries(ferries_path)
    unknown = sorted(set(sailings["edge_id"]) - set(ferries.index))
    if unknown:
        raise DataError(f"{name}: ferry {unknown[0]!r} is not in {ferries_path.name}. Correct the id or add the ferry.")
    counts = sailings.groupby(["edge_id", "season", "direction"]).size()
    for edge_id in ferries.index:
        for season in SAILING_SEASONS:
            stated = ferries.loc[edge_id, f"{'summer' if season == 'summer' else 'winter'}_sailings_per_day"]
            for direction in ("out", "back"):
                found = counts.get((edge_id, season, direction), 0)
                if found != stated:
                    raise DataError(
                        f"{name}: {edge_id} has {found} sailings {direction} in {season}, {ferries_path.name} says "
                        f"{stated:g} a day. List every sailing or correct the number."
                    )


def departures_min(sailings: pd.DataFrame, edge_id: str, season: str, direction: Direction) -> list[int]:
    """Return the departures of one ferry in one season and direction, ascending; empty if it does not sail."""
    return [departure for departure, _ in timetable(sailings, edge_id, season, direction)]


def timetable(sailings: pd.DataFrame, edge_id: str, season: str, direction: Direction) -> Timetable:
    """Return (departure, arrival) of each sailing of a ferry in minutes after midnight, by departure."""
    if season not in SAILING_SEASONS:
        raise InputError(f"season {season!r} is unknown. Choose {', '.join(SAILING_SEASONS)}.")
    chosen = sailings[
        (sailings["edge_id"] == edge_id) & (sailings["season"] == season) & (sailings["direction"] == direction)
    ]
    pairs = zip(chosen["departure_min"].astype(int), chosen["arrival_min"].astype(int), strict=True)
    return sorted((int(departure), int(arrival)) for departure, arrival in pairs)


@dataclass(frozen=True)
class RandomWait:
    """The wait of people who come to the port without looking at the timetable.

    Attributes
    ----------
    expected_min
        Mean wait of those who still get a sailing that day, minutes; NaN if there is none.
    worst_min
        Their longest wait, minutes; NaN if there is none.
    missed_share
        Share of the people who come after the last sailing, 0 to 1.
    """

    expected_min: float
    worst_min: float
    missed_share: float


def wait_at_random(departures: Sequence[int], opens_min: int, closes_min: int) -> RandomWait:
    """Compute the wait of people who come evenly spread between two times of day and take the next sailing.

    With the gaps ``g1 = d1 - opens, g2 = d2 - d1, ...`` up to the last sailing that leaves by ``closes_min``, somebody
    who comes in gap ``i`` waits ``gi / 2`` on average and does so with probability ``gi / sum(g)``; so the expected
    wait is ``sum(gi ** 2) / (2 * sum(gi))``, half the headway if all gaps are equal, and the longest is ``max(gi)``
    (the mean wait for irregular headways: Welding 1957; Osuna and Newell 1972).

    Parameters
    ----------
    departures
        Minutes after midnight.
    opens_min, closes_min
        First and last time at which people come.

    Raises
    ------
    InputError
        If the times are not in order.
    """
    if not 0 <= opens_min < closes_min <= DAY_MIN:
        raise InputError(f"the times {opens_min} to {closes_min} are not a span within one day. Give 0 <= start < end.")
    usable = sorted(d for d in departures if opens_min <= d <= closes_min)
    if not usable:
        return RandomWait(float("nan"), float("nan"), 1.0)
    gaps = [later - earlier for earlier, later in pairwise([opens_min, *usable])]
    span = sum(gaps)
    expected = sum(gap**2 for gap in gaps) / (2 * span) if span else 0.0
    missed = (closes_min - usable[-1]) / (closes_min - opens_min)
    return RandomWait(expected, float(max(gaps)), missed)


def wait_by_timetable(departures: Sequence[int], ready_min: float, boarding_min: float) -> float:
    """Return the minutes from being at the port to the next departure that can be boarded.

    ``min(d) - ready`` over the departures ``d >= ready + boarding``; NaN if none is left that day. Somebody who
    plans by the timetable is ready exactly ``boarding_min`` before a departure and waits no longer than that.
    """
    left = [departure for departure in departures if departure >= ready_min + boarding_min]
    return float(min(left) - ready_min) if left else float("nan")


@dataclass(frozen=True)
class Stay:
    """The longest stay between a way there and a way home by ferry on the same day.

    Attributes
    ----------
    arrive_min, leave_min
        When the ferry arrives there, and when the last ferry with a connection home leaves; minutes after midnight.
    available_min
        Minutes ashore: from the arrival to boarding, at least 0.
    possible
        Whether the stay that was asked for fits in.
    """

    arrive_min: int
    leave_min: int
    available_min: float
    possible: bool


@dataclass(frozen=True)
class DayReturn:
    """Whether people can go and come home on one day, both ways.

    Attributes
    ----------
    to_island
        Somebody from the mainland visits the island; None if no sailing brings them home on the same day.
    to_mainland
        Somebody from the island visits the mainland; None likewise.
    """

    to_island: Stay | None
    to_mainland: Stay | None


def longest_stay_min(
    there: Sequence[Timetable],
    home: Sequence[Timetable],
    *,
    earliest_min: float,
    latest_min: float,
    boarding_min: float,
    transfer_min: float = 0.0,
) -> float:
    """Return the longest stay between a way there and a way home on one day; 0 where there is none.

    Parameters
    ----------
    there, home
        Timetables of the ferries in the order in which they are taken.
    earliest_min, latest_min
        The first ferry leaves not before, the last one has arrived by; minutes after midnight.
    boarding_min
        Minutes before the departure for home at which one must be at the port.
    transfer_min
        Minutes needed between two ferries.
    """
    arrive = _first_arrival(there, earliest_min, transfer_min)
    leave = _last_departure(home, latest_min, transfer_min)
    return 0.0 if arrive is None or leave is None else max(float(leave - arrive - boarding_min), 0.0)


def _first_arrival(legs: Sequence[Sequence[tuple[int, int]]], start_min: float, transfer_min: float) -> int | None:
    """Return the earliest arrival after all legs, leaving not before ``start_min``; None if a connection is missed."""
    ready = start_min
    arrival = None
    for leg in legs:
        arrivals = [end for departure, end in leg if departure >= ready]
        if not arrivals:
            return None
        arrival = min(arrivals)
        ready = arrival + transfer_min
    return arrival


def _last_departure(legs: Sequence[Sequence[tuple[int, int]]], end_min: float, transfer_min: float) -> int | None:
    """Return the latest departure on the first leg that gets over all legs by ``end_min``; None if there is none."""
    due = end_min
    departure = None
    for leg in reversed(legs):
        departures = [start for start, arrival in leg if arrival <= due]
        if not departures:
            return None
        departure = max(departures)
        due = departure - transfer_min
    return departure


def day_return(
    path: Sequence[str],
    season: str,
    stay_min: float,
    *,
    sailings: pd.DataFrame,
    boarding_min: float,
    transfer_min: float,
    earliest_min: float = 0,
    latest_min: float = DAY_MIN,
) -> DayReturn:
    """Decide whether a visit over the water fits into one day, for people of the mainland and of the island.

    The stay is the longest that the timetable allows: the earliest arrival there over all connections, and the latest
    departure from there whose connections still lead home; ``available = leave - arrive - boarding``, possible if
    ``available >= stay``.

    Parameters
    ----------
    path
        Ids of the sections from the mainland to the island in driving order; those that are not ferries are passed
        over, so ferries that follow one another must meet in one port.
    season
        ``summer``, ``winter`` or ``bad_winter``.
    stay_min
        Minutes wanted ashore, the local roads there included.
    sailings
        From :func:`load_sailings`.
    boarding_min
        Minutes before the departure for home at which one must be at the port.
    transfer_min
        Minutes needed between two ferries; 0 where the same ship goes on.
    earliest_min, latest_min
        The first ferry leaves the home port not before, the last one is back in it not later; minutes after midnight.

    Raises
    ------
    InputError
        If the season is unknown or there is no ferry on the path.
    """
    ferries = [edge_id for edge_id in path if edge_id in set(sailings["edge_id"])]
    if not ferries:
        raise InputError(f"there is no ferry among the {len(path)} sections of the path. Give the path to an island.")
    out = [timetable(sailings, edge_id, season, "out") for edge_id in ferries]
    back = [timetable(sailings, edge_id, season, "back") for edge_id in reversed(ferries)]

    def stay(there: Sequence[Sequence[tuple[int, int]]], home: Sequence[Sequence[tuple[int, int]]]) -> Stay | None:
        arrive = _first_arrival(there, earliest_min, transfer_min)
        leave = _last_departure(home, latest_min, transfer_min)
        if arrive is None or leave is None or leave - arrive - boarding_min < 0:
            return None
        available = float(leave - arrive - boarding_min)
        return Stay(arrive, leave, available, available >= stay_min)

    return DayReturn(to_island=stay(out, back), to_mainland=stay(back, out))
