"""What the painter does to regions beside choosing their segment: alignment, outline, light, order, reveals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.document.record import Mood, OrderCycleError, RegionRecord
from engine.document.strokes import Point
from engine.geometry import Theta

if TYPE_CHECKING:
    from app.session import Session


class RegionEdits(QObject):
    """Edits of regions' records, each one step of the history. GUI thread.

    Between `begin` and `finish` everything shows at once as a preview and is one step together: handles and sliders.
    Emits `refused` with one line where the document does not take an edit.
    """

    refused = Signal(str)

    def __init__(self, session: Session) -> None:
        """Edit a session's document."""
        super().__init__(session)
        self._session = session
        self._is_held = False
        session.history_changed.connect(self._on_history_changed)
        session.document_replaced.connect(self._on_history_changed)

    @property
    def is_open(self) -> bool:
        """Whether a gesture has begun and not ended."""
        return self._session.document.is_adjusting

    def begin(self, name: str) -> None:
        """Begin a gesture of many edits that are one step together."""
        self._session.document.begin_adjustment(name)
        self._hold(True)

    def reopen(self, name: str) -> None:
        """Go on with the gesture that has just ended, so that both are one step."""
        self._session.document.reopen_adjustment(name)
        self._hold(True)

    def finish(self) -> None:
        """End the gesture as one step."""
        self._session.document.commit_adjustment()
        self._hold(False)
        if self._session.final_result is None:
            self._session.pictures.show_edit()

    def abort(self) -> None:
        """End the gesture as if it had never been."""
        self._session.document.abort_adjustment()
        self._hold(False)
        self._session.pictures.show_edit()

    @contextmanager
    def one_step(self, name: str) -> Iterator[None]:
        """Make a single step of several edits; none of them stays where one is refused."""
        self._session.document.begin_adjustment(name)
        try:
            yield
        except BaseException:
            self._session.document.abort_adjustment()
            raise
        if self._session.document.commit_adjustment():
            self._session.pictures.show_edit()

    # -- alignment and outline ----------------------------------------------------------------------------------

    def set_theta(self, record_id: int, theta: Theta | None) -> None:
        """Lay a region's segment by hand; None gives it back to the network. A senseless alignment is ignored."""
        try:
            self._edit(record_id, lambda: self._session.document.set_theta(record_id, theta))
        except ValueError as error:
            self.refused.emit(f"The photograph cannot be laid like that: {error}")

    def set_spill(self, record_id: int, spill: float | None) -> None:
        """Set how far the photograph's outline may leave a region; None for the document's."""
        self._edit(record_id, lambda: self._session.document.set_spill(record_id, spill))

    # -- light --------------------------------------------------------------------------------------------------

    def set_mood(self, record_id: int | None, mood: Mood | None) -> None:
        """Set the light of a region, None for the document's; or, without a region, of the whole picture."""
        if record_id is None:
            self._session.document.change_settings(mood=mood or Mood())
            self._show()
        else:
            self._edit(record_id, lambda: self._session.document.set_mood(record_id, mood))

    def set_scene_weight(self, scene_weight: float) -> None:
        """Set how strongly the automatic choice favours one scene and one light, in [0, 1]."""
        self._session.document.change_settings(scene_weight=scene_weight)
        self._show()

    def renew_light(self) -> None:
        """Choose anew whose light the regions are brought to."""
        self._session.document.renew_light()
        self._show()

    # -- order --------------------------------------------------------------------------------------------------

    def put_in_front(self, pairs: Sequence[tuple[int, int]]) -> bool:
        """Want regions in front of others, as one step; where one wish is refused, none is kept.

        Args:
            pairs: (front, back) record ids.

        Returns:
            Whether the document took them.
        """
        if not all(self._session.choice.is_settled(record_id) for pair in pairs for record_id in pair):
            return False
        try:
            with self.one_step("Change order"):
                for front_id, back_id in pairs:
                    self._session.document.put_in_front(front_id, back_id)
        except OrderCycleError as error:
            self.refused.emit(str(error))
            return False
        return True

    def release_order(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Give wishes about the order up, as one step."""
        with self.one_step("Release order"):
            for front_id, back_id in pairs:
                self._session.document.release_order(front_id, back_id)

    # -- reveals ------------------------------------------------------------------------------------------------

    def begin_reveal(self, record_id: int, segment_key: str) -> bool:
        """Begin to paint a candidate into a region; False where the region is not settled yet."""
        if not self._session.choice.is_settled(record_id):
            return False
        self._session.document.begin_reveal(record_id, segment_key)
        self._hold(True)
        return True

    def reveal(self, points: Sequence[Point], radius_px: float, *, erase: bool = False) -> None:
        """Paint on; a PREVIEW follows."""
        self._session.document.reveal(points, radius_px, erase=erase)
        self._session.pictures.request_preview()

    def remove_reveal(self, record_id: int, segment_key: str) -> None:
        """Take a candidate that was painted in away again."""
        self._edit(record_id, lambda: self._session.document.remove_reveal(record_id, segment_key))

    def record(self, record_id: int) -> RegionRecord | None:
        """Return the document's record, or None while the region is not settled."""
        return self._session.choice.record(record_id)

    # -- inside -------------------------------------------------------------------------------------------------

    def _hold(self, held: bool, /) -> None:
        """Keep FINAL runs waiting while a gesture is open."""
        if held != self._is_held:
            self._is_held = held
            self._session.engine.hold_final(held)

    def _on_history_changed(self) -> None:
        """Let FINAL runs go where the document ended the gesture itself: by undo, a stroke, another document."""
        if not self.is_open:
            self._hold(False)

    def _edit(self, record_id: int, change: Callable[[], None]) -> None:
        if self._session.choice.is_settled(record_id):
            change()
            self._show()

    def _show(self) -> None:
        if self.is_open:
            self._session.pictures.request_preview()
        else:
            self._session.pictures.show_edit()
