"""How long the frontier of budget against people reached takes for all of Hokkaido, beside one program a budget.

``python -m bench.mix_frontier`` writes ``bench/results/mix_frontier.md``. What one would use instead of the search
centre by centre (:mod:`analysis.siting.mix_master`) is the same problem as one program for HiGHS, to the same gap; it
is solved for three of the twenty budgets and stopped after ``LIMIT_S`` seconds each. Takes some ten minutes.
"""

import platform
import time
from importlib.metadata import version
from pathlib import Path

from analysis.models.parameters import load_parameters
from analysis.siting.frontier import DEFAULT_POINTS, make_frontier
from analysis.siting.mix import DEFAULT_GAP, solve_whole
from analysis.siting.mix_problem import make_mix_problem
from geo.roads import load_network

LIMIT_S = 300.0
COMPARED = (4, 9, 14)  # of the budgets, counted from 0
RESULTS = Path(__file__).parent / "results" / "mix_frontier.md"


def main() -> None:
    """Measure both and write the table."""
    start = time.perf_counter()
    problem = make_mix_problem("", load_parameters(), "winter", load_network())
    scored_s = time.perf_counter() - start
    start = time.perf_counter()
    frontier = make_frontier(problem, points=DEFAULT_POINTS)
    frontier_s = time.perf_counter() - start
    gaps = frontier.table["gap"]
    each_s = frontier_s / DEFAULT_POINTS
    rows = []
    for number in COMPARED:
        mix = frontier.mixes[number]
        start = time.perf_counter()
        other = solve_whole(problem, mix.budget_jpy, time_limit_s=LIMIT_S / 2)
        seconds = time.perf_counter() - start
        proof = f"gap {other.gap:.5f}" if other.is_proved else f"stopped, gap {other.gap:.5f}"
        rows.append(
            f"| {mix.budget_jpy / 1e6:.1f} | {mix.reached:,.0f}, gap {mix.gap:.5f} | "
            f"{seconds:.1f} s ({seconds / each_s:,.0f} x), {other.reached:,.0f}, {proof} |"
        )
        print(rows[-1], flush=True)
    heading = [
        "# The frontier of budget against people reached, all of Hokkaido",
        "",
        f"One run, {platform.machine()}, Python {platform.python_version()}, highspy {version('highspy')}; winter, 120 "
        f"minutes, residents weighted by open days, gap {DEFAULT_GAP:g}. {len(problem.choices.place):,} choices and "
        f"{len(problem.choices.sites)} possible satellites.",
        "",
        f"Scoring every choice: {scored_s:.1f} s. Frontier of {DEFAULT_POINTS} budgets, searched centre by centre: "
        f"**{frontier_s:.1f} s**, {each_s:.1f} s a budget; largest gap {gaps.max():.5f}, all proved: "
        f"{bool(frontier.table['is_proved'].all())}.",
        "",
        f"| budget, million yen | ours: reached | one program of all, at most {LIMIT_S:g} s (times ours a budget) |",
        "|---|---|---|",
    ]
    RESULTS.write_text("\n".join([*heading, *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
