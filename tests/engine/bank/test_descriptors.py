"""Grids in the picture frame: worked by hand, and against plain counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bank.descriptors import (
    CellRect,
    context_grid,
    context_rect,
    describe_region,
    iou,
    mask_grid,
)
from engine.classes import VOID, ClassInfo, ClassTable
from engine.geometry import Bounds, Size
from engine.layout import Layout
from engine.regions import Region, find_regions
from tests.support.layouts import parse_layout, small_table


def full(size: Size, bounds: Bounds) -> np.ndarray:
    mask = np.zeros((size.height, size.width), np.bool_)
    mask[bounds.slices] = True
    return mask


def grid_of(size: Size, bounds: Bounds) -> np.ndarray:
    return mask_grid(np.ones((bounds.height, bounds.width), np.bool_), bounds, size)


def coverage(mask: np.ndarray, bounds: Bounds, size: Size, rows: int, columns: int) -> np.ndarray:
    """Return what is covered of every cell in parts of 1 / (2 rows) px squared: every cell with every pixel."""
    side, unit = 2 * size.height, 2 * rows
    down = overlaps(np.arange(rows) * side, side, np.arange(bounds.top, bounds.bottom) * unit, unit)
    starts = rows * (size.width - 2 * size.height) + np.arange(columns) * side
    along = overlaps(starts, side, np.arange(bounds.left, bounds.right) * unit, unit)
    return down @ mask.astype(np.int64) @ along.T


def overlaps(starts: np.ndarray, side: int, pixels: np.ndarray, unit: int) -> np.ndarray:
    ends = np.minimum(starts[:, None] + side, pixels[None] + unit)
    return np.maximum(0, ends - np.maximum(starts[:, None], pixels[None]))


def test_a_picture_twice_as_wide_as_high_fills_the_window():
    assert grid_of(Size(256, 128), Bounds(0, 0, 256, 128)).all()


def test_a_square_picture_leaves_the_sides_of_the_window_empty():
    cells = grid_of(Size(64, 64), Bounds(0, 0, 64, 64))
    assert not cells[:, :32].any()
    assert cells[:, 32:96].all()
    assert not cells[:, 96:].any()


def test_a_wider_picture_loses_its_sides():
    cells = grid_of(Size(512, 128), Bounds(0, 0, 130, 128))  # 2 px of 128 reach into the window: one cell is 2 px
    assert cells[:, 0].all()
    assert not cells[:, 1:].any()


def test_the_same_scene_at_two_sizes_has_the_same_grids():
    small, large = parse_layout("sssb/srrb/rrrr", cell_px=16), parse_layout("sssb/srrb/rrrr", cell_px=48)
    table = small_table()
    grids = [context_grid(layout.class_ids, table) for layout in (small, large)]
    assert np.array_equal(grids[0], grids[1])
    for first, second in zip(find_regions(small, table), find_regions(large, table), strict=True):
        one, other = describe_region(first, small.size, grids[0]), describe_region(second, large.size, grids[1])
        assert one.digest == other.digest


def test_a_cell_is_set_at_half_its_coverage_and_not_below():
    size = Size(256, 128)  # a cell is 2x2 px
    assert grid_of(size, Bounds(0, 0, 1, 2))[0, 0]  # exactly one half
    mask = np.ones((4, 4), np.bool_)
    mask[0, 1], mask[1, 0], mask[1, 1] = False, False, False  # one quarter of the first cell
    cells = mask_grid(mask, Bounds(0, 0, 4, 4), size)
    assert not cells[0, 0]
    assert cells[0, 1]
    assert cells[1, 0]
    assert cells.sum() == 3


def test_a_thin_pole_does_not_vanish():
    size = Size(1024, 512)  # a cell is 8x8 px
    cells = grid_of(size, Bounds(100, 64, 102, 69))
    assert cells.sum() == 1
    assert cells[8, 12]


def test_a_region_outside_the_window_sets_the_nearest_border_cell():
    size = Size(800, 100)
    cells = grid_of(size, Bounds(10, 49, 20, 51))
    assert cells.sum() == 1
    assert cells[32, 0]
    assert grid_of(size, Bounds(780, 99, 800, 100))[63, 127]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_mask_grid_agrees_with_counting_every_cell_and_pixel(data):
    size = Size(data.draw(st.integers(8, 60)), data.draw(st.integers(8, 40)))
    left, top = data.draw(st.integers(0, size.width - 1)), data.draw(st.integers(0, size.height - 1))
    width = data.draw(st.integers(1, min(12, size.width - left)))
    height = data.draw(st.integers(1, min(12, size.height - top)))
    bits = data.draw(st.lists(st.booleans(), min_size=width * height, max_size=width * height))
    mask = np.array(bits).reshape(height, width)
    mask[0, 0] = True
    bounds = Bounds(left, top, left + width, top + height)
    shares = coverage(mask, bounds, size, 64, 128)
    expected = 2 * shares >= (2 * size.height) ** 2
    cells = mask_grid(mask, bounds, size)
    if expected.any():
        assert np.array_equal(cells, expected)
    else:
        assert cells.sum() == 1
        assert shares.max() == 0 or shares[cells][0] == shares.max()


@settings(max_examples=25, deadline=None)
@given(st.integers(8, 40), st.integers(8, 24), st.integers(0, 2**32 - 1))
def test_the_context_grid_is_the_class_that_covers_most(width, height, seed):
    table, size = small_table(), Size(width, height)
    ids = np.random.default_rng(seed).choice(np.array([0, 1, 2, VOID], np.uint8), (height, width))
    shares = {c: coverage(ids == c, size.bounds, size, 32, 64) for c in (1, 2, 0)}  # building, road, sky
    expected = np.full((32, 64), VOID, np.uint8)
    best = np.zeros((32, 64), np.int64)
    for class_id, share in shares.items():
        better = share > best
        expected[better] = class_id
        best[better] = share[better]
    assert np.array_equal(context_grid(ids, table), expected)


def test_equal_cover_goes_to_the_key_that_is_first_in_the_alphabet():
    table = ClassTable("t", "T", (ClassInfo(0, "zebra", "Z", (1, 1, 1)), ClassInfo(1, "ape", "A", (2, 2, 2))))
    ids = np.zeros((32, 64), np.uint8)
    grid = context_grid(np.repeat(np.repeat(ids, 2, 0), 2, 1), table)
    assert (grid == 0).all()
    checkered = np.indices((64, 128)).sum(0).astype(np.uint8) % 2  # every cell is 2x2 px, half of each
    assert (context_grid(checkered, table) == 1).all()


def test_void_never_wins_a_cell_that_holds_any_class():
    ids = np.full((64, 128), VOID, np.uint8)
    ids[10, 20] = 2
    grid = context_grid(ids, small_table())
    assert grid[5, 10] == 2
    assert (grid != VOID).sum() == 1


def test_ids_outside_the_table_count_as_void():
    assert (context_grid(np.full((64, 128), 77, np.uint8), small_table()) == VOID).all()


def test_the_context_reaches_an_eighth_beyond_the_bounding_box():
    size = Size(128, 64)  # a context cell is 2x2 px, centres at odd pixels
    assert context_rect(Bounds(32, 16, 64, 32), size) == CellRect(7, 17, 14, 34)  # 28 <= x < 68, 14 <= y < 34


def test_the_context_of_a_speck_is_one_cell():
    rect = context_rect(Bounds(600, 300, 601, 301), Size(2048, 1024))
    assert (rect.bottom - rect.top, rect.right - rect.left) == (1, 1)
    assert rect == CellRect(9, 10, 18, 19)


def test_the_context_outside_the_window_is_a_border_cell():
    assert context_rect(Bounds(0, 0, 5, 5), Size(800, 100)).left == 0
    assert context_rect(Bounds(790, 0, 800, 5), Size(800, 100)) == CellRect(0, 2, 63, 64)


def test_a_descriptor_counts_what_it_holds():
    layout, table = parse_layout("ss/.r", cell_px=32), small_table()
    grid = context_grid(layout.class_ids, table)
    sky = find_regions(layout, table)[0]
    descriptor = describe_region(sky, layout.size, grid)
    assert descriptor.mask_bits.shape == (1024,)
    assert descriptor.mask_cells == 32 * 64
    assert descriptor.rect == CellRect(0, 18, 12, 52)  # a cell is 2 px: 36 px down, 8 px beyond either side
    assert descriptor.valid_cells == 16 * 32 + 2 * 16  # sky, and two rows of road; void is left out
    assert (descriptor.context[:, :16] == VOID).all()
    assert len(descriptor.digest) == 16
    with pytest.raises(ValueError, match="read-only"):
        descriptor.mask_bits[0] = 1


def test_an_intersection_over_union_of_nothing_is_zero():
    assert iou(0, 0, 0) == 0
    assert iou(3, 4, 5) == 0.5


def test_a_large_picture_is_counted_exactly():
    size = Size(4096, 2048)
    rng = np.random.default_rng(0)
    mask = rng.random((2048, 4096)) < 0.5
    cells = mask_grid(mask, size.bounds, size)
    counts = mask.reshape(64, 32, 128, 32).sum((1, 3))
    assert np.array_equal(cells, counts >= 512)


def test_describing_needs_no_more_than_the_region():
    region = Region(0, 0, Bounds(0, 0, 8, 8), np.ones((8, 8), np.bool_), 64)
    layout = Layout.blank(Size(16, 8), 0)
    descriptor = describe_region(region, layout.size, context_grid(layout.class_ids, small_table()))
    assert descriptor.mask_cells == 64 * 64
