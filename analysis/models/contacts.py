"""Who is met how: the contacts of a year divided among the models and the ways of today, on arrays."""

from dataclasses import dataclass

import numpy as np

from analysis.models.demand import Demand
from analysis.models.layout import Layout
from analysis.models.parameters import Parameters
from analysis.models.plan import CONSULTATION_MODELS, FACE_TO_FACE_MODELS
from analysis.models.points import Times
from analysis.models.terms import ServiceTerms
from geo.routing import FloatArray

MODES = ("centre_visit", "staff_visit", "satellite", "outreach", "ict", "partner", "phone", "unserved")


@dataclass(frozen=True)
class Contacts:
    """Contacts of a year; arrays of shape (units,) unless stated.

    Attributes
    ----------
    by_mode
        Shape (units, modes); sums to the demand.
    taken
        Shape (units, services): consultations in person, or visits to workplaces, that each service takes.
    calls_taken
        Shape (units, services): calls that partners for consultation take.
    cases
        Shape (units, services): persons handled by partners, registered (consultation) or placed (retention).
    at_centre, at_home, at_work, by_phone
        Visits of users to the centre, of staff to users, of staff to workplaces, and calls.
    """

    by_mode: FloatArray
    taken: FloatArray
    calls_taken: FloatArray
    cases: FloatArray
    at_centre: FloatArray
    at_home: FloatArray
    at_work: FloatArray
    by_phone: FloatArray

    def of(self, mode: str) -> FloatArray:
        """Return the contacts of a mode."""
        return self.by_mode[:, MODES.index(mode)]


def _shares(layout: Layout, terms: ServiceTerms) -> FloatArray:
    """Return the share of each unit that each service claims, shape (units, services).

    Those of a checked plan never exceed 1 together; where values drawn at random do, all give way alike.
    """
    claimed = np.where(layout.is_served, terms.share, 0.0)
    is_retention = layout.is_model("retention")
    claims = np.where(
        is_retention, (claimed * is_retention).sum(axis=1)[:, None], (claimed * ~is_retention).sum(axis=1)[:, None]
    )
    share: FloatArray = claimed / np.maximum(claims, 1.0)
    return share


def divide_contacts(
    layout: Layout, terms: ServiceTerms, times: Times, parameters: Parameters, demand: Demand
) -> Contacts:
    """Divide the contacts of a year.

    Parameters
    ----------
    layout, terms, times, parameters, demand
        Of one plan.

    Notes
    -----
    ``in person = min(max(f * contacts - visits, 0), contacts - visits)`` with ``f`` the share held in person, and
    visits those to workplaces; the other contacts are calls. A service takes its share of the consultations in person
    of each unit that it serves, up to what fits into its opening hours. Nobody is sent to a session or satellite that
    is farther than the centre, and video contacts that still need a meeting stay as they are. A partner for
    consultation also takes its share of the calls; one for retention takes of the visits to workplaces. What nobody
    takes remains as today: ``staff_visit_share`` of the meetings are at the user's, ``staff_visit_share_far`` beyond
    ``staff_visit_far_min`` from the centre. Where staff have no way at all, what is not taken is ``unserved``, calls
    excepted.
    """
    visits = demand.workplace_visits
    others = demand.contacts - visits
    in_person = np.clip(parameters["consultations_face_to_face_share"] * demand.contacts - visits, 0.0, others)
    calls = others - in_person
    is_retention, is_consultation = layout.is_model("retention"), layout.is_model("consultation")
    face_to_face = layout.is_model(*FACE_TO_FACE_MODELS)
    usable = layout.is_served & np.isfinite(layout.unit_min)
    usable &= ~face_to_face | ((terms.open_share > 0) & (layout.unit_min <= layout.centre_min[:, None]))
    share = np.where(usable, _shares(layout, terms), 0.0)
    video_factor = np.where(layout.is_model("ict"), 1 - parameters["share_contacts_needing_meeting_ict"], 1.0)
    wanted = np.where(is_retention, visits[:, None], in_person[:, None]) * share * video_factor
    asked = wanted.sum(axis=0)
    fits = np.divide(terms.capacity, asked, out=np.ones(len(asked)), where=asked > terms.capacity)
    taken = wanted * fits
    calls_taken = np.where(is_consultation, calls[:, None] * share, 0.0)

    of_model = {model: taken[:, layout.is_model(model)].sum(axis=1) for model in (*CONSULTATION_MODELS, "retention")}
    remaining = np.maximum(in_person - sum(of_model[model] for model in CONSULTATION_MODELS), 0.0)
    can_come, can_visit = np.isfinite(layout.centre_min), np.isfinite(times.staff_min)
    far = layout.centre_min > parameters["staff_visit_far_min"]
    visited = np.where(far, parameters["staff_visit_share_far"], parameters["staff_visit_share"])
    visited = np.where(can_come, visited, 1.0)
    at_home = np.where(can_visit, remaining * visited, 0.0)
    at_work = np.where(can_visit, np.maximum(visits - of_model["retention"], 0.0), 0.0)
    at_centre = np.where(can_come, remaining * (1 - visited), 0.0)
    by_phone = calls - calls_taken.sum(axis=1)
    partner = of_model["consultation"] + of_model["retention"] + calls_taken.sum(axis=1)
    unserved = np.where(can_visit, 0.0, remaining + np.maximum(visits - of_model["retention"], 0.0))
    modes = [at_centre, at_home + at_work, *(of_model[model] for model in ("satellite", "outreach", "ict"))]
    persons = np.where(is_consultation, demand.registrants[:, None], 0.0)
    persons = np.where(is_retention, demand.placements[:, None], persons)
    return Contacts(
        by_mode=np.column_stack([*modes, partner, by_phone, unserved]),
        taken=taken,
        calls_taken=calls_taken,
        cases=persons * share,
        at_centre=at_centre,
        at_home=at_home,
        at_work=at_work,
        by_phone=by_phone,
    )
