"""Pick a class."""

from __future__ import annotations

from app.session import Session
from app.tools.tool import ClickTool, PointerEvent


class PickTool(ClickTool):
    """Takes the class under the pointer in hand, also while dragging."""

    def __init__(self, session: Session) -> None:
        """Pick in a session."""
        self._session = session

    def press(self, event: PointerEvent) -> None:
        """Pick the class under the pointer."""
        if self._session.gesture.is_inside(event.x, event.y):
            self._session.gesture.pick_class(int(event.x), int(event.y))

    def move(self, event: PointerEvent) -> None:
        """Pick on."""
        self.press(event)
