"""What a satellite or a mix would take: staff, nights, cash, what is paid once, and what must be true of the places."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.models.parameters import Parameters
from analysis.models.preconditions import Status
from analysis.models.scoring import Score
from analysis.models.terms import full_time_hours
from analysis.siting.candidate_test import CandidateEffect
from analysis.siting.mix_result import Mix


@dataclass(frozen=True)
class Requirements:
    """What is needed beyond today, a year unless stated.

    Attributes
    ----------
    staff_hours, fte
        Of all staff, those stationed at satellites among them; the same in full-time equivalents.
    stationed_fte
        Staff stationed at satellites, full-time equivalents, who would have to be hired.
    nights
        Nights away of staff.
    cash_jpy
        Yen that leave the till: vehicles, lodging, premises, video, partners and the pay of stationed staff.
    cost_jpy
        Yen with the time of the staff there at its cost.
    setup_jpy
        Yen to pay once.
    preconditions
        See :func:`analysis.models.preconditions.check_preconditions`; each condition of a place once.
    """

    staff_hours: float
    fte: float
    stationed_fte: float
    nights: float
    cash_jpy: float
    cost_jpy: float
    setup_jpy: float
    preconditions: pd.DataFrame

    def count(self, status: Status) -> int:
        """Return the number of conditions of a status."""
        return int((self.preconditions["status"] == status).sum())


def _requirements(
    changes: Mapping[str, float], stationed: float, preconditions: pd.DataFrame, parameters: Parameters
) -> Requirements:
    once = preconditions.drop_duplicates(["model", "place", "condition"], ignore_index=True)
    hours = changes["hours"]
    return Requirements(
        staff_hours=hours,
        fte=hours / full_time_hours(parameters),
        stationed_fte=stationed,
        nights=changes["nights"],
        cash_jpy=changes["cash_jpy"],
        cost_jpy=changes["cost_jpy"],
        setup_jpy=changes["setup_jpy"],
        preconditions=once,
    )


def candidate_requirements(effect: CandidateEffect, parameters: Parameters) -> Requirements:
    """Return what the satellites of an effect would take.

    Parameters
    ----------
    effect
        From :func:`analysis.siting.candidate_test.measure_candidates`.
    parameters
        With which it was measured.
    """
    cost = effect.change("cost_jpy")
    changes = {
        "hours": effect.change("staff_hours"),
        "nights": effect.change("overnight_stays"),
        "cash_jpy": cost - effect.change("cost_staff_jpy") + effect.stationed_jpy,
        "cost_jpy": cost,
        "setup_jpy": effect.change("setup_jpy"),
    }
    return _requirements(changes, effect.stationed_fte, effect.preconditions, parameters)


def mix_requirements(mix: Mix, result: Score) -> Requirements:
    """Return what a mix would take; ``result`` is its score."""
    today = mix.problem.today
    changes = {name: mix.amounts[name] - today[name] for name in ("hours", "nights", "cash_jpy", "cost_jpy")}
    changes["setup_jpy"] = mix.amounts["setup_jpy"]
    stationed = sum(result.stationed().values())
    return _requirements(changes, stationed, result.preconditions, mix.problem.parameters)
