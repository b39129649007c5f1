"""Intelligent scissors: an outline that follows the photograph's edges, click by click."""

from __future__ import annotations

import math
from functools import partial

import cv2
import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath

from app.background import Background
from app.session import Session
from app.tools.photograph import photograph_of
from app.tools.tool import KeyStroke, PlainTool, PointerEvent, Preview
from engine.data.assisted_selection import EdgeOutline
from engine.data.sample import Rgb8
from engine.document.shapes import Polygon
from engine.document.strokes import Point

CLOSING_VIEW_PX = 8.0
LEAST_ANCHORS = 2
_KEEPS_WITHIN_PX = 0.5


class ScissorsTool(PlainTool):
    """Fills an outline that follows edges between the points clicked; Enter, a double click or the first closes it.

    The ways from each anchor are found elsewhere, which takes a tenth of a second; until then a line is straight.
    """

    def __init__(self, session: Session) -> None:
        """Cut out of the photograph under a session's layout."""
        self._session = session
        self._background = Background(session)
        self._anchors: list[Point] = []
        self._outlines: list[EdgeOutline | None] = []
        self._pointer: Point | None = None
        self._is_closing = False
        self._erases = False

    @property
    def is_open(self) -> bool:
        """Whether there is an anchor and the outline is not closed."""
        return bool(self._anchors)

    @property
    def hint(self) -> str:
        """What the painter can do now, in a line."""
        if photograph_of(self._session) is None:
            return "There is no photograph to cut out of"
        if not self._anchors:
            return "Click on the edge of an object; the outline follows it from click to click"
        return "Click along the edge; Enter or a double click closes, Backspace takes one back, Esc gives up"

    def press(self, event: PointerEvent) -> None:
        """Add an anchor, or close the outline on its first one."""
        photograph = photograph_of(self._session)
        if photograph is None or self._is_closing:
            return
        point = self._pointer = (event.x, event.y)
        if not self._anchors:
            self._erases = self._session.tools.erases or event.erases
        elif len(self._anchors) > LEAST_ANCHORS and self._is_close(event, self._anchors[0]):
            self._close()
            return
        if point not in self._anchors[-1:]:
            self._add(photograph, point)

    def move(self, event: PointerEvent) -> None:
        """Lead the outline to the pointer."""
        self._pointer = (event.x, event.y)

    def double_click(self, event: PointerEvent) -> None:
        """Close the outline: the first of the two clicks has added the last anchor."""
        if len(self._anchors) > LEAST_ANCHORS:
            self._close()
        else:
            self.press(event)

    def cancel(self) -> None:
        """Forget the outline."""
        self._background.forget()
        self._anchors, self._outlines, self._pointer, self._is_closing = [], [], None, False

    def wants_key(self, stroke: KeyStroke) -> bool:
        """Whether a key closes the outline or takes an anchor back."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
        return self.is_open and (stroke.undoes or stroke.key in keys)

    def key(self, stroke: KeyStroke) -> None:
        """Close the outline, or take its last anchor back."""
        if stroke.undoes or stroke.key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._anchors.pop()
            self._outlines.pop()
        elif len(self._anchors) > LEAST_ANCHORS:
            self._close()

    def preview(self) -> Preview | None:
        """Return the outline, led to the pointer."""
        if not self._anchors:
            return None
        path = QPainterPath(QPointF(*self._anchors[0]))
        for point in self._way(to_pointer=True)[1:]:
            path.lineTo(QPointF(*point))
        return Preview(path, is_mirrored=False)

    def _add(self, photograph: Rgb8, point: Point) -> None:
        self._anchors.append(point)
        self._outlines.append(None)
        self._background.run(partial(EdgeOutline, photograph, point), self._on_outline_found)

    def _on_outline_found(self, outline: EdgeOutline) -> None:
        for at, anchor in enumerate(self._anchors):
            if anchor == outline.anchor:
                self._outlines[at] = outline
        if self._is_closing and None not in self._outlines:
            self._fill()
        self._session.tools.options_changed.emit()

    def _close(self) -> None:
        """Fill as soon as every way is found."""
        self._is_closing = True
        if None not in self._outlines:
            self._fill()

    def _fill(self) -> None:
        points = np.array(self._way(to_pointer=False), np.float32)
        corners = cv2.approxPolyDP(points, _KEEPS_WITHIN_PX, closed=True).reshape(-1, 2)
        start, erase = self._anchors[0], self._erases
        self.cancel()
        outline = tuple((float(x), float(y)) for x, y in corners)
        self._session.gesture.draw_shape(Polygon(outline), start, erase=erase)

    def _way(self, *, to_pointer: bool) -> list[Point]:
        """Return all points of the outline: to the pointer, or back to the first anchor."""
        last = self._pointer if to_pointer else self._anchors[0]
        ends = [*self._anchors[1:], *([last] if last is not None else [])]
        points = [self._anchors[0]]
        for outline, end in zip(self._outlines, ends, strict=False):
            points += [end] if outline is None else outline.to(end)
        return points

    @staticmethod
    def _is_close(event: PointerEvent, point: Point) -> bool:
        return math.dist((event.x, event.y), point) <= CLOSING_VIEW_PX * event.view_px
