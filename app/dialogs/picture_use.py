"""The question what a picture of many colours is: a photograph to trace, or a layout."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QWidget

from app.dialogs.errors import MessageDialog
from app.dialogs.waiting import answer_of
from app.theme import THEME

PictureUse = Literal["trace", "layout", "cancel"]


class PictureUseDialog(MessageDialog):
    """Asks what a picture is for; Escape means neither."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Ask about the picture of a name."""
        text = "It has as many colours as a photograph. Tracing lays it under the layout; a layout gets its classes."
        super().__init__(f"What is {name}?", text, icon_name="image", colour=THEME.accent, parent=parent)
        self.choice: PictureUse = "cancel"
        self.cancel_button = self.add_button("Cancel")
        self.layout_button = self.add_button("Import as layout")
        self.trace_button = self.add_button("Trace it", is_default=True)
        self.cancel_button.clicked.connect(self.reject)
        self.layout_button.clicked.connect(lambda: self._answer("layout"))
        self.trace_button.clicked.connect(lambda: self._answer("trace"))

    def _answer(self, choice: PictureUse) -> None:
        self.choice = choice
        self.accept()


async def ask_use(parent: QWidget | None, name: str) -> PictureUse:
    """Ask what a picture is for and wait for the answer."""
    dialog = PictureUseDialog(name, parent)
    await answer_of(dialog)
    dialog.deleteLater()
    return dialog.choice
