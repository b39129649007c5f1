"""Banners above the views: what the painter should know, without standing in the way."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.dialogs.bank_help import BankHelpDialog
from app.dialogs.errors import ErrorDialog
from app.icon_label import IconLabel
from app.icons import icon
from app.session import Session
from app.theme import THEME
from engine.pipeline.results import Result

NO_BANK_TEXT = "No memory bank: the image is invented by the network alone."
PROJECT_TEXT = "No memory bank: only photographs kept in the project are used."
READABLE_MS = 8000


class Banner(QFrame):
    """One line with an icon, buttons, and a cross that closes it."""

    closed = Signal()

    def __init__(self, icon_name: str, *, is_error: bool = False, parent: QWidget | None = None) -> None:
        """Start without a text."""
        super().__init__(parent)
        self.setProperty("role", "banner-error" if is_error else "banner")
        picture = IconLabel(icon_name, 16, colour=THEME.danger if is_error else THEME.accent)
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 4, 6, 4)
        self._row.setSpacing(8)
        self._row.addWidget(picture)
        self._row.addWidget(self._text, 1)
        self.close_button = QToolButton()
        self.close_button.setIcon(icon("close", colour=THEME.muted))
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setToolTip("Dismiss")
        self.close_button.setAccessibleName("Dismiss")
        self.close_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.close_button.clicked.connect(self._on_close_clicked)
        self._row.addWidget(self.close_button)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def set_text(self, text: str) -> None:
        """Say something; the whole text is the tool tip where it does not fit."""
        self._text.setText(text)
        self._text.setToolTip(text)

    def add_button(self, text: str) -> QPushButton:
        """Add a button before the cross."""
        button = QPushButton(text)
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        self._row.insertWidget(self._row.count() - 1, button)
        return button

    def _on_close_clicked(self) -> None:
        self.hide()
        self.closed.emit()


class BannerArea(QWidget):
    """Shows that no bank is open, and what the engine failed at; lies above the views.

    GUI thread. Emits `open_bank_requested` when the painter wants to open one.
    """

    open_bank_requested = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Follow a session."""
        super().__init__(parent)
        self._session = session
        self._is_dismissed = False
        self._details = ""
        self._failed_since = QElapsedTimer()
        self.bank_banner = Banner("bank")
        self.bank_banner.set_text(NO_BANK_TEXT)
        self.open_button = self.bank_banner.add_button("Open a bank…")
        self.open_button.clicked.connect(self.open_bank_requested)
        self.help_button = self.bank_banner.add_button("How to build one")
        self.help_button.clicked.connect(self._on_help_clicked)
        self.bank_banner.closed.connect(self._on_dismissed)
        self.error_banner = Banner("warning", is_error=True)
        self.details_button = self.error_banner.add_button("Details")
        self.details_button.clicked.connect(self._on_details_clicked)
        self.error_banner.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.error_banner)
        column.addWidget(self.bank_banner)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        session.banks_changed.connect(self._on_banks_changed)
        session.failed.connect(self._on_failed)
        session.result_shown.connect(self._on_result_shown)
        self._on_banks_changed()

    def _on_banks_changed(self) -> None:
        has_none = not self._session.banks and not self._session.expects_banks
        self.bank_banner.setVisible(has_none and not self._is_dismissed)
        self._show_source()

    def _show_source(self) -> None:
        result = self._session.result
        self.bank_banner.set_text(PROJECT_TEXT if result is not None and result.placed else NO_BANK_TEXT)

    def _on_dismissed(self) -> None:
        self._is_dismissed = True

    def _on_failed(self, message: str, details: str) -> None:
        self._details = details
        self.error_banner.set_text(message)
        self.details_button.setVisible(bool(details))
        self._failed_since.start()
        self.error_banner.show()

    def _on_result_shown(self, _result: Result) -> None:
        self._show_source()
        if self._failed_since.isValid() and self._failed_since.hasExpired(READABLE_MS):
            self.error_banner.hide()

    def _on_help_clicked(self) -> None:
        dialog = BankHelpDialog(self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_details_clicked(self) -> None:
        dialog = ErrorDialog("What the engine reports", self.error_banner.text, self._details, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
