"""The search engine of the program: one interface, two implementations, and the rule which one does a job.

Everything is said in positions of nodes and edges; minutes and kilometres are those of the quickest way, NaN where
there is none. Where two ways take equally long, either may be the one whose kilometres are given.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, Self

from geo.topology import FloatArray, IntArray, Topology, Weights

# Seconds, measured on a road network of 560,000 nodes (bench/engines.py): a search of scipy over all nodes, a node; and
# for contraction the order and the weights, a node, and the ways unpacked for every source and target.
_SCIPY_NODE_S = 2e-7
_ORDER_NODE_S, _WEIGHTS_NODE_S = 4e-5, 1e-6
_UNPACK_END_S = 6e-3

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


def choose_engine(
    node_count: int, source_count: int, target_count: int, *, is_order_known: bool, is_weighed: bool
) -> EngineName:
    """Say which implementation does a matrix sooner.

    Scipy searches the whole network from every source. Contraction has to be set up first, and then pays for every
    source and target alike: it is for large networks and for matrices that are not all too long and narrow.

    Parameters
    ----------
    node_count, source_count, target_count
        Nodes of the network; size of the matrix.
    is_order_known, is_weighed
        Whether the order of contraction is in memory or on disk, and whether the hierarchy was customized by the
        weights in question.
    """
    scipy_s = source_count * node_count * _SCIPY_NODE_S
    set_up_s = 0.0 if is_weighed else node_count * (_WEIGHTS_NODE_S + (0.0 if is_order_known else _ORDER_NODE_S))
    return "cch" if set_up_s + (source_count + target_count) * _UNPACK_END_S < scipy_s else "scipy"
