"""The rows of the class palette: a list of groups and classes, and how they are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.counted import counted
from app.icons import paint_icon
from app.panels.class_chips import MIME, mime_of, paint_chip
from app.panels.favourites import Favourites
from app.theme import THEME
from engine.classes import ClassInfo, ClassTable

AnyIndex: TypeAlias = QModelIndex | QPersistentModelIndex
CLASS_ROLE = int(Qt.ItemDataRole.UserRole)
COUNT_ROLE = CLASS_ROLE + 1
NUMBER_ROLE = CLASS_ROLE + 2
CURRENT_ROLE = CLASS_ROLE + 3
PATTERN_ROLE = CLASS_ROLE + 4
PROTECTED_ROLE = CLASS_ROLE + 5
ROW_PX = 26
HEADING_PX = 24
CHIP_PX = 14
LOCK_PX = 14
KEY_PX = 15
EDGE_PX = 10


class PaletteModel(QAbstractListModel):
    """Groups and their classes, filtered by a search text; rows of groups cannot be chosen."""

    def __init__(self, table: ClassTable, favourites: Favourites) -> None:
        """Show all classes of a table."""
        super().__init__()
        self._table = table
        self._favourites = favourites
        self._counts: Mapping[str, int] | None = None
        self._current_id = -1
        self._patterns: Sequence[int] = ()
        self._protected: frozenset[int] = frozenset()
        self._rows: list[str | ClassInfo] = []
        self.set_filter("")

    def set_filter(self, text: str) -> None:
        """Show only classes whose name, key, group or synonym contains the text, in any case."""
        needle = text.strip().casefold()
        groups: dict[str, list[ClassInfo]] = {}
        for info in self._table:
            words = (info.name, info.key, info.group, *info.synonyms)
            if any(needle in word.casefold() for word in words):
                groups.setdefault(info.group, []).append(info)
        self.beginResetModel()
        self._rows = [row for group, infos in groups.items() for row in ([group, *infos] if group else infos)]
        self.endResetModel()

    def set_counts(self, counts: Mapping[str, int] | None) -> None:
        """Show how many segments the open banks hold of each class; None where no bank is open."""
        self._counts = counts
        self._refresh()

    def set_current(self, class_id: int) -> tuple[QModelIndex, ...]:
        """Mark the class that is painted with; return the rows that look different now.

        `dataChanged` would have the list lay out and draw every row, which takes as long as painting a stroke.
        """
        before, self._current_id = self._current_id, class_id
        return tuple(self.index(row) for row in {self.row_of(before), self.row_of(class_id)} - {-1})

    def set_patterns(self, patterns: Sequence[int]) -> None:
        """Hatch the chips with these patterns, by class id; none leaves them plain."""
        self._patterns = patterns
        self._refresh()

    def set_protected(self, class_ids: frozenset[int]) -> None:
        """Show which classes no tool paints over."""
        self._protected = class_ids
        self._refresh()

    def refresh_numbers(self) -> None:
        """Show changed favourites."""
        self._refresh()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return what a row shows."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row if isinstance(row, str) else row.name
        if isinstance(row, str):
            return None
        if role == CLASS_ROLE:
            return row
        if role == COUNT_ROLE:
            return None if self._counts is None else self._counts.get(row.key, 0)
        if role == NUMBER_ROLE:
            return self._favourites.number_of(row.key)
        if role == CURRENT_ROLE:
            return row.id == self._current_id
        if role == PATTERN_ROLE:
            return self._patterns[row.id] if row.id < len(self._patterns) else 0
        if role == PROTECTED_ROLE:
            return row.id in self._protected
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._tool_tip(row)
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Return whether a row can be chosen."""
        if isinstance(self._rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        """Return what a dragged row carries."""
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the class of the dragged row."""
        return mime_of(indexes[0].data(CLASS_ROLE))

    def row_of(self, class_id: int) -> int:
        """Return the row of a class, or -1 while it is filtered out."""
        return next((i for i, r in enumerate(self._rows) if not isinstance(r, str) and r.id == class_id), -1)

    def class_rows(self) -> list[int]:
        """Return the rows that hold classes."""
        return [i for i, row in enumerate(self._rows) if not isinstance(row, str)]

    def _tool_tip(self, info: ClassInfo) -> str:
        lines = [info.name + (f", also {', '.join(info.synonyms)}" if info.synonyms else "")]
        if self._counts is not None:
            count = self._counts.get(info.key, 0)
            lines.append(
                f"{counted(count, 'segment')} in the banks in use"
                if count
                else "Dimmed: the banks in use hold no segment of it, so the network invents it"
            )
        if info.looks_like is not None:
            like = self._table.get(info.looks_like)
            lines.append(f"Your own; the network takes it for {like.name if like is not None else info.looks_like}")
        if info.id in self._protected:
            lines.append("Protected: no tool paints over it")
        number = self._favourites.number_of(info.key)
        if number is not None:
            lines.append(f"Key {number}")
        return "\n".join(lines)

    def _refresh(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))


class PaletteDelegate(QStyledItemDelegate):
    """Draw a class as chip, name, number key and count of segments; a group as a small heading."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Return the height of a row; its width is the list's."""
        return QSize(80, HEADING_PX if index.data(CLASS_ROLE) is None else ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)  # type: ignore[attr-defined]
        info = index.data(CLASS_ROLE)
        if info is None:
            _draw_heading(painter, box, str(index.data()))
        else:
            hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)  # type: ignore[attr-defined]
            marked = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
            _draw_class(painter, box, index, info, hovered=hovered or marked)
        painter.restore()


class PaletteList(QListView):
    """The list of the palette; emits `lock_clicked` with the id of a class whose lock was clicked."""

    lock_clicked = Signal(int)

    def __init__(self) -> None:
        """Make an empty list."""
        super().__init__()
        self.setAccessibleName("Classes")
        self.setItemDelegate(PaletteDelegate(self))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a click on a lock; the rest is the list's."""
        at = event.position().toPoint()
        info = self._locked_at(at)
        if info is not None and event.button() == Qt.MouseButton.LeftButton:
            self.lock_clicked.emit(info.id)
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Keep the end of a click on a lock from the list."""
        if event.button() != Qt.MouseButton.LeftButton or self._locked_at(event.position().toPoint()) is None:
            super().mouseReleaseEvent(event)

    def _locked_at(self, at: QPoint) -> ClassInfo | None:
        index = self.indexAt(at)
        info = index.data(CLASS_ROLE)
        box = lock_box(QRectF(self.visualRect(index))) if info is not None else QRectF()
        return info if box.adjusted(-3, -4, 3, 4).contains(at) else None


def lock_box(row: QRectF) -> QRectF:
    """Return where the lock of a row lies."""
    right = row.right() - EDGE_PX - KEY_PX - 5
    return QRectF(right - LOCK_PX, row.center().y() - LOCK_PX / 2, LOCK_PX, LOCK_PX)


def _draw_heading(painter: QPainter, box: QRectF, text: str) -> None:
    font = QFont(painter.font())
    font.setPixelSize(10)
    font.setWeight(QFont.Weight.DemiBold)
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.6)
    painter.setFont(font)
    painter.setPen(QColor(THEME.muted))
    inner = box.adjusted(10, 4, -8, -2)
    painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text.upper())


def _draw_class(painter: QPainter, box: QRectF, index: AnyIndex, info: ClassInfo, *, hovered: bool) -> None:
    current = bool(index.data(CURRENT_ROLE))
    if current or hovered:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.accent_soft if current else THEME.raised))
        painter.drawRoundedRect(box.adjusted(4, 1, -4, -1), 4, 4)
    if current:
        painter.setBrush(QColor(THEME.accent))
        painter.drawRoundedRect(QRectF(box.left() + 4, box.top() + 5, 3, box.height() - 10), 1.5, 1.5)
    chip = QRectF(box.left() + 12, box.center().y() - CHIP_PX / 2, CHIP_PX, CHIP_PX)
    count = index.data(COUNT_ROLE)
    painter.setOpacity(0.5 if count == 0 else 1.0)
    paint_chip(painter, chip, info.colour, int(index.data(PATTERN_ROLE)))
    painter.setOpacity(1.0)

    right = box.right() - EDGE_PX
    number = index.data(NUMBER_ROLE)
    if number is not None:
        key = QRectF(right - KEY_PX, box.center().y() - 8, KEY_PX, 16)
        painter.setPen(QPen(QColor(THEME.edge), 1))
        painter.setBrush(QColor(THEME.panel))
        painter.drawRoundedRect(key.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setPen(QColor(THEME.muted))
        _draw_small(painter, key, str(number), Qt.AlignmentFlag.AlignCenter)
    protected = bool(index.data(PROTECTED_ROLE))
    if protected or hovered:
        paint_icon(
            painter, "lock" if protected else "unlock", lock_box(box), THEME.accent if protected else THEME.muted
        )
    right = lock_box(box).left() - 4
    if count is not None:
        painter.setPen(QColor(THEME.muted))
        text = f"{count:,}" if count else "none"
        area = QRectF(right - 46, box.top(), 44, box.height())
        _draw_small(painter, area, text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        right -= 48
    painter.setPen(QColor(THEME.muted if count == 0 and not current else THEME.text))
    name = QRectF(chip.right() + 9, box.top(), right - chip.right() - 9, box.height())
    text = painter.fontMetrics().elidedText(info.name, Qt.TextElideMode.ElideRight, int(name.width()))
    painter.drawText(name, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _draw_small(painter: QPainter, box: QRectF, text: str, alignment: Qt.AlignmentFlag) -> None:
    painter.save()
    font = QFont(painter.font())
    font.setPixelSize(11)
    painter.setFont(font)
    painter.drawText(box, alignment, text)
    painter.restore()
