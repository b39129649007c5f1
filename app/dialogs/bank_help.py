"""The dialog that says how a memory bank is built."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.icons import icon

BUILD_COMMAND = "python -m engine bank build --importer folder --root MY_PHOTOGRAPHS -o MY.bank"
TEXT = (
    "A memory bank holds photographs and the layout of each, cut into segments. Tessera makes every region of your "
    "layout of the segment that fits best. It is built once, on the command line, from a folder with "
    "<b>photographs/</b> (JPEG or PNG), <b>layouts/</b> (PNGs of the same names, one class id a pixel) and "
    "<b>classes.toml</b>:"
)
AFTER = "Then open it with <b>Bank ▸ Open bank…</b> It is remembered, and only read while you paint."


class BankHelpDialog(QDialog):
    """Explains banks and offers the command to copy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the page."""
        super().__init__(parent)
        self.setWindowTitle("Memory banks")
        title = QLabel("How to build a memory bank")
        title.setProperty("role", "title")
        card = QFrame()
        card.setProperty("role", "card")
        command = QLabel(BUILD_COMMAND)
        command.setStyleSheet("font-family: 'DejaVu Sans Mono', monospace; font-size: 11px;")
        command.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setIcon(icon("copy"))
        self.copy_button.clicked.connect(self._on_copy_clicked)
        row = QHBoxLayout(card)
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(command, 1)
        row.addWidget(self.copy_button)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        bottom = QHBoxLayout()
        bottom.addStretch(1)
        bottom.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(_paragraph(TEXT))
        column.addWidget(card)
        column.addWidget(_paragraph(AFTER))
        column.addLayout(bottom)
        close.setFocus()

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(BUILD_COMMAND)
        self.copy_button.setText("Copied")


def _paragraph(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setMinimumWidth(560)
    return label
