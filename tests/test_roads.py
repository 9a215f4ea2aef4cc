from pathlib import Path

import pytest

from geo.errors import DataError, InputError, ReadFileError
from geo.roads import RoadNetwork, load_network


def spoil(directory: Path, name: str, old: str, new: str) -> None:
    path = directory / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_driving_minutes_are_length_over_speed(toy: RoadNetwork) -> None:
    assert toy.edges.loc["ab", "summer_min"] == pytest.approx(30)
    assert toy.edges.loc["ab", "winter_min"] == pytest.approx(60)


def test_ferry_minutes_are_sailing_and_boarding_and_no_sailing_closes_it(toy: RoadNetwork) -> None:
    ferry = toy.edges.loc["cd"]
    assert ferry["summer_min"] == pytest.approx(80)
    assert not ferry["closed_in_summer"]
    assert ferry["closed_in_winter"]


def test_as_of_leaves_out_what_opened_later(toy_dir: Path) -> None:
    assert "ac" in load_network(toy_dir, as_of=2020).edges.index
    assert "ac" not in load_network(toy_dir, as_of=2019).edges.index


def test_a_shape_point_is_part_of_the_line(toy: RoadNetwork) -> None:
    assert list(toy.edges.geometry["ab"].coords) == [
        (143.0, 43.0),
        (143.1, 43.0),
        (143.2, 43.0),
        (143.3, 43.0),
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("edges", "ab,a,b", "ab,a,x", "edge ab, column to_node: node 'x' is not in nodes.csv"),
        ("edges", "ab,a,b", "ab,a,a", "both ends are the same node"),
        (
            "edges",
            "ab,a,b,R1,国道1号,national,30",
            "ab,a,b,R1,国道1号,national,-3",
            "line 2, column length_km: -3.0",
        ),
        ("edges", "国道1号,national,30", "国道1号,motorway,30", "motorway.*expected: one of expressway"),
        ("edges", "bc,b,c", "ab,b,c", "column edge_id"),
        ("edges", "143.1 43.0;", "143.1;", "edge ab: shape"),
        ("nodes", "a,seat,甲,143.0,43.0", "a,seat,甲,43.0,143.0", "line 2, column lon: 43.0"),
        ("ferries", "cd,丁航路", "xx,丁航路", "ferries.csv and the ferry rows of edges.csv differ in cd, xx"),
    ],
)
def test_a_spoilt_file_is_refused_with_place_and_value(
    toy_dir: Path, name: str, old: str, new: str, message: str
) -> None:
    spoil(toy_dir, name, old, new)
    with pytest.raises(DataError, match=message):
        load_network(toy_dir)


def test_a_missing_column_is_named(toy_dir: Path) -> None:
    spoil(toy_dir, "edges", "length_km,", "laenge_km,")
    with pytest.raises(InputError, match="column length_km is missing"):
        load_network(toy_dir)


def test_a_missing_file_is_named(toy_dir: Path) -> None:
    (toy_dir / "ferries.csv").unlink()
    with pytest.raises(ReadFileError, match=r"ferries\.csv: cannot be read"):
        load_network(toy_dir)
