from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from geo.errors import DataError, InputError
from geo.roads import RoadNetwork, load_network
from geo.roads_check import (
    HALVES,
    chain_km,
    compare_journeys,
    compare_lengths,
    compare_routes,
    journey_half,
    load_journeys,
    summarise_error,
    summarise_journeys,
    summarise_lengths,
)
from ui.cli import main

HEADER = "route,from,to,km\n"
JOURNEYS = "from_code,to_code,tolls,km,minutes,source,note\n"
LENGTHS = "length_id,road_no,from_name,to_name,nodes,published_km,kind,source,note\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_chain_keeps_to_its_road_and_off_toll_roads(toy: RoadNetwork) -> None:
    assert chain_km(toy, ["a", "c"], "R1") == pytest.approx(50)
    assert chain_km(toy, ["a", "b", "e"], "R1/D2") == pytest.approx(40)


def test_a_chain_over_the_sea_has_no_length_and_an_unknown_node_is_named(toy: RoadNetwork) -> None:
    assert chain_km(toy, ["a", "d"], "R1") != chain_km(toy, ["a", "d"], "R1")  # NaN
    with pytest.raises(InputError, match="node 'zz' is not in the network"):
        chain_km(toy, ["a", "zz"], "R1")


def test_the_ratio_is_ours_over_the_published_length(tmp_path: Path) -> None:
    reference = tmp_path / "routes.csv"
    reference.write_text(HEADER + "国道334号,斜里,ウトロ,10\n国道334号,斜里,ウトロ,100\n", encoding="utf-8")
    routes = compare_routes(load_network(), reference)
    assert 33 < routes["ours_km"].iloc[0] < 41
    assert routes["ratio"].tolist() == pytest.approx([routes["ours_km"][0] / 10, routes["ours_km"][0] / 100])


def test_a_place_without_a_path_is_named_with_its_line(tmp_path: Path) -> None:
    reference = tmp_path / "routes.csv"
    reference.write_text(HEADER + "国道1号,東京,大阪,500\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"routes\.csv, line 2: no path for 東京-大阪"):
        compare_routes(load_network(), reference)


@pytest.mark.parametrize(("km", "exit_code"), [("36.9", 0), ("100", 1)])
def test_the_check_fails_when_a_length_is_over_15_per_cent_off(tmp_path: Path, km: str, exit_code: int) -> None:
    pytest.importorskip("scgraph_data", reason="installed by make test")
    reference = tmp_path / "routes.csv"
    reference.write_text(f"{HEADER}国道334号,斜里,ウトロ,{km}\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["roads", "check", "--reference", str(reference)])
    assert result.exit_code == exit_code, result.output
    assert ("over 15 % off" in result.output) == bool(exit_code)


def test_a_chain_takes_toll_roads_only_if_told_to(toy: RoadNetwork) -> None:
    assert chain_km(toy, ["a", "c"], "E1", tolls=True) == pytest.approx(40)
    assert chain_km(toy, ["a", "c"], "E1") == pytest.approx(50)


def test_journeys_are_compared_with_and_without_tolls(toy_towns: RoadNetwork, tmp_path: Path) -> None:
    rows = "01100,01203,yes,50,,page,\n01100,01203,no,40,75,page,\n01203,01202,no,,24,page,\n"
    journeys = compare_journeys(toy_towns, write(tmp_path / "journeys.csv", JOURNEYS + rows))
    assert journeys["tolls"].tolist() == ["no", "no", "yes"]
    assert journeys["ours_km"].tolist() == pytest.approx([50, 20, 40])
    assert journeys["min_error"].tolist() == pytest.approx([60 / 75 - 1, 30 / 24 - 1, float("nan")], nan_ok=True)
    assert journeys["km_error"].tolist() == pytest.approx([0.25, float("nan"), -0.2], nan_ok=True)
    long, short = journey_half("01203", "01100"), journey_half("01202", "01203")
    assert journeys["half"].tolist() == [long, short, long]


def test_the_summary_is_by_half_and_tolls(toy_towns: RoadNetwork, tmp_path: Path) -> None:
    rows = "01100,01203,yes,50,,page,\n01100,01203,no,40,75,page,\n"
    summary = summarise_journeys(compare_journeys(toy_towns, write(tmp_path / "journeys.csv", JOURNEYS + rows)))
    half = journey_half("01100", "01203")
    other = next(name for name in HALVES if name != half)
    assert f"journeys, {half} half, tolls no, km: 1, bias +25.0%, median |error| 25.0%" in summary
    assert f"journeys, {half} half, tolls all, km: 2, bias +2.5%, median |error| 22.5%" in summary
    assert f"journeys, {half} half, tolls yes, minutes: none" in summary
    assert f"journeys, {other} half, tolls all, km: none" in summary


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1100,01203,no,40,75,page,", r"line 2, column from_code: '1100' \(expected: a municipality code"),
        ("01100,01203,maybe,40,75,page,", r"line 2, column tolls: 'maybe' \(expected: yes or no"),
        ("01100,01203,no,about 40,75,page,", r"line 2, column km: 'about 40' \(expected: a number above 0, or empty"),
        ("01100,01203,no,0,75,page,", r"line 2, column km: '0' \(expected: a number above 0"),
        ("01100,01203,no,,,page,", r"line 2.*kilometres, minutes or both"),
        ("01100,01203,no,40,75,,", r"line 2, column source: '' \(expected: not empty"),
    ],
)
def test_a_bad_journey_is_named_with_line_column_and_value(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataError, match=rf"journeys\.csv: .*{message}"):
        load_journeys(write(tmp_path / "journeys.csv", f"{JOURNEYS}{row}\n"))


def test_a_journey_from_no_town_hall_is_named(toy_towns: RoadNetwork, tmp_path: Path) -> None:
    path = write(tmp_path / "journeys.csv", JOURNEYS + "01100,01203,no,40,75,page,\n01100,01999,no,40,75,page,\n")
    with pytest.raises(DataError, match="line 3: '01999' is the code of no town hall"):
        compare_journeys(toy_towns, path)


def test_lengths_of_toll_roads_and_others_and_whose_they_are(toy: RoadNetwork, tmp_path: Path) -> None:
    rows = (
        "toll,E1,甲,丙,a c,50,official,page,\n"
        "own,R1,甲,丙,a b c,40,published,page,\n"
        "free,R1,乙,丙,b c,25,official,page,\n"
        "sea,F1,丙,丁,c d,33,published,page,\n"
    )
    lengths = compare_lengths(toy, write(tmp_path / "lengths.csv", LENGTHS + rows))
    assert lengths["ours_km"].tolist() == pytest.approx([40, 50, 20, float("nan")], nan_ok=True)
    assert lengths["error"].tolist() == pytest.approx([-0.2, 0.25, -0.2, float("nan")], nan_ok=True)
    assert lengths["own_share"].tolist() == pytest.approx([0, 0.6, 0, float("nan")], nan_ok=True)
    summary = summarise_lengths(lengths)
    assert "lengths, independent, official: 2, bias -20.0%, median |error| 20.0%" in summary
    assert "lengths, partly published, published: 1, bias +25.0%" in summary
    assert "lengths without a way: sea" in summary


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("x,R1,甲,丙,a zz,50,official,page,\n", r"line 2, column nodes: 'zz' is not a node of the network toy"),
        ("x,R1,甲,丙,a,50,official,page,\n", r"line 2, column nodes: 'a' \(expected: two or more node ids"),
        ("x,R1,甲,丙,a c,-5,official,page,\n", r"line 2, column published_km: -5\.0 \(expected: a number above 0"),
        ("x,R1,甲,丙,a c,far,official,page,\n", r"column published_km: 'far'"),
        ("x,R1,甲,丙,a c,50,guess,page,\n", r"line 2, column kind: 'guess' \(expected: official or published"),
        ("x,road 1,甲,丙,a c,50,official,page,\n", r"line 2, column road_no: 'road 1' \(expected: R5 or R5/D9"),
        ("x,R1,甲,丙,a c,50,official,,\n", r"line 2, column source: '' \(expected: not empty"),
        ("x,R1,甲,丙,a c,50,official,p,\nx,R1,甲,乙,a b,30,official,p,\n", r"column length_id: 'x'"),
    ],
)
def test_a_bad_length_is_named_with_its_line(toy: RoadNetwork, tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(DataError, match=rf"lengths\.csv.*{message}"):
        compare_lengths(toy, write(tmp_path / "lengths.csv", LENGTHS + rows))


def test_the_summary_of_errors_leaves_out_the_unknown() -> None:
    assert summarise_error(pd.Series([0.1, -0.1, 0.3, float("nan")])) == (
        "3, bias +10.0%, median |error| 10.0%, 90 % within 26.0%"
    )
    assert summarise_error(pd.Series([float("nan")])) == "none"


def test_the_published_lengths_of_the_repository_have_a_way() -> None:
    lengths = compare_lengths(load_network())
    assert len(lengths) >= 10
    assert lengths["ours_km"].notna().all()
