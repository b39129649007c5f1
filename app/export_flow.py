"""Exporting pictures: to files, to the clipboard, and of a whole folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.dialogs.batch import BatchDialog
from app.dialogs.errors import show_error
from app.dialogs.export import ExportDialog
from app.dialogs.waiting import answer_of
from app.document_file import FileError
from app.export_writer import KINDS, ExportKind
from app.imaging import image_from_rgb

if TYPE_CHECKING:
    from app.session import Session

EXPORT_FOLDER = "files/export_folder"
EXPORT_KINDS = "files/export_kinds"
BATCH_SOURCE, BATCH_OUTPUT = "files/batch_source", "files/batch_output"


class ExportFlow(QObject):
    """Asks what goes where, and writes it. GUI thread; slow work is done in an executor or a process of its own."""

    copied = Signal()

    def __init__(self, session: Session, window: QWidget) -> None:
        """Ask over a window."""
        super().__init__(window)
        self._session, self._window = session, window
        self._batch: BatchDialog | None = None

    async def export(self) -> None:
        """Ask which pictures go where, and write them."""
        session = self._session
        dialog = ExportDialog(
            self._folder(), session.title, self._window, size=session.document.size, kinds=self._last_kinds()
        )
        is_accepted, choice = await answer_of(dialog), dialog.choice
        dialog.deleteLater()
        if not is_accepted:
            return
        session.preferences.setValue(EXPORT_FOLDER, str(choice.folder))
        session.preferences.setValue(EXPORT_KINDS, list(choice.kinds))
        try:
            await session.files.export(choice.paths, scale_percent=choice.scale_percent)
        except FileError as error:
            show_error(self._window, "The pictures could not be exported", str(error))
        else:
            session.note_exported(choice.folder, len(choice.paths))

    async def copy_image(self) -> None:
        """Put the image on the clipboard; it is made first where it is missing."""
        try:
            result = await self._session.files.final_result()
        except FileError as error:
            show_error(self._window, "The image could not be copied", str(error))
            return
        QGuiApplication.clipboard().setImage(image_from_rgb(result.image))
        self.copied.emit()

    def open_batch(self) -> None:
        """Open the window of batch exports, or bring it to the front."""
        if self._batch is None:
            session = self._session
            source, output = (Path(str(session.preferences.value(key, "") or Path.home())) for key in
                              (BATCH_SOURCE, BATCH_OUTPUT))  # fmt: skip
            banks = {bank.path: session.bank_label(bank.path) for bank in session.banks}
            self._batch = BatchDialog(source, output, banks, session.options.device, session.table, self._window)
            self._batch.finished.connect(self._on_batch_finished)
        self._batch.show()
        self._batch.raise_()
        self._batch.activateWindow()

    def stop_batch(self) -> None:
        """End a batch that runs: the program ends."""
        if self._batch is not None and self._batch.run is not None:
            self._batch.run.cancel()

    def _on_batch_finished(self, _code: int) -> None:
        assert self._batch is not None
        job = self._batch.job
        self._session.preferences.setValue(BATCH_SOURCE, str(job.source))
        self._session.preferences.setValue(BATCH_OUTPUT, str(job.output))
        self._batch.deleteLater()
        self._batch = None

    def _folder(self) -> Path:
        stored = self._session.preferences.value(EXPORT_FOLDER, "")
        project = self._session.path
        return Path(str(stored)) if stored else project.parent if project is not None else Path.home()

    def _last_kinds(self) -> list[ExportKind]:
        raw = self._session.preferences.value(EXPORT_KINDS, ["image"])
        names = [raw] if isinstance(raw, str) else raw if isinstance(raw, list) else []
        return [kind for kind in KINDS if kind in names] or ["image"]
