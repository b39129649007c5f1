"""Strokes and fills: what a pointer gesture does to the open document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.classes import VOID
from engine.geometry import Bounds

if TYPE_CHECKING:
    from app.session import Session


class StrokeGesture:
    """Paints into the session's document and asks for pictures. GUI thread; never waits for the engine."""

    def __init__(self, session: Session) -> None:
        """Paint with the tools of a session."""
        self._session = session

    @property
    def is_open(self) -> bool:
        """Whether a stroke is being painted."""
        return self._session.document.is_stroke_open

    def begin(self, x: float, y: float, *, erase: bool = False) -> None:
        """Open a stroke of the class in hand at a layout position, or of void.

        A stroke that starts on an instance of its class continues it; *new object* gives it a fresh one.
        """
        session = self._session
        session.engine.hold_final(True)
        if erase:
            session.document.begin_stroke(VOID, 0)
        else:
            session.document.begin_stroke(session.class_id, self._instance_at(x, y))

    def extend(self, points: Sequence[tuple[float, float]], radius_px: float) -> Bounds:
        """Paint along points of the open stroke and return what was written; a PREVIEW follows."""
        if not self.is_open:
            return Bounds(0, 0, 0, 0)
        bounds = self._session.document.paint(points, radius_px)
        if bounds:
            self._session.pictures.request_preview()
        return bounds

    def finish(self) -> None:
        """Close the stroke: one step of the history, and a FINAL."""
        is_changed = self._session.document.commit_stroke()
        self._session.tools.set_instance(0)
        self._session.engine.hold_final(False)
        if is_changed:
            self._session.pictures.request_final()

    def abort(self) -> None:
        """Take the open stroke back as if it had never been."""
        self._session.document.abort_stroke()
        self._session.engine.hold_final(False)
        self._session.pictures.show_edit()

    def fill(self, x: int, y: int, *, contiguous: bool = True) -> Bounds:
        """Fill what looks the same around a layout pixel with the class in hand."""
        session = self._session
        bounds = session.document.fill(x, y, session.class_id, session.instance_id, contiguous=contiguous)
        session.tools.set_instance(0)
        if bounds:
            session.pictures.request_final(preview_first=True)
        return bounds

    def pick_class(self, x: int, y: int) -> None:
        """Take the class of a layout pixel in hand; void is left alone."""
        class_id, _ = self._session.document.class_at(x, y)
        if class_id != VOID:
            self._session.set_class(class_id)

    def is_inside(self, x: float, y: float) -> bool:
        """Whether a layout position lies on the layout."""
        size = self._session.document.size
        return 0 <= x < size.width and 0 <= y < size.height

    def _instance_at(self, x: float, y: float) -> int:
        session = self._session
        if session.instance_id:
            return session.instance_id
        if not self.is_inside(x, y):
            return 0
        class_id, instance_id = session.document.class_at(int(x), int(y))
        return instance_id if class_id == session.class_id else 0
