"""From a photograph to the window it is cut out in: asking, reading, and whether it is kept already."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.cut_out_session import CutOut
from app.dialogs.cut_out_window import CutOutWindow
from app.dialogs.errors import show_error
from app.dialogs.waiting import answer_of
from app.photographs import KeptPhotograph
from app.session import Session
from engine.bank.segment import source_key
from engine.data.image_file import ImageError
from engine.data.photograph import PHOTOGRAPH_SUFFIXES, Photograph, load_photograph

if TYPE_CHECKING:
    from collections.abc import Sequence

PHOTOGRAPH_FOLDER = "files/photograph_folder"
PHOTOGRAPH_FILTER = f"Photographs ({' '.join(f'*{suffix}' for suffix in PHOTOGRAPH_SUFFIXES)})"


class CutOutFlow(QObject):
    """Opens photographs to be cut out, each in a window of its own. GUI thread; waiting is asyncio's."""

    def __init__(self, session: Session, window: QWidget) -> None:
        """Open windows beside the program's window."""
        super().__init__(window)
        self._session = session
        self._window = window
        self._windows: list[CutOutWindow] = []

    @property
    def windows(self) -> Sequence[CutOutWindow]:
        """The windows that are open."""
        return tuple(self._windows)

    async def open(self, path: Path | None = None) -> None:
        """Cut out of a photograph: the one given, or one asked for."""
        if path is None:
            path = await self._ask()
        if path is None:
            return
        try:
            photograph = await asyncio.get_running_loop().run_in_executor(None, load_photograph, path)
        except ImageError as error:
            show_error(self._window, f"{path.name} could not be opened", str(error))
            return
        self._session.photographs.open_kept(source_key(photograph.data), lambda kept: self.show(photograph, kept))

    def open_kept(self, key: str) -> None:
        """Open a photograph of the painter's own bank again."""

        def show(kept: KeptPhotograph | None) -> None:
            if kept is not None:
                self.show(kept.photograph, kept)

        self._session.photographs.open_kept(key, show)

    def show(self, photograph: Photograph, kept: KeptPhotograph | None = None) -> CutOutWindow:
        """Open a photograph, with the layout it is kept with where there is one."""
        window = CutOutWindow(self._session, CutOut(self._session, photograph, kept, self), self._window)
        self._windows.append(window)
        window.closed.connect(lambda: self._windows.remove(window))
        window.show()
        return window

    async def _ask(self) -> Path | None:
        preferences = self._session.preferences
        folder = str(preferences.value(PHOTOGRAPH_FOLDER, "") or Path.home())
        dialog = QFileDialog(self._window, "Cut out segments of a photograph", folder, PHOTOGRAPH_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        is_accepted, names = await answer_of(dialog), dialog.selectedFiles()
        dialog.deleteLater()
        if not is_accepted or not names:
            return None
        path = Path(names[0])
        preferences.setValue(PHOTOGRAPH_FOLDER, str(path.parent))
        return path
