"""How long proved optima of the siting problems take: ours, spopt with HiGHS, spopt alone with CBC, and lokigi.

``python -m bench.siting`` writes ``bench/results/siting.md``. Every solve runs in a process of its own and is stopped
after ``LIMITS_S`` or, lokigi, ``LOKIGI_LIMIT_S`` seconds; the time is that of stating and solving one problem, travel
times and imports left out. It all takes some 30 minutes.

lokigi is used where it is installed (``make bench`` does). It searches all sets where there are few enough of them, and
else by GRASP, whose answer is not proved.
"""

import importlib.util
import json
import os
import platform
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pulp

from analysis.siting.own_medians import p_center
from analysis.siting.problem import Objective, SitingProblem, measure_set, seat_problem
from analysis.siting.problems import plan_sites
from analysis.siting.spopt_models import solve_with_spopt
from geo.roads import load_network

LIMITS_S = {"seats": 90.0, "seats-2": 90.0, "national": 150.0}
LOKIGI_LIMIT_S = 40.0  # it proves nothing, so that more time would not complete the row
STARTING_S = 8.0  # of the process: imports and travel times
SOLVERS = ("ours", "spopt+HiGHS", "spopt+CBC", "lokigi")
QUESTIONS: tuple[tuple[Objective, dict[str, float]], ...] = (
    ("set-cover", {"limit_min": 90.0}),
    ("max-cover", {"limit_min": 90.0, "sites": 10}),
    ("p-median", {"sites": 10}),
    ("p-center", {"sites": 10}),
)
CASES = ("seats", "seats-2", "national")
RESULTS = Path(__file__).parent / "results" / "siting.md"
LOKIGI_MOST_SETS = 50_000


@lru_cache(maxsize=2)
def make_case(name: str) -> SitingProblem:
    """Make 179 x 179 (all town halls, nothing there yet), or 1,700 x 300 points drawn with a seed on 1,000 x 400 km."""
    if name.startswith("seats"):
        problem = seat_problem(load_network(), "winter", territory="all", with_centres=False, with_parts=False)
        halls = problem.unit_ids.isin(problem.site_ids)
        first = dict(zip(problem.unit_ids[halls], np.flatnonzero(halls), strict=True))
        every = [str(unit) for unit in problem.unit_ids]
        own = [code if code in first else _unit_of(code, every) for code in problem.site_ids]
        rows = problem.unit_ids.get_indexer(own)
        return replace(
            problem,
            unit_ids=problem.site_ids,
            unit_names=tuple(problem.unit_names[i] for i in rows),
            travel_min=problem.travel_min[rows],
            weight=problem.weight[rows],
        )
    generator = np.random.default_rng(20150331)
    units, sites = 1700, 300
    at = generator.random((units, 2)) * (1000, 400)
    stand = at[generator.choice(units, sites, replace=False)]
    minutes = np.hypot(*(at[:, None, :] - stand[None, :, :]).transpose(2, 0, 1)) * 1.3 / 50 * 60
    nothing = np.zeros(sites, dtype=bool)
    weight = np.round(generator.lognormal(9, 1.3, units))
    unit_names = tuple(f"u{i}" for i in range(units))
    ids = pd.Index([f"s{j}" for j in range(sites)])
    return SitingProblem(pd.Index(unit_names), unit_names, ids, minutes, weight, nothing, nothing, nothing)


def _unit_of(code: str, units: list[str]) -> str:
    """Return the first part of a municipality that is divided into parts."""
    return next(unit for unit in units if unit.startswith(code))


def ask(case: str, objective: Objective) -> dict[str, float]:
    """Return the question of a case; ``seats-2`` has two sites, few enough for searching all sets."""
    question = dict(dict(QUESTIONS)[objective])
    if case == "seats-2" and "sites" in question:
        question["sites"] = 2
    if case == "national":
        question |= {"limit_min": 120.0} if "limit_min" in question else {}
        question |= {"sites": 40} if "sites" in question else {}
    return question


def run_one(case: str, objective: Objective, solver: str) -> dict[str, float | str]:
    """Solve one problem; return seconds, the value and whether it is proved."""
    problem, question = make_case(case), ask(case, objective)
    limit, sites = question.get("limit_min"), int(question["sites"]) if "sites" in question else None
    if solver == "ours":
        start = time.perf_counter()
        plan = plan_sites(problem, objective, limit_min=limit, sites=sites, sets=1, engine="own")
        return {"seconds": time.perf_counter() - start, "value": plan.best.value, "proof": "proved"}
    if solver == "radius":
        start = time.perf_counter()
        found = p_center(problem, sites or 0, tie_break=False)
        return {
            "seconds": time.perf_counter() - start,
            "value": np.nan if found is None else found.bound,
            "proof": "proved",
        }
    if solver == "lokigi":
        return run_lokigi(problem, objective, limit, sites)
    import spopt.locate  # noqa: F401  # not part of the time

    backend = None if solver == "spopt+HiGHS" else pulp.PULP_CBC_CMD(msg=False, threads=1, gapRel=0.0)
    start = time.perf_counter()
    choice = solve_with_spopt(problem, objective, limit_min=limit, sites=sites or 0, solver=backend)
    seconds = time.perf_counter() - start
    if choice is None:
        return {"seconds": seconds, "value": float("nan"), "proof": "infeasible"}
    return {"seconds": seconds, "value": measure_set(problem, objective, choice.sites, limit).value, "proof": "proved"}


def run_lokigi(
    problem: SitingProblem, objective: Objective, limit: float | None, sites: int | None
) -> dict[str, float | str]:
    """Let lokigi search: all sets where there are few, else GRASP."""
    from lokigi.site import SiteProblem  # type: ignore[import-not-found]

    if sites is None:
        return {"seconds": float("nan"), "value": float("nan"), "proof": "has no set-cover"}
    few = comb(len(problem.site_ids), sites) <= LOKIGI_MOST_SETS
    start = time.perf_counter()
    model = SiteProblem(preferred_crs="EPSG:6680")
    demand = pd.DataFrame({"unit": problem.unit_ids, "weight": problem.weight})
    travel = pd.DataFrame(problem.travel_min, columns=problem.site_ids)
    travel.insert(0, "unit", problem.unit_ids)
    model.add_demand(demand, demand_col="weight", location_id_col="unit")
    stand = pd.DataFrame({"site": problem.site_ids, "lat": 43.0, "long": 142.0})
    model.add_sites(stand, candidate_id_col="site", crs="EPSG:4326")
    model.add_travel_matrix(travel, source_col="unit")
    names = {"max-cover": "mclp", "p-median": "p_median", "p-center": "p_center"}
    found = model.solve(
        p=sites,
        objectives=names[objective],
        search_strategy="brute-force" if few else "grasp",
        threshold_for_coverage=limit,
        show_progress=False,
    )
    seconds = time.perf_counter() - start
    table = found.solution_df if hasattr(found, "solution_df") else found.show_solutions()
    best = [int(i) for i in table.iloc[0]["site_indices"]]
    value = measure_set(problem, objective, best, limit).value
    return {"seconds": seconds, "value": value, "proof": "all sets" if few else "not proved"}


def limit_of(case: str, solver: str) -> float:
    """Return the seconds after which a solve is stopped."""
    return LOKIGI_LIMIT_S if solver == "lokigi" else LIMITS_S[case]


def run_apart(case: str, objective: Objective, solver: str) -> dict[str, float | str]:
    """Run one solve in a process of its own, stopped at the limit."""
    command = [sys.executable, "-m", "bench.siting", case, objective, solver]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # numpy's too
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=one_thread
    ) as process:
        try:
            output, errors = process.communicate(timeout=limit_of(case, solver) + STARTING_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # CBC is a process of its own below it
            process.communicate()
            return {"seconds": float("inf"), "value": float("nan"), "proof": "stopped"}
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if not lines:
        return {
            "seconds": float("nan"),
            "value": float("nan"),
            "proof": (errors.strip().splitlines() or ["no answer"])[-1][:60],
        }
    found: dict[str, float | str] = json.loads(lines[-1])
    return found


def _cell(found: dict[str, float | str], ours: float, limit: float) -> str:
    seconds = float(found["seconds"])
    if np.isinf(seconds):
        return f"> {limit:g} s" + (f" (> {limit / ours:,.1f} x)" if ours < limit else "")
    if np.isnan(seconds):
        return str(found["proof"])
    ratio = "" if seconds == ours or not np.isfinite(ours) else f" ({seconds / ours:,.1f} x)"
    return f"{seconds:.3f} s{ratio}, {float(found['value']):,.6g}, {found['proof']}"


def run_row(case: str, objective: Objective, solvers: list[str]) -> str:
    """Ask every solver one question; return the row of the table."""
    question = ", ".join(f"{key} {value:g}" for key, value in ask(case, objective).items())
    results = {solver: run_apart(case, objective, solver) for solver in solvers}
    ours = float(results["ours"]["seconds"])
    cells = [_cell(results[solver], ours, limit_of(case, solver)) for solver in solvers]
    if objective == "p-center":
        radius = _cell(run_apart(case, objective, "radius"), np.nan, limit_of(case, "radius"))
        cells[0] += f"; any set: {radius}"
    size = "1,700 x 300" if case == "national" else "179 x 179"
    return f"| {size} | {objective} ({question}) | {' | '.join(cells)} |"


def main() -> None:
    """Run every case with every solver and write the table."""
    solvers = [name for name in SOLVERS if name != "lokigi" or importlib.util.find_spec("lokigi")]
    rows = []
    for case in CASES:
        for objective, _ in QUESTIONS:
            if case == "seats-2" and objective == "set-cover":
                continue
            rows.append(run_row(case, objective, solvers))
            print(rows[-1], flush=True)
    versions = ", ".join(f"{name} {version(name)}" for name in ("highspy", "spopt", "PuLP", *solvers[3:]))
    heading = [
        "# Siting: seconds to the proved optimum",
        "",
        f"One run, one thread a solver, {platform.machine()}, Python {platform.python_version()}, {versions}. Cells: "
        "seconds (times ours), objective, and whether it is proved. Stating and solving; travel times and imports are "
        f"left out. Stopped after {LIMITS_S['seats']:g} s (179 x 179) or {LIMITS_S['national']:g} s (1,700 x 300), "
        f"lokigi after {LOKIGI_LIMIT_S:g} s, each with {STARTING_S:g} s more for the process to begin. Minutes, or "
        "weight within the limit, or weight x minutes. Our p-center is the set with the least weight x minutes of all "
        "with the least longest way; spopt's is any of them, for which ours is the time after `any set`.",
        "",
        "| units x sites | problem | " + " | ".join(solvers) + " |",
        "|" + "---|" * (len(solvers) + 2),
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join([*heading, *rows]) + "\n", encoding="utf-8")
    print(f"written: {RESULTS}")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        warnings.simplefilter("ignore")
        answer = run_one(sys.argv[1], sys.argv[2], sys.argv[3])  # type: ignore[arg-type]
        print(json.dumps(answer))
    else:
        main()
