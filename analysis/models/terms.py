"""What each service of a plan amounts to in a year: openings, hours, journeys and yen, before anybody comes."""

from dataclasses import dataclass

import numpy as np

from analysis.ferry_days import FerryDays
from analysis.models.layout import Layout
from analysis.models.parameters import Parameters
from analysis.models.plan import FACE_TO_FACE_MODELS, SHARE_PARAMETERS
from geo.routing import FloatArray

_WEEKDAYS = 5.0


@dataclass(frozen=True)
class ServiceTerms:
    """Yearly amounts of each service; all arrays of shape (services,).

    Attributes
    ----------
    drive_min
        One way for the staff of the centre that carries it out, infinite for no route.
    open_days, open_share
        Days a year; those over the working days, at most 1. 0 where the staff cannot get there.
    share
        Share of the contacts of each unit served, 0 to 1.
    capacity
        Contacts a year that fit into the opening hours; infinite for video and partners.
    stationed_fte, stationed_jpy
        Staff stationed there, full-time equivalents, and their pay in yen a year.
    journey_nights
        Nights that a journey of one person from the centre to the place and back takes.
    presence_hours, driving_hours, coordination_hours, vehicle_km, nights
        Of the staff, a year; one person keeps a satellite's desk.
    premises_jpy, ict_jpy, partner_jpy, setup_jpy
        A year, and once.
    """

    drive_min: FloatArray
    open_days: FloatArray
    open_share: FloatArray
    share: FloatArray
    capacity: FloatArray
    stationed_fte: FloatArray
    stationed_jpy: FloatArray
    presence_hours: FloatArray
    driving_hours: FloatArray
    coordination_hours: FloatArray
    vehicle_km: FloatArray
    journey_nights: FloatArray
    nights: FloatArray
    premises_jpy: FloatArray
    ict_jpy: FloatArray
    partner_jpy: FloatArray
    setup_jpy: FloatArray


def full_time_hours(parameters: Parameters) -> float:
    """Return the hours a year of a full-time equivalent."""
    return parameters["working_days_per_year"] * parameters["work_hours_per_day"]


def nights_away(
    travel_min: FloatArray, parameters: Parameters, ferry: FerryDays, needed_min: FloatArray | float
) -> FloatArray:
    """Return the nights that one journey there and back takes.

    Parameters
    ----------
    travel_min
        One way, minutes, ferries included.
    parameters
        No night up to ``overnight_threshold_min`` one way if the driving both ways fits into ``max_driving_h_per_day``;
        then one, and two more for each further day at the wheel each way.
    ferry
        Of the same ways. At sea nobody drives; and where no sailing leads home after the stay that is needed, a night
        is spent there.
    needed_min
        Minutes to be spent there.
    """
    most_min = max(parameters["max_driving_h_per_day"] * 60, 1e-9)
    drive_min = np.where(np.isfinite(travel_min), travel_min - ferry.sea_min, 0.0)
    stays = (travel_min > parameters["overnight_threshold_min"]) | (2 * drive_min > most_min)
    stays |= ferry.stay_min < needed_min
    days_each_way = np.ceil(drive_min / most_min)
    return np.where(stays, np.maximum(2 * days_each_way - 1, 1.0), 0.0)


def _filled(values: FloatArray, default: float) -> FloatArray:
    return np.where(np.isnan(values), default, values)


def service_terms(layout: Layout, parameters: Parameters) -> ServiceTerms:
    """Turn the services of a plan into yearly amounts."""
    count = len(layout.models)
    is_satellite, is_outreach, is_ict = (layout.is_model(name) for name in ("satellite", "outreach", "ict"))
    hours = np.where(
        is_outreach,
        _filled(layout.hours, parameters["session_hours_default"]),
        _filled(layout.hours, parameters["satellite_hours_per_day"]),
    )
    fte = np.where(is_satellite, _filled(layout.staff_fte, parameters["satellite_staff_fte"]), 0.0)
    weekly = _filled(layout.days_per_week, parameters["satellite_opening_days_per_week"])
    working_days = parameters["working_days_per_year"]
    days = np.where(is_satellite, weekly * working_days / _WEEKDAYS, 0.0)
    days = np.where(is_outreach, _filled(layout.sessions, parameters["outreach_sessions_per_year"]), days)
    can_stand = (hours > 0) & (np.isfinite(layout.drive_min) | (fte > 0))
    open_days = np.where(can_stand, days, 0.0)
    persons = np.where(is_outreach, parameters["outreach_staff"], 1.0)
    presence = open_days * hours * persons
    journeys = np.where(fte > 0, 0.0, open_days)
    driven_km = layout.drive_km - layout.drive_ferry.sea_km
    way_min, way_km = (np.where(np.isfinite(v), v, 0.0) for v in (layout.drive_min, driven_km))
    journey_nights = nights_away(way_min, parameters, layout.drive_ferry, hours * 60)

    yearly = parameters["coordination_meetings_per_year"]
    meeting_min = parameters["coordination_meeting_h"] * 60
    leg_driven_km = layout.leg_km - layout.leg_ferry.sea_km
    legs = (layout.leg_min, leg_driven_km, nights_away(layout.leg_min, parameters, layout.leg_ferry, meeting_min))
    leg_min, leg_km, leg_nights = (np.bincount(layout.leg_service, weights=leg, minlength=count) for leg in legs)
    coordination = layout.partner_count * yearly * parameters["coordination_meeting_h"]
    coordination = coordination + np.where(is_outreach, open_days * parameters["coordination_hours_outreach"], 0.0)

    own_jpy, desk_jpy = (
        parameters["satellite_own_office_rent_jpy_per_year"],
        parameters["satellite_borrowed_desk_jpy_per_year"],
    )
    venue_jpy = np.where(is_outreach, open_days * parameters["outreach_venue_jpy_per_session"], 0.0)
    ict_place_jpy = parameters["ict_running_jpy_per_year"] + parameters["ict_partner_room_jpy_per_year"]
    partner_jpy = layout.is_model("consultation") * parameters["partner_office_payment_jpy_per_year"]
    partner_jpy = partner_jpy + layout.is_model("retention") * parameters["retention_partner_payment_jpy_per_year"]
    setup_jpy = is_satellite * ~layout.is_borrowed * parameters["satellite_own_office_setup_jpy"]
    share = layout.share
    for model, name in SHARE_PARAMETERS.items():
        share = np.where(np.isnan(share) & layout.is_model(model), parameters[name], share)
    return ServiceTerms(
        drive_min=layout.drive_min,
        open_days=open_days,
        open_share=np.minimum(open_days / working_days, 1.0),
        share=share,
        capacity=np.where(
            layout.is_model(*FACE_TO_FACE_MODELS), presence * parameters["session_contacts_per_hour"], np.inf
        ),
        stationed_fte=fte,
        stationed_jpy=fte * _filled(layout.staff_jpy, parameters["staff_cost_jpy_per_year"]),
        presence_hours=presence,
        driving_hours=(journeys * way_min * persons + yearly * leg_min) * 2 / 60,
        coordination_hours=coordination,
        vehicle_km=(journeys * way_km + yearly * leg_km) * 2,
        journey_nights=journey_nights,
        nights=journeys * journey_nights * persons + yearly * leg_nights,
        premises_jpy=venue_jpy + is_satellite * np.where(layout.is_borrowed, desk_jpy, own_jpy),
        ict_jpy=np.where(is_ict, ict_place_jpy, 0.0),
        partner_jpy=partner_jpy * layout.served_count,
        setup_jpy=setup_jpy + is_ict * parameters["ict_setup_jpy"],
    )
