"""Large networks to measure on, as plain arrays: the world's highways, a generated one, or one imported by name."""

from dataclasses import astuple, dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.routing import edge_arrays
from geo.topology import BoolArray, FloatArray, IntArray
from geo.world_graph_check import read_world_lists

SUMMER_KPH = 60.0
WINTER_SLOWER = (1.1, 1.6)
TOWN_SIDE = 50


@dataclass(frozen=True)
class Graph:
    """A directed network: ``lon, lat`` of nodes; ends, kilometres and minutes of edges, parallel ones left out."""

    lon: FloatArray
    lat: FloatArray
    start: IntArray
    end: IntArray
    km: FloatArray
    summer_min: FloatArray
    winter_min: FloatArray

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.lon)

    def save(self, path: Path) -> None:
        """Write the arrays, to be read by the jobs."""
        np.savez(path, *astuple(self))

    def inner_nodes(self) -> IntArray:
        """Return the nodes of the largest part in which every node leads to every other."""
        matrix = csr_array((np.ones(len(self.start)), (self.start, self.end)), shape=(self.size, self.size))
        part = connected_components(matrix, connection="strong")[1]
        return np.flatnonzero(part == np.bincount(part).argmax())


def read_graph(path: Path) -> Graph:
    """Read what :meth:`Graph.save` wrote."""
    with np.load(path) as arrays:
        return Graph(*(arrays[name] for name in arrays.files))


def _graph(
    lon: FloatArray, lat: FloatArray, start: IntArray, end: IntArray, km: FloatArray, minutes: FloatArray
) -> Graph:
    slower = np.random.default_rng(2).uniform(*WINTER_SLOWER, len(start))
    return Graph(lon, lat, start.astype(np.int64), end.astype(np.int64), km, minutes, minutes * slower)


def world_graph() -> Graph:
    """Return the world highways of scgraph_data (560,282 nodes) at 60 km/h, slower in winter by a drawn factor."""
    spec = find_spec("scgraph_data")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the package scgraph_data is not installed. Install the groups data and bench.")
    graph, nodes = read_world_lists(Path(next(iter(spec.submodule_search_locations))) / "world_highways.py")
    rows = [(tail, int(head), km) for tail, ends in enumerate(graph) for head, km in ends.items()]
    table, places = np.asarray(rows, dtype=float), np.asarray(nodes, dtype=float)
    km = table[:, 2]
    return _graph(places[:, 1], places[:, 0], table[:, 0], table[:, 1], km, km / SUMMER_KPH * 60)


def _both_ways(start: IntArray, end: IntArray, one_way: BoolArray) -> tuple[IntArray, IntArray, IntArray]:
    back = np.flatnonzero(~one_way)
    edge = np.concatenate([np.arange(len(start)), back])
    return np.concatenate([start, end[back]]), np.concatenate([end, start[back]]), edge


def generated_graph(nodes: int) -> Graph:
    """Return about this many nodes in towns of 50 x 50 crossings, joined by trunk roads; one street in ten is one-way.

    A tenth of the streets is missing. Crossings are about 100 m apart, towns 15 km.
    """
    rng = np.random.default_rng(1)
    towns = max(2, round((nodes / TOWN_SIDE**2) ** 0.5))
    column, row = np.meshgrid(np.arange(towns * TOWN_SIDE), np.arange(towns * TOWN_SIDE))
    side = towns * TOWN_SIDE
    number = (row * side + column).astype(np.int64)
    x = (column // TOWN_SIDE) * 15.0 + column % TOWN_SIDE * 0.1 + rng.uniform(-0.03, 0.03, column.shape)
    y = (row // TOWN_SIDE) * 15.0 + row % TOWN_SIDE * 0.1 + rng.uniform(-0.03, 0.03, column.shape)
    start = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    end = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    x, y = x.ravel(), y.ravel()
    km = np.hypot(x[start] - x[end], y[start] - y[end])
    # Of the ways from town to town only the middle ones exist; they are the trunk roads.
    across = np.where(start + 1 == end, start // side, start % side) % TOWN_SIDE
    is_trunk = km > 1
    kept = np.where(is_trunk, across == TOWN_SIDE // 2, rng.random(len(start)) > 0.1)
    start, end, km, is_trunk = start[kept], end[kept], km[kept], is_trunk[kept]
    kph = np.where(is_trunk, 60.0, rng.choice([30.0, 40.0], len(start)))
    start, end, edge = _both_ways(start, end, (rng.random(len(start)) < 0.1) & ~is_trunk)
    lat = 42.0 + y / 111.0
    return _graph(140.0 + x / 82.0, lat, start, end, km[edge], (km / kph * 60)[edge])


def named_graph(name: str) -> Graph:
    """Return a network kept under a name, as it is driven in summer and in winter where it is open all year."""
    network = import_module("geo.networks").open_network(name)
    arrays = edge_arrays(network)
    is_open = ~arrays.is_closed["summer"] & ~arrays.is_closed["winter"]
    start, end, edge = _both_ways(arrays.start[is_open], arrays.end[is_open], arrays.one_way[is_open])
    summer, winter = (arrays.minutes[season][is_open][edge] for season in ("summer", "winter"))
    order = np.lexsort((summer, end, start))
    order = order[start[order] != end[order]]
    _, first = np.unique(start[order] * len(network.nodes) + end[order], return_index=True)
    chosen = order[first]
    places = network.nodes.geometry
    km = arrays.length_km[is_open][edge]
    lon, lat = places.x.to_numpy(), places.y.to_numpy()
    return Graph(lon, lat, start[chosen], end[chosen], km[chosen], summer[chosen], winter[chosen])
