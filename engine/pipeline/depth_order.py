"""From "this one is in front of that one" to one order of all: cycles are broken at their weakest edge."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

EdgeSource = Literal["painter", "ground", "settled", "network", "class"]
_PRECEDENCE = ("painter", "ground", "settled", "network", "class")


class OrderingError(ValueError):
    """The painter's own constraints contradict one another; the message names the regions."""


@dataclass(frozen=True, slots=True)
class OrderEdge:
    """One decision.

    Attributes:
        front: index of the region in front.
        behind: index of the region behind.
        confidence: in [0, 1]; below 0.5 where a settled order goes against the network's answer.
        by: the painter, whose constraints always hold; the rule that ground lies behind what stands on it; an order
            that was settled earlier and whose regions have not changed; the network; the fixed order of classes.
    """

    front: int
    behind: int
    confidence: float
    by: EdgeSource = "network"


@dataclass(frozen=True, slots=True)
class PairOrder:
    """Two regions that meet, as they lie in the end.

    Attributes:
        front: index of the region in front.
        behind: index of the region behind.
        confidence: in [0, 1]; below 0.5 where surer decisions overruled the network's answer for this pair.
        by: who decided; ``class`` where the network had no opinion.
    """

    front: int
    behind: int
    confidence: float
    by: Literal["painter", "ground", "network", "class"]


@dataclass(frozen=True)
class DepthOrder:
    """The order of all regions.

    Attributes:
        ranks: rank of every region, 0 is farthest.
        edges: the decisions that hold, surest first.
        dropped: the decisions given up because surer ones contradict them.
        pairs: all regions that meet.
        near: those that do not meet, and yet act on one another's canvas.
    """

    ranks: tuple[int, ...]
    edges: tuple[OrderEdge, ...]
    dropped: tuple[OrderEdge, ...] = ()
    pairs: tuple[PairOrder, ...] = ()
    near: tuple[PairOrder, ...] = ()

    @property
    def back_to_front(self) -> tuple[int, ...]:
        """Indices of the regions, farthest first."""
        return tuple(sorted(range(len(self.ranks)), key=self.ranks.__getitem__))


def build_depth_order(
    count: int, edges: Iterable[OrderEdge], class_order: Sequence[int], names: Sequence[str] | None = None
) -> DepthOrder:
    """Sort regions from back to front.

    Edges are taken in the order of what decided them, the painter's first, and from the surest to the least sure; one
    that would close a cycle is dropped: it is the weakest of that cycle. Where the edges say nothing, the class order
    decides, then the index.

    Args:
        count: number of regions.
        edges: decisions between them, at most one by the network for each pair.
        class_order: place of each region's class in the fixed order, larger is nearer.
        names: what the regions are called in a refusal; their indices by default.

    Raises:
        OrderingError: if the painter's constraints contradict one another.
        ValueError: if an edge names a region that does not exist, or one region twice.
    """
    if len(class_order) != count:
        raise ValueError(f"{count} regions have {count} places in the class order, not {len(class_order)}")
    nearer = [1 << i for i in range(count)]  # bit j of nearer[i]: j is known to lie in front of i, or is i
    kept, dropped = list[OrderEdge](), list[OrderEdge]()
    for edge in sorted(edges, key=lambda e: (_PRECEDENCE.index(e.by), -e.confidence, e.front, e.behind)):
        if not (0 <= edge.front < count and 0 <= edge.behind < count) or edge.front == edge.behind:
            raise ValueError(f"an edge joins two of {count} regions, not {edge.front} and {edge.behind}")
        if nearer[edge.front] >> edge.behind & 1:
            if edge.by == "painter":
                raise OrderingError(_contradiction(edge, kept, names or [f"region {i}" for i in range(count)]))
            dropped.append(edge)
            continue
        kept.append(edge)
        added = nearer[edge.front]
        for i in range(count):
            if nearer[i] >> edge.behind & 1:
                nearer[i] |= added
    return DepthOrder(_sort(count, kept, class_order), tuple(kept), tuple(dropped))


def _sort(count: int, edges: Sequence[OrderEdge], class_order: Sequence[int]) -> tuple[int, ...]:
    waits_for = [0] * count
    in_front = [list[int]() for _ in range(count)]
    for edge in edges:
        waits_for[edge.front] += 1
        in_front[edge.behind].append(edge.front)
    ready = [(class_order[i], i) for i in range(count) if not waits_for[i]]
    heapq.heapify(ready)
    ranks = [0] * count
    for rank in range(count):
        _, index = heapq.heappop(ready)
        ranks[index] = rank
        for front in in_front[index]:
            waits_for[front] -= 1
            if not waits_for[front]:
                heapq.heappush(ready, (class_order[front], front))
    return tuple(ranks)


def _contradiction(edge: OrderEdge, kept: Sequence[OrderEdge], names: Sequence[str]) -> str:
    """Name the painter's constraints that lead from the region behind back to the one in front."""
    paths = {edge.behind: [edge.behind]}
    queue = [edge.behind]
    for index in queue:
        for other in kept:
            if other.front == index and other.behind not in paths:
                paths[other.behind] = [*paths[index], other.behind]
                queue.append(other.behind)
    cycle = [edge.front, *paths[edge.front]]
    return "the order contradicts itself: " + " in front of ".join(names[i] for i in cycle)
