"""Masks of reveals: where another candidate was painted into a region. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from engine.document.record import Reveal
from engine.geometry import Bounds, Size, Theta

Mask = npt.NDArray[np.bool_]
Point = tuple[float, float]
NOWHERE = Bounds(0, 0, 0, 0)


def build_reveal(segment_key: str, mask: Mask, theta: Theta | None = None) -> Reveal | None:
    """Return a reveal of a mask, or None where the mask is empty.

    Args:
        segment_key: the candidate that shows there.
        mask: (H, W) bool, of the layout's size.
        theta: the painter's own alignment of the candidate.
    """
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    if not width:
        return None
    bounds = Bounds(left, top, left + width, top + height)
    return Reveal(segment_key, Size.of(mask), bounds, np.packbits(mask[bounds.slices]).tobytes(), theta)


def reveal_mask(reveal: Reveal, size: Size) -> Mask:
    """Return the (H, W) bool mask of a reveal on a layout of some size; of another than its own, scaled to nearest."""
    box = reveal.bounds
    bits = np.unpackbits(np.frombuffer(reveal.bits, np.uint8), count=box.area_px)
    inside = bits.reshape(box.height, box.width).astype(np.bool_)
    own = reveal.size
    mask = np.zeros((size.height, size.width), np.bool_)
    if own == size:
        mask[box.slices] = inside
        return mask
    rows = (np.arange(size.height) * 2 + 1) * own.height // (2 * size.height)
    columns = (np.arange(size.width) * 2 + 1) * own.width // (2 * size.width)
    y0, y1 = np.searchsorted(rows, (box.top, box.bottom)).tolist()
    x0, x1 = np.searchsorted(columns, (box.left, box.right)).tolist()
    mask[y0:y1, x0:x1] = inside[np.ix_(rows[y0:y1] - box.top, columns[x0:x1] - box.left)]
    return mask


def shifted_reveal(reveal: Reveal, right_px: int, down_px: int, size: Size) -> Reveal | None:
    """Return a reveal moved, on a layout of some size; None where nothing of it is left inside.

    Its own alignment is not moved along: that is the caller's, who knows the frames.

    Args:
        reveal: a reveal in pixels of its own layout.
        right_px: how far to the right.
        down_px: how far down.
        size: of the layout it then lies on; may differ from its own, as after a crop.
    """
    moved = reveal.bounds.shifted(right_px, down_px)
    kept = moved.clipped(size)
    if not kept:
        return None
    if kept == moved:
        return replace(reveal, size=size, bounds=moved)
    bits = np.unpackbits(np.frombuffer(reveal.bits, np.uint8), count=moved.area_px).reshape(moved.height, moved.width)
    mask = np.zeros((size.height, size.width), np.bool_)
    mask[kept.slices] = bits[kept.shifted(-moved.left, -moved.top).slices]
    return build_reveal(reveal.segment_key, mask, reveal.theta)


def brush_mask(points: Sequence[Point], radius_px: float, size: Size) -> tuple[Bounds, Mask]:
    """Return the pixels that a round brush touches on its way through points, without a gap.

    Args:
        points: (x, y) in layout coordinates, the centre of pixel (x, y) at (x + 0.5, y + 0.5).
        radius_px: of the brush; the pixel under a point is always drawn.
        size: of the layout; pixels outside are left out.

    Returns:
        Bounds inside the layout, perhaps empty, and the (h, w) bool pixels inside them.

    Raises:
        ValueError: if a number is not finite or the radius is negative.
    """
    numbers = [radius_px, *(value for point in points for value in point)]
    if not all(map(math.isfinite, numbers)) or radius_px < 0:
        raise ValueError("a stroke needs finite points and a radius of at least 0")
    radius = max(radius_px, math.sqrt(0.5))
    lines = list(pairwise(points)) or [(points[0], points[0])]
    boxes = [_box_of(start, end, radius, size) for start, end in lines]
    window = NOWHERE
    for box in boxes:
        window = window.union(box)
    drawn = np.zeros((window.height, window.width), np.bool_)
    for (start, end), box in zip(lines, boxes, strict=True):
        if box:
            drawn[box.shifted(-window.left, -window.top).slices] |= _within(start, end, radius, box)
    return window, drawn


def _box_of(start: Point, end: Point, radius: float, size: Size) -> Bounds:
    (x0, y0), (x1, y1) = start, end
    left, top = math.floor(min(x0, x1) - radius), math.floor(min(y0, y1) - radius)
    right, bottom = math.ceil(max(x0, x1) + radius), math.ceil(max(y0, y1) + radius)
    return Bounds(left, top, right, bottom).clipped(size)


def _within(start: Point, end: Point, radius: float, box: Bounds) -> Mask:
    """Return which pixel centres of a box lie within a radius of a straight line."""
    x = np.arange(box.left, box.right) + (0.5 - start[0])
    y = (np.arange(box.top, box.bottom) + (0.5 - start[1]))[:, None]
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
    return (x - along * dx) ** 2 + (y - along * dy) ** 2 <= radius * radius
