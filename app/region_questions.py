"""Questions about the selected region that the engine answers: more like this, all of a photograph, better outlines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from engine.document.shapes import Polygon, shape_mask
from engine.document.snapshot import Quality
from engine.layout import Layout
from engine.service.events import CommandDone

if TYPE_CHECKING:
    from app.session import Session
    from engine.pipeline.finding import FittingOutline
    from engine.pipeline.pipeline import Pipeline

Mask = npt.NDArray[np.bool_]
WAIT_TEXT = "The picture is being made: the outline can be taken when it is there"
NONE_TEXT = "The open banks have no outline to offer for this region"


class RegionQuestions(QObject):
    """Asks the engine thread, between its runs, and offers what it answers. GUI thread.

    An answer that comes after another region was selected is dropped. Emits `outlines_changed`.
    """

    outlines_changed = Signal()

    def __init__(self, session: Session) -> None:
        """Ask about a session's document."""
        super().__init__(session)
        self._session = session
        self._waiting: dict[int, Callable[[Any], None]] = {}
        self._outlines: tuple[FittingOutline, ...] = ()
        session.engine.command_done.connect(self._on_command_done)
        session.choice.selection_changed.connect(self._on_selection_changed)

    @property
    def outlines(self) -> tuple[FittingOutline, ...]:
        """Outlines that would fit the selected region better, while they are shown."""
        return self._outlines

    def more_like(self, segment_key: str) -> None:
        """Offer candidates that are like a segment: in shape, place, light and colours."""
        self._ask(
            "find more like this",
            lambda pipeline, snapshot, record_id: pipeline.find_candidates(snapshot, record_id, like=segment_key),
            partial(self._session.choice.offer_like, segment_key),
        )

    def only_from(self, source_key: str) -> None:
        """Offer everything that one photograph has; with an empty text the usual candidates."""
        self._session.choice.filter_source(source_key)
        if source_key:
            self._ask(
                "look through a photograph",
                lambda pipeline, snapshot, record_id: pipeline.find_candidates(
                    snapshot, record_id, source_key=source_key
                ),
                partial(self._session.choice.offer_source, source_key),
            )

    def ask_outlines(self) -> None:
        """Show outlines that segments of the banks would fill; where they are shown, hide them."""
        if self._outlines:
            self.hide_outlines()
            return
        self._ask(
            "find outlines that fit",
            lambda pipeline, snapshot, record_id: pipeline.fitting_outlines(snapshot, record_id),
            self._show_outlines,
        )

    def hide_outlines(self) -> bool:
        """Hide the outlines; False where none are shown."""
        were_shown, self._outlines = bool(self._outlines), ()
        if were_shown:
            self.outlines_changed.emit()
        return were_shown

    def take_outline(self, at: int) -> bool:
        """Give the selected region one of the outlines and the segment that fills it, as one step.

        What the region leaves goes to its neighbours.

        Returns:
            Whether the layout was changed.
        """
        session, result = self._session, self._session.final_result
        if not 0 <= at < len(self._outlines):
            return False
        if result is None:
            session.regions.refused.emit(WAIT_TEXT)
            return False
        document, outline, record_id = session.document, self._outlines[at], session.selected_record_id
        if not session.choice.is_settled(record_id):
            return False
        inside = np.zeros((document.size.height, document.size.width), np.bool_)
        for ring in outline.polygons:
            inside |= shape_mask(Polygon(ring), document.size)
        region = result.region_ids == record_id
        self.hide_outlines()
        if not region.any() or not inside.any():
            return False
        layout = reshaped(document.class_ids, document.instance_ids, region, inside, session.tools.protected)
        if not document.replace_layout(layout, "Take outline", picking=(record_id, outline.segment_key)):
            return False
        session.pictures.show_edit()
        return True

    def _ask(self, name: str, question: Callable[[Pipeline, Any, int], Any], answer: Callable[[Any], None]) -> None:
        record_id = self._session.selected_record_id
        if record_id < 0:
            return
        snapshot = self._session.document.snapshot(Quality.FINAL)
        command_id = self._session.engine.command(name, lambda pipeline: question(pipeline, snapshot, record_id))
        self._waiting = {command_id: answer}

    def _show_outlines(self, outlines: tuple[FittingOutline, ...]) -> None:
        self._outlines = outlines
        if not outlines:
            self._session.regions.refused.emit(NONE_TEXT)
        self.outlines_changed.emit()

    def _on_command_done(self, done: CommandDone) -> None:
        answer = self._waiting.pop(done.command_id, None)
        if answer is None:
            return
        if done.error:
            self._session.failed.emit(f"There is no answer: {done.error}", done.details)
        else:
            answer(done.value)

    def _on_selection_changed(self, _record_id: int) -> None:
        self._waiting.clear()
        self.hide_outlines()


def reshaped(
    class_ids: npt.NDArray[np.uint8],
    instance_ids: npt.NDArray[np.uint16],
    region: Mask,
    outline: Mask,
    protected: frozenset[int] = frozenset(),
) -> Layout:
    """Return a layout in which a region has another outline.

    Args:
        class_ids: (H, W) uint8.
        instance_ids: (H, W) uint16.
        region: (H, W) bool, the region as it is; not empty.
        outline: (H, W) bool, as it shall be.
        protected: class ids whose pixels are left alone.

    Returns:
        The layout; pixels that the region leaves take the class and instance of the nearest pixel outside it.
    """
    y, x = np.unravel_index(int(np.argmax(region)), region.shape)
    own = int(class_ids[y, x]), int(instance_ids[y, x])
    new_classes, new_instances = class_ids.copy(), instance_ids.copy()
    left = region & ~outline
    around = ~(region | outline)
    if left.any() and around.any():
        _, nearest = cv2.distanceTransformWithLabels(
            (~around).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        nearest = np.asarray(nearest, np.int64)
        places = np.zeros(int(nearest.max()) + 1, np.int64)
        places[nearest[around]] = np.flatnonzero(around)
        source = places[nearest[left]]
        new_classes[left], new_instances[left] = class_ids.reshape(-1)[source], instance_ids.reshape(-1)[source]
    taken = outline & ~np.isin(class_ids, list(protected))
    new_classes[taken], new_instances[taken] = own
    return Layout(new_classes, new_instances)
