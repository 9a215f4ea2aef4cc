"""The tables about winter: factors, closures, sailings and the published pairs agree with each other."""

from datetime import date

import pandas as pd
import pytest

from geo.boundaries import load_municipalities
from geo.paths import ROADS_DIR
from geo.roads import ROAD_CLASSES


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(ROADS_DIR / name, dtype=str, keep_default_na=False)


def test_factors_are_given_once_for_every_class_zone_and_kind_of_day() -> None:
    factors = table("winter_factors.csv").set_index(["road_class", "snow_zone", "season"])
    classes = [name for name in ROAD_CLASSES if name != "local"]  # streets take the factors of access roads
    wanted = pd.MultiIndex.from_product(
        [classes, ("heavy", "drifting", "light"), ("winter", "bad_winter")], names=factors.index.names
    )
    assert factors.index.is_unique
    assert set(factors.index) == set(wanted)
    values = factors["speed_factor"].astype(float)
    assert values.between(0.3, 1).all()
    winter, bad = (values.xs(season, level="season") for season in ("winter", "bad_winter"))
    assert (bad <= winter).all()
    assert (factors.loc[factors["basis"] == "published", "source"] != "").all()
    assert (factors["note"] != "").all()


def test_more_snow_is_never_quicker() -> None:
    factors = table("winter_factors.csv").astype({"speed_factor": float})
    for _, group in factors.groupby(["road_class", "season"]):
        by_zone = group.set_index("snow_zone")["speed_factor"]
        assert by_zone["drifting"] <= by_zone["heavy"] <= by_zone["light"]


def test_every_subprefecture_has_a_snow_zone() -> None:
    zones = table("snow_zones.csv")
    assert sorted(zones["subprefecture_ja"]) == sorted(load_municipalities()["subprefecture_ja"].unique())
    assert set(zones["snow_zone"]) == {"heavy", "drifting", "light"}


def test_closures_name_sections_and_cover_all_that_close_in_winter() -> None:
    sections, closures = table("sections.csv").set_index("edge_id"), table("closures.csv")
    assert closures["closure_id"].is_unique
    assert closures["edge_id"].isin(sections.index).all()
    assert closures["kind"].isin(["winter", "bad_weather"]).all()
    closing = set(sections.index[sections["closes_in_winter"] == "yes"])
    assert set(closures.loc[closures["kind"] == "winter", "edge_id"]) == closing
    assert (closures.loc[closures["basis"] == "published", "source"] != "").all()


def test_closures_are_in_the_cold_half_of_the_year() -> None:
    for closure in table("closures.csv").itertuples():
        start = date.fromisoformat(f"2025-{closure.closed_from}")
        end = date.fromisoformat(f"2026-{closure.closed_to}")
        assert 60 < (end - start).days < 240


@pytest.mark.parametrize("column", ["from_code", "to_code"])
def test_seasonal_journeys_are_slower_in_winter(column: str) -> None:
    journeys = table("seasonal_journeys.csv")
    assert journeys[column].isin(load_municipalities()["code"]).all()
    assert (journeys["winter_min"].astype(float) >= journeys["summer_min"].astype(float)).all()
    assert (journeys["source"] != "").all()


def test_the_factors_of_national_roads_are_those_of_the_published_pairs() -> None:
    journeys = table("seasonal_journeys.csv")
    shares = journeys["summer_min"].astype(float) / journeys["winter_min"].astype(float)
    factors = table("winter_factors.csv").set_index(["road_class", "snow_zone", "season"])
    used = factors.loc[(["national", "free_expressway"], ["heavy", "drifting"], ["winter"]), "speed_factor"]
    assert (used.astype(float) - shares.mean()).abs().max() < 0.01
