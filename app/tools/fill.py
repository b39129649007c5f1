"""Fill."""

from __future__ import annotations

from app.session import Session
from app.tools.tool import ClickTool, PointerEvent


class FillTool(ClickTool):
    """Fills the connected pixels of one class and instance with the class in hand."""

    def __init__(self, session: Session) -> None:
        """Fill in a session."""
        self._session = session

    def press(self, event: PointerEvent) -> None:
        """Fill around the pixel under the pointer."""
        if self._session.gesture.is_inside(event.x, event.y):
            self._session.gesture.fill(int(event.x), int(event.y))
