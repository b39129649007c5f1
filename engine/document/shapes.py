"""Shapes drawn in one gesture, as pixels: line, rectangle, ellipse and polygon, all filled.

Points are in layout coordinates, as for strokes. A pixel belongs to a shape where its centre lies inside; the pixels
under the ends of a line and the corners of a rectangle, and the one in the middle of an ellipse, always do, so that a
small one does not vanish.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.document.strokes import Point, StrokeOptions, polyline_spans
from engine.geometry import Bounds, Size
from engine.regions import Mask

MAX_POLYGON_POINTS = 100_000
_EDGES_AT_ONCE = 1024
_ROWS_AT_ONCE = 32
_FAR_PX = 1 << 20
_Corners = npt.NDArray[np.float64]
_Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line with round ends.

    Attributes:
        start: where it begins.
        end: where it ends.
        width_px: its width, the diameter of a brush.
    """

    start: Point
    end: Point
    width_px: float


@dataclass(frozen=True, slots=True)
class Rectangle:
    """An upright rectangle between two opposite corners, in any order."""

    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class Ellipse:
    """The upright ellipse that fills the rectangle between two opposite corners, in any order."""

    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed polygon; where it crosses itself, what is enclosed an odd number of times is inside."""

    points: tuple[Point, ...]


Shape = Line | Rectangle | Ellipse | Polygon


def shape_mask(shape: Shape, size: Size) -> Mask:
    """Return the pixels of a shape in a layout of the given size, (H, W) bool; pixels outside are left out.

    Raises:
        ValueError: if a number is not finite, a width is negative, or a polygon has no or too many points.
    """
    mask = np.zeros((size.height, size.width), np.bool_)
    match shape:
        case Line():
            for spans in polyline_spans([shape.start, shape.end], radius_px=shape.width_px / 2, size=size):
                spans.write(mask, True)
        case Rectangle():
            if inside := _pixel_box(shape.start, shape.end).clipped(size):
                mask[inside.slices] = True
        case Ellipse():
            _write_ellipse(mask, shape.start, shape.end)
        case Polygon():
            _write_polygon(mask, shape.points)
    return mask


def mirror_images(shape: Shape, options: StrokeOptions) -> tuple[Shape, ...]:
    """Return where a shape is drawn: itself first, then its mirror images."""
    match shape:
        case Line(start, end, width_px):
            return tuple(Line(a, b, width_px) for a, b in _reflected((start, end), options))
        case Rectangle(start, end):
            return tuple(Rectangle(a, b) for a, b in _reflected((start, end), options))
        case Ellipse(start, end):
            return tuple(Ellipse(a, b) for a, b in _reflected((start, end), options))
        case Polygon(points):
            return tuple(Polygon(corners) for corners in _reflected(points, options))


def _reflected(points: tuple[Point, ...], options: StrokeOptions) -> Iterator[tuple[Point, ...]]:
    return zip(*(options.reflections(point) for point in points), strict=True)


def _checked(points: Sequence[Point]) -> _Corners:
    array = np.asarray(points, np.float64).reshape(-1, 2)
    if not np.isfinite(array).all():
        raise ValueError("a shape needs finite points")
    return np.clip(array, -_FAR_PX, _FAR_PX)


def _pixel_box(start: Point, end: Point) -> Bounds:
    """Return the pixels whose centres lie between two corners, and those under the corners."""
    corners = _checked([start, end])
    low, high = corners.min(axis=0), corners.max(axis=0)
    left, top = (math.floor(v) for v in low.tolist())
    right, bottom = (math.floor(v) + 1 for v in high.tolist())
    # A corner on the edge between two pixels lies in neither: what it touches only is left out.
    if high[0] == math.floor(high[0]) and right - 1 > left:
        right -= 1
    if high[1] == math.floor(high[1]) and bottom - 1 > top:
        bottom -= 1
    return Bounds(left, top, right, bottom)


def _write_ellipse(mask: Mask, start: Point, end: Point) -> None:
    box = _pixel_box(start, end)
    corners = _checked([start, end])
    centre, half = corners.mean(axis=0), np.abs(corners[1] - corners[0]) / 2
    radii = np.maximum(half, 0.5)
    inside = box.clipped(Size.of(mask))
    if not inside:
        return
    x = (np.arange(inside.left, inside.right) + 0.5 - centre[0]) / radii[0]
    y = (np.arange(inside.top, inside.bottom) + 0.5 - centre[1]) / radii[1]
    for row in range(0, inside.height, _ROWS_AT_ONCE):  # little memory at a time is quicker
        rows = slice(row, row + _ROWS_AT_ONCE)
        mask[inside.slices][rows] = (x * x)[None, :] + (y[rows] * y[rows])[:, None] <= 1 + 1e-9
    column, row = (math.floor(v) for v in centre.tolist())
    if inside.left <= column < inside.right and inside.top <= row < inside.bottom:
        mask[row, column] = True


def _write_polygon(mask: Mask, points: Sequence[Point]) -> None:
    """Set pixels whose centre has an odd number of edges to its left; an edge counts from its upper end, half-open."""
    if not 1 <= len(points) <= MAX_POLYGON_POINTS:
        raise ValueError(f"a polygon has 1 to {MAX_POLYGON_POINTS} points, not {len(points)}")
    corners = _checked(points) - 0.5
    low, high = corners.min(axis=0), corners.max(axis=0)
    (left, top), (right, bottom) = np.ceil(low).astype(int).tolist(), np.ceil(high).astype(int).tolist()
    box = Bounds(left, top, right, bottom).clipped(Size.of(mask))
    if not box:
        return
    toggles = np.zeros(box.height * (box.width + 1), np.uint8)  # odd or even is all that matters: it may wrap
    for first in range(0, len(corners), _EDGES_AT_ONCE):
        rows, columns = _crossings(corners, np.arange(first, min(first + _EDGES_AT_ONCE, len(corners))), box)
        np.add.at(toggles, rows * (box.width + 1) + columns, np.uint8(1))
    odd = np.cumsum(toggles.reshape(box.height, box.width + 1)[:, : box.width], axis=1, dtype=np.uint8) & 1
    mask[box.slices] = odd.view(np.bool_)


def _crossings(corners: _Corners, edges: _Indices, box: Bounds) -> tuple[_Indices, _Indices]:
    """Return rows of a box that edges cross, and the first column, 0 to its width, right of each crossing."""
    start, end = corners[edges], corners[(edges + 1) % len(corners)]
    upper = np.where((start[:, 1] <= end[:, 1])[:, None], start, end)
    lower = np.where((start[:, 1] <= end[:, 1])[:, None], end, start)
    first = np.maximum(np.ceil(upper[:, 1]), box.top).astype(np.int64)
    last = np.minimum(np.ceil(lower[:, 1]), box.bottom).astype(np.int64)
    counts = np.maximum(last - first, 0)
    edge = np.repeat(np.arange(len(edges)), counts)
    rows = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    (x0, y0), (x1, y1) = upper[edge].T, lower[edge].T
    x = x0 + (rows - y0) * (x1 - x0) / (y1 - y0)
    return rows - box.top, (np.clip(np.ceil(x), box.left, box.right) - box.left).astype(np.int64)
