"""Strokes, fills, shapes and moves: what a pointer gesture does to the open document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.classes import VOID
from engine.document.shapes import Shape
from engine.document.strokes import Point, StrokeOptions
from engine.geometry import Bounds
from engine.regions import Mask

if TYPE_CHECKING:
    from app.session import Session


class StrokeGesture:
    """Paints into the session's document and asks for pictures. GUI thread; never waits for the engine."""

    def __init__(self, session: Session) -> None:
        """Paint with the tools of a session."""
        self._session = session
        self._last_end: Point | None = None
        self._document_id = ""

    @property
    def is_open(self) -> bool:
        """Whether a stroke is being painted."""
        return self._session.document.is_stroke_open

    @property
    def last_end(self) -> Point | None:
        """Where the last stroke in this document ended, or None."""
        return self._last_end if self._document_id == self._session.document.document_id else None

    def begin(self, x: float, y: float, *, erase: bool = False) -> None:
        """Open a stroke of the class in hand at a layout position, or of void.

        A stroke that starts on an instance of its class continues it; *new object* gives it a fresh one.
        """
        session = self._session
        session.engine.hold_final(True)
        session.document.begin_stroke(*self._pair_at(x, y, erase=erase), options=self._options())

    def extend(self, points: Sequence[Point], radius_px: float | Sequence[float]) -> Bounds:
        """Paint along points of the open stroke and return what was written; a PREVIEW follows.

        Args:
            points: (x, y) in layout coordinates.
            radius_px: of the brush, one for all points or one for each.
        """
        if not self.is_open or not points:
            return Bounds(0, 0, 0, 0)
        bounds = self._session.document.paint(points, radius_px)
        self._last_end, self._document_id = points[-1], self._session.document.document_id
        if bounds:
            self._session.pictures.request_preview()
        return bounds

    def finish(self) -> None:
        """Close the stroke: one step of the history, and a FINAL."""
        is_changed = self._session.document.commit_stroke()
        self._session.tools.set_instance(0)
        self._session.engine.hold_final(False)
        self._session.tools.note_painted(changed=is_changed)
        if is_changed:
            self._session.pictures.request_final()
        else:
            self._session.pictures.show_edit()

    def abort(self) -> None:
        """Take the open stroke back as if it had never been."""
        self._session.engine.hold_final(False)
        if self.is_open:
            self._session.document.abort_stroke()
            self._session.pictures.show_edit()

    def fill(self, x: int, y: int, *, contiguous: bool = True, erase: bool = False) -> Bounds:
        """Fill what looks the same around a layout pixel with the class in hand, or with void."""
        session = self._session
        bounds = session.document.fill(
            x,
            y,
            VOID if erase else session.class_id,
            0 if erase else session.instance_id,
            contiguous=contiguous,
            close_gaps_px=session.tools.gap_px if contiguous else 0,
            options=self._options(),
        )
        return self._done(bounds)

    def draw_shape(self, shape: Shape, start: Point, *, erase: bool = False) -> Bounds:
        """Paint a shape of the class in hand, or of void; where it starts on an instance, it continues it."""
        pair = self._pair_at(*start, erase=erase)
        return self._done(self._session.document.draw_shape(shape, *pair, options=self._options()))

    def paint_mask(self, mask: Mask, start: Point, *, erase: bool = False) -> Bounds:
        """Paint the class in hand, or void, over the pixels of a mask; starting on an instance, it continues it."""
        pair = self._pair_at(*start, erase=erase)
        return self._done(self._session.document.paint_mask(mask, *pair, options=self._options()))

    def move_region(self, x: int, y: int, dx: int, dy: int, *, instead_of_last: bool = False) -> bool:
        """Move the region under a layout pixel by whole pixels; return whether that made a step of the history.

        Args:
            x: column of the pixel.
            y: row of the pixel.
            dx: to the right.
            dy: down.
            instead_of_last: take the last step of the history back first; the pixel is one before that step.
        """
        document = self._session.document
        undone = document.undo() if instead_of_last else None
        moved = document.move_region(x, y, dx, dy)
        if moved or undone:
            self._session.pictures.request_final(preview_first="large")
        return bool(moved)

    def pick_class(self, x: int, y: int) -> None:
        """Take the class of a layout pixel in hand; void is left alone."""
        class_id, _ = self._session.document.class_at(x, y)
        if class_id != VOID:
            self._session.set_class(class_id)

    def toggle_only_over(self, x: float, y: float) -> None:
        """Paint only over the class under a layout position; where that is so already, over everything again."""
        if not self.is_inside(x, y):
            return
        tools = self._session.tools
        class_id, _ = self._session.document.class_at(int(x), int(y))
        tools.set_only_over(None if tools.only_over == class_id else class_id)

    def is_inside(self, x: float, y: float) -> bool:
        """Whether a layout position lies on the layout."""
        size = self._session.document.size
        return 0 <= x < size.width and 0 <= y < size.height

    def _options(self) -> StrokeOptions:
        return self._session.tools.stroke_options(self._session.document.size)

    def _done(self, bounds: Bounds) -> Bounds:
        self._session.tools.set_instance(0)
        self._session.tools.note_painted(changed=bool(bounds))
        if bounds:
            self._session.pictures.request_final(preview_first="large")
        return bounds

    def _pair_at(self, x: float, y: float, *, erase: bool) -> tuple[int, int]:
        """Return the class and instance a gesture that starts at a layout position writes."""
        session = self._session
        if erase:
            return VOID, 0
        if session.instance_id or not self.is_inside(x, y):
            return session.class_id, session.instance_id
        class_id, instance_id = session.document.class_at(int(x), int(y))
        return session.class_id, instance_id if class_id == session.class_id else 0
