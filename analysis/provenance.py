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
        "幹線道路網の延長と区分別速度（公表所要時間の半分に合わせた値）による片道の時間 / "
        "trunk road lengths, speeds by class fitted to half of the published journeys",
    ),
    ("farthest_min", "modelled", "同上 / as travel_min"),
    ("length_km", "modelled", "最短時間経路の道のり / length along the quickest route"),
    (
        "registrants",
        "modelled",
        "センターの登録者数（2013 年度末）を人口で配分 / the centre's registrants, end of fiscal 2013, spread by "
        "residents",
    ),
    (
        "contacts_",
        "modelled",
        "センターの相談・支援件数（2013 年度）を人口で配分し、仮定の割合で手段に分ける / the centre's contacts of "
        "fiscal 2013, spread by residents and divided by assumed shares",
    ),
    ("nearest_", "modelled", "travel_min と同じ、最も近い対面の場所まで / as travel_min, to the nearest meeting point"),
    ("any_day_", "modelled", "同、任意の平日に開いている場所まで / the same on any working day"),
    ("first_contact_", "modelled", "同、相談支援事業所を含む / the same with partner offices"),
    ("workplace_", "modelled", "職場に着くまで（町の中の移動は仮定） / to a workplace, local drive assumed"),
    ("staff_", "modelled", "件数、移動時間と仮定の時間から / from contacts, travel times and assumed durations"),
    ("fte_needed", "modelled", "同上 / as staff_"),
    ("fte_added", "assumed", "計画が常駐させ、足す職員（計画か parameters） / staff stationed and added, as planned"),
    (
        "fte_there",
        "modelled",
        "報告書の職員数＋fte_added。人数がなければ空 / the report's staff and fte_added; missing where none is stated",
    ),
    ("vehicle_km", "modelled", "最短時間経路の道のりと回数 / length along the quickest route times journeys"),
    ("overnight_stays", "modelled", "移動時間と仮定の限度から / from travel times and assumed limits"),
    ("user_travel_hours", "modelled", "移動時間と件数から / from travel times and contacts"),
    ("cost_", "modelled", "量×単価（parameters の値と出典） / amounts times the rates under parameters"),
    ("additional_", "modelled", "現状との差 / difference from today"),
    (
        "year_",
        "modelled",
        "夏・冬・荒天の日数（parameters）で重みづけした 1 年の量 / amounts of a year, each season by its days under "
        "parameters",
    ),
    ("setup_jpy", "modelled", "単価は parameters / rates under parameters"),
    ("contact_days", "modelled", "限度内の場所の開いている日数 / days on which a point within the limit is open"),
    (
        "preconditions_",
        "published",
        "報告書の資源の表（2014 年）と比べた数 / compared with the report's tables of resources",
    ),
    ("places_", "modelled", "所要時間と限度から / from travel times and the limit"),
    ("nights", "modelled", "移動時間と仮定の限度から / from travel times and assumed limits"),
    ("face_to_face_share", "modelled", "件数と仮定の割合から / from contacts and assumed shares"),
    ("budget_jpy", "assumed", "設定（settings） / as set"),
    ("step_", "modelled", "1 つ前の予算との差 / more than for the budget before"),
    ("marginal_", "modelled", "1 つ前との差÷増えた現金 / gained over the point before for each million yen"),
    ("gap", "modelled", "ソルバーの上界との差 / distance from the solver's bound"),
    ("bound", "modelled", "ソルバーの上界 / the solver's bound"),
    ("value", "modelled", "目的の値 / of the objective"),
    ("behind_the_best", "modelled", "最良の組との差 / difference from the best set"),
    ("weight_", "modelled", "人口または登録者と所要時間から / from residents or registrants and travel times"),
    ("mean_minutes_saved", "modelled", "短くなる分の平均 / mean of the minutes saved"),
    ("mean_min", "modelled", "travel_min と同じ、重みつき平均 / as travel_min, weighted mean"),
    ("worst_min", "modelled", "travel_min と同じ、最も遠い所 / as travel_min, the farthest place"),
    ("person_minutes_saved", "modelled", "短くなる分×人口 / minutes saved times residents"),
    ("driving_hours_change", "modelled", "移動時間と回数から / from travel times and journeys"),
    ("open_min", "modelled", "通行止めのないときの travel_min / travel_min with all sections open"),
    ("delay_min", "modelled", "通行止めによる増え / what the closure adds to travel_min"),
    ("summer_min", "modelled", "延長÷夏の速度 / length over summer speed"),
    ("winter_min", "modelled", "延長÷冬の速度 / length over winter speed"),
    ("bad_winter_min", "modelled", "延長÷荒天の速度（仮定） / length over the speed of a bad day, assumed"),
)


@lru_cache(maxsize=1)
def data_version() -> str:
    """Return the first 12 hex digits of the SHA-256 over all shipped data files and their names."""
    digest = hashlib.sha256()
    for path in sorted(DATA_DIR.rglob("*")):
        if path.suffix in (".csv", ".geojson", ".toml"):
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
