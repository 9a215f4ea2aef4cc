"""Networks from OSMnx: GraphML that it saved, and places or boxes that it downloads from Overpass."""

import hashlib
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx
import numpy as np
import osmnx as ox
import shapely

from geo.errors import InputError, ReadFileError
from geo.osm.reader import NO_LINE, DrivableWays, SourceFile
from geo.osm.rules import FERRY, NODE_KEYS, Region, WayRule, blocks_cars, ferry_rule, load_classes, road_rule
from geo.osm.tags import is_closed_in_winter
from geo.tables import read_bytes

# What the rules read, but for directions by kind of vehicle: OSMnx reads oneway alone and turns edges accordingly.
WAY_KEYS = tuple(
    key
    for line in (
        "highway route name ref oneway junction maxspeed maxspeed:forward maxspeed:backward access vehicle",
        "motor_vehicle motorcar foot bicycle toll toll:motorcar service area motorroad duration seasonal",
        "opening_hours winter_service snowplowing ice_road winter_road access:conditional vehicle:conditional",
        "motor_vehicle:conditional motorcar:conditional",
    )
    for key in line.split()
)
_NODE_TAGS = (*NODE_KEYS, "access", "vehicle", "motor_vehicle", "motorcar", "bollard", "opening_hours")


def load_graph_ways(path: Path, region: Region) -> DrivableWays:
    """Read GraphML saved by OSMnx.

    Raises
    ------
    ReadFileError
        If the file cannot be read.
    InputError
        If it is no GraphML of OSMnx.
    """
    content = read_bytes(path)
    if not content.strip():
        raise InputError(f"{path}: ファイルが空です。 / the file is empty. Save it again with osmnx.save_graphml.")
    try:
        graph = ox.io.load_graphml(graphml_str=content.decode("utf-8"))
        return graph_ways(graph, region, path.name)
    except (ParseError, UnicodeDecodeError, nx.NetworkXError, KeyError, ValueError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path}: OSMnx の GraphML として読めません。 / not GraphML as OSMnx saves it "
            f"({type(error).__name__}: {error}). Expected nodes with x and y, edges with highway and oneway, in "
            "degrees (EPSG:4326). Save it with osmnx.save_graphml."
        ) from error


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    """Return an edge's tags; of the several values of a simplified edge the first, of limits all."""
    tags = {}
    for key in WAY_KEYS:
        value = data.get(key)
        if isinstance(value, list):
            value = ";".join(map(str, value)) if key.startswith("maxspeed") else value[0]
        if isinstance(value, str) and value:
            tags[key] = value
    return tags


def _rule(data: Mapping[str, Any], region: Region) -> WayRule | None:
    tags = _texts(data)
    # OSMnx has turned the edge into the direction of travel and says whether it is driven back.
    tags["oneway"] = "yes" if data["oneway"] in (True, "True", "yes") else "no"
    if "highway" in tags:
        return road_rule(tags, region)
    return ferry_rule(tags) if tags.get("route") == FERRY else None


def _check_graph(graph: nx.MultiDiGraph, name: str) -> None:
    nodes_lack = {key for _, data in graph.nodes(data=True) for key in ("x", "y") if key not in data}
    edges_lack = {key for _, _, data in graph.edges(data=True) for key in ("oneway",) if key not in data}
    has_class = any("highway" in data or "route" in data for _, _, data in graph.edges(data=True))
    lack = sorted(nodes_lack | edges_lack | (set() if has_class else {"highway"}))
    crs = str(graph.graph.get("crs", "epsg:4326")).lower()
    if lack or graph.number_of_edges() == 0:
        found = f"属性 {', '.join(lack)} がありません" if lack else "道路がありません"
        raise InputError(
            f"{name}: {found}。 / lacks {', '.join(lack) or 'edges'}. Expected nodes with x and y and edges with "
            "highway and oneway, as osmnx.save_graphml writes them."
        )
    if crs not in ("epsg:4326", "wgs84"):
        raise InputError(
            f"{name}: 座標系 {crs} は使えません。 / the graph is projected to {crs}. Save it before "
            "osmnx.project_graph, in degrees (EPSG:4326)."
        )


def graph_ways(graph: nx.MultiDiGraph, region: Region, name: str) -> DrivableWays:
    """Turn a graph of OSMnx, simplified or not, into ways; of the two directions of a road one is taken.

    Raises
    ------
    InputError
        If the graph lacks what is needed or has no road for cars.
    """
    _check_graph(graph, name)
    ids = {node: int(node) for node in graph.nodes}
    lon = [float(data["x"]) for _, data in graph.nodes(data=True)]
    lat = [float(data["y"]) for _, data in graph.nodes(data=True)]
    node_ids = list(ids.values())
    lowest = min(0, *node_ids) - 1
    codes: dict[WayRule, int] = {}
    way_ids, rule_of, refs, sizes = [], [], [], []
    seen = set()
    for start, end, data in graph.edges(data=True):
        line = data.get("geometry")
        inner = shapely.get_coordinates(line)[1:-1] if line is not None else np.empty((0, 2))
        # The way back of a two-way road has the same points in reverse.
        mark = (start, end, inner.tobytes()), (end, start, inner[::-1].tobytes())
        rule = _rule(data, region)
        osmid = data.get("osmid", 0)
        way_id = int(min(osmid) if isinstance(osmid, list) else osmid)
        if rule is None or (rule.direction == 0 and min(mark) in seen):
            continue
        if rule.direction == 0:
            seen.add(min(mark))
        middle = list(range(lowest, lowest - len(inner), -1))
        lowest -= len(inner)
        node_ids += middle
        lon += inner[:, 0].tolist()
        lat += inner[:, 1].tolist()
        way_ids.append(way_id)
        rule_of.append(codes.setdefault(rule, len(codes)))
        refs += [ids[start], *middle, ids[end]]
        sizes.append(len(inner) + 2)
    if not way_ids:
        raise InputError(
            f"{name}: 車で走れる道路がありません。 / no road that a car may drive in it. Use network_type='drive'."
        )
    order = np.argsort(np.array(node_ids, dtype=np.int64), kind="stable")
    tags = [(ids[node], {k: str(data[k]) for k in _NODE_TAGS if k in data}) for node, data in graph.nodes(data=True)]
    blocked = [node for node, node_tags in tags if blocks_cars(node_tags)]
    gates = [node for node, node_tags in tags if is_closed_in_winter(node_tags)]
    return DrivableWays(
        way_ids=np.array(way_ids, dtype=np.int64),
        rules=tuple(codes),
        rule_of=np.array(rule_of, dtype=np.int64),
        line_of=np.full(len(way_ids), NO_LINE, dtype=np.int64),
        refs=np.array(refs, dtype=np.int64),
        offsets=np.concatenate([[0], np.cumsum(np.array(sizes, dtype=np.int64))]),
        node_ids=np.array(node_ids, dtype=np.int64)[order],
        lon=np.array(lon)[order],
        lat=np.array(lat)[order],
        blocked=np.array(blocked, dtype=np.int64),
        winter_gates=np.setdiff1d(np.array(gates, dtype=np.int64), np.array(blocked, dtype=np.int64)),
        counts={
            "graph_edges": graph.number_of_edges(),
            "drivable_ways": len(way_ids),
            "missing_nodes": 0,
            "blocking_barriers": len(blocked),
            "winter_gates": len(gates),
        },
    )


@contextmanager
def _settings(**values: object) -> Iterator[None]:
    """Change OSMnx's settings for a while; they are global to it."""
    before = {key: getattr(ox.settings, key) for key in values}
    try:
        for key, value in values.items():
            setattr(ox.settings, key, value)
        yield
    finally:
        for key, value in before.items():
            setattr(ox.settings, key, value)


def parse_bbox(text: str) -> tuple[float, float, float, float]:
    """Read ``W,S,E,N`` in degrees.

    Raises
    ------
    InputError
        If it is not four numbers in that order.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InputError(
            f"--bbox {text}: 西,南,東,北（度）で指定してください。 / expected W,S,E,N in degrees, such as "
            "141.2,43.0,141.5,43.2."
        )
    return west, south, east, north


def download_ways(
    region: Region,
    *,
    place: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    overpass_url: str | None = None,
    nominatim_url: str | None = None,
) -> tuple[DrivableWays, SourceFile]:
    """Download the roads of a place or a box through OSMnx from Overpass.

    Parameters
    ----------
    region
        Whose conventions hold.
    place
        A name for Nominatim, such as ``余市町``.
    bbox
        West, south, east, north, degrees; give either this or ``place``.
    overpass_url, nominatim_url
        Other servers than OSMnx's defaults.

    Raises
    ------
    ReadFileError
        If there is no internet or the server refuses.
    InputError
        If the place is unknown or has no road.
    """
    import requests

    drivable = "|".join(load_classes().index)
    filters = [f'["highway"~"^({drivable})$"]', f'["route"="{FERRY}"]']
    options: dict[str, Any] = {
        "simplify": False,
        "retain_all": True,
        "truncate_by_edge": True,
        "custom_filter": filters,
    }
    changed: dict[str, object] = {
        "useful_tags_way": list(WAY_KEYS),
        "useful_tags_node": list(_NODE_TAGS),
        "use_cache": False,
        "requests_timeout": 180,
    }
    if overpass_url is not None:
        changed |= {"overpass_url": overpass_url, "overpass_rate_limit": False}
    if nominatim_url is not None:
        changed |= {"nominatim_url": nominatim_url}
    what = place if place is not None else ",".join(map(str, bbox or ()))
    try:
        with _settings(**changed):
            if place is not None:
                graph = ox.graph.graph_from_place(place, **options)
            else:
                graph = ox.graph.graph_from_bbox(bbox, **options)
    except requests.RequestException as error:
        raise ReadFileError(
            f"{what}: Overpass に接続できません。 / cannot reach OpenStreetMap's servers ({type(error).__name__}). "
            "Check the internet connection, or import a file: nakapotsu roads import FILE.osm.pbf --name NAME."
        ) from error
    except (ValueError, TypeError) as error:  # OSMnx's own errors are ValueErrors
        raise InputError(
            f"{what}: 道路が見つかりません。 / no roads were found there ({error}). Check the place or the box."
        ) from error
    ways = graph_ways(graph, region, what)
    content = b"".join(array.tobytes() for array in (ways.way_ids, ways.refs, ways.node_ids, ways.lon, ways.lat))
    return ways, SourceFile(f"Overpass: {what}", len(content), hashlib.sha256(content).hexdigest(), "")
