"""The best mix: for every municipality the services that bring most people within the limit for the money and staff."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from analysis.coverage import DEFAULT_THRESHOLD_MIN
from analysis.models.access import access_of
from analysis.models.compare import find_centre
from analysis.models.demand import base_demand
from analysis.models.parameters import Parameters
from analysis.models.plan import TODAY, Plan, Service
from analysis.models.scoring import Score, score
from analysis.models.terms import full_time_hours
from analysis.siting.mix_options import AMOUNTS, Choices, OptionRules, make_choices
from analysis.siting.problem import InfeasibleError
from analysis.siting.solver import Answer, Program
from geo.errors import DataError
from geo.facilities import load_centres
from geo.roads import RoadNetwork, Season
from geo.routing import FloatArray, IntArray

MixMeasure = Literal["people_days", "people", "registrants_days", "registrants", "first_contact"]
MIX_MEASURES: tuple[MixMeasure, ...] = get_args(MixMeasure)
DEFAULT_FACE_TO_FACE_FLOOR = 0.6
DEFAULT_GAP = 1e-3
_MILLION = 1e6
# Amounts that the scoring tables state, and the column that states them.
SCORED = {
    "people": "people_within_limit",
    "people_days": "people_days_within_limit",
    "registrants": "registrants_within_limit",
    "registrants_days": "registrants_days_within_limit",
    "first_contact": "people_first_contact_within_limit",
    "hours": "staff_hours",
    "nights": "overnight_stays",
    "cost_jpy": "cost_jpy",
    "setup_jpy": "setup_jpy",
}


@dataclass(frozen=True)
class MixRules:
    """What a mix must keep to.

    Attributes
    ----------
    measure
        What is made as large as possible: residents or registrants within the limit, on some day or weighted by open
        days, or residents who reach a partner that takes first contacts too.
    face_to_face_floor
        Least share, in each centre's territory, of the contacts other than calls that are face to face with its own
        staff. An assumption; the report puts face to face first and gives no figure.
    max_sites
        Most satellites of a centre; None takes ``satellite_max_sites``.
    extra_fte
        Further staff of each centre, full-time equivalents; whoever pays for them, they are not in the budget.
    staff_fte
        Staff by centre id where the reader knows it; else the report's figure, or where it states none the hours that
        today's contacts take. Never less than those.
    max_extra_nights
        Most nights away beyond today's, over the region; None for no limit.
    options
        What is offered.
    """

    measure: MixMeasure = "people_days"
    face_to_face_floor: float = DEFAULT_FACE_TO_FACE_FLOOR
    max_sites: int | None = None
    extra_fte: float = 0.0
    staff_fte: Mapping[str, float] = field(default_factory=dict)
    max_extra_nights: float | None = None
    options: OptionRules = field(default_factory=OptionRules)


@dataclass(frozen=True)
class MixProblem:
    """A region in a season, with every choice scored.

    Attributes
    ----------
    centre_id, season, tolls, limit_min, network, parameters, rules
        As asked for.
    choices
        What may be chosen.
    hours_there
        Staff hours a year by centre, without those stationed at satellites.
    """

    centre_id: str
    season: Season
    tolls: bool
    limit_min: float
    network: RoadNetwork
    parameters: Parameters
    rules: MixRules
    choices: Choices
    hours_there: Mapping[str, float]

    @property
    def today(self) -> dict[str, float]:
        """The amounts as they are, over the region."""
        return dict(zip(AMOUNTS, self.choices.today.sum(axis=0).tolist(), strict=True))


@dataclass(frozen=True)
class Mix:
    """One mix.

    Attributes
    ----------
    problem
        What it answers.
    budget_jpy
        Cash a year beyond today's that there was; infinite for the cheapest mix.
    chosen
        Positions of the choices, one for each municipality in their order.
    amounts
        Over the region, as the program adds them up; ``cash_jpy`` and the rest absolute, not the change.
    hours
        Staff hours a year by centre beyond what those stationed at satellites are paid for.
    bound, gap, is_proved
        Of the solver for the measure (or the cash): what no mix can surpass, and how far from it this one may be, as a
        share of what is gained over today (of the cash).
    plan
        As a file would state it.
    left_out
        Codes of the municipalities that no choice brings within the limit as a whole; for the cheapest mix, which brings
        as many of their people within it as any choice does.
    """

    problem: MixProblem
    budget_jpy: float
    chosen: tuple[int, ...]
    amounts: Mapping[str, float]
    hours: Mapping[str, float]
    bound: float
    gap: float
    is_proved: bool
    plan: Plan
    left_out: tuple[str, ...] = ()

    @property
    def reached(self) -> float:
        """The measure of the mix."""
        return self.amounts[self.problem.rules.measure]

    @property
    def extra_cash_jpy(self) -> float:
        """Cash a year beyond today's."""
        return self.amounts["cash_jpy"] - self.problem.today["cash_jpy"]

    @property
    def face_to_face_share(self) -> float:
        """The share of the contacts other than calls that are face to face with the centres' staff."""
        return self.amounts["face_to_face"] / self.amounts["met"] if self.amounts["met"] else 1.0

    def score(self) -> Score:
        """Score the plan by the scoring of the comparison, and check that it says the same.

        Raises
        ------
        DataError
            If a figure differs.
        """
        problem = self.problem
        result = score(
            self.plan,
            problem.parameters,
            problem.season,
            problem.network,
            tolls=problem.tolls,
            limit_min=problem.limit_min,
        )
        check_scored(self, result)
        return result


def stated_hours(choices: Choices, parameters: Parameters, rules: MixRules) -> dict[str, float]:
    """Return the staff hours a year that there are in each centre, see :class:`MixRules`."""
    full, stated = full_time_hours(parameters), load_centres().set_index("centre_id")["staff_total"].to_dict()
    today = choices.today[:, AMOUNTS.index("hours")]
    hours = {}
    for centre in dict.fromkeys(choices.centre_ids):
        needed = float(today[np.asarray(choices.centre_ids) == centre].sum())
        known = rules.staff_fte.get(centre, stated[centre])
        there = needed if known != known or known is None or str(known) == "<NA>" else float(known) * full
        hours[centre] = max(there, needed) + rules.extra_fte * full
    return hours


def make_mix_problem(
    centre: str,
    parameters: Parameters,
    season: Season,
    network: RoadNetwork,
    *,
    tolls: bool = True,
    limit_min: float = DEFAULT_THRESHOLD_MIN,
    rules: MixRules | None = None,
) -> MixProblem:
    """Score every choice of every municipality of a centre or region, or of all Hokkaido for ``""``.

    Raises
    ------
    InputError
        If the centre is unknown.
    """
    rules = MixRules() if rules is None else rules
    centre_id = find_centre(centre)
    choices = _choices(centre_id, parameters, season, network, tolls, limit_min, rules.options)
    hours = stated_hours(choices, parameters, rules)
    return MixProblem(centre_id, season, tolls, limit_min, network, parameters, rules, choices, hours)


@lru_cache(maxsize=8)
def _choices(
    centre_id: str,
    parameters: Parameters,
    season: Season,
    network: RoadNetwork,
    tolls: bool,
    limit_min: float,
    options: OptionRules,
) -> Choices:
    demand, access = base_demand(), access_of(network, season, tolls)
    units = demand.places["centre_id"].to_numpy()
    keep = units == centre_id if centre_id else np.ones(len(units), dtype=bool)
    return make_choices(demand.subset(keep), access.subset(keep), parameters, limit_min, options)


@dataclass(frozen=True)
class _Columns:
    choice: IntArray
    site: IntArray
    standby: IntArray


def _make_program(problem: MixProblem) -> tuple[Program, _Columns, FloatArray]:
    """State the problem but for what is optimised; return also what every column adds to each amount."""
    choices, rules = problem.choices, problem.rules
    program = Program()
    x = program.add_columns(np.zeros(len(choices.place)), is_whole=True)
    y = program.add_columns(np.zeros(len(choices.sites)), is_whole=True)
    paid = np.asarray([site.paid_hours for site in choices.sites])
    standby = program.add_columns(np.zeros(len(choices.sites)), 0.0, paid)
    hour_jpy = problem.parameters["staff_cost_jpy_per_year"] / full_time_hours(problem.parameters)
    idle = np.zeros((len(choices.sites), len(AMOUNTS)))
    idle[:, AMOUNTS.index("hours")], idle[:, AMOUNTS.index("cost_jpy")] = 1.0, hour_jpy
    amounts = np.concatenate([choices.amounts, choices.site_fixed, idle])
    # One choice for each municipality.
    program.add_rows(choices.place, x, 1.0, np.ones(len(choices.codes)), np.ones(len(choices.codes)))
    if len(choices.sites):
        _add_site_rows(problem, program, _Columns(x, y, standby))
    _add_centre_rows(problem, program, _Columns(x, y, standby), amounts)
    if rules.max_extra_nights is not None:
        nights = amounts[:, AMOUNTS.index("nights")]
        most = problem.today["nights"] + rules.max_extra_nights
        program.add_row(np.arange(len(nights)), nights, -np.inf, most)
    return program, _Columns(x, y, standby), amounts


def _add_site_rows(problem: MixProblem, program: Program, columns: _Columns) -> None:
    """A satellite serves its own place and nobody unless open; what it takes fits; idle hours are paid."""
    choices, (x, y, standby) = problem.choices, (columns.choice, columns.site, columns.standby)
    served = np.flatnonzero(choices.site >= 0)
    site = choices.site[served]
    count = len(choices.sites)
    pair, of_pair = np.unique(np.column_stack([choices.place[served], site]), axis=0, return_inverse=True)
    of_pair = np.ravel(of_pair)
    host = np.asarray([choices.codes.index(item.code) for item in choices.sites])
    is_host = pair[:, 0] == host[pair[:, 1]]
    rows = np.concatenate([of_pair, np.arange(len(pair))])
    values = np.concatenate([np.ones(len(served)), -np.ones(len(pair))])
    lower = np.where(is_host, 0.0, -np.inf)
    program.add_rows(rows, np.concatenate([x[served], y[pair[:, 1]]]), values, lower, np.zeros(len(pair)))
    # A site whose own place has no choice with it cannot open.
    hosted = np.zeros(count, dtype=bool)
    hosted[pair[is_host, 1]] = True
    closed = np.flatnonzero(~hosted)
    if len(closed):
        program.add_row(y[closed], 1.0, 0.0, 0.0)
    capacity = np.asarray([item.capacity for item in choices.sites])
    presence = np.asarray([item.presence_hours for item in choices.sites])
    paid = np.asarray([item.paid_hours for item in choices.sites])
    numbers = np.arange(count)
    rows, cols = np.concatenate([site, numbers]), np.concatenate([x[served], y])
    taken = np.concatenate([choices.amount("taken")[served], -capacity])
    program.add_rows(rows, cols, taken, np.full(count, -np.inf), np.zeros(count))
    worked = np.concatenate([choices.amount("worked_hours")[served], presence - paid, np.ones(count)])
    rows, cols = np.concatenate([rows, numbers]), np.concatenate([cols, standby])
    # standby + worked + presence - paid >= 0 where the site is open
    program.add_rows(rows, cols, worked, np.zeros(count), np.inf)


def _add_centre_rows(problem: MixProblem, program: Program, columns: _Columns, amounts: FloatArray) -> None:
    """For each centre: the staff hours there are, the floor of face-to-face contacts, the most satellites."""
    choices, rules, parameters = problem.choices, problem.rules, problem.parameters
    of_choice = np.asarray(choices.centre_ids)[choices.place]
    of_site = np.asarray([site.centre_id for site in choices.sites], dtype=object)
    of_column = np.concatenate([of_choice.astype(object), of_site, of_site])
    hours = amounts[:, AMOUNTS.index("hours")].copy()
    hours[columns.site] -= np.asarray([site.paid_hours for site in choices.sites])
    face = amounts[:, AMOUNTS.index("face_to_face")] - rules.face_to_face_floor * amounts[:, AMOUNTS.index("met")]
    most = parameters["satellite_max_sites"] if rules.max_sites is None else float(rules.max_sites)
    for centre, there in problem.hours_there.items():
        mine = np.flatnonzero(of_column == centre)
        program.add_row(mine, hours[mine], -np.inf, there)
        program.add_row(mine, face[mine], 0.0, np.inf)
        sites = columns.site[of_site == centre]
        if len(sites):
            program.add_row(sites, 1.0, -np.inf, np.floor(most))


def solve_mix(problem: MixProblem, budget_jpy: float, *, gap: float = DEFAULT_GAP, time_limit_s: float = np.inf) -> Mix:
    """Find the mix that brings most within the limit for a budget, and of such mixes the one with the least cash.

    Parameters
    ----------
    problem
        From :func:`make_mix_problem`.
    budget_jpy
        Cash a year beyond today's: vehicles, lodging, premises, video, partners and staff stationed at satellites. The
        hours of the centres' own staff are limited by number, not by money.
    gap
        To stop at, as a share of what is gained over today.
    time_limit_s
        For each of the two programs.
    """
    program, columns, amounts = _make_program(problem)
    measure, cash = (amounts[:, AMOUNTS.index(name)] for name in (problem.rules.measure, "cash_jpy"))
    everything = np.arange(len(cash))
    if np.isfinite(budget_jpy):
        most = (problem.today["cash_jpy"] + budget_jpy) / _MILLION
        program.add_row(everything, cash / _MILLION, -np.inf, most)
    # What is gained over today is optimised, so that the gap is a share of it.
    gain, today = measure.copy(), problem.choices.today[:, AMOUNTS.index(problem.rules.measure)]
    gain[columns.choice] -= today[problem.choices.place]
    scale = max(float(np.abs(gain).max(initial=0.0)), 1.0)
    first = program.minimise(cost=-gain / scale, gap=gap, time_limit_s=time_limit_s)
    if first is None:
        raise _no_mix(problem, budget_jpy)
    best = float(gain @ first.values)
    program.add_row(everything, gain / scale, best / scale - 1e-9, np.inf)
    second = program.minimise(cost=cash / _MILLION, gap=gap, time_limit_s=time_limit_s)
    answer = first if second is None else second
    bound = max(-first.bound * scale, best)
    found_gap = (bound - best) / max(abs(bound), 1e-9)
    bound += float(today.sum())
    return _make_mix(problem, budget_jpy, answer, columns, amounts, bound, found_gap, first.is_proved)


def cheapest_mix(problem: MixProblem, *, gap: float = DEFAULT_GAP, time_limit_s: float = np.inf) -> Mix:
    """Find the mix with the least cash a year that brings everybody within the limit on some day whom any choice can.

    Raises
    ------
    InfeasibleError
        If the staff hours, the floor or another rule leave no such mix; the message says how much staff it would take.
    """
    answer, columns, amounts, left_out = _reach_all(problem, gap, time_limit_s)
    if answer is None:
        raise _no_mix(problem, np.inf)
    bound = answer.bound * _MILLION
    found_gap = answer.gap
    mix = _make_mix(problem, np.inf, answer, columns, amounts, bound, found_gap, answer.is_proved)
    return replace(mix, left_out=left_out)


def _reach_all(
    problem: MixProblem, gap: float, time_limit_s: float
) -> tuple[Answer | None, _Columns, FloatArray, tuple[str, ...]]:
    choices = problem.choices
    program, columns, amounts = _make_program(problem)
    people, count = choices.amount("people"), len(choices.codes)
    most = np.zeros(count)
    np.maximum.at(most, choices.place, people)
    reaching = np.flatnonzero(people >= most[choices.place] - 1e-6)
    program.add_rows(choices.place[reaching], reaching, 1.0, np.ones(count), np.inf)
    cash = amounts[:, AMOUNTS.index("cash_jpy")] / _MILLION
    answer = program.minimise(cost=cash, gap=gap, time_limit_s=time_limit_s)
    can = np.zeros(count, dtype=bool)
    can[choices.place[choices.reaches_all]] = True
    codes = tuple(code for code, reached in zip(choices.codes, can, strict=True) if not reached)
    return answer, columns, amounts, codes


def _no_mix(problem: MixProblem, budget_jpy: float) -> InfeasibleError:
    """Say why there is no mix; where it is for want of staff, how much it would take."""
    more = next(
        (
            fte
            for fte in (1.0, 2.0, 4.0, 8.0, 16.0)
            if _feasible(replace(problem, hours_there=_with_staff(problem, fte)), budget_jpy)
        ),
        None,
    )
    if more is None:
        return InfeasibleError(
            "条件に合う組み合わせがありません。対面の割合の下限、泊まり、サテライトの数をゆるめてください。 / no mix "
            "fulfils the conditions, whatever the staff. Lower the floor, or allow more nights or satellites."
        )
    return InfeasibleError(
        f"センターの職員が足りません。各センターに {more:g} 人を加えればできます。 / the centres have too few staff hours. "
        f"It takes up to {more:g} more full-time equivalents in each centre (--extra-fte {more:g}).",
    )


def _with_staff(problem: MixProblem, fte: float) -> dict[str, float]:
    full = full_time_hours(problem.parameters)
    return {centre: hours + fte * full for centre, hours in problem.hours_there.items()}


def _feasible(problem: MixProblem, budget_jpy: float) -> bool:
    if np.isinf(budget_jpy):
        return _reach_all(problem, 0.1, np.inf)[0] is not None
    program, _, amounts = _make_program(problem)
    cash = amounts[:, AMOUNTS.index("cash_jpy")] / _MILLION
    program.add_row(np.arange(len(cash)), cash, -np.inf, (problem.today["cash_jpy"] + budget_jpy) / _MILLION)
    return program.minimise(gap=0.1) is not None


def _make_mix(
    problem: MixProblem,
    budget_jpy: float,
    answer: Answer,
    columns: _Columns,
    amounts: FloatArray,
    bound: float,
    gap: float,
    is_proved: bool,
) -> Mix:
    """Read the answer; idle hours are those that the chosen satellites have, whatever the solver left them at."""
    choices = problem.choices
    chosen = np.flatnonzero(answer.values[columns.choice] > 0.5)
    chosen = chosen[np.argsort(choices.place[chosen])]
    is_open = answer.values[columns.site] > 0.5
    worked = np.zeros(len(choices.sites))
    has_site = choices.site[chosen] >= 0
    np.add.at(worked, choices.site[chosen[has_site]], choices.amount("worked_hours")[chosen[has_site]])
    paid = np.asarray([site.paid_hours for site in choices.sites])
    presence = np.asarray([site.presence_hours for site in choices.sites])
    values = np.zeros(len(amounts))
    values[columns.choice[chosen]] = 1.0
    values[columns.site[is_open]] = 1.0
    values[columns.standby] = np.where(is_open, np.maximum(paid - presence - worked, 0.0), 0.0)
    totals = dict(zip(AMOUNTS, (values @ amounts).tolist(), strict=True))
    hours_of = values * amounts[:, AMOUNTS.index("hours")]
    hours_of[columns.site[is_open]] -= paid[is_open]
    of_site = [site.centre_id for site in choices.sites]
    of_column = [*(choices.centre_ids[place] for place in choices.place), *of_site, *of_site]
    hours = {centre: float(hours_of[np.asarray(of_column) == centre].sum()) for centre in problem.hours_there}
    plan = _make_plan(problem, chosen, is_open, budget_jpy)
    return Mix(problem, budget_jpy, tuple(chosen.tolist()), totals, hours, bound, gap, is_proved, plan)


def _make_plan(problem: MixProblem, chosen: IntArray, is_open: np.ndarray, budget_jpy: float) -> Plan:
    choices, parameters = problem.choices, problem.parameters
    services: list[Service] = []
    for number in np.flatnonzero(is_open):
        site = choices.sites[number]
        served = tuple(choices.codes[choices.place[i]] for i in chosen if choices.site[i] == number)
        kind = site.kind
        services.append(
            Service(
                "satellite",
                site.code,
                served,
                days_per_week=kind.days_per_week,
                staff_fte=kind.staff_fte,
                office=site.office,
                basis="optimum",
            )
        )
    for i in chosen:
        share = parameters["share_satellite"] if choices.site[i] >= 0 else 0.0
        code = choices.codes[choices.place[i]]
        services += [replace(s, basis="optimum") for s in choices.add_ons[i].services(code, parameters, share)]
    amount = "cheapest" if np.isinf(budget_jpy) else f"{budget_jpy:.0f}"
    where = problem.centre_id or "hokkaido"
    plan = TODAY.with_services(services)
    return replace(
        plan,
        id=f"mix-{where}-{problem.season.replace('_', '-')}-{amount}",
        name_ja="最適な組み合わせ",
        name_en="Best mix",
        note_ja=f"{where}、{problem.season}、{problem.limit_min:g} 分、{problem.rules.measure}、予算 {amount}",
        note_en=f"{where}, {problem.season}, {problem.limit_min:g} min, {problem.rules.measure}, budget {amount}",
        centre_id=problem.centre_id,
        network=f"{problem.network.name} {problem.network.version}",
    )


def check_scored(mix: Mix, result: Score) -> None:
    """Check that the scoring of a mix says what the program added up.

    Raises
    ------
    DataError
        With the measure and both figures.
    """
    region = result.region(mix.problem.centre_id)
    stationed = sum(result.stationed().values()) * mix.problem.parameters["staff_cost_jpy_per_year"]
    scored = {name: float(region[column]) for name, column in SCORED.items()}
    scored["cash_jpy"] = float(region["cost_jpy"] - region["cost_staff_jpy"]) + stationed
    for name, value in scored.items():
        if not np.isclose(value, mix.amounts[name], rtol=1e-9, atol=1e-4):
            raise DataError(
                f"mix: {name}: the program gives {mix.amounts[name]!r}, the scoring {value!r}. The choices do not add "
                "up; this is a fault of the program."
            )
