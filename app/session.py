"""The session: the open document, the picture made of it, the selection, and the strokes that change it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

from app.bank_list import BankList
from app.document_file import OpenedDocument
from app.engine_bridge import EngineBridge
from app.picture_flow import PictureFlow
from app.region_choice import RegionChoice
from app.session_file import SessionFiles
from app.starter import build_starter_layout
from app.stroke_gesture import StrokeGesture
from app.tool_state import ToolName, ToolState
from app.unpainted import Unpainted
from engine.classes import ClassTable, builtin_class_table
from engine.document.document import Change, Document
from engine.geometry import Size
from engine.layout import Layout
from engine.pipeline.results import Candidate, RegionResult, Result


class Session(QObject):
    """What the window shows. Lives on the GUI thread, which owns the document; the engine gets snapshots only."""

    document_replaced = Signal()
    layout_changed = Signal(object)
    records_changed = Signal()
    settings_changed = Signal()
    history_changed = Signal()
    result_shown = Signal(object)
    progress_changed = Signal(object)
    failed = Signal(str, str)
    selection_changed = Signal(int)
    highlight_changed = Signal(str)
    banks_changed = Signal()
    thumbnail_ready = Signal(str, object)
    class_changed = Signal(int)
    brush_changed = Signal()
    tool_changed = Signal(str)
    instance_changed = Signal(int)
    live_changed = Signal(bool)
    saved = Signal(str)
    exported = Signal(str, int)
    modified_changed = Signal(bool)

    def __init__(self, engine: EngineBridge, preferences: QSettings, parent: QObject | None = None) -> None:
        """Open the starter layout; `start` starts the engine, once the window has been painted."""
        super().__init__(parent)
        self.engine = engine
        self.preferences = preferences
        self.tools = ToolState(self)
        self.choice = RegionChoice(self)
        self.gesture = StrokeGesture(self)
        self.pictures = PictureFlow(self)
        self.files = SessionFiles(self)
        self._banks = BankList(engine, preferences, self)
        self._was_modified = False
        self._opened: OpenedDocument
        self._connect()
        table = builtin_class_table()
        self._adopt(OpenedDocument(Document(build_starter_layout(table), table), is_starter=True))
        self.unpainted = Unpainted(self)

    def start(self, bank: Path | None = None) -> None:
        """Start the engine and ask for the first picture, with a bank, or else with those of the last session."""
        self.engine.start()
        for path in self._banks.remembered() if bank is None else (bank,):
            self._banks.open(path)
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
    def table(self) -> ClassTable:
        """The class table of the open document."""
        return self.document.table

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

    @property
    def result(self) -> Result | None:
        """The result on show, or None before the first."""
        return self.pictures.result

    @property
    def final_result(self) -> Result | None:
        """The FINAL result of the document as it is now, or None."""
        return self.pictures.final_result

    @property
    def latency_ms(self) -> float | None:
        """Time from the last request to its picture."""
        return self.pictures.latency_ms

    @property
    def device(self) -> str:
        """What synthesis ran on last, empty before the first picture."""
        return self.pictures.device

    @property
    def is_running(self) -> bool:
        """Whether the engine works on a picture."""
        return self.pictures.is_running

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
        self._opened = replace(self._opened, path=path, is_starter=False)
        self.document.mark_saved(generation)
        self._emit_modified()
        self.saved.emit(str(path))

    def note_exported(self, folder: Path, count: int) -> None:
        """Take note that pictures lie in a folder."""
        self.exported.emit(str(folder), count)

    # -- tools --------------------------------------------------------------------------------------------------

    @property
    def class_id(self) -> int:
        """The class that brush and fill paint."""
        return self.tools.class_id

    @property
    def previous_class_id(self) -> int:
        """The class painted with before."""
        return self.tools.previous_class_id

    @property
    def brush_px(self) -> float:
        """Diameter of the brush in layout pixels."""
        return self.tools.brush_px

    @property
    def tool(self) -> ToolName:
        """Name of the tool in use."""
        return self.tools.tool

    @property
    def instance_id(self) -> int:
        """The fresh instance the next stroke gets, or 0."""
        return self.tools.instance_id

    def set_class(self, class_id: int) -> None:
        """Paint with a class of the table.

        Raises:
            ValueError: if the table has no such class.
        """
        if not 0 <= class_id < len(self.table):
            raise ValueError(f"the table has no class {class_id}")
        self.tools.set_class(class_id)

    def swap_class(self) -> None:
        """Paint with the previous class again."""
        self.tools.set_class(self.tools.previous_class_id)

    def set_brush_px(self, brush_px: float) -> None:
        """Set the diameter of the brush in layout pixels."""
        self.tools.set_brush_px(brush_px)

    def set_tool(self, name: ToolName) -> None:
        """Take another tool."""
        self.tools.set_tool(name)

    def new_object(self) -> None:
        """Give the next stroke a fresh instance, so that it is an object of its own."""
        try:
            self.tools.set_instance(self.document.fresh_instance_id())
        except ValueError as error:
            self.failed.emit(f"There is no room for a new object: {error}", "")

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

    def change_settings(self, **changes: Any) -> None:
        """Change settings of the document: seed, spill, complete, parametric."""
        self.document.change_settings(**changes)
        self.pictures.show_edit()

    # -- selection and choice (see `RegionChoice`) --------------------------------------------------------------

    @property
    def selected_record_id(self) -> int:
        """Record of the selected region, or -1."""
        return self.choice.selected_record_id

    @property
    def highlighted_key(self) -> str:
        """Segment key of the candidate under the cursor keys, empty for none."""
        return self.choice.highlighted_key

    def select(self, record_id: int) -> None:
        """Select a region by its record, or none with -1."""
        self.choice.select(record_id)

    def select_at(self, x: float, y: float) -> None:
        """Select the region under a layout position, or none."""
        self.choice.select_at(x, y)

    def region_result(self, record_id: int) -> RegionResult | None:
        """Return what the result on show says of a region."""
        return self.choice.region_result(record_id)

    def candidates_of(self, record_id: int) -> tuple[Candidate, ...]:
        """Return the candidates of a region, best first."""
        region = self.region_result(record_id)
        return () if region is None else region.candidates

    def pick(self, record_id: int, segment_key: str) -> None:
        """Make a region of another segment."""
        self.choice.pick(record_id, segment_key)

    def step_candidate(self, delta: int) -> None:
        """Move the highlight among the selected region's candidates."""
        self.choice.step_candidate(delta)

    def pick_highlighted(self) -> None:
        """Pick the highlighted candidate for the selected region."""
        self.choice.pick_highlighted()

    def toggle_lock(self, record_id: int) -> None:
        """Lock or unlock what a region is made of."""
        self.choice.toggle_lock(record_id)

    def ban(self, record_id: int, segment_key: str) -> None:
        """Never make a region of a segment again."""
        self.choice.ban(record_id, segment_key)

    def highlight(self, segment_key: str) -> None:
        """Highlight a candidate of the selected region."""
        self.choice.highlight(segment_key)

    def unban(self, record_id: int, segment_key: str) -> None:
        """Allow a segment again for a region."""
        self.choice.unban(record_id, segment_key)

    def reset_choice(self, record_id: int) -> None:
        """Let Tessera choose for a region."""
        self.choice.reset_choice(record_id)

    # -- runs and banks -----------------------------------------------------------------------------------------

    @property
    def is_live(self) -> bool:
        """Whether every edit asks for a new picture."""
        return self.pictures.is_live

    def set_live(self, live: bool, /) -> None:
        """Follow every edit, or wait for `run_now`."""
        self.pictures.set_live(live)

    def run_now(self) -> None:
        """Ask for a FINAL of the document as it is."""
        self.pictures.run_now()

    def cancel(self) -> None:
        """Abandon the run in progress; the picture on show stays."""
        self.pictures.cancel()

    @property
    def banks(self) -> tuple[Any, ...]:
        """Summaries of the open banks: path, name, digest, counts, table."""
        return self._banks.summaries

    @property
    def bank_digests(self) -> tuple[str, ...]:
        """Digests of the open banks."""
        return self._banks.digests

    def bank_counts(self) -> dict[str, int]:
        """Return how many segments the open banks have, by class key of the document's table."""
        return self._banks.counts(self.table)

    def open_bank(self, path: Path) -> None:
        """Open a memory bank on the engine thread."""
        self._banks.open(path)

    def close_bank(self, path: Path) -> None:
        """Close a memory bank."""
        self._banks.close(path)

    def request_thumbnail(self, segment_key: str, side_px: int = 96) -> None:
        """Ask for a cut-out of a segment; `thumbnail_ready` follows, with None where it cannot be read."""
        self.engine.request_thumbnail(segment_key, side_px)

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
        self.engine.thumbnail_ready.connect(self.thumbnail_ready)

    def _adopt(self, opened: OpenedDocument) -> None:
        self._opened = opened
        self._was_modified = False
        self.pictures.clear()
        self.choice.select(-1)
        opened.document.subscribe(self._on_document_changed)
        self.engine.set_segments(opened.document.segments)
        last = len(opened.document.table) - 1
        self.tools.reset_classes(min(self.tools.class_id, last), min(self.tools.previous_class_id, last))
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
        self._emit_modified()

    def _emit_modified(self) -> None:
        if self.document.is_modified != self._was_modified:
            self._was_modified = self.document.is_modified
            self.modified_changed.emit(self._was_modified)

    def _on_banks_changed(self) -> None:
        self.banks_changed.emit()
        self.pictures.request_after_bank_change()
