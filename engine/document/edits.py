"""Edits: frozen steps of the history that can be applied and reverted exactly.

Every edit holds the records before and after it. Annotations (automatic choices) change records between edits; the
document therefore writes what it leaves into the edit it crosses, so that undo and redo bring back what was last seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.document.record import RegionRecord
from engine.document.snapshot import Settings
from engine.document.working_layout import PixelChange, WorkingLayout
from engine.geometry import Bounds

NOWHERE = Bounds(0, 0, 0, 0)
_RECORD_BYTES = 256


@dataclass(frozen=True, slots=True)
class RecordBook:
    """All records of a document, and the id the next one takes."""

    records: tuple[RegionRecord, ...] = ()
    next_record_id: int = 1

    def record(self, record_id: int) -> RegionRecord:
        """Return a record.

        Raises:
            KeyError: if there is none of that id.
        """
        for record in self.records:
            if record.id == record_id:
                return record
        raise KeyError(f"there is no record {record_id}")

    def with_record(self, changed: RegionRecord) -> RecordBook:
        """Return a book in which one record, found by its id, is another."""
        records = tuple(changed if r.id == changed.id else r for r in self.records)
        return RecordBook(records, self.next_record_id)


@dataclass(eq=False)
class DocumentState:
    """What edits change. Owned by one `Document`, on the GUI thread.

    Attributes:
        pixels: the layout, written in place.
        book: the records.
        settings: the settings.
    """

    pixels: WorkingLayout
    book: RecordBook
    settings: Settings


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of the history; on its own it changes records: picks, locks and bans.

    Attributes:
        name: what the history shows, for example ``Paint road``.
        before: the records before it.
        after: the records after it.
    """

    name: str
    before: RecordBook
    after: RecordBook

    @property
    def size_bytes(self) -> int:
        """Memory it takes, about."""
        return self.book_bytes

    @property
    def book_bytes(self) -> int:
        """Memory its records take, about; those that are the same before and after are not counted."""
        known = {id(record) for record in self.before.records}
        own = sum(len(r.footprint.bits) + _RECORD_BYTES for r in self.after.records if id(r) not in known)
        return _RECORD_BYTES + 8 * len(self.after.records) + own

    def leaving(self, *, before: RecordBook | None = None, after: RecordBook | None = None) -> Edit:
        """Return the edit with the records that are left behind when it is crossed."""
        return replace(self, before=before or self.before, after=after or self.after)

    def apply(self, state: DocumentState) -> Bounds:
        """Bring about what comes after; return which pixels changed."""
        state.book = self.after
        return NOWHERE

    def revert(self, state: DocumentState) -> Bounds:
        """Bring back what came before; return which pixels changed."""
        state.book = self.before
        return NOWHERE


@dataclass(frozen=True, slots=True)
class PaintEdit(Edit):
    """Pixels changed: a stroke, a fill, or another layout.

    Attributes:
        change: where, what was there and what is there now.
    """

    change: PixelChange

    @property
    def size_bytes(self) -> int:
        """Memory it takes, about."""
        return self.book_bytes + self.change.size_bytes

    def apply(self, state: DocumentState) -> Bounds:
        """Bring about what comes after; return which pixels changed."""
        state.book = self.after
        return state.pixels.restore(self.change.bounds, self.change.after)

    def revert(self, state: DocumentState) -> Bounds:
        """Bring back what came before; return which pixels changed."""
        state.book = self.before
        return state.pixels.restore(self.change.bounds, self.change.before)


@dataclass(frozen=True, slots=True)
class SettingsEdit(Edit):
    """Settings changed.

    Attributes:
        settings_before: what they were.
        settings_after: what they are now.
    """

    settings_before: Settings
    settings_after: Settings

    def apply(self, state: DocumentState) -> Bounds:
        """Bring about what comes after; return which pixels changed."""
        state.book, state.settings = self.after, self.settings_after
        return NOWHERE

    def revert(self, state: DocumentState) -> Bounds:
        """Bring back what came before; return which pixels changed."""
        state.book, state.settings = self.before, self.settings_before
        return NOWHERE
