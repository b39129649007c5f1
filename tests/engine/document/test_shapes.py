"""Tests of shapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.shapes import Ellipse, Line, Polygon, Rectangle, Shape, mirror_images, shape_mask
from engine.document.strokes import StrokeOptions, bounds_of
from engine.geometry import Bounds, Size

SIZE = Size(24, 18)
POINTS = st.tuples(st.floats(-10, 34), st.floats(-10, 28))


def _shown(shape: Shape, size: Size = Size(8, 8)) -> list[str]:
    return ["".join(".x"[int(cell)] for cell in row) for row in shape_mask(shape, size)]


def test_a_rectangle_holds_the_pixels_between_its_corners_and_those_under_them() -> None:
    assert bounds_of(shape_mask(Rectangle((2, 3), (6, 5)), SIZE)) == Bounds(2, 3, 6, 5)
    assert bounds_of(shape_mask(Rectangle((6, 5), (2, 3)), SIZE)) == Bounds(2, 3, 6, 5)
    mask = shape_mask(Rectangle((2.9, 3.2), (6.1, 5.9)), SIZE)
    assert mask.sum() == 5 * 3
    assert bounds_of(mask) == Bounds(2, 3, 7, 6)
    assert bounds_of(shape_mask(Rectangle((4.2, 4.2), (4.2, 4.2)), SIZE)) == Bounds(4, 4, 5, 5)
    assert not shape_mask(Rectangle((-9, -9), (-2, -2)), SIZE).any()
    assert shape_mask(Rectangle((-9, -9), (99, 99)), SIZE).all()


def test_an_ellipse_fills_the_rectangle_between_its_corners() -> None:
    assert _shown(Ellipse((1, 1), (7, 7))) == [
        "........",
        "..xxxx..",
        ".xxxxxx.",
        ".xxxxxx.",
        ".xxxxxx.",
        ".xxxxxx.",
        "..xxxx..",
        "........",
    ]
    assert bounds_of(shape_mask(Ellipse((3, 2), (19, 10)), SIZE)) == Bounds(3, 2, 19, 10)
    assert shape_mask(Ellipse((4.5, 4.5), (4.5, 4.5)), SIZE).sum() == 1
    assert shape_mask(Ellipse((2, 4.5), (9, 4.5)), SIZE).any()


def test_a_line_is_a_stroke_of_its_width() -> None:
    mask = shape_mask(Line((3.5, 4.5), (12.5, 4.5), 3), SIZE)
    assert bounds_of(mask) == Bounds(2, 3, 14, 6)
    assert shape_mask(Line((3.5, 4.5), (12.5, 11.5), 0), SIZE).any()


def test_a_polygon_holds_pixels_whose_centres_it_encloses() -> None:
    assert _shown(Polygon(((1, 1), (7, 1), (7, 7)))) == [
        "........",
        ".xxxxxx.",
        "..xxxxx.",
        "...xxxx.",
        "....xxx.",
        ".....xx.",
        "......x.",
        "........",
    ]


def test_a_polygon_that_crosses_itself_is_hollow_where_it_overlaps() -> None:
    star = Polygon(((1, 1), (15, 1), (15, 15), (1, 15), (1, 1), (5, 5), (10, 5), (10, 10), (5, 10), (5, 5)))
    mask = shape_mask(star, SIZE)
    assert mask[2, 2]
    assert not mask[7, 7]


@settings(max_examples=100, deadline=None)
@given(st.lists(POINTS, min_size=1, max_size=7))
def test_a_polygon_is_what_the_even_odd_rule_says(points: list[tuple[float, float]]) -> None:
    mask = shape_mask(Polygon(tuple(points)), SIZE)
    for row in range(SIZE.height):
        for column in range(0, SIZE.width, 3):
            x, y = column + 0.5, row + 0.5
            inside, near = False, False
            for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
                if (y0 <= y) != (y1 <= y):
                    crossing = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
                    inside ^= crossing <= x
                    near |= abs(crossing - x) < 1e-6
            near |= any(abs(y0 - y) < 1e-6 for _, y0 in points)
            assert near or mask[row, column] == inside


def test_a_polygon_may_lie_far_outside_or_be_next_to_nothing() -> None:
    assert shape_mask(Polygon(((-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9))), SIZE).all()
    for points in (((3.0, 3.0),), ((3.0, 3.0), (9.0, 9.0)), ((30.0, 3.0), (40.0, 3.0), (40.0, 9.0))):
        assert not shape_mask(Polygon(points), SIZE).any()


@pytest.mark.parametrize(
    "shape",
    [
        Rectangle((0, float("nan")), (1, 1)),
        Ellipse((0, 0), (float("inf"), 1)),
        Line((0, 0), (1, 1), -1),
        Line((0, 0), (1, float("nan")), 1),
        Polygon(()),
        Polygon(((0, 0), (float("nan"), 1))),
        Polygon(((0.0, 0.0),) * 100_001),
    ],
)
def test_impossible_shapes_are_refused(shape: Shape) -> None:
    with pytest.raises(ValueError, match=r"finite|polygon has"):
        shape_mask(shape, SIZE)


@pytest.mark.parametrize(
    "shape",
    [
        Line((2, 3), (8, 5), 2), Rectangle((2, 3), (8, 5)), Ellipse((2, 3), (8, 5)),
        Polygon(((2, 3), (8, 4), (5, 8))),
    ],
)  # fmt: skip
def test_mirror_images_are_the_shape_flipped(shape: Shape) -> None:
    size = Size(20, 20)
    images = mirror_images(shape, StrokeOptions(mirror_x_px=10, mirror_y_px=10))
    masks = [shape_mask(image, size) for image in images]
    assert len(masks) == 4
    for mask, flipped in zip(masks, (masks[0], masks[0][:, ::-1], masks[0][::-1], masks[0][::-1, ::-1]), strict=True):
        assert np.count_nonzero(mask != flipped) <= 4  # ties on pixel edges fall one way
