"""Brush strokes and fills as pixels: exact, without gaps at any speed.

Points are in layout coordinates: x to the right, y down, the centre of pixel (x, y) at (x + 0.5, y + 0.5).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from engine.geometry import Bounds, Size
from engine.layout import ClassIds, InstanceIds
from engine.regions import Mask

Point = tuple[float, float]
MIN_RADIUS_PX = 0.5
"""The thinnest brush: a line of one pixel's width meets a pixel centre in every row or every column it crosses."""


@dataclass(frozen=True, eq=False)
class Spans:
    """Pixels of a convex shape, one span a row.

    Attributes:
        top: first row.
        lefts: (n,) int64, first column of every row.
        rights: (n,) int64, column after the last; not above ``left`` where the row is empty.
    """

    top: int
    lefts: npt.NDArray[np.int64]
    rights: npt.NDArray[np.int64]

    @property
    def bounds(self) -> Bounds:
        """The smallest bounds that hold all spans."""
        rows = np.flatnonzero(self.rights > self.lefts)
        if not len(rows):
            return Bounds(0, 0, 0, 0)
        left, right = int(self.lefts[rows].min()), int(self.rights[rows].max())
        return Bounds(left, self.top + int(rows[0]), right, self.top + int(rows[-1]) + 1)

    def write(self, array: npt.NDArray[np.generic], value: int | bool) -> None:
        """Set the pixels of an (H, W) array to a value, in place."""
        rows = array[self.top : self.top + len(self.lefts)]
        for row, left, right in zip(rows, self.lefts.tolist(), self.rights.tolist(), strict=True):
            if right > left:
                row[left:right] = value


def segment_spans(start: Point, end: Point, *, radius_px: float, size: Size) -> Spans:
    """Return the pixels within a radius of a straight line, ends included.

    Args:
        start: where the line begins.
        end: where it ends; the same point gives a disc.
        radius_px: radius of the round brush, raised to `MIN_RADIUS_PX`.
        size: size of the layout; pixels outside are left out.

    Raises:
        ValueError: if a number is not finite or the radius is negative.
    """
    (x0, y0), (x1, y1) = start, end
    if not all(map(math.isfinite, (x0, y0, x1, y1, radius_px))) or radius_px < 0:
        raise ValueError("a stroke needs finite points and a radius of at least 0")
    radius = max(radius_px, MIN_RADIUS_PX)
    top = _clamp(math.floor(min(y0, y1) - radius), size.height)
    bottom = _clamp(math.ceil(max(y0, y1) + radius), size.height)
    centres = np.arange(top, bottom, dtype=np.float64) + np.float64(0.5)
    low0, high0 = _disc_rows(x0, y0, radius, centres)
    low1, high1 = _disc_rows(x1, y1, radius, centres)
    low2, high2 = _band_rows(start, end, radius, centres)
    low = np.minimum(np.minimum(low0, low1), low2)
    high = np.maximum(np.maximum(high0, high1), high2)
    lefts = np.ceil(np.clip(low - 0.5, 0, size.width)).astype(np.int64)
    rights = np.floor(np.clip(high - 0.5, -1, size.width - 1)).astype(np.int64) + 1
    return Spans(top, lefts, rights)


def polyline_spans(points: Sequence[Point], *, radius_px: float, size: Size) -> Iterator[Spans]:
    """Yield the pixels within a radius of a polyline, line by line; one point gives a disc.

    The pixel under each point is always among them, however thin the brush.

    Raises:
        ValueError: if a number is not finite or the radius is negative.
    """
    if len(points) == 1:
        yield segment_spans(points[0], points[0], radius_px=radius_px, size=size)
    for start, end in pairwise(points):
        yield segment_spans(start, end, radius_px=radius_px, size=size)
    if radius_px < math.sqrt(0.5):
        for x, y in points:
            column, row = math.floor(x), math.floor(y)
            if 0 <= column < size.width and 0 <= row < size.height:
                yield Spans(row, np.array([column]), np.array([column + 1]))


def flood_fill(class_ids: ClassIds, instance_ids: InstanceIds, x: int, y: int) -> Mask:
    """Return the 4-connected pixels around one that carry the same class and instance.

    Args:
        class_ids: (H, W) uint8.
        instance_ids: (H, W) uint16.
        x: column of the pixel.
        y: row of the pixel.

    Returns:
        (H, W) bool.

    Raises:
        ValueError: if the pixel lies outside.
    """
    same = same_pair(class_ids, instance_ids, x, y)
    height, width = same.shape
    filled = np.zeros((height + 2, width + 2), np.uint8)
    cv2.floodFill(same.astype(np.uint8), filled, (x, y), 1, flags=4 | cv2.FLOODFILL_MASK_ONLY | (1 << 8))
    return filled[1:-1, 1:-1].astype(np.bool_)


def same_pair(class_ids: ClassIds, instance_ids: InstanceIds, x: int, y: int) -> Mask:
    """Return every pixel, wherever it lies, that carries the same class and instance as one, (H, W) bool.

    Raises:
        ValueError: if the pixel lies outside.
    """
    height, width = class_ids.shape
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(f"pixel ({x}, {y}) lies outside a layout of {width}x{height}")
    return (class_ids == class_ids[y, x]) & (instance_ids == instance_ids[y, x])


def bounds_of(mask: Mask) -> Bounds:
    """Return the smallest bounds that hold all set pixels of an (H, W) bool array, empty where none is set."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return Bounds(0, 0, 0, 0)
    return Bounds(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


_Rows = npt.NDArray[np.float64]


def _clamp(value: int, limit: int) -> int:
    return min(max(value, 0), limit)


def _disc_rows(x: float, y: float, radius: float, centres: _Rows) -> tuple[_Rows, _Rows]:
    squared = radius * radius - (centres - y) ** 2
    half = np.sqrt(np.maximum(squared, 0.0))
    inside = squared >= 0
    return np.where(inside, x - half, np.inf), np.where(inside, x + half, -np.inf)


def _band_rows(start: Point, end: Point, radius: float, centres: _Rows) -> tuple[_Rows, _Rows]:
    """Return where rows cross the rectangle along a line: both its half-planes pairs are intervals of a row."""
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    if length == 0:
        return np.full(len(centres), np.inf), np.full(len(centres), -np.inf)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    dy = centres - y0
    low_along, high_along = _interval(ux, uy * dy, 0.0, length)
    low_across, high_across = _interval(-uy, ux * dy, -radius, radius)
    low, high = np.maximum(low_along, low_across), np.minimum(high_along, high_across)
    empty = low > high
    return np.where(empty, np.inf, x0 + low), np.where(empty, -np.inf, x0 + high)


def _interval(slope: float, offset: _Rows, low: float, high: float) -> tuple[_Rows, _Rows]:
    """Return the interval of t where ``low <= slope * t + offset <= high``."""
    if abs(slope) < 1e-12:
        inside = (offset >= low) & (offset <= high)
        return np.where(inside, -np.inf, np.inf), np.where(inside, np.inf, -np.inf)
    first, second = (low - offset) / slope, (high - offset) / slope
    return np.minimum(first, second), np.maximum(first, second)
