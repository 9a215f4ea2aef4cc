"""What the commands on siting and on mixes share: options, tables on the terminal, and files."""

from pathlib import Path

import click
import pandas as pd

from analysis.coverage import DEFAULT_THRESHOLD_MIN
from analysis.exports import write_table
from analysis.models.parameters import Parameters, load_parameters, read_overrides
from analysis.provenance import describe
from geo.roads import SEASONS, RoadNetwork

season_option = click.option("--season", type=click.Choice(SEASONS), default="winter", show_default=True)
tolls_option = click.option("--no-tolls", is_flag=True, help="Without toll roads.")
out_option = click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help=".csv or .xlsx")
limit_option = click.option(
    "--within-min", type=click.FloatRange(min=1, max=1440), default=DEFAULT_THRESHOLD_MIN, show_default=True
)
parameters_option = click.option(
    "--parameters", "parameter_file", type=click.Path(path_type=Path), help="CSV name,value or TOML."
)


def chosen_parameters(path: Path | None) -> Parameters:
    """Return the table of assumptions, with the values of a file where one is given."""
    parameters = load_parameters()
    return parameters if path is None else parameters.with_overrides(read_overrides(path), where=path.name)


def echo_table(frame: pd.DataFrame) -> None:
    """Print a table, wide characters counted as two."""
    with pd.option_context("display.unicode.east_asian_width", True, "display.width", None):
        click.echo(frame.to_string(index=False))


def write_result(
    out: Path | None,
    network: RoadNetwork,
    table: pd.DataFrame,
    settings: dict[str, object],
    totals: dict[str, float],
) -> None:
    """Write a table with where its numbers come from beside it; nothing without a target."""
    if out is not None:
        meta = write_table(table, out, describe(network, settings, list(table.columns), totals))
        click.echo(f"書き出し / written: {out}（仮定と出典 / assumptions and sources: {meta.name}）")
