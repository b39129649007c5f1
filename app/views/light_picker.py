"""Pointing at a light: a click on canvas or image takes on the light of the photograph under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.session import Session
from app.views.overlay import Overlay
from app.views.provenance_probe import ProvenanceProbe

if TYPE_CHECKING:
    from app.views.surface import Surface

INVENTED_TEXT = "No photograph shows there: the network invented it. Point at another place."


class LightPicker(QObject, Overlay):
    """Waits for a click while it is asked to. GUI thread.

    Emits `picked` (record id, or -1 for the whole picture; segment key) and `changed` when it begins or ends to wait.
    """

    picked = Signal(int, str)
    changed = Signal()

    def __init__(self, session: Session, probe: ProvenanceProbe) -> None:
        """Serve a session; lay it over canvas and image with `lay_over`."""
        super().__init__(session)
        self._session = session
        self._probe = probe
        self._record_id: int | None = None
        session.document_replaced.connect(self.cancel)

    @property
    def record_id(self) -> int | None:
        """For which region a light is being picked, -1 for the whole picture, None where none is."""
        return self._record_id

    def lay_over(self, surface: Surface) -> None:
        """Take clicks on a view while waiting."""
        surface.add_overlay(self)
        surface.add_watcher(self)

    def toggle(self, record_id: int) -> None:
        """Wait for a click; asked a second time, no longer."""
        self._record_id = None if self._record_id == record_id else record_id
        self.changed.emit()

    def cancel(self) -> bool:
        """Wait no longer; False where it did not."""
        was_waiting, self._record_id = self._record_id is not None, None
        if was_waiting:
            self.changed.emit()
        return was_waiting

    def press(self, surface: Surface, event: QMouseEvent) -> bool:
        """Take the light of what is under the pointer; any other button ends the waiting."""
        if self._record_id is None:
            return False
        if event.button() != Qt.MouseButton.LeftButton:
            return self.cancel()
        pixel = self._probe.pixel_at(surface.to_layout(event.position()))
        if pixel is None or pixel.segment_key is None:
            self._session.regions.refused.emit(INVENTED_TEXT)
            return True
        record_id = self._record_id
        self.cancel()
        surface.show_idle_cursor()
        self.picked.emit(record_id, pixel.segment_key)
        return True

    def hover(self, surface: Surface, event: QMouseEvent) -> bool:
        """Show that a click picks."""
        if self._record_id is not None:
            surface.setCursor(Qt.CursorShape.PointingHandCursor)
        return self._record_id is not None

    def watch(self, surface: Surface, event: QEvent) -> bool:
        """End the waiting with Esc."""
        if (
            self._record_id is not None
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        ):
            if event.type() == QEvent.Type.KeyPress:
                self.cancel()
            event.accept()
            return True
        return False
