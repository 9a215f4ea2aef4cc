"""The assumptions of the road model, read from one table so that each has a value, a unit and a basis."""

from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from geo.errors import DataError
from geo.paths import ROADS_DIR
from geo.tables import load_table

ASSUMPTIONS_PATH = ROADS_DIR / "assumptions.csv"

_SCHEMA = pa.DataFrameSchema(
    {
        "name": pa.Column(str, unique=True),
        "value": pa.Column(float, pa.Check.ge(0, error="a number of 0 or more")),
        "prior_value": pa.Column(str, pa.Check.str_matches(r"^\d*(\.\d+)?$", error="a number, or empty")),
        "unit": pa.Column(str),
        "basis": pa.Column(
            str, pa.Check.isin(["assumption", "published", "fitted"], error="assumption, published or fitted")
        ),
        "source": pa.Column(str),
        "note_ja": pa.Column(str),
        "note_en": pa.Column(str),
    },
    coerce=True,
)


@dataclass(frozen=True)
class AccessAssumptions:
    """How a point off the trunk network reaches it.

    Attributes
    ----------
    access_speed_kph
        Speed on local roads, km/h.
    access_detour_factor
        Local road distance over straight distance, at least 1.
    snap_limit_km
        Straight distance beyond which a point is ``not_snapped``, km.
    local_limit_km
        Straight distance up to which two points may be joined by local roads alone, km.
    rejoin_extra_km
        Where sections are closed: straight distance beyond the usual one up to which a point joins another section, km.
    """

    access_speed_kph: float
    access_detour_factor: float
    snap_limit_km: float
    local_limit_km: float
    rejoin_extra_km: float = 1.0


def load_assumption_table(path: Path = ASSUMPTIONS_PATH) -> pd.DataFrame:
    """Read the table of assumptions: ``name, value, prior_value, unit, basis, source, note_ja, note_en``.

    ``prior_value`` is what a fitted value was before the fit, empty for the others.
    """
    return load_table(path, _SCHEMA)


@lru_cache(maxsize=2)
def load_access_assumptions(path: Path = ASSUMPTIONS_PATH) -> AccessAssumptions:
    """Read the assumptions on access to the network.

    Raises
    ------
    DataError
        If one of them is not in the table.
    """
    values = load_assumption_table(path).set_index("name")["value"]
    names = [field.name for field in fields(AccessAssumptions)]
    missing = [name for name in names if name not in values.index]
    if missing:
        raise DataError(f"{path.name}: the assumption {', '.join(missing)} is missing. Add a row for it.")
    return AccessAssumptions(**{name: float(values[name]) for name in names})
