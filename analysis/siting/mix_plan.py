"""A mix as a plan, which the comparison scores and a file states."""

from dataclasses import replace

import numpy as np

from analysis.models.plan import TODAY, Plan, Service
from analysis.provenance import data_version
from analysis.siting.mix_problem import MixProblem
from analysis.siting.problem import BoolArray
from geo.routing import IntArray


def make_plan(problem: MixProblem, chosen: IntArray, is_open: BoolArray, budget_jpy: float) -> Plan:
    """Return the plan of the choices and open satellites given by their positions; an infinite budget: the cheapest."""
    choices, parameters = problem.choices, problem.parameters
    services: list[Service] = []
    for number in np.flatnonzero(is_open):
        site = choices.sites[number]
        served = tuple(choices.codes[choices.place[i]] for i in chosen if choices.site[i] == number)
        kind = site.kind
        services.append(
            Service(
                "satellite",
                site.code,
                served,
                days_per_week=kind.days_per_week,
                staff_fte=kind.staff_fte,
                office=site.office,
                basis="optimum",
            )
        )
    for i in chosen:
        share = parameters["share_satellite"] if choices.site[i] >= 0 else 0.0
        code = choices.codes[choices.place[i]]
        services += [replace(s, basis="optimum") for s in choices.add_ons[i].services(code, parameters, share)]
    amount = "cheapest" if np.isinf(budget_jpy) else f"{budget_jpy:.0f}"
    where = problem.centre_id or "hokkaido"
    plan = TODAY.with_services(services)
    facts = (where, problem.season, f"{problem.limit_min:g}", problem.rules.measure, amount)
    closed = problem.use.closed_edges
    return replace(
        plan,
        id=f"mix-{where}-{problem.season.replace('_', '-')}-{amount}",
        name_ja="最適な組み合わせ",
        name_en="Best mix",
        note_ja="{}、{}、{} 分、{}、予算 {}".format(*facts) + (f"、通行止め {'、'.join(closed)}" if closed else ""),
        note_en="{}, {}, {} min, {}, budget {}".format(*facts) + (f", closed {', '.join(closed)}" if closed else ""),
        centre_id=problem.centre_id,
        network=f"{problem.network.name} {problem.network.version}",
        data_version=data_version(),
    )
