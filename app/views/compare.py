"""Two pictures in one view: parted by a line that can be dragged, or in turns."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.session import Session
from app.theme import THEME
from app.views.surface import Surface
from app.views.view_link import ViewLink
from app.views.view_pictures import PictureName, ViewPictures, draw_hint
from engine.geometry import Bounds

CompareMode = Literal["split", "flicker"]
GRIP_PX = 7
LABEL_MARGIN_PX = 8
NUDGE = 0.02
_EMPTY_TEXT = {
    "layout": "",
    "canvas": "The canvas appears with the first picture",
    "image": "Making the first picture…",
    "underlay": "There is no underlay: View, Underlay, Open",
}


class CompareView(Surface):
    """Compares any two of layout, canvas, image and underlay. Emits `choice_changed`.

    Split: the first picture lies left of the divider, the second right of it; Shift with an arrow key moves it too.
    Flicker: the first is shown, and the second while the button or C is held.
    """

    choice_changed = Signal()

    def __init__(self, session: Session, pictures: ViewPictures, link: ViewLink, parent: QWidget | None = None) -> None:
        """Compare canvas and image at first."""
        super().__init__(link, parent)
        self._session = session
        self._pictures = pictures
        self._names: tuple[PictureName, PictureName] = ("canvas", "image")
        self._mode: CompareMode = "split"
        self._divider = 0.5
        self._is_dragging = False
        self._is_held = False
        self.setAccessibleName("Comparison")
        link.peeking_changed.connect(self._on_peeking_changed)
        pictures.picture_changed.connect(self._on_picture_changed)
        pictures.layout_changed.connect(self._on_layout_changed)

    @property
    def names(self) -> tuple[PictureName, PictureName]:
        """The pictures that are compared."""
        return self._names

    @property
    def mode(self) -> CompareMode:
        """How they are compared."""
        return self._mode

    @property
    def divider_px(self) -> float:
        """Where the divider lies, in view pixels from the left."""
        return self._divider * self.width()

    @property
    def is_held(self) -> bool:
        """Whether the second picture is shown in place of the first."""
        return self._is_held

    @property
    def caption(self) -> str:
        """What stands over the picture in flicker mode: which one it is, and how the other is seen."""
        first, second = self._names
        return second.capitalize() if self._is_held else f"{first.capitalize()}: hold C for the {second}"

    def set_names(self, first: PictureName, second: PictureName) -> None:
        """Compare two pictures; where both are the same one, the other is swapped."""
        if first == second:
            first, second = (self._names[1], second) if second != self._names[1] else (first, self._names[0])
        if (first, second) != self._names:
            self._names = (first, second)
            self.choice_changed.emit()
            self.update()

    def set_mode(self, mode: CompareMode) -> None:
        """Compare side by side or in turns."""
        if mode != self._mode:
            self._mode, self._is_held = mode, False
            self.choice_changed.emit()
            self.update()

    def set_held(self, held: bool, /) -> None:
        """Show the second picture, in flicker mode, or the first again."""
        if held != self._is_held:
            self._is_held = held
            self.update()

    def set_divider(self, share: float) -> None:
        """Put the divider at a share of the view's width, in [0, 1]."""
        self._divider = min(1.0, max(0.0, share))
        self.update()

    # -- drawing ------------------------------------------------------------------------------------------------

    def draw_picture(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw one picture, or both within their halves."""
        if self._mode == "flicker":
            self._draw_one(self._names[self._is_held], painter, exposed)
            return
        for name, part in zip(self._names, self._halves(), strict=True):
            shown = exposed.intersected(part)
            if not shown.isEmpty():
                painter.save()
                painter.setClipRect(shown, Qt.ClipOperation.IntersectClip)
                self._draw_one(name, painter, shown)
                painter.restore()

    def draw_cursor(self, painter: QPainter) -> None:
        """Draw the divider and what is on either side, then what follows the pointer."""
        if self._mode == "flicker":
            self._draw_label(painter, self.caption, at_right=False)
        else:
            self._draw_divider(painter)
            self._draw_label(painter, self._names[0].capitalize(), at_right=False)
            self._draw_label(painter, self._names[1].capitalize(), at_right=True)
        super().draw_cursor(painter)

    def _halves(self) -> tuple[QRectF, QRectF]:
        at = round(self.divider_px)
        return QRectF(0, 0, at, self.height()), QRectF(at, 0, self.width() - at, self.height())

    def _draw_one(self, name: PictureName, painter: QPainter, exposed: QRectF) -> None:
        if self._pictures.has(name):
            self._pictures.draw(name, self, painter, exposed, is_compared=True)
        else:
            draw_hint(painter, exposed, exposed, _EMPTY_TEXT[name])

    def _draw_divider(self, painter: QPainter) -> None:
        at, middle = round(self.divider_px), self.height() / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for colour, width in ((QColor(0, 0, 0, 150), 3), (QColor(THEME.accent_text), 1)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(at, 0, at, self.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 150), 1))
        painter.setBrush(QColor(THEME.accent))
        painter.drawEllipse(QPointF(at + 0.5, middle), 11, 11)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.accent_text))
        for side in (-1, 1):
            tip = QPointF(at + 0.5 + side * 7, middle)
            base = at + 0.5 + side * 2.5
            painter.drawPolygon(QPolygonF([tip, QPointF(base, middle - 4), QPointF(base, middle + 4)]))

    def _draw_label(self, painter: QPainter, text: str, *, at_right: bool) -> None:
        box = painter.fontMetrics().boundingRect(text)
        plate = QRectF(LABEL_MARGIN_PX, LABEL_MARGIN_PX, box.width() + 14, box.height() + 6)
        if at_right:
            plate.moveRight(self.width() - LABEL_MARGIN_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 160))
        painter.drawRoundedRect(plate, 4, 4)
        painter.setPen(QColor(255, 255, 255, 240))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)

    # -- pointer and keys ---------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the divider, or hold the second picture; else do what every view does."""
        if event.button() == Qt.MouseButton.LeftButton and not self.wants_pan(event):
            if self._mode == "flicker":
                self.set_held(True)
                event.accept()
                return
            if self._is_on_divider(event):
                self._is_dragging = True
                event.accept()
                return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the divider."""
        if self._is_dragging:
            self.set_divider(event.position().x() / max(1, self.width()))
        elif not event.buttons():
            if self._is_on_divider(event):
                self.setCursor(Qt.CursorShape.SplitHCursor)
            else:
                self.show_idle_cursor()
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the divider or the second picture go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_dragging = False
            self.set_held(False)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the divider with Shift and the arrow keys; alone they step through candidates."""
        step = {Qt.Key.Key_Left: -NUDGE, Qt.Key.Key_Right: NUDGE}.get(Qt.Key(event.key()))
        is_shifted = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if step is not None and is_shifted and self._mode == "split":
            self.set_divider(self._divider + step)
            event.accept()
            return
        super().keyPressEvent(event)

    def _is_on_divider(self, event: QMouseEvent) -> bool:
        return self._mode == "split" and abs(event.position().x() - self.divider_px) <= GRIP_PX

    # -- slots --------------------------------------------------------------------------------------------------

    def _on_peeking_changed(self, peeking: bool) -> None:
        if self._mode == "flicker":
            self.set_held(peeking)

    def _on_picture_changed(self, name: str) -> None:
        if name in self._names:
            self.update()

    def _on_layout_changed(self, bounds: Bounds) -> None:
        if "layout" in self._names:
            self.update(self.view_rect(bounds.left, bounds.top, bounds.right, bounds.bottom))
