from pathlib import Path

import pytest

from analysis.models.parameters import OutOfRangeWarning, Parameters, load_parameters, read_overrides
from geo.errors import DataError, InputError
from tests.models_case import VALUES, case_parameters, parameter_lines, write_parameters


@pytest.fixture
def parameters(tmp_path: Path) -> Parameters:
    return case_parameters(tmp_path)


def test_the_table_is_read_with_its_ranges_and_sources(parameters: Parameters) -> None:
    entry = next(e for e in parameters.entries if e.name == "vehicle_cost_jpy_per_km")
    assert (entry.value, entry.low, entry.high, entry.unit) == (40, 20, 50, "JPY/km")
    assert parameters["contact_duration_min"] == 60
    assert parameters.provenance()["share_ict"] == {"value": 0.4, "unit": "share", "basis": "assumption", "source": ""}
    assert list(parameters.to_frame()["name"]) == list(VALUES)


@pytest.mark.parametrize(
    ("name", "row", "found"),
    [
        ("share_ict", "share_ict,0.4,share,0.5,0.6,assumption,,,", "0.4 is not within 0.5 to 0.6"),
        ("share_ict", "share_ict,0.4,share,0.2,1.2,assumption,,,", "reaches 1.2"),
        ("share_ict", "share_ict,40,percent,20,60,assumption,,,", "'percent', expected 'share'"),
        ("share_ict", "share_ict,0.4,share,0.2,0.6,published,,,", "names no source"),
        ("share_ict", "share_ict,some,share,0.2,0.6,assumption,,,", "'some'"),
        ("visits_per_trip", "visits_per_trip,2,visits/trip,0,3,assumption,,,", "expected more than 0"),
        ("share_ict", "share_icd,0.4,share,0.2,0.6,assumption,,,", "share_ict is missing"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, name: str, row: str, found: str) -> None:
    lines = parameter_lines()
    lines[list(VALUES).index(name)] = row
    with pytest.raises(DataError, match=found):
        load_parameters(write_parameters(tmp_path / "wrong.csv", lines))


def test_overrides_replace_values_and_say_so(parameters: Parameters) -> None:
    changed = parameters.with_overrides({"vehicle_cost_jpy_per_km": 45}, where="mine.toml")
    assert (changed["vehicle_cost_jpy_per_km"], parameters["vehicle_cost_jpy_per_km"]) == (45, 40)
    assert changed.overridden == ("vehicle_cost_jpy_per_km",)
    assert changed.provenance()["vehicle_cost_jpy_per_km"] == {
        "value": 45.0,
        "unit": "JPY/km",
        "basis": "user",
        "source": "mine.toml",
    }


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("vehicle_cost", 45, "parameter 'vehicle_cost' is unknown"),
        ("share_ict", 1.5, "expected a share from 0 to 1"),
        ("share_ict", "many", "expected a number of 0 or more"),
        ("share_ict", -0.1, "expected a number of 0 or more"),
        ("share_ict", float("nan"), "expected a number of 0 or more"),
        ("share_ict", True, "expected a number of 0 or more"),
        ("visits_per_trip", 0, "must be above 0"),
    ],
)
def test_a_wrong_override_is_refused(parameters: Parameters, name: str, value: object, found: str) -> None:
    with pytest.raises(InputError, match=found):
        parameters.with_overrides({name: value}, where="mine.toml")


def test_a_value_outside_its_range_is_taken_with_a_warning(parameters: Parameters) -> None:
    with pytest.warns(OutOfRangeWarning, match=r"vehicle_cost_jpy_per_km = 90 .* outside its range 20 to 50"):
        changed = parameters.with_overrides({"vehicle_cost_jpy_per_km": 90}, where="mine.toml")
    assert changed["vehicle_cost_jpy_per_km"] == 90


def test_overrides_are_read_from_csv_and_toml(tmp_path: Path, parameters: Parameters) -> None:
    (tmp_path / "mine.csv").write_text("name,value\nshare_ict,0.3\n", encoding="utf-8")
    (tmp_path / "mine.toml").write_text("share_ict = 0.3\n", encoding="utf-8")
    (tmp_path / "table.toml").write_text("[parameters]\nshare_ict = 0.3\n", encoding="utf-8")
    for name in ("mine.csv", "mine.toml", "table.toml"):
        values = read_overrides(tmp_path / name)
        assert parameters.with_overrides(values, where=name)["share_ict"] == 0.3
    (tmp_path / "wrong.toml").write_text("share_ict = \n", encoding="utf-8")
    with pytest.raises(InputError, match="not readable TOML"):
        read_overrides(tmp_path / "wrong.toml")
    (tmp_path / "wrong.csv").write_text("name,value\nshare_ict,some\n", encoding="utf-8")
    with pytest.raises(InputError, match="'some'"):
        parameters.with_overrides(read_overrides(tmp_path / "wrong.csv"), where="wrong.csv")
