"""How long the comparison of the service models takes; run alone: ``python -m bench.service_models``."""

import time

from analysis.models.access import access_of
from analysis.models.compare import compare
from analysis.models.demand import base_demand
from analysis.models.flows import score_layout
from analysis.models.layout import lay_out
from analysis.models.parameters import load_parameters
from analysis.models.standard import standard_plan
from analysis.models.variation import vary
from geo.boundaries import CENTRE_TERRITORIES
from geo.roads import SEASONS, Season, load_network

REPEATS = 200


def main() -> None:
    """Print seconds of wall-clock time."""
    network, parameters = load_network(), load_parameters()
    start = time.perf_counter()
    accesses = {season: access_of(network, season) for season in SEASONS}
    print(f"travel times between 186 units and 190 sites, {len(SEASONS)} seasons: {time.perf_counter() - start:.2f} s")
    seasons: tuple[Season, ...] = ("summer", "winter")
    start = time.perf_counter()
    for centre_id in CENTRE_TERRITORIES:
        for season in seasons:
            compare(centre_id, parameters, season, network).table  # noqa: B018
    print(f"11 centres x (today + 5 models) x 2 seasons, with tables: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    comparison = compare("ikinuki", parameters, "winter", network)
    tables = comparison.table, comparison.differences, comparison.places
    seconds = time.perf_counter() - start
    print(f"one centre with differences and {len(tables[2])} rows for maps: {seconds:.2f} s")
    start = time.perf_counter()
    variation = vary(comparison, parameters, network)
    seconds = time.perf_counter() - start
    print(f"{2 * len(variation.parameters)} ends and {len(variation.sampled)} samples of 6 options: {seconds:.2f} s")
    demand, access = base_demand(), accesses["winter"]
    plan = standard_plan("outreach", "", access, parameters, 120.0)
    layout = lay_out(plan, demand, access)
    start = time.perf_counter()
    for _ in range(REPEATS):
        score_layout(layout, parameters, demand, 120.0)
    each_ms = (time.perf_counter() - start) / REPEATS * 1000
    print(f"one score of all Hokkaido with {len(plan.services)} services: {each_ms:.2f} ms")


if __name__ == "__main__":
    main()
