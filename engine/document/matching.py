"""Finding regions again after an edit: which record belongs to which region of a layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from engine.classes import ClassTable
from engine.document.decisions import without_forgotten
from engine.document.record import Footprint, RegionRecord
from engine.geometry import Size
from engine.regions import Region, known_of_region

GRID_ROWS = 128
_Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Matching:
    """Which record every region has.

    Attributes:
        records: all records by rising id: matched ones with their new footprints, sleeping ones as they were, new ones;
            what sleeps and holds no decision of the painter is gone.
        record_ids: id of the record of every region, in the order of the regions.
        next_record_id: the id the next new record takes.
    """

    records: tuple[RegionRecord, ...]
    record_ids: tuple[int, ...]
    next_record_id: int


def grid_columns(size: Size) -> int:
    """Return how many columns the grid of footprints has in a picture of the given size."""
    return max(1, round(GRID_ROWS * size.width / size.height))


@known_of_region
def footprint_of(region: Region, size: Size) -> Footprint:
    """Return the cells of the grid a region covers.

    A cell is set where at least half of it is covered; a region too thin for that has the cells it covers best.
    Overlaps of pixels and cells are counted in integers, so ties fall the same way on every machine.

    Args:
        region: the region.
        size: size of its layout.
    """
    columns = grid_columns(size)
    first_row, rows, down = _edges(region.bounds.top, region.bounds.bottom, size.height, GRID_ROWS)
    first_column, across, right = _edges(region.bounds.left, region.bounds.right, size.width, columns)
    # The integral of a mask is bilinear inside a pixel, so at the edges of cells it is interpolated exactly.
    sums = np.asarray(cv2.integral(region.mask.view(np.uint8)), np.int32)
    height, width = region.mask.shape
    above, below = sums[rows].astype(np.int64), sums[np.minimum(rows + 1, height)].astype(np.int64)
    lines = above * (GRID_ROWS - down)[:, None] + below * down[:, None]
    integral = lines[:, across] * (columns - right) + lines[:, np.minimum(across + 1, width)] * right
    covered = np.diff(np.diff(integral, axis=0), axis=1)
    cells = 2 * covered >= size.width * size.height
    if not cells.any():
        cells = covered == covered.max()
    grid = np.zeros((GRID_ROWS, columns), np.bool_)
    grid[first_row : first_row + cells.shape[0], first_column : first_column + cells.shape[1]] = cells
    return Footprint(columns, np.packbits(grid).tobytes())


def footprint_grid(footprint: Footprint) -> npt.NDArray[np.bool_]:
    """Return a footprint as a (128, columns) bool array."""
    bits = np.unpackbits(np.frombuffer(footprint.bits, np.uint8), count=GRID_ROWS * footprint.columns)
    return bits.reshape(GRID_ROWS, footprint.columns).astype(np.bool_)


def match_regions(
    records: tuple[RegionRecord, ...],
    regions: Sequence[Region],
    table: ClassTable,
    size: Size,
    next_record_id: int,
) -> Matching:
    """Give every region its record: of the same class, the largest overlap first, ties to the lower id.

    Pure: what it returns depends on its arguments alone. Every record and region is used once. Records without a
    region sleep, unchanged, where a painter decided something about them; regions without a record get a new one.
    Records of another grid width (the document was of another shape) match nothing.

    Args:
        records: all records of the document, by rising id.
        regions: regions of the layout, as `find_regions` orders them.
        table: class table of the layout.
        size: size of the layout.
        next_record_id: the id the first new record takes.

    Returns:
        The matching; the records of regions that did not change are the very same objects.
    """
    footprints = [footprint_of(region, size) for region in regions]
    columns = grid_columns(size)
    by_class: dict[str, list[RegionRecord]] = {}
    for record in records:
        if record.footprint.columns == columns:
            by_class.setdefault(record.class_key, []).append(record)
    pairs: list[tuple[int, int, int]] = []
    for key, known in by_class.items():
        words = np.stack([_words(record.footprint) for record in known])
        for index, region in enumerate(regions):
            if table[region.class_id].key == key:
                overlaps = _overlaps(words, _words(footprints[index]))
                pairs += [(-overlaps[i], known[i].id, index) for i in range(len(known)) if overlaps[i]]
    record_of: dict[int, int] = {}
    region_of: dict[int, int] = {}
    for _, record_id, index in sorted(pairs):
        if record_id not in region_of and index not in record_of:
            region_of[record_id], record_of[index] = index, record_id
    fresh: list[RegionRecord] = []
    for index, region in enumerate(regions):
        if index not in record_of:
            record_of[index] = next_record_id
            fresh.append(RegionRecord(next_record_id, table[region.class_id].key, footprints[index]))
            next_record_id += 1
    lasting = without_forgotten(records, region_of)
    kept = [_moved(r, footprints[region_of[r.id]]) if r.id in region_of else r for r in lasting]
    return Matching((*kept, *fresh), tuple(record_of[i] for i in range(len(regions))), next_record_id)


def _moved(record: RegionRecord, footprint: Footprint) -> RegionRecord:
    return record if record.footprint == footprint else replace(record, footprint=footprint)


def _words(footprint: Footprint) -> npt.NDArray[np.uint64]:
    return np.frombuffer(footprint.bits, np.uint64)


def _overlaps(words: npt.NDArray[np.uint64], own: npt.NDArray[np.uint64]) -> list[int]:
    used = np.flatnonzero(own)
    counts: npt.NDArray[np.int64] = np.bitwise_count(words[:, used] & own[used]).sum(axis=1, dtype=np.int64)
    return [int(count) for count in counts]


def _edges(low: int, high: int, side_px: int, cells: int) -> tuple[int, _Integers, _Integers]:
    """Return the first cell that pixels ``low`` to ``high`` touch, and where the edges of all such cells lie.

    In units of 1 / cells pixel a cell is ``side_px`` long and a pixel ``cells``, so all positions are integers: whole
    pixels from ``low``, (n + 1,), and the rest in those units; clipped to the pixels.
    """
    first, last = low * cells // side_px, -(-high * cells // side_px)
    positions = np.clip(np.arange(first, last + 1) * side_px, low * cells, high * cells) - low * cells
    whole, rest = np.divmod(positions, cells)
    return first, whole, rest
