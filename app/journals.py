"""The folders of journals: one a running program, locked while it runs; unlocked ones are left by a crash."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLockFile

from engine.document.journal import JournalError, RecoveredDocument, recover_journal

JOURNAL = "document.journal"
LOCK = "lock"
MAX_LEFT = 64
"""Journals that are offered at once; there are never so many."""


class JournalFolder:
    """The folder of this program's journal, made when it is first needed. Owned by whoever writes the journal."""

    def __init__(self, root: Path) -> None:
        """Name a folder that no other program has; nothing is written yet."""
        self.path = root / f"{os.getpid()}-{time.time_ns() // 1_000_000}"
        self._lock: QLockFile | None = None

    @property
    def journal(self) -> Path:
        """Where the journal lies."""
        return self.path / JOURNAL

    def make(self) -> bool:
        """Make the folder and lock it, where that is not done or it was taken away; return whether it was.

        Raises:
            OSError: if it cannot be made or locked.
        """
        if self._lock is not None and self.path.is_dir():
            return False
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self.path)
        if self._lock is None:
            raise OSError(f"{self.path} cannot be locked")
        return True

    def remove(self) -> None:
        """Remove the folder with all it holds: nothing in it is needed any more."""
        if self._lock is not None:
            _remove(self.path, self._lock)
            self._lock = None


@dataclass(eq=False)
class LeftJournal:
    """A journal that a crash left, held so that no second program takes it.

    Attributes:
        folder: its folder.
        document: what it holds, or None where it cannot be read.
        fault: why it cannot be read, one line.
        when: seconds since 1970 of its last change.
    """

    folder: Path
    document: RecoveredDocument | None
    fault: str
    when: float
    _lock: QLockFile

    def release(self) -> None:
        """Leave it where it is, for the next start."""
        self._lock.unlock()

    def remove(self) -> None:
        """Remove it for good."""
        _remove(self.folder, self._lock)


def find_left(root: Path) -> tuple[LeftJournal, ...]:
    """Return the journals of programs that run no more, the latest first; slow for large ones.

    Those without unsaved changes are removed on the way.
    """
    left: list[LeftJournal] = []
    for folder in _folders(root):
        lock = _lock(folder)
        if lock is None:
            continue
        journal = _read(folder, lock)
        if journal is None or (journal.document is not None and not journal.document.is_modified):
            _remove(folder, lock)
        else:
            left.append(journal)
    return tuple(sorted(left, key=lambda journal: -journal.when))


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())[:MAX_LEFT]
    except OSError:
        return []


def _read(folder: Path, lock: QLockFile) -> LeftJournal | None:
    """Return the journal of a folder, or None where there is none."""
    path = folder / JOURNAL
    try:
        when = path.stat().st_mtime
    except OSError:
        return None
    try:
        document = recover_journal(path)
    except JournalError as error:
        return LeftJournal(folder, None, error.reason, when, lock)
    return LeftJournal(folder, document, "", document.when, lock)


def _lock(folder: Path) -> QLockFile | None:
    """Return a folder's lock, held; None where a running program has it."""
    lock = QLockFile(str(folder / LOCK))
    lock.setStaleLockTime(0)
    return lock if lock.tryLock(0) else None


def _remove(folder: Path, lock: QLockFile) -> None:
    with contextlib.suppress(OSError):
        (folder / JOURNAL).unlink(missing_ok=True)
    lock.unlock()
    shutil.rmtree(folder, ignore_errors=True)
