"""What a painter does to regions: picks, bans, locks, alignment, spill, mood, order and reveals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.document import decisions
from engine.document.adjustments import Adjustments
from engine.document.record import Mood, RegionRecord, Reveal
from engine.document.reveals import Mask, brush_mask, build_reveal, reveal_mask
from engine.document.snapshot import MAX_SPILL, Quality, SegmentCrop, Snapshot, check_mood
from engine.document.strokes import Point
from engine.geometry import Theta, round_theta


@dataclass(eq=False)
class OpenReveal:
    """A reveal that is being painted: masks of all reveals of the record, of the layout's size, by segment key."""

    record_id: int
    segment_key: str
    masks: dict[str, Mask]
    thetas: dict[str, Theta | None]
    last: Point | None = None
    is_stale: bool = False


class RecordEdits(Adjustments):
    """The document's regions, as the painter is in charge of them; every method is one undo step.

    All take a record id and raise KeyError where there is no such record.
    """

    _reveal: OpenReveal | None = None

    def pick(self, record_id: int, segment_key: str, crop: SegmentCrop | None = None) -> None:
        """Choose a segment for a region, as the painter's own choice; a ban on it is lifted."""
        record = decisions.picked(self._record(record_id), segment_key)
        if crop is not None:
            self._segments[segment_key] = crop
        self._change_records([record], "Swap segment")

    def invent(self, record_id: int) -> None:
        """Choose no segment for a region: the network invents it."""
        self._change_records([decisions.invented(self._record(record_id))], "Let the network invent")

    def clear_pick(self, record_id: int) -> None:
        """Leave the choice for a region to the engine again, and unlock it."""
        self._change_records([decisions.cleared(self._record(record_id))], "Choose automatically")

    def shuffle(self, record_ids: Iterable[int] | None, seed: int) -> None:
        """Draw other segments; locked regions keep theirs.

        Args:
            record_ids: the regions, the painter's own choices among them included; None for all save those.
            seed: of the draw, in [0, 2**31); the same seed draws the same segments.

        Raises:
            ValueError: if the seed is out of range.
        """
        if not 0 <= seed < 2**31:
            raise ValueError(f"a seed lies from 0 to {2**31 - 1}, not {seed}")
        if record_ids is None:
            chosen = [record for record in self.records if record.chosen_by != "painter"]
        else:
            chosen = [self._record(record_id) for record_id in record_ids]
        self._change_records([decisions.shuffled(record, seed) for record in chosen], "Shuffle")

    def set_locked(self, record_id: int, locked: bool) -> None:
        """Lock the choice of a region, or unlock it."""
        record = replace(self._record(record_id), locked=locked)
        self._change_records([record], "Lock segment" if locked else "Unlock segment")

    def toggle_lock(self, record_id: int) -> bool:
        """Lock the choice of a region, or unlock it; return whether it is locked now."""
        locked = not self._record(record_id).locked
        self.set_locked(record_id, locked)
        return locked

    def ban(self, record_id: int, segment_key: str) -> None:
        """Never choose a segment for a region; where it is the choice, the engine chooses anew."""
        self._change_records([decisions.banned(self._record(record_id), segment_key)], "Ban segment")

    def unban(self, record_id: int, segment_key: str) -> None:
        """Allow a segment for a region again."""
        self._change_records([decisions.allowed(self._record(record_id), segment_key)], "Allow segment")

    def ban_source(self, record_id: int, source_key: str) -> None:
        """Never choose a segment of a photograph for a region; where one is the choice, the engine chooses anew."""
        record = self._record(record_id)
        crop = None if record.choice is None else self._segments.get(record.choice)
        chosen_source = None if crop is None else crop.source_key
        self._change_records([decisions.source_banned(record, source_key, chosen_source)], "Ban photograph")

    def unban_source(self, record_id: int, source_key: str) -> None:
        """Allow a photograph's segments for a region again."""
        self._change_records([decisions.source_allowed(self._record(record_id), source_key)], "Allow photograph")

    def set_theta(self, record_id: int, theta: Theta | None) -> None:
        """Lay a region's segment onto it by hand, which makes it the painter's choice; None lets the network lay it.

        Args:
            record_id: the region.
            theta: region to segment frame; a negative determinant flips it.

        Raises:
            ValueError: if it is not finite, has no inverse, or exceeds 64 picture heights.
        """
        rounded = None if theta is None else checked_theta(theta)
        record = decisions.aligned(self._record(record_id), rounded)
        self._change_records([record], "Align segment" if theta is not None else "Align automatically")

    def set_spill(self, record_id: int, spill: float | None) -> None:
        """Set how far the photograph's outline may leave a region, in picture heights; None for the document's.

        Raises:
            ValueError: if it lies outside [0, 0.1].
        """
        if spill is not None and not 0 <= spill <= MAX_SPILL:
            raise ValueError(f"the spill lies from 0 to {MAX_SPILL} picture heights, not {spill}")
        self._change_records([replace(self._record(record_id), spill=spill)], "Change outline")

    def set_mood(self, record_id: int, mood: Mood | None) -> None:
        """Set the light wanted for a region; None for the document's.

        Raises:
            ValueError: if warmth or brightness lies outside [-1, 1].
        """
        if mood is not None:
            check_mood(mood)
        self._change_records([replace(self._record(record_id), mood=mood)], "Change mood")

    def renew_light(self) -> None:
        """Choose anew which photograph's light all others are brought to; locked regions keep theirs."""
        self._change_records([decisions.relit(record) for record in self.records], "Renew light")

    def put_in_front(self, front_id: int, back_id: int) -> None:
        """Want one region in front of another; the opposite wish, where there was one, is given up.

        Raises:
            OrderCycleError: if it contradicts other wishes; nothing has changed then.
        """
        front = decisions.in_front(self._record(front_id), back_id)
        back = decisions.not_in_front(self._record(back_id), front_id)
        records = [back if record.id == back_id else record for record in self.records]
        decisions.check_order(records, front_id, back_id, {info.key: info.name for info in self.table})
        self._change_records([front, back], "Change order")

    def release_order(self, front_id: int, back_id: int) -> None:
        """Give up the wish that one region lies in front of another."""
        self._change_records([decisions.not_in_front(self._record(front_id), back_id)], "Release order")

    def begin_reveal(self, record_id: int, segment_key: str) -> None:
        """Begin to paint a candidate into a region; a gesture that is still open is committed."""
        record = self._record(record_id)
        self.begin_adjustment("Paint with candidate")
        masks = {reveal.segment_key: reveal_mask(reveal, self.size) for reveal in record.reveals}
        masks.setdefault(segment_key, np.zeros((self.size.height, self.size.width), np.bool_))
        thetas = {reveal.segment_key: reveal.theta for reveal in record.reveals}
        self._reveal = OpenReveal(record_id, segment_key, masks, thetas)

    def reveal(self, points: Sequence[Point], radius_px: float, *, erase: bool = False) -> None:
        """Continue the open reveal through points, from where it last was, without a gap.

        The candidate shows in no place but there, and inside its region. Where several candidates were painted in, the
        last one shows. Listeners hear of it when the gesture ends; a snapshot holds it at once.

        Args:
            points: (x, y) in layout coordinates.
            radius_px: radius of the round brush.
            erase: show the region's own segment there again.

        Raises:
            RuntimeError: if no reveal is open.
            ValueError: if a number is not finite or the radius is negative.
        """
        opened = self._reveal
        if opened is None:
            raise RuntimeError("no reveal is open")
        if not points:
            return
        line = [opened.last, *points] if opened.last is not None else list(points)
        window, touched = brush_mask(line, radius_px, self.size)
        for key, mask in opened.masks.items():
            mask[window.slices][touched] = key == opened.segment_key and not erase
        opened.last = points[-1]
        opened.is_stale = True
        self._note_adjusted()

    def commit_reveal(self) -> bool:
        """End the open reveal as one step of the history; return whether anything changed."""
        return self._reveal is not None and self.commit_adjustment()

    def abort_reveal(self) -> bool:
        """End the open reveal as if it had never been; return whether it had changed anything."""
        return self._reveal is not None and self.abort_adjustment()

    def set_reveal_theta(self, record_id: int, segment_key: str, theta: Theta | None) -> None:
        """Lay a candidate that was painted in by hand; None gives it back to the network.

        Raises:
            KeyError: if the candidate was not painted in there.
            ValueError: as `set_theta`.
        """
        rounded = None if theta is None else checked_theta(theta)
        record = self._record(record_id)
        require_reveal(record, segment_key)
        reveals = tuple(replace(r, theta=rounded) if r.segment_key == segment_key else r for r in record.reveals)
        self._change_records([replace(record, reveals=reveals)], "Align segment")

    def remove_reveal(self, record_id: int, segment_key: str) -> None:
        """Take a candidate that was painted in away again.

        Raises:
            KeyError: if the candidate was not painted in there.
        """
        record = self._record(record_id)
        require_reveal(record, segment_key)
        reveals = tuple(reveal for reveal in record.reveals if reveal.segment_key != segment_key)
        self._change_records([replace(record, reveals=reveals)], "Remove candidate")

    def commit_adjustment(self) -> bool:
        """End the open gesture as one step of the history; return whether anything changed."""
        self._take_in_reveal()
        self._reveal = None
        return super().commit_adjustment()

    def abort_adjustment(self) -> bool:
        """End the open gesture as if it had never been; return whether it had changed anything."""
        self._take_in_reveal()
        self._reveal = None
        return super().abort_adjustment()

    def snapshot(self, quality: Quality) -> Snapshot:
        """Return a frozen copy of everything, an open stroke, adjustment or reveal included."""
        self._take_in_reveal()
        return super().snapshot(quality)

    def _take_in_reveal(self) -> None:
        """Write the masks of an open reveal into its record."""
        opened = self._reveal
        if opened is None or not opened.is_stale:
            return
        opened.is_stale = False
        built = (build_reveal(key, mask, opened.thetas.get(key)) for key, mask in opened.masks.items())
        reveals: tuple[Reveal, ...] = tuple(reveal for reveal in built if reveal is not None)
        self._state.book = self._state.book.with_record(replace(self._record(opened.record_id), reveals=reveals))


def checked_theta(theta: Theta) -> Theta:
    """Return an alignment rounded as it is kept.

    Raises:
        ValueError: if it is not finite, has no inverse, or exceeds 64 picture heights.
    """
    rounded = round_theta(theta)
    if abs(rounded[0] * rounded[4] - rounded[1] * rounded[3]) < 1e-6:
        raise ValueError("an alignment must not squeeze a segment to a line")
    return rounded


def require_reveal(record: RegionRecord, segment_key: str) -> None:
    """Raise KeyError unless a candidate was painted into a region."""
    if all(reveal.segment_key != segment_key for reveal in record.reveals):
        raise KeyError(f"segment {segment_key} was not painted into region {record.id}")
