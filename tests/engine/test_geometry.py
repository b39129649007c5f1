"""Tests of sizes, bounds and the picture frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.geometry import (
    IDENTITY_THETA,
    THETA_STEP,
    Bounds,
    Size,
    compose_affine,
    frame_box,
    frame_to_pixel,
    invert_affine,
    pixel_affine,
    pixel_to_frame,
    round_theta,
    theta_matrix,
)

EDGES = st.integers(-20, 20)


def test_a_size_is_read_from_text() -> None:
    assert Size.parse(" 512x256 ") == Size(512, 256)
    assert str(Size(512, 256)) == "512x256"
    assert Size.of(np.zeros((3, 5, 2))) == Size(5, 3)


@pytest.mark.parametrize("text", ["", "512", "0x8", "8x0", "-8x8", "8x8x8", "axb", "999999x1"])
def test_a_text_that_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="WIDTHxHEIGHT"):
        Size.parse(text)


def test_bounds_are_half_open() -> None:
    bounds = Bounds(1, 2, 4, 6)
    array = np.zeros((8, 8), np.uint8)
    array[bounds.slices] = 1
    assert (bounds.width, bounds.height, bounds.area_px) == (3, 4, 12)
    assert array.sum() == 12
    assert array[2, 1] == array[5, 3] == 1
    assert array[6, 3] == array[5, 4] == 0


def test_empty_bounds_add_nothing_to_a_union() -> None:
    assert not Bounds(3, 3, 3, 9)
    assert Bounds(3, 3, 3, 9).union(Bounds(1, 1, 2, 2)) == Bounds(1, 1, 2, 2)
    assert Bounds(1, 1, 2, 2).union(Bounds(0, 0, 0, 0)) == Bounds(1, 1, 2, 2)


@given(st.builds(Bounds, EDGES, EDGES, EDGES, EDGES), st.builds(Bounds, EDGES, EDGES, EDGES, EDGES))
def test_union_holds_both_and_intersection_lies_in_both(first: Bounds, second: Bounds) -> None:
    both, common = first.union(second), first.intersection(second)
    for bounds in (first, second):
        if bounds:
            assert both.intersection(bounds) == bounds
        if common:
            assert bounds.intersection(common) == common


def test_bounds_grow_and_move_and_are_clipped_to_the_picture() -> None:
    assert Bounds(0, 2, 4, 8).shifted(3, -1) == Bounds(3, 1, 7, 7)
    assert Bounds(0, 2, 4, 8).expanded(2).clipped(Size(5, 9)) == Bounds(0, 0, 5, 9)


def test_the_frame_puts_the_middle_of_the_picture_at_zero_and_its_edge_at_half_a_height() -> None:
    assert frame_box(Bounds(0, 0, 8, 4), Size(8, 4)) == (-1.0, -0.5, 1.0, 0.5)
    centre = pixel_to_frame(Size(5, 3)) @ np.array([2, 1, 1])
    np.testing.assert_allclose(centre, [0, 0], atol=1e-12)


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_pixels_come_back_from_the_frame(width: int, height: int) -> None:
    size = Size(width, height)
    there_and_back = compose_affine(frame_to_pixel(size), pixel_to_frame(size))
    np.testing.assert_allclose(there_and_back, [[1, 0, 0], [0, 1, 0]], atol=1e-9)


def test_identity_between_sizes_of_one_shape_scales_pixels() -> None:
    affine = pixel_affine(IDENTITY_THETA, Size(4, 2), Size(8, 4))
    np.testing.assert_allclose(affine, [[2, 0, 0.5], [0, 2, 0.5]], atol=1e-12)


def test_an_affine_and_its_inverse_cancel() -> None:
    matrix = np.array([[1.5, 0.25, -3.0], [-0.5, 2.0, 4.0]])
    np.testing.assert_allclose(compose_affine(invert_affine(matrix), matrix), [[1, 0, 0], [0, 1, 0]], atol=1e-12)
    with pytest.raises(ValueError, match="no inverse"):
        invert_affine(np.zeros((2, 3)))


@given(st.lists(st.floats(-60, 60), min_size=6, max_size=6))
def test_a_rounded_theta_stays_as_it_is(values: list[float]) -> None:
    theta = round_theta(np.array(values))
    assert round_theta(theta) == theta
    assert np.abs(theta_matrix(theta).reshape(6) - values).max() <= THETA_STEP / 2


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 65.0])
def test_an_impossible_theta_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        round_theta((1.0, 0.0, value, 0.0, 1.0, 0.0))
