"""Finding the record of one region, where the others are not asked about."""

from __future__ import annotations

import numpy as np

from engine.classes import ClassTable
from engine.document.edits import RecordBook
from engine.document.matching import GRID_ROWS, footprint_grid, footprint_of, match_regions
from engine.document.record import Footprint, RegionRecord
from engine.layout import Layout
from engine.regions import Mask, Region, find_regions, min_region_area_px


def record_of_region(book: RecordBook, region: Region, layout: Layout, table: ClassTable) -> RegionRecord | None:
    """Return the record that `match_regions` gives a region of a layout, or None where it would get a new one.

    Matching all regions of a class takes long on a large layout. It is not done where one record was last seen
    exactly where the region lies, as after every FINAL: it overlaps nothing better, and nothing overlaps it better.
    """
    if region.area_px < min_region_area_px(layout):
        return None
    class_key = table[region.class_id].key
    footprint = footprint_of(region, layout.size)
    own = np.frombuffer(footprint.bits, np.uint8)
    rivals = [r for r in book.records if r.class_key == class_key and r.footprint.columns == footprint.columns]
    holding = [r for r in rivals if not (own & ~np.frombuffer(r.footprint.bits, np.uint8)).any()]
    if len(holding) == 1 and holding[0].footprint == footprint and _has_own_cell(footprint, region, layout):
        return holding[0]
    if not any((own & np.frombuffer(r.footprint.bits, np.uint8)).any() for r in rivals):
        return None
    return _matched(book, region, layout, table)


def _matched(book: RecordBook, region: Region, layout: Layout, table: ClassTable) -> RegionRecord | None:
    regions = find_regions(layout, table, classes={region.class_id})
    matching = match_regions(book.records, regions, table, layout.size, book.next_record_id)
    column, row = _first_pixel(region.mask)
    x, y = region.bounds.left + column, region.bounds.top + row
    known = {record.id: record for record in book.records}
    for found, record_id in zip(regions, matching.record_ids, strict=True):
        if found.holds(x, y):
            return known.get(record_id)
    return None


def _has_own_cell(footprint: Footprint, region: Region, layout: Layout) -> bool:
    """Return whether no other region of the class can have the same footprint: one cell holds nothing of another."""
    height, width = layout.class_ids.shape
    cells = np.argwhere(footprint_grid(footprint))
    row, column = (int(v) for v in cells[len(cells) // 2])
    top, bottom = row * height // GRID_ROWS, -(-(row + 1) * height // GRID_ROWS)
    left, right = column * width // footprint.columns, -(-(column + 1) * width // footprint.columns)
    inside = int(np.count_nonzero(layout.class_ids[top:bottom, left:right] == region.class_id))
    box = region.bounds
    own = region.mask[
        max(top - box.top, 0) : max(bottom - box.top, 0), max(left - box.left, 0) : max(right - box.left, 0)
    ]
    return inside == int(np.count_nonzero(own))


def _first_pixel(mask: Mask) -> tuple[int, int]:
    row, column = divmod(int(mask.argmax()), mask.shape[1])
    return column, row
