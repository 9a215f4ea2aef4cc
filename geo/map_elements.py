"""Parts of a map that folium does not have: a legend and labels in one element, and the attribution."""

from collections.abc import Sequence

import folium
from branca.element import MacroElement
from folium.template import Template

from geo.travel_classes import TravelClass


class Legend(MacroElement):  # type: ignore[misc]
    """A Leaflet control with the classes, in the map itself so that the saved file has it too."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var legend_{{ this.get_name() }} = L.control({position: 'topright'});
        legend_{{ this.get_name() }}.onAdd = function () {
            var div = L.DomUtil.create('div', 'nakapotsu-legend');
            div.style.cssText = 'background:#fff;padding:5px 8px;border:1px solid #666;border-radius:4px;'
                + 'font:11px/1.4 sans-serif;color:#111;max-width:220px';
            div.innerHTML = {{ this.html | tojson }};
            return div;
        };
        (function (map, legend) {
            if (map.nakapotsuLegend) { map.removeControl(map.nakapotsuLegend); }
            map.nakapotsuLegend = legend;
            legend.addTo(map);
        })({{ this.fmap.get_name() }}, legend_{{ this.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, html: str, fmap: folium.Map) -> None:
        super().__init__()
        self._name = "Legend"
        self.html = html
        self.fmap = fmap


class Attribution(MacroElement):  # type: ignore[misc]
    """Names the sources of the map in its corner, and sets what every map looks like."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this._parent.get_name() }}.attributionControl.setPrefix('nakapotsu')
            .addAttribution({{ this.text | tojson }});
        (function () {
            var style = document.createElement('style');
            style.textContent = '.leaflet-container .leaflet-control-attribution{font:9px sans-serif}'
                + '.leaflet-container{background:#fff}'
                + '.foliumtooltip table{margin:auto}.foliumtooltip th{text-align:left;padding-right:8px}';
            document.head.appendChild(style);
        })();
        {% endmacro %}
        """
    )

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Attribution"
        self.text = text


class Labels(MacroElement):  # type: ignore[misc]
    """Text on the map: names of areas, minutes of places over the limit, and names of places when zoomed in.

    One element for all of them: hundreds of folium markers would take longer to render than the rest of the map.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map, layer, labels) {
            var style = document.createElement('style');
            style.textContent = '.far-out .name-label{display:none}'
                + '.map-label{transform:translate(-50%,-50%);white-space:nowrap;color:#111;'
                + 'text-shadow:0 0 2px #fff,0 0 2px #fff,0 0 3px #fff,0 0 4px #fff}'
                + '.name-label{font:10px sans-serif}.minutes-label{font:bold 11px sans-serif;margin-top:11px}'
                + '.area-label{font:bold 13px sans-serif}'
                + '.centre-label{font:bold 10px sans-serif;color:#5a3d00;transform:translate(-50%,45%)}';
            document.head.appendChild(style);
            labels.forEach(function (label) {
                var div = document.createElement('div');
                div.className = 'map-label ' + label[3];
                div.textContent = label[2];
                var icon = L.divIcon({html: div, iconSize: [0, 0], className: ''});
                L.marker([label[0], label[1]], {icon: icon, interactive: false, keyboard: false})
                    .addTo(layer);
            });
            var update = function () {
                map.getContainer().classList.toggle('far-out', map.getZoom() < {{ this.names_from_zoom }});
            };
            map.on('zoomend', update);
            update();
        })({{ this.fmap.get_name() }}, {{ this._parent.get_name() }}, {{ this.labels | tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, labels: Sequence[tuple[float, float, str, str]], names_from_zoom: int, fmap: folium.Map) -> None:
        super().__init__()
        self._name = "Labels"
        self.labels = labels
        self.fmap = fmap
        self.names_from_zoom = names_from_zoom


def legend_html(classes: Sequence[TravelClass], title: str, notes: Sequence[str]) -> str:
    """Return the legend's rows: the title, a box and a label for each class, and the notes."""
    rows = [f"<b>{title}</b>"]
    for item in classes:
        border = "2px solid #000" if item.is_over else "1px dashed #000" if item.is_unreached else "1px solid #777"
        box = f"display:inline-block;width:16px;height:11px;margin-right:6px;background:{item.colour};border:{border}"
        rows.append(f'<span style="{box}"></span>{item.label}')
    rows += [f'<span style="color:#444">{note}</span>' for note in notes]
    return "<br>".join(rows)
