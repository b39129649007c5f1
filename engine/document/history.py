"""Undo and redo: what was done, up to a budget of memory; and whether it was saved."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.classes import ClassTable
from engine.document.edits import Edit, memory_of_books
from engine.geometry import Size
from engine.layout import ClassIds, frozen

DEFAULT_BUDGET_BYTES = 256 * 1024 * 1024
THUMBNAIL_SIZE = Size(96, 48)
FIRST_STEP_NAME = "Start"


@dataclass(frozen=True, eq=False, slots=True)
class HistoryStep:
    """What a history panel shows of one step: the document as it was right after it.

    Attributes:
        name: what was done, for example ``Paint road``; the first step is how the document began.
        size_bytes: memory the step takes, about; 0 for the first.
        thumbnail: (h, w) uint8 class ids, frozen, at most 96 wide and 48 high.
        table: what the ids of the thumbnail mean.
        position: where in the history this is; `Document.go_to` takes it.
    """

    name: str
    size_bytes: int
    thumbnail: ClassIds
    table: ClassTable
    position: int

    def rgb(self) -> npt.NDArray[np.uint8]:
        """Return the thumbnail as (h, w, 3) uint8 sRGB; void is black."""
        return self.table.colours()[self.thumbnail]


def thumbnail_of(class_ids: ClassIds) -> ClassIds:
    """Return class ids scaled down to a thumbnail, never up: the nearest pixel of each; frozen."""
    height, width = class_ids.shape
    shrink = max(width / THUMBNAIL_SIZE.width, height / THUMBNAIL_SIZE.height, 1)
    h, w = max(1, int(height / shrink)), max(1, int(width / shrink))
    rows, columns = ((2 * np.arange(n) + 1) * side // (2 * n) for n, side in ((h, height), (w, width)))
    return frozen(class_ids[rows[:, None], columns[None, :]])


@dataclass(frozen=True, slots=True)
class _Entry:
    edit: Edit
    step: HistoryStep


class History:
    """Two stacks of edits. Owned by a `Document`, on the GUI thread.

    The number of steps is not limited; when their memory exceeds the budget, the oldest fall off.
    """

    def __init__(self, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        """Start without a step."""
        self._budget_bytes = budget_bytes
        self._done: deque[_Entry] = deque()
        self._undone: list[_Entry] = []
        self._size_bytes = 0
        self._last_position = 0
        self._oldest: HistoryStep | None = None

    @property
    def budget_bytes(self) -> int:
        """Memory all steps may take."""
        return self._budget_bytes

    @property
    def size_bytes(self) -> int:
        """Memory all steps take, about."""
        return self._size_bytes

    @property
    def undo_count(self) -> int:
        """Number of steps that can be undone."""
        return len(self._done)

    @property
    def redo_count(self) -> int:
        """Number of steps that can be done again."""
        return len(self._undone)

    @property
    def undo_names(self) -> tuple[str, ...]:
        """Names of the steps that can be undone, the latest first."""
        return tuple(entry.edit.name for entry in reversed(self._done))

    @property
    def redo_names(self) -> tuple[str, ...]:
        """Names of the steps that can be done again, the next first."""
        return tuple(entry.edit.name for entry in reversed(self._undone))

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Every edit held, done and undone."""
        return tuple(entry.edit for entry in (*self._done, *self._undone))

    @property
    def steps(self) -> tuple[HistoryStep, ...]:
        """Every step that can be gone to, from the oldest to the latest: first how the document began, then each edit.

        Where the oldest edits fell off, the first step is the last of those.
        """
        first = () if self._oldest is None else (self._oldest,)
        return (*first, *(entry.step for entry in self._done), *(entry.step for entry in reversed(self._undone)))

    @property
    def position(self) -> int:
        """Where in the history the document is: undo and redo bring a number back, an edit takes a new one."""
        return self._done[-1].step.position if self._done else self._oldest_position

    @property
    def _oldest_position(self) -> int:
        return 0 if self._oldest is None else self._oldest.position

    def begin(self, class_ids: ClassIds, table: ClassTable) -> None:
        """Note how the document began, as the first step."""
        self._oldest = HistoryStep(FIRST_STEP_NAME, 0, thumbnail_of(class_ids), table, 0)

    def set_budget(self, budget_bytes: int) -> None:
        """Set how much memory all steps may take; the oldest fall off at once where they exceed it."""
        self._budget_bytes = budget_bytes
        self._trim()

    def push(self, edit: Edit, class_ids: ClassIds, table: ClassTable) -> None:
        """Add a step; what was undone before it is gone. The step itself stays, whatever its size.

        Args:
            edit: what was done.
            class_ids: (H, W) uint8 as they are now.
            table: what they mean.
        """
        self._size_bytes -= sum(entry.step.size_bytes for entry in self._undone)
        self._undone.clear()
        self._last_position += 1
        thumbnail = thumbnail_of(class_ids)
        beside = (self._done[-1].edit.before, self._done[-1].edit.after) if self._done else ()
        size_bytes = edit.own_bytes + thumbnail.nbytes + memory_of_books((edit.before, edit.after), beside)
        step = HistoryStep(edit.name, size_bytes, thumbnail, table, self._last_position)
        self._done.append(_Entry(edit, step))
        self._size_bytes += step.size_bytes
        self._trim()

    def drop_latest(self) -> None:
        """Forget the latest step, because what it did goes on in one that is to come; nothing may have been undone."""
        self._size_bytes -= self._done.pop().step.size_bytes

    def latest(self) -> Edit | None:
        """Return the edit to revert next, or None."""
        return self._done[-1].edit if self._done else None

    def next(self) -> Edit | None:
        """Return the edit to apply again next, or None."""
        return self._undone[-1].edit if self._undone else None

    def undone(self, edit: Edit) -> None:
        """Move the latest step to those that can be done again, kept as ``edit``."""
        self._undone.append(self._kept(self._done.pop(), edit))

    def redone(self, edit: Edit) -> None:
        """Move the next step back to those that can be undone, kept as ``edit``."""
        self._done.append(self._kept(self._undone.pop(), edit))

    def _kept(self, entry: _Entry, edit: Edit) -> _Entry:
        """Return an entry with the records its edit has taken up when it was crossed, and their memory."""
        old = entry.edit
        more_bytes = memory_of_books((edit.before, edit.after), (old.before, old.after))
        if not more_bytes:
            return replace(entry, edit=edit)
        less_bytes = memory_of_books((old.before, old.after), (edit.before, edit.after))
        change_bytes = more_bytes - less_bytes
        self._size_bytes += change_bytes
        return _Entry(edit, replace(entry.step, size_bytes=entry.step.size_bytes + change_bytes))

    def _trim(self) -> None:
        while self._size_bytes > self._budget_bytes and len(self._done) > 1:
            dropped = self._done.popleft().step
            self._size_bytes -= dropped.size_bytes
            self._oldest = replace(dropped, size_bytes=0)


class SavedMark:
    """Knows whether the document equals the file. Owned by a `Document`, on the GUI thread.

    Positions are those of the history; None stands for an open stroke, which equals no file.
    """

    def __init__(self) -> None:
        """Start with a document as it was opened: at generation 0 and position 0, and not modified."""
        self._generations: list[int] = [0]
        self._positions: list[int | None] = [0]
        self._saved: int | None = 0

    @property
    def is_modified(self) -> bool:
        """Whether the document differs from the file."""
        now = self._positions[-1]
        return now is None or now != self._saved

    def note(self, generation: int, position: int | None) -> None:
        """Note where in the history the document is since a generation."""
        if position != self._positions[-1]:
            self._generations.append(generation)
            self._positions.append(position)

    def mark_unsaved(self) -> None:
        """Note that no state of the document is in a file."""
        self._saved = None

    def mark_saved(self, generation: int) -> None:
        """Note that the document, as it was at a generation, is in the file."""
        index = bisect_right(self._generations, generation) - 1
        self._saved = self._positions[max(index, 0)]
