"""The words of the app, Japanese first and English beside it, kept in ``words.csv``."""

import csv
from functools import lru_cache
from pathlib import Path
from typing import Literal

Language = Literal["ja", "en"]

WORDS_PATH = Path(__file__).with_name("words.csv")


@lru_cache(maxsize=1)
def load_words() -> dict[str, dict[Language, str]]:
    """Read the words: for each key its text in each language."""
    with WORDS_PATH.open(encoding="utf-8", newline="") as file:
        return {row["key"]: {"ja": row["ja"], "en": row["en"]} for row in csv.DictReader(file)}


def word(key: str, language: Language) -> str:
    """Return the words of a key in a language."""
    return load_words()[key][language]


def word_or(key: str, language: Language, fallback: str) -> str:
    """Return the words of a key in a language, or the fallback where the key has none."""
    return load_words().get(key, {}).get(language) or fallback
