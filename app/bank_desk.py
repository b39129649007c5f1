"""The banks in the window: the browser, the photographs that are cut out, the menu, and exporting a bank."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu

from app.actions import ActionSpec
from app.cut_out_flow import CutOutFlow
from app.dialogs.errors import show_error
from app.dialogs.photograph_question import PhotographQuestion
from app.dialogs.waiting import answer_of
from app.document_file import LAYOUT_SUFFIX
from app.panels.bank_browser import BankBrowser
from app.panels.side_panel import SidePanel
from engine.bank.schema import BankFormatError
from engine.data.photograph import PHOTOGRAPH_SUFFIXES, is_photograph

if TYPE_CHECKING:
    from app.main_window import MainWindow

EXPORT_FOLDER = "files/bank_export_folder"
SECTION = "bank"


class BankDesk(QObject):
    """Puts banks into a window. GUI thread; waiting is asyncio's."""

    def __init__(self, window: MainWindow) -> None:
        """Serve a window and its session."""
        super().__init__(window)
        self._window = window
        self._session = window.session
        self.browser = BankBrowser(window.session)
        self.cut_outs = CutOutFlow(window.session, window)
        browser = self.browser
        browser.cut_out_asked.connect(lambda: self._start(self.cut_outs.open()))
        browser.open_bank_asked.connect(lambda: self._start(window.file_flow.open_bank()))
        browser.reopen_asked.connect(self.cut_outs.open_kept)
        browser.export_asked.connect(lambda path: self._start(self.export(path)))
        browser.photograph_asked.connect(window.region_desk.source_window.show_source)

    def add_section(self, side_panel: SidePanel) -> None:
        """Give the browser its place."""
        side_panel.add_section(SECTION, "Banks", self.browser, row="bottom", tool_tip="What the open banks hold")

    def open_bundled(self) -> None:
        """Open the bank that ships with Tessera."""
        path = self._session.closed_bundled_bank
        if path is not None:
            self._session.open_bank(path)

    def show_browser(self) -> None:
        """Bring the browser to the front, with the cursor in its search."""
        self._window.side_panel.show_section(SECTION)
        self.browser.search.setFocus()

    def fill_menu(self, menu: QMenu, actions: dict[str, QAction]) -> None:
        """List what can be done with banks, and the open ones with a mark where they are on."""
        menu.clear()
        menu.setToolTipsVisible(True)
        for name in ("open_bank", "open_bundled", "cut_out", "browse_banks"):
            menu.addAction(actions[name])
        actions["open_bundled"].setEnabled(self._session.closed_bundled_bank is not None)
        banks = self._session.banks
        if banks:
            menu.addSeparator()
        for bank in banks:
            action = menu.addAction(escaped(self._session.bank_label(bank.path)))
            action.setToolTip(str(bank.path))
            action.setCheckable(True)
            action.setChecked(self._session.is_bank_on(bank.path))
            action.toggled.connect(partial(self._session.set_bank_on, bank.path))
        closable = [bank for bank in banks if not bank.is_living]
        if closable:
            menu.addSeparator()
        for bank in closable:
            label = escaped(self._session.bank_label(bank.path))
            action = menu.addAction(f"Close {label}", partial(self._session.close_bank, bank.path))
            action.setToolTip(str(bank.path))

    async def open_dropped(self, path: Path) -> None:
        """Open what was dropped on the window: a photograph is asked about, also where it comes as a PNG."""
        if path.suffix.lower() in PHOTOGRAPH_SUFFIXES and await asyncio.get_running_loop().run_in_executor(
            None, is_photograph, path
        ):
            await self.ask_about(path)
        else:
            await self._window.file_flow.open(path)

    async def ask_about(self, path: Path) -> None:
        """Ask what shall become of a photograph, and do it."""
        may_be_layout = path.suffix.lower() == LAYOUT_SUFFIX
        question = PhotographQuestion(path.name, self._window, may_be_layout=may_be_layout)
        await answer_of(question)
        question.deleteLater()
        if question.choice == "cut_out":
            await self.cut_outs.open(path)
        elif question.choice == "trace":
            await self._window.file_flow.open_underlay(path)
        elif question.choice == "layout":
            await self._window.file_flow.open(path)

    async def export(self, path: Path) -> None:
        """Ask where a copy of a bank goes, and write it."""
        preferences = self._session.preferences
        folder = str(preferences.value(EXPORT_FOLDER, "") or Path.home())
        dialog = QFileDialog(self._window, f"Export a copy of {path.stem}", folder, "Memory banks (*.bank)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("bank")
        dialog.selectFile(path.name)
        is_accepted, names = await answer_of(dialog), dialog.selectedFiles()
        dialog.deleteLater()
        if not is_accepted or not names:
            return
        target = Path(names[0])
        preferences.setValue(EXPORT_FOLDER, str(target.parent))
        if any(target.resolve() == bank.path for bank in self._session.banks):
            show_error(self._window, f"{target.name} is open", "Choose another name, or close that bank first.")
            return
        try:
            await self._session.photographs.export(path, target)
        except BankFormatError as error:
            show_error(self._window, f"{target.name} was not written", str(error))

    def close_windows(self) -> bool:
        """Close the windows of photographs; False where one asks first and stays."""
        return all(window.close() for window in self.cut_outs.windows)

    def _start(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._window.file_flow.start(coroutine)


def escaped(name: str) -> str:
    """Return a name as a menu shows it literally: an ampersand is no shortcut."""
    return name.replace("&", "&&")


def bank_specs(window: MainWindow) -> list[ActionSpec]:
    """Return the actions of banks."""
    desk, files = window.bank_desk, window.file_flow
    return [
        ActionSpec("open_bundled", "Open the starter collection", (), desk.open_bundled,
                   hint="Landscapes that come with Tessera"),
        ActionSpec("cut_out", "Cut out segments…", ("Ctrl+Shift+X",), lambda: files.start(desk.cut_outs.open()),
                   icon_name="scissors", hint="Label a photograph of your own; its pieces become candidates"),
        ActionSpec("browse_banks", "Browse banks", ("Ctrl+Shift+K",), desk.show_browser, icon_name="bank",
                   hint="What the open banks hold, and which are on"),
    ]  # fmt: skip
