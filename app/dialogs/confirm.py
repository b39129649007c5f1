"""A question with two answers, asked before something is lost."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.dialogs.errors import MessageDialog
from app.dialogs.waiting import answer_of
from app.theme import THEME


class ConfirmDialog(MessageDialog):
    """Asks whether to go on; Escape means no."""

    def __init__(self, title: str, message: str, accept_text: str, parent: QWidget | None = None) -> None:
        """Ask a question; the safe answer is the default."""
        super().__init__(title, message, icon_name="warning", colour=THEME.accent, parent=parent)
        self.accept_button = self.add_button(accept_text)
        self.accept_button.clicked.connect(self.accept)
        self.cancel_button = self.add_button("Cancel", is_default=True)
        self.cancel_button.clicked.connect(self.reject)


async def confirm(parent: QWidget | None, title: str, message: str, accept_text: str) -> bool:
    """Ask and wait; return whether to go on."""
    dialog = ConfirmDialog(title, message, accept_text, parent)
    is_accepted = await answer_of(dialog)
    dialog.deleteLater()
    return is_accepted
