import json
import re

import numpy as np
import pandas as pd
import pytest

from analysis.overview import Scenario
from geo.maps import GSI_ATTRIBUTION, inline_assets, map_html
from geo.travel_classes import class_index, travel_classes
from ui.travel_map import make_map

HTML = map_html(make_map(Scenario(), "ja", basemap=False)).decode()


def classes_of(minutes: list[float], limit: float) -> list[int]:
    status = pd.Series(["no_route" if np.isnan(m) else "reached" for m in minutes])
    return class_index(pd.Series(minutes), status, limit).tolist()


def test_the_limit_itself_is_within_and_anything_more_is_over() -> None:
    classes = travel_classes(120, minutes_word="min", unreached_label="none")
    at, above = classes_of([120.0, 120.0001], 120)
    assert not classes[at].is_over
    assert classes[above].is_over


@pytest.mark.parametrize("limit", [10, 45, 60, 90, 120, 200, 600])
def test_every_time_falls_in_a_class_on_the_right_side_of_any_limit(limit: float) -> None:
    classes = travel_classes(limit, minutes_word="min", unreached_label="none")
    minutes = [0.0, limit / 2, limit, limit + 1, limit + 45, limit + 600]
    for value, index in zip(minutes, classes_of(minutes, limit), strict=True):
        assert classes[index].is_over == (value > limit)


def test_a_place_without_a_route_has_the_last_class() -> None:
    classes = travel_classes(120, minutes_word="min", unreached_label="none")
    assert classes[classes_of([float("nan")], 120)[0]].is_unreached


def test_the_saved_map_asks_nothing_of_the_internet() -> None:
    loaded = re.findall(r'(?:src|href)\s*=\s*"(?!data:)([^"]+)"', HTML)
    assert loaded == []
    assert "tileLayer" not in HTML
    scripts, styles = inline_assets()
    assert all(uri in HTML for _, uri in (*scripts, *styles))


def test_images_of_the_style_sheet_are_inlined() -> None:
    import base64

    css = base64.b64decode(dict(inline_assets()[1])["leaflet_css"].split(",", 1)[1]).decode()
    assert "url(images/" not in css
    assert "url(data:image/png" in css


def test_the_map_carries_all_places_and_the_base_map_only_when_asked() -> None:
    assert HTML.count('"part_id"') == 186
    with_tiles = map_html(make_map(Scenario(), "ja", basemap=True)).decode()
    assert "cyberjapandata.gsi.go.jp" in with_tiles
    assert json.dumps(GSI_ATTRIBUTION) in with_tiles
