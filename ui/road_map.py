"""The map of the roads on which the reader closes sections."""

import folium

from analysis.overview import Scenario
from geo.boundaries import load_parts
from geo.maps import TravelMapText, draw_base_map
from geo.road_maps import draw_roads
from ui.closures import section_details, section_labels
from ui.text import Language, word


def make_road_map(scenario: Scenario, language: Language, *, basemap: bool) -> folium.Map:
    """Draw the roads of a scenario. The map depends on roads, season, region and language, not on what is closed."""
    network = scenario.network()
    parts = load_parts()
    shown = parts
    if scenario.centre_id is not None:
        shown = parts[parts["centre_id"] == scenario.centre_id]
    elif scenario.area_id is not None:
        shown = parts[parts["area_id"] == scenario.area_id]
    west, south, east, north = map(float, shown.total_bounds)
    text = TravelMapText(
        word("effect", language), (), (), word("view_routes", language), word("map_attribution", language)
    )
    is_whole = scenario.centre_id is None and scenario.area_id is None
    fmap = draw_base_map((west, south, east, north), text, is_whole=is_whole, basemap=basemap)
    edges = network.edges.assign(
        label=section_labels(network, language), detail=section_details(network, scenario.season, language)
    )
    draw_roads(fmap, edges, (word("section", language), word("detail", language)))
    return fmap
