"""The selected region and the choice of its segment."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.document.record import RegionRecord
from engine.document.snapshot import Quality
from engine.pipeline.results import Candidate, RegionResult, Result

if TYPE_CHECKING:
    from app.session import Session

INVENT = "invent"
"""Stands among segment keys for the choice of none: the network invents the region."""
MAX_SHUFFLE_SEED = 2**31 - 1


class RegionChoice(QObject):
    """Which region is selected, which candidate is highlighted, and what the painter decides. GUI thread.

    Emits `offer_changed` when the candidates are filtered or sorted otherwise.
    """

    selection_changed = Signal(int)
    highlight_changed = Signal(str)
    offer_changed = Signal()

    def __init__(self, session: Session) -> None:
        """Choose in a session's document."""
        super().__init__(session)
        self._session = session
        self._selected_record_id = -1
        self._highlighted_key = ""
        self._last_chosen_key = ""
        self._first_key = ""
        self._source_filter = ""
        self._like_key = ""
        self._found: tuple[Candidate, ...] | None = None
        self._known: dict[str, Candidate] = {}

    @property
    def selected_record_id(self) -> int:
        """Record of the selected region, or -1."""
        return self._selected_record_id

    @property
    def highlighted_key(self) -> str:
        """Segment key of the highlighted candidate, `INVENT` for none of them, or an empty text."""
        return self._highlighted_key

    @property
    def source_filter(self) -> str:
        """Key of the photograph the candidates are narrowed down to, empty for all."""
        return self._source_filter

    @property
    def like_key(self) -> str:
        """Key of the segment that those on offer are like, empty where the usual candidates are offered."""
        return self._like_key

    def region_result(self, record_id: int) -> RegionResult | None:
        """Return what the result on show says of a region, or None."""
        result = self._session.result
        if result is None:
            return None
        return next((region for region in result.regions if region.record_id == record_id), None)

    def record(self, record_id: int) -> RegionRecord | None:
        """Return the document's record, or None while the region is not settled."""
        return next((r for r in self._session.document.records if r.id == record_id), None)

    def offered(self) -> tuple[Candidate, ...]:
        """Return what the selected region is offered: candidates that are not banned, in the order they are shown.

        What the region was made of when it was selected comes first: the others are what it could be instead.
        """
        region, record = self.region_result(self._selected_record_id), self.record(self._selected_record_id)
        if region is None:
            return ()
        order = region.offered or range(len(region.candidates))
        usual = [region.candidates[i] for i in order]
        banned = frozenset() if record is None else frozenset((*record.banned, *record.banned_sources))
        first = self._like_key or self._first_key
        found = [
            candidate
            for candidate in (usual if self._found is None else self._found)
            if candidate.segment_key not in banned
            and candidate.source_key not in banned
            and self._source_filter in ("", candidate.source_key)
        ]
        return tuple(sorted(found, key=lambda c: c.segment_key != first))

    def candidate(self, segment_key: str) -> Candidate | None:
        """Return what is known of a segment that was offered lately, or None."""
        return self._known.get(segment_key)

    # -- selection and highlight --------------------------------------------------------------------------------

    def select(self, record_id: int) -> None:
        """Select a region by its record, or none with -1."""
        if record_id == self._selected_record_id:
            return
        self._selected_record_id = record_id
        self._source_filter, self._like_key, self._found = "", "", None
        self._known.clear()
        self._note_known()
        self.selection_changed.emit(record_id)
        self._last_chosen_key = self._first_key = self.chosen_key()
        self._highlight(self._last_chosen_key)
        self.offer_changed.emit()

    def select_at(self, x: float, y: float) -> None:
        """Select the region of the picture on show under a layout position, or none."""
        self.select(self.record_id_at(x, y))

    def record_id_at(self, x: float, y: float) -> int:
        """Return the record of the region of the picture on show under a layout position, or -1."""
        result, size = self._session.result, self._session.document.size
        if result is None or not (0 <= x < size.width and 0 <= y < size.height):
            return -1
        height, width = result.region_ids.shape
        row, column = int(y * height / size.height), int(x * width / size.width)
        return int(result.region_ids[min(row, height - 1), min(column, width - 1)])

    def note_result(self, result: Result) -> None:
        """Take note of a new result: a region that is gone is no longer selected, and the highlight follows a swap."""
        if self._selected_record_id < 0:
            return
        region = self.region_result(self._selected_record_id)
        if region is None:
            if result.stamp.quality is Quality.FINAL:
                self.select(-1)
            return
        self._note_known()
        chosen = self.chosen_key()
        is_known = self._highlighted_key == INVENT or self._highlighted_key in self._known
        if not is_known or (chosen != self._last_chosen_key and self._highlighted_key == self._last_chosen_key):
            self._highlight(chosen)
        self._last_chosen_key = chosen

    def step_candidate(self, delta: int) -> None:
        """Move the highlight among what is offered; it stops at either end."""
        if self.region_result(self._selected_record_id) is None:
            return
        keys = [*(c.segment_key for c in self.offered()), INVENT]
        here = keys.index(self._highlighted_key) if self._highlighted_key in keys else -1 if delta > 0 else len(keys)
        self._highlight(keys[min(max(here + delta, 0), len(keys) - 1)])

    def highlight(self, segment_key: str) -> None:
        """Highlight a candidate of the selected region, or `INVENT`."""
        self._highlight(segment_key)

    def filter_source(self, source_key: str) -> None:
        """Offer candidates of one photograph only; with an empty text the usual ones."""
        self._source_filter, self._like_key, self._found = source_key, "", None
        self.offer_changed.emit()

    def offer_like(self, segment_key: str, found: Sequence[Candidate]) -> None:
        """Offer what is like a segment, after that segment itself."""
        liked = self._known.get(segment_key)
        self._source_filter, self._like_key = "", segment_key
        self._offer((*(() if liked is None else (liked,)), *found))

    def offer_source(self, source_key: str, found: Sequence[Candidate]) -> None:
        """Offer what one photograph has, where that is what was asked for last."""
        if source_key == self._source_filter:
            self._offer(found)

    # -- decisions ----------------------------------------------------------------------------------------------

    def pick_highlighted(self) -> None:
        """Pick the highlighted candidate for the selected region."""
        if self._highlighted_key:
            self.pick(self._selected_record_id, self._highlighted_key)

    def pick(self, record_id: int, segment_key: str) -> None:
        """Make a region of a segment, or let the network invent it: the painter's choice."""
        document = self._session.document
        if self._edit(
            record_id,
            lambda: document.invent(record_id) if segment_key == INVENT else document.pick(record_id, segment_key),
        ):
            self._highlight(segment_key)

    def invent(self, record_id: int) -> None:
        """Let the network invent a region: the painter's choice."""
        self.pick(record_id, INVENT)

    def shuffle(self) -> None:
        """Draw another segment for the selected region; a locked one keeps its own."""
        record_id = self._selected_record_id
        seed = random.randint(0, MAX_SHUFFLE_SEED)
        self._edit(record_id, lambda: self._session.document.shuffle((record_id,), seed))

    def shuffle_all(self) -> None:
        """Draw other segments for all regions but those the painter chose or locked."""
        self._session.document.shuffle(None, random.randint(0, MAX_SHUFFLE_SEED))
        self._session.pictures.show_edit()

    def toggle_lock(self, record_id: int) -> None:
        """Lock or unlock what a region is made of."""
        self._edit(record_id, lambda: self._session.document.toggle_lock(record_id))

    def ban(self, record_id: int, segment_key: str) -> None:
        """Never make a region of a segment again; the highlight moves on to the next candidate."""
        offered = self.offered()
        if self._edit(record_id, lambda: self._session.document.ban(record_id, segment_key)):
            self._move_on(record_id, offered, lambda c: c.segment_key == segment_key)

    def ban_source(self, record_id: int, source_key: str) -> None:
        """Never make a region of any segment of a photograph again; the highlight moves on."""
        offered = self.offered()
        if self._edit(record_id, lambda: self._session.document.ban_source(record_id, source_key)):
            if self._source_filter == source_key:
                self.filter_source("")
            self._move_on(record_id, offered, lambda c: c.source_key == source_key)

    def unban(self, record_id: int, segment_key: str) -> None:
        """Allow a segment again for a region."""
        self._edit(record_id, lambda: self._session.document.unban(record_id, segment_key))

    def unban_source(self, record_id: int, source_key: str) -> None:
        """Allow the segments of a photograph again for a region."""
        self._edit(record_id, lambda: self._session.document.unban_source(record_id, source_key))

    def unban_all(self, record_id: int) -> None:
        """Allow everything again for a region, as one step."""
        record = self.record(record_id)
        if record is None:
            return
        with self._session.regions.one_step("Lift bans"):
            for segment_key in record.banned:
                self._session.document.unban(record_id, segment_key)
            for source_key in record.banned_sources:
                self._session.document.unban_source(record_id, source_key)

    def reset_choice(self, record_id: int) -> None:
        """Let Tessera choose for a region."""
        self._edit(record_id, lambda: self._session.document.clear_pick(record_id))

    def is_settled(self, record_id: int) -> bool:
        """Return whether the document has a record of a region; where it has none yet, say so."""
        if self.record(record_id) is not None:
            return True
        if record_id >= 0:
            self._session.failed.emit("This region is new: its candidates settle with the next final picture", "")
        return False

    def chosen_key(self) -> str:
        """Return what the selected region is made of in the picture on show: a segment key, or `INVENT`."""
        region = self.region_result(self._selected_record_id)
        if region is None:
            return ""
        if region.choice is not None:
            return region.choice
        return INVENT if region.chosen_by == "painter" or not region.candidates else region.candidates[0].segment_key

    # -- inside -------------------------------------------------------------------------------------------------

    def _edit(self, record_id: int, change: Callable[[], object]) -> bool:
        if not self.is_settled(record_id):
            return False
        change()
        self._session.pictures.show_edit()
        return True

    def _move_on(self, record_id: int, offered: tuple[Candidate, ...], is_gone: Callable[[Candidate], bool]) -> None:
        """Move the highlight from what is offered no longer to the next candidate, else to the one before."""
        at = next((i for i, c in enumerate(offered) if c.segment_key == self._highlighted_key), -1)
        if record_id != self._selected_record_id or at < 0 or not is_gone(offered[at]):
            return
        rest = [c.segment_key for c in (*offered[at + 1 :], *reversed(offered[:at])) if not is_gone(c)]
        self._highlight(rest[0] if rest else INVENT)

    def _offer(self, found: Sequence[Candidate]) -> None:
        self._found = tuple(found)
        self._known |= {candidate.segment_key: candidate for candidate in self._found}
        self.offer_changed.emit()

    def _note_known(self) -> None:
        region = self.region_result(self._selected_record_id)
        if region is not None:
            self._known |= {candidate.segment_key: candidate for candidate in region.candidates}

    def _highlight(self, segment_key: str) -> None:
        if segment_key != self._highlighted_key:
            self._highlighted_key = segment_key
            self.highlight_changed.emit(segment_key)
