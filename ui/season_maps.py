"""The solutions of several seasons as small maps side by side, on one scale."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from analysis.siting.candidates import Candidate
from geo.boundaries import load_parts
from geo.facilities import load_centres
from geo.map_elements import legend_html
from geo.routing import FloatArray
from geo.siting_maps import GAIN_COLOURS, SITE_COLOURS
from geo.travel_classes import TravelClass
from ui.place_names import place_names
from ui.sidebar import centre_labels, name_column
from ui.siting_map import classify_gains
from ui.small_maps import small_map
from ui.text import Language, word

SIZE_PX = (450, 390)


@dataclass(frozen=True)
class SeasonPicture:
    """One small map: its title, the minutes of every unit before and after, and the new sites."""

    title: str
    part_ids: Sequence[str]
    before_min: FloatArray
    after_min: FloatArray
    sites: Sequence[Candidate]


def _minutes(minutes: float, language: Language) -> str:
    return f"{minutes:.0f} {word('minutes', language)}" if np.isfinite(minutes) else word("no_route", language)


def draw_season_maps(
    pictures: Sequence[SeasonPicture], limit_min: float, language: Language, *, robust: Collection[str] = ()
) -> None:
    """Draw one map a season; ``robust`` are the ids of sites to be marked as such."""
    labels = {kind: word(f"gain_{kind}", language) for kind in GAIN_COLOURS}
    classes = [TravelClass(labels[kind], colour) for kind, colour in GAIN_COLOURS.items()]
    positions = {kind: i for i, kind in enumerate(GAIN_COLOURS)}
    kinds = ("existing", "chosen", *(["robust"] if robust else []))
    points = [f"<span style='color:{SITE_COLOURS[kind]}'>●</span> {word(f'site_{kind}', language)}" for kind in kinds]
    legend = legend_html(classes, word("siting_gain", language), points).replace("<br>", "&emsp;")
    st.html(f"<div style='font-size:0.85rem'>{legend}</div>")
    names, aliases = place_names(language), (word("place", language), word("time", language))
    for column, picture in zip(st.columns(len(pictures)), pictures, strict=True):
        gains = classify_gains(picture.before_min, picture.after_min, limit_min)
        times = zip(picture.before_min, picture.after_min, strict=True)
        units = pd.DataFrame(
            {
                "class_index": [positions[gain] for gain in gains],
                "name": [names[part] for part in picture.part_ids],
                "time_text": [f"{_minutes(old, language)} → {_minutes(new, language)}" for old, new in times],
            },
            index=list(picture.part_ids),
        )
        marks = pd.concat(
            [_centres(picture.part_ids, language), _marks(picture.sites, robust, language)], ignore_index=True
        )
        column.vega_lite_chart(
            spec=small_map(units, marks, classes, picture.title, aliases, size_px=SIZE_PX), width="content"
        )


def _centres(part_ids: Sequence[str], language: Language) -> pd.DataFrame:
    """Return the centres responsible for some units."""
    centre_ids = load_parts().set_index("part_id")["centre_id"].loc[list(part_ids)].unique()
    centres = load_centres().set_index("centre_id").loc[centre_ids]
    table = pd.DataFrame({"lat": centres["lat"], "lon": centres["lon"], "name": centre_labels(language)[centre_ids]})
    return table.astype({"lat": float, "lon": float}).assign(colour=SITE_COLOURS["existing"])


def _marks(sites: Sequence[Candidate], robust: Collection[str], language: Language) -> pd.DataFrame:
    kinds = ["robust" if site.id in robust else "chosen" for site in sites]
    table = pd.DataFrame(
        [(site.lat, site.lon, getattr(site, name_column(language))) for site in sites], columns=["lat", "lon", "name"]
    )
    return table.astype({"lat": float, "lon": float}).assign(colour=[SITE_COLOURS[kind] for kind in kinds])
