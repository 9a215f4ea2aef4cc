"""Small OpenStreetMap files written by hand: nodes are letters on a plain near Obihiro, ways their sequences."""

from pathlib import Path
from xml.sax.saxutils import quoteattr

from geo.osm.build import BuiltNetwork, build_network
from geo.osm.reader import DrivableWays, read_ways

LON, LAT, STEP = 143.20, 42.90, 0.01


def node_id(letter: str) -> int:
    return ord(letter) - ord("a") + 1


def place(letter: str) -> tuple[float, float]:
    """Letters stand in rows of five: a to e, f to j, ... from west to east, then north."""
    number = node_id(letter) - 1
    return LON + STEP * (number % 5), LAT + STEP * (number // 5)


def tag_lines(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())


def write_osm(
    path: Path,
    ways: list[tuple[str, dict[str, str]]],
    node_tags: dict[str, dict[str, str]] | None = None,
    relations: list[tuple[list[int], dict[str, str]]] | None = None,
) -> Path:
    """Write a file; ways are numbered from 1 and their nodes are letters, as in ``("abc", {"highway": "primary"})``."""
    letters = sorted({letter for nodes, _ in ways for letter in nodes})
    lines = ['<?xml version="1.0"?><osm version="0.6" generator="test">']
    for letter in letters:
        lon, lat = place(letter)
        tags = tag_lines((node_tags or {}).get(letter, {}))
        lines.append(f'<node id="{node_id(letter)}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{tags}</node>')
    for number, (nodes, tags) in enumerate(ways, start=1):
        refs = "".join(f'<nd ref="{node_id(letter)}"/>' for letter in nodes)
        lines.append(f'<way id="{number}" version="1">{refs}{tag_lines(tags)}</way>')
    for number, (members, tags) in enumerate(relations or [], start=1):
        refs = "".join(f'<member type="way" ref="{member}" role=""/>' for member in members)
        lines.append(f'<relation id="{number}" version="1">{refs}{tag_lines(tags)}</relation>')
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def read(tmp_path: Path, *args: object, **kwargs: object) -> DrivableWays:
    return read_ways(write_osm(tmp_path / "t.osm", *args, **kwargs), "hokkaido")  # type: ignore[arg-type]


def build(tmp_path: Path, *args: object, **kwargs: object) -> BuiltNetwork:
    return build_network(read(tmp_path, *args, **kwargs), "hokkaido")


def ends(built: BuiltNetwork) -> list[str]:
    """Return the edges as letters, ``ab>`` for one-way, ``ab`` for both (the letters then in their order)."""
    names = []
    for edge in built.edges.itertuples():
        letters = [
            chr(ord("a") + int(node[1:]) - 1) if int(node[1:]) > 0 else "x" for node in (edge.from_node, edge.to_node)
        ]
        names.append("".join(letters) + ">" if edge.one_way else "".join(sorted(letters)))
    return sorted(names)
