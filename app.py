"""The app: widgets make a frozen scenario, one analysis call answers it, a page draws it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.errors import NakapotsuError
from ui.closure_notes import note_closures
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


def fresh_page(view: str) -> DeltaGenerator:
    """Return where to draw a page, so that what is left of another one is gone at once and not only at the end.

    Streamlit hands on the elements of a block to a block of the same kind in its place; so the kind changes with the
    view.
    """
    if st.session_state.get("drawn_view") != view:
        st.session_state["drawn_view"] = view
        st.session_state["page_in_column"] = not st.session_state.get("page_in_column", False)
    return st.columns(1)[0] if st.session_state["page_in_column"] else st.container()


st.set_page_config(page_title="nakapotsu", page_icon="🗾", layout="wide")
# Labels of figures are wrapped rather than cut off, and figures are small enough for a column of a narrow screen.
st.html(
    "<style>.block-container{padding:2rem 2rem 1rem}"
    "[data-testid=stMetricLabel] *{white-space:normal!important;overflow:visible!important}"
    "[data-testid=stMetricValue]{font-size:1.7rem}</style>"
)
try:
    choice = draw_sidebar()
    st.markdown(f"### {word('title', choice.language)}")
    st.caption(word("lead", choice.language))
    note_closures(choice)
    with fresh_page(choice.view):
        PAGES[choice.view](choice)
except NakapotsuError as error:
    st.error(str(error))
