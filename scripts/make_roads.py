"""Make ``data/roads/nodes.csv`` and ``edges.csv`` from the digitised sections, the seats and the speed tables.

The length of a section is the published one where there is one (its own, or its share by drawn length of the one of a
chain of sections), else the geodesic length of its digitised line times the sinuosity of its class and terrain
(``speeds.csv``). Speeds are those of class and terrain, slower in the built-up
streets around town halls (``assumptions.csv``), and lower in winter by class and snow zone (``winter_factors.csv``).
Running it again gives the same bytes.
"""

import argparse
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from geo.assumptions import load_assumption_table
from geo.boundaries import load_municipalities
from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import DataError
from geo.paths import ROADS_DIR

_LENGTH_BASIS = {"section": "published", "chain": "shared"}
GEOD = Geod(ellps="GRS80")
ANY_TERRAIN_CLASSES = ("expressway", "free_expressway", "access", "ferry")
SEAT_STREET_CLASSES = ("national", "prefectural")


def read_text_table(path: Path) -> pd.DataFrame:
    """Read a CSV with every cell as text, empty cells as ``""``."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def make_nodes(junctions: pd.DataFrame, municipalities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Put the town halls (id ``m`` + code) and the digitised junctions into one table."""
    seats = pd.DataFrame(
        {
            "node_id": "m" + municipalities["code"],
            "kind": "seat",
            "name": municipalities["name_ja"],
            "lon": municipalities["seat_lon"].astype(float),
            "lat": municipalities["seat_lat"].astype(float),
        }
    )
    others = junctions[["node_id", "kind", "name", "lon", "lat"]].astype({"lon": float, "lat": float})
    nodes = pd.concat([seats, others], ignore_index=True).sort_values("node_id", ignore_index=True)
    repeated = nodes.loc[nodes["node_id"].duplicated(), "node_id"]
    if len(repeated):
        raise DataError(f"junctions.csv: node {repeated.iloc[0]!r} occurs twice. Remove one.")
    return nodes.round({"lon": 5, "lat": 5})


def section_points(section: pd.Series, nodes: pd.DataFrame) -> list[tuple[float, float]]:
    """Return the lon/lat points of a section from its first to its last node."""
    ends = []
    for column in ("from_node", "to_node"):
        if section[column] not in nodes.index:
            raise DataError(f"sections.csv, {section['edge_id']}: node {section[column]!r} is unknown. Add it.")
        ends.append(tuple(nodes.loc[section[column], ["lon", "lat"]].astype(float)))
    via = [tuple(map(float, pair.split())) for pair in section["via"].split(";") if pair.strip()]
    return [ends[0], *via, ends[1]]


def geodesic_km(points: list[tuple[float, float]]) -> float:
    """Return the length of a line on the GRS80 ellipsoid, km."""
    lon, lat = zip(*points, strict=True)
    return float(GEOD.line_length(lon, lat)) / 1000


def snow_zone_finder(municipalities: gpd.GeoDataFrame) -> "SnowZones":
    """Prepare the look-up of snow zones by point."""
    zones = read_text_table(ROADS_DIR / "snow_zones.csv").set_index("subprefecture_ja")["snow_zone"]
    projected = municipalities.to_crs(EQUAL_AREA_CRS)
    return SnowZones(
        shapely.STRtree(projected.geometry.to_numpy()), projected["subprefecture_ja"].map(zones).to_numpy()
    )


class SnowZones:
    """Looks up the snow zone of the municipality that is nearest to a point."""

    def __init__(self, tree: shapely.STRtree, zones: "np.ndarray[tuple[int], np.dtype[np.object_]]") -> None:
        self._tree = tree
        self._zones = zones

    def at(self, lon: float, lat: float) -> str:
        """Return ``heavy``, ``drifting`` or ``light``."""
        point = gpd.GeoSeries([shapely.Point(lon, lat)], crs=GEOGRAPHIC_CRS).to_crs(EQUAL_AREA_CRS).iloc[0]
        return str(self._zones[self._tree.nearest(point)])


def street_km(section: pd.Series, length_km: float, population: pd.Series, values: pd.Series) -> float:
    """Return the km of a section driven through built-up streets: stated ones, and those around town halls."""
    stated = float(section["urban_km"] or 0)
    if section["road_class"] not in SEAT_STREET_CLASSES or section["terrain"] in ("urban", "suburban"):
        return min(stated, length_km)
    seats = [end for end in (section["from_node"], section["to_node"]) if end in population.index]
    per_seat = [values["urban_km_per_sqrt_thousand"] * (population[seat] / 1000) ** 0.5 for seat in seats]
    around_seats = sum(min(km, values["urban_km_max"]) for km in per_seat)
    return float(min(max(stated, around_seats), length_km))


def make_edges(sections: pd.DataFrame, nodes: pd.DataFrame, municipalities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give every section its length and its speed in summer and winter."""
    speeds = read_text_table(ROADS_DIR / "speeds.csv").set_index(["road_class", "terrain"])
    factors = read_text_table(ROADS_DIR / "winter_factors.csv")
    factors = factors.set_index(["road_class", "snow_zone", "season"])["speed_factor"].astype(float)
    values = load_assumption_table().set_index("name")["value"]
    population = municipalities.assign(node_id="m" + municipalities["code"]).set_index("node_id")["population_2014"]
    zones = snow_zone_finder(municipalities)
    closures = read_text_table(ROADS_DIR / "closures.csv")
    shut = set(closures["edge_id"])
    by_id = nodes.set_index("node_id")
    rows = []
    for section in (row for _, row in sections.iterrows()):
        points = section_points(section, by_id)
        road_class = section["road_class"]
        terrain = "any" if road_class in ANY_TERRAIN_CLASSES else section["terrain"]
        if (road_class, terrain) not in speeds.index:
            raise DataError(f"sections.csv, {section['edge_id']}: no speed for {road_class}, {terrain!r}.")
        rule = speeds.loc[(road_class, terrain)]
        published = section["published_km"]
        if published and float(published) < geodesic_km([points[0], points[-1]]):
            published = ""  # between other points than our nodes, which are farther apart
        length_km = float(published) if published else geodesic_km(points) * float(rule["sinuosity"])
        streets = street_km(section, length_km, population, values)
        summer_h = (length_km - streets) / float(rule["summer_kph"]) + streets / values["urban_kph"]
        summer_kph = length_km / summer_h if streets else float(rule["summer_kph"])
        middle = shapely.LineString(points).interpolate(0.5, normalized=True)
        zone = zones.at(middle.x, middle.y)
        rows.append(
            {
                **section[["edge_id", "from_node", "to_node", "road_no", "road_name", "road_class", "terrain"]],
                "snow_zone": zone,
                "length_km": round(length_km, 2),
                "length_basis": _LENGTH_BASIS[section["published_scope"]] if published else "modelled",
                "length_source": section["published_source"] if published else "",
                "summer_kph": round(summer_kph, 1),
                "winter_kph": round(summer_kph * factors[(road_class, zone, "winter")], 1),
                "bad_winter_kph": round(summer_kph * factors[(road_class, zone, "bad_winter")], 1),
                "closes_in_winter": section["closes_in_winter"],
                "closes_in_bad_winter": "yes" if section["edge_id"] in shut else "no",
                "one_way": "no",
                **section[["toll", "opened", "note"]],
                "shape": section["via"],
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Write both tables into the folder given, by default the one of the repository."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out-dir", type=Path, default=ROADS_DIR)
    out_dir = parser.parse_args().out_dir
    municipalities = load_municipalities()
    nodes = make_nodes(read_text_table(ROADS_DIR / "junctions.csv"), municipalities)
    sections = read_text_table(ROADS_DIR / "sections.csv")
    edges = make_edges(sections, nodes, municipalities)
    used = set(edges["from_node"]) | set(edges["to_node"])
    nodes[nodes["node_id"].isin(used)].to_csv(out_dir / "nodes.csv", index=False, lineterminator="\n")
    edges.to_csv(out_dir / "edges.csv", index=False, lineterminator="\n")
    total_km = edges["length_km"].sum()
    print(f"{len(used)} nodes, {len(edges)} edges, {total_km:,.0f} km")


if __name__ == "__main__":
    main()
