"""What a centre's territory can gain for its cash: mixes found, and bounds that no mix surpasses.

Only the budget ties the centres together. Each centre is therefore looked at by itself, in branches by the number of
satellites with staff stationed, which is what makes its gain leap: within a branch the gain grows almost without leaps,
so that few mixes and straight bounds describe it.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from analysis.siting.mix_amounts import AMOUNTS
from analysis.siting.mix_choices import Choices
from analysis.siting.mix_problem import MixProblem
from analysis.siting.mix_program import Columns, make_program
from analysis.siting.problem import BoolArray
from analysis.siting.solver import Program
from geo.routing import FloatArray, IntArray

MILLION = 1e6
_SLACK_MJPY = 1e-7
_FINER = 100  # the searches by centre stop at a gap finer than that of the whole


@dataclass(frozen=True)
class CentreMix:
    """One mix of a centre's territory.

    Attributes
    ----------
    chosen
        Positions of the choices, one for each municipality in their order.
    is_open
        Shape (sites,): which satellites are open.
    gain
        Of the measure over today.
    cash_mjpy
        A year beyond today's, million yen.
    """

    chosen: tuple[int, ...]
    is_open: BoolArray
    gain: float
    cash_mjpy: float


@dataclass(frozen=True)
class Branch:
    """The mixes of a centre with one number of staffed satellites and their cash between two bounds.

    Attributes
    ----------
    stationed
        How many satellites with staff stationed are open.
    low_mjpy, high_mjpy
        Cash a year beyond today's, million yen.
    mixes
        Found so far.
    bounds
        ``(slope, height)``: no mix of the branch gains more than ``height + slope * cash``.
    """

    stationed: int
    low_mjpy: float
    high_mjpy: float
    mixes: tuple[CentreMix, ...]
    bounds: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Envelope:
    """A centre's territory as a problem of its own, and its branches.

    Attributes
    ----------
    problem
        Of this centre alone.
    choice_positions, site_positions
        Where its choices and satellites stand in the whole problem.
    branches
        Together they hold every mix.
    """

    problem: MixProblem
    choice_positions: IntArray
    site_positions: IntArray
    branches: tuple[Branch, ...]

    @property
    def mixes(self) -> list[CentreMix]:
        """Every mix found."""
        return [mix for branch in self.branches for mix in branch.mixes]


def split_problem(problem: MixProblem) -> list[Envelope]:
    """Return each centre's territory as a problem of its own, without branches yet."""
    choices = problem.choices
    of_place = np.asarray(choices.centre_ids)
    of_site = np.asarray([site.centre_id for site in choices.sites], dtype=object)
    parts = []
    for centre in dict.fromkeys(choices.centre_ids):
        places, sites = np.flatnonzero(of_place == centre), np.flatnonzero(of_site == centre)
        kept = np.flatnonzero(of_place[choices.place] == centre)
        own = Choices(
            codes=tuple(choices.codes[i] for i in places),
            centre_ids=tuple(choices.centre_ids[i] for i in places),
            place=np.searchsorted(places, choices.place[kept]),
            site=np.where(choices.site[kept] < 0, -1, np.searchsorted(sites, choices.site[kept])),
            add_ons=tuple(choices.add_ons[i] for i in kept),
            amounts=choices.amounts[kept],
            reaches_all=choices.reaches_all[kept],
            sites=tuple(choices.sites[i] for i in sites),
            today=choices.today[places],
        )
        hours = {centre: problem.hours_there[centre]}
        part = replace(problem, centre_id=centre, choices=own, hours_there=hours)
        parts.append(Envelope(part, kept.astype(np.int64), sites.astype(np.int64), ()))
    return parts


def can_be_split(problem: MixProblem) -> bool:
    """Return whether nothing but the budget ties the centres together."""
    return problem.rules.max_extra_nights is None or len(problem.hours_there) == 1


def join_mixes(
    problem: MixProblem, envelopes: Sequence[Envelope], mixes: Sequence[CentreMix]
) -> tuple[IntArray, BoolArray]:
    """Return the positions of the choices of the mixes in the whole problem, and which of its satellites are open."""
    chosen = np.concatenate(
        [part.choice_positions[list(mix.chosen)] for part, mix in zip(envelopes, mixes, strict=True)]
    )
    is_open = np.zeros(len(problem.choices.sites), dtype=bool)
    for part, mix in zip(envelopes, mixes, strict=True):
        is_open[part.site_positions] = mix.is_open
    return chosen[np.argsort(problem.choices.place[chosen])], is_open


@dataclass(frozen=True)
class _Search:
    """The program of a centre; ``gain`` and ``cash`` (million yen) are of its columns."""

    problem: MixProblem
    columns: Columns
    program: Program
    gain: FloatArray
    cash: FloatArray
    scale: float
    gap: float

    def maximise(self, slope: float) -> tuple[CentreMix, float] | None:
        """Return the mix with the most ``gain - slope * cash`` and a bound of that; None where there is none."""
        found = self._minimise((slope * self.cash - self.gain) / self.scale)
        return None if found is None else (found[0], -found[1] * self.scale)

    def least_cash(self) -> tuple[CentreMix, float] | None:
        """Return the mix with the least cash and a bound of that; None where there is none."""
        return self._minimise(self.cash)

    def _minimise(self, cost: FloatArray) -> tuple[CentreMix, float] | None:
        answer = self.program.minimise(cost=cost, gap=self.gap)
        if answer is None:
            return None
        chosen, is_open = self.columns.read(answer, self.problem.choices)
        values = np.zeros(len(self.gain))
        values[self.columns.choice[chosen]], values[self.columns.site[is_open]] = 1.0, 1.0
        mix = CentreMix(tuple(chosen.tolist()), is_open, float(self.gain @ values), float(self.cash @ values))
        return mix, answer.bound


def _search(
    problem: MixProblem,
    stationed: int | None,
    gap: float,
    *,
    least_gain: float = -np.inf,
    cash_mjpy: tuple[float, float] = (-np.inf, np.inf),
) -> _Search:
    """State a centre's program, with so many staffed satellites, a least gain, and cash between two amounts."""
    choices, measure = problem.choices, problem.rules.measure
    program, columns, amounts = make_program(problem)
    gain, cash = (amounts[:, AMOUNTS.index(name)].copy() for name in (measure, "cash_jpy"))
    gain[columns.choice] -= choices.today[choices.place, AMOUNTS.index(measure)]
    cash[columns.choice] -= choices.today[choices.place, AMOUNTS.index("cash_jpy")]
    cash /= MILLION
    scale = max(float(np.abs(gain).max(initial=0.0)), 1.0)
    every = np.arange(len(gain))
    if stationed is not None:
        staffed = np.asarray([site.paid_hours > 0 for site in choices.sites], dtype=float)
        program.add_row(columns.site, staffed, float(stationed), float(stationed))
    if np.isfinite(least_gain):
        program.add_row(every, gain / scale, least_gain / scale - 1e-9, np.inf)
    if np.isfinite(cash_mjpy).any():
        program.add_row(every, cash, *cash_mjpy)
    return _Search(problem, columns, program, gain, cash, scale, gap / _FINER)


def with_least_cash(problem: MixProblem, mix: CentreMix, gap: float) -> CentreMix:
    """Return a mix of a centre that gains as much for the least cash."""
    found = _search(problem, None, gap, least_gain=mix.gain).least_cash()
    return mix if found is None or found[0].cash_mjpy >= mix.cash_mjpy else found[0]


def _make_branches(problem: MixProblem, stationed: int, tolerance: float, gap: float) -> tuple[Branch, ...]:
    """Find the mixes on the upper hull of gain over cash, but for what lies within the tolerance of it."""
    search = _search(problem, stationed, gap)
    most, low = search.maximise(0.0), search.least_cash()
    if most is None or low is None:
        return ()
    first, low_mjpy = low
    top = _search(problem, stationed, gap, least_gain=most[0].gain).least_cash()
    last = most[0] if top is None else top[0]
    mixes, bounds = [first, last], [(0.0, most[1])]

    def look_between(left: CentreMix, right: CentreMix) -> None:
        gained, paid = right.gain - left.gain, right.cash_mjpy - left.cash_mjpy
        found = search.maximise(gained / paid) if gained > tolerance and paid > _SLACK_MJPY else None
        if found is None:
            return
        mix, height = found
        bounds.append((gained / paid, height))
        if mix.gain - left.gain > gained / paid * (mix.cash_mjpy - left.cash_mjpy) + tolerance:
            mixes.append(mix)
            look_between(left, mix)
            look_between(mix, right)

    look_between(first, last)
    high_mjpy = max(last.cash_mjpy, low_mjpy)
    return (
        Branch(stationed, low_mjpy, high_mjpy, tuple(mixes), tuple(bounds)),
        # Mixes for more cash gain no more than the most there is; they may be taken to cost as little as the last one.
        Branch(stationed, high_mjpy, high_mjpy, (), ((0.0, most[1]),)),
    )


def make_envelopes(problem: MixProblem, gap: float, *, only: str | None = None) -> tuple[Envelope, ...]:
    """Look at each centre's territory by itself.

    Parameters
    ----------
    problem
        One that :func:`can_be_split`.
    gap
        How far from the hull mixes may be left out, as a share of the most that the centre can gain.
    only
        A centre's id, to look at this one alone.
    """
    parts = [part for part in split_problem(problem) if only in (None, part.problem.centre_id)]
    stated = problem.parameters["satellite_max_sites"] if problem.rules.max_sites is None else problem.rules.max_sites
    jobs = [(part.problem, count) for part in parts for count in range(int(stated) + 1)]

    def search(job: tuple[MixProblem, int]) -> tuple[Branch, ...]:
        own, count = job
        return _make_branches(own, count, gap * _most_gain(own), gap)

    # The solver lets go of the interpreter; every search is by itself, so that their order does not matter.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(search, jobs))
    by_centre: dict[str, tuple[Branch, ...]] = {}
    for (own, _), branches in zip(jobs, found, strict=True):
        by_centre[own.centre_id] = by_centre.get(own.centre_id, ()) + branches
    return tuple(replace(part, branches=by_centre[part.problem.centre_id]) for part in parts)


def _most_gain(problem: MixProblem) -> float:
    """Return the most that could be gained if every municipality had its best choice."""
    choices = problem.choices
    values, today = choices.amount(problem.rules.measure), choices.today[:, AMOUNTS.index(problem.rules.measure)]
    best = today.copy()
    np.maximum.at(best, choices.place, values)
    return float((best - today).sum())


def split_branch(
    problem: MixProblem, branch: Branch, cash_mjpy: float, gap: float, least_step: float
) -> tuple[Branch, ...]:
    """Split a branch at an amount of cash into what gains no more than the best mix for it, and what gains more.

    Parameters
    ----------
    problem, branch
        The centre's, and one of its branches.
    cash_mjpy
        Million yen a year beyond today's; the mix that gains most for no more is searched.
    gap
        Of the whole question, see :func:`make_envelopes`.
    least_step
        Mixes that gain less than so much more than that mix need not be told from it.

    Returns
    -------
    tuple
        One branch or two; the second begins at the least cash of a mix that gains more.
    """
    found = _search(problem, branch.stationed, gap, cash_mjpy=(-np.inf, cash_mjpy)).maximise(0.0)
    parts = []
    least_gain = -np.inf
    if found is not None:
        mix, most_gain = found
        least_gain = max(mix.gain, most_gain) + least_step
        parts = [replace(branch, mixes=(*branch.mixes, mix), bounds=(*branch.bounds, (0.0, least_gain)))]
    more = _search(problem, branch.stationed, gap, least_gain=least_gain).least_cash()
    if more is not None:
        low_mjpy = min(max(more[1], cash_mjpy, branch.low_mjpy), branch.high_mjpy)
        parts.append(replace(branch, low_mjpy=low_mjpy, mixes=(*branch.mixes, more[0]) if not parts else (more[0],)))
    return tuple(parts)
