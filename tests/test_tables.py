import pytest

from geo.errors import InputError
from geo.tables import decode_text, parse_csv

COLUMNS = ("id", "lat", "lon")


def parse(text: str, encoding: str = "utf-8") -> list[list[str]]:
    return parse_csv(text.encode(encoding), name="O.csv", columns=COLUMNS).to_numpy().tolist()


def test_codes_keep_their_leading_zeros() -> None:
    assert parse("id,lat,lon\n01100,43.0,141.3\n") == [["01100", "43.0", "141.3"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_utf8_with_and_without_bom_and_shift_jis_are_read(encoding: str) -> None:
    assert parse("id,lat,lon\n名寄,44.3,142.4\n", encoding) == [["名寄", "44.3", "142.4"]]


def test_a_missing_column_is_named_with_what_was_found() -> None:
    with pytest.raises(InputError, match=r"O\.csv: .*column lon is missing\. Found id,lat,long; expected id,lat,lon"):
        parse("id,lat,long\n1,43,141\n")


@pytest.mark.parametrize(("text", "message"), [("", "the file is empty"), ("id,lat,lon\n", "no data row")])
def test_an_empty_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_other_encodings_are_refused_with_the_remedy(encoding: str) -> None:
    with pytest.raises(InputError, match="Save it as CSV in UTF-8"):
        decode_text("id,lat,lon\n名寄".encode(encoding), name="O.csv")


def test_capitals_and_blanks_in_the_header_do_not_matter() -> None:
    assert parse(" ID ,Lat,LON\n1,43,141\n") == [["1", "43", "141"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,lat,lon,lat\n1,43,141,44\n", "column lat occurs more than once"),
        ("id,lat,lon\n1,43,141,9\n", "line 2 has 4 cells"),
        ("id,lat,lon\n\n1,43,141\n2,43,141,9\n", "line 4 has 4 cells"),
    ],
)
def test_an_ambiguous_table_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(text)


def test_euc_jp_is_not_taken_for_shift_jis() -> None:
    with pytest.raises(InputError, match="neither UTF-8 nor Shift_JIS"):
        parse("id,lat,lon\n名寄市,44.3,142.4\n", "euc_jp")


def test_a_workbook_is_refused_with_the_remedy() -> None:
    with pytest.raises(InputError, match="Excel workbook: save it as CSV"):
        decode_text(b"PK\x03\x04rest", name="O.xlsx")
