"""Line, rectangle and ellipse: drawn from where the button goes down to where it comes up."""

from __future__ import annotations

import math
from abc import abstractmethod

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPainterPathStroker

from app.session import Session
from app.tools.tool import PlainTool, PointerEvent, Preview
from engine.classes import VOID
from engine.document.shapes import Ellipse, Line, Rectangle, Shape
from engine.document.strokes import Point

EIGHTH_TURN = math.pi / 4


def to_eighth_turn(dx: float, dy: float) -> Point:
    """Return a vector turned to the nearest eighth of a turn, as long as its shadow there."""
    angle = round(math.atan2(dy, dx) / EIGHTH_TURN) * EIGHTH_TURN
    length = dx * math.cos(angle) + dy * math.sin(angle)
    return length * math.cos(angle), length * math.sin(angle)


class DragShapeTool(PlainTool):
    """Draws a shape between two points. Shift constrains it; Alt or Ctrl draws it about its centre."""

    def __init__(self, session: Session) -> None:
        """Draw in a session."""
        self._session = session
        self._start: Point | None = None
        self._event: PointerEvent | None = None

    def press(self, event: PointerEvent) -> None:
        """Begin the shape."""
        self._start, self._event = (event.x, event.y), event

    def move(self, event: PointerEvent) -> None:
        """Drag its other end."""
        self._event = event

    def release(self, event: PointerEvent) -> None:
        """Paint the shape, as one step; a click without dragging paints nothing."""
        self._event = event
        start, shape = self._start, self._shape()
        erase = self._session.tools.erases or event.erases
        self.cancel()
        if start is not None and shape is not None:
            self._session.gesture.draw_shape(shape, start, erase=erase)

    def cancel(self) -> None:
        """Forget the shape."""
        self._start = self._event = None

    def preview(self) -> Preview | None:
        """Return the outline of the shape, filled with its class."""
        shape = self._shape()
        if shape is None or self._event is None:
            return None
        erase = self._session.tools.erases or self._event.erases
        return Preview(self.path_of(shape), VOID if erase else self._session.class_id)

    @abstractmethod
    def shape_between(self, start: Point, end: Point) -> Shape:
        """Return the shape between two points."""

    @abstractmethod
    def path_of(self, shape: Shape) -> QPainterPath:
        """Return the outline of a shape of this tool."""

    @abstractmethod
    def constrained(self, dx: float, dy: float) -> Point:
        """Return where the other end lies while Shift is held."""

    def _shape(self) -> Shape | None:
        if self._start is None or self._event is None:
            return None
        (x, y), event = self._start, self._event
        dx, dy = event.x - x, event.y - y
        if math.hypot(dx, dy) < event.view_px:
            return None
        if event.constrained:
            dx, dy = self.constrained(dx, dy)
        start = (x - dx, y - dy) if event.centred else (x, y)
        return self.shape_between(start, (x + dx, y + dy))


class LineTool(DragShapeTool):
    """A straight line as wide as the brush."""

    hint = "Drag to draw a line; Shift keeps it at 45°, Alt or Ctrl draws it about its middle"

    def shape_between(self, start: Point, end: Point) -> Line:
        """Return the line between two points."""
        return Line(start, end, self._session.brush_px)

    def path_of(self, shape: Shape) -> QPainterPath:
        """Return the outline of a line, with its round ends."""
        assert isinstance(shape, Line)
        line = QPainterPath(QPointF(*shape.start))
        line.lineTo(QPointF(*shape.end))
        stroker = QPainterPathStroker()
        stroker.setWidth(shape.width_px)
        stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
        return stroker.createStroke(line)

    def constrained(self, dx: float, dy: float) -> Point:
        """Return the end turned to the nearest eighth of a turn."""
        return to_eighth_turn(dx, dy)


class _BoxTool(DragShapeTool):
    def constrained(self, dx: float, dy: float) -> Point:
        """Return the corner of the square with the longer side."""
        side = max(abs(dx), abs(dy))
        return math.copysign(side, dx), math.copysign(side, dy)


class RectangleTool(_BoxTool):
    """An upright rectangle, filled."""

    hint = "Drag to draw a rectangle; Shift keeps it square, Alt or Ctrl draws it about its centre"

    def shape_between(self, start: Point, end: Point) -> Rectangle:
        """Return the rectangle between two corners, on whole pixels."""
        return Rectangle(*_on_whole_pixels(start, end))

    def path_of(self, shape: Shape) -> QPainterPath:
        """Return the outline of a rectangle."""
        assert isinstance(shape, Rectangle)
        path = QPainterPath()
        path.addRect(_box(shape.start, shape.end))
        return path


class EllipseTool(_BoxTool):
    """An upright ellipse, filled."""

    hint = "Drag to draw an ellipse; Shift keeps it a circle, Alt or Ctrl draws it about its centre"

    def shape_between(self, start: Point, end: Point) -> Ellipse:
        """Return the ellipse between two corners, on whole pixels."""
        return Ellipse(*_on_whole_pixels(start, end))

    def path_of(self, shape: Shape) -> QPainterPath:
        """Return the outline of an ellipse."""
        assert isinstance(shape, Ellipse)
        path = QPainterPath()
        path.addEllipse(_box(shape.start, shape.end))
        return path


def _box(start: Point, end: Point) -> QRectF:
    return QRectF(QPointF(*start), QPointF(*end)).normalized()


def _on_whole_pixels(start: Point, end: Point) -> tuple[Point, Point]:
    """Return the corners of all pixels two points touch: what the preview shows is what is painted."""
    left, right = sorted((start[0], end[0]))
    top, bottom = sorted((start[1], end[1]))
    return (
        (float(math.floor(left)), float(math.floor(top))),
        (float(max(math.ceil(right), math.floor(left) + 1)), float(max(math.ceil(bottom), math.floor(top) + 1))),
    )
