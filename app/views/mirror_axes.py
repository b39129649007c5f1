"""The axes of symmetry over the layout, each with a handle to drag it by."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from app.session import Session
from app.theme import THEME
from app.tool_state import Symmetry
from app.views.overlay import Overlay
from app.views.surface import Surface

Axis = Literal["x", "y"]
HANDLE_PX = 7.0
INSET_PX = 16.0
REACH_PX = 10.0


class MirrorAxes(Overlay):
    """Draws the axes that are on. A handle stays in view at its axis' end; dragged off the layout it stops there.

    A double click on a handle puts its axis back into the middle.
    """

    def __init__(self, session: Session) -> None:
        """Show the symmetry of a session's tools."""
        self._session = session
        self._dragged: Axis | None = None
        self._hovered: Axis | None = None

    def is_shown_on(self, surface: Surface) -> bool:
        """Whether an axis is on."""
        return self._session.tools.symmetry.axes_px(self._session.document.size) != (None, None)

    def draw(self, surface: Surface, painter: QPainter) -> None:
        """Draw lines and handles."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for axis in ("x", "y"):
            line = self._line(surface, axis)
            if line is None:
                continue
            painter.setPen(QPen(QColor(0, 0, 0, 150), 3))
            painter.drawLine(line)
            painter.setPen(QPen(QColor(255, 255, 255, 235), 1.2, Qt.PenStyle.DashLine))
            painter.drawLine(line)
            at = self.handle_at(surface, axis)
            assert at is not None
            is_lit = axis in (self._hovered, self._dragged)
            painter.setPen(QPen(QColor(0, 0, 0, 190), 1.5))
            painter.setBrush(QColor(THEME.accent_text if is_lit else THEME.accent))
            painter.drawEllipse(at, HANDLE_PX, HANDLE_PX)
            painter.setPen(QPen(QColor(THEME.accent if is_lit else THEME.accent_text), 1.6))
            for side in (-1, 1):
                tip = QPointF(side * 4.5, 0) if axis == "x" else QPointF(0, side * 4.5)
                back = QPointF(side * 2.0, 2.5) if axis == "x" else QPointF(2.5, side * 2.0)
                other = QPointF(back.x(), -back.y()) if axis == "x" else QPointF(-back.x(), back.y())
                painter.drawPolyline([at + back, at + tip, at + other])

    def handle_at(self, surface: Surface, axis: Axis) -> QPointF | None:
        """Return where the middle of an axis' handle lies in a view, or None while the axis is off."""
        line = self._line(surface, axis)
        if line is None:
            return None
        along = QPointF(0, 1) if axis == "x" else QPointF(1, 0)
        inset = min(INSET_PX, line.length() / 2)
        return line.p1() + along * inset

    def press(self, surface: Surface, event: QMouseEvent) -> bool:
        """Take hold of a handle."""
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self._dragged = self._axis_under(surface, event.position())
        if self._dragged is not None and event.type() == event.Type.MouseButtonDblClick:
            self._place(self._dragged, 0.5)
        return self._dragged is not None

    def drag(self, surface: Surface, event: QMouseEvent) -> None:
        """Move the axis with the pointer."""
        at, size = surface.to_layout(event.position()), self._session.document.size
        if self._dragged == "x":
            self._place("x", at.x() / size.width)
        elif self._dragged == "y":
            self._place("y", at.y() / size.height)

    def release(self, surface: Surface, event: QMouseEvent) -> None:
        """Let go of the handle."""
        self._dragged = None
        self.hover(surface, event)
        surface.update()

    def hover(self, surface: Surface, event: QMouseEvent) -> bool:
        """Light the handle under the pointer up."""
        before, self._hovered = self._hovered, self._axis_under(surface, event.position())
        if self._hovered is not None:
            is_x = self._hovered == "x"
            surface.setCursor(Qt.CursorShape.SizeHorCursor if is_x else Qt.CursorShape.SizeVerCursor)
        elif before is not None:
            surface.show_idle_cursor()
        if before != self._hovered:
            surface.update()
        return self._hovered is not None

    def _place(self, axis: Axis, share: float) -> None:
        tools = self._session.tools
        now = tools.symmetry
        share = min(1.0, max(0.0, share))
        tools.set_symmetry(Symmetry(share, now.y_share) if axis == "x" else Symmetry(now.x_share, share))

    def _axis_under(self, surface: Surface, position: QPointF) -> Axis | None:
        for axis in ("x", "y"):
            at = self.handle_at(surface, axis)
            if at is not None and QLineF(at, position).length() <= REACH_PX:
                return axis
        return None

    def _line(self, surface: Surface, axis: Axis) -> QLineF | None:
        """Return the part of an axis that is in view, in view coordinates, from its handle's end."""
        x_px, y_px = self._session.tools.symmetry.axes_px(self._session.document.size)
        page, view = surface.page(), QRectF(surface.rect())
        if axis == "x" and x_px is not None:
            x = surface.to_view(QPointF(x_px, 0)).x()
            return QLineF(x, max(page.top(), view.top()), x, min(page.bottom(), view.bottom()))
        if axis == "y" and y_px is not None:
            y = surface.to_view(QPointF(0, y_px)).y()
            return QLineF(max(page.left(), view.left()), y, min(page.right(), view.right()), y)
        return None
