"""The scoring itself: from a plan to times, contacts, hours, kilometres and yen of every demand unit, on arrays only.

Nothing here reads a file or builds a table, so that an optimiser or a sampling may call it thousands of times.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.access import Access
from analysis.models.demand import Demand
from analysis.models.parameters import Parameters
from analysis.models.plan import CONSULTATION_MODELS, FACE_TO_FACE_MODELS, Plan
from analysis.models.terms import ServiceTerms, nights_away, service_terms
from geo.routing import FloatArray

BANDS_MIN = (30.0, 60.0, 90.0, 120.0)
MODES = ("centre_visit", "staff_visit", "satellite", "outreach", "ict", "partner", "phone", "unserved")
HOURS = ("driving", "sessions", "contacts", "coordination", "standby")
COSTS = ("staff", "vehicle", "lodging", "premises", "ict", "partner")


@dataclass(frozen=True)
class UnitScore:
    """The measures of every demand unit; arrays of shape (units,) unless stated.

    Attributes
    ----------
    nearest_min
        One way to the quickest point where the centre's own staff can be met on some day; infinite for none.
    any_day_min
        The same for a working day chosen at random: the mean over the working days of the quickest point open.
    first_contact_min
        As ``nearest_min``, a partner office that takes first contacts counting too.
    workplace_min
        Until somebody who answers for the centre can stand at a workplace, mean over the working days.
    open_share
        By band and the limit, shape (units, bands + 1): share of the working days on which a point within it is open.
    contact_days
        Days a year on which a point within the limit is open.
    contacts
        By mode, shape (units, modes); their sum is the demand.
    hours, costs
        Staff hours and yen a year by kind, shape (units, kinds).
    vehicle_km, nights, user_hours, setup_jpy
        Kilometres driven by staff, overnight stays of staff, hours on the way of users, a year; yen to pay once.
    service_contacts, service_costs
        What each service takes a year, shape (services,), and its yearly yen by kind, shape (services, kinds), without
        the staff hours that are spent on single contacts.
    terms
        What each service amounts to.
    """

    nearest_min: FloatArray
    any_day_min: FloatArray
    first_contact_min: FloatArray
    workplace_min: FloatArray
    open_share: FloatArray
    contact_days: FloatArray
    contacts: FloatArray
    hours: FloatArray
    costs: FloatArray
    vehicle_km: FloatArray
    nights: FloatArray
    user_hours: FloatArray
    setup_jpy: FloatArray
    service_contacts: FloatArray
    service_costs: FloatArray
    terms: ServiceTerms


def mean_over_days(minutes: FloatArray, open_share: FloatArray) -> FloatArray:
    """Return the mean over the working days of the quickest point that is open.

    Parameters
    ----------
    minutes
        Shape (units, points), infinite where the point does not serve the unit.
    open_share
        Shape (points,), share of the working days on which each is open.

    Returns
    -------
    numpy.ndarray
        Shape (units,). Opening days are taken to coincide as far as they can, so that two points open on few days are
        not counted twice. Infinite where no point is open on all days.
    """
    order = np.argsort(minutes, axis=1, kind="stable")
    opened = np.maximum.accumulate(open_share[order], axis=1)
    gained = np.diff(opened, axis=1, prepend=0.0)
    sorted_min = np.take_along_axis(minutes, order, axis=1)
    result: FloatArray = np.where(gained > 0, gained * np.where(gained > 0, sorted_min, 0.0), 0.0).sum(axis=1)
    return np.where(opened[:, -1] < 1 - 1e-12, np.inf, result)


def open_share_within(minutes: FloatArray, open_share: FloatArray, limits: FloatArray) -> FloatArray:
    """Return the share of the working days on which a point within each limit is open, shape (units, limits).

    The best single point counts: of two points within the limit the one open on more days, not their sum.
    """
    shares = [np.where(minutes <= limit, open_share, 0.0).max(axis=1) for limit in limits]
    return np.column_stack(shares)


def score_units(plan: Plan, parameters: Parameters, demand: Demand, access: Access, limit_min: float) -> UnitScore:
    """Score a plan on every demand unit.

    Parameters
    ----------
    plan
        Its services and centre; overrides of parameters and demand are those of the caller.
    parameters, demand, access
        The assumptions, the yearly demand and the travel times of one season, over the same units.
    limit_min
        A point farther than this is out of reach, minutes one way.

    Notes
    -----
    ``consultations in person = min(max(f * contacts - visits, 0), contacts - visits)`` with ``f`` the share held in
    person; the other contacts beside the visits to workplaces are by phone. A service takes its share of the
    consultations in person of each unit it serves, where the way to it is not longer than to the centre, up to what fits
    into its opening hours; of video contacts those that still need a meeting stay as they are. A partner for
    consultation also takes its share of the calls, one for retention of the visits to workplaces. What nobody takes is
    a visit by the user to the centre or by staff to the user, as today.
    """
    services = plan.services
    terms = service_terms(services, plan.centre_id, parameters, demand, access)
    models = np.asarray([service.model for service in services], dtype=object)
    rows = np.arange(len(demand.people))
    home = access.site_ids.get_indexer(demand.places["centre_id"])
    centre_min, centre_km = access.unit_min[rows, home], access.unit_km[rows, home]
    served_min = np.where(terms.is_served, terms.unit_min, np.inf)

    # Where a user can meet the centre's staff, and how often.
    is_point = np.isin(models, FACE_TO_FACE_MODELS) & (terms.open_share > 0)
    point_min = np.column_stack([centre_min, served_min[:, is_point]])
    point_share = np.concatenate([[1.0], terms.open_share[is_point]])
    open_share = open_share_within(point_min, point_share, np.asarray([*BANDS_MIN, limit_min]))
    nearest_min = point_min.min(axis=1)
    first_contact = np.column_stack([nearest_min, served_min[:, models == "consultation"]]).min(axis=1)

    # Who drives to a workplace, and from where.
    is_base = (models == "satellite") & (terms.stationed_fte > 0) & (terms.open_share > 0)
    base_min = np.column_stack([centre_min, served_min[:, is_base]])
    base_km = np.column_stack([centre_km, terms.unit_km[:, is_base]])
    chosen = base_min.argmin(axis=1)
    staff_min, staff_km = base_min[rows, chosen], base_km[rows, chosen]
    answering = np.column_stack([base_min, served_min[:, models == "retention"]])
    answer_share = np.concatenate([[1.0], terms.open_share[is_base], np.ones(int((models == "retention").sum()))])
    workplace_min = mean_over_days(answering, answer_share) + parameters["local_drive_minutes"]

    # Contacts by mode.
    visits = demand.workplace_visits
    others = demand.contacts - visits
    in_person = np.clip(parameters["consultations_face_to_face_share"] * demand.contacts - visits, 0.0, others)
    calls = others - in_person
    usable = terms.is_served & np.isfinite(terms.unit_min)
    usable[:, is_point] &= served_min[:, is_point] <= centre_min[:, None]
    usable[:, np.isin(models, FACE_TO_FACE_MODELS) & ~is_point] = False
    pool = np.where(np.isin(models, CONSULTATION_MODELS), in_person[:, None], visits[:, None])
    ict_factor = np.where(models == "ict", 1 - parameters["share_contacts_needing_meeting_ict"], 1.0)
    # Shares of a checked plan never exceed 1; where values drawn at random do, all give way alike.
    takes_visits = models == "retention"
    claimed = np.where(terms.is_served, terms.share, 0.0)
    claims = np.where(takes_visits, (claimed * takes_visits).sum(axis=1)[:, None], (claimed * ~takes_visits).sum(axis=1)[:, None])
    share = claimed / np.maximum(claims, 1.0)
    wanted = np.where(usable, pool * share * ict_factor, 0.0)
    asked = wanted.sum(axis=0)
    fits = np.divide(terms.capacity, asked, out=np.ones(len(services)), where=asked > terms.capacity)
    taken = wanted * fits
    calls_taken = np.where(usable & (models == "consultation"), calls[:, None] * share, 0.0)
    remaining = np.maximum(in_person - taken[:, np.isin(models, CONSULTATION_MODELS)].sum(axis=1), 0.0)
    retained = taken[:, models == "retention"].sum(axis=1)
    visit_share = np.where(
        centre_min > limit_min, parameters["staff_visit_share_far"], parameters["staff_visit_share"]
    )
    visit_share = np.where(np.isinf(centre_min), 1.0, visit_share)
    reachable = np.isfinite(staff_min)
    at_home = np.where(reachable, remaining * visit_share, 0.0)
    at_work = np.where(reachable, visits - retained, 0.0)
    at_centre = np.where(np.isinf(centre_min), 0.0, remaining * (1 - visit_share))
    by_model = {model: taken[:, models == model].sum(axis=1) for model in ("satellite", "outreach", "ict")}
    partner = taken[:, models == "consultation"].sum(axis=1) + retained + calls_taken.sum(axis=1)
    phone = calls - calls_taken.sum(axis=1)
    known = (at_centre, at_home + at_work, *by_model.values(), partner, phone)
    unserved = np.where(reachable & np.isfinite(centre_min), 0.0, demand.contacts - np.sum(known, axis=0))
    contacts = np.column_stack([*known, np.maximum(unserved, 0.0)])

    # Hours and kilometres of single visits, and what every service takes as a whole.
    trips = np.where(reachable, (at_home + at_work) / parameters["visits_per_trip"], 0.0)
    staff_min, staff_km = np.where(reachable, staff_min, 0.0), np.where(reachable, staff_km, 0.0)
    driving = trips * 2 * staff_min / 60 + (at_home + at_work) * parameters["local_drive_minutes"] / 60
    talk_min = parameters["contact_duration_min"]
    talking = (at_centre + at_home + phone) * talk_min + at_work * parameters["workplace_visit_min"]
    talking = (talking + by_model["ict"] * talk_min * parameters["ict_contact_duration_factor"]) / 60
    cases = np.where(models == "consultation", demand.registrants[:, None], 0.0) * parameters["partner_coordination_h_per_case"]
    cases = cases + (
        np.where(models == "retention", demand.placements[:, None], 0.0) * parameters["retention_coordination_h_per_case"]
    )
    case_hours = np.where(usable, cases * share, 0.0).sum(axis=1)
    part = _parts_of(taken, terms, demand)
    full_time = parameters["working_days_per_year"] * parameters["work_hours_per_day"]
    worked_there = terms.presence_hours.copy()
    for position, service in enumerate(np.flatnonzero(is_base)):
        here = chosen == position + 1
        worked_there[service] += float((driving + (at_home * talk_min + at_work * parameters["workplace_visit_min"]) / 60)[here].sum())
    standby = np.maximum(terms.stationed_fte * full_time - worked_there, 0.0)
    hours = np.column_stack(
        [
            driving + part @ terms.driving_hours,
            part @ terms.presence_hours,
            talking,
            case_hours + part @ terms.coordination_hours,
            part @ standby,
        ]
    )
    vehicle_km = trips * 2 * staff_km + part @ terms.vehicle_km
    nights = trips * nights_away(staff_min, parameters) + part @ terms.nights
    staff_jpy_per_hour = parameters["staff_cost_jpy_per_year"] / full_time
    night_jpy = parameters["lodging_jpy_per_night"] + 2 * parameters["per_diem_jpy_per_day"]
    costs = np.column_stack(
        [
            hours.sum(axis=1) * staff_jpy_per_hour,
            vehicle_km * parameters["vehicle_cost_jpy_per_km"],
            nights * night_jpy,
            part @ terms.premises_jpy,
            part @ terms.ict_jpy,
            part @ terms.partner_jpy,
        ]
    )
    own_hours = terms.driving_hours + terms.presence_hours + terms.coordination_hours + standby
    service_costs = np.column_stack(
        [
            own_hours * staff_jpy_per_hour,
            terms.vehicle_km * parameters["vehicle_cost_jpy_per_km"],
            terms.nights * night_jpy,
            terms.premises_jpy,
            terms.ict_jpy,
            terms.partner_jpy,
        ]
    )
    own_way = np.where(np.isin(models, ("retention",)) | ~usable, 0.0, terms.unit_min)
    own_way = np.where(np.isfinite(own_way), own_way, 0.0)
    user_hours = 2 / 60 * (at_centre * np.where(np.isinf(centre_min), 0.0, centre_min) + (taken * own_way).sum(axis=1))
    return UnitScore(
        nearest_min=nearest_min,
        any_day_min=mean_over_days(point_min, point_share),
        first_contact_min=first_contact,
        workplace_min=workplace_min,
        open_share=open_share,
        contact_days=open_share[:, -1] * parameters["working_days_per_year"],
        contacts=contacts,
        hours=hours,
        costs=costs,
        vehicle_km=vehicle_km,
        nights=nights,
        user_hours=user_hours,
        setup_jpy=part @ terms.setup_jpy,
        service_contacts=taken.sum(axis=0) + calls_taken.sum(axis=0),
        service_costs=service_costs,
        terms=terms,
    )


def _parts_of(taken: FloatArray, terms: ServiceTerms, demand: Demand) -> FloatArray:
    """Return what part of each service belongs to each unit, by the contacts it takes there; columns sum to one.

    A service that takes none is divided by the residents of the units it serves; one that serves no unit that is looked
    at belongs to none of them.
    """
    weight = np.where(taken.sum(axis=0) > 0, taken, np.where(terms.is_served, demand.people[:, None], 0.0))
    total = weight.sum(axis=0)
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
