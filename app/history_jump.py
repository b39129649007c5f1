"""Going far through the history without holding the window up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from app.session import Session

SLICE_PX = 8 << 20
"""Pixels restored at once: less than 30 ms on two cores, and all of most jumps."""


class HistoryJump(QObject):
    """Takes the document to a step of its history, a slice each turn of the event loop; the picture follows at the end.

    GUI thread. Whatever else changes the document on the way ends the jump where it is.
    """

    def __init__(self, session: Session) -> None:
        """Serve a session."""
        super().__init__(session)
        self._session = session
        self._position = 0
        self._stamp: tuple[str, int] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_under_way(self) -> bool:
        """Whether steps are still to be crossed."""
        return self._timer.isActive()

    def start(self, position: int) -> None:
        """Go to a step; as much of the way as one slice holds is gone at once."""
        self._position = position
        self._take_slice()

    def _go_on(self) -> None:
        document = self._session.document
        if self._stamp == (document.document_id, document.generation) and not document.is_stroke_open:
            self._take_slice()

    def _take_slice(self) -> None:
        self._timer.stop()
        document = self._session.document
        if document.go_to(self._position, limit_px=SLICE_PX) is None:
            return
        if document.history.position == self._position:
            self._session.pictures.show_edit()
            return
        self._stamp = (document.document_id, document.generation)
        self._timer.start()
