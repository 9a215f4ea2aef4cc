"""The map of the siting page: what sites do for every place."""

from collections.abc import Collection, Sequence
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
from streamlit_folium import st_folium

from analysis.overview import Scenario
from analysis.siting.candidates import Candidate, points_of
from geo.boundaries import load_parts
from geo.facilities import load_centres
from geo.maps import TravelMapText, draw_base_map
from geo.routing import FloatArray
from geo.siting_maps import GAIN_COLOURS, SITE_COLOURS, draw_gains
from ui.sidebar import Choice, name_column
from ui.text import Language, word

MAP_HEIGHT_PX = 620


def _make_map(language: Language, *, basemap: bool) -> folium.Map:
    west, south, east, north = map(float, load_parts().total_bounds)
    text = TravelMapText(
        word("siting_gain", language), (), (), word("view_siting", language), word("map_attribution", language)
    )
    return draw_base_map((west, south, east, north), text, basemap=basemap)


def classify_gains(before_min: FloatArray, after_min: FloatArray, limit_min: float) -> list[str]:
    """Return a key of ``GAIN_COLOURS`` for each unit from its minutes before and after; NaN or infinite: no route."""
    before, after = (np.where(np.isnan(values), np.inf, values) for values in (before_min, after_min))
    conditions = [
        (after <= limit_min) & (before > limit_min),
        after <= limit_min,
        np.isinf(after),
        after < before - 0.5,
    ]
    return [str(key) for key in np.select(conditions, ["newly_within", "within", "unreached", "quicker"], "still_over")]


def draw_siting_map(
    choice: Choice,
    part_ids: Sequence[str],
    gains: Sequence[str],
    sites: Sequence[Candidate],
    *,
    key: str,
    robust: Collection[str] = (),
) -> dict[str, Any]:
    """Draw the map and return the widget's event, in which ``last_clicked`` is the point that the reader clicked.

    ``robust`` are the ids of sites to be marked as such.
    """
    language = choice.language
    centres = load_centres()
    existing = gpd.GeoDataFrame(
        {"name": centres["nickname_ja" if language == "ja" else "name_en"], "kind": "existing"},
        geometry=centres.geometry,
        crs=centres.crs,
    )
    chosen = gpd.GeoDataFrame(
        {
            "name": [getattr(item, name_column(language)) for item in sites],
            "kind": ["robust" if item.id in robust else "chosen" for item in sites],
        },
        geometry=points_of(sites).to_numpy(),
        crs=centres.crs,
    )
    marks = gpd.GeoDataFrame(pd.concat([existing, chosen], ignore_index=True), crs=centres.crs) if sites else existing
    fmap, kinds = _make_map(language, basemap=choice.basemap), dict(zip(part_ids, gains, strict=True))
    labels = {kind: word(f"gain_{kind}", language) for kind in GAIN_COLOURS}
    site_labels = {kind: word(f"site_{kind}", language) for kind in SITE_COLOURS}
    event: dict[str, Any] = st_folium(
        fmap,
        key=key,
        height=MAP_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_clicked"],
        feature_group_to_add=draw_gains(fmap, kinds, marks, word("siting_gain", language), labels, site_labels),
    )
    return event or {}


def scenario_note(scenario: Scenario, language: Language) -> str:
    """Say in a line for which season and limit a result holds."""
    mark = "・" if language == "ja" else ", "
    return f"{word(scenario.season, language)}{mark}{scenario.limit_min:g} {word('minutes', language)}"
