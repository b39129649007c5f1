"""The coloured layout as the views draw it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.hatch import hatched, shade_of
from app.imaging import BAND_ROWS, draw_part, exposed_part, level_of, shrunk
from engine.classes import VOID, ClassTable
from engine.geometry import Bounds, Size
from engine.layout import ClassIds, InstanceIds

INSTANCE_EDGE_SHADE = 0.62
TILE_PX = BAND_ROWS
LAYOUT_FORMAT = QImage.Format.Format_ARGB32_Premultiplied


class LayoutPicture:
    """The coloured layout, made as small as it is drawn and only where, and made anew where it changed: tile by tile.

    Void is transparent. Instances of one class that touch are parted by a darker line. GUI thread only.
    """

    def __init__(
        self, class_ids: ClassIds, instance_ids: InstanceIds, table: ClassTable, *, patterns: tuple[int, ...] = ()
    ) -> None:
        """Follow a layout; the arrays are the document's live ones and only read.

        Args:
            class_ids: (H, W) uint8.
            instance_ids: (H, W) uint16.
            table: what the class ids mean.
            patterns: by class id, see `app.hatch`; none leaves all plain.
        """
        self._patterns = patterns if any(patterns) else ()
        self._class_ids = class_ids
        self._instance_ids = instance_ids
        colours = table.colours()
        bgra = np.zeros((3, 256, 4), np.uint8)
        bgra[0, :, :3] = colours[:, ::-1]
        bgra[1, :, :3] = np.rint(colours[:, ::-1] * INSTANCE_EDGE_SHADE)
        bgra[2, : len(table), :3] = [shade_of(info.colour)[::-1] for info in table]
        bgra[..., 3] = 255
        bgra[:, VOID] = 0
        self._palette = bgra.view("<i4")[..., 0]
        self._levels: dict[int, npt.NDArray[np.uint32]] = {}
        self._stale: dict[int, npt.NDArray[np.bool_]] = {}

    @property
    def image(self) -> QImage:
        """The layout at full size."""
        return self.level(0)

    def level(self, level: int) -> QImage:
        """Return all of the layout, 1 / 2**level as large."""
        height, width = self._class_ids.shape
        return self._up_to_date(level, Bounds(0, 0, -(-width >> level), -(-height >> level)))

    def draw(self, painter: QPainter, page: QRectF, exposed: QRectF) -> None:
        """Draw what is exposed of the layout, stretched over a page: pixel for pixel, or evenly scaled down."""
        height, width = self._class_ids.shape
        scale = page.width() * painter.device().devicePixelRatioF() / width
        level = level_of(scale)
        step_x, step_y = width / 2**level / page.width(), height / 2**level / page.height()
        corner, size = (page.left(), page.top()), Size(-(-width >> level), -(-height >> level))
        bounds = exposed_part(size, corner, (step_x, step_y), exposed)
        if bounds:
            image = self._up_to_date(level, bounds)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
            draw_part(painter, image, bounds, corner, (step_x, step_y))

    def refresh(self, bounds: Bounds) -> Bounds:
        """Note that a rectangle changed and return what may look different: one pixel more on the left and above."""
        height, width = self._class_ids.shape
        bounds = Bounds(
            max(0, bounds.left - 1), max(0, bounds.top - 1), min(width, bounds.right), min(height, bounds.bottom)
        )
        for stale in self._stale.values():
            stale[_tiles(bounds).slices] = True
        return bounds

    def _up_to_date(self, level: int, part: Bounds) -> QImage:
        """Return a level, a picture 1 / 2**level as large, that is right inside a part of it."""
        block, (height, width) = 1 << level, self._class_ids.shape
        if level not in self._levels:
            self._levels[level] = np.empty((-(-height // block), -(-width // block)), "<u4")
            self._stale[level] = np.ones((-(-height // TILE_PX), -(-width // TILE_PX)), np.bool_)
        pixels, stale = self._levels[level], self._stale[level]
        shown = _tiles(Bounds(part.left * block, part.top * block, part.right * block, part.bottom * block))
        for row in (np.flatnonzero(stale[shown.slices].any(axis=1)) + shown.top).tolist():
            columns = np.flatnonzero(stale[row, shown.left : shown.right]) + shown.left
            first, last = int(columns[0]), int(columns[-1]) + 1
            band = Bounds(first * TILE_PX, row * TILE_PX, min(last * TILE_PX, width), min((row + 1) * TILE_PX, height))
            top, left = band.top >> level, band.left >> level
            made = shrunk(self._coloured(band), block).view("<u4")[..., 0]
            pixels[top : top + made.shape[0], left : left + made.shape[1]] = made
            stale[row, first:last] = False
        return QImage(pixels.data, pixels.shape[1], pixels.shape[0], 4 * pixels.shape[1], LAYOUT_FORMAT)

    def _coloured(self, bounds: Bounds) -> npt.NDArray[np.uint8]:
        """Return the (h, w, 4) colours of a part of the layout."""
        class_ids = np.ascontiguousarray(self._class_ids[bounds.slices])
        pixels = np.asarray(cv2.LUT(class_ids, self._palette[0]))
        if self._patterns:
            lines = hatched(class_ids, self._patterns, bounds.left, bounds.top)
            np.copyto(pixels, cv2.LUT(class_ids, self._palette[2]), where=lines)
        height, width = self._class_ids.shape
        wider = Bounds(bounds.left, bounds.top, min(width, bounds.right + 1), min(height, bounds.bottom + 1))
        if self._instance_ids[wider.slices].any():
            edges = _instance_edges(self._class_ids[wider.slices], self._instance_ids[wider.slices])
            shades = cv2.LUT(class_ids, self._palette[1])
            np.copyto(pixels, shades, where=edges[: bounds.height, : bounds.width])
        return pixels.view(np.uint8).reshape(*class_ids.shape, 4)


def _tiles(bounds: Bounds) -> Bounds:
    """Return which tiles, by row and column, a rectangle of the layout touches."""
    return Bounds(
        bounds.left // TILE_PX, bounds.top // TILE_PX, -(-bounds.right // TILE_PX), -(-bounds.bottom // TILE_PX)
    )


def _instance_edges(class_ids: ClassIds, instance_ids: InstanceIds) -> npt.NDArray[np.bool_]:
    edges = np.zeros(class_ids.shape, np.bool_)
    for here, there in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
    ):
        edges[here] |= (class_ids[here] == class_ids[there]) & (instance_ids[here] != instance_ids[there])
    return edges
