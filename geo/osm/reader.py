"""Reading an OpenStreetMap file (.osm.pbf, .osm) with pyosmium: the ways a car may drive and their nodes.

Two passes: ways (and relations of ferry lines) first, then only the nodes that those ways use.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium
from osmium.filter import IdFilter, KeyFilter, TagFilter

from geo.errors import InputError, ReadFileError
from geo.osm.rules import (
    BACKWARD,
    FERRY,
    NODE_KEYS,
    ONE_WAY,
    Region,
    WayRule,
    blocks_cars,
    ferry_rule,
    is_allowed,
    road_rule,
)
from geo.osm.tags import is_closed_in_winter

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_BLOCK_BYTES = 1 << 20
MISSING_SHARE_MAX = 0.5
NO_LINE = -1


@dataclass(frozen=True)
class DrivableWays:
    """Ways that a car may drive, in the order and direction of travel of their nodes.

    Attributes
    ----------
    way_ids
        Shape (ways,); ascending for a sorted file.
    rules, rule_of
        The different rules, and the position among them of each way's, shape (ways,); directions are 0 or 1, not -1.
    line_of
        The ferry line whose minutes a way's rule states for the line as a whole, -1 for none; shape (ways,).
    refs, offsets
        Way ``i`` has the nodes ``refs[offsets[i]:offsets[i + 1]]``.
    node_ids, lon, lat
        Nodes of known position, ascending ids; degrees.
    blocked, winter_gates
        Ids of nodes whose barrier stops cars; of gates that are shut in winter.
    counts
        What was read and what was left out, by name.
    """

    way_ids: IntArray
    rules: tuple[WayRule, ...]
    rule_of: IntArray
    line_of: IntArray
    refs: IntArray
    offsets: IntArray
    node_ids: IntArray
    lon: FloatArray
    lat: FloatArray
    blocked: IntArray
    winter_gates: IntArray
    counts: Mapping[str, int]


@dataclass(frozen=True)
class SourceFile:
    """A file as it was imported: its name, size, checksum, and the date that it states ("" if none)."""

    name: str
    bytes: int
    sha256: str
    data_date: str


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises
    ------
    ReadFileError
        If it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        raise ReadFileError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error
    return digest.hexdigest()


def check_source(path: Path) -> SourceFile:
    """Check that a file can be an OpenStreetMap extract, and describe it.

    Raises
    ------
    ReadFileError
        If it cannot be read.
    InputError
        If it is empty or no OpenStreetMap file.
    """
    sha256 = file_sha256(path)
    size = path.stat().st_size
    if size == 0:
        raise InputError(f"{path}: ファイルが空です。 / the file is empty. Download it again.")
    try:
        header = osmium.io.Reader(str(path), osmium.osm.NOTHING).header()
    except (RuntimeError, ValueError) as error:
        raise _not_osm(path, error) from error
    return SourceFile(path.name, size, sha256, header.get("osmosis_replication_timestamp"))


def _not_osm(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path}: OpenStreetMap のファイル（.osm.pbf または .osm）として最後まで読めません。壊れているか、途中で切れて"
        f"います。 / not readable to the end as an OpenStreetMap file ({error}). It is broken, cut off or of another "
        "kind: compare its size and checksum with the publisher's and download it again."
    )


def read_ways(path: Path, region: Region) -> DrivableWays:
    """Read the ways a car may drive.

    Parameters
    ----------
    path
        ``.osm.pbf`` or ``.osm``.
    region
        Whose conventions hold, see :func:`geo.osm.rules.road_rule`.

    Raises
    ------
    InputError
        If the file is broken, has no drivable way, or lacks the nodes of most ways.
    """
    try:
        lines = _read_ferry_relations(path)
        found = _collect_ways(path, region, lines)
        if not found.way_ids:
            raise InputError(
                f"{path}: 車で走れる道路がありません（way {found.seen:,} 本）。 / no road that a car may drive in it "
                f"({found.seen:,} highway ways). Give an extract with roads."
            )
        refs = np.array(found.refs, dtype=np.int64)
        wanted = np.unique(refs)
        node_ids, lon, lat, blocked, gates = _read_nodes(path, wanted)
    except RuntimeError as error:
        raise _not_osm(path, error) from error
    missing = len(wanted) - len(node_ids)
    if missing > len(wanted) * MISSING_SHARE_MAX:
        raise InputError(
            f"{path}: 道路の節点 {len(wanted):,} のうち {missing:,} がファイルにありません。 / {missing:,} of the "
            f"{len(wanted):,} nodes of its roads are not in the file: it is cut off, or nodes were filtered "
            "out. Download it again."
        )
    counts = {
        "highway_ways": found.seen,
        "drivable_ways": len(found.way_ids),
        "ferry_relations": len({line for line, _ in lines.values()}),
        "missing_nodes": missing,
        "blocking_barriers": len(blocked),
        "winter_gates": len(gates),
    }
    return DrivableWays(
        way_ids=np.array(found.way_ids, dtype=np.int64),
        rules=found.rules,
        rule_of=np.array(found.rule_of, dtype=np.int64),
        line_of=np.array(found.line_of, dtype=np.int64),
        refs=refs,
        offsets=np.concatenate([[0], np.cumsum(np.array(found.sizes, dtype=np.int64))]),
        node_ids=node_ids,
        lon=lon,
        lat=lat,
        blocked=blocked,
        winter_gates=gates,
        counts=counts,
    )


def _read_ferry_relations(path: Path) -> dict[int, tuple[int, WayRule]]:
    """Return the member ways of ferry lines mapped as relations, each with the line's id and rule."""
    lines: dict[int, tuple[int, WayRule]] = {}
    relations = osmium.FileProcessor(str(path), osmium.osm.RELATION).with_filter(TagFilter(("route", FERRY)))
    for relation in relations:
        rule = ferry_rule(dict(relation.tags))
        if rule is not None:
            for member in relation.members:
                if member.type == "w":
                    lines.setdefault(member.ref, (relation.id, rule))
    return lines


class _Collector:
    """Gathers ways; equal rules are kept once."""

    def __init__(self) -> None:
        self.way_ids: list[int] = []
        self.rule_of: list[int] = []
        self.line_of: list[int] = []
        self.refs: list[int] = []
        self.sizes: list[int] = []
        self.seen = 0
        self._codes: dict[WayRule, int] = {}

    @property
    def rules(self) -> tuple[WayRule, ...]:
        return tuple(self._codes)

    def add(self, way_id: int, rule: WayRule, nodes: list[int], line: int = NO_LINE) -> None:
        """Add a way, turned round if it is driven against the order of its nodes."""
        if len(nodes) < 2:
            return
        if rule.direction == BACKWARD:
            nodes.reverse()
            rule = replace(rule, direction=ONE_WAY)
        self.way_ids.append(way_id)
        self.rule_of.append(self._codes.setdefault(rule, len(self._codes)))
        self.line_of.append(line)
        self.refs.extend(nodes)
        self.sizes.append(len(nodes))


def _collect_ways(path: Path, region: Region, lines: Mapping[int, tuple[int, WayRule]]) -> _Collector:
    found = _Collector()
    for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(KeyFilter("highway", "route")):
        tags = dict(way.tags)
        line = NO_LINE
        if "highway" in tags:
            found.seen += 1
            rule = road_rule(tags, region)
        elif tags["route"] == FERRY:
            rule, line = _ferry_way_rule(tags, lines.get(way.id))
        else:
            continue
        if rule is not None:
            found.add(way.id, rule, [node.ref for node in way.nodes], line)
    return found


def _ferry_way_rule(tags: Mapping[str, str], line: tuple[int, WayRule] | None) -> tuple[WayRule | None, int]:
    """Return the rule of a ferry way, completed by its line, and the line's id if the minutes are the whole line's."""
    rule = ferry_rule(tags)
    if line is None:
        return rule, NO_LINE
    line_id, whole = line
    if rule is None:
        if is_allowed(tags) is False:
            return None, NO_LINE
        return whole, NO_LINE if math.isnan(whole.crossing_min) else line_id
    rule = replace(
        rule,
        road_name=rule.road_name or whole.road_name,
        closed_in_winter=rule.closed_in_winter or whole.closed_in_winter,
    )
    if math.isnan(rule.crossing_min) and not math.isnan(whole.crossing_min):
        return replace(rule, crossing_min=whole.crossing_min), line_id
    return rule, NO_LINE


def _read_nodes(path: Path, wanted: IntArray) -> tuple[IntArray, FloatArray, FloatArray, IntArray, IntArray]:
    """Read the positions of some nodes, and which of them stop cars, always or in winter."""
    ids = np.empty(len(wanted), dtype=np.int64)
    x, y = (np.empty(len(wanted), dtype=np.int32) for _ in range(2))
    count = 0
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(IdFilter(wanted.tolist())):
        location = node.location
        ids[count], x[count], y[count] = node.id, location.x, location.y
        count += 1
    barriers = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(KeyFilter(*NODE_KEYS))
    blocked, gates = [], []
    for node in barriers:
        tags = dict(node.tags)
        if blocks_cars(tags):
            blocked.append(node.id)
        elif is_closed_in_winter(tags):
            gates.append(node.id)
    order = np.argsort(ids[:count], kind="stable")
    ids, lon, lat = ids[:count][order], x[:count][order] / 1e7, y[:count][order] / 1e7
    stops = [np.intersect1d(np.array(nodes, dtype=np.int64), ids) for nodes in (blocked, gates)]
    return ids, lon, lat, stops[0], stops[1]
