"""The road sections that the reader has closed, kept for every page, and their names."""

from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from geo.roads import RoadNetwork
from ui.text import Language, word


def closed_edges() -> tuple[str, ...]:
    """Return the ids of the sections that the reader has closed, sorted."""
    closed: tuple[str, ...] = st.session_state.get("closed_edges", ())
    return closed


def toggle(edge_id: str) -> None:
    """Close a section, or open it again."""
    st.session_state["closed_edges"] = tuple(sorted(set(closed_edges()) ^ {edge_id}))


def take_click(event: dict[str, Any] | None) -> None:
    """Close the section that was clicked, or open it again; to be called once for every click on the map."""
    feature = (event or {}).get("last_active_drawing") or {}
    edge_id = feature.get("properties", {}).get("edge_id")
    if edge_id is not None and (event or {}).get("last_object_clicked_count"):
        toggle(str(edge_id))


@lru_cache(maxsize=4)
def section_labels(network: RoadNetwork, language: Language) -> "pd.Series[str]":
    """Return for each section its road and the names of its ends, indexed by ``edge_id``."""
    names = network.nodes["name"]
    edges = network.edges
    ends = edges["from_node"].map(names).fillna("") + "–" + edges["to_node"].map(names).fillna("")
    road = edges["road_name"].where(edges["road_name"] != "", edges["road_no"])
    return (road + " " + ends).rename("label")


@lru_cache(maxsize=8)
def section_details(network: RoadNetwork, season: str, language: Language) -> "pd.Series[str]":
    """Return for each section its length, its minutes and whether it closes in that season, indexed by ``edge_id``."""
    edges = network.edges
    minutes = word("minutes", language)
    texts = [
        f"{km:.1f} km, " + (word("closed_season", language) if closed else f"{value:.0f} {minutes}")
        for km, value, closed in zip(
            edges["length_km"], edges[f"{season}_min"], edges[f"closed_in_{season}"], strict=True
        )
    ]
    return pd.Series(texts, index=edges.index, name="detail")
