"""How a comparison of service models is laid out: measures down, options across, with differences from today."""

import numpy as np
import pandas as pd

from analysis.models.compare import Comparison
from analysis.models.sensitivity import Robustness
from ui.parameter_words import parameter_label
from ui.text import Language, word

# Column of the comparison, decimals, divisor; the words are ``measure_<column>``.
SHOWN_MEASURES = (
    *((f"people_within_{band}min", 0, 1) for band in (30, 60, 90, 120)),
    *((f"people_days_within_{band}min", 0, 1) for band in (30, 60, 90, 120)),
    ("people_within_limit", 0, 1),
    ("people_days_within_limit", 0, 1),
    ("registrants_within_limit", 0, 1),
    ("registrants_days_within_limit", 0, 1),
    ("people_over_limit", 0, 1),
    ("nearest_mean_min", 1, 1),
    ("any_day_mean_min", 1, 1),
    ("any_day_median_min", 1, 1),
    ("any_day_p90_min", 1, 1),
    ("first_contact_mean_min", 1, 1),
    ("workplace_mean_min", 1, 1),
    ("contacts_per_year", 0, 1),
    ("contacts_centre_visit", 0, 1),
    ("contacts_staff_visit", 0, 1),
    ("contacts_satellite", 0, 1),
    ("contacts_outreach", 0, 1),
    ("contacts_ict", 0, 1),
    ("contacts_partner", 0, 1),
    ("contacts_phone", 0, 1),
    ("contacts_unserved", 0, 1),
    ("user_travel_hours", 0, 1),
    ("staff_hours", 0, 1),
    ("staff_driving_hours", 0, 1),
    ("vehicle_km", 0, 1),
    ("overnight_stays", 0, 1),
    ("fte_needed", 2, 1),
    ("fte_added", 2, 1),
    ("fte_there", 1, 1),
    ("cost_jpy", 2, 1e6),
    ("cost_staff_jpy", 2, 1e6),
    ("cost_vehicle_jpy", 2, 1e6),
    ("cost_lodging_jpy", 2, 1e6),
    ("cost_premises_jpy", 2, 1e6),
    ("cost_ict_jpy", 2, 1e6),
    ("cost_partner_jpy", 2, 1e6),
    ("cost_added_staff_jpy", 2, 1e6),
    ("setup_jpy", 2, 1e6),
    ("additional_cost_jpy", 2, 1e6),
    ("year_cost_jpy", 2, 1e6),
    ("additional_year_cost_jpy", 2, 1e6),
    ("year_staff_hours", 0, 1),
    ("year_vehicle_km", 0, 1),
    ("year_overnight_stays", 0, 1),
    ("year_user_travel_hours", 0, 1),
    ("year_contacts_unserved", 0, 1),
    ("year_fte_needed", 2, 1),
    ("additional_people_within_limit", 0, 1),
    ("cost_per_additional_person_jpy", 0, 1),
    ("cost_per_additional_person_day_jpy", 0, 1),
)


def _measure_word(column: str, language: Language) -> str:
    """Name a measure; those of a band of minutes share one text."""
    stem, within, band = column.partition("_within_")
    if within and band.endswith("min"):
        return word(f"measure_{stem}_band", language).format(band=band.removesuffix("min"))
    return word(f"measure_{column}", language)


def _text(value: float, decimals: int, *, signed: bool) -> str:
    if pd.isna(value):
        return "–"
    return f"{value:{'+' if signed else ''},.{decimals}f}"


def lay_out_measures(comparison: Comparison, language: Language, *, as_difference: bool) -> pd.DataFrame:
    """Return one row a measure and one column an option, as text; the places over the limit are the last row."""
    table = comparison.differences if as_difference else comparison.table
    titles = option_titles(comparison, language)
    rows: dict[str, list[str]] = {}
    for column, decimals, divisor in SHOWN_MEASURES:
        values = (
            pd.to_numeric(table[column], errors="coerce").astype("Float64").to_numpy(float, na_value=np.nan) / divisor
        )
        own_difference = column.startswith(("additional_", "cost_per_"))
        texts = [_text(value, decimals, signed=as_difference and not own_difference) for value in values]
        if as_difference and not own_difference:
            texts[0] = "–"
        rows[_measure_word(column, language)] = texts
    suffix = "ja" if language == "ja" else "en"
    rows[word("measure_preconditions", language)] = [
        f"{row.preconditions_met} / {row.preconditions_not_met} / {row.preconditions_unknown}"
        for row in comparison.table.itertuples()
    ]
    rows[word("measure_places", language)] = comparison.table[f"places_over_limit_{suffix}"].to_list()
    layout = pd.DataFrame.from_dict(rows, orient="index", columns=titles)
    return layout.rename_axis(word("measure_name", language)).reset_index()


def option_titles(comparison: Comparison, language: Language) -> list[str]:
    """Return the names of the options, in their order; a name that several have is told apart by their ids."""
    names = [str(name) for name in comparison.table[f"option_{language}"]]
    ids = comparison.table["option"]
    return [f"{name} ({key})" if names.count(name) > 1 else name for name, key in zip(names, ids, strict=True)]


def lay_out_preconditions(comparison: Comparison, names: "pd.Series[str]", language: Language) -> pd.DataFrame:
    """Return one row for each option and condition that must hold; ``names`` are of the municipalities, by code."""
    titles = dict(zip(comparison.scores, option_titles(comparison, language), strict=True))
    tables = [score.preconditions.assign(option=titles[option]) for option, score in comparison.scores.items()]
    frame = pd.concat(tables, ignore_index=True)
    table = lay_out_conditions(frame, names, language)
    table.insert(0, word("option", language), frame["option"])
    return table.drop_duplicates(ignore_index=True)


def lay_out_conditions(frame: pd.DataFrame, names: "pd.Series[str]", language: Language) -> pd.DataFrame:
    """Return one row a condition of :func:`analysis.models.preconditions.check_preconditions`, in words."""
    return pd.DataFrame(
        {
            word("model", language): [word(f"model_{model}", language) for model in frame["model"]],
            word("place", language): frame["place"].map(names).fillna(frame["place"]),
            word("condition", language): frame[language],
            word("status", language): [word(f"precondition_{status}", language) for status in frame["status"]],
        },
        index=frame.index,
    )


def lay_out_ranking(robustness: Robustness, titles: dict[str, str], language: Language) -> pd.DataFrame:
    """Return the ranking by a measure with the band of the samples."""
    ranking = robustness.ranking
    return pd.DataFrame(
        {
            word("rank", language): ranking["rank"].astype("Int64"),
            word("option", language): ranking["option"].map(titles),
            word("value", language): [_text(value, 1, signed=False) for value in ranking["value"]],
            "5 %": [_text(value, 1, signed=False) for value in ranking["low_5pct"]],
            "95 %": [_text(value, 1, signed=False) for value in ranking["high_95pct"]],
            word("top_share", language): [f"{value:.0%}" if pd.notna(value) else "–" for value in ranking["top_share"]],
        }
    )


def lay_out_one_at_a_time(
    robustness: Robustness, titles: dict[str, str], count: int, language: Language
) -> pd.DataFrame:
    """Return the first rows of what each assumption alone does to each option, the widest first."""
    widest = robustness.one_at_a_time.head(count)
    return pd.DataFrame(
        {
            word("parameter_name", language): [parameter_label(name, language) for name in widest["parameter"]],
            word("option", language): widest["option"].map(titles),
            word("parameter_low", language): widest["low"],
            word("parameter_high", language): widest["high"],
            word("value_at_low", language): widest["value_at_low"].round(2),
            word("value_at_high", language): widest["value_at_high"].round(2),
            word("spread", language): widest["spread"].round(2),
        }
    )
