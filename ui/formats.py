"""How times and people are written for a reader."""

import math

from ui.text import Language, word


def format_minutes(minutes: float, status: str, language: Language) -> str:
    """Write a travel time, or the status where there is none."""
    if math.isnan(minutes):
        return word(status, language)
    return f"{minutes:.0f} {word('minutes', language)}"


def format_people(people: float, language: Language) -> str:
    """Write a number of residents."""
    return f"{people:,.0f} 人" if language == "ja" else f"{people:,.0f}"
