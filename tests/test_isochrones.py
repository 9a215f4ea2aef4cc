import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely

from analysis.accessibility import centre_matrix, seat_points
from analysis.coverage import measure_coverage
from analysis.isochrones import isochrone_bands, isochrones, land_without_a_way
from geo.boundaries import load_parts
from geo.crs import EQUAL_AREA_CRS
from geo.errors import InputError
from geo.lakes import load_lakes
from geo.roads import SEASONS, load_network

ROOT = Path(__file__).resolve().parent.parent
NETWORK = load_network()
LIMITS = [30.0, 60.0, 90.0, 120.0]
LAND = load_parts().to_crs(EQUAL_AREA_CRS).union_all()
# km2 of the lakes on the maps of the Geospatial Information Authority (2024), to tell a wrong lake from a rough one.
LAKE_KM2 = {"サロマ湖": 151.6, "屈斜路湖": 79.5, "支笏湖": 78.5, "洞爺湖": 70.7, "能取湖": 58.2, "風蓮湖": 64.2}


@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize("centre_id", [None, "aozora"])
def test_a_wider_limit_holds_the_narrower_one_and_nothing_of_the_sea_or_lakes(
    season: str, centre_id: str | None
) -> None:
    found = isochrones(NETWORK, season, LIMITS, centre_id=centre_id).to_crs(EQUAL_AREA_CRS)  # type: ignore[arg-type]
    assert found["limit_min"].tolist() == LIMITS
    assert found.geometry.is_valid.all()
    for inner, outer in pairwise(found.geometry):
        assert shapely.difference(inner, outer).area < 1e-3 * inner.area
    lakes = load_lakes().to_crs(EQUAL_AREA_CRS).union_all()
    widest = found.geometry.iloc[-1]
    assert shapely.difference(widest, LAND).area < 1e3
    assert shapely.intersection(widest, lakes).area < 1e3


def test_the_area_agrees_with_the_land_counted_on_the_grid() -> None:
    coverage = measure_coverage(NETWORK, season="summer", measure="nearest").regions.set_index("region_id")
    found = isochrones(NETWORK, "summer", LIMITS).set_index("limit_min")["area_km2"]
    lake_km2 = load_lakes().to_crs(EQUAL_AREA_CRS).area.sum() / 1e6
    for limit in LIMITS:
        counted = coverage.loc["hokkaido", f"km2_within_{limit:g}min"]
        assert counted - lake_km2 - 0.02 * counted <= found[limit] <= counted * 1.02


def test_town_halls_lie_on_the_side_of_the_line_that_their_time_says() -> None:
    matrix = centre_matrix(NETWORK, "winter", True)
    minutes = np.nanmin(np.where(np.isnan(matrix.travel_min), np.inf, matrix.travel_min), axis=0)
    area = isochrones(NETWORK, "winter", [90]).geometry.iloc[0]
    inside = seat_points().within(area).to_numpy()
    clear = np.abs(minutes - 90) > 15  # the polygons are no finer than their grid
    assert clear.sum() > 120
    assert ((minutes < 90) == inside)[clear].mean() > 0.99


def test_bands_share_the_land_out_and_the_rest_has_no_way() -> None:
    found = isochrones(NETWORK, "summer", [60, 120, 1e6])
    bands = isochrone_bands(found)
    assert bands["area_km2"].sum() == pytest.approx(found["area_km2"].iloc[-1], rel=1e-6)
    rest = land_without_a_way(found.geometry.iloc[-1]).to_crs(EQUAL_AREA_CRS).iloc[0]
    lake_km2 = load_lakes().to_crs(EQUAL_AREA_CRS).area.sum() / 1e6
    assert rest.area / 1e6 + bands["area_km2"].sum() + lake_km2 == pytest.approx(LAND.area / 1e6, rel=5e-3)
    assert rest.area / 1e6 > 500  # the roadless Hidaka mountains alone


def test_a_closed_road_shrinks_the_land_within_reach() -> None:
    road = NETWORK.edges.index[NETWORK.edges["road_no"] == "R238"]
    open_km2, closed_km2 = (
        isochrones(NETWORK, "summer", [180], centre_id="ikinuki", closed_edges=closed)["area_km2"].iloc[0]
        for closed in ((), tuple(sorted(road)))
    )
    assert closed_km2 < open_km2


@pytest.mark.parametrize(("limits", "centre_id"), [([], None), ([-5], None), ([60], "nowhere")])
def test_wrong_limits_and_centres_are_refused(limits: list[float], centre_id: str | None) -> None:
    with pytest.raises(InputError):
        isochrones(NETWORK, "summer", limits, centre_id=centre_id)


def test_the_lakes_have_their_sizes() -> None:
    lakes = load_lakes().to_crs(EQUAL_AREA_CRS)
    km2 = (lakes.area / 1e6).groupby(lakes["name_ja"]).sum()
    assert "" not in km2.index
    for name, published in LAKE_KM2.items():
        assert 0.7 * published < km2[name] < 1.1 * published


def test_the_lakes_are_made_again_in_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "scripts/make_lakes.py", "--out-dir", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True)
    again = (tmp_path / "lakes.geojson").read_bytes()
    assert again == (ROOT / "data" / "boundaries" / "lakes.geojson").read_bytes()
