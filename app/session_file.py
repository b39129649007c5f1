"""Opening, saving and exporting the session's document without blocking the window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from app.document_file import FileError, open_document, save_document
from app.export_writer import KINDS, ExportKind, export_pictures
from engine.classes import ClassTable, builtin_class_table
from engine.document.snapshot import Quality
from engine.pipeline.results import Result, Stamp
from engine.service.events import JobCancelled

if TYPE_CHECKING:
    from app.session import Session

_Value = TypeVar("_Value")


class SessionFiles:
    """Files of the open document. GUI thread; the work is done in an executor, from a snapshot."""

    def __init__(self, session: Session) -> None:
        """Serve a session."""
        self._session = session

    def layout_tables(self) -> tuple[ClassTable, ...]:
        """Return the class tables a layout PNG is read in: the first, or another that has its colours."""
        tables = tuple(bank.table for bank in self._session.banks if not bank.is_living)
        return tables or (builtin_class_table(),)

    async def open(self, path: Path) -> None:
        """Open a project or a layout in place of the open document, whose changes are lost.

        Raises:
            FileError: if it cannot be opened; the open document stays.
        """
        self._session.adopt(await elsewhere(partial(open_document, path, *self.layout_tables())))

    async def save(self, path: Path) -> None:
        """Save the document as it is now; painting may go on meanwhile.

        Raises:
            FileError: if it cannot be written; the old file stays.
        """
        session = self._session
        document_id, snapshot = session.document.document_id, session.document.snapshot(Quality.FINAL)
        await elsewhere(partial(save_document, path, snapshot, session.final_result))
        if session.document.document_id == document_id:
            session.note_saved(path, snapshot.generation)

    async def export(self, paths: Mapping[ExportKind, Path], *, scale_percent: int = 100) -> None:
        """Write pictures of the document as it is now; the picture is made first where it is missing.

        Raises:
            FileError: if a picture cannot be made or written.
        """
        needs_result = any(KINDS[kind].needs_picture for kind in paths)
        result = await self.final_result() if needs_result else None
        snapshot = self._session.document.snapshot(Quality.FINAL)
        await elsewhere(partial(export_pictures, dict(paths), snapshot, result, scale_percent=scale_percent))

    async def final_result(self) -> Result:
        """Return the FINAL result of the document, and wait for it where it is not there yet.

        Raises:
            FileError: if it cannot be made, or another document was opened meanwhile.
        """
        session = self._session
        if session.final_result is not None:
            return session.final_result
        wake = asyncio.Event()
        failures: list[str] = []

        def on_failed(message: str, _details: str) -> None:
            failures.append(message)
            wake.set()

        def on_cancelled(cancelled: JobCancelled) -> None:
            document = session.document
            if cancelled.stamp == Stamp(document.document_id, document.generation, Quality.FINAL):
                on_failed("the picture was cancelled", "")

        session.result_shown.connect(wake.set)
        session.document_replaced.connect(wake.set)
        session.failed.connect(on_failed)
        session.engine.job_cancelled.connect(on_cancelled)
        session.run_now()
        document_id = session.document.document_id
        try:
            while session.final_result is None:
                wake.clear()
                await wake.wait()
                if failures:
                    raise FileError(failures[0])
                if session.document.document_id != document_id:
                    raise FileError("another document was opened meanwhile")
            return session.final_result
        finally:
            session.result_shown.disconnect(wake.set)
            session.document_replaced.disconnect(wake.set)
            session.failed.disconnect(on_failed)
            session.engine.job_cancelled.disconnect(on_cancelled)


async def elsewhere(function: Callable[[], _Value]) -> _Value:
    """Run slow work in an executor; the window stays live."""
    return await asyncio.get_running_loop().run_in_executor(None, function)
