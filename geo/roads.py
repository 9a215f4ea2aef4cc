"""The road network: nodes, edges, speeds by season, ferries; loaded once, checked once."""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pandera.pandas as pa
import shapely

from geo.crs import GEOGRAPHIC_CRS
from geo.errors import DataError
from geo.paths import ROADS_DIR
from geo.tables import load_table

# An ordinary summer day, an ordinary winter day, and a winter day of heavy or drifting snow.
Season = Literal["summer", "winter", "bad_winter"]
SEASONS: tuple[Season, ...] = ("summer", "winter", "bad_winter")

ROAD_CLASSES = ("expressway", "free_expressway", "national", "prefectural", "access", "ferry")
# The section's own published length, its share of that of a chain of sections, or its line times a sinuosity.
LENGTH_BASES = ("published", "shared", "modelled")
CONTROLLED_ACCESS_CLASSES = ("expressway", "free_expressway", "ferry")

# The box every node must lie in: Hokkaido without the Northern Territories, with a margin of some km.
LON_RANGE = (139.2, 146.0)
LAT_RANGE = (41.2, 45.7)


@dataclass(frozen=True)
class RoadNetwork:
    """A road network in which edges are driven both ways unless they are one-way.

    Attributes
    ----------
    name
        The name given to ``--roads``.
    nodes
        GeoDataFrame, index ``node_id``; columns ``kind, name``; points, lon/lat.
    edges
        GeoDataFrame, index ``edge_id``; columns ``from_node, to_node, road_no, road_name, road_class,
        length_km, length_basis``, and for each season ``summer_min, closed_in_summer, ...`` (minutes to travel the
        whole edge, ferries with their boarding margin), ``one_way, toll, opened``; lines, lon/lat, drawn from
        ``from_node`` to ``to_node``, which is the direction of a one-way edge.
    version
        First 12 hex digits of the SHA-256 of the files it was read from.
    """

    name: str
    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    version: str

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RoadNetwork) and (self.name, self.version) == (other.name, other.version)


_YES_NO = pa.Check.isin(["yes", "no"], error="yes or no")
_BASIS = pa.Check.isin(["published", "assumption"], error="published or assumption")
_POSITIVE = pa.Check.gt(0, error="a number above 0")

NODE_SCHEMA = pa.DataFrameSchema(
    {
        "node_id": pa.Column(str, [pa.Check.str_matches(r"^[a-z0-9_]+$", error="a-z, 0-9 and _")], unique=True),
        "kind": pa.Column(str),
        "name": pa.Column(str),
        "lon": pa.Column(float, pa.Check.in_range(*LON_RANGE, error="a longitude in Hokkaido")),
        "lat": pa.Column(float, pa.Check.in_range(*LAT_RANGE, error="a latitude in Hokkaido")),
    },
    coerce=True,
)

EDGE_SCHEMA = pa.DataFrameSchema(
    {
        "edge_id": pa.Column(str, unique=True),
        "from_node": pa.Column(str),
        "to_node": pa.Column(str),
        "road_no": pa.Column(str),
        "road_name": pa.Column(str),
        "road_class": pa.Column(str, pa.Check.isin(ROAD_CLASSES, error=f"one of {', '.join(ROAD_CLASSES)}")),
        "length_km": pa.Column(float, _POSITIVE),
        "length_basis": pa.Column(str, pa.Check.isin(LENGTH_BASES, error=f"one of {', '.join(LENGTH_BASES)}")),
        "summer_kph": pa.Column(float, pa.Check.in_range(5, 110, error="5 to 110 km/h")),
        "winter_kph": pa.Column(float, pa.Check.in_range(5, 110, error="5 to 110 km/h")),
        "bad_winter_kph": pa.Column(float, pa.Check.in_range(5, 110, error="5 to 110 km/h")),
        "closes_in_winter": pa.Column(str, _YES_NO),
        "closes_in_bad_winter": pa.Column(str, _YES_NO),
        "one_way": pa.Column(str, _YES_NO),
        "toll": pa.Column(str, _YES_NO),
        "opened": pa.Column(str, pa.Check.str_matches(r"^(\d{4})?$", error="a year, or empty for 2012 and before")),
        "shape": pa.Column(str),
    },
    coerce=True,
)

FERRY_SCHEMA = pa.DataFrameSchema(
    {
        "edge_id": pa.Column(str, unique=True),
        "name_ja": pa.Column(str),
        "sailing_min": pa.Column(float, _POSITIVE),
        "boarding_min": pa.Column(float, pa.Check.ge(0, error="0 or more minutes")),
        "summer_sailings_per_day": pa.Column(float, pa.Check.ge(0, error="0 or more sailings")),
        "winter_sailings_per_day": pa.Column(float, pa.Check.ge(0, error="0 or more sailings")),
        "summer_sailings_basis": pa.Column(str, _BASIS),
        "winter_sailings_basis": pa.Column(str, _BASIS),
        "source": pa.Column(str),
    },
    coerce=True,
)


def _edge_lines(edges: pd.DataFrame, points: "pd.Series[object]") -> list[shapely.LineString]:
    """Draw each edge from its first node over its shape points to its last node."""
    lines = []
    for edge in edges.itertuples():
        try:
            shape = [(float(x), float(y)) for x, y in (pair.split() for pair in edge.shape.split(";") if pair.strip())]
        except ValueError as error:
            raise DataError(
                f"edges.csv, edge {edge.edge_id}: shape {edge.shape!r} is not 'lon lat;lon lat;...'. Correct it."
            ) from error
        start, end = points[edge.from_node], points[edge.to_node]
        lines.append(shapely.LineString([(start.x, start.y), *shape, (end.x, end.y)]))
    return lines


def _check_ends(edges: pd.DataFrame, known: "pd.Index[Hashable]") -> None:
    for column in ("from_node", "to_node"):
        unknown = edges[~edges[column].isin(known)]
        if len(unknown):
            row = unknown.iloc[0]
            raise DataError(
                f"edges.csv, edge {row.edge_id}, column {column}: node {row[column]!r} is not in nodes.csv "
                f"({len(unknown)} such rows). Add the node or correct the id."
            )
    loops = edges[edges["from_node"] == edges["to_node"]]
    if len(loops):
        raise DataError(f"edges.csv, edge {loops.iloc[0].edge_id}: both ends are the same node. Correct the ids.")


def files_version(*paths: Path) -> str:
    """Return the first 12 hex digits of the SHA-256 over the files' bytes."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _attach_ferries(edges: pd.DataFrame, ferries: pd.DataFrame) -> pd.DataFrame:
    """Replace the driving time of ferry edges by boarding margin and sailing time; no sailing means closed."""
    listed = set(edges.loc[edges["road_class"] == "ferry", "edge_id"])
    if listed != set(ferries["edge_id"]):
        odd = sorted(listed ^ set(ferries["edge_id"]))
        raise DataError(
            f"ferries.csv and the ferry rows of edges.csv differ in {', '.join(odd)}. List each once in both."
        )
    joined = edges.merge(ferries, on="edge_id", how="left", validate="one_to_one")
    is_ferry = joined["road_class"] == "ferry"
    crossing_min = joined["sailing_min"] + joined["boarding_min"]
    result = edges.reset_index(drop=True).copy()
    for season in SEASONS:
        timetable = "summer" if season == "summer" else "winter"
        driving_min = joined["length_km"] / joined[f"{season}_kph"] * 60
        result[f"{season}_min"] = np.where(is_ferry, crossing_min, driving_min)
        result[f"closed_in_{season}"] = is_ferry & (joined[f"{timetable}_sailings_per_day"] == 0)
    result["closed_in_winter"] |= joined["closes_in_winter"] == "yes"
    result["closed_in_bad_winter"] |= (joined["closes_in_winter"] == "yes") | (joined["closes_in_bad_winter"] == "yes")
    return result


@lru_cache(maxsize=4)
def load_network(directory: Path = ROADS_DIR, *, name: str = "embedded", as_of: int | None = None) -> RoadNetwork:
    """Read and check the road network of a directory.

    Parameters
    ----------
    directory
        Holds ``nodes.csv``, ``edges.csv`` and ``ferries.csv``.
    name
        Name to carry in results.
    as_of
        Leave out the sections opened to traffic after this year; None for all.

    Returns
    -------
    RoadNetwork
        Do not change its frames; they are shared.

    Raises
    ------
    ReadFileError, InputError, DataError
        If a file is missing or breaks a promise; the message names row, value and remedy.
    """
    node_path, edge_path, ferry_path = (directory / f"{part}.csv" for part in ("nodes", "edges", "ferries"))
    nodes = load_table(node_path, NODE_SCHEMA).set_index("node_id")
    edges = load_table(edge_path, EDGE_SCHEMA)
    ferries = load_table(ferry_path, FERRY_SCHEMA, allow_empty=True)
    _check_ends(edges, nodes.index)
    edges = _attach_ferries(edges, ferries)
    for column in ("toll", "one_way"):
        edges[column] = edges[column] == "yes"
    edges["opened"] = pd.to_numeric(edges["opened"], errors="coerce").astype("Int64")
    if as_of is not None:
        edges = edges[~(edges["opened"] > as_of).fillna(False)].reset_index(drop=True)
        name = f"{name}-{as_of}"
    points = pd.Series(shapely.points(nodes["lon"], nodes["lat"]), index=nodes.index)
    node_frame = gpd.GeoDataFrame(nodes[["kind", "name"]], geometry=points.to_numpy(), crs=GEOGRAPHIC_CRS)
    columns = ["from_node", "to_node", "road_no", "road_name", "road_class", "length_km", "length_basis"]
    columns += [f"{season}_min" for season in SEASONS] + [f"closed_in_{season}" for season in SEASONS]
    columns += ["one_way", "toll", "opened"]
    lines = _edge_lines(edges, points)
    edge_frame = gpd.GeoDataFrame(edges.set_index("edge_id")[columns], geometry=lines, crs=GEOGRAPHIC_CRS)
    return RoadNetwork(name, node_frame, edge_frame, files_version(node_path, edge_path, ferry_path))
