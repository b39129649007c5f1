"""Grab an object: a rectangle around it, then strokes that say what belongs to it and what does not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from app.background import Background
from app.session import Session
from app.tools.photograph import photograph_of
from app.tools.tool import KeyStroke, PlainTool, PointerEvent, Preview
from engine.data.assisted_selection import Grab, Mask, grab_object
from engine.data.sample import Rgb8
from engine.document.strokes import Point, polyline_spans
from engine.geometry import Bounds, Size

LEAST_SIDE_PX = 4


@dataclass(frozen=True)
class Mark:
    """A stroke over the photograph: its points, half its width, and whether it takes away."""

    points: tuple[Point, ...]
    radius_px: float
    takes_away: bool


@dataclass(frozen=True, eq=False)
class Found:
    """An object: its (H, W) bool mask, and its outline in layout coordinates."""

    mask: Mask
    outline: tuple[npt.NDArray[np.int32], ...]


class GrabTool(PlainTool):
    """Paints the object within a rectangle in the class in hand, once its outline is right and Enter is pressed.

    The object is sought elsewhere; meanwhile the outline found before stays on show.
    """

    def __init__(self, session: Session) -> None:
        """Cut out of the photograph under a session's layout."""
        self._session = session
        self._background = Background(session)
        self._start: Point | None = None
        self._rectangle = Bounds(0, 0, 0, 0)
        self._marks: list[Mark] = []
        self._stroke: Mark | None = None
        self._found: Found | None = None

    @property
    def is_open(self) -> bool:
        """Whether a rectangle is drawn."""
        return bool(self._rectangle)

    @property
    def hint(self) -> str:
        """What the painter can do now, in a line."""
        if photograph_of(self._session) is None:
            return "There is no photograph to cut out of"
        if not self._rectangle:
            return "Drag a rectangle around an object"
        if self._background.is_busy:
            return "Looking for the object…"
        return "Drag over what is missing, with Shift over what is too much; Enter paints it, Esc gives up"

    def press(self, event: PointerEvent) -> None:
        """Begin the rectangle, or a stroke."""
        if photograph_of(self._session) is None:
            return
        if self._rectangle:
            takes_away = event.constrained or event.erases
            self._stroke = Mark(((event.x, event.y),), self._session.brush_px / 2, takes_away)
        else:
            self._start = (event.x, event.y)

    def move(self, event: PointerEvent) -> None:
        """Draw the rectangle or the stroke on."""
        if self._start is not None:
            self._rectangle = self._box_to(event)
        elif self._stroke is not None:
            points = (*self._stroke.points, (event.x, event.y))
            self._stroke = Mark(points, self._stroke.radius_px, self._stroke.takes_away)

    def release(self, event: PointerEvent) -> None:
        """Look for the object."""
        self.move(event)
        if self._start is not None:
            self._start = None
            if min(self._rectangle.width, self._rectangle.height) < LEAST_SIDE_PX:
                self.cancel()
                return
            self._seek()
        elif self._stroke is not None:
            self._marks.append(self._stroke)
            self._stroke = None
            self._seek()

    def double_click(self, event: PointerEvent) -> None:
        """Take it for one more press: strokes may follow quickly."""
        self.press(event)

    def cancel(self) -> None:
        """Forget the object."""
        self._background.forget()
        self._start, self._rectangle, self._stroke, self._found = None, Bounds(0, 0, 0, 0), None, None
        self._marks = []

    def wants_key(self, stroke: KeyStroke) -> bool:
        """Whether a key paints the object or takes a stroke back."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
        return self.is_open and (stroke.undoes or stroke.key in keys)

    def key(self, stroke: KeyStroke) -> None:
        """Paint the object, or take the last stroke back, and then the rectangle."""
        if stroke.undoes or stroke.key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            if self._marks:
                self._marks.pop()
                self._seek()
            else:
                self.cancel()
        elif self._found is not None and not self._background.is_busy:
            self._paint(self._found)

    def preview(self) -> Preview | None:
        """Return the outline of the object, or the rectangle, and the stroke under way."""
        if not self._rectangle:
            return None
        path = QPainterPath()
        class_id = None
        if self._found is None:
            box = self._rectangle
            path.addRect(QRectF(box.left, box.top, box.width, box.height))
        else:
            class_id = self._session.class_id
            for ring in self._found.outline:
                path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring.tolist()]))
                path.closeSubpath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        if self._stroke is not None:
            line = QPainterPath(QPointF(*self._stroke.points[0]))
            for point in self._stroke.points[1:]:
                line.lineTo(QPointF(*point))
            path.addPath(line)
        return Preview(path, class_id, is_mirrored=False)

    def _box_to(self, event: PointerEvent) -> Bounds:
        assert self._start is not None
        (x0, x1), (y0, y1) = sorted((self._start[0], event.x)), sorted((self._start[1], event.y))
        return Bounds(int(x0), int(y0), int(x1) + 1, int(y1) + 1).clipped(self._session.document.size)

    def _seek(self) -> None:
        photograph = photograph_of(self._session)
        if photograph is None:
            return
        self._background.forget()
        self._background.run(
            partial(find_object, photograph, self._rectangle, tuple(self._marks)), self._on_object_found
        )

    def _on_object_found(self, found: Found) -> None:
        self._found = found
        self._session.tools.options_changed.emit()

    def _paint(self, found: Found) -> None:
        start = self._session.document.size.bounds.right, 0  # outside: the object continues no instance
        self.cancel()
        self._session.gesture.paint_mask(found.mask, (float(start[0]), float(start[1])))


def find_object(photograph: Rgb8, rectangle: Bounds, marks: tuple[Mark, ...]) -> Found:
    """Return the object within a rectangle as strokes describe it, later ones over earlier; slow.

    Args:
        photograph: (H, W, 3) uint8 sRGB.
        rectangle: bounds of the object.
        marks: strokes in their order.
    """
    size = Size.of(photograph)
    inside = np.zeros((size.height, size.width), np.bool_)
    outside = np.zeros_like(inside)
    for mark in marks:
        for spans in polyline_spans(list(mark.points), radius_px=mark.radius_px, size=size):
            spans.write(outside, mark.takes_away)
            spans.write(inside, not mark.takes_away)
    mask = grab_object(photograph, Grab(rectangle, inside, outside))
    rings, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return Found(mask, tuple(np.asarray(ring, np.int32).reshape(-1, 2) for ring in rings))
