"""Brush and eraser."""

from __future__ import annotations

from PySide6.QtGui import QPainterPath

from app.session import Session
from app.tools.stroke_path import Sample, StrokePath
from app.tools.tool import PlainTool, PointerEvent, Preview

LEAST_PRESSURE_SHARE = 0.15


class BrushTool(PlainTool):
    """Paints a stroke of the class in hand, or of void.

    A press and moves only note the path; `paint_waiting` paints what was noted since, all in one go, so that a pointer
    that reports a thousand places a second costs no more than the frames that show them.

    Attributes:
        radius_px: of the brush where it was last: a pen's pressure changes it.
    """

    def __init__(self, session: Session, *, erase: bool) -> None:
        """Paint in a session."""
        self._session = session
        self._erase = erase
        self._path = StrokePath()
        self._waiting: list[Sample] = []
        self.radius_px = 0.0

    @property
    def hint(self) -> str:
        """What the painter can do now, in a line."""
        verb = "erase" if self._erase else "paint"
        line = "; Shift+click for a straight line from the last stroke" if self._session.gesture.last_end else ""
        return f"Drag to {verb}{line}; Shift+drag for the size"

    def press(self, event: PointerEvent) -> None:
        """Open a stroke at its first dot."""
        self._path = StrokePath()
        self._waiting.clear()
        self._session.gesture.begin(event.x, event.y, erase=self._erase or event.erases)
        self.move(event)

    def move(self, event: PointerEvent) -> None:
        """Note the path to where the pointer is."""
        self.radius_px = self._radius_of(event)
        self._go_to(event)

    def paint_waiting(self) -> None:
        """Paint on through where the pointer was since it was painted last, in one go."""
        waiting, self._waiting = self._waiting, []
        self._session.gesture.extend([(x, y) for x, y, _ in waiting], [radius for *_, radius in waiting])

    def release(self, event: PointerEvent) -> None:
        """Close the stroke, as wide as it was: a pen that is up presses no more."""
        self._go_to(event)
        self._waiting += self._path.finish(view_px=event.view_px)
        self.paint_waiting()
        self._session.gesture.finish()

    def cancel(self) -> None:
        """Take the stroke back."""
        self._waiting.clear()
        self._session.gesture.abort()

    def draw_line(self, event: PointerEvent) -> bool:
        """Paint a straight line from where the last stroke ended, as one step; False where there was none."""
        gesture = self._session.gesture
        start = gesture.last_end
        if start is None:
            return False
        gesture.begin(*start, erase=self._erase or event.erases)
        gesture.extend([start, (event.x, event.y)], self._session.brush_px / 2)
        gesture.finish()
        return True

    def line_preview(self, event: PointerEvent) -> Preview | None:
        """Return the straight line that `draw_line` would paint, or None."""
        start = self._session.gesture.last_end
        if start is None:
            return None
        path = QPainterPath()
        path.moveTo(*start)
        path.lineTo(event.x, event.y)
        return Preview(path)

    def _go_to(self, event: PointerEvent) -> None:
        self._waiting += self._path.extend((event.x, event.y, self.radius_px), view_px=event.view_px)

    def _radius_of(self, event: PointerEvent) -> float:
        pressure = event.pressure if self._session.tools.uses_pressure else 1.0
        share = LEAST_PRESSURE_SHARE + (1 - LEAST_PRESSURE_SHARE) * pressure
        return self._session.brush_px * share / 2
