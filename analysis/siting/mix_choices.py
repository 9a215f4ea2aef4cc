"""The parts of a mix: satellites, the services of a municipality's own, and the table of every choice."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.models.parameters import Parameters
from analysis.models.plan import SHARE_PARAMETERS, Model, Office, Service
from analysis.siting.mix_amounts import AMOUNTS
from analysis.siting.problem import BoolArray
from geo.routing import FloatArray, IntArray


@dataclass(frozen=True)
class SatelliteKind:
    """How a satellite may be run; None takes the table of assumptions."""

    days_per_week: float | None = None
    staff_fte: float | None = None


@dataclass(frozen=True)
class AddOn:
    """The services of a municipality's own, beside a satellite's or without one."""

    sessions: float = 0.0
    ict: bool = False
    consultation: bool = False
    retention: bool = False

    @property
    def models(self) -> tuple[Model, ...]:
        """The models in it."""
        flags: tuple[tuple[Model, bool], ...] = (
            ("outreach", self.sessions > 0),
            ("ict", self.ict),
            ("consultation", self.consultation),
            ("retention", self.retention),
        )
        return tuple(model for model, used in flags if used)

    def services(self, code: str, parameters: Parameters, satellite_share: float) -> tuple[Service, ...]:
        """Return the services at a municipality; their shares give way where they would exceed what is left."""
        shares = {model: parameters[SHARE_PARAMETERS[model]] for model in self.models}
        asked = sum(share for model, share in shares.items() if model != "retention")
        scale = min(1.0, (1.0 - satellite_share) / asked) if asked > 0 else 1.0
        return tuple(
            Service(
                model,
                code,
                (code,),
                sessions_per_year=self.sessions if model == "outreach" else None,
                share=share if model == "retention" else share * scale,
            )
            for model, share in shares.items()
        )


@dataclass(frozen=True)
class Site:
    """A satellite that may be opened.

    Attributes
    ----------
    code, centre_id, kind, office
        Where, whose, and how it is run.
    capacity
        Contacts a year.
    staff_hours, presence_hours, paid_hours
        What it takes a year before anybody comes, of which at the desk; and the hours of the staff stationed there.
    fixed
        Shape (amounts,): what it adds before anybody comes, standby left out.
    """

    code: str
    centre_id: str
    kind: SatelliteKind
    office: Office
    capacity: float
    staff_hours: float
    presence_hours: float
    paid_hours: float
    fixed: FloatArray


@dataclass(frozen=True)
class Choices:
    """Every choice of every municipality; arrays of shape (choices,) unless stated.

    Attributes
    ----------
    codes
        The municipalities.
    centre_ids
        Shape (municipalities,).
    place
        Position of the municipality.
    site
        Position in ``sites`` of the satellite that serves it, -1 for none.
    add_ons
        The services of its own.
    amounts
        Shape (choices, amounts), without the fixed part of the satellite.
    reaches_all
        Whether every part of the municipality is within the limit on some day.
    sites
        The satellites that may be opened.
    today
        Shape (municipalities, amounts): as it is.
    """

    codes: tuple[str, ...]
    centre_ids: tuple[str, ...]
    place: IntArray
    site: IntArray
    add_ons: tuple[AddOn, ...]
    amounts: FloatArray
    reaches_all: BoolArray
    sites: tuple[Site, ...]
    today: FloatArray

    def amount(self, name: str) -> FloatArray:
        """Return one amount of every choice."""
        return self.amounts[:, AMOUNTS.index(name)]

    @cached_property
    def site_fixed(self) -> FloatArray:
        """What each site adds before anybody comes, shape (sites, amounts)."""
        return np.asarray([site.fixed for site in self.sites]).reshape(len(self.sites), len(AMOUNTS))


@dataclass(frozen=True)
class OptionRules:
    """Which choices are offered.

    Attributes
    ----------
    frequencies
        Sessions a year that may be held.
    kinds
        How satellites may be run.
    day_trips_only
        Leave out sessions and desks for which staff of the centre would stay overnight.
    known_only
        Leave out what the tables of resources do not show to be there; else only what they show to be missing.
    sites
        Municipalities where a satellite may stand; None for all.
    """

    frequencies: tuple[float, ...] = (6.0, 12.0, 24.0)
    kinds: tuple[SatelliteKind, ...] = (SatelliteKind(), SatelliteKind(1.0, 0.0))
    day_trips_only: bool = False
    known_only: bool = False
    sites: tuple[str, ...] | None = None
