"""Brush and eraser."""

from __future__ import annotations

from app.session import Session
from app.tools.tool import PointerEvent

LEAST_PRESSURE_SHARE = 0.15


class BrushTool:
    """Paints a stroke of the class in hand, or of void."""

    def __init__(self, session: Session, *, erase: bool) -> None:
        """Paint in a session."""
        self._session = session
        self._erase = erase

    def press(self, event: PointerEvent) -> None:
        """Open a stroke and paint its first dot."""
        self._session.gesture.begin(event.x, event.y, erase=self._erase)
        self._paint(event)

    def move(self, event: PointerEvent) -> None:
        """Paint on to where the pointer is."""
        self._paint(event)

    def release(self, event: PointerEvent) -> None:
        """Close the stroke."""
        self._paint(event)
        self._session.gesture.finish()

    def cancel(self) -> None:
        """Take the stroke back."""
        self._session.gesture.abort()

    def _paint(self, event: PointerEvent) -> None:
        share = LEAST_PRESSURE_SHARE + (1 - LEAST_PRESSURE_SHARE) * event.pressure
        self._session.gesture.extend([(event.x, event.y)], self._session.brush_px * share / 2)
