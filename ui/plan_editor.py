"""The reader's own mix of service models: a table to edit, and the plan file that the command reads too."""

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from analysis.models.demand import base_demand
from analysis.models.plan import MODELS, DemandOverride, Plan, Service
from analysis.models.plan_file import parse_plan, plan_bytes
from analysis.provenance import data_version
from geo.boundaries import load_municipalities
from geo.errors import InputError, NakapotsuError
from ui.sidebar import name_column
from ui.text import Language, word

OWN_ID = "own-mix"
_NUMBERS = ("days_per_week", "hours_per_day", "staff_fte", "sessions_per_year", "session_hours", "share")


def _place_options(centre_id: str, language: Language) -> "pd.Series[str]":
    """Return the municipalities of a region as ``code name``, indexed by code."""
    frame = load_municipalities().set_index("code")
    if centre_id:
        frame = frame[frame["centre_id"] == centre_id]
    return frame.index.to_series() + " " + frame[name_column(language)]


def _to_table(plan: Plan, labels: "pd.Series[str]") -> pd.DataFrame:
    rows = []
    for service in plan.services:
        row: dict[str, object] = {"model": service.model, "at": labels.get(service.at, service.at)}
        row["serves"] = " ".join(service.serves)
        row |= {name: getattr(service, name) for name in _NUMBERS}
        rows.append(row | {"office": service.office})
    table = pd.DataFrame(rows, columns=["model", "at", "serves", *_NUMBERS, "office"])
    return table.astype(dict.fromkeys(_NUMBERS, "float64"))


def _number(value: object) -> float | None:
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else float(str(value))


def _to_services(table: pd.DataFrame, start: Plan) -> tuple[Service, ...]:
    """Make services of the rows that name a model and a place; a row without places serves its own only.

    What the table does not show is kept from the service of the same model at the same place that it began with.
    """
    begun = {(service.model, service.at): service for service in start.services}
    services = []
    for row in table.to_dict("records"):
        if not isinstance(row["model"], str) or not isinstance(row["at"], str):
            continue
        at = row["at"].split()[0]
        listed = str(row["serves"] or "").replace(",", " ").replace("、", " ").split()
        changed: dict[str, Any] = {name: _number(row[name]) for name in _NUMBERS}
        changed |= {"serves": tuple(listed) or (at,), "office": row["office"] if row["office"] == "own" else "borrowed"}
        model: Any = row["model"]  # the checks of a plan file say whether it is one
        known = begun.get((model, at), Service(model, at, (at,), basis="own"))
        services.append(replace(known, **changed))
    return tuple(services)


def _start_plan(centre_id: str, plans: tuple[Plan, ...]) -> Plan:
    """Return the plan to begin with: the one kept for this region, else the first one of the report, else an empty."""
    kept: dict[str, Plan] = st.session_state.setdefault("own_plans", {})
    if centre_id not in kept:
        services = plans[0].services if plans else ()
        name_ja, name_en = word("own_mix", "ja"), word("own_mix", "en")
        kept[centre_id] = Plan(OWN_ID, name_ja, name_en, centre_id=centre_id, services=services)
    return kept[centre_id]


def edit_plan(centre_id: str, plans: tuple[Plan, ...], network_name: str, language: Language) -> Plan | None:
    """Draw the editor and return the reader's plan; None if it cannot be scored, with the reason on screen."""
    st.caption(word("own_mix_help", language))
    upload = st.file_uploader(word("plan_upload", language), type=["toml"], key=f"plan_{language}")
    labels = _place_options(centre_id, language)
    start = _start_plan(centre_id, plans)
    if upload is not None:
        try:
            start = parse_plan(upload.getvalue(), name=upload.name)
        except NakapotsuError as error:
            st.error(str(error))
            return None
        if start.centre_id != centre_id:
            st.error(f"{upload.name}: {word('plan_other_centre', language)} ({start.centre_id or 'hokkaido'})")
            return None
    number = st.column_config.NumberColumn
    key = f"plan_table_{centre_id}_{language}_{upload.file_id if upload else ''}"
    # What the widget began with stays as it is while it lives: other data would make it forget the edits.
    begun: dict[str, Plan] = st.session_state.setdefault("begun_plans", {})
    if key not in st.session_state or key not in begun:
        begun[key] = start
    start = begun[key]
    table = st.data_editor(
        _to_table(start, labels),
        num_rows="dynamic",
        hide_index=True,
        key=key,
        column_config={
            "model": st.column_config.SelectboxColumn(
                word("model", language), options=list(MODELS), format_func=lambda key: word(f"model_{key}", language)
            ),
            "at": st.column_config.SelectboxColumn(word("plan_at", language), options=labels.to_list()),
            "serves": st.column_config.TextColumn(word("plan_serves", language)),
            "office": st.column_config.SelectboxColumn(word("plan_office", language), options=["borrowed", "own"]),
            "share": number(word("plan_share", language), min_value=0.0, max_value=1.0, step=0.05),
            "days_per_week": number(word("plan_days", language), min_value=0.0, max_value=7.0),
            "hours_per_day": number(word("plan_hours", language), min_value=0.0, max_value=24.0),
            "staff_fte": number(word("plan_fte", language), min_value=0.0),
            "sessions_per_year": number(word("plan_sessions", language), min_value=0.0),
            "session_hours": number(word("plan_session_hours", language), min_value=0.0, max_value=24.0),
        },
    )
    try:
        own = replace(
            start,
            id=start.id if upload else OWN_ID,
            network=network_name,
            data_version=data_version(),
            services=_to_services(table, start),
        )
        content = plan_bytes(own)
        parse_plan(content, name=word("own_mix", language))  # the same checks as for a file
    except InputError as error:
        st.error(str(error))
        return None
    st.download_button(word("plan_download", language), content, f"{own.id}.toml", "application/toml")
    st.session_state["own_plans"][centre_id] = own  # so that another language or page begins with it
    return own if own.services or own.staff else None


def edit_demand(centre_id: str, language: Language) -> dict[str, DemandOverride]:
    """Draw the demand of a region's municipalities and return the figures that the reader changed."""
    derived = base_demand().to_frame().set_index("code")
    frame = load_municipalities().set_index("code")
    codes = frame.index[frame["centre_id"] == centre_id] if centre_id else frame.index
    shown = pd.DataFrame(
        {
            "name": frame.loc[codes, name_column(language)],
            "registrants": derived.loc[codes, "registrants"].round(2),
            "contacts_per_year": derived.loc[codes, "contacts"].round(2),
        }
    ).rename_axis("code")
    kept: dict[str, dict[str, DemandOverride]] = st.session_state.setdefault("own_demand", {})
    for code, override in kept.get(centre_id, {}).items():
        if code in shown.index:
            shown.loc[code, ["registrants", "contacts_per_year"]] = [
                given if own is None else own
                for own, given in (
                    (override.registrants, shown.loc[code, "registrants"]),
                    (override.contacts_per_year, shown.loc[code, "contacts_per_year"]),
                )
            ]
    number = st.column_config.NumberColumn
    edited = st.data_editor(
        shown.reset_index(),
        key=f"demand_{centre_id}_{language}",
        disabled=["code", "name"],
        hide_index=True,
        height=260,
        column_config={
            "code": st.column_config.TextColumn(word("code", language)),
            "name": st.column_config.TextColumn(word("place", language)),
            "registrants": number(word("registrants", language), min_value=0.0),
            "contacts_per_year": number(word("contacts_per_year", language), min_value=0.0),
        },
    )
    changed: dict[str, DemandOverride] = {}
    people = frame["population_2014"]
    for row in edited.itertuples():
        given = derived.loc[row.code]
        registrants = _changed(row.registrants, given["registrants"])
        contacts = _changed(row.contacts_per_year, given["contacts"])
        if registrants is not None and registrants > people[row.code]:
            st.warning(f"{row.name}: {word('too_many_registrants', language)} ({people[row.code]:,})")
        if registrants is not None or contacts is not None:
            changed[str(row.code)] = DemandOverride(contacts, registrants)
    kept[centre_id] = changed
    return changed


def _changed(value: float | None, derived: float) -> float | None:
    """Return what the reader wrote; None for an emptied cell and for the derived value as it was shown."""
    if value is None or math.isnan(value) or value == round(derived, 2):
        return None
    return float(value)
