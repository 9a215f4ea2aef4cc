"""A year of all seasons: the days of each season, and amounts between those of its seasons."""

import numpy as np
import pytest

from analysis.models.compare import compare
from analysis.models.parameters import load_parameters
from analysis.models.plan import TODAY
from analysis.models.scoring import score
from analysis.models.year import YEAR_COLUMNS, season_weights, year_of_places, year_of_region
from geo.roads import SEASONS, load_network


def test_the_days_of_the_seasons_make_a_year() -> None:
    parameters = load_parameters().with_values({"winter_days_per_year": 146, "bad_winter_days_per_year": 36.5})
    assert season_weights(parameters) == pytest.approx({"summer": 0.6, "winter": 0.3, "bad_winter": 0.1})
    fewer = parameters.with_values({"bad_winter_days_per_year": 200})
    assert season_weights(fewer) == pytest.approx({"summer": 0.6, "winter": 0, "bad_winter": 0.4})
    assert sum(season_weights(load_parameters()).values()) == pytest.approx(1)


def test_a_year_is_the_mean_of_its_seasons_weighted_by_their_days() -> None:
    parameters = load_parameters()
    scores = {season: score(TODAY, parameters, season, load_network()) for season in SEASONS}
    weights = season_weights(parameters)
    for centre in ("", "ikinuki", "suteji"):
        row = year_of_region(scores, centre)
        for name in YEAR_COLUMNS:
            expected = sum(weights[season] * item.region(centre)[name] for season, item in scores.items())
            assert row[f"year_{name}"] == pytest.approx(expected)
    places = year_of_places(scores)
    assert len(places) == 179
    assert places["year_cost_jpy"].sum() == pytest.approx(year_of_region(scores, "")["year_cost_jpy"])
    kinds = [f"year_{name}" for name in YEAR_COLUMNS if name.startswith("cost_") and name != "cost_jpy"]
    assert places[kinds].sum(axis=1).to_numpy() == pytest.approx(places["year_cost_jpy"].to_numpy())


def test_a_comparison_gives_the_same_year_whatever_the_season_shown() -> None:
    tables = [compare("okhotsk", load_parameters(), season, load_network(), models=()).table for season in SEASONS[:2]]
    assert tables[0]["year_cost_jpy"].iloc[0] == pytest.approx(tables[1]["year_cost_jpy"].iloc[0])
    assert tables[0]["cost_jpy"].iloc[0] < tables[0]["year_cost_jpy"].iloc[0] < tables[1]["cost_jpy"].iloc[0]
    assert np.isclose(tables[0]["additional_year_cost_jpy"].iloc[0], 0)
