"""Downloading Hokkaido's extract from Geofabrik: resumed, checked, and put in place only when it is whole."""

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import cast

from geo.errors import InputError, ReadFileError

GEOFABRIK_URL = "https://download.geofabrik.de/asia/japan/hokkaido-latest.osm.pbf"
TIMEOUT_S = 60
_BLOCK_BYTES = 1 << 18
_AGENT = "nakapotsu (https://pypi.org/project/nakapotsu/)"

Progress = Callable[[int, int], None]


def _open(url: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    if not url.startswith(("https://", "http://")):
        raise InputError(
            f"{url}: http または https の URL ではありません。 / not an http or https address. Correct it."
        )
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT, **(headers or {})})
    try:
        return cast(HTTPResponse, urllib.request.urlopen(request, timeout=TIMEOUT_S))
    except urllib.error.HTTPError as error:
        error.close()
        raise _RefusedError(url, error.code) from error
    except (urllib.error.URLError, TimeoutError, HTTPException) as error:
        raise _no_connection(url, error) from error


class _RefusedError(ReadFileError):
    """The server answered with an error."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(
            f"{url}: サーバーの応答 {status}。 / the server answered {status}. Check the address, or download the file "
            "by hand and import it: nakapotsu roads import FILE.osm.pbf --name hokkaido."
        )
        self.status = status


def _no_connection(url: str, error: Exception) -> ReadFileError:
    reason = getattr(error, "reason", error)
    return ReadFileError(
        f"{url}: インターネットに接続できません。 / no connection ({reason}). What was downloaded is kept: run the "
        "command again to go on. Without internet, import a file: nakapotsu roads import FILE.osm.pbf --name hokkaido."
    )


def published_md5(url: str) -> str:
    """Read the checksum that the publisher gives beside a file (``URL.md5``).

    Raises
    ------
    ReadFileError
        If it cannot be had, or is no checksum.
    """
    with _open(f"{url}.md5") as response:
        text = response.read(1000).decode("ascii", errors="replace")
    match = re.match(r"([0-9a-fA-F]{32})\b", text.strip())
    if match is None:
        raise ReadFileError(
            f"{url}.md5: チェックサムではありません。 / not a checksum: {text[:40]!r}. Try again later."
        )
    return match[1].lower()


def download(url: str, target: Path, progress: Progress = lambda done, total: None) -> Path:
    """Download a file, going on where an earlier attempt stopped.

    Parameters
    ----------
    url
        Its address; ``URL.md5`` must hold its checksum.
    target
        Where to put it. Until it is whole it lies beside it as ``<name>.part``. A file that has the published checksum
        already is not downloaded again.
    progress
        Told the bytes that are there and the bytes in all (0 if the server does not say).

    Returns
    -------
    pathlib.Path
        The target.

    Raises
    ------
    ReadFileError
        If there is no internet, the server refuses, the connection breaks, or size or checksum are not the published
        ones. What stood at the target stays.
    """
    expected = published_md5(url)
    if target.is_file() and _md5(target) == expected:
        return target
    part = target.with_name(f"{target.name}.part")
    mark = target.with_name(f"{target.name}.part.md5")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # A part of another edition of the file must not be continued.
        if part.exists() and (not mark.is_file() or mark.read_text(encoding="ascii").strip() != expected):
            part.unlink()
        mark.write_text(expected, encoding="ascii")
        _fill(url, part, progress)
        found = _md5(part)
        if found != expected:
            part.unlink()
            raise ReadFileError(
                f"{url}: チェックサムが違います。 / the checksum is {found}, published is {expected}. The download was "
                "removed: run the command again."
            )
        part.replace(target)
        mark.unlink(missing_ok=True)
    except OSError as error:
        if isinstance(error, ReadFileError):
            raise
        raise ReadFileError(f"{target}: 書き込めません。 / cannot be written ({error.strerror or error}).") from error
    return target


def _fill(url: str, part: Path, progress: Progress) -> None:
    """Append to the part what is missing of it."""
    have = part.stat().st_size if part.exists() else 0
    try:
        response = _open(url, {"Range": f"bytes={have}-"} if have else None)
    except _RefusedError as error:
        if error.status == 416 and have:  # nothing is missing; the checksum decides
            return
        raise
    with response:
        resumed = response.status == 206
        length = int(response.headers.get("Content-Length") or 0)
        total = length + have if resumed and length else length
        done = have if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            while True:
                try:
                    block = response.read(_BLOCK_BYTES)
                except (OSError, HTTPException) as error:
                    raise _no_connection(url, error) from error
                if not block:
                    break
                file.write(block)
                done += len(block)
                progress(done, total)
    if total and done < total:
        raise ReadFileError(
            f"{url}: 途中で切れました（{done:,} / {total:,} バイト）。 / cut off at {done:,} of {total:,} bytes. "
            "Run the command again to go on."
        )


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
