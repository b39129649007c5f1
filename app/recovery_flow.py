"""What is asked at the start after a crash, and what becomes of the answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.autosave import Autosave
from app.dialogs.confirm import confirm
from app.dialogs.errors import show_error, show_note
from app.dialogs.recovery import RecoveryDialog
from app.dialogs.waiting import answer_of
from app.document_file import PROJECT_SUFFIX, FileError, OpenedDocument, save_document
from app.file_dialogs import ask_folder
from app.file_flow import LAST_FOLDER, FileFlow
from app.journals import LeftJournal, find_left
from app.session import Session
from app.session_file import elsewhere
from app.user_data import JOURNALS, user_data_folder
from engine.document.journal import RecoveredDocument
from engine.document.snapshot import Quality

if TYPE_CHECKING:
    from app.main_window import MainWindow


class RecoveryFlow:
    """Offers journals that a crash left. GUI thread; reading and writing are done in an executor."""

    def __init__(self, session: Session, window: QWidget, files: FileFlow, autosave: Autosave, root: Path) -> None:
        """Ask over a window; nothing is looked for before `offer`.

        Args:
            session: takes the document that is opened.
            window: dialogs lie over it.
            files: asks about unsaved changes.
            autosave: takes over the journal of what is opened.
            root: folder of all programs' journals.
        """
        self._session, self._window, self._files = session, window, files
        self._autosave, self._root = autosave, root

    async def offer(self, *, tells_none: bool = False) -> None:
        """Look for journals and ask about them, until none is left or the painter goes on.

        Args:
            tells_none: whether to say so where there are none; else nothing happens then.
        """
        left = list(await elsewhere(partial(find_left, self._root)))
        if tells_none and not left:
            show_note(self._window, "Nothing to recover", "No layout was left unsaved by a crash.")
        try:
            while left:
                dialog = RecoveryDialog(left, self._window)
                is_answered = await answer_of(dialog)
                answer, chosen = dialog.answer, dialog.chosen
                dialog.deleteLater()
                if not is_answered or answer == "later":
                    return
                if answer == "save_all":
                    if await self._save_all(left):
                        return
                elif chosen is not None and answer == "discard":
                    await self._discard(chosen, left)
                elif chosen is not None and await self._open(chosen):
                    left.remove(chosen)
                    return
        finally:
            for journal in left:
                journal.release()

    async def _open(self, journal: LeftJournal) -> bool:
        recovered = journal.document
        if recovered is None or not await self._files.may_discard():
            return False
        document = recovered.project.build_document()
        document.mark_unsaved()
        self._session.adopt(OpenedDocument(document, recovered.project_path, recovered.name or "Untitled"))
        if await self._autosave.settle():  # the old journal goes only once the new one is there
            await elsewhere(journal.remove)
        else:
            journal.release()
        return True

    async def _discard(self, journal: LeftJournal, left: list[LeftJournal]) -> None:
        name = journal.document.name if journal.document is not None else "This journal"
        text = "What was painted since the last save is lost for good."
        if await confirm(self._window, f"Discard {name or 'Untitled'}?", text, "Discard"):
            left.remove(journal)
            await elsewhere(journal.remove)

    async def _save_all(self, left: list[LeftJournal]) -> bool:
        preferences = self._session.preferences
        folder = await ask_folder(self._window, preferences, "Save recovered projects into", LAST_FOLDER)
        if folder is None:
            return False
        for journal in [each for each in left if each.document is not None]:
            assert journal.document is not None
            try:
                await elsewhere(partial(save_recovered, journal.document, folder))
            except FileError as error:
                show_error(self._window, "The projects could not be saved", str(error))
                return False
            left.remove(journal)
            await elsewhere(journal.remove)
        return not left


def set_up_recovery(session: Session, window: MainWindow) -> Autosave:
    """Begin to autosave, offer what a crash left once the window is painted, and return the autosave, to be stopped."""
    root = user_data_folder() / JOURNALS
    autosave = Autosave(session, root)
    recovery = window.recovery = RecoveryFlow(session, window, window.file_flow, autosave, root)
    window.views.editor.first_painted.connect(
        lambda: window.file_flow.start(recovery.offer()), Qt.ConnectionType.QueuedConnection
    )
    return autosave


def save_recovered(recovered: RecoveredDocument, folder: Path) -> Path:
    """Save what a journal holds as a project of its own, under a name that is free, and return its path.

    Raises:
        FileError: if it cannot be written.
    """
    stem = re.sub(r'[/\\:*?"<>|\x00-\x1f]', "_", recovered.name).strip(" .")[:80] or "Untitled"
    path = _free_path(folder, f"{stem} recovered")
    snapshot = recovered.project.build_document().snapshot(Quality.FINAL)
    save_document(path, snapshot, None)
    return path


def _free_path(folder: Path, stem: str) -> Path:
    names: Sequence[str] = (stem, *(f"{stem} {number}" for number in range(2, 1000)))
    return next((path for name in names if not (path := folder / f"{name}{PROJECT_SUFFIX}").exists()), folder / stem)
