"""What two regions are compared by: a packed mask and a grid of surrounding classes, both in the picture frame.

The window is 2 wide and 1 high in units of the picture's height, centred: a wider picture loses its sides, a narrower
one leaves cells uncovered. Coverage is counted in exact integer shares of pixels, so the grids of two machines agree.

Source: method.md section 2; Qi et al. 2018, section 3.2.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from engine.classes import VOID, ClassTable
from engine.geometry import Bounds, Size
from engine.layout import ClassIds, frozen
from engine.regions import Region, known_of_region

MASK_ROWS, MASK_COLUMNS = 64, 128
CONTEXT_ROWS, CONTEXT_COLUMNS = 32, 64
MASK_BYTES = MASK_ROWS * MASK_COLUMNS // 8


@dataclass(frozen=True, slots=True)
class CellRect:
    """A half-open rectangle of context cells."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Row and column slices into a (32, 64) grid."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, eq=False)
class Descriptor:
    """One region or segment, ready to be compared.

    Attributes:
        mask_bits: (1024,) uint8, frozen: 64 rows of 128 cells, the first cell of a byte in its lowest bit.
        mask_cells: number of set cells, at least 1.
        context: (32, 64) uint8 class ids, frozen; VOID outside ``rect`` and where there is no class.
        valid_cells: number of context cells that are not VOID.
        rect: the context cells whose centres lie in the enlarged bounding box.
    """

    mask_bits: npt.NDArray[np.uint8]
    mask_cells: int
    context: npt.NDArray[np.uint8]
    valid_cells: int
    rect: CellRect

    @cached_property
    def digest(self) -> str:
        """16 hex digits that name both grids."""
        sha = hashlib.sha256(self.mask_bits.tobytes())
        sha.update(self.context.tobytes())
        return sha.hexdigest()[:16]


def describe_region(region: Region, size: Size, grid: npt.NDArray[np.uint8]) -> Descriptor:
    """Describe a region of a layout.

    Args:
        region: the region.
        size: size of its layout.
        grid: (32, 64) uint8, the layout's `context_grid`.
    """
    bits, covered = _mask_bits(region, size)
    rect = context_rect(region.bounds, size)
    context = np.full((CONTEXT_ROWS, CONTEXT_COLUMNS), VOID, np.uint8)
    context[rect.slices] = grid[rect.slices]
    return Descriptor(bits, covered, frozen(context), int((context != VOID).sum()), rect)


@known_of_region
def _mask_bits(region: Region, size: Size) -> tuple[npt.NDArray[np.uint8], int]:
    """Return the packed mask grid of a region, and how many of its cells are set."""
    bits = np.packbits(mask_grid(region.mask, region.bounds, size).reshape(-1), bitorder="little")
    return frozen(bits), int(np.bitwise_count(bits).sum())


def mask_grid(mask: npt.NDArray[np.bool_], bounds: Bounds, size: Size) -> npt.NDArray[np.bool_]:
    """Return the (64, 128) bool cells a mask covers to at least one half.

    Where no cell is covered so far, the best covered one is set (the first in reading order of several); a mask
    outside the window sets the nearest cell of its border, so that at least one cell is always set.

    Args:
        mask: (bounds.height, bounds.width) bool.
        bounds: where it lies, in pixels.
        size: size of the whole picture.
    """
    coverage = _coverage(mask, bounds, size, MASK_ROWS, MASK_COLUMNS)
    cell_area = (2 * size.height) ** 2
    cells = 2 * coverage >= cell_area
    if not cells.any():
        best = int(coverage.argmax())
        if coverage.flat[best] == 0:
            column = 0 if bounds.left + bounds.right < size.width else MASK_COLUMNS - 1
            row = (bounds.top + bounds.bottom) * MASK_ROWS // (2 * size.height)
            best = min(row, MASK_ROWS - 1) * MASK_COLUMNS + column
        cells.flat[best] = True
    return cells


def context_grid(class_ids: ClassIds, table: ClassTable) -> npt.NDArray[np.uint8]:
    """Return the (32, 64) uint8 class of every context cell.

    It is the class that covers the most of the cell (of equals the one whose key is first in the alphabet), VOID where
    no class covers any.

    Args:
        class_ids: (H, W) uint8; ids outside the table count as void.
        table: their class table.
    """
    size = Size.of(class_ids)
    grid = np.full((CONTEXT_ROWS, CONTEXT_COLUMNS), VOID, np.uint8)
    best = np.zeros((CONTEXT_ROWS, CONTEXT_COLUMNS), np.int64)
    present = np.flatnonzero(np.bincount(class_ids.ravel(), minlength=256)).tolist()
    for info in sorted((table[i] for i in present if i < len(table)), key=lambda c: c.key):
        coverage = _coverage(class_ids == info.id, size.bounds, size, CONTEXT_ROWS, CONTEXT_COLUMNS)
        better = coverage > best
        grid[better] = info.id
        best[better] = coverage[better]
    return frozen(grid)


def context_rect(bounds: Bounds, size: Size) -> CellRect:
    """Return the context cells whose centres lie in the bounds enlarged by an eighth of their sides on each side.

    At least one cell: where no centre lies inside, the cell that holds the middle of the bounds.
    """
    height, width = size.height, size.width
    top, bottom = _centres_inside(bounds.top, bounds.bottom, 0, height, CONTEXT_ROWS)
    left, right = _centres_inside(bounds.left, bounds.right, width - 2 * height, height, CONTEXT_COLUMNS)
    return CellRect(top, bottom, left, right)


def iou(matches: int, first: int, second: int) -> float:
    """Return the intersection over union of two sets of given sizes, 0 where both are empty."""
    union = first + second - matches
    return matches / union if union else 0.0


def _centres_inside(low_px: int, high_px: int, offset2_px: int, height: int, count: int) -> tuple[int, int]:
    """Return the half-open range of cells along one axis; cell i has its centre at offset + (i + 1/2) * H / 32 px.

    Everything in 1/64 px: centre(i) = 32 * offset2 + (2 i + 1) * H.
    """
    margin = 8 * (high_px - low_px)
    low, high = 64 * low_px - margin - 32 * offset2_px, 64 * high_px + margin - 32 * offset2_px
    first = -((height - low) // (2 * height))  # smallest i with (2 i + 1) H >= low
    last = -((height - high) // (2 * height))
    first, last = min(max(first, 0), count), min(max(last, 0), count)
    if first < last:
        return first, last
    middle = ((low + high) // 2) // (2 * height)
    middle = min(max(middle, 0), count - 1)
    return middle, middle + 1


def _coverage(
    mask: npt.NDArray[np.bool_], bounds: Bounds, size: Size, rows: int, columns: int
) -> npt.NDArray[np.int64]:
    """Return how much of every cell a mask covers, (rows, columns), in units of (1 / (2 * rows)) ** 2 square pixels.

    The integral image is bilinear inside a pixel, so its values at the corners of the cells are exact.
    """
    height, width = size.height, size.width
    unit = 2 * rows
    integral = cv2.integral(mask.view(np.uint8), sdepth=cv2.CV_32S)
    top, y, y_rest = _edges(bounds.top, bounds.bottom, 0, height, unit, rows)
    left, x, x_rest = _edges(bounds.left, bounds.right, rows * (width - 2 * height), height, unit, columns)
    total = np.zeros((rows, columns), np.int64)
    y_next, x_next = np.minimum(y + 1, mask.shape[0]), np.minimum(x + 1, mask.shape[1])
    across = integral[y].astype(np.int64) * (unit - y_rest)[:, None]
    across += integral[y_next].astype(np.int64) * y_rest[:, None]
    corners = across[:, x] * (unit - x_rest) + across[:, x_next] * x_rest
    inside = np.diff(np.diff(corners, axis=0), axis=1)
    total[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    return total


def _edges(
    low_px: int, high_px: int, start: int, height: int, unit: int, count: int
) -> tuple[int, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where the edges of the cells along one axis lie in pixels [low, high), and the first cell that is meant.

    Lengths are integers in 1 / unit px; a cell is 2 H long, the first begins at ``start``.

    Returns:
        The first cell; whole pixels from ``low``; and the rest in units: one entry an edge.
    """
    side = 2 * height
    first = min(max(0, (unit * low_px - start) // side), count)
    last = max(min(count, -((start - unit * high_px) // side)), first)
    edges = start + side * np.arange(first, last + 1, dtype=np.int64) - unit * low_px
    whole, rest = np.divmod(np.clip(edges, 0, unit * (high_px - low_px)), unit)
    return first, whole, rest
