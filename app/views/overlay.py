"""What may lie over a view: drawn after its picture, asked about the pointer before the view itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QMouseEvent, QPainter

if TYPE_CHECKING:
    from app.views.surface import Surface


class Overlay:
    """Draws nothing and takes nothing; subclasses do what they need. One overlay may lie over several views.

    A press that is taken belongs to the overlay until the button is up: the view sees nothing of it.
    """

    def is_shown_on(self, surface: Surface) -> bool:
        """Whether there is anything to draw over a view; asked in every paint event, so it takes no time."""
        return False

    def draw(self, surface: Surface, painter: QPainter) -> None:
        """Draw over a view's picture; the painter works in view pixels, see `Surface.to_view`."""

    def press(self, surface: Surface, event: QMouseEvent) -> bool:
        """Take a press, or leave it to the view with False."""
        return False

    def drag(self, surface: Surface, event: QMouseEvent) -> None:
        """Follow the pointer after a press that was taken."""

    def release(self, surface: Surface, event: QMouseEvent) -> None:
        """End the gesture."""

    def hover(self, surface: Surface, event: QMouseEvent) -> bool:
        """Take note of the pointer with no gesture open; True where the overlay has set the pointer's shape."""
        return False
