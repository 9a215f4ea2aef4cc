"""Minutes and kilometres between every demand unit and every place where a centre or a service can stand."""

from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.accessibility import (
    ALL_ROADS,
    RoadUse,
    centre_points,
    municipality_points,
    seat_points,
    travel_between,
)
from analysis.ferry_days import FerryDays, find_ferry_days
from geo.roads import RoadNetwork, Season
from geo.routing import FloatArray, IntArray


@dataclass(frozen=True)
class Access:
    """One-way travel in one season, from the sites, as the staff drive; infinite where there is no route.

    Users are taken to need as long the other way; only one-way sections make a difference, of minutes at most.

    Attributes
    ----------
    season
        The season of the times.
    site_ids
        The 179 municipality codes (town halls), then the 11 centre ids.
    unit_ferry, site_ferry
        The ferries on these ways and whether they let one come home the same day, shapes as below.
    unit_min, unit_km
        Between each demand unit and each site, driven from the site, shape (units, sites).
    site_min, site_km
        From each site to each site, shape (sites, sites).
    """

    season: str
    site_ids: pd.Index
    unit_min: FloatArray
    unit_km: FloatArray
    site_min: FloatArray
    site_km: FloatArray
    unit_ferry: FerryDays
    site_ferry: FerryDays

    def site(self, site_id: str) -> int:
        """Return the position of a municipality code or centre id."""
        return int(self.site_ids.get_loc(site_id))

    def subset(self, keep: npt.NDArray[np.bool_] | IntArray) -> "Access":
        """Return the travel of some units, given as a mask or positions, to all sites."""
        units = self.unit_min[keep], self.unit_km[keep]
        ferry = self.unit_ferry.take(keep)
        return Access(self.season, self.site_ids, *units, self.site_min, self.site_km, ferry, self.site_ferry)


@lru_cache(maxsize=16)
def access_of(network: RoadNetwork, season: Season, use: RoadUse = ALL_ROADS) -> Access:
    """Compute travel between the 186 demand units and the 190 sites, once for each network, season and toll choice.

    Islands are reached by their ferries, with the boarding margin and without waiting for a sailing; where none sails
    in the season the time is infinite. Do not change the arrays; they are shared.
    """
    units = seat_points()
    sites = gpd.GeoSeries(pd.concat([municipality_points(), centre_points()]), crs=units.crs)
    to_points = gpd.GeoSeries(pd.concat([units, sites]), crs=units.crs)
    matrix = travel_between(network, season, use, sites, to_points)
    minutes, km = (np.where(np.isnan(values), np.inf, values) for values in (matrix.travel_min, matrix.length_km))
    ferry, count = find_ferry_days(network, season, use, sites, to_points, minutes), len(units)
    return Access(
        season=str(season),
        site_ids=pd.Index(sites.index),
        unit_min=minutes[:, :count].T,
        unit_km=km[:, :count].T,
        site_min=minutes[:, count:],
        site_km=km[:, count:],
        unit_ferry=ferry.take(slice(None), slice(count)).transposed,
        site_ferry=ferry.take(slice(None), slice(count, None)),
    )
