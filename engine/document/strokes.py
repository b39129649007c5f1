"""Brush strokes as pixels: exact, without gaps at any speed.

Points are in layout coordinates: x to the right, y down, the centre of pixel (x, y) at (x + 0.5, y + 0.5).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
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

    def mask(self) -> tuple[Bounds, Mask]:
        """Return the bounds of the spans, and their pixels inside them, (h, w) bool."""
        bounds = self.bounds
        first = bounds.top - self.top
        rows = slice(first, first + bounds.height)
        columns = np.arange(bounds.left, bounds.right)
        return bounds, (columns >= self.lefts[rows, None]) & (columns < self.rights[rows, None])

    def rows(self) -> Iterator[tuple[int, slice]]:
        """Yield row and columns of every span that is not empty."""
        for row, (left, right) in enumerate(zip(self.lefts.tolist(), self.rights.tolist(), strict=True), self.top):
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


def segment_spans(
    start: Point,
    end: Point,
    *,
    radius_px: float,
    size: Size,
    end_radius_px: float | None = None,
    shape: BrushShape = "round",
) -> Spans:
    """Return the pixels a brush covers on its way along a straight line, ends included.

    Args:
        start: where the line begins.
        end: where it ends; the same point gives one dab.
        radius_px: half the brush's width at the start, raised to `MIN_RADIUS_PX`.
        size: size of the layout; pixels outside are left out.
        end_radius_px: the same at the end, where it differs; between the two the brush grows evenly.
        shape: a disc, or an upright square.

    Raises:
        ValueError: if a number is not finite or a radius is negative.
    """
    (x0, y0), (x1, y1) = start, end
    r0, r1 = radius_px, radius_px if end_radius_px is None else end_radius_px
    if not all(map(math.isfinite, (x0, y0, x1, y1, r0, r1))) or min(r0, r1) < 0:
        raise ValueError("a stroke needs finite points and a radius of at least 0")
    r0, r1 = max(r0, MIN_RADIUS_PX) + _SLACK_PX, max(r1, MIN_RADIUS_PX) + _SLACK_PX
    top = _clamp(math.floor(min(y0 - r0, y1 - r1)), size.height)
    bottom = _clamp(math.ceil(max(y0 + r0, y1 + r1)), size.height)
    centres = np.arange(top, bottom, dtype=np.float64) + np.float64(0.5)
    dab_rows, flanks = (_disc_rows, _tangents) if shape == "round" else (_square_rows, _flanks_of_square)
    parts = [dab_rows(x0, y0, r0, centres)]
    if (x0, y0, r0) != (x1, y1, r1):
        parts.append(dab_rows(x1, y1, r1, centres))
        parts += [_edge_rows(first, last, centres) for first, last in flanks(x0, y0, r0, x1, y1, r1)]
    low, high = parts[0]
    for other_low, other_high in parts[1:]:  # rows of a convex hull are those of its outline
        low, high = np.minimum(low, other_low), np.maximum(high, other_high)
    lefts = np.ceil(np.clip(low - 0.5, 0, size.width)).astype(np.int64)
    rights = np.floor(np.clip(high - 0.5, -1, size.width - 1)).astype(np.int64) + 1
    return Spans(top, lefts, rights)


def polyline_spans(
    points: Sequence[Point], *, radius_px: float | Sequence[float], size: Size, shape: BrushShape = "round"
) -> Iterator[Spans]:
    """Yield the pixels a brush covers along a polyline, line by line; one point gives one dab.

    The pixel under each point is always among them, however thin the brush.

    Args:
        points: corners of the polyline.
        radius_px: half the brush's width, for all points or one for each; it changes evenly from point to point.
        size: size of the layout; pixels outside are left out.
        shape: a disc, or an upright square.

    Raises:
        ValueError: if a number is not finite, a radius is negative, or there is not one for each point.
    """
    radii = [float(radius_px)] * len(points) if isinstance(radius_px, int | float) else [float(r) for r in radius_px]
    if len(radii) != len(points):
        raise ValueError(f"a stroke of {len(points)} points needs as many radii, not {len(radii)}")
    dabs = list(zip(points, radii, strict=True))
    for (start, r0), (end, r1) in pairwise(dabs) if len(dabs) > 1 else zip(dabs, dabs, strict=True):
        yield segment_spans(start, end, radius_px=r0, end_radius_px=r1, size=size, shape=shape)
    for (x, y), radius in dabs:
        column, row = math.floor(x), math.floor(y)
        if radius < math.sqrt(0.5) and 0 <= column < size.width and 0 <= row < size.height:
            yield Spans(row, np.array([column]), np.array([column + 1]))


def bounds_of(mask: Mask) -> Bounds:
    """Return the smallest bounds that hold all set pixels of an (H, W) bool array, empty where none is set."""
    if not mask.size:
        return Bounds(0, 0, 0, 0)
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(mask).view(np.uint8))
    return Bounds(left, top, left + width, top + height)


def union_of(parts: Iterable[Bounds]) -> Bounds:
    """Return the smallest bounds that hold all of some bounds, empty where there are none."""
    return reduce(Bounds.union, parts, Bounds(0, 0, 0, 0))


_Rows = npt.NDArray[np.float64]
_RowInterval = tuple[_Rows, _Rows]
_Edge = tuple[Point, Point]


def _clamp(value: int, limit: int) -> int:
    return min(max(value, 0), limit)


def _disc_rows(x: float, y: float, radius: float, centres: _Rows) -> _RowInterval:
    squared = radius * radius - (centres - y) ** 2
    half = np.sqrt(np.maximum(squared, 0.0))
    inside = squared >= 0
    return np.where(inside, x - half, np.inf), np.where(inside, x + half, -np.inf)


def _square_rows(x: float, y: float, radius: float, centres: _Rows) -> _RowInterval:
    inside = np.abs(centres - y) <= radius
    return np.where(inside, x - radius, np.inf), np.where(inside, x + radius, -np.inf)


def _edge_rows(start: Point, end: Point, centres: _Rows) -> _RowInterval:
    (x0, y0), (x1, y1) = (start, end) if start[1] <= end[1] else (end, start)
    slope = (x1 - x0) / (y1 - y0) if y1 > y0 else 0.0
    inside = (centres >= y0) & (centres <= y1)
    x = np.clip(x0 + (centres - y0) * slope, min(x0, x1), max(x0, x1))
    if y1 == y0:
        return np.where(inside, min(x0, x1), np.inf), np.where(inside, max(x0, x1), -np.inf)
    return np.where(inside, x, np.inf), np.where(inside, x, -np.inf)


def _tangents(x0: float, y0: float, r0: float, x1: float, y1: float, r1: float) -> tuple[_Edge, ...]:
    """Return the two outer tangents of two discs, none where one disc holds the other."""
    length = math.hypot(x1 - x0, y1 - y0)
    if length <= abs(r0 - r1):
        return ()
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    along = (r0 - r1) / length
    across = math.sqrt(1 - along * along)
    normals = [(ux * along - uy * side, uy * along + ux * side) for side in (across, -across)]
    return tuple(((x0 + r0 * nx, y0 + r0 * ny), (x1 + r1 * nx, y1 + r1 * ny)) for nx, ny in normals)


def _flanks_of_square(x0: float, y0: float, r0: float, x1: float, y1: float, r1: float) -> tuple[_Edge, ...]:
    """Return the lines between the four corners of two upright squares."""
    corners = [(sx, sy) for sx in (-1, 1) for sy in (-1, 1)]
    return tuple(((x0 + r0 * sx, y0 + r0 * sy), (x1 + r1 * sx, y1 + r1 * sy)) for sx, sy in corners)
