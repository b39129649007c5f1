"""Laying the selected region's photograph by hand: the mode, its gestures, and what keys do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from app.alignment_geometry import (
    CORNERS,
    EDGES,
    Corner,
    Edge,
    Frame,
    Pose,
    anchor_of,
    angle_between_deg,
    corner_growth,
    edge_growth,
    flipped,
    frame_of,
    moved,
    pose_of,
    scaled,
    stretched,
    turned,
)
from engine.document.strokes import Point
from engine.geometry import Theta
from engine.pipeline.results import Placement

if TYPE_CHECKING:
    from app.session import Session

Handle = Corner | Edge | Literal["body", "turn"]
STEP_NAME = "Align segment"
SNAP_DEG = 15.0
NOTHING_TEXT = "This region has no photograph to lay"


class Alignment(QObject):
    """Handles over the selected region's photograph, while the mode is on. GUI thread; positions in layout pixels.

    A drag shows at once as previews and is one step of the history; so is a run of repeated keys. Emits `changed` when
    the mode, the region or its alignment does.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        """Lay photographs of a session."""
        super().__init__(session)
        self._session = session
        self._is_on = False
        self._drag: tuple[Handle, Point, Theta, Frame] | None = None
        self._holds_keys = False
        session.selection_changed.connect(self._on_selection_changed)
        session.document_replaced.connect(self._on_document_replaced)
        for signal in (session.records_changed, session.result_shown):
            signal.connect(self._on_document_changed)

    @property
    def is_on(self) -> bool:
        """Whether the handles are shown."""
        return self._is_on

    @property
    def is_dragging(self) -> bool:
        """Whether a handle is held."""
        return self._drag is not None

    @property
    def placement(self) -> Placement | None:
        """How the selected region's photograph lies in the picture on show, or None where there is none."""
        region = self._session.region_result(self._session.selected_record_id)
        return None if region is None else region.placement

    @property
    def theta(self) -> Theta | None:
        """The alignment as the document has it, else the network's; None where nothing is placed."""
        placement, record = self.placement, self._session.choice.record(self._session.selected_record_id)
        if placement is None:
            return None
        if record is None or record.choice not in (None, placement.segment.segment_key):
            return placement.theta  # another photograph was picked, and the picture does not show it yet
        return record.theta or placement.theta_network

    @property
    def is_by_hand(self) -> bool:
        """Whether the painter laid the photograph."""
        record = self._session.choice.record(self._session.selected_record_id)
        return record is not None and record.theta is not None

    @property
    def frame(self) -> Frame | None:
        """Where the photograph's box lies, or None where nothing is placed."""
        placement, theta = self.placement, self.theta
        if placement is None or theta is None:
            return None
        return frame_of(theta, self._session.document.size, placement.segment.bounds, placement.segment.source_size)

    @property
    def pose(self) -> Pose | None:
        """The alignment in words, or None where nothing is placed."""
        theta = self.theta
        return None if theta is None else pose_of(theta)

    def set_on(self, on: bool, /) -> None:
        """Show the handles, or hide them; without a photograph they stay hidden."""
        if on and self.placement is None:
            self._session.regions.refused.emit(NOTHING_TEXT)
            self.changed.emit()
            return
        if on != self._is_on:
            self.abort()
            self.end_keys()
            self._is_on = on
            self.changed.emit()

    # -- drags --------------------------------------------------------------------------------------------------

    def handle_at(self, point: Point, knob: Point, *, reach_px: float) -> Handle | None:
        """Return the handle under a position, the smaller ones first, or None.

        Args:
            point: where.
            knob: where the handle that turns is shown.
            reach_px: how far a handle reaches.
        """
        frame = self.frame
        if frame is None:
            return None
        if _distance(point, knob) <= reach_px:
            return "turn"
        for corner, position in zip(CORNERS, frame.corners, strict=True):
            if _distance(point, position) <= reach_px:
                return corner
        for edge in EDGES:
            if _distance(point, frame.edge(edge)) <= reach_px:
                return edge
        return "body" if frame.contains(point) else None

    def begin(self, handle: Handle, at: Point) -> bool:
        """Take hold of a handle; False where nothing is placed or the region is not settled."""
        theta, frame = self.theta, self.frame
        if theta is None or frame is None or not self._session.choice.is_settled(self._session.selected_record_id):
            return False
        self.end_keys()
        self._drag = (handle, at, theta, frame)
        self._session.regions.begin(STEP_NAME)
        return True

    def drag(self, to: Point, *, constrained: bool = False, from_centre: bool = False) -> None:
        """Move the handle in hand.

        Args:
            to: where it is now.
            constrained: move along one axis, turn by steps of 15 degrees; with a corner, let the axes grow apart.
            from_centre: keep the middle in place instead of the opposite side.
        """
        if self._drag is None:
            return
        handle, start, theta, frame = self._drag
        size = self._session.document.size
        if handle == "body":
            dx, dy = to[0] - start[0], to[1] - start[1]
            if constrained:
                dx, dy = (dx, 0.0) if abs(dx) >= abs(dy) else (0.0, dy)
            new = moved(theta, size, dx, dy)
        elif handle == "turn":
            angle = angle_between_deg(frame.centre, start, to)
            if constrained:
                angle = round((pose_of(theta).angle_deg + angle) / SNAP_DEG) * SNAP_DEG - pose_of(theta).angle_deg
            new = turned(theta, size, angle, frame.centre)
        else:
            if handle in EDGES:
                grow = edge_growth(frame, handle, to, from_centre=from_centre)
            elif handle in CORNERS:
                grow = corner_growth(frame, handle, to, free=constrained, from_centre=from_centre)
            else:
                raise ValueError(f"there is no handle {handle!r}")
            new = stretched(theta, size, frame, *grow, anchor_of(frame, handle, from_centre=from_centre))
        self._session.regions.set_theta(self._session.selected_record_id, new)

    def finish(self) -> None:
        """Let the handle go: one step of the history."""
        if self._drag is not None:
            self._drag = None
            self._session.regions.finish()
            self.changed.emit()

    def abort(self) -> bool:
        """Let the handle go as if it had never been moved; False where none is held."""
        if self._drag is None:
            return False
        self._drag = None
        self._session.regions.abort()
        self.changed.emit()
        return True

    # -- keys and buttons ---------------------------------------------------------------------------------------

    def nudge(self, dx: float, dy: float, *, holds: bool = False) -> None:
        """Move the photograph by layout pixels.

        Args:
            dx: to the right.
            dy: down.
            holds: whether the key may repeat, so that `end_keys` closes the step.
        """
        self._change(lambda theta: moved(theta, self._session.document.size, dx, dy), holds=holds)

    def grow(self, factor: float, *, holds: bool = False) -> None:
        """Scale the photograph about its middle."""
        centre = self._centre()
        self._change(lambda theta: scaled(theta, self._session.document.size, factor, centre), holds=holds)

    def turn(self, angle_deg: float, *, holds: bool = False) -> None:
        """Turn the photograph clockwise about its middle."""
        centre = self._centre()
        self._change(lambda theta: turned(theta, self._session.document.size, angle_deg, centre), holds=holds)

    def flip(self, *, horizontally: bool) -> None:
        """Mirror the photograph in place."""
        placement = self.placement
        if placement is not None:
            segment = placement.segment
            self._change(lambda theta: flipped(theta, segment.bounds, segment.source_size, horizontally=horizontally))

    def reset(self) -> None:
        """Give the alignment back to the network."""
        self.end_keys()
        if self.is_by_hand:
            self._session.regions.set_theta(self._session.selected_record_id, None)

    # -- inside -------------------------------------------------------------------------------------------------

    def _change(self, change: Callable[[Theta], Theta], *, holds: bool = False) -> None:
        theta = self.theta
        if theta is None or self._drag is not None:
            return
        if not self._session.choice.is_settled(self._session.selected_record_id):
            return
        if holds and not self._holds_keys:
            self._holds_keys = True
            self._session.regions.begin(STEP_NAME)
        self._session.regions.set_theta(self._session.selected_record_id, change(theta))

    def end_keys(self) -> None:
        """Close the step of a key that was held."""
        if self._holds_keys:
            self._holds_keys = False
            self._session.regions.finish()

    def _centre(self) -> Point:
        frame = self.frame
        return (0.0, 0.0) if frame is None else frame.centre

    def _on_selection_changed(self, record_id: int) -> None:
        self.abort()
        self.end_keys()
        if record_id < 0:
            self._is_on = False
        self.changed.emit()

    def _on_document_replaced(self) -> None:
        self._drag, self._holds_keys, self._is_on = None, False, False
        self.changed.emit()

    def _on_document_changed(self, _value: object = None) -> None:
        if self._drag is not None and not self._session.regions.is_open:
            self._drag = None  # undo took the gesture back
        if self._holds_keys and not self._session.regions.is_open:
            self._holds_keys = False
        if self._is_on and self._drag is None and self._has_lost_photograph():
            self._is_on = False
        self.changed.emit()

    def _has_lost_photograph(self) -> bool:
        return self._session.result is not None and self.placement is None and self._session.final_result is not None


def _distance(first: Point, second: Point) -> float:
    return ((first[0] - second[0]) ** 2 + (first[1] - second[1]) ** 2) ** 0.5
