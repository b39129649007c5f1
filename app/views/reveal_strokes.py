"""Painting with a candidate over canvas and image, where one sees what it does; the layout has the tool itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen

from app.session import Session
from app.tools.reveal import RevealTool
from app.tools.tool import PointerEvent
from app.views.overlay import Overlay

if TYPE_CHECKING:
    from app.views.surface import Surface

SMALLEST_OUTLINE_PX = 5.0


class RevealStrokes(QObject, Overlay):
    """Strokes inside the selected region while the tool is in hand; a press elsewhere selects, as ever. GUI thread."""

    def __init__(self, session: Session) -> None:
        """Paint in a session; lay it over canvas and image with `lay_over`."""
        super().__init__(session)
        self._session = session
        self._tool = RevealTool(session)
        session.tool_changed.connect(self._on_tool_changed)

    def lay_over(self, surface: Surface) -> None:
        """Paint over a view."""
        surface.add_overlay(self)
        surface.add_watcher(self)

    def is_shown_on(self, surface: Surface) -> bool:
        """Whether the pointer is over the selected region."""
        at = surface.link.cursor
        return at is not None and surface.underMouse() and self._is_inside(at.x(), at.y())

    def draw(self, surface: Surface, painter: QPainter) -> None:
        """Draw the outline of the brush around the pointer."""
        at = surface.link.cursor
        assert at is not None
        radius = self._session.brush_px * surface.link.scale / 2
        if radius < SMALLEST_OUTLINE_PX / 2:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 170), 2.6), (QColor(255, 255, 255, 240), 1.2)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(surface.to_view(at), radius, radius)

    def press(self, surface: Surface, event: QMouseEvent) -> bool:
        """Begin a stroke inside the selected region."""
        pointer = _pointer(surface, event)
        if event.button() != Qt.MouseButton.LeftButton or not self._is_inside(pointer.x, pointer.y):
            return False
        self._tool.press(pointer)
        return True

    def drag(self, surface: Surface, event: QMouseEvent) -> None:
        """Paint on."""
        self._tool.move(_pointer(surface, event))
        surface.update()

    def release(self, surface: Surface, event: QMouseEvent) -> None:
        """End the stroke: one step of the history."""
        self._tool.release(_pointer(surface, event))

    def hover(self, surface: Surface, event: QMouseEvent) -> bool:
        """Follow the pointer with the brush's outline."""
        if self._session.tool == "reveal":
            surface.update()
        return False

    def watch(self, surface: Surface, event: QEvent) -> bool:
        """Take a stroke back with Esc."""
        if self._tool.is_open and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self._tool.cancel()
            event.accept()
            return True
        return False

    def _is_inside(self, x: float, y: float) -> bool:
        selected = self._session.selected_record_id
        is_ours = self._session.tool == "reveal" and selected >= 0
        return is_ours and self._session.choice.record_id_at(x, y) == selected

    def _on_tool_changed(self, _name: str) -> None:
        self._tool.cancel()


def _pointer(surface: Surface, event: QMouseEvent) -> PointerEvent:
    at = surface.to_layout(event.position())
    return PointerEvent(at.x(), at.y(), constrained=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
