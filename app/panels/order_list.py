"""The list of regions in depth order: how a row is drawn, and how it is dragged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QStyledItemDelegate, QStyleOptionViewItem

from app.icons import paint_icon
from app.region_order import OrderRow
from app.theme_colours import THEME
from engine.pipeline.results import DecidedBy

AnyIndex: TypeAlias = QModelIndex | QPersistentModelIndex
ROW_ROLE = int(Qt.ItemDataRole.UserRole)
PICTURE_ROLE = ROW_ROLE + 1
COLOUR_ROLE = ROW_ROLE + 2
ROW_PX = 44
PICTURE_WIDTH_PX = 52
MARK_PX = 20
DECIDERS: dict[DecidedBy, tuple[str, str]] = {
    "painter": ("painter", "you decided"),
    "network": ("network", "the ordering network decided"),
    "ground": ("ground", "ground lies behind what stands on it"),
    "class": ("layout", "the usual order of classes"),
}


class OrderModel(QAbstractListModel):
    """Rows of the list, the region in front first."""

    def __init__(self, colour_of: Callable[[str], QColor], picture_of: Callable[[str], QPixmap | None]) -> None:
        """Ask for the colours of classes and the pictures of segments where a row is drawn."""
        super().__init__()
        self._rows: tuple[OrderRow, ...] = ()
        self._colour_of, self._picture_of = colour_of, picture_of

    @property
    def rows(self) -> tuple[OrderRow, ...]:
        """What is shown."""
        return self._rows

    def set_rows(self, rows: Sequence[OrderRow]) -> None:
        """Show other rows."""
        rows = tuple(rows)
        if rows == self._rows:
            return
        if [r.record_id for r in rows] == [r.record_id for r in self._rows]:
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def note_picture(self, segment_key: str) -> None:
        """Draw the rows of a segment again: its picture has come."""
        for at, row in enumerate(self._rows):
            if row.choice == segment_key:
                self.dataChanged.emit(self.index(at), self.index(at), [PICTURE_ROLE])

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return what a row shows."""
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == PICTURE_ROLE:
            return self._picture_of(row.choice or "")
        if role == COLOUR_ROLE:
            return self._colour_of(row.class_key)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return tool_tip_of(row)
        return None


class OrderDelegate(QStyledItemDelegate):
    """Draw a row: the cut-out, the name, what it covers and how sure that is, and the mark of the painter's wish."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Return the size of a row."""
        return QSize(120, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one row."""
        row: OrderRow = index.data(ROW_ROLE)
        view = self.parent()
        box = QRectF(option.rect).adjusted(6, 2, -6, -2)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(box, 4, 4)
        is_selected = isinstance(view, OrderView) and view.selected_row == index.row()
        painter.fillPath(shape, QColor(THEME.accent_soft if is_selected else THEME.field))
        picture_box = QRectF(box.left() + 10, box.top() + 4, PICTURE_WIDTH_PX, box.height() - 8)
        painter.fillRect(QRectF(box.left(), box.top() + 4, 4, box.height() - 8), index.data(COLOUR_ROLE))
        _draw_picture(painter, picture_box, index.data(PICTURE_ROLE))
        words = QRectF(picture_box.right() + 8, box.top() + 4, box.right() - picture_box.right() - 12, box.height() - 8)
        if row.wishes:
            paint_icon(painter, "lock", mark_rect(box).adjusted(2, 2, -2, -2), THEME.accent)
            words.setRight(mark_rect(box).left() - 2)
        painter.setPen(QColor(THEME.text))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
        _draw_reason(painter, words, row)
        painter.restore()


def mark_rect(box: QRectF) -> QRectF:
    """Return where the mark of the painter's wishes lies in a row's box."""
    return QRectF(box.right() - MARK_PX - 4, box.center().y() - MARK_PX / 2, MARK_PX, MARK_PX)


def tool_tip_of(row: OrderRow) -> str:
    """Return a row in words."""
    lines = [row.name]
    if row.over is not None:
        why = DECIDERS[row.over.decided_by][1]
        lines.append(f"In front of {row.over_name}: {why}, {100 * row.over.confidence:.0f} % sure")
    else:
        lines.append("Meets no photograph behind it")
    if row.wishes:
        lines.append("Your order is kept here; click the lock to release it")
    lines.append("Drag, or Alt+Up and Alt+Down, to change the order")
    return "\n".join(lines)


def _draw_picture(painter: QPainter, box: QRectF, picture: QPixmap | None) -> None:
    if picture is None or picture.isNull():
        painter.setOpacity(0.35)
        paint_icon(painter, "image", QRectF(box.center().x() - 9, box.center().y() - 9, 18, 18))
        painter.setOpacity(1.0)
        return
    scale = min(box.width() / picture.width(), box.height() / picture.height())
    width, height = picture.width() * scale, picture.height() * scale
    target = QRectF(box.center().x() - width / 2, box.center().y() - height / 2, width, height)
    painter.fillRect(box, QColor(THEME.checker_dark))
    painter.drawPixmap(target, picture, QRectF(picture.rect()))


def _draw_reason(painter: QPainter, words: QRectF, row: OrderRow) -> None:
    font = painter.font()
    font.setPixelSize(10)
    painter.setFont(font)
    painter.setPen(QColor(THEME.muted))
    line = QRectF(words.left(), words.bottom() - 14, words.width(), 14)
    if row.over is None:
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "covers nothing")
        return
    icon_name, _ = DECIDERS[row.over.decided_by]
    paint_icon(painter, icon_name, QRectF(line.left(), line.top(), 13, 13), THEME.muted)
    percent = f" · {100 * row.over.confidence:.0f} %"
    room = int(line.width()) - 17 - painter.fontMetrics().horizontalAdvance(percent)
    name = painter.fontMetrics().elidedText(f"over {row.over_name}", Qt.TextElideMode.ElideRight, room)
    line.setLeft(line.left() + 17)
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name + percent)


class OrderView(QListView):
    """The list.

    Emits `moved` (row, row afterwards), `stepped` (-1 where the selected row is to go up, 1 where down), `chosen` (row)
    and `mark_clicked` (row, where on the screen).
    """

    moved = Signal(int, int)
    stepped = Signal(int)
    chosen = Signal(int)
    mark_clicked = Signal(int, QPoint)

    def __init__(self) -> None:
        """Start with no row selected."""
        super().__init__()
        self.selected_row = -1
        self._pressed: tuple[int, QPoint] | None = None
        self._gap: int | None = None
        self.setItemDelegate(OrderDelegate(self))
        self.setAccessibleName("Order of the regions, the one in front first")
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    @property
    def count(self) -> int:
        """Number of rows."""
        return self.model().rowCount()

    def select_row(self, row: int) -> None:
        """Show a row as the selected one; -1 for none."""
        if row != self.selected_row:
            self.selected_row = row
            if row >= 0:
                self.scrollTo(self.model().index(row, 0))
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row; it may be dragged from here."""
        row = self.indexAt(event.position().toPoint()).row()
        if event.button() == Qt.MouseButton.LeftButton and row >= 0:
            if self._is_on_mark(row, event.position().toPoint()):
                self.mark_clicked.emit(row, event.globalPosition().toPoint())
            else:
                self._pressed = (row, event.position().toPoint())
                self.chosen.emit(row)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show where the row would go."""
        if self._pressed is None:
            at = event.position().toPoint()
            is_mark = self._is_on_mark(self.indexAt(at).row(), at)
            self.setCursor(Qt.CursorShape.PointingHandCursor if is_mark else Qt.CursorShape.ArrowCursor)
            return
        far = (event.position().toPoint() - self._pressed[1]).manhattanLength() >= QApplication.startDragDistance()
        if far or self._gap is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._show_gap(self._gap_at(event.position().toPoint()))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Put the row there."""
        pressed, gap = self._pressed, self._gap
        self._let_go()
        if pressed is not None and gap is not None:
            to = gap - 1 if gap > pressed[0] else gap
            if to != pressed[0]:
                self.moved.emit(pressed[0], to)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window while a row is dragged."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and self._gap is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step through the rows; with Alt, move the selected one; Esc lets a dragged row go."""
        delta = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if event.key() == Qt.Key.Key_Escape and self._gap is not None:
            self._let_go()
        elif not delta:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.stepped.emit(delta)
        elif self.count:
            self.chosen.emit(min(max(self.selected_row + delta, 0), self.count - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, and the line where a dragged one would go."""
        super().paintEvent(event)
        if self._gap is None:
            return
        last = self.visualRect(self.model().index(self.count - 1, 0))
        y = self.visualRect(self.model().index(self._gap, 0)).top() if self._gap < self.count else last.bottom() + 1
        painter = QPainter(self.viewport())
        painter.setPen(QPen(QColor(THEME.accent), 2))
        painter.drawLine(8, y, self.viewport().width() - 8, y)
        painter.end()

    def _is_on_mark(self, row: int, at: QPoint) -> bool:
        index = self.model().index(row, 0)
        data: OrderRow | None = index.data(ROW_ROLE) if row >= 0 else None
        box = QRectF(self.visualRect(index)).adjusted(6, 2, -6, -2)
        return data is not None and bool(data.wishes) and mark_rect(box).contains(at)

    def _gap_at(self, at: QPoint) -> int:
        index = self.indexAt(QPoint(self.viewport().width() // 2, at.y()))
        if not index.isValid():
            return 0 if at.y() < 0 else self.count
        return index.row() + (at.y() > self.visualRect(index).center().y())

    def _show_gap(self, gap: int | None) -> None:
        if gap != self._gap:
            self._gap = gap
            self.viewport().update()

    def _let_go(self) -> None:
        self._pressed = None
        self._show_gap(None)
        self.setCursor(Qt.CursorShape.ArrowCursor)
