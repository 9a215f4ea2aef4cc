"""What the parts of the siting page say below the map: what a choice would take, and which assumptions it hangs on."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from analysis.models.parameters import Parameters
from analysis.siting.assumption_effects import widest_effects
from analysis.siting.requirements import Requirements
from ui.model_tables import lay_out_conditions
from ui.parameter_words import basis_label, parameter_label, unit_label
from ui.place_names import place_names
from ui.sidebar import choose_option
from ui.text import Language, word

MILLION = 1_000_000
SHOWN_EFFECTS = 4  # assumptions for each figure
_IN_MILLIONS = ("cash_jpy", "setup_jpy")


def choose_panel(name: str, panels: Sequence[str], language: Language) -> str:
    """Let the reader choose what to see; only that is computed."""
    label = word("siting_panels", language)
    return choose_option(st.radio, name, panels, language=language, label=label, horizontal=True)


def lay_out_requirements(rows: Mapping[str, Requirements], language: Language) -> pd.DataFrame:
    """Return one row a choice, named by the keys: what it takes beyond today."""
    items = list(rows.values())
    columns: dict[str, list[str]] = {
        "takes_hours": [f"{item.staff_hours:+,.0f}" for item in items],
        "takes_fte": [f"{item.fte:+.2f}" for item in items],
        "takes_stationed": [f"{item.stationed_fte:g}" for item in items],
        "takes_nights": [f"{item.nights:+,.0f}" for item in items],
        "takes_cash": [f"{item.cash_jpy / MILLION:+,.2f}" for item in items],
        "takes_cost": [f"{item.cost_jpy / MILLION:+,.2f}" for item in items],
        "takes_setup": [f"{item.setup_jpy / MILLION:,.2f}" for item in items],
        "takes_conditions": [" / ".join(str(item.count(s)) for s in ("met", "not_met", "unknown")) for item in items],
    }
    named = {word(key, language): values for key, values in columns.items()}
    return pd.DataFrame({word("mix_choice", language): list(rows), **named})


def draw_requirements(rows: Mapping[str, Requirements], shown: str, language: Language) -> None:
    """Draw what each choice takes, and what must be true for the one that is shown."""
    st.dataframe(lay_out_requirements(rows, language), hide_index=True)
    st.caption(word("takes_note", language))
    names = pd.Series(place_names(language))
    st.markdown(f"**{word('condition', language)}: {shown}**")
    conditions = lay_out_conditions(rows[shown].preconditions, names, language)
    if conditions.empty:
        st.write(word("takes_no_condition", language))
    else:
        st.dataframe(conditions, hide_index=True)
    st.caption(word("conditions_note", language))


def lay_out_assumptions(effects: pd.DataFrame, parameters: Parameters, language: Language) -> pd.DataFrame:
    """Return the assumptions that move each figure most: value, range, what the figure becomes at its ends, source."""
    widest = widest_effects(effects, SHOWN_EFFECTS)
    entries = {entry.name: entry for entry in parameters.entries}
    rows = []
    for row in widest.itertuples():
        entry = entries[str(row.parameter)]
        divisor, decimals = (MILLION, 2) if row.figure in _IN_MILLIONS else (1, 0)
        texts = [f"{float(v) / divisor:+,.{decimals}f}" for v in (row.base, row.value_at_low, row.value_at_high)]
        values = (
            word(f"measure_{row.figure}", language),
            texts[0],
            parameter_label(entry.name, language),
            f"{entry.value:,g}",
            f"{entry.low:,g} – {entry.high:,g}",
            unit_label(entry.unit, language),
            *texts[1:],
            basis_label(entry.basis, language),
            entry.source or "–",
        )
        rows.append(values)
    columns = ["hangs_figure", "hangs_base", "parameter_name", "value", "hangs_range", "parameter_unit"]
    columns += ["value_at_low", "value_at_high", "parameter_basis", "parameter_source"]
    return pd.DataFrame(rows, columns=[word(key, language) for key in columns])


def draw_assumptions(effects: pd.DataFrame, parameters: Parameters, language: Language) -> None:
    """Draw the assumptions that the figures of a choice hang on."""
    st.write(word("hangs_lead", language))
    st.dataframe(lay_out_assumptions(effects, parameters, language), hide_index=True)
    st.caption(word("hangs_note", language))
