"""Where the numbers of a result come from: data versions, settings, and what is measured, modelled or assumed."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from typing import Literal

from geo.paths import DATA_DIR
from geo.roads import RoadNetwork

Basis = Literal["published", "modelled", "assumed"]

# The basis of each figure by column-name prefix; the first match counts.
COLUMN_BASIS: tuple[tuple[str, Basis, str], ...] = (
    (
        "population",
        "published",
        "住民基本台帳人口 2014（国土地理院 地球地図日本 2.2） / resident registry 2014",
    ),
    (
        "people_",
        "modelled",
        "人口（2014）を各単位の役場・支所の所要時間で集計 / residents by the travel time of their town hall",
    ),
    ("area_km2", "modelled", "気象庁の区域ポリゴンの面積 / area of the JMA polygons"),
    (
        "km2_",
        "modelled",
        "2 km 格子点の所要時間で集計した陸地面積 / land by the travel time of 2 km grid points",
    ),
    (
        "travel_min",
        "modelled",
        "幹線道路網の延長と区分別速度（仮定）による片道の時間 / trunk road lengths and assumed speeds by class",
    ),
    ("farthest_min", "modelled", "同上 / as travel_min"),
    ("length_km", "modelled", "最短時間経路の道のり / length along the quickest route"),
)


@lru_cache(maxsize=1)
def data_version() -> str:
    """Return the first 12 hex digits of the SHA-256 over all shipped data files and their names."""
    digest = hashlib.sha256()
    for path in sorted(DATA_DIR.rglob("*")):
        if path.suffix in (".csv", ".geojson"):
            digest.update(path.relative_to(DATA_DIR).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def describe(
    network: RoadNetwork,
    settings: Mapping[str, object],
    columns: list[str],
    control_totals: Mapping[str, float],
) -> dict[str, object]:
    """Describe a result so that it can be defended and made again.

    Parameters
    ----------
    network
        The roads it was computed on.
    settings
        What the user chose.
    columns
        The result's columns; those with a known basis are explained.
    control_totals
        Sums that must agree with the input, e.g. people in and people out.
    """
    explained: dict[str, dict[str, str]] = {}
    for column in columns:
        for prefix, basis, source in COLUMN_BASIS:
            if column.startswith(prefix):
                explained[column] = {"basis": basis, "source": source}
                break
    return {
        "made_with": f"nakapotsu {version('nakapotsu')}",
        "data_version": data_version(),
        "roads": {"name": network.name, "version": network.version, **network.source},
        "settings": dict(settings),
        "control_totals": dict(control_totals),
        "columns": explained,
        "sources": "data/README.md",
    }
