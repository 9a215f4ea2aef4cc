"""The command ``mix``: the best mix of service models for a budget and the staff there are."""

from pathlib import Path

import click
import numpy as np
import pandas as pd

from analysis.exports import check_folder, check_target, write_files
from analysis.models.plan import municipality_names
from analysis.models.plan_file import plan_bytes
from analysis.siting.frontier import DEFAULT_POINTS, make_frontier, marginal_values, place_values
from analysis.siting.mix import DEFAULT_GAP, cheapest_mix, solve_mix
from analysis.siting.mix_choices import OptionRules
from analysis.siting.mix_problem import (
    DEFAULT_FACE_TO_FACE_FLOOR,
    MIX_MEASURES,
    MixMeasure,
    MixProblem,
    MixRules,
    make_mix_problem,
)
from analysis.siting.mix_result import Mix
from analysis.siting.robust import describe_choices, robust_mix
from geo.errors import InputError
from geo.roads import SEASONS, Season
from ui.options import RoadChoice, out_option, road_options
from ui.siting_options import chosen_parameters, limit_option, parameters_option, season_option
from ui.terminal import echo_table, write_result


def mix_table(problem: MixProblem, mix: Mix) -> pd.DataFrame:
    """Tabulate a mix: one row a municipality with its choice in words, and the measure today and with it."""
    names, words = municipality_names(), describe_choices(problem, mix)
    chosen = list(mix.chosen)
    measure = problem.rules.measure
    return pd.DataFrame(
        {
            "code": problem.choices.codes,
            "name_ja": [names[code] for code in problem.choices.codes],
            "centre_id": problem.choices.centre_ids,
            "choice": [words[code] for code in problem.choices.codes],
            f"{measure}_today": list(place_values(problem, None).values()),
            measure: problem.choices.amount(measure)[chosen],
            "within_limit": problem.choices.reaches_all[chosen],
        }
    )


@click.command("mix")
@click.option("--budget-jpy", type=click.FloatRange(min=0), default=None, help="Cash a year beyond today's.")
@click.option("--cheapest", is_flag=True, help="The least cash that brings everybody within the limit.")
@click.option("--centre", default="hokkaido", show_default=True, help="Region, centre or hokkaido, e.g. dohoku.")
@season_option
@limit_option
@click.option("--measure", type=click.Choice(MIX_MEASURES), default="people_days", show_default=True)
@click.option(
    "--face-to-face", type=click.FloatRange(0, 1), default=DEFAULT_FACE_TO_FACE_FLOOR, show_default=True, help="Floor."
)
@click.option("--extra-fte", type=click.FloatRange(min=0), default=0.0, show_default=True, help="In each centre.")
@click.option("--max-satellites", type=click.IntRange(min=0), default=None, help="Of each centre.")
@click.option("--day-trips-only", is_flag=True, help="No session for which staff would stay overnight.")
@click.option("--max-extra-nights", type=click.FloatRange(min=0), default=None)
@click.option("--known-only", is_flag=True, help="Only what the resource tables show to be there.")
@click.option("--frontier", type=click.IntRange(2, 200), default=None, help="Points from no budget to all useful.")
@click.option(
    "--frontier-out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help=f"The frontier as a table, .csv or .xlsx; {DEFAULT_POINTS} points unless --frontier says.",
)
@click.option("--marginal", is_flag=True, help="What a million yen or a staff member more would bring.")
@click.option("--robust", type=click.IntRange(min=0), default=0, help="Samples of the assumptions.")
@click.option("--gap", type=click.FloatRange(min=0, max=0.5), default=DEFAULT_GAP, show_default=True)
@click.option("--plan-out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="The mix as a plan.")
@parameters_option
@road_options(closable=True)
@out_option
def mix_command(
    budget_jpy: float | None,
    cheapest: bool,
    centre: str,
    season: Season,
    within_min: float,
    measure: MixMeasure,
    face_to_face: float,
    extra_fte: float,
    max_satellites: int | None,
    day_trips_only: bool,
    max_extra_nights: float | None,
    known_only: bool,
    frontier: int | None,
    frontier_out: Path | None,
    marginal: bool,
    robust: int,
    gap: float,
    plan_out: Path | None,
    parameter_file: Path | None,
    roads: RoadChoice,
    out: Path | None,
) -> None:
    """The best mix of models for a budget and the staff there are, or the cheapest one that reaches everybody."""
    for target in (out, frontier_out):
        if target is not None:
            check_target(target)
    if plan_out is not None:
        check_folder(plan_out)
    if frontier is None and frontier_out is not None:
        frontier = DEFAULT_POINTS
    if (budget_jpy is None) == (not cheapest):
        raise InputError(
            "--budget-jpy か --cheapest のどちらか 1 つを指定してください。 / give either --budget-jpy or --cheapest."
        )
    if cheapest and (marginal or robust):
        raise InputError(
            "--marginal と --robust には --budget-jpy が要ります。 / --marginal and --robust are of a budget: give "
            "--budget-jpy instead of --cheapest."
        )
    parameters = chosen_parameters(parameter_file)
    rules = MixRules(
        measure=measure,
        face_to_face_floor=face_to_face,
        max_sites=max_satellites,
        extra_fte=extra_fte,
        max_extra_nights=max_extra_nights,
        options=OptionRules(day_trips_only=day_trips_only, known_only=known_only),
    )
    network = roads.network
    problem = make_mix_problem(centre, parameters, season, network, use=roads.use, limit_min=within_min, rules=rules)
    mix = cheapest_mix(problem, gap=gap) if budget_jpy is None else solve_mix(problem, budget_jpy, gap=gap)
    mix.score()  # the same figures as the comparison's, or an error
    table = mix_table(problem, mix)
    click.echo(f"nakapotsu mix: {centre}, {season}, {within_min:g} min, {measure}")
    changed = table[(table["choice"] != "as is")]
    echo_table(changed.round(0))
    _echo_mix(mix)
    curve = None
    if frontier is not None:
        curve = make_frontier(problem, points=frontier, gap=gap).table
        click.echo("\n予算と届く人 / budget against people reached")
        columns = ["budget_jpy", "additional_cash_jpy", measure, "marginal_per_million_jpy", "satellites", "who_gains"]
        echo_table(curve[columns].round(0))
    if marginal and budget_jpy is not None:
        value = marginal_values(problem, mix, gap=gap)
        click.echo(f"100 万円の増 / a million yen more: {value.per_million_jpy:+,.0f}")
        for key, gained in value.per_staff_member.items():
            click.echo(f"職員 1 人の増 / a staff member more, {key}: {gained:+,.0f}")
    if robust and budget_jpy is not None:
        result = robust_mix(
            centre,
            budget_jpy,
            parameters,
            network,
            use=roads.use,
            limit_min=within_min,
            rules=rules,
            seasons=(season, *(other for other in SEASONS if other != season)),
            samples=robust,
            gap=gap,
        )
        click.echo(f"\n季節と仮定を変える / seasons and assumptions varied ({robust} samples, seed {result.seed})")
        echo_table(result.sites.round(2))
        echo_table(result.table[result.table[season] != "as is"].round(2))
    if plan_out is not None:
        write_files({plan_out: plan_bytes(mix.plan)})
        click.echo(f"書き出し / written: {plan_out}（compare --scenario で採点 / to be scored by compare --scenario）")
    settings: dict[str, object] = {"centre": centre, "season": season, "within_min": within_min} | roads.settings
    settings |= {"budget_jpy": budget_jpy, "measure": measure, "face_to_face_floor": face_to_face, "gap": gap}
    settings |= {
        "extra_fte": extra_fte,
        "max_satellites": max_satellites,
        "max_extra_nights": max_extra_nights,
        "day_trips_only": day_trips_only,
        "known_only": known_only,
        "hours_there": dict(problem.hours_there),
        "plan": plan_bytes(mix.plan).decode(),
    }
    settings |= {"parameters": parameters.provenance()}
    write_result(out, network, table, settings, dict(mix.amounts))
    if curve is not None:
        write_result(frontier_out, network, curve, settings, {f"{measure}_today": problem.today[measure]})


def _echo_mix(mix: Mix) -> None:
    problem = mix.problem
    measure = problem.rules.measure
    click.echo(
        f"{measure}: {problem.today[measure]:,.0f} → {mix.reached:,.0f}（上限 / bound "
        f"{mix.bound:,.0f}, gap {mix.gap:.4f}{'' if mix.is_proved else ', 制限時間 / time limit'}）"
        if np.isfinite(mix.budget_jpy)
        else f"{measure}: {problem.today[measure]:,.0f} → {mix.reached:,.0f}"
    )
    extra_jpy = mix.amounts["cost_jpy"] - problem.today["cost_jpy"]
    click.echo(
        f"現金 / cash a year: {mix.extra_cash_jpy:+,.0f} JPY; 職員の時間を含む費用 / cost with staff hours: "
        f"{extra_jpy:+,.0f} JPY; 初期 / once: {mix.amounts['setup_jpy']:,.0f} JPY"
    )
    click.echo(f"対面の割合 / face to face: {mix.face_to_face_share:.0%}; 泊 / nights: {mix.amounts['nights']:,.0f}")
    for centre, hours in mix.hours.items():
        click.echo(f"職員の時間 / staff hours, {centre}: {hours:,.0f} / {problem.hours_there[centre]:,.0f}")
    if mix.left_out:
        names = municipality_names()
        listed = "、".join(names[code] for code in mix.left_out)
        click.echo(f"どの手でも全体は限度内に入らない / no choice brings all of it within the limit: {listed}")
