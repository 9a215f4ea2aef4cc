"""Whom each of several new sites would serve."""

from collections.abc import Sequence

import numpy as np

from analysis.models.access import Access
from analysis.models.demand import Demand
from analysis.models.plan import responsible_centres
from analysis.siting.candidates import Candidate
from analysis.siting.problem import Territory


def assign_places(
    candidates: Sequence[Candidate], demand: Demand, access: Access, territory: Territory
) -> dict[str, tuple[str, ...]]:
    """Return the codes of the municipalities that each candidate would serve, by candidate id."""
    home = responsible_centres()
    units, codes = demand.places["centre_id"].to_numpy(), demand.places["code"].to_numpy()
    centre_min = access.unit_min[np.arange(len(codes)), access.site_ids.get_indexer(units)]
    minutes = access.unit_min[:, access.site_ids.get_indexer([item.id for item in candidates])]
    if territory == "own":
        own = np.asarray([home[item.code] for item in candidates])
        minutes = np.where(units[:, None] == own[None, :], minutes, np.inf)
    served: dict[str, list[str]] = {item.id: [] for item in candidates}
    for code in dict.fromkeys(codes):
        here = np.flatnonzero(codes == code)
        nearer = (minutes[here] < centre_min[here, None]).any(axis=0)
        if nearer.any():
            mean = np.where(
                nearer, demand.people[here] @ np.where(np.isfinite(minutes[here]), minutes[here], 1e6), np.inf
            )
            served[candidates[int(mean.argmin())].id].append(str(code))
    return {key: tuple(found) for key, found in served.items()}
