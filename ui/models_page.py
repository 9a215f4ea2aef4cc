"""The page that sets the five service models side by side for a region."""

import json
import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from analysis.exports import csv_bytes, xlsx_bytes
from analysis.models.access import access_of
from analysis.models.compare import Comparison, compare
from analysis.models.parameters import OutOfRangeWarning, Parameters, load_parameters
from analysis.models.plan import MODELS, Model, Plan
from analysis.models.plan_file import list_plans, plan_bytes
from analysis.models.presets import list_presets, preset_plan
from analysis.models.scoring import Score, control_totals
from analysis.models.sensitivity import rank
from analysis.models.variation import MEASURES, Variation, vary
from analysis.overview import Scenario
from analysis.provenance import describe
from geo.boundaries import load_municipalities
from geo.errors import NakapotsuError
from geo.facilities import load_centres
from geo.map_elements import legend_html
from geo.travel_classes import class_index, travel_classes
from ui.formats import format_minutes
from ui.model_tables import (
    lay_out_measures,
    lay_out_one_at_a_time,
    lay_out_preconditions,
    lay_out_ranking,
    option_titles,
)
from ui.model_texts import draw_notes, draw_practices, draw_texts, note_unchanged
from ui.parameter_words import basis_label, parameter_label, unit_label
from ui.place_names import join_names
from ui.plan_editor import edit_demand, edit_plan
from ui.sidebar import Choice, centre_labels, choose_option, choose_several, name_column
from ui.small_maps import SITE_COLOUR, small_map
from ui.text import Language, word

MAPS_PER_ROW = 4
DEFAULT_CENTRE = "ikinuki"
SHOWN_EFFECTS = 12  # rows of the table of single assumptions
_ALL = ""
PANELS = ("tab_models", "tab_needs", "tab_sure")


def _choose_region(scenario: Scenario, language: Language) -> str:
    if scenario.centre_id is not None:
        return scenario.centre_id
    labels = centre_labels(language)
    options = [*labels.index, _ALL]
    memory = "chosen_model_region"
    chosen = st.session_state.get(memory, DEFAULT_CENTRE)
    region = st.selectbox(
        word("model_region", language),
        options,
        index=options.index(chosen) if chosen in options else 0,
        format_func=lambda key: word("all", language) if key == _ALL else str(labels[key]),
        key=f"model_region_{language}",
    )
    st.session_state[memory] = region
    return str(region)


def _choose_models(language: Language) -> tuple[Model, ...]:
    chosen = choose_several(
        "models",
        MODELS,
        language=language,
        label=word("models", language),
        label_of=lambda key: word(f"model_{key}", language),
        first=MODELS,
    )
    return tuple(model for model in MODELS if model in chosen)


def _choose_plans(
    centre_id: str, scenario: Scenario, parameters: Parameters, language: Language
) -> tuple[list[Plan], tuple[Plan, ...]]:
    """Return the plans that the reader chose, and those of the report for the region."""
    reported = tuple(plan for plan in list_plans() if plan.centre_id == centre_id)
    access = access_of(scenario.network(), scenario.season, scenario.use)
    presets = {preset.id: preset for preset in list_presets()}
    names = {plan.id: getattr(plan, f"name_{language}") for plan in reported}
    names |= {preset.id: getattr(preset, f"name_{language}") for preset in presets.values()}
    chosen = choose_several(
        f"plans_{centre_id}",
        list(names),
        language=language,
        label=word("plans", language),
        label_of=lambda key: str(names[key]),
        first=[plan.id for plan in reported],
    )
    plans = [plan for plan in reported if plan.id in chosen]
    limit = scenario.limit_min
    return plans + [
        preset_plan(presets[key], centre_id, access, parameters, limit) for key in chosen if key in presets
    ], reported


def _own_parameters(language: Language) -> Parameters:
    """Draw the table of assumptions and return them with the reader's values."""
    parameters = load_parameters()
    frame = parameters.to_frame()
    note = "note_ja" if language == "ja" else "note_en"
    shown = frame[["name", "value", "unit", "low", "high", "basis", "source", note]]
    kept: dict[str, float] = st.session_state.get("own_parameters", {})
    shown = shown.assign(
        value=[kept.get(name, value) for name, value in zip(frame["name"], frame["value"], strict=True)]
    )
    shown = shown.assign(
        unit=[unit_label(unit, language) for unit in frame["unit"]],
        basis=[basis_label(basis, language) for basis in frame["basis"]],
    )
    shown.insert(0, "label", [parameter_label(name, language) for name in frame["name"]])
    columns = [column for column in shown.columns if column != "value"]
    heads = {"label": "name", "name": "id", note: "note"}
    titles = {column: word(f"parameter_{heads.get(column, column)}", language) for column in shown}
    edited = st.data_editor(
        shown,
        hide_index=True,
        disabled=columns,
        key=f"parameters_{language}",
        height=320,
        column_config={column: st.column_config.Column(title) for column, title in titles.items()},
    )
    # An emptied cell keeps the value of the table.
    changed = edited.loc[(edited["value"] != frame["value"]) & edited["value"].notna(), ["name", "value"]]
    values: Mapping[str, object] = dict(zip(changed["name"], changed["value"].astype(float), strict=True))
    st.session_state["own_parameters"] = dict(values)
    if not values:
        return parameters
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", OutOfRangeWarning)
        own = parameters.with_overrides(values, where=word("on_screen", language))
    for warning in caught:
        st.warning(str(warning.message))
    return own


def _sites(score: Score, centre_id: str, language: Language) -> pd.DataFrame:
    """Return the centre of the region and the places of the plan there, to be marked on the map."""
    centres = load_centres().set_index("centre_id")
    own = centres.loc[[centre_id]] if centre_id else centres
    rows = [(c.lat, c.lon, c.nickname_ja if language == "ja" else c.name_en) for c in own.itertuples()]
    towns = load_municipalities().set_index("code")
    plan = score.plan
    at = sorted({service.at for service in plan.services if centre_id in ("", plan.centre_of(service))})
    rows += [(t.seat_lat, t.seat_lon, getattr(t, name_column(language))) for t in towns.loc[at].itertuples()]
    table = pd.DataFrame(rows, columns=["lat", "lon", "name"]).astype({"lat": float, "lon": float})
    return table.assign(colour=SITE_COLOUR)


def _draw_maps(comparison: Comparison, centre_id: str, language: Language) -> None:
    limit = comparison.limit_min
    classes = travel_classes(limit, minutes_word=word("minutes", language), unreached_label=word("unreached", language))
    legend = legend_html(classes, word("legend_models", language), [word("legend_sites", language)])
    st.html(legend.replace("<br>", "&emsp;"))
    titles = option_titles(comparison, language)
    items = list(zip(titles, comparison.scores.values(), strict=True))
    aliases = (word("place", language), word("time", language))
    for begin in range(0, len(items), MAPS_PER_ROW):
        columns = st.columns(MAPS_PER_ROW)
        for column, (title, score) in zip(columns, items[begin : begin + MAPS_PER_ROW], strict=False):
            places = score.places
            if centre_id:
                places = places[places["centre_id"] == centre_id]
            index = class_index(places["nearest_min"], places["status"], limit)
            times = zip(places["nearest_min"], places["status"], strict=True)
            units = pd.DataFrame(
                {
                    "class_index": np.where(index >= 0, index, len(classes) - 1),
                    "name": places[name_column(language)],
                    "time_text": [format_minutes(value, status, language, limit) for value, status in times],
                },
                index=places.index,
            )
            spec = small_map(units, _sites(score, centre_id, language), classes, title, aliases)
            column.vega_lite_chart(spec=spec, width="content")


@st.cache_data(show_spinner=False, max_entries=16)
def _vary(key: str, _comparison: Comparison, _parameters: Parameters, _scenario: Scenario) -> Variation:
    """Vary the assumptions of a comparison; ``key`` says which one, so that it is done once."""
    return vary(_comparison, _parameters, _scenario.network(), use=_scenario.use)


def _draw_sensitivity(comparison: Comparison, parameters: Parameters, scenario: Scenario, language: Language) -> None:
    measure = choose_option(
        st.selectbox,
        "rank_by",
        list(MEASURES),
        language=language,
        label_of=lambda key: MEASURES[key].ja if language == "ja" else MEASURES[key].en,
    )
    plans = {option: plan_bytes(score.plan).decode() for option, score in comparison.scores.items()}
    key = json.dumps(
        [
            plans,
            parameters.to_frame()["value"].tolist(),
            comparison.centre_id,
            str(scenario),
            scenario.network().version,
        ],
        ensure_ascii=False,
    )
    variation = _vary(key, comparison, parameters, scenario)
    found = rank(variation, measure)
    titles = dict(zip(comparison.scores, option_titles(comparison, language), strict=True))
    verdict = word(f"verdict_{found.verdict}", language)
    if found.top:
        verdict += (
            f"：{titles[found.top]}（{found.top_share:.0%}）"
            if language == "ja"
            else (f": {titles[found.top]} ({found.top_share:.0%})")
        )
    (st.success if found.verdict == "robust" else st.warning)(verdict)
    st.dataframe(lay_out_ranking(found, titles, language), hide_index=True)
    if found.deciding:
        named = [parameter_label(name, language) for name in found.deciding]
        st.write(f"{word('deciding', language)}: {join_names(named, language)}")
    st.caption(word("one_at_a_time", language))
    st.dataframe(lay_out_one_at_a_time(found, titles, SHOWN_EFFECTS, language), hide_index=True)


def _draw_downloads(comparison: Comparison, parameters: Parameters, scenario: Scenario, language: Language) -> None:
    settings: dict[str, object] = {
        "centre": comparison.centre_id or "hokkaido",
        "season": comparison.season,
        "tolls": scenario.tolls,
        "closed": list(scenario.closed_edges),
        "limit_min": comparison.limit_min,
    }
    table = comparison.export()
    notes = describe(scenario.network(), settings, list(table.columns), control_totals(comparison.today))
    plans = {option: plan_bytes(score.plan).decode() for option, score in comparison.scores.items()}
    notes |= {"parameters": parameters.provenance(), "plans": plans}
    name = f"nakapotsu_models_{comparison.centre_id or 'hokkaido'}_{comparison.season}"
    csv, xlsx, places, meta = st.columns(4)
    # Four buttons share the row: short words on them, the whole of it as help.
    csv.download_button(
        word("table_csv", language),
        lambda: csv_bytes(table),
        f"{name}.csv",
        "text/csv",
        help=word("download_table", language),
    )
    xlsx.download_button(
        word("table_xlsx", language),
        lambda: xlsx_bytes(table, notes),
        f"{name}.xlsx",
        help=word("download_xlsx", language),
    )
    places.download_button(
        word("download_places", language), lambda: csv_bytes(comparison.places), f"{name}_places.csv", "text/csv"
    )
    content = json.dumps(notes, ensure_ascii=False, indent=1).encode()
    meta.download_button(word("download_sources", language), content, f"{name}.meta.json", "application/json")


def draw_models_page(choice: Choice) -> None:
    """Draw today, the five models, the plans of the report and the reader's own mix side by side."""
    language, scenario = choice.language, choice.scenario
    st.caption(word("models_lead", language))
    region, models_box = st.columns([2, 3])
    with region:
        centre_id = _choose_region(scenario, language)
    with models_box:
        models = _choose_models(language)
    with st.expander(word("model_assumptions", language)):
        try:
            parameters = _own_parameters(language)
        except NakapotsuError as error:
            st.error(str(error))
            parameters = load_parameters()
    with st.expander(word("model_demand", language)):
        st.caption(word("model_demand_help", language))
        demand = edit_demand(centre_id, language)
    plans, reported = _choose_plans(centre_id, scenario, parameters, language)
    note_unchanged(plans, language)
    with st.expander(word("own_mix", language)):
        own = edit_plan(centre_id, reported, scenario.network().name, language)
    use_own = own is not None and st.checkbox(word("own_mix_show", language), value=False, key="own_mix_show")
    if own is not None and use_own:
        plans = [*[plan for plan in plans if plan.id != own.id], own]
    comparison = compare(
        centre_id,
        parameters,
        scenario.season,
        scenario.network(),
        models=models,
        plans=plans,
        use=scenario.use,
        limit_min=scenario.limit_min,
        demand=demand,
    )
    if comparison.today.region(centre_id)["people_over_limit"] == 0:
        st.info(word("models_nobody_over", language))
    as_difference = st.toggle(word("as_difference", language), key="as_difference")
    layout = lay_out_measures(comparison, language, as_difference=as_difference)
    st.dataframe(layout, hide_index=True, height=520)
    _draw_maps(comparison, centre_id, language)
    # Only what is looked at is computed: varying the assumptions takes as long as the rest of the page.
    shown = choose_option(st.radio, "model_panel", PANELS, language=language, horizontal=True)
    if shown == "tab_models":
        draw_texts(language)
        draw_practices(language)
        draw_notes([plan for plan in reported if plan in plans], language)
    elif shown == "tab_needs":
        names = load_municipalities().set_index("code")[name_column(language)]
        st.dataframe(lay_out_preconditions(comparison, names, language), hide_index=True)
    else:
        _draw_sensitivity(comparison, parameters, scenario, language)
    _draw_downloads(comparison, parameters, scenario, language)
    st.caption(word("models_sources", language))
