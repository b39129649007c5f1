"""The open document: the one mutable object of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.classes import VOID
from engine.document import decisions
from engine.document.core import Change, DocumentCore, OpenStroke, check_layout
from engine.document.edits import NOWHERE, Edit, PaintEdit, SettingsEdit
from engine.document.record import RegionRecord
from engine.document.snapshot import SegmentCrop, check_settings
from engine.document.strokes import Point, flood_fill, polyline_spans, same_pair
from engine.geometry import Bounds
from engine.layout import Layout

__all__ = ["Change", "Document"]


class Document(DocumentCore):
    """A layout, the records of its regions, settings and history. The GUI thread owns it; others get snapshots.

    Coordinates are layout pixels: x to the right, y down, the centre of pixel (x, y) at (x + 0.5, y + 0.5).
    """

    def begin_stroke(self, class_id: int, instance_id: int = 0) -> None:
        """Begin a stroke that writes a class and an instance; one that is still open is committed.

        Raises:
            ValueError: if the class is not in the table and not void, or the instance id not in [0, 65535].
        """
        self._check_pair(class_id, instance_id)
        self.commit_stroke()
        self._stroke = OpenStroke(class_id, instance_id)

    def paint(self, points: Sequence[Point], radius_px: float) -> Bounds:
        """Continue the open stroke through points, from where it last was, without a gap.

        Args:
            points: (x, y) in layout coordinates; those outside the layout count too.
            radius_px: radius of the round brush.

        Returns:
            The pixels that were written.

        Raises:
            RuntimeError: if no stroke is open.
            ValueError: if a number is not finite or the radius is negative.
        """
        stroke = self._stroke
        if stroke is None:
            raise RuntimeError("no stroke is open")
        if not points:
            return NOWHERE
        line = [stroke.last, *points] if stroke.last is not None else list(points)
        written = NOWHERE
        for spans in tuple(polyline_spans(line, radius_px=radius_px, size=self.size)):  # all or nothing
            written = written.union(self._pixels.write_spans(spans, stroke.class_id, stroke.instance_id))
        stroke.last = points[-1]
        stroke.dirty = stroke.dirty.union(written)
        self._generation += 1
        self._saved_mark.note(self._generation, None)
        if written:
            self._emit(Change("layout", written))
        return written

    def commit_stroke(self) -> bool:
        """End the open stroke as one step of the history; return whether anything changed."""
        stroke, self._stroke = self._stroke, None
        if stroke is None:
            return False
        if self._commit_pixels(self._name_of("Paint", stroke.class_id), stroke.dirty):
            return True
        self._saved_mark.note(self._generation, self.history.position)
        self._emit(Change("history"))
        return False

    def abort_stroke(self) -> Bounds:
        """End the open stroke as if it had never been; return the pixels brought back."""
        stroke, self._stroke = self._stroke, None
        if stroke is None:
            return NOWHERE
        bounds = self._pixels.discard(stroke.dirty)
        self._generation += 1
        self._saved_mark.note(self._generation, self.history.position)
        self._announced(bounds)
        self._emit(Change("history"))
        return bounds

    def fill(self, x: int, y: int, class_id: int, instance_id: int = 0, *, contiguous: bool = True) -> Bounds:
        """Write a class and an instance over all pixels like one; an open stroke is committed first.

        Args:
            x: column of the pixel.
            y: row of the pixel.
            class_id: class to write, or void.
            instance_id: instance to write.
            contiguous: only pixels connected to that one; else wherever they lie.

        Returns:
            The pixels that changed.

        Raises:
            ValueError: if the pixel lies outside, or the class is not in the table and not void.
        """
        self._check_pair(class_id, instance_id)
        self._check_pixel(x, y)
        self.commit_stroke()
        find = flood_fill if contiguous else same_pair
        mask = find(self.class_ids, self.instance_ids, x, y)
        window = self._pixels.write_mask(mask, class_id, instance_id)
        return self._announced(self._commit_pixels(self._name_of("Fill", class_id), window))

    def replace_layout(self, layout: Layout, name: str) -> Bounds:
        """Put another layout of the same size in place, as one step; an open stroke is committed first.

        Args:
            layout: the new layout, in the document's own class ids.
            name: what the history shows.

        Returns:
            The pixels that changed.

        Raises:
            ValueError: if it has another size or ids outside the table.
        """
        if layout.size != self.size:
            raise ValueError(f"a layout of {layout.size} cannot replace one of {self.size}")
        check_layout(layout, self.table)
        self.commit_stroke()
        self._pixels.write_layout(layout)
        return self._announced(self._commit_pixels(name, self.size.bounds))

    def pick(self, record_id: int, segment_key: str, crop: SegmentCrop | None = None) -> None:
        """Choose a segment for a region, as the painter's own choice; a ban on it is lifted.

        Raises:
            KeyError: if there is no such record.
        """
        record = decisions.picked(self._record(record_id), segment_key)
        if crop is not None:
            self._segments[segment_key] = crop
        self._change_record(record, "Swap segment")

    def clear_pick(self, record_id: int) -> None:
        """Leave the choice for a region to the engine again, and unlock it.

        Raises:
            KeyError: if there is no such record.
        """
        self._change_record(decisions.cleared(self._record(record_id)), "Choose automatically")

    def set_locked(self, record_id: int, locked: bool) -> None:
        """Lock the choice of a region, or unlock it.

        Raises:
            KeyError: if there is no such record.
        """
        record = replace(self._record(record_id), locked=locked)
        self._change_record(record, "Lock segment" if locked else "Unlock segment")

    def ban(self, record_id: int, segment_key: str) -> None:
        """Never choose a segment for a region; where it is the choice, the engine chooses anew.

        Raises:
            KeyError: if there is no such record.
        """
        self._change_record(decisions.banned(self._record(record_id), segment_key), "Ban segment")

    def unban(self, record_id: int, segment_key: str) -> None:
        """Allow a segment for a region again.

        Raises:
            KeyError: if there is no such record.
        """
        self._change_record(decisions.allowed(self._record(record_id), segment_key), "Allow segment")

    def change_settings(self, **changes: Any) -> None:
        """Change settings, as one step of the history.

        Raises:
            TypeError: if there is no setting of that name.
            ValueError: if a value is out of range.
        """
        before = self.settings
        after = replace(before, **changes)
        check_settings(after)
        if after != before:
            book = self._state.book
            edit = SettingsEdit("Change settings", book, book, before, after)
            edit.apply(self._state)
            self._push(edit)
            self._emit(Change("settings"))
            self._emit(Change("history"))

    def undo(self) -> Bounds | None:
        """Undo the latest gesture: an open stroke that changed something is aborted, else a step is reverted.

        Returns:
            The pixels that changed, empty where only records or settings did; None where nothing can be undone.
        """
        if self._stroke is not None and (aborted := self.abort_stroke()):
            return aborted
        edit = self.history.latest()
        if edit is None:
            return None
        left = edit.leaving(after=self._state.book)
        bounds = edit.revert(self._state)
        self.history.undone(left)
        return self._crossed(edit, bounds)

    def redo(self) -> Bounds | None:
        """Do the step again that was undone last; nothing while a stroke is open.

        Returns:
            The pixels that changed, empty where only records or settings did; None where nothing can be done again.
        """
        edit = None if self._stroke is not None else self.history.next()
        if edit is None:
            return None
        left = edit.leaving(before=self._state.book)
        bounds = edit.apply(self._state)
        self.history.redone(left)
        return self._crossed(edit, bounds)

    def _record(self, record_id: int) -> RegionRecord:
        return self._state.book.record(record_id)

    def _name_of(self, verb: str, class_id: int) -> str:
        return "Erase" if class_id == VOID else f"{verb} {self.table[class_id].name.lower()}"

    def _change_record(self, record: RegionRecord, name: str) -> None:
        before = self._state.book
        if record == self._record(record.id):
            return
        edit = Edit(name, before, before.with_record(record))
        edit.apply(self._state)
        self._push(edit)
        self._emit(Change("records"))
        self._emit(Change("history"))

    def _commit_pixels(self, name: str, window: Bounds) -> Bounds:
        change = self._pixels.commit(window)
        if change is None:
            return NOWHERE
        self._push(PaintEdit(name, self._state.book, self._state.book, change))
        self._emit(Change("history"))
        return change.bounds
