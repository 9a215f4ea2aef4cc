"""Options that several commands share."""

import math
from collections.abc import Callable
from pathlib import Path

import click

from geo.networks import EMBEDDED
from geo.roads import SEASONS

# The shipped network has no openings before 2013, and none after the year it was digitised for.
YEAR = click.IntRange(2012, 2026)


def finite(_context: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse nan and inf, which a range lets pass."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number of minutes. Give one such as 120.")
    return value


roads_option = click.option(
    "--roads", default=EMBEDDED, show_default=True, help="A road network by name: nakapotsu roads list."
)
season_option = click.option("--season", type=click.Choice(SEASONS), default="summer", show_default=True)
out_option = click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help=".csv or .xlsx")
close_option = click.option(
    "--close", multiple=True, metavar="ID", help="Close this section (ids: nakapotsu sections); may be repeated."
)


def network_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that choose the roads: ``roads, as_of, no_tolls``."""
    for option in (
        roads_option,
        click.option("--as-of", type=YEAR, default=None, help="Only roads opened by the end of this year, e.g. 2014."),
        click.option("--no-tolls", is_flag=True, help="Without toll roads."),
    ):
        command = option(command)
    return command
