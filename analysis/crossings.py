"""Ferries on the way to a place: waiting, and whether one can come home on the same day; shown apart from driving."""

from dataclasses import dataclass

import pandas as pd

from geo.assumptions import load_assumption_table
from geo.errors import DataError
from geo.paths import ROADS_DIR
from geo.roads import FERRY_SCHEMA, Season
from geo.routes import Route
from geo.sailings import DayReturn, RandomWait, day_return, departures_min, load_sailings, wait_at_random
from geo.tables import load_table


@dataclass(frozen=True)
class Crossing:
    """The ferries of a route.

    Attributes
    ----------
    names_ja
        The ferry lines, in driving order from the mainland.
    sailings_per_day
        Sailings a day on the line with the fewest.
    crossing_min
        Boarding margin and sailing time of all of them; part of the route's minutes.
    wait
        The wait at the first port of people who come without looking at the timetable; not part of the minutes.
    returns
        Whether a visit fits into one day, both ways; the stay includes the way from the port.
    stay_needed_min
        Minutes ashore that such a visit needs.
    """

    names_ja: tuple[str, ...]
    sailings_per_day: int
    crossing_min: float
    wait: RandomWait
    returns: DayReturn
    stay_needed_min: float


def crossing_of(route: Route, season: Season) -> Crossing | None:
    """Describe the ferries of a route from the mainland to an island; None if it has none.

    People at the port change ship without a margin: between the islands of one line the same ship goes on.

    Raises
    ------
    DataError
        If a ferry of the route is not in ``ferries.csv``.
    """
    if not route.ferry_ids:
        return None
    ferries = load_table(ROADS_DIR / "ferries.csv", FERRY_SCHEMA).set_index("edge_id")
    missing = [edge for edge in route.ferry_ids if edge not in ferries.index]
    if missing:
        raise DataError(f"ferries.csv: {missing[0]} is on the route and not in the table. Add it.")
    lines = ferries.loc[list(route.ferry_ids)]
    sailings = load_sailings()
    values = _values()
    counts = [len(departures_min(sailings, edge, season, "out")) for edge in route.ferry_ids]
    wait = wait_at_random(
        departures_min(sailings, route.ferry_ids[0], season, "out"),
        int(values["port_first_min"]),
        int(values["port_last_min"]),
    )
    returns = day_return(
        route.ferry_ids,
        season,
        float(values["visit_stay_min"]),
        sailings=sailings,
        boarding_min=float(lines["boarding_min"].iloc[-1]),
        transfer_min=0,
    )
    crossing_min = float((lines["boarding_min"] + lines["sailing_min"]).sum())
    return Crossing(tuple(lines["name_ja"]), min(counts), crossing_min, wait, returns, float(values["visit_stay_min"]))


def _values() -> "pd.Series[float]":
    values: pd.Series[float] = load_assumption_table().set_index("name")["value"]
    return values
