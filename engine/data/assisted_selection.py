"""Assisted selection in a photograph: an object within a rectangle (GrabCut), and outlines that follow edges.

Both work in a part of the photograph of bounded size, so that a click answers in a moment whatever the photograph is.
Nothing here knows threads: callers run the slow parts in an executor.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.guided_filter import follow_edges, grey_of
from engine.data.sample import Rgb8
from engine.geometry import Bounds, Size

Mask = npt.NDArray[np.bool_]
Point = tuple[float, float]
MAX_GRAB_PIXELS = 160_000
GRAB_ROUNDS = 2
GRAB_CORE = 0.5
"""How much of the rectangle, along each axis, an ellipse in its middle surely belongs to the object.

GrabCut alone takes half of all objects in street photographs for background and finds nothing; with this core it loses
none, and the mean IoU with 70 annotated objects of CamVid rises from 0.34 to 0.71.
"""
WIRE_REACH_PX = 320
"""How far a stretch of an edge outline reaches from its anchor, along each axis."""
_GRAB_MARGIN = 0.15
_EDGE_REACH_PX = 3


@dataclass(frozen=True, eq=False)
class Grab:
    """What the painter said of an object.

    Attributes:
        rectangle: bounds that hold it.
        inside: (H, W) bool, pixels that surely belong to it.
        outside: (H, W) bool, pixels that surely do not.

    What lies in the middle of the rectangle belongs to it, too, unless it is marked as outside.
    """

    rectangle: Bounds
    inside: Mask
    outside: Mask


def grab_object(rgb: Rgb8, grab: Grab) -> Mask:
    """Return the object within a rectangle.

    Args:
        rgb: (H, W, 3) uint8 sRGB.
        grab: where it is; marks beyond the rectangle widen it.

    Returns:
        (H, W) bool.

    Source: Rother, Kolmogorov and Blake 2004, as OpenCV has it.
    """
    size = Size.of(rgb)
    selected = np.zeros((size.height, size.width), np.bool_)
    box = grab.rectangle.union(_bounds_of(grab.inside)).clipped(size)
    if not box:
        return selected
    margin_px = max(4, round(_GRAB_MARGIN * max(box.width, box.height)))
    window = box.expanded(margin_px).clipped(size)
    part = np.ascontiguousarray(rgb[window.slices])
    scale = min(1.0, (MAX_GRAB_PIXELS / window.area_px) ** 0.5)
    small = (max(2, round(window.width * scale)), max(2, round(window.height * scale)))
    states = np.full(part.shape[:2], cv2.GC_BGD, np.uint8)
    states[box.shifted(-window.left, -window.top).slices] = cv2.GC_PR_FGD
    states[_core_of(grab.rectangle.clipped(size), window)] = cv2.GC_FGD
    states[grab.outside[window.slices]] = cv2.GC_BGD
    states[grab.inside[window.slices]] = cv2.GC_FGD
    coarse = np.asarray(cv2.resize(states, small, interpolation=cv2.INTER_NEAREST), np.uint8)
    _ensure_ground(coarse)
    pixels = np.asarray(cv2.resize(part, small, interpolation=cv2.INTER_AREA), np.uint8)
    share = _grab(pixels, coarse)
    full = np.asarray(cv2.resize(share, (window.width, window.height), interpolation=cv2.INTER_LINEAR), np.float32)
    full = follow_edges(full, grey_of(part), reach_px=max(_EDGE_REACH_PX, round(_EDGE_REACH_PX / scale)))
    found = full >= 0.5
    found[grab.outside[window.slices]] = False
    found[grab.inside[window.slices]] = True
    selected[window.slices] = found
    return selected


def _grab(pixels: Rgb8, states: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return (h, w) float32, 1 where GrabCut finds the object; where nothing tells it apart, all that is likely."""
    if not np.isin(states, (cv2.GC_FGD, cv2.GC_PR_FGD)).any():
        return np.zeros(states.shape, np.float32)
    likely = np.isin(states, (cv2.GC_FGD, cv2.GC_PR_FGD))
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)  # its clusters begin at random: the same rectangle gives the same object
    try:
        cv2.grabCut(pixels, states, (0, 0, 0, 0), background, foreground, GRAB_ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # fewer colours than it has clusters
        return likely.astype(np.float32)
    return np.isin(states, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)


def _core_of(rectangle: Bounds, window: Bounds) -> Mask:
    """Return the ellipse in the middle of a rectangle, as a mask of the window."""
    x = np.arange(window.left, window.right) + 0.5
    y = np.arange(window.top, window.bottom) + 0.5
    across = (2 * x - rectangle.left - rectangle.right) / max(1, rectangle.width)
    down = (2 * y - rectangle.top - rectangle.bottom) / max(1, rectangle.height)
    return (across**2 + down[:, None] ** 2) <= GRAB_CORE**2


def _ensure_ground(states: npt.NDArray[np.uint8]) -> None:
    """Take the rim for background where nothing else is: a rectangle over the whole photograph."""
    if not (states == cv2.GC_BGD).any():
        rim = np.ones(states.shape, np.bool_)
        rim[1:-1, 1:-1] = False
        states[rim & (states == cv2.GC_PR_FGD)] = cv2.GC_BGD


class EdgeOutline:
    """The way along edges from one anchor to any pixel near it. Immutable once built.

    Source: Mortensen and Barrett 1995, as OpenCV has it.
    """

    def __init__(self, rgb: Rgb8, anchor: Point) -> None:
        """Find all ways from an anchor, in layout coordinates, within `WIRE_REACH_PX`; takes a tenth of a second."""
        size = Size.of(rgb)
        x, y = _pixel_of(anchor, size.bounds)
        self.anchor = anchor
        self._window = Bounds(x, y, x + 1, y + 1).expanded(WIRE_REACH_PX).clipped(size)
        wire = cv2.segmentation.IntelligentScissorsMB()
        wire.setEdgeFeatureCannyParameters(32, 100)
        wire.setGradientMagnitudeMaxLimit(200)
        wire.applyImage(np.ascontiguousarray(rgb[self._window.slices]))
        wire.buildMap((x - self._window.left, y - self._window.top))
        self._wire = wire

    def to(self, point: Point) -> list[Point]:
        """Return the points from behind the anchor to a point; beyond reach the last stretch is straight."""
        x, y = _pixel_of(point, self._window)
        contour = self._wire.getContour((x - self._window.left, y - self._window.top))
        offset = np.array([self._window.left + 0.5, self._window.top + 0.5])
        way: list[Point] = [(float(px), float(py)) for px, py in contour.reshape(-1, 2)[1:] + offset]
        return [*way[:-1], point] if way else [point]


def _pixel_of(point: Point, within: Bounds) -> tuple[int, int]:
    x = min(max(int(point[0]), within.left), within.right - 1)
    y = min(max(int(point[1]), within.top), within.bottom - 1)
    return x, y


def _bounds_of(mask: Mask) -> Bounds:
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return Bounds(left, top, left + width, top + height)
