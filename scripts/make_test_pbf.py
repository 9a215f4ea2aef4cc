"""Make an OpenStreetMap file of Hokkaido's size: the embedded network plus a street grid at every settlement.

It is test data, not a map. Sections keep their class, number, name, toll, direction and winter closure; their lines get
a node at least every 100 m. Grids have streets every 100 m around town halls and settlements, the larger the more
people live there, cut at the coast; some streets are one-way, some junctions have a bollard. Buildings, if asked for,
are only there to be skipped. The same arguments give the same data.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from osmium.osm import mutable

from geo.boundaries import load_municipalities, load_parts
from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.roads import RoadNetwork, load_network

SPACING_M = 100.0
PEOPLE_POWER = 0.7  # the nodes of a grid grow with people to this power, so that Sapporo does not take half of them
SETTLEMENT_PEOPLE = 500.0  # assumed where a settlement is not the seat of a municipality
WAY_NODES = 25
DATA_DATE = "2026-01-01T00:00:00Z"
HIGHWAY = {
    "expressway": "motorway",
    "free_expressway": "motorway",
    "national": "trunk",
    "prefectural": "primary",
    "access": "unclassified",
}

Way = tuple[list[int], dict[str, str]]


class NodeTable:
    """Numbers nodes as they come."""

    def __init__(self) -> None:
        self.lon: list[float] = []
        self.lat: list[float] = []
        self.tags: dict[int, dict[str, str]] = {}

    def add(self, lon: "np.ndarray[tuple[int], np.dtype[np.float64]]", lat: object) -> list[int]:
        """Add nodes and return their ids."""
        first = len(self.lon) + 1
        self.lon.extend(np.asarray(lon, dtype=float).tolist())
        self.lat.extend(np.asarray(lat, dtype=float).tolist())
        return list(range(first, len(self.lon) + 1))


def section_ways(network: RoadNetwork, table: NodeTable, id_of: dict[str, int], step_m: float) -> Iterator[Way]:
    """Yield the sections of the network as ways, with a node at least every so many metres."""
    edges = network.edges
    dense = edges.geometry.to_crs(EQUAL_AREA_CRS).segmentize(step_m).to_crs(GEOGRAPHIC_CRS)
    for edge, line in zip(edges.itertuples(), dense, strict=True):
        inner = shapely.get_coordinates(line)[1:-1]
        nodes = [id_of[edge.from_node], *table.add(inner[:, 0], inner[:, 1]), id_of[edge.to_node]]
        tags = {"name": str(edge.road_name)}
        if edge.road_class == "ferry":
            minutes = round(float(edge.summer_min))
            tags |= {"route": "ferry", "motor_vehicle": "yes", "duration": f"{minutes // 60:02d}:{minutes % 60:02d}"}
        else:
            tags |= {"highway": HIGHWAY[edge.road_class], "ref": str(edge.road_no).lstrip("RD")}
            tags["oneway"] = "yes" if edge.one_way else "no"
            tags["toll"] = "yes" if edge.toll else "no"
            if edge.closed_in_winter:
                tags["motor_vehicle:conditional"] = "no @ (Nov-Apr)"
        yield nodes, tags


def grid_sizes(settlements: pd.DataFrame, wanted: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return how many streets each way the grid of each settlement has, for about the wanted number of nodes."""
    people = settlements["people"].to_numpy(float) ** PEOPLE_POWER
    return np.asarray(np.maximum(np.sqrt(people / people.sum() * wanted).astype(np.int64), 3), dtype=np.int64)


def grid_ways(
    centre: tuple[float, float], centre_id: int, size: int, land: shapely.STRtree, table: NodeTable
) -> Iterator[Way]:
    """Yield the streets of one grid; the node in its middle is the settlement's own."""
    lon, lat = centre
    half = size // 2
    steps = (np.arange(size) - half) * SPACING_M / 111_195.0
    x, y = np.meshgrid(lon + steps / np.cos(np.radians(lat)), lat + steps)
    on_land = np.zeros(x.size, dtype=bool)
    on_land[np.unique(land.query(shapely.points(x.ravel(), y.ravel()), predicate="intersects")[0])] = True
    middle = half * size + half
    on_land[middle] = False
    ids = np.zeros(x.size, dtype=np.int64)
    ids[on_land] = table.add(x.ravel()[on_land], y.ravel()[on_land])
    ids[middle] = centre_id
    grid = ids.reshape(size, size)
    if size > 20:
        table.tags |= {int(node): {"barrier": "bollard"} for node in grid[5::40, 7::40].ravel() if node}
        table.tags.pop(centre_id, None)
    for direction, streets in (("東西", grid), ("南北", grid.T)):
        for number, street in enumerate(streets):
            tags = {
                "highway": "tertiary" if number % 10 == half % 10 else "residential",
                "name": f"{direction}{number}",
            }
            if number % 7 == 3:
                tags["oneway"] = "yes" if number % 2 else "-1"
            if number % 11 == 5:
                tags["maxspeed"] = "40"
            for run in np.split(street, np.flatnonzero(street == 0)):
                nodes = [int(node) for node in run if node]
                for begin in range(0, len(nodes) - 1, WAY_NODES - 1):
                    yield nodes[begin : begin + WAY_NODES], tags


def building_points(table: NodeTable, count: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Return the corners of buildings near the nodes that there are, lon/lat, shape (count, 2); count divides by 4."""
    generator = np.random.default_rng(20260101)
    near = generator.integers(len(table.lon), size=count // 4)
    centre = np.column_stack([np.array(table.lon)[near], np.array(table.lat)[near]])
    centre += generator.uniform(-5e-4, 5e-4, size=centre.shape)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 5e-5
    return np.asarray((centre[:, None, :] + corners).reshape(-1, 2), dtype=float)


def write_pbf(path: Path, table: NodeTable, ways: list[Way], building_nodes: int = 0) -> None:
    """Write nodes and ways in the order that OpenStreetMap's own files have."""
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", DATA_DATE)
    header.set("generator", "scripts/make_test_pbf.py")
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        for node, (lon, lat) in enumerate(zip(table.lon, table.lat, strict=True), start=1):
            writer.add_node(mutable.Node(id=node, location=(lon, lat), tags=table.tags.get(node)))
        first = len(table.lon) + 1
        for node, location in enumerate(building_points(table, building_nodes).tolist(), start=first):
            writer.add_node(mutable.Node(id=node, location=location))
        for number, (nodes, tags) in enumerate(ways, start=1):
            writer.add_way(mutable.Way(id=number, nodes=nodes, tags=tags))
        is_building = {"building": "yes"}
        for number in range(building_nodes // 4):
            corner = first + 4 * number
            outline = [*range(corner, corner + 4), corner]
            writer.add_way(mutable.Way(id=len(ways) + 1 + number, nodes=outline, tags=is_building))


def make_test_pbf(path: Path, wanted_nodes: int, step_m: float = SPACING_M, building_nodes: int = 0) -> tuple[int, int]:
    """Write the file; return its numbers of nodes and ways, without those of buildings."""
    network = load_network()
    table = NodeTable()
    points = network.nodes.geometry
    id_of = dict(zip(network.nodes.index, table.add(points.x.to_numpy(), points.y), strict=True))
    ways = list(section_ways(network, table, id_of, step_m))
    people = load_municipalities().assign(node_id=lambda frame: "m" + frame["code"])
    people_of = people.set_index("node_id")["population_2014"]
    settlements = pd.DataFrame(network.nodes[network.nodes["kind"].isin(["seat", "settlement"])])
    settlements["people"] = settlements.index.map(people_of).astype(float)
    settlements["people"] = settlements["people"].fillna(SETTLEMENT_PEOPLE)
    land = shapely.STRtree(gpd.GeoSeries(load_parts().geometry).to_numpy())
    for row, size in zip(
        settlements.itertuples(), grid_sizes(settlements, max(wanted_nodes - len(table.lon), 0)), strict=True
    ):
        ways += grid_ways((row.geometry.x, row.geometry.y), id_of[str(row.Index)], int(size), land, table)
    write_pbf(path, table, ways, building_nodes)
    return len(table.lon), len(ways)


def main() -> None:
    """Write the file given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="a .osm.pbf or .osm file")
    parser.add_argument("--nodes", type=int, default=1_250_000, help="aim, before grids are cut at the coast")
    parser.add_argument("--building-nodes", type=int, default=0, help="corners of buildings besides")
    arguments = parser.parse_args()
    nodes, ways = make_test_pbf(arguments.out, arguments.nodes, building_nodes=arguments.building_nodes)
    print(f"{arguments.out}: {nodes:,} nodes, {ways:,} ways, {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
