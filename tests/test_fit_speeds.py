import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.errors import DataError
from geo.roads import RoadNetwork
from geo.roads_check import journey_half, load_journeys
from scripts.fit_speeds import (
    FACTOR_RANGE,
    GROUPS,
    STREETS,
    TimeParts,
    find_ways,
    fit,
    fit_factors,
    group_of,
    journey_minutes,
    journey_weights,
    write_speeds,
)

ROOT = Path(__file__).resolve().parent.parent
TABLES = ("speeds.csv", "assumptions.csv")


def journeys_of(minutes: list[float]) -> pd.DataFrame:
    """Journeys between different towns with these published minutes."""
    codes = [f"01{row:03d}" for row in range(len(minutes) + 1)]
    return pd.DataFrame({"from_code": codes[:-1], "to_code": codes[1:], "tolls": "no", "minutes": minutes})


def planted_parts(rng: np.random.Generator, count: int = 80) -> TimeParts:
    return TimeParts(rng.uniform(5, 100, (count, len(GROUPS))), np.full(count, 3.0))


def test_planted_speeds_are_found_again() -> None:
    parts = planted_parts(np.random.default_rng(1), count=800)  # enough to outweigh the pull towards the priors
    planted = np.array([0.95, 1.08, 0.9, 1.1])
    ways = [[row] for row in range(800)]
    found = fit_factors(parts, ways, journeys_of(journey_minutes(parts, ways, planted).tolist()))
    assert found == pytest.approx(planted, rel=0.02)


def test_a_few_wild_journeys_hardly_move_the_fit() -> None:
    parts = planted_parts(np.random.default_rng(2))
    ways = [[row] for row in range(80)]
    published = journey_minutes(parts, ways, np.ones(len(GROUPS)))
    published[:3] *= 3
    assert fit_factors(parts, ways, journeys_of(published.tolist())) == pytest.approx(1, abs=0.03)


def test_factors_stay_in_their_range_whatever_is_published() -> None:
    parts = planted_parts(np.random.default_rng(3))
    ways = [[row] for row in range(80)]
    published = journey_minutes(parts, ways, np.ones(len(GROUPS))) * 5
    found = fit_factors(parts, ways, journeys_of(published.tolist()))
    assert (found >= FACTOR_RANGE[0] - 1e-9).all()
    assert (found <= FACTOR_RANGE[1] + 1e-9).all()
    assert found.min() == pytest.approx(FACTOR_RANGE[0])


def test_a_group_that_no_journey_uses_keeps_its_prior() -> None:
    parts = planted_parts(np.random.default_rng(4))
    parts.by_group[:, GROUPS.index("prefectural")] = 0
    ways = [[row] for row in range(80)]
    published = journey_minutes(parts, ways, np.full(len(GROUPS), 0.9))
    factors = dict(zip(GROUPS, fit_factors(parts, ways, journeys_of(published.tolist())), strict=True))
    assert factors["prefectural"] == pytest.approx(1)
    assert factors["national"] == pytest.approx(0.9, rel=0.02)


def test_a_journey_that_three_pages_give_counts_once() -> None:
    journeys = pd.DataFrame(
        {
            "from_code": ["01100", "01204", "01100", "01100"],
            "to_code": ["01204", "01100", "01204", "01204"],
            "tolls": ["no", "no", "no", "yes"],
        }
    )
    assert journey_weights(journeys).tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1])


def test_the_way_is_searched_anew_with_the_fitted_speeds(toy_towns: RoadNetwork) -> None:
    edges = toy_towns.edges
    by_group = np.zeros((len(edges), len(GROUPS)))
    group = [group_of(road_class, "flat") for road_class in edges["road_class"]]
    for row, name in enumerate(group):
        if name is not None:
            by_group[row, GROUPS.index(name)] = edges["summer_min"].iloc[row]
    fixed = np.where([name is None for name in group], edges["summer_min"], 0.0)
    parts = TimeParts(by_group, fixed)
    journeys = pd.DataFrame({"from_code": ["01100"], "to_code": ["01203"], "tolls": ["yes"], "minutes": [30.0]})
    index = edges.index.get_indexer
    by_toll_road = find_ways(toy_towns, parts, np.ones(len(GROUPS)), journeys)
    assert by_toll_road == [index(["ac"]).tolist()]  # 30 minutes against 60
    slow_toll_road = np.where(np.array(GROUPS) == "expressway", 0.4, 1.0)
    assert find_ways(toy_towns, parts, slow_toll_road, journeys) == [index(["ab", "bc"]).tolist()]
    assert fit(toy_towns, parts, journeys) == pytest.approx(1, abs=1e-6)


def test_a_journey_without_a_way_is_named_with_its_line(toy_towns: RoadNetwork) -> None:
    parts = TimeParts(np.zeros((len(toy_towns.edges), len(GROUPS))), toy_towns.edges["summer_min"].to_numpy(float))
    journeys = pd.DataFrame({"from_code": ["01100"], "to_code": ["01204"], "tolls": ["no"], "minutes": [30.0]})
    with pytest.raises(DataError, match=r"published_journeys\.csv, line 2: there is no way, tolls no"):
        find_ways(toy_towns, parts, np.ones(len(GROUPS)), journeys)


def test_streets_of_towns_are_one_group_and_ferries_none() -> None:
    assert group_of("national", "urban") == group_of("prefectural", "suburban") == STREETS
    assert group_of("national", "mountain") == "national"
    assert group_of("free_expressway", "any") == "expressway"
    assert group_of("ferry", "any") is None


def test_speeds_are_the_priors_times_their_factor(tmp_path: Path) -> None:
    write_speeds(tmp_path, {"expressway": 1.1, "national": 0.9, "prefectural": 1.0, STREETS: 1.2})
    speeds = pd.read_csv(tmp_path / "speeds.csv").set_index(["road_class", "terrain"])
    assert speeds["summer_kph"][("expressway", "any")] == round(speeds["prior_kph"][("expressway", "any")] * 1.1)
    assert speeds["summer_kph"][("national", "hilly")] == round(speeds["prior_kph"][("national", "hilly")] * 0.9)
    assert speeds["summer_kph"][("access", "any")] == speeds["prior_kph"][("access", "any")]
    streets = pd.read_csv(tmp_path / "assumptions.csv").set_index("name").loc["urban_kph"]
    assert streets["value"] == round(streets["prior_value"] * 1.2)


def test_the_script_makes_the_same_bytes_again(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.fit_speeds", "--out-dir", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, check=True, env=environment, capture_output=True, text=True)
    assert "fitted speeds, report half, tolls all" in done.stdout
    for name in TABLES:
        assert (tmp_path / name).read_bytes() == (ROOT / "data" / "roads" / name).read_bytes(), "run make data"


def test_a_fitted_speed_says_so_and_lies_near_its_prior() -> None:
    speeds = pd.read_csv(ROOT / "data/roads/speeds.csv", dtype=str, keep_default_na=False)
    fitted = speeds[speeds["basis"] == "fitted"]
    assert len(fitted) == 12
    assert fitted["source"].str.contains("published_journeys.csv").all()
    ratio = fitted["summer_kph"].astype(float) / fitted["prior_kph"].astype(float)
    assert ratio.between(FACTOR_RANGE[0] - 0.02, FACTOR_RANGE[1] + 0.02).all()
    for column in ("posted", "census"):
        assert ((speeds[f"{column}_kph"] != "") == (speeds[f"{column}_source"] != "")).all()


def test_the_published_journeys_fall_into_two_halves_by_pair() -> None:
    journeys = load_journeys()
    assert len(journeys) >= 120
    assert journeys["half"].value_counts(normalize=True).between(0.35, 0.65).all()
    assert journey_half("01204", "01100") == journey_half("01100", "01204")
    pairs = [frozenset(codes) for codes in zip(journeys["from_code"], journeys["to_code"], strict=True)]
    assert len(set(zip(pairs, journeys["half"], strict=True))) == len(set(pairs))
