"""What changed since the picture before: a tint over canvas and image, and whether the edit explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter

from app.imaging import image_from_rgba
from app.session import Session
from app.views.overlay import Overlay
from engine.document.snapshot import Quality
from engine.pipeline.difference import EXPLAINED, UNEXPLAINED, Difference, compare_results
from engine.pipeline.results import Result
from engine.service.events import CommandDone

if TYPE_CHECKING:
    from app.views.surface import Surface

EXPLAINED_RGBA = (74, 158, 234, 130)
UNEXPLAINED_RGBA = (235, 64, 52, 220)
SAME_RGBA = (0, 0, 0, 110)
PILL_PX = 22


class Changes(QObject, Overlay):
    """Compares the last two finished pictures on the engine thread while it is on. GUI thread.

    Emits `changed` when it is switched, and when a comparison has come.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        """Follow the pictures of a session; lay it over canvas and image with `lay_over`."""
        super().__init__(session)
        self._session = session
        self._surfaces: dict[Surface, bool] = {}
        self._is_on = False
        self._before: Result | None = None
        self._after: Result | None = session.final_result
        self._command_id: int | None = None
        self._difference: Difference | None = None
        self._tints: tuple[QImage, QImage] | None = None
        session.result_shown.connect(self._on_result_shown)
        session.document_replaced.connect(self._on_document_replaced)
        session.engine.command_done.connect(self._on_command_done)

    @property
    def is_on(self) -> bool:
        """Whether the changes are shown."""
        return self._is_on

    @property
    def difference(self) -> Difference | None:
        """The comparison on show, or None where there is none yet."""
        return self._difference

    @property
    def text(self) -> str:
        """What is said below the picture."""
        found = self._difference
        if found is None:
            return "Nothing to compare yet: paint something"
        share = 100 * found.changed_share
        said = "Nothing changed" if share == 0 else f"{share:.1f} % of the image changed"
        if found.unexplained_px:
            return f"{said}; {found.unexplained_px} pixels outside the reach of the edit"
        if found.is_everywhere:
            return f"{said}; settings, banks or weights changed"
        return said if share == 0 else f"{said}, all within the reach of the edit"

    def lay_over(self, surface: Surface, *, is_canvas: bool) -> None:
        """Tint a view."""
        self._surfaces[surface] = is_canvas
        surface.add_overlay(self)

    def set_on(self, on: bool, /) -> None:
        """Show the changes, or the pictures alone."""
        if on != self._is_on:
            self._is_on = on
            self._compare()
            self._update()

    def is_shown_on(self, surface: Surface) -> bool:
        """Whether changes are shown."""
        return self._is_on

    def draw(self, surface: Surface, painter: QPainter) -> None:
        """Draw the tint, and say in words what it means."""
        if self._tints is not None:
            size = surface.link.size
            page = QRectF(surface.to_view(QPointF(0, 0)), surface.to_view(QPointF(size.width, size.height)))
            painter.drawImage(page, self._tints[0 if self._surfaces[surface] else 1])
        if not self._surfaces[surface]:
            self._draw_words(surface, painter)

    def _draw_words(self, surface: Surface, painter: QPainter) -> None:
        words = painter.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, surface.width() - 40)
        width = painter.fontMetrics().horizontalAdvance(words) + 20
        pill = QRectF(10, surface.height() - PILL_PX - 10, width, PILL_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 20, 20, 215))
        painter.drawRoundedRect(pill, 5, 5)
        painter.setPen(QColor(240, 240, 240))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)

    def _compare(self) -> None:
        self._difference, self._tints, self._command_id = None, None, None
        before, after = self._before, self._after
        if self._is_on and before is not None and after is not None:
            self._command_id = self._session.engine.command(
                "compare pictures", lambda _pipeline: _compared(before, after)
            )

    def _update(self) -> None:
        for surface in self._surfaces:
            surface.update()
        self.changed.emit()

    def _on_result_shown(self, _result: object) -> None:
        result = self._session.result
        if result is None or result.stamp.quality is not Quality.FINAL:
            return
        if self._after is not None and self._after.image.shape == result.image.shape:
            self._before = self._after
        else:
            self._before = None
        self._after = result
        if self._is_on:
            self._compare()
            self._update()

    def _on_document_replaced(self) -> None:
        self._before = self._after = None
        self._compare()
        self._update()

    def _on_command_done(self, done: CommandDone) -> None:
        if self._command_id is None or done.command_id != self._command_id or done.error:
            return
        self._difference, self._tints = done.value
        self._update()


def _compared(before: Result, after: Result) -> tuple[Difference, tuple[QImage, QImage]]:
    """Compare two pictures and tint both; called on the engine thread, for large ones take long."""
    found = compare_results(before, after)
    return found, (_tint(found.canvas), _tint(found.image))


def _tint(verdicts: np.ndarray) -> QImage:
    palette = np.zeros((3, 4), np.uint8)
    palette[:] = SAME_RGBA
    palette[EXPLAINED], palette[UNEXPLAINED] = EXPLAINED_RGBA, UNEXPLAINED_RGBA
    return image_from_rgba(palette[verdicts])
