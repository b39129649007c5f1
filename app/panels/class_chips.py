"""Chips of classes: one colour with its pattern, and the strip of favourites and recent classes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from app.hatch import TILE_PX, TILES, shade_of
from app.theme import THEME
from engine.classes import ClassInfo, Rgb

MIME = "application/x-tessera-class"
CHIP_GAP_PX = 2
STRIP_PX = 28
MOVE_HINT = "Drag it to another key, or Ctrl+← and Ctrl+→ move it; Delete takes it off"
OWN_KEYS = (
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Delete,
)  # fmt: skip


def paint_chip(
    painter: QPainter, box: QRectF, colour: Rgb, pattern: int = 0, *, radius_px: float = 3, is_marked: bool = False
) -> None:
    """Draw a class' colour with its pattern, framed so that it shows on any ground."""
    painter.setPen(QPen(QColor(THEME.accent), 2) if is_marked else QPen(QColor(0, 0, 0, 110), 1))
    painter.setBrush(QColor(*colour))
    frame = box.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(frame, radius_px, radius_px)
    if pattern:
        brush = QBrush(_tile(colour, pattern))
        painter.setBrush(brush)
        painter.setBrushOrigin(box.topLeft())
        painter.drawRoundedRect(frame, radius_px, radius_px)


def mime_of(info: ClassInfo) -> QMimeData:
    """Return what a dragged class carries."""
    data = QMimeData()
    data.setData(MIME, info.key.encode())
    return data


def key_of(data: QMimeData) -> str:
    """Return the key of a dragged class, empty where something else is dragged."""
    return bytes(data.data(MIME).data()).decode("ascii", "replace") if data.hasFormat(MIME) else ""


def chip_pixmap(info: ClassInfo, pattern: int, side_px: int) -> QPixmap:
    """Return a chip as a picture, for menus and drags."""
    pixmap = QPixmap(side_px, side_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_chip(painter, QRectF(0, 0, side_px, side_px), info.colour, pattern)
    painter.end()
    return pixmap


class ChipStrip(QWidget):
    """A row of places for classes; an empty place is a frame. GUI thread.

    Emits `taken` with the key of a class to paint with, `dropped` with a place and the key put on it, empty to clear
    the place, and `menu_asked` with a place and a position on the screen.
    """

    taken = Signal(str)
    dropped = Signal(int, str)
    menu_asked = Signal(int, QPoint)

    def __init__(self, places: int, name: str, *, is_numbered: bool, empty_hint: str) -> None:
        """Make a row of places.

        Args:
            places: how many.
            name: what it is, for people who cannot see it.
            is_numbered: number the places from 1, and take classes that are dropped on them.
            empty_hint: what an empty place explains.
        """
        super().__init__()
        self._count = places
        self._is_numbered = is_numbered
        self._empty_hint = empty_hint
        self._classes: list[ClassInfo | None] = [None] * places
        self._patterns: Sequence[int] = ()
        self._current_key = ""
        self._hovered = -1
        self._marked = 0
        self._pressed_at: QPoint | None = None
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setAcceptDrops(is_numbered)
        self.setFixedHeight(STRIP_PX)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def classes(self) -> tuple[ClassInfo | None, ...]:
        """The classes at the places."""
        return tuple(self._classes)

    def show_classes(self, classes: Sequence[ClassInfo | None], patterns: Sequence[int], current_key: str) -> None:
        """Show other classes; what is missing at the end stays empty."""
        self._classes = [*classes, *([None] * self._count)][: self._count]
        self._patterns = patterns
        self._current_key = current_key
        self.update()

    def place_at(self, at: QPoint) -> int:
        """Return the place under a position, or -1."""
        return next((i for i in range(self._count) if self.box_of(i).contains(at)), -1)

    def box_of(self, place: int) -> QRectF:
        """Return where a place lies."""
        side = min(self.height() - 4.0, (self.width() - CHIP_GAP_PX * (self._count - 1)) / self._count)
        return QRectF(place * (side + CHIP_GAP_PX), (self.height() - side) / 2, side, side)

    def sizeHint(self) -> QSize:
        """Return the room for all places."""
        return QSize(self._count * (STRIP_PX - 6 + CHIP_GAP_PX), STRIP_PX)

    def minimumSizeHint(self) -> QSize:
        """Return the least room: the places shrink."""
        return QSize(self._count * 16, STRIP_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the places."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(9)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        for place, info in enumerate(self._classes):
            box = self.box_of(place)
            if info is None:
                painter.setPen(QPen(QColor(THEME.edge), 1, Qt.PenStyle.DashLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(1.5, 1.5, -1.5, -1.5), 3, 3)
            else:
                pattern = self._patterns[info.id] if info.id < len(self._patterns) else 0
                paint_chip(
                    painter, box.adjusted(1, 1, -1, -1), info.colour, pattern, is_marked=info.key == self._current_key
                )
            if place == self._hovered or (self.hasFocus() and place == self._marked):
                painter.setPen(QPen(QColor(THEME.text), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 4, 4)
            if self._is_numbered:
                self._draw_number(painter, box, place, None if info is None else info.colour)

    def event(self, event: QEvent) -> bool:
        """Explain the place under the cursor, and keep the keys that walk through the places."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in OWN_KEYS:
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_of(self.place_at(event.pos())), self)
            return True
        return super().event(event)

    def tip_of(self, place: int) -> str:
        """Return what a place explains."""
        if place < 0:
            return ""
        info = self._classes[place]
        if info is None:
            return self._empty_hint
        return f"{info.name} ({place + 1})\n{MOVE_HINT}" if self._is_numbered else info.name

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the class at a place."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.position().toPoint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take the class that was clicked."""
        if event.button() == Qt.MouseButton.LeftButton and self._pressed_at is not None:
            self._take(self.place_at(self._pressed_at))
        self._pressed_at = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark the place under the cursor; drag its class where the button is down."""
        at = event.position().toPoint()
        if self._pressed_at is None:
            self._hover(self.place_at(at))
        elif (at - self._pressed_at).manhattanLength() >= QApplication.startDragDistance():
            place, self._pressed_at = self.place_at(self._pressed_at), None
            info = self._classes[place] if place >= 0 else None
            if info is not None:
                drag = QDrag(self)
                drag.setMimeData(mime_of(info))
                drag.setPixmap(chip_pixmap(info, 0, 18))
                drag.exec(Qt.DropAction.CopyAction)

    def leaveEvent(self, event: QEvent) -> None:
        """Mark no place."""
        self._hover(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk with the arrow keys, with Ctrl move the class along; Return or Space takes it, Delete takes it off."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            place, self._marked = self._marked, (self._marked + step) % self._count
            info = self._classes[place]
            if self._is_numbered and info is not None and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.dropped.emit(self._marked, info.key)
            self.update()
        elif event.key() == Qt.Key.Key_Delete and self._is_numbered:
            self.dropped.emit(self._marked, "")
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._take(self._marked)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of a place: the one under the pointer, or the marked one where a key asked."""
        is_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        place = self._marked if is_key else self.place_at(event.pos())
        if place >= 0:
            box = self.box_of(place).toAlignedRect()
            self.menu_asked.emit(place, self.mapToGlobal(box.bottomLeft()) if is_key else event.globalPos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take classes."""
        if key_of(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where the class would lie."""
        self._hover(self.place_at(event.position().toPoint()))
        event.setAccepted(self._hovered >= 0)

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the class at the place."""
        place, key = self.place_at(event.position().toPoint()), key_of(event.mimeData())
        if place >= 0 and key:
            event.acceptProposedAction()
            self.dropped.emit(place, key)
        self._hover(-1)

    def _take(self, place: int) -> None:
        info = self._classes[place] if place >= 0 else None
        if info is not None:
            self.taken.emit(info.key)

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self.update()

    def _draw_number(self, painter: QPainter, box: QRectF, place: int, colour: Rgb | None) -> None:
        is_light = colour is not None and 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 140
        painter.setPen(QColor(THEME.muted) if colour is None else QColor("#000000" if is_light else "#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(place + 1))


@lru_cache(maxsize=512)
def _tile(colour: Rgb, pattern: int) -> QImage:
    tile = QImage(TILE_PX, TILE_PX, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(QColor(*colour))
    shade = QColor(*shade_of(colour))
    for y in range(TILE_PX):
        for x in range(TILE_PX):
            if TILES[pattern, y, x]:
                tile.setPixelColor(x, y, shade)
    return tile
