"""The questions around files: new, open, save, export, banks, and what becomes of unsaved changes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.dialogs.errors import ask_unsaved, show_error
from app.dialogs.export import ExportDialog
from app.dialogs.new_document import NewDocumentDialog
from app.dialogs.waiting import answer_of
from app.document_file import PROJECT_SUFFIX, FileError
from app.session import Session

LAST_FOLDER = "files/folder"
EXPORT_FOLDER = "files/export_folder"
BANK_FOLDER = "files/bank_folder"
BANK_SUFFIX = ".bank"
DOCUMENT_FILTER = "Projects and layouts (*.tessera *.png);;Projects (*.tessera);;Layouts (*.png)"


class FileFlow(QObject):
    """Asks and then acts, over one window. GUI thread; waiting is asyncio's."""

    def __init__(self, session: Session, window: QWidget) -> None:
        """Ask over a window."""
        super().__init__(window)
        self._session = session
        self._window = window
        self._tasks: set[asyncio.Task[Any]] = set()

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
        dialog = NewDocumentDialog(self._window)
        if await answer_of(dialog):
            self._session.new_document(dialog.chosen_size)
        dialog.deleteLater()

    async def open(self, path: Path | None = None) -> None:
        """Open a project, a layout or a bank: the one given, or one asked for."""
        if path is None:
            path = await self._ask_file("Open", DOCUMENT_FILTER, LAST_FOLDER)
        if path is None:
            return
        if path.suffix.lower() == BANK_SUFFIX:
            self._session.open_bank(path)
            return
        if not await self.may_discard():
            return
        try:
            await self._session.files.open(path)
        except FileError as error:
            show_error(self._window, f"{path.name} could not be opened", str(error))

    async def save(self) -> bool:
        """Save the project; ask for its name the first time."""
        if self._session.path is None:
            return await self.save_as()
        return await self._save(self._session.path)

    async def save_as(self) -> bool:
        """Ask for a name and save the project under it."""
        dialog = self._file_dialog("Save project", "Projects (*.tessera)", LAST_FOLDER)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(PROJECT_SUFFIX.lstrip("."))
        dialog.selectFile(f"{self._session.title}{PROJECT_SUFFIX}")
        path = await self._answered(dialog, LAST_FOLDER)
        return path is not None and await self._save(path)

    async def export(self) -> None:
        """Ask which pictures go where, and write them."""
        stored = self._session.preferences.value(EXPORT_FOLDER, "")
        project = self._session.path
        folder = Path(str(stored)) if stored else project.parent if project is not None else Path.home()
        dialog = ExportDialog(folder, self._session.title, self._window)
        is_accepted, choice = await answer_of(dialog), dialog.choice
        dialog.deleteLater()
        if not is_accepted:
            return
        self._session.preferences.setValue(EXPORT_FOLDER, str(choice.folder))
        try:
            await self._session.files.export({str(kind): path for kind, path in choice.paths.items()})
        except FileError as error:
            show_error(self._window, "The pictures could not be exported", str(error))
        else:
            self._session.note_exported(choice.folder, len(choice.paths))

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

    async def _save(self, path: Path) -> bool:
        try:
            await self._session.files.save(path)
        except FileError as error:
            show_error(self._window, f"{path.name} was not saved", str(error))
            return False
        return True

    async def _ask_file(self, title: str, name_filter: str, folder_key: str) -> Path | None:
        dialog = self._file_dialog(title, name_filter, folder_key)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        return await self._answered(dialog, folder_key)

    def _file_dialog(self, title: str, name_filter: str, folder_key: str) -> QFileDialog:
        folder = str(self._session.preferences.value(folder_key, "") or Path.home())
        return QFileDialog(self._window, title, folder, name_filter)

    async def _answered(self, dialog: QFileDialog, folder_key: str) -> Path | None:
        is_accepted = await answer_of(dialog)
        names = dialog.selectedFiles()
        dialog.deleteLater()
        if not is_accepted or not names:
            return None
        path = Path(names[0])
        self._session.preferences.setValue(folder_key, str(path.parent))
        return path

    def _on_task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
