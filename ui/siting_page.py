"""The page of siting: test candidates, find the best sites, and find the best mix of models."""

import streamlit as st

from ui.candidate_tab import draw_test_tab
from ui.mix_tab import draw_mix_tab
from ui.sidebar import Choice, choose_option
from ui.sites_tab import draw_sites_tab
from ui.text import word

TABS = ("tab_test", "tab_sites", "tab_mix")


def draw_siting_page(choice: Choice) -> None:
    """Draw one of the three parts; only the one that is shown is computed."""
    language = choice.language
    tab = choose_option(
        st.radio,
        "siting_tab",
        TABS,
        language=language,
        label=word("siting_tabs", language),
        horizontal=True,
        label_visibility="collapsed",
    )
    {"tab_test": draw_test_tab, "tab_sites": draw_sites_tab, "tab_mix": draw_mix_tab}[tab](choice)
    st.caption(word("sources_line", language))
