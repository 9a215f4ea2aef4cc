"""The polygons form one coverage, the tables keep their promises, and broken files are refused with the remedy."""

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from geo.boundaries import (
    CENTRE_TERRITORIES,
    POPULATION_2014,
    area_km2,
    dissolve_regions,
    load_centre_territories,
    load_municipalities,
    load_northern_territories,
    load_parts,
    load_welfare_areas,
    read_municipality_table,
    read_parts,
)
from geo.boundaries_check import OFFICIAL_AREA_KM2, compare_boundaries, summarise_comparison
from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import DataError, InputError, ReadFileError
from geo.paths import BOUNDARIES_DIR
from scripts.make_boundaries import collect_parts, find_extension, make_coverage, read_member, write_geojson

needs_reversejp = pytest.mark.skipif(
    importlib.util.find_spec("reversejp") is None, reason="reversejp (dependency group data) is not installed"
)

LOADERS = (load_parts, load_municipalities, load_welfare_areas, load_centre_territories)
LOADER_IDS = ("parts", "municipalities", "areas", "territories")

# A point on each of the inhabited islands, read from a map; two municipalities share Rishiri.
ISLAND_POINTS = {
    "Rishiri, west": (141.17, 45.18, "01518"),
    "Rishiri, east": (141.30, 45.20, "01519"),
    "Rebun": (141.03, 45.37, "01517"),
    "Okushiri": (139.47, 42.16, "01367"),
    "Teuri": (141.315, 44.425, "01484"),
    "Yagishiri": (141.41, 44.435, "01484"),
}


@pytest.mark.parametrize("load", LOADERS, ids=LOADER_IDS)
def test_polygons_of_every_layer_have_neither_gaps_nor_overlaps(load: Callable[[], gpd.GeoDataFrame]) -> None:
    layer = load()
    assert layer.geometry.is_valid.all()
    assert shapely.coverage_is_valid(layer.geometry.to_numpy())


@pytest.mark.parametrize("load", LOADERS, ids=LOADER_IDS)
def test_area_of_every_layer_is_that_of_the_parts(load: Callable[[], gpd.GeoDataFrame]) -> None:
    assert area_km2(load()).sum() == pytest.approx(area_km2(load_parts()).sum(), abs=1e-6)


def test_no_hole_between_parts_is_smaller_than_a_lake() -> None:
    land = shapely.coverage_union_all(load_parts().geometry.to_numpy())
    holes = [ring for polygon in shapely.get_parts(land) for ring in polygon.interiors]
    lakes = gpd.GeoSeries([shapely.Polygon(ring) for ring in holes], crs=GEOGRAPHIC_CRS)
    assert (area_km2(lakes) >= 0.1).all()


@pytest.mark.parametrize(("load", "count"), list(zip(LOADERS, (186, 179, 21, 11), strict=True)), ids=LOADER_IDS)
def test_every_layer_has_its_number_of_rows_with_unique_ids(load: Callable[[], gpd.GeoDataFrame], count: int) -> None:
    layer = load()
    assert len(layer) == count
    assert layer.iloc[:, 0].is_unique
    assert layer.crs == GEOGRAPHIC_CRS


def test_total_area_is_the_official_one_within_three_tenths_of_a_percent() -> None:
    assert area_km2(load_parts()).sum() == pytest.approx(OFFICIAL_AREA_KM2, rel=0.003)


def test_population_adds_up_over_parts_and_municipalities() -> None:
    parts, municipalities = load_parts(), load_municipalities()
    assert int(parts["population_2014"].sum()) == POPULATION_2014
    assert int(municipalities["population_2014"].sum()) == POPULATION_2014
    sums = parts.groupby("code")["population_2014"].sum()
    assert sums.to_dict() == municipalities.set_index("code")["population_2014"].to_dict()


def test_the_six_divided_municipalities_have_thirteen_parts() -> None:
    parts = load_parts()
    sizes = parts.groupby("code").size()
    assert sizes[sizes > 1].to_dict() == {
        "01206": 3,
        "01208": 2,
        "01233": 2,
        "01346": 2,
        "01484": 2,
        "01601": 2,
    }
    undivided = parts[parts["code"].map(sizes) == 1]
    assert (undivided["part_id"] == undivided["code"]).all()
    assert (undivided["population_basis"] == "registry").all()


@pytest.mark.parametrize(("lon", "lat", "code"), ISLAND_POINTS.values(), ids=ISLAND_POINTS)
def test_island_lies_in_its_municipality(lon: float, lat: float, code: str) -> None:
    municipalities = load_municipalities()
    inside = municipalities.geometry.contains(shapely.Point(lon, lat))
    assert municipalities.loc[inside, "code"].tolist() == [code]


def test_habomai_is_apart_from_nemuro_and_counted_nowhere() -> None:
    parts, northern = load_parts(), load_northern_territories()
    assert set(northern["part_id"]) == {"habomai", "shikotan-kunashiri-etorofu"}
    assert not set(parts["part_id"]) & set(northern["part_id"])
    assert parts.total_bounds[2] < 145.82
    assert not parts.geometry.union_all().intersects(northern.geometry.union_all())


@pytest.mark.parametrize("load", (load_parts, load_municipalities), ids=("parts", "municipalities"))
def test_every_town_hall_lies_in_its_own_polygon(load: Callable[[], gpd.GeoDataFrame]) -> None:
    layer = load().to_crs(EQUAL_AREA_CRS)
    seats = gpd.GeoSeries.from_xy(layer["seat_lon"], layer["seat_lat"], crs=GEOGRAPHIC_CRS).to_crs(EQUAL_AREA_CRS)
    assert layer.geometry.contains(seats).all()


def test_sapporo_area_is_served_by_two_centres_and_every_other_by_one() -> None:
    centres = load_parts().groupby("area_id")["centre_id"].agg(lambda ids: set(ids))
    assert centres.pop("sapporo") == {"tasuku", "noikeru"}
    assert (centres.map(len) == 1).all()


def test_only_sapporo_city_is_tasukus() -> None:
    municipalities = load_municipalities()
    assert municipalities.loc[municipalities["centre_id"] == "tasuku", "name_ja"].tolist() == ["札幌市"]


def test_number_of_municipalities_of_each_centre_is_that_of_the_report() -> None:
    counts = load_municipalities().groupby("centre_id").size().to_dict()
    assert counts == {
        "tasuku": 1,
        "hiroba": 20,
        "suteppu": 18,
        "puren": 13,
        "daichi": 19,
        "hibiki": 24,
        "aozora": 18,
        "noikeru": 7,
        "kitanomachi": 15,
        "ikinuki": 26,
        "suteji": 18,
    }
    assert load_centre_territories()["centre_id"].tolist() == list(CENTRE_TERRITORIES)


@pytest.mark.parametrize(
    ("name", "area_id"),
    [
        ("幌加内町", "kamikawa_chubu"),
        ("幌延町", "soya"),
        ("八雲町", "kita_oshima_hiyama"),
        ("奥尻町", "minami_hiyama"),
        ("占冠村", "furano"),
        ("雨竜町", "naka_sorachi"),
        ("大空町", "hokumo"),
        ("佐呂間町", "emmon"),
        ("むかわ町", "higashi_iburi"),
        ("泊村", "shiribeshi"),
    ],
)
def test_municipality_near_an_areas_edge_is_in_the_official_area(name: str, area_id: str) -> None:
    municipalities = load_municipalities().set_index("name_ja")
    assert municipalities.loc[name, "area_id"] == area_id


def test_area_of_welfare_area_is_the_published_one_within_three_tenths_of_a_percent() -> None:
    """The secondary medical areas have the same members; their areas are published (MHLW, as of 2023-09-01)."""
    published_km2 = {
        "minami_oshima": 2670.63,
        "minami_hiyama": 1423.38,
        "kita_oshima_hiyama": 2473.77,
        "sapporo": 3540.15,
        "shiribeshi": 4305.88,
        "minami_sorachi": 2562.25,
        "naka_sorachi": 2162.07,
        "kita_sorachi": 1067.29,
        "nishi_iburi": 1356.70,
        "higashi_iburi": 2340.34,
        "hidaka": 4811.13,
    }
    measured = area_km2(load_welfare_areas().set_index("area_id"))
    assert measured[list(published_km2)].to_dict() == pytest.approx(published_km2, rel=0.003)


def interpolate(first: float, first_year: float, last: float, last_year: float) -> float:
    """Interpolate a population geometrically to the start of 2014."""
    return float(first * (last / first) ** ((2014 - first_year) / (last_year - first_year)))


def test_population_of_parts_follows_from_the_counts_its_source_names() -> None:
    def carry(count: float, year: float) -> float:
        return float(count * np.exp(-0.028 * (2014 - year)))

    expected = {
        "01206-akan": interpolate(6401, 2005.75, 4314, 2021.25),
        "01206-onbetsu": interpolate(2760, 2005.75, 1997, 2016.25),
        "01484-teuri-yagishiri": interpolate(366, 2012.25, 273, 2021.75) + interpolate(327, 2007.42, 207, 2017.25),
        "01208-tokoro": carry(4889, 2006.16),
        "01233-otaki": carry(1518, 2006.0),
        "01346-kumaishi": carry(3463, 2005.75),
        "01601-hidaka": carry(14730 - 12755, 2005.85),
    }
    people = load_parts().set_index("part_id")["population_2014"]
    assert people[list(expected)].to_dict() == pytest.approx(expected, abs=1)


def test_only_mori_is_machi_and_every_village_is_mura() -> None:
    kana = load_municipalities().set_index("name_ja")["name_kana"]
    assert kana[kana.str.endswith("まち")].to_dict() == {"森町": "もりまち"}
    assert kana[kana.index.str.endswith("村")].str.endswith("むら").all()
    assert kana[kana.index.str.endswith("市")].str.endswith("し").all()


def test_loaders_return_copies() -> None:
    first = load_parts()
    first["population_2014"] = 0
    assert int(load_parts()["population_2014"].sum()) == POPULATION_2014


def test_dissolving_does_not_depend_on_the_order_of_parts() -> None:
    parts, table = load_parts(), read_municipality_table()
    shuffled = parts.sample(frac=1, random_state=np.random.default_rng(0))
    one = dissolve_regions(parts, table, "code", name="test")
    other = dissolve_regions(shuffled, table, "code", name="test")
    assert one.geometry.geom_equals(other.geometry).all()


def test_dissolving_refuses_a_table_that_lacks_a_region() -> None:
    parts, table = load_parts(), read_municipality_table()
    with pytest.raises(DataError, match="differs from the parts'"):
        dissolve_regions(parts, table.iloc[1:], "code", name="test")


def test_area_is_that_on_the_ellipsoid_not_in_degrees() -> None:
    square = shapely.segmentize(shapely.box(142.0, 43.0, 142.5, 43.5), 0.001)
    geodesic_m2, _ = Geod(ellps="GRS80").geometry_area_perimeter(square)
    assert area_km2(gpd.GeoSeries([square], crs=GEOGRAPHIC_CRS)).iloc[0] == pytest.approx(geodesic_m2 / 1e6, rel=1e-6)


def test_area_without_a_crs_is_refused() -> None:
    with pytest.raises(DataError, match="no CRS"):
        area_km2(gpd.GeoSeries([shapely.box(0, 0, 1, 1)]))


@pytest.fixture
def boundaries_copy(tmp_path: Path) -> Path:
    """Return a directory with a copy of the shipped files, to break."""
    for path in BOUNDARIES_DIR.iterdir():
        shutil.copy(path, tmp_path / path.name)
    return tmp_path


def replace_in(path: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def change_feature(path: Path, part_id: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change one feature of the GeoJSON file in place."""
    collection = json.loads(path.read_text(encoding="utf-8"))
    feature = next(f for f in collection["features"] if f["properties"]["part_id"] == part_id)
    change(feature)
    path.write_text(json.dumps(collection), encoding="utf-8")


def test_unbroken_copy_loads(boundaries_copy: Path) -> None:
    pd.testing.assert_frame_equal(pd.DataFrame(read_parts(boundaries_copy)), pd.DataFrame(load_parts()))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("municipalities.csv", "01202,函館市", "01100,函館市", "line 3, column code: '01100'"),
        ("municipalities.csv", "01202,函館市", "1202,函館市", "five-digit municipality code"),
        ("municipalities.csv", "01202,函館市", "12025,函館市", "five-digit municipality code"),
        ("municipalities.csv", "name_kana", "kana", "column name_kana is missing"),
        ("municipalities.csv", "274485", "274486", "adds up to 5,463,046, expected 5,463,045"),
        ("municipalities.csv", "274485", "many", "many"),
        ("municipalities.csv", ",minami_oshima,", ",oshima,", "'oshima'"),
        ("municipalities.csv", ",tasuku,", ",たすく,", "たすく"),
        ("municipalities.csv", "はこだてし", "函館し", "hiragana"),
        ("welfare_areas.csv", "sapporo", "shiribeshi", "area_id: 'shiribeshi'"),
        ("municipality_parts.csv", "01206-akan", "01206-onbetsu", "part_id: '01206-onbetsu'"),
        ("municipality_parts.csv", ",5188,", ",5189,", "parts of 01206 have 180,161 people"),
        ("municipality_parts.csv", "42.8898,143.9313", "42.8898,143.4", "seat of 釧路市音別"),
        ("municipality_parts.csv", "42.8898,143.9313", "143.9313,42.8898", "a latitude in Hokkaido"),
        ("municipality_parts.csv", "registry", "guess", "'guess'"),
        ("municipality_parts.geojson", '"part_id":"01202"', '"part_id":"01203"', "'01203' occurs more than once"),
        ("municipality_parts.geojson", '"part_id":"01202"', '"id":"01202"', "property part_id is missing"),
        ("municipality_parts.geojson", '"part_id":"01202"', '"part_id":"01299"', "01299"),
        ("municipality_parts.geojson", '"code":"01202"', '"code":"01203"', "code of '01202' differs"),
        ("municipality_parts.geojson", "EPSG::6668", "EPSG::6680", "expected EPSG:6668"),
        ("municipality_parts.geojson", '"FeatureCollection"', '"FeatureCollection', "not the expected GeoJSON"),
        ("municipality_parts.geojson", '"MultiPolygon"', '"MultiPoint"', "polygon of '01100' is broken"),
        ("municipality_parts.geojson", "EPSG::6668", "EPSG::0", "not the expected GeoJSON"),
    ],
)
def test_broken_file_is_refused_with_file_and_value(
    boundaries_copy: Path, file: str, old: str, new: str, message: str
) -> None:
    replace_in(boundaries_copy / file, old, new)
    with pytest.raises((DataError, InputError), match=message) as caught:
        read_parts(boundaries_copy)
    assert file in str(caught.value)


def test_missing_row_is_refused(boundaries_copy: Path) -> None:
    path = boundaries_copy / "municipalities.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(DataError, match="178 rows, expected 179"):
        read_parts(boundaries_copy)


def test_missing_file_is_refused(boundaries_copy: Path) -> None:
    (boundaries_copy / "municipality_parts.geojson").unlink()
    with pytest.raises(ReadFileError, match=r"municipality_parts\.geojson"):
        read_parts(boundaries_copy)


def test_self_crossing_polygon_is_refused(boundaries_copy: Path) -> None:
    bow_tie = {"type": "Polygon", "coordinates": [[[141, 43], [142, 44], [142, 43], [141, 44], [141, 43]]]}
    path = boundaries_copy / "municipality_parts.geojson"
    change_feature(path, "01100", lambda feature: feature.update(geometry=bow_tie))
    with pytest.raises(DataError, match="polygon of '01100' is broken"):
        read_parts(boundaries_copy)


def test_missing_polygon_is_refused(boundaries_copy: Path) -> None:
    path = boundaries_copy / "municipality_parts.geojson"
    change_feature(path, "01100", lambda feature: feature.update(geometry=None))
    with pytest.raises(DataError, match="polygon of '01100' is broken \\(no geometry\\)"):
        read_parts(boundaries_copy)


def test_overlap_of_neighbours_is_refused(boundaries_copy: Path) -> None:
    def grow(feature: dict[str, Any]) -> None:
        shape = shapely.geometry.shape(feature["geometry"]).buffer(0.01)
        feature["geometry"] = shapely.geometry.mapping(shape)

    change_feature(boundaries_copy / "municipality_parts.geojson", "01100", grow)
    with pytest.raises(DataError, match="overlap or do not share their edges"):
        read_parts(boundaries_copy)


@needs_reversejp
def test_make_script_gives_the_bytes_of_the_shipped_file(tmp_path: Path) -> None:
    parts = collect_parts(read_member(find_extension()))
    path = tmp_path / "municipality_parts.geojson"
    write_geojson(parts, make_coverage(parts), path)
    assert path.read_bytes() == (BOUNDARIES_DIR / path.name).read_bytes()


@needs_reversejp
def test_english_names_are_those_of_the_meteorological_agency() -> None:
    properties = [feature["properties"] for feature in read_member(find_extension())]
    published = {p["code"][:5]: p["enName"].split(", ")[-1] for p in properties if p["code"].startswith("01")}
    assert load_municipalities().set_index("code")["name_en"].to_dict() == published


def test_comparison_with_itself_is_perfect_though_sapporo_is_in_wards(tmp_path: Path) -> None:
    ours = load_municipalities()[["code", "geometry"]].rename(columns={"code": "N03_007"})
    is_sapporo = ours["N03_007"] == "01100"
    sapporo = ours.loc[is_sapporo, "geometry"].iloc[0]
    west, south, east, north = sapporo.bounds
    middle = (west + east) / 2
    halves = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    wards = gpd.GeoDataFrame(
        {"N03_007": ["01101", "01110"]},
        geometry=[sapporo.intersection(half) for half in halves],
        crs=ours.crs,
    )
    northern = load_northern_territories().assign(N03_007=["01223", "01696"])[["N03_007", "geometry"]]
    path = tmp_path / "reference.geojson"
    reference = pd.concat([ours[~is_sapporo], wards, northern], ignore_index=True).to_crs("EPSG:4326")
    reference.to_file(path, driver="GeoJSON")

    comparison = compare_boundaries(path)

    assert list(comparison.columns) == ["code", "name", "iou", "area_km2", "reference_area_km2", "ratio"]
    assert len(comparison) == 179
    assert comparison["iou"].min() > 0.9999
    assert comparison["ratio"].between(0.9999, 1.0001).all()
    assert "179 municipalities: IoU median 1.0000" in summarise_comparison(comparison)


def test_comparison_refuses_a_reference_that_lacks_a_municipality(tmp_path: Path) -> None:
    ours = load_municipalities()[["code", "geometry"]].rename(columns={"code": "N03_007"})
    path = tmp_path / "reference.geojson"
    ours.iloc[1:].to_file(path, driver="GeoJSON")
    with pytest.raises(InputError, match="lacks \\['01100'\\]"):
        compare_boundaries(path)


def test_comparison_refuses_a_file_without_codes(tmp_path: Path) -> None:
    path = tmp_path / "reference.geojson"
    load_welfare_areas().to_file(path, driver="GeoJSON")
    with pytest.raises(InputError, match="expected a column N03_007"):
        compare_boundaries(path)


def test_comparison_refuses_an_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "reference.geojson"
    path.write_text("nothing", encoding="utf-8")
    with pytest.raises(ReadFileError, match="cannot be read as polygons"):
        compare_boundaries(path)
