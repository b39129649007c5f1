"""The session: the open document, the picture made of it, the selection, and the strokes that change it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

from app.bank_list import BankList
from app.document_file import OpenedDocument
from app.engine_bridge import EngineBridge
from app.engine_settings import EngineSettings
from app.history_jump import HistoryJump
from app.options import Options
from app.photographs import Photographs
from app.picture_flow import PictureFlow
from app.region_choice import RegionChoice
from app.region_edits import RegionEdits
from app.region_questions import RegionQuestions
from app.session_file import SessionFiles
from app.session_parts import SessionParts
from app.stroke_gesture import StrokeGesture
from app.tool_preferences import ToolPreferences
from app.tool_state import ToolState
from app.underlay import TracedPhotograph
from app.unpainted import Unpainted
from engine.classes import ClassTable
from engine.document.document import Change, Document
from engine.geometry import Size
from engine.layout import Layout


class Session(QObject, SessionParts):
    """What the window shows; what it passes on to its parts is in `SessionParts`.

    Lives on the GUI thread, which owns the document; the engine gets snapshots only.
    """

    document_replaced = Signal()
    layout_changed = Signal(object)
    records_changed = Signal()
    settings_changed = Signal()
    table_changed = Signal()
    size_changed = Signal()
    history_changed = Signal()
    result_shown = Signal(object)
    progress_changed = Signal(object)
    failed = Signal(str, str)
    selection_changed = Signal(int)
    highlight_changed = Signal(str)
    banks_changed = Signal()
    bank_opened = Signal(object)
    thumbnail_ready = Signal(str, object)
    class_changed = Signal(int)
    brush_changed = Signal()
    tool_changed = Signal(str)
    instance_changed = Signal(int)
    live_changed = Signal(bool)
    saved = Signal(str)
    exported = Signal(str, int)
    modified_changed = Signal(bool)

    def __init__(
        self, engine: EngineBridge, preferences: QSettings, opened: OpenedDocument, parent: QObject | None = None
    ) -> None:
        """Show a document; `start` starts the engine, once the window has been painted."""
        super().__init__(parent)
        self.engine = engine
        self.preferences = preferences
        self.options = Options(preferences, self)
        self.engine_settings = EngineSettings(engine, self.options, self)
        self.tools = ToolState(self)
        ToolPreferences(self.tools, preferences)
        self.tools.set_uses_pressure(self.options.pressure)
        self.choice = RegionChoice(self)
        self.regions = RegionEdits(self)
        self.questions = RegionQuestions(self)
        self.gesture = StrokeGesture(self)
        self._jump = HistoryJump(self)
        self.pictures = PictureFlow(self)
        self.files = SessionFiles(self)
        self.underlay = TracedPhotograph(self)
        self._banks = BankList(engine, preferences, self)
        self.photographs = Photographs(engine, self._banks, preferences, self)
        self._was_modified = False
        self._opened: OpenedDocument
        self._table_followed: ClassTable
        self._connect()
        self._adopt(opened)
        self.unpainted = Unpainted(self)

    def start(self, *banks: Path) -> None:
        """Start the engine and ask for the first picture, with banks, or else with those it remembers."""
        self.engine.start()
        self.engine_settings.start()
        self._banks.begin(*banks)
        self.banks_changed.emit()
        self.pictures.request_final()

    def stop(self) -> None:
        """Let the engine go; the session shows nothing new after this."""
        self.pictures.cancel()
        self.engine.stop()

    # -- what is open -------------------------------------------------------------------------------------------

    @property
    def document(self) -> Document:
        """The open document."""
        return self._opened.document

    @property
    def opened(self) -> OpenedDocument:
        """The open document with its file and the pictures stored in it."""
        return self._opened

    @property
    def path(self) -> Path | None:
        """The project file of the document, or None before it was saved."""
        return self._opened.path

    @property
    def title(self) -> str:
        """The name of the document as the window shows it."""
        return self._opened.title

    @property
    def is_modified(self) -> bool:
        """Whether the document has changes that are not saved."""
        return self.document.is_modified

    def adopt(self, opened: OpenedDocument) -> None:
        """Put another document in place of the open one, whose changes are lost."""
        self.pictures.cancel()
        self._adopt(opened)
        self.pictures.request_final()

    def new_document(self, size: Size, table: ClassTable | None = None) -> None:
        """Open an empty document: all void."""
        table = table or self.table
        self.adopt(OpenedDocument(Document(Layout.blank(size), table)))

    def note_saved(self, path: Path, generation: int) -> None:
        """Take note that the document's state of a generation lies in a project file."""
        self._opened = replace(self._opened, path=path)
        self.document.mark_saved(generation)
        self._emit_modified()
        self.saved.emit(str(path))

    def note_exported(self, folder: Path, count: int) -> None:
        """Take note that pictures lie in a folder."""
        self.exported.emit(str(folder), count)

    # -- history and settings -----------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take the stroke under way back, or else the last step."""
        if self.gesture.is_open:
            self.gesture.abort()
            return
        if self.document.undo() is not None:
            self.pictures.show_edit()

    def redo(self) -> None:
        """Do the step again that was taken back last."""
        if self.document.redo() is not None:
            self.pictures.show_edit()

    def go_to(self, position: int) -> None:
        """Go to a step of the history, back or forward."""
        if self.gesture.is_open:
            self.gesture.abort()
        self._jump.start(position)

    def change_settings(self, **changes: Any) -> None:
        """Change settings of the document: seed, spill, complete, parametric."""
        self.document.change_settings(**changes)
        self.pictures.show_edit()

    # -- inside -------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        tools, banks, pictures = self.tools, self._banks, self.pictures
        tools.class_changed.connect(self.class_changed)
        tools.brush_changed.connect(self.brush_changed)
        tools.tool_changed.connect(self.tool_changed)
        tools.instance_changed.connect(self.instance_changed)
        self.choice.selection_changed.connect(self.selection_changed)
        self.choice.highlight_changed.connect(self.highlight_changed)
        pictures.result_shown.connect(self.result_shown)
        pictures.progress_changed.connect(self.progress_changed)
        pictures.failed.connect(self.failed)
        pictures.live_changed.connect(self.live_changed)
        banks.changed.connect(self._on_banks_changed)
        banks.failed.connect(self.failed)
        banks.opened.connect(self.bank_opened)
        self.photographs.failed.connect(self.failed)
        self.engine_settings.failed.connect(self.failed)
        self.engine_settings.changed.connect(pictures.request_after_bank_change)
        self.options.changed.connect(self._on_option_changed)
        self.regions.refused.connect(lambda reason: self.failed.emit(reason, ""))
        self.engine.thumbnail_ready.connect(self.thumbnail_ready)

    def _adopt(self, opened: OpenedDocument) -> None:
        self._opened = opened
        self._was_modified = False
        self.pictures.clear()
        self.choice.select(-1)
        opened.document.subscribe(self._on_document_changed)
        opened.document.history.set_budget(self.options.history_mb << 20)
        self.engine.set_segments(opened.document.segments)
        last = len(opened.document.table) - 1
        self.tools.reset_classes(min(self.tools.class_id, last), min(self.tools.previous_class_id, last))
        self.tools.clear_guard()
        self._table_followed = opened.document.table
        self.underlay.follow(opened.document)
        self.document_replaced.emit()
        self.history_changed.emit()
        self.modified_changed.emit(self.document.is_modified)

    def _on_document_changed(self, change: Change) -> None:
        match change.kind:
            case "layout":
                self.layout_changed.emit(change.bounds)
            case "records":
                self.records_changed.emit()
            case "settings":
                self.settings_changed.emit()
            case "history":
                self.history_changed.emit()
            case "table":
                self._follow_table()
                self.table_changed.emit()
            case "size":
                self.size_changed.emit()
            case "underlay":
                self.underlay.follow(self.document)
        self._emit_modified()

    def _follow_table(self) -> None:
        """Stay with the classes in use where the table was edited and their ids became others."""
        before, self._table_followed = self._table_followed, self.table

        def id_now(class_id: int) -> int:
            found = self._id_of(before[class_id].key)
            return min(class_id, len(self.table) - 1) if found is None else found

        self.tools.renumber_guard(lambda class_id: self._id_of(before[class_id].key))
        self.tools.reset_classes(id_now(self.tools.class_id), id_now(self.tools.previous_class_id))

    def _id_of(self, class_key: str) -> int | None:
        info = self.table.get(class_key)
        return None if info is None else info.id

    def _emit_modified(self) -> None:
        if self.document.is_modified != self._was_modified:
            self._was_modified = self.document.is_modified
            self.modified_changed.emit(self._was_modified)

    def _on_option_changed(self, name: str) -> None:
        if name == "history_mb":
            self.document.history.set_budget(self.options.history_mb << 20)
            self.history_changed.emit()
        elif name == "pressure":
            self.tools.set_uses_pressure(self.options.pressure)

    def _on_banks_changed(self) -> None:
        self.banks_changed.emit()
        self.pictures.request_after_bank_change()
