"""What the page of the models says in words: the models, the practices, and what was assumed for the plans."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from analysis.models.plan import Plan
from analysis.models.presets import list_presets
from analysis.models.texts import load_model_texts
from ui.place_names import join_names
from ui.text import Language, word

PRACTICE_COLUMNS = ("option", "practice_note", "practice_assumed", "practice_scored", "source")
PRACTICES_HEIGHT_PX = 520


def draw_texts(language: Language) -> None:
    """Say of each model what it is, what it costs and what must be true."""
    texts = load_model_texts()
    for model, row in texts.iterrows():
        st.markdown(
            f"**{word(f'model_{model}', language)}** — {row[f'sentence_{language}']}  \n"
            f"{word('sacrifice', language)}: {row[f'sacrifice_{language}']}  \n"
            f"{word('must_hold', language)}: {row[f'precondition_{language}']}  \n"
            f"<small>{row['source']}</small>",
            unsafe_allow_html=True,
        )


def draw_practices(language: Language) -> None:
    """Draw the practices of other prefectures: what each is, what was assumed of it, and where it stands."""
    st.markdown(f"**{word('practices', language)}**")
    rows = [
        (
            getattr(preset, f"name_{language}"),
            getattr(preset, f"explanation_{language}"),
            getattr(preset, f"note_{language}"),
            word("practice_models" if preset.uses_models else "practice_others", language),
            preset.source,
        )
        for preset in list_presets()
    ]
    columns = [word(key, language) for key in PRACTICE_COLUMNS]
    # A table wraps its texts, which a data frame cuts off.
    with st.container(height=PRACTICES_HEIGHT_PX):
        st.table(pd.DataFrame(rows, columns=columns).set_index(columns[0]))


def draw_notes(plans: Sequence[Plan], language: Language) -> None:
    """List what was assumed for the plans of the report that are compared."""
    notes = {getattr(plan, f"name_{language}"): getattr(plan, f"note_{language}") for plan in plans}
    lines = [f"- **{name}** — {note}" for name, note in notes.items() if note]
    if lines:
        st.markdown("\n".join([f"**{word('plan_notes', language)}**", "", *lines]))


def note_unchanged(plans: Sequence[Plan], language: Language) -> None:
    """Say which of the chosen plans change nothing in the region, so that they do not pass for a result."""
    same = [getattr(plan, f"name_{language}") for plan in plans if not (plan.services or plan.staff or plan.parameters)]
    if same:
        st.info(word("plans_unchanged", language) + join_names(same, language))
