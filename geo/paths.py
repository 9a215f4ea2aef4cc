"""Where the shipped data lies, in a checkout and in an installed wheel."""

from pathlib import Path

_PACKAGE_DIR = Path(__file__).resolve().parent
_INSTALLED_DATA_DIR = _PACKAGE_DIR / "_data"
_CHECKOUT_DATA_DIR = _PACKAGE_DIR.parent / "data"

DATA_DIR = _INSTALLED_DATA_DIR if _INSTALLED_DATA_DIR.is_dir() else _CHECKOUT_DATA_DIR
BOUNDARIES_DIR = DATA_DIR / "boundaries"
FACILITIES_DIR = DATA_DIR / "facilities"
ROADS_DIR = DATA_DIR / "roads"
MODELS_DIR = DATA_DIR / "models"
