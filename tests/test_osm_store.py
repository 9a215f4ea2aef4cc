import json
from pathlib import Path

import networkx as nx
import osmium
import osmnx as ox
import pyrosm
import pytest
from click.testing import CliRunner, Result
from geopandas.testing import assert_geodataframe_equal

from analysis.overview import Scenario, overview
from analysis.provenance import describe
from geo.errors import DataError, InputError, ReadFileError
from geo.networks import network_names, open_network
from geo.osm import store
from geo.osm.build import build_network
from geo.osm.importer import import_file
from geo.osm.reader import read_ways
from geo.routing import build_graph
from scripts.make_test_pbf import make_test_pbf
from tests.osm_files import write_osm
from ui.cli import main

HELSINKI = Path(pyrosm.get_data("helsinki_pbf"))
ROAD = {"highway": "trunk", "ref": "38"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(store.HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_osm(tmp_path / "small.osm", [("abc", ROAD), ("ch", {"highway": "residential"})])


@pytest.fixture(scope="session")
def island(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hokkaido in small: the shipped network and small grids, as a PBF."""
    path = tmp_path_factory.mktemp("pbf") / "hokkaido.osm.pbf"
    make_test_pbf(path, 45_000, step_m=500.0)
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_imported_network_is_kept_with_its_source_and_read_again(small: Path, home: Path) -> None:
    manifest = import_file(small, "small", "hokkaido")
    assert sorted(path.name for path in (home / "roads" / "small").iterdir()) == [
        "edges.parquet",
        "manifest.json",
        "nodes.parquet",
    ]
    assert manifest == json.loads((home / "roads/small/manifest.json").read_text(encoding="utf-8"))
    assert manifest["licence"].startswith("ODbL")
    assert manifest["source"]["bytes"] == small.stat().st_size
    assert len(manifest["source"]["sha256"]) == 64
    assert manifest["settings"]["region"] == "hokkaido"
    assert {"osmium", "geopandas", "pyarrow"} <= set(manifest["made_with"])
    network = open_network("small")
    assert (network.name, network.version) == ("small", manifest["version"])
    assert network is open_network("small")
    built = build_network(read_ways(small, "hokkaido"), "hokkaido")
    assert_geodataframe_equal(network.edges, built.edges)
    assert_geodataframe_equal(network.nodes, built.nodes)
    shipped = open_network()
    for column in shipped.edges.columns.drop("geometry"):
        assert network.edges[column].dtype == shipped.edges[column].dtype, column
    assert build_graph(network, "winter").node_count == len(network.nodes)
    assert describe(network, {}, [], {})["roads"] == {
        "name": "small",
        "version": manifest["version"],
        "file": "small.osm",
        "sha256": manifest["source"]["sha256"],
        "data_date": "",
        "imported_at": manifest["imported_at"],
        "licence": store.LICENCE,
    }


def test_importing_again_replaces_the_network_and_the_same_file_has_the_same_version(
    small: Path, tmp_path: Path
) -> None:
    first = import_file(small, "x", "hokkaido")
    old = open_network("x")
    assert import_file(small, "x", "hokkaido")["version"] == first["version"]
    import_file(write_osm(tmp_path / "b.osm", [("abcde", ROAD)]), "x", "hokkaido")
    assert open_network("x") != old
    assert len(open_network("x").edges) == 1
    assert network_names() == ["embedded", "x"]


def broken_files(folder: Path) -> dict[str, tuple[Path, str]]:
    content = HELSINKI.read_bytes()
    made = {
        "truncated.osm.pbf": (content[: len(content) // 2], "not readable to the end"),
        "text.osm.pbf": (b"this is no map\n" * 100, "not readable to the end"),
        "garbled.osm.pbf": (content[:20_000] + bytes(5_000) + content[25_000:], "not readable to the end"),
        "empty.osm.pbf": (b"", "the file is empty"),
        "page.osm": (b"<html><body>404</body></html>", "not readable to the end"),
        "cut.osm": (b'<?xml version="1.0"?><osm version="0.6"><node id="1" lat="43"', "not readable to the end"),
        "empty.graphml": (b"", "the file is empty"),
        "text.graphml": (b"no graph", "not GraphML as OSMnx saves it"),
    }
    for name, (bytes_, _) in made.items():
        (folder / name).write_bytes(bytes_)
    return {name: (folder / name, message) for name, (_, message) in made.items()}


@pytest.mark.parametrize(
    "name",
    [
        "truncated.osm.pbf",
        "text.osm.pbf",
        "garbled.osm.pbf",
        "empty.osm.pbf",
        "page.osm",
        "cut.osm",
        "empty.graphml",
        "text.graphml",
    ],
)
def test_a_broken_file_is_refused_and_the_old_network_stays(name: str, small: Path, tmp_path: Path, home: Path) -> None:
    import_file(small, "x", "anywhere")
    before = files(home)
    path, message = broken_files(tmp_path)[name]
    result = run("roads", "import", path, "--name", "x", "--anywhere")
    assert result.exit_code == 1
    assert message in result.output
    assert name in result.output
    assert "Traceback" not in result.output
    assert files(home) == before


def test_a_pbf_without_roads_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=1, location=(143.2, 42.9), tags={"place": "town"}))
    result = run("roads", "import", path)
    assert result.exit_code == 1
    assert "no road that a car may drive" in result.output


def test_another_region_is_refused_unless_wanted(home: Path) -> None:
    result = run("roads", "import", HELSINKI, "--name", "helsinki")
    assert result.exit_code == 1
    assert "wrong region" in result.output
    assert not (home / "roads").exists()
    result = run("roads", "import", HELSINKI, "--name", "helsinki", "--anywhere")
    assert result.exit_code == 0, result.output
    assert "control total" in result.output
    assert len(open_network("helsinki").edges) > 300


@pytest.mark.parametrize("lacking", ["x", "highway", "oneway"])
def test_graphml_that_lacks_what_is_needed_is_refused(lacking: str, tmp_path: Path) -> None:
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node, (lon, lat) in enumerate([(143.2, 42.9), (143.21, 42.9)], start=1):
        graph.add_node(node, x=lon, y=lat, street_count=1)
    for start, end in ((1, 2), (2, 1)):
        graph.add_edge(start, end, osmid=7, highway="trunk", oneway=False, reversed=start == 2, length=800.0)
    good, bad = tmp_path / "good.graphml", tmp_path / "bad.graphml"
    ox.io.save_graphml(graph, good)
    assert import_file(good, "good", "hokkaido")["counts"]["edges"] == 1
    for _, data in graph.nodes(data=True):
        data.pop(lacking, None)
    for _, _, data in graph.edges(data=True):
        data.pop(lacking, None)
    ox.io.save_graphml(graph, bad)
    with pytest.raises(InputError, match=f"{lacking}"):
        import_file(bad, "bad", "hokkaido")
    assert network_names() == ["embedded", "good"]


def test_a_missing_file_an_unknown_name_and_a_bad_name_are_explained(small: Path, tmp_path: Path) -> None:
    with pytest.raises(ReadFileError, match="Check the path"):
        import_file(tmp_path / "no.osm.pbf", "x", "hokkaido")
    import_file(small, "small", "hokkaido")
    with pytest.raises(InputError, match="There are: embedded, small"):
        open_network("other")
    for name in ("embedded", "../x", "", "A", "x" * 41):
        with pytest.raises(InputError, match="not a name"):
            import_file(small, name, "hokkaido")


def test_opening_years_are_refused_where_there_are_none(small: Path) -> None:
    import_file(small, "small", "hokkaido")
    with pytest.raises(InputError, match="no opening years"):
        open_network("small", 2014)
    result = run("coverage", "--roads", "small", "--as-of", "2014")
    assert result.exit_code == 1
    assert "no opening years" in result.output


@pytest.mark.parametrize("table", ["nodes.parquet", "edges.parquet", "manifest.json"])
def test_a_spoilt_network_is_named(small: Path, home: Path, table: str) -> None:
    import_file(small, "x", "hokkaido")
    store._load_stored.cache_clear()
    path = home / "roads" / "x" / table
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="broken"):
        open_network("x")


def test_a_replacement_that_fails_brings_the_old_network_back(
    small: Path, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import_file(small, "x", "hokkaido")
    before = files(home)
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name.startswith(".x-") and not self.name.endswith("-old"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(ReadFileError, match="The old network is unchanged"):
        import_file(write_osm(tmp_path / "b.osm", [("abcde", ROAD)]), "x", "hokkaido")
    assert files(home) == before


def test_a_replacement_that_was_killed_half_way_is_undone(small: Path, home: Path) -> None:
    import_file(small, "x", "hokkaido")
    (home / "roads" / "x").rename(home / "roads" / ".x-old")
    assert len(open_network("x").edges) == 2


def test_every_command_takes_the_network(island: Path, tmp_path: Path) -> None:
    assert run("roads", "import", island).exit_code == 0
    listed = run("roads", "list").output
    assert "hokkaido" in listed
    assert "2026-01-01" in listed
    points = tmp_path / "p.csv"
    points.write_text("id,lat,lon\nsapporo,43.0621,141.3544\nnayoro,44.3560,142.4632\n", encoding="utf-8")
    out = tmp_path / "m.csv"
    result = run("matrix", "--origins", points, "--destinations", points, "--roads", "hokkaido", "--out", out)
    assert result.exit_code == 0, result.output
    meta = json.loads((tmp_path / "m.csv.meta.json").read_text(encoding="utf-8"))
    assert meta["roads"]["name"] == "hokkaido"
    assert meta["roads"]["sha256"] == store.read_manifest("hokkaido")["source"]["sha256"]
    result = run("coverage", "--roads", "hokkaido")
    assert result.exit_code == 0, result.output
    assert "people_in=5,463,045, people_out_areas=5,463,045" in result.output
    assert f"hokkaido {open_network('hokkaido').version}" in result.output


def test_on_the_generated_hokkaido_every_town_hall_is_reached_in_a_similar_time(island: Path) -> None:
    """The same roads as drawn, without their sinuosity (up to 1.22) and with no terrain but their shape: quicker."""
    import_file(island, "hokkaido", "hokkaido")
    ours, shipped = overview(Scenario(roads="hokkaido")), overview(Scenario())
    assert ours.people == shipped.people
    assert len(ours.unreached) == len(shipped.unreached) == 0
    ratio = ours.units["summer_min"] / shipped.units["summer_min"]
    assert 0.6 < ratio.quantile(0.1) < ratio.median() < 1 < ratio.quantile(0.9) * 1.1 < 1.3
    assert Scenario(roads="hokkaido") != Scenario()
