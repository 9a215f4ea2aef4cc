"""The best mix: for every municipality the services that bring most people within the limit for the money and staff."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.models.plan import Plan
from analysis.models.scoring import Score, score
from analysis.models.terms import full_time_hours
from analysis.siting.mix_amounts import AMOUNTS
from analysis.siting.mix_plan import make_plan
from analysis.siting.mix_problem import MixProblem
from analysis.siting.mix_program import Columns, make_program
from analysis.siting.problem import InfeasibleError
from analysis.siting.solver import Answer
from geo.errors import DataError
from geo.routing import FloatArray

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
        Codes of the municipalities that no choice brings within the limit as a whole; for the cheapest mix, which
        brings as many of their people within it as any choice does.
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
    program, columns, amounts = make_program(problem)
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
) -> tuple[Answer | None, Columns, FloatArray, tuple[str, ...]]:
    choices = problem.choices
    program, columns, amounts = make_program(problem)
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
    if more is None and np.isinf(budget_jpy):
        stated = (
            problem.parameters["satellite_max_sites"] if problem.rules.max_sites is None else problem.rules.max_sites
        )
        for sites in range(int(stated) + 1, int(stated) + 7):
            if _feasible(replace(problem, rules=replace(problem.rules, max_sites=sites)), budget_jpy):
                return InfeasibleError(
                    f"サテライトが足りません。1 センターに {sites} か所ならできます。 / too few satellites. It takes "
                    f"{sites} for a centre (--max-satellites {sites}).",
                    sites=sites,
                )
    if more is None:
        return InfeasibleError(
            "条件に合う組み合わせがありません。対面の割合の下限、泊まり、サテライトの数をゆるめてください。 / no mix "
            "fulfils the conditions, whatever the staff. Lower the floor, or allow more nights or satellites."
        )
    return InfeasibleError(
        f"センターの職員が足りません。各センターに {more:g} 人を加えればできます。 / too few staff hours. "
        f"It takes up to {more:g} more full-time equivalents in each centre (--extra-fte {more:g}).",
    )


def _with_staff(problem: MixProblem, fte: float) -> dict[str, float]:
    full = full_time_hours(problem.parameters)
    return {centre: hours + fte * full for centre, hours in problem.hours_there.items()}


def _feasible(problem: MixProblem, budget_jpy: float) -> bool:
    if np.isinf(budget_jpy):
        return _reach_all(problem, 0.1, np.inf)[0] is not None
    program, _, amounts = make_program(problem)
    cash = amounts[:, AMOUNTS.index("cash_jpy")] / _MILLION
    program.add_row(np.arange(len(cash)), cash, -np.inf, (problem.today["cash_jpy"] + budget_jpy) / _MILLION)
    return program.minimise(gap=0.1) is not None


def _make_mix(
    problem: MixProblem,
    budget_jpy: float,
    answer: Answer,
    columns: Columns,
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
    plan = make_plan(problem, chosen, is_open, budget_jpy)
    return Mix(problem, budget_jpy, tuple(chosen.tolist()), totals, hours, bound, gap, is_proved, plan)


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
