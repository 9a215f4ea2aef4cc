"""What every page says about the road sections that the reader has closed."""

import streamlit as st

from ui.closures import closed_edges, section_labels
from ui.place_names import join_names
from ui.sidebar import Choice
from ui.text import word


def note_closures(choice: Choice) -> None:
    """Say on every page which sections are closed, and which of them this year's roads do not have."""
    scenario, language = choice.scenario, choice.language
    if scenario.closed_edges and choice.view != "view_routes":
        labels = section_labels(scenario.network(), language)
        closed = [labels.get(edge, edge) for edge in scenario.closed_edges]
        st.warning(word("closed_note", language) + join_names(closed, language))
    left_out = set(closed_edges(scenario.roads)) - set(scenario.closed_edges)
    if left_out:
        st.info(word("closed_later", language) + join_names(sorted(left_out), language))
