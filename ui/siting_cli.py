"""The commands on siting: ``site test`` tests candidates, ``site plan`` finds the best sets of sites."""

from pathlib import Path

import click
import pandas as pd

from analysis.exports import check_target
from analysis.models.demand import base_demand
from analysis.models.plan import municipality_names
from analysis.siting.candidate_test import TOGETHER, CandidateComparison, measure_candidates
from analysis.siting.candidates import (
    Candidate,
    find_candidate,
    load_candidates,
    parse_candidates,
    part_candidates,
)
from analysis.siting.problem import (
    OBJECTIVES,
    TERRITORIES,
    WEIGHTS,
    Objective,
    SitingProblem,
    Territory,
    Weight,
    seat_problem,
)
from analysis.siting.problems import DEFAULT_DIFFERENT, DEFAULT_SETS, ENGINES, Engine, SitePlan, plan_sites
from analysis.siting.robust import robust_sites
from geo.roads import Season
from geo.tables import read_bytes
from ui.mix_cli import mix_command
from ui.options import RoadChoice, out_option, road_options
from ui.siting_options import chosen_parameters, limit_option, parameters_option, season_option
from ui.terminal import echo_table, write_result


def _numbers(values: pd.Series, decimals: int = 0, unit: float = 1.0) -> list[str]:
    return ["–" if pd.isna(value) else f"{float(value) / unit:,.{decimals}f}" for value in values]


@click.group("site")
def site_group() -> None:
    """Where to put the next satellite: test candidates, or find the best set of sites."""


@site_group.command("candidates")
def candidates_command() -> None:
    """The candidates that the report discusses."""
    rows = [(item.code, item.name_ja, item.name_en, item.source) for item in load_candidates()]
    echo_table(pd.DataFrame(rows, columns=["code", "名称", "name", "source"]))


def format_effects(comparison: CandidateComparison) -> pd.DataFrame:
    """Lay out the effects of candidates for the terminal."""
    table = comparison.table
    return pd.DataFrame(
        {
            "順位": ["" if pd.isna(rank) else str(rank) for rank in table["rank"]],
            "候補": [
                "全部 / together" if key == TOGETHER else name
                for key, name in zip(table["id"], table["name_ja"], strict=True)
            ],
            "限度内に入る人": _numbers(table["people_gained"]),
            "日数加重": _numbers(table["people_days_gained"]),
            "か所": _numbers(table["places_gained"]),
            "人分の短縮": _numbers(table["person_minutes_saved"]),
            "平均 分": _numbers(table["mean_minutes_saved"]),
            "職員 km 減": _numbers(table["staff_km_saved"]),
            "職員 h": _numbers(table["staff_hours_change"]),
            "費用(百万円)": _numbers(table["additional_cost_jpy"], 1, 1e6),
        }
    )


@site_group.command("test")
@click.option("--at", multiple=True, help="Name (mombetsu, 紋別), code (01219) or lat,lon; several times to compare.")
@click.option("--file", "files", type=click.Path(path_type=Path), multiple=True, help="CSV id,lat,lon[,name].")
@season_option
@limit_option
@click.option("--territory", type=click.Choice(TERRITORIES), default="own", show_default=True)
@parameters_option
@road_options(closable=True)
@out_option
def test_command(
    at: tuple[str, ...],
    files: tuple[Path, ...],
    season: Season,
    within_min: float,
    territory: Territory,
    parameter_file: Path | None,
    roads: RoadChoice,
    out: Path | None,
) -> None:
    """What a satellite at each candidate, and all together, would change; without --at those of the report."""
    if out is not None:
        check_target(out)
    found: list[Candidate] = [find_candidate(text) for text in at]
    for path in files:
        found += parse_candidates(read_bytes(path), name=path.name)
    found = found or list(load_candidates())
    parameters = chosen_parameters(parameter_file)
    network = roads.network
    comparison = measure_candidates(
        found, parameters, season, network, use=roads.use, limit_min=within_min, territory=territory
    )
    click.echo(f"nakapotsu site test: {season}, {within_min:g} min, territory {territory}")
    echo_table(format_effects(comparison))
    for row in comparison.table.itertuples():
        where = "全部 / together" if row.id == TOGETHER else row.name_ja
        click.echo(f"{where}: 新たに限度内 / newly within: {row.places_newly_within or 'なし / none'}")
        click.echo(f"{where}: 受けもつ / serves: {row.places_served or 'なし / none'}")
    settings: dict[str, object] = {"season": season, "within_min": within_min, "territory": territory}
    settings |= roads.settings | {"parameters": parameters.provenance()}
    write_result(out, network, comparison.table, settings, {"people": float(base_demand().people.sum())})


def _codes(texts: tuple[str, ...]) -> list[str]:
    return [find_candidate(text).id for text in texts]


def site_sets_table(plan: SitePlan) -> pd.DataFrame:
    """Tabulate the sets of a plan: rank, sites, what they give, and how sure it is."""
    names = municipality_names() | {key: part.name_ja for key, part in part_candidates().items()}
    rows = [
        {
            "rank": i + 1,
            "sites": ";".join(found.sites),
            "sites_ja": "、".join(names.get(site, site) for site in found.sites),
            "objective": plan.objective,
            "value": found.value,
            "behind_the_best": abs(found.value - plan.best.value),
            "sites_different": found.sites_different,
            "weight_within": found.weight_within,
            "weight_backed_up": found.weight_backed_up,
            "mean_min": found.mean_min,
            "worst_min": found.worst_min,
            "worst_place": found.worst_place,
            "bound": found.bound,
            "gap": found.gap,
            "is_proved": found.is_proved,
            "engine": plan.engine,
        }
        for i, found in enumerate(plan.sets)
    ]
    return pd.DataFrame(rows)


@site_group.command("plan")
@click.option("--objective", type=click.Choice(OBJECTIVES), default="max-cover", show_default=True)
@click.option("--sites", type=click.IntRange(min=0), default=None, help="Further sites; the most for set-cover.")
@click.option("--within-min", type=click.FloatRange(min=1, max=1440), default=None, help="For the cover objectives.")
@season_option
@click.option("--centre", default="hokkaido", show_default=True, help="Region, centre or hokkaido.")
@click.option("--territory", type=click.Choice(TERRITORIES), default="own", show_default=True)
@click.option("--weight", type=click.Choice(WEIGHTS), default="people", show_default=True)
@click.option("--candidate", "candidates", multiple=True, help="Choose among these only; name or code.")
@click.option("--require", multiple=True, help="A site that must be in the set.")
@click.option("--forbid", multiple=True, help="A site that may not.")
@click.option("--backup", is_flag=True, help="Of equal sets, the one that brings most within two sites.")
@click.option("--sets", type=click.IntRange(1, 20), default=DEFAULT_SETS, show_default=True)
@click.option(
    "--different",
    type=click.IntRange(1, 50),
    default=DEFAULT_DIFFERENT,
    show_default=True,
    help="How many sites of a set each further set must lack.",
)
@click.option("--engine", type=click.Choice(ENGINES), default="auto", show_default=True)
@click.option("--robust", type=click.IntRange(min=0), default=0, help="Samples of the travel times, each season.")
@road_options(closable=True)
@out_option
def plan_command(
    objective: Objective,
    sites: int | None,
    within_min: float | None,
    season: Season,
    centre: str,
    territory: Territory,
    weight: Weight,
    candidates: tuple[str, ...],
    require: tuple[str, ...],
    forbid: tuple[str, ...],
    backup: bool,
    sets: int,
    different: int,
    engine: Engine,
    robust: int,
    roads: RoadChoice,
    out: Path | None,
) -> None:
    """The best set of sites, proved, and the next best ones."""
    if out is not None:
        check_target(out)
    network = roads.network

    def problem_of(chosen: Season) -> SitingProblem:
        return seat_problem(
            network,
            chosen,
            use=roads.use,
            centre=centre,
            territory=territory,
            weight=weight,
            candidates=_codes(candidates) or None,
            require=_codes(require),
            forbid=_codes(forbid),
        )

    problem = problem_of(season)
    plan = plan_sites(
        problem,
        objective,
        limit_min=within_min,
        sites=sites,
        sets=sets,
        different=different,
        backup=backup,
        engine=engine,
    )
    table = site_sets_table(plan)
    click.echo(f"nakapotsu site plan: {objective}, {season}, {centre}, weight {weight}, engine {plan.engine}")
    click.echo(f"現状 / today: {plan.today.value:,.1f}")
    shown = table[["rank", "sites_ja", "value", "behind_the_best", "sites_different", "mean_min", "worst_min"]]
    echo_table(shown.round(1).assign(worst=table["worst_place"], gap=table["gap"], proved=table["is_proved"]))
    if plan.left_out:
        click.echo(f"どの候補からも行けない所 / no route from any candidate: {'、'.join(plan.left_out)}")
    if robust:
        places = base_demand().places["centre_id"].loc[problem.unit_ids]
        found = robust_sites(problem_of, objective, list(places), limit_min=within_min, sites=sites, samples=robust)
        click.echo(
            f"\n季節と所要時間の仮定を変える / seasons and travel times varied ({robust} samples, seed {found.seed})"
        )
        echo_table(found.table.round(2))
    settings: dict[str, object] = {"objective": objective, "sites": sites, "within_min": within_min, "season": season}
    settings |= {"centre": centre, "territory": territory, "weight": weight, "backup": backup} | roads.settings
    settings |= {
        "candidates": list(candidates),
        "require": list(require),
        "forbid": list(forbid),
        "different": different,
    }
    write_result(out, network, table, settings, {"weight": float(problem.weight.sum())})


SITING_COMMANDS: tuple[click.Command, ...] = (site_group, mix_command)
