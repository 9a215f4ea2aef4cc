"""The choices of a mix in the reader's language."""

from ui.place_names import place_names
from ui.text import Language, word


def choice_in_words(text: str, language: Language) -> str:
    """Write a choice such as ``satellite@01483 + outreach x12`` in the reader's language."""
    names = place_names(language)
    parts = []
    for part in text.split(" + "):
        model, _, rest = part.replace("@", " ").partition(" ")
        key = "mix_as_is" if part == "as is" else f"model_{model}"
        detail = "" if part == "as is" else names.get(rest, rest)
        if model == "outreach":
            detail = word("sessions_a_year", language).format(count=rest.removeprefix("x"))
        parts.append(f"{word(key, language)} {detail}".strip())
    return " + ".join(parts)
