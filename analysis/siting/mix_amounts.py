"""What the program of a mix adds up, unit by unit, from the same scoring as the comparison."""

import numpy as np

from analysis.models.contacts import MODES
from analysis.models.demand import Demand
from analysis.models.flows import COSTS, UnitScore
from analysis.models.parameters import Parameters
from geo.routing import FloatArray

# What a choice adds to, in the order of the columns of ``Choices.amounts``.
AMOUNTS = (
    "people",
    "people_days",
    "registrants",
    "registrants_days",
    "first_contact",
    "cash_jpy",
    "hours",
    "nights",
    "face_to_face",
    "met",
    "cost_jpy",
    "setup_jpy",
    "taken",
    "worked_hours",
)
_FACE_TO_FACE = ("centre_visit", "staff_visit", "satellite", "outreach")


def visiting_hours(score: UnitScore, parameters: Parameters) -> FloatArray:
    """Return the hours a year that staff visit each unit and drive there, as the scoring counts them."""
    contacts, times = score.contacts, score.times
    visited = contacts.at_home + contacts.at_work
    way_h = 2 / 60 * np.where(np.isfinite(times.staff_min), times.staff_min, 0.0) / parameters["visits_per_trip"]
    talk_h = contacts.at_home * parameters["contact_duration_min"] / 60
    work_h = contacts.at_work * parameters["workplace_visit_min"] / 60
    return visited * (way_h + parameters["local_drive_minutes"] / 60) + talk_h + work_h


def unit_amounts(score: UnitScore, demand: Demand, parameters: Parameters, limit_min: float) -> FloatArray:
    """Return the amounts of every demand unit, shape (units, amounts), satellites included."""
    days = score.times.open_share[:, -1]
    near = score.times.nearest_min <= limit_min
    first = score.times.first_contact_min <= limit_min
    is_staff = COSTS.index("staff")
    cash = score.costs.sum(axis=1) - score.costs[:, is_staff]
    by_mode = score.contacts.by_mode
    face = by_mode[:, [MODES.index(mode) for mode in _FACE_TO_FACE]].sum(axis=1)
    partner = score.contacts.of("partner") - score.contacts.calls_taken.sum(axis=1)
    columns = {
        "people": demand.people * near,
        "people_days": demand.people * days,
        "registrants": demand.registrants * near,
        "registrants_days": demand.registrants * days,
        "first_contact": demand.people * first,
        "cash_jpy": cash,
        "hours": score.hours.sum(axis=1),
        "nights": score.nights,
        "face_to_face": face,
        "met": face + score.contacts.of("ict") + partner,
        "cost_jpy": score.costs.sum(axis=1),
        "setup_jpy": score.setup_jpy,
        "taken": score.contacts.of("satellite"),
        "worked_hours": np.where(score.times.staff_base > 0, visiting_hours(score, parameters), 0.0),
    }
    return np.column_stack([columns[name] for name in AMOUNTS])
