"""The search engine of the program: one interface, two implementations, and the rule which one does a job.

Everything is said in positions of nodes and edges; minutes and kilometres are those of the quickest way, NaN where there
is none. Where two ways take equally long, either may be the one whose kilometres are given.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, Self

from geo.topology import FloatArray, IntArray, Topology, Weights

# Measured with bench/engines.py. A search over a whole network takes scipy some 0.1 us a node and source (0.3 with the
# kilometres), while contraction pays for an order (40 us a node, once for a network, then read from disk) and for the
# weights (1 us a node, once a season or closure).
WORK_FOR_KNOWN_ORDER = 10_000_000  # sources x nodes
WORK_FOR_NEW_ORDER = 200_000_000

EngineName = Literal["scipy", "cch"]


@dataclass(frozen=True)
class Travel:
    """Quickest travel between nodes: minutes and kilometres of one shape, NaN where there is no way."""

    minutes: FloatArray
    length_km: FloatArray


@dataclass(frozen=True)
class Nearest:
    """For every node the target that is quickest to drive to, shape (nodes,).

    Attributes
    ----------
    minutes
        From the node to that target; NaN where no target can be reached.
    target
        Position of that target in the targets asked for, -1 where none can be reached.
    """

    minutes: FloatArray
    target: IntArray


class Engine(Protocol):
    """What every search of the program goes through."""

    @property
    def topology(self) -> Topology:
        """The shape of the network."""

    @property
    def weights(self) -> Weights:
        """What each pair of nodes costs."""

    def one_to_all(self, source: int) -> Travel:
        """Return travel from one node to every node, shape (nodes,)."""

    def many_to_many(self, sources: IntArray, targets: IntArray) -> Travel:
        """Return travel from each source to each target, shape (sources, targets)."""

    def many_to_many_minutes(self, sources: IntArray, targets: IntArray) -> FloatArray:
        """Return the minutes of :meth:`many_to_many` alone, which takes less work."""

    def nearest_of_many(self, targets: IntArray) -> Nearest:
        """Return for every node the target that is quickest to drive to from it."""

    def route(self, source: int, target: int) -> IntArray:
        """Return the positions of the edges driven, in driving order; empty for source = target and for no way."""

    def reweighted(self, weights: Weights) -> Self:
        """Return the engine of the same network with other weights; nothing else is built again."""


def choose_engine(node_count: int, source_count: int, *, is_order_known: bool) -> EngineName:
    """Say which implementation does a job sooner.

    Parameters
    ----------
    node_count
        Nodes of the network.
    source_count
        Sources of the job, or targets if they are fewer.
    is_order_known
        Whether the network's order of contraction is in memory or on disk. Working it out is worth it once the job
        takes about as long.
    """
    work = node_count * source_count
    return "cch" if work >= (WORK_FOR_KNOWN_ORDER if is_order_known else WORK_FOR_NEW_ORDER) else "scipy"
