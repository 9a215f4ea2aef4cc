"""What each municipality could be given, and what each choice costs and brings: scored, then taken apart.

A choice is a municipality's own services (sessions, video, partners) and, possibly, the satellite that serves it. The
scoring adds up over such choices but for three things, which the program of :mod:`analysis.siting.mix` states as they
are: what a satellite costs before anybody comes, what fits into its opening hours, and the paid hours of its staff that
nobody uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from analysis.models.access import Access
from analysis.models.demand import Demand
from analysis.models.existing import with_existing
from analysis.models.flows import COSTS, HOURS, UnitScore, score_units
from analysis.models.parameters import Parameters
from analysis.models.plan import TODAY, Office, Service
from analysis.models.preconditions import check_preconditions
from analysis.models.terms import full_time_hours
from analysis.siting.mix_amounts import AMOUNTS, unit_amounts
from analysis.siting.mix_choices import AddOn, Choices, OptionRules, SatelliteKind, Site
from analysis.siting.problem import BoolArray
from geo.facilities import load_centres
from geo.routing import FloatArray, IntArray

# More of it is better, less is better, and both where an equal amount is needed.
_MORE = ("people", "people_days", "registrants", "registrants_days", "first_contact", "worked_hours")
_LESS = ("cash_jpy", "hours", "nights", "taken")


def _by_place(values: FloatArray, place: IntArray, count: int) -> FloatArray:
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, place, values)
    return sums


def make_choices(
    demand: Demand, access: Access, parameters: Parameters, limit_min: float, rules: OptionRules
) -> Choices:
    """Score every choice of every municipality of some demand units.

    Parameters
    ----------
    demand, access
        Of the units of the region, whole municipalities only.
    parameters, limit_min
        As for the scoring.
    rules
        What is offered.

    Returns
    -------
    Choices
        A choice that is worse than another of the same municipality and satellite in nothing that counts is kept, the
        other left out.
    """
    centres = list(dict.fromkeys(demand.places["centre_id"]))
    if len(centres) > 1:
        masks = [demand.places["centre_id"].to_numpy() == centre for centre in centres]
        return _join([make_choices(demand.subset(m), access.subset(m), parameters, limit_min, rules) for m in masks])
    codes = tuple(dict.fromkeys(str(code) for code in demand.places["code"]))
    centre_ids = tuple(demand.places.drop_duplicates("code")["centre_id"].astype(str))
    place = np.asarray([codes.index(code) for code in demand.places["code"]])
    builder = _Builder(codes, centre_ids, place, demand, access, parameters, limit_min, rules)
    today = builder.score([])
    base = _by_place(builder.amounts(today), place, len(codes))
    found = [builder.without_satellite(add_on) for add_on in _add_ons((0.0, *rules.frequencies))]
    sites = builder.sites()
    for number, site in enumerate(sites):
        found += [builder.with_satellite(number, site, add_on) for add_on in _add_ons((0.0,))]
    places = np.concatenate([item[0] for item in found])
    site_of = np.concatenate([np.full(len(item[0]), item[1]) for item in found])
    amounts = np.concatenate([item[3] for item in found])
    reaches = np.concatenate([item[4] for item in found])
    add_ons = [item[2] for item in found for _ in item[0]]
    keep = _not_dominated(places, site_of, amounts, reaches)
    return Choices(
        codes,
        centre_ids,
        places[keep],
        site_of[keep],
        tuple(add_ons[i] for i in keep),
        amounts[keep],
        reaches[keep],
        tuple(sites),
        base,
    )


def _join(parts: Sequence[Choices]) -> Choices:
    """Put the choices of several centres together; no satellite serves places of two."""
    place_start = np.cumsum([0, *(len(part.codes) for part in parts)])
    site_start = np.cumsum([0, *(len(part.sites) for part in parts)])
    return Choices(
        tuple(code for part in parts for code in part.codes),
        tuple(centre for part in parts for centre in part.centre_ids),
        np.concatenate([part.place + start for part, start in zip(parts, place_start[:-1], strict=True)]),
        np.concatenate(
            [np.where(part.site < 0, -1, part.site + start) for part, start in zip(parts, site_start[:-1], strict=True)]
        ),
        tuple(add_on for part in parts for add_on in part.add_ons),
        np.concatenate([part.amounts for part in parts]),
        np.concatenate([part.reaches_all for part in parts]),
        tuple(site for part in parts for site in part.sites),
        np.concatenate([part.today for part in parts]),
    )


def _add_ons(sessions: Sequence[float]) -> list[AddOn]:
    return [AddOn(*values) for values in product(sessions, (False, True), (False, True), (False, True))]


_Found = tuple[IntArray, int, AddOn, FloatArray, BoolArray]


def _allowed(table: pd.DataFrame, services: Sequence[Service], rules: OptionRules) -> set[tuple[str, str]]:
    """Return the places and models of the services that may stand where they do."""
    no_route = table["en"].str.startswith("no route")
    is_trip = table["condition"] == "day_trip"
    bad = (table["status"] == "not_met") & (~is_trip | no_route | rules.day_trips_only)
    if rules.known_only:
        bad |= (table["status"] == "unknown") & ~table["condition"].isin(["staff", "premises"])
    refused = set((table.loc[bad, "service"] - 1).tolist())
    return {(service.at, service.model) for i, service in enumerate(services) if i not in refused}


@dataclass(frozen=True)
class _Builder:
    codes: tuple[str, ...]
    centre_ids: tuple[str, ...]
    place: IntArray
    demand: Demand
    access: Access
    parameters: Parameters
    limit_min: float
    rules: OptionRules

    def score(self, services: Sequence[Service]) -> UnitScore:
        plan = with_existing(TODAY.with_services(services), self.parameters)
        return score_units(plan, self.parameters, self.demand, self.access, self.limit_min)

    def amounts(self, score: UnitScore) -> FloatArray:
        return unit_amounts(score, self.demand, self.parameters, self.limit_min)

    @cached_property
    def allowed(self) -> set[tuple[str, str]]:
        """The places and models beside satellites that may stand there."""
        full = AddOn(1.0, True, True, True)
        services = [service for code in self.codes for service in full.services(code, self.parameters, 0.0)]
        table = check_preconditions(TODAY.with_services(services), self.score(services).terms)
        return _allowed(table, services, self.rules)

    def fits_place(self, add_on: AddOn, i: int) -> bool:
        return all((self.codes[i], model) in self.allowed for model in add_on.models)

    def reaches_all(self, score: UnitScore) -> BoolArray:
        far = np.zeros(len(self.codes), dtype=np.int64)
        np.add.at(far, self.place, score.times.nearest_min > self.limit_min)
        return np.asarray(far == 0)

    def without_satellite(self, add_on: AddOn) -> _Found:
        allowed = np.asarray([i for i in range(len(self.codes)) if self.fits_place(add_on, i)], dtype=np.int64)
        services = [s for i in allowed for s in add_on.services(self.codes[i], self.parameters, 0.0)]
        score = self.score(services)
        sums = _by_place(self.amounts(score), self.place, len(self.codes))
        return allowed, -1, add_on, sums[allowed], self.reaches_all(score)[allowed]

    def sites(self) -> list[Site]:
        """Return the satellites that may be opened: outside the centres' own towns, with a host or an office."""
        found = []
        centre_towns = set(load_centres()["municipality_code"])
        for kind, (code, centre) in product(self.rules.kinds, zip(self.codes, self.centre_ids, strict=True)):
            if (self.rules.sites is not None and code not in self.rules.sites) or code in centre_towns:
                continue
            if self.codes.index(code) not in self.nearer_places(code, centre):
                continue
            offices: tuple[Office, ...] = ("borrowed", "own")
            for office in offices:
                service = self.satellite(code, kind, office, (code,))
                score = self.score([service])
                table = check_preconditions(TODAY.with_services([service]), score.terms)
                if _allowed(table, [service], self.rules) and score.terms.open_days[0] > 0:
                    found.append(self.site(code, centre, kind, office, score))
                    break
        return found

    def satellite(self, code: str, kind: SatelliteKind, office: Office, serves: tuple[str, ...]) -> Service:
        return Service(
            "satellite", code, serves, days_per_week=kind.days_per_week, staff_fte=kind.staff_fte, office=office
        )

    def site(self, code: str, centre: str, kind: SatelliteKind, office: Office, score: UnitScore) -> Site:
        terms = score.terms
        hours = float(terms.presence_hours[0] + terms.driving_hours[0] + terms.coordination_hours[0])
        hour_jpy = self.parameters["staff_cost_jpy_per_year"] / full_time_hours(self.parameters)
        others = float(score.service_costs[0].sum() - score.service_costs[0, COSTS.index("staff")])
        fixed = dict.fromkeys(AMOUNTS, 0.0) | {
            "cash_jpy": others + float(terms.stationed_fte[0]) * self.parameters["staff_cost_jpy_per_year"],
            "hours": hours,
            "nights": float(terms.nights[0]),
            "cost_jpy": others + hours * hour_jpy,
            "setup_jpy": float(terms.setup_jpy[0]),
        }
        return Site(
            code,
            centre,
            kind,
            office,
            float(terms.capacity[0]),
            hours,
            float(terms.presence_hours[0]),
            float(terms.stationed_fte[0]) * full_time_hours(self.parameters),
            np.asarray([fixed[name] for name in AMOUNTS]),
        )

    def nearer_places(self, code: str, centre: str) -> list[int]:
        """Return the municipalities of the centre of which a part is nearer to a site than to the centre."""
        to_site = self.access.unit_min[:, self.access.site(code)]
        nearer = to_site < self.access.unit_min[:, self.access.site(centre)]
        mine = self.demand.places["centre_id"].to_numpy() == centre
        return sorted(set(self.place[nearer & mine].tolist()))

    def with_satellite(self, number: int, site: Site, add_on: AddOn) -> _Found:
        """Score a satellite as if it stood for each municipality alone, and take out what it costs by itself."""
        places = [i for i in self.nearer_places(site.code, site.centre_id) if self.fits_place(add_on, i)]
        if not places:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, number, add_on, np.zeros((0, len(AMOUNTS))), np.zeros(0, dtype=bool)
        share = self.parameters["share_satellite"]
        services = [self.satellite(site.code, site.kind, site.office, (self.codes[i],)) for i in places]
        own = [s for i in places for s in add_on.services(self.codes[i], self.parameters, share)]
        score = self.score([*services, *own])
        sums = _by_place(self.amounts(score), self.place, len(self.codes))
        standby = _by_place(score.hours, self.place, len(self.codes))[:, HOURS.index("standby")]
        terms = score.terms
        for k, i in enumerate(places):
            costs = score.service_costs[k]
            hours = float(terms.presence_hours[k] + terms.driving_hours[k] + terms.coordination_hours[k])
            out = {
                "cash_jpy": float(costs.sum() - costs[COSTS.index("staff")]),
                "hours": hours + float(standby[i]),
                "nights": float(terms.nights[k]),
                "cost_jpy": float(costs.sum()),
                "setup_jpy": float(terms.setup_jpy[k]),
            }
            for name, value in out.items():
                sums[i, AMOUNTS.index(name)] -= value
        fits = sums[:, AMOUNTS.index("taken")] < site.capacity * (1 - 1e-9)
        allowed = np.asarray([i for i in places if fits[i]], dtype=np.int64)
        return allowed, number, add_on, sums[allowed], self.reaches_all(score)[allowed]


def _not_dominated(place: IntArray, site: IntArray, amounts: FloatArray, reaches: BoolArray) -> list[int]:
    """Return the choices to keep: of the same municipality and satellite, none other is as good in everything.

    In-person contacts count against all that are met in two ways, so that both must be as good: more of them, and no
    fewer for any floor from 0 to 1, which holds where the difference of the others is no larger either.
    """
    more = [AMOUNTS.index(name) for name in _MORE]
    less = [AMOUNTS.index(name) for name in _LESS]
    face, met = AMOUNTS.index("face_to_face"), AMOUNTS.index("met")
    # face - floor * met at the floors 0 and 1 bounds it for every floor between
    good = np.column_stack(
        [amounts[:, more], -amounts[:, less], amounts[:, face], amounts[:, face] - amounts[:, met], reaches]
    )
    good = np.round(good, 9)
    keep = []
    groups: dict[tuple[int, int], list[int]] = {}
    for i, key in enumerate(zip(place.tolist(), site.tolist(), strict=True)):
        groups.setdefault(key, []).append(i)
    for members in groups.values():
        values = good[members]
        for n, i in enumerate(members):
            better = (values >= values[n]).all(axis=1)
            better[n] = False
            strictly = (values > values[n]).any(axis=1)
            earlier = np.arange(len(members)) < n
            if not (better & (strictly | earlier)).any():
                keep.append(i)
    return sorted(keep)
