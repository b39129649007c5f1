"""Undo and redo: what was done, up to a budget of memory; and whether it was saved."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

from engine.document.edits import Edit

DEFAULT_BUDGET_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Step:
    edit: Edit
    size_bytes: int
    position: int


class History:
    """Two stacks of edits. Owned by a `Document`, on the GUI thread.

    The number of steps is not limited; when their memory exceeds the budget, the oldest fall off.
    """

    def __init__(self, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        """Start without a step."""
        self._budget_bytes = budget_bytes
        self._done: deque[_Step] = deque()
        self._undone: list[_Step] = []
        self._size_bytes = 0
        self._last_position = self._oldest_position = 0

    @property
    def size_bytes(self) -> int:
        """Memory all steps take, about."""
        return self._size_bytes

    @property
    def undo_names(self) -> tuple[str, ...]:
        """Names of the steps that can be undone, the latest first."""
        return tuple(step.edit.name for step in reversed(self._done))

    @property
    def redo_names(self) -> tuple[str, ...]:
        """Names of the steps that can be done again, the next first."""
        return tuple(step.edit.name for step in reversed(self._undone))

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Every edit held, done and undone."""
        return tuple(step.edit for step in (*self._done, *self._undone))

    @property
    def position(self) -> int:
        """Where in the history the document is: undo and redo bring a number back, an edit takes a new one."""
        return self._done[-1].position if self._done else self._oldest_position

    def push(self, edit: Edit) -> None:
        """Add a step; what was undone before it is gone. The step itself stays, whatever its size."""
        self._size_bytes -= sum(step.size_bytes for step in self._undone)
        self._undone.clear()
        self._last_position += 1
        self._done.append(_Step(edit, edit.size_bytes, self._last_position))
        self._size_bytes += edit.size_bytes
        while self._size_bytes > self._budget_bytes and len(self._done) > 1:
            dropped = self._done.popleft()
            self._size_bytes -= dropped.size_bytes
            self._oldest_position = dropped.position

    def latest(self) -> Edit | None:
        """Return the edit to revert next, or None."""
        return self._done[-1].edit if self._done else None

    def next(self) -> Edit | None:
        """Return the edit to apply again next, or None."""
        return self._undone[-1].edit if self._undone else None

    def undone(self, edit: Edit) -> None:
        """Move the latest step to those that can be done again, kept as ``edit``."""
        step = self._done.pop()
        self._undone.append(_Step(edit, step.size_bytes, step.position))

    def redone(self, edit: Edit) -> None:
        """Move the next step back to those that can be undone, kept as ``edit``."""
        step = self._undone.pop()
        self._done.append(_Step(edit, step.size_bytes, step.position))


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

    def mark_saved(self, generation: int) -> None:
        """Note that the document, as it was at a generation, is in the file."""
        index = bisect_right(self._generations, generation) - 1
        self._saved = self._positions[max(index, 0)]
