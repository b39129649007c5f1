"""The questions around files: new, open, save, export, banks, and what becomes of unsaved changes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.dialogs.errors import ask_unsaved, show_error
from app.dialogs.examples import ExamplesDialog, draw_thumbnails
from app.dialogs.new_document import PRESETS, NewDocumentDialog
from app.dialogs.waiting import answer_of
from app.document_file import PROJECT_SUFFIX, FileError, ForeignFileError
from app.examples import list_examples, open_example
from app.export_flow import ExportFlow
from app.file_dialogs import answered, ask_file, file_dialog
from app.import_flow import ImportFlow
from app.recent_files import RecentFiles
from app.session import Session
from app.session_file import elsewhere
from app.size_flow import SizeFlow
from app.table_choices import table_choices
from app.underlay import ImageError, load_underlay
from engine.classes import DEFAULT_TABLE_KEY
from engine.data.layout_file import LayoutFileError
from engine.geometry import Size

LAST_FOLDER = "files/folder"
UNDERLAY_FOLDER = "files/underlay_folder"
LAST_SIZE = "files/new_size"
BANK_FOLDER = "files/bank_folder"
BANK_SUFFIX = ".bank"
PHOTOGRAPH_ONLY_SUFFIXES = (".jpg", ".jpeg", ".webp")
UNDERLAY_FILTER = "Photographs (*.jpg *.jpeg *.png *.webp)"
DOCUMENT_FILTER = (
    "All that opens (*.tessera *.png *.jpg *.jpeg *.webp *.bank);;Projects (*.tessera);;Layouts (*.png);;"
    "Photographs to trace (*.jpg *.jpeg *.webp *.png);;Memory banks (*.bank)"
)


class FileFlow(QObject):
    """Asks and then acts, over one window. GUI thread; waiting is asyncio's.

    Emits `underlay_opened` with the name of the photograph.
    """

    underlay_opened = Signal(str)

    def __init__(self, session: Session, window: QWidget) -> None:
        """Ask over a window."""
        super().__init__(window)
        self._session = session
        self._window = window
        self._tasks: set[asyncio.Task[Any]] = set()
        self.recent = RecentFiles(session.preferences)
        if session.path is not None:
            self.recent.add(session.path)
        self.imports = ImportFlow(session, window, self.may_discard, self.open_underlay)
        self.exports = ExportFlow(session, window)
        self.sizes = SizeFlow(session, window)

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run one of the coroutines below; only one at a time, since each may ask."""
        if self._tasks:
            coroutine.close()
            return
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)

    @property
    def is_busy(self) -> bool:
        """Whether a question is open or a file is being written."""
        return bool(self._tasks)

    async def new(self) -> None:
        """Ask for a size and open an empty document."""
        if not await self.may_discard():
            return
        dialog = NewDocumentDialog(self._window, size=self._last_size(), tables=table_choices(self._session))
        if await answer_of(dialog):
            size = dialog.chosen_size
            self._session.preferences.setValue(LAST_SIZE, f"{size.width}x{size.height}")
            self._session.new_document(size, dialog.chosen_table)
        dialog.deleteLater()
        if dialog.wants_example:
            await self._begin_from_example()

    async def examples(self) -> None:
        """Show the examples and open the one that is chosen."""
        if await self.may_discard():
            await self._begin_from_example()

    async def open(self, path: Path | None = None) -> None:
        """Open a project, a layout, a photograph to trace, or a bank: the one given, or one asked for."""
        if path is None:
            path = await self._ask_file("Open", DOCUMENT_FILTER, LAST_FOLDER)
        if path is None:
            return
        if path.suffix.lower() == BANK_SUFFIX:
            self._session.open_bank(path)
            return
        if path.suffix.lower() in PHOTOGRAPH_ONLY_SUFFIXES:
            await self.open_underlay(path)
            return
        if not await self.may_discard():
            return
        try:
            await self._session.files.open(path)
        except ForeignFileError:
            await self.imports.import_layout(path, target="new")
        except FileError as error:
            show_error(self._window, f"{path.name} could not be opened", str(error))
        else:
            self.recent.add(path)

    def open_recent(self, path: Path) -> None:
        """Open a file from the list of recent ones."""
        self.start(self.open(path))

    async def save(self) -> bool:
        """Save the project; ask for its name the first time."""
        if self._session.path is None:
            return await self.save_as()
        return await self._save(self._session.path)

    async def save_as(self) -> bool:
        """Ask for a name and save the project under it."""
        preferences = self._session.preferences
        dialog = file_dialog(self._window, preferences, "Save project", "Projects (*.tessera)", LAST_FOLDER)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(PROJECT_SUFFIX.lstrip("."))
        dialog.selectFile(f"{self._session.title}{PROJECT_SUFFIX}")
        path = await answered(dialog, preferences, LAST_FOLDER)
        return path is not None and await self._save(path)

    async def open_underlay(self, path: Path | None = None) -> None:
        """Lay a photograph under the layout: the one given, or one asked for."""
        if path is None:
            path = await self._ask_file("Open underlay", UNDERLAY_FILTER, UNDERLAY_FOLDER)
        if path is None:
            return
        document_id = self._session.document.document_id
        try:
            underlay = await asyncio.get_running_loop().run_in_executor(None, load_underlay, path)
        except ImageError as error:
            show_error(self._window, f"{path.name} could not be opened", str(error))
            return
        if self._session.document.document_id == document_id:
            self._session.underlay.show(underlay)
            self.underlay_opened.emit(path.name)

    async def open_bank(self) -> None:
        """Ask for a memory bank and open it."""
        path = await self._ask_file("Open memory bank", "Memory banks (*.bank)", BANK_FOLDER)
        if path is not None:
            self._session.open_bank(path)

    async def may_discard(self) -> bool:
        """Return whether the open document may go: it has no changes, they are saved now, or they are not wanted."""
        if not self._session.is_modified:
            return True
        answer = await ask_unsaved(self._window, self._session.title)
        if answer == "save":
            return await self.save()
        return answer == "discard"

    async def _begin_from_example(self) -> None:
        try:
            examples = list_examples()
            thumbnails = await elsewhere(partial(draw_thumbnails, examples, self._window.devicePixelRatioF()))
            open_tables = {bank.table.key for bank in self._session.banks}
            if self._session.closed_bundled_bank is None:
                open_tables.add(DEFAULT_TABLE_KEY)  # it is open, or just being opened
            dialog = ExamplesDialog(examples, thumbnails, self._window, open_tables=open_tables)
            chosen = dialog.chosen if await answer_of(dialog) else None
            dialog.deleteLater()
            if chosen is not None:
                self._session.adopt(await elsewhere(partial(open_example, chosen)))
        except (FileError, LayoutFileError, ImageError) as error:
            show_error(self._window, "The examples could not be opened", str(error))

    async def _save(self, path: Path) -> bool:
        try:
            await self._session.files.save(path)
        except FileError as error:
            show_error(self._window, f"{path.name} was not saved", str(error))
            return False
        self.recent.add(path)
        return True

    async def _ask_file(self, title: str, name_filter: str, folder_key: str) -> Path | None:
        return await ask_file(self._window, self._session.preferences, title, name_filter, folder_key)

    def _last_size(self) -> Size:
        """Return the size of the last new document."""
        match = re.fullmatch(r"(\d{2,4})x(\d{2,4})", str(self._session.preferences.value(LAST_SIZE, "")))
        return PRESETS[0][0] if match is None else Size(int(match[1]), int(match[2]))

    def _on_task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
