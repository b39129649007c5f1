"""Questions and bad news: one clear line, details on demand."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.waiting import answer_of
from app.icons import icon
from app.theme import THEME

UnsavedAnswer = Literal["save", "discard", "cancel"]
ICON_SIZE = QSize(28, 28)


class MessageDialog(QDialog):
    """A dialog with an icon, a title, one line, optional details and buttons."""

    def __init__(self, title: str, message: str, *, icon_name: str, colour: str, parent: QWidget | None = None) -> None:
        """Say something; buttons are added by `add_button`."""
        super().__init__(parent)
        self.setWindowTitle("Tessera")
        picture = QLabel()
        picture.setPixmap(icon(icon_name, colour=colour).pixmap(ICON_SIZE))
        picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        heading = QLabel(title)
        heading.setProperty("role", "title")
        heading.setWordWrap(True)
        self._message = QLabel(message)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setWordWrap(True)
        self._message.setMinimumWidth(360)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(heading)
        words.addWidget(self._message)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(picture)
        top.addLayout(words, 1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._buttons.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 18, 20, 16)
        self._column.setSpacing(16)
        self._column.addLayout(top)
        self._column.addLayout(self._buttons)

    @property
    def message(self) -> str:
        """The line it says."""
        return self._message.text()

    def add_button(self, text: str, *, is_default: bool = False, at_left: bool = False) -> QPushButton:
        """Add a button at the right, or at the left end of the row."""
        button = QPushButton(text)
        button.setDefault(is_default)
        self._buttons.insertWidget(0 if at_left else self._buttons.count(), button)
        if is_default:
            button.setFocus()
        return button

    def add_details(self, details: str) -> None:
        """Add a text that is shown on demand."""
        text = QPlainTextEdit(details)
        text.setReadOnly(True)
        text.setMinimumSize(520, 180)
        text.hide()
        self._column.insertWidget(1, text, 1)
        button = self.add_button("Details", at_left=True)
        button.setCheckable(True)

        def on_toggled(shown: bool) -> None:
            text.setVisible(shown)
            self.adjustSize()

        button.toggled.connect(on_toggled)


class ErrorDialog(MessageDialog):
    """Says that something failed, in one line, with details on demand."""

    def __init__(self, title: str, message: str, details: str = "", parent: QWidget | None = None) -> None:
        """Say what failed and why."""
        super().__init__(title, message, icon_name="warning", colour=THEME.danger, parent=parent)
        if details:
            self.add_details(details)
        self.add_button("Close", is_default=True).clicked.connect(self.accept)


class UnsavedDialog(MessageDialog):
    """Asks what becomes of changes that are not saved; Escape keeps everything as it is."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Ask about the document of a name."""
        text = "The changes since the last save are lost if they are not saved."
        super().__init__(f"Save the changes to {name}?", text, icon_name="save", colour=THEME.accent, parent=parent)
        self.choice: UnsavedAnswer = "cancel"
        self.discard_button = self.add_button("Do not save", at_left=True)
        self.cancel_button = self.add_button("Cancel")
        self.save_button = self.add_button("Save", is_default=True)
        self.discard_button.clicked.connect(lambda: self._answer("discard"))
        self.cancel_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(lambda: self._answer("save"))

    def _answer(self, choice: UnsavedAnswer) -> None:
        self.choice = choice
        self.accept()


def show_error(parent: QWidget | None, title: str, message: str, details: str = "") -> ErrorDialog:
    """Open an error over its window and return at once; it deletes itself when closed."""
    dialog = ErrorDialog(title, message, details, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def show_note(parent: QWidget | None, title: str, message: str) -> MessageDialog:
    """Open a note over its window and return at once; it deletes itself when closed."""
    dialog = MessageDialog(title, message, icon_name="check", colour=THEME.accent, parent=parent)
    dialog.add_button("Close", is_default=True).clicked.connect(dialog.accept)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


async def ask_unsaved(parent: QWidget | None, name: str) -> UnsavedAnswer:
    """Ask what becomes of unsaved changes and wait for the answer."""
    dialog = UnsavedDialog(name, parent)
    await answer_of(dialog)
    dialog.deleteLater()
    return dialog.choice
