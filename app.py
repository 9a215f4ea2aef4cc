"""The app: widgets make a frozen scenario, one analysis call answers it, a page draws it."""

import streamlit as st

from geo.errors import NakapotsuError
from ui.closures import closed_edges, section_labels
from ui.map_page import draw_map_page
from ui.models_page import draw_models_page
from ui.points_page import draw_points_page
from ui.routes_page import draw_routes_page
from ui.seasons_page import draw_seasons_page
from ui.sidebar import draw_sidebar
from ui.siting_page import draw_siting_page
from ui.sources_page import draw_sources_page
from ui.table_page import draw_table_page
from ui.text import word

PAGES = {
    "view_map": draw_map_page,
    "view_seasons": draw_seasons_page,
    "view_routes": draw_routes_page,
    "view_models": draw_models_page,
    "view_tables": draw_table_page,
    "view_points": draw_points_page,
    "view_siting": draw_siting_page,
    "view_sources": draw_sources_page,
}

st.set_page_config(page_title="nakapotsu", page_icon="🗾", layout="wide")
st.html("<style>.block-container{padding:2rem 2rem 1rem}</style>")
choice = draw_sidebar()
st.markdown(f"### {word('title', choice.language)}")
st.caption(word("lead", choice.language))
if choice.scenario.closed_edges and choice.view != "view_routes":
    labels = section_labels(choice.scenario.network(), choice.language)
    closed = [labels.get(edge, edge) for edge in choice.scenario.closed_edges]
    st.warning(word("closed_note", choice.language) + "、".join(closed))
left_out = set(closed_edges(choice.scenario.roads)) - set(choice.scenario.closed_edges)
if left_out:  # not opened yet in the year of the roads
    st.info(word("closed_later", choice.language) + ", ".join(sorted(left_out)))
try:
    PAGES[choice.view](choice)
except NakapotsuError as error:
    st.error(str(error))
