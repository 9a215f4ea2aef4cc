"""A siting problem: who must be reached, from where, at what cost; and the one measure of any set of sites."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.accessibility import ALL_ROADS, RoadUse
from analysis.models.compare import find_centre
from analysis.models.demand import base_demand
from analysis.models.plan import responsible_centres
from analysis.siting.candidates import part_candidates
from analysis.siting.travel import access_with
from geo.errors import InputError
from geo.roads import RoadNetwork, Season
from geo.routing import FloatArray, IntArray

Objective = Literal["set-cover", "max-cover", "p-median", "p-center"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
Territory = Literal["own", "all"]
TERRITORIES: tuple[Territory, ...] = get_args(Territory)
Weight = Literal["people", "registrants"]
WEIGHTS: tuple[Weight, ...] = get_args(Weight)
BoolArray = npt.NDArray[np.bool_]


class InfeasibleError(InputError):
    """No choice of sites does what was asked for; the message says why, and what would be feasible.

    Attributes
    ----------
    limit_min
        The least limit that would be feasible, if that was the reason.
    sites
        The least number of further sites that would be feasible, if that was the reason.
    """

    def __init__(self, message: str, *, limit_min: float | None = None, sites: int | None = None) -> None:
        super().__init__(message)
        self.limit_min = limit_min
        self.sites = sites


@dataclass(frozen=True)
class SitingProblem:
    """Units to be reached and sites to choose from.

    Attributes
    ----------
    unit_ids, unit_names
        Shape (units,).
    site_ids
        Shape (sites,): existing sites and candidates.
    travel_min
        Shape (units, sites), one way; NaN where there is no route or the site may not serve the unit.
    weight
        Shape (units,), 0 or more.
    is_existing, is_required, is_forbidden
        Shape (sites,). Existing sites are always open and do not count; required ones are open and count.
    """

    unit_ids: pd.Index
    unit_names: tuple[str, ...]
    site_ids: pd.Index
    travel_min: FloatArray
    weight: FloatArray
    is_existing: BoolArray
    is_required: BoolArray
    is_forbidden: BoolArray

    @property
    def is_fixed(self) -> BoolArray:
        """Which sites are open in any case."""
        return self.is_existing | self.is_required

    @property
    def is_free(self) -> BoolArray:
        """Which sites are to be decided on."""
        free: BoolArray = ~(self.is_fixed | self.is_forbidden)
        return free

    @property
    def can_be_reached(self) -> BoolArray:
        """Which units some site that is not forbidden reaches at all."""
        reached: BoolArray = np.asarray(np.isfinite(self.travel_min[:, ~self.is_forbidden]).any(axis=1))
        return reached

    def nearest_min(self, sites: Collection[int] | IntArray, *, with_fixed: bool = True) -> FloatArray:
        """Return the minutes of every unit to the nearest of some sites and the fixed ones, infinite for none."""
        is_open = self.is_fixed.copy() if with_fixed else np.zeros(len(self.site_ids), dtype=bool)
        is_open[np.asarray(list(sites), dtype=np.int64)] = True
        minutes = np.where(np.isnan(self.travel_min[:, is_open]), np.inf, self.travel_min[:, is_open])
        nearest: FloatArray = minutes.min(axis=1, initial=np.inf)
        return nearest

    def reachable(self) -> "SitingProblem":
        """Return the problem without the units that no site reaches."""
        keep = self.can_be_reached
        names = tuple(name for name, kept in zip(self.unit_names, keep, strict=True) if kept)
        return replace(
            self,
            unit_ids=self.unit_ids[keep],
            unit_names=names,
            travel_min=self.travel_min[keep],
            weight=self.weight[keep],
        )


@dataclass(frozen=True)
class SiteSet:
    """One set of sites and what it gives, measured in the same way whatever solver found it.

    Attributes
    ----------
    sites
        Ids of the sites beyond the existing ones, in the order of the problem.
    value
        Of the objective: sites (set-cover), weight within the limit (max-cover), weight x minutes (p-median) or the
        longest minutes (p-center).
    weight_within, weight_backed_up
        Weight within the limit of at least one, and of at least two open sites; NaN without a limit.
    weighted_minutes, mean_min, worst_min
        Over the units that some open site reaches.
    worst_place
        Where the worst is.
    bound, gap, is_proved
        Of the solver for this set among those that were still allowed; gap 0 means that none is better.
    sites_different
        How many of its sites the best set does not have.
    """

    sites: tuple[str, ...]
    value: float
    weight_within: float
    weight_backed_up: float
    weighted_minutes: float
    mean_min: float
    worst_min: float
    worst_place: str
    bound: float = np.nan
    gap: float = np.nan
    is_proved: bool = True
    sites_different: int = 0


def measure_set(
    problem: SitingProblem, objective: Objective, sites: Collection[int] | IntArray, limit_min: float | None
) -> SiteSet:
    """Measure a set of open sites, given by their positions without the existing ones.

    Parameters
    ----------
    problem
        All of its units count; those that no open site reaches are in no minutes.
    objective
        What ``value`` is.
    sites
        Positions of the sites beyond the existing ones; required ones may be left out.
    limit_min
        Within means not more than it; None where the objective has none.
    """
    chosen = {int(site) for site in sites} | set(np.flatnonzero(problem.is_required).tolist())
    positions = np.asarray(sorted(chosen), dtype=np.int64)
    nearest = problem.nearest_min(positions)
    reached = np.isfinite(nearest)
    minutes = np.where(reached, nearest, 0.0)
    weighted = float(problem.weight @ minutes)
    worst = int(np.where(reached, nearest, -1.0).argmax())
    within = backed_up = np.nan
    if limit_min is not None:
        is_open = problem.is_existing.copy()
        is_open[positions] = True
        count = (problem.travel_min[:, is_open] <= limit_min).sum(axis=1)
        within, backed_up = float(problem.weight @ (count >= 1)), float(problem.weight @ (count >= 2))
    total = float(problem.weight[reached].sum())
    values = {
        "set-cover": float(len(positions)),
        "max-cover": within,
        "p-median": weighted,
        "p-center": float(minutes[worst]),
    }
    return SiteSet(
        sites=tuple(str(site) for site in problem.site_ids[positions]),
        value=values[objective],
        weight_within=within,
        weight_backed_up=backed_up,
        weighted_minutes=weighted,
        mean_min=weighted / total if total > 0 else np.nan,
        worst_min=float(minutes[worst]),
        worst_place=problem.unit_names[worst],
    )


def seat_problem(
    network: RoadNetwork,
    season: Season,
    *,
    use: RoadUse = ALL_ROADS,
    centre: str = "",
    territory: Territory = "own",
    weight: Weight = "people",
    candidates: Collection[str] | None = None,
    require: Collection[str] = (),
    forbid: Collection[str] = (),
    with_centres: bool = True,
    with_parts: bool = True,
) -> SitingProblem:
    """Make the problem of the demand units and the town halls of a season.

    Parameters
    ----------
    network, season, use
        For the travel times, see :func:`analysis.models.access.access_of`.
    centre
        Only the units and town halls of this centre or region; ``""`` for all of Hokkaido.
    territory
        ``own``: a site serves the territory of its centre only; ``all``: everybody.
    weight
        Residents, or people registered with the centre.
    candidates
        Municipality codes and part ids to choose from; None for all.
    require, forbid
        Municipality codes and part ids.
    with_centres
        Whether the centres that there are stand already.
    with_parts
        Whether the parts without a town hall (an island above all) are candidates too.

    Raises
    ------
    InputError
        If a code is unknown, not among the candidates, or both required and forbidden.
    """
    centre_id, parts = find_centre(centre), part_candidates() if with_parts else {}
    access, demand = access_with(list(parts.values()), network, season, use), base_demand()
    home = responsible_centres()
    home = home | {key: home[part.code] for key, part in parts.items()}
    codes = [code for code in access.site_ids if code in home and (not centre_id or home[code] == centre_id)]
    for name, given in (("candidates", candidates or ()), ("require", require), ("forbid", forbid)):
        _check_codes(name, given, codes)
    both = sorted(set(require) & set(forbid))
    if both:
        raise InputError(f"{both[0]}: 必須と禁止の両方に入っています。 / both required and forbidden. Keep one.")
    if candidates is not None:
        codes = [code for code in codes if code in {*candidates, *require}]
    centres = sorted(set(home.values())) if not centre_id else [centre_id]
    sites = [*codes, *(centres if with_centres else [])]
    is_existing = np.asarray([False] * len(codes) + [True] * (len(sites) - len(codes)))
    units = demand.places["centre_id"].to_numpy()
    keep = (units == centre_id) if centre_id else np.ones(len(units), dtype=bool)
    minutes = access.unit_min[np.ix_(keep, access.site_ids.get_indexer(sites))]
    if territory == "own":
        site_centre = np.asarray([home.get(site, site) for site in sites])
        minutes = np.where(units[keep][:, None] == site_centre[None, :], minutes, np.nan)
    return SitingProblem(
        unit_ids=demand.places.index[keep],
        unit_names=tuple(str(name) for name in demand.places["name_ja"][keep]),
        site_ids=pd.Index(sites),
        travel_min=np.where(np.isfinite(minutes), minutes, np.nan),
        weight=(demand.people if weight == "people" else demand.registrants)[keep],
        is_existing=is_existing,
        is_required=np.isin(sites, list(require)),
        is_forbidden=np.isin(sites, list(forbid)),
    )


def _check_codes(name: str, given: Collection[str], known: Collection[str]) -> None:
    unknown = [code for code in given if code not in known]
    if unknown:
        raise InputError(
            f"{name}: 市町村 {unknown[0]!r} は候補にありません。 / {unknown[0]!r} is not among the {len(known)} town "
            "halls to choose from. Give a municipality code such as 01219, within the region chosen."
        )
