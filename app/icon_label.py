"""An icon that stands by itself and is drawn anew when the theme changes."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.icons import icon


class IconLabel(QWidget):
    """Shows one icon of the family; says nothing to people who cannot see it, since a text stands beside it."""

    def __init__(self, name: str, side_px: int, *, colour: str | None = None) -> None:
        """Show an icon.

        Args:
            name: which one.
            side_px: its size.
            colour: see `icon`.

        Raises:
            IconError: if there is no such icon.
        """
        super().__init__()
        self._icon = icon(name, colour=colour)
        self.setFixedSize(QSize(side_px, side_px))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        painter = QPainter(self)
        self._icon.paint(painter, QRect(0, 0, self.width(), self.height()))
