"""The commands that bring in road networks: ``nakapotsu roads import|fetch|list``."""

from pathlib import Path
from typing import Any

import click
import pandas as pd

from geo.errors import InputError
from geo.networks import EMBEDDED
from geo.roads import load_network

_name = click.option("--name", default="hokkaido", show_default=True, help="What to call it in --roads.")
_anywhere = click.option("--anywhere", is_flag=True, help="Take places outside Hokkaido too (snow zone light).")


def _say(text: str) -> None:
    click.echo(text, err=True)


def print_manifest(manifest: dict[str, Any]) -> None:
    """Print what an import read, dropped and kept."""
    source, counts = manifest["source"], manifest["counts"]
    click.echo(f"{manifest['name']} {manifest['version']}: {source['name']} {source['data_date'] or '(no date)'}")
    click.echo(f"SHA-256 {source['sha256']}")
    for key, value in counts.items():
        click.echo(f"  {key:24} {value:>16,.3f}" if key.startswith("km_") else f"  {key:24} {value:>12,.0f}")
    dropped = counts["km_ferries_to_nowhere"] + counts["km_not_connected"]
    click.echo(
        f"照合 / control total: {counts['km_read']:,.3f} + {counts['km_jetties']:,.3f} km read and added - "
        f"{dropped:,.3f} dropped = {counts['km_kept']:,.3f} kept = {counts['km_edges']:,.3f} in edges"
    )
    click.echo(f"{manifest['licence']}")
    click.echo(f"使い方 / use it: nakapotsu coverage --roads {manifest['name']}")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_name
@_anywhere
def roads_import(file: Path, name: str, anywhere: bool) -> None:
    """Build a network from an OpenStreetMap FILE (.osm.pbf, .osm, or .graphml saved by OSMnx)."""
    from geo.osm.importer import import_file

    print_manifest(import_file(file, name, "anywhere" if anywhere else "hokkaido", _say))


class _Bar:
    """Says how much of a download is there, once for each percent."""

    def __init__(self) -> None:
        self._percent = -1

    def __call__(self, done: int, total: int) -> None:
        percent = done * 100 // total if total else 0
        if percent != self._percent:
            self._percent = percent
            click.echo(f"\r{done / 1e6:,.1f} / {total / 1e6:,.1f} MB ({percent} %)", err=True, nl=done >= total > 0)


@click.command("fetch")
@click.option("--name", default=None, help="What to call it in --roads; hokkaido unless a place or box is given.")
@click.option("--place", default=None, help="Instead: a place that Nominatim knows, such as 余市町, from Overpass.")
@click.option("--bbox", default=None, help="Instead: a box W,S,E,N in degrees, from Overpass.")
@click.option("--url", default=None, help="Another address of the extract; its .md5 must lie beside it.")
@_anywhere
def roads_fetch(name: str | None, place: str | None, bbox: str | None, url: str | None, anywhere: bool) -> None:
    """Download Hokkaido from Geofabrik (or a place or box from Overpass) and build a network from it."""
    from geo.osm.importer import import_file, keep_ways
    from geo.osm.rules import Region
    from geo.osm.store import check_name, data_home

    if sum(choice is not None for choice in (place, bbox, url)) > 1:
        raise InputError("--place, --bbox, --url: 1 つだけ指定してください。 / give only one of the three.")
    if name is None and (place is not None or bbox is not None):
        raise InputError(
            "--name: 道路網の名前を指定してください。 / give the network of a place or box a name: --name NAME."
        )
    name = name or "hokkaido"
    check_name(name)
    region: Region = "anywhere" if anywhere else "hokkaido"
    if place is not None or bbox is not None:
        from geo.osm.graphs import download_ways, parse_bbox

        box = None if bbox is None else parse_bbox(bbox)
        ways, source = download_ways(region, place=place, bbox=box)
        print_manifest(keep_ways(ways, name, region, source, _say))
        return
    from geo.osm.fetch import GEOFABRIK_URL, download

    address = url or GEOFABRIK_URL
    target = data_home() / "downloads" / address.rsplit("/", 1)[-1]
    _say(f"{address} -> {target}")
    print_manifest(import_file(download(address, target, _Bar()), name, region, _say))


@click.command("list")
def roads_list() -> None:
    """List the networks there are."""
    from geo.osm.store import networks_dir, read_manifest, stored_names

    shipped = load_network()
    rows: list[dict[str, object]] = [
        {
            "name": EMBEDDED,
            "version": shipped.version,
            "nodes": len(shipped.nodes),
            "edges": len(shipped.edges),
            "km": round(shipped.edges["length_km"].sum()),
            "source": "data/roads",
            "data_date": "",
            "imported_at": "",
        }
    ]
    for name in stored_names():
        manifest = read_manifest(name)
        counts, source = manifest["counts"], manifest["source"]
        rows.append(
            {
                "name": name,
                "version": manifest["version"],
                "nodes": int(counts["nodes"]),
                "edges": int(counts["edges"]),
                "km": round(counts["km_edges"]),
                "source": source["name"],
                "data_date": source["data_date"],
                "imported_at": manifest["imported_at"],
            }
        )
    with pd.option_context("display.unicode.east_asian_width", True, "display.width", None):
        click.echo(pd.DataFrame(rows).to_string(index=False))
    click.echo(f"取り込んだ道路網 / imported ones: {networks_dir()}")


ROADS_COMMANDS = (roads_import, roads_fetch, roads_list)
