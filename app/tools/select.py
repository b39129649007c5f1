"""Select a region."""

from __future__ import annotations

from app.session import Session
from app.tools.tool import ClickTool, PointerEvent


class SelectTool(ClickTool):
    """Selects the region under the pointer."""

    def __init__(self, session: Session) -> None:
        """Select in a session."""
        self._session = session

    def press(self, event: PointerEvent) -> None:
        """Select the region under the pointer, or none."""
        self._session.select_at(event.x, event.y)
