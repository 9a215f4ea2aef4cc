"""The 11 centres, their activity and each municipality's resources, as the report of fiscal 2014 has them."""

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa

from geo.boundaries import CENTRE_COUNT, CENTRE_TERRITORIES, MUNICIPALITY_COUNT, read_municipality_table
from geo.crs import GEOGRAPHIC_CRS
from geo.errors import DataError
from geo.paths import FACILITIES_DIR
from geo.roads import LAT_RANGE, LON_RANGE
from geo.tables import load_table

# Stated in Part 4, ch. 2, 2 (2) to (11): the mean of the 11 centres in fiscal 2013.
REPORT_MEAN_WORKPLACE_VISITS = 254
# Stated in Part 4, ch. 4, 2 (3), in the row of Shizuoka: the mean of Hokkaido in fiscal 2013.
REPORT_MEAN_PLACEMENTS = 38

PRINTED_TOTAL_COUNT = 126
CONSULTATION_COLUMNS = ("consultation_direct", "consultation_commissioned")
RESOURCE_COLUMNS = ("transition_support", "type_a", "type_b", *CONSULTATION_COLUMNS, "hello_work")
PARTNER_COLUMNS = ("partner_transition_support", "partner_type_a", "partner_type_b")
MUNICIPALITY_TIE_COLUMNS = (
    "municipalities_attending_meetings",
    "municipalities_consulting",
    "municipalities_advising",
)
ACTIVITY_COLUMNS = (
    "registrants",
    "consultations",
    "workplace_visits",
    "placements",
    "establishments",
    "trainee_employers",
    "hello_work_offices",
    *PARTNER_COLUMNS,
    "partner_total",
    *MUNICIPALITY_TIE_COLUMNS,
)
_ALWAYS_STATED = ("registrants", "consultations", "workplace_visits", "placements", "establishments")

_ID = pa.Check.str_matches(r"^[a-z_]+$", error="a-z and _")
_CODE = pa.Check.str_matches(r"^01\d{3}$", error="a five-digit municipality code 01xxx")
_NOT_EMPTY = pa.Check.str_length(min_value=1, error="some text")
_POSITIVE = pa.Check.ge(1, error="a whole number of 1 or more")


def _blank_to_missing(values: pd.Series) -> pd.Series:
    return values.replace("", pd.NA)


def _count(*, may_be_empty: bool = False) -> pa.Column:
    check = pa.Check.ge(0, error="a whole number of 0 or more")
    if may_be_empty:
        return pa.Column("Int64", check, nullable=True, parsers=pa.Parser(_blank_to_missing))
    return pa.Column(int, check)


def _hours_or_km() -> pa.Column:
    check = pa.Check.gt(0, error="a number above 0, or empty")
    return pa.Column("Float64", check, nullable=True, parsers=pa.Parser(_blank_to_missing))


_CENTRE_SCHEMA = pa.DataFrameSchema(
    {
        "centre_id": pa.Column(str, _ID, unique=True),
        "region_id": pa.Column(str, _ID, unique=True),
        "name_ja": pa.Column(str, _NOT_EMPTY),
        "nickname_ja": pa.Column(str, _NOT_EMPTY, unique=True),
        "name_en": pa.Column(str, _NOT_EMPTY),
        "operator_ja": pa.Column(str, _NOT_EMPTY),
        "city_ja": pa.Column(str, _NOT_EMPTY),
        "municipality_code": pa.Column(str, _CODE, unique=True),
        "lat": pa.Column(float, pa.Check.in_range(*LAT_RANGE, error="a latitude in Hokkaido")),
        "lon": pa.Column(float, pa.Check.in_range(*LON_RANGE, error="a longitude in Hokkaido")),
        "point_precision_m": pa.Column(int, pa.Check.in_range(1, 20_000, error="1 to 20,000 metres")),
        "point_basis": pa.Column(str, _NOT_EMPTY),
        "point_source": pa.Column(str, _NOT_EMPTY),
        "address_ja": pa.Column(str),
        "address_source": pa.Column(str),
        "staff_total": _count(may_be_empty=True),
        "staff_job_coach": _count(may_be_empty=True),
        "source_page": pa.Column(int, _POSITIVE),
        "source_section": pa.Column(str, _NOT_EMPTY),
    },
    coerce=True,
)

_ACTIVITY_SCHEMA = pa.DataFrameSchema(
    {
        "centre_id": pa.Column(str, _ID, unique=True),
        **{name: _count(may_be_empty=name not in _ALWAYS_STATED) for name in ACTIVITY_COLUMNS},
        "source_page": pa.Column(int, _POSITIVE),
        "source_section": pa.Column(str, _NOT_EMPTY),
        "note": pa.Column(str),
    },
    coerce=True,
)

_RESOURCE_SCHEMA = pa.DataFrameSchema(
    {
        "code": pa.Column(str, _CODE, unique=True),
        "municipality_name": pa.Column(str, _NOT_EMPTY),
        "centre_id": pa.Column(str, _ID),
        "table_no": pa.Column(int, pa.Check.in_range(1, CENTRE_COUNT, error="1 to 11")),
        "row_no": pa.Column(int, pa.Check.in_range(1, 26, error="1 to 26")),
        **{name: _count(may_be_empty=name in CONSULTATION_COLUMNS) for name in RESOURCE_COLUMNS},
        "consultation_unassigned": _count(),
        "printed_figures": pa.Column(str, pa.Check.str_matches(r"^\d+( \d+)*$", error="figures and spaces")),
        "note": pa.Column(str),
    },
    coerce=True,
    unique=["table_no", "row_no"],
)

_TOTAL_SCHEMA = pa.DataFrameSchema(
    {
        "table_no": pa.Column(int, pa.Check.in_range(1, CENTRE_COUNT, error="1 to 11")),
        "centre_id": pa.Column(str, _ID),
        "scope": pa.Column(str, pa.Check.isin(["subtotal", "total"], error="subtotal or total")),
        "row_from": pa.Column(int, _POSITIVE),
        "row_to": pa.Column(int, _POSITIVE),
        "column": pa.Column(str, pa.Check.isin(RESOURCE_COLUMNS, error="a resource column")),
        "value": _count(),
        "note": pa.Column(str),
    },
    coerce=True,
    unique=["table_no", "scope", "column"],
)

_STATEMENT_SCHEMA = pa.DataFrameSchema(
    {
        "statement_id": pa.Column(str, _ID, unique=True),
        "centre_id": pa.Column(str),
        "place": pa.Column(str, _NOT_EMPTY),
        "kind": pa.Column(str, _ID),
        "qualifier": pa.Column(
            str,
            pa.Check.isin(
                ["over", "at_least", "about", "between", "nearly", "up_to", "none"],
                error="over, at_least, about, between, nearly, up_to or none",
            ),
        ),
        "min_hours": _hours_or_km(),
        "max_hours": _hours_or_km(),
        "min_km": _hours_or_km(),
        "max_km": _hours_or_km(),
        "source_section": pa.Column(str, _NOT_EMPTY),
        "note_en": pa.Column(str, _NOT_EMPTY),
        "note_ja": pa.Column(str, _NOT_EMPTY),
    },
    coerce=True,
)


Frame = TypeVar("Frame", bound=pd.DataFrame)


def _load_once(load: Callable[[Path], Frame]) -> Callable[..., Frame]:
    """Keep what was read and checked from the shipped folder, and give out copies of it."""
    kept = lru_cache(maxsize=1)(load)

    @wraps(load)
    def copied(directory: Path = FACILITIES_DIR) -> Frame:
        if directory != FACILITIES_DIR:
            return load(directory)
        frame: Frame = kept(directory).copy()
        return frame

    return copied


@_load_once
def load_centres(directory: Path) -> gpd.GeoDataFrame:
    """Read the 11 centres.

    Parameters
    ----------
    directory
        Folder with the facility tables.

    Returns
    -------
    geopandas.GeoDataFrame
        One row for each centre in the report's order, index ``0..10``, points in lon/lat.
        ``point_precision_m`` is how far the point may lie from the centre; ``staff_total`` and
        ``staff_job_coach`` are missing where the report does not say.

    Raises
    ------
    DataError
        If a value breaks its rule or there are not 11 centres.
    """
    path = directory / "centres.csv"
    frame = load_table(path, _CENTRE_SCHEMA)
    if len(frame) != CENTRE_COUNT:
        raise DataError(f"{path.name}: {len(frame)} centres, expected {CENTRE_COUNT}. Restore the missing rows.")
    if set(frame["centre_id"]) != set(CENTRE_TERRITORIES):
        odd = sorted(set(frame["centre_id"]) ^ set(CENTRE_TERRITORIES))
        raise DataError(
            f"{path.name}: centre {', '.join(odd)} is unknown or missing. Use {', '.join(CENTRE_TERRITORIES)}."
        )
    known = read_municipality_table()["code"]
    strange = frame.loc[~frame["municipality_code"].isin(known), "municipality_code"]
    if len(strange):
        raise DataError(
            f"{path.name}: municipality {strange.iloc[0]!r} is not in municipalities.csv. Correct the code."
        )
    points = gpd.points_from_xy(frame["lon"], frame["lat"])
    return gpd.GeoDataFrame(frame, geometry=points, crs=GEOGRAPHIC_CRS)


def load_centre_activity(directory: Path = FACILITIES_DIR) -> pd.DataFrame:
    """Read what each centre did in fiscal 2013 and with whom it works.

    Parameters
    ----------
    directory
        Folder with the facility tables.

    Returns
    -------
    pandas.DataFrame
        One row for each centre, index ``0..10``, columns ``centre_id``, those of ``ACTIVITY_COLUMNS``,
        ``source_page, source_section, note``. A missing value is not stated or cannot be read; ``note``
        says which.

    Raises
    ------
    DataError
        If a value breaks its rule, a centre is unknown or missing, the partners do not add up or a mean
        differs from the one that the report states.
    """
    path = directory / "centre_activity.csv"
    frame = load_table(path, _ACTIVITY_SCHEMA)
    _refuse_other_centres(frame["centre_id"], load_centres(directory)["centre_id"], name=path.name)
    partners = frame[list(PARTNER_COLUMNS)].sum(axis=1, skipna=False)
    wrong = frame.loc[(partners != frame["partner_total"]).fillna(False), "centre_id"]
    if not wrong.empty:
        raise DataError(f"{path.name}: the partners of {', '.join(wrong)} do not give partner_total. Correct the row.")
    stated = {"workplace_visits": REPORT_MEAN_WORKPLACE_VISITS, "placements": REPORT_MEAN_PLACEMENTS}
    for column, expected in stated.items():
        mean = float(frame[column].mean())
        if round(mean) != expected:
            raise DataError(
                f"{path.name}: the mean of {column} is {mean:.2f}, expected {expected} as the report states. "
                "Correct the figures."
            )
    return frame


def load_resource_totals(directory: Path = FACILITIES_DIR) -> pd.DataFrame:
    """Read every subtotal and total printed under the report's 11 tables, one row for each figure."""
    path = directory / "municipal_resources_totals.csv"
    frame = load_table(path, _TOTAL_SCHEMA)
    if len(frame) != PRINTED_TOTAL_COUNT:
        raise DataError(f"{path.name}: {len(frame)} printed figures, expected {PRINTED_TOTAL_COUNT}. Restore the rows.")
    return frame


@_load_once
def load_municipal_resources(directory: Path) -> pd.DataFrame:
    """Read the resources of each municipality in 2014.

    Parameters
    ----------
    directory
        Folder with the facility tables.

    Returns
    -------
    pandas.DataFrame
        One row for each of the 179 municipalities, index ``0..178``. Where the text does not tell whether a
        consultation office is run directly or commissioned, both columns are missing and the number stands in
        ``consultation_unassigned``; in every other row that is 0.

    Raises
    ------
    DataError
        If a value breaks its rule, there are not 179 rows, a centre is unknown or missing, or the rows do not
        give the printed totals.
    """
    path = directory / "municipal_resources.csv"
    frame = load_table(path, _RESOURCE_SCHEMA)
    if len(frame) != MUNICIPALITY_COUNT:
        raise DataError(f"{path.name}: {len(frame)} municipalities, expected {MUNICIPALITY_COUNT}. Restore the rows.")
    _refuse_other_centres(frame["centre_id"], load_centres(directory)["centre_id"], name=path.name)
    _refuse_other_municipalities(frame, name=path.name)
    _refuse_wrong_totals(frame, load_resource_totals(directory), name=path.name)
    return frame


def load_report_statements(directory: Path = FACILITIES_DIR) -> pd.DataFrame:
    """Read what the report says about travel times and distances.

    Parameters
    ----------
    directory
        Folder with the facility tables.

    Returns
    -------
    pandas.DataFrame
        One row for each statement; ``centre_id`` is ``""`` where it concerns another prefecture. Hours and
        km are missing where the bound is open or the statement has no figure.
    """
    path = directory / "report_statements.csv"
    frame = load_table(path, _STATEMENT_SCHEMA)
    unknown = set(frame["centre_id"]) - set(load_centres(directory)["centre_id"]) - {""}
    if unknown:
        raise DataError(f"{path.name}: unknown centre {', '.join(sorted(unknown))}. Use an id of centres.csv.")
    return frame


def _refuse_other_centres(found: pd.Series, known: pd.Series, *, name: str) -> None:
    unknown = sorted(set(found) - set(known))
    missing = sorted(set(known) - set(found))
    if unknown:
        raise DataError(f"{name}: unknown centre {', '.join(unknown)}. Use an id of centres.csv: {', '.join(known)}.")
    if missing:
        raise DataError(f"{name}: no row for centre {', '.join(missing)}. Restore its rows.")


def _refuse_other_municipalities(frame: pd.DataFrame, *, name: str) -> None:
    """Compare code, name and centre of each row with the table of municipalities."""
    known = read_municipality_table().set_index("code")
    for row in frame.itertuples():
        expected = tuple(known.loc[row.code, ["name_ja", "centre_id"]]) if row.code in known.index else None
        if (row.municipality_name, row.centre_id) != expected:
            raise DataError(
                f"{name}: line {row.Index + 2} says {row.code} {row.municipality_name}, {row.centre_id}; "
                f"municipalities.csv says {expected or 'nothing of that code'}. Correct one of them."
            )


def _refuse_wrong_totals(resources: pd.DataFrame, totals: pd.DataFrame, *, name: str) -> None:
    """Compare rows with the printed totals; an unassigned office may be either direct or commissioned."""
    consultation = list(CONSULTATION_COLUMNS)
    for (table_no, scope), printed in totals.groupby(["table_no", "scope"]):
        last_row = printed["row_to"].max()
        rows = resources[(resources["table_no"] == table_no) & (resources["row_no"] <= last_row)]
        values = printed.set_index("column")["value"]
        summed = rows[values.index].sum()
        unassigned = int(rows["consultation_unassigned"].sum())
        highest = summed + unassigned * summed.index.isin(consultation)
        problems = [
            f"{column} gives {summed[column]}, printed {values[column]}"
            for column in values.index
            if not summed[column] <= values[column] <= highest[column]
        ]
        offices, printed_offices = summed[consultation].sum() + unassigned, values[consultation].sum()
        if offices != printed_offices:
            problems.append(f"{offices} consultation offices, printed {printed_offices}")
        if problems:
            raise DataError(f"{name}: table {table_no}, {scope}: {'; '.join(problems)}. Correct the rows.")
