"""Giving the open document another size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.dialogs.resize import CropDialog, ScaleDialog
from app.dialogs.waiting import answer_of
from engine.geometry import Size

if TYPE_CHECKING:
    from app.session import Session


class SizeFlow:
    """Asks for a size and changes the document, as one step. GUI thread."""

    def __init__(self, session: Session, window: QWidget) -> None:
        """Ask over a window."""
        self._session, self._window = session, window

    async def scale(self) -> None:
        """Ask for a size and stretch the layout to it."""
        dialog = ScaleDialog(self._session.document.size, self._window)
        is_accepted, size = await answer_of(dialog), dialog.chosen_size
        dialog.deleteLater()
        if is_accepted:
            self._session.document.resize(size, mode="scale")
            self._session.pictures.show_edit()

    async def crop(self) -> None:
        """Ask what stays of the layout, and crop or extend it."""
        session = self._session
        dialog = CropDialog(session.document.class_ids, session.table.colours(), self._window)
        is_accepted, bounds = await answer_of(dialog), dialog.chosen_bounds
        dialog.deleteLater()
        if is_accepted:
            size = Size(bounds.right - bounds.left, bounds.bottom - bounds.top)
            session.document.resize(size, mode="crop", offset=(bounds.left, bounds.top))
            session.pictures.show_edit()
