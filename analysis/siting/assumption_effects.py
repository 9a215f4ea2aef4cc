"""Which assumptions the figures of a satellite or a mix hang on: each moved to the ends of its range, one at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.accessibility import ALL_ROADS, RoadUse
from analysis.models.access import Access, access_of
from analysis.models.demand import Demand, base_demand
from analysis.models.existing import with_existing
from analysis.models.flows import score_layout
from analysis.models.layout import Layout, lay_out
from analysis.models.parameters import Parameters
from analysis.models.plan import TODAY, Plan
from analysis.models.totals import SUM_COLUMNS, unit_sums
from analysis.models.variation import varied_parameters
from analysis.siting.candidate_test import CandidateComparison, CandidateEffect
from analysis.siting.mix_plan import make_plan
from analysis.siting.mix_result import SCORED, Mix
from analysis.siting.travel import access_with
from geo.roads import RoadNetwork

# Further figures that are looked at, beside the people reached; all as changes from today.
FIGURES = ("staff_hours", "overnight_stays", "cash_jpy", "setup_jpy")
DEFAULT_REACHED = "people_days_within_limit"
_COLUMNS = ("figure", "base", "parameter", "value_at_low", "value_at_high", "spread")
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class _Laid:
    """A plan and today, laid out on the units that the plan can change."""

    demand: Demand
    today: Layout
    plan: Layout


def _lay_out(plan: Plan, parameters: Parameters, access: Access) -> _Laid:
    """Lay out a plan and today, both with what exists already."""
    demand = base_demand()
    if plan.centre_id:
        inside = (demand.places["centre_id"] == plan.centre_id).to_numpy()
        if {code for service in plan.services for code in service.serves} <= set(demand.places["code"][inside]):
            demand, access = demand.subset(inside), access.subset(inside)
    before, after = with_existing(TODAY, parameters), with_existing(plan, parameters)
    return _Laid(demand, lay_out(before, demand, access), lay_out(after, demand, access))


def _changes(laid: Sequence[_Laid], parameters: Parameters, limit_min: float) -> dict[str, float]:
    """Return the change of every sum from today, and of the cash."""
    total, pay = np.zeros(len(SUM_COLUMNS)), 0.0
    for item in laid:
        after = score_layout(item.plan, parameters, item.demand, limit_min)
        before = score_layout(item.today, parameters, item.demand, limit_min)
        total += (unit_sums(after, item.demand, limit_min) - unit_sums(before, item.demand, limit_min)).sum(axis=0)
        pay += float(after.terms.stationed_jpy.sum() - before.terms.stationed_jpy.sum())
    changes = dict(zip(SUM_COLUMNS, total.tolist(), strict=True))
    return changes | {"cash_jpy": changes["cost_jpy"] - changes["cost_staff_jpy"] + pay}


def assumption_effects(
    make_plans: Callable[[Parameters], Sequence[Plan]],
    parameters: Parameters,
    access: Access,
    limit_min: float,
    *,
    reached: str = DEFAULT_REACHED,
) -> pd.DataFrame:
    """Measure what plans change while the assumptions are moved to the ends of their ranges, one at a time.

    Parameters
    ----------
    make_plans
        The plans with some assumptions, one for each centre whose staff carry them out; no place is served by two.
        What stands where stays; only shares that the assumptions state may differ.
    parameters, access, limit_min
        See :func:`analysis.models.flows.score_units`.
    reached
        The column of ``SUM_COLUMNS`` that says who is reached.

    Returns
    -------
    pandas.DataFrame
        One row a figure (``reached``, then ``FIGURES``) and assumption that changes it: ``base``, the change from today
        with the values of the table, ``value_at_low``, ``value_at_high`` with the assumption at the ends, and
        ``spread``, how far apart the three lie; of each figure the widest first. Assumptions without a range, and those
        that the reader set, are not moved.
    """

    def with_what_exists(values: Parameters) -> list[Plan]:
        return [with_existing(plan, values) for plan in (TODAY, *make_plans(values))]

    def lay_out_all(values: Parameters) -> list[_Laid]:
        return [_lay_out(plan, values, access) for plan in make_plans(values)]

    plans, laid = with_what_exists(parameters), lay_out_all(parameters)

    def measure(values: Parameters) -> dict[str, float]:
        return _changes(laid if with_what_exists(values) == plans else lay_out_all(values), values, limit_min)

    base, names = measure(parameters), varied_parameters(parameters)
    ends = {
        entry.name: [measure(parameters.with_values({entry.name: end})) for end in (entry.low, entry.high)]
        for entry in parameters.entries
        if entry.name in names
    }
    rows: list[tuple[str, float, str, float, float, float]] = []
    for figure in (reached, *FIGURES):
        middle = base[figure]
        found = [(name, low[figure], high[figure]) for name, (low, high) in ends.items()]
        spreads = [(*row, max(*row[1:], middle) - min(*row[1:], middle)) for row in found]
        moved = [row for row in spreads if row[3] > _TOLERANCE * max(abs(middle), 1.0)]
        rows += [(figure, middle, *row) for row in sorted(moved, key=lambda row: -row[3])]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def widest_effects(effects: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the rows of the assumptions that move each figure most."""
    return effects.groupby("figure", sort=False).head(count).reset_index(drop=True)


def mix_assumptions(mix: Mix) -> pd.DataFrame:
    """Return what the figures of a mix hang on, see :func:`assumption_effects`; its choices stay as they are."""
    problem = mix.problem
    chosen = np.asarray(mix.chosen, dtype=np.int64)
    sites = problem.choices.site[chosen]
    is_open = np.isin(np.arange(len(problem.choices.sites)), sites[sites >= 0])

    def make_plans(parameters: Parameters) -> tuple[Plan, ...]:
        return (make_plan(replace(problem, parameters=parameters), chosen, is_open, mix.budget_jpy),)

    access = access_of(problem.network, problem.season, problem.use)
    reached = SCORED[problem.rules.measure]
    return assumption_effects(make_plans, problem.parameters, access, problem.limit_min, reached=reached)


def candidate_assumptions(
    comparison: CandidateComparison,
    effect: CandidateEffect,
    parameters: Parameters,
    network: RoadNetwork,
    *,
    use: RoadUse = ALL_ROADS,
) -> pd.DataFrame:
    """Return what the figures of an effect hang on, see :func:`assumption_effects`.

    Parameters
    ----------
    comparison, effect
        The comparison and one of its effects.
    parameters, network, use
        With which it was measured.
    """
    access = access_with(comparison.effects[-1].candidates, network, comparison.season, use)
    return assumption_effects(lambda _: effect.plans, parameters, access, comparison.limit_min)
