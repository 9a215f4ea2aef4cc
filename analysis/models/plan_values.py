"""Reading the values of a plan file one by one, with messages that name the place and the remedy."""

import math
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from geo.errors import InputError

Choice = TypeVar("Choice", bound=str)


class HasId(Protocol):
    """A plan or a practice."""

    @property
    def id(self) -> str:
        """What it is called in files and commands."""


Item = TypeVar("Item", bound=HasId)


def find_by_id(items: Iterable[Item], item_id: str, what_ja: str, what_en: str) -> Item:
    """Return the plan or practice of an id.

    Raises
    ------
    InputError
        If there is none; the message lists those that there are.
    """
    by_id = {item.id: item for item in items}
    if item_id not in by_id:
        raise InputError(
            f"{what_ja} {item_id!r} はありません。 / no {what_en} {item_id!r}. "
            f"Choose one of {', '.join(by_id) or '(none)'}."
        )
    return by_id[item_id]


class PlanReader:
    """One table of a plan file and what to call it in messages."""

    def __init__(self, row: object, where: str) -> None:
        if not isinstance(row, Mapping):
            raise InputError(
                f"{where}: 表（キー = 値）ではありません。 / found {row!r}, expected a table of key = value lines."
            )
        self.row: Mapping[str, object] = row
        self.where = where

    def refuse_others(self, known: Iterable[str]) -> None:
        """Refuse keys that mean nothing, such as misspelt ones."""
        names = list(known)
        strange = [key for key in self.row if key not in names]
        if strange:
            raise InputError(
                f"{self.where}: {strange[0]} というキーはありません。 / unknown key {strange[0]!r}. "
                f"Expected {', '.join(names)}."
            )

    def text(self, key: str, *, required: bool = False) -> str:
        """Return a text, ``""`` where there is none."""
        value = self.row.get(key, "")
        if not isinstance(value, str) or (required and not value):
            raise InputError(
                f"{self.where}: {key} には文字列が要ります。 / {key} is {value!r}, expected text in quotes, such as "
                f'{key} = "...".'
            )
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where there is none."""
        value = self.row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InputError(
                f"{self.where}: {key} は文字列の一覧にしてください。 / {key} is {value!r}, expected a list such as "
                f'{key} = ["01214", "01481"].'
            )
        return tuple(value)

    def choice(self, key: str, choices: tuple[Choice, ...], *, default: Choice | None = None) -> Choice:
        """Return one of some words."""
        value = self.row.get(key, default)
        if value == "" and default is not None:
            return default
        if value not in choices:
            raise InputError(
                f"{self.where}: {key} = {value!r} は選べません。 / expected {key} to be one of {', '.join(choices)}."
            )
        return value

    def number(self, key: str, *, high: float = math.inf) -> float | None:
        """Return a number from 0 to ``high``, None where there is none."""
        if key not in self.row:
            return None
        value = self.number_of(self.row[key], key)
        if not 0 <= value <= high:
            limits = "0 or more" if math.isinf(high) else f"0 to {high:g}"
            raise InputError(
                f"{self.where}: {key} = {value:g} は範囲の外です。 / expected {key} from {limits}. Correct the value."
            )
        return value

    def number_of(self, value: object, key: str) -> float:
        """Return a value as a finite number."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise InputError(
                f"{self.where}: {key} は数値ではありません。 / {key} is {value!r}, expected a number without quotes."
            )
        return float(value)

    def table(self, key: str) -> Mapping[str, object]:
        """Return a table within this one, empty where there is none."""
        return PlanReader(self.row.get(key, {}), f"{self.where}, [{key}]").row

    def tables(self, key: str) -> list[object]:
        """Return the rows of ``[[key]]``."""
        value = self.row.get(key, [])
        if not isinstance(value, list):
            raise InputError(
                f"{self.where}: {key} は [[{key}]] と書いてください。 / {key} is {value!r}, expected rows under "
                f"[[{key}]]."
            )
        return value
