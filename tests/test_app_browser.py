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
from playwright.sync_api import Browser, FrameLocator, Page, Request, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
REQUIRED = os.environ.get("NAKAPOTSU_REQUIRE_BROWSER") == "1"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not REQUIRED, reason="no Chromium: apt-get install chromium fonts-noto-cjk"
    ),
]

# The demand units are drawn first, before borders and centres.
PLACE_PATHS = "path.leaflet-interactive"

LAUNCH_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app as ``make app`` does and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "ui.cli", "app", "--port", str(port)]
    log = tmp_path_factory.mktemp("app") / "log.txt"
    url = f"http://localhost:{port}"
    with log.open("wb") as output, subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output) as server:
        try:
            wait_until_healthy(url, server, log)
            yield url
        finally:
            server.terminate()


def wait_until_healthy(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            assert server.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.5)
    raise TimeoutError(log.read_text(encoding="utf-8"))


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
    expect(map_frame(opened).locator(PLACE_PATHS).nth(185)).to_be_attached(timeout=30_000)
    yield opened
    opened.close()


def map_frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='streamlit_folium.st_folium']")


def settle(page: Page) -> None:
    """Wait until the script has run and the map stands."""
    page.wait_for_timeout(300)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)
    page.wait_for_timeout(300)


def metric(page: Page, label: str) -> int:
    value = page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue").inner_text()
    return int(re.sub(r"\D", "", value))


def choose(page: Page, label: str) -> None:
    page.get_by_test_id("stSidebar").get_by_text(label, exact=True).click()
    settle(page)


def download(page: Page, label: str, path: Path) -> bytes:
    with page.expect_download() as event:
        page.get_by_role("button", name=label).click()
    event.value.save_as(path)
    return path.read_bytes()


def test_the_page_is_japanese_and_asks_nothing_of_the_internet(page: Page, outside: list[str]) -> None:
    expect(page.get_by_role("heading", name="なかぽつ")).to_be_visible()
    expect(map_frame(page).locator(".nakapotsu-legend")).to_contain_text("片道の所要時間")
    for view in ("圏域・センター別の集計", "自分の地点で計算", "出典と仮定", "地図と一覧", "冬（荒天の日）", "90"):
        choose(page, view)
    assert outside == []


def test_winter_and_a_lower_limit_put_more_people_over_it(page: Page) -> None:
    summer = metric(page, "限度を超える人口")
    choose(page, "冬（通常の冬の日）")
    winter = metric(page, "限度を超える人口")
    choose(page, "60")
    assert 0 < summer < winter < metric(page, "限度を超える人口")


def test_the_legend_follows_an_own_limit(page: Page) -> None:
    choose(page, "自由")
    page.get_by_label("限度を入力（分）").fill("100")
    page.get_by_label("限度を入力（分）").press("Enter")
    settle(page)
    expect(map_frame(page).locator(".nakapotsu-legend")).to_contain_text("＞100–130 分")


def test_one_centre_shows_its_own_places_only(page: Page) -> None:
    people = metric(page, "人口（2014年）")
    choose(page, "センター")
    assert metric(page, "人口（2014年）") < people
    assert 0 < map_frame(page).locator(PLACE_PATHS).count() < 186


def test_a_click_on_the_map_shows_the_row_of_the_place(page: Page) -> None:
    map_frame(page).locator(PLACE_PATHS).nth(20).click(force=True)
    expect(page.get_by_text("地域資源（報告書 2014 年度）")).to_be_visible(timeout=10_000)
    expect(page.get_by_text("経路（センターから）")).to_be_visible()


def test_a_second_click_on_the_same_place_is_answered_after_another_choice(page: Page) -> None:
    heading = page.get_by_test_id("stMain").locator("h3").last
    map_frame(page).locator(PLACE_PATHS).nth(20).click(force=True)
    expect(page.get_by_text("経路（センターから）")).to_be_visible(timeout=10_000)
    first = heading.inner_text()
    map_frame(page).locator(PLACE_PATHS).nth(100).click(force=True)
    expect(heading).not_to_have_text(first, timeout=10_000)
    map_frame(page).locator(PLACE_PATHS).nth(20).click(force=True)
    expect(heading).to_have_text(first, timeout=10_000)


def test_the_language_is_switched_there_and_back_with_every_choice_kept(page: Page) -> None:
    choose(page, "冬（通常の冬の日）")
    choose(page, "圏域")
    people = metric(page, "人口（2014年）")
    choose(page, "English")
    expect(map_frame(page).locator(".nakapotsu-legend")).to_contain_text("One-way travel time・Winter")
    assert metric(page, "Residents (2014)") == people
    for view in ("Coverage by area and centre", "Your own points", "Sources and assumptions", "Map and lists"):
        choose(page, view)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    choose(page, "日本語")
    assert metric(page, "人口（2014年）") == people
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(map_frame(page).locator(".nakapotsu-legend")).to_contain_text("冬")
    groups = page.get_by_test_id("stSidebar").get_by_role("radiogroup")
    assert groups.count() >= 6
    for number in range(groups.count()):
        expect(groups.nth(number).get_by_role("radio", checked=True)).to_have_count(1)


def test_the_table_opens_in_excel_and_the_map_opens_offline(
    page: Page, browser: Browser, tmp_path: Path, outside: list[str]
) -> None:
    table = download(page, "表をダウンロード（CSV・Excel で開けます）", tmp_path / "t.csv")
    assert table.startswith(b"\xef\xbb\xbf")
    assert len(table.decode("utf-8-sig").splitlines()) == 187
    download(page, "地図をダウンロード", tmp_path / "map.html")
    offline = browser.new_context(offline=True).new_page()
    asked: list[str] = []
    offline.on("request", lambda request: asked.append(request.url))
    offline.goto((tmp_path / "map.html").as_uri())
    expect(offline.locator(PLACE_PATHS).nth(185)).to_be_attached(timeout=10_000)
    expect(offline.locator(".nakapotsu-legend")).to_be_visible()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert outside == []
    offline.close()


def test_tiles_are_asked_for_only_when_the_base_map_is_switched_on(page: Page, outside: list[str]) -> None:
    assert outside == []
    choose(page, "地理院地図を重ねる（インターネットが必要）")
    page.wait_for_timeout(2000)
    assert outside
    assert all(url.startswith("https://cyberjapandata.gsi.go.jp/") for url in outside)


def test_the_land_within_reach_replaces_the_colours_of_the_places(page: Page) -> None:
    choose(page, "到達圏（等時線・土地ごと）")
    legend = map_frame(page).locator(".nakapotsu-legend")
    expect(legend).to_contain_text("最も近いセンターからの到達圏")
    first = map_frame(page).locator("path.leaflet-interactive").first
    expect(first).to_have_attribute("fill-opacity", "0")


def test_the_three_seasons_stand_side_by_side_and_get_worse(page: Page, outside: list[str]) -> None:
    choose(page, "夏・冬・荒天を並べる")
    maps = page.locator("iframe[srcdoc]")
    expect(maps).to_have_count(3)
    expect(maps.nth(2).content_frame.locator(PLACE_PATHS).nth(185)).to_be_attached(timeout=15_000)
    people = [int(re.sub(r"\D", "", text)) for text in page.get_by_test_id("stMetricValue").all_inner_texts()]
    assert 0 < people[0] < people[1] < people[2]
    assert outside == []


def test_a_click_on_a_road_closes_it_and_a_second_click_opens_it(page: Page) -> None:
    choose(page, "経路と通行止め")
    roads = map_frame(page).locator(".leaflet-roads-pane path.leaflet-interactive")
    expect(roads.nth(1000)).to_be_attached(timeout=15_000)
    expect(page.get_by_text("所要時間", exact=True)).to_be_visible()
    roads.nth(700).dispatch_event("click")
    tags = page.get_by_test_id("stMultiSelect").get_by_role("button", name=re.compile("^Remove"), include_hidden=True)
    expect(tags).to_have_count(1, timeout=10_000)
    expect(page.get_by_text("行けなくなる人口")).to_be_visible()
    choose(page, "地図と一覧")
    expect(page.get_by_test_id("stAlert")).to_contain_text("通行止めにした区間")
    choose(page, "経路と通行止め")
    expect(tags).to_have_count(1)
    expect(roads.nth(1000)).to_be_attached(timeout=15_000)
    for count in (0, 1, 0):  # on the very same spot
        roads.nth(700).dispatch_event("click")
        expect(tags).to_have_count(count, timeout=10_000)


def test_a_road_that_is_typed_in_closes_one_section_and_not_all_that_look_alike(page: Page) -> None:
    choose(page, "経路と通行止め")
    box = page.get_by_test_id("stMultiSelect")
    box.get_by_role("combobox").fill("国道232号")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("国道232号")
    for text in options.all_inner_texts():
        assert "国道232号" in text
    page.keyboard.press("Enter")
    tags = box.get_by_role("button", name=re.compile("^Remove"), include_hidden=True)
    expect(tags).to_have_count(1, timeout=10_000)


def test_a_route_between_coordinates_and_a_wrong_one(page: Page) -> None:
    choose(page, "経路と通行止め")
    page.get_by_test_id("stSelectbox").filter(has_text="出発").locator("input").fill("緯度経度で指定")
    page.keyboard.press("Enter")
    settle(page)
    field = page.get_by_label("出発の緯度・経度")
    field.fill("43.9210, 144.6710")
    field.press("Enter")
    settle(page)
    expect(page.get_by_text("国道39号").first).to_be_attached()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    field.fill("144.6710, 43.9210")
    field.press("Enter")
    settle(page)
    expect(page.get_by_test_id("stAlert")).to_contain_text("swapped")


def test_the_models_stand_side_by_side_with_a_map_each_and_say_how_sure_they_are(
    page: Page, outside: list[str], tmp_path: Path
) -> None:
    choose(page, "5 つのモデルの比較")
    maps = page.get_by_test_id("stVegaLiteChart")
    expect(maps).to_have_count(8, timeout=20_000)  # today, five models, two plans of the report for Dohoku
    expect(maps.nth(7).locator("canvas, svg").first).to_be_visible(timeout=20_000)
    table = download(page, "指標の表（CSV）", tmp_path / "m.csv").decode("utf-8-sig")
    assert "difference_from_today" in table
    assert "dohoku-report" in table
    page.get_by_text("仮定と順位の確かさ", exact=True).click()
    expect(page.get_by_text("順位の 1 位は").first).to_be_visible(timeout=20_000)
    page.get_by_text("自分の案を比較に入れる").click()
    settle(page)
    expect(maps).to_have_count(9, timeout=20_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    choose(page, "English")
    expect(maps).to_have_count(9, timeout=20_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert outside == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,lat\n1,43\n", "column lon is missing"),
        (b"", "the file is empty"),
        (b"id,lat,lon\nx,141.35,43.06\n", "lat and lon are swapped"),
        (b"id,lat,lon\nx,43.5,140.2\n", "lies in the sea"),
        ("id,lat,lon\n名寄,44.356,142.4632\n".encode("cp932"), None),
    ],
)
def test_own_points_are_computed_or_refused_with_a_message(page: Page, content: bytes, message: str | None) -> None:
    choose(page, "自分の地点で計算")
    files = [{"name": "own.csv", "mimeType": "text/csv", "buffer": content}]
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(files)  # type: ignore[arg-type]
    settle(page)
    if message is None:
        expect(page.get_by_role("button", name="表をダウンロード")).to_be_visible()
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
    else:
        expect(page.get_by_test_id("stAlert")).to_contain_text(message)
        expect(page.get_by_test_id("stAlert")).to_contain_text("own.csv")


# Figures of st.metric of which a part is hidden behind an ellipsis.
CUT_OFF = """() => [...document.querySelectorAll('[data-testid=stMetric] *')]
    .filter(e => getComputedStyle(e).textOverflow === 'ellipsis' && e.scrollWidth > e.clientWidth + 1)
    .filter(e => getComputedStyle(e.querySelector('p') ?? e).whiteSpace === 'nowrap')
    .map(e => e.innerText)"""


@pytest.mark.parametrize(
    ("language", "views", "mix"),
    [
        ("日本語", ("地図と一覧", "夏・冬・荒天を並べる", "経路と通行止め", "拠点と組み合わせ"), "最適な組み合わせ"),
        ("English", ("Map and lists", "Seasons side by side", "Routes and closures", "Sites and mix"), "Best mix"),
    ],
)
def test_no_figure_is_cut_off_on_a_small_screen(page: Page, language: str, views: tuple[str, ...], mix: str) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    choose(page, language)
    for view in views:
        choose(page, view)
        if view == views[2]:
            roads = map_frame(page).locator(".leaflet-roads-pane path.leaflet-interactive")
            expect(roads.nth(1000)).to_be_attached(timeout=15_000)
            roads.nth(700).dispatch_event("click")
            expect(page.get_by_test_id("stMetric")).to_have_count(6, timeout=10_000)
        if view == views[3]:
            page.get_by_test_id("stMain").get_by_text(mix, exact=True).click()
            settle(page)
        expect(page.get_by_test_id("stMetric").first).to_be_visible()
        assert page.evaluate(CUT_OFF) == [], view


def test_the_winter_and_the_summer_sites_are_drawn_and_a_click_tests_a_candidate(
    page: Page, outside: list[str]
) -> None:
    choose(page, "拠点と組み合わせ")
    expect(map_frame(page).locator("path").nth(186)).to_be_attached(timeout=15_000)
    tags = page.get_by_test_id("stMultiSelect").get_by_role("button", name=re.compile("^Remove"), include_hidden=True)
    before = tags.count()
    map_frame(page).locator(".leaflet-container").click(position={"x": 230, "y": 300})
    expect(tags).to_have_count(before + 1, timeout=10_000)
    page.get_by_test_id("stMain").get_by_text("拠点の配置", exact=True).click()
    settle(page)
    page.get_by_test_id("stMain").get_by_text("冬と夏", exact=True).click()
    maps = page.get_by_test_id("stVegaLiteChart")
    expect(maps).to_have_count(2, timeout=20_000)
    expect(maps.nth(1).locator("canvas, svg").first).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert outside == []
