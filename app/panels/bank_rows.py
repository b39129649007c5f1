"""The open banks as rows: a switch, a name that chooses what is browsed, what it holds, and a menu."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.counted import counted
from app.panels.parts import Menu, panel_button
from app.session import Session

EMPTY_TEXT = "No bank is open."
LEAST_NAME_PX = 48


class NameButton(QToolButton):
    """A button with a name that gives way: where there is no room for it, its middle is left out."""

    def __init__(self, name: str) -> None:
        """Show a name."""
        super().__init__()
        self.full_name = name
        self.setMinimumWidth(LEAST_NAME_PX)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._show()

    def sizeHint(self) -> QSize:
        """Return room for the whole name."""
        hint = super().sizeHint()
        whole_px = self.fontMetrics().horizontalAdvance(self.full_name) + self._beside_px()
        return QSize(whole_px, hint.height())

    def minimumSizeHint(self) -> QSize:
        """Return the least room a name needs."""
        return QSize(LEAST_NAME_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much of the name as there is room for."""
        super().resizeEvent(event)
        self._show(self.width() - self._beside_px())

    def _beside_px(self) -> int:
        """Return what the button takes beside its text."""
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self._shown)

    def _show(self, room_px: int = 1 << 16) -> None:
        metrics = self.fontMetrics()
        fits = metrics.horizontalAdvance(self.full_name) <= room_px
        elided = metrics.elidedText(self.full_name, Qt.TextElideMode.ElideMiddle, room_px)
        self._shown = self.full_name if fits else elided
        self.setText(self._shown.replace("&", "&&"))


class BankRow(QWidget):
    """One open bank. Emits `export_asked` with its path."""

    export_asked = Signal(object)

    def __init__(self, session: Session, summary: Any) -> None:
        """Show a bank by its summary."""
        super().__init__()
        self._session = session
        self.summary = summary
        label = session.bank_label(summary.path)
        self.switch = QCheckBox()
        self.switch.setAccessibleName(f"Use {label}")
        self.switch.setToolTip("Whether its segments are candidates; off, it stays open and is not asked")
        self.switch.setChecked(session.is_bank_on(summary.path))
        self.switch.toggled.connect(lambda on: session.set_bank_on(summary.path, on))
        self.name = NameButton(label)
        self.name.setCheckable(True)
        self.name.setToolTip(f"Browse {label}\n{summary.path}")
        self.name.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        segments = sum(count.segments for count in summary.counts)
        self.facts = QLabel(f"{segments:,}")
        self.facts.setProperty("role", "muted")
        self.facts.setToolTip(f"{counted(segments, 'segment')} from {counted(summary.sources, 'photograph')}")
        self.menu_button = panel_button("settings", f"What can be done with {label}")
        self.menu_button.setFixedSize(24, 22)
        self.menu_button.clicked.connect(self._on_menu_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.switch)
        row.addWidget(self.name)
        row.addStretch()
        row.addWidget(self.facts)
        row.addWidget(self.menu_button)

    def follow_switch(self) -> None:
        """Show whether the bank is on."""
        with QSignalBlocker(self.switch):
            self.switch.setChecked(self._session.is_bank_on(self.summary.path))

    def menu(self) -> QMenu:
        """Return what can be done with the bank."""
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        export = menu.addAction("Export a copy…", lambda: self.export_asked.emit(self.summary.path))
        export.setEnabled(any(count.segments for count in self.summary.counts))
        if not self.summary.is_living:
            menu.addAction("Close", lambda: self._session.close_bank(self.summary.path))
        return menu

    def _on_menu_clicked(self) -> None:
        self.menu().popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))


class BankRows(QWidget):
    """All open banks. Emits `chosen` when another is to be browsed, and `export_asked` with a path."""

    chosen = Signal()
    export_asked = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Follow a session's banks."""
        super().__init__(parent)
        self._session = session
        self._chosen: Path | None = None
        self.rows: list[BankRow] = []
        self._group = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._empty = QLabel(EMPTY_TEXT)
        self._empty.setProperty("role", "muted")
        self._column.addWidget(self._empty)
        session.banks_changed.connect(self._on_banks_changed)
        self._on_banks_changed()

    @property
    def summary(self) -> Any | None:
        """The bank that is browsed, or None."""
        return next((row.summary for row in self.rows if row.summary.path == self._chosen), None)

    def choose(self, path: Path) -> None:
        """Browse another bank."""
        if path != self._chosen:
            self._chosen = path
            for row in self.rows:
                row.name.setChecked(row.summary.path == path)
            self.chosen.emit()

    def _on_banks_changed(self) -> None:
        """Follow the banks; where only a switch was turned, the rows stay, and with them the focus."""
        if [row.summary for row in self.rows] == list(self._session.banks):
            for row in self.rows:
                row.follow_switch()
            return
        for row in self.rows:
            self._group.removeButton(row.name)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [BankRow(self._session, summary) for summary in self._session.banks]
        paths = [row.summary.path for row in self.rows]
        if self._chosen not in paths:
            self._chosen = paths[0] if paths else None
        for row in self.rows:
            self._column.addWidget(row)
            self._group.addButton(row.name)
            row.name.setChecked(row.summary.path == self._chosen)
            row.name.clicked.connect(lambda _=False, path=row.summary.path: self.choose(path))
            row.export_asked.connect(self.export_asked)
        self._empty.setVisible(not self.rows)
