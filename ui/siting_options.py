"""What the commands on siting and on mixes share: options, tables on the terminal, and files."""

from pathlib import Path

import click

from analysis.coverage import DEFAULT_THRESHOLD_MIN
from analysis.models.parameters import Parameters, load_parameters, read_overrides
from ui.options import season_choice

season_option = season_choice("winter")  # the season in which most places are far
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
