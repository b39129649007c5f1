"""Unpainted areas of the open document: what the completion network filled them with, and taking that over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.classes import VOID
from engine.layout import Layout

if TYPE_CHECKING:
    from app.session import Session

ACCEPT_NAME = "Accept filled areas"


class Unpainted(QObject):
    """Whether there is a filling on show that can be taken over, and taking it over. GUI thread."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        """Watch a session's document and pictures."""
        super().__init__(session)
        self._session = session
        self._can_accept = False
        for signal in (session.result_shown, session.history_changed, session.document_replaced):
            signal.connect(self._on_state_changed)

    @property
    def is_filled(self) -> bool:
        """Whether unpainted areas are filled in the picture, and not left to the synthesis network."""
        return self._session.document.settings.complete

    @property
    def can_accept(self) -> bool:
        """Whether the FINAL picture of the document as it is now shows a filling."""
        return self._can_accept

    def accept(self) -> None:
        """Paint the filling into the layout, as one step of the history; painted pixels stay."""
        result = self._session.final_result
        if result is None or not self._can_accept:
            return
        document = self._session.document
        is_void = document.class_ids == VOID
        document.replace_layout(
            Layout(
                np.where(is_void, result.effective_class_ids, document.class_ids),
                np.where(is_void, np.uint16(0), document.instance_ids),
            ),
            ACCEPT_NAME,
        )
        self._session.pictures.show_edit()

    def _on_state_changed(self, _value: object = None) -> None:
        session = self._session
        can_accept = (
            self.is_filled
            and session.final_result is not None
            and not session.document.is_stroke_open
            and bool((session.document.class_ids == VOID).any())
        )
        if can_accept != self._can_accept:
            self._can_accept = can_accept
            self.changed.emit()
