"""The table of an import: every foreign value with its pixels, and the class it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.theme import THEME
from engine.classes import VOID, ClassTable
from engine.data.encodings import ValueKind, value_colour
from engine.data.foreign_layout import Grouping, value_text

COLUMNS = ("Value", "Name", "Pixels", "Share", "Becomes")
VALUE, NAME, PIXELS, SHARE, CLASS = range(5)
VOID_TEXT = "Void (unpainted)"
SWATCH = QSize(16, 16)
CLASS_ROLE = Qt.ItemDataRole.UserRole


class MappingTable(QTableWidget):
    """Shows groups and lets the painter choose a class for each; several selected rows change together.

    Emits `mapping_changed` when a class was chosen.
    """

    mapping_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without rows."""
        super().__init__(0, len(COLUMNS), parent)
        self.setHorizontalHeaderLabels(COLUMNS)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.SelectedClicked
        )
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setIconSize(SWATCH)
        self.setAccessibleName("Values and the classes they become")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (VALUE, PIXELS, SHARE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for column in (NAME, CLASS):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self._table: ClassTable | None = None
        self.setItemDelegateForColumn(CLASS, _ClassDelegate(self))

    @property
    def table(self) -> ClassTable | None:
        """The class table that classes are chosen from."""
        return self._table

    @property
    def classes(self) -> tuple[int, ...]:
        """Class id, or VOID, of every row."""
        return tuple(int(self._cell(row, CLASS).data(CLASS_ROLE)) for row in range(self.rowCount()))

    def show_groups(
        self, grouping: Grouping, kind: ValueKind, classes: Sequence[int], table: ClassTable, total_px: int
    ) -> None:
        """Show groups and their classes.

        Args:
            grouping: the groups.
            kind: what values are.
            classes: class id, or VOID, of every group.
            table: names and colours of the classes.
            total_px: all pixels of the picture.
        """
        self._table = table
        self.setRowCount(len(grouping.groups))
        for row, (group, class_id) in enumerate(zip(grouping.groups, classes, strict=True)):
            value = _item(value_text(group.value, kind))
            if kind == "colours":
                value.setIcon(swatch(value_colour(group.value)))
            self.setItem(row, VALUE, value)
            self.setItem(row, NAME, _item(group.name or ("void" if group.is_void else "")))
            self.setItem(row, PIXELS, _item(f"{group.pixels:,}", is_number=True))
            self.setItem(row, SHARE, _item(f"{100 * group.pixels / total_px:.2f} %", is_number=True))
            self.setItem(row, CLASS, _item("", is_editable=True))
            self._write(row, class_id)
        self.clearSelection()

    def choose(self, rows: Sequence[int], class_id: int) -> None:
        """Let rows become a class."""
        for row in rows:
            self._write(row, class_id)
        self.mapping_changed.emit()

    def selected_rows(self) -> list[int]:
        """Return the selected rows, in order."""
        return sorted({index.row() for index in self.selectedIndexes()})

    def _write(self, row: int, class_id: int) -> None:
        assert self._table is not None
        cell = self._cell(row, CLASS)
        cell.setData(CLASS_ROLE, class_id)
        if class_id == VOID:
            cell.setText(VOID_TEXT)
            cell.setIcon(swatch(None))
            cell.setForeground(QColor(THEME.muted))
        else:
            info = self._table[class_id]
            cell.setText(info.name)
            cell.setIcon(swatch(info.colour))
            cell.setForeground(QColor(THEME.text))

    def _cell(self, row: int, column: int) -> QTableWidgetItem:
        cell = self.item(row, column)
        assert cell is not None
        return cell


class _ClassDelegate(QStyledItemDelegate):
    """Edits a class with a list; what is chosen goes to all selected rows."""

    def __init__(self, table: MappingTable) -> None:
        super().__init__(table)
        self._rows = table

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        box = QComboBox(parent)
        assert self._rows.table is not None
        fill_classes(box, self._rows.table)
        box.setCurrentIndex(box.findData(index.data(CLASS_ROLE)))
        box.activated.connect(lambda _=0: self._finish(box))
        return box

    def setEditorData(self, editor: QWidget, _index: QModelIndex | QPersistentModelIndex) -> None:
        if isinstance(editor, QComboBox):
            editor.showPopup()

    def setModelData(self, editor: QWidget, _model: object, index: QModelIndex | QPersistentModelIndex) -> None:
        if isinstance(editor, QComboBox):
            rows = self._rows.selected_rows()
            self._rows.choose(rows if index.row() in rows else [index.row()], int(editor.currentData()))

    def _finish(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)


def fill_classes(box: QComboBox, table: ClassTable) -> None:
    """Put void and every class of a table into a list, with their colours."""
    box.addItem(swatch(None), VOID_TEXT, VOID)
    for info in table:
        box.addItem(swatch(info.colour), info.name, info.id)


def swatch(colour: Sequence[int] | None) -> QIcon:
    """Return a small square of a colour, crossed out for void."""
    pixmap = QPixmap(SWATCH)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(THEME.edge))
    if colour is not None:
        painter.setBrush(QColor(*colour))
    painter.drawRoundedRect(2, 2, 12, 12, 2, 2)
    if colour is None:
        painter.setPen(QColor(THEME.muted))
        painter.drawLine(4, 12, 12, 4)
    painter.end()
    return QIcon(pixmap)


def mapping_of(grouping: Grouping, classes: Sequence[int]) -> Mapping[int, int]:
    """Return class ids by the value of their group."""
    return {group.value: class_id for group, class_id in zip(grouping.groups, classes, strict=True)}


def _item(text: str, *, is_number: bool = False, is_editable: bool = False) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
    item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if is_editable else flags)
    if is_number:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item
