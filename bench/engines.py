"""Measure the search engines beside other libraries on networks of half a million nodes and more.

``python -m bench.engines [--roads NAME | --nodes N] [--only LIBRARY ...]`` measures on the world's highways and on a
second network: one imported under a name, or a generated one. Every library has a process of its own and does the same
jobs; results are compared before they count. What may be quoted are the ratios; nothing is extrapolated: a job over its
time is ended and said to be so.
"""

import argparse
import json
import os
import platform
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from bench.graphs import Graph, generated_graph, named_graph, world_graph
from bench.peers import LONG_S

PACKAGES = {
    "nakapotsu": ("nakapotsu", "routingkit-cch"),
    "scipy": ("scipy",),
    "networkx": ("networkx",),
    "osmnx": ("osmnx",),
    "igraph": ("igraph",),
    "rustworkx": ("rustworkx",),
    "pandana": ("pandana",),
    "valhalla": ("pyvalhalla", "pyvalhalla-weekly"),
}
RESULTS = Path(__file__).parent / "results" / "engines.md"
BUILD_JOBS = ("build", "build, order kept", "winter")
COLUMNS = ("one to all", "300 x 300", "300 x 300 with km", "2000 x 2000", "winter", "build")
AGREEMENT = {"pandana": 1e-2}  # relative; it cuts every edge to 1/1000 min
OTHERS_AGREEMENT = 1e-4


@dataclass(frozen=True)
class Caps:
    """Seconds a job may take: one that makes a network, and any other."""

    build_s: float
    job_s: float

    def of(self, job: str) -> float:
        """Return the cap of a job."""
        return self.build_s if job in BUILD_JOBS else self.job_s


def _versions(library: str) -> str:
    found = []
    for package in PACKAGES[library]:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def _job_names(library: str) -> list[str]:
    names = ["build", "one to all", "winter", "one to all in winter", "300 x 300", "2000 x 2000"]
    if library == "nakapotsu":
        names.insert(1, "build, order kept")
        names.insert(6, "300 x 300 with km")
    return names


def _lines(process: "subprocess.Popen[bytes]", limits: Iterator[float]) -> Iterator[bytes | None]:
    """Yield the lines of a process as they come; None when the next is overdue."""
    if process.stdout is None:
        return
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        waiting = b""
        for limit in limits:
            deadline = monotonic() + limit
            while b"\n" not in waiting:
                if not selector.select(max(0.0, deadline - monotonic())):
                    yield None
                    return
                chunk = os.read(process.stdout.fileno(), 65536)
                if not chunk:
                    return
                waiting += chunk
            line, _, waiting = waiting.partition(b"\n")
            yield line


def run_library(library: str, graph_file: Path, caps: Caps) -> dict[str, dict[str, Any]]:
    """Let one library do its jobs; return what it said of each, with a note for those it did not do."""
    jobs = _job_names(library)
    done: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryFile() as errors:
        command = [sys.executable, "-m", "bench.peers", library, str(graph_file), work]
        environment = {**os.environ, "NAKAPOTSU_CACHE": work}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=environment, start_new_session=True
        ) as process:
            is_late = False
            # Rounds are repeated for some seconds before the best is printed.
            for line in _lines(process, (caps.of(job) + LONG_S for job in jobs)):
                job = jobs[len(done)]
                record = {"seconds": None} if line is None else json.loads(line)
                is_late = line is None or (record["seconds"] or 0.0) > caps.of(job)
                done[job] = record | ({"seconds": None, "note": f"over {caps.of(job):.0f} s"} if is_late else {})
                print(f"  {library:10} {job:22} {done[job]['seconds'] or done[job]['note']}", flush=True)
                if is_late:
                    break
            if len(done) < len(jobs) or is_late:
                os.killpg(process.pid, signal.SIGKILL)
        errors.seek(0)
        last = errors.read().decode(errors="replace").strip().splitlines()[-1:] or [""]
    if len(done) < len(jobs) and not any(str(record["note"]).startswith("over") for record in done.values()):
        done[jobs[len(done)]] = {
            "job": jobs[len(done)],
            "seconds": None,
            "note": f"ended: {last[0].partition(':')[0]}"[:60],
        }
    return done


def check_agreement(library: str, done: dict[str, dict[str, Any]], ours: dict[str, dict[str, Any]]) -> list[str]:
    """Compare the results with ours; return what differs. Valhalla's times are its own."""
    problems = []
    for job, record in done.items():
        mine = ours.get(job, {})
        if library == "valhalla" or "mean_min" not in record or "mean_min" not in mine:
            continue
        is_same = record["reached"] == mine["reached"]
        if not is_same or abs(record["mean_min"] / mine["mean_min"] - 1) > AGREEMENT.get(library, OTHERS_AGREEMENT):
            problems.append(
                f"{library}, {job}: {record['reached']} pairs, mean {record['mean_min']:.4f} min; "
                f"ours {mine['reached']}, {mine['mean_min']:.4f}"
            )
    return problems


def _cell(record: dict[str, Any] | None, ours: dict[str, Any] | None) -> str:
    if record is None:
        return "not tried"
    if record["seconds"] is None:
        return str(record["note"])
    seconds = f"{record['seconds']:.3g} s"
    if ours is None or not ours.get("seconds"):
        return seconds
    return f"{record['seconds'] / ours['seconds']:.3g} x ({seconds})"


def table(graph: Graph, title: str, results: dict[str, dict[str, dict[str, Any]]], caps: Caps) -> list[str]:
    """Return the ratios theirs/ours as lines of markdown, and how the aims were met."""
    ours = results["nakapotsu"]
    lines = [f"## {title}: {graph.size:,} nodes, {len(graph.start):,} edges", ""]
    lines += [f"| library | {' | '.join(COLUMNS)} | peak memory |", "|" + " --- |" * (len(COLUMNS) + 2)]
    for library, done in results.items():
        cells = [_cell(done.get(column), ours.get(column)) for column in COLUMNS]
        cells = [
            "–" if column == "300 x 300 with km" and library != "nakapotsu" else cell
            for column, cell in zip(COLUMNS, cells, strict=True)
        ]
        peak = max((record.get("peak_mb", 0.0) for record in done.values()), default=0.0)
        memory = f"{peak:,.0f} MB" if peak else "–"
        lines.append(f"| {library} ({_versions(library) or 'not installed'}) | {' | '.join(cells)} | {memory} |")
    lines += ["", f"Caps: {caps.build_s:.0f} s to build or change the weights, {caps.job_s:.0f} s for any other job."]
    return [*lines, "", *_aims(results), ""]


def _ratio(record: dict[str, Any] | None, ours: dict[str, Any] | None) -> tuple[float, str]:
    """Return how many times longer a job took than ours, and how to say it; at least the cap's if it was ended."""
    if not ours or not ours.get("seconds") or not record:
        return float("nan"), "not measured"
    if record["seconds"] is not None:
        ratio = record["seconds"] / ours["seconds"]
        return ratio, f"{ratio:.3g}"
    if str(record["note"]).startswith("over"):
        ratio = float(str(record["note"]).split()[1]) / ours["seconds"]
        return ratio, f"over {ratio:.3g}"
    return float("nan"), str(record["note"])


def _aims(results: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
    ours = results["nakapotsu"]
    lines = []

    def say(text: str, is_met: bool, value: str) -> None:
        lines.append(f"- {text}: {value} – {'met' if is_met else '**not met**'}")

    for library, job, aim in (("networkx", "one to all", 10), ("scipy", "300 x 300", 100)):
        ratio, value = _ratio(results.get(library, {}).get(job), ours.get(job))
        text = f"{job} at least {aim} times as fast as {library}"
        if value.startswith("over") and ratio < aim:
            lines.append(f"- {text}: {value} – not decided, it was ended at its cap")
        elif np.isfinite(ratio):
            say(text, ratio >= aim, value)
    others = {name: _ratio(done.get("300 x 300"), ours.get("300 x 300")) for name, done in results.items()}
    others = {name: other for name, other in others.items() if name != "nakapotsu" and np.isfinite(other[0])}
    if others:
        name = min(others, key=lambda other: others[other][0])
        left_out = [other for other in results if other != "nakapotsu" and other not in others]
        missing = f"; not measured: {', '.join(left_out)}" if left_out else ""
        say("300 x 300 faster than every other", others[name][0] > 1, f"{others[name][1]} ({name}, the next{missing})")
    for job, label in (("build", "with a new order"), ("build, order kept", "with the order kept on disk")):
        if ours.get(job, {}).get("seconds") and ours.get("winter", {}).get("seconds"):
            share = ours["winter"]["seconds"] / ours[job]["seconds"]
            say(f"change of season under a tenth of building again {label}", share < 0.1, f"{share:.3g}")
    return lines


def main() -> None:
    """Measure, print the tables and keep them in ``bench/results``."""
    parser = argparse.ArgumentParser(description=__doc__)
    second = parser.add_mutually_exclusive_group()
    second.add_argument("--roads", help="a network imported under this name")
    second.add_argument("--nodes", type=int, default=1_000_000, help="size of the generated network; 0 for none")
    parser.add_argument("--only", nargs="*", choices=list(PACKAGES), help="ours is always measured")
    parser.add_argument("--no-world", action="store_true", help="leave out the world's highways")
    parser.add_argument("--job-s", type=float, default=25.0, help="cap of a job, seconds")
    parser.add_argument("--build-s", type=float, default=100.0, help="cap of building, seconds")
    options = parser.parse_args()
    caps = Caps(options.build_s, options.job_s)
    libraries = [name for name in PACKAGES if name == "nakapotsu" or not options.only or name in options.only]
    makers = [] if options.no_world else [("World highways of scgraph_data", world_graph)]
    if options.roads:
        makers.append((f"Network {options.roads}", lambda: named_graph(options.roads)))
    elif options.nodes:
        makers.append(("Generated towns and trunk roads", lambda: generated_graph(options.nodes)))
    text = [
        "# Search engines side by side",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} processors. "
        "How many times longer each took than nakapotsu, in brackets its seconds; best of up to three. "
        "A library that was ended at the cap of a job did not try those after it.",
        "",
    ]
    problems = []
    for title, make in makers:
        graph = make()
        print(f"{title}: {graph.size:,} nodes, {len(graph.start):,} edges", flush=True)
        with tempfile.TemporaryDirectory() as directory:
            graph_file = Path(directory) / "graph.npz"
            graph.save(graph_file)
            results = {library: run_library(library, graph_file, caps) for library in libraries}
        for library, done in results.items():
            problems += check_agreement(library, done, results["nakapotsu"])
        text += table(graph, title, results, caps)
        report = "\n".join([*text, *(f"- differs: {problem}" for problem in problems)]).rstrip() + "\n"
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(report, encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    if problems:
        raise SystemExit("some results differ from ours; see the end of the report.")


if __name__ == "__main__":
    main()
