"""The dialog that maps a foreign layout: encoding, tolerance, and a class for every id or colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.counted import counted
from app.dialogs.button_row import build_button_row
from app.dialogs.mapping_table import MappingTable, fill_classes
from app.imaging import image_from_rgb
from app.import_mapping import Reading, all_encodings, suggested_classes
from app.table_choices import TableChoice
from engine.classes import VOID, ClassTable
from engine.data.encodings import Encoding, value_colour
from engine.data.foreign_layout import MAX_TOLERANCE, ForeignLayout, Grouping

PREVIEW_SIDE_PX = 232
REGROUP_DELAY_MS = 150
Target = Literal["replace", "new"]


@dataclass(frozen=True, eq=False)
class ImportChoice:
    """What the painter decided.

    Attributes:
        reading: how the picture is read, with the encoding and grouping that are shown.
        table: the class table.
        classes: class id, or VOID, of every group.
        target: whether the open document's layout is replaced, or a new document opened.
    """

    reading: Reading
    table: ClassTable
    classes: tuple[int, ...]
    target: Target


class ImportDialog(QDialog):
    """Asks what foreign values mean. Emits `grouping_asked` with a reading; `show_grouping` answers it."""

    grouping_asked = Signal(object)

    def __init__(
        self,
        name: str,
        readings: Sequence[Reading],
        tables: Sequence[TableChoice],
        parent: QWidget | None = None,
        *,
        table: ClassTable | None = None,
        target: Target = "new",
    ) -> None:
        """Show a picture.

        Args:
            name: of the file.
            readings: ways to read it, the likeliest first.
            tables: class tables, the open document's first.
            parent: the window.
            table: the one the readings are for, among ``tables``; the first by default.
            target: what is ticked at first.
        """
        super().__init__(parent)
        self.setWindowTitle("Import layout")
        self._readings = {reading.foreign.kind: reading for reading in readings}
        self._reading = readings[0]
        self._tables = tuple(tables)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REGROUP_DELAY_MS)
        self._timer.timeout.connect(self._ask_grouping)
        title = QLabel(f"Import {name}")
        title.setProperty("role", "title")
        title.setTextFormat(Qt.TextFormat.PlainText)
        self.mapping = MappingTable()
        self.mapping.setMinimumSize(540, 250)
        self.mapping.mapping_changed.connect(self._on_mapping_changed)
        self._before, self._after = QLabel(), QLabel()
        self._summary = QLabel()
        self._summary.setWordWrap(True)
        self._summary.setMinimumHeight(32)
        buttons, self.import_button = build_button_row(self, "Import")
        middle = QHBoxLayout()
        middle.setSpacing(14)
        middle.addWidget(self.mapping, 1)
        middle.addLayout(self._build_previews())
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(title)
        column.addLayout(self._build_reading(table, target))
        column.addLayout(middle, 1)
        column.addLayout(self._build_bottom())
        column.addWidget(self._summary)
        column.addLayout(buttons)
        self._offer_encodings()
        self._show_reading(self._reading)
        self.mapping.setFocus()

    @property
    def choice(self) -> ImportChoice:
        """What is chosen now."""
        return ImportChoice(self._reading, self.table, self.mapping.classes, self.target)

    @property
    def table(self) -> ClassTable:
        """The class table that is chosen."""
        return self._tables[max(0, self.table_field.currentIndex())].table

    @property
    def target(self) -> Target:
        """Whether the open layout is replaced or a new document opened."""
        return "replace" if self.replace_radio.isChecked() else "new"

    @property
    def summary(self) -> str:
        """What stands above the buttons."""
        return self._summary.text()

    def show_grouping(self, asked: Reading, grouping: Grouping) -> None:
        """Show the answer to `grouping_asked`; one that is out of date is dropped."""
        now = self._reading
        same = (asked.foreign is now.foreign, asked.encoding == now.encoding, asked.tolerance == now.tolerance)
        if all(same):
            self._show_reading(replace(now, grouping=grouping))

    # -- building -----------------------------------------------------------------------------------------------

    def _build_reading(self, table: ClassTable | None, target: Target) -> QGridLayout:
        self.kind_field = QComboBox()
        for kind, text in (("ids", "Class ids"), ("colours", "Colours")):
            if kind in self._readings:
                self.kind_field.addItem(text, kind)
        self.kind_field.setCurrentIndex(self.kind_field.findData(self._reading.foreign.kind))
        self.kind_field.setEnabled(len(self._readings) > 1)
        self.encoding_field = QComboBox()
        self.encoding_field.setMinimumWidth(230)
        self.tolerance_field = QSpinBox()
        self.tolerance_field.setRange(0, MAX_TOLERANCE)
        self.tolerance_field.setFixedWidth(56)
        self.tolerance_field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.tolerance_field.setToolTip("Colours that differ by no more than this in red, green and blue count as one")
        self.table_field = QComboBox()
        for choice in self._tables:
            self.table_field.addItem(choice.name)
        own = next((i for i, choice in enumerate(self._tables) if choice.table == table), 0)
        self.table_field.setCurrentIndex(own)
        self.replace_radio = QRadioButton("Replace the open layout (one step to undo)")
        self.new_radio = QRadioButton("Open as a new document")
        self._targets = QButtonGroup(self)
        for radio in (self.replace_radio, self.new_radio):
            self._targets.addButton(radio)
        (self.replace_radio if target == "replace" else self.new_radio).setChecked(True)
        self.kind_field.currentIndexChanged.connect(self._on_kind_changed)
        self.encoding_field.currentIndexChanged.connect(self._on_encoding_changed)
        self.tolerance_field.valueChanged.connect(self._on_tolerance_changed)
        self.table_field.currentIndexChanged.connect(self._on_table_changed)
        self._targets.buttonToggled.connect(self._on_target_changed)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        fields = (
            ("Read as", self.kind_field, 0, 0),
            ("Encoding", self.encoding_field, 0, 2),
            ("Tolerance", self.tolerance_field, 0, 4),
            ("Classes", self.table_field, 1, 2),
        )
        for caption, field, row, column in fields:
            label = QLabel(caption)
            label.setBuddy(field)
            field.setAccessibleName(caption)
            grid.addWidget(label, row, column)
            grid.addWidget(field, row, column + 1)
        grid.setColumnStretch(6, 1)
        self._on_target_changed()
        return grid

    def _build_previews(self) -> QVBoxLayout:
        previews = QVBoxLayout()
        previews.setSpacing(6)
        for caption, label in (("In the file", self._before), ("As layout", self._after)):
            heading = QLabel(caption)
            heading.setProperty("role", "heading")
            label.setFixedWidth(PREVIEW_SIDE_PX)
            previews.addWidget(heading)
            previews.addWidget(label)
        previews.addStretch(1)
        return previews

    def _build_bottom(self) -> QGridLayout:
        self.assign_field = QComboBox()
        self.assign_field.setAccessibleName("Class of the selected rows")
        self.assign_field.activated.connect(self._on_assigned)
        self.grow_box = QCheckBox("Pixels that match nothing take the class beside them")
        self.grow_box.toggled.connect(self._on_grow_changed)
        label = QLabel("Selected rows become")
        label.setBuddy(self.assign_field)
        assign = QHBoxLayout()
        assign.setSpacing(8)
        assign.addWidget(label)
        assign.addWidget(self.assign_field)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        grid.addLayout(assign, 0, 0)
        grid.addWidget(self.grow_box, 1, 0)
        grid.addWidget(self.replace_radio, 0, 1)
        grid.addWidget(self.new_radio, 1, 1)
        grid.setColumnStretch(2, 1)
        return grid

    # -- following the fields -----------------------------------------------------------------------------------

    def _offer_encodings(self) -> None:
        self.encoding_field.blockSignals(True)
        self.encoding_field.clear()
        self.encoding_field.addItem("None: choose every class", None)
        for encoding in all_encodings(self.table):
            if encoding.kind == self._reading.foreign.kind:
                self.encoding_field.addItem(encoding.name, encoding.key)
        own = self._reading.encoding
        self.encoding_field.setCurrentIndex(max(0, self.encoding_field.findData(None if own is None else own.key)))
        self.encoding_field.blockSignals(False)

    def _chosen_encoding(self) -> Encoding | None:
        key = self.encoding_field.currentData()
        return next((each for each in all_encodings(self.table) if each.key == key), None)

    def _on_kind_changed(self, _index: int) -> None:
        self._reading = self._readings[self.kind_field.currentData()]
        self._offer_encodings()
        self._show_reading(self._reading)

    def _on_encoding_changed(self, _index: int) -> None:
        self._reading = replace(self._reading, encoding=self._chosen_encoding())
        self._ask_grouping()

    def _on_tolerance_changed(self, tolerance: int) -> None:
        self._reading = replace(self._reading, tolerance=tolerance)
        self._timer.start()

    def _on_table_changed(self, _index: int) -> None:
        self._offer_encodings()
        self._reading = replace(self._reading, encoding=self._chosen_encoding(), remembered=None)
        self._ask_grouping()

    def _on_target_changed(self, _button: object = None, _on: bool = True) -> None:
        is_new = self.new_radio.isChecked()
        self.table_field.setEnabled(is_new and len(self._tables) > 1)
        if not is_new:
            self.table_field.setCurrentIndex(0)

    def _on_grow_changed(self, grow: bool) -> None:
        self._reading = replace(self._reading, grow=grow)
        self._show_summary()

    def _ask_grouping(self) -> None:
        self.import_button.setEnabled(False)
        self.grouping_asked.emit(self._reading)

    def _on_assigned(self, _index: int) -> None:
        self.mapping.choose(self.mapping.selected_rows(), int(self.assign_field.currentData()))

    def _on_mapping_changed(self) -> None:
        self._readings[self._reading.foreign.kind] = self._reading
        self._show_after()
        self._show_summary()

    # -- showing ------------------------------------------------------------------------------------------------

    def _show_reading(self, reading: Reading) -> None:
        self._reading = self._readings[reading.foreign.kind] = reading
        foreign, table = reading.foreign, self.table
        is_colours = foreign.kind == "colours"
        self.tolerance_field.blockSignals(True)
        self.tolerance_field.setValue(reading.tolerance)
        self.tolerance_field.setEnabled(is_colours)
        self.tolerance_field.blockSignals(False)
        self.assign_field.clear()
        fill_classes(self.assign_field, table)
        classes = suggested_classes(reading.grouping, reading, reading.encoding, table)
        self.mapping.show_groups(reading.grouping, foreign.kind, classes, table, foreign.index.size)
        self.grow_box.setChecked(reading.grow)
        self.import_button.setEnabled(True)
        self._before.setPixmap(_pixmap(_foreign_picture(foreign)))
        self._show_after()
        self._show_summary()

    def _show_after(self) -> None:
        foreign, grouping = self._reading.foreign, self._reading.grouping
        of_group = np.array([*self.mapping.classes, VOID], np.uint8)
        of_value = np.append(of_group[grouping.of_value], np.uint8(VOID))
        self._after.setPixmap(_pixmap(self.table.colours()[of_value[_small(foreign)]]))

    def _show_summary(self) -> None:
        grouping, total = self._reading.grouping, self._reading.foreign.index.size
        lost = [g for g, c in zip(grouping.groups, self.mapping.classes, strict=True) if c == VOID and not g.is_void]
        pixels = sum(group.pixels for group in lost) + grouping.lost_pixels
        count = len(lost) + grouping.lost_values
        is_lossy = bool(pixels)
        if is_lossy:
            fate = "take the class beside them" if self.grow_box.isChecked() else "become void"
            values = counted(count, "value matches", "values match")
            text = f"{values} no class: {100 * pixels / total:.2f} % of the pixels {fate}."
        else:
            text = "Every value has a class."
        self._summary.setText(text)
        self._summary.setProperty("role", "muted")
        self._summary.style().polish(self._summary)


def _small(foreign: ForeignLayout) -> np.ndarray:
    """Return the index of a layout at the size of a preview, by nearest neighbour."""
    height, width = foreign.index.shape
    scale = min(1.0, PREVIEW_SIDE_PX / width, PREVIEW_SIDE_PX / height)
    rows = np.arange(max(1, round(height * scale))) * height // max(1, round(height * scale))
    columns = np.arange(max(1, round(width * scale))) * width // max(1, round(width * scale))
    return foreign.index[rows[:, None], columns]


def _foreign_picture(foreign: ForeignLayout) -> np.ndarray:
    """Return colours as they are, and ids in colours of their own, (h, w, 3) uint8."""
    if foreign.kind == "colours":
        colours = np.array([value_colour(int(value)) for value in foreign.values], np.uint8).reshape(-1, 3)
    else:
        mixed = (foreign.values.astype(np.uint64) + 1) * np.uint64(0x9E3779B1)
        colours = np.stack([(mixed >> np.uint64(shift)) & np.uint64(0xFF) for shift in (24, 16, 8)], 1).astype(np.uint8)
    return np.vstack([colours, np.zeros((1, 3), np.uint8)])[_small(foreign)]


def _pixmap(rgb: np.ndarray) -> QPixmap:
    image = image_from_rgb(np.ascontiguousarray(rgb, np.uint8))
    if image.width() >= PREVIEW_SIDE_PX:
        return QPixmap.fromImage(image)
    return QPixmap.fromImage(image.scaledToWidth(min(PREVIEW_SIDE_PX, 4 * image.width())))
