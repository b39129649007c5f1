"""Edits of the document as a whole: another layout, another size, another class table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

import cv2
import numpy as np

from engine.classes import VOID, ClassTable
from engine.document.carrying import cropped_record, scaled_record
from engine.document.core import check_layout
from engine.document.decisions import picked
from engine.document.edits import NOWHERE, RecordBook, SizeEdit, TableEdit
from engine.document.painting import Painting
from engine.document.record import RegionRecord
from engine.document.working_layout import Patch
from engine.geometry import Bounds, Size
from engine.layout import ClassIds, InstanceIds, Layout, check_size


class Reframing(Painting):
    """The document as a whole, as menus and dialogs change it. Every call is one step of the history."""

    def replace_layout(self, layout: Layout, name: str, *, picking: tuple[int, str] | None = None) -> Bounds:
        """Put another layout of the same size in place, as one step; an open stroke is committed first.

        Args:
            layout: the new layout, in the document's own class ids.
            name: what the history shows.
            picking: record id of a region and the segment it is made of from then on, as the painter's choice.

        Returns:
            The pixels that changed.

        Raises:
            KeyError: if there is no such record.
            ValueError: if it has another size or ids outside the table.
        """
        if layout.size != self.size:
            raise ValueError(f"a layout of {layout.size} cannot replace one of {self.size}")
        check_layout(layout, self.table)
        self.commit_stroke()
        book = None if picking is None else self._state.book.with_record(picked(self._record(picking[0]), picking[1]))
        self._pixels.write_layout(layout)
        return self._announced(self._commit_pixels(name, self.size.bounds, book=book))

    def import_layout(self, layout: Layout, name: str) -> Bounds:
        """Put another layout of any size in place, as one step; an open stroke is committed first.

        Args:
            layout: the new layout, in the document's own class ids.
            name: what the history shows.

        Returns:
            The pixels that changed: all, where the size did.

        Raises:
            ValueError: if it has ids outside the table.
        """
        if layout.size == self.size:
            return self.replace_layout(layout, name)
        check_layout(layout, self.table)
        self.commit_stroke()
        return self._put_size(layout, name, self._state.book)

    def resize(self, size: Size, *, mode: Literal["scale", "crop"], offset: tuple[int, int] = (0, 0)) -> Bounds:
        """Give the document another size, as one step; an open stroke is committed first.

        Records go along: alignments, reveals and spills of the painter stay on the same pixels.

        Args:
            size: the new size.
            mode: ``scale`` stretches the layout to it; ``crop`` keeps a window of it, and what is new is void.
            offset: (x, y) of the window's top left pixel in the layout as it is; negative where the layout grows.

        Returns:
            The pixels that changed: all of them; none where the document has that size and place already.

        Raises:
            ValueError: if a document cannot have that size, or nothing of the layout lies in the window.
        """
        check_size(size)
        old = self.size
        if size == old and (mode == "scale" or offset == (0, 0)):
            return NOWHERE
        kept = Bounds(0, 0, size.width, size.height).shifted(*offset).clipped(old)
        if mode == "crop" and not kept:
            raise ValueError("nothing of the layout lies in what is kept")
        self.commit_stroke()
        if mode == "scale":
            layout = _scaled(self.class_ids, self.instance_ids, size)
            return self._put_size(layout, f"Scale to {size}", self._carried(lambda r: scaled_record(r, old, size)))
        blank = Layout.blank(size)
        class_ids, instance_ids = blank.class_ids.copy(), blank.instance_ids.copy()
        there = kept.shifted(-offset[0], -offset[1]).slices
        class_ids[there], instance_ids[there] = self.class_ids[kept.slices], self.instance_ids[kept.slices]
        book = self._carried(lambda r: cropped_record(r, old, size, offset))
        return self._put_size(Layout(class_ids, instance_ids), f"Crop to {size}", book)

    def replace_table(self, table: ClassTable, id_map: Mapping[int, int] | None = None) -> Bounds:
        """Put another class table in place, as one step; an open stroke is committed first.

        Records follow their classes where those got other keys.

        Args:
            table: the new table.
            id_map: old id to new one, or to void; ids that are not in it stay. None where no id changes.

        Returns:
            The pixels whose ids changed.

        Raises:
            ValueError: if the layout would hold ids that the new table lacks.
        """
        lookup = np.arange(256, dtype=np.uint8)
        for old_id, new_id in (id_map or {}).items():
            if not 0 <= old_id < VOID or not 0 <= new_id <= VOID:
                raise ValueError(f"class ids lie from 0 to {VOID - 1}, not {old_id} and {new_id}")
            lookup[old_id] = new_id
        if self._stroke is None and table == self.table and np.array_equal(lookup, np.arange(256)):
            return NOWHERE
        self.commit_stroke()
        new_ids = np.asarray(cv2.LUT(self.class_ids, lookup), np.uint8)
        new_instances = self.instance_ids.copy()
        if (lookup[:VOID] == VOID).any():
            new_instances[(new_ids == VOID) & (self.class_ids != VOID)] = 0
        layout = Layout(new_ids, new_instances)
        check_layout(layout, table)
        keys = {info.key: table[int(lookup[info.id])].key for info in self.table if lookup[info.id] < len(table)}
        seen = self._seen()
        self._pixels.write_layout(layout)
        change = self._pixels.commit(self.size.bounds)
        book = self._carried(lambda r: replace(r, class_key=keys.get(r.class_key, r.class_key)))
        edit = TableEdit("Edit classes", seen.book, book, seen.table, table, change)
        self._state.book, self._state.table = book, table
        self._push(edit)
        return self._tell(seen, NOWHERE if change is None else change.bounds)

    def _put_size(self, layout: Layout, name: str, book: RecordBook) -> Bounds:
        seen = self._seen()
        after = Patch.of(layout.class_ids, layout.instance_ids)
        edit = SizeEdit(name, seen.book, book, self._pixels.packed(), after)
        bounds = edit.apply(self._state)
        self._push(edit)
        return self._tell(seen, bounds)

    def _carried(self, carry: Callable[[RegionRecord], RegionRecord]) -> RecordBook:
        book = self._state.book
        records = tuple(carry(record) for record in book.records)
        same = all(new == old for new, old in zip(records, book.records, strict=True))
        return book if same else RecordBook(records, book.next_record_id)


def _scaled(class_ids: ClassIds, instance_ids: InstanceIds, size: Size) -> Layout:
    """Return a layout in which every pixel is the nearest one of another."""
    height, width = class_ids.shape
    rows = (2 * np.arange(size.height) + 1) * height // (2 * size.height)
    columns = (2 * np.arange(size.width) + 1) * width // (2 * size.width)
    place = np.ix_(rows, columns)
    return Layout(class_ids[place], instance_ids[place])
