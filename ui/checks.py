"""The checking commands: ``nakapotsu data|roads|boundaries|facilities check``."""

from pathlib import Path

import click
import pandas as pd

from analysis.provenance import data_version
from analysis.statements import REPORT_YEAR, compare_statements
from geo.assumptions import load_assumption_table
from geo.boundaries import load_centre_territories, load_municipalities, load_parts, load_welfare_areas
from geo.facilities import load_centre_activity, load_centres, load_municipal_resources, load_report_statements
from geo.roads import load_network

_REFERENCE = click.Path(exists=True, dir_okay=False, path_type=Path)


# What the polygons must keep to: the official area without the Northern Territories, and overlaps with MLIT's N03.
HOKKAIDO_KM2, AREA_ERROR_MAX = 78_421, 0.003
IOU_MEDIAN_MIN, IOU_MIN = 0.98, 0.95


def _exit_on(problems: list[str]) -> None:
    """End with an error if a check is not met."""
    if problems:
        raise click.ClickException("; ".join(problems))


def _print(frame: pd.DataFrame, decimals: int = 3) -> None:
    with pd.option_context("display.unicode.east_asian_width", True, "display.width", None, "display.max_rows", None):
        click.echo(frame.round(decimals).to_string(index=False))


@click.group("data")
def data_group() -> None:
    """The shipped data."""


@data_group.command("check")
def data_check() -> None:
    """Load every file that the program uses and print the control totals."""
    parts, municipalities = load_parts(), load_municipalities()
    areas, territories = load_welfare_areas(), load_centre_territories()
    centres, activity, resources = load_centres(), load_centre_activity(), load_municipal_resources()
    statements, assumptions = load_report_statements(), load_assumption_table()
    network = load_network()
    click.echo(
        f"{len(parts)} demand units, {len(municipalities)} municipalities, {len(areas)} welfare areas, "
        f"{len(territories)} centre territories"
    )
    for name, frame in (("units", parts), ("municipalities", municipalities)):
        click.echo(f"people in {name}: {int(frame['population_2014'].sum()):,}")
    click.echo(f"{len(centres)} centres, {len(activity)} rows of activity, {len(resources)} rows of resources")
    click.echo(f"{len(statements)} statements of the report, {len(assumptions)} assumptions")
    edges = network.edges
    click.echo(
        f"{len(network.nodes)} nodes, {len(edges)} sections, {edges['length_km'].sum():,.0f} km of roads and ferries"
    )
    click.echo(f"data version {data_version()}, roads version {network.version}: OK")


@click.group("roads")
def roads_group() -> None:
    """The road network."""


@roads_group.command("check")
@click.option("--reference", type=_REFERENCE, default=None, help="CSV with route,from,to,km along national roads")
def roads_check(reference: Path | None) -> None:
    """Compare lengths with a published table and with an OpenStreetMap-derived graph, times with published journeys."""
    from geo import roads_check as check  # SciPy's spatial parts are only needed here
    from geo import world_graph_check as world

    network = load_network()
    problems: list[str] = []
    if reference is not None:
        routes = check.compare_routes(network, reference)
        _print(routes)
        error = (routes["ratio"] - 1).abs()
        click.echo(
            f"routes: {len(routes)}, median |error| {error.median():.1%}, largest {error.max():.1%}, "
            f"over 15 %: {int((error > check.ROUTE_ERROR_MAX).sum())}"
        )
        problems += ["a length along a national road is over 15 % off"] if (error > check.ROUTE_ERROR_MAX).any() else []
    journeys = check.compare_journeys(network)
    _print(journeys, 2)
    click.echo(check.summarise_journeys(journeys))
    lengths = check.compare_lengths(network)
    _print(lengths)
    click.echo(check.summarise_lengths(lengths))
    pairs = world.compare_with_world_graph(network)
    ratio = pairs.loc[pairs["is_whole"], "ratio"]
    towns = world.town_ratios(pairs)
    outside = towns[(towns < world.WORLD_RATIO_MIN) | (towns > world.WORLD_RATIO_MAX)]
    click.echo(
        f"towns against the OSM-derived graph: {len(ratio)} pairs, ratio ours/graph median {ratio.median():.3f}, "
        f"5-95 % {ratio.quantile(0.05):.3f} to {ratio.quantile(0.95):.3f}, "
        f"below 1: {(ratio < world.WORLD_RATIO_MIN).mean():.1%}, "
        f"above 1.2: {(ratio > world.WORLD_RATIO_MAX).mean():.1%}"
    )
    listed = ", ".join(f"{town} {value:.2f}" for town, value in outside.items())
    click.echo(
        f"towns whose median ratio is outside {world.WORLD_RATIO_MIN:g}-{world.WORLD_RATIO_MAX:g}: {listed or 'none'}"
    )
    short = world.explain_short_pairs(pairs)
    count = short["reason"].value_counts()
    click.echo(
        f"pairs below the least that graph allows: {len(short)}; {count.get('other_roads', 0)} over roads it does not "
        f"have, {count.get('known_gap', 0)} of the towns in world_graph_gaps.csv, "
        f"{count.get('unexplained', 0)} unexplained"
    )
    if count.get("unexplained", 0):
        _print(short[short["reason"] == "unexplained"])
    statements = compare_statements(load_network(as_of=REPORT_YEAR))
    _print(statements, 0)
    if not world.WORLD_RATIO_MIN < ratio.median() < world.WORLD_RATIO_MAX:
        problems.append("the lengths as a whole are below those of the OSM-derived graph, or far above")
    agreeing = int(statements["agrees"].sum())
    click.echo(f"statements of the report, roads of {REPORT_YEAR}: {agreeing} of {len(statements)} places agree")
    _exit_on(problems)


@click.group("boundaries")
def boundaries_group() -> None:
    """The municipal polygons."""


@boundaries_group.command("check")
@click.option("--reference", type=_REFERENCE, required=True, help="MLIT N03 GeoJSON")
def boundaries_check(reference: Path) -> None:
    """Print every municipality's intersection-over-union with a reference file."""
    from geo.boundaries_check import compare_boundaries, summarise_comparison

    comparison = compare_boundaries(reference)
    _print(comparison, 4)
    click.echo(summarise_comparison(comparison))
    problems = []
    if comparison["iou"].median() < IOU_MEDIAN_MIN or comparison["iou"].min() < IOU_MIN:
        problems.append(f"an intersection-over-union is below {IOU_MEDIAN_MIN} (median) or {IOU_MIN} (each)")
    if abs(comparison["area_km2"].sum() / HOKKAIDO_KM2 - 1) > AREA_ERROR_MAX:
        problems.append(f"the area is more than {AREA_ERROR_MAX:.1%} from {HOKKAIDO_KM2:,} km2")
    _exit_on(problems)


@click.group("facilities")
def facilities_group() -> None:
    """The figures of the report."""


@facilities_group.command("check")
@click.option("--report", type=_REFERENCE, required=True, help="The report's text")
def facilities_check(report: Path) -> None:
    """Confirm that the transcribed figures occur in the report's text."""
    from geo.facilities_check import compare_with_report

    checks = compare_with_report(report)
    _print(checks[~checks["ok"]])
    click.echo(f"{int(checks['ok'].sum())} of {len(checks)} figures found in the text")
    if not checks["ok"].all():
        raise click.exceptions.Exit(1)
