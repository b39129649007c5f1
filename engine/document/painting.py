"""Painting: strokes, fills, shapes and moved regions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce

import numpy as np

from engine.classes import VOID
from engine.document.adjustments import Adjustments
from engine.document.carrying import moved_record
from engine.document.core import Change, OpenStroke
from engine.document.edits import NOWHERE, PaintEdit, RecordBook
from engine.document.fills import find_fill
from engine.document.region_record import record_of_region
from engine.document.shapes import Shape, mirror_images, shape_mask
from engine.document.strokes import Point, StrokeOptions, polyline_spans, union_of
from engine.geometry import Bounds
from engine.layout import Layout
from engine.regions import Mask, find_region_at

_DEFAULT_OPTIONS = StrokeOptions()


class Painting(Adjustments):
    """The document's pixels, as tools change them. Every gesture is one step of the history."""

    def begin_stroke(self, class_id: int, instance_id: int = 0, *, options: StrokeOptions = _DEFAULT_OPTIONS) -> None:
        """Begin a stroke that writes a class and an instance; one that is still open is committed.

        Raises:
            ValueError: if the class is not in the table and not void, or the instance id not in [0, 65535].
        """
        self._check_pair(class_id, instance_id)
        self.commit_stroke()
        self._stroke = OpenStroke(class_id, instance_id, options)

    def paint(self, points: Sequence[Point], radius_px: float | Sequence[float]) -> Bounds:
        """Continue the open stroke through points, from where it last was, without a gap.

        Args:
            points: (x, y) in layout coordinates; those outside the layout count too.
            radius_px: half the brush's width, one for all points or one for each; between points it changes evenly.

        Returns:
            The pixels that were written.

        Raises:
            RuntimeError: if no stroke is open.
            ValueError: if a number is not finite, a radius is negative, or there is not one for each point.
        """
        stroke = self._stroke
        if stroke is None:
            raise RuntimeError("no stroke is open")
        if not points:
            return NOWHERE
        radii = [float(radius_px)] * len(points) if isinstance(radius_px, int | float) else list(radius_px)
        line, widths = list(points), radii
        if stroke.last is not None:
            line, widths = [stroke.last, *line], [stroke.last_radius_px, *radii]
        shape, size = stroke.options.shape, self.size
        images = list(zip(*(stroke.options.reflections(point) for point in line), strict=True))
        all_spans = [
            tuple(polyline_spans(i, radius_px=widths, size=size, shape=shape)) for i in images
        ]  # all or nothing
        paintable = stroke.options.paintable
        written = [NOWHERE] * len(all_spans)
        for image, spans_of_image in enumerate(all_spans):
            for spans in spans_of_image:
                bounds = self._pixels.write_spans(spans, stroke.class_id, stroke.instance_id, paintable)
                written[image] = written[image].union(bounds)
        stroke.last, stroke.last_radius_px = points[-1], radii[-1]
        self._generation += 1
        self._saved_mark.note(self._generation, None)
        for bounds in written:
            stroke.dirty = stroke.dirty.union(bounds)
            self._announced(bounds)
        return union_of(written)

    def commit_stroke(self) -> bool:
        """End the open stroke as one step of the history; return whether anything changed."""
        self.commit_adjustment()
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

    def fill(
        self,
        x: int,
        y: int,
        class_id: int,
        instance_id: int = 0,
        *,
        contiguous: bool = True,
        close_gaps_px: int = 0,
        options: StrokeOptions = _DEFAULT_OPTIONS,
    ) -> Bounds:
        """Write a class and an instance over all pixels like one; an open stroke is committed first.

        Args:
            x: column of the pixel.
            y: row of the pixel.
            class_id: class to write, or void.
            instance_id: instance to write.
            contiguous: only pixels connected to that one; else wherever they lie.
            close_gaps_px: gaps of at most this many pixels in what surrounds them count as closed.
            options: what is painted over; with an axis of symmetry, its mirror image is filled as well.

        Returns:
            The pixels that changed.

        Raises:
            ValueError: if the pixel lies outside, the class is not in the table and not void, or a gap is out of range.
        """
        self._check_pair(class_id, instance_id)
        self._check_pixel(x, y)
        self.commit_stroke()
        pixels, masks = (self.class_ids, self.instance_ids), list[Mask]()
        for at_x, at_y in options.reflections((x + 0.5, y + 0.5)):
            column, row = math.floor(at_x), math.floor(at_y)
            is_inside = 0 <= column < self.size.width and 0 <= row < self.size.height
            if is_inside and not any(mask[row, column] for mask in masks):
                masks.append(find_fill(*pixels, column, row, contiguous=contiguous, close_gaps_px=close_gaps_px))
        return self._write_mask(reduce(np.logical_or, masks), class_id, instance_id, options, "Fill")

    def draw_shape(
        self, shape: Shape, class_id: int, instance_id: int = 0, *, options: StrokeOptions = _DEFAULT_OPTIONS
    ) -> Bounds:
        """Write a class and an instance over a shape; an open stroke is committed first.

        Args:
            shape: line, rectangle, ellipse or polygon, in layout coordinates; it may reach outside.
            class_id: class to write, or void.
            instance_id: instance to write.
            options: what is painted over, and axes of symmetry.

        Returns:
            The pixels that changed.

        Raises:
            ValueError: if the class is not in the table and not void, or the shape is impossible.
        """
        self._check_pair(class_id, instance_id)
        masks = [shape_mask(image, self.size) for image in mirror_images(shape, options)]
        self.commit_stroke()
        return self._write_mask(reduce(np.logical_or, masks), class_id, instance_id, options, "Draw")

    def paint_mask(
        self, mask: Mask, class_id: int, instance_id: int = 0, *, options: StrokeOptions = _DEFAULT_OPTIONS
    ) -> Bounds:
        """Write a class and an instance over the pixels of a mask; an open stroke is committed first.

        Args:
            mask: (H, W) bool.
            class_id: class to write, or void.
            instance_id: instance to write.
            options: what is painted over; axes of symmetry mean nothing here.

        Returns:
            The pixels that changed.

        Raises:
            ValueError: if the mask has another size, or the class is not in the table and not void.
        """
        self._check_pair(class_id, instance_id)
        if mask.shape != (self.size.height, self.size.width):
            raise ValueError(f"a mask of {mask.shape[::-1]} pixels does not fit a layout of {self.size}")
        self.commit_stroke()
        return self._write_mask(mask, class_id, instance_id, options, "Cut out")

    def region_mask_at(self, x: int, y: int) -> Mask:
        """Return the region under a pixel, (H, W) bool; nothing is set where the pixel is void.

        A component too small to become a region of the picture counts as well.

        Raises:
            ValueError: if the pixel lies outside.
        """
        self._check_pixel(x, y)
        region = find_region_at(self._layout_now(), self.table, x, y)
        if region is None:
            return np.zeros((self.size.height, self.size.width), np.bool_)
        return region.full_mask(self.size)

    def move_region(self, x: int, y: int, dx: int, dy: int) -> Bounds:
        """Move the region under a pixel; what it leaves becomes void. Its record goes along, as one step.

        Args:
            x: column of a pixel of the region.
            y: row of that pixel.
            dx: pixels to the right.
            dy: pixels down; what leaves the layout is gone.

        Returns:
            The pixels that changed; none where the pixel is void.

        Raises:
            ValueError: if the pixel lies outside.
        """
        self._check_pixel(x, y)
        self.commit_stroke()
        region = find_region_at(self._layout_now(), self.table, x, y)
        if region is None or (dx, dy) == (0, 0):
            return NOWHERE
        book, record = self._state.book, record_of_region(self._state.book, region, self._layout_now(), self.table)
        if record is not None:
            book = book.with_record(moved_record(record, region, dx, dy, self.size))
        target = region.bounds.shifted(dx, dy)
        kept = target.clipped(self.size)
        window = self._pixels.write_inside(region.bounds, region.mask, VOID, 0)
        if kept:
            moved = region.mask[kept.shifted(-target.left, -target.top).slices]
            window = window.union(self._pixels.write_inside(kept, moved, region.class_id, region.instance_id))
        name = f"Move {self.table[region.class_id].name.lower()}"
        return self._announced(self._commit_pixels(name, window, book=book))

    def _layout_now(self) -> Layout:
        """Return the live layout without copying it: only for use before the next edit."""
        return Layout(self.class_ids, self.instance_ids)

    def _write_mask(self, mask: Mask, class_id: int, instance_id: int, options: StrokeOptions, verb: str) -> Bounds:
        window = self._pixels.write_mask(mask, class_id, instance_id, options.paintable)
        return self._announced(self._commit_pixels(self._name_of(verb, class_id), window))

    def _name_of(self, verb: str, class_id: int) -> str:
        return "Erase" if class_id == VOID else f"{verb} {self.table[class_id].name.lower()}"

    def _commit_pixels(self, name: str, window: Bounds, *, book: RecordBook | None = None) -> Bounds:
        """Make what was written inside a window one step, with other records if asked; return what changed."""
        change = self._pixels.commit(window)
        if change is None:
            return NOWHERE
        before = self._state.book
        self._state.book = after = before if book is None else book
        self._push(PaintEdit(name, before, after, change))
        if after != before:
            self._emit(Change("records"))
        self._emit(Change("history"))
        return change.bounds
