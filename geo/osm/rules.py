"""What a car may drive: which ways, in which direction, how fast, at what cost; and which barriers stop it.

Turn restrictions are not read. Ways that only residents or customers may enter (``destination``, ``customers``) are
kept like others, because that is where journeys end; through traffic on them is not prevented.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import pandas as pd
import pandera.pandas as pa

from geo.errors import DataError
from geo.osm.tags import Tags, is_closed_in_winter, parse_duration, way_speed
from geo.paths import ROADS_DIR
from geo.roads import ROAD_CLASSES
from geo.tables import load_table

Region = Literal["hokkaido", "anywhere"]
REGIONS: tuple[Region, ...] = ("hokkaido", "anywhere")

FERRY = "ferry"
ONE_WAY, BOTH_WAYS, BACKWARD = 1, 0, -1  # forward less backward

# From the most to the least specific key; the first that is tagged decides.
ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_BARRED = frozenset(
    {
        "no",
        "private",
        "agricultural",
        "forestry",
        "delivery",
        "emergency",
        "military",
        "permit",
        "residents",
        "bus",
        "psv",
        "hgv",
        "use_sidepath",
        "bicycle",
        "foot",
    }
)
_ALLOWED = frozenset({"yes", "designated", "permissive", "public", "destination", "customers", "official"})
_PARKING_SERVICES = frozenset(
    {"parking_aisle", "parking", "driveway", "private", "drive-through", "emergency_access", "slipway"}
)
# Barriers that no car passes unless a tag says that it may.
_SOLID_BARRIERS = frozenset(
    {
        "bollard",
        "block",
        "jersey_barrier",
        "chain",
        "log",
        "rope",
        "debris",
        "cycle_barrier",
        "motorcycle_barrier",
        "stile",
        "kissing_gate",
        "turnstile",
        "full-height_turnstile",
        "horse_stile",
        "wicket_gate",
        "sump_buster",
        "bus_trap",
        "planter",
        "delineators",
        "bar",
        "fence",
        "wall",
        "hampshire_gate",
        "spikes",
        "step",
    }
)
NODE_KEYS = ("barrier",)

_KPH = pa.Check.in_range(5, 110, error="5 to 110 km/h")
_CLASS_SCHEMA = pa.DataFrameSchema(
    {
        "highway": pa.Column(str, unique=True),
        "road_class": pa.Column(str, pa.Check.isin(ROAD_CLASSES, error=f"one of {', '.join(ROAD_CLASSES)}")),
        "legal_kph": pa.Column(float, _KPH),
        "urban_kph": pa.Column(float, _KPH, nullable=True),
        "suburban_kph": pa.Column(float, _KPH, nullable=True),
        "rural_kph": pa.Column(float, _KPH, nullable=True),
        "basis": pa.Column(str),
        "source": pa.Column(str),
        "note": pa.Column(str),
    },
    coerce=True,
)
_SETTING_SCHEMA = pa.DataFrameSchema(
    {
        "name": pa.Column(str, unique=True),
        "value": pa.Column(float, pa.Check.gt(0, error="a number above 0")),
        "unit": pa.Column(str),
        "basis": pa.Column(str),
        "source": pa.Column(str),
        "note_ja": pa.Column(str),
        "note_en": pa.Column(str),
    },
    coerce=True,
)


@lru_cache(maxsize=1)
def load_classes() -> pd.DataFrame:
    """Read how OpenStreetMap's classes map to ours, with legal and travel speeds; index ``highway``.

    Travel speeds that are empty are those of the class and terrain in ``speeds.csv``.
    """
    schema = _CLASS_SCHEMA
    path = ROADS_DIR / "osm_classes.csv"
    kph = ["urban_kph", "suburban_kph", "rural_kph"]
    text = load_table(path, pa.DataFrameSchema({name: pa.Column(str) for name in schema.columns}))
    text[kph] = text[kph].replace("", "nan")
    classes: pd.DataFrame = schema.validate(text).set_index("highway")
    partly = classes[kph].isna().any(axis=1) & ~classes[kph].isna().all(axis=1)
    if partly.any():
        raise DataError(f"{path.name}: {classes.index[partly][0]} has some of its three speeds. Give all or none.")
    return classes


@lru_cache(maxsize=1)
def load_settings() -> Mapping[str, float]:
    """Read the assumptions of the import by name."""
    table = load_table(ROADS_DIR / "osm_settings.csv", _SETTING_SCHEMA)
    return dict(zip(table["name"], table["value"], strict=True))


@dataclass(frozen=True)
class WayRule:
    """What a car may do on a way.

    Attributes
    ----------
    highway
        The OpenStreetMap class, or ``ferry``.
    road_class
        One of :data:`geo.roads.ROAD_CLASSES`.
    direction
        1 with the order of the nodes, -1 against it, 0 both.
    toll, closed_in_winter
        Whether it costs a toll; whether it is shut on a winter day.
    limit_kph
        The limit tagged, NaN if none.
    road_no, road_name
        Number and name, ``""`` if none.
    crossing_min
        Minutes that a ferry sails, NaN if untagged or a road.
    """

    highway: str
    road_class: str
    direction: int
    toll: bool
    closed_in_winter: bool
    limit_kph: float
    road_no: str
    road_name: str
    crossing_min: float = math.nan


def is_allowed(tags: Tags) -> bool | None:
    """Say whether cars may pass by the most specific access tag; None where none is tagged or it is not known."""
    for key in ACCESS_KEYS:
        value = tags.get(key)
        if value in _BARRED:
            return False
        if value in _ALLOWED:
            return True
    return None


def one_way_direction(tags: Tags, highway: str) -> int | None:
    """Return the direction of travel: 1, -1 or 0 for both; None where there is none that holds all day.

    Roundabouts and motorways are one-way unless tagged otherwise. A direction that is barred to cars
    (``motor_vehicle:forward=no``) is taken away.
    """
    value = next((tags[key] for key in ("oneway:motorcar", "oneway:motor_vehicle", "oneway") if key in tags), "")
    implied = tags.get("junction") in ("roundabout", "circular") or highway == "motorway"
    if value == "reversible":
        return None
    against = value in ("-1", "reverse")
    along = value in ("yes", "true", "1") or (implied and not against and value not in ("no", "false", "0"))
    ahead = not against and not _is_barred(tags, "forward")
    back = not along and not _is_barred(tags, "backward")
    if not ahead and not back:
        return None
    return int(ahead) - int(back)


def _is_barred(tags: Tags, side: str) -> bool:
    value = next((tags[key] for key in (f"{mode}:{side}" for mode in ACCESS_KEYS) if key in tags), "")
    return value in _BARRED


def road_number(ref: str, road_class: str, region: Region) -> str:
    """Return a road's number as elsewhere in nakapotsu: ``R5`` for a national, ``D100`` for a prefectural road."""
    letter = {"national": "R", "prefectural": "D"}.get(road_class, "") if region == "hokkaido" else ""
    parts = [part.strip() for part in ref.split(";") if part.strip()]
    return ";".join(f"{letter}{part}" if part.isdigit() else part for part in parts)


def road_rule(tags: Tags, region: Region) -> WayRule | None:
    """Return what a car may do on a ``highway`` way, None where it may not drive."""
    highway = tags["highway"]
    classes = _class_of()
    if highway not in classes or tags.get("area") == "yes" or is_allowed(tags) is False:
        return None
    if "yes" in (tags.get("ice_road"), tags.get("winter_road")):
        return None
    if highway == "service" and tags.get("service") in _PARKING_SERVICES and is_allowed(tags) is None:
        return None
    if tags.get("motorroad") == "yes" and highway in ("trunk", "trunk_link"):
        highway = highway.replace("trunk", "motorway")
    direction = one_way_direction(tags, tags["highway"])
    if direction is None:
        return None
    toll_tag = next((tags[key] for key in ("toll:motorcar", "toll") if key in tags), "")
    # Japan's expressways cost a toll unless their tags say no; elsewhere, and on ramps, only what is tagged does.
    toll = toll_tag == "yes" or (toll_tag == "" and tags["highway"] == "motorway" and region == "hokkaido")
    road_class = classes[highway]
    if road_class == "expressway" and not toll:
        road_class = "free_expressway"
    return WayRule(
        highway,
        road_class,
        direction,
        toll,
        is_closed_in_winter(tags),
        way_speed(tags),
        road_number(tags.get("ref", ""), road_class, region),
        tags.get("name", ""),
    )


@lru_cache(maxsize=1)
def _class_of() -> dict[str, str]:
    return dict(load_classes()["road_class"])


def ferry_rule(tags: Tags) -> WayRule | None:
    """Return what a car may do on a ``route=ferry`` way or relation, None where none is carried.

    Cars are carried where an access tag says so, and where no tag speaks of anybody.
    """
    allowed = is_allowed(tags)
    if allowed is None:
        allowed = not any(key in tags for key in ("foot", "bicycle", *ACCESS_KEYS))
    if not allowed:
        return None
    name, ref = tags.get("name", ""), tags.get("ref", "")
    toll = False  # fares are not tolls: --no-tolls must not cut off the islands
    minutes = parse_duration(tags.get("duration"))
    return WayRule(FERRY, FERRY, BOTH_WAYS, toll, is_closed_in_winter(tags), math.nan, ref, name, minutes)


def blocks_cars(tags: Tags) -> bool:
    """Say whether a barrier on a node stops cars.

    Bollards and the like do unless a tag lets cars pass. Gates do only where a tag bars cars: the gates that shut
    mountain roads in winter stand open in summer and are tagged without access.
    """
    barrier = tags.get("barrier", "")
    if barrier in ("", "no", "entrance"):
        return False
    allowed = is_allowed(tags)
    if allowed is None:
        return barrier in _SOLID_BARRIERS
    return not allowed
