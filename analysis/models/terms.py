"""What each service of a plan amounts to in a year: openings, hours, journeys and yen, before anybody comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from analysis.models.access import Access
from analysis.models.demand import Demand
from analysis.models.parameters import Parameters
from analysis.models.plan import FACE_TO_FACE_MODELS, Service
from geo.boundaries import read_municipality_table
from geo.routing import FloatArray

_WEEKDAYS = 5.0


@dataclass(frozen=True)
class ServiceTerms:
    """Yearly amounts of each service; arrays of shape (services,) unless stated.

    Attributes
    ----------
    is_served
        Shape (units, services): whether the service serves the unit.
    unit_min, unit_km
        Shape (units, services): one way from the unit to the service's place, infinite for no route.
    drive_min
        One way for the staff of the centre that carries it out.
    open_days, open_share
        Days a year; those over the working days, at most 1. 0 where the staff cannot get there.
    share
        Share of the contacts of each unit served, 0 to 1.
    capacity
        Contacts a year that fit into the opening hours; infinite for video and partners.
    stationed_fte
        Staff stationed there, full-time equivalents.
    presence_hours, driving_hours, coordination_hours, vehicle_km, nights
        Of the staff, a year; one person keeps a satellite's desk.
    premises_jpy, ict_jpy, partner_jpy, setup_jpy
        A year, and once.
    """

    is_served: npt.NDArray[np.bool_]
    unit_min: FloatArray
    unit_km: FloatArray
    drive_min: FloatArray
    open_days: FloatArray
    open_share: FloatArray
    share: FloatArray
    capacity: FloatArray
    stationed_fte: FloatArray
    presence_hours: FloatArray
    driving_hours: FloatArray
    coordination_hours: FloatArray
    vehicle_km: FloatArray
    nights: FloatArray
    premises_jpy: FloatArray
    ict_jpy: FloatArray
    partner_jpy: FloatArray
    setup_jpy: FloatArray


@lru_cache(maxsize=1)
def responsible_centres() -> dict[str, str]:
    """Return the centre of each municipality by code."""
    table = read_municipality_table()
    return dict(zip(table["code"], table["centre_id"], strict=True))


def nights_away(drive_min: FloatArray, parameters: Parameters) -> FloatArray:
    """Return the nights that one journey there and back takes.

    Parameters
    ----------
    drive_min
        One way, minutes.
    parameters
        No night up to ``overnight_threshold_min`` one way if both ways fit into ``max_driving_h_per_day``; then one, and
        two more for each further day on the road each way.
    """
    most_min = max(parameters["max_driving_h_per_day"] * 60, 1e-9)
    stays = (drive_min > parameters["overnight_threshold_min"]) | (2 * drive_min > most_min)
    days_each_way = np.ceil(np.where(np.isfinite(drive_min), drive_min, 0.0) / most_min)
    return np.where(stays, np.maximum(2 * days_each_way - 1, 1.0), 0.0)


def _or_parameter(value: float | None, parameters: Parameters, name: str) -> float:
    return parameters[name] if value is None else value


def service_terms(
    services: Sequence[Service], centre_id: str, parameters: Parameters, demand: Demand, access: Access
) -> ServiceTerms:
    """Turn services into yearly amounts.

    Parameters
    ----------
    services
        Of the plan.
    centre_id
        The centre whose staff drive there; ``""`` for the one responsible for each service's place.
    parameters, demand, access
        The assumptions, the units that are looked at and the travel times.
    """
    count = len(services)
    codes = demand.places["code"].to_numpy()
    models = np.asarray([service.model for service in services], dtype=object)
    bases = [centre_id or responsible_centres()[service.at] for service in services]
    base, site = (access.site_ids.get_indexer(ids) for ids in (bases, [service.at for service in services]))
    drive_min, drive_km = access.site_min[base, site], access.site_km[base, site]
    is_served = np.zeros((len(codes), count), dtype=bool)
    weekly, hours, fte, share, sessions = (np.zeros(count) for _ in range(5))
    meeting_min, meeting_km, meetings, meeting_nights = (np.zeros(count) for _ in range(4))
    met = set[str]()
    for i, service in enumerate(services):
        is_served[:, i] = np.isin(codes, service.serves)
        share[i] = service.share_or(parameters.values)
        if service.model == "satellite":
            weekly[i] = _or_parameter(service.days_per_week, parameters, "satellite_opening_days_per_week")
            hours[i] = _or_parameter(service.hours_per_day, parameters, "satellite_hours_per_day")
            fte[i] = _or_parameter(service.staff_fte, parameters, "satellite_staff_fte")
        elif service.model == "outreach":
            sessions[i] = _or_parameter(service.sessions_per_year, parameters, "outreach_sessions_per_year")
            hours[i] = _or_parameter(service.session_hours, parameters, "session_hours_default")
        # One set of meetings a year with each partner, however many models it takes part in.
        partners = [code for code in _partner_places(service) if code not in met]
        met.update(partners)
        meetings[i] = len(partners)
        if service.model != "satellite" and partners:  # at a satellite the staff are there anyway
            there = access.site_ids.get_indexer(partners)
            reached = np.isfinite(access.site_min[base[i], there])
            meeting_min[i] = access.site_min[base[i], there][reached].sum()
            meeting_km[i] = access.site_km[base[i], there][reached].sum()
            meeting_nights[i] = nights_away(access.site_min[base[i], there][reached], parameters).sum()

    working_days, yearly = parameters["working_days_per_year"], parameters["coordination_meetings_per_year"]
    is_satellite, is_outreach, is_ict = (models == name for name in ("satellite", "outreach", "ict"))
    borrowed = np.asarray([service.office == "borrowed" for service in services], dtype=bool)
    can_stand = (hours > 0) & (np.isfinite(drive_min) | (fte > 0))
    open_days = np.where(can_stand, weekly * working_days / _WEEKDAYS + sessions, 0.0)
    persons = np.where(is_outreach, parameters["outreach_staff"], 1.0)
    presence = open_days * hours * persons
    journeys = np.where(fte > 0, 0.0, open_days)
    way_min, way_km = (np.where(np.isfinite(values), values, 0.0) for values in (drive_min, drive_km))
    served = np.asarray([len(service.serves) for service in services], dtype=float)
    own_jpy = parameters["satellite_own_office_rent_jpy_per_year"]
    desk_jpy = parameters["satellite_borrowed_desk_jpy_per_year"]
    venue_jpy = open_days * parameters["outreach_venue_jpy_per_session"]
    ict_jpy = parameters["ict_running_jpy_per_year"] + parameters["ict_partner_room_jpy_per_year"]
    payments = parameters["partner_office_payment_jpy_per_year"], parameters["retention_partner_payment_jpy_per_year"]
    paid = np.where(models == "consultation", payments[0], np.where(models == "retention", payments[1], 0.0))
    coordination = meetings * yearly * parameters["coordination_meeting_h"]
    coordination = coordination + np.where(is_outreach, open_days * parameters["coordination_hours_outreach"], 0.0)
    own_setup = np.where(is_satellite & ~borrowed, parameters["satellite_own_office_setup_jpy"], 0.0)
    return ServiceTerms(
        is_served=is_served,
        unit_min=access.unit_min[:, site],
        unit_km=access.unit_km[:, site],
        drive_min=drive_min,
        open_days=open_days,
        open_share=np.minimum(open_days / working_days, 1.0),
        share=share,
        capacity=np.where(
            np.isin(models, FACE_TO_FACE_MODELS), presence * parameters["session_contacts_per_hour"], np.inf
        ),
        stationed_fte=fte,
        presence_hours=presence,
        driving_hours=(journeys * way_min * persons + yearly * meeting_min) * 2 / 60,
        coordination_hours=coordination,
        vehicle_km=(journeys * way_km + yearly * meeting_km) * 2,
        nights=journeys * nights_away(way_min, parameters) * persons + yearly * meeting_nights,
        premises_jpy=np.where(is_satellite, np.where(borrowed, desk_jpy, own_jpy), np.where(is_outreach, venue_jpy, 0.0)),
        ict_jpy=np.where(is_ict, ict_jpy, 0.0),
        partner_jpy=paid * served,
        setup_jpy=own_setup + np.where(is_ict, parameters["ict_setup_jpy"], 0.0),
    )


def _partner_places(service: Service) -> tuple[str, ...]:
    """Return where the partners sit with whom meetings are held: none for a session or an office of one's own."""
    if service.model in ("consultation", "retention"):
        return service.serves
    if service.model == "ict" or (service.model == "satellite" and service.office == "borrowed"):
        return (service.at,)
    return ()
