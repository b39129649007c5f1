"""Fills as pixels: connected ones, all that look alike, and connected ones across which small gaps are closed."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from engine.document.strokes import bounds_of
from engine.geometry import Size
from engine.layout import ClassIds, InstanceIds
from engine.regions import Mask

MAX_GAP_PX = 256
_SQUARE_PX = 16
"""Up to this side OpenCV's own squares are the quickest; larger ones are made of these."""
Places = npt.NDArray[np.uint8]
"""(H, W), 0 or 1."""


def find_fill(
    class_ids: ClassIds, instance_ids: InstanceIds, x: int, y: int, *, contiguous: bool = True, close_gaps_px: int = 0
) -> Mask:
    """Return the pixels that carry the same class and instance as one, (H, W) bool.

    Args:
        class_ids: (H, W) uint8.
        instance_ids: (H, W) uint16.
        x: column of the pixel.
        y: row of the pixel.
        contiguous: only those 4-connected with it; else wherever they lie.
        close_gaps_px: gaps of at most this many pixels in what surrounds them count as closed.

    Raises:
        ValueError: if the pixel lies outside, or the gap is out of range.
    """
    if not 0 <= close_gaps_px <= MAX_GAP_PX:
        raise ValueError(f"gaps of 0 to {MAX_GAP_PX} pixels can be closed, not {close_gaps_px}")
    same = same_pair(class_ids, instance_ids, x, y)
    if not contiguous:
        return same
    return _connected(same, x, y) if close_gaps_px == 0 else _closed_fill(same, x, y, close_gaps_px)


def same_pair(class_ids: ClassIds, instance_ids: InstanceIds, x: int, y: int) -> Mask:
    """Return every pixel, wherever it lies, that carries the same class and instance as one, (H, W) bool.

    Raises:
        ValueError: if the pixel lies outside.
    """
    height, width = class_ids.shape
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(f"pixel ({x}, {y}) lies outside a layout of {width}x{height}")
    return (class_ids == class_ids[y, x]) & (instance_ids == instance_ids[y, x])


def _connected(mask: Mask, x: int, y: int) -> Mask:
    """Return the pixels of a mask that are 4-connected with one of them."""
    marked = mask.astype(np.uint8)
    cv2.floodFill(marked, None, (x, y), 2, flags=4)
    return marked == 2


def _closed_fill(same: Mask, x: int, y: int, gap_px: int) -> Mask:
    """Return what a square too wide for the gaps reaches from a pixel, and the nooks that lie at that part alone.

    Where squares fit, they are slid about inside the mask; the places they cover fall into rooms. What no square
    covers (corners, nooks, the gaps themselves) goes with the one room it touches, and is left out where it touches
    several: that is a gap.
    """
    side = gap_px + 1
    pixels = same.view(np.uint8)
    places = places_of(pixels, side)
    covered = covered_from(places, side)
    rest = pixels & ~covered  # both are 0 or 1
    if covered[y, x]:
        at_x, at_y = _nearest_place(places, x, y, side)
    else:
        nook = _connected(rest.view(np.bool_), x, y)
        touched = _touching(nook.view(np.uint8)) & covered
        square = np.ones((side, side), np.uint8)
        rooms = places & _dilated(touched, square, (side // 2, side // 2))
        if not rooms.any():
            return nook
        at_y, at_x = (int(v) for v in np.unravel_index(int(rooms.argmax()), rooms.shape))
        if (rooms & ~_connected(places.view(np.bool_), at_x, at_y).view(np.uint8)).any():
            return nook
    cv2.floodFill(places, None, (at_x, at_y), 2, flags=4)
    own = covered_from(places >> np.uint8(1), side)
    if rest.any():
        own |= _nooks_of(own, covered, rest, at_x, at_y)
    return own.view(np.bool_)


def _nooks_of(own: Places, covered: Places, rest: Places, at_x: int, at_y: int) -> Places:
    """Return what no square covers and touches, piece by piece, one room alone.

    Args:
        own: that room.
        covered: all rooms.
        rest: what no square covers.
        at_x: column of a pixel of the room.
        at_y: row of that pixel.
    """
    joint = own | rest
    cv2.floodFill(joint, None, (at_x, at_y), 2, flags=4)
    nooks = (joint >> np.uint8(1)) & rest
    window = bounds_of(nooks.view(np.bool_)).expanded(1).clipped(Size.of(nooks))
    if window:
        inside = nooks[window.slices]
        gaps = _touching(covered[window.slices] & ~own[window.slices]) & inside
        for row, column in np.argwhere(gaps).tolist():
            if nooks[window.top + row, window.left + column]:
                cv2.floodFill(nooks, None, (window.left + column, window.top + row), 0, flags=4)
    return nooks


def _nearest_place(places: Places, x: int, y: int, side: int) -> tuple[int, int]:
    """Return the place nearest to a pixel of those whose square covers it; there is one."""
    reach = side // 2
    top, left = max(y + reach - side + 1, 0), max(x + reach - side + 1, 0)
    rows, columns = np.nonzero(places[top : y + reach + 1, left : x + reach + 1])
    nearest = int(((rows + top - y) ** 2 + (columns + left - x) ** 2).argmin())
    return int(columns[nearest]) + left, int(rows[nearest]) + top


def places_of(pixels: Places, side: int) -> Places:
    """Return where a square fits inside pixels: it reaches ``side // 2`` pixels up and to the left of its place."""
    first = min(side, _SQUARE_PX)
    square, anchor = np.ones((first, first), np.uint8), (first // 2, first // 2)
    eroded = cv2.erode(pixels, square, anchor=anchor, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    places = np.asarray(eroded, np.uint8)
    for step in _doublings(first, side):
        for axis in (places, places.T):
            axis[:-step] &= axis[step:]
            axis[-step:] = 0
    return _shifted(places, side // 2 - first // 2)


def covered_from(places: Places, side: int) -> Places:
    """Return the pixels that the squares at some places cover; see `places_of`."""
    first = min(side, _SQUARE_PX)
    square, anchor = np.ones((first, first), np.uint8), (first - 1 - first // 2, first - 1 - first // 2)
    covered = _dilated(_shifted(places, first // 2 - side // 2), square, anchor)
    for step in _doublings(first, side):
        for axis in (covered, covered.T):
            axis[step:] |= axis[:-step]
    return covered


def _doublings(length: int, side: int) -> Iterator[int]:
    """Yield how far to shift what holds for squares so that it holds for larger ones, until they have a side."""
    while length < side:
        step = min(length, side - length)
        yield step
        length += step


def _shifted(pixels: Places, by_px: int) -> Places:
    """Return pixels moved down and to the right; what enters is 0."""
    if by_px == 0:
        return pixels
    moved, by = np.zeros_like(pixels), abs(by_px)
    there, here = (slice(by, None), slice(None, -by))[:: 1 if by_px >= 0 else -1]
    moved[there, there] = pixels[here, here]
    return moved


def _dilated(pixels: Places, square: Places, anchor: tuple[int, int]) -> Places:
    grown = cv2.dilate(pixels, square, anchor=anchor, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(grown, np.uint8)


def _touching(pixels: Places) -> Places:
    """Return pixels and their 4-neighbours."""
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
    return _dilated(pixels, cross, (1, 1))
