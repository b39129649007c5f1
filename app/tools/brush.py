"""Brush and eraser."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtGui import QPainterPath

from app.session import Session
from app.tools.stroke_path import Sample, StrokePath
from app.tools.tool import PlainTool, PointerEvent, Preview

LEAST_PRESSURE_SHARE = 0.15
THIN_VIEW_PX = 2.0
THIN_SAMPLES = 40
"""Of moves that came together, what lies closer is left out, and what is more; the path stays smooth without them."""


class BrushTool(PlainTool):
    """Paints a stroke of the class in hand, or of void.

    Attributes:
        radius_px: of the brush where it painted last: a pen's pressure changes it.
    """

    def __init__(self, session: Session, *, erase: bool) -> None:
        """Paint in a session."""
        self._session = session
        self._erase = erase
        self._path = StrokePath()
        self.radius_px = 0.0

    @property
    def hint(self) -> str:
        """What the painter can do now, in a line."""
        verb = "erase" if self._erase else "paint"
        line = "; Shift+click for a straight line from the last stroke" if self._session.gesture.last_end else ""
        return f"Drag to {verb}{line}; [ ] or Shift+drag for the size"

    def press(self, event: PointerEvent) -> None:
        """Open a stroke and paint its first dot."""
        self._path = StrokePath()
        self.radius_px = self._radius_of(event)
        self._session.gesture.begin(event.x, event.y, erase=self._erase or event.erases)
        self.follow((event,))

    def move(self, event: PointerEvent) -> None:
        """Paint on to where the pointer is."""
        self.follow((event,))

    def follow(self, events: Sequence[PointerEvent]) -> None:
        """Paint on through where the pointer was, in one go."""
        samples: list[Sample] = []
        for event in thinned(events):
            self.radius_px = self._radius_of(event)
            samples += self._path.extend((event.x, event.y, self.radius_px), view_px=event.view_px)
        self._paint(samples)

    def release(self, event: PointerEvent) -> None:
        """Close the stroke, as wide as it was: a pen that is up presses no more."""
        self._paint(self._path.extend((event.x, event.y, self.radius_px), view_px=event.view_px))
        self._paint(self._path.finish(view_px=event.view_px))
        self._session.gesture.finish()

    def cancel(self) -> None:
        """Take the stroke back."""
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

    def _paint(self, samples: Sequence[Sample]) -> None:
        self._session.gesture.extend([(x, y) for x, y, _ in samples], [radius for *_, radius in samples])

    def _radius_of(self, event: PointerEvent) -> float:
        pressure = event.pressure if self._session.tools.uses_pressure else 1.0
        share = LEAST_PRESSURE_SHARE + (1 - LEAST_PRESSURE_SHARE) * pressure
        return self._session.brush_px * share / 2


def thinned(events: Sequence[PointerEvent]) -> list[PointerEvent]:
    """Return the moves worth following of those that came together: some way apart, and always the last."""
    step = max(1, len(events) // THIN_SAMPLES)
    taken: list[PointerEvent] = []
    for event in events[:-1:step]:
        if not taken or math.dist((event.x, event.y), (taken[-1].x, taken[-1].y)) >= THIN_VIEW_PX * event.view_px:
            taken.append(event)
    return [*taken, *events[-1:]]
