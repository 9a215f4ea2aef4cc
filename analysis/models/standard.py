"""One stated rule for each model, so that the same is compared everywhere: a region with that model alone."""

from collections.abc import Sequence

import numpy as np

from analysis.models.access import Access
from analysis.models.demand import Demand, base_demand
from analysis.models.parameters import Parameters
from analysis.models.plan import Model, Plan, Service
from analysis.models.preconditions import has_consultation_office
from geo.boundaries import CENTRE_TERRITORIES
from geo.routing import IntArray

# What each rule does, in a sentence; "far" municipalities have a part beyond the limit from their centre.
RULES: dict[Model, tuple[str, str]] = {
    "satellite": (
        "限度を超える人が最も多く限度内に入る役場から順に、上限の数までサテライトを置く。センターより近い市町村を受けもつ。",
        "Satellites at the town halls that bring most people from over the limit to within it, one after the other up "
        "to the most sites; they serve the municipalities to which they are nearer than the centre.",
    ),
    "outreach": (
        "限度を超える市町村ごとに、その役場で定期の出張相談会を開く。",
        "Regular sessions at the town hall of each municipality over the limit.",
    ),
    "ict": (
        "限度を超える市町村ごとに、ビデオ相談の部屋を 1 つ置く。",
        "One room for video in each municipality over the limit.",
    ),
    "consultation": (
        "限度を超え、相談支援事業所（直営か委託）のある市町村で、事業所が初めの相談を受ける。",
        "In each municipality over the limit that has a consultation office, it takes first contacts.",
    ),
    "retention": (
        "限度を超え、相談支援事業所のある市町村で、職場の困りごとに市町村が先に応じる。",
        "In each municipality over the limit that has a consultation office, it answers first when a placed worker has "
        "trouble.",
    ),
}
NAMES: dict[Model, tuple[str, str]] = {
    "satellite": ("サテライト", "Satellite"),
    "outreach": ("出張相談会", "Outreach sessions"),
    "ict": ("ＩＣＴ相談", "Video consultation"),
    "consultation": ("市町村相談支援との連携", "Partnership for consultation"),
    "retention": ("定着支援の連携", "Partnership for retention"),
}


def _units_of(centre_id: str, demand: Demand) -> IntArray:
    positions = np.flatnonzero(demand.places["centre_id"].to_numpy() == centre_id)
    return positions.astype(np.int64)


def far_municipalities(centre_id: str, access: Access, limit_min: float) -> tuple[str, ...]:
    """Return the codes of a centre's municipalities of which a part lies beyond the limit or has no route."""
    demand = base_demand()
    units = _units_of(centre_id, demand)
    far = units[access.unit_min[units, access.site(centre_id)] > limit_min]
    return tuple(dict.fromkeys(str(code) for code in demand.places["code"].to_numpy()[far]))


def _codes_of(centre_id: str) -> list[str]:
    demand = base_demand()
    return list(dict.fromkeys(str(code) for code in demand.places["code"].to_numpy()[_units_of(centre_id, demand)]))


def choose_satellites(
    centre_id: str, access: Access, limit_min: float, most: int, candidates: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Choose town halls one after the other, each bringing most further people from over the limit to within it.

    Parameters
    ----------
    centre_id, access, limit_min
        Whose places, the travel times and the limit.
    most
        How many at most; it stops earlier when nobody more is reached.
    candidates
        Municipality codes to choose from; None for all of the centre's. Ties go to fewer person-minutes to the town
        hall, then to the lower code.
    """
    demand = base_demand()
    units = _units_of(centre_id, demand)
    codes = sorted(_codes_of(centre_id) if candidates is None else candidates)
    minutes = access.unit_min[np.ix_(units, access.site_ids.get_indexer(codes))]
    people = demand.people[units]
    missing = access.unit_min[units, access.site(centre_id)] > limit_min
    chosen: list[str] = []
    while codes and len(chosen) < most and missing.any():
        reached = missing[:, None] & (minutes <= limit_min)
        gain = people @ reached
        burden = people @ np.where(reached, minutes, 0.0)
        best = int(np.lexsort((burden, -gain))[0])
        if gain[best] <= 0:
            break
        chosen.append(codes[best])
        missing &= ~reached[:, best]
    return tuple(chosen)


def assign_to_sites(centre_id: str, access: Access, sites: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Give each municipality of a centre to the nearest of some town halls that is nearer than the centre.

    Returns
    -------
    list
        Each site and the codes that it serves; sites that nobody is nearer to are left out.
    """
    if not sites:
        return []
    codes = _codes_of(centre_id)
    halls = access.site_ids.get_indexer(codes)
    minutes = access.site_min[np.ix_(halls, access.site_ids.get_indexer(list(sites)))]
    nearest = minutes.argmin(axis=1)
    served = minutes.min(axis=1) < access.site_min[halls, access.site(centre_id)]
    groups = [
        tuple(code for code, site, near in zip(codes, nearest, served, strict=True) if near and site == i)
        for i in range(len(sites))
    ]
    return [(site, group) for site, group in zip(sites, groups, strict=True) if group]


def standard_services(
    model: Model, centre_id: str, access: Access, parameters: Parameters, limit_min: float
) -> tuple[Service, ...]:
    """Return what a model alone would do for a centre by its rule in ``RULES``; nothing where no place is far."""
    if model == "satellite":
        sites = choose_satellites(centre_id, access, limit_min, int(parameters["satellite_max_sites"]))
        return tuple(Service("satellite", site, served) for site, served in assign_to_sites(centre_id, access, sites))
    far = far_municipalities(centre_id, access, limit_min)
    if model in ("consultation", "retention"):
        far = tuple(code for code in far if has_consultation_office(code))
    return tuple(Service(model, code, (code,)) for code in far)


def standard_plan(model: Model, centre_id: str, access: Access, parameters: Parameters, limit_min: float) -> Plan:
    """Return the plan of a model alone for a centre, or for all centres with ``""``, by its rule in ``RULES``.

    The places over the limit are those of the season of ``access``.
    """
    centres = (centre_id,) if centre_id else tuple(CENTRE_TERRITORIES)
    services = [s for centre in centres for s in standard_services(model, centre, access, parameters, limit_min)]
    (name_ja, name_en), (rule_ja, rule_en) = NAMES[model], RULES[model]
    note = f"{rule_ja}（{access.season}、{limit_min:g} 分）", f"{rule_en} ({access.season}, {limit_min:g} min)"
    return Plan(
        id=model,
        name_ja=name_ja,
        name_en=name_en,
        source="standard rule",
        note_ja=note[0],
        note_en=note[1],
        centre_id=centre_id,
        services=tuple(services),
    )
