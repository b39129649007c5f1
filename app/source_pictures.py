"""Photographs of segments, as the reader thread hands them over: asked for once, the latest ones kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.service.events import SourcePicture

if TYPE_CHECKING:
    from app.session import Session

KEPT_BYTES = 64 * 2**20


class SourcePictures(QObject):
    """Photographs by segment and size. GUI thread. Emits `arrived` (segment key, side in pixels, picture or None)."""

    arrived = Signal(str, int, object)

    def __init__(self, session: Session) -> None:
        """Ask through the engine of a session."""
        super().__init__(session)
        self._session = session
        self._kept: OrderedDict[tuple[str, int], SourcePicture] = OrderedDict()
        self._asked: set[tuple[str, int]] = set()
        session.engine.source_ready.connect(self._on_source_ready)
        session.banks_changed.connect(self._on_banks_changed)
        session.document_replaced.connect(self._on_banks_changed)

    def get(self, segment_key: str, side_px: int) -> SourcePicture | None:
        """Return the photograph of a segment fitted into a square; where it is not at hand, ask for it."""
        wanted = (segment_key, side_px)
        picture = self._kept.get(wanted)
        if picture is not None:
            self._kept.move_to_end(wanted)
        elif wanted not in self._asked:
            self._asked.add(wanted)
            self._session.engine.request_source(segment_key, side_px)
        return picture

    def _on_source_ready(self, segment_key: str, side_px: int, picture: SourcePicture | None) -> None:
        wanted = (segment_key, side_px)
        self._asked.discard(wanted)
        if picture is not None:
            self._kept[wanted] = picture
            while len(self._kept) > 1 and sum(p.rgb.nbytes + p.mask.nbytes for p in self._kept.values()) > KEPT_BYTES:
                self._kept.popitem(last=False)
        self.arrived.emit(segment_key, side_px, picture)

    def _on_banks_changed(self) -> None:
        self._kept.clear()
        self._asked.clear()
