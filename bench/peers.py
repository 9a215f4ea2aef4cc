"""The jobs of bench/engines.py, one library to a process: ``python -m bench.peers LIBRARY GRAPH.npz WORK_DIR``.

One line of JSON is printed for each job done: its name, the best seconds of up to three rounds, the peak memory of the
process so far, and figures of the result to compare. The order is that of rising work, so that a job over its time may
be ended without losing those before.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bench.graphs import Graph, read_graph
from geo.topology import FloatArray, IntArray

ROUNDS, LONG_S = 3, 8.0
_REPORT = os.dup(1)  # libraries print on their own; main() sends that away from the report
FEW, MANY = 300, 2000


class Peer(Protocol):
    """A library at work on one graph. A job it has no function for raises NotImplementedError."""

    def build(self, graph: Graph) -> None:
        """Make the library's own network from arrays."""

    def one_to_all(self, source: int) -> FloatArray:
        """Return minutes from a node to every node, NaN for none."""

    def matrix(self, sources: IntArray, targets: IntArray) -> FloatArray:
        """Return minutes from sources to targets."""

    def reweight(self, minutes: FloatArray) -> None:
        """Go over to other minutes."""


def _finite(minutes: Any, limit: float = 1e9) -> FloatArray:
    array = np.asarray(minutes, dtype=float)
    return np.where(array < limit, array, np.nan)


class Nakapotsu:
    """Ours: the engines of geo/, scipy for a single source and contraction for matrices."""

    def build(self, graph: Graph) -> None:
        from geo.engine_cch import CchEngine, Hierarchy
        from geo.engine_scipy import ScipyEngine
        from geo.topology import build_topology, weigh_pairs

        self._weigh, self._graph = weigh_pairs, graph
        one_way = np.ones(len(graph.start), dtype=bool)
        topology = build_topology(graph.lon, graph.lat, graph.start, graph.end, one_way)
        weights = weigh_pairs(topology, graph.summer_min, graph.km, one_way)
        self._scipy, self._cch = ScipyEngine(topology, weights), CchEngine(Hierarchy(topology), weights)
        self._cch.customize()

    def one_to_all(self, source: int) -> FloatArray:
        return self._scipy.one_to_all_minutes(source)

    def matrix(self, sources: IntArray, targets: IntArray) -> FloatArray:
        return self._cch.many_to_many_minutes(sources, targets)

    def matrix_with_km(self, sources: IntArray, targets: IntArray) -> FloatArray:
        return self._cch.many_to_many(sources, targets).minutes

    def reweight(self, minutes: FloatArray) -> None:
        is_open = np.ones(len(minutes), dtype=bool)
        weights = self._weigh(self._cch.topology, minutes, self._graph.km, is_open)
        self._scipy, self._cch = self._scipy.reweighted(weights), self._cch.reweighted(weights)
        self._cch.customize()


class Scipy:
    """scipy.sparse.csgraph as it stands."""

    def build(self, graph: Graph) -> None:
        from scipy.sparse import csr_array

        self._graph = graph
        self._matrix = csr_array((graph.summer_min, (graph.start, graph.end)), shape=(graph.size, graph.size))

    def one_to_all(self, source: int) -> FloatArray:
        from scipy.sparse.csgraph import dijkstra

        return _finite(dijkstra(self._matrix, indices=source))

    def matrix(self, sources: IntArray, targets: IntArray) -> FloatArray:
        from scipy.sparse.csgraph import dijkstra

        # All rows at once would need gigabytes; blocks of ten are as quick.
        blocks = np.array_split(sources, max(1, len(sources) // 10))
        return _finite(np.concatenate([dijkstra(self._matrix, indices=block)[:, targets] for block in blocks]))

    def reweight(self, minutes: FloatArray) -> None:
        from scipy.sparse import csr_array

        shape = (self._graph.size, self._graph.size)
        self._matrix = csr_array((minutes, (self._graph.start, self._graph.end)), shape=shape)


class NetworkX:
    """NetworkX, whose functions OSMnx uses too."""

    def build(self, graph: Graph) -> None:
        import networkx as nx

        self._graph, self._size = nx.DiGraph(), graph.size
        self._graph.add_nodes_from(range(graph.size))
        self._ends = list(zip(graph.start.tolist(), graph.end.tolist(), strict=True))
        self.reweight(graph.summer_min)

    def _row(self, source: int) -> FloatArray:
        import networkx as nx

        row = np.full(self._size, np.nan)
        found = nx.single_source_dijkstra_path_length(self._graph, source, weight="minutes")
        row[list(found)] = list(found.values())
        return row

    def one_to_all(self, source: int) -> FloatArray:
        return self._row(source)

    def matrix(self, sources: IntArray, targets: IntArray) -> FloatArray:
        return np.stack([self._row(source)[targets] for source in sources.tolist()])

    def reweight(self, minutes: FloatArray) -> None:
        ends = zip(self._ends, minutes.tolist(), strict=True)
        self._graph.add_edges_from((start, end, {"minutes": cost}) for (start, end), cost in ends)


class OSMnx:
    """OSMnx's own ``shortest_path`` for many pairs on all processors; it gives nodes, so minutes are added up."""

    def build(self, graph: Graph) -> None:
        import networkx as nx

        self._graph = nx.MultiDiGraph(crs="EPSG:4326")
        self._graph.add_nodes_from(
            (number, {"x": x, "y": y}) for number, (x, y) in enumerate(zip(graph.lon, graph.lat, strict=True))
        )
        self._ends = list(zip(graph.start.tolist(), graph.end.tolist(), strict=True))
        ends = zip(self._ends, graph.summer_min.tolist(), strict=True)
        self._graph.add_edges_from((start, end, 0, {"minutes": cost}) for (start, end), cost in ends)

    def one_to_all(self, source: int) -> FloatArray:
        raise NotImplementedError("uses NetworkX's")

    def matrix(self, sources: IntArray, targets: IntArray) -> FloatArray:
        import osmnx as ox

        here, there = np.repeat(sources, len(targets)).tolist(), np.tile(targets, len(sources)).tolist()
        paths = ox.routing.shortest_path(self._graph, here, there, weight="minutes", cpus=None)
        edges = self._graph.edges
        sums = [sum(edges[u, v, 0]["minutes"] for u, v in pairwise(path)) if path else np.nan for path in paths]
        return np.asarray(sums, dtype=float).reshape(len(sources), len(targets))

    def reweight(self, minutes: FloatArray) -> None:
        for (start, end), cost in zip(self._ends, minutes.tolist(), strict=True):
            self._graph.edges[start, end, 0]["minutes"] = cost


class IGraph:
    """python-igraph."""

    def build(self, graph: Graph) -> None:
        import igraph

        ends = np.column_stack([graph.start, graph.end])
        self._graph = igraph.Graph(n=graph.size, edges=ends, directed=True)
        self._minutes = graph.summer_min.tolist()

    def one_to_all(self, source: int) -> FloatArray:
        return _finite(self._graph.distances(source=[source], weights=self._minutes, mode="out")[0])

    def matrix(self, sources: IntArray, targets: IntArray) -> FloatArray:
        ends = {"source": sources.tolist(), "target": targets.tolist()}
        return _finite(self._graph.distances(**ends, weights=self._minutes, mode="out", algorithm="dijkstra"))

    def reweight(self, minutes: FloatArray) -> None:
        self._minutes = minutes.tolist()


class Rustworkx:
    """rustworkx."""

    def build(self, graph: Graph) -> None:
        import rustworkx

        self._graph, self._size = rustworkx.PyDiGraph(), graph.size
        self._graph.add_nodes_from(range(graph.size))
        self._graph.add_edges_from(
            list(zip(graph.start.tolist(), graph.end.tolist(), graph.summer_min.tolist(), strict=True))
        )
        self._ends = np.column_stack([graph.start, graph.end])

    def one_to_all(self, source: int) -> FloatArray:
        import rustworkx

        found = rustworkx.digraph_dijkstra_shortest_path_lengths(self._graph, source, float)
        row = np.full(self._size, np.nan)
        row[list(found.keys())] = list(found.values())
        row[source] = 0.0
        return row

    def matrix(self, sources: IntArray, targets: IntArray) -> FloatArray:
        return np.stack([self.one_to_all(source)[targets] for source in sources.tolist()])

    def reweight(self, minutes: FloatArray) -> None:
        for edge, cost in enumerate(minutes.tolist()):
            self._graph.update_edge_by_index(edge, cost)


class Pandana:
    """pandana: contraction hierarchies, built anew for other weights; counts in 1/1000 of the unit."""

    def build(self, graph: Graph) -> None:
        self._graph = graph
        self.reweight(graph.summer_min)

    def one_to_all(self, source: int) -> FloatArray:
        return np.asarray(self.matrix(np.asarray([source]), np.arange(self._graph.size))[0])

    def matrix(self, sources: IntArray, targets: IntArray) -> FloatArray:
        pairs = np.repeat(sources, len(targets)), np.tile(targets, len(sources))
        minutes = self._network.shortest_path_lengths(*pairs)
        return _finite(minutes, 4_000_000).reshape(len(sources), len(targets))

    def reweight(self, minutes: FloatArray) -> None:
        import pandana
        import pandas as pd

        lon, lat, start, end = (
            pd.Series(part) for part in (self._graph.lon, self._graph.lat, self._graph.start, self._graph.end)
        )
        self._network = pandana.Network(lon, lat, start, end, pd.DataFrame({"minutes": minutes}), twoway=False)


class Valhalla:
    """Valhalla on tiles built from the same network written as OpenStreetMap data. Its times are its own."""

    def __init__(self, work: Path) -> None:
        self._work = work

    def build(self, graph: Graph) -> None:
        import valhalla

        pbf, tiles = self._work / "network.osm.pbf", self._work / "tiles"
        _write_pbf(graph, pbf)
        tiles.mkdir(exist_ok=True)
        config = valhalla.get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
        for name in ("max_matrix_location_pairs", "max_matrix_distance"):
            config["service_limits"]["auto"][name] = 100_000_000
        config["mjolnir"]["logging"] = config["loki"]["logging"] = config["thor"]["logging"] = {"type": ""}
        path = self._work / "valhalla.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        program = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
        subprocess.run([str(program), "-c", str(path), str(pbf)], check=True, stdout=subprocess.DEVNULL)
        self._actor, self._graph = valhalla.Actor(path), graph

    def one_to_all(self, source: int) -> FloatArray:
        raise NotImplementedError("has isochrones only")

    def matrix(self, sources: IntArray, targets: IntArray) -> FloatArray:
        def places(nodes: IntArray) -> list[dict[str, float]]:
            return [{"lon": float(self._graph.lon[node]), "lat": float(self._graph.lat[node])} for node in nodes]

        request = {"sources": places(sources), "targets": places(targets), "costing": "auto", "verbose": False}
        answer = json.loads(self._actor.matrix(json.dumps(request)))
        seconds = answer["sources_to_targets"]["durations"]
        return np.asarray(seconds, dtype=float) / 60

    def reweight(self, minutes: FloatArray) -> None:
        raise NotImplementedError("builds its tiles again")


def _write_pbf(graph: Graph, path: Path) -> None:
    """Write the network as ways of two nodes each with their speed; a pair driven both ways is one way."""
    import osmium

    path.unlink(missing_ok=True)
    keys = graph.start * graph.size + graph.end
    turned = np.isin(graph.end * graph.size + graph.start, keys)
    kph = np.maximum(np.rint(graph.km / np.maximum(graph.summer_min, 1e-9) * 60), 5).astype(int)
    kept = np.flatnonzero(~turned | (graph.start < graph.end))
    with osmium.SimpleWriter(str(path)) as writer:
        for number, place in enumerate(zip(graph.lon.tolist(), graph.lat.tolist(), strict=True), start=1):
            writer.add_node(osmium.osm.mutable.Node(location=place, id=number, version=1))
        for number, edge in enumerate(kept.tolist(), start=1):
            tags = {"highway": "primary", "maxspeed": str(kph[edge])} | ({} if turned[edge] else {"oneway": "yes"})
            ends = [int(graph.start[edge]) + 1, int(graph.end[edge]) + 1]
            writer.add_way(osmium.osm.mutable.Way(nodes=ends, tags=tags, id=number, version=1))


LIBRARIES: dict[str, Callable[[Path], Peer]] = {
    "nakapotsu": lambda _: Nakapotsu(),
    "scipy": lambda _: Scipy(),
    "networkx": lambda _: NetworkX(),
    "osmnx": lambda _: OSMnx(),
    "igraph": lambda _: IGraph(),
    "rustworkx": lambda _: Rustworkx(),
    "pandana": lambda _: Pandana(),
    "valhalla": Valhalla,
}


def _tell(job: str, seconds: float | None, result: object = None, note: str = "") -> None:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line: dict[str, object] = {"job": job, "seconds": seconds, "peak_mb": peak_mb, "note": note}
    if isinstance(result, np.ndarray):
        line |= {"reached": int(np.isfinite(result).sum()), "mean_min": float(np.nanmean(result))}
    os.write(_REPORT, json.dumps(line).encode() + b"\n")


def _measure(job: str, work: Callable[[], object], rounds: int = ROUNDS) -> None:
    times, result = list[float](), None
    try:
        while len(times) < rounds and sum(times) < LONG_S:
            begin = time.perf_counter()
            result = work()
            times.append(time.perf_counter() - begin)
    except NotImplementedError as error:
        _tell(job, None, note=str(error))
        return
    _tell(job, min(times), result)


def main() -> None:
    """Do all jobs with one library."""
    os.dup2(2, 1)
    library, graph_path, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    graph = read_graph(graph_path)
    peer = LIBRARIES[library](work)
    rng, inner = np.random.default_rng(3), graph.inner_nodes()
    few, many = (rng.choice(inner, (2, count), replace=False) for count in (FEW, MANY))
    source = int(few[0, 0])
    _measure("build", lambda: peer.build(graph), rounds=1)
    if isinstance(peer, Nakapotsu):
        _measure("build, order kept", lambda: peer.build(graph), rounds=1)
    _measure("one to all", lambda: peer.one_to_all(source))
    _measure("winter", lambda: peer.reweight(graph.winter_min), rounds=ROUNDS if library == "nakapotsu" else 1)
    _measure("one to all in winter", lambda: peer.one_to_all(source), rounds=1)
    _measure(f"{FEW} x {FEW}", lambda: peer.matrix(*few))
    if isinstance(peer, Nakapotsu):
        _measure(f"{FEW} x {FEW} with km", lambda: peer.matrix_with_km(*few))
    _measure(f"{MANY} x {MANY}", lambda: peer.matrix(*many))


if __name__ == "__main__":
    main()
