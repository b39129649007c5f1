"""Pick a class."""

from __future__ import annotations

from app.session import Session
from app.tools.tool import PlainTool, PointerEvent


class PickTool(PlainTool):
    """Takes the class under the pointer in hand, also while dragging."""

    hint = "Click to paint with the class under the cursor; with any tool: Alt+click"

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
