"""Tests of finding one region's record without matching all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.document import region_record
from engine.document.edits import RecordBook
from engine.document.matching import match_regions
from engine.document.record import RegionRecord
from engine.document.region_record import record_of_region
from engine.layout import Layout
from engine.regions import Region, find_region_at, find_regions
from tests.support.layouts import parse_layout, small_table

TABLE = small_table()
EMPTY = RecordBook()
IDS = arrays(np.uint8, (10, 14), elements=st.integers(0, len(TABLE) - 1))


def _book(layout: Layout, book: RecordBook = EMPTY) -> RecordBook:
    matching = match_regions(book.records, find_regions(layout, TABLE), TABLE, layout.size, book.next_record_id)
    return RecordBook(matching.records, matching.next_record_id)


def _matched(book: RecordBook, layout: Layout, x: int, y: int) -> RegionRecord | None:
    regions = find_regions(layout, TABLE)
    matching = match_regions(book.records, regions, TABLE, layout.size, book.next_record_id)
    known = {record.id: record for record in book.records}
    pairs = zip(regions, matching.record_ids, strict=True)
    return next((known.get(record_id) for region, record_id in pairs if region.holds(x, y)), None)


def _region(layout: Layout, x: int, y: int) -> Region:
    region = find_region_at(layout, TABLE, x, y)
    assert region is not None
    return region


@settings(max_examples=80, deadline=None)
@given(IDS, IDS, st.integers(0, 13), st.integers(0, 9), st.booleans())
def test_it_is_the_record_that_matching_all_regions_gives(
    before: np.ndarray, after: np.ndarray, x: int, y: int, is_changed: bool
) -> None:
    book = _book(Layout.from_classes(before))
    book = RecordBook(tuple(replace(record, locked=True) for record in book.records), book.next_record_id)
    layout = Layout.from_classes(after if is_changed else before)
    found = record_of_region(book, _region(layout, x, y), layout, TABLE)
    assert found is _matched(book, layout, x, y)


def test_a_region_that_is_as_a_final_saw_it_costs_no_matching(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = parse_layout("ssss/sbts/rrrr")
    book = _book(layout)
    monkeypatch.setattr(region_record, "match_regions", None)
    for x, y in ((1, 1), (10, 10), (17, 10), (1, 20)):
        record = record_of_region(book, _region(layout, x, y), layout, TABLE)
        assert record is not None
        assert record.class_key == TABLE[int(layout.class_ids[y, x])].key


def test_among_records_that_lie_in_one_place_and_for_two_regions_in_one_cell_all_are_matched() -> None:
    layout = parse_layout("ssss/sbts/rrrr")
    book = _book(layout)
    building = next(record for record in book.records if record.class_key == "building")
    twin = replace(building, id=book.next_record_id)
    both = RecordBook((*book.records, twin), book.next_record_id + 1)
    assert record_of_region(both, _region(layout, 10, 10), layout, TABLE) is building
    elsewhere = replace(building, footprint=book.records[0].footprint)
    moved = RecordBook((elsewhere,), 9)
    assert record_of_region(moved, _region(layout, 10, 10), layout, TABLE) is _matched(moved, layout, 10, 10)
