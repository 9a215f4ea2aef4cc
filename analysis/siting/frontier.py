"""The frontier of budget against people reached: who gains at each step, and what one more of each would be worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd

from analysis.models.plan import municipality_names
from analysis.models.terms import full_time_hours
from analysis.siting.mix import DEFAULT_GAP, BudgetSolver, is_searched_by_centre, solve_mix
from analysis.siting.mix_amounts import AMOUNTS
from analysis.siting.mix_envelopes import MILLION, make_envelopes
from analysis.siting.mix_problem import MixProblem
from analysis.siting.mix_result import Mix

DEFAULT_POINTS = 20


@dataclass(frozen=True)
class Frontier:
    """The best mixes for growing budgets.

    Attributes
    ----------
    problem
        Of all points.
    mixes
        In the order of their budgets; a mix for less money is kept where more brings no more.
    """

    problem: MixProblem
    mixes: tuple[Mix, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a point: budget, cash, measure, what is gained over today and over the point before, and by whom.

        ``marginal_per_million_jpy`` is what the last step brought for each million yen of cash it took; missing where
        it took none. ``gap`` is how much more, as a share of what is gained over today, a better mix might bring.
        """
        measure = self.problem.rules.measure
        today = self.problem.today
        rows = []
        before: Mix | None = None
        for mix in self.mixes:
            step = mix.reached - (today[measure] if before is None else before.reached)
            cash = mix.extra_cash_jpy - (0.0 if before is None else before.extra_cash_jpy)
            rows.append(
                {
                    "budget_jpy": mix.budget_jpy,
                    "additional_cash_jpy": mix.extra_cash_jpy,
                    "additional_cost_jpy": mix.amounts["cost_jpy"] - today["cost_jpy"],
                    "setup_jpy": mix.amounts["setup_jpy"],
                    measure: mix.reached,
                    f"additional_{measure}": mix.reached - today[measure],
                    f"step_{measure}": step,
                    "marginal_per_million_jpy": step / cash * MILLION if cash > 1.0 else np.nan,
                    "face_to_face_share": mix.face_to_face_share,
                    "staff_hours": mix.amounts["hours"],
                    "nights": mix.amounts["nights"],
                    "satellites": sum(service.model == "satellite" for service in mix.plan.services),
                    "who_gains": "、".join(gainers(self.problem, before, mix)),
                    "gap": mix.gap,
                    "is_proved": mix.is_proved,
                }
            )
            before = mix
        return pd.DataFrame(rows)


def place_values(problem: MixProblem, mix: Mix | None) -> dict[str, float]:
    """Return the measure of each municipality with a mix, or today, by code."""
    position = AMOUNTS.index(problem.rules.measure)
    codes = problem.choices.codes
    if mix is None:
        return dict(zip(codes, problem.choices.today[:, position].tolist(), strict=True))
    values = problem.choices.amounts[list(mix.chosen), position]
    return dict(zip(codes, values.tolist(), strict=True))


def gainers(problem: MixProblem, before: Mix | None, mix: Mix) -> list[str]:
    """Return the names of the municipalities that gain over a mix before (today for None), most first."""
    names, old, new = municipality_names(), place_values(problem, before), place_values(problem, mix)
    gains = {code: new[code] - old[code] for code in old if new[code] > old[code] + 1e-6}
    return [names[code] for code in sorted(gains, key=lambda code: -gains[code])]


def budget_steps(most_jpy: float, points: int) -> list[float]:
    """Return budgets from 0 to what the best mix of all takes, evenly spaced, in yen."""
    return [float(value) for value in np.linspace(0.0, max(most_jpy, 0.0), points)]


def make_frontier(
    problem: MixProblem,
    *,
    points: int = DEFAULT_POINTS,
    budgets: Sequence[float] | None = None,
    gap: float = DEFAULT_GAP,
) -> Frontier:
    """Find the best mix for each of some budgets.

    Parameters
    ----------
    problem
        From :func:`analysis.siting.mix_problem.make_mix_problem`.
    points
        How many budgets, from 0 to what the best mix of all takes.
    budgets
        The budgets themselves, in yen; then ``points`` is not used.
    gap
        See :func:`analysis.siting.mix.solve_mix`.

    Returns
    -------
    Frontier
        A mix that was found for less money and is better than that found for more, as a gap allows, takes its place:
        more money never brings less.
    """
    by_centre = is_searched_by_centre(problem, gap)
    solve = BudgetSolver(problem, gap).solve if by_centre else partial(solve_mix, problem, gap=gap)
    steps = budget_steps(solve(np.inf).extra_cash_jpy, points) if budgets is None else sorted(budgets)
    found: list[Mix] = []
    for budget in reversed(steps):
        # A mix that is best for more money and takes no more than this budget is best for it too.
        if found and found[-1].extra_cash_jpy <= budget + 0.5:
            found.append(replace(found[-1], budget_jpy=budget))
        else:
            found.append(solve(budget))
    mixes: list[Mix] = []
    for mix in reversed(found):
        if mixes and mix.reached < mixes[-1].reached:
            bound = max(mix.bound, mixes[-1].reached)
            gap_left = _gap(problem, mixes[-1].reached, bound)
            mix = replace(mixes[-1], budget_jpy=mix.budget_jpy, bound=bound, gap=gap_left)
        mixes.append(mix)
    return Frontier(problem, tuple(mixes))


def _gap(problem: MixProblem, reached: float, bound: float) -> float:
    today = problem.today[problem.rules.measure]
    return max(bound - reached, 0.0) / max(abs(bound - today), 1e-9)


@dataclass(frozen=True)
class Marginal:
    """What more of each would bring at a budget, in the unit of the measure.

    Attributes
    ----------
    per_million_jpy
        One million yen of cash more.
    per_staff_member
        One full-time equivalent more in the centre named, by centre id; with the same budget.
    """

    per_million_jpy: float
    per_staff_member: dict[str, float]


def marginal_values(problem: MixProblem, mix: Mix, *, gap: float = DEFAULT_GAP) -> Marginal:
    """Solve again with one million yen more, and with one staff member more in each centre.

    Where a gain is below what the gap leaves open it may be 0 and is never negative.
    """
    full = full_time_hours(problem.parameters)
    several = len(problem.hours_there) > 1 and is_searched_by_centre(problem, gap)
    envelopes = make_envelopes(problem, gap) if several else ()

    def reached(changed: MixProblem, budget_jpy: float, centre: str | None = None) -> float:
        if not several:
            return solve_mix(changed, budget_jpy, gap=gap).reached
        own = () if centre is None else make_envelopes(changed, gap, only=centre)
        known = [*own, *(part for part in envelopes if part.problem.centre_id != centre)]
        known.sort(key=lambda part: list(problem.hours_there).index(part.problem.centre_id))
        return BudgetSolver(changed, gap, known).solve(budget_jpy).reached

    staff = {}
    for centre in problem.hours_there:
        hours = {**problem.hours_there, centre: problem.hours_there[centre] + full}
        with_one = reached(replace(problem, hours_there=hours), mix.budget_jpy, centre)
        staff[centre] = max(with_one - mix.reached, 0.0)
    return Marginal(max(reached(problem, mix.budget_jpy + MILLION) - mix.reached, 0.0), staff)
