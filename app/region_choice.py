"""The selected region and the choice of its segment."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.document.record import RegionRecord
from engine.document.snapshot import Quality
from engine.pipeline.results import Candidate, RegionResult, Result

if TYPE_CHECKING:
    from app.session import Session


class RegionChoice(QObject):
    """Which region is selected, which candidate is highlighted, and what the painter decides. GUI thread."""

    selection_changed = Signal(int)
    highlight_changed = Signal(str)

    def __init__(self, session: Session) -> None:
        """Choose in a session's document."""
        super().__init__(session)
        self._session = session
        self._selected_record_id = -1
        self._highlighted_key = ""

    @property
    def selected_record_id(self) -> int:
        """Record of the selected region, or -1."""
        return self._selected_record_id

    @property
    def highlighted_key(self) -> str:
        """Segment key of the highlighted candidate, or an empty text."""
        return self._highlighted_key

    def region_result(self, record_id: int) -> RegionResult | None:
        """Return what the result on show says of a region, or None."""
        result = self._session.result
        if result is None:
            return None
        return next((region for region in result.regions if region.record_id == record_id), None)

    def record(self, record_id: int) -> RegionRecord | None:
        """Return the document's record, or None while the region is not settled."""
        return next((r for r in self._session.document.records if r.id == record_id), None)

    def select(self, record_id: int) -> None:
        """Select a region by its record, or none with -1."""
        if record_id == self._selected_record_id:
            return
        self._selected_record_id = record_id
        self.selection_changed.emit(record_id)
        self._highlight(self._chosen_key())

    def select_at(self, x: float, y: float) -> None:
        """Select the region of the picture on show under a layout position, or none."""
        result, size = self._session.result, self._session.document.size
        if result is None or not (0 <= x < size.width and 0 <= y < size.height):
            self.select(-1)
            return
        height, width = result.region_ids.shape
        row, column = int(y * height / size.height), int(x * width / size.width)
        self.select(int(result.region_ids[min(row, height - 1), min(column, width - 1)]))

    def note_result(self, result: Result) -> None:
        """Take note of a new result: a region that is gone is no longer selected."""
        if self._selected_record_id < 0:
            return
        region = self.region_result(self._selected_record_id)
        if region is None:
            if result.stamp.quality is Quality.FINAL:
                self.select(-1)
        elif self._highlighted_key not in {c.segment_key for c in region.candidates}:
            self._highlight(self._chosen_key())

    def step_candidate(self, delta: int) -> None:
        """Move the highlight among the candidates that are not banned; it stops at either end."""
        offered = self._offered()
        if not offered:
            return
        keys = [c.segment_key for c in offered]
        here = keys.index(self._highlighted_key) if self._highlighted_key in keys else -1 if delta > 0 else len(keys)
        self._highlight(keys[min(max(here + delta, 0), len(keys) - 1)])

    def highlight(self, segment_key: str) -> None:
        """Highlight a candidate of the selected region."""
        self._highlight(segment_key)

    def pick_highlighted(self) -> None:
        """Pick the highlighted candidate for the selected region."""
        if self._highlighted_key:
            self.pick(self._selected_record_id, self._highlighted_key)

    def pick(self, record_id: int, segment_key: str) -> None:
        """Make a region of a segment: the painter's choice."""
        if self._is_settled(record_id):
            self._session.document.pick(record_id, segment_key)
            self._highlight(segment_key)
            self._session.pictures.show_edit()

    def shuffle(self) -> None:
        """Pick another of the selected region's candidates at random."""
        others = [c.segment_key for c in self._offered() if c.segment_key != self._chosen_key()]
        if others:
            self.pick(self._selected_record_id, random.choice(others))

    def toggle_lock(self, record_id: int) -> None:
        """Lock or unlock what a region is made of."""
        record = self.record(record_id)
        if self._is_settled(record_id) and record is not None:
            self._session.document.set_locked(record_id, not record.locked)
            self._session.pictures.show_edit()

    def ban(self, record_id: int, segment_key: str) -> None:
        """Never make a region of a segment again; the highlight moves on to the next candidate."""
        if self._is_settled(record_id):
            offered = [c.segment_key for c in self._offered()]
            self._session.document.ban(record_id, segment_key)
            if segment_key in offered and record_id == self._selected_record_id:
                at = offered.index(segment_key)
                rest = [*offered[at + 1 :], *reversed(offered[:at])]
                self._highlight(rest[0] if rest else "")
            self._session.pictures.show_edit()

    def unban(self, record_id: int, segment_key: str) -> None:
        """Allow a segment again for a region."""
        if self._is_settled(record_id):
            self._session.document.unban(record_id, segment_key)
            self._session.pictures.show_edit()

    def reset_choice(self, record_id: int) -> None:
        """Let Tessera choose for a region."""
        if self._is_settled(record_id):
            self._session.document.clear_pick(record_id)
            self._session.pictures.show_edit()

    def _is_settled(self, record_id: int) -> bool:
        if self.record(record_id) is not None:
            return True
        if record_id >= 0:
            self._session.failed.emit("This region is new: its candidates settle with the next final picture", "")
        return False

    def _chosen_key(self) -> str:
        region = self.region_result(self._selected_record_id)
        if region is None:
            return ""
        return region.choice or (region.candidates[0].segment_key if region.candidates else "")

    def _offered(self) -> list[Candidate]:
        region, record = self.region_result(self._selected_record_id), self.record(self._selected_record_id)
        if region is None:
            return []
        banned = record.banned if record is not None else ()
        return [c for c in region.candidates if c.segment_key not in banned]

    def _highlight(self, segment_key: str) -> None:
        if segment_key != self._highlighted_key:
            self._highlighted_key = segment_key
            self.highlight_changed.emit(segment_key)
