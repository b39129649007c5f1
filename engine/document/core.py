"""The core of the open document: its state, history, generation and listeners; what tools call is in `Document`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from engine.classes import VOID, ClassTable
from engine.document.edits import NOWHERE, DocumentState, Edit, RecordBook
from engine.document.history import History, SavedMark
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality, SegmentCrop, Settings, Snapshot, asked_keys, check_settings
from engine.document.strokes import Point, StrokeOptions
from engine.document.underlay_file import Underlay
from engine.document.working_layout import WorkingLayout
from engine.geometry import Bounds, Size
from engine.layout import ClassIds, InstanceIds, Layout

MAX_INSTANCE_ID = 65_535


@dataclass(frozen=True, slots=True)
class Change:
    """What listeners are told.

    Attributes:
        kind: what changed: pixels, records (choices, locks, bans), settings, what can be undone, the size of the
            layout (its arrays are others now), the class table, or the photograph to trace. A change of size or table
            is told first; where it changed pixels, ``layout`` follows.
        bounds: changed pixels; empty where none did.
    """

    kind: Literal["layout", "records", "settings", "history", "size", "table", "underlay"]
    bounds: Bounds = NOWHERE


@dataclass(slots=True)
class OpenStroke:
    """A stroke that has begun: what it writes and how, where it was last, and the pixels it may have changed."""

    class_id: int
    instance_id: int
    options: StrokeOptions
    last: Point | None = None
    last_radius_px: float = 0.0
    dirty: Bounds = NOWHERE


@dataclass(frozen=True, eq=False, slots=True)
class Seen:
    """What listeners know of a document, to tell them what is different."""

    size: Size
    table: ClassTable
    book: RecordBook
    settings: Settings
    underlay: Underlay | None


class DocumentCore:
    """Holds what a document is and was, and tells listeners. The GUI thread owns it; others get snapshots."""

    def __init__(
        self,
        layout: Layout,
        table: ClassTable,
        *,
        settings: Settings = Settings(),
        records: Sequence[RegionRecord] = (),
        next_record_id: int = 1,
        segments: Mapping[str, SegmentCrop] | None = None,
        document_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        history: History | None = None,
        underlay: Underlay | None = None,
    ) -> None:
        """Open a copy of a layout.

        Args:
            layout: what is painted.
            table: what its ids mean.
            settings: seed, spill and switches.
            records: records of its regions, by rising id.
            next_record_id: the id the first new record takes.
            segments: crops of chosen segments, by key.
            document_id: names the document in stamps; a fresh one by default.
            extra: fields of a project file this version does not know, kept for saving.
            history: an empty history with a budget of its own.
            underlay: the photograph to trace, or None.

        Raises:
            ValueError: if the layout holds ids outside the table, or a setting is out of range.
        """
        check_layout(layout, table)
        check_settings(settings)
        self.document_id = document_id or uuid.uuid4().hex
        self.history = history or History()
        self.extra: Mapping[str, Any] = MappingProxyType(dict(extra or {}))
        book = RecordBook(tuple(records), next_record_id)
        self._pixels = WorkingLayout(layout)
        self._state = DocumentState(self._pixels, book, settings, table, underlay)
        self.history.begin(layout.class_ids, table)
        self._segments: dict[str, SegmentCrop] = dict(segments or {})
        self._generation: int = 0
        self._stroke: OpenStroke | None = None
        self._saved_mark = SavedMark()
        self._listeners: list[Callable[[Change], None]] = []

    @property
    def generation(self) -> int:
        """Rises with every edit, undo and redo, and with every `paint` of an open stroke."""
        return self._generation

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self._pixels.size

    @property
    def table(self) -> ClassTable:
        """What the ids of the layout mean."""
        return self._state.table

    @property
    def settings(self) -> Settings:
        """Seed, spill and switches."""
        return self._state.settings

    @property
    def records(self) -> tuple[RegionRecord, ...]:
        """All records, sleeping ones too, by rising id."""
        return self._state.book.records

    @property
    def next_record_id(self) -> int:
        """The id the next new record takes."""
        return self._state.book.next_record_id

    @property
    def underlay(self) -> Underlay | None:
        """The photograph to trace, or None."""
        return self._state.underlay

    @property
    def segments(self) -> Mapping[str, SegmentCrop]:
        """Crops at hand without a bank, by segment key."""
        return MappingProxyType(self._segments)

    @property
    def class_ids(self) -> ClassIds:
        """The live (H, W) uint8 class ids, not writeable; they change with the next edit."""
        return self._pixels.class_ids

    @property
    def instance_ids(self) -> InstanceIds:
        """The live (H, W) uint16 instance ids, not writeable; they change with the next edit."""
        return self._pixels.instance_ids

    @property
    def is_stroke_open(self) -> bool:
        """Whether a stroke has begun and neither been committed nor aborted."""
        return self._stroke is not None

    @property
    def is_modified(self) -> bool:
        """Whether anything differs from what was saved last."""
        return self._saved_mark.is_modified

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Tell a listener of every change from now on; the function returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def class_at(self, x: int, y: int) -> tuple[int, int]:
        """Return class id and instance id of a pixel.

        Raises:
            ValueError: if the pixel lies outside.
        """
        self._check_pixel(x, y)
        return int(self.class_ids[y, x]), int(self.instance_ids[y, x])

    def fresh_instance_id(self) -> int:
        """Return an instance id, above 0, that no pixel has.

        Raises:
            ValueError: if all 65,535 are used.
        """
        highest = int(self.instance_ids.max())
        if highest < MAX_INSTANCE_ID:
            return highest + 1
        free = np.flatnonzero(np.bincount(self.instance_ids.reshape(-1), minlength=MAX_INSTANCE_ID + 1) == 0)
        if not len(free):
            raise ValueError("all 65535 instances are in use")
        return int(free[0])

    def snapshot(self, quality: Quality) -> Snapshot:
        """Return a frozen copy of everything, an open stroke included."""
        return Snapshot(
            document_id=self.document_id,
            generation=self._generation,
            quality=quality,
            layout=self._pixels.frozen_copy(),
            table=self.table,
            records=self.records,
            next_record_id=self.next_record_id,
            settings=self.settings,
            segments=MappingProxyType(dict(self._segments)),
            extra=self.extra,
            underlay=self.underlay,
        )

    def mark_unsaved(self) -> None:
        """Note that no state of the document is on disk, as after a crash."""
        self._saved_mark.mark_unsaved()

    def mark_saved(self, generation: int) -> None:
        """Note that the snapshot of a generation is on disk; forget crops that nothing refers to any more."""
        self._saved_mark.mark_saved(generation)
        held = [self._state.book, *(book for edit in self.history.edits for book in (edit.before, edit.after))]
        books = {id(book.records): book for book in held}.values()
        settings = [self.settings, *(s for edit in self.history.edits for s in edit.settings_held)]
        asked = set[str]().union(*(asked_keys(book.records, self.settings) for book in books))
        asked.update(held.mood.like for held in settings if held.mood.like is not None)
        self._segments = {key: crop for key, crop in self._segments.items() if key in asked}

    def annotate(
        self,
        generation: int,
        records: Sequence[RegionRecord],
        next_record_id: int,
        segments: Mapping[str, SegmentCrop],
    ) -> bool:
        """Write a FINAL's automatic choices into the records: no step, no new generation, not modified.

        Args:
            generation: of the snapshot the FINAL was made from.
            records: all records after matching.
            next_record_id: the id the next new record takes.
            segments: crops of the chosen segments, by key.

        Returns:
            Whether they were taken: only where the document has not changed since and no stroke is open.
        """
        if generation != self._generation or self._stroke is not None:
            return False
        self._segments.update(segments)
        book = RecordBook(tuple(records), next_record_id).sharing(self._state.book)
        if book != self._state.book:
            self._state.book = book
            self._emit(Change("records"))
        return True

    def _push(self, edit: Edit) -> None:
        self.history.push(edit, self.class_ids, self.table)
        self._generation += 1
        self._saved_mark.note(self._generation, self.history.position)

    def _seen(self) -> Seen:
        return Seen(self.size, self.table, self._state.book, self.settings, self.underlay)

    def _tell(self, seen: Seen, bounds: Bounds) -> Bounds:
        """Tell listeners of all that is different from what they have seen, and of the history; return the bounds."""
        now = self._seen()
        if now.size != seen.size:
            self._emit(Change("size", now.size.bounds))
        if now.table != seen.table:
            self._emit(Change("table"))
        if now.book != seen.book:
            self._emit(Change("records"))
        if now.settings != seen.settings:
            self._emit(Change("settings"))
        if now.underlay is not seen.underlay:
            self._emit(Change("underlay"))
        self._announced(bounds)
        self._emit(Change("history"))
        return bounds

    def _emit(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)

    def _announced(self, bounds: Bounds) -> Bounds:
        if bounds:
            self._emit(Change("layout", bounds))
        return bounds

    def _check_pair(self, class_id: int, instance_id: int) -> None:
        if class_id != VOID and not 0 <= class_id < len(self.table):
            raise ValueError(f"class id {class_id} is not in the table {self.table.key!r}")
        if not 0 <= instance_id <= MAX_INSTANCE_ID:
            raise ValueError(f"an instance id lies from 0 to {MAX_INSTANCE_ID}, not {instance_id}")

    def _check_pixel(self, x: int, y: int) -> None:
        if not (0 <= x < self.size.width and 0 <= y < self.size.height):
            raise ValueError(f"pixel ({x}, {y}) lies outside a layout of {self.size}")


def check_layout(layout: Layout, table: ClassTable) -> None:
    """Raise ValueError, naming and counting them, if a layout holds ids that are neither in the table nor void."""
    if unknown := table.unknown_ids(layout.class_ids):
        listed = ", ".join(f"{class_id} ({count} pixels)" for class_id, count in unknown.items())
        raise ValueError(f"ids that are not in the table {table.key!r}: {listed}")
