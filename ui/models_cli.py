"""The commands on service models: ``compare`` sets them side by side, ``plans`` lists and shows the plans."""

import warnings
from dataclasses import replace
from pathlib import Path

import click
import pandas as pd

from analysis.coverage import DEFAULT_THRESHOLD_MIN
from analysis.exports import check_target, write_table
from analysis.models.access import access_of
from analysis.models.compare import Comparison, check_models, compare, find_centre
from analysis.models.parameters import OutOfRangeWarning, Parameters, load_parameters, read_overrides
from analysis.models.plan import MODELS, Plan
from analysis.models.plan_file import find_plan, list_plans, plan_bytes, read_plan, version_notes
from analysis.models.presets import find_preset, list_presets, preset_plan
from analysis.models.scoring import check_score, control_totals
from analysis.models.sensitivity import Robustness, rank
from analysis.models.variation import DEFAULT_SAMPLES, DEFAULT_SEED, MEASURES, vary
from analysis.provenance import data_version, describe
from geo.errors import InputError
from geo.networks import open_network
from geo.roads import RoadNetwork, Season
from ui.options import RoadChoice, out_option, road_options, season_option
from ui.terminal import echo_table

# Heading and column of the table on the terminal, with decimals and what a figure is divided by.
_SHOWN = (
    ("限度内(千人)", "people_within_limit", 1, 1000),
    ("日数加重(千人)", "people_days_within_limit", 1, 1000),
    ("片道 分", "any_day_mean_min", 0, 1),
    ("職場まで 分", "workplace_mean_min", 0, 1),
    ("利用者移動 h", "user_travel_hours", 0, 1),
    ("職員 h", "staff_hours", 0, 1),
    ("km", "vehicle_km", 0, 1),
    ("泊", "overnight_stays", 0, 1),
    ("人手 FTE", "fte_needed", 1, 1),
    ("費用(百万円)", "cost_jpy", 1, 1e6),
    ("差(百万円)", "additional_cost_jpy", 1, 1e6),
    ("円/人増", "cost_per_additional_person_day_jpy", 0, 1),
)


def format_comparison(comparison: Comparison) -> pd.DataFrame:
    """Lay out a comparison for the terminal, one row an option."""
    table = comparison.table
    layout = {"": table["option"], "名称": table["option_ja"]}
    for heading, column, decimals, unit in _SHOWN:
        values = [value / unit for value in table[column].astype(float)]
        layout[heading] = ["–" if pd.isna(value) else f"{value:,.{decimals}f}" for value in values]
    return pd.DataFrame(layout)


def _read_parameters(path: Path | None) -> Parameters:
    parameters = load_parameters()
    return parameters if path is None else parameters.with_overrides(read_overrides(path), where=path.name)


def _choose_plans(centre_id: str, scenarios: tuple[Path, ...]) -> list[Plan]:
    """Return the shipped plans of the region and those of the files; a changed copy of a shipped one is named so.

    Raises
    ------
    InputError
        If a plan is for another centre than the region.
    """
    shipped = [plan for plan in list_plans() if plan.centre_id == centre_id]
    own = []
    for plan in map(read_plan, scenarios):
        if centre_id and plan.centre_id not in ("", centre_id):
            raise InputError(
                f"計画 {plan.id} は {plan.centre_id} のものです。 / the plan {plan.id} is for {plan.centre_id}, "
                f"not for {centre_id}. Choose --centre {plan.centre_id}."
            )
        if plan.id in [other.id for other in shipped]:
            name_ja, name_en = f"{plan.name_ja}（自分の案）", f"{plan.name_en} (own)"
            plan = replace(plan, id=f"{plan.id}-own", name_ja=name_ja, name_en=name_en)
        own.append(plan)
    return [*shipped, *own]


def _describe(
    comparison: Comparison,
    columns: list[str],
    network: RoadNetwork,
    parameters: Parameters,
    road_settings: dict[str, object],
) -> dict[str, object]:
    settings = {
        "centre": comparison.centre_id or "hokkaido",
        "season": comparison.season,
        "limit_min": comparison.limit_min,
    } | road_settings
    notes = describe(network, settings, columns, control_totals(comparison.today))
    plans = {option: plan_bytes(result.plan).decode() for option, result in comparison.scores.items()}
    checks = {option: result.preconditions.to_dict("records") for option, result in comparison.scores.items()}
    return notes | {"parameters": parameters.provenance(), "plans": plans, "preconditions": checks}


def _echo_robustness(robustness: Robustness, samples: int, seed: int) -> None:
    measure = MEASURES[robustness.measure]
    click.echo(f"\n順位 / ranking: {measure.ja} / {measure.en}")
    echo_table(robustness.ranking.round(2))
    if robustness.verdict == "no_ranking":
        click.echo("順位はつきません。 / nothing to rank.")
        return
    verdict = "堅い / robust" if robustness.verdict == "robust" else "堅くない / not robust"
    share = f"{robustness.top_share:.0%}"
    click.echo(
        f"{robustness.top}: {verdict}。{samples} 回の試行の {share} で 1 位（種 {seed}、三角分布）。 "
        f"/ on top in {share} of {samples} samples (seed {seed}, triangular)."
    )
    if robustness.deciding:
        click.echo(f"1 つで順位を変える仮定 / assumptions that alone change the top: {', '.join(robustness.deciding)}")


@click.command("compare")
@click.option("--centre", default="hokkaido", show_default=True, help="Region, centre or hokkaido, e.g. dohoku.")
@click.option("--models", default=",".join(MODELS), show_default=True, help="Models alone, by the standard rule.")
@click.option("--practice", "practices", multiple=True, help="Another prefecture's, by its id: nakapotsu plans list.")
@click.option("--scenario", "scenarios", type=click.Path(path_type=Path), multiple=True, help="Plan file (.toml).")
@season_option
@click.option("--limit-min", type=click.FloatRange(min=1, max=1440), default=DEFAULT_THRESHOLD_MIN, show_default=True)
@road_options(closable=True)
@click.option("--parameters", "parameter_file", type=click.Path(path_type=Path), help="CSV name,value or TOML.")
@click.option("--rank-by", type=click.Choice(tuple(MEASURES)), help="Rank, and vary the assumptions.")
@click.option("--samples", type=click.IntRange(1, 100_000), default=DEFAULT_SAMPLES, show_default=True)
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True)
@out_option
@click.option("--places-out", type=click.Path(dir_okay=False, path_type=Path), help="By municipality, .csv or .xlsx")
@click.option(
    "--regions-out", type=click.Path(dir_okay=False, path_type=Path), help="By welfare area and centre, .csv or .xlsx"
)
def compare_command(
    centre: str,
    models: str,
    practices: tuple[str, ...],
    scenarios: tuple[Path, ...],
    season: Season,
    limit_min: float,
    roads: RoadChoice,
    parameter_file: Path | None,
    rank_by: str | None,
    samples: int,
    seed: int,
    out: Path | None,
    places_out: Path | None,
    regions_out: Path | None,
) -> None:
    """Today, the five models, the report's plans and your own side by side for a region."""
    for target in (out, places_out, regions_out):
        if target is not None:
            check_target(target)
    centre_id = find_centre(centre)
    chosen = check_models([name.strip() for name in models.split(",") if name.strip()])
    network = roads.network
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", OutOfRangeWarning)
        parameters = _read_parameters(parameter_file)
        plans = _choose_plans(centre_id, scenarios)
        access = access_of(network, season, roads.use)
        plans += [preset_plan(find_preset(key), centre_id, access, parameters, limit_min) for key in practices]
        result = compare(
            centre_id, parameters, season, network, models=chosen, plans=plans, use=roads.use, limit_min=limit_min
        )
    notes = [str(warning.message) for warning in caught]
    for plan in plans:
        notes += version_notes(plan, f"{network.name} {network.version}", data_version())
    for note in dict.fromkeys(notes):
        click.echo(f"注意 / note: {note}", err=True)
    for item in result.scores.values():
        check_score(item)
    region = result.today.region(centre_id)
    click.echo(f"nakapotsu compare: {region['name_ja']} / {region['name_en']}, {season}, {limit_min:g} min")
    echo_table(format_comparison(result))
    for plan in plans:
        if plan.note_ja or plan.note_en:
            click.echo(f"{plan.name_ja}: {plan.note_ja} / {plan.note_en}")
        if not (plan.services or plan.staff or plan.parameters):
            click.echo(f"{plan.name_ja}: この圏域では現状と同じ / changes nothing in this region")
    over: dict[str, list[str]] = {}
    for option, item in result.scores.items():
        over.setdefault(str(item.region(centre_id)["places_over_limit_ja"]), []).append(option)
    for places, options in over.items():
        click.echo(f"限度を超える所 / over the limit ({', '.join(options)}): {places or 'なし / none'}")
    if rank_by is not None:
        variation = vary(result, parameters, network, use=roads.use, samples=samples, seed=seed)
        _echo_robustness(rank(variation, rank_by), samples, seed)
    for target, table in ((out, result.export()), (places_out, result.places), (regions_out, result.regions)):
        if target is not None:
            provenance = _describe(result, list(table.columns), network, parameters, roads.settings)
            meta = write_table(table, target, provenance)
            click.echo(f"書き出し / written: {target}（仮定と出典 / assumptions and sources: {meta.name}）")


@click.group("plans")
def plans_group() -> None:
    """The plans that come with the program: those of the report, and practices of other prefectures."""


@plans_group.command("list")
def list_command() -> None:
    """Every plan: id, centre, number of services, name; then the practices, which fit any centre."""
    rows = [(p.id, p.centre_id or "hokkaido", len(p.services), p.name_ja, p.name_en) for p in list_plans()]
    echo_table(pd.DataFrame(rows, columns=["id", "centre", "services", "名称", "name"]))
    click.echo("\nほかの県の例 / practices: compare --practice ID")
    practices = [(preset.id, preset.name_ja, preset.name_en) for preset in list_presets()]
    echo_table(pd.DataFrame(practices, columns=["id", "名称", "name"]))


@plans_group.command("show")
@click.argument("plan_id")
def show_command(plan_id: str) -> None:
    """Print a plan as a file, to be changed and given to ``compare --scenario``."""
    network = open_network()
    plan = replace(find_plan(plan_id), network=f"{network.name} {network.version}", data_version=data_version())
    click.echo(plan_bytes(plan).decode(), nl=False)


MODEL_COMMANDS: tuple[click.Command, ...] = (compare_command, plans_group)
