"""The report's statements on travel times beside ours: what it says, what we find, and whether both agree.

Summer, toll roads allowed, one way, from the responsible centre, best on the roads of the
report's year. A statement about an area's farthest place is compared
with our farthest place there; a statement about a whole area with each of its places.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from analysis.accessibility import centre_matrix, responsible_times
from analysis.coverage import tabulate_units
from geo.boundaries import load_municipalities
from geo.facilities import load_report_statements
from geo.roads import RoadNetwork

REPORT_YEAR = 2014
# "About two hours" is read as within a quarter of it: the report gives whole hours and no route.
ABOUT_SHARE = 0.25
# A place that the report calls over two hours and that we find at most this much under is a difference of minutes.
TOLERANCE_SHARE = 0.10

Selector = Callable[[pd.DataFrame], pd.Series]


def _codes(*codes: str) -> Selector:
    return lambda units: units["code"].isin(codes)


def _area(area_id: str) -> Selector:
    return lambda units: units["area_id"] == area_id


def _centre(centre_id: str) -> Selector:
    return lambda units: units["centre_id"] == centre_id


SHIRIBESHI_COAST = _codes("01391", "01392", "01402", "01403", "01404", "01405", "01406")
OKUSHIRI = _codes("01367")


@dataclass(frozen=True)
class _Rule:
    """Which places a statement is about; ``farthest`` compares only the farthest of them."""

    places: Selector
    farthest: bool


def _hiyama_mainland(units: pd.DataFrame) -> pd.Series:
    subprefecture = load_municipalities().set_index("code")["subprefecture_en"]
    return (units["code"].map(subprefecture) == "Hiyama") & ~OKUSHIRI(units)


RULES: dict[str, _Rule] = {
    "hiroba_coast": _Rule(SHIRIBESHI_COAST, farthest=True),
    "suteppu_hiyama": _Rule(_hiyama_mainland, farthest=True),
    "suteppu_okushiri": _Rule(OKUSHIRI, farthest=True),
    "puren_nemuro": _Rule(_codes("01223"), farthest=True),
    "puren_rausu": _Rule(_codes("01694"), farthest=True),
    "daichi_north": _Rule(_codes("01648"), farthest=True),
    "daichi_south": _Rule(_codes("01642"), farthest=True),
    "aozora_enmon": _Rule(_area("emmon"), farthest=False),
    "kitanomachi_farthest": _Rule(_centre("kitanomachi"), farthest=True),
    "ikinuki_rumoi": _Rule(_area("rumoi"), farthest=False),
    "ikinuki_soya": _Rule(_area("soya"), farthest=False),
    "suteji_one_way": _Rule(_codes("01609"), farthest=True),
}


def _limits(statement: pd.Series) -> tuple[float, float]:
    """Return the least and the most minutes that agree with a statement."""
    low = 0.0 if pd.isna(statement["min_hours"]) else statement["min_hours"] * 60
    high = float("inf") if pd.isna(statement["max_hours"]) else statement["max_hours"] * 60
    if statement["qualifier"] == "about":
        return low * (1 - ABOUT_SHARE), high * (1 + ABOUT_SHARE)
    return low, high


def compare_statements(network: RoadNetwork) -> pd.DataFrame:
    """Compare the statements that name a time with our times.

    Returns
    -------
    pandas.DataFrame
        One row for each place compared: ``statement_id, place, qualifier, low_min, high_min, ours_min, agrees,
        within_tolerance``. ``within_tolerance`` allows a tenth beyond the limits.
    """
    units = tabulate_units(responsible_times(centre_matrix(network, "summer", True)), threshold_min=120)
    statements = load_report_statements().set_index("statement_id")
    rows = []
    for statement_id, rule in RULES.items():
        statement = statements.loc[statement_id]
        low, high = _limits(statement)
        places = units[rule.places(units)].sort_values("travel_min", ascending=False)
        for place in places.head(1 if rule.farthest else len(places)).itertuples():
            minutes = float(place.travel_min)
            allowed = low * (1 - TOLERANCE_SHARE) <= minutes <= high * (1 + TOLERANCE_SHARE)
            rows.append(
                {
                    "statement_id": statement_id,
                    "place": place.name_ja,
                    "qualifier": statement["qualifier"],
                    "low_min": low,
                    "high_min": high,
                    "ours_min": minutes,
                    "agrees": low <= minutes <= high,
                    "within_tolerance": allowed,
                }
            )
    return pd.DataFrame(rows)
