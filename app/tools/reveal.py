"""Paint with a candidate: it shows only where it is stroked, inside its region."""

from __future__ import annotations

from app.region_choice import INVENT
from app.session import Session
from app.tools.brush import LEAST_PRESSURE_SHARE
from app.tools.tool import PlainTool, PointerEvent

NO_REGION_TEXT = "Select a region first: a candidate is painted inside it"
NO_CANDIDATE_TEXT = "Mark another candidate of the region first (← →): it is what the brush shows"


class RevealTool(PlainTool):
    """Shows the highlighted candidate where it strokes the selected region; with Shift its own segment again."""

    def __init__(self, session: Session) -> None:
        """Paint in a session."""
        self._session = session
        self._is_open = False
        self._erases = False

    @property
    def hint(self) -> str:
        """What the painter can do now."""
        return "Paint the marked candidate into the selected region; Shift brings its own photograph back"

    @property
    def is_open(self) -> bool:
        """Whether a stroke is under way."""
        return self._is_open

    def press(self, event: PointerEvent) -> None:
        """Open a stroke in the selected region; with none selected, in the one under the pointer."""
        session = self._session
        if session.selected_record_id < 0:
            session.select_at(event.x, event.y)
        record_id, key = session.selected_record_id, session.highlighted_key
        self._erases = event.constrained or event.erases
        if record_id < 0:
            session.regions.refused.emit(NO_REGION_TEXT)
            return
        record = session.choice.record(record_id)
        if self._erases and record is not None and record.reveals:
            key = record.reveals[-1].segment_key
        elif key in ("", INVENT, session.choice.chosen_key()):
            session.regions.refused.emit(NO_CANDIDATE_TEXT)
            return
        self._is_open = session.regions.begin_reveal(record_id, key)
        self._paint(event)

    def move(self, event: PointerEvent) -> None:
        """Paint on to where the pointer is."""
        self._paint(event)

    def release(self, event: PointerEvent) -> None:
        """Close the stroke: one step of the history."""
        self._paint(event)
        if self._is_open:
            self._is_open = False
            self._session.regions.finish()

    def cancel(self) -> None:
        """Take the stroke back."""
        if self._is_open:
            self._is_open = False
            self._session.regions.abort()

    def _paint(self, event: PointerEvent) -> None:
        if not self._is_open or not self._session.regions.is_open:
            return
        uses_pressure = self._session.tools.uses_pressure
        share = LEAST_PRESSURE_SHARE + (1 - LEAST_PRESSURE_SHARE) * event.pressure if uses_pressure else 1.0
        radius_px = self._session.brush_px * share / 2
        self._session.regions.reveal([(event.x, event.y)], radius_px, erase=self._erases)
