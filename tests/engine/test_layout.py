"""Tests of frozen layouts."""

from __future__ import annotations

import numpy as np
import pytest

from engine.classes import VOID
from engine.geometry import Size
from engine.layout import Layout, check_size, frozen
from tests.support.layouts import parse_layout


def test_a_layout_drawn_with_letters_has_their_classes() -> None:
    layout = parse_layout("sb/r.", instances="00/30", cell_px=4)
    assert layout.size == Size(8, 8)
    assert layout.class_ids[::4, ::4].tolist() == [[0, 1], [2, VOID]]
    assert layout.instance_ids[::4, ::4].tolist() == [[0, 0], [3, 0]]


def test_a_layout_cannot_be_written() -> None:
    layout = Layout.blank(Size(8, 8))
    with pytest.raises(ValueError, match="read-only"):
        layout.class_ids[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        layout.instance_ids[0, 0] = 1


def test_a_blank_layout_is_void() -> None:
    assert (Layout.blank(Size(9, 8)).class_ids == VOID).all()


def test_layouts_made_from_classes_do_not_share_them() -> None:
    class_ids = np.zeros((8, 8), np.uint8)
    layout = Layout.from_classes(class_ids)
    class_ids[0, 0] = 3
    assert layout.class_ids[0, 0] == 0


def test_equal_layouts_have_equal_digests_and_every_pixel_counts() -> None:
    first, second = parse_layout("sb/rt"), parse_layout("sb/rt")
    other = parse_layout("sb/rt", instances="00/01")
    assert first == second
    assert first.digest == second.digest
    assert first != other
    assert first.digest != other.digest


def test_the_shape_counts_for_the_digest() -> None:
    assert Layout.blank(Size(16, 8)).digest != Layout.blank(Size(8, 16)).digest


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        Layout(np.zeros((8, 8), np.uint8), np.zeros((8, 9), np.uint16))
    with pytest.raises(ValueError, match="uint8"):
        Layout(np.zeros((8, 8), np.int64), np.zeros((8, 8), np.uint16))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [Size(7, 8), Size(8, 8193), Size(4096, 2049)])
def test_sizes_no_document_may_have_are_refused(size: Size) -> None:
    with pytest.raises(ValueError, match="a layout has"):
        check_size(size)


def test_freezing_puts_an_array_in_c_order() -> None:
    array = frozen(np.zeros((4, 6), np.uint8).T)
    assert array.flags.c_contiguous
    assert not array.flags.writeable
