"""Edits: frozen steps of the history that can be applied and reverted exactly.

Every edit holds the records before and after it. Annotations (automatic choices) change records between edits; the
document therefore writes what it leaves into the edit it crosses, so that undo and redo bring back what was last seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine.classes import ClassTable
from engine.document.record import RegionRecord
from engine.document.snapshot import Settings
from engine.document.underlay_file import Underlay
from engine.document.working_layout import Patch, PixelChange, WorkingLayout
from engine.geometry import Bounds

NOWHERE = Bounds(0, 0, 0, 0)
_EDIT_BYTES = 256
_RECORD_BYTES = 1024
_TUPLE_BYTES = 64
_CLASS_BYTES = 256


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

    def sharing(self, other: RecordBook) -> RecordBook:
        """Return an equal book that holds the very objects another one holds, where they are equal."""
        known = {record.id: record for record in other.records}
        records = tuple(known[r.id] if known.get(r.id) == r else r for r in self.records)
        same = len(records) == len(other.records) and all(a is b for a, b in zip(records, other.records, strict=True))
        return RecordBook(other.records if same else records, self.next_record_id)


def memory_of_books(books: Iterable[RecordBook], beside: Iterable[RecordBook]) -> int:
    """Return how many bytes books take, about, beside others that are held anyway; what they share counts once."""
    books, beside = list(books), list(beside)
    if {id(book.records) for book in books} <= {id(book.records) for book in beside}:
        return 0
    known: set[int] = set()

    def fresh_bytes(thing: object, size_bytes: int) -> int:
        if id(thing) in known:
            return 0
        known.add(id(thing))
        return size_bytes

    def book_bytes(book: RecordBook) -> int:
        taken = fresh_bytes(book.records, _TUPLE_BYTES + 8 * len(book.records))
        if not taken:
            return 0
        for record in book.records:
            if record_bytes := fresh_bytes(record, _RECORD_BYTES):
                taken += record_bytes + fresh_bytes(record.footprint.bits, len(record.footprint.bits))
                taken += sum(fresh_bytes(reveal.bits, len(reveal.bits)) for reveal in record.reveals)
        return taken

    for book in beside:
        book_bytes(book)
    return sum(book_bytes(book) for book in books)


@dataclass(eq=False)
class DocumentState:
    """What edits change. Owned by one `Document`, on the GUI thread.

    Attributes:
        pixels: the layout, written in place.
        book: the records.
        settings: the settings.
        table: what the ids of the pixels mean.
        underlay: the photograph to trace, or None.
    """

    pixels: WorkingLayout
    book: RecordBook
    settings: Settings
    table: ClassTable
    underlay: Underlay | None = None


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
    def own_bytes(self) -> int:
        """Memory it takes beside its records, about."""
        return _EDIT_BYTES

    @property
    def settings_held(self) -> tuple[Settings, ...]:
        """The settings it can bring back, if any."""
        return ()

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
    def own_bytes(self) -> int:
        """Memory it takes beside its records, about."""
        return _EDIT_BYTES + self.change.size_bytes

    def apply(self, state: DocumentState) -> Bounds:
        """Bring about what comes after; return which pixels changed."""
        state.book = self.after
        return state.pixels.restore(self.change.after)

    def revert(self, state: DocumentState) -> Bounds:
        """Bring back what came before; return which pixels changed."""
        state.book = self.before
        return state.pixels.restore(self.change.before)


@dataclass(frozen=True, slots=True)
class SettingsEdit(Edit):
    """Settings changed.

    Attributes:
        settings_before: what they were.
        settings_after: what they are now.
    """

    settings_before: Settings
    settings_after: Settings

    @property
    def settings_held(self) -> tuple[Settings, ...]:
        """The settings it can bring back."""
        return self.settings_before, self.settings_after

    def apply(self, state: DocumentState) -> Bounds:
        """Bring about what comes after; return which pixels changed."""
        state.book, state.settings = self.after, self.settings_after
        return NOWHERE

    def revert(self, state: DocumentState) -> Bounds:
        """Bring back what came before; return which pixels changed."""
        state.book, state.settings = self.before, self.settings_before
        return NOWHERE


@dataclass(frozen=True, slots=True)
class SizeEdit(Edit):
    """The layout became one of another size.

    Attributes:
        layout_before: the whole layout as it was.
        layout_after: the whole layout as it is now.
    """

    layout_before: Patch
    layout_after: Patch

    @property
    def own_bytes(self) -> int:
        """Memory it takes beside its records, about."""
        return _EDIT_BYTES + self.layout_before.size_bytes + self.layout_after.size_bytes

    def apply(self, state: DocumentState) -> Bounds:
        """Bring about what comes after; return which pixels changed."""
        state.book = self.after
        return state.pixels.replace_all(self.layout_after)

    def revert(self, state: DocumentState) -> Bounds:
        """Bring back what came before; return which pixels changed."""
        state.book = self.before
        return state.pixels.replace_all(self.layout_before)


@dataclass(frozen=True, slots=True)
class TableEdit(Edit):
    """The class table changed, and with it perhaps the ids of pixels.

    Attributes:
        table_before: what ids meant.
        table_after: what they mean now.
        change: the pixels whose ids changed, or None.
    """

    table_before: ClassTable
    table_after: ClassTable
    change: PixelChange | None

    @property
    def own_bytes(self) -> int:
        """Memory it takes beside its records, about."""
        pixels_bytes = 0 if self.change is None else self.change.size_bytes
        return _EDIT_BYTES + pixels_bytes + _CLASS_BYTES * len(self.table_after)

    def apply(self, state: DocumentState) -> Bounds:
        """Bring about what comes after; return which pixels changed."""
        state.book, state.table = self.after, self.table_after
        return NOWHERE if self.change is None else state.pixels.restore(self.change.after)

    def revert(self, state: DocumentState) -> Bounds:
        """Bring back what came before; return which pixels changed."""
        state.book, state.table = self.before, self.table_before
        return NOWHERE if self.change is None else state.pixels.restore(self.change.before)


@dataclass(frozen=True, slots=True)
class UnderlayEdit(Edit):
    """The photograph to trace changed, or how it lies under the layout.

    Attributes:
        underlay_before: what it was, or None.
        underlay_after: what it is now, or None.
    """

    underlay_before: Underlay | None
    underlay_after: Underlay | None

    @property
    def own_bytes(self) -> int:
        """Memory it takes beside its records, about: a photograph that was laid down or taken away is kept by it."""
        held = {id(each.rgb): each for each in (self.underlay_before, self.underlay_after) if each is not None}
        is_kept = len(held) > 1 or self.underlay_before is None or self.underlay_after is None
        return _EDIT_BYTES + (sum(each.size_bytes for each in held.values()) if is_kept else 0)

    def apply(self, state: DocumentState) -> Bounds:
        """Bring about what comes after; return which pixels changed."""
        state.book, state.underlay = self.after, self.underlay_after
        return NOWHERE

    def revert(self, state: DocumentState) -> Bounds:
        """Bring back what came before; return which pixels changed."""
        state.book, state.underlay = self.before, self.underlay_before
        return NOWHERE
