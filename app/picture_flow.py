"""From the open document to its picture: what is asked of the engine, and which answers are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.imaging import share_pictures
from app.result_cache import ResultCache
from app.run_schedule import PreviewFirst, RunSchedule
from engine.document.snapshot import Quality, Snapshot
from engine.pipeline.results import Result, Stamp
from engine.service.events import JobCancelled, JobFailed, Progress, Update

if TYPE_CHECKING:
    from app.session import Session


class PictureFlow(QObject):
    """Asks for pictures and accepts or drops what comes, by stamp. GUI thread.

    The document must be equal; the generation no older than the one shown; at equal generation FINAL beats PREVIEW.
    """

    result_shown = Signal(object)
    progress_changed = Signal(object)
    failed = Signal(str, str)
    live_changed = Signal(bool)

    def __init__(self, session: Session) -> None:
        """Serve a session; nothing is asked before it has a document."""
        super().__init__(session)
        self._session = session
        self._cache = ResultCache()
        self._same_since = self._same_until = -1
        self._schedule = RunSchedule(session.engine, self._take_snapshot, self)
        self.is_live = True
        self.is_running = False
        self.latency_ms: float | None = None
        self.device = ""
        self.result: Result | None = None
        engine = session.engine
        engine.progressed.connect(self._on_progressed)
        engine.updated.connect(self._on_updated)
        engine.job_failed.connect(self._on_job_failed)
        engine.job_cancelled.connect(self._on_job_cancelled)

    @property
    def final_result(self) -> Result | None:
        """The FINAL result of the document as it is now, or None."""
        document = self._session.document
        wanted = Stamp(document.document_id, document.generation, Quality.FINAL)
        return self.result if self.result is not None and self.result.stamp == wanted else None

    def clear(self) -> None:
        """Forget every picture: another document is open."""
        self._cache.clear()
        self.result = None
        self._same_since = self._same_until = -1

    def set_live(self, live: bool, /) -> None:
        """Follow every edit, or wait for `run_now`."""
        if live != self.is_live:
            self.is_live = live
            self.live_changed.emit(live)
            if live and self.final_result is None:
                self.run_now()

    def run_now(self) -> None:
        """Ask for a FINAL of the document as it is, live or not."""
        self._schedule.request_final()

    def cancel(self) -> None:
        """Abandon the run in progress; the picture on show stays."""
        self._schedule.cancel()

    def request_preview(self) -> None:
        """Ask for a PREVIEW of an open stroke, where the picture is live."""
        if self.is_live and self._session.options.preview:
            self._schedule.request_preview()

    def request_final(self, *, preview_first: PreviewFirst = "never") -> None:
        """Ask for a FINAL after an edit, where the picture is live."""
        if self.is_live:
            self._schedule.request_final(preview_first=preview_first if self._session.options.preview else "never")

    def request_after_bank_change(self) -> None:
        """Ask for a picture made with other banks; what was made with the old ones is forgotten."""
        self._cache.clear()
        self.request_final()

    def show_edit(self) -> None:
        """Show the picture of an edited document: at once where it was made before, else when the engine has it."""
        known = self._cache.get(self._session.document, self._session.bank_digests)
        if known is None:
            self.request_final(preview_first="always")
            return
        self._schedule.cancel()
        self._show(self._restamped(known))

    def keep_after_edit(self, generation_before: int) -> None:
        """Go on after an edit that no picture depends on: one on show or under way is as good as before.

        Args:
            generation_before: of the document right before that edit.
        """
        if generation_before != self._same_until:
            self._same_since = generation_before
        self._same_until = self._session.document.generation
        if self.result is not None and self._is_same_picture(self.result.stamp):
            self.result = self._restamped(self.result)

    def _is_same_picture(self, stamp: Stamp) -> bool:
        """Whether only edits that no picture depends on lie between a run's snapshot and the document as it is."""
        document = self._session.document
        is_kept = self._same_since <= stamp.generation <= self._same_until == document.generation
        return stamp.document_id == document.document_id and is_kept

    def _restamped(self, result: Result) -> Result:
        """Return a result as one of the document as it is now."""
        document = self._session.document
        now = replace(result, stamp=Stamp(document.document_id, document.generation, result.stamp.quality))
        share_pictures(result, now)
        return now

    def _take_snapshot(self, quality: Quality) -> Snapshot:
        return self._session.document.snapshot(quality)

    def _show(self, result: Result) -> None:
        self.result = result
        self.device = result.device
        self._session.choice.note_result(result)
        self.result_shown.emit(result)

    def _is_wanted(self, stamp: Stamp) -> bool:
        if stamp.document_id != self._session.document.document_id:
            return False
        shown = self.result.stamp if self.result is not None else None
        return shown is None or (stamp.generation, stamp.quality) >= (shown.generation, shown.quality)

    def _set_progress(self, progress: Progress | None) -> None:
        self.is_running = progress is not None
        self.progress_changed.emit(progress)

    def _on_progressed(self, progress: Progress) -> None:
        if progress.stamp.document_id == self._session.document.document_id:
            self._set_progress(progress)

    def _on_updated(self, update: Update) -> None:
        result, document = update.result, self._session.document
        if result.stamp.quality is Quality.PREVIEW:
            self._schedule.note_preview(result.stamp.generation)
        if not self._is_wanted(result.stamp):
            return
        if self._is_same_picture(result.stamp):
            result = self._restamped(result)
        if result.records is not None and document.annotate(
            result.stamp.generation, result.records, result.next_record_id, result.segments
        ):
            self._cache.put(document, self._session.bank_digests, result)
            self._session.engine.set_segments(document.segments)
        self.latency_ms = update.latency_ms
        self._set_progress(None)
        self._show(result)

    def _on_job_failed(self, failure: JobFailed) -> None:
        self._schedule.note_failure(failure.stamp.generation)
        self._set_progress(None)
        if failure.stamp.document_id == self._session.document.document_id:
            self.failed.emit(f"The picture could not be made: {failure.message}", failure.details)

    def _on_job_cancelled(self, cancelled: JobCancelled) -> None:
        if cancelled.stamp.quality is Quality.PREVIEW:
            self._schedule.note_failure(cancelled.stamp.generation)
        self._set_progress(None)
