"""Reading single OpenStreetMap tags: speeds, durations, seasons."""

import math
import re
from collections.abc import Mapping

Tags = Mapping[str, str]

KM_PER_MILE = 1.609344
# Values of maxspeed that name a rule instead of a number; walking pace as in the living streets of osm_classes.csv.
_NAMED_KPH = {"walk": 7.0}
_SPEED = re.compile(r"^(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph)?$")
_CLOCK = re.compile(r"^(\d{1,3}):(\d{2})(?::(\d{2}))?$")
_ISO = re.compile(r"^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"\b({'|'.join(_MONTHS)})[a-z]*\b"
_DAY = r"(?:\s+(?:\d{1,2}|end|begin))?"
_RANGE = re.compile(rf"{_MONTH}{_DAY}\s*(?:-|–|to)\s*(?:\d{{4}}\s+)?{_MONTH}", re.IGNORECASE)
_SINGLE = re.compile(_MONTH, re.IGNORECASE)
_WINTER_WORD = re.compile(r"\b(winter|snow|ice)\b|冬", re.IGNORECASE)
_SUMMER_WORD = re.compile(r"\b(summer)\b|夏", re.IGNORECASE)

MIDWINTER = 1  # January: a road that is shut then is shut on a winter day


def parse_speed(value: str | None) -> float:
    """Return a speed limit in km/h, NaN where there is none, a sign by hour or lane, or a name of a rule.

    Of several values (``60;40``) the lowest counts.
    """
    speeds = []
    for part in (value or "").lower().split(";"):
        text = part.strip()
        match = _SPEED.match(text)
        if match:
            speeds.append(float(match[1]) * (KM_PER_MILE if match[2] == "mph" else 1.0))
        elif text in _NAMED_KPH:
            speeds.append(_NAMED_KPH[text])
    speeds = [speed for speed in speeds if speed > 0]
    return min(speeds) if speeds else math.nan


def way_speed(tags: Tags) -> float:
    """Return a way's limit in km/h, NaN if untagged; of two directions the lower counts for both."""
    own = parse_speed(tags.get("maxspeed"))
    by_direction = [parse_speed(tags.get(f"maxspeed:{side}")) for side in ("forward", "backward")]
    limits = [speed for speed in (own, *by_direction) if not math.isnan(speed)]
    return min(limits) if limits else math.nan


def parse_duration(value: str | None) -> float:
    """Return a duration in minutes from ``HH:MM``, ``HH:MM:SS``, minutes, or ISO 8601; NaN if it is none of these."""
    text = (value or "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        minutes = float(text)
    elif match := _CLOCK.match(text):
        minutes = int(match[1]) * 60 + int(match[2]) + int(match[3] or 0) / 60
    elif (match := _ISO.match(text)) and any(match.groups()):
        days, hours, mins, seconds = (int(group or 0) for group in match.groups())
        minutes = days * 1440 + hours * 60 + mins + seconds / 60
    else:
        return math.nan
    return minutes if minutes > 0 else math.nan


def covers_winter(text: str) -> bool | None:
    """Say whether the months named in a condition include January; None where it names no month."""
    if not text:
        return None
    spans = [(_MONTHS.index(a.lower()[:3]) + 1, _MONTHS.index(b.lower()[:3]) + 1) for a, b in _RANGE.findall(text)]
    rest = _RANGE.sub(" ", text)
    spans += [(month, month) for month in (_MONTHS.index(m.lower()[:3]) + 1 for m in _SINGLE.findall(rest))]
    if spans:
        return any((a <= MIDWINTER <= b) if a <= b else (a <= MIDWINTER or b >= MIDWINTER) for a, b in spans)
    if _WINTER_WORD.search(text):
        return True
    return False if _SUMMER_WORD.search(text) else None


def is_closed_in_winter(tags: Tags) -> bool:
    """Say whether tags shut a way, or a gate on it, to cars in January.

    Read are ``motorcar|motor_vehicle|vehicle|access:conditional`` (``no @ (Nov-Apr)``, ``yes @ (May-Oct)``),
    ``seasonal`` (a season or months without winter), ``opening_hours`` with months, and ``winter_service=no`` or
    ``snowplowing=no`` (not cleared of snow).
    """
    for mode in ("motorcar", "motor_vehicle", "vehicle", "access"):
        for clause in re.split(r";(?![^(]*\))", tags.get(f"{mode}:conditional", "")):
            rule, _, condition = clause.partition("@")
            winter = covers_winter(condition)
            if rule.strip() in ("no", "private") and winter is True:
                return True
            if rule.strip() in ("yes", "permissive", "designated") and winter is False:
                return True
    season = tags.get("seasonal", "")
    if season not in ("", "no", "yes") and covers_winter(season) is False:
        return True
    if covers_winter(tags.get("opening_hours", "")) is False:
        return True
    return "no" in (tags.get("winter_service"), tags.get("snowplowing"))
