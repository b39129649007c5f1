"""Autosave: the open document goes into a journal each second, so that a crash loses two seconds at most."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.journals import JournalFolder
from app.session import Session
from engine.document.journal import JournalWriter
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality, Snapshot

INTERVAL_MS = 1000


@dataclass(frozen=True, eq=False, slots=True)
class _Seen:
    """What was written last."""

    document_id: str
    generation: int
    path: Path | None
    records: tuple[RegionRecord, ...]

    def is_same(self, other: _Seen) -> bool:
        names = (self.document_id, self.generation, self.path) == (other.document_id, other.generation, other.path)
        return names and self.records is other.records


class Autosave(QObject):
    """Journals the session's document while it has unsaved changes. GUI thread; writing is done on a thread of its own.

    The journal is removed once the document is saved or given up, and when the program ends as it should.
    """

    _written = Signal(object)

    def __init__(self, session: Session, root: Path, *, interval_ms: int = INTERVAL_MS) -> None:
        """Begin to follow a session.

        Args:
            session: whose document is journalled.
            root: folder of all programs' journals; made when there is something to write.
            interval_ms: how often to look for changes.
        """
        super().__init__(session)
        self._session = session
        self._folder = JournalFolder(root)
        self._writer = JournalWriter(self._folder.journal)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="autosave")
        self._running: Future[None] | None = None
        self._seen: _Seen | None = None
        self._has_journal = False
        self._has_failed = False
        self._written.connect(self._on_written, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    @property
    def journal(self) -> Path:
        """Where the journal lies while there is one."""
        return self._folder.journal

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being written."""
        return self._running is None

    def tick(self) -> None:
        """Write what is new, unless the last writing still goes on."""
        if self._running is not None:
            return
        session = self._session
        if not session.is_modified:
            if self._has_journal:
                self._has_journal = False
                self._start(self._writer.discard)
            return
        document = session.document
        now = _Seen(document.document_id, document.generation, session.path, document.records)
        if self._has_journal and self._seen is not None and now.is_same(self._seen):
            return
        self._seen, self._has_journal = now, True
        snapshot = document.snapshot(Quality.FINAL)
        self._start(partial(self._append, snapshot, session.title, session.path))

    async def settle(self) -> bool:
        """Write what is new and wait until it is written; return whether it is."""
        for _ in range(2):  # a writing that is under way may be of an older state
            self.tick()
            if self._running is not None:
                running = self._running
                await asyncio.wait([asyncio.wrap_future(running)])
                self._on_written(running)
        return self._has_journal and not self._has_failed

    def stop(self) -> None:
        """End with the program: what was not saved is not wanted; safe to call twice."""
        self._timer.stop()
        self._thread.shutdown(wait=True)
        with contextlib.suppress(OSError):  # where it could not be written, it need not be removed
            self._writer.discard()
        self._folder.remove()

    def _append(self, snapshot: Snapshot, name: str, project_path: Path | None) -> None:
        if self._folder.make():
            self._writer.close()  # an empty folder needs a whole journal
        self._writer.append(snapshot, name=name, project_path=project_path)

    def _start(self, write: Callable[[], None]) -> None:
        self._running = self._thread.submit(write)
        self._running.add_done_callback(self._written.emit)

    def _on_written(self, done: Future[None]) -> None:
        if done is not self._running:
            return
        error = done.exception()
        self._running = None
        if error is None:
            self._has_failed = False
        elif isinstance(error, OSError):
            self._seen = None
            if not self._has_failed:
                self._has_failed = True
                reason = error.strerror or str(error)
                self._session.failed.emit(f"Autosave does not work: {reason}. Save the project now and then.", "")
        else:
            raise error
