"""Fill."""

from __future__ import annotations

from app.session import Session
from app.tools.tool import PlainTool, PointerEvent


class FillTool(PlainTool):
    """Fills pixels of one class and object with the class in hand, or with void."""

    def __init__(self, session: Session) -> None:
        """Fill in a session."""
        self._session = session

    @property
    def hint(self) -> str:
        """What the painter can do now, in a line."""
        connected = self._session.tools.fills_connected
        return f"Click to fill {'connected' if connected else 'all'} pixels that are alike; " + (
            "Shift+click fills all of them" if connected else "Shift+click fills only the connected ones"
        )

    def press(self, event: PointerEvent) -> None:
        """Fill around the pixel under the pointer; Shift takes the other of connected and all."""
        gesture, tools = self._session.gesture, self._session.tools
        if gesture.is_inside(event.x, event.y):
            gesture.fill(
                int(event.x),
                int(event.y),
                contiguous=tools.fills_connected != event.constrained,
                erase=tools.erases or event.erases,
            )
