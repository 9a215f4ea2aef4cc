"""Measure the compute part of one screen beside NetworkX: all centres to all nodes of the embedded network.

Both run in this process on the same graph, best of several rounds; what may be quoted is the ratio. The results are
compared first, so that nobody is fast by being wrong.
"""

import time
from collections.abc import Callable

import networkx as nx
import numpy as np

from analysis.accessibility import centre_matrix, graph_of
from analysis.coverage import measure_coverage
from analysis.overview import Scenario, overview, overview_on
from geo.roads import load_network
from geo.routing import search_from

ROUNDS = 5


def best_seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the shortest of several runs, seconds."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def uncached_overview(season: str) -> None:
    """Compute a screen as after a change of season, with nothing kept from before but the network itself."""
    overview_on.cache_clear()
    centre_matrix.cache_clear()
    graph_of.cache_clear()
    overview(Scenario(season=season))  # type: ignore[arg-type]


def main() -> None:
    """Print a table of seconds and ratios."""
    network = load_network()
    graph = graph_of(network, "summer", True)
    peer = nx.DiGraph()
    matrix = graph.minutes.tocoo()
    peer.add_weighted_edges_from(zip(matrix.row.tolist(), matrix.col.tolist(), matrix.data.tolist(), strict=True))
    sources = np.arange(graph.node_count)

    def with_networkx() -> dict[int, dict[int, float]]:
        return {int(s): nx.single_source_dijkstra_path_length(peer, int(s)) for s in sources if s in peer}

    ours = search_from(graph, sources).minutes
    for source, row in with_networkx().items():
        for target, minutes in row.items():
            if abs(ours[source, target] - minutes) > 1e-6:
                raise SystemExit(f"the results differ at {source}-{target}: {ours[source, target]} and {minutes}")
    print(f"embedded network: {graph.node_count} nodes, {len(network.edges)} sections; best of {ROUNDS}")
    ours_s = best_seconds(lambda: search_from(graph, sources))
    peer_s = best_seconds(with_networkx, rounds=2)
    print(f"{'all nodes to all nodes, minutes and km':48} nakapotsu {ours_s * 1000:8.1f} ms   1.0 x")
    print(f"{'  NetworkX, minutes only':48} networkx  {peer_s * 1000:8.1f} ms {peer_s / ours_s:5.1f} x")
    screen_s = best_seconds(lambda: uncached_overview("winter"))
    coverage_s = best_seconds(lambda: measure_coverage(network, season="summer"))
    print(f"{'one screen after a change of season':48} nakapotsu {screen_s * 1000:8.1f} ms")
    print(f"{'coverage of all areas, grid kept':48} nakapotsu {coverage_s * 1000:8.1f} ms")


if __name__ == "__main__":
    main()
