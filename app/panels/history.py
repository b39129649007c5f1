"""The history panel: every step with a small picture of the layout; a click goes back or forward to it."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.counted import counted
from app.imaging import image_from_rgb
from app.session import Session
from app.theme import THEME
from engine.document.history import HistoryStep

AnyIndex: TypeAlias = QModelIndex | QPersistentModelIndex
STEP_ROLE = int(Qt.ItemDataRole.UserRole)
PLACE_ROLE = STEP_ROLE + 1
ROW_PX = 44
PICTURE_SIZE = QSize(64, 32)


class HistoryModel(QAbstractListModel):
    """The steps of a document's history, the oldest first. GUI thread."""

    def __init__(self) -> None:
        """Start without a step."""
        super().__init__()
        self._steps: tuple[HistoryStep, ...] = ()
        self._row = -1

    @property
    def current_row(self) -> int:
        """Row of the step the document is at, or -1."""
        return self._row

    def show(self, steps: tuple[HistoryStep, ...], position: int) -> None:
        """Show other steps, or another step as the current one.

        Only rows that come and go are told of: a list lays all of them out anew when it is told to begin again.
        """
        fallen, kept = self._overlap(steps)
        if fallen:
            self.beginRemoveRows(QModelIndex(), 0, fallen - 1)
            self._steps, self._row = self._steps[fallen:], max(self._row - fallen, -1)
            self.endRemoveRows()
        if kept < len(self._steps):
            self.beginRemoveRows(QModelIndex(), kept, len(self._steps) - 1)
            self._steps, self._row = self._steps[:kept], min(self._row, kept - 1)
            self.endRemoveRows()
        if kept < len(steps):
            self.beginInsertRows(QModelIndex(), kept, len(steps) - 1)
            self._steps = steps
            self.endInsertRows()
        self._steps = steps
        row = bisect_left(steps, position, key=_position_of)
        row = row if row < len(steps) and steps[row].position == position else -1
        changed, self._row = (self._row, row), row
        if kept and max(changed) >= 0:
            self.dataChanged.emit(self.index(max(min(changed), 0)), self.index(max(changed)))

    def _overlap(self, steps: tuple[HistoryStep, ...]) -> tuple[int, int]:
        """Return how many of the first rows fell off, and how many after them are rows of other steps as well.

        Positions grow from row to row, and none is given twice: what was undone and painted over is gone.
        """
        if not steps:
            return len(self._steps), 0
        fallen = bisect_left(self._steps, steps[0].position, key=_position_of)
        remaining = len(self._steps) - fallen
        low, high = 0, min(remaining, len(steps))
        while low < high:
            middle = (low + high) // 2
            if self._steps[fallen + middle].position == steps[middle].position:
                low = middle + 1
            else:
                high = middle
        return fallen, low

    def clear(self) -> None:
        """Show nothing: another document is open."""
        self.show((), 0)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of steps."""
        return 0 if parent.isValid() else len(self._steps)

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return what a row shows; `PLACE_ROLE` is -1 for the past, 0 for now, 1 for what was taken back."""
        step, now = self._steps[index.row()], self.current_row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return step.name
        if role == STEP_ROLE:
            return step
        if role == PLACE_ROLE:
            return (index.row() > now) - (index.row() < now)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{step.name}\nGo to this step" if index.row() != now else f"{step.name}\nThe document is here"
        return None


def _position_of(step: HistoryStep) -> int:
    return step.position


class HistoryDelegate(QStyledItemDelegate):
    """Draws a step: its picture, its name, paler where it was taken back."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Return the height of a row; its width is the list's."""
        return QSize(120, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one row."""
        step: HistoryStep = index.data(STEP_ROLE)
        place = int(index.data(PLACE_ROLE))
        box = QRectF(option.rect)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = bool(state & QStyle.StateFlag.State_Selected) and bool(state & QStyle.StateFlag.State_HasFocus)
        if place == 0 or marked or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(QColor(THEME.accent), 1) if marked else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(THEME.accent_soft if place == 0 else THEME.raised))
            painter.drawRoundedRect(box.adjusted(4.5, 1.5, -4.5, -1.5), 4, 4)
        if place == 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(THEME.accent))
            painter.drawRoundedRect(QRectF(box.left() + 4, box.top() + 6, 3, box.height() - 12), 1.5, 1.5)
        self._draw_picture(painter, box, step, is_undone=place > 0)
        painter.setPen(QColor(THEME.muted if place > 0 else THEME.text))
        words = box.adjusted(12 + PICTURE_SIZE.width() + 10, 0, -10, 0)
        text = painter.fontMetrics().elidedText(step.name, Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()

    def _draw_picture(self, painter: QPainter, box: QRectF, step: HistoryStep, *, is_undone: bool) -> None:
        image = image_from_rgb(step.rgb())
        size = image.size().scaled(PICTURE_SIZE, Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(QRectF(box.left() + 12, box.top(), PICTURE_SIZE.width(), box.height()).center())
        painter.setOpacity(0.45 if is_undone else 1.0)
        painter.drawImage(place, image)
        painter.setOpacity(1.0)
        painter.setPen(QPen(QColor(THEME.edge), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))


class HistoryPanel(QWidget):
    """The steps of the open document. GUI thread; while hidden it does not follow."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Follow a session's document."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._steps = HistoryModel()
        self._steps.setParent(self)
        self.list = QListView()
        self.list.setModel(self._steps)
        self.list.setItemDelegate(HistoryDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setAccessibleName("Steps of the history")
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._facts = QLabel()
        self._facts.setProperty("role", "muted")
        self._facts.setContentsMargins(12, 4, 12, 6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.list, 1)
        column.addWidget(self._facts)
        self.list.clicked.connect(self._on_taken)
        self.list.activated.connect(self._on_taken)
        session.history_changed.connect(self._follow)
        session.document_replaced.connect(self._on_document_replaced)
        self._follow()

    @property
    def facts(self) -> str:
        """What the line below the steps says."""
        return self._facts.text()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was done while the panel was hidden."""
        super().showEvent(event)
        self._follow()

    def _follow(self) -> None:
        if self.isHidden() and self._steps.rowCount():
            return
        history = self._session.document.history
        self._steps.show(history.steps, history.position)
        row = self._steps.current_row
        if row >= 0:
            self.list.setCurrentIndex(self._steps.index(row))
            self.list.scrollTo(self._steps.index(row))
        count = history.undo_count + history.redo_count
        words = counted(count, "step") if count else "No step yet"
        self._facts.setText(f"{words}, {history.size_bytes / 2**20:.1f} of {history.budget_bytes >> 20} MB")

    def _on_document_replaced(self) -> None:
        self._steps.clear()
        self._follow()

    def _on_taken(self, index: QModelIndex) -> None:
        step: HistoryStep | None = index.data(STEP_ROLE)
        if step is not None:
            self._session.go_to(step.position)
