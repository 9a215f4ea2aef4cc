import pytest

from geo.errors import InputError
from geo.points import parse_points


def points(*rows: str) -> bytes:
    return ("id,lat,lon\n" + "\n".join(rows) + "\n").encode()


def test_points_keep_their_order_and_ids() -> None:
    found = parse_points(points("b,43.0621,141.3544", "a,44.3560,142.4632"), name="O.csv")
    assert found.index.tolist() == ["b", "a"]
    assert (found.iloc[0].x, found.iloc[0].y) == (141.3544, 43.0621)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x,141.3544,43.0621", r"line 3 \(id='x', lat='141.3544', lon='43.0621'\): .*lat and lon are swapped"),
        ("x,35.68,139.76", r"line 3 .*outside Hokkaido\. Expected lat 41\.2 to 45\.7"),
        ("x,43.5,140.2", r"line 3 .*lies in the sea"),
        ("x,北,141.35", r"line 3 \(id='x', lat='北'\): .*lat is not a number"),
        ("x,,141.35", r"line 3 .*lat is not a number"),
        ("ok,43.0621,141.3544", r"line 2 \(id='ok'\); line 3 \(id='ok'\): .*the id occurs more than once"),
        (",43.0621,141.3544", r"line 3 .*the id is empty"),
    ],
)
def test_a_bad_point_is_refused_with_its_row_value_and_remedy(row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_points(points("ok,43.0621,141.3544", row), name="O.csv")


def test_many_bad_rows_are_counted_and_not_all_listed() -> None:
    with pytest.raises(InputError, match=r"line 6 .* and 3 more"):
        parse_points(points(*(f"p{i},35,139.5" for i in range(8))), name="O.csv")


def test_a_point_on_a_small_island_is_land() -> None:
    assert len(parse_points(points("yagishiri,44.4330,141.4180"), name="O.csv")) == 1


def test_blank_lines_are_skipped_and_the_line_number_is_that_of_the_file() -> None:
    with pytest.raises(InputError, match=r"line 5 \(id='x'"):
        parse_points(points("ok,43.0621,141.3544", "", " , ,", "x,141.3544,43.0621"), name="O.csv")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_coordinate_that_is_not_finite_is_no_number(value: str) -> None:
    with pytest.raises(InputError, match="lat is not a number"):
        parse_points(points(f"x,{value},141.35"), name="O.csv")
