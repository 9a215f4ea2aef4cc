"""Scoring a plan: every measure of every municipality, area, centre and of Hokkaido, in one season."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from analysis.accessibility import ALL_ROADS, RoadUse
from analysis.coverage import DEFAULT_THRESHOLD_MIN
from analysis.models.access import Access, access_of
from analysis.models.demand import Demand, base_demand, override_demand
from analysis.models.existing import with_existing
from analysis.models.flows import COSTS, UnitScore, merge_units, score_units
from analysis.models.parameters import Parameters
from analysis.models.plan import Plan, check_shares
from analysis.models.preconditions import check_preconditions
from analysis.models.totals import SUM_COLUMNS, Grouping, tabulate
from geo.boundaries import load_centre_territories, load_municipalities, load_welfare_areas
from geo.errors import DataError
from geo.facilities import load_centres
from geo.roads import RoadNetwork, Season
from geo.travel import travel_status

_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Score:
    """What a plan gives; the tables are made when they are asked for.

    Attributes
    ----------
    plan, parameters, season, limit_min
        What was scored; the parameters with the plan's own values.
    demand, access, units
        The demand with the plan's own figures, the travel times, and the measures of every demand unit.
    """

    plan: Plan
    parameters: Parameters
    season: Season
    limit_min: float
    demand: Demand
    access: Access
    units: UnitScore

    @cached_property
    def municipalities(self) -> pd.DataFrame:
        """One row for each municipality: its codes, centre, area and the columns of :func:`totals.tabulate`."""
        frame = load_municipalities().set_index("code")[["area_id", "centre_id"]]
        table = self._tabulate("municipality")
        joined = table.join(frame, on="region_id", validate="one_to_one").assign(season=self.season)
        return joined.rename(columns={"region_id": "code"}).drop(columns="region_kind")

    @cached_property
    def places(self) -> pd.DataFrame:
        """One row for each demand unit, index ``part_id``: names, regions, people, minutes, status; for maps.

        ``nearest_min, any_day_min, first_contact_min, workplace_min`` are NaN without a route; ``open_share`` is the
        share of the working days on which a point within the limit is open; ``status`` is ``reached``, ``over_limit``
        or ``no_route`` by ``nearest_min``.
        """
        times = self.units.times
        minutes = {
            name: np.where(np.isfinite(values), values, np.nan)
            for name, values in (
                ("nearest_min", times.nearest_min),
                ("any_day_min", times.any_day_min),
                ("first_contact_min", times.first_contact_min),
                ("workplace_min", times.workplace_min),
            )
        }
        status = travel_status(minutes["nearest_min"], np.ones(len(times.nearest_min), dtype=bool), self.limit_min)
        return self.demand.places.assign(
            people=self.demand.people,
            registrants=self.demand.registrants,
            **minutes,
            open_share=times.open_share[:, -1],
            status=status,
        )

    @cached_property
    def totals(self) -> pd.DataFrame:
        """One row for each area, each centre and Hokkaido.

        Besides the columns of :func:`totals.tabulate`: ``fte_added``, the staff that the plan stations at satellites
        and adds to the centre, missing for areas; and ``fte_there``, the staff that the report states for the centre
        and those, missing for areas and where the report states none.
        """
        table = pd.concat([self._tabulate(kind) for kind in ("area", "centre", "hokkaido")], ignore_index=True)
        staff = self.staff_there()
        regions = zip(table["region_kind"], table["region_id"], strict=True)
        there = [staff.get(region) if kind != "area" else None for kind, region in regions]
        added = self.staff_added()
        kinds = zip(table["region_kind"], table["region_id"], strict=True)
        more = [None if kind == "area" else added.get(region, 0.0) for kind, region in kinds]
        return table.assign(
            season=self.season,
            fte_added=pd.Series(more, dtype="Float64"),
            fte_there=pd.Series(there, dtype="Float64"),
        )

    def _tabulate(self, kind: str) -> pd.DataFrame:
        return tabulate(self.units, self.demand, grouping_of(kind), self.parameters, self.limit_min)

    def staff_there(self) -> dict[str, float | None]:
        """Return the full-time equivalents there by centre and for Hokkaido; None where the report states none."""
        staff = dict(_stated_staff())
        for centre, fte in self.staff_added().items():
            known = staff.get(centre)
            if centre != "hokkaido":
                staff[centre] = None if known is None else known + fte
        known_values = [value for value in staff.values() if value is not None]
        staff["hokkaido"] = sum(known_values) if len(known_values) == len(staff) else None
        return staff

    def staff_added(self) -> dict[str, float]:
        """Return the full-time equivalents that the plan stations and adds, by centre and for Hokkaido."""
        result = self.stationed()
        for row in self.plan.staff:
            result[row.centre_id] = result.get(row.centre_id, 0.0) + row.fte
        return result | {"hokkaido": sum(result.values())}

    def stationed(self) -> dict[str, float]:
        """Return the full-time equivalents that the plan stations at satellites, by the centre that employs them."""
        result: dict[str, float] = {}
        for service, fte in zip(self.plan.services, self.units.terms.stationed_fte, strict=True):
            centre = self.plan.centre_of(service)
            result[centre] = result.get(centre, 0.0) + float(fte)
        return result

    def cash_jpy(self, centre_id: str = "") -> float:
        """Return the yen a year that leave the till of a centre, or of all: all costs but the time of staff there.

        The pay of those whom the centre stations at satellites is in it.
        """
        region, paid = self.region(centre_id), zip(self.plan.services, self.units.terms.stationed_jpy, strict=True)
        pay = sum(float(jpy) for service, jpy in paid if centre_id in ("", self.plan.centre_of(service)))
        return float(region["cost_jpy"] - region["cost_staff_jpy"]) + pay

    @cached_property
    def services(self) -> pd.DataFrame:
        """One row for each service: where, days, contacts taken, what fits, its own yearly costs by kind."""
        names = load_municipalities().set_index("code")["name_ja"]
        terms = self.units.terms
        table = pd.DataFrame(
            {
                "model": [service.model for service in self.plan.services],
                "at": [service.at for service in self.plan.services],
                "at_name_ja": [str(names[service.at]) for service in self.plan.services],
                "serves": ["、".join(str(names[code]) for code in service.serves) for service in self.plan.services],
                "share": terms.share,
                "drive_min": np.where(np.isfinite(terms.drive_min), terms.drive_min, np.nan),
                "open_days": terms.open_days,
                "stationed_fte": terms.stationed_fte,
                "contacts": (self.units.contacts.taken + self.units.contacts.calls_taken).sum(axis=0),
                "capacity": np.where(np.isfinite(terms.capacity), terms.capacity, np.nan),
                "staff_hours": terms.presence_hours + terms.driving_hours + terms.coordination_hours,
            }
        )
        costs = {f"cost_{kind}_jpy": self.units.service_costs[:, i] for i, kind in enumerate(COSTS)}
        return table.assign(**costs, setup_jpy=terms.setup_jpy)

    @cached_property
    def preconditions(self) -> pd.DataFrame:
        """What must be true for the plan to work, see :func:`preconditions.check_preconditions`."""
        return check_preconditions(self.plan, self.units.terms)

    def region(self, centre_id: str = "") -> pd.Series:
        """Return the row of a centre, or of Hokkaido for ``""``."""
        kind, key = ("centre", centre_id) if centre_id else ("hokkaido", "hokkaido")
        table = self.totals
        return table[(table["region_kind"] == kind) & (table["region_id"] == key)].iloc[0]


@lru_cache(maxsize=1)
def _stated_staff() -> dict[str, float | None]:
    stated = load_centres().set_index("centre_id")["staff_total"]
    return {str(key): None if pd.isna(value) else float(value) for key, value in stated.items()}


@lru_cache(maxsize=8)
def grouping_of(kind: str) -> Grouping:
    """Return the regions of a kind: ``municipality``, ``area``, ``centre`` or ``hokkaido``."""
    places = base_demand().places
    if kind == "hokkaido":
        regions = pd.DataFrame({"region_id": ["hokkaido"], "name_ja": ["北海道"], "name_en": ["Hokkaido"]})
        of_unit = np.zeros(len(places), dtype=np.int64)
    else:
        key, load = {
            "municipality": ("code", load_municipalities),
            "area": ("area_id", load_welfare_areas),
            "centre": ("centre_id", load_centre_territories),
        }[kind]
        regions = pd.DataFrame(load())[[key, "name_ja", "name_en"]].rename(columns={key: "region_id"})
        of_unit = pd.Index(regions["region_id"]).get_indexer(places[key]).astype(np.int64)
    regions.insert(0, "region_kind", kind)
    return Grouping(regions.reset_index(drop=True), of_unit)


def prepare(plan: Plan, parameters: Parameters) -> tuple[Parameters, Demand]:
    """Return the assumptions and the demand with the plan's own values, the shares checked.

    Raises
    ------
    InputError
        If a value of the plan is wrong or its shares, with those of the parameters, exceed 1 somewhere.
    """
    own = parameters.with_overrides(plan.parameters, where=f"plan {plan.id}") if plan.parameters else parameters
    check_shares(plan, own.values, where=f"plan {plan.id}")
    demand = override_demand(base_demand(), plan.demand) if plan.demand else base_demand()
    return own, demand


def score(
    plan: Plan,
    parameters: Parameters,
    season: Season,
    network: RoadNetwork,
    *,
    use: RoadUse = ALL_ROADS,
    limit_min: float = DEFAULT_THRESHOLD_MIN,
) -> Score:
    """Score a plan on all of Hokkaido in one season.

    Parameters
    ----------
    plan
        What stands where; what exists already is added to it, and places that it does not serve stay as today.
    parameters
        The assumptions; the plan's own values replace them, in the territory of its centre if it is of one.
    season
        A season of the network. Yearly figures are those of a year that is all like it.
    network
        The roads.
    use
        Which roads may be used.
    limit_min
        One way; over means strictly more, on unrounded time.

    Returns
    -------
    Score
        Its tables are computed when asked for.

    Raises
    ------
    InputError
        If the plan's values or shares are wrong.
    """
    own, demand = prepare(plan, parameters)
    plan = with_existing(plan, own)
    access = access_of(network, season, use)
    units = score_units(plan, own, demand, access, limit_min)
    if plan.centre_id and plan.parameters:  # what a centre's plan assumes is no matter of the other centres
        elsewhere = score_units(plan, parameters, demand, access, limit_min)
        units = merge_units((demand.places["centre_id"] == plan.centre_id).to_numpy(), units, elsewhere)
    return Score(plan, own, season, limit_min, demand, access, units)


def check_score(result: Score) -> None:
    """Check that what went in came out: contacts by mode and regions add up, costs and hours by kind too.

    Raises
    ------
    DataError
        With the measure and both sums.
    """
    table = result.totals
    whole = result.region()
    for kind in ("area", "centre"):
        sums = table.loc[table["region_kind"] == kind, list(SUM_COLUMNS)].sum()
        for column, value in sums.items():
            _check(f"{column} over the {kind} rows", float(value), float(whole[str(column)]))
    for column, value in result.municipalities[list(SUM_COLUMNS)].sum().items():
        _check(f"{column} over the municipalities", float(value), float(whole[str(column)]))
    modes = [column for column in SUM_COLUMNS if column.startswith("contacts_") and column != "contacts_per_year"]
    _check("contacts by mode", float(whole[modes].sum()), float(whole["contacts_per_year"]))
    _check("costs by kind", float(whole[[f"cost_{kind}_jpy" for kind in COSTS]].sum()), float(whole["cost_jpy"]))
    _check("contacts in", float(result.demand.contacts.sum()), float(whole["contacts_per_year"]))


def _check(what: str, found: float, expected: float) -> None:
    if not np.isclose(found, expected, rtol=_TOLERANCE, atol=1e-6):
        raise DataError(f"score: {what} give {found}, expected {expected}. A place is missing or counted twice.")


def control_totals(result: Score) -> Mapping[str, float]:
    """Return the sums to compare, for the provenance of a table."""
    activity = result.demand
    return {
        "contacts_in": round(float(activity.contacts.sum()), 6),
        "contacts_out": round(float(result.units.contacts.by_mode.sum()), 6),
        "registrants_in": round(float(activity.registrants.sum()), 6),
        "people": float(activity.people.sum()),
    }
