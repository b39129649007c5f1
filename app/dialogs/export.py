"""The dialog that asks which pictures are exported, where, and under which name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
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

ExportKind = Literal["image", "canvas", "layout_coloured", "layout_index"]

KINDS: Mapping[ExportKind, tuple[str, str, str]] = {
    "image": ("Image", "the photograph", ""),
    "canvas": ("Canvas", "the composed segments, with holes", "-canvas"),
    "layout_coloured": ("Coloured layout", "in the colours of the classes", "-layout"),
    "layout_index": ("Index layout", "class ids, for opening again and for the command line", "-index"),
}
MAX_STEM_CHARACTERS = 120


@dataclass(frozen=True)
class ExportChoice:
    """What to export and where.

    Attributes:
        folder: an existing folder.
        stem: name of the files without ending.
        kinds: which pictures, in the order of `KINDS`.
    """

    folder: Path
    stem: str
    kinds: tuple[ExportKind, ...]

    @property
    def paths(self) -> dict[ExportKind, Path]:
        """The file of every picture."""
        return {kind: self.folder / f"{self.stem}{KINDS[kind][2]}.png" for kind in self.kinds}


def fault_of(choice: ExportChoice) -> str:
    """Return why a choice cannot be exported, in one line, or an empty text."""
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
    return ""


class ExportDialog(QDialog):
    """Asks for kinds, folder and name; what cannot be written is said before, not after."""

    def __init__(self, folder: Path, stem: str, parent: QWidget | None = None, *, has_picture: bool = True) -> None:
        """Offer a folder and a name.

        Args:
            folder: where the last export went, or the project's folder.
            stem: the document's name.
            parent: the window.
            has_picture: whether image and canvas exist yet; layouts always do.
        """
        super().__init__(parent)
        self.setWindowTitle("Export")
        title = QLabel("Export pictures as PNG")
        title.setProperty("role", "title")
        self._boxes: dict[ExportKind, QCheckBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        for row, (kind, (name, hint, _)) in enumerate(KINDS.items()):
            box = QCheckBox(name)
            exists = has_picture or kind.startswith("layout")
            box.setEnabled(exists)
            box.setChecked(exists and kind == "image")
            box.toggled.connect(self._on_changed)
            label = QLabel(hint if exists else "not made yet")
            label.setProperty("role", "muted")
            grid.addWidget(box, row, 0)
            grid.addWidget(label, row, 1)
            self._boxes[kind] = box
        grid.setColumnStretch(1, 1)
        self.folder_field = QLineEdit(str(folder))
        self.folder_field.setAccessibleName("Folder")
        self.folder_field.setMinimumWidth(340)
        self.stem_field = QLineEdit(stem)
        self.stem_field.setAccessibleName("Name")
        browse = QPushButton("Browse…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._on_browse_clicked)
        where = QGridLayout()
        where.setHorizontalSpacing(10)
        where.setVerticalSpacing(8)
        for row, (caption, field) in enumerate((("Folder", self.folder_field), ("Name", self.stem_field))):
            where.addWidget(QLabel(caption), row, 0)
            where.addWidget(field, row, 1)
            field.textChanged.connect(self._on_changed)
        where.addWidget(browse, 0, 2)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setMinimumHeight(32)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop)
        buttons, self.export_button = build_button_row(self, "Export")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addWidget(title)
        column.addLayout(grid)
        column.addLayout(where)
        column.addWidget(self._note)
        column.addLayout(buttons)
        self.stem_field.setFocus()
        self.stem_field.selectAll()
        self._on_changed()

    @property
    def choice(self) -> ExportChoice:
        """What is chosen now."""
        kinds: tuple[ExportKind, ...] = tuple(kind for kind, box in self._boxes.items() if box.isChecked())
        return ExportChoice(Path(self.folder_field.text()).expanduser(), self.stem_field.text().strip(), kinds)

    @property
    def note(self) -> str:
        """What stands above the buttons: a fault, or which files are replaced."""
        return self._note.text()

    def box(self, kind: ExportKind) -> QCheckBox:
        """Return the check box of a picture."""
        return self._boxes[kind]

    def _on_changed(self, _value: object = None) -> None:
        choice = self.choice
        fault = fault_of(choice)
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
