"""A mix: what it chooses and adds up to, how sure it is, and the check against the scoring of the comparison."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.models.plan import Plan
from analysis.models.scoring import Score
from analysis.siting.mix_amounts import AMOUNTS
from analysis.siting.mix_plan import make_plan
from analysis.siting.mix_problem import MixProblem
from analysis.siting.mix_program import make_program
from analysis.siting.problem import BoolArray
from geo.errors import DataError
from geo.routing import IntArray

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
        result = self.problem.score(self.plan)
        check_scored(self, result)
        return result


@dataclass(frozen=True)
class Proof:
    """How sure an optimum is, see :class:`Mix`."""

    bound: float
    gap: float
    is_proved: bool


def make_mix(problem: MixProblem, budget_jpy: float, chosen: IntArray, is_open: BoolArray, proof: Proof) -> Mix:
    """Add up the choices and open satellites given by their positions; idle hours are those the satellites have."""
    choices = problem.choices
    _, columns, amounts = make_program(problem)
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
    return Mix(
        problem, budget_jpy, tuple(chosen.tolist()), totals, hours, proof.bound, proof.gap, proof.is_proved, plan
    )


def check_scored(mix: Mix, result: Score) -> None:
    """Check that the scoring of a mix says what the program added up.

    Raises
    ------
    DataError
        With the measure and both figures.
    """
    region = result.region(mix.problem.centre_id)
    scored = {name: float(region[column]) for name, column in SCORED.items()}
    scored["cash_jpy"] = result.cash_jpy(mix.problem.centre_id)
    for name, value in scored.items():
        if not np.isclose(value, mix.amounts[name], rtol=1e-9, atol=1e-4):
            raise DataError(
                f"mix: {name}: the program gives {mix.amounts[name]!r}, the scoring {value!r}. The choices do not add "
                "up; this is a fault of the program."
            )
