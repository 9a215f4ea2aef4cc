"""Ferries on the way to a place: waiting, and whether one can come home on the same day; shown apart from driving."""

from dataclasses import dataclass

import pandas as pd

from geo.assumptions import load_assumption_table
from geo.roads import Season
from geo.routes import Route
from geo.sailings import DayReturn, RandomWait, day_return, departures_min, load_ferries, load_sailings, wait_at_random


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
        Whether a visit fits into one day, both ways, from port to port; None where the ways lead over the mainland.
    stay_needed_min
        Minutes ashore that such a visit needs.
    """

    names_ja: tuple[str, ...]
    sailings_per_day: int
    crossing_min: float
    wait: RandomWait
    returns: DayReturn | None
    stay_needed_min: float


def crossing_of(route: Route, season: Season) -> Crossing | None:
    """Describe the ferries of a route; None if it has none, or one without a timetable in ``ferries.csv``.

    People at a port change ship without a margin: between the islands of one line the same ship goes on.
    """
    ferries = load_ferries()
    if not route.ferry_ids or not set(route.ferry_ids) <= set(ferries.index):
        return None
    lines = ferries.loc[list(route.ferry_ids)]
    sailings = load_sailings()
    values = _values()
    legs = list(zip(route.ferry_ids, route.ferries_forward, strict=True))
    counts = [len(departures_min(sailings, edge, season, "out" if forward else "back")) for edge, forward in legs]
    wait = wait_at_random(
        departures_min(sailings, route.ferry_ids[0], season, "out" if route.ferries_forward[0] else "back"),
        int(values["port_first_min"]),
        int(values["port_last_min"]),
    )
    crossing_min = float((lines["boarding_min"] + lines["sailing_min"]).sum())
    needed_min = float(values["visit_stay_min"])
    returns = _returns(legs, lines["boarding_min"], season, needed_min)
    return Crossing(tuple(lines["name_ja"]), min(counts), crossing_min, wait, returns, needed_min)


def _returns(
    legs: list[tuple[str, bool]], boarding_min: "pd.Series[float]", season: Season, needed_min: float
) -> DayReturn | None:
    """Decide on same-day returns between mainland and island; None between two islands that go over the mainland."""
    directions = {forward for _, forward in legs}
    if len(directions) > 1:
        return None
    from_mainland = [edge for edge, _ in legs] if directions == {True} else [edge for edge, _ in reversed(legs)]
    # One boards for home at the far port: on the island when visiting it, on the mainland when visiting that.
    stays = [
        day_return(
            from_mainland,
            season,
            needed_min,
            sailings=load_sailings(),
            boarding_min=float(boarding_min[edge]),
            transfer_min=0,
        )
        for edge in (from_mainland[-1], from_mainland[0])
    ]
    return DayReturn(to_island=stays[0].to_island, to_mainland=stays[1].to_mainland)


def _values() -> "pd.Series[float]":
    values: pd.Series[float] = load_assumption_table().set_index("name")["value"]
    return values
