"""The path of a stroke between pointer samples."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tools.stroke_path import StrokePath

Point = tuple[float, float]


def path_of(points: list[Point], *, view_px: float = 1.0) -> list[Point]:
    path = StrokePath()
    made = [sample for x, y in points for sample in path.extend((x, y, 5.0), view_px=view_px)]
    return [(x, y) for x, y, _ in made + path.finish(view_px=view_px)]


def off_circle(points: list[Point], radius: float) -> float:
    """Return how far the polyline strays from a circle about the origin."""
    worst = 0.0
    for (ax, ay), (bx, by) in pairwise(points):
        for t in (0.0, 0.5):
            worst = max(worst, abs(math.hypot(ax + t * (bx - ax), ay + t * (by - ay)) - radius))
    return worst


def test_one_sample_is_one_point():
    assert path_of([(3.5, 4.5)]) == [(3.5, 4.5)]


def test_a_straight_drag_stays_straight():
    made = path_of([(0, 0), (100, 50), (200, 100), (300, 150)])
    assert all(y == pytest.approx(x / 2) for x, y in made)


def test_a_fast_curve_is_round_between_its_samples():
    samples = [(200 * math.cos(a), 200 * math.sin(a)) for a in (k * math.pi / 10 for k in range(20))]
    smooth = path_of(samples)
    straight_error = 200 * (1 - math.cos(math.pi / 20))
    settled = [p for p in smooth if math.atan2(p[1], p[0]) < 0 or p[0] < 0]
    assert off_circle(settled, 200) < straight_error / 4


def test_the_path_goes_through_samples_that_are_far_apart():
    samples: list[Point] = [(0, 0), (60, 10), (110, 50), (130, 110)]
    made = path_of(samples)
    assert all(min(math.dist(sample, point) for point in made) < 1e-9 for sample in samples)


def test_a_sharp_corner_is_kept():
    made = path_of([(0, 0), (50, 0), (100, 0), (100, 50), (100, 100)])
    assert max(x for x, _ in made) <= 100
    assert all(y == 0 or x == pytest.approx(100) for x, y in made)


def test_steps_of_whole_view_pixels_become_a_smooth_line():
    """Zoomed out, a view pixel is four layout pixels: a slow diagonal arrives as a staircase."""
    stairs = [(4.0 * ((k + 1) // 2), 4.0 * (k // 2)) for k in range(40)]
    made = path_of(stairs, view_px=4.0)[1:-1]
    assert max(abs(y - x + 2) for x, y in made) < 1.5
    assert max(abs(y - x + 2) for x, y in stairs) == 2


def test_the_path_ends_where_the_pointer_was_let_go():
    made = path_of([(0, 0), (1, 0), (2, 1), (3, 1)])
    assert made[-1] == (3, 1)


def test_the_radius_changes_evenly_along_a_curve():
    path = StrokePath()
    path.extend((0, 0, 2.0), view_px=1)
    path.extend((40, 0, 4.0), view_px=1)
    radii = [radius for *_, radius in path.extend((75, 20, 10.0), view_px=1)]
    assert radii == sorted(radii) and 4 < radii[0] < radii[-1] == 10


coordinates = st.floats(-5000, 5000, allow_nan=False).map(lambda v: round(v, 2))


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=30), st.sampled_from([0.03, 1.0, 16.0]))
def test_any_samples_give_a_finite_path_that_stays_near_them(points: list[Point], view_px: float):
    made = path_of(points, view_px=view_px)
    reach = max(abs(v) for point in points for v in point)
    assert all(math.isfinite(v) and abs(v) <= 2 * reach + 16 * view_px for point in made for v in point)
    assert made[-1] == pytest.approx(points[-1])
