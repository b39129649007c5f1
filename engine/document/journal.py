"""The journal of an open document: what a crash leaves of it. Any thread may write one; one thread at a time.

A journal begins with a frame that holds everything, written whole; every later one holds what is different since. A
crash at any moment leaves whole frames and perhaps a torn one, which is ignored.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from engine.classes import ClassTableError
from engine.document.fields import FieldError
from engine.document.history import thumbnail_of
from engine.document.journal_frames import MAGIC, encode_frame, read_frames
from engine.document.journal_state import JournalState, Note, frame_of
from engine.document.project_file import LoadedProject
from engine.document.snapshot import Snapshot
from engine.whole_file import write_whole

MAX_JOURNAL_BYTES = 2 << 30
COMPACT_ABOVE_BYTES = 16 << 20
_COMPACT_ABOVE_SHARE = 2


class JournalError(Exception):
    """A journal that cannot be recovered; the message names the file and says why in one line."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file and the reason."""
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, eq=False)
class RecoveredDocument:
    """What a journal holds.

    Attributes:
        project: the parts of the document; `LoadedProject.build_document` puts them together.
        name: what the window called it.
        project_path: the project file it was opened from or saved to, or None.
        is_modified: whether it had changes that are not in that file.
        when: seconds since 1970 of the last change.
        thumbnail: (h, w, 3) uint8 sRGB, the layout, at most 96 wide and 48 high.
    """

    project: LoadedProject
    name: str
    project_path: Path | None
    is_modified: bool
    when: float
    thumbnail: npt.NDArray[np.uint8]


class JournalWriter:
    """Writes a journal. Owned by whoever calls it: one thread at a time, and not the GUI thread, since it waits."""

    def __init__(self, path: Path, *, compact_above_bytes: int = COMPACT_ABOVE_BYTES) -> None:
        """Write to a file; there is none before the first `append`.

        Args:
            path: of the journal; one that lies there is replaced.
            compact_above_bytes: how long it may grow before it is written anew, at least.
        """
        self.path = path
        self._compact_above_bytes = compact_above_bytes
        self._stream: BinaryIO | None = None
        self._limit_bytes = 0
        self._size_bytes = 0
        self._last: tuple[Snapshot, Note] | None = None

    def append(
        self,
        snapshot: Snapshot,
        *,
        name: str = "",
        project_path: Path | None = None,
        is_modified: bool = True,
    ) -> bool:
        """Write what is different since the last call; the first time, and for another document, everything.

        Args:
            snapshot: the document now, an open stroke and its underlay included.
            name: what the window calls it.
            project_path: the project file it was opened from or saved to, or None.
            is_modified: whether it has changes that are not in that file.

        Returns:
            Whether anything was different.

        Raises:
            OSError: if it cannot be written; what was written before can be recovered, and the next call writes all.
        """
        note = Note(name, None if project_path is None else str(project_path), is_modified)
        last, self._last = self._last, None  # a call that fails leaves nothing to build on
        if last is None or last[0].document_id != snapshot.document_id or self._size_bytes > self._limit_bytes:
            self._write_all(snapshot, note)
        else:
            frame = frame_of(snapshot, note, last, when=time.time())
            if frame is None:
                self._last = (snapshot, note)
                return False
            self._write(encode_frame(frame))
        self._last = (snapshot, note)
        return True

    def close(self) -> None:
        """Let go of the file and leave it where it is."""
        stream, self._stream, self._last = self._stream, None, None
        if stream is not None:
            stream.close()

    def discard(self) -> None:
        """Let go of the file and remove it: its document is saved, or not wanted any more."""
        self.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def _write_all(self, snapshot: Snapshot, note: Note) -> None:
        frame = frame_of(snapshot, note, None, when=time.time())
        assert frame is not None
        data = MAGIC + encode_frame(frame)
        self.close()  # a file that is open cannot be replaced everywhere
        write_whole(self.path, data)
        self._stream = self.path.open("ab", buffering=0)
        self._size_bytes = len(data)
        self._limit_bytes = max(self._compact_above_bytes, _COMPACT_ABOVE_SHARE * len(data))

    def _write(self, data: bytes) -> None:
        stream = self._stream
        assert stream is not None
        written = 0
        try:
            while written < len(data):
                written += stream.write(data[written:])
            os.fsync(stream.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                os.truncate(self.path, self._size_bytes)
            raise
        self._size_bytes += len(data)


def recover_journal(path: Path) -> RecoveredDocument:
    """Read what a journal holds, up to its last whole frame.

    Raises:
        JournalError: if it cannot be read, is none, or holds no document.
    """
    try:
        with path.open("rb") as stream:
            length_bytes = os.fstat(stream.fileno()).st_size
            if length_bytes > MAX_JOURNAL_BYTES:
                raise JournalError(path, "larger than 2 GB, no journal")
            if stream.read(len(MAGIC)) != MAGIC:
                raise JournalError(path, "no journal, or of another version")
            state = _read(path, stream, length_bytes - len(MAGIC))
            return _recovered(path, state)
    except OSError as error:
        raise JournalError(path, error.strerror or str(error)) from error


def _read(path: Path, stream: BinaryIO, length_bytes: int) -> JournalState:
    state: JournalState | None = None
    for frame in read_frames(stream, length_bytes):
        try:
            if state is None:
                state = JournalState(frame)
            else:
                state.apply(frame)
        except (FieldError, ClassTableError, ValueError) as error:
            if state is None:
                raise JournalError(path, f"broken journal: {error}") from None
            break
    if state is None:
        raise JournalError(path, "holds no document")
    return state


def _recovered(path: Path, state: JournalState) -> RecoveredDocument:
    try:
        project = state.project()
    except (FieldError, ClassTableError, ValueError) as error:
        raise JournalError(path, f"broken journal: {error}") from None
    note = state.note
    thumbnail: Any = project.table.colours()[thumbnail_of(project.layout.class_ids)]
    project_path = None if note.project_path is None else Path(note.project_path)
    return RecoveredDocument(project, note.name, project_path, note.is_modified, state.when, thumbnail)
