"""The place at the right: sections side by side as tabs, and in two rows where the window is tall enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QSettings, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabBar, QVBoxLayout, QWidget

Row = Literal["top", "bottom"]
SPLIT_HEIGHT_PX = 900
WIDTH_PX = 276
SECTION_KEY = "side_panel"


@dataclass(frozen=True)
class Section:
    """One section of the side panel.

    Attributes:
        name: what code calls it.
        title: what its tab says.
        widget: what it shows.
        row: where it lies in a tall window; a low one has one row only.
        tool_tip: what the tab explains.
    """

    name: str
    title: str
    widget: QWidget
    row: Row
    tool_tip: str


class SidePanel(QWidget):
    """Holds sections that other panels bring with `add_section`. GUI thread.

    Emits `section_shown` with the name of a section that came to the front.
    """

    section_shown = Signal(str)

    def __init__(self, preferences: QSettings, parent: QWidget | None = None) -> None:
        """Start without sections; which are in front is remembered in the preferences."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._preferences = preferences
        self._sections: dict[str, Section] = {}
        self._is_split = False
        self._rows: dict[Row, _TabRow] = {"top": _TabRow(), "bottom": _TabRow()}
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        for name, row in self._rows.items():
            self._splitter.addWidget(row)
            self._splitter.setStretchFactor(self._splitter.indexOf(row), 3 if name == "top" else 2)
            row.chosen.connect(self._on_chosen)
        self._rows["bottom"].hide()

    @property
    def section_names(self) -> tuple[str, ...]:
        """Names of the sections, in the order they were added."""
        return tuple(self._sections)

    @property
    def shown_names(self) -> tuple[str, ...]:
        """Names of the sections in front, top row first."""
        rows = [row for row in self._rows.values() if not row.isHidden()]
        return tuple(row.current_name for row in rows if row.current_name)

    def add_section(self, name: str, title: str, widget: QWidget, *, row: Row = "bottom", tool_tip: str = "") -> None:
        """Give a widget a tab of its own.

        Raises:
            ValueError: if there is a section of that name.
        """
        if name in self._sections:
            raise ValueError(f"there is a section {name!r} already")
        self._sections[name] = Section(name, title, widget, row, tool_tip)
        widget.setAccessibleName(widget.accessibleName() or title)
        self._arrange()

    def show_section(self, name: str) -> None:
        """Bring a section to the front.

        Raises:
            KeyError: if there is none of that name.
        """
        self._row_of(self._sections[name]).show_name(name)

    def sizeHint(self) -> QSize:
        """Return the width that holds two candidates beside each other."""
        return QSize(WIDTH_PX, 480)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use two rows where they fit."""
        super().resizeEvent(event)
        is_split = event.size().height() >= SPLIT_HEIGHT_PX
        if is_split != self._is_split:
            self._is_split = is_split
            self._arrange()

    def _row_of(self, section: Section) -> _TabRow:
        return self._rows[section.row if self._is_split else "top"]

    def _arrange(self) -> None:
        for row in self._rows.values():
            row.clear()
        for section in self._sections.values():
            self._row_of(section).add(section)
        for row in self._rows.values():
            row.setVisible(row.count > 0)
            row.show_first_of(self._remembered())

    def _remembered(self) -> list[str]:
        return str(self._preferences.value(f"{SECTION_KEY}/recent", "")).split(",")

    def _on_chosen(self, name: str) -> None:
        recent = [name, *(n for n in self._remembered() if n != name and n in self._sections)]
        self._preferences.setValue(f"{SECTION_KEY}/recent", ",".join(recent))
        self.section_shown.emit(name)


class _TabRow(QWidget):
    """Tabs above a stack of sections; emits `chosen` with the name the painter asked for."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []
        self._bar = QTabBar()
        self._bar.setDrawBase(False)
        self._bar.setExpanding(False)
        self._bar.setDocumentMode(True)
        self._bar.setUsesScrollButtons(True)
        self._bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._bar.setAccessibleName("Sections of the side panel")
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._stack, 1)
        self._bar.currentChanged.connect(self._on_current_changed)

    @property
    def count(self) -> int:
        """How many sections it holds."""
        return len(self._names)

    @property
    def current_name(self) -> str:
        """Name of the section in front, empty for none."""
        at = self._bar.currentIndex()
        return self._names[at] if 0 <= at < len(self._names) else ""

    def add(self, section: Section) -> None:
        """Put a section behind the others."""
        with QSignalBlocker(self._bar):
            self._names.append(section.name)
            self._stack.addWidget(section.widget)
            self._bar.addTab(section.title)
            self._bar.setTabToolTip(len(self._names) - 1, section.tool_tip)
            self._stack.setCurrentIndex(self._bar.currentIndex())

    def clear(self) -> None:
        """Let every section go; their widgets stay alive for another row."""
        with QSignalBlocker(self._bar):
            while self._names:
                self._bar.removeTab(0)
                self._names.pop(0)
                if (first := self._stack.widget(0)) is not None:
                    self._stack.removeWidget(first)

    def show_name(self, name: str) -> None:
        """Bring a section to the front."""
        self._bar.setCurrentIndex(self._names.index(name))

    def show_first_of(self, names: list[str]) -> None:
        """Bring the first of some sections that lies here to the front, telling nobody."""
        found = next((name for name in names if name in self._names), None)
        if found is not None:
            with QSignalBlocker(self._bar):
                self._bar.setCurrentIndex(self._names.index(found))
            self._stack.setCurrentIndex(self._bar.currentIndex())

    def _on_current_changed(self, at: int) -> None:
        self._stack.setCurrentIndex(at)
        if 0 <= at < len(self._names):
            self.chosen.emit(self._names[at])
