"""Laying a segment by hand: thetas that follow from moving, scaling, turning and flipping it. Pure.

Positions are continuous layout pixels: x to the right, y down, the centre of pixel (x, y) at (x + 0.5, y + 0.5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.document.strokes import Point
from engine.geometry import (
    Bounds,
    Size,
    Theta,
    compose_affine,
    frame_box,
    invert_affine,
    theta_matrix,
)

Affine = npt.NDArray[np.float64]
Corner = Literal["top_left", "top_right", "bottom_right", "bottom_left"]
Edge = Literal["top", "right", "bottom", "left"]
CORNERS: tuple[Corner, ...] = ("top_left", "top_right", "bottom_right", "bottom_left")
EDGES: tuple[Edge, ...] = ("top", "right", "bottom", "left")
LEAST_SCALE = 0.05
MOST_SCALE = 20.0


@dataclass(frozen=True)
class Frame:
    """A segment's bounding box, laid onto the layout.

    Attributes:
        corners: where the four corners lie, in the order of `CORNERS` as they stand in the photograph.
    """

    corners: tuple[Point, Point, Point, Point]

    @property
    def centre(self) -> Point:
        """The middle."""
        return _middle(self.corners[0], self.corners[2])

    def edge(self, edge: Edge) -> Point:
        """Return the middle of an edge."""
        at = EDGES.index(edge)
        return _middle(self.corners[at], self.corners[(at + 1) % 4])

    def contains(self, point: Point) -> bool:
        """Whether a position lies inside."""
        sides = []
        for (ax, ay), (bx, by) in zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True):
            sides.append((bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax))
        return all(side >= 0 for side in sides) or all(side <= 0 for side in sides)


@dataclass(frozen=True, slots=True)
class Pose:
    """An alignment in words.

    Attributes:
        scale: picture heights of the photograph to those of the layout; 1 keeps its share of the picture.
        stretch: how much longer its first axis has grown than its second.
        angle_deg: turned clockwise, in (-180, 180].
        is_flipped: whether it is mirrored.
    """

    scale: float
    stretch: float
    angle_deg: float
    is_flipped: bool


def frame_of(theta: Theta, layout_size: Size, segment_bounds: Bounds, source_size: Size) -> Frame:
    """Return where a theta lays the bounding box of a segment."""
    u0, v0, u1, v1 = frame_box(segment_bounds, source_size)
    to_layout = compose_affine(_layout_from_frame(layout_size), invert_affine(theta_matrix(theta)))
    corners = [to_layout @ np.array([u, v, 1.0]) for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))]
    a, b, c, d = ((float(x), float(y)) for x, y in corners)
    return Frame((a, b, c, d))


def turn_handle(frame: Frame, distance_px: float, visible: tuple[float, float, float, float]) -> tuple[Point, Point]:
    """Return the edge that the handle that turns is tied to, and where the handle lies, so that it is seen.

    It lies outside the upper edge, else outside another one, else inside; where a view is deep in the frame, it is the
    nearest place that is seen.

    Args:
        frame: of the segment.
        distance_px: how far from the edge it lies.
        visible: left, top, right and bottom of what a view shows.
    """
    left, top, right, bottom = visible
    places: list[tuple[Point, Point]] = []
    for sign in (1.0, -1.0):
        for edge in ("top", "bottom", "right", "left"):
            (x, y), (cx, cy) = frame.edge(edge), frame.centre
            share = sign * distance_px / max(math.hypot(x - cx, y - cy), 1e-9)
            places.append(((x, y), (x + (x - cx) * share, y + (y - cy) * share)))
    seen = next((place for place in places if left <= place[1][0] <= right and top <= place[1][1] <= bottom), None)
    if seen is not None:
        return seen
    (tie, (x, y)) = places[0]
    return tie, (min(max(x, left), right), min(max(y, top), bottom))


def source_to_layout(theta: Theta, layout_size: Size, source_size: Size) -> Affine:
    """Return the (2, 3) affine from continuous pixels of the photograph to those of the layout."""
    inner = compose_affine(invert_affine(theta_matrix(theta)), invert_affine(_layout_from_frame(source_size)))
    return compose_affine(_layout_from_frame(layout_size), inner)


def pose_of(theta: Theta) -> Pose:
    """Describe an alignment."""
    linear = invert_affine(theta_matrix(theta))[:, :2]
    determinant = float(np.linalg.det(linear))
    along, across = (float(np.hypot(*linear[:, i])) for i in (0, 1))
    sign = -1.0 if determinant < 0 else 1.0  # a mirrored photograph is one whose first axis points the other way
    angle = math.degrees(math.atan2(sign * linear[1, 0], sign * linear[0, 0]))
    return Pose(math.sqrt(abs(determinant)), along / max(across, 1e-9), angle, determinant < 0)


def moved(theta: Theta, layout_size: Size, dx: float, dy: float) -> Theta:
    """Return the theta with its segment moved right and down, in layout pixels."""
    return _applied(theta, layout_size, np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]]))


def turned(theta: Theta, layout_size: Size, angle_deg: float, about: Point) -> Theta:
    """Return the theta with its segment turned clockwise about a layout position."""
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return _applied(theta, layout_size, _about(np.array([[c, -s], [s, c]]), about))


def scaled(theta: Theta, layout_size: Size, factor: float, about: Point) -> Theta:
    """Return the theta with its segment grown by a factor about a layout position."""
    factor = min(MOST_SCALE, max(LEAST_SCALE, factor))
    return _applied(theta, layout_size, _about(np.eye(2) * factor, about))


def stretched(theta: Theta, layout_size: Size, frame: Frame, grow_x: float, grow_y: float, about: Point) -> Theta:
    """Return the theta with its segment grown along its own two axes about a layout position."""
    grow = [min(MOST_SCALE, max(LEAST_SCALE, value)) for value in (grow_x, grow_y)]
    a, b, _, d = (np.array(corner) for corner in frame.corners)
    axes = np.column_stack([b - a, d - a])
    linear = axes @ np.diag(grow) @ np.linalg.inv(axes)
    return _applied(theta, layout_size, _about(linear, about))


def flipped(theta: Theta, segment_bounds: Bounds, source_size: Size, *, horizontally: bool) -> Theta:
    """Return the theta with its segment mirrored about the middle of its own box, along its own axes."""
    u0, v0, u1, v1 = frame_box(segment_bounds, source_size)
    mirror = (
        np.array([[-1.0, 0.0, u0 + u1], [0.0, 1.0, 0.0]])
        if horizontally
        else np.array([[1.0, 0.0, 0.0], [0.0, -1.0, v0 + v1]])
    )
    return _theta(compose_affine(mirror, theta_matrix(theta)))


def corner_growth(frame: Frame, corner: Corner, to: Point, *, free: bool, from_centre: bool) -> tuple[float, float]:
    """Return how much a segment grows along its axes when a corner is dragged to a layout position.

    Args:
        frame: where it lies before.
        corner: which one.
        to: where the pointer is.
        free: whether the two axes grow apart; else both alike.
        from_centre: whether the middle stays, else the opposite corner does.
    """
    at = CORNERS.index(corner)
    anchor = np.array(frame.centre if from_centre else frame.corners[(at + 2) % 4])
    before, after = np.array(frame.corners[at]) - anchor, np.array(to) - anchor
    a, b, _, d = (np.array(c) for c in frame.corners)
    axes = np.column_stack([b - a, d - a])
    own_before, own_after = np.linalg.solve(axes, before), np.linalg.solve(axes, after)
    if free:
        return float(own_after[0] / own_before[0]), float(own_after[1] / own_before[1])
    both = float(before @ after / (before @ before))
    return both, both


def edge_growth(frame: Frame, edge: Edge, to: Point, *, from_centre: bool) -> tuple[float, float]:
    """Return how much a segment grows along its axes when an edge is dragged to a layout position."""
    at = EDGES.index(edge)
    anchor = np.array(frame.centre if from_centre else frame.edge(EDGES[(at + 2) % 4]))
    a, b, _, d = (np.array(c) for c in frame.corners)
    axes = np.column_stack([b - a, d - a])
    before = np.linalg.solve(axes, np.array(frame.edge(edge)) - anchor)
    after = np.linalg.solve(axes, np.array(to) - anchor)
    axis = 1 if edge in ("top", "bottom") else 0
    growth = float(after[axis] / before[axis])
    return (1.0, growth) if axis else (growth, 1.0)


def anchor_of(frame: Frame, handle: Corner | Edge, *, from_centre: bool) -> Point:
    """Return what stays in place when a handle is dragged."""
    if from_centre:
        return frame.centre
    if handle in CORNERS:
        return frame.corners[(CORNERS.index(handle) + 2) % 4]
    return frame.edge(EDGES[(EDGES.index(handle) + 2) % 4])


def angle_between_deg(about: Point, start: Point, end: Point) -> float:
    """Return the clockwise angle from one position to another, seen from a third."""
    first = math.atan2(start[1] - about[1], start[0] - about[0])
    second = math.atan2(end[1] - about[1], end[0] - about[0])
    return math.degrees(second - first)


def _applied(theta: Theta, layout_size: Size, movement: Affine) -> Theta:
    """Return the theta whose segment has gone through an affine of the layout's plane."""
    to_layout = _layout_from_frame(layout_size)
    back = compose_affine(invert_affine(to_layout), compose_affine(invert_affine(movement), to_layout))
    return _theta(compose_affine(theta_matrix(theta), back))


def _layout_from_frame(size: Size) -> Affine:
    return np.array([[size.height, 0.0, size.width / 2], [0.0, size.height, size.height / 2]], np.float64)


def _about(linear: Affine, about: Point) -> Affine:
    centre = np.array(about, np.float64)
    return np.column_stack([linear, centre - linear @ centre])


def _middle(first: Point, second: Point) -> Point:
    return (first[0] + second[0]) / 2, (first[1] + second[1]) / 2


def _theta(matrix: Affine) -> Theta:
    a, b, c, d, e, f = (float(v) for v in matrix.reshape(6))
    return (a, b, c, d, e, f)
