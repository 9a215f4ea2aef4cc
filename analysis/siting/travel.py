"""Travel to candidate sites that are no town halls: the table of the service models with further sites."""

from collections.abc import Sequence
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.accessibility import (
    ALL_ROADS,
    RoadUse,
    centre_points,
    municipality_points,
    seat_points,
    travel_between,
)
from analysis.ferry_days import find_ferry_days
from analysis.models.access import Access, access_of
from analysis.siting.candidates import Candidate, points_of
from geo.roads import RoadNetwork, Season
from geo.routing import FloatArray


def access_with(
    candidates: Sequence[Candidate], network: RoadNetwork, season: Season, use: RoadUse = ALL_ROADS
) -> Access:
    """Return the travel of a season with the candidates that are no town halls as further sites.

    From the centres to a new site the way is computed as it is driven; from the town halls it is taken to be that from
    the site, which differs by minutes at most (see :class:`analysis.models.access.Access`).
    """
    further = tuple(dict.fromkeys(candidate for candidate in candidates if not candidate.is_seat))
    return _extended(further, network, season, use) if further else access_of(network, season, use)


@lru_cache(maxsize=32)
def _extended(further: tuple[Candidate, ...], network: RoadNetwork, season: Season, use: RoadUse) -> Access:
    access = access_of(network, season, use)
    points, units = points_of(further), seat_points()
    halls, centres = municipality_points(), centre_points()
    everywhere = gpd.GeoSeries(pd.concat([units, halls, centres, points]), crs=units.crs)
    away = travel_between(network, season, use, points, everywhere)
    here = travel_between(network, season, use, centres, points)
    old, count = len(access.site_ids), len(units)

    def joined(unit: FloatArray, site: FloatArray, out: FloatArray, back: FloatArray) -> tuple[FloatArray, FloatArray]:
        out, back = np.where(np.isnan(out), np.inf, out), np.where(np.isnan(back), np.inf, back)
        between = np.block([[site, out[:, count : count + old].T], [out[:, count:]]])
        between[len(halls) : old, old:] = back
        return np.hstack([unit, out[:, :count].T]), between

    unit_min, site_min = joined(access.unit_min, access.site_min, away.travel_min, here.travel_min)
    unit_km, site_km = joined(access.unit_km, access.site_km, away.length_km, here.length_km)
    ids = pd.Index([*access.site_ids, *points.index])
    sites = gpd.GeoSeries(pd.concat([halls, centres, points]), crs=units.crs)
    return Access(
        season=access.season,
        site_ids=ids,
        unit_min=unit_min,
        unit_km=unit_km,
        site_min=site_min,
        site_km=site_km,
        unit_ferry=find_ferry_days(network, season, use, sites, units, unit_min.T).transposed,
        site_ferry=find_ferry_days(network, season, use, sites, sites, site_min),
    )
