"""What commands print: tables with wide characters counted as two, and where a result was written."""

from pathlib import Path

import click
import pandas as pd

from analysis.exports import write_table
from analysis.provenance import describe
from geo.roads import RoadNetwork


def echo_table(frame: pd.DataFrame) -> None:
    """Print a whole table."""
    with pd.option_context("display.unicode.east_asian_width", True, "display.width", None, "display.max_rows", None):
        click.echo(frame.to_string(index=False))


def write_result(
    out: Path | None,
    network: RoadNetwork,
    table: pd.DataFrame,
    settings: dict[str, object],
    totals: dict[str, float],
) -> None:
    """Write a table with where its numbers come from beside it, and say so; nothing without a target."""
    if out is not None:
        meta = write_table(table, out, describe(network, settings, list(table.columns), totals))
        click.echo(f"書き出し / written: {out}（仮定と出典 / assumptions and sources: {meta.name}）")
