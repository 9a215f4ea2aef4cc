"""Orders of contraction, kept on disk: most of the time to set up a large network, and good for all seasons."""

import logging
import os
import tempfile
from pathlib import Path

import numpy as np
import platformdirs
import routingkit_cch

from geo.topology import IntArray, Topology

CACHE_VARIABLE = "NAKAPOTSU_CACHE"
_METHOD = "inertial-1"  # change it whenever an order is worked out otherwise
_LOG = logging.getLogger(__name__)


def cache_dir() -> Path:
    """Return the directory of the caches: ``NAKAPOTSU_CACHE``, else the user's cache directory."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_cache_path("nakapotsu")


def order_path(topology: Topology) -> Path:
    """Return the file in which the order of a network is kept; its name has the hash of the network's shape."""
    return cache_dir() / "orders" / f"{_METHOD}-{topology.key}.npy"


def load_order(topology: Topology) -> IntArray:
    """Return the nodes of a network in the order of contraction, shape (nodes,).

    It is nested dissection along the nodes' coordinates (inertial flow, Schild and Sommer 2015, as in RoutingKit), read
    from disk where it was worked out before. A file that is no order of these nodes is replaced.
    """
    path = order_path(topology)
    order = _read_order(path, topology.node_count)
    if order is None:
        order = _compute_order(topology)
        _write_order(path, order)
    return order


def is_order_kept(topology: Topology) -> bool:
    """Whether the order of a network was worked out before."""
    return order_path(topology).is_file()


def _read_order(path: Path, node_count: int) -> IntArray | None:
    if not path.is_file():
        return None
    try:
        order = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        _LOG.warning("%s cannot be read (%s); the order is worked out again.", path, error)
        return None
    is_sound = order.shape == (node_count,) and order.dtype.kind == "u"
    if is_sound and np.array_equal(np.sort(order), np.arange(node_count)):
        return np.asarray(order, dtype=np.int64)
    _LOG.warning("%s is no order of %d nodes; it is worked out again.", path, node_count)
    return None


def _compute_order(topology: Topology) -> IntArray:
    order = routingkit_cch.compute_order_inertial(
        topology.node_count,
        topology.pair_start.tolist(),
        topology.pair_end.tolist(),
        topology.node_lat.tolist(),
        topology.node_lon.tolist(),
    )
    return np.asarray(order, dtype=np.int64)


def _write_order(path: Path, order: IntArray) -> None:
    """Write the whole file or none of it; without a writable directory the order is kept in memory only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            np.save(file, order.astype(np.uint32), allow_pickle=False)
        Path(file.name).replace(path)
    except OSError as error:
        _LOG.warning("%s cannot be written (%s); set %s to a writable directory.", path, error, CACHE_VARIABLE)
