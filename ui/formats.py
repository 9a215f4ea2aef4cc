"""How times and people are written for a reader."""

import math

from ui.text import Language, word


def format_number_of_minutes(minutes: float, limit_min: float) -> str:
    """Round minutes, but keep as many decimals as it takes not to show a time on the limit that it is not at."""
    for decimals in range(4):
        if minutes == limit_min or round(minutes, decimals) != limit_min:
            return f"{minutes:.{decimals}f}"
    return f"{minutes:.6f}"


def format_minutes(minutes: float, status: str, language: Language, limit_min: float) -> str:
    """Write a travel time, or the status where there is none."""
    if math.isnan(minutes):
        return word(status, language)
    return f"{format_number_of_minutes(minutes, limit_min)} {word('minutes', language)}"


def format_people(people: float, language: Language) -> str:
    """Write a number of residents."""
    return f"{people:,.0f} 人" if language == "ja" else f"{people:,.0f}"
