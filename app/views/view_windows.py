"""Views in windows of their own: which are, where they were, and how they come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from app.views.view_pane import DetachedWindow, ViewPane

DETACHED_KEY = "views/detached"


class ViewWindows:
    """Takes panes out of the main window and gives them back. GUI thread."""

    def __init__(self, panes: Mapping[str, ViewPane], preferences: QSettings, give_back: Callable[[str], None]) -> None:
        """Look after panes; ``give_back`` is told of a pane whose window was closed and has no parent any more."""
        self._panes = panes
        self._preferences = preferences
        self._give_back = give_back
        self._windows: dict[str, DetachedWindow] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The views that are in windows of their own."""
        return tuple(self._windows)

    def remembered(self) -> tuple[str, ...]:
        """Return the views that were in windows of their own when the program was closed last."""
        stored = str(self._preferences.value(DETACHED_KEY, "")).split(",")
        return tuple(name for name in self._panes if name in stored)

    def detach(self, name: str, main_window: QWidget) -> None:
        """Put a view into a window of its own, where it was last."""
        window = DetachedWindow(self._panes[name], name, self._preferences, main_window)
        window.closed.connect(lambda: self.attach(name))
        self._windows[name] = window
        self._panes[name].show_place()
        self._panes[name].show()
        window.show()
        self._remember()

    def attach(self, name: str) -> None:
        """Take a view out of its window again."""
        window = self._windows.pop(name, None)
        if window is None:
            return
        window.remember()
        self._panes[name].setParent(None)
        window.hide()
        window.deleteLater()
        self._give_back(name)
        self._panes[name].show_place()
        self._remember()

    def set_shown(self, name: str, shown: bool, /) -> None:
        """Show or hide the window of a view."""
        if shown:
            self._windows[name].show()
        else:
            self._windows[name].remember()
            self._windows[name].hide()

    def close_all(self) -> None:
        """Hide every window and remember where it was: the program is being closed."""
        for window in self._windows.values():
            window.remember()
            window.hide()

    def _remember(self) -> None:
        self._preferences.setValue(DETACHED_KEY, ",".join(self._windows))
