"""Filling: a segment's texture continued beyond its outline, so that it can cover a region that is larger than it.

What stood before a meadow in its photograph leaves a hole in the meadow, and a painted region is seldom quite as wide
as the segment. There the segment goes on with its own texture: pieces of it, moved as a whole (statistics of patch
offsets, He and Sun 2012), on colours interpolated from around. Nothing of another photograph is needed.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from engine.document.snapshot import SegmentCrop
from engine.geometry import Bounds
from engine.layout import frozen

CELLS = 48
"""Cells along the photograph's height of the grid on which offsets are sought."""
MIN_CELLS = 8
"""Cells that a segment's box has at least on its shorter side, where its pixels allow it."""
SMOOTH_CELLS = 2
"""Cells of that grid a side of one cell of the interpolated colours: what is coarser is not moved with the texture."""
MAX_OFFSETS = 6
MARGIN = 0.125
"""Share of its sides by which a segment's box grows, for regions that it does not reach."""
MIN_PURE_SHARE = 0.4
"""A segment of which less than this is pure is taken as it is: it is thin."""
CLIMB = 6.0
"""Cost of an offset by a picture height up or down, where texture has another scale and light; sideways it is 1."""

Rgb8 = npt.NDArray[np.uint8]
Gray8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Float32 = npt.NDArray[np.float32]


def fill_segment(crop: SegmentCrop) -> SegmentCrop:
    """Return the segment in a larger box, with its own texture wherever the photograph shows something else.

    The mask stays. Drawn anew are also its pixels along the outline, which are mixed with what lies beside them, and
    those shaded by something that stood there; nothing of the returned segment is shaded.
    """
    down, across = (max(1, round(MARGIN * side)) for side in crop.mask.shape)
    margins = (down, down, across, across)
    rgb = np.asarray(cv2.copyMakeBorder(crop.rgb, *margins, cv2.BORDER_CONSTANT), np.uint8)
    mask, known = (
        np.asarray(cv2.copyMakeBorder(each, *margins, cv2.BORDER_CONSTANT), np.uint8)
        for each in (crop.mask.view(np.uint8), pure_pixels(crop))
    )
    box = crop.bounds
    return replace(
        crop,
        rgb=frozen(continue_texture(rgb, known, cell=_cell_px(crop))),
        mask=frozen(mask.view(np.bool_)),
        shade=frozen(np.zeros(mask.shape, np.bool_)),
        bounds=Bounds(box.left - across, box.top - down, box.right + across, box.bottom + down),
    )


def pure_pixels(crop: SegmentCrop) -> Gray8:
    """Return (h, w) uint8, 1 for the pixels of a segment that stay as they are, neither at its outline nor shaded.

    All of them stay where these would be too few.
    """
    mask = crop.mask.view(np.uint8)
    pure = np.asarray(cv2.erode(mask & ~crop.shade.view(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)
    return pure if cv2.countNonZero(pure) >= MIN_PURE_SHARE * cv2.countNonZero(mask) else mask


def continue_texture(rgb: Rgb8, known: Gray8, *, cell: int) -> Rgb8:
    """Return colours that continue the known ones everywhere; integers throughout but for where pieces come from.

    Args:
        rgb: (h, w, 3) uint8.
        known: (h, w) uint8, 1 where a pixel stays, 0 where it is sought.
        cell: pixels a side of one cell of the grid on which offsets are sought.
    """
    smooth = _interpolated(rgb, known, cell * SMOOTH_CELLS)
    texture = np.asarray(cv2.subtract(rgb, smooth, mask=known, dtype=cv2.CV_16S), np.int16)
    found = texture.copy()
    rows, columns = known.shape
    offsets = _Offsets(_cells(known, cell) == 255)
    todo = 1 - known
    for _ in range(MAX_OFFSETS):
        offset = offsets.best(_cells(todo, cell) > 0)
        if offset is None:
            break
        dy, dx = offset[0] * cell, offset[1] * cell
        y0, y1, x0, x1 = max(0, -dy), min(rows, rows - dy), max(0, -dx), min(columns, columns - dx)
        here, there = np.s_[y0:y1, x0:x1], np.s_[y0 + dy : y1 + dy, x0 + dx : x1 + dx]
        moved = todo[here] & known[there]
        cv2.copyTo(texture[there], moved, found[here])
        todo[here] ^= moved
    return np.asarray(cv2.add(found, smooth, dtype=cv2.CV_8U), np.uint8)


class _Offsets:
    """Finds by how much known cells are best moved, all offsets at once: a correlation by Fourier transform."""

    def __init__(self, known: Mask) -> None:
        """Take the (rows, columns) cells that are known."""
        rows, columns = known.shape
        self._shape = cv2.getOptimalDFTSize(2 * rows), cv2.getOptimalDFTSize(2 * columns)
        self._known = self._spectrum(known)
        down, across = (np.minimum(np.arange(side), side - np.arange(side)) for side in self._shape)
        self._worth = (1 / (1 + (CLIMB * down[:, None] + across[None, :]) / CELLS)).astype(np.float32)

    def best(self, wanted: Mask) -> tuple[int, int] | None:
        """Return the offset, in cells, at which most of the wanted cells find a known one; near ones are preferred."""
        if not wanted.any():
            return None
        product = cv2.mulSpectrums(self._known, self._spectrum(wanted), 0, conjB=True)
        found = np.rint(cv2.dft(product, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE))
        y, x = divmod(int((found * self._worth).argmax()), self._shape[1])
        if found[y, x] < 1:
            return None
        rows, columns = self._shape
        return (y if 2 * y < rows else y - rows), (x if 2 * x < columns else x - columns)

    def _spectrum(self, cells: Mask) -> Float32:
        padded = np.zeros(self._shape, np.float32)
        padded[: cells.shape[0], : cells.shape[1]] = cells
        return np.asarray(cv2.dft(padded), np.float32)


def _cell_px(crop: SegmentCrop) -> int:
    return max(1, min(crop.source_size.height // CELLS, min(crop.mask.shape) // MIN_CELLS))


def _cells(mask: Gray8, cell: int) -> Gray8:
    """Return what share of every cell a mask of ones covers, 0 to 255; what is no whole cell at the end is left out."""
    columns, rows = max(1, mask.shape[1] // cell), max(1, mask.shape[0] // cell)
    whole = mask[: rows * cell, : columns * cell] * np.uint8(255)
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def _interpolated(rgb: Rgb8, known: Gray8, cell: int) -> Rgb8:
    """Return (h, w, 3) uint8 smooth colours: means of the known pixels around, from coarser and coarser cells."""
    size = (rgb.shape[1], rgb.shape[0])
    small = (max(1, round(size[0] / cell)), max(1, round(size[1] / cell)))
    weighted = np.dstack([cv2.bitwise_and(rgb, rgb, mask=known), known * np.uint8(255)])
    levels = [np.asarray(cv2.resize(weighted, small, interpolation=cv2.INTER_AREA)).astype(np.float32)]
    while max(levels[-1].shape[:2]) > 1:
        half = (-(-levels[-1].shape[1] // 2), -(-levels[-1].shape[0] // 2))
        coarser = cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(coarser, np.float32).reshape(half[1], half[0], 4))
    colours = np.full((1, 1, 3), cv2.mean(rgb, mask=known)[:3], np.float32)
    for level in reversed(levels):
        rows, columns = level.shape[:2]
        coarse = np.asarray(cv2.resize(colours, (columns, rows), interpolation=cv2.INTER_LINEAR)).reshape(
            rows, columns, 3
        )
        colours = level[..., :3] + (1 - level[..., 3:] / 255) * coarse
    rounded = np.clip(np.rint(colours), 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(rounded, size, interpolation=cv2.INTER_LINEAR), np.uint8)
