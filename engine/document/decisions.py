"""What a painter decides about a region, as records that follow from records. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from engine.document.record import OrderCycleError, RegionRecord, Shuffle
from engine.geometry import Theta

MAX_SLEEPING = 512


def is_decided(record: RegionRecord) -> bool:
    """Return whether a record holds anything that a painter decided, or that a newer version wrote."""
    own = (record.locked, record.banned, record.banned_sources, record.shuffle, record.reveals, record.in_front_of)
    return (
        record.chosen_by == "painter"
        or any(own)
        or any(wish is not None for wish in (record.theta, record.spill, record.mood))
        or bool(record.extra)
    )


def without_forgotten(records: Sequence[RegionRecord], awake: Collection[int]) -> tuple[RegionRecord, ...]:
    """Return records without those of regions that are gone and about which nothing was decided.

    What sleeps for a painter's sake stays, the latest `MAX_SLEEPING` of them. A step of the history that holds a
    record brings it back.

    Args:
        records: all records, by rising id.
        awake: ids of those that have a region.
    """
    wanted = {other for record in records for other in record.in_front_of}
    asleep = [r.id for r in records if r.id not in awake and (is_decided(r) or r.id in wanted)]
    kept = {*awake, *asleep[-MAX_SLEEPING:]}
    return tuple(record for record in records if record.id in kept)


def picked(record: RegionRecord, segment_key: str) -> RegionRecord:
    """Return the record with a segment as the painter's choice; a ban on it is lifted.

    An alignment by hand belongs to the segment that was laid: another one is laid by the network first.
    """
    theta = record.theta if segment_key == record.choice else None
    return replace(allowed(record, segment_key), choice=segment_key, chosen_by="painter", shuffle=None, theta=theta)


def invented(record: RegionRecord) -> RegionRecord:
    """Return the record with no segment at all as the painter's choice: the network invents the region."""
    return replace(record, choice=None, chosen_by="painter", shuffle=None, theta=None)


def cleared(record: RegionRecord) -> RegionRecord:
    """Return the record with its choice left to the engine, and unlocked."""
    return replace(record, choice=None, chosen_by="none", locked=False, shuffle=None, theta=None, basis="")


def shuffled(record: RegionRecord, seed: int) -> RegionRecord:
    """Return the record with its choice left to a draw that does not give the present choice; a locked one stays."""
    if record.locked:
        return record
    shuffle = Shuffle(seed, record.choice)
    return replace(record, choice=None, chosen_by="none", shuffle=shuffle, theta=None, basis="", light=None)


def aligned(record: RegionRecord, theta: Theta | None) -> RegionRecord:
    """Return the record with its segment laid by hand, which makes it the painter's choice; None lets the network."""
    if theta is None or record.choice is None:
        return replace(record, theta=theta)
    return replace(record, theta=theta, chosen_by="painter", shuffle=None)


def relit(record: RegionRecord) -> RegionRecord:
    """Return the record with the tone its photograph is brought to left to the engine."""
    return record if record.locked else replace(record, light=None)


def banned(record: RegionRecord, segment_key: str) -> RegionRecord:
    """Return the record with a segment banned; where it was the choice, the choice is left to the engine."""
    if segment_key in record.banned:
        return record
    kept = cleared(record) if record.choice == segment_key else record
    return replace(kept, banned=(*record.banned, segment_key))


def allowed(record: RegionRecord, segment_key: str) -> RegionRecord:
    """Return the record without a ban on a segment."""
    return replace(record, banned=tuple(key for key in record.banned if key != segment_key))


def source_banned(record: RegionRecord, source_key: str, chosen_source: str | None) -> RegionRecord:
    """Return the record with a photograph banned.

    Args:
        record: the record.
        source_key: the photograph.
        chosen_source: the photograph its present choice was cut from; where it is the one banned, the choice is left
            to the engine.
    """
    if source_key in record.banned_sources:
        return record
    kept = cleared(record) if chosen_source == source_key else record
    return replace(kept, banned_sources=(*record.banned_sources, source_key))


def source_allowed(record: RegionRecord, source_key: str) -> RegionRecord:
    """Return the record without a ban on a photograph."""
    return replace(record, banned_sources=tuple(key for key in record.banned_sources if key != source_key))


def in_front(record: RegionRecord, back_id: int) -> RegionRecord:
    """Return the record with the wish that its region lies in front of another's."""
    if back_id in record.in_front_of:
        return record
    return replace(record, in_front_of=(*record.in_front_of, back_id))


def not_in_front(record: RegionRecord, back_id: int) -> RegionRecord:
    """Return the record without that wish."""
    return replace(record, in_front_of=tuple(other for other in record.in_front_of if other != back_id))


def check_order(records: Sequence[RegionRecord], front_id: int, back_id: int, names: Mapping[str, str]) -> None:
    """Refuse a wish about the order that closes a cycle with those there are.

    Args:
        records: all records, with their wishes.
        front_id: record of the region that is to lie in front.
        back_id: record of the one behind.
        names: what the painter calls each class, by key.

    Raises:
        OrderCycleError: naming the regions of the cycle.
    """
    known = {record.id: record for record in records}

    def named(record_id: int) -> str:
        return f"{names.get(known[record_id].class_key, known[record_id].class_key)} ({record_id})"

    if front_id == back_id:
        raise OrderCycleError(f"{named(front_id)} cannot lie in front of itself")
    path: dict[int, tuple[int, ...]] = {back_id: (back_id,)}
    queue = [back_id]
    for record_id in queue:
        for other in known[record_id].in_front_of:
            if other in known and other not in path:
                path[other] = (*path[record_id], other)
                queue.append(other)
    if front_id in path:
        chain = ", which lies in front of ".join(named(record_id) for record_id in path[front_id][1:])
        raise OrderCycleError(
            f"{named(front_id)} cannot lie in front of {named(back_id)}: {named(back_id)} lies in front of {chain}"
        )
