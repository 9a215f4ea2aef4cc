"""Plans as files: TOML that the command and the app both read and write."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import tomli_w

from analysis.models.plan import (
    MODELS,
    SHARE_PARAMETERS,
    AddedStaff,
    DemandOverride,
    Office,
    Plan,
    Service,
    check_shares,
    municipality_names,
    responsible_centres,
)
from analysis.models.plan_values import PlanReader, find_by_id
from geo.boundaries import CENTRE_TERRITORIES
from geo.errors import InputError
from geo.paths import MODELS_DIR
from geo.tables import decode_text, read_bytes

PLANS_DIR = MODELS_DIR / "plans"
PLAN_SCHEMA = 1

_TEXTS = ("id", "name_ja", "name_en", "source", "note_ja", "note_en", "centre_id", "network", "data_version")
_LIMITS = {
    "days_per_week": 7.0,
    "hours_per_day": 24.0,
    "staff_fte": 1000.0,
    "jpy_per_fte": 1e9,
    "sessions_per_year": 366.0,
    "session_hours": 24.0,
    "share": 1.0,
}
_MODEL_KEYS: dict[str, tuple[str, ...]] = {
    "satellite": ("days_per_week", "hours_per_day", "staff_fte", "jpy_per_fte", "office"),
    "outreach": ("sessions_per_year", "session_hours"),
    "ict": (),
    "consultation": (),
    "retention": (),
}
_ONLY_FOR_SOME = frozenset(key for keys in _MODEL_KEYS.values() for key in keys)


def parse_plan(content: bytes, *, name: str) -> Plan:
    """Parse the bytes of a plan file; see :func:`read_plan`."""
    try:
        table = tomllib.loads(decode_text(content, name=name))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: TOML として読めません。 / not readable TOML: {error}. Correct the line.") from error
    top = PlanReader(table, name)
    schema = table.get("schema")
    if schema != PLAN_SCHEMA or isinstance(schema, bool):
        raise InputError(
            f"{name}: schema = {schema!r} は読めません。 / expected schema = {PLAN_SCHEMA}. "
            "Add the line, or use a newer version of the program."
        )
    top.refuse_others(("schema", *_TEXTS, "service", "staff", "parameters", "demand"))
    texts = {key: top.text(key, required=key in ("id", "name_ja", "name_en")) for key in _TEXTS}
    _check_centre(texts["centre_id"], name)
    services = tuple(_parse_service(row, f"{name}, service {i + 1}") for i, row in enumerate(top.tables("service")))
    staff = tuple(_parse_staff(row, f"{name}, staff {i + 1}") for i, row in enumerate(top.tables("staff")))
    parameters = {key: top.number_of(value, f"parameters.{key}") for key, value in top.table("parameters").items()}
    demand = {code: _parse_demand(row, code, name) for code, row in top.table("demand").items()}
    plan = Plan(**texts, services=services, staff=staff, parameters=parameters, demand=demand)
    check_shares(plan, dict.fromkeys(SHARE_PARAMETERS.values(), 0.0), where=name)
    _check_territory(plan, name)
    return plan


def _check_centre(centre_id: str, where: str, *, may_be_empty: bool = True) -> None:
    if not (centre_id in CENTRE_TERRITORIES or (may_be_empty and not centre_id)):
        all_ja = 'Use "" for all or one' if may_be_empty else "Use one"
        raise InputError(
            f"{where}: centre_id = {centre_id!r} は未知のセンターです。 / unknown centre. "
            f"{all_ja} of {', '.join(CENTRE_TERRITORIES)}."
        )


def _check_territory(plan: Plan, name: str) -> None:
    """Refuse a service that serves a municipality of another centre than the one that carries it out, staff too."""
    for i, row in enumerate(plan.staff):
        if plan.centre_id and row.centre_id != plan.centre_id:
            raise InputError(
                f"{name}, staff {i + 1}: {plan.centre_id} の計画に {row.centre_id} の職員があります。 / staff for "
                f'{row.centre_id} in a plan of {plan.centre_id}. Leave them out, or set centre_id = "" for the plan.'
            )
    for i, service in enumerate(plan.services):
        centre = service.centre_id or plan.centre_id
        for code in service.serves if centre else ():
            if responsible_centres()[code] != centre:
                town = municipality_names()[code]
                raise InputError(
                    f"{name}, service {i + 1}: {town}（{code}）は {centre} の担当ではありません。 / "
                    f"{code} belongs to {responsible_centres()[code]}, not to {centre}. Leave it out of serves, or set "
                    'centre_id = "".'
                )


def _check_code(code: str, reader: PlanReader) -> str:
    if code not in municipality_names():
        raise InputError(
            f"{reader.where}: 市町村コード {code!r} は北海道の 179 市町村にありません。 / municipality {code!r} is "
            "unknown. Expected five digits such as 01214; see data/boundaries/municipalities.csv."
        )
    return code


def _parse_service(row: object, where: str) -> Service:
    reader = PlanReader(row, where)
    model = reader.choice("model", MODELS)
    reader.where = f"{where} ({model})"
    keys = [item.name for item in fields(Service)]
    reader.refuse_others(keys)
    stray = [key for key in reader.row if key in _ONLY_FOR_SOME and key not in _MODEL_KEYS[model]]
    # A field that the model has no use for is an error of thought, unless it is left at nothing.
    stray = [key for key in stray if reader.row[key] not in (0, "")]
    if stray:
        raise InputError(
            f"{reader.where}: {stray[0]} は {model} では使いません。 / {stray[0]} does not apply to {model}. Remove it."
        )
    at = _check_code(reader.text("at", required=True), reader)
    serves = tuple(_check_code(code, reader) for code in reader.texts("serves")) or (at,)
    repeated = sorted({code for code in serves if serves.count(code) > 1})
    if repeated:
        raise InputError(
            f"{reader.where}: serves に {repeated[0]} が 2 回あります。 / serves lists {repeated[0]} twice. Keep one."
        )
    numbers: dict[str, Any] = {key: reader.number(key, high=high) for key, high in _LIMITS.items() if key not in stray}
    for key in _ONLY_FOR_SOME - set(_MODEL_KEYS[model]):
        numbers.pop(key, None)
    office: Office = (
        reader.choice("office", get_args(Office), default="borrowed") if model == "satellite" else "borrowed"
    )
    _check_centre(reader.text("centre_id"), reader.where)
    others: dict[str, Any] = {key: reader.text(key) for key in ("basis", "note", "centre_id")}
    return Service(model, at, serves, office=office, **others, **numbers)


def _parse_staff(row: object, where: str) -> AddedStaff:
    reader = PlanReader(row, where)
    reader.refuse_others([item.name for item in fields(AddedStaff)])
    centre_id, fte = reader.text("centre_id", required=True), reader.number("fte", high=1000.0)
    _check_centre(centre_id, where, may_be_empty=False)
    if fte is None:
        raise InputError(f"{where}: fte がありません。 / fte is missing. State full-time equivalents, such as fte = 2.")
    return AddedStaff(centre_id, fte, reader.number("jpy_per_fte"), reader.text("basis"), reader.text("note"))


def _parse_demand(row: object, code: str, name: str) -> DemandOverride:
    reader = PlanReader(row, f"{name}, demand.{code}")
    _check_code(code, reader)
    reader.refuse_others(("contacts_per_year", "registrants"))
    return DemandOverride(reader.number("contacts_per_year"), reader.number("registrants"))


def read_plan(path: Path) -> Plan:
    """Read and check a plan file.

    Raises
    ------
    ReadFileError
        If it cannot be read.
    InputError
        If it is no TOML, or a key, code, model, centre or share is not what was expected; the message names the place.
    """
    return parse_plan(read_bytes(path), name=path.name)


def plan_bytes(plan: Plan) -> bytes:
    """Return the plan as a file; reading it gives an equal plan."""
    table: dict[str, Any] = {"schema": PLAN_SCHEMA} | {key: getattr(plan, key) for key in _TEXTS}
    table["service"] = [_service_table(service) for service in plan.services]
    table["staff"] = [{key: value for key, value in vars(row).items() if value is not None} for row in plan.staff]
    table["parameters"] = dict(plan.parameters)
    table["demand"] = {
        code: {key: value for key, value in vars(row).items() if value is not None} for code, row in plan.demand.items()
    }
    return tomli_w.dumps({key: value for key, value in table.items() if value not in ([], {})}).encode()


def _service_table(service: Service) -> dict[str, Any]:
    keys = ("model", "at", "serves", *_MODEL_KEYS[service.model], "share", "basis", "note")
    row = {key: getattr(service, key) for key in keys}
    row["serves"] = list(service.serves)
    if service.centre_id:
        row["centre_id"] = service.centre_id
    return {key: value for key, value in row.items() if value is not None}


def version_notes(plan: Plan, network: str, data_version: str) -> list[str]:
    """Say where a plan was made with other roads or other data than those at hand; empty if it names none or the same.

    Parameters
    ----------
    plan
        As read.
    network
        Name and version of the roads at hand, as in ``embedded 0123456789ab``; a plan may name them without
        the version.
    data_version
        Of the data at hand.
    """
    notes = []
    if plan.network and plan.network not in (network, network.split()[0]):
        notes.append(
            f"計画 {plan.id} の道路網は {plan.network}、いまは {network} です。 / made on other roads; figures may "
            "differ."
        )
    if plan.data_version and plan.data_version != data_version:
        notes.append(
            f"計画 {plan.id} のデータは {plan.data_version} 版、いまは {data_version} 版です。 / made with other data; "
            "figures may differ."
        )
    return notes


def list_plans(directory: Path = PLANS_DIR) -> tuple[Plan, ...]:
    """Read every plan of a folder, by file name; an empty tuple if the folder does not exist.

    Raises
    ------
    InputError
        If a file is wrong or two plans have the same id.
    """
    plans: dict[str, Plan] = {}
    for path in sorted(directory.glob("*.toml")):
        plan = read_plan(path)
        if plan.id in plans:
            raise InputError(
                f"{path.name}: id {plan.id!r} はほかの計画と同じです。 / another plan has this id. Change it."
            )
        plans[plan.id] = plan
    return tuple(plans.values())


def find_plan(plan_id: str, directory: Path = PLANS_DIR) -> Plan:
    """Return the shipped plan of an id.

    Raises
    ------
    InputError
        If there is none.
    """
    return find_by_id(list_plans(directory), plan_id, "計画", "plan")
