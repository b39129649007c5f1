"""The view that is painted in."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen, QTabletEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.imaging import LayoutPicture, image_of_filling
from app.session import Session
from app.tools.brush import BrushTool
from app.tools.fill import FillTool
from app.tools.pick import PickTool
from app.tools.select import SelectTool
from app.tools.tool import PointerEvent, Tool
from app.views.surface import WHEEL_NOTCH, Surface
from app.views.view_link import ViewLink
from engine.geometry import Bounds

SMALLEST_OUTLINE_PX = 5.0
FILLING_OPACITY = 0.6
HATCH_ALPHA = 150


class LayoutEditor(Surface):
    """Draws the coloured layout and hands pointer events to the tool in hand.

    What a stroke changes is repainted within the same event; nothing here waits for the engine.
    """

    def __init__(self, session: Session, link: ViewLink, parent: QWidget | None = None) -> None:
        """Paint in a session's document."""
        super().__init__(link, parent)
        self._session = session
        self._tools: dict[str, Tool] = {
            "brush": BrushTool(session, erase=False),
            "eraser": BrushTool(session, erase=True),
            "fill": FillTool(session),
            "pick": PickTool(session),
            "select": SelectTool(session),
        }
        self._active: Tool | None = None
        self._resize_from: tuple[QPointF, float] | None = None
        self._picture = self._build_picture()
        self._filling: QImage | None = None
        self._pressure = 1.0
        self.setAccessibleName("Layout")
        session.layout_changed.connect(self._on_layout_changed)
        session.document_replaced.connect(self._on_document_replaced)
        session.result_shown.connect(self._on_result_shown)
        session.settings_changed.connect(self._on_settings_changed)
        session.brush_changed.connect(self._on_brush_changed)
        session.tool_changed.connect(self._on_tool_changed)

    @property
    def is_painting(self) -> bool:
        """Whether a gesture is under way."""
        return self._active is not None

    def abort_gesture(self) -> bool:
        """Take the gesture under way back; False where there is none."""
        if self._active is None:
            return False
        tool, self._active = self._active, None
        tool.cancel()
        return True

    # -- drawing ------------------------------------------------------------------------------------------------

    def draw_picture(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the exposed part of the layout, pixel for pixel."""
        scale, origin, size = self.link.scale, self.origin(), self.link.size
        left = max(0, math.floor((exposed.left() - origin.x()) / scale) - 1)
        top = max(0, math.floor((exposed.top() - origin.y()) / scale) - 1)
        right = min(size.width, math.ceil((exposed.right() - origin.x()) / scale) + 1)
        bottom = min(size.height, math.ceil((exposed.bottom() - origin.y()) / scale) + 1)
        target = QRectF(
            origin.x() + left * scale, origin.y() + top * scale, (right - left) * scale, (bottom - top) * scale
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        self._draw_filling(painter, exposed)
        painter.drawImage(target, self._picture.image, QRectF(left, top, right - left, bottom - top))

    def _draw_filling(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw what fills the unpainted areas, paler and hatched; the layout is drawn over it."""
        if self._filling is None:
            return
        size = self.link.size
        page = QRectF(self.to_view(QPointF(0, 0)), self.to_view(QPointF(size.width, size.height)))
        painter.setOpacity(FILLING_OPACITY)
        painter.drawImage(page, self._filling)
        painter.setOpacity(1.0)
        painter.fillRect(exposed, QBrush(QColor(0, 0, 0, HATCH_ALPHA), Qt.BrushStyle.BDiagPattern))

    def draw_cursor(self, painter: QPainter) -> None:
        """Draw the brush's outline, where a brush is in hand; else the cross."""
        if self._cross_at is None or not self._shows_brush():
            super().draw_cursor(painter)
            return
        radius = self._session.brush_px * self.link.scale / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        at = self.to_view(self._cross_at)
        for colour, width in ((QColor(0, 0, 0, 160), 2.6), (QColor(255, 255, 255, 240), 1.2)):
            painter.setPen(QPen(colour, width))
            if radius >= SMALLEST_OUTLINE_PX / 2:
                painter.drawEllipse(at, radius, radius)
            else:
                super().draw_cursor(painter)

    def cursor_rect(self, position: QPointF) -> QRect:
        """Return the rectangle of the brush's outline, or of the cross."""
        rect = super().cursor_rect(position)
        if not self._shows_brush():
            return rect
        radius = math.ceil(self._session.brush_px * self.link.scale / 2) + 4
        at = self.to_view(position).toPoint()
        return rect.united(QRect(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius))

    def show_idle_cursor(self) -> None:
        """Show no pointer where the brush's outline stands for it."""
        if self.link.is_panning_held or self._session.tool == "pan":
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._shows_brush() and self._session.brush_px * self.link.scale >= SMALLEST_OUTLINE_PX:
            self.setCursor(Qt.CursorShape.BlankCursor)
        elif self._session.tool == "select":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)

    def _shows_brush(self) -> bool:
        return self._session.tool in ("brush", "eraser") and not self.link.is_panning_held

    # -- pointer ------------------------------------------------------------------------------------------------

    def wants_pan(self, event: QMouseEvent) -> bool:
        """Whether pressing pans; with the pan tool the left button does."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        return super().wants_pan(event) or (is_left and self._session.tool == "pan")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture of the tool in hand."""
        modifiers = event.modifiers()
        if self._active is not None:
            event.accept()
        elif (
            self.wants_pan(event)
            or event.button() != Qt.MouseButton.LeftButton
            or modifiers & Qt.KeyboardModifier.ControlModifier
        ):
            super().mousePressEvent(event)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier and self._shows_brush():
            self._resize_from = (event.position(), self._session.brush_px)
            event.accept()
        else:
            name = "pick" if modifiers & Qt.KeyboardModifier.AltModifier else self._session.tool
            self._active = self._tools[name]
            self._active.press(self._pointer(event))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the gesture."""
        if self._resize_from is not None:
            start, brush_px = self._resize_from
            self._session.set_brush_px(round(brush_px + (event.position().x() - start.x()) / self.link.scale))
            event.accept()
            return
        if self._active is not None:
            self._active.move(self._pointer(event))
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._resize_from = None
            if self._active is not None:
                tool, self._active = self._active, None
                tool.release(self._pointer(event))
        super().mouseReleaseEvent(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Keep the pen's pressure for the mouse event that Qt makes of this one."""
        is_up = event.type() == QEvent.Type.TabletRelease or not event.buttons()
        self._pressure = 1.0 if is_up and self._active is None else max(0.02, event.pressure())
        event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; with Alt, change the size of the brush."""
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            delta = event.angleDelta()
            self._session.tools.step_brush((delta.y() or delta.x()) / WHEEL_NOTCH)
            event.accept()
            return
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave keys that would disturb an open gesture alone."""
        if self._active is not None and event.key() == Qt.Key.Key_Space:
            event.accept()
            return
        super().keyPressEvent(event)

    def _pointer(self, event: QMouseEvent) -> PointerEvent:
        at = self.to_layout(event.position())
        is_pen = event.pointerType() == event.pointerType().Pen
        return PointerEvent(at.x(), at.y(), self._pressure if is_pen else 1.0)

    # -- slots --------------------------------------------------------------------------------------------------

    def _build_picture(self) -> LayoutPicture:
        document = self._session.document
        return LayoutPicture(document.class_ids, document.instance_ids, document.table)

    def _on_layout_changed(self, bounds: Bounds) -> None:
        bounds = self._picture.refresh(bounds)
        if bounds:
            rect = self.view_rect(bounds.left, bounds.top, bounds.right, bounds.bottom)
            if self._active is not None:
                self.repaint(rect)
            else:
                self.update(rect)

    def _on_document_replaced(self) -> None:
        self._active = None
        self._picture = self._build_picture()
        self._filling = None
        self.update()

    def _on_result_shown(self, _result: object) -> None:
        result, document = self._session.result, self._session.document
        was_filled = self._filling is not None
        self._filling = (
            image_of_filling(result.effective_class_ids, document.class_ids, document.table)
            if result is not None and document.settings.complete
            else None
        )
        if was_filled or self._filling is not None:
            self.update()

    def _on_settings_changed(self) -> None:
        if not self._session.unpainted.is_filled and self._filling is not None:
            self._filling = None
            self.update()

    def _on_brush_changed(self) -> None:
        self.update()
        self.show_idle_cursor()

    def _on_tool_changed(self, _name: str) -> None:
        self.abort_gesture()
        self.update()
        self.show_idle_cursor()
