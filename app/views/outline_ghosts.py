"""Outlines that would fit the selected region, over the views; a click takes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from app.session import Session
from app.theme_colours import THEME
from app.views.overlay import Overlay

if TYPE_CHECKING:
    from app.views.surface import Surface

FILL_ALPHA = 70
BADGE_PX = 18.0


class OutlineGhosts(QObject, Overlay):
    """Draws the outlines and takes clicks on them; Esc hides them, and 1 to 3 take them. GUI thread."""

    def __init__(self, session: Session) -> None:
        """Serve a session; lay it over views with `lay_over`."""
        super().__init__(session)
        self._session = session
        self._surfaces: list[Surface] = []
        self._paths: list[QPainterPath] = []
        self._hovered = -1
        session.questions.outlines_changed.connect(self._on_outlines_changed)

    @property
    def paths(self) -> list[QPainterPath]:
        """The outlines in layout coordinates."""
        return self._paths

    def lay_over(self, surface: Surface) -> None:
        """Show the outlines over a view."""
        self._surfaces.append(surface)
        surface.add_overlay(self)
        surface.add_watcher(self)

    def is_shown_on(self, surface: Surface) -> bool:
        """Whether outlines are offered."""
        return bool(self._paths)

    def draw(self, surface: Surface, painter: QPainter) -> None:
        """Draw every outline with its number."""
        scale, origin = surface.link.scale, surface.origin()
        to_view = QTransform(scale, 0, 0, scale, origin.x(), origin.y())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for at, path in enumerate(self._paths):
            shown, is_hovered = to_view.map(path), at == self._hovered
            if is_hovered:
                fill = QColor(THEME.accent)
                fill.setAlpha(FILL_ALPHA)
                painter.fillPath(shown, fill)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(0, 0, 0, 150), 3))
            painter.drawPath(shown)
            pen = QPen(QColor(THEME.accent if is_hovered else "white"), 1.6, Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawPath(shown)
            box = shown.boundingRect()
            badge = QRectF(box.left() + 4 + at * (BADGE_PX + 4), box.top() + 4, BADGE_PX, BADGE_PX)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(THEME.accent if is_hovered else "#202020"))
            painter.drawEllipse(badge)
            painter.setPen(QColor("white"))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(at + 1))

    def press(self, surface: Surface, event: QMouseEvent) -> bool:
        """Take the outline under the pointer; a click beside all of them hides them."""
        if not self._paths or event.button() != Qt.MouseButton.LeftButton:
            return False
        at = self._outline_at(surface, event)
        if at >= 0:
            self._session.questions.take_outline(at)
        else:
            self._session.questions.hide_outlines()
        surface.show_idle_cursor()
        return True

    def hover(self, surface: Surface, event: QMouseEvent) -> bool:
        """Fill the outline under the pointer."""
        if not self._paths:
            return False
        at = self._outline_at(surface, event)
        surface.setCursor(Qt.CursorShape.PointingHandCursor if at >= 0 else Qt.CursorShape.ArrowCursor)
        if at != self._hovered:
            self._hovered = at
            self._update()
        return True

    def watch(self, surface: Surface, event: QEvent) -> bool:
        """Take Esc and the numbers while outlines are shown."""
        if not self._paths or not isinstance(event, QKeyEvent) or event.modifiers():
            return False
        number = event.key() - Qt.Key.Key_1
        is_ours = event.key() == Qt.Key.Key_Escape or 0 <= number < len(self._paths)
        if is_ours and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if is_ours and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._session.questions.hide_outlines()
            else:
                self._session.questions.take_outline(number)
            return True
        return False

    def _outline_at(self, surface: Surface, event: QMouseEvent) -> int:
        """Return the smallest outline under the pointer, or -1."""
        at = surface.to_layout(event.position())
        hit = [i for i, path in enumerate(self._paths) if path.contains(at)]
        return min(hit, key=lambda i: _area(self._paths[i]), default=-1)

    def _update(self) -> None:
        for surface in self._surfaces:
            surface.update()

    def _on_outlines_changed(self) -> None:
        self._hovered = -1
        self._paths = []
        for outline in self._session.questions.outlines:
            path = QPainterPath()
            for ring in outline.polygons:
                path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring]))
                path.closeSubpath()
            self._paths.append(path)
        self._update()


def _area(path: QPainterPath) -> float:
    box = path.boundingRect()
    return box.width() * box.height()
