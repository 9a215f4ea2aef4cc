"""Fit the summer speeds to half of the published journeys, into ``speeds.csv`` and ``assumptions.csv``.

There is one factor for each group of speeds (``GROUPS``), on the values before any fit (``prior_kph`` in
``speeds.csv``, ``prior_value`` in ``assumptions.csv``). Minimised is

    sum_j weight_j rho((ours_j / published_j - 1) / MINUTES_SPREAD) + sum_g (log factor_g / PRIOR_SPREAD)^2

over the journeys of the fit half, rho(z) = 2 (sqrt(1 + z^2) - 1), so that single odd journeys weigh little, with each
factor within ``FACTOR_RANGE``. A journey that n pages give weighs 1/n on each, so that every journey counts once. The
minutes of a given way are linear in the inverse factors; ways are searched anew until they stay. The report half is
only looked at. As it starts from the priors, it gives the same bytes however often it is run. Run ``make_roads.py``
afterwards.
"""

import argparse
import csv
import hashlib
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from geo.assumptions import load_assumption_table
from geo.boundaries import load_municipalities
from geo.errors import DataError
from geo.paths import ROADS_DIR
from geo.roads import RoadNetwork, load_network
from geo.roads_check import HALVES, journey_ends, load_journeys, summarise_error
from geo.routing import FloatArray, build_graph, path_edges, search_from
from scripts.make_roads import ANY_TERRAIN_CLASSES, make_edges, make_nodes, read_text_table, street_km

STREETS = "streets"
STREETS_ROW = "urban_kph"
GROUPS = ("expressway", "national", "prefectural", STREETS)
MINUTES_SPREAD = 0.08  # share of the published minutes: what a journey is usually off by
PRIOR_SPREAD = 0.10  # log factor
FACTOR_RANGE = (0.8, 1.25)
MAX_ROUNDS = 20
SOURCE = "fitted to the minutes of the fit half of published_journeys.csv"


@dataclass(frozen=True)
class TimeParts:
    """The summer minutes of each section at the prior speeds, by group of speeds.

    Attributes
    ----------
    by_group
        Shape (sections, groups), minutes that scale with the inverse factor.
    fixed
        Shape (sections,), minutes that no group scales: ferries, and access roads outside streets.
    """

    by_group: FloatArray
    fixed: FloatArray

    def minutes(self, factors: FloatArray) -> FloatArray:
        """Return the minutes of each section, shape (sections,)."""
        return np.asarray(self.by_group @ (1 / factors) + self.fixed, dtype=float)


def group_of(road_class: str, terrain: str) -> str | None:
    """Return the group whose factor scales the speed of a class and terrain, None if it is not fitted."""
    if road_class in ("expressway", "free_expressway"):
        return "expressway"
    if road_class not in ("national", "prefectural"):
        return None
    return STREETS if terrain in ("urban", "suburban") else road_class


def load_made_network(sections: pd.DataFrame) -> RoadNetwork:
    """Make the network from the sections as they are now, rather than as they were when ``edges.csv`` was made."""
    municipalities = load_municipalities()
    nodes = make_nodes(read_text_table(ROADS_DIR / "junctions.csv"), municipalities)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        nodes.to_csv(directory / "nodes.csv", index=False)
        make_edges(sections, nodes, municipalities).to_csv(directory / "edges.csv", index=False)
        shutil.copy(ROADS_DIR / "ferries.csv", directory / "ferries.csv")
        return load_network(directory, name="made")


def measure_parts(
    network: RoadNetwork, sections: pd.DataFrame, speeds: pd.DataFrame, values: "pd.Series[float]"
) -> TimeParts:
    """Split the minutes of each section by group of speeds.

    Parameters
    ----------
    network
        Made from ``sections``.
    sections
        As in ``sections.csv``, text.
    speeds
        Index ``road_class, terrain``; column ``prior_kph``, text.
    values
        Assumptions by name, with the prior of the streets at town halls.
    """
    municipalities = load_municipalities()
    population = municipalities.assign(node_id="m" + municipalities["code"]).set_index("node_id")["population_2014"]
    by_group, fixed = np.zeros((len(sections), len(GROUPS))), np.zeros(len(sections))
    for position, (_, section) in enumerate(sections.iterrows()):
        edge = network.edges.loc[section["edge_id"]]
        row = network.edges.index.get_loc(section["edge_id"])
        road_class = section["road_class"]
        terrain = "any" if road_class in ANY_TERRAIN_CLASSES else section["terrain"]
        if road_class == "ferry":
            fixed[row] = edge["summer_min"]
            continue
        if (road_class, terrain) not in speeds.index:
            raise DataError(f"sections.csv, line {position + 2}: no speed for {road_class}, {terrain!r}. Add one.")
        length_km = float(edge["length_km"])
        streets = street_km(section, length_km, population, values)
        group = group_of(road_class, terrain)
        open_min = (length_km - streets) / float(speeds["prior_kph"][(road_class, terrain)]) * 60
        by_group[row, GROUPS.index(STREETS)] = streets / float(values[STREETS_ROW]) * 60
        if group is None:
            fixed[row] = open_min
        else:
            by_group[row, GROUPS.index(group)] += open_min
    return TimeParts(by_group, fixed)


def find_ways(network: RoadNetwork, parts: TimeParts, factors: FloatArray, journeys: pd.DataFrame) -> list[list[int]]:
    """Return the sections of each journey's quickest way with the given factors, as positions in ``network.edges``."""
    minutes = parts.minutes(factors)
    # A version of its own: what is kept of a network by its version must not be taken for this one.
    version = hashlib.sha256(minutes.tobytes()).hexdigest()[:12]
    timed = replace(network, edges=network.edges.assign(summer_min=minutes), version=version)
    ends = journey_ends(network, journeys)
    ways: list[list[int]] = [[] for _ in range(len(journeys))]
    for tolls in ("no", "yes"):
        graph = build_graph(timed, "summer", tolls=tolls == "yes")
        rows = np.flatnonzero(journeys["tolls"] == tolls)
        for start in np.unique(ends[rows, 0]):
            found = search_from(graph, np.array([start]))
            for row in rows[ends[rows, 0] == start]:
                ways[row] = path_edges(graph, found, 0, int(ends[row, 1])).tolist()
                if not ways[row]:
                    line = journeys.index[row] + 2
                    raise DataError(f"published_journeys.csv, line {line}: there is no way, tolls {tolls}. Correct it.")
    return ways


def journey_minutes(parts: TimeParts, ways: list[list[int]], factors: FloatArray) -> FloatArray:
    """Return the minutes of each way, shape (journeys,)."""
    minutes = parts.minutes(factors)
    return np.array([minutes[way].sum() for way in ways])


def journey_weights(journeys: pd.DataFrame) -> FloatArray:
    """Return 1/n for a journey, with or without tolls, that n rows give, in either direction; shape (journeys,)."""
    pairs = pd.DataFrame(np.sort(journeys[["from_code", "to_code"]].to_numpy(str), axis=1), index=journeys.index)
    count = pairs.assign(tolls=journeys["tolls"]).groupby([0, 1, "tolls"])["tolls"].transform("size")
    return np.asarray(1 / count.to_numpy(float), dtype=float)


def fit_factors(parts: TimeParts, ways: list[list[int]], journeys: pd.DataFrame) -> FloatArray:
    """Return the factor of each group for given ways, shape (groups,)."""
    published_min, root_weights = journeys["minutes"].to_numpy(float), np.sqrt(journey_weights(journeys))
    by_group = np.array([parts.by_group[way].sum(axis=0) for way in ways])
    fixed = np.array([parts.fixed[way].sum() for way in ways])

    def residuals(log_factors: FloatArray) -> FloatArray:
        z = ((by_group @ np.exp(-log_factors) + fixed) / published_min - 1) / MINUTES_SPREAD
        robust = np.sign(z) * np.sqrt(2 * (np.sqrt(1 + z**2) - 1))
        return np.asarray(np.concatenate([root_weights * robust, log_factors / PRIOR_SPREAD]), dtype=float)

    bounds = tuple(np.log(FACTOR_RANGE))
    solution = least_squares(residuals, np.zeros(len(GROUPS)), bounds=bounds, xtol=1e-12, ftol=1e-12, gtol=1e-12)
    return np.asarray(np.exp(solution.x), dtype=float)


def fit(network: RoadNetwork, parts: TimeParts, journeys: pd.DataFrame) -> FloatArray:
    """Fit the factors, searching the ways anew until none changes.

    Should the ways go round in a circle, the round with the least cost over its own quickest ways counts.
    """
    factors: FloatArray = np.ones(len(GROUPS))
    seen: list[list[list[int]]] = []
    ways = find_ways(network, parts, factors, journeys)
    while ways not in seen and len(seen) < MAX_ROUNDS:
        seen.append(ways)
        factors = fit_factors(parts, ways, journeys)
        ways = find_ways(network, parts, factors, journeys)
    if ways == seen[-1]:
        return factors
    tried = [fit_factors(parts, tried_ways, journeys) for tried_ways in seen]
    costs = [_cost(network, parts, candidate, journeys) for candidate in tried]
    return tried[int(np.argmin(costs))]


def _cost(network: RoadNetwork, parts: TimeParts, factors: FloatArray, journeys: pd.DataFrame) -> float:
    ours = journey_minutes(parts, find_ways(network, parts, factors, journeys), factors)
    z = (ours / journeys["minutes"].to_numpy(float) - 1) / MINUTES_SPREAD
    return float(
        (journey_weights(journeys) * 2 * (np.sqrt(1 + z**2) - 1)).sum() + ((np.log(factors) / PRIOR_SPREAD) ** 2).sum()
    )


def write_speeds(out_dir: Path, factors: dict[str, float]) -> None:
    """Write the fitted speeds, rounded to 1 km/h, into both tables; other cells stay as they are."""
    speeds = read_text_table(ROADS_DIR / "speeds.csv")
    for row, speed in speeds.iterrows():
        group = group_of(speed["road_class"], speed["terrain"])
        if group is not None:
            speeds.loc[row, ["summer_kph", "basis", "source"]] = [
                f"{float(speed['prior_kph']) * factors[group]:.0f}",
                "fitted",
                SOURCE,
            ]
    assumptions = read_text_table(ROADS_DIR / "assumptions.csv")
    streets = assumptions["name"] == STREETS_ROW
    prior = float(assumptions.loc[streets, "prior_value"].iloc[0])
    assumptions.loc[streets, ["value", "basis", "source"]] = [f"{prior * factors[STREETS]:.0f}", "fitted", SOURCE]
    for name, table in (("speeds.csv", speeds), ("assumptions.csv", assumptions)):
        table.to_csv(out_dir / name, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


def describe_fit(label: str, journeys: pd.DataFrame, ours_min: FloatArray) -> str:
    """Say the errors of the minutes by half and tolls."""
    error = pd.Series(ours_min / journeys["minutes"].to_numpy(float) - 1, index=journeys.index)
    lines = []
    for half in HALVES:
        of_half = journeys["half"] == half
        for tolls in ("all", "no", "yes"):
            chosen = of_half & ((journeys["tolls"] == tolls) | (tolls == "all"))
            lines.append(f"{label}, {half} half, tolls {tolls}: {summarise_error(error[chosen])}")
    return "\n".join(lines)


def main() -> None:
    """Fit, print the errors of both halves before and after, and write both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out-dir", type=Path, default=ROADS_DIR)
    out_dir = parser.parse_args().out_dir
    sections = read_text_table(ROADS_DIR / "sections.csv")
    speeds = read_text_table(ROADS_DIR / "speeds.csv").set_index(["road_class", "terrain"])
    assumptions = load_assumption_table().set_index("name")
    values = assumptions["value"].copy()
    values[STREETS_ROW] = float(assumptions["prior_value"][STREETS_ROW])
    network = load_made_network(sections)
    parts = measure_parts(network, sections, speeds, values)
    journeys = load_journeys().dropna(subset="minutes")
    fit_half = journeys[journeys["half"] == "fit"]
    factors = fit(network, parts, fit_half)
    for label, applied in (("prior speeds", np.ones(len(GROUPS))), ("fitted speeds", factors)):
        ways = find_ways(network, parts, applied, journeys)
        print(describe_fit(label, journeys, journey_minutes(parts, ways, applied)))
    by_group = dict(zip(GROUPS, factors.tolist(), strict=True))
    print(f"{len(fit_half)} journeys fitted; factors " + ", ".join(f"{g} {f:.3f}" for g, f in by_group.items()))
    write_speeds(out_dir, by_group)


if __name__ == "__main__":
    main()
