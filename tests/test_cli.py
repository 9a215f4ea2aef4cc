import io
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from geo.roads import SEASONS
from ui.cli import main

GOOD = "id,lat,lon\nsapporo,43.0621,141.3544\nnayoro,44.3560,142.4632\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(path.read_bytes()), dtype={"municipality_code": str}, encoding="utf-8-sig")


def test_coverage_prints_the_areas_and_writes_them_with_sources(tmp_path: Path) -> None:
    out = tmp_path / "c.csv"
    result = run("coverage", "--season", "winter", "--threshold-min", "90", "--out", out)
    assert result.exit_code == 0, result.output
    assert "北渡島檜山" in result.output
    assert "people_in=5,463,045, people_out_areas=5,463,045" in result.output
    table = read(out)
    assert len(table) == 33
    assert set(table["threshold_min"]) == {90}
    assert set(table["season"]) == {"winter"}
    assert (tmp_path / "c.csv.meta.json").is_file()


def test_times_writes_the_whole_table(tmp_path: Path) -> None:
    out = tmp_path / "t.csv"
    assert run("times", "--out", out).exit_code == 0
    table = read(out)
    assert ",".join(table.columns) == (
        "municipality_code,municipality_name,centre_id,centre_name,season,tolls,status,travel_min,length_km"
    )
    assert len(table) == 179 * 11 * len(SEASONS) * 2
    assert "01202" in set(table["municipality_code"])


def test_matrix_has_the_stated_columns_and_says_what_access_costs(tmp_path: Path) -> None:
    points, out = tmp_path / "p.csv", tmp_path / "m.csv"
    points.write_text(GOOD, encoding="utf-8")
    result = run("matrix", "--origins", points, "--destinations", points, "--season", "summer", "--out", out)
    assert result.exit_code == 0, result.output
    assert "30 km/h" in result.output
    table = read(out)
    assert ",".join(table.columns) == "origin_id,destination_id,status,travel_min,length_km"
    assert len(table) == 4


def test_matrix_reads_shift_jis(tmp_path: Path) -> None:
    points, out = tmp_path / "p.csv", tmp_path / "m.csv"
    points.write_bytes(GOOD.replace("nayoro", "名寄").encode("cp932"))
    assert run("matrix", "--origins", points, "--destinations", points, "--out", out).exit_code == 0
    assert set(read(out)["origin_id"]) == {"sapporo", "名寄"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,lat\n1,43\n", "column lon is missing"),
        ("", "the file is empty"),
        (GOOD + "sapporo,43,141.3\n", "occurs more than once"),
        ("id,lat,lon\nx,141.35,43.06\n", "swapped"),
        ("id,lat,lon\nx,43.5,140.2\n", "in the sea"),
        ("id,lat,lon\nx,35.7,139.7\n", "outside Hokkaido"),
    ],
)
def test_bad_points_are_refused_in_one_line_and_nothing_is_written(tmp_path: Path, text: str, message: str) -> None:
    points, out = tmp_path / "p.csv", tmp_path / "m.csv"
    points.write_text(text, encoding="utf-8")
    result = run("matrix", "--origins", points, "--destinations", points, "--out", out)
    assert result.exit_code == 1
    assert message in result.output
    assert "p.csv" in result.output
    assert "Traceback" not in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["p.csv"]


def test_an_output_of_an_unknown_kind_is_refused_before_the_work(tmp_path: Path) -> None:
    result = run("coverage", "--out", tmp_path / "c.pdf")
    assert result.exit_code == 1
    assert ".csv or .xlsx" in result.output


def test_data_check_prints_the_control_totals() -> None:
    result = run("data", "check")
    assert result.exit_code == 0, result.output
    assert "people in units: 5,463,045" in result.output
    assert "179 municipalities, 21 welfare areas, 11 centre territories" in result.output


@pytest.mark.parametrize("arguments", [("--threshold-min", "nan"), ("--threshold-min", "inf"), ("--as-of", "1999")])
def test_a_senseless_number_is_refused(arguments: tuple[str, str]) -> None:
    result = run("coverage", *arguments)
    assert result.exit_code == 2
    assert "Invalid value" in result.output


def test_a_missing_folder_is_named_before_the_work(tmp_path: Path) -> None:
    result = run("times", "--out", tmp_path / "no" / "t.csv")
    assert result.exit_code == 1
    assert "the folder does not exist" in result.output


def test_the_options_on_tolls_and_year_reach_the_result(tmp_path: Path) -> None:
    points = tmp_path / "p.csv"
    points.write_text("id,lat,lon\nsapporo,43.0621,141.3544\nasahikawa,43.7707,142.3648\n", encoding="utf-8")
    minutes = {}
    for name, options in {"all": (), "free": ("--no-tolls",)}.items():
        out = tmp_path / f"{name}.csv"
        assert run("matrix", "--origins", points, "--destinations", points, *options, "--out", out).exit_code == 0
        minutes[name] = read(out)["travel_min"].max()
    assert minutes["free"] > minutes["all"] + 20
    farthest = {}
    for name, options in {"all": (), "free": ("--no-tolls",), "old": ("--as-of", "2014")}.items():
        out = tmp_path / f"c_{name}.csv"
        assert run("coverage", *options, "--out", out).exit_code == 0
        farthest[name] = read(out).set_index("region_id")["farthest_min"]["hidaka"]
    assert farthest["free"] > farthest["all"] + 5
    assert farthest["old"] > farthest["all"] + 5


def test_coverage_prints_land_and_the_places_of_each_region() -> None:
    result = run("coverage")
    assert "km²" in result.output
    line = next(line for line in result.output.splitlines() if line.startswith("  根室"))
    assert "羅臼町" in line
    assert "根室市" in line
