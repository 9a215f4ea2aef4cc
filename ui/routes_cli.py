"""Commands for routes between any two points, closed roads, and the land within reach of a centre."""

import json
from pathlib import Path

import click
import geopandas as gpd
import pandas as pd

from analysis.accessibility import centre_points, graph_of, municipality_points, seat_points
from analysis.closures import closure_effect
from analysis.crossings import crossing_of
from analysis.exports import check_folder, check_target, write_files
from analysis.isochrones import isochrones
from analysis.models.compare import find_centre
from analysis.overview import Scenario
from analysis.provenance import describe
from geo.assumptions import load_access_assumptions
from geo.crs import GEOGRAPHIC_CRS
from geo.errors import InputError
from geo.facilities import load_centres
from geo.points import parse_coordinates
from geo.roads import RoadNetwork, Season
from geo.routes import Route, find_route
from ui.options import RoadChoice, finite, out_option, road_options, season_option
from ui.terminal import echo_table, write_result


def find_point(text: str) -> gpd.GeoSeries:
    """Return the point of a centre id, a region id, a municipality code, a part id, or ``lat,lon``.

    Raises
    ------
    InputError
        If the text is none of them, or the coordinates lie outside Hokkaido or in the sea.
    """
    if "," in text:
        return parse_coordinates(text)
    key = find_centre(text) if text in set(load_centres()["region_id"]) else text
    for points in (centre_points(), municipality_points(), seat_points()):
        if key in points.index:
            return gpd.GeoSeries(points.loc[[key]].to_numpy(), index=[text], crs=GEOGRAPHIC_CRS)
    raise InputError(
        f"{text!r} はセンター・市町村コード・緯度,経度のどれでもありません。 / it is no centre, municipality code or "
        f"lat,lon. Give one of {', '.join(centre_points().index)}, a code such as 01219, or 43.92,144.67."
    )


@click.command()
@click.option("--from", "origin", required=True, help="A centre, a municipality code, or lat,lon.")
@click.option("--to", "goal", required=True, help="The same.")
@season_option
@road_options(closable=True)
@out_option
def route(
    origin: str,
    goal: str,
    season: Season,
    roads: RoadChoice,
    out: Path | None,
) -> None:
    """The quickest way between two points: roads by name, km, minutes, tolls, ferries and their waiting."""
    if out is not None:
        check_target(out)
    network = roads.network
    graph = graph_of(network, season, roads.tolls, roads.closed_edges)
    found = find_route(graph, find_point(origin), find_point(goal), load_access_assumptions())
    _print_route(found, season)
    settings = {"from": origin, "to": goal, "season": season, "status": found.status} | roads.settings
    totals = {"travel_min": found.travel_min, "length_km": found.length_km} if found.status == "reached" else {}
    write_result(out, network, found.stretches, settings, totals)


def _print_route(found: Route, season: Season) -> None:
    if found.status != "reached":
        reason = {"no_route": "経路なし / no route", "not_snapped": "近くに通れる道路がない / no open road near"}
        click.echo(f"status: {found.status}（{reason[found.status]}）")
        return
    if found.stretches.empty:
        click.echo(f"生活道路だけ / local roads alone: {found.length_km:.1f} km, {found.travel_min:.1f} min")
        return
    local_km = found.length_km - found.stretches["length_km"].sum()
    local_min = found.travel_min - found.stretches["travel_min"].sum()
    echo_table(found.stretches.round(1))
    click.echo(f"生活道路 / local roads: {local_km:.1f} km, {local_min:.1f} min（仮定 / assumed）")
    click.echo(f"合計 / total: {found.length_km:.1f} km, {found.travel_min:.1f} min, status: {found.status}")
    crossing = crossing_of(found, season)
    if crossing is None:
        return
    click.echo(
        f"フェリー / ferry: {'、'.join(crossing.names_ja)}, {crossing.sailings_per_day} 便 / sailings a day, "
        f"待ち（時刻表なし） / wait without a timetable: {crossing.wait.expected_min:.0f} min, longest "
        f"{crossing.wait.worst_min:.0f} min（所要時間に含まない / not part of the time）"
    )
    returns = crossing.returns
    stays = [] if returns is None else [("港から島へ日帰り / same-day visit to the island", returns.to_island)]
    if returns is not None:
        stays.append(("島の港から日帰り / same-day visit from the island", returns.to_mainland))
    for label, stay in stays:
        answer = "不可 / no" if stay is None else f"滞在 / ashore {stay.available_min:.0f} min"
        if stay is not None and not stay.possible:
            answer += f"（{crossing.stay_needed_min:.0f} 分に足りない / less than needed）"
        click.echo(f"{label}: {answer}")


@click.command()
@click.option("--road", "road_no", default=None, help="Only sections of this road, e.g. R40.")
@road_options()
@out_option
def sections(road_no: str | None, roads: RoadChoice, out: Path | None) -> None:
    """List the road sections and their ids, to be closed with --close."""
    if out is not None:
        check_target(out)
    network = roads.network
    table = _section_table(network)
    if road_no is not None:
        table = table[table["road_no"] == road_no]
    if not roads.tolls:
        table = table[~table["toll"]]
    if table.empty:
        raise InputError(
            f"道路 {road_no!r} の区間はありません。 / no section of road {road_no!r}. Give one such as R40."
        )
    if out is None:
        echo_table(table.drop(columns=["length_basis"]).round(1))
        return
    totals = {"sections": float(len(table)), "length_km": float(table["length_km"].sum())}
    write_result(out, network, table, {"road": road_no, "tolls": roads.tolls}, totals)


def _section_table(network: RoadNetwork) -> pd.DataFrame:
    names = network.nodes["name"]
    edges = pd.DataFrame(network.edges.drop(columns="geometry")).reset_index(names="edge_id")
    edges.insert(1, "from_name", edges["from_node"].map(names))
    edges.insert(2, "to_name", edges["to_node"].map(names))
    columns = ["edge_id", "road_no", "road_name", "from_name", "to_name", "road_class", "toll", "length_km"]
    return edges[[*columns, "length_basis", "summer_min", "winter_min", "bad_winter_min"]]


@click.command()
@season_option
@click.option("--limit-min", type=click.FloatRange(min=0, min_open=True), callback=finite, default=120.0)
@road_options(closable=True)
@out_option
def closures(
    season: Season,
    limit_min: float,
    roads: RoadChoice,
    out: Path | None,
) -> None:
    """Who is cut off, comes to lie over the limit or drives longer when sections are closed (--close ID ...)."""
    if not roads.closed_edges:
        raise click.UsageError("閉じる区間を --close で指定してください。 / name the sections with --close ID.")
    if out is not None:
        check_target(out)
    scenario = Scenario(
        season, roads.tolls, limit_min, as_of=roads.as_of, roads=roads.name, closed_edges=roads.closed_edges
    )
    effect = closure_effect(scenario)
    columns = ["part_id", "name_ja", "name_en", "measured_from", "population", "open_min", "open_status"]
    columns += ["travel_min", "status", "delay_min"]
    table = effect.units[columns].replace({"delay_min": {float("inf"): float("nan")}})
    totals = {
        "people_cut_off": float(effect.cut_off["population"].sum()),
        "people_newly_over": float(effect.newly_over["population"].sum()),
        "people_delayed": float(effect.delayed["population"].sum()),
    }
    if len(table):
        echo_table(table.round(1))
    else:
        click.echo("変わりません / nothing changes")
    click.echo(", ".join(f"{name}={value:,.0f}" for name, value in totals.items()))
    write_result(out, roads.network, table, {"season": season, "limit_min": limit_min} | roads.settings, totals)


@click.command("isochrones")
@click.option("--centre", default=None, help="A centre or its region; without it the quickest of all.")
@click.option(
    "--within-min",
    "limits_min",
    type=click.FloatRange(min=0, min_open=True),
    callback=lambda context, parameter, values: tuple(finite(context, parameter, value) for value in values),
    multiple=True,
    default=(30.0, 60.0, 90.0, 120.0),
    show_default=True,
    help="A limit in minutes; may be given several times.",
)
@season_option
@road_options(closable=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help=".geojson, or .csv for areas only"
)
def isochrones_command(
    centre: str | None,
    limits_min: tuple[float, ...],
    season: Season,
    roads: RoadChoice,
    out: Path,
) -> None:
    """The land within so many minutes of a centre, as polygons without sea and lakes."""
    is_geojson = out.suffix.lower() in (".geojson", ".json")
    if is_geojson:
        check_folder(out)
    else:
        check_target(out)
    network = roads.network
    centre_id = None if centre is None else find_centre(centre) or None
    limits_min = tuple(sorted(set(limits_min)))
    found = isochrones(
        network, season, limits_min, tolls=roads.tolls, centre_id=centre_id, closed_edges=roads.closed_edges
    )
    settings = {"centre": centre_id, "season": season} | roads.settings
    table = pd.DataFrame(found.drop(columns="geometry"))
    totals = {f"km2_within_{limit:g}min": area for limit, area in zip(limits_min, table["area_km2"], strict=True)}
    if is_geojson:
        notes = describe(network, settings, list(table.columns), totals)
        meta = json.dumps(notes, ensure_ascii=False, indent=1).encode()
        rounded = found.set_geometry(found.geometry.set_precision(1e-5))
        write_files({out: rounded.to_json(ensure_ascii=False).encode(), out.with_name(f"{out.name}.meta.json"): meta})
        click.echo(f"書き出し / written: {out}")
    else:
        write_result(out, network, table, settings, totals)
    for row in table.itertuples():
        click.echo(f"≤ {row.limit_min:g} min: {row.area_km2:,.0f} km²")


ROUTE_COMMANDS = (route, sections, closures, isochrones_command)
