"""Areas drawn freely: the lasso by dragging, the polygon click by click."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath

from app.session import Session
from app.tools.shapes import to_eighth_turn
from app.tools.stroke_path import Sample, StrokePath
from app.tools.tool import KeyStroke, PlainTool, PointerEvent, Preview
from engine.classes import VOID
from engine.document.shapes import MAX_POLYGON_POINTS, Polygon
from engine.document.strokes import Point

LEAST_CORNERS = 3
CLOSING_VIEW_PX = 8.0
OFF_CENTRE_PX = (1 / 997, 1 / 1999)
"""Added to corners: an edge through the very centre of a pixel, which belongs to one side, would break symmetry."""


class LassoTool(PlainTool):
    """Fills what the pointer goes around."""

    hint = "Drag around an area to fill it"

    def __init__(self, session: Session) -> None:
        """Draw in a session."""
        self._session = session
        self._path = StrokePath()
        self._points: list[Point] = []
        self._outline = QPainterPath()
        self._erases = False

    def press(self, event: PointerEvent) -> None:
        """Begin the outline."""
        self.cancel()
        self._erases = self._session.tools.erases or event.erases
        self.move(event)

    def move(self, event: PointerEvent) -> None:
        """Draw it on, as smoothly as a stroke."""
        self._add(self._path.extend((event.x, event.y, 0.0), view_px=event.view_px))

    def release(self, event: PointerEvent) -> None:
        """Close the outline with a straight line and fill it, as one step."""
        self.move(event)
        self._add(self._path.finish(view_px=event.view_px))
        points, erase = tuple(self._points), self._erases
        self.cancel()
        if len(points) >= LEAST_CORNERS:
            self._session.gesture.draw_shape(_polygon(points), points[0], erase=erase)

    def cancel(self) -> None:
        """Forget the outline."""
        self._path, self._points, self._outline = StrokePath(), [], QPainterPath()

    def preview(self) -> Preview | None:
        """Return the outline as it would be closed now."""
        if len(self._points) < LEAST_CORNERS - 1:
            return None
        path = QPainterPath(self._outline)
        path.closeSubpath()
        return Preview(path, VOID if self._erases else self._session.class_id)

    def _add(self, samples: list[Sample]) -> None:
        for x, y, _ in samples:
            if not self._points:
                self._outline.moveTo(x, y)
            elif len(self._points) < MAX_POLYGON_POINTS:
                self._outline.lineTo(x, y)
            else:
                return
            self._points.append((x, y))


class PolygonTool(PlainTool):
    """Fills a polygon: each click adds a corner, Enter, a double click or a click on the first corner closes it."""

    def __init__(self, session: Session) -> None:
        """Draw in a session."""
        self._session = session
        self._points: list[Point] = []
        self._pointer: Point | None = None
        self._erases = False

    @property
    def is_open(self) -> bool:
        """Whether there is a corner and the polygon is not closed."""
        return bool(self._points)

    @property
    def hint(self) -> str:
        """What the painter can do now, in a line."""
        if not self._points:
            return "Click to begin a polygon"
        if len(self._points) < LEAST_CORNERS:
            return "Click to add corners; Shift keeps 45°, Backspace takes one back, Esc gives up"
        return "Click to add corners; Enter or a double click fills, Backspace takes one back, Esc gives up"

    def press(self, event: PointerEvent) -> None:
        """Add a corner, or close the polygon on its first one."""
        if not self._points:
            self._erases = self._session.tools.erases or event.erases
        point = self._point_of(event)
        self._pointer = point
        if len(self._points) >= LEAST_CORNERS and self._is_close(event, self._points[0]):
            self._fill()
        elif len(self._points) < MAX_POLYGON_POINTS and point not in self._points[-1:]:
            self._points.append(point)

    def move(self, event: PointerEvent) -> None:
        """Drag the line to the next corner."""
        self._pointer = self._point_of(event)

    def release(self, event: PointerEvent) -> None:
        """Keep the corner."""

    def double_click(self, event: PointerEvent) -> None:
        """Fill: the first of the two clicks has added the last corner."""
        if len(self._points) >= LEAST_CORNERS:
            self._fill()
        else:
            self.press(event)

    def cancel(self) -> None:
        """Forget the polygon."""
        self._points, self._pointer = [], None

    def wants_key(self, stroke: KeyStroke) -> bool:
        """Whether a key closes the polygon or takes a corner back."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
        return self.is_open and (stroke.undoes or stroke.key in keys)

    def key(self, stroke: KeyStroke) -> None:
        """Close the polygon, or take its last corner back."""
        if stroke.undoes or stroke.key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._points.pop()
        elif len(self._points) >= LEAST_CORNERS:
            self._fill()

    def preview(self) -> Preview | None:
        """Return the polygon with the pointer as its next corner."""
        if not self._points:
            return None
        points = self._points if self._pointer is None else [*self._points, self._pointer]
        return Preview(_closed_path(points), VOID if self._erases else self._session.class_id)

    def _fill(self) -> None:
        points, erase = tuple(self._points), self._erases
        self.cancel()
        self._session.gesture.draw_shape(_polygon(points), points[0], erase=erase)

    def _point_of(self, event: PointerEvent) -> Point:
        if not (event.constrained and self._points):
            return event.x, event.y
        x, y = self._points[-1]
        dx, dy = to_eighth_turn(event.x - x, event.y - y)
        return x + dx, y + dy

    @staticmethod
    def _is_close(event: PointerEvent, point: Point) -> bool:
        return math.dist((event.x, event.y), point) <= CLOSING_VIEW_PX * event.view_px


def _polygon(points: tuple[Point, ...]) -> Polygon:
    dx, dy = OFF_CENTRE_PX
    return Polygon(tuple((x + dx, y + dy) for x, y in points))


def _closed_path(points: list[Point]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    path.closeSubpath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    return path
