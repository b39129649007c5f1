"""The open document: the one mutable object of a session."""

from __future__ import annotations

from engine.document.core import Change
from engine.document.edits import NOWHERE
from engine.document.record_edits import RecordEdits
from engine.document.reframing import Reframing
from engine.geometry import Bounds

__all__ = ["Change", "Document"]


class Document(Reframing, RecordEdits):
    """A layout, the records of its regions, settings and history. The GUI thread owns it; others get snapshots.

    Coordinates are layout pixels: x to the right, y down, the centre of pixel (x, y) at (x + 0.5, y + 0.5).
    """

    def undo(self) -> Bounds | None:
        """Undo the latest gesture: an open one that changed something is aborted, else a step is reverted.

        Returns:
            The pixels that changed, empty where only records or settings did; None where nothing can be undone.
        """
        if self.abort_adjustment():
            return NOWHERE
        if self._stroke is not None and (aborted := self.abort_stroke()):
            return aborted
        return self._cross(-1)

    def redo(self) -> Bounds | None:
        """Do the step again that was undone last; nothing while a stroke or another gesture is open.

        Returns:
            The pixels that changed, empty where only records or settings did; None where nothing can be done again.
        """
        return None if self._stroke is not None or self.is_adjusting else self._cross(1)

    def go_to(self, position: int, *, limit_px: int | None = None) -> Bounds | None:
        """Undo or redo as many steps as it takes to a step of the history; an open gesture is committed first.

        Listeners are told once, of all that is different.

        Args:
            position: that of one of `History.steps`.
            limit_px: stop on the way, at a step, once about as many pixels have been restored; None to go all the way.

        Returns:
            The pixels that changed; None where the document is there already.

        Raises:
            ValueError: if the history holds no such step.
        """
        self.commit_stroke()
        positions = [step.position for step in self.history.steps]
        if position not in positions:
            raise ValueError(f"the history holds no step {position}")
        steps = positions.index(position) - positions.index(self.history.position)
        return self._cross(steps, limit_px=limit_px)

    def _cross(self, steps: int, *, limit_px: int | None = None) -> Bounds | None:
        """Redo a number of steps, or undo them where it is negative; None where there are not as many."""
        count = self.history.undo_count if steps < 0 else self.history.redo_count
        if steps == 0 or abs(steps) > count:
            return None
        seen, bounds = self._seen(), NOWHERE
        with self._pixels.restoring_many():
            for _ in range(abs(steps)):
                bounds = bounds.union(self._undo_step() if steps < 0 else self._redo_step())
                if limit_px is not None and self._pixels.pending_px >= limit_px:
                    break
        self._generation += 1
        self._saved_mark.note(self._generation, self.history.position)
        return self._tell(seen, bounds if self.size == seen.size else self.size.bounds)

    def _undo_step(self) -> Bounds:
        edit = self.history.latest()
        assert edit is not None
        left = edit.leaving(after=self._state.book)
        bounds = edit.revert(self._state)
        self.history.undone(left)
        return bounds

    def _redo_step(self) -> Bounds:
        edit = self.history.next()
        assert edit is not None
        left = edit.leaving(before=self._state.book)
        bounds = edit.apply(self._state)
        self.history.redone(left)
        return bounds
