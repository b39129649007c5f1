"""The preferences: how the program looks, its keys, the pen, and how the engine works. Every change counts at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.shortcut_editor import ShortcutEditor
from app.options import MAX_HISTORY_MB, MAX_THREADS, MIN_HISTORY_MB
from app.session import Session
from app.shortcuts import ShortcutBook

THEME_TEXTS = {"dark": "Dark", "light": "Light", "system": "Like the system"}
DEVICE_TEXTS = {"auto": "Automatic: a CUDA device where there is one", "cpu": "Processor", "cuda": "CUDA device"}
LIST_PX = 128
ROW_PX = 30


class PreferencesDialog(QDialog):
    """Pages of what is set once for every document. GUI thread; not modal, so that one sees what changes."""

    def __init__(
        self,
        session: Session,
        shortcuts: ShortcutBook,
        actions: Mapping[str, QAction],
        groups: Mapping[str, Sequence[str]],
        parent: QWidget | None = None,
    ) -> None:
        """Show the options of a session and the shortcuts of its window."""
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self._session = session
        self._options = session.options
        self.themes = _radio_group(THEME_TEXTS, self._options.set_theme)
        self.hatch = QCheckBox("Hatch classes whose colours are hard to tell apart")
        self.shortcut_editor = ShortcutEditor(shortcuts, actions, groups)
        self.pressure = QCheckBox("Pen pressure changes the size of the brush")
        self.history_mb = _number(MIN_HISTORY_MB, MAX_HISTORY_MB, " MB", "Memory of the history")
        self.devices = _radio_group(DEVICE_TEXTS, self._options.set_device)
        self.found = QLabel()
        self.threads = _number(0, MAX_THREADS, "", "Threads")
        self.threads.setSpecialValueText("Automatic")
        self.preview = QCheckBox("Show a coarse picture while painting")
        self.pages = QListWidget()
        self.pages.setAccessibleName("Pages of the preferences")
        self.pages.setFixedWidth(LIST_PX)
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self._show_options()
        self._show_devices()
        session.engine_settings.ask_devices()

    def show_page(self, title: str) -> None:
        """Turn to a page by its title."""
        found = self.pages.findItems(title, Qt.MatchFlag.MatchExactly)
        self.pages.setCurrentItem(found[0])

    # -- building -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._add_page(
            "Look",
            _heading("Theme"),
            *self.themes.buttons(),
            _heading("Colours of classes"),
            self.hatch,
            _muted("For eyes that confuse red and green, or blue and yellow: such classes differ in pattern too."),
        )
        self._add_page("Keyboard", self.shortcut_editor)
        self._add_page(
            "Painting",
            _heading("Pen"),
            self.pressure,
            _heading("History"),
            _row("Memory", self.history_mb),
            _muted("When the steps take more, the oldest are forgotten."),
        )
        self._add_page(
            "Engine",
            _heading("Networks run on"),
            *self.devices.buttons(),
            self.found,
            _heading("Work"),
            _row("Threads", self.threads),
            self.preview,
            _muted("On a slow machine, painting is smoother without it; the picture then follows each stroke."),
        )
        self.found.setProperty("role", "muted")
        self.found.setWordWrap(True)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        pages = QHBoxLayout()
        pages.setSpacing(16)
        pages.addWidget(self.pages)
        pages.addWidget(self._stack, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(12)
        column.addLayout(pages, 1)
        column.addLayout(buttons)
        self.resize(640, 520)
        self.pages.setCurrentRow(0)

    def _add_page(self, title: str, *widgets: QWidget) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        is_full = len(widgets) == 1
        for widget in widgets:
            if widget.property("role") == "heading" and column.count():
                column.addSpacing(12)
            column.addWidget(widget, int(is_full))
        if not is_full:
            column.addStretch(1)
        self._stack.addWidget(page)
        item = QListWidgetItem(title)
        item.setSizeHint(QSize(0, ROW_PX))
        self.pages.addItem(item)

    def _connect(self) -> None:
        options = self._options
        self.pages.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.hatch.toggled.connect(options.set_hatch)
        self.pressure.toggled.connect(options.set_pressure)
        self.preview.toggled.connect(options.set_preview)
        self.history_mb.valueChanged.connect(options.set_history_mb)
        self.threads.valueChanged.connect(options.set_threads)
        options.changed.connect(self._show_options)
        self._session.engine_settings.devices_known.connect(self._show_devices)
        self._session.result_shown.connect(self._show_devices)

    # -- following ----------------------------------------------------------------------------------------------

    def _show_options(self, _name: str = "") -> None:
        options = self._options
        fields = (self.hatch, self.pressure, self.preview, self.history_mb, self.threads)
        blockers = [QSignalBlocker(field) for field in fields]
        self.hatch.setChecked(options.hatch)
        self.pressure.setChecked(options.pressure)
        self.preview.setChecked(options.preview)
        self.history_mb.setValue(options.history_mb)
        self.threads.setValue(options.threads)
        del blockers
        _check(self.themes, options.theme)
        _check(self.devices, options.device)

    def _show_devices(self, _value: object = None) -> None:
        devices = self._session.engine_settings.devices
        in_use = self._session.device
        if not devices:
            self.found.setText("What there is shows once the engine has started.")
            return
        texts = [
            f"{d.name.upper()}: {d.text}"
            + (f", {d.memory_bytes / 1e9:.0f} GB" if d.memory_bytes else "")
            + (", in use" if d.name == in_use else "")
            for d in devices
        ]
        has_cuda = any(d.name == "cuda" for d in devices)
        if not has_cuda:
            texts.append("No CUDA device can be used here.")
        self.found.setText("\n".join(texts))
        for button in self.devices.buttons():
            if button.property("choice") == "cuda":
                button.setEnabled(has_cuda or self._options.device == "cuda")


def _radio_group(texts: Mapping[str, str], choose: Callable[[str], None]) -> QButtonGroup:
    group = QButtonGroup()
    for choice, text in texts.items():
        button = QRadioButton(text)
        button.setProperty("choice", choice)
        button.clicked.connect(lambda _checked=False, c=choice: choose(c))
        group.addButton(button)
    return group


def _check(group: QButtonGroup, choice: str) -> None:
    for button in group.buttons():
        if button.property("choice") == choice:
            button.setChecked(True)


def _number(least: int, most: int, suffix: str, name: str) -> QSpinBox:
    field = QSpinBox()
    field.setRange(least, most)
    field.setSuffix(suffix)
    field.setKeyboardTracking(False)
    field.setFixedWidth(110)
    field.setAlignment(Qt.AlignmentFlag.AlignCenter)
    field.setAccessibleName(name)
    return field


def _row(text: str, field: QWidget) -> QWidget:
    row = QWidget()
    grid = QGridLayout(row)
    grid.setContentsMargins(0, 0, 0, 0)
    caption = QLabel(text)
    caption.setBuddy(field)
    grid.addWidget(caption, 0, 0)
    grid.addWidget(field, 0, 1)
    grid.setColumnMinimumWidth(0, 90)
    grid.setColumnStretch(2, 1)
    return row


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    return label
