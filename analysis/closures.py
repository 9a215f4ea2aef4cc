"""What a closed road does: who is cut off, who comes to lie over the limit, and who only drives longer."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.overview import Scenario, overview
from geo.travel import OVER_LIMIT, REACHED


@dataclass(frozen=True)
class ClosureEffect:
    """The demand units whose way to the centre changes when sections are closed.

    Attributes
    ----------
    units
        Columns of :func:`analysis.overview.overview`, ``open_min`` and ``open_status`` (with every section open), and
        ``delay_min`` (inf where the place is cut off); those most delayed first.
    """

    units: pd.DataFrame

    @property
    def cut_off(self) -> pd.DataFrame:
        """The units that had a route and have none, or no open road near."""
        return self.units[np.isinf(self.units["delay_min"])]

    @property
    def delayed(self) -> pd.DataFrame:
        """The units that are still reached, later than before."""
        return self.units[np.isfinite(self.units["delay_min"])]

    @property
    def newly_over(self) -> pd.DataFrame:
        """The units that were within the limit and are over it."""
        return self.units[(self.units["open_status"] == REACHED) & (self.units["status"] == OVER_LIMIT)]


def closure_effect(scenario: Scenario) -> ClosureEffect:
    """Compare a scenario with closed sections with the same one with none closed.

    Delays under half a minute are left out, unless they bring a place over the limit: the way is the same but for the
    point where it joins the road.
    """
    closed = overview(scenario).units
    before = overview(replace(scenario, closed_edges=())).units.set_index("part_id")
    units = closed.assign(
        open_min=before["travel_min"].reindex(closed["part_id"]).to_numpy(float),
        open_status=before["status"].reindex(closed["part_id"]).to_numpy(),
    )
    is_cut_off = units["travel_min"].isna() & units["open_min"].notna()
    units["delay_min"] = np.where(is_cut_off, np.inf, units["travel_min"] - units["open_min"])
    delayed = units[(units["delay_min"] >= 0.5) | (units["status"] != units["open_status"])]
    return ClosureEffect(delayed.sort_values("delay_min", ascending=False, ignore_index=True))
