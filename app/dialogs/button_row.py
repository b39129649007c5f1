"""The last row of a dialog: Cancel, then what it is for, at the right."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton


def build_button_row(dialog: QDialog, accept_text: str) -> tuple[QHBoxLayout, QPushButton]:
    """Return a row with Cancel and the accepting button, wired to the dialog, and that button."""
    cancel = QPushButton("Cancel")
    cancel.clicked.connect(dialog.reject)
    accept = QPushButton(accept_text)
    accept.setDefault(True)
    accept.clicked.connect(dialog.accept)
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addStretch(1)
    row.addWidget(cancel)
    row.addWidget(accept)
    return row, accept
