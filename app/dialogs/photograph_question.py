"""What shall become of a photograph that was dropped on the window."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QWidget

from app.dialogs.errors import MessageDialog
from app.theme import THEME

PhotographUse = Literal["cut_out", "trace", "layout", "nothing"]


class PhotographQuestion(MessageDialog):
    """Asks whether segments are cut out of a photograph, or it is traced; Escape does nothing."""

    def __init__(self, name: str, parent: QWidget | None = None, *, may_be_layout: bool = False) -> None:
        """Ask about the photograph of a name; one that may be a layout can be opened as such."""
        text = (
            "Cut out segments: label it, and its pieces become candidates for your regions.\n"
            "Trace it: it lies under the layout while you paint, and is no part of the picture."
        )
        super().__init__(f"What do you want to do with {name}?", text, icon_name="photograph", colour=THEME.accent,
                         parent=parent)  # fmt: skip
        self.choice: PhotographUse = "nothing"
        self.cancel_button = self.add_button("Cancel")
        self.layout_button = self.add_button("Open as a layout")
        self.layout_button.setVisible(may_be_layout)
        self.layout_button.clicked.connect(lambda: self._answer("layout"))
        self.trace_button = self.add_button("Trace it")
        self.cut_out_button = self.add_button("Cut out segments", is_default=True)
        self.cancel_button.clicked.connect(self.reject)
        self.trace_button.clicked.connect(lambda: self._answer("trace"))
        self.cut_out_button.clicked.connect(lambda: self._answer("cut_out"))

    def _answer(self, choice: PhotographUse) -> None:
        self.choice = choice
        self.accept()
