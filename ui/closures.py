"""The road sections that the reader has closed, kept for every page, and their names."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from geo.roads import RoadNetwork
from ui.place_names import in_language
from ui.text import Language, word

MAX_CLICKABLE = 4000
MAIN_CLASSES = ("expressway", "free_expressway", "national", "prefectural", "ferry")
_ROAD_NUMBER = "[A-Z]+[0-9]+[A-Z]*"  # such as R40, D16, E5A; M stands for several roads


def closed_edges(roads: str) -> tuple[str, ...]:
    """Return the ids of the sections of a network that the reader has closed, sorted."""
    closed: dict[str, tuple[str, ...]] = st.session_state.get("closed_edges", {})
    return closed.get(roads, ())


def close_only(roads: str, edge_ids: Iterable[str]) -> None:
    """Close these sections of a network, and open all others."""
    closed: dict[str, tuple[str, ...]] = st.session_state.get("closed_edges", {})
    st.session_state["closed_edges"] = closed | {roads: tuple(sorted(edge_ids))}


def take_click(roads: str, event: dict[str, Any] | None) -> None:
    """Close the section that was clicked, or open it again; to be called once for every click on the map."""
    feature = (event or {}).get("last_active_drawing") or {}
    edge_id = feature.get("properties", {}).get("edge_id")
    if edge_id is not None and (event or {}).get("last_object_clicked_count"):
        close_only(roads, set(closed_edges(roads)) ^ {str(edge_id)})


@lru_cache(maxsize=4)
def clickable_sections(network: RoadNetwork) -> pd.Index:
    """Return the ids of the sections that are drawn to be clicked: all of a small network, else the main roads.

    A network of all streets has too many sections for a page; of its main roads the longest are taken.
    """
    edges = network.edges
    if len(edges) <= MAX_CLICKABLE:
        return edges.index
    main = edges.loc[edges["road_class"].isin(MAIN_CLASSES), "length_km"]
    return main.nlargest(MAX_CLICKABLE).index.sort_values()


@lru_cache(maxsize=4)
def section_labels(network: RoadNetwork, language: Language) -> "pd.Series[str]":
    """Return for each section to be clicked its road and the names of its ends, indexed by ``edge_id``.

    In English a road is its number and a town has its English name; what has neither keeps its Japanese name.
    """
    names = network.nodes["name"].map(lambda name: in_language(name, language), na_action="ignore")
    edges = network.edges.loc[clickable_sections(network)]
    ends = edges["from_node"].map(names).fillna("") + "–" + edges["to_node"].map(names).fillna("")
    by_number = edges["road_no"].str.fullmatch(_ROAD_NUMBER) & (language == "en")
    road = edges["road_name"].where((edges["road_name"] != "") & ~by_number, edges["road_no"])
    return (road + " " + ends).rename("label")


@lru_cache(maxsize=8)
def section_details(network: RoadNetwork, season: str, language: Language) -> "pd.Series[str]":
    """Return for each section to be clicked its length, its minutes and whether it is closed in that season."""
    edges = network.edges.loc[clickable_sections(network)]
    minutes = word("minutes", language)
    texts = [
        f"{km:.1f} km, " + (word("closed_season", language) if closed else f"{value:.0f} {minutes}")
        for km, value, closed in zip(
            edges["length_km"], edges[f"{season}_min"], edges[f"closed_in_{season}"], strict=True
        )
    ]
    return pd.Series(texts, index=edges.index, name="detail")
