"""The scoring itself: from a plan to times, contacts, hours, kilometres and yen of every demand unit, on arrays only.

Nothing here reads a file or builds a table, so that an optimiser or a sampling may call it thousands of times.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.models.access import Access
from analysis.models.demand import Demand
from analysis.models.parameters import Parameters
from analysis.models.plan import FACE_TO_FACE_MODELS, Plan, Service
from geo.routing import FloatArray

BANDS_MIN = (30.0, 60.0, 90.0, 120.0)
MODES = ("centre_visit", "staff_visit", "satellite", "outreach", "ict", "partner", "phone", "unserved")
HOURS = ("driving", "sessions", "contacts", "coordination", "standby")
COSTS = ("staff", "vehicle", "lodging", "premises", "ict", "partner")
_DAYS_PER_WEEK = 5.0

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ServiceTerms:
    """What each service of a plan amounts to in a year; all arrays of shape (services,).

    Attributes
    ----------
    is_served
        Shape (units, services): whether the service serves the unit.
    unit_min, unit_km
        Shape (units, services): one way from the unit to the service's place.
    drive_min, drive_km
        One way for the staff of the centre that carries it out.
    open_days, open_share
        Days a year; those over the working days, at most 1. 0 where the staff cannot get there.
    share
        Share of the contacts of each unit served, 0 to 1.
    capacity
        Contacts a year that fit into the opening hours; infinite for video and partners.
    presence_hours, trips, persons
        Staff hours at the place, journeys there by the centre's staff, and persons on each.
    stationed_fte
        Staff stationed there.
    """

    is_served: BoolArray
    unit_min: FloatArray
    unit_km: FloatArray
    drive_min: FloatArray
    drive_km: FloatArray
    open_days: FloatArray
    open_share: FloatArray
    share: FloatArray
    capacity: FloatArray
    presence_hours: FloatArray
    trips: FloatArray
    persons: FloatArray
    stationed_fte: FloatArray


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
    vehicle_km, nights, user_hours
        Kilometres driven by staff, overnight stays of staff, hours on the way of users, a year.
    service_contacts, service_costs
        Shape (services,).
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
    service_contacts: FloatArray
    service_costs: FloatArray
    terms: ServiceTerms


def _or_default(value: float | None, parameters: Parameters, name: str) -> float:
    return parameters[name] if value is None else value


def service_terms(
    services: Sequence[Service], centre_id: str, parameters: Parameters, demand: Demand, access: Access
) -> ServiceTerms:
    """Turn services into yearly amounts; ``centre_id`` ``""`` lets the centre responsible for each place drive there."""
    working_days = parameters["working_days_per_year"]
    codes = demand.places["code"].to_numpy()
    count = len(services)
    sites = np.asarray([access.site(service.at) for service in services], dtype=np.int64)
    bases = np.asarray([access.site(centre_id or _centre_of(service.at)) for service in services], dtype=np.int64)
    is_served = np.zeros((len(codes), count), dtype=bool)
    days, hours, persons, fte, share = (np.zeros(count) for _ in range(5))
    models = np.asarray([service.model for service in services], dtype=object)
    for i, service in enumerate(services):
        is_served[:, i] = np.isin(codes, service.serves)
        share[i] = service.share_or(parameters.values)
        if service.model == "satellite":
            days_per_week = _or_default(service.days_per_week, parameters, "satellite_days_per_week")
            days[i] = days_per_week * working_days / _DAYS_PER_WEEK
            hours[i] = _or_default(service.hours_per_day, parameters, "satellite_hours_per_day")
            fte[i] = _or_default(service.staff_fte, parameters, "satellite_staff_fte")
            persons[i] = 1.0
        elif service.model == "outreach":
            days[i] = _or_default(service.sessions_per_year, parameters, "outreach_sessions_per_year")
            hours[i] = _or_default(service.session_hours, parameters, "outreach_session_hours")
            persons[i] = parameters["outreach_staff"]
    drive_min, drive_km = access.site_min[bases, sites], access.site_km[bases, sites]
    is_open = (hours > 0) & (np.isfinite(drive_min) | (fte > 0))
    days = np.where(is_open, days, 0.0)
    face_to_face = np.isin(models, FACE_TO_FACE_MODELS)
    presence = days * hours * persons
    return ServiceTerms(
        is_served=is_served,
        unit_min=access.unit_min[:, sites],
        unit_km=access.unit_km[:, sites],
        drive_min=drive_min,
        drive_km=drive_km,
        open_days=days,
        open_share=np.minimum(days / working_days, 1.0),
        share=share,
        capacity=np.where(face_to_face, presence * 60 / parameters["contact_minutes"], np.inf),
        presence_hours=presence,
        trips=np.where(fte > 0, 0.0, days),
        persons=persons,
        stationed_fte=fte,
    )
