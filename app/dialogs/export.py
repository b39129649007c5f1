"""The dialog that asks which pictures are exported, how large, where, and under which name."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.button_row import build_button_row
from app.export_writer import KINDS, SCALES_PERCENT, ExportKind, scale_fault, scaled_size
from engine.geometry import Size

MAX_STEM_CHARACTERS = 120


@dataclass(frozen=True)
class ExportChoice:
    """What to export and where.

    Attributes:
        folder: an existing folder.
        stem: name of the files without ending.
        kinds: which pictures, in the order of `KINDS`.
        scale_percent: their size.
    """

    folder: Path
    stem: str
    kinds: tuple[ExportKind, ...]
    scale_percent: int = 100

    @property
    def paths(self) -> dict[ExportKind, Path]:
        """The file of every picture."""
        return {kind: self.folder / f"{self.stem}{KINDS[kind].ending}" for kind in self.kinds}


def fault_of(choice: ExportChoice, size: Size | None = None) -> str:
    """Return why a choice cannot be exported, in one line, or an empty text.

    Args:
        choice: what is chosen.
        size: of the document, for what is too large at the scale.
    """
    if not choice.kinds:
        return "Choose at least one picture."
    if not choice.stem or len(choice.stem) > MAX_STEM_CHARACTERS:
        return f"A name has 1 to {MAX_STEM_CHARACTERS} characters."
    if re.search(r'[/\\:*?"<>|\x00-\x1f]', choice.stem) or choice.stem in (".", ".."):
        return 'A name holds none of / \\ : * ? " < > |'
    if not choice.folder.is_dir():
        return "This folder does not exist."
    if not os.access(choice.folder, os.W_OK):
        return "This folder cannot be written to."
    return "" if size is None else scale_fault(choice.kinds, size, choice.scale_percent)


class ExportDialog(QDialog):
    """Asks for kinds, scale, folder and name; what cannot be written is said before, not after."""

    def __init__(
        self,
        folder: Path,
        stem: str,
        parent: QWidget | None = None,
        *,
        size: Size | None = None,
        kinds: Collection[ExportKind] = ("image",),
        has_picture: bool = True,
    ) -> None:
        """Offer a folder and a name.

        Args:
            folder: where the last export went, or the project's folder.
            stem: the document's name.
            parent: the window.
            size: of the document, where it is known.
            kinds: what is ticked at first.
            has_picture: whether there is a picture; layouts always are.
        """
        super().__init__(parent)
        self.setWindowTitle("Export")
        self._size = size
        self._boxes: dict[ExportKind, QCheckBox] = {}
        title = QLabel("Export")
        title.setProperty("role", "title")
        buttons, self.export_button = build_button_row(self, "Export")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addWidget(title)
        column.addLayout(self._build_kinds(kinds, has_picture=has_picture))
        column.addLayout(self._build_place(folder, stem))
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setMinimumHeight(48)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._note)
        column.addLayout(buttons)
        self.stem_field.setFocus()
        self.stem_field.selectAll()
        self._on_changed()

    @property
    def choice(self) -> ExportChoice:
        """What is chosen now."""
        kinds: tuple[ExportKind, ...] = tuple(kind for kind, box in self._boxes.items() if box.isChecked())
        scale_percent = int(self.scale_field.currentData())
        folder = Path(self.folder_field.text()).expanduser()
        return ExportChoice(folder, self.stem_field.text().strip(), kinds, scale_percent)

    @property
    def note(self) -> str:
        """What stands above the buttons: a fault, or which files are replaced."""
        return self._note.text()

    def box(self, kind: ExportKind) -> QCheckBox:
        """Return the check box of a picture."""
        return self._boxes[kind]

    def _build_kinds(self, kinds: Collection[ExportKind], *, has_picture: bool) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        for row, (kind, info) in enumerate(KINDS.items()):
            box = QCheckBox(info.name)
            exists = has_picture or not info.needs_picture
            box.setEnabled(exists)
            box.setChecked(exists and kind in kinds)
            box.toggled.connect(self._on_changed)
            label = QLabel(info.hint if exists else "not made yet")
            label.setProperty("role", "muted")
            grid.addWidget(box, row, 0)
            grid.addWidget(label, row, 1)
            self._boxes[kind] = box
        grid.setColumnStretch(1, 1)
        return grid

    def _build_place(self, folder: Path, stem: str) -> QGridLayout:
        self.folder_field = QLineEdit(str(folder))
        self.folder_field.setMinimumWidth(340)
        self.stem_field = QLineEdit(stem)
        self.scale_field = QComboBox()
        for percent in SCALES_PERCENT:
            self.scale_field.addItem(self._scale_text(percent), percent)
        self.scale_field.setCurrentIndex(SCALES_PERCENT.index(100))
        self.scale_field.currentIndexChanged.connect(self._on_changed)
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._on_browse_clicked)
        place = QGridLayout()
        place.setHorizontalSpacing(10)
        place.setVerticalSpacing(8)
        rows = (("Scale", self.scale_field), ("Folder", self.folder_field), ("Name", self.stem_field))
        for row, (caption, field) in enumerate(rows):
            label = QLabel(caption)
            label.setBuddy(field)
            field.setAccessibleName(caption)
            place.addWidget(label, row, 0)
            place.addWidget(field, row, 1)
        for field in (self.folder_field, self.stem_field):
            field.textChanged.connect(self._on_changed)
        place.addWidget(browse, 1, 2)
        return place

    def _scale_text(self, percent: int) -> str:
        if self._size is None:
            return f"{percent} %"
        size = scaled_size(self._size, percent)
        return f"{percent} %   {size.width} × {size.height}"

    def _on_changed(self, _value: object = None) -> None:
        choice = self.choice
        fault = fault_of(choice, self._size)
        replaced = [] if fault else [path.name for path in choice.paths.values() if path.exists()]
        self.export_button.setEnabled(not fault)
        self.export_button.setText("Replace" if replaced else "Export")
        self._note.setProperty("role", "error" if fault else "muted")
        self._note.style().polish(self._note)
        names = ", ".join(path.name for path in choice.paths.values())
        self._note.setText(fault or (f"Replaces {', '.join(replaced)}" if replaced else f"Writes {names}"))

    def _on_browse_clicked(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Export into", self.folder_field.text())
        if chosen:
            self.folder_field.setText(chosen)
