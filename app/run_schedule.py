"""When a snapshot goes to the engine: previews while painting, a final picture when the button is up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, QTimer

from app.engine_bridge import EngineBridge
from engine.document.snapshot import Quality, Snapshot

PREVIEW_INTERVAL_MS = 50
PREVIEW_FIRST_PX = 512 * 512
PreviewFirst = Literal["never", "large", "always"]
"""Which documents get a PREVIEW before a FINAL."""


class RunSchedule(QObject):
    """Sends snapshots, at most one PREVIEW every 50 ms while a stroke is open. Lives on the GUI thread.

    No PREVIEW is sent while one is being made: the copies would be for nothing, and they cost the stroke its time.
    """

    def __init__(self, engine: EngineBridge, snapshot: Callable[[Quality], Snapshot], parent: QObject) -> None:
        """Send what ``snapshot`` returns to ``engine``."""
        super().__init__(parent)
        self._engine = engine
        self._snapshot = snapshot
        self._is_preview_due = False
        self._is_preview_out = False
        self._awaited_preview: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_INTERVAL_MS)
        self._timer.timeout.connect(self._on_interval_over)

    def request_preview(self) -> None:
        """Send a PREVIEW now, or when 50 ms have passed since the last and it has come."""
        if self._timer.isActive() or self._is_preview_out:
            self._is_preview_due = True
            return
        self._is_preview_out = True
        self._engine.submit(self._snapshot(Quality.PREVIEW))
        self._timer.start()

    def request_final(self, *, preview_first: PreviewFirst = "never") -> None:
        """Send a FINAL, and a PREVIEW before it: of large documents, or always, as a swap shows within 100 ms."""
        self._forget()
        if preview_first != "never":
            snapshot = self._snapshot(Quality.PREVIEW)
            if preview_first == "always" or snapshot.layout.class_ids.size > PREVIEW_FIRST_PX:
                self._awaited_preview = snapshot.generation
                self._engine.submit(snapshot)
                return
        self._engine.submit(self._snapshot(Quality.FINAL))

    def note_preview(self, generation: int) -> None:
        """Take note that a PREVIEW has come; what waited for it goes out."""
        self._is_preview_out = False
        if self._awaited_preview is not None and generation >= self._awaited_preview:
            self._awaited_preview = None
            self._engine.submit(self._snapshot(Quality.FINAL))
        elif not self._timer.isActive():
            self._on_interval_over()

    def note_failure(self, generation: int) -> None:
        """Take note that a run failed or was cancelled: a FINAL that waited for it stays unsent, for it would fail too.

        A FINAL that waits for a later PREVIEW goes on waiting.
        """
        self._is_preview_out = False
        if self._awaited_preview is not None and generation >= self._awaited_preview:
            self._awaited_preview = None

    def cancel(self) -> None:
        """Send nothing more, and abandon what runs."""
        self._forget()
        self._engine.cancel()

    def _forget(self) -> None:
        self._timer.stop()
        self._is_preview_due = self._is_preview_out = False
        self._awaited_preview = None

    def _on_interval_over(self) -> None:
        if self._is_preview_due:
            self._is_preview_due = False
            self.request_preview()
