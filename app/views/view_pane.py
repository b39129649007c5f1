"""One view under its title, in the window or in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import THEME
from app.tool_tips import set_tool_tip
from app.views.surface import Surface

HEADER_PX = 28
WINDOW_SIZE = (900, 620)


class ViewPane(QWidget):
    """One view under its title.

    Emits `hide_asked` and `detach_asked` when a button in its header is clicked; the latter with whether the view is
    to have a window of its own.
    """

    hide_asked = Signal()
    detach_asked = Signal(bool)

    def __init__(self, key: str, title: str, surface: Surface, parent: QWidget | None = None) -> None:
        """Put a title over a surface; the view's key is in the names of its actions."""
        super().__init__(parent)
        self._key = key
        self.title = title
        self.surface = surface
        header = QWidget()
        header.setProperty("role", "strip")
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        header.setFixedHeight(HEADER_PX)
        self._row = QHBoxLayout(header)
        self._row.setContentsMargins(10, 0, 4, 0)
        self._row.setSpacing(6)
        name = QLabel(title)
        name.setProperty("role", "heading")
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self._detach = _button("detach", f"Detach {title}")
        self._detach.clicked.connect(lambda: self.detach_asked.emit(not self.is_detached))
        self._hide = _button("close", f"Hide {title}")
        set_tool_tip(self._hide, f"Hide the {title.lower()}; the View menu shows it again", f"show_{key}")
        self._hide.clicked.connect(self.hide_asked)
        self._row.addWidget(name)
        self._row.addWidget(self.note, 1)
        self._row.addWidget(self._detach)
        self._row.addWidget(self._hide)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addWidget(surface, 1)
        self.show_place()

    @property
    def is_detached(self) -> bool:
        """Whether the view is in a window of its own."""
        return isinstance(self.parent(), DetachedWindow)

    def add_control(self, widget: QWidget) -> None:
        """Put a control into the header, left of its buttons."""
        self._row.insertWidget(self._row.count() - 2, widget)

    def show_place(self) -> None:
        """Let the button say where it would put the view."""
        text = "Put the {} back into the main window" if self.is_detached else "Put the {} into a window of its own"
        set_tool_tip(self._detach, text.format(self.title.lower()), f"detach_{self._key}")
        self._detach.setIcon(icon("attach" if self.is_detached else "detach", colour=THEME.muted))


class DetachedWindow(QWidget):
    """A window that holds one view. Emits `closed` when the painter closes it; the view goes back then."""

    closed = Signal()

    def __init__(self, pane: ViewPane, key: str, preferences: QSettings, main_window: QWidget) -> None:
        """Take a view out of the main window, with whose actions it shares its shortcuts."""
        super().__init__(main_window, Qt.WindowType.Window)
        self.pane = pane
        self._geometry_key = f"views/{key}/geometry"
        self._preferences = preferences
        self.setWindowTitle(f"{pane.title} — Tessera")
        self.addActions(main_window.actions())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(pane)
        geometry = preferences.value(self._geometry_key)
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(*WINDOW_SIZE)

    def remember(self) -> None:
        """Store where the window is."""
        self._preferences.setValue(self._geometry_key, self.saveGeometry())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give the view back."""
        self.remember()
        self.closed.emit()
        event.accept()


def _button(icon_name: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(icon_name, colour=THEME.muted))
    button.setAccessibleName(name)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setFixedSize(20, 20)
    return button
