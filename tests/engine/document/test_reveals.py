"""Masks of reveals: packed, scaled, moved, and drawn by a brush without gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.document.reveals import brush_mask, build_reveal, reveal_mask, shifted_reveal
from engine.geometry import Size

MASKS = arrays(np.bool_, (9, 13)).filter(lambda mask: bool(mask.any()))


@settings(deadline=None, max_examples=30)
@given(MASKS)
def test_a_mask_comes_back_as_it_was(mask: np.ndarray) -> None:
    reveal = build_reveal("k", mask)
    assert reveal is not None
    np.testing.assert_array_equal(reveal_mask(reveal, Size(13, 9)), mask)


def test_an_empty_mask_is_no_reveal() -> None:
    assert build_reveal("k", np.zeros((4, 4), np.bool_)) is None


@settings(deadline=None, max_examples=30)
@given(MASKS, st.integers(1, 3))
def test_on_a_layout_of_twice_the_size_every_pixel_is_four(mask: np.ndarray, factor: int) -> None:
    reveal = build_reveal("k", mask)
    assert reveal is not None
    scaled = reveal_mask(reveal, Size(13 * factor, 9 * factor))
    np.testing.assert_array_equal(scaled, mask.repeat(factor, 0).repeat(factor, 1))


@settings(deadline=None, max_examples=30)
@given(MASKS, st.integers(-14, 14), st.integers(-10, 10))
def test_a_moved_mask_loses_what_leaves_the_layout_and_nothing_else(mask: np.ndarray, right: int, down: int) -> None:
    reveal = build_reveal("k", mask)
    assert reveal is not None
    wanted = np.zeros((9, 13), np.bool_)
    for y, x in np.argwhere(mask):
        if 0 <= y + down < 9 and 0 <= x + right < 13:
            wanted[y + down, x + right] = True
    moved = shifted_reveal(reveal, right, down, Size(13, 9))
    assert (moved is None) == (not wanted.any())
    if moved is not None:
        np.testing.assert_array_equal(reveal_mask(moved, Size(13, 9)), wanted)


def test_a_brush_leaves_no_gap_between_far_points_and_stays_inside() -> None:
    window, touched = brush_mask([(-20.0, 4.0), (60.0, 4.0)], 1.5, Size(40, 8))
    mask = np.zeros((8, 40), np.bool_)
    mask[window.slices] = touched
    assert mask[3:5].all()
    assert not mask[0].any()
    assert not mask[7].any()


def test_a_brush_of_one_point_is_a_disc_and_far_outside_nothing() -> None:
    window, touched = brush_mask([(10.0, 10.0)], 4.0, Size(20, 20))
    assert abs(int(touched.sum()) - np.pi * 16) < 14
    assert not brush_mask([(900.0, 900.0)], 4.0, Size(20, 20))[0]
    assert window


def test_a_brush_of_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        brush_mask([(float("nan"), 0.0)], 1.0, Size(8, 8))
