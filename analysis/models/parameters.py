"""The assumptions of the service models: one table, each with value, unit, range, basis and source."""

import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from geo.errors import DataError, InputError
from geo.paths import MODELS_DIR
from geo.tables import decode_text, load_table, parse_csv, read_bytes

PARAMETERS_PATH = MODELS_DIR / "parameters.csv"

# What the scoring asks for, with the unit that the table must state.
REQUIRED_UNITS: dict[str, str] = {
    # the calendar
    "working_days_per_year": "days/year",
    "work_hours_per_day": "hours/day",
    "winter_days_per_year": "days/year",
    "bad_winter_days_per_year": "days/year",
    # contacts as they are today
    "consultations_face_to_face_share": "share",
    "staff_visit_share": "share",
    "staff_visit_share_far": "share",
    "staff_visit_far_min": "min one way",
    "contact_duration_min": "min/contact",
    "workplace_visit_min": "min/visit",
    "visits_per_trip": "visits/trip",
    "local_drive_minutes": "min/visit",
    "overnight_threshold_min": "min one way",
    "max_driving_h_per_day": "hours/day",
    # the share of a place's contacts that a model takes, where the plan does not say
    "share_satellite": "share",
    "share_outreach": "share",
    "share_ict": "share",
    "partner_first_contact_share": "share",
    "retention_first_response_share": "share",
    # satellite
    "satellite_opening_days_per_week": "days/week",
    "satellite_hours_per_day": "hours/day",
    "satellite_staff_fte": "FTE/site",
    "satellite_max_sites": "sites/centre",
    "satellite_own_office_rent_jpy_per_year": "JPY/site/year",
    "satellite_own_office_setup_jpy": "JPY/site",
    "satellite_borrowed_desk_jpy_per_year": "JPY/site/year",
    # outreach, and the pace of meetings in person
    "outreach_sessions_per_year": "sessions/year",
    "session_hours_default": "hours",
    "session_contacts_per_hour": "contacts/hour",
    "outreach_staff": "persons",
    "outreach_venue_jpy_per_session": "JPY/session",
    "coordination_hours_outreach": "hours/session",
    # video
    "share_contacts_needing_meeting_ict": "share",
    "ict_contact_duration_factor": "ratio",
    "ict_setup_jpy": "JPY/place",
    "ict_running_jpy_per_year": "JPY/place/year",
    "ict_partner_room_jpy_per_year": "JPY/place/year",
    # partners
    "partner_coordination_h_per_case": "hours/case",
    "partner_office_payment_jpy_per_year": "JPY/office/year",
    "retention_coordination_h_per_case": "hours/case",
    "retention_partner_payment_jpy_per_year": "JPY/office/year",
    "coordination_meetings_per_year": "meetings/place/year",
    "coordination_meeting_h": "hours/meeting",
    # money
    "staff_cost_jpy_per_year": "JPY/year",
    "vehicle_cost_jpy_per_km": "JPY/km",
    "lodging_jpy_per_night": "JPY/night",
    "per_diem_jpy_per_day": "JPY/day",
}
_MUST_BE_POSITIVE = ("working_days_per_year", "work_hours_per_day", "visits_per_trip")
BASES = ("published", "report", "assumption")


def _optional_number(values: pd.Series) -> pd.Series:
    return values.replace("", np.nan)


_SCHEMA = pa.DataFrameSchema(
    {
        "name": pa.Column(str, pa.Check.str_matches(r"^[a-z][a-z0-9_]*$", error="a-z, 0-9 and _"), unique=True),
        "value": pa.Column(float, pa.Check.ge(0, error="a number of 0 or more")),
        "unit": pa.Column(str, pa.Check.str_length(min_value=1, error="a unit")),
        "low": pa.Column(float, nullable=True, parsers=pa.Parser(_optional_number)),
        "high": pa.Column(float, nullable=True, parsers=pa.Parser(_optional_number)),
        "basis": pa.Column(str, pa.Check.isin(BASES, error=f"one of {', '.join(BASES)}")),
        "source": pa.Column(str),
        "note_ja": pa.Column(str),
        "note_en": pa.Column(str),
    },
    coerce=True,
)


class OutOfRangeWarning(UserWarning):
    """A parameter was set outside the range that its table states."""


@dataclass(frozen=True)
class Parameter:
    """One assumption: its value, the range it may lie in, and where it comes from.

    Attributes
    ----------
    name, value, unit
        What it is.
    low, high
        The plausible range; both equal to the value where the table states none.
    basis, source
        ``published``, ``report`` or ``assumption``, and the source; ``user`` where the reader set the value.
    note_ja, note_en
        What it means.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    basis: str
    source: str
    note_ja: str
    note_en: str


@dataclass(frozen=True)
class Parameters:
    """All assumptions of a computation; read a value with ``parameters["contact_duration_min"]``.

    Attributes
    ----------
    entries
        In the order of the table.
    """

    entries: tuple[Parameter, ...]

    @cached_property
    def values(self) -> dict[str, float]:
        """The values by name."""
        return {entry.name: entry.value for entry in self.entries}

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    @property
    def overridden(self) -> tuple[str, ...]:
        """The names whose value the reader set."""
        return tuple(entry.name for entry in self.entries if entry.basis == "user")

    def with_values(self, values: Mapping[str, float]) -> "Parameters":
        """Replace values that are known to be sound, as samples within the ranges are; nothing is checked."""
        return Parameters(tuple(replace(e, value=values[e.name]) if e.name in values else e for e in self.entries))

    def with_overrides(self, values: Mapping[str, object], *, where: str) -> "Parameters":
        """Replace values that a reader gave.

        Parameters
        ----------
        values
            New values by name.
        where
            What to call their origin in messages and as their source, e.g. the file's name.

        Raises
        ------
        InputError
            If a name is unknown or a value is no number, negative, or a share above 1.

        Warns
        -----
        OutOfRangeWarning
            If a value lies outside the range that the table states.
        """
        unknown = [name for name in values if name not in self.values]
        if unknown:
            raise InputError(
                f"{where}: パラメータ {unknown[0]} はありません。 / parameter {unknown[0]!r} is unknown. "
                f"Choose one of {', '.join(self.values)}."
            )
        entries = []
        for entry in self.entries:
            if entry.name in values:
                value = check_value(entry.name, entry.unit, values[entry.name], where=where)
                if not entry.low <= value <= entry.high:
                    warnings.warn(
                        f"{where}: {entry.name} = {value:g} は想定の範囲 {entry.low:g}〜{entry.high:g} の外です。 / "
                        f"outside its range {entry.low:g} to {entry.high:g} {entry.unit}. Check that it is meant.",
                        OutOfRangeWarning,
                        stacklevel=2,
                    )
                entry = replace(entry, value=value, basis="user", source=where)
            entries.append(entry)
        return Parameters(tuple(entries))

    def to_frame(self) -> pd.DataFrame:
        """Tabulate for display and export: one row a parameter, the columns of the file."""
        return pd.DataFrame([vars(entry) for entry in self.entries])

    def provenance(self) -> dict[str, object]:
        """Return every value with unit, basis and source, to be written beside a result."""
        return {e.name: {"value": e.value, "unit": e.unit, "basis": e.basis, "source": e.source} for e in self.entries}


def check_value(name: str, unit: str, value: object, *, where: str) -> float:
    """Check one value given by a reader and return it as a number.

    Raises
    ------
    InputError
        If it is no finite number, negative, zero where a division needs it, or a share above 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value) or value < 0:
        raise InputError(
            f"{where}: {name} = {value!r} は 0 以上の数値ではありません。 / expected a number of 0 or more ({unit}). "
            "Correct the value."
        )
    if unit == "share" and value > 1:
        raise InputError(
            f"{where}: {name} = {value!r} は割合（0〜1）ではありません。 / expected a share from 0 to 1, such as 0.3."
        )
    if name in _MUST_BE_POSITIVE and value == 0:
        raise InputError(f"{where}: {name} は 0 にできません。 / {name} must be above 0. Correct the value.")
    return float(value)


@lru_cache(maxsize=4)
def load_parameters(path: Path = PARAMETERS_PATH) -> Parameters:
    """Read and check the table of assumptions.

    Parameters
    ----------
    path
        CSV with the columns ``name,value,unit,low,high,basis,source,note_ja,note_en``; empty ``low`` and ``high`` mean
        that the value is not varied.

    Returns
    -------
    Parameters
        Names beyond those that the scoring needs are kept.

    Raises
    ------
    DataError
        If a value breaks its rule, lies outside its own range or has neither a source nor the basis ``assumption``, or
        if a parameter that the scoring needs is missing or has another unit.
    """
    frame = load_table(path, _SCHEMA)
    missing = [name for name in REQUIRED_UNITS if name not in set(frame["name"])]
    if missing:
        raise DataError(f"{path.name}: the parameter {', '.join(missing)} is missing. Add a row for it.")
    entries = []
    for line, row in frame.iterrows():
        name, unit, value = str(row["name"]), str(row["unit"]), float(row["value"])
        where = f"{path.name}: line {line + 2}, {name}"
        low = value if np.isnan(row["low"]) else float(row["low"])
        high = value if np.isnan(row["high"]) else float(row["high"])
        if not low <= value <= high:
            raise DataError(f"{where}: the value {value:g} is not within {low:g} to {high:g}. Correct the row.")
        if REQUIRED_UNITS.get(name, unit) != unit:
            raise DataError(f"{where}: the unit is {unit!r}, expected {REQUIRED_UNITS[name]!r}. Convert the value.")
        if unit == "share" and high > 1:
            raise DataError(f"{where}: a share reaches {high:g}, expected at most 1. Correct the row.")
        if name in _MUST_BE_POSITIVE and low <= 0:
            raise DataError(f"{where}: it reaches {low:g}, expected more than 0. Correct the row.")
        if row["basis"] != "assumption" and not row["source"]:
            raise DataError(f"{where}: it is {row['basis']} but names no source. Add it or mark it an assumption.")
        notes = (str(row["basis"]), str(row["source"]), str(row["note_ja"]), str(row["note_en"]))
        entries.append(Parameter(name, value, unit, low, high, *notes))
    return Parameters(tuple(entries))


def read_overrides(path: Path) -> dict[str, object]:
    """Read new values from a file: a CSV with ``name,value``, or a TOML with ``name = value``.

    Raises
    ------
    ReadFileError
        If it cannot be read.
    InputError
        If it is neither, or a value of the CSV is no number.
    """
    content = read_bytes(path)
    if path.suffix.lower() == ".toml":
        try:
            table = tomllib.loads(decode_text(content, name=path.name))
        except tomllib.TOMLDecodeError as error:
            raise InputError(
                f"{path.name}: TOML として読めません。 / not readable TOML ({error}). Expected lines such as "
                "contact_duration_min = 60."
            ) from error
        values = table.get("parameters", table)
        return dict(values) if isinstance(values, dict) else {"parameters": values}
    frame = parse_csv(content, name=path.name, columns=("name", "value"))
    numbers = pd.to_numeric(frame["value"], errors="coerce")
    return {
        name: text if np.isnan(number) else float(number)
        for name, text, number in zip(frame["name"], frame["value"], numbers, strict=True)
    }
