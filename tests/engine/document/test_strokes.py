"""Tests of strokes."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.strokes import (
    MIN_RADIUS_PX,
    BrushShape,
    StrokeOptions,
    bounds_of,
    polyline_spans,
)
from engine.geometry import Bounds, Size

SIZE = Size(24, 18)
POINTS = st.tuples(st.floats(-10, 34), st.floats(-10, 28))


def _painted(points: list[tuple[float, float]], radius_px: float, size: Size = SIZE) -> np.ndarray:
    mask = np.zeros((size.height, size.width), np.bool_)
    for spans in polyline_spans(points, radius_px=radius_px, size=size):
        spans.write(mask, True)
    return mask


def _distances(points: list[tuple[float, float]], size: Size = SIZE) -> np.ndarray:
    """Distance of every pixel centre from the polyline, by the formula of a point and a line segment."""
    y, x = np.mgrid[: size.height, : size.width] + 0.5
    nearest = np.full(x.shape, np.inf)
    for (x0, y0), (x1, y1) in zip(points, points[1:] or points, strict=False):
        dx, dy = x1 - x0, y1 - y0
        length = dx * dx + dy * dy
        along = np.clip(((x - x0) * dx + (y - y0) * dy) / length, 0, 1) if length > 1e-12 else 0.0
        nearest = np.minimum(nearest, np.hypot(x - x0 - along * dx, y - y0 - along * dy))
    return nearest


@settings(max_examples=200, deadline=None)
@given(st.lists(POINTS, min_size=1, max_size=4), st.floats(0.75, 9))
def test_a_stroke_holds_every_pixel_within_its_radius_and_none_beyond(
    points: list[tuple[float, float]], radius_px: float
) -> None:
    painted, distances = _painted(points, radius_px), _distances(points)
    assert painted[distances <= radius_px - 1e-5].all()
    assert not painted[distances >= radius_px + 1e-5].any()


def test_a_disc_of_radius_one_and_a_half_on_a_pixel_centre_is_a_block_of_nine() -> None:
    expected = np.zeros((18, 24), np.bool_)
    expected[3:6, 4:7] = True
    np.testing.assert_array_equal(_painted([(5.5, 4.5)], 1.5), expected)


@settings(max_examples=100, deadline=None)
@given(st.tuples(st.floats(0, 23.99), st.floats(0, 17.99)), st.tuples(st.floats(0, 23.99), st.floats(0, 17.99)))
def test_the_thinnest_line_has_no_gap_and_holds_both_its_ends(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    painted = _painted([start, end], 0.0)
    rows, columns = np.nonzero(painted)
    assert painted[int(start[1]), int(start[0])]
    assert painted[int(end[1]), int(end[0])]
    along = columns if abs(end[0] - start[0]) > abs(end[1] - start[1]) else rows
    assert (np.diff(np.unique(along)) == 1).all()
    assert (_distances([start, end])[painted] <= np.sqrt(0.5) + MIN_RADIUS_PX).all()


def test_a_stroke_outside_the_layout_paints_nothing() -> None:
    (spans,) = polyline_spans([(-50.0, -50.0), (-40.0, 400.0)], radius_px=5, size=SIZE)
    assert not spans.bounds
    assert not _painted([(-50.0, -50.0), (-40.0, 400.0)], 5).any()


def test_bounds_of_spans_are_those_of_their_pixels() -> None:
    (spans,) = polyline_spans([(3.0, 3.0), (12.0, 9.0)], radius_px=2.5, size=SIZE)
    assert spans.bounds == bounds_of(_painted([(3.0, 3.0), (12.0, 9.0)], 2.5))


@pytest.mark.parametrize(
    ("point", "radius_px"), [((float("nan"), 0.0), 1.0), ((0.0, float("inf")), 1.0), ((0.0, 0.0), -1.0)]
)
def test_impossible_strokes_are_refused(point: tuple[float, float], radius_px: float) -> None:
    with pytest.raises(ValueError, match="finite points"):
        list(polyline_spans([point, (1.0, 1.0)], radius_px=radius_px, size=SIZE))


def test_a_short_segment_of_a_huge_brush_is_quick_on_the_largest_layout() -> None:
    size = Size(4096, 2048)
    class_ids = np.zeros((size.height, size.width), np.uint8)
    took_s = []
    for step in range(5):
        began = time.perf_counter()
        for spans in polyline_spans([(2000.0, 1000.0), (2020.0, 1010.0 + step)], radius_px=200, size=size):
            spans.write(class_ids, 1)
        took_s.append(time.perf_counter() - began)
    assert min(took_s) < 0.008


def _margins(
    start: tuple[float, float], end: tuple[float, float], r0: float, r1: float, shape: BrushShape
) -> np.ndarray:
    """How far every pixel centre lies outside a brush that moves and grows evenly; negative inside."""
    y, x = np.mgrid[: SIZE.height, : SIZE.width] + 0.5
    nearest = np.full(x.shape, np.inf)
    for t in np.linspace(0, 1, 401):
        dx, dy = x - start[0] - t * (end[0] - start[0]), y - start[1] - t * (end[1] - start[1])
        distance = np.hypot(dx, dy) if shape == "round" else np.maximum(abs(dx), abs(dy))
        nearest = np.minimum(nearest, distance - r0 - t * (r1 - r0))
    return nearest


@settings(max_examples=120, deadline=None)
@given(POINTS, POINTS, st.floats(0.75, 9), st.floats(0.75, 9), st.sampled_from(["round", "square"]))
def test_a_brush_that_changes_its_size_covers_all_it_passes_and_no_more(
    start: tuple[float, float], end: tuple[float, float], r0: float, r1: float, shape: BrushShape
) -> None:
    painted = np.zeros((SIZE.height, SIZE.width), np.bool_)
    for spans in polyline_spans([start, end], radius_px=[r0, r1], size=SIZE, shape=shape):
        spans.write(painted, True)
    margins = _margins(start, end, r0, r1, shape)
    assert painted[margins <= 0].all()
    assert not painted[margins >= 0.15].any()  # what 401 places along the way leave open


def test_a_square_brush_paints_squares() -> None:
    mask = np.zeros((SIZE.height, SIZE.width), np.bool_)
    for spans in polyline_spans([(5.5, 4.5)], radius_px=1.5, size=SIZE, shape="square"):
        spans.write(mask, True)
    expected = np.zeros_like(mask)
    expected[3:6, 4:7] = True
    np.testing.assert_array_equal(mask, expected)
    assert next(iter(polyline_spans([(5.0, 4.0)], radius_px=2, size=SIZE, shape="square"))).bounds == Bounds(3, 2, 7, 6)


def test_as_many_radii_as_points_are_needed() -> None:
    with pytest.raises(ValueError, match="as many radii"):
        list(polyline_spans([(1.0, 1.0), (2.0, 2.0)], radius_px=[1.0], size=SIZE))
    with pytest.raises(ValueError, match="finite points"):
        list(polyline_spans([(1.0, 1.0), (2.0, 2.0)], radius_px=[1.0, float("nan")], size=SIZE))


def test_long_thin_spans_and_short_thick_ones_write_the_same_pixels() -> None:
    size = Size(700, 500)
    (spans,) = polyline_spans([(2.0, 3.0), (690.0, 480.0)], radius_px=2, size=size)
    assert spans.is_sparse
    by_row, by_mask = np.zeros((500, 700), np.bool_), np.zeros((500, 700), np.bool_)
    spans.write(by_row, True)
    bounds, mask = spans.mask()
    by_mask[bounds.slices] = mask
    np.testing.assert_array_equal(by_row, by_mask)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(POINTS, st.floats(0, 6)), min_size=2, max_size=30), st.sampled_from(["round", "square"]))
def test_lines_painted_at_once_cover_what_they_cover_one_by_one(
    dabs: list[tuple[tuple[float, float], float]], shape: BrushShape
) -> None:
    points, radii = [point for point, _ in dabs], [radius for _, radius in dabs]
    together, apart = np.zeros((2, SIZE.height, SIZE.width), np.bool_)
    for spans in polyline_spans(points, radius_px=radii, size=SIZE, shape=shape):
        spans.write(together, True)
    for i in range(len(points) - 1):
        for spans in polyline_spans(points[i : i + 2], radius_px=radii[i : i + 2], size=SIZE, shape=shape):
            spans.write(apart, True)
    np.testing.assert_array_equal(together, apart)


def test_a_fast_winding_stroke_is_few_pieces() -> None:
    points = [(1000 + 3.0 * i, 500 + 40 * np.sin(i / 9)) for i in range(60)]
    assert len(list(polyline_spans(points, radius_px=60, size=Size(4096, 2048)))) <= 3


def test_options_say_which_classes_are_painted_over() -> None:
    assert StrokeOptions().paintable is None
    paintable = StrokeOptions(protected=frozenset({1, 255})).paintable
    assert paintable is not None
    assert np.flatnonzero(~paintable).tolist() == [1, 255]
    paintable = StrokeOptions(only_over=4, protected=frozenset({1})).paintable
    assert paintable is not None
    assert np.flatnonzero(paintable).tolist() == [4]
    paintable = StrokeOptions(only_over=4, protected=frozenset({4})).paintable
    assert paintable is not None
    assert not paintable.any()


def test_options_reflect_points_at_one_axis_or_two() -> None:
    assert StrokeOptions().reflections((3, 4)) == ((3, 4),)
    assert StrokeOptions(mirror_x_px=10).reflections((3, 4)) == ((3, 4), (17, 4))
    assert StrokeOptions(mirror_y_px=10).reflections((3, 4)) == ((3, 4), (3, 16))
    both = StrokeOptions(mirror_x_px=10, mirror_y_px=10).reflections((3, 4))
    assert both == ((3, 4), (17, 4), (3, 16), (17, 16))


@pytest.mark.parametrize("wrong", [{"mirror_x_px": float("nan")}, {"only_over": 256}, {"protected": frozenset({-1})}])
def test_impossible_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"finite|from 0 to 255"):
        StrokeOptions(**wrong)


def test_bounds_of_no_pixel_are_empty() -> None:
    assert bounds_of(np.zeros((4, 4), np.bool_)) == Bounds(0, 0, 0, 0)


def test_no_points_paint_nothing():
    assert list(polyline_spans([], radius_px=3.0, size=SIZE)) == []
