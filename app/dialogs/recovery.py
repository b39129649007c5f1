"""The dialog that offers what a crash left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.counted import counted
from app.icons import paint_icon
from app.imaging import image_from_rgb
from app.journals import LeftJournal
from app.theme import THEME

RecoveryAnswer = Literal["open", "save_all", "discard", "later"]
THUMBNAIL = QSize(96, 48)
TEXT = "Tessera did not end as it should. These layouts have changes that were not saved:"


class RecoveryDialog(QDialog):
    """Lists journals with thumbnail, name and time; Escape keeps them for the next start."""

    def __init__(
        self, journals: Sequence[LeftJournal], parent: QWidget | None = None, *, now: float | None = None
    ) -> None:
        """Offer journals.

        Args:
            journals: the latest first.
            parent: the window.
            now: seconds since 1970, the clock's by default.
        """
        super().__init__(parent)
        self.setWindowTitle("Recover")
        self.answer: RecoveryAnswer = "later"
        self._journals = tuple(journals)
        title = QLabel("Recover unsaved layouts")
        title.setProperty("role", "title")
        text = QLabel(TEXT)
        text.setWordWrap(True)
        self.list = QListWidget()
        self.list.setIconSize(THUMBNAIL)
        self.list.setSpacing(3)
        self.list.setMinimumSize(460, 76 * min(max(len(journals), 2), 5))
        self.list.setAccessibleName("Unsaved layouts")
        moment = datetime.now().timestamp() if now is None else now
        for journal in journals:
            self.list.addItem(_item(journal, moment))
        self.list.currentRowChanged.connect(self._on_row_changed)
        self.list.itemActivated.connect(lambda _item: self.open_button.click())
        self.discard_button = QPushButton("Discard…")
        self.later_button = QPushButton("Later")
        self.save_button = QPushButton("Save all as projects…")
        self.open_button = QPushButton("Open")
        self.open_button.setDefault(True)
        self.discard_button.clicked.connect(lambda: self._answer("discard"))
        self.later_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(lambda: self._answer("save_all"))
        self.open_button.clicked.connect(lambda: self._answer("open"))
        self.save_button.setEnabled(any(journal.document is not None for journal in journals))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.discard_button)
        buttons.addStretch(1)
        for button in (self.later_button, self.save_button, self.open_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(text)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        first = next((row for row, journal in enumerate(journals) if journal.document is not None), 0)
        self.list.setCurrentRow(first)
        self.list.setFocus()

    @property
    def chosen(self) -> LeftJournal | None:
        """The journal that is selected."""
        row = self.list.currentRow()
        return self._journals[row] if 0 <= row < len(self._journals) else None

    def _on_row_changed(self, _row: int) -> None:
        chosen = self.chosen
        self.open_button.setEnabled(chosen is not None and chosen.document is not None)
        self.discard_button.setEnabled(chosen is not None)

    def _answer(self, answer: RecoveryAnswer) -> None:
        self.answer = answer
        self.accept()


def age_text(seconds: float) -> str:
    """Return how long ago something was, as people say it."""
    for unit, length_s in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // length_s)
        if count >= 1:
            return f"{counted(count, unit)} ago"
    return "just now"


def _item(journal: LeftJournal, now: float) -> QListWidgetItem:
    when = datetime.fromtimestamp(journal.when).strftime("%Y-%m-%d %H:%M")
    time_text = f"{age_text(now - journal.when)}, {when}"
    document = journal.document
    if document is None:
        item = QListWidgetItem(QIcon(_warning()), f"Cannot be read\n{time_text}")
        item.setToolTip(journal.fault)
        return item
    size = document.project.layout.size
    path = document.project_path
    where = "never saved" if path is None else str(path)
    item = QListWidgetItem(
        QIcon(_thumbnail(journal)), f"{document.name or 'Untitled'}  {size.width} × {size.height}\n{time_text}\n{where}"
    )
    item.setToolTip(where)
    return item


def _thumbnail(journal: LeftJournal) -> QPixmap:
    assert journal.document is not None
    pixmap = _blank()
    picture = QPixmap.fromImage(image_from_rgb(journal.document.thumbnail)).scaled(
        THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    painter = QPainter(pixmap)
    painter.drawPixmap(
        (THUMBNAIL.width() - picture.width()) // 2, (THUMBNAIL.height() - picture.height()) // 2, picture
    )
    painter.end()
    return pixmap


def _warning() -> QPixmap:
    pixmap = _blank()
    painter = QPainter(pixmap)
    side = THUMBNAIL.height() / 2
    target = QRectF(0, 0, side, side)
    target.moveCenter(QRectF(pixmap.rect()).center())
    paint_icon(painter, "warning", target, THEME.muted)
    painter.end()
    return pixmap


def _blank() -> QPixmap:
    pixmap = QPixmap(THUMBNAIL)
    pixmap.fill(QColor(THEME.field))
    return pixmap
