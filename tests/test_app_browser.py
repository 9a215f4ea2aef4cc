"""The app in a headless Chromium, as a reader on a closed network sees it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, FrameLocator, Page, Request, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
REQUIRED = os.environ.get("NAKAPOTSU_REQUIRE_BROWSER") == "1"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no Chromium: apt-get install chromium fonts-noto-cjk"),
]

LAUNCH_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def app_url() -> Iterator[str]:
    """Start the app as ``make app`` does and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "ui.cli", "app", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    url = f"http://localhost:{port}"
    try:
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                    break
            except OSError:
                if server.poll() is not None:
                    raise RuntimeError(server.stdout.read().decode() if server.stdout else "") from None
                time.sleep(0.5)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None, "NAKAPOTSU_REQUIRE_BROWSER=1 but there is no Chromium"
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=CHROMIUM, args=LAUNCH_FLAGS)
        yield instance
        instance.close()


@pytest.fixture
def outside() -> list[str]:
    """The addresses outside this machine that the page asked for."""
    return []


@pytest.fixture
def page(browser: Browser, app_url: str, outside: list[str]) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1500, "height": 1000})

    def note(request: Request) -> None:
        if not re.match(r"(https?|wss?)://localhost[:/]|data:|blob:", request.url):
            outside.append(request.url)

    opened.on("request", note)
    opened.goto(app_url)
    expect(polygons(opened)).to_have_count(186, timeout=30_000)
    yield opened
    opened.close()


def map_frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='streamlit_folium.st_folium']")


def polygons(page: Page):  # type: ignore[no-untyped-def]
    return map_frame(page).locator("path.leaflet-interactive[fill='none'], path.leaflet-interactive[fill^='#']").filter(
        has_not=page.locator("nothing")
    )


def metric(page: Page, label: str) -> str:
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue").inner_text()


def choose(page: Page, label: str) -> None:
    page.get_by_test_id("stSidebar").get_by_text(label, exact=True).click()


def save(download: Download, path: Path) -> bytes:
    download.save_as(path)
    return path.read_bytes()


def test_the_page_is_japanese_and_asks_nothing_of_the_internet(page: Page, outside: list[str]) -> None:
    expect(page.get_by_role("heading", name="なかぽつ")).to_be_visible()
    expect(map_frame(page).locator(".nakapotsu-legend")).to_contain_text("片道の所要時間")
    for view in ("圏域・センター別の集計", "自分の地点で計算", "出典と精度", "地図と一覧"):
        choose(page, view)
        page.wait_for_timeout(1500)
    choose(page, "冬（通常の冬の日）")
    page.wait_for_timeout(1500)
    assert outside == []
