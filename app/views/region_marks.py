"""Marks of regions over the views: a glow where banks serve one poorly, outlines of its photograph and of reveals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.imaging import image_from_rgba, outline_lines
from app.region_fit import poor_record_ids
from app.session import Session
from app.theme_colours import THEME
from app.views.overlay import Overlay
from engine.document.reveals import reveal_mask
from engine.document.snapshot import Quality
from engine.geometry import Size
from engine.pipeline.results import RegionResult, Result

if TYPE_CHECKING:
    from app.views.surface import Surface

GLOW_RGB = (255, 176, 32)
GLOW_ALPHA = 120
GLOW_REACH = 0.04
"""How far the glow reaches into a region, in picture heights."""
GLOW_ROWS = 256
MAX_OUTLINE_PX = 1_000_000
"""Outlines of larger windows are taken on every nth pixel: the GUI thread must not wait for them."""


class RegionMarks(QObject, Overlay):
    """Glows in the layout, outlines in every view. GUI thread; made anew with every result."""

    def __init__(self, session: Session) -> None:
        """Follow a session; lay it over views with `lay_over`, the layout first."""
        super().__init__(session)
        self._session = session
        self._surfaces: list[Surface] = []
        self._glow: QImage | None = None
        self._lines: list[QLineF] = []
        self._reveals: list[QLineF] = []
        self._is_drawn = False
        session.result_shown.connect(self._on_result_shown)
        session.selection_changed.connect(self._on_selection_changed)
        session.records_changed.connect(self._show_reveals)
        session.tool_changed.connect(self._on_tool_changed)
        session.document_replaced.connect(self._on_document_replaced)

    @property
    def glow(self) -> QImage | None:
        """The glow of poorly served regions, to be stretched over the layout; None where all are served well."""
        return self._glow

    @property
    def lines(self) -> list[QLineF]:
        """The outline that the selected region's photograph takes, in layout coordinates."""
        return self._lines

    def lay_over(self, surface: Surface) -> None:
        """Draw over a view."""
        self._surfaces.append(surface)
        surface.add_overlay(self)

    def is_shown_on(self, surface: Surface) -> bool:
        """Whether a region is marked, or the layout glows."""
        return bool(self._lines or self._reveals or (self._glow is not None and surface is self._surfaces[0]))

    def draw(self, surface: Surface, painter: QPainter) -> None:
        """Draw the glow, where the view is the layout's, and the outline."""
        if self._glow is not None and surface is self._surfaces[0]:
            size = surface.link.size
            page = QRectF(surface.to_view(QPointF(0, 0)), surface.to_view(QPointF(size.width, size.height)))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(page, self._glow)
        self._draw_lines(surface, painter, self._lines, QColor("white"))
        self._draw_lines(surface, painter, self._reveals, QColor(THEME.accent))

    @staticmethod
    def _draw_lines(surface: Surface, painter: QPainter, outline: list[QLineF], colour: QColor) -> None:
        """Draw a dotted outline, legible on any ground."""
        if not outline:
            return
        origin, scale = surface.origin(), surface.link.scale
        lines = [QLineF(origin + line.p1() * scale, origin + line.p2() * scale) for line in outline]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for pen_colour, style in ((QColor(0, 0, 0, 150), Qt.PenStyle.SolidLine), (colour, Qt.PenStyle.DotLine)):
            pen = QPen(pen_colour, 1, style)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLines(lines)

    def _show_outline(self) -> None:
        result, record_id = self._session.result, self._session.selected_record_id
        self._lines = []
        region = self._session.region_result(record_id) if record_id >= 0 else None
        if result is not None and region is not None:
            self._lines = effective_outline(result, region, self._session.document.size)
        self._show_reveals()

    def _show_reveals(self) -> None:
        record = self._session.choice.record(self._session.selected_record_id)
        self._reveals = []
        if record is not None and self._session.tool == "reveal":
            for reveal in record.reveals:
                self._reveals += outline_lines(reveal_mask(reveal, self._session.document.size))
        self._update()

    def _update(self) -> None:
        """Draw anew, unless nothing was drawn and nothing is to be."""
        draws = bool(self._glow or self._lines or self._reveals)
        if draws or self._is_drawn:
            for surface in self._surfaces:
                surface.update()
        self._is_drawn = draws

    def _on_result_shown(self, _result: object) -> None:
        result = self._session.result
        if result is not None and result.stamp.quality is Quality.FINAL:
            self._glow = glow_of(result)
        self._show_outline()

    def _on_selection_changed(self, _record_id: int) -> None:
        self._show_outline()

    def _on_tool_changed(self, _name: str) -> None:
        self._show_reveals()

    def _on_document_replaced(self) -> None:
        self._glow, self._lines, self._reveals = None, [], []
        self._update()


def glow_of(result: Result) -> QImage | None:
    """Return a soft light along the inner edge of every region the banks serve poorly, or None where there is none."""
    poor = poor_record_ids(result)
    if not poor:
        return None
    ids = _shrunk(result.region_ids)
    height, width = ids.shape
    reach = GLOW_REACH * height
    alpha = np.zeros((height, width), np.float32)
    for record_id in poor:
        inside = (ids == record_id).astype(np.uint8)
        depth = np.asarray(cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 3), np.float32)[1:-1, 1:-1]
        alpha = np.maximum(alpha, np.where(inside > 0, np.clip(1.1 - depth / reach, 0.15, 1.0), np.float32(0)))
    rgba = np.empty((height, width, 4), np.uint8)
    rgba[..., :3] = GLOW_RGB
    rgba[..., 3] = np.rint(alpha**1.5 * GLOW_ALPHA)
    return image_from_rgba(rgba)


def effective_outline(result: Result, region: RegionResult, size: Size) -> list[QLineF]:
    """Return the outline that a region's photographs take, in layout coordinates; empty where it is the region's own.

    Args:
        result: what is on show.
        region: of it.
        size: of the layout.
    """
    own = np.zeros(len(result.items) + 1, np.bool_)
    own[1:] = [item.record_id == region.record_id for item in result.items]
    if not own.any():
        return []
    whole = Size.of(result.region_ids)
    window = whole.bounds
    if result.stamp.quality is Quality.FINAL:
        reach_px = max(item.spill for item in result.items if item.record_id == region.record_id) * whole.height
        window = region.bounds.expanded(int(np.ceil(reach_px)) + 1).clipped(whole)
    step = max(1, round((window.area_px / MAX_OUTLINE_PX) ** 0.5))
    rows, columns = (slice(side.start, side.stop, step) for side in window.slices)
    inside = result.region_ids[rows, columns] == region.record_id
    mask = own[result.segment_index[rows, columns]] | (inside & (result.presence[rows, columns] == 1))
    if (mask == inside).all():
        return []
    unit_x, unit_y = size.width / whole.width, size.height / whole.height
    corner = QPointF(window.left * unit_x, window.top * unit_y)
    lines = outline_lines(mask, step_x=step * unit_x, step_y=step * unit_y)
    return [line.translated(corner) for line in lines]


def _shrunk(region_ids: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    step = max(1, region_ids.shape[0] // GLOW_ROWS)
    return np.ascontiguousarray(region_ids[::step, ::step])
