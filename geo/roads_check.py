"""Checks of the road network against independent figures, behind ``nakapotsu roads check``."""

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa
from pyproj import Geod
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.errors import DataError, InputError
from geo.paths import ROADS_DIR
from geo.roads import RoadNetwork
from geo.routing import FloatArray, IntArray, build_graph, search_from
from geo.tables import load_table, parse_csv, read_bytes

ROUTE_COLUMNS = ("route", "from", "to", "km")
PATHS_FILE = ROADS_DIR / "route_check_paths.csv"
BoolArray = npt.NDArray[np.bool_]
_GEOD = Geod(ellps="GRS80")
ROUTE_ERROR_MAX = 0.15  # the places of a published table are junctions or town centres
JOURNEYS_FILE = ROADS_DIR / "published_journeys.csv"
LENGTHS_FILE = ROADS_DIR / "published_lengths.csv"
Half = Literal["fit", "report"]
HALVES: tuple[Half, ...] = ("fit", "report")

_CODE = pa.Check.str_matches(r"^01\d{3}$", error="a municipality code, 01xxx")
_NUMBER_OR_EMPTY = pa.Check.str_matches(r"^((?=.*[1-9])\d+(\.\d+)?)?$", error="a number above 0, or empty")
_NOT_EMPTY = pa.Check.str_length(min_value=1, error="not empty")
_HAS_FIGURE = pa.Check(
    lambda frame: (frame["km"] != "") | (frame["minutes"] != ""), error="kilometres, minutes or both"
)

JOURNEY_SCHEMA = pa.DataFrameSchema(
    {
        "from_code": pa.Column(str, _CODE),
        "to_code": pa.Column(str, _CODE),
        "tolls": pa.Column(str, pa.Check.isin(["yes", "no"], error="yes or no")),
        "km": pa.Column(str, _NUMBER_OR_EMPTY),
        "minutes": pa.Column(str, _NUMBER_OR_EMPTY),
        "source": pa.Column(str, _NOT_EMPTY),
        "note": pa.Column(str),
    },
    checks=_HAS_FIGURE,
)

LENGTH_SCHEMA = pa.DataFrameSchema(
    {
        "length_id": pa.Column(str, _NOT_EMPTY, unique=True),
        "road_no": pa.Column(str, pa.Check.str_matches(r"^[A-Z]+\d*[A-Z]?(/[A-Z]+\d+[A-Z]?)*$", error="R5 or R5/D9")),
        "from_name": pa.Column(str, _NOT_EMPTY),
        "to_name": pa.Column(str, _NOT_EMPTY),
        "nodes": pa.Column(str, pa.Check.str_matches(r"^\S+( \S+)+$", error="two or more node ids between blanks")),
        "published_km": pa.Column(float, pa.Check.gt(0, error="a number above 0")),
        "kind": pa.Column(str, pa.Check.isin(["official", "published"], error="official or published")),
        "source": pa.Column(str, _NOT_EMPTY),
        "note": pa.Column(str),
    },
    coerce=True,
)
# Whether our lengths are modelled all the way, on a part, or published all the way: then there is nothing to check.
LENGTH_GROUPS = ("independent", "partly published", "published all the way")


def chain_km(network: RoadNetwork, nodes: Sequence[str], road_no: str, *, tolls: bool = False) -> float:
    """Return the length of the shortest way over the given nodes, without ferries.

    Parameters
    ----------
    network
        The roads.
    nodes
        Node ids to pass in this order.
    road_no
        Sections of this road (e.g. ``R238``) count in full, all others three times, so that the way keeps to it.
    tolls
        Whether toll roads may be used.

    Returns
    -------
    float
        Kilometres; NaN where there is no way.
    """
    chain = _chain_edges(network, nodes, road_no, tolls=tolls)
    return float("nan") if chain is None else float(network.edges["length_km"].to_numpy(float)[chain].sum())


def _chain_edges(network: RoadNetwork, nodes: Sequence[str], road_no: str, *, tolls: bool) -> IntArray | None:
    """Return the positions in ``network.edges`` of the sections of :func:`chain_km`, None where there is no way."""
    edges, index = network.edges, network.nodes.index
    usable = (edges["road_class"] != "ferry").to_numpy()
    if not tolls:
        usable = usable & ~edges["toll"].to_numpy(bool)
    cost = np.where(edges["road_no"].isin(road_no.split("/")), 1.0, 3.0) * edges["length_km"].to_numpy(float)
    matrix, chosen = road_matrix(network, usable, cost)
    chain: list[int] = []
    for origin, target in pairwise(nodes):
        i, j = index.get_indexer([origin, target])
        if min(i, j) < 0:
            raise InputError(f"route check: node {origin if i < 0 else target!r} is not in the network.")
        _, before = dijkstra(matrix, indices=i, return_predecessors=True)
        while j != i:
            if before[j] < 0:
                return None
            chain.append(int(chosen[(before[j], j)]))
            j = before[j]
    return np.asarray(chain, dtype=np.int64)


def compare_routes(network: RoadNetwork, reference: Path) -> pd.DataFrame:
    """Compare lengths along national roads with a published table.

    Parameters
    ----------
    network
        The roads.
    reference
        CSV with ``route, from, to, km``. Its places are matched to nodes by ``route_check_paths.csv``.

    Returns
    -------
    pandas.DataFrame
        ``route, from, to, published_km, ours_km, ratio``, one row for each line of the reference.

    Raises
    ------
    InputError
        If a line of the reference has no path in ``route_check_paths.csv``.
    """
    table = parse_csv(read_bytes(reference), name=reference.name, columns=ROUTE_COLUMNS)
    paths = parse_csv(read_bytes(PATHS_FILE), name=PATHS_FILE.name, columns=("from", "to", "road_no", "nodes"))
    by_pair = paths.set_index(["from", "to"])
    rows = []
    for line in table.itertuples():
        pair = (line[2], line[3])
        if pair not in by_pair.index:
            raise InputError(
                f"{reference.name}, line {line.Index + 2}: no path for {pair[0]}-{pair[1]}. "
                f"Add one to {PATHS_FILE.name}."
            )
        path = by_pair.loc[pair]
        ours = chain_km(network, str(path["nodes"]).split(), str(path["road_no"]))
        rows.append((line.route, *pair, float(line.km), ours, ours / float(line.km)))
    return pd.DataFrame(rows, columns=["route", "from", "to", "published_km", "ours_km", "ratio"])


def journey_half(from_code: str, to_code: str) -> Half:
    """Return the half of the published journeys that a pair of towns is in: ``fit`` for the speeds, or ``report``.

    The half follows from the SHA-256 of the two codes in order of size, so it is the same in both directions, with and
    without tolls, and does not change when rows are added.
    """
    pair = "-".join(sorted((from_code, to_code)))
    return HALVES[hashlib.sha256(pair.encode()).digest()[0] % 2]


def load_journeys(path: Path = JOURNEYS_FILE) -> pd.DataFrame:
    """Read the published journeys, with the ``half`` each is in.

    Returns
    -------
    pandas.DataFrame
        ``from_code, to_code, tolls, km, minutes, source, note, half``; kilometres and minutes NaN where none is
        published; the index plus 2 is the line of the file.

    Raises
    ------
    DataError
        If a cell is not what was expected.
    """
    journeys = load_table(path, JOURNEY_SCHEMA)
    figures = {column: pd.to_numeric(journeys[column]) for column in ("km", "minutes")}
    halves = [journey_half(*codes) for codes in zip(journeys["from_code"], journeys["to_code"], strict=True)]
    return journeys.assign(**figures, half=halves)


def journey_ends(network: RoadNetwork, journeys: pd.DataFrame) -> IntArray:
    """Return the positions in ``network.nodes`` of the two town halls of each journey, shape (journeys, 2).

    Raises
    ------
    DataError
        If a code is not a town hall of the network.
    """
    ends = [network.nodes.index.get_indexer("m" + journeys[column]) for column in ("from_code", "to_code")]
    positions = np.column_stack(ends).astype(np.int64)
    unknown = np.argwhere(positions < 0)
    if len(unknown):
        row, end = unknown[0]
        code = journeys[("from_code", "to_code")[end]].iloc[row]
        raise DataError(
            f"published journeys, line {journeys.index[row] + 2}: {code!r} is the code of no town hall. Correct it."
        )
    return positions


def compare_journeys(network: RoadNetwork, path: Path = JOURNEYS_FILE) -> pd.DataFrame:
    """Compare summer journeys between town halls with published kilometres and minutes.

    Parameters
    ----------
    network
        The roads.
    path
        The published journeys, as :func:`load_journeys` reads them.

    Returns
    -------
    pandas.DataFrame
        ``from, to, tolls, half, published_km, ours_km, km_error, published_min, ours_min, min_error``; errors are
        shares of the published figure, NaN where none was published. One row for each line, those without tolls first.
    """
    journeys = load_journeys(path).sort_values("tolls", kind="stable")
    ends = journey_ends(network, journeys)
    names = network.nodes["name"].to_numpy()[ends]
    found = np.full((len(journeys), 2), np.nan)
    for tolls in ("no", "yes"):
        graph = build_graph(network, "summer", tolls=tolls == "yes")
        for row in np.flatnonzero(journeys["tolls"] == tolls):
            search = search_from(graph, ends[row, :1])
            found[row] = search.length_km[0, ends[row, 1]], search.minutes[0, ends[row, 1]]
    frame = pd.DataFrame(
        {
            "from": names[:, 0],
            "to": names[:, 1],
            "tolls": journeys["tolls"].to_numpy(),
            "half": journeys["half"].to_numpy(),
            "published_km": journeys["km"].to_numpy(float),
            "ours_km": found[:, 0],
            "published_min": journeys["minutes"].to_numpy(float),
            "ours_min": found[:, 1],
        }
    )
    frame["km_error"] = frame["ours_km"] / frame["published_km"] - 1
    frame["min_error"] = frame["ours_min"] / frame["published_min"] - 1
    return frame


def summarise_journeys(journeys: pd.DataFrame) -> str:
    """Sum up the errors of :func:`compare_journeys` by half, without and with tolls: see :func:`summarise_error`."""
    lines = []
    for half in HALVES:
        of_half = journeys[journeys["half"] == half]
        for tolls, group in (("all", of_half), *of_half.groupby("tolls")):
            for column, label in (("km_error", "km"), ("min_error", "minutes")):
                lines.append(f"journeys, {half} half, tolls {tolls}, {label}: {summarise_error(group[column])}")
    return "\n".join(lines)


def summarise_error(error: "pd.Series[float]") -> str:
    """Say the number, mean (bias), median and 90th percentile of errors given as shares, NaN left out."""
    known = error.dropna()
    if known.empty:
        return "none"
    return (
        f"{len(known)}, bias {known.mean():+.1%}, median |error| {known.abs().median():.1%}, "
        f"90 % within {known.abs().quantile(0.9):.1%}"
    )


def compare_lengths(network: RoadNetwork, path: Path = LENGTHS_FILE) -> pd.DataFrame:
    """Compare lengths along roads with published ones.

    Parameters
    ----------
    network
        The roads.
    path
        CSV with ``length_id, road_no, from_name, to_name, nodes, published_km, kind, source, note``; ``nodes`` are ids
        between blanks. Toll roads are used where ``road_no`` starts with E, ferries never.

    Returns
    -------
    pandas.DataFrame
        ``length_id, road_no, from, to, kind, published_km, ours_km, error, own_share``, one row for each line.
        ``error`` is a share of the published length, NaN where there is no way. ``own_share`` is the share of our km
        whose sections take their length from a published figure: with 0 the check is independent.

    Raises
    ------
    DataError
        If a cell is not what was expected, or a node is not in the network; the message names the line.
    """
    table = load_table(path, LENGTH_SCHEMA)
    rows = []
    for line in table.itertuples():
        nodes = line.nodes.split()
        unknown = [node for node in nodes if node not in network.nodes.index]
        if unknown:
            raise DataError(
                f"{path.name}, line {line.Index + 2}, column nodes: {unknown[0]!r} is not a node of the network "
                f"{network.name}. Write an id of nodes.csv."
            )
        chain = _chain_edges(network, nodes, line.road_no, tolls=line.road_no.startswith("E"))
        driven = network.edges.iloc[[] if chain is None else chain]
        ours_km = float("nan") if chain is None else float(driven["length_km"].sum())
        own_km = float(driven.loc[driven["length_basis"] != "modelled", "length_km"].sum())
        head = (line.length_id, line.road_no, line.from_name, line.to_name, line.kind, line.published_km)
        rows.append((*head, ours_km, ours_km / line.published_km - 1, own_km / ours_km))
    columns = ["length_id", "road_no", "from", "to", "kind", "published_km", "ours_km", "error", "own_share"]
    return pd.DataFrame(rows, columns=columns)


def summarise_lengths(lengths: pd.DataFrame) -> str:
    """Sum up the errors of :func:`compare_lengths` by kind, those with sections of a published length apart."""
    lines = []
    basis_of = np.select(
        [lengths["own_share"] == 0, lengths["own_share"] < 1 - 1e-9], LENGTH_GROUPS[:2], LENGTH_GROUPS[2]
    )
    for basis in LENGTH_GROUPS:
        group = lengths[basis_of == basis]
        for kind, rows in (("all", group), *group.groupby("kind")):
            lines.append(f"lengths, {basis}, {kind}: {summarise_error(rows['error'])}")
    lost = lengths.loc[lengths["error"].isna(), "length_id"]
    return "\n".join([*lines, *([f"lengths without a way: {', '.join(lost)}"] if len(lost) else [])])


def road_matrix(network: RoadNetwork, usable: BoolArray, cost: FloatArray) -> tuple[csr_array, pd.Series]:
    """Return the cost between neighbouring nodes both ways, and the position of the section chosen for each pair."""
    edges, size, positions = network.edges[usable], len(network.nodes), np.flatnonzero(usable)
    start, end = (network.nodes.index.get_indexer(edges[column]) for column in ("from_node", "to_node"))
    cost = cost[usable]
    frame = pd.DataFrame(
        {
            "u": np.r_[start, end],
            "v": np.r_[end, start],
            "cost": np.r_[cost, cost],
            "edge": np.r_[positions, positions],
        }
    )
    best = frame.sort_values("cost").drop_duplicates(["u", "v"])
    matrix = csr_array((best["cost"], (best["u"], best["v"])), shape=(size, size))
    return matrix, best.set_index(["u", "v"])["edge"]
