"""The only crossing between the GUI thread and the engine's threads: snapshots down, events up as queued signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.imaging import pictures_of
from engine.document.snapshot import SegmentCrop, Snapshot
from engine.service.events import (
    CommandDone,
    Event,
    JobCancelled,
    JobFailed,
    Progress,
    QueryDone,
    SourceFailed,
    SourceReady,
    ThumbnailFailed,
    ThumbnailReady,
    Update,
)
from engine.service.reader import BankReader
from engine.service.worker import Worker
from engine.torch_library import load_torch_library

if TYPE_CHECKING:
    from engine.pipeline.pipeline import Pipeline

STOP_TIMEOUT_S = 5.0


def pipeline_factory(device: str, weights: Path | None = None) -> Callable[[], Pipeline]:
    """Return a function that builds the pipeline; it imports torch, so only the engine thread calls it."""

    def make_pipeline() -> Pipeline:
        load_torch_library()
        from engine.pipeline.pipeline import Pipeline

        return Pipeline(weights=weights, device=device)

    return make_pipeline


class EngineBridge(QObject):
    """Owns the worker and the bank reader; every signal is emitted on the GUI thread."""

    progressed = Signal(object)
    updated = Signal(object)
    job_failed = Signal(object)
    job_cancelled = Signal(object)
    command_done = Signal(object)
    thumbnail_ready = Signal(str, object)
    source_ready = Signal(str, int, object)
    query_done = Signal(object)
    _event_arrived = Signal(object)

    def __init__(self, make_pipeline: Callable[[], Any], parent: QObject | None = None) -> None:
        """Prepare both threads; `start` starts them."""
        super().__init__(parent)
        self._is_stopped = False
        self._event_arrived.connect(self._on_event_arrived, Qt.ConnectionType.QueuedConnection)
        self._worker = Worker(make_pipeline, self._hand_over)
        self._reader = BankReader(self._event_arrived.emit)

    def start(self) -> None:
        """Start the engine thread and the reader thread."""
        self._worker.start()
        self._reader.start()

    def stop(self) -> None:
        """Stop both threads and deliver nothing more; safe to call twice."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._worker.stop(STOP_TIMEOUT_S)
        self._reader.stop()

    def submit(self, snapshot: Snapshot) -> None:
        """Hand a snapshot to the engine; a newer one replaces one that waits."""
        self._worker.submit(snapshot)

    def command(self, name: str, function: Callable[[Any], Any]) -> int:
        """Run a function on the engine thread, with the pipeline; `command_done` carries the returned number."""
        return self._worker.command(name, function)

    def cancel(self) -> None:
        """Abandon the run in progress and the snapshot that waits."""
        self._worker.cancel()

    def take_precedence(self) -> None:
        """Let the engine wait at its next check: the window has a moment's work; see `Precedence`."""
        self._worker.precedence.take()

    def give_precedence_back(self) -> None:
        """Let the engine go on."""
        self._worker.precedence.give_back()

    def hold_final(self, held: bool) -> None:
        """Keep FINAL runs waiting while a button is down."""
        self._worker.hold_final(held)

    def set_banks(self, paths: Sequence[Path]) -> None:
        """Tell the reader which banks thumbnails come from."""
        self._reader.set_banks(tuple(paths))

    def set_segments(self, segments: Mapping[str, SegmentCrop]) -> None:
        """Tell the reader which crops the project carries itself."""
        self._reader.set_segments(segments)

    def request_thumbnail(self, segment_key: str, side_px: int) -> None:
        """Ask for a cut-out of a segment; `thumbnail_ready` follows where it can be read."""
        self._reader.request_thumbnail(segment_key, side_px)

    def request_source(self, segment_key: str, side_px: int) -> None:
        """Ask for the photograph of a segment; `source_ready` follows, with None where it cannot be read."""
        self._reader.request_source(segment_key, side_px)

    def request_photograph(self, source_key: str, side_px: int) -> None:
        """Ask for a photograph by its source's key; `thumbnail_ready` follows under that key."""
        self._reader.request_photograph(source_key, side_px)

    def query(self, path: Path, function: Callable[[Any], Any]) -> int:
        """Ask an open bank a question on the reader thread; `query_done` carries the returned number."""
        return self._reader.query(path, function)

    def _hand_over(self, event: Event) -> None:
        """Send an event of the engine to the GUI thread, its pictures made; called on the engine thread."""
        if isinstance(event, Update):
            pictures_of(event.result)
        self._event_arrived.emit(event)

    @Slot(object)
    def _on_event_arrived(self, event: object) -> None:
        if self._is_stopped:
            return
        match event:
            case Progress():
                self.progressed.emit(event)
            case Update():
                self.updated.emit(event)
            case JobFailed():
                self.job_failed.emit(event)
            case JobCancelled():
                self.job_cancelled.emit(event)
            case CommandDone():
                self.command_done.emit(event)
            case ThumbnailReady():
                self.thumbnail_ready.emit(event.segment_key, event.rgba)
            case ThumbnailFailed():
                self.thumbnail_ready.emit(event.segment_key, None)
            case SourceReady():
                self.source_ready.emit(event.segment_key, event.side_px, event.picture)
            case SourceFailed():
                self.source_ready.emit(event.segment_key, event.side_px, None)
            case QueryDone():
                self.query_done.emit(event)
            case _:
                raise TypeError(f"the engine sent {type(event).__name__}")
