"""What a painter decides about a region, as records that follow from records. Pure."""

from __future__ import annotations

from dataclasses import replace

from engine.document.record import RegionRecord


def picked(record: RegionRecord, segment_key: str) -> RegionRecord:
    """Return the record with a segment as the painter's choice; a ban on it is lifted."""
    return replace(allowed(record, segment_key), choice=segment_key, chosen_by="painter")


def cleared(record: RegionRecord) -> RegionRecord:
    """Return the record with its choice left to the engine, and unlocked."""
    return replace(record, choice=None, chosen_by="none", locked=False, basis="")


def banned(record: RegionRecord, segment_key: str) -> RegionRecord:
    """Return the record with a segment banned; where it was the choice, the choice is left to the engine."""
    if segment_key in record.banned:
        return record
    kept = cleared(record) if record.choice == segment_key else record
    return replace(kept, banned=(*record.banned, segment_key))


def allowed(record: RegionRecord, segment_key: str) -> RegionRecord:
    """Return the record without a ban on a segment."""
    return replace(record, banned=tuple(key for key in record.banned if key != segment_key))
