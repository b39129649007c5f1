"""The view that is painted in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QTabletEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.imaging import image_of_filling
from app.session import Session
from app.views.mirror_axes import MirrorAxes
from app.views.surface import WHEEL_NOTCH, Surface
from app.views.tool_cursor import tool_cursor
from app.views.tool_hand import ToolHand
from app.views.view_link import ViewLink
from app.views.view_pictures import ViewPictures
from engine.geometry import Bounds

FILLING_OPACITY = 0.6
HATCH_ALPHA = 150


class LayoutEditor(Surface):
    """Draws the coloured layout and hands pointer events to the tool in hand.

    Nothing here waits for the engine. Emits `hint_changed` with a line that says what the painter can do now.
    """

    hint_changed = Signal(str)

    def __init__(self, session: Session, pictures: ViewPictures, link: ViewLink, parent: QWidget | None = None) -> None:
        """Paint in a session's document."""
        super().__init__(link, parent)
        self._pictures = pictures
        self._session = session
        self._hand = ToolHand(session, self)
        self.add_overlay(MirrorAxes(session))
        self._filling: QImage | None = None
        self.setAccessibleName("Layout")
        pictures.layout_changed.connect(self._on_layout_changed)
        pictures.picture_changed.connect(self._on_picture_changed)
        session.document_replaced.connect(self._on_document_replaced)
        session.result_shown.connect(self._on_result_shown)
        session.settings_changed.connect(self._on_settings_changed)
        session.brush_changed.connect(self.show_idle_cursor)
        session.tool_changed.connect(self.show_idle_cursor)
        self._hand.hint_changed.connect(self.hint_changed)

    @property
    def is_painting(self) -> bool:
        """Whether a gesture is under way."""
        return self._hand.is_busy

    @property
    def hint(self) -> str:
        """What the painter can do now, in a line."""
        return self._hand.hint

    def abort_gesture(self) -> bool:
        """Take the gesture under way back; False where there is none."""
        return self._hand.abort()

    # -- drawing ------------------------------------------------------------------------------------------------

    def draw_picture(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the exposed part of the layout over its underlay; where it is paler, over the image without one."""
        options = self.link.options.now
        has_underlay = options.underlay and self._pictures.has("underlay")
        if has_underlay:
            self._pictures.draw("underlay", self, painter, exposed)
        elif options.layout_opacity < 1:
            self._pictures.draw("image", self, painter, exposed)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        self._draw_filling(painter, exposed)
        painter.setOpacity(options.layout_opacity)
        self._pictures.draw("layout", self, painter, exposed)
        painter.setOpacity(1.0)

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
        """Draw what the gesture would change, and the brush's outline where a brush is in hand; else the cross."""
        self._hand.draw(painter, self._cross_at)
        if not self._hand.hides_pointer:
            super().draw_cursor(painter)

    def cursor_rect(self, position: QPointF) -> QRect:
        """Return the rectangle of the brush's outline, or of the cross."""
        rect = super().cursor_rect(position)
        return rect.united(self._hand.outline_rect(position)) if self._hand.hides_pointer else rect

    def show_idle_cursor(self, _value: object = None) -> None:
        """Show no pointer where the brush's outline stands for it."""
        tool = self._session.tool
        if self.link.is_panning_held or tool == "pan":
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._hand.picks:
            self.setCursor(tool_cursor("pick", self.devicePixelRatioF()))
        elif tool == "fill":
            self.setCursor(tool_cursor("fill", self.devicePixelRatioF()))
        elif self._hand.hides_pointer:
            self.setCursor(Qt.CursorShape.BlankCursor)
        else:
            self.setCursor(Qt.CursorShape.SizeAllCursor if tool == "move" else Qt.CursorShape.CrossCursor)

    # -- pointer ------------------------------------------------------------------------------------------------

    def wants_pan(self, event: QMouseEvent) -> bool:
        """Whether pressing pans; with the pan tool the left button does."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        return super().wants_pan(event) or (is_left and self._session.tool == "pan")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture of the tool in hand."""
        if (self.wants_pan(event) and not self._hand.is_down) or not self._hand.press(event):
            super().mousePressEvent(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """End a gesture that waits for a double click; else it is one more press."""
        if not self._hand.double_click(event):
            self.mousePressEvent(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the gesture."""
        if not self._hand.move(event):
            super().mouseMoveEvent(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        self._hand.release(event)
        super().mouseReleaseEvent(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Take a pen that touches for the mouse event it stands for; Qt makes those of a pen that hovers."""
        mouse = self._hand.mouse_of_pen(event)
        if mouse is None:
            event.ignore()
        else:
            self.event(mouse)
            event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; with Alt, change the size of the brush."""
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            delta = event.angleDelta()
            self._session.tools.step_brush((delta.y() or delta.x()) / WHEEL_NOTCH)
            event.accept()
            return
        super().wheelEvent(event)

    def claims(self, event: QEvent) -> bool:
        """Claim the keys that mean something to the tool in hand before they are taken for shortcuts."""
        return (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._hand.wants_key(event)
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give the tool its keys, and leave those that would disturb an open gesture alone."""
        if event.key() == Qt.Key.Key_Alt:
            # Alt picks a class and changes the brush: the menu bar, which waits for Alt to be let go, must forget it
            QApplication.sendEvent(self, QEvent(QEvent.Type.ActivationChange))
        self._hand.note_key(event, held=True)
        if self._hand.key(event) or (self._hand.is_down and event.key() == Qt.Key.Key_Space):
            event.accept()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Show that Shift or Alt is up."""
        self._hand.note_key(event, held=False)
        super().keyReleaseEvent(event)

    # -- slots --------------------------------------------------------------------------------------------------

    def _on_layout_changed(self, bounds: Bounds) -> None:
        self.update(self.view_rect(bounds.left, bounds.top, bounds.right, bounds.bottom))

    def _on_picture_changed(self, name: str) -> None:
        if name == "layout" or name == "underlay" or self.link.options.now.layout_opacity < 1:
            self.update()

    def _on_document_replaced(self) -> None:
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
