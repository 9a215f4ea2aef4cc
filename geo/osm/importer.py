"""Importing a file under a name: check, read, build, keep."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from geo.osm.build import build_network, check_region
from geo.osm.reader import DrivableWays, SourceFile, check_source, file_sha256, read_ways
from geo.osm.rules import Region, load_settings
from geo.osm.store import Manifest, check_name, save_network
from geo.paths import ROADS_DIR
from geo.roads import files_version

GRAPHML_SUFFIX = ".graphml"
# The tables that decide speeds; their checksum tells whether a network was made with those of today.
SPEED_TABLES = ("osm_classes", "osm_settings", "speeds", "winter_factors", "snow_zones")

Report = Callable[[str], None]


def import_file(path: Path, name: str, region: Region, report: Report = lambda _: None) -> Manifest:
    """Build a network from a file and keep it under a name.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, or GraphML saved by OSMnx.
    name
        What to call it in ``--roads``.
    region
        ``hokkaido`` refuses other places; ``anywhere`` takes Japan's limits and no snow zones.
    report
        Told what is being done.

    Returns
    -------
    dict
        The manifest that was written.

    Raises
    ------
    ReadFileError, InputError
        If the file cannot be read, is broken, has no road for cars, or is of another region. An older network of that
        name then stays as it was.
    """
    check_name(name)
    report(f"読み込み中 / reading {path.name}")
    if path.suffix.lower() == GRAPHML_SUFFIX:
        from geo.osm.graphs import load_graph_ways  # OSMnx takes a second to load

        source = SourceFile(path.name, 0, file_sha256(path), "")
        source = replace(source, bytes=path.stat().st_size)
        ways = load_graph_ways(path, region)
    else:
        source = check_source(path)
        ways = read_ways(path, region)
    return keep_ways(ways, name, region, source, report)


def keep_ways(ways: DrivableWays, name: str, region: Region, source: SourceFile, report: Report) -> Manifest:
    """Build a network from ways and keep it under a name, see :func:`import_file`."""
    if region == "hokkaido":
        check_region(ways, source.name)
    report(f"道路網を作成中 / building: {len(ways.way_ids):,} ways, {len(ways.node_ids):,} nodes")
    built = build_network(ways, region)
    settings = {
        "region": region,
        **load_settings(),
        "speed_tables": files_version(*(ROADS_DIR / f"{table}.csv" for table in SPEED_TABLES)),
        "turn_restrictions": "not read",
    }
    report("保存中 / writing")
    return save_network(name, built, source, settings, imported_at=datetime.now(UTC).isoformat(timespec="seconds"))
