"""Where the services of a plan stand and whom they serve: what of a plan does not depend on the assumptions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.ferry_days import FerryDays
from analysis.models.access import Access
from analysis.models.demand import Demand
from analysis.models.plan import Plan, Service
from geo.routing import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """A plan laid out on demand units and travel times; arrays of shape (services,) unless stated.

    Attributes
    ----------
    models
        The model of each service.
    centre_min, centre_km, centre_ferry
        Shape (units,): one way to the responsible centre, infinite for no route; and its ferries.
    is_served
        Shape (units, services): whether the service serves the unit.
    unit_min, unit_km, unit_ferry
        Shape (units, services): one way from the unit to the service's place.
    drive_min, drive_km, drive_ferry
        One way for the staff of the centre that carries it out.
    days_per_week, hours, staff_fte, staff_jpy, sessions, share
        As the plan states them; NaN takes the parameter. ``hours`` are those of a day or of a session.
    is_borrowed
        Whether a satellite has a borrowed desk.
    served_count
        Municipalities served.
    partner_count
        Partners with whom meetings are held and whom no other service meets already.
    leg_service, leg_min, leg_km, leg_ferry
        Shape (legs,): the ways to meetings, and the position of the service that each belongs to.
    added_part
        Shape (units, rows of added staff): what part of each row belongs to each unit, by residents of the centre.
    added_fte, added_jpy
        Shape (rows of added staff,): full-time equivalents, and yen a year of one; NaN takes the parameter.
    """

    models: npt.NDArray[np.object_]
    centre_min: FloatArray
    centre_km: FloatArray
    centre_ferry: FerryDays
    is_served: BoolArray
    unit_min: FloatArray
    unit_km: FloatArray
    unit_ferry: FerryDays
    drive_min: FloatArray
    drive_km: FloatArray
    drive_ferry: FerryDays
    days_per_week: FloatArray
    hours: FloatArray
    staff_fte: FloatArray
    staff_jpy: FloatArray
    sessions: FloatArray
    share: FloatArray
    is_borrowed: BoolArray
    served_count: FloatArray
    partner_count: FloatArray
    leg_service: IntArray
    leg_min: FloatArray
    leg_km: FloatArray
    leg_ferry: FerryDays
    added_part: FloatArray
    added_fte: FloatArray
    added_jpy: FloatArray

    def is_model(self, *names: str) -> BoolArray:
        """Return which services are of one of some models."""
        return np.isin(self.models, names)


def _partner_places(service: Service) -> tuple[str, ...]:
    """Return where the partners sit with whom meetings are held: none for a session or an office of one's own."""
    if service.model in ("consultation", "retention"):
        return service.serves
    if service.model == "ict" or (service.model == "satellite" and service.office == "borrowed"):
        return (service.at,)
    return ()


def _numbers(values: list[float | None]) -> FloatArray:
    return np.asarray([np.nan if value is None else value for value in values], dtype=float)


def _parts_by_residents(plan: Plan, demand: Demand) -> FloatArray:
    """Divide each row of added staff among the units of its centre, shape (units, rows)."""
    centre = demand.places["centre_id"].to_numpy()
    own = np.asarray([row.centre_id for row in plan.staff], dtype=object)
    people = np.where(centre[:, None] == own, demand.people[:, None], 0.0)
    total = people.sum(axis=0)
    part: FloatArray = np.divide(people, total, out=np.zeros_like(people), where=total > 0)
    return part


def _meetings(plan: Plan, access: Access) -> tuple[FloatArray, list[tuple[int, int, int]]]:
    """Return the partners met by each service, and the ways there: service, and the sites between which they lead.

    One set of meetings a year with each partner, however many models it takes part in. At a satellite the staff are
    there anyway, so that a partner there is met by it first.
    """
    met = set[str]()
    counts = np.zeros(len(plan.services))
    legs: list[tuple[int, int, int]] = []
    for i in sorted(range(len(plan.services)), key=lambda i: plan.services[i].model != "satellite"):
        service = plan.services[i]
        partners = [code for code in _partner_places(service) if code not in met]
        met.update(partners)
        counts[i] = len(partners)
        for code in partners if service.model != "satellite" else ():
            base, there = access.site(plan.centre_of(service, code)), access.site(code)
            if np.isfinite(access.site_min[base, there]):  # else they meet at a distance
                legs.append((i, base, there))
    return counts, legs


def lay_out(plan: Plan, demand: Demand, access: Access) -> Layout:
    """Lay out the services of a plan.

    Parameters
    ----------
    plan
        Its centre's staff drive to the services; with ``""`` those of the centre responsible for each service's place.
    demand, access
        Over the same units.
    """
    services = plan.services
    rows = np.arange(len(demand.people))
    home = access.site_ids.get_indexer(demand.places["centre_id"])
    base_ids = [plan.centre_of(service) for service in services]
    base = access.site_ids.get_indexer(base_ids) if services else np.zeros(0, dtype=np.int64)
    site = access.site_ids.get_indexer([s.at for s in services]) if services else np.zeros(0, dtype=np.int64)
    codes = demand.places["code"].to_numpy()
    is_served = np.zeros((len(rows), len(services)), dtype=bool)
    for i, service in enumerate(services):
        is_served[:, i] = np.isin(codes, service.serves)
    partner_count, legs = _meetings(plan, access)
    leg_service, leg_from, leg_to = np.asarray(legs, dtype=np.int64).reshape(-1, 3).T
    return Layout(
        models=np.asarray([service.model for service in services], dtype=object),
        centre_min=access.unit_min[rows, home],
        centre_km=access.unit_km[rows, home],
        centre_ferry=access.unit_ferry.take(rows, home),
        is_served=is_served,
        unit_min=access.unit_min[:, site],
        unit_km=access.unit_km[:, site],
        unit_ferry=access.unit_ferry.take(slice(None), site),
        drive_min=access.site_min[base, site],
        drive_km=access.site_km[base, site],
        drive_ferry=access.site_ferry.take(base, site),
        days_per_week=_numbers([service.days_per_week for service in services]),
        hours=_numbers([s.session_hours if s.model == "outreach" else s.hours_per_day for s in services]),
        staff_fte=_numbers([service.staff_fte for service in services]),
        staff_jpy=_numbers([service.jpy_per_fte for service in services]),
        sessions=_numbers([service.sessions_per_year for service in services]),
        share=_numbers([service.share for service in services]),
        is_borrowed=np.asarray([service.office == "borrowed" for service in services], dtype=bool),
        served_count=np.asarray([len(service.serves) for service in services], dtype=float),
        partner_count=partner_count,
        leg_service=leg_service,
        leg_min=access.site_min[leg_from, leg_to],
        leg_km=access.site_km[leg_from, leg_to],
        leg_ferry=access.site_ferry.take(leg_from, leg_to),
        added_part=_parts_by_residents(plan, demand),
        added_fte=_numbers([row.fte for row in plan.staff]),
        added_jpy=_numbers([row.jpy_per_fte for row in plan.staff]),
    )
