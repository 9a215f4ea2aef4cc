"""A plan: which service models stand where, whom they serve and how much; a readable file, read and written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, get_args

from geo.boundaries import read_municipality_table
from geo.errors import InputError

Model = Literal["satellite", "outreach", "ict", "consultation", "retention"]
MODELS: tuple[Model, ...] = get_args(Model)
# Models with a point where a member of the centre's own staff can be met.
FACE_TO_FACE_MODELS: tuple[Model, ...] = ("satellite", "outreach")
# Models that take consultations; retention takes visits to workplaces, which are counted apart.
CONSULTATION_MODELS: tuple[Model, ...] = ("satellite", "outreach", "ict", "consultation")
# The parameter that holds the share of a model where the plan does not say.
SHARE_PARAMETERS: dict[str, str] = {
    "satellite": "share_satellite",
    "outreach": "share_outreach",
    "ict": "share_ict",
    "consultation": "partner_first_contact_share",
    "retention": "retention_first_response_share",
}
# The basis of a service that stands already, which needs nothing more to work.
EXISTING_BASIS = "existing"
_SHARE_TOLERANCE = 1e-9

Office = Literal["own", "borrowed"]


@dataclass(frozen=True)
class Service:
    """One model at one place. ``None`` takes the value of the table of parameters.

    Attributes
    ----------
    model
        One of ``MODELS``.
    at
        Municipality code of the site, venue, video room or partner.
    serves
        Codes of the municipalities served; with ``at`` only if listed.
    days_per_week, hours_per_day
        Opening of a satellite.
    staff_fte
        Staff stationed at a satellite, full-time equivalents; 0 where the centre's staff drive out.
    jpy_per_fte
        Yen a year of one full-time equivalent stationed there; ``None`` takes ``staff_cost_jpy_per_year``.
    office
        Of a satellite: ``own`` or ``borrowed``.
    sessions_per_year, session_hours
        Of outreach.
    share
        Share of the contacts of each municipality served that go this way: of visits to workplaces for ``retention``,
        of consultations in person for the others.
    basis, note
        Where it comes from, in words; ``EXISTING_BASIS`` for what stands already.
    centre_id
        The centre whose staff carry it out; ``""`` for the plan's.
    """

    model: Model
    at: str
    serves: tuple[str, ...]
    days_per_week: float | None = None
    hours_per_day: float | None = None
    staff_fte: float | None = None
    office: Office = "borrowed"
    sessions_per_year: float | None = None
    session_hours: float | None = None
    share: float | None = None
    basis: str = ""
    note: str = ""
    centre_id: str = ""
    jpy_per_fte: float | None = None

    def share_or(self, defaults: Mapping[str, float]) -> float:
        """Return the share, or that of the parameters for this model."""
        return defaults[SHARE_PARAMETERS[self.model]] if self.share is None else self.share


@dataclass(frozen=True)
class AddedStaff:
    """Staff added to a centre itself, who go nowhere in particular.

    Attributes
    ----------
    centre_id
        The centre.
    fte
        Full-time equivalents.
    jpy_per_fte
        Yen a year of one; ``None`` takes ``staff_cost_jpy_per_year``.
    basis, note
        Where it comes from, in words.
    """

    centre_id: str
    fte: float
    jpy_per_fte: float | None = None
    basis: str = ""
    note: str = ""


@dataclass(frozen=True)
class DemandOverride:
    """Demand of one municipality as the reader knows it; ``None`` keeps the derived figure."""

    contacts_per_year: float | None = None
    registrants: float | None = None


@dataclass(frozen=True)
class Plan:
    """A scenario that the command and the app both read and write.

    Attributes
    ----------
    id, name_ja, name_en, source, note_ja, note_en
        What it is and where it comes from.
    centre_id
        The centre whose staff carry it out; ``""`` for each centre in its own territory.
    network, data_version
        The roads and the data that it was made with; ``""`` if not stated.
    services
        What stands where.
    parameters
        Values that differ from the table.
    demand
        Demand that differs from the derived one, by municipality code.
    staff
        Staff added to centres.
    """

    id: str
    name_ja: str
    name_en: str
    source: str = ""
    note_ja: str = ""
    note_en: str = ""
    centre_id: str = ""
    network: str = ""
    data_version: str = ""
    services: tuple[Service, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    demand: Mapping[str, DemandOverride] = field(default_factory=dict)
    staff: tuple[AddedStaff, ...] = ()

    def with_services(self, services: Iterable[Service]) -> "Plan":
        """Return the plan with other services."""
        return replace(self, services=tuple(services))

    def centre_of(self, service: Service, place: str | None = None) -> str:
        """Return the centre whose staff carry out a service: its own, the plan's, or that responsible for a place."""
        return service.centre_id or self.centre_id or responsible_centres()[service.at if place is None else place]


# Scored with what exists already, see analysis.models.existing.
TODAY = Plan(
    "today",
    "現状",
    "Today",
    note_ja="センターと、すでにある出張相談会",
    note_en="the centres, and the sessions that there are already",
)


def check_shares(plan: Plan, defaults: Mapping[str, float], *, where: str) -> None:
    """Refuse a plan in which the models take more than all contacts of a municipality.

    Parameters
    ----------
    plan
        The plan.
    defaults
        Values by name, of which those of ``SHARE_PARAMETERS`` fill the shares that the plan does not state.
    where
        What to call the plan in messages.

    Raises
    ------
    InputError
        With the municipality, the sum and the models.
    """
    names = municipality_names()
    pools: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for service in plan.services:
        pool = "consultations" if service.model in CONSULTATION_MODELS else "workplace visits"
        for code in service.serves:
            pools.setdefault((code, pool), []).append((service.model, service.share_or(defaults)))
    for (code, pool), parts in pools.items():
        total = sum(share for _, share in parts)
        if total > 1 + _SHARE_TOLERANCE:
            listed = " + ".join(f"{model} {share:g}" for model, share in parts)
            raise InputError(
                f"{where}: {names[code]}（{code}）の分担率の合計が {total:g} で、1 を超えます。 / the shares of "
                f"{pool} in {code} sum to {total:g} ({listed}), expected at most 1. Lower a share."
            )


@lru_cache(maxsize=1)
def responsible_centres() -> dict[str, str]:
    """Return the centre of each municipality by code."""
    table = read_municipality_table()
    return dict(zip(table["code"], table["centre_id"], strict=True))


@lru_cache(maxsize=1)
def municipality_names() -> dict[str, str]:
    """Return the Japanese name of each municipality by code."""
    table = read_municipality_table()
    return dict(zip(table["code"], table["name_ja"], strict=True))
