"""What the assumptions are called in the reader's language, and their units and bases."""

from ui.text import Language, word_or


def parameter_label(name: str, language: Language) -> str:
    """Return what an assumption is called; its id where nobody has named it yet."""
    return word_or(f"parameter_label_{name}", language, name)


def unit_label(unit: str, language: Language) -> str:
    """Return a unit of the table of assumptions in words."""
    return word_or(f"unit_{unit}", language, unit)


def basis_label(basis: str, language: Language) -> str:
    """Return whether a value is published, the report's, assumed or the reader's."""
    return word_or(f"parameter_basis_{basis}", language, basis)
