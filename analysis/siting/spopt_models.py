"""The classical siting problems as spopt states them, solved by HiGHS through PuLP.

spopt takes existing and required sites (``predefined_facilities_arr``), to which a forbidden site is one left out of
the matrix, and has backup coverage (LSCPB), without weights; what it reports as backed up counts those whom a single
site can reach at all, which changes no choice. Its p-median and p-center know no pairs without a route: their variables
are held at 0 here. Not in spopt are weights in backup coverage, several best sets, and the reason why nothing is
feasible; further sets are got here by rows added to its own program.
"""

import warnings
from typing import Any

import highspy
import numpy as np
import pulp

from analysis.siting.own_models import Choice, Cuts
from analysis.siting.problem import Objective, SitingProblem
from analysis.siting.solver import RANDOM_SEED, SolverError
from geo.errors import InputError


def highs_solver(*, gap: float = 0.0, time_limit_s: float | None = None) -> pulp.LpSolver:
    """Return PuLP's interface to HiGHS, set up as :mod:`analysis.siting.solver` sets it up."""
    return pulp.HiGHS(msg=False, gapRel=gap, gapAbs=0.0, threads=1, timeLimit=time_limit_s, random_seed=RANDOM_SEED)


def solve_with_spopt(
    problem: SitingProblem,
    objective: Objective,
    *,
    limit_min: float | None = None,
    sites: int = 0,
    cuts: Cuts = (),
    backup: bool = False,
    solver: pulp.LpSolver | None = None,
) -> Choice | None:
    """Solve one problem with spopt's own model.

    Parameters
    ----------
    problem
        Its forbidden sites are left out of the matrix given to spopt.
    objective
        Which model: LSCP, MCLP, PMedian or PCenter.
    limit_min
        For the covering problems.
    sites
        Free sites to choose, but for ``set-cover``.
    cuts
        Sets that may not be chosen again.
    backup
        With ``set-cover``: spopt's LSCPB, which counts units whatever their weight.
    solver
        PuLP's solver; None for HiGHS to the proved optimum.

    Returns
    -------
    Choice or None
        None where nothing is feasible. Bound and gap are HiGHS's; NaN for another solver.

    Raises
    ------
    InputError
        If spopt has no such option.
    """
    solver = highs_solver() if solver is None else solver
    allowed = np.flatnonzero(~problem.is_forbidden)
    minutes = problem.travel_min[:, allowed]
    fixed = problem.is_fixed[allowed].astype(int)
    if sites > int(problem.is_free.sum()):
        return None
    with warnings.catch_warnings():
        # spopt makes PuLP's variables in a way that PuLP 4 will not have.
        warnings.simplefilter("ignore", DeprecationWarning)
        model = _make_model(objective, minutes, fixed, problem, limit_min, int(fixed.sum()) + sites, backup, solver)
        if model is None:
            return None
        for cut in cuts:
            positions = np.searchsorted(allowed, cut.sites)
            model.problem += pulp.lpSum(model.fac_vars[int(i)] for i in positions) <= cut.most
        status = model.problem.solve(solver)
    if status in (pulp.LpStatusInfeasible, pulp.LpStatusUndefined):
        return None
    if status != pulp.LpStatusOptimal:
        raise SolverError(f"spopt: {pulp.LpStatus[status]}. Allow more time, or make the problem smaller.")
    is_open = np.asarray([variable.varValue > 0.5 for variable in model.fac_vars])
    chosen = allowed[is_open & (fixed == 0)].astype(np.int64)
    bound, gap, is_proved = _proof(model.problem)
    if objective == "set-cover":  # ours does not count the existing sites; LSCPB's own objective is what is backed up
        bound = (model.lscp_obj_value if backup else bound) - float(problem.is_existing.sum())
    return Choice(chosen, bound, gap, is_proved)


def _make_model(
    objective: Objective,
    minutes: np.ndarray,
    fixed: np.ndarray,
    problem: SitingProblem,
    limit_min: float | None,
    total: int,
    backup: bool,
    solver: pulp.LpSolver,
) -> Any:
    from spopt.locate import LSCP, LSCPB, MCLP, PCenter, PMedian  # a second, for those who need it

    if objective in ("p-median", "p-center"):
        if backup:
            raise InputError("backup は被覆の問題だけです。 / backup is for set-cover and max-cover only.")
        has_route = ~np.isnan(minutes)
        costs = np.where(has_route, minutes, 0.0)
        if objective == "p-median":
            model = PMedian.from_cost_matrix(costs, problem.weight, total, predefined_facilities_arr=fixed)
        else:
            model = PCenter.from_cost_matrix(costs, total, predefined_facilities_arr=fixed)
        for unit, site in zip(*np.nonzero(~has_route), strict=True):
            model.cli_assgn_vars[unit, site].upBound = 0
        return model
    within = minutes <= (np.inf if limit_min is None else limit_min)
    # spopt makes a row without a site for a unit that nothing covers, and fails on it.
    if objective == "set-cover":
        if not within.any(axis=1).all():
            return None
        if backup:
            return LSCPB.from_cost_matrix(minutes, limit_min, solver, predefined_facilities_arr=fixed)
        return LSCP.from_cost_matrix(minutes, limit_min, predefined_facilities_arr=fixed)
    if backup:
        raise InputError("spopt の MCLP に backup はありません。 / spopt has no backup coverage with max-cover.")
    return MCLP.from_cost_matrix(minutes, problem.weight, limit_min, total, predefined_facilities_arr=fixed)


def _proof(program: pulp.LpProblem) -> tuple[float, float, bool]:
    """Return the bound, the gap and whether HiGHS proved the optimum; PuLP calls a time limit optimal too."""
    highs = getattr(program, "solverModel", None)
    if not isinstance(highs, highspy.Highs):
        return np.nan, np.nan, False
    info = highs.getInfo()
    sign = -1.0 if program.sense == pulp.LpMaximize else 1.0
    is_proved = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    gap = 0.0 if is_proved and info.mip_gap < 1e-9 else float(info.mip_gap)
    return sign * float(info.mip_dual_bound), gap, is_proved
