"""The page of sources: what is published, modelled and assumed, with versions."""

import pandas as pd
import streamlit as st

from analysis.provenance import COLUMN_BASIS, data_version
from geo.assumptions import load_assumption_table
from geo.facilities import load_centre_activity, load_centres
from geo.paths import DATA_DIR, ROADS_DIR
from ui.sidebar import Choice
from ui.text import word

ROAD_TABLES = (
    "speeds.csv",
    "winter_factors.csv",
    "snow_zones.csv",
    "closures.csv",
    "ferries.csv",
    "sailings.csv",
    "published_lengths.csv",
    "published_journeys.csv",
    "seasonal_journeys.csv",
)


def draw_sources_page(choice: Choice) -> None:
    """Show where every number comes from."""
    language = choice.language
    network = choice.scenario.network()
    st.markdown(f"**{word('versions', language)}**: data {data_version()}, roads {network.name} {network.version}")
    basis = pd.DataFrame(COLUMN_BASIS, columns=["column", "basis", "source"])
    basis["basis"] = basis["basis"].map(lambda key: word(key, language))
    st.dataframe(basis, hide_index=True)
    st.subheader(word("assumptions", language))
    st.dataframe(load_assumption_table(), hide_index=True)
    for name in ROAD_TABLES:
        st.dataframe(pd.read_csv(ROADS_DIR / name, keep_default_na=False), hide_index=True)
    st.subheader(word("centres_table", language))
    centres = pd.DataFrame(load_centres().drop(columns="geometry"))
    st.dataframe(centres.merge(load_centre_activity(), on="centre_id", validate="one_to_one"), hide_index=True)
    st.markdown((DATA_DIR / "README.md").read_text(encoding="utf-8"))
