"""Regions in depth order, and the wishes that moving one of them in the list stands for. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from engine.classes import ClassTable
from engine.document.record import RegionRecord
from engine.pipeline.results import Contact, RegionResult

Pair = tuple[int, int]
"""Record ids: the first is wanted in front of the second."""


@dataclass(frozen=True)
class OrderRow:
    """One region of the list.

    Attributes:
        record_id: its record.
        class_key: its class.
        name: what the painter calls it.
        choice: key of the segment it is made of.
        over: the nearest region behind it that it meets, or None.
        over_name: what that one is called.
        wishes: the painter's wishes it takes part in.
    """

    record_id: int
    class_key: str
    name: str
    choice: str | None
    over: Contact | None
    over_name: str
    wishes: tuple[Pair, ...]


def region_names(regions: Iterable[RegionResult], table: ClassTable) -> dict[int, str]:
    """Return what regions are called, by record id: the class, and the record where there are several of it."""
    regions = list(regions)
    counts = Counter(region.class_key for region in regions)
    names = {}
    for region in regions:
        info = table.get(region.class_key)
        name = region.class_key if info is None else info.name
        names[region.record_id] = f"{name} ({region.record_id})" if counts[region.class_key] > 1 else name
    return names


def order_rows(
    regions: Iterable[RegionResult], records: Mapping[int, RegionRecord], table: ClassTable
) -> tuple[OrderRow, ...]:
    """Return the regions that have a photograph, the one in front first.

    Args:
        regions: what the result on show says.
        records: the document's records by id, whose wishes may be newer.
        table: what classes are called.
    """
    regions = list(regions)
    names = region_names(regions, table)
    placed = sorted((r for r in regions if r.depth_rank >= 0), key=lambda r: -r.depth_rank)
    rank_of = {region.record_id: region.depth_rank for region in placed}
    wishes = [(record.id, back) for record in records.values() for back in record.in_front_of if back in names]
    rows = []
    for region in placed:
        behind = [c for c in region.contacts if -1 < rank_of.get(c.record_id, -1) < region.depth_rank]
        over = max(behind, key=lambda c: rank_of[c.record_id], default=None)
        rows.append(
            OrderRow(
                region.record_id,
                region.class_key,
                names[region.record_id],
                region.choice,
                over,
                "" if over is None else names[over.record_id],
                tuple(pair for pair in wishes if region.record_id in pair),
            )
        )
    return tuple(rows)


def wishes_of_move(order: Sequence[int], record_id: int, to: int, bound: Set[int]) -> list[Pair]:
    """Return the wishes that moving a region to another place of the list stands for.

    Every region it passes that it is bound to is to lie on the other side of it; where the others lie makes no
    difference to the picture. As a list follows its wishes, a chain of them that the move contradicts leads through
    regions it passes, the last of which it is bound to by a wish: tried in the order returned, none closes a cycle.

    Args:
        order: record ids, the one in front first.
        record_id: which region is moved.
        to: its place afterwards, from 0.
        bound: what `bound_ids` says of it.

    Returns:
        Pairs, the nearest region first; none where it stays or passes nothing that it is bound to.

    Raises:
        ValueError: if the region is not in the list or the place outside it.
    """
    if not 0 <= to < len(order):
        raise ValueError(f"a list of {len(order)} has no place {to}")
    start = order.index(record_id)
    if to <= start:
        return [(record_id, other) for other in reversed(order[to:start]) if other in bound]
    return [(other, record_id) for other in order[start + 1 : to + 1] if other in bound]


def bound_ids(region: RegionResult, records: Iterable[RegionRecord]) -> frozenset[int]:
    """Return the regions whose order with one makes a difference: near enough to cover one another, or wished for."""
    wishes = ((record.id, back) for record in records for back in record.in_front_of)
    wished = {other for pair in wishes if region.record_id in pair for other in pair}
    return frozenset({*region.neighbours, *(c.record_id for c in region.contacts), *wished} - {region.record_id})
