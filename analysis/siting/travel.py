"""Travel to candidate sites that are no town halls: the table of the service models with further sites."""

from collections.abc import Sequence
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.accessibility import centre_points, graph_of, municipality_points, seat_points
from analysis.ferry_days import find_ferry_days
from analysis.models.access import Access, access_of
from analysis.siting.candidates import Candidate, points_of
from geo.assumptions import load_access_assumptions
from geo.roads import RoadNetwork, Season
from geo.routing import FloatArray
from geo.travel import travel_matrix


def access_with(candidates: Sequence[Candidate], network: RoadNetwork, season: Season, tolls: bool = True) -> Access:
    """Return the travel of a season with the candidates that are no town halls as further sites.

    From the centres to a new site the way is computed as it is driven; from the town halls it is taken to be that from
    the site, which differs by minutes at most (see :class:`analysis.models.access.Access`).
    """
    further = tuple(dict.fromkeys(candidate for candidate in candidates if not candidate.is_seat))
    return _extended(further, network, season, tolls) if further else access_of(network, season, tolls)


@lru_cache(maxsize=32)
def _extended(further: tuple[Candidate, ...], network: RoadNetwork, season: Season, tolls: bool) -> Access:
    access = access_of(network, season, tolls)
    points, units = points_of(further), seat_points()
    halls, centres = municipality_points(), centre_points()
    everywhere = gpd.GeoSeries(pd.concat([units, halls, centres, points]), crs=units.crs)
    graph, assumptions = graph_of(network, season, tolls), load_access_assumptions()
    away = travel_matrix(graph, points, everywhere, assumptions)
    here = travel_matrix(graph, centres, points, assumptions)
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
        unit_ferry=find_ferry_days(network, season, tolls, sites, units, unit_min.T).transposed,
        site_ferry=find_ferry_days(network, season, tolls, sites, sites, site_min),
    )
