"""Importing layouts in ids or colours of somebody else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.dialogs.errors import show_error
from app.dialogs.import_layout import ImportChoice, ImportDialog, Target
from app.dialogs.import_report import ImportReportDialog
from app.dialogs.mapping_table import mapping_of
from app.dialogs.picture_use import ask_use
from app.dialogs.waiting import answer_of
from app.document_file import OpenedDocument
from app.file_dialogs import ask_file
from app.import_mapping import Reading, read_for_import
from app.mapping_memory import MappingMemory, RememberedMapping
from app.session_file import elsewhere
from app.table_choices import table_choices
from app.user_data import MAPPINGS, user_data_folder
from engine.classes import ClassTable
from engine.data.foreign_layout import ImportReport, build_layout, group_values
from engine.data.layout_file import LayoutFileError
from engine.document.document import Document
from engine.layout import Layout

if TYPE_CHECKING:
    from app.session import Session

IMPORT_FOLDER = "files/import_folder"
IMPORT_FILTER = "Layouts (*.png *.jpg *.jpeg *.webp);;All files (*)"

PHOTOGRAPH_COLOURS = 4096
"""Colours from which a picture is more likely a photograph than a layout."""

_log = logging.getLogger("tessera")


class ImportFlow(QObject):
    """Asks how a picture is to be read, and reads it. GUI thread; slow work is done in an executor.

    Emits `imported` with the name of a file all of which has a class; else a report says what has none.
    """

    imported = Signal(str)

    def __init__(
        self,
        session: Session,
        window: QWidget,
        may_discard: Callable[[], Awaitable[bool]],
        trace: Callable[[Path], Awaitable[None]],
        memory: MappingMemory | None = None,
    ) -> None:
        """Ask over a window.

        Args:
            session: takes the layout.
            window: dialogs lie over it.
            may_discard: asks about unsaved changes.
            trace: lays a photograph under the layout.
            memory: of earlier mappings; in the program's own folder by default.
        """
        super().__init__(window)
        self._session, self._window = session, window
        self._may_discard, self._trace = may_discard, trace
        self._memory = memory or MappingMemory(user_data_folder() / MAPPINGS)
        self._regrouping: set[asyncio.Task[None]] = set()

    async def import_layout(self, path: Path | None = None, *, target: Target = "replace") -> None:
        """Import a picture: the one given, or one asked for.

        Args:
            path: the picture.
            target: what is ticked at first: to replace the open layout, or to open a new document.
        """
        if path is None:
            preferences = self._session.preferences
            path = await ask_file(self._window, preferences, "Import layout", IMPORT_FILTER, IMPORT_FOLDER)
        if path is None:
            return
        table = self._session.table if target == "replace" else self._session.files.layout_tables()[0]
        try:
            readings = await elsewhere(partial(read_for_import, path, table, self._memory))
        except LayoutFileError as error:
            show_error(self._window, f"{path.name} could not be imported", str(error))
            return
        if _looks_like_photograph(readings):
            answer = await ask_use(self._window, path.name)
            if answer == "trace":
                await self._trace(path)
            if answer != "layout":
                return
        choice = await self._ask(path, readings, table, target)
        if choice is None or (choice.target == "new" and not await self._may_discard()):
            return
        reading = choice.reading
        build = partial(build_layout, reading.foreign, reading.grouping, choice.classes, grow=reading.grow)
        layout, report = await elsewhere(build)
        self._take(path, choice, layout)
        await self._remember(choice)
        self._report(path, report)

    async def _ask(
        self, path: Path, readings: tuple[Reading, ...], table: ClassTable, target: Target
    ) -> ImportChoice | None:
        tables = table_choices(self._session)
        dialog = ImportDialog(path.name, readings, tables, self._window, table=table, target=target)

        def on_grouping_asked(reading: Reading) -> None:
            task = asyncio.get_running_loop().create_task(self._regroup(dialog, reading))
            self._regrouping.add(task)
            task.add_done_callback(self._regrouping.discard)

        dialog.grouping_asked.connect(on_grouping_asked)
        is_accepted, choice = await answer_of(dialog), dialog.choice
        dialog.grouping_asked.disconnect(on_grouping_asked)
        await asyncio.gather(*self._regrouping)
        dialog.deleteLater()
        return choice if is_accepted else None

    async def _regroup(self, dialog: ImportDialog, reading: Reading) -> None:
        group = partial(group_values, reading.foreign, reading.encoding, tolerance=reading.tolerance)
        dialog.show_grouping(reading, await elsewhere(group))

    def _take(self, path: Path, choice: ImportChoice, layout: Layout) -> None:
        session = self._session
        if choice.target == "new":
            session.adopt(OpenedDocument(Document(layout, choice.table), name=path.stem))
            return
        session.document.import_layout(layout, f"Import {path.name}")
        session.pictures.show_edit()

    async def _remember(self, choice: ImportChoice) -> None:
        reading = choice.reading
        encoding = None if reading.encoding is None else reading.encoding.key
        classes = mapping_of(reading.grouping, choice.classes)
        mapping = RememberedMapping(encoding, reading.tolerance, reading.grow, classes)
        try:
            await elsewhere(partial(self._memory.remember, reading.foreign, choice.table, mapping))
        except OSError as error:  # the layout is imported; only the next time is less comfortable
            _log.warning("the mapping was not remembered: %s", error)

    def _report(self, path: Path, report: ImportReport) -> None:
        if not report.lost:
            self.imported.emit(path.name)
            return
        dialog = ImportReportDialog(path.name, report, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _looks_like_photograph(readings: tuple[Reading, ...]) -> bool:
    first = readings[0]
    return first.foreign.kind == "colours" and len(first.foreign.values) > PHOTOGRAPH_COLOURS and not first.remembered
