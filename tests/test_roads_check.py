from pathlib import Path

import pytest
from click.testing import CliRunner

from geo.errors import InputError
from geo.roads import RoadNetwork, load_network
from geo.roads_check import chain_km, compare_routes
from ui.cli import main

HEADER = "route,from,to,km\n"


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
