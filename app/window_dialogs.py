"""The dialogs a window opens that stand beside the work: preferences, help, about, and the search for commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from app.action_list import action_groups
from app.actions import ActionSpec
from app.dialogs.command_search import CommandSearch
from app.dialogs.help import HelpDialog
from app.dialogs.preferences import PreferencesDialog

if TYPE_CHECKING:
    from app.dialogs.about import AboutDialog
    from app.main_window import MainWindow


class WindowDialogs(QObject):
    """Makes each dialog when it is first asked for, and keeps it. GUI thread."""

    def __init__(self, window: MainWindow) -> None:
        """Open dialogs over a window."""
        super().__init__(window)
        self._window = window
        self._preferences: PreferencesDialog | None = None
        self._help: HelpDialog | None = None
        self._about: AboutDialog | None = None
        self._search: CommandSearch | None = None

    @property
    def preferences(self) -> PreferencesDialog:
        """The preferences."""
        if self._preferences is None:
            window = self._window
            actions, groups = window.actions_by_name, action_groups(tuple(window.actions_by_name))
            self._preferences = PreferencesDialog(window.session, window.shortcuts, actions, groups, window)
        return self._preferences

    @property
    def help(self) -> HelpDialog:
        """First steps and shortcuts."""
        if self._help is None:
            actions = self._window.actions_by_name
            self._help = HelpDialog(self._window.shortcuts, actions, action_groups(tuple(actions)), self._window)
        return self._help

    @property
    def command_search(self) -> CommandSearch:
        """The search for commands."""
        if self._search is None:
            actions = self._window.actions_by_name
            self._search = CommandSearch(self._window.shortcuts, actions, action_groups(tuple(actions)), self._window)
        return self._search

    def show_preferences(self) -> None:
        """Open the preferences."""
        _bring_up(self.preferences)

    def show_shortcuts(self) -> None:
        """Open the help at the shortcuts."""
        self.help.show_shortcuts()
        _bring_up(self.help)

    def show_first_steps(self) -> None:
        """Open the help at the first steps."""
        self.help.show_first_steps()
        _bring_up(self.help)

    def show_about(self) -> None:
        """Open what there is to know about the program."""
        from app.dialogs.about import AboutDialog  # it reads the versions of packages, which takes time at the start

        self._about = self._about or AboutDialog(self._window)
        _bring_up(self._about)

    def show_command_search(self) -> None:
        """Open the search for commands."""
        self.command_search.open_over(self._window)


def dialog_specs(window: MainWindow) -> list[ActionSpec]:
    """Return the actions that open them."""
    dialogs = window.dialogs
    return [
        ActionSpec("preferences", "Preferences…", ("Ctrl+Alt+S",), dialogs.show_preferences, icon_name="preferences",
                   hint="Theme, shortcuts, pen, threads and device"),
        ActionSpec("help", "Shortcuts", ("F1",), dialogs.show_shortcuts, icon_name="help",
                   hint="Every shortcut as it is now"),
        ActionSpec("first_steps", "First steps", (), dialogs.show_first_steps),
        ActionSpec("command_search", "Find a command…", ("Ctrl+Shift+P",), dialogs.show_command_search,
                   icon_name="search", hint="Type what you want to do"),
        ActionSpec("about", "About Tessera", (), dialogs.show_about),
        ActionSpec("next_area", "Next part of the window", ("F6",), lambda: window.focus_area(1),
                   hint="Views, tools, palette, side panel, status bar"),
        ActionSpec("previous_area", "Previous part of the window", ("Shift+F6",), lambda: window.focus_area(-1)),
    ]  # fmt: skip


def _bring_up(dialog: QDialog) -> None:
    dialog.show()
    dialog.activateWindow()
