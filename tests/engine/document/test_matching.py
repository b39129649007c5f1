"""Tests of footprints and of matching regions with records."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.classes import VOID
from engine.document.decisions import MAX_SLEEPING
from engine.document.matching import GRID_ROWS, Matching, footprint_grid, footprint_of, grid_columns, match_regions
from engine.document.record import Mood, RegionRecord, Shuffle
from engine.document.reveals import build_reveal
from engine.geometry import IDENTITY_THETA, Size
from engine.layout import Layout
from engine.regions import find_regions
from tests.support.layouts import parse_layout, small_table

TABLE = small_table()
IDS = arrays(np.uint8, (10, 14), elements=st.sampled_from([0, 2, 3, VOID]))


def _match(layout: Layout, records: tuple[RegionRecord, ...] = (), next_record_id: int = 1) -> Matching:
    regions = find_regions(layout, TABLE, min_share=0.0)
    return match_regions(records, regions, TABLE, layout.size, next_record_id)


def _keys(matching: Matching) -> list[tuple[int, str]]:
    return [(record.id, record.class_key) for record in matching.records]


@pytest.mark.parametrize(("size", "columns"), [(Size(512, 256), 256), (Size(480, 360), 171), (Size(8, 2048), 1)])
def test_cells_of_the_grid_are_square(size: Size, columns: int) -> None:
    assert grid_columns(size) == columns


def test_the_left_half_of_a_layout_covers_the_left_half_of_the_grid() -> None:
    layout = parse_layout("sr", cell_px=64)
    sky, road = find_regions(layout, TABLE)
    grid = footprint_grid(footprint_of(sky, layout.size))
    assert grid.shape == (GRID_ROWS, 256)
    assert grid[:, :128].all()
    assert not grid[:, 128:].any()
    np.testing.assert_array_equal(footprint_grid(footprint_of(road, layout.size)), ~grid)


@settings(max_examples=30, deadline=None)
@given(IDS)
def test_a_cell_is_set_where_half_of_it_is_covered_counted_in_fractions(class_ids: np.ndarray) -> None:
    layout = Layout.from_classes(class_ids)
    columns = grid_columns(layout.size)
    for region in find_regions(layout, TABLE, min_share=0.0)[:2]:
        grid = footprint_grid(footprint_of(region, layout.size))
        mask = region.full_mask(layout.size)
        for row, column in ((0, 0), (64, columns // 2), (127, columns - 1), (37, 91)):
            assert grid[row, column] == (_coverage(mask, row, column, columns) >= Fraction(1, 2))


def _coverage(mask: np.ndarray, row: int, column: int, columns: int) -> Fraction:
    height, width = mask.shape
    covered = Fraction(0)
    for y, x in np.argwhere(mask).tolist():
        down = min(Fraction(y + 1), Fraction((row + 1) * height, GRID_ROWS)) - max(y, Fraction(row * height, GRID_ROWS))
        right = min(Fraction(x + 1), Fraction((column + 1) * width, columns)) - max(
            x, Fraction(column * width, columns)
        )
        covered += max(down, Fraction(0)) * max(right, Fraction(0))
    return covered * GRID_ROWS * columns / (height * width)


def _shared(pixel: int, cell: Fraction, side: Fraction) -> Fraction:
    return max(min(Fraction(pixel + 1), cell + side) - max(Fraction(pixel), cell), Fraction(0))


def test_a_region_thinner_than_half_a_cell_keeps_the_cells_it_covers_best() -> None:
    class_ids = np.zeros((512, 512), np.uint8)
    class_ids[:, 201] = 5
    pole = find_regions(Layout.from_classes(class_ids), TABLE, min_share=0.0)[1]
    grid = footprint_grid(footprint_of(pole, Size(512, 512)))
    assert grid[:, 50].all()
    assert grid.sum() == GRID_ROWS


def test_new_regions_get_records_with_rising_ids() -> None:
    matching = _match(parse_layout("sb/rt"), next_record_id=7)
    assert _keys(matching) == [(7, "sky"), (8, "building"), (9, "road"), (10, "tree")]
    assert matching.record_ids == (7, 8, 9, 10)
    assert matching.next_record_id == 11


def test_an_untouched_layout_keeps_the_very_same_records() -> None:
    first = _match(parse_layout("sb/rt"))
    again = _match(parse_layout("sb/rt"), first.records, first.next_record_id)
    assert again == first
    assert all(a is b for a, b in zip(again.records, first.records, strict=True))


def test_a_region_that_vanishes_sleeps_and_wakes_as_it_was() -> None:
    first = _match(parse_layout("ss/rt"))
    tree = replace(first.records[2], choice="abc", chosen_by="painter")
    gone = _match(parse_layout("ss/rr"), (*first.records[:2], tree), first.next_record_id)
    assert gone.records[2] is tree
    assert gone.record_ids == (1, 2)
    back = _match(parse_layout("ss/rt"), gone.records, gone.next_record_id)
    assert back.records[2] is tree
    assert back.record_ids == (1, 2, 3)


def test_a_region_painted_in_another_class_gets_a_new_record() -> None:
    first = _match(parse_layout("ss/rt"))
    locked = tuple(replace(record, locked=True) for record in first.records)
    changed = _match(parse_layout("ss/rc"), locked, first.next_record_id)
    assert changed.record_ids == (1, 2, 4)
    assert _keys(changed)[2:] == [(3, "tree"), (4, "car")]


def test_the_larger_part_of_a_region_cut_in_two_keeps_its_record() -> None:
    first = _match(parse_layout("tttttt/rrrrrr"))
    cut = _match(parse_layout("trtttt/rrrrrr"), first.records, first.next_record_id)
    assert cut.record_ids == (1, 3, 2)


def test_two_regions_that_join_keep_the_record_of_the_larger() -> None:
    first = _match(parse_layout("trtttt/rrrrrr"))
    joined = _match(parse_layout("tttttt/rrrrrr"), first.records, first.next_record_id)
    assert joined.record_ids == (1, first.record_ids[2])


def test_equal_overlaps_go_to_the_lower_id() -> None:
    first = _match(parse_layout("trt/rrr"))
    assert first.record_ids == (1, 2, 3)
    joined = _match(parse_layout("ttt/rrr"), first.records, first.next_record_id)
    assert joined.record_ids == (1, 2)


def test_records_of_a_document_of_another_shape_match_nothing() -> None:
    first = _match(parse_layout("ss/ss"))
    banned = (replace(first.records[0], banned=("feed",)),)
    other = _match(parse_layout("sss/sss"), banned, first.next_record_id)
    assert other.record_ids == (2,)
    assert other.records[0] is banned[0]


@pytest.mark.parametrize(
    "decision",
    [
        {"chosen_by": "painter"},
        {"locked": True},
        {"banned": ("feed",)},
        {"banned_sources": ("feed",)},
        {"shuffle": Shuffle(3)},
        {"theta": IDENTITY_THETA},
        {"spill": 0.0},
        {"mood": Mood()},
        {"reveals": (build_reveal("feed", np.ones((8, 8), np.bool_)),)},
        {"in_front_of": (1,)},
        {"extra": {"of a newer version": 1}},
    ],
    ids=lambda decision: next(iter(decision)),
)
def test_whatever_a_painter_decided_keeps_the_record_of_a_region_that_is_gone(decision: dict[str, Any]) -> None:
    first = _match(parse_layout("ss/rt"))
    tree = replace(first.records[2], **decision)
    gone = _match(parse_layout("ss/rr"), (*first.records[:2], tree), first.next_record_id)
    assert gone.records[2:] == (tree,)


def test_an_automatic_choice_is_forgotten_with_its_region_unless_another_region_was_put_in_front_of_it() -> None:
    first = _match(parse_layout("ss/rt"))
    tree = replace(first.records[2], choice="feed", chosen_by="auto", basis="basis", light=(1.0,) * 6)
    gone = _match(parse_layout("ss/rr"), (*first.records[:2], tree), first.next_record_id)
    assert [record.id for record in gone.records] == [1, 2]
    assert gone.next_record_id == 4  # its number is not given away
    sky = replace(first.records[0], in_front_of=(tree.id,))
    held = _match(parse_layout("ss/rr"), (sky, first.records[1], tree), first.next_record_id)
    assert held.records[2] is tree


def test_the_latest_sleeping_records_are_kept_and_those_awake_whatever_their_number() -> None:
    first = _match(parse_layout("ss/rt"))
    asleep = tuple(replace(first.records[2], id=100 + i, class_key="car", locked=True) for i in range(MAX_SLEEPING + 3))
    matched = _match(parse_layout("ss/rt"), (*first.records, *asleep), 10_000)
    assert [record.id for record in matched.records] == [1, 2, 3, *(record.id for record in asleep[3:])]


@settings(max_examples=60, deadline=None)
@given(IDS, IDS)
def test_every_region_has_one_record_of_its_class_and_no_other_is_kept(before: np.ndarray, after: np.ndarray) -> None:
    first = _match(Layout.from_classes(before))
    layout = Layout.from_classes(after)
    second = _match(layout, first.records, first.next_record_id)
    assert second == _match(layout, first.records, first.next_record_id)
    by_id = {record.id: record for record in second.records}
    assert list(by_id) == sorted(by_id)
    assert set(by_id) == set(second.record_ids)  # what nobody decided about and lies nowhere any more is gone
    assert len(set(second.record_ids)) == len(second.record_ids)
    for region, record_id in zip(find_regions(layout, TABLE, min_share=0.0), second.record_ids, strict=True):
        assert by_id[record_id].class_key == TABLE[region.class_id].key
        assert by_id[record_id].footprint == footprint_of(region, layout.size)
