"""Names of places in the reader's language."""

from functools import lru_cache

import pandas as pd

from geo.boundaries import load_municipalities, load_parts
from ui.text import Language

_MARKS = {"ja": "、", "en": ", "}


@lru_cache(maxsize=2)
def place_names(language: Language) -> dict[str, str]:
    """Return the name of each municipality and each demand unit, by code and by part id."""
    column = "name_ja" if language == "ja" else "name_en"
    tables = (load_parts().set_index("part_id"), load_municipalities().set_index("code"))
    names = pd.concat([table[column] for table in tables])
    return {str(key): str(name) for key, name in names.items()}


@lru_cache(maxsize=1)
def _english() -> dict[str, str]:
    japanese, english = place_names("ja"), place_names("en")
    return {name: english[key] for key, name in japanese.items()}


def in_language(joined: str, language: Language) -> str:
    """Return Japanese names of places joined by ``、`` in the reader's language."""
    if language == "ja":
        return joined
    return join_names([_english().get(name, name) for name in joined.split("、")], language)


def join_names(names: list[str], language: Language) -> str:
    """Join names as the language does."""
    return _MARKS[language].join(names)
