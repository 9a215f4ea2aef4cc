"""Downloads from a server on this machine; nothing here touches the internet."""

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from geo.errors import InputError, ReadFileError
from geo.osm import store
from geo.osm.build import build_network
from geo.osm.fetch import download
from geo.osm.graphs import download_ways, parse_bbox
from tests.osm_files import write_osm
from ui.cli import main

CONTENT = bytes(range(256)) * 4000


class Server:
    """What the server serves and how it behaves, and what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"/x.pbf": CONTENT, "/x.pbf.md5": self.md5(CONTENT)}
        self.cut_at: int | None = None
        self.takes_ranges = True
        self.requests: list[tuple[str, str | None]] = []
        self.url = ""

    @staticmethod
    def md5(content: bytes) -> bytes:
        return hashlib.md5(content, usedforsecurity=False).hexdigest().encode() + b"  x.pbf\n"


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.requests.append((self.path, wanted))
            content = state.files.get(self.path.split("?")[0])
            if content is None:
                self.send_error(404)
                return
            begin = int(wanted[6:].rstrip("-")) if wanted and state.takes_ranges else 0
            if begin >= len(content) > 0:
                self.send_error(416)
                return
            self.send_response(206 if begin else 200)
            self.send_header("Content-Length", str(len(content) - begin))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            end = state.cut_at if state.cut_at is not None and self.path.endswith(".pbf") else len(content)
            self.wfile.write(content[begin:end])

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{http.server_port}"
    yield state
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_file_is_downloaded_checked_and_not_downloaded_twice(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    target = download(f"{server.url}/x.pbf", tmp_path / "d" / "x.pbf", lambda done, total: seen.append((done, total)))
    assert target.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in target.parent.iterdir()] == ["x.pbf"]
    server.requests.clear()
    download(f"{server.url}/x.pbf", target)
    assert [path for path, _ in server.requests] == ["/x.pbf.md5"]


def test_a_broken_connection_is_resumed_where_it_stopped(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "x.pbf"
    server.cut_at = 300_000
    with pytest.raises(ReadFileError, match=r"300,000 of 1,024,000 bytes|no connection"):
        download(f"{server.url}/x.pbf", target)
    assert not target.exists()
    assert (tmp_path / "x.pbf.part").stat().st_size == 300_000
    server.cut_at = None
    assert download(f"{server.url}/x.pbf", target).read_bytes() == CONTENT
    assert server.requests[-1] == ("/x.pbf", "bytes=300000-")


def test_a_server_without_ranges_is_asked_for_the_whole_file(server: Server, tmp_path: Path) -> None:
    server.cut_at = 1000
    with pytest.raises(ReadFileError):
        download(f"{server.url}/x.pbf", tmp_path / "x.pbf")
    server.cut_at, server.takes_ranges = None, False
    assert download(f"{server.url}/x.pbf", tmp_path / "x.pbf").read_bytes() == CONTENT


def test_a_part_that_is_whole_already_is_taken(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x.pbf.part").write_bytes(CONTENT)
    (tmp_path / "x.pbf.part.md5").write_bytes(Server.md5(CONTENT)[:32])
    assert download(f"{server.url}/x.pbf", tmp_path / "x.pbf").read_bytes() == CONTENT
    assert server.requests[-1][1] == f"bytes={len(CONTENT)}-"


def test_a_part_of_another_edition_is_not_continued(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x.pbf.part").write_bytes(b"older edition")
    (tmp_path / "x.pbf.part.md5").write_text("0" * 32)
    assert download(f"{server.url}/x.pbf", tmp_path / "x.pbf").read_bytes() == CONTENT
    assert server.requests[-1] == ("/x.pbf", None)


def test_a_wrong_checksum_removes_the_download_and_keeps_the_old_file(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "x.pbf"
    target.write_bytes(b"old but good")
    server.files["/x.pbf.md5"] = Server.md5(b"something else")
    with pytest.raises(ReadFileError, match="published is"):
        download(f"{server.url}/x.pbf", target)
    assert target.read_bytes() == b"old but good"
    assert not (tmp_path / "x.pbf.part").exists()


def test_a_page_instead_of_a_checksum_is_refused(server: Server, tmp_path: Path) -> None:
    server.files["/x.pbf.md5"] = b"<html>maintenance</html>"
    with pytest.raises(ReadFileError, match="not a checksum"):
        download(f"{server.url}/x.pbf", tmp_path / "x.pbf")


def test_a_missing_file_is_explained(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ReadFileError, match="answered 404"):
        download(f"{server.url}/y.pbf", tmp_path / "y.pbf")
    assert list(tmp_path.iterdir()) == []


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["roads", "fetch", *arguments])


def test_without_a_connection_the_command_says_what_to_do(
    closed_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(store.HOME_VARIABLE, str(tmp_path))
    result = run("--url", f"http://127.0.0.1:{closed_port}/hokkaido-latest.osm.pbf")
    assert result.exit_code == 1
    assert "no connection" in result.output
    assert "roads import" in result.output
    assert "Traceback" not in result.output
    assert run("--url", "ftp://example.invalid/x").exit_code == 1


def test_the_command_downloads_and_imports(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(store.HOME_VARIABLE, str(tmp_path / "home"))
    osm = write_osm(tmp_path / "t.osm", [("abc", {"highway": "trunk"})]).read_bytes()
    server.files |= {"/t.osm": osm, "/t.osm.md5": Server.md5(osm)}
    result = run("--url", f"{server.url}/t.osm", "--name", "t")
    assert result.exit_code == 0, result.output
    assert store.stored_names() == ["t"]
    assert (tmp_path / "home" / "downloads" / "t.osm").is_file()


OVERPASS = {
    "elements": [
        {"type": "node", "id": 1, "lat": 42.90, "lon": 143.20},
        {"type": "node", "id": 2, "lat": 42.90, "lon": 143.21},
        {"type": "node", "id": 3, "lat": 42.91, "lon": 143.21, "tags": {"barrier": "bollard"}},
        {"type": "node", "id": 4, "lat": 42.92, "lon": 143.21},
        {"type": "way", "id": 10, "nodes": [1, 2], "tags": {"highway": "trunk", "ref": "38", "maxspeed": "50"}},
        {"type": "way", "id": 11, "nodes": [2, 3, 4], "tags": {"highway": "residential"}},
    ]
}


def test_a_box_comes_from_overpass_with_the_tags_that_the_rules_read(server: Server) -> None:
    server.files["/api/interpreter"] = json.dumps(OVERPASS).encode()
    box = parse_bbox("143.1,42.8,143.3,43.0")
    ways, source = download_ways("hokkaido", bbox=box, overpass_url=f"{server.url}/api")
    built = build_network(ways, "hokkaido")
    assert list(built.edges["road_no"]) == ["R38", ""]
    assert built.counts["km_not_connected"] == pytest.approx(1.11, abs=0.01)  # what lies beyond the bollard
    assert built.edges["summer_min"].iloc[0] > built.edges["length_km"].iloc[0] / 50 * 60 - 1e-9
    assert built.counts["blocking_barriers"] == 1
    assert source.name.startswith("Overpass: 143.1")


def test_without_overpass_the_reason_is_given(closed_port: int) -> None:
    with pytest.raises(ReadFileError, match="cannot reach"):
        download_ways("hokkaido", bbox=(143.1, 42.8, 143.3, 43.0), overpass_url=f"http://127.0.0.1:{closed_port}/api")
    with pytest.raises(ReadFileError, match="cannot reach"):
        download_ways("hokkaido", place="余市町", nominatim_url=f"http://127.0.0.1:{closed_port}/")


def test_an_empty_box_is_refused(server: Server) -> None:
    server.files["/api/interpreter"] = b'{"elements": []}'
    with pytest.raises(InputError, match="no roads were found"):
        download_ways("hokkaido", bbox=(143.1, 42.8, 143.3, 43.0), overpass_url=f"{server.url}/api")


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "143,42,141,43", "141,43,143,42", "200,1,201,2", "nan,1,2,3", ""])
def test_a_box_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="W,S,E,N"):
        parse_bbox(text)


def test_only_one_source_at_a_time() -> None:
    result = run("--place", "余市町", "--bbox", "1,2,3,4")
    assert result.exit_code == 1
    assert "only one" in result.output


def test_a_place_needs_a_name_so_that_hokkaido_is_not_replaced_by_mistake() -> None:
    result = run("--place", "余市町")
    assert result.exit_code == 1
    assert "--name NAME" in result.output
