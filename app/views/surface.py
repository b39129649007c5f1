"""What every view does alike: pan, zoom, the cursor cross, and the outline of the selected region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from app.theme import THEME, checker_pixmap
from app.views.overlay import Overlay
from app.views.pixel_grid import draw_pixel_grid
from app.views.view_link import ViewLink

ZOOM_STEP = 1.25
WHEEL_NOTCH = 120
CROSS_PX = 9
WATCHED = frozenset(
    {
        QEvent.Type.Leave, QEvent.Type.Hide, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.ContextMenu,
        QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride,
    }
)  # fmt: skip
"""Events that watchers see: rare ones, so that none of them costs a pointer its time."""


class Watcher(Protocol):
    """Sees a surface's events of `WATCHED` before the surface does."""

    def watch(self, surface: Surface, event: QEvent) -> bool:
        """Deal with an event; return whether nobody else shall get it."""
        ...


class Surface(QWidget):
    """A linked view of the layout's plane. Subclasses draw the picture and may take pointer events.

    Emits `region_asked` with a layout position where the painter wants the region under it, and `first_painted`
    once.
    """

    region_asked = Signal(QPointF)
    first_painted = Signal()

    def __init__(self, link: ViewLink, parent: QWidget | None = None) -> None:
        """Follow a link."""
        super().__init__(parent)
        self.link = link
        self._outline: list[QLineF] = []
        self._pan_from: QPointF | None = None
        self._is_painted = False
        self._cross_at: QPointF | None = None
        self._overlays: list[Overlay] = []
        self._watchers: list[Watcher] = []
        self._taken_by: Overlay | None = None
        self._origin: QPointF | None = None
        self._origin_at = (0, 0)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, 80)
        link.moved.connect(self._on_link_moved)
        link.cursor_moved.connect(self._on_cursor_moved)
        link.panning_changed.connect(self._on_panning_changed)
        link.options.changed.connect(self.update)

    # -- coordinates --------------------------------------------------------------------------------------------

    def origin(self) -> QPointF:
        """Return where the layout's top left corner lies in the view, on a whole device pixel."""
        size = self.width(), self.height()
        if self._origin is None or self._origin_at != size:
            ratio = self.devicePixelRatioF()
            raw = QPointF(size[0] / 2, size[1] / 2) - self.link.centre * self.link.scale
            self._origin = QPointF(round(raw.x() * ratio) / ratio, round(raw.y() * ratio) / ratio)
            self._origin_at = size
        return self._origin

    def to_layout(self, position: QPointF) -> QPointF:
        """Return the layout position under a view position."""
        return (position - self.origin()) / self.link.scale

    def to_view(self, position: QPointF) -> QPointF:
        """Return the view position of a layout position."""
        return self.origin() + position * self.link.scale

    def page(self) -> QRectF:
        """Return where the whole layout lies in the view."""
        size = self.link.size
        return QRectF(self.to_view(QPointF(0, 0)), self.to_view(QPointF(size.width, size.height)))

    def view_rect(self, left: float, top: float, right: float, bottom: float) -> QRect:
        """Return the view rectangle that covers layout bounds, a pixel wider on every side."""
        rect = QRectF(self.to_view(QPointF(left, top)), self.to_view(QPointF(right, bottom)))
        return rect.toAlignedRect().adjusted(-1, -1, 1, 1)

    def viewport(self) -> QSizeF:
        """Return the size of the view in view pixels."""
        return QSizeF(self.width(), self.height())

    # -- drawing ------------------------------------------------------------------------------------------------

    def set_outline(self, lines: list[QLineF]) -> None:
        """Show the outline of the selected region, in layout coordinates; an empty list for none."""
        self._outline = lines
        self.update()

    def add_overlay(self, overlay: Overlay) -> None:
        """Lay something over the picture; the one added last is drawn last and asked first about the pointer."""
        self._overlays.append(overlay)
        self.update()

    def remove_overlay(self, overlay: Overlay) -> None:
        """Take an overlay away; nothing where it does not lie here."""
        if overlay in self._overlays:
            self._overlays.remove(overlay)
            if self._taken_by is overlay:
                self._taken_by = None
            self.update()

    def draw_picture(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the picture; the painter works in view pixels and ``exposed`` is what needs drawing."""
        raise NotImplementedError

    def draw_cursor(self, painter: QPainter) -> None:
        """Draw what follows the pointer: a cross where it is in another view."""
        if self._cross_at is None or self.underMouse():
            return
        at = self.to_view(self._cross_at)
        lines = [
            QLineF(at.x() - CROSS_PX, at.y(), at.x() - 2, at.y()),
            QLineF(at.x() + 2, at.y(), at.x() + CROSS_PX, at.y()),
            QLineF(at.x(), at.y() - CROSS_PX, at.x(), at.y() - 2),
            QLineF(at.x(), at.y() + 2, at.x(), at.y() + CROSS_PX),
        ]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(255, 255, 255, 235), 1.2)):
            painter.setPen(QPen(colour, width))
            painter.drawLines(lines)

    def cursor_rect(self, position: QPointF) -> QRect:
        """Return the view rectangle that `draw_cursor` covers with the pointer at a layout position."""
        at = self.to_view(position).toPoint()
        reach = CROSS_PX + 3
        return QRect(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the picture, the outline and the cursor, within what is exposed."""
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.fillRect(event.rect(), QColor(THEME.view))
        page = self.page()
        exposed = page.intersected(QRectF(event.rect()))
        if not exposed.isEmpty():
            painter.setBrushOrigin(page.topLeft())
            painter.fillRect(exposed, QBrush(checker_pixmap()))
            self.draw_picture(painter, exposed)
            if self.link.options.now.pixel_grid:
                draw_pixel_grid(painter, page.topLeft(), self.link.scale, exposed)
        painter.setPen(QPen(QColor(THEME.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(page.adjusted(-0.5, -0.5, 0.5, 0.5))
        for overlay in self._overlays:
            if overlay.is_shown_on(self):
                painter.save()
                overlay.draw(self, painter)
                painter.restore()
        self._draw_outline(painter)
        self.draw_cursor(painter)
        painter.end()
        if not self._is_painted:
            self._is_painted = True
            self.first_painted.emit()

    def _draw_outline(self, painter: QPainter) -> None:
        if not self._outline:
            return
        origin, scale = self.origin(), self.link.scale
        lines = [QLineF(origin + line.p1() * scale, origin + line.p2() * scale) for line in self._outline]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for colour, width in ((QColor(0, 0, 0, 170), 3), (QColor(THEME.accent), 1)):
            pen = QPen(colour, width)
            pen.setCapStyle(Qt.PenCapStyle.SquareCap)
            painter.setPen(pen)
            painter.drawLines(lines)

    # -- pointer ------------------------------------------------------------------------------------------------

    def add_watcher(self, watcher: Watcher) -> None:
        """Let something see events of `WATCHED` before this widget does; the last one added sees them first.

        Event filters would do the same, but Qt asks each of them about every event, pointer moves and paints too.
        """
        self._watchers.insert(0, watcher)

    def claims(self, event: QEvent) -> bool:
        """Whether an event is dealt with here, before overlays and shortcuts get it."""
        return False

    def event(self, event: QEvent) -> bool:
        """Offer an event to the watchers, and pointer events to the overlays, the uppermost before the others."""
        if event.type() in WATCHED and any(watcher.watch(self, event) for watcher in self._watchers):
            return True
        if self.claims(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._origin = None
        if self._overlays and isinstance(event, QMouseEvent) and self._is_taken(event):
            event.accept()
            return True
        return super().event(event)

    def _is_taken(self, event: QMouseEvent) -> bool:
        kind, taken_by = event.type(), self._taken_by
        if kind == QEvent.Type.MouseMove:
            if taken_by is not None:
                taken_by.drag(self, event)
            elif not event.buttons():
                any(overlay.hover(self, event) for overlay in reversed(self._overlays))
            if taken_by is not None:
                self.link.set_cursor(self.to_layout(event.position()))
            return taken_by is not None
        if kind == QEvent.Type.MouseButtonRelease:
            if taken_by is not None and not event.buttons():
                self._taken_by = None
                taken_by.release(self, event)
            return taken_by is not None
        if taken_by is None and event.buttons() == event.button() and not self.wants_pan(event):
            self._taken_by = next((o for o in reversed(self._overlays) if o.press(self, event)), None)
        return self._taken_by is not None

    def wants_pan(self, event: QMouseEvent) -> bool:
        """Whether pressing pans: the middle button, or the left one with Space held."""
        return event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self.link.is_panning_held
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan, or ask for the region under the pointer."""
        if self.wants_pan(event):
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self.region_asked.emit(self.to_layout(event.position()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, and move the cursor cross."""
        if self._pan_from is not None:
            delta = event.position() - self._pan_from
            self._pan_from = event.position()
            self.link.pan_by(delta.x(), delta.y())
        self.link.set_cursor(self.to_layout(event.position()))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End panning."""
        if self._pan_from is not None and event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton):
            self._pan_from = None
            self.show_idle_cursor()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor."""
        steps = event.angleDelta().y() / WHEEL_NOTCH
        if steps:
            middle = QPointF(self.width() / 2, self.height() / 2)
            self.link.zoom_at(ZOOM_STEP**steps, event.position() - middle)
            self.link.set_cursor(self.to_layout(event.position()))
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Take the keys, save from a text field in use."""
        if not isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit):
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.show_idle_cursor()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the cursor cross away."""
        self.link.set_cursor(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pan while Space is held, show the other picture of a comparison while C is."""
        hold = self._hold_of(event)
        if hold is not None:
            if not event.isAutoRepeat():
                hold(True)
            event.accept()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End what a key was held for."""
        hold = self._hold_of(event)
        if hold is not None:
            if not event.isAutoRepeat():
                hold(False)
            event.accept()
            return
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go of the keys that were held: their release goes elsewhere."""
        self.link.set_panning_held(False)
        self.link.set_peeking(False)
        super().focusOutEvent(event)

    def _hold_of(self, event: QKeyEvent) -> Callable[[bool], None] | None:
        """Return what to tell of a key that means something as long as it is held."""
        if event.key() == Qt.Key.Key_Space:
            return self.link.set_panning_held
        if event.key() == Qt.Key.Key_C and not event.modifiers():
            return self.link.set_peeking
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw everything anew: the middle has moved."""
        self.update()
        super().resizeEvent(event)

    def show_idle_cursor(self) -> None:
        """Show the pointer's shape for what a press would do."""
        self.setCursor(Qt.CursorShape.OpenHandCursor if self.link.is_panning_held else Qt.CursorShape.CrossCursor)

    # -- slots --------------------------------------------------------------------------------------------------

    def _on_link_moved(self) -> None:
        self._origin = None
        self.update()

    def _on_cursor_moved(self) -> None:
        before, self._cross_at = self._cross_at, self.link.cursor
        if self.isVisible():
            for position in (before, self._cross_at):
                if position is not None:
                    self.update(self.cursor_rect(position))

    def _on_panning_changed(self, _held: bool) -> None:
        if self._pan_from is None:
            self.show_idle_cursor()

    def contains(self, position: QPointF) -> bool:
        """Whether a layout position lies on the layout."""
        at = QPoint(int(position.x() // 1), int(position.y() // 1))
        return QRect(0, 0, self.link.size.width, self.link.size.height).contains(at)
