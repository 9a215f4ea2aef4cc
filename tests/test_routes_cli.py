import io
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from geo.roads import load_network
from ui.cli import main

R336 = load_network().edges.index[load_network().edges["road_no"] == "R336"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(path.read_bytes()), encoding="utf-8-sig")


def test_a_route_is_named_by_its_roads_and_written_with_its_settings(tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    result = run("route", "--from", "dohoku", "--to", "01219", "--out", out)
    assert result.exit_code == 0, result.output
    assert "国道239号" in result.output
    assert "status: reached" in result.output
    table = read(out)
    meta = json.loads((tmp_path / "r.csv.meta.json").read_text(encoding="utf-8"))
    assert table["length_km"].sum() <= meta["control_totals"]["length_km"]
    assert meta["settings"]["status"] == "reached"


def test_a_route_over_the_sea_says_what_the_ferry_means() -> None:
    result = run("route", "--from", "ikinuki", "--to", "01519", "--season", "winter")
    assert "2 便" in result.output
    assert "same-day visit to the island" in result.output


def test_a_route_between_coordinates() -> None:
    result = run("route", "--from", "43.9210,144.6710", "--to", "43.8080,143.8940")
    assert result.exit_code == 0, result.output
    assert "reached" in result.output


@pytest.mark.parametrize(("place", "message"), [("nowhere", "nowhere"), ("144.671,43.921", "swapped"), ("1,", "1,")])
def test_a_place_that_is_none_is_refused(place: str, message: str) -> None:
    result = run("route", "--from", place, "--to", "01219")
    assert result.exit_code == 1
    assert message in result.output


def test_closures_name_who_is_cut_off(tmp_path: Path) -> None:
    closed = [part for edge in R336 for part in ("--close", edge)]
    out = tmp_path / "c.csv"
    result = run("closures", *closed, "--out", out)
    assert result.exit_code == 0, result.output
    table = read(out).set_index("name_ja")
    assert table.loc["えりも町", "status"] == "no_route"
    assert table["population"].sum() > table.loc["えりも町", "population"] > 0
    assert run("route", "--from", "suteji", "--to", "01609", *closed).output.startswith("status: no")


def test_closures_without_a_section_or_with_an_unknown_one_are_refused() -> None:
    assert run("closures").exit_code == 2
    unknown = run("closures", "--close", "nowhere")
    assert unknown.exit_code == 1
    assert "nowhere" in unknown.output


def test_sections_are_listed_by_road(tmp_path: Path) -> None:
    assert str(R336[0]) in run("sections", "--road", "R336").output
    assert run("sections", "--road", "R0").exit_code == 1
    out = tmp_path / "s.csv"
    assert run("sections", "--out", out).exit_code == 0
    assert len(read(out)) == len(load_network().edges)


def test_isochrones_are_written_as_polygons_with_their_sources(tmp_path: Path) -> None:
    out = tmp_path / "i.geojson"
    result = run("isochrones", "--centre", "okhotsk", "--within-min", "60", "--within-min", "120", "--out", out)
    assert result.exit_code == 0, result.output
    frame = gpd.read_file(out)
    assert frame["limit_min"].tolist() == [60, 120]
    assert frame["area_km2"].is_monotonic_increasing
    assert json.loads((tmp_path / "i.geojson.meta.json").read_text(encoding="utf-8"))["settings"]["centre"] == "aozora"
    assert run("isochrones", "--centre", "nowhere", "--out", out).exit_code == 1
    assert run("isochrones", "--out", tmp_path / "i.txt").exit_code == 1


def test_coverage_with_a_closed_road_reaches_fewer(tmp_path: Path) -> None:
    people = []
    for name, closed in (("open", []), ("closed", [part for edge in R336 for part in ("--close", edge)])):
        out = tmp_path / f"{name}.csv"
        assert run("coverage", *closed, "--out", out).exit_code == 0
        people.append(read(out).set_index("region_id").loc["hokkaido", "people_no_route"])
    assert people[0] < people[1]
