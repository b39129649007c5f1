"""The order of regions and their neighbours, between records that keep it and the stage that finds it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from engine.document.record import RegionRecord, Settled
from engine.pipeline.depth_order import DepthOrder
from engine.pipeline.results import Contact


def painter_constraints(records: Sequence[RegionRecord]) -> frozenset[tuple[int, int]]:
    """Return the painter's wishes as pairs of indices, the first in front; those about absent regions sleep."""
    index_of = {record.id: i for i, record in enumerate(records)}
    return frozenset(
        (i, index_of[other]) for i, record in enumerate(records) for other in record.in_front_of if other in index_of
    )


def settled_pairs(records: Sequence[RegionRecord], *, trusting: bool) -> dict[tuple[int, int], float]:
    """Return the pairs of indices whose order was found earlier, the first in front, and how sure it was.

    Args:
        records: of all regions, in their order.
        trusting: whether to keep the order of regions that have changed since; a preview does, for speed.
    """
    index_of = {
        record.id: i
        for i, record in enumerate(records)
        if record.settled is not None and (trusting or record.settled.key == settled_key(record))
    }
    return {
        (i, index_of[other]): confidence
        for i in index_of.values()
        for other, confidence in _ahead_of(records[i])
        if other in index_of
    }


def with_settled(records: Sequence[RegionRecord], order: DepthOrder) -> list[RegionRecord]:
    """Return the records with the order that was found."""
    ahead: list[dict[int, float]] = [{} for _ in records]
    for pair in (*order.pairs, *order.near):
        ahead[pair.front][records[pair.behind].id] = round(pair.confidence, 4)
    return [_settled(record, found) for record, found in zip(records, ahead, strict=True)]


def _settled(record: RegionRecord, ahead: Mapping[int, float]) -> RegionRecord:
    settled = Settled(settled_key(record), tuple(sorted(ahead)), tuple(ahead[i] for i in sorted(ahead)))
    return record if settled == record.settled else replace(record, settled=settled)


def settled_key(record: RegionRecord) -> str:
    """Return a digest of what the order of a region depends on."""
    parts = (record.basis, record.choice, record.theta, record.in_front_of)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def contacts_of(records: Sequence[RegionRecord], order: DepthOrder) -> list[tuple[Contact, ...]]:
    """Return what every region meets, by rising record id."""
    found: list[list[Contact]] = [[] for _ in records]
    for pair in order.pairs:
        front, behind = records[pair.front].id, records[pair.behind].id
        found[pair.front].append(Contact(behind, True, pair.confidence, pair.by))
        found[pair.behind].append(Contact(front, False, pair.confidence, pair.by))
    return [tuple(sorted(contacts, key=lambda contact: contact.record_id)) for contacts in found]


def neighbours_of(records: Sequence[RegionRecord], order: DepthOrder) -> list[tuple[int, ...]]:
    """Return ids of the records near enough to act on each one's canvas, those it meets among them, rising."""
    found: list[set[int]] = [set() for _ in records]
    for pair in (*order.pairs, *order.near):
        found[pair.front].add(records[pair.behind].id)
        found[pair.behind].add(records[pair.front].id)
    return [tuple(sorted(ids)) for ids in found]


def _ahead_of(record: RegionRecord) -> Iterator[tuple[int, float]]:
    settled = record.settled
    return iter(()) if settled is None else zip(settled.ahead_of, settled.confidences, strict=True)
