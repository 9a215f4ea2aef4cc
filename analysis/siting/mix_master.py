"""One budget shared among centres: the best of the mixes found, a bound of all, and more search where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.siting.mix_envelopes import Branch, CentreMix, Envelope, split_branch
from analysis.siting.solver import Program
from geo.routing import FloatArray

_MOST_ROUNDS = 200
_SAME = 1e-6


@dataclass(frozen=True)
class Shared:
    """What a budget brings.

    Attributes
    ----------
    mixes
        One of each centre, in their order.
    gain, bound
        Of the measure over today: what the mixes bring, and what no mixes surpass.
    """

    mixes: tuple[CentreMix, ...]
    gain: float
    bound: float

    @property
    def gap(self) -> float:
        """How much more there might be, as a share of the bound."""
        return max(self.bound - self.gain, 0.0) / max(abs(self.bound), 1e-9)


@dataclass(frozen=True)
class _Bound:
    """The most that the bounds allow, and where in each centre: the branch, its cash and its gain."""

    gain: float
    at: tuple[tuple[int, float, float], ...]


def share_budget(
    envelopes: Sequence[Envelope], budget_mjpy: float, gap: float
) -> tuple[Shared | None, tuple[Envelope, ...]]:
    """Share a budget among centres so that they gain most together.

    Parameters
    ----------
    envelopes
        From :func:`analysis.siting.mix_envelopes.make_envelopes`.
    budget_mjpy
        Cash a year beyond today's, million yen; infinite for any.
    gap
        To stop at, as a share of what is gained over today.

    Returns
    -------
    tuple
        The mixes, None where no mixes cost so little; and the envelopes with what was searched on the way, which hold
        for other budgets too.

    Notes
    -----
    Two small programs of whole numbers choose one mix found of each centre, and one branch of each with cash and gain
    below its bounds. The best mix for no more than the cash that the bound spends in a centre fits into the budget
    together with those of the others; so where gain and bound differ, some centre's best mix found gains less than its
    bound there. That branch is split at that cash, and the mix that gains most for no more is searched.
    """
    parts, shared = list(envelopes), None
    for _ in range(_MOST_ROUNDS):
        bound, best = _best_bound(parts, budget_mjpy), _best_mixes(parts, budget_mjpy)
        if bound is None:
            return None, tuple(parts)
        if best is not None:
            gain = sum(mix.gain for mix in best)
            shared = Shared(best, gain, max(bound.gain, gain))
            if shared.gap <= gap:
                break
        surplus = [_surplus(part, at) for part, at in zip(parts, bound.at, strict=True)]
        centre = int(np.argmax(surplus))
        if surplus[centre] <= _SAME:
            break
        number, cash_mjpy, _ = bound.at[centre]
        least_step = gap * max(bound.gain, 0.0) / (4 * len(parts))
        branches = parts[centre].branches
        split = split_branch(parts[centre].problem, branches[number], cash_mjpy, gap, least_step)
        parts[centre] = replace(parts[centre], branches=(*branches[:number], *split, *branches[number + 1 :]))
    return shared, tuple(parts)


def _surplus(part: Envelope, at: tuple[int, float, float]) -> float:
    """Return by how much the bound surpasses the best mix found for no more cash."""
    _, cash, gain = at
    known = [mix.gain for mix in part.mixes if mix.cash_mjpy <= cash + _SAME]
    return gain - max(known, default=-np.inf)


def _best_mixes(parts: Sequence[Envelope], budget_mjpy: float) -> tuple[CentreMix, ...] | None:
    """Choose one of the mixes found of each centre."""
    found = [(centre, mix) for centre, part in enumerate(parts) for mix in part.mixes]
    gain, cash = (np.asarray([getattr(mix, name) for _, mix in found]) for name in ("gain", "cash_mjpy"))
    centre = np.asarray([number for number, _ in found])
    if len(set(centre.tolist())) < len(parts):
        return None
    program = Program()
    column = program.add_columns(_scaled(-gain), is_whole=True)
    program.add_rows(centre, column, 1.0, np.ones(len(parts)), np.ones(len(parts)))
    if np.isfinite(budget_mjpy):
        program.add_row(column, cash, -np.inf, budget_mjpy)
    answer = program.minimise()
    if answer is None:
        return None
    return tuple(found[i][1] for i in np.flatnonzero(answer.values[column] > 0.5))


def _scaled(values: FloatArray) -> FloatArray:
    return values / max(float(np.abs(values).max(initial=0.0)), 1e-9)


def _best_bound(parts: Sequence[Envelope], budget_mjpy: float) -> _Bound | None:
    """Choose one branch of each centre with cash and gain within its bounds."""
    branches: list[tuple[int, int, Branch]] = [
        (centre, number, branch) for centre, part in enumerate(parts) for number, branch in enumerate(part.branches)
    ]
    count = len(branches)
    scale = max((abs(mix.gain) for part in parts for mix in part.mixes), default=1.0) or 1.0
    program = Program()
    used = program.add_columns(np.zeros(count), is_whole=True)
    cash = program.add_columns(np.zeros(count), -np.inf, np.inf)
    gain = program.add_columns(-np.ones(count), -np.inf, np.inf)
    centre = np.asarray([number for number, _, _ in branches])
    if len(set(centre.tolist())) < len(parts):
        return None
    program.add_rows(centre, used, 1.0, np.ones(len(parts)), np.ones(len(parts)))
    low, high = (np.asarray([getattr(branch, f"{end}_mjpy") for *_, branch in branches]) for end in ("low", "high"))
    rows, both = np.tile(np.arange(count), 2), np.concatenate([cash, used])
    program.add_rows(rows, both, np.concatenate([np.ones(count), -low]), np.zeros(count), np.inf)
    program.add_rows(rows, both, np.concatenate([np.ones(count), -high]), np.full(count, -np.inf), 0.0)
    for i, (*_, branch) in enumerate(branches):
        for slope, height in branch.bounds:
            three = np.asarray([gain[i], cash[i], used[i]])
            program.add_row(three, np.asarray([1.0, -slope / scale, -height / scale]), -np.inf, 0.0)
    if np.isfinite(budget_mjpy):
        program.add_row(cash, 1.0, -np.inf, budget_mjpy)
    answer = program.minimise()
    if answer is None:
        return None
    at = tuple(
        (branches[i][1], float(answer.values[cash[i]]), float(answer.values[gain[i]]) * scale)
        for i in np.flatnonzero(answer.values[used] > 0.5)
    )
    return _Bound(-answer.bound * scale, at)
