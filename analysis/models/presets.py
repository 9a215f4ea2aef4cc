"""Practices of other prefectures as presets: a rule each, made into a plan for a region of Hokkaido."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.models.access import Access
from analysis.models.demand import base_demand
from analysis.models.parameters import Parameters
from analysis.models.plan import AddedStaff, Model, Plan, Service, responsible_centres
from analysis.models.plan_values import PlanReader, find_by_id
from analysis.models.preconditions import has_consultation_office, has_transition_support
from analysis.models.standard import assign_to_sites, choose_satellites, far_municipalities, standard_services
from geo.boundaries import CENTRE_TERRITORIES
from geo.errors import InputError
from geo.paths import MODELS_DIR
from geo.tables import decode_text, read_bytes

PRESETS_DIR = MODELS_DIR / "presets"

_TEXTS = ("id", "name_ja", "name_en", "source", "explanation_ja", "explanation_en", "note_ja", "note_en", "centre_id")
# Settings of a rule that are parameters here: what it is called there, and here.
_AS_PARAMETERS = {
    "venue_jpy_per_session": "outreach_venue_jpy_per_session",
    "rent_jpy_per_year": "satellite_borrowed_desk_jpy_per_year",
}


@dataclass(frozen=True)
class Preset:
    """A practice of another prefecture.

    Attributes
    ----------
    id, name_ja, name_en, source, explanation_ja, explanation_en, note_ja, note_en
        What it is.
    rule
        One of ``RULES``.
    settings
        The numbers and words of the rule, as the file has them.
    """

    id: str
    name_ja: str
    name_en: str
    source: str
    explanation_ja: str
    explanation_en: str
    note_ja: str
    note_en: str
    rule: str
    settings: Mapping[str, object]

    @property
    def uses_models(self) -> bool:
        """Whether it uses one of the five models; else it adds staff, or has them drive to the users."""
        return self.rule in PRESET_RULES

    def number(self, key: str) -> float | None:
        """Return a number of the settings, None where there is none."""
        return PlanReader(self.settings, self.id).number(key)


@dataclass(frozen=True)
class _Region:
    """Where a practice is carried over to, and on which times and assumptions."""

    centre_id: str
    access: Access
    parameters: Parameters
    limit_min: float

    def far(self) -> tuple[str, ...]:
        return far_municipalities(self.centre_id, self.access, self.limit_min)

    def standard(self, model: Model) -> tuple[Service, ...]:
        return standard_services(model, self.centre_id, self.access, self.parameters, self.limit_min)

    def sites(
        self, most: int, limit_min: float | None = None, candidates: Sequence[str] | None = None
    ) -> list[tuple[str, tuple[str, ...]]]:
        """Return chosen town halls and the municipalities that each serves."""
        limit = self.limit_min if limit_min is None else limit_min
        chosen = choose_satellites(self.centre_id, self.access, limit, most, candidates)
        return assign_to_sites(self.centre_id, self.access, chosen)


_Rule = Callable[[Preset, _Region], list[Service]]


def _sessions(preset: Preset, region: _Region) -> list[Service]:
    """Sessions at every far town hall; with ``sub_areas`` at as many, each for the places near it."""
    sub_areas, sessions = preset.number("sub_areas"), preset.number("sessions_per_year")
    groups: list[tuple[str, tuple[str, ...]]] = [(code, (code,)) for code in region.far()]
    if sub_areas is not None:
        groups = region.sites(int(sub_areas))
    return [Service("outreach", at, serves, sessions_per_year=sessions) for at, serves in groups]


def _desks(preset: Preset, region: _Region) -> list[Service]:
    """Desks at consultation offices, kept by the centre's staff."""
    own = [code for code, centre in responsible_centres().items() if centre == region.centre_id]
    most = int(preset.number("sites") or region.parameters["satellite_max_sites"])
    hours = preset.number("hours_per_day")
    return [
        Service("satellite", at, serves, hours_per_day=hours, staff_fte=0.0, office="borrowed")
        for at, serves in region.sites(most, candidates=[code for code in own if has_consultation_office(code)])
    ]


def _covering(preset: Preset, region: _Region) -> list[Service]:
    """As many satellites as it takes to bring everybody within the limit of the practice, where that can be."""
    sites = region.sites(len(region.access.site_ids), preset.number("limit_min"))
    return [Service("satellite", at, serves) for at, serves in sites]


def _one_worker(preset: Preset, region: _Region) -> list[Service]:
    fte, yearly = preset.number("staff_fte"), preset.number("cost_jpy_per_site_year")
    pay = yearly / fte if yearly is not None and fte else None
    return [replace(service, staff_fte=fte, jpy_per_fte=pay) for service in region.standard("satellite")]


def _rooms(_preset: Preset, region: _Region) -> list[Service]:
    return list(region.standard("ict"))


def _offices(preset: Preset, region: _Region) -> list[Service]:
    """Partners that take first contacts, where the municipality has what the practice needs."""
    has = has_transition_support if preset.settings.get("needs") == "transition_support" else has_consultation_office
    return [Service("consultation", code, (code,)) for code in region.far() if has(code)]


PRESET_RULES: dict[str, _Rule] = {
    "sessions": _sessions,
    "monthly_round": _sessions,
    "desk_at_consultation_office": _desks,
    "cover_within": _covering,
    "one_worker_site": _one_worker,
    "video_room": _rooms,
    "partner_office": _offices,
}


def _largest_centres(count: int) -> list[str]:
    """Return the centres whose territories have most residents."""
    demand = base_demand()
    people = demand.places.assign(people=demand.people).groupby("centre_id")["people"].sum()
    return list(people.sort_values(ascending=False, kind="stable").index[:count])


def _added_staff(preset: Preset, centre_ids: Sequence[str]) -> tuple[AddedStaff, ...]:
    """Staff added to each centre as in the practice: the same number each, or only to as many of the largest."""
    staff, centres, largest = (preset.number(key) for key in ("extra_staff", "centres", "largest"))
    if staff is None or not centres:
        return ()
    yearly = preset.number("cost_jpy_per_year")
    chosen = centre_ids if largest is None else [c for c in _largest_centres(int(largest)) if c in centre_ids]
    each = None if yearly is None else yearly / staff
    return tuple(AddedStaff(centre, staff / centres, each, basis="report") for centre in chosen)


def _visiting(preset: Preset) -> dict[str, float]:
    """Staff drive to every user within a number of minutes, as for ``visit_within``; else nothing changes."""
    within_min = preset.number("limit_min")
    if preset.rule != "visit_within" or within_min is None:
        return {}
    return {"staff_visit_share": 1.0, "staff_visit_far_min": within_min}


# Rules that need none of the five models.
OTHER_RULES = ("visit_within", "extra_staff")
RULES = (*PRESET_RULES, *OTHER_RULES)


def parse_preset(content: bytes, *, name: str) -> Preset:
    """Parse the bytes of a preset file.

    Raises
    ------
    InputError
        If it is no TOML, a key is unknown or missing, or the rule is unknown.
    """
    try:
        table = tomllib.loads(decode_text(content, name=name))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: TOML として読めません。 / not readable TOML: {error}. Correct the line.") from error
    top = PlanReader(table, name)
    top.refuse_others(("schema", *_TEXTS, "preset"))
    texts = {key: top.text(key, required=key in ("id", "name_ja", "name_en")) for key in _TEXTS if key != "centre_id"}
    settings = PlanReader(top.table("preset"), f"{name}, [preset]")
    rule = settings.choice("rule", RULES)
    return Preset(**texts, rule=rule, settings=dict(settings.row))


def list_presets(directory: Path = PRESETS_DIR) -> tuple[Preset, ...]:
    """Read every preset of a folder, by file name; an empty tuple if the folder does not exist."""
    return tuple(parse_preset(read_bytes(path), name=path.name) for path in sorted(directory.glob("*.toml")))


def find_preset(preset_id: str, directory: Path = PRESETS_DIR) -> Preset:
    """Return the practice of an id.

    Raises
    ------
    InputError
        If there is none.
    """
    return find_by_id(list_presets(directory), preset_id, "ほかの県の例", "practice")


def preset_plan(preset: Preset, centre_id: str, access: Access, parameters: Parameters, limit_min: float) -> Plan:
    """Make a practice into a plan for a centre, or for every centre with ``""``.

    Parameters
    ----------
    preset
        The practice.
    centre_id, access, parameters, limit_min
        As for :func:`analysis.models.standard.standard_plan`: far places are those of the season of ``access``.
    """
    centres = (centre_id,) if centre_id else tuple(CENTRE_TERRITORIES)
    rule = PRESET_RULES.get(preset.rule)
    regions = [_Region(centre, access, parameters, limit_min) for centre in centres] if rule else []
    services = [service for region in regions if rule for service in rule(preset, region)]
    own = {here: preset.number(there) for there, here in _AS_PARAMETERS.items()}
    return Plan(
        id=preset.id,
        name_ja=preset.name_ja,
        name_en=preset.name_en,
        source=preset.source,
        note_ja=preset.note_ja,
        note_en=preset.note_en,
        centre_id=centre_id,
        services=tuple(services),
        staff=_added_staff(preset, centres),
        parameters={name: value for name, value in own.items() if value is not None} | _visiting(preset),
    )
