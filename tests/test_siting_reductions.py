"""Reducing a covering problem keeps its answers, with forbidden sets too; all choices of small cases are tried."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.siting.own_medians import least_radius, p_center, p_median
from analysis.siting.own_models import Cut, covers_with, set_cover
from analysis.siting.problem import SitingProblem
from analysis.siting.reductions import minimal_rows, reduce_cover

_SOME = settings(max_examples=60, deadline=None)
LIMIT = 40.0


def all_sets(columns: int) -> Iterator[list[int]]:
    for count in range(columns + 1):
        yield from (list(chosen) for chosen in combinations(range(columns), count))


def covers_all(rows: np.ndarray, chosen: list[int]) -> bool:
    return bool(rows[:, chosen].any(axis=1).all())


@st.composite
def coverings(draw: st.DrawFn) -> tuple[np.ndarray, list[np.ndarray]]:
    """Rows with repeated and nested ones, and some sets that may not be contained."""
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    units, sites = draw(st.integers(1, 10)), draw(st.integers(2, 7))
    rows = generator.random((units, sites)) < draw(st.sampled_from([0.2, 0.4, 0.7]))
    cuts = draw(st.integers(0, 3))
    return rows, [generator.choice(sites, generator.integers(1, sites), replace=False) for _ in range(cuts)]


@_SOME
@given(covering=coverings())
def test_the_same_sets_cover_the_minimal_rows(covering: tuple[np.ndarray, list[np.ndarray]]) -> None:
    rows, _ = covering
    minimal = minimal_rows(rows)
    assert len(minimal) <= len(rows)
    for chosen in all_sets(rows.shape[1]):
        assert covers_all(rows, chosen) == covers_all(minimal, chosen)
    contained = [(a <= b).all() for i, a in enumerate(minimal) for k, b in enumerate(minimal) if i != k]
    assert not any(contained)


@_SOME
@given(covering=coverings())
def test_the_fewest_sites_stay_as_many_with_forbidden_sets(covering: tuple[np.ndarray, list[np.ndarray]]) -> None:
    rows, cuts = covering
    sites = rows.shape[1]
    may_stand_in = ~np.isin(np.arange(sites), np.concatenate([np.zeros(0, dtype=int), *cuts]))
    reduced, is_kept = reduce_cover(rows, may_stand_in)
    allowed = [chosen for chosen in all_sets(sites) if not any(set(cut) <= set(chosen) for cut in cuts)]
    before = min((len(chosen) for chosen in allowed if covers_all(rows, chosen)), default=None)
    kept = [chosen for chosen in allowed if is_kept[chosen].all()]
    after = min((len(chosen) for chosen in kept if covers_all(reduced, chosen)), default=None)
    assert after == before
    assert all(covers_all(rows, chosen) for chosen in kept if covers_all(reduced, chosen))


def test_a_site_within_another_goes_unless_the_other_is_in_a_forbidden_set() -> None:
    rows = np.asarray([[True, True], [False, True]])
    for may_stand_in in (True, False):
        _, is_kept = reduce_cover(rows, np.asarray([True, may_stand_in]))
        assert is_kept.tolist() == [not may_stand_in, True]


@st.composite
def cut_problems(draw: st.DrawFn) -> tuple[SitingProblem, int, list[Cut]]:
    """A problem with fixed and forbidden sites, a number of sites, and sets of free sites that may not open again."""
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    units, sites = draw(st.integers(2, 8)), draw(st.integers(4, 7))
    most = draw(st.sampled_from([60, 3]))  # with few different minutes many units may be the farthest
    minutes = generator.integers(1, most, (units, sites)).astype(float)
    minutes[generator.random(minutes.shape) < 0.1] = np.nan
    kind = generator.permutation(sites)
    is_free = kind >= 2
    names = tuple(f"u{i}" for i in range(units))
    problem = SitingProblem(
        pd.Index(names),
        names,
        pd.Index([f"s{j}" for j in range(sites)]),
        minutes,
        generator.integers(0, 9, units).astype(float),
        kind == 0 if draw(st.booleans()) else np.zeros(sites, dtype=bool),
        np.zeros(sites, dtype=bool),
        kind == 1,
    ).reachable()
    is_free = problem.is_free
    count = draw(st.integers(1, 3))
    every = [np.asarray(chosen) for chosen in combinations(np.flatnonzero(is_free), count)]
    cut = draw(st.integers(0, min(len(every), 6)))
    most = draw(st.integers(0, count - 1))
    return problem, count, [Cut(every[i], most) for i in generator.permutation(len(every))[:cut]]


def allowed_sets(problem: SitingProblem, counts: range, cuts: list[Cut]) -> list[tuple[int, ...]]:
    free = np.flatnonzero(problem.is_free)
    every = [chosen for count in counts for chosen in combinations(free, count)]
    return [chosen for chosen in every if all(len(set(chosen) & set(cut.sites)) <= cut.most for cut in cuts)]


@_SOME
@given(case=cut_problems())
def test_set_covers_and_covers_of_a_number_respect_forbidden_sets(
    case: tuple[SitingProblem, int, list[Cut]],
) -> None:
    problem, count, cuts = case
    every = allowed_sets(problem, range(problem.is_free.sum() + 1), cuts)
    fit = [chosen for chosen in every if (problem.nearest_min(chosen) <= LIMIT).all()]
    fewest = set_cover(problem, LIMIT, cuts)
    assert (fewest is None) == (not fit)
    if fewest is not None:
        assert len(fewest.sites) == min(map(len, fit))
        assert tuple(fewest.sites) in fit
    exactly = [chosen for chosen in fit if len(chosen) == count]
    found = covers_with(problem, LIMIT, count, cuts)
    assert (found is None) == (not exactly)
    assert found is None or tuple(found.sites) in exactly


@_SOME
@given(case=cut_problems())
def test_the_least_radius_and_the_medians_within_it_respect_forbidden_sets(
    case: tuple[SitingProblem, int, list[Cut]],
) -> None:
    problem, count, cuts = case
    values = {}
    for chosen in allowed_sets(problem, range(count, count + 1), cuts):
        nearest = problem.nearest_min(chosen)
        if np.isfinite(nearest).all():
            values[chosen] = (float(nearest.max(initial=0.0)), float(problem.weight @ nearest))
    median, centre = (solve(problem, count, cuts) for solve in (p_median, p_center))
    assert (median is None) == (centre is None) == (not values)
    if median is None or centre is None:
        return
    least = min(value for _, value in values.values())
    assert values[tuple(median.sites)][1] == least == pytest.approx(median.bound)
    assert values[tuple(centre.sites)] == min(values.values())
    assert centre.bound == least_radius(problem, count, cuts)


@pytest.mark.parametrize("seed", range(5))
def test_the_p_median_adds_levels_until_they_suffice_and_then_asks_for_whole_sites(seed: int) -> None:
    generator = np.random.default_rng(seed)
    minutes = generator.integers(1, 100, (30, 12)).astype(float)
    names = tuple(f"u{i}" for i in range(30))
    nothing = np.zeros(12, dtype=bool)
    weight = generator.integers(1, 9, 30).astype(float)
    problem = SitingProblem(pd.Index(names), names, pd.Index(range(12)), minutes, weight, nothing, nothing, nothing)
    found = p_median(problem, 4)
    assert found is not None
    every = [float(weight @ problem.nearest_min(chosen)) for chosen in combinations(range(12), 4)]
    assert float(weight @ problem.nearest_min(found.sites)) == min(every) == pytest.approx(found.bound)
