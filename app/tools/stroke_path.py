"""From pointer samples to the path of a stroke: neither the corners of slow sampling nor the steps of whole pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

Sample = tuple[float, float, float]
"""x, y and radius, in layout pixels."""

STEADY_VIEW_PX = 4.0
"""Samples this close together are averaged: the pointer moves by whole pixels of the view."""
SMOOTH_TURN = math.cos(math.radians(60))
"""Between samples that turn by more the painter meant a corner."""
SMOOTH_RATIO = 4.0
"""Samples whose distances differ by more tell nothing of a curve."""
FLAT_VIEW_PX = 0.2
"""How far the straight pieces of a curve may lie beside it."""
MAX_PIECES = 24


@dataclass(frozen=True, slots=True)
class _Knot:
    """A point of the path, and the direction the path leaves it in, if it is known."""

    x: float
    y: float
    radius: float
    leaving: tuple[float, float] | None


class StrokePath:
    """Makes a smooth path of one stroke's samples, as they come.

    Samples that lie a few view pixels apart are averaged pairwise, which removes the stair-steps of a pointer that
    moves by whole pixels. Between others the path is a cubic: its tangent at a sample is that of the parabola through
    the last three samples, so the path is drawn up to the pointer without waiting for the next sample. Where the
    painter turned sharply, it keeps the corner.
    """

    def __init__(self) -> None:
        """Start without samples."""
        self._last: Sample | None = None
        self._knots: list[_Knot] = []

    def extend(self, sample: Sample, *, view_px: float) -> list[Sample]:
        """Return the points of the path that a sample adds.

        Args:
            sample: where the pointer is.
            view_px: size of a pixel of the view, in layout pixels.
        """
        last, self._last = self._last, sample
        if last is not None and math.dist(last[:2], sample[:2]) <= STEADY_VIEW_PX * view_px:
            sample = ((last[0] + sample[0]) / 2, (last[1] + sample[1]) / 2, (last[2] + sample[2]) / 2)
        return self._through(sample, view_px)

    def finish(self, *, view_px: float) -> list[Sample]:
        """Return the points that lead to the last sample itself."""
        return [] if self._last is None else self._through(self._last, view_px)

    def _through(self, sample: Sample, view_px: float) -> list[Sample]:
        x, y, radius = sample
        if not self._knots:
            self._knots.append(_Knot(x, y, radius, None))
            return [sample]
        start = self._knots[-1]
        if (start.x, start.y) == (x, y):
            self._knots[-1] = _Knot(x, y, radius, start.leaving)
            return [] if radius == start.radius else [sample]
        arriving = None if len(self._knots) < 2 else _tangent(self._knots[-2], start, x, y)
        self._knots = [start, _Knot(x, y, radius, arriving)]
        if arriving is None:
            return [sample]
        return _curve(start, sample, arriving, view_px)


def _tangent(before: _Knot, here: _Knot, x: float, y: float) -> tuple[float, float] | None:
    """Return the direction, of length 1, in which a curve through three points ends; None where they are a corner."""
    ax, ay, bx, by = here.x - before.x, here.y - before.y, x - here.x, y - here.y
    a, b = math.hypot(ax, ay), math.hypot(bx, by)
    if max(a, b) > SMOOTH_RATIO * min(a, b) or ax * bx + ay * by < SMOOTH_TURN * a * b:
        return None
    share = b / (a + b)
    tx, ty = (1 + share) * bx / b - share * ax / a, (1 + share) * by / b - share * ay / a
    length = math.hypot(tx, ty)
    return tx / length, ty / length


def _curve(start: _Knot, end: Sample, arriving: tuple[float, float], view_px: float) -> list[Sample]:
    """Return points of the cubic that leaves a knot in its direction and arrives at a sample, its start left out."""
    x, y, radius = end
    length = math.dist((start.x, start.y), (x, y))
    leaving = start.leaving or ((x - start.x) / length, (y - start.y) / length)
    turn = _angle(leaving, (x - start.x, y - start.y)) + _angle(arriving, (x - start.x, y - start.y))
    count = min(MAX_PIECES, max(1, math.ceil(math.sqrt(length * turn / (8 * FLAT_VIEW_PX * view_px)))))
    points: list[Sample] = []
    for step in range(1, count + 1):
        t = step / count
        h00, h10 = (1 + 2 * t) * (1 - t) ** 2, t * (1 - t) ** 2 * length
        h01, h11 = t * t * (3 - 2 * t), t * t * (t - 1) * length
        points.append(
            (
                h00 * start.x + h10 * leaving[0] + h01 * x + h11 * arriving[0],
                h00 * start.y + h10 * leaving[1] + h01 * y + h11 * arriving[1],
                start.radius + (radius - start.radius) * t,
            )
        )
    return points


def _angle(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the angle between two directions, from 0 to pi."""
    return abs(math.atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]))
