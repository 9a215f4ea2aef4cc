"""The scoring itself: from a plan to times, contacts, hours, kilometres and yen of every demand unit, on arrays only.

Nothing here reads a file or builds a table, so that an optimiser or a sampling may call it thousands of times.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.ferry_days import FerryDays
from analysis.models.access import Access
from analysis.models.contacts import Contacts, divide_contacts
from analysis.models.demand import Demand
from analysis.models.layout import Layout, lay_out
from analysis.models.parameters import Parameters
from analysis.models.plan import Plan
from analysis.models.points import Times, measure_times
from analysis.models.terms import ServiceTerms, full_time_hours, nights_away, service_terms
from geo.routing import FloatArray

HOURS = ("driving", "sessions", "contacts", "coordination", "standby")
COSTS = ("staff", "vehicle", "lodging", "premises", "ict", "partner", "added_staff")


@dataclass(frozen=True)
class UnitScore:
    """The measures of every demand unit; arrays of shape (units,) unless stated.

    Attributes
    ----------
    terms, times, contacts
        What each service amounts to, how long to whom, and who is met how.
    hours
        Staff hours a year, shape (units, kinds): ``driving``; ``sessions``, at satellites and sessions; ``contacts``,
        all others; ``coordination``; ``standby``, paid hours of stationed staff that the plan does not use.
    costs
        Yen a year, shape (units, kinds). ``staff`` are the hours at their price, ``added_staff`` the pay of staff added
        to a centre itself, whose hours are there for any work.
    vehicle_km, nights, user_hours
        Kilometres driven by staff, overnight stays of staff, hours on the way of users, a year.
    setup_jpy
        Yen to pay once, in no yearly cost.
    service_costs
        Yen a year of each service by kind, shape (services, kinds), without the hours spent on single contacts.
    """

    terms: ServiceTerms
    times: Times
    contacts: Contacts
    hours: FloatArray
    costs: FloatArray
    vehicle_km: FloatArray
    nights: FloatArray
    user_hours: FloatArray
    setup_jpy: FloatArray
    service_costs: FloatArray


def score_units(plan: Plan, parameters: Parameters, demand: Demand, access: Access, limit_min: float) -> UnitScore:
    """Score a plan on every demand unit.

    Parameters
    ----------
    plan
        Its services and centre; its own parameters and demand are applied by the caller.
    parameters, demand, access
        The assumptions, the yearly demand and the travel times of one season, over the same units.
    limit_min
        A point farther than this is out of reach, minutes one way.
    """
    return score_layout(lay_out(plan, demand, access), parameters, demand, limit_min)


def score_layout(layout: Layout, parameters: Parameters, demand: Demand, limit_min: float) -> UnitScore:
    """Score a plan that is laid out already, see :func:`score_units`; the quickest way to score it many times."""
    terms = service_terms(layout, parameters)
    times = measure_times(layout, terms, parameters, limit_min)
    contacts = divide_contacts(layout, terms, times, parameters, demand)
    talk_h, at_work_h = parameters["contact_duration_min"] / 60, parameters["workplace_visit_min"] / 60
    visiting_h = contacts.at_home * talk_h + contacts.at_work * at_work_h
    talking_h = visiting_h + (contacts.at_centre + contacts.by_phone) * talk_h
    talking_h = talking_h + contacts.of("ict") * talk_h * parameters["ict_contact_duration_factor"]

    visited = contacts.at_home + contacts.at_work
    trips = visited / parameters["visits_per_trip"]
    driven_km = times.staff_km - times.staff_ferry.sea_km
    way_min, way_km = (np.where(np.isfinite(way), way, 0.0) for way in (times.staff_min, driven_km))
    driving_h = trips * 2 * way_min / 60 + visited * parameters["local_drive_minutes"] / 60
    cases_h = contacts.cases @ np.where(
        layout.is_model("retention"),
        parameters["retention_coordination_h_per_case"],
        parameters["partner_coordination_h_per_case"],
    )

    part = parts_of(contacts, layout, demand)
    standby_h = _standby(terms, times, driving_h + visiting_h, parameters)
    hours = [
        driving_h + part @ terms.driving_hours,
        part @ terms.presence_hours,
        talking_h,
        cases_h + part @ terms.coordination_hours,
        part @ standby_h,
    ]
    vehicle_km = trips * 2 * way_km + part @ terms.vehicle_km
    visit_min = parameters["contact_duration_min"] + parameters["local_drive_minutes"]
    visits_min = parameters["visits_per_trip"] * visit_min
    nights = trips * nights_away(way_min, parameters, times.staff_ferry, visits_min) + part @ terms.nights
    # Nobody travels for a partner's visit to a workplace; for all else that a service takes, the user does.
    user_min = np.where(layout.is_model("retention") | ~np.isfinite(layout.unit_min), 0.0, layout.unit_min)
    centre_min = np.where(np.isfinite(layout.centre_min), layout.centre_min, 0.0)
    user_hours = 2 / 60 * (contacts.at_centre * centre_min + (contacts.taken * user_min).sum(axis=1))
    service_hours = terms.driving_hours + terms.presence_hours + terms.coordination_hours + standby_h
    rest = (terms.premises_jpy, terms.ict_jpy, terms.partner_jpy)
    added_jpy = np.where(np.isnan(layout.added_jpy), parameters["staff_cost_jpy_per_year"], layout.added_jpy)
    # All hours are priced alike first; staff stationed somewhere may be paid more or less.
    paid_more_jpy = terms.stationed_jpy - terms.stationed_fte * parameters["staff_cost_jpy_per_year"]
    staff_jpy, *other_jpy = _own_costs(np.sum(hours, axis=0), vehicle_km, nights, parameters)
    service_staff_jpy, *service_other_jpy = _own_costs(service_hours, terms.vehicle_km, terms.nights, parameters)
    return UnitScore(
        terms=terms,
        times=times,
        contacts=contacts,
        hours=np.column_stack(hours),
        costs=np.column_stack(
            [
                staff_jpy + part @ paid_more_jpy,
                *other_jpy,
                *(part @ jpy for jpy in rest),
                layout.added_part @ (layout.added_fte * added_jpy),
            ]
        ),
        vehicle_km=vehicle_km,
        nights=nights,
        user_hours=user_hours,
        setup_jpy=part @ terms.setup_jpy,
        service_costs=np.column_stack(
            [
                service_staff_jpy + paid_more_jpy,
                *service_other_jpy,
                *rest,
                np.zeros(len(service_hours)),
            ]
        ),
    )


def _own_costs(
    hours: FloatArray, vehicle_km: FloatArray, nights: FloatArray, parameters: Parameters
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return yen for staff, vehicles and lodging; a night away has two days of daily allowance."""
    night_jpy = parameters["lodging_jpy_per_night"] + 2 * parameters["per_diem_jpy_per_day"]
    hour_jpy = parameters["staff_cost_jpy_per_year"] / full_time_hours(parameters)
    return hours * hour_jpy, vehicle_km * parameters["vehicle_cost_jpy_per_km"], nights * night_jpy


def _standby(terms: ServiceTerms, times: Times, visiting_hours: FloatArray, parameters: Parameters) -> FloatArray:
    """Return the paid hours of stationed staff beyond the desk and the visits made from it, shape (services,)."""
    from_base = np.bincount(times.staff_base, weights=visiting_hours, minlength=len(times.base_services) + 1)[1:]
    worked = terms.presence_hours.copy()
    worked[times.base_services] += from_base
    return np.maximum(terms.stationed_fte * full_time_hours(parameters) - worked, 0.0)


def parts_of(contacts: Contacts, layout: Layout, demand: Demand) -> FloatArray:
    """Return what part of each service belongs to each unit, shape (units, services), by the contacts taken there.

    A service that takes none is divided by the residents of the units that it serves. Columns sum to one; to none where
    a service serves no unit that is looked at.
    """
    taken = contacts.taken
    weight = np.where(taken.sum(axis=0) > 0, taken, np.where(layout.is_served, demand.people[:, None], 0.0))
    total = weight.sum(axis=0)
    part: FloatArray = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return part


def merge_units(inside: npt.NDArray[np.bool_], own: UnitScore, other: UnitScore) -> UnitScore:
    """Return one score for the units inside and another for those outside; services are as in the former.

    Parameters
    ----------
    inside
        Shape (units,).
    own, other
        Of the same plan and units.
    """

    def pick(one: FloatArray, two: FloatArray) -> FloatArray:
        return np.where(inside.reshape(-1, *[1] * (one.ndim - 1)), one, two)

    def of(first: object, second: object, names: Sequence[str]) -> dict[str, Any]:
        return {name: pick(getattr(first, name), getattr(second, name)) for name in names}

    times, others = own.times, other.times
    minutes = [field.name for field in fields(Times) if field.name not in ("staff_ferry", "base_services")]
    ferry = FerryDays(**of(times.staff_ferry, others.staff_ferry, ("sea_min", "sea_km", "stay_min")))
    contacts = of(own.contacts, other.contacts, [field.name for field in fields(Contacts)])
    return replace(
        own,
        times=replace(times, **of(times, others, minutes), staff_ferry=ferry),
        contacts=Contacts(**contacts),
        **of(own, other, ("hours", "costs", "vehicle_km", "nights", "user_hours", "setup_jpy")),
    )
