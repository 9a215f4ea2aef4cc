"""The best mix: for every municipality the services that bring most people within the limit for the money and staff."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.models.terms import full_time_hours
from analysis.siting.mix_amounts import AMOUNTS
from analysis.siting.mix_envelopes import (
    MILLION,
    CentreMix,
    Envelope,
    can_be_split,
    join_mixes,
    make_envelopes,
    with_least_cash,
)
from analysis.siting.mix_master import share_budget
from analysis.siting.mix_problem import MixProblem
from analysis.siting.mix_program import Columns, make_program
from analysis.siting.mix_result import Mix, Proof, make_mix
from analysis.siting.problem import InfeasibleError
from analysis.siting.solver import Answer

DEFAULT_GAP = 1e-3
# Finer gaps leave the search centre by centre too many mixes to tell apart; the whole is solved as one program then.
FINEST_SHARED_GAP = 1e-5


def is_searched_by_centre(problem: MixProblem, gap: float) -> bool:
    """Return whether a budget may be shared among centres that are searched one by one."""
    return can_be_split(problem) and gap >= FINEST_SHARED_GAP


class BudgetSolver:
    """Finds the best mix for one budget after the other; what one search found serves the next.

    Parameters
    ----------
    problem
        One that :func:`is_searched_by_centre`.
    gap
        To stop at, as a share of what is gained over today.
    envelopes
        Of the problem where they are known already.
    """

    def __init__(self, problem: MixProblem, gap: float, envelopes: Sequence[Envelope] | None = None) -> None:
        self.problem = problem
        self.envelopes = make_envelopes(problem, gap) if envelopes is None else tuple(envelopes)
        self._gap = gap
        self._with_least_cash: dict[tuple[int, float], CentreMix] = {}

    def solve(self, budget_jpy: float) -> Mix:
        """Find the best mix for a budget, see :func:`solve_mix`."""
        shared, self.envelopes = share_budget(self.envelopes, budget_jpy / MILLION, self._gap)
        if shared is None:
            raise _no_mix(self.problem, budget_jpy)
        mixes = [self._cheapest(i, mix) for i, mix in enumerate(shared.mixes)]
        chosen, is_open = join_mixes(self.problem, self.envelopes, mixes)
        today = self.problem.today[self.problem.rules.measure]
        proof = Proof(shared.bound + today, shared.gap, shared.gap <= self._gap)
        return make_mix(self.problem, budget_jpy, chosen, is_open, proof)

    def _cheapest(self, centre: int, mix: CentreMix) -> CentreMix:
        key = centre, mix.gain
        if key not in self._with_least_cash:
            self._with_least_cash[key] = with_least_cash(self.envelopes[centre].problem, mix, self._gap)
        return self._with_least_cash[key]


def solve_mix(problem: MixProblem, budget_jpy: float, *, gap: float = DEFAULT_GAP, time_limit_s: float = np.inf) -> Mix:
    """Find the mix that brings most within the limit for a budget, and of such mixes the one with the least cash.

    Several centres are searched one by one and share the budget, see :mod:`analysis.siting.mix_master`, unless a limit
    of nights over all of them ties them together, or the gap is finer than ``FINEST_SHARED_GAP``.

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
        For each of the two programs of a single centre.
    """
    if len(problem.hours_there) > 1 and is_searched_by_centre(problem, gap):
        return BudgetSolver(problem, gap).solve(budget_jpy)
    return solve_whole(problem, budget_jpy, gap=gap, time_limit_s=time_limit_s)


def solve_whole(
    problem: MixProblem, budget_jpy: float, *, gap: float = DEFAULT_GAP, time_limit_s: float = np.inf
) -> Mix:
    """Do the same as one program of all centres, whatever their number, see :func:`solve_mix`."""
    program, columns, amounts = make_program(problem)
    measure, cash = (amounts[:, AMOUNTS.index(name)] for name in (problem.rules.measure, "cash_jpy"))
    everything = np.arange(len(cash))
    if np.isfinite(budget_jpy):
        most = (problem.today["cash_jpy"] + budget_jpy) / MILLION
        program.add_row(everything, cash / MILLION, -np.inf, most)
    # What is gained over today is optimised, so that the gap is a share of it.
    gain, today = measure.copy(), problem.choices.today[:, AMOUNTS.index(problem.rules.measure)]
    gain[columns.choice] -= today[problem.choices.place]
    scale = max(float(np.abs(gain).max(initial=0.0)), 1.0)
    first = program.minimise(cost=-gain / scale, gap=gap, time_limit_s=time_limit_s)
    if first is None:
        raise _no_mix(problem, budget_jpy)
    best = float(gain @ first.values)
    program.add_row(everything, gain / scale, best / scale - 1e-9, np.inf)
    second = program.minimise(cost=cash / MILLION, gap=gap, time_limit_s=time_limit_s)
    answer = first if second is None else second
    bound = max(-first.bound * scale, best)
    found_gap = (bound - best) / max(abs(bound), 1e-9)
    bound += float(today.sum())
    chosen, is_open = columns.read(answer, problem.choices)
    return make_mix(problem, budget_jpy, chosen, is_open, Proof(bound, found_gap, first.is_proved))


def cheapest_mix(problem: MixProblem, *, gap: float = DEFAULT_GAP, time_limit_s: float = np.inf) -> Mix:
    """Find the mix with the least cash a year that brings everybody within the limit on some day whom any choice can.

    Raises
    ------
    InfeasibleError
        If the staff hours, the floor or another rule leave no such mix; the message says how much staff it would take.
    """
    answer, columns, left_out = _reach_all(problem, gap, time_limit_s)
    if answer is None:
        raise _no_mix(problem, np.inf)
    chosen, is_open = columns.read(answer, problem.choices)
    proof = Proof(answer.bound * MILLION, answer.gap, answer.is_proved)
    return replace(make_mix(problem, np.inf, chosen, is_open, proof), left_out=left_out)


def _reach_all(problem: MixProblem, gap: float, time_limit_s: float) -> tuple[Answer | None, Columns, tuple[str, ...]]:
    choices = problem.choices
    program, columns, amounts = make_program(problem)
    people, count = choices.amount("people"), len(choices.codes)
    most = np.zeros(count)
    np.maximum.at(most, choices.place, people)
    reaching = np.flatnonzero(people >= most[choices.place] - 1e-6)
    program.add_rows(choices.place[reaching], reaching, 1.0, np.ones(count), np.inf)
    cash = amounts[:, AMOUNTS.index("cash_jpy")] / MILLION
    answer = program.minimise(cost=cash, gap=gap, time_limit_s=time_limit_s)
    can = np.zeros(count, dtype=bool)
    can[choices.place[choices.reaches_all]] = True
    codes = tuple(code for code, reached in zip(choices.codes, can, strict=True) if not reached)
    return answer, columns, codes


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
    cash = amounts[:, AMOUNTS.index("cash_jpy")] / MILLION
    program.add_row(np.arange(len(cash)), cash, -np.inf, (problem.today["cash_jpy"] + budget_jpy) / MILLION)
    return program.minimise(gap=0.1) is not None
