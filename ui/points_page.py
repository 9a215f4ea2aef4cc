"""The page for the reader's own points: upload, check, compute, download."""

import streamlit as st

from analysis.accessibility import travel_from_centres
from analysis.exports import csv_bytes
from geo.errors import NakapotsuError
from geo.points import parse_points
from ui.sidebar import Choice, centre_labels
from ui.text import word

_EXAMPLE = b"id,lat,lon\r\nA,43.0621,141.3544\r\nB,43.9210,144.6710\r\n"


def draw_points_page(choice: Choice) -> None:
    """Read a CSV of points and show the time from every centre; a bad file gets its message and changes nothing."""
    language, scenario = choice.language, choice.scenario
    st.write(word("upload_help", language))
    st.download_button("example.csv", _EXAMPLE, "example.csv", "text/csv")
    upload = st.file_uploader(word("upload", language), type=["csv", "txt"], key="points")
    if upload is None:
        return
    try:
        points = parse_points(upload.getvalue(), name=upload.name)
        matrix = travel_from_centres(scenario.network(), scenario.season, scenario.tolls, points, scenario.closed_edges)
    except NakapotsuError as error:
        st.error(str(error))
        return
    table = matrix.to_long(scenario.limit_min)
    shown = table.round(1)
    shown["origin_id"] = shown["origin_id"].map(centre_labels(language))
    shown["status"] = shown["status"].map(lambda status: word(status, language))
    st.dataframe(shown.rename(columns={column: word(column, language) for column in shown}), hide_index=True)
    st.download_button(word("download_table", language), csv_bytes(table), "nakapotsu_points.csv", "text/csv")
    st.caption(word("sources_line", language))
