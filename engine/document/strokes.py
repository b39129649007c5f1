"""Brush strokes as pixels: exact, without gaps at any speed.

Points are in layout coordinates: x to the right, y down, the centre of pixel (x, y) at (x + 0.5, y + 0.5).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from engine.geometry import Bounds, Size
from engine.regions import Mask

Point = tuple[float, float]
BrushShape = Literal["round", "square"]
MIN_RADIUS_PX = 0.5
"""The thinnest brush: a line of one pixel's width meets a pixel centre in every row or every column it crosses."""
_SLACK_PX = 1e-9
_DENSE_PX = 1 << 14
_LINES_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class StrokeOptions:
    """How a stroke, a fill or a shape writes.

    Attributes:
        shape: a round brush, or a square one.
        protected: class ids, void perhaps among them, whose pixels are left alone.
        only_over: the one class id, or void, whose pixels are painted over; None for all.
        mirror_x_px: x of the vertical axis across which everything is painted a second time.
        mirror_y_px: y of the horizontal axis; with both, everything is painted four times.
    """

    shape: BrushShape = "round"
    protected: frozenset[int] = frozenset()
    only_over: int | None = None
    mirror_x_px: float | None = None
    mirror_y_px: float | None = None

    def __post_init__(self) -> None:
        """Refuse axes that are not finite and ids that are none."""
        if not all(math.isfinite(axis) for axis in (self.mirror_x_px, self.mirror_y_px) if axis is not None):
            raise ValueError("an axis of symmetry must be finite")
        if not all(0 <= class_id <= 255 for class_id in (*self.protected, self.only_over or 0)):
            raise ValueError("class ids lie from 0 to 255")

    @property
    def paintable(self) -> npt.NDArray[np.bool_] | None:
        """(256,) bool, by class id: whether pixels of it are painted over; None where all are."""
        if not self.protected and self.only_over is None:
            return None
        lookup = np.full(256, self.only_over is None, np.bool_)
        if self.only_over is not None:
            lookup[self.only_over] = True
        lookup[list(self.protected)] = False
        return lookup

    def reflections(self, point: Point) -> tuple[Point, ...]:
        """Return where a point is painted: itself first, then its mirror images."""
        places = (point,)
        if self.mirror_x_px is not None:
            places += tuple((2 * self.mirror_x_px - x, y) for x, y in places)
        if self.mirror_y_px is not None:
            places += tuple((x, 2 * self.mirror_y_px - y) for x, y in places)
        return places


@dataclass(frozen=True, eq=False)
class Spans:
    """Pixels of convex shapes that lie close together, one span a row each; the shapes may overlap.

    Attributes:
        top: first row.
        lefts: (shapes, rows) int64, first column of every span.
        rights: (shapes, rows) int64, column after the last; not above ``left`` where a shape has nothing in the row.
    """

    top: int
    lefts: npt.NDArray[np.int64]
    rights: npt.NDArray[np.int64]

    @cached_property
    def bounds(self) -> Bounds:
        """The smallest bounds that hold all spans."""
        is_span = self.rights > self.lefts
        rows = np.flatnonzero(is_span.any(axis=0))
        if not len(rows):
            return Bounds(0, 0, 0, 0)
        left, right = int(self.lefts[is_span].min()), int(self.rights[is_span].max())
        return Bounds(left, self.top + int(rows[0]), right, self.top + int(rows[-1]) + 1)

    def mask(self) -> tuple[Bounds, Mask]:
        """Return the bounds of the spans, and their pixels inside them, (h, w) bool."""
        bounds = self.bounds
        if len(self.lefts) == 1:
            within = slice(bounds.top - self.top, bounds.bottom - self.top)
            columns = np.arange(bounds.left, bounds.right, dtype=np.int16)
            lefts, rights = (ends[0, within, None].astype(np.int16) for ends in (self.lefts, self.rights))
            return bounds, (columns >= lefts) & (columns < rights)
        is_span = self.rights > self.lefts
        rows = np.nonzero(is_span)[1] + (self.top - bounds.top)
        depths = np.zeros((bounds.height, bounds.width + 1), np.int16)  # how many spans begin less how many end
        np.add.at(depths, (rows, self.lefts[is_span] - bounds.left), np.int16(1))
        np.add.at(depths, (rows, self.rights[is_span] - bounds.left), np.int16(-1))
        np.cumsum(depths, axis=1, out=depths)
        return bounds, depths[:, :-1] > 0

    def rows(self) -> Iterator[tuple[int, slice]]:
        """Yield row and columns of every span that is not empty."""
        for lefts, rights in zip(self.lefts.tolist(), self.rights.tolist(), strict=True):
            for row, (left, right) in enumerate(zip(lefts, rights, strict=True), self.top):
                if right > left:
                    yield row, slice(left, right)

    @property
    def is_sparse(self) -> bool:
        """Whether the bounds hold so much else that row by row is the quicker way to write."""
        area_px = self.bounds.area_px
        return area_px > _DENSE_PX and area_px > 4 * int(np.maximum(self.rights - self.lefts, 0).sum())

    def write(self, array: npt.NDArray[np.generic], value: int | bool) -> None:
        """Set the pixels of an (H, W) array to a value, in place."""
        if self.is_sparse:
            for row, columns in self.rows():
                array[row, columns] = value
        else:
            bounds, mask = self.mask()
            np.copyto(array[bounds.slices], np.asarray(value, array.dtype), where=mask)


def polyline_spans(
    points: Sequence[Point], *, radius_px: float | Sequence[float], size: Size, shape: BrushShape = "round"
) -> Iterator[Spans]:
    """Yield the pixels a brush covers along a polyline, lines that lie close together at once; one point gives one dab.

    The pixel under each point is always among them, however thin the brush.

    Args:
        points: corners of the polyline.
        radius_px: half the brush's width, for all points or one for each; it changes evenly from point to point and is
            raised to `MIN_RADIUS_PX`.
        size: size of the layout; pixels outside are left out.
        shape: a disc, or an upright square.

    Raises:
        ValueError: if a number is not finite, a radius is negative, or there is not one for each point.
    """
    radii = [float(radius_px)] * len(points) if isinstance(radius_px, int | float) else [float(r) for r in radius_px]
    if len(radii) != len(points):
        raise ValueError(f"a stroke of {len(points)} points needs as many radii, not {len(radii)}")
    if not all(math.isfinite(number) for dab in (*points, radii) for number in dab) or min(radii, default=0) < 0:
        raise ValueError("a stroke needs finite points and a radius of at least 0")
    if not points:
        return
    dabs = [(x, y, max(radius, MIN_RADIUS_PX) + _SLACK_PX) for (x, y), radius in zip(points, radii, strict=True)]
    for first in range(0, max(1, len(dabs) - 1), _LINES_AT_ONCE):
        yield from _spans_along(dabs[first : first + _LINES_AT_ONCE + 1], size, shape)
    for (x, y), radius in zip(points, radii, strict=True):
        column, row = math.floor(x), math.floor(y)
        if radius < math.sqrt(0.5) and 0 <= column < size.width and 0 <= row < size.height:
            yield Spans(row, np.array([[column]]), np.array([[column + 1]]))


def bounds_of(mask: Mask) -> Bounds:
    """Return the smallest bounds that hold all set pixels of an (H, W) bool array, empty where none is set."""
    if not mask.size:
        return Bounds(0, 0, 0, 0)
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(mask).view(np.uint8))
    return Bounds(left, top, left + width, top + height)


def union_of(parts: Iterable[Bounds]) -> Bounds:
    """Return the smallest bounds that hold all of some bounds, empty where there are none."""
    return reduce(Bounds.union, parts, Bounds(0, 0, 0, 0))


_Dab = tuple[float, float, float]
_Numbers = npt.NDArray[np.float64]
_RowInterval = tuple[_Numbers, _Numbers]


def _spans_along(dabs: Sequence[_Dab], size: Size, shape: BrushShape) -> Iterator[Spans]:
    """Yield the pixels of dabs and of the lines from each to the next; one dab stands alone."""
    x, y, radius = np.array(dabs).T[..., None]  # (n, 1) each
    top, bottom = _rows_within((y - radius).min(), (y + radius).max(), size)
    centres = np.arange(top, bottom, dtype=np.float64) + 0.5
    dab_rows, flanks = (_disc_rows, _tangents) if shape == "round" else (_square_rows, _flanks_of_square)
    low, high = dab_rows(x, y, radius, centres)
    if len(dabs) > 1:  # rows of a convex hull are those of its outline
        low, high = np.minimum(low[:-1], low[1:]), np.maximum(high[:-1], high[1:])
        for start, end in flanks(x[:-1], y[:-1], radius[:-1], x[1:], y[1:], radius[1:]):
            edge_low, edge_high = _edge_rows(start, end, centres)
            np.minimum(low, edge_low, out=low)
            np.maximum(high, edge_high, out=high)
    lefts = np.ceil(np.clip(low - 0.5, 0, size.width)).astype(np.int64)
    rights = np.floor(np.clip(high - 0.5, -1, size.width - 1)).astype(np.int64) + 1
    for lines, box in _close_together([_box_of(a, b) for a, b in pairwise(dabs)] or [_box_of(dabs[0], dabs[0])]):
        first, last = _rows_within(box[1], box[3], size)
        rows = slice(first - top, last - top)
        yield Spans(first, lefts[lines, rows], rights[lines, rows])


def _rows_within(top: float, bottom: float, size: Size) -> tuple[int, int]:
    return min(max(math.floor(top), 0), size.height), min(max(math.ceil(bottom), 0), size.height)


_Box = tuple[float, float, float, float]


def _close_together(boxes: Sequence[_Box]) -> Iterator[tuple[slice, _Box]]:
    """Yield runs of boxes, and the box of each run, that hold little else."""
    first, union, covered = 0, boxes[0], _area_of(boxes[0])
    for at, box in enumerate(boxes[1:], 1):
        wider = min(union[0], box[0]), min(union[1], box[1]), max(union[2], box[2]), max(union[3], box[3])
        covered += _area_of(box)
        if _area_of(wider) > max(_DENSE_PX, covered):
            yield slice(first, at), union
            first, wider, covered = at, box, _area_of(box)
        union = wider
    yield slice(first, len(boxes)), union


def _box_of(start: _Dab, end: _Dab) -> _Box:
    (x0, y0, r0), (x1, y1, r1) = start, end
    return min(x0 - r0, x1 - r1), min(y0 - r0, y1 - r1), max(x0 + r0, x1 + r1), max(y0 + r0, y1 + r1)


def _area_of(box: _Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


_Place = tuple[_Numbers, _Numbers]
_Edge = tuple[_Place, _Place]


def _disc_rows(x: _Numbers, y: _Numbers, radius: _Numbers, centres: _Numbers) -> _RowInterval:
    squared = radius * radius - (centres - y) ** 2
    half = np.sqrt(np.maximum(squared, 0.0))
    inside = squared >= 0
    return np.where(inside, x - half, np.inf), np.where(inside, x + half, -np.inf)


def _square_rows(x: _Numbers, y: _Numbers, radius: _Numbers, centres: _Numbers) -> _RowInterval:
    inside = np.abs(centres - y) <= radius
    return np.where(inside, x - radius, np.inf), np.where(inside, x + radius, -np.inf)


def _edge_rows(start: _Place, end: _Place, centres: _Numbers) -> _RowInterval:
    """Return where straight lines, (n, 1) numbers each, cross rows; those that are nan cross none."""
    is_down = start[1] <= end[1]
    x0, y0 = np.where(is_down, start[0], end[0]), np.where(is_down, start[1], end[1])
    x1, y1 = np.where(is_down, end[0], start[0]), np.where(is_down, end[1], start[1])
    left, right = np.minimum(x0, x1), np.maximum(x0, x1)
    is_level = y1 == y0
    slope = (x1 - x0) / np.where(is_level, 1.0, y1 - y0)
    x = np.clip(x0 + (centres - y0) * slope, left, right)
    inside = (centres >= y0) & (centres <= y1)
    low = np.where(inside, np.where(is_level, left, x), np.inf)
    return low, np.where(inside, np.where(is_level, right, x), -np.inf)


def _tangents(x0: _Numbers, y0: _Numbers, r0: _Numbers, x1: _Numbers, y1: _Numbers, r1: _Numbers) -> tuple[_Edge, ...]:
    """Return the two outer tangents of pairs of discs, nan where one disc holds the other."""
    length = np.hypot(x1 - x0, y1 - y0)
    length = np.where(length > np.abs(r0 - r1), length, np.nan)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    along = (r0 - r1) / length
    across = np.sqrt(1 - along * along)
    normals = [(ux * along - uy * side, uy * along + ux * side) for side in (across, -across)]
    return tuple(((x0 + r0 * nx, y0 + r0 * ny), (x1 + r1 * nx, y1 + r1 * ny)) for nx, ny in normals)


def _flanks_of_square(
    x0: _Numbers, y0: _Numbers, r0: _Numbers, x1: _Numbers, y1: _Numbers, r1: _Numbers
) -> tuple[_Edge, ...]:
    """Return the lines between the four corners of pairs of upright squares."""
    corners = [(sx, sy) for sx in (-1, 1) for sy in (-1, 1)]
    return tuple(((x0 + r0 * sx, y0 + r0 * sy), (x1 + r1 * sx, y1 + r1 * sy)) for sx, sy in corners)
