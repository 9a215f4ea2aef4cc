"""The ``nakapotsu`` command: coverage, travel-time tables, matrices of any points, checks, and the app."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click
import pandas as pd

from analysis.accessibility import graph_of, times_table
from analysis.coverage import (
    BANDS_MIN,
    DEFAULT_THRESHOLD_MIN,
    Coverage,
    Measure,
    control_totals,
    measure_coverage,
)
from analysis.exports import check_target
from analysis.overview import Scenario
from geo.assumptions import load_access_assumptions
from geo.errors import NakapotsuError
from geo.networks import ROADS_VARIABLE, open_network
from geo.points import read_points
from geo.roads import SEASONS, RoadNetwork, Season
from geo.travel import travel_matrix
from ui.checks import boundaries_group, data_group, facilities_group, roads_group
from ui.models_cli import MODEL_COMMANDS
from ui.options import (
    RoadChoice,
    as_of_option,
    finite,
    out_option,
    required_out_option,
    road_options,
    roads_option,
    season_option,
)
from ui.roads_cli import ROADS_COMMANDS
from ui.routes_cli import ROUTE_COMMANDS
from ui.siting_cli import SITING_COMMANDS
from ui.terminal import echo_table, write_result

APP_PATH = Path(__file__).resolve().parent.parent / "app.py"
INSTALLED_APP_PATH = Path(__file__).resolve().parent / "_app.py"


class _Commands(click.Group):
    """Shows nakapotsu's own errors as one clear line; anything else is a bug and keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NakapotsuError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nakapotsu")
def main() -> None:
    """北海道の障害者就業・生活支援センター（なかぽつ）の圏域と所要時間 / coverage and travel times, offline."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a Windows console may not be UTF-8: replace what it cannot show
            reconfigure(errors="replace")


_threshold = click.option(
    "--threshold-min",
    type=click.FloatRange(min=0, min_open=True),
    callback=finite,
    default=DEFAULT_THRESHOLD_MIN,
    show_default=True,
)


def format_coverage(coverage: Coverage, kind: str, measure: str) -> pd.DataFrame:
    """Lay out one kind of region for the terminal: people in thousands or km2 by band, and the farthest place."""
    table = coverage.regions[coverage.regions["region_kind"].isin([kind, "hokkaido"])]
    unit, decimals = (1000, 1) if measure == "people" else (1, 0)
    columns = {"population" if measure == "people" else "area_km2": "人口(千人)" if measure == "people" else "km²"}
    columns |= {f"{measure}_within_{band}min": f"≤{band}" for band in BANDS_MIN}
    columns |= {f"{measure}_over_{BANDS_MIN[-1]}min": f">{BANDS_MIN[-1]}"}
    columns |= {f"{measure}_no_route": "経路なし", f"{measure}_not_snapped": "接続なし"}
    layout = {"圏域" if kind == "area" else "センターの担当圏域": table["name_ja"]}
    for column, title in columns.items():
        layout[title] = [f"{value / unit:,.{decimals}f}" for value in table[column]]
    if measure == "people":
        layout |= {"最遠": table["farthest_place"], "分": table["farthest_min"].round().astype("Int64")}
    return pd.DataFrame(layout)


_HEADINGS = (
    (
        "area",
        "people",
        "21 障害保健福祉圏域：片道の分ごとの人口（千人） / welfare areas: people (thousands) by one-way minutes",
    ),
    ("area", "km2", "21 障害保健福祉圏域：片道の分ごとの面積（km²） / welfare areas: land by one-way minutes"),
    ("centre", "people", "11 センター：人口（千人） / centre territories: people (thousands)"),
    ("centre", "km2", "11 センター：面積（km²） / centre territories: land"),
)


def print_coverage(coverage: Coverage, network: RoadNetwork, title: str) -> None:
    """Print the areas, the centres, the places over the limit by region, and the control totals."""
    click.echo(title)
    for kind, measure, heading in _HEADINGS:
        click.echo(f"\n{heading}")
        echo_table(format_coverage(coverage, kind, measure))
    whole = coverage.regions[coverage.regions["region_kind"] == "hokkaido"].iloc[0]
    for kind, heading in (("area", "圏域 / by welfare area"), ("centre", "センター / by centre")):
        click.echo(f"\n{whole['threshold_min']:g} 分超の市町村・地区、{heading}:")
        regions = coverage.regions[coverage.regions["region_kind"] == kind]
        for region in regions[regions["places_over_threshold"] != ""].itertuples():
            click.echo(f"  {region.name_ja}: {region.places_over_threshold}")
    click.echo(f"\n経路なし・接続なし / no route or not snapped: {whole['places_no_route'] or 'なし / none'}")
    totals = ", ".join(f"{name}={value:,.0f}" for name, value in control_totals(coverage).items())
    click.echo(f"照合 / control totals: {totals}")
    click.echo(f"道路網 / roads: {network.name} {network.version}. 出典 / sources: data/README.md")


@main.command()
@season_option
@_threshold
@click.option("--measure", type=click.Choice(["responsible", "nearest"]), default="responsible", show_default=True)
@road_options(closable=True)
@out_option
def coverage(
    season: Season,
    threshold_min: float,
    measure: Measure,
    roads: RoadChoice,
    out: Path | None,
) -> None:
    """People and km2 within 30 to 180 min of a centre, by area and centre, and the places over the limit."""
    if out is not None:
        check_target(out)
    network = roads.network
    result = measure_coverage(
        network,
        season=season,
        tolls=roads.tolls,
        threshold_min=threshold_min,
        measure=measure,
        closed_edges=roads.closed_edges,
    )
    tolls_text = "有料道路なし / no toll roads" if not roads.tolls else "有料道路あり / toll roads allowed"
    print_coverage(result, network, f"nakapotsu coverage: {season}, {tolls_text}, {measure}")
    settings = {"season": season, "threshold_min": threshold_min, "measure": measure} | roads.settings
    write_result(out, network, result.regions, settings, control_totals(result))


@main.command()
@_threshold
@roads_option
@click.option("--parts", is_flag=True, help="The 186 demand units instead of the 179 municipalities.")
@as_of_option
@required_out_option
def times(threshold_min: float, roads: str, parts: bool, as_of: int | None, out: Path) -> None:
    """Every municipality x centre in every season, with and without toll roads, in long form."""
    check_target(out)
    network = open_network(roads, as_of)
    table = times_table(network, limit_min=threshold_min, by_part=parts)
    totals = {status: float(count) for status, count in table["status"].value_counts().items()}
    click.echo(f"{len(table):,} 行 / rows: " + ", ".join(f"{status}={count:,.0f}" for status, count in totals.items()))
    write_result(out, network, table, {"threshold_min": threshold_min}, totals)


@main.command()
@click.option("--origins", type=click.Path(path_type=Path), required=True, help="CSV with id,lat,lon")
@click.option("--destinations", type=click.Path(path_type=Path), required=True, help="CSV with id,lat,lon")
@season_option
@click.option(
    "--limit-min", type=click.FloatRange(min=0, min_open=True), callback=finite, default=None, help="Marks over_limit."
)
@road_options(closable=True)
@required_out_option
def matrix(
    origins: Path,
    destinations: Path,
    season: Season,
    limit_min: float | None,
    roads: RoadChoice,
    out: Path,
) -> None:
    """Travel between any points; the way from a point to the nearest trunk road costs time too."""
    check_target(out)
    network = roads.network
    access = load_access_assumptions()
    graph = graph_of(network, season, roads.tolls, roads.closed_edges)
    table = travel_matrix(graph, read_points(origins), read_points(destinations), access).to_long(limit_min)
    settings = {"season": season, "limit_min": limit_min} | roads.settings | vars(access)
    totals = {status: float(count) for status, count in table["status"].value_counts().items()}
    click.echo(f"{len(table):,} 組 / pairs: " + ", ".join(f"{status}={count:,.0f}" for status, count in totals.items()))
    click.echo(
        f"幹線道路まで / access: 直線距離×{access.access_detour_factor:g} を {access.access_speed_kph:g} km/h で加算、"
        f"{access.snap_limit_km:g} km 超は not_snapped（仮定 / assumption）"
    )
    write_result(out, network, table, settings, totals)


@main.command()
@click.option("--port", type=int, default=8501, show_default=True)
@roads_option
@click.option("--no-coverage", is_flag=True, help="Do not print the coverage first.")
def app(port: int, roads: str, no_coverage: bool) -> None:
    """Print the coverage of the 21 areas, then start the app on http://localhost:PORT."""
    network = open_network(roads)
    if not no_coverage:
        print_coverage(measure_coverage(network, season="summer"), network, "nakapotsu: summer, toll roads allowed")
    from streamlit.web import cli as streamlit_cli  # heavy: only when the app is started

    from ui.travel_map import make_map

    for season in SEASONS:  # so that the first reader finds everything computed
        make_map(Scenario(season, roads=roads), "ja", basemap=False).render()
    os.environ[ROADS_VARIABLE] = roads  # the app runs in this process and begins with this network
    script = INSTALLED_APP_PATH if INSTALLED_APP_PATH.is_file() else APP_PATH
    click.echo(f"\nhttp://localhost:{port} を開いてください / open it in a browser. Ctrl+C で終了 / to stop.")
    arguments = ["run", str(script), "--server.port", str(port), "--server.address", "localhost"]
    arguments += ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    arguments += ["--server.fileWatcherType", "none", "--client.toolbarMode", "minimal", "--theme.base", "light"]
    cast(Callable[..., None], streamlit_cli.main)(arguments, standalone_mode=False)


for group in (
    roads_group,
    boundaries_group,
    facilities_group,
    data_group,
    *MODEL_COMMANDS,
    *ROUTE_COMMANDS,
    *SITING_COMMANDS,
):
    main.add_command(group)
for command in ROADS_COMMANDS:
    roads_group.add_command(command)

if __name__ == "__main__":
    main()
