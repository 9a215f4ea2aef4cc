"""The lakes and lagoons of Hokkaido, which lie inside the municipal polygons and which no one drives across."""

from functools import lru_cache

import geopandas as gpd

from geo.crs import GEOGRAPHIC_CRS
from geo.errors import DataError
from geo.paths import BOUNDARIES_DIR

LAKES_PATH = BOUNDARIES_DIR / "lakes.geojson"


@lru_cache(maxsize=1)
def load_lakes() -> gpd.GeoDataFrame:
    """Load the lakes and lagoons, largest first. Do not change the frame; it is shared.

    Returns
    -------
    geopandas.GeoDataFrame
        ``lake_id, name_ja, name_en, kind`` (``lake`` or ``lagoon``), polygons, JGD2011 lon/lat.

    Raises
    ------
    DataError
        If a polygon is not valid or an id occurs twice.
    """
    lakes = gpd.read_file(LAKES_PATH, engine="pyogrio").set_crs(GEOGRAPHIC_CRS, allow_override=True)
    if not lakes.geometry.is_valid.all():
        lake = lakes[~lakes.geometry.is_valid].iloc[0]
        raise DataError(
            f"{LAKES_PATH.name}: {lake['lake_id']} is not a valid polygon. Run scripts/make_lakes.py again."
        )
    if lakes["lake_id"].duplicated().any():
        raise DataError(f"{LAKES_PATH.name}: a lake_id occurs twice. Run scripts/make_lakes.py again.")
    return lakes
