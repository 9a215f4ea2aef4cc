"""What is shown of one place or route: facts with their basis, the roads driven, the ferries."""

import pandas as pd
import streamlit as st

from analysis.crossings import crossing_of
from geo.boundaries import load_municipalities, load_parts
from geo.facilities import load_municipal_resources
from geo.roads import Season
from geo.routes import Route
from geo.sailings import Stay
from ui.sidebar import centre_labels
from ui.text import Language, word

RESOURCE_COLUMNS = (
    "transition_support",
    "type_a",
    "type_b",
    "consultation_direct",
    "consultation_commissioned",
    "consultation_unassigned",
    "hello_work",
)


def draw_facts(facts: list[tuple[str, str, str]], language: Language) -> None:
    """Draw rows of item, value and basis (published, modelled, assumed)."""
    columns = [word(key, language) for key in ("item", "value", "basis")]
    st.table(pd.DataFrame(facts, columns=columns).set_index(columns[0]))


def _draw_resources(code: str, language: Language) -> None:
    row = load_municipal_resources().set_index("code").loc[code]
    st.markdown(f"**{word('resources', language)}**")
    published = word("published", language)
    draw_facts(
        [(word(column, language), _figure(row[column], language), published) for column in RESOURCE_COLUMNS], language
    )


def _figure(value: float, language: Language) -> str:
    return word("not_known", language) if pd.isna(value) else str(int(value))


def draw_stretches(route: Route, travel_min: float, length_km: float, language: Language) -> None:
    """Draw a route by road names; the local roads at both ends make up the difference to the whole."""
    stretches = route.stretches[["road_name", "length_km", "travel_min", "toll"]]
    local = {
        "road_name": word("local_roads", language),
        "length_km": length_km - stretches["length_km"].sum(),
        "travel_min": travel_min - stretches["travel_min"].sum(),
        "toll": False,
    }
    total = {"road_name": word("total", language), "length_km": length_km, "travel_min": travel_min}
    table = pd.concat([stretches, pd.DataFrame([local, total])], ignore_index=True)
    keys = {"road_name": "road", "length_km": "km", "travel_min": "minutes", "toll": "toll"}
    table["toll"] = ["○" if toll is True else "" for toll in table["toll"]]
    table = table.round({"length_km": 1, "travel_min": 1})
    st.dataframe(table.rename(columns={key: word(value, language) for key, value in keys.items()}), hide_index=True)


def _stay_text(stay: Stay | None, needed_min: float, language: Language) -> str:
    if stay is None:
        return word("impossible", language)
    ashore = f"{word('stay', language)} {stay.available_min:.0f} {word('minutes', language)}"
    verdict = word("possible" if stay.available_min >= needed_min else "too_short", language)
    return f"{verdict}（{ashore}）" if language == "ja" else f"{verdict} ({ashore})"


def draw_crossing(route: Route, season: Season, language: Language) -> None:
    """Draw the ferries of a route apart from the driving: sailings, waiting, same-day return; nothing without ferry."""
    crossing = crossing_of(route, season)
    if crossing is None:
        return
    minutes = word("minutes", language)
    published, modelled = word("published", language), word("modelled", language)
    st.markdown(f"**{word('ferry', language)}**")
    wait = crossing.wait
    facts = [
        (word("ferry", language), "、".join(crossing.names_ja), published),
        (word("ferry_sailings", language), str(crossing.sailings_per_day), published),
        (word("ferry_minutes", language), f"{crossing.crossing_min:.0f} {minutes}", modelled),
        (word("ferry_wait", language), f"{wait.expected_min:.0f} / {wait.worst_min:.0f} {minutes}", modelled),
        (word("ferry_missed", language), f"{wait.missed_share:.0%}", modelled),
    ]
    returns = crossing.returns
    stays = [] if returns is None else [("island", returns.to_island), ("mainland", returns.to_mainland)]
    for side, stay in stays:
        key = f"ferry_to_{side}"
        facts.append((word(key, language), _stay_text(stay, crossing.stay_needed_min, language), modelled))
    draw_facts(facts, language)
    st.caption(word("opening_hours", language))


def _draw_route(route: Route, unit: pd.Series, season: Season, language: Language) -> None:
    st.markdown(f"**{word('route', language)}**")
    if pd.isna(unit["travel_min"]):
        st.write(word(unit["status"], language))
        return
    draw_stretches(route, float(unit["travel_min"]), float(unit["length_km"]), language)
    draw_crossing(route, season, language)


def draw_place(unit: pd.Series, route: Route, season: Season, language: Language) -> None:
    """Draw the row of a demand unit, named by :func:`ui.travel_map.name_units`, and the route to it."""
    municipality = load_municipalities().set_index("code").loc[unit["code"]]
    population_basis = load_parts().set_index("part_id").loc[unit["part_id"], "population_basis"]
    reading = f"{municipality['name_kana']} / {municipality['name_en']}" if language == "ja" else unit["name_ja"]
    st.subheader(f"{unit['name']}（{reading}）")
    published, modelled = word("published", language), word("modelled", language)
    length = "—" if pd.isna(unit["length_km"]) else f"{unit['length_km']:.0f} km"
    people_basis = published if population_basis == "registry" else word(f"basis_{population_basis}", language)
    facts = [
        (word("area", language), unit["area"], published),
        (word("responsible", language), centre_labels(language)[unit["centre_id"]], published),
        (word("measured_from", language), unit["centre"], ""),
        (word("summer_time", language), unit["summer_text"], modelled),
        (word("winter_time", language), unit["winter_text"], modelled),
        (word("bad_winter_time", language), unit["bad_winter_text"], modelled),
        (word("status", language), word(unit["status"], language), modelled),
        (word("km", language), length, modelled),
        (word("people", language), unit["people_text"], people_basis),
    ]
    draw_facts(facts, language)
    _draw_route(route, unit, season, language)
    _draw_resources(str(unit["code"]), language)
