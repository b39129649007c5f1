"""The rows of the class palette: a list of groups and classes, and how they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.panels.favourites import Favourites
from app.theme import THEME
from engine.classes import ClassInfo, ClassTable

AnyIndex: TypeAlias = QModelIndex | QPersistentModelIndex
CLASS_ROLE = int(Qt.ItemDataRole.UserRole)
COUNT_ROLE = CLASS_ROLE + 1
NUMBER_ROLE = CLASS_ROLE + 2
CURRENT_ROLE = CLASS_ROLE + 3
ROW_PX = 26
HEADING_PX = 24
CHIP_PX = 14


class PaletteModel(QAbstractListModel):
    """Groups and their classes, filtered by a search text; rows of groups cannot be chosen."""

    def __init__(self, table: ClassTable, favourites: Favourites) -> None:
        """Show all classes of a table."""
        super().__init__()
        self._table = table
        self._favourites = favourites
        self._counts: Mapping[str, int] | None = None
        self._current_id = -1
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

    def set_current(self, class_id: int) -> None:
        """Mark the class that is painted with."""
        self._current_id = class_id
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
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(row)
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Return whether a row can be chosen."""
        if isinstance(self._rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

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
            lines.append(f"{count:,} segments in the open banks" if count else "No segment: the network invents it")
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
    painter.setPen(QPen(QColor(0, 0, 0, 110), 1))
    painter.setBrush(QColor(*info.colour))
    painter.drawRoundedRect(chip.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    right = box.right() - 10
    number = index.data(NUMBER_ROLE)
    if number is not None:
        key = QRectF(right - 15, box.center().y() - 8, 15, 16)
        painter.setPen(QPen(QColor(THEME.edge), 1))
        painter.setBrush(QColor(THEME.panel))
        painter.drawRoundedRect(key.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setPen(QColor(THEME.muted))
        _draw_small(painter, key, str(number), Qt.AlignmentFlag.AlignCenter)
    right -= 22
    count = index.data(COUNT_ROLE)
    if count is not None:
        painter.setPen(QColor(THEME.muted if count else THEME.disabled))
        text = f"{count:,}".replace(",", "\u202f") if count else "none"
        area = QRectF(right - 52, box.top(), 50, box.height())
        _draw_small(painter, area, text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        right -= 54
    painter.setPen(QColor(THEME.accent_text if current else THEME.text))
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
