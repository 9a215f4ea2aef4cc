"""What must be true for a service to work, compared with what the tables say of the place."""

from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd

from analysis.models.plan import EXISTING_BASIS, Plan, Service
from analysis.models.terms import ServiceTerms
from geo.facilities import load_centres, load_municipal_resources

Status = Literal["met", "not_met", "unknown"]
COLUMNS = ("service", "model", "place", "condition", "status", "ja", "en")

_OFFICES = ("consultation_direct", "consultation_commissioned", "consultation_unassigned")
_PROVIDERS = ("transition_support", "type_a", "type_b")


@lru_cache(maxsize=1)
def _resources() -> dict[str, dict[str, int]]:
    table = load_municipal_resources().set_index("code")
    offices = table[list(_OFFICES)].fillna(0).sum(axis=1)
    providers = table[list(_PROVIDERS)].sum(axis=1)
    frame = pd.DataFrame(
        {
            "offices": offices,
            "commissioned": table["consultation_commissioned"].fillna(0),
            "unassigned": table["consultation_unassigned"],
            "providers": providers,
            "transition_support": table["transition_support"],
            "hello_work": table["hello_work"],
        }
    ).astype(int)
    return {str(code): {str(k): int(v) for k, v in row.items()} for code, row in frame.to_dict("index").items()}


def has_consultation_office(code: str) -> bool:
    """Say whether the report lists a consultation office, run directly or commissioned, in a municipality."""
    return _resources()[code]["offices"] > 0


def has_transition_support(code: str) -> bool:
    """Say whether the report lists a provider of transition support in a municipality."""
    return _resources()[code]["transition_support"] > 0


def check_preconditions(plan: Plan, terms: ServiceTerms) -> pd.DataFrame:
    """Check what each service of a plan needs.

    Parameters
    ----------
    plan
        The plan.
    terms
        Of its services, see :func:`analysis.models.terms.service_terms`.

    Returns
    -------
    pandas.DataFrame
        One row a service that does not stand already, place and condition: ``service`` (its number from 1), ``model,
        place`` (municipality code), ``condition``, ``status`` (``met``, ``not_met``, ``unknown`` where no table tells),
        and why in both languages. The resources are those of fiscal 2014.
    """
    rows: list[tuple[object, ...]] = []
    for i, service in enumerate(plan.services):
        if service.basis == EXISTING_BASIS:
            continue
        for place, condition, status, ja, en in _conditions(plan, service, terms, i):
            rows.append((i + 1, service.model, place, condition, status, ja, en))
    return pd.DataFrame(rows, columns=list(COLUMNS))


_Condition = tuple[str, str, Status, str, str]


def _conditions(plan: Plan, service: Service, terms: ServiceTerms, i: int) -> list[_Condition]:
    at = service.at
    if service.model == "satellite":
        premises = _host(at) if service.office == "borrowed" else _not_in_tables(at, "premises", "事務所", "an office")
        staff = _staff(plan, service) if terms.stationed_fte[i] == 0 else _hire(at, float(terms.stationed_fte[i]))
        return [premises, staff, *([] if terms.stationed_fte[i] > 0 else [_day_trip(at, terms, i)])]
    if service.model == "outreach":
        return [_venue(at), _day_trip(at, terms, i)]
    if service.model == "ict":
        return [_room(at)]
    return [_office(code) for code in service.serves]


def _not_in_tables(place: str, condition: str, ja: str, en: str) -> _Condition:
    return place, condition, "unknown", f"{ja}の有無は資料にない", f"no table tells of {en} there"


def _office(code: str) -> _Condition:
    """A consultation office of the municipality, run directly or commissioned."""
    found = _resources()[code]
    if found["offices"] == 0:
        return code, "consultation_office", "not_met", "相談支援事業所がない", "no consultation office is listed"
    kinds = {"commissioned": ("委託", "commissioned"), "unassigned": ("直営か委託", "direct or commissioned")}
    kind_ja, kind_en = next((names for key, names in kinds.items() if found[key]), ("直営", "direct"))
    ja, en = f"相談支援事業所 {found['offices']} か所（{kind_ja}）", f"{found['offices']} office(s), {kind_en}"
    return code, "consultation_office", "met", ja, en


def _host(code: str) -> _Condition:
    """Somebody to lend a desk: a commissioned consultation office, as in Hiroshima."""
    found = _resources()[code]
    if found["commissioned"]:
        return code, "host", "met", "委託の相談支援事業所がある", "a commissioned consultation office is there"
    if found["offices"] or found["providers"]:
        ja, en = (
            "直営の窓口か福祉事業所はある",
            "a direct office or a provider is there; whether it can lend a desk is not known",
        )
        return code, "host", "unknown", ja, en
    return (
        code,
        "host",
        "not_met",
        "相談支援事業所も福祉事業所もない",
        "neither a consultation office nor a provider is listed",
    )


def _room(code: str) -> _Condition:
    """A partner with a room for video: a commissioned consultation office or a provider of employment support."""
    found = _resources()[code]
    if found["commissioned"] or found["providers"]:
        ja = f"委託の相談支援事業所 {found['commissioned']}、就労系事業所 {found['providers']} か所"
        en = f"{found['commissioned']} commissioned offices and {found['providers']} providers of employment support"
        return code, "partner_room", "met", ja, en
    ja, en = "相談窓口のほかに協力機関が資料にない", "beside the municipality's own office no partner is listed"
    return code, "partner_room", "unknown", ja, en


def _venue(code: str) -> _Condition:
    """A venue: a Hello Work office counts; halls of the municipality are in no table."""
    if _resources()[code]["hello_work"]:
        return code, "venue", "met", "ハローワークがある", "a Hello Work office is there"
    return _not_in_tables(code, "venue", "会場", "a venue")


def _hire(code: str, fte: float) -> _Condition:
    return code, "staff", "unknown", f"常駐 {fte:g} 人分の採用が要る", f"staff of {fte:g} FTE must be found"


def _staff(plan: Plan, service: Service) -> _Condition:
    """Staff of the centre to drive there: known only where the report states the staff."""
    centre = plan.centre_of(service)
    stated = load_centres().set_index("centre_id")["staff_total"][centre]
    if pd.isna(stated):
        return service.at, "staff", "unknown", "センターの職員数が資料にない", "the centre's staff is not stated"
    return (
        service.at,
        "staff",
        "met",
        f"センターの職員 {int(stated)} 人から出る",
        f"from the centre's staff of {int(stated)}",
    )


def _day_trip(code: str, terms: ServiceTerms, i: int) -> _Condition:
    minutes = terms.drive_min[i]
    if not np.isfinite(minutes):
        return code, "day_trip", "not_met", "この季節は行く道がない", "no route in this season"
    ja, en = f"片道 {minutes:.0f} 分", f"{minutes:.0f} minutes one way"
    if terms.journey_nights[i] > 0:
        return code, "day_trip", "not_met", f"{ja}、泊まりになる", f"{en}, needs a night away"
    return code, "day_trip", "met", ja, en
