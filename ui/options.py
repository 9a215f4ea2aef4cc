"""Options that several commands share."""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from analysis.accessibility import RoadUse
from geo.networks import EMBEDDED, open_network
from geo.roads import SEASONS, RoadNetwork, Season

# The shipped network has no openings before 2013, and none after the year it was digitised for.
YEAR = click.IntRange(2012, 2026)

Command = Callable[..., None]


def finite(_context: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse nan and inf, which a range lets pass."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number of minutes. Give one such as 120.")
    return value


def season_choice(default: Season) -> Callable[[Command], Command]:
    """Add ``--season``."""
    return click.option("--season", type=click.Choice(SEASONS), default=default, show_default=True)


season_option = season_choice("summer")
roads_option = click.option(
    "--roads", default=EMBEDDED, show_default=True, help="A road network by name: nakapotsu roads list."
)
as_of_option = click.option(
    "--as-of", type=YEAR, default=None, help="Only roads opened by the end of this year, e.g. 2014."
)
out_option = click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help=".csv or .xlsx")
required_out_option = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help=".csv or .xlsx"
)


@dataclass(frozen=True)
class RoadChoice:
    """The roads that the options of a command choose.

    Attributes
    ----------
    name, as_of
        See :func:`geo.networks.open_network`.
    tolls
        Whether toll roads may be used.
    closed_edges
        Ids of sections that are closed, sorted.
    """

    name: str
    as_of: int | None
    tolls: bool
    closed_edges: tuple[str, ...] = ()

    @property
    def network(self) -> RoadNetwork:
        """The network; it is loaded when it is first asked for."""
        return open_network(self.name, self.as_of)

    @property
    def use(self) -> RoadUse:
        """Which roads of the network may be used."""
        return RoadUse(self.tolls, self.closed_edges)

    @property
    def settings(self) -> dict[str, object]:
        """The choice as it is written beside a result, which names the network itself."""
        return {"tolls": self.tolls, "closed": list(self.closed_edges)}


def road_options(*, closable: bool = False) -> Callable[[Command], Command]:
    """Add the options that choose the roads and give them to the command as one :class:`RoadChoice`, ``roads``.

    Parameters
    ----------
    closable
        Whether sections may be closed too.
    """

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_roads(
            *, roads: str, as_of: int | None, no_tolls: bool, close: tuple[str, ...] = (), **others: object
        ) -> None:
            command(roads=RoadChoice(roads, as_of, not no_tolls, tuple(sorted(set(close)))), **others)

        options = [roads_option, as_of_option, click.option("--no-tolls", is_flag=True, help="Without toll roads.")]
        if closable:
            help_text = "Close this section (ids: nakapotsu sections); may be repeated."
            options.append(click.option("--close", multiple=True, metavar="ID", help=help_text))
        for option in options:
            with_roads = option(with_roads)
        return with_roads

    return decorate
