"""Checking a whole bank: every photograph, every layout, every segment, against what the bank says of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from engine.bank.bank import Bank
from engine.bank.descriptors import context_grid, describe_region
from engine.bank.opening import connect_read_only
from engine.bank.schema import BankFormatError, pack
from engine.bank.segment import Segment, segment_key, source_key
from engine.bank.writing import measure_tone
from engine.regions import Region

Progress = Callable[[int, int, str], None]
MAX_FAULTS = 20


def verify_bank(path: Path, *, progress: Progress | None = None) -> list[str]:
    """Return the first faults of a bank, one line each; none where it is sound.

    Everything derived is derived again: keys from photographs and masks, context grids from layouts, mask grids from
    masks.

    Args:
        path: the bank.
        progress: told about every photograph: how many are done, how many there are, the name of this one.

    Raises:
        BankFormatError: if it cannot even be opened.
    """
    with closing(Bank.open(path)) as bank:
        faults: list[str] = []
        for fault in _faults(bank, path, progress):
            faults.append(fault)
            if len(faults) >= MAX_FAULTS:
                break
        return faults


def _faults(bank: Bank, path: Path, progress: Progress | None) -> Iterator[str]:
    stored = _stored(path)
    if isinstance(stored, str):
        yield stored
        return
    for row, source in enumerate(bank.sources()):
        if progress is not None:
            progress(row, bank.source_count, source.name)
        try:
            yield from _faults_of_source(bank, row, stored)
        except BankFormatError as error:
            yield f"{source.name}: {error.reason}"
    if progress is not None:
        progress(bank.source_count, bank.source_count, "")


def _stored(path: Path) -> dict[str, tuple[object, ...]] | str:
    """Return what the file says of every segment's grids, or the first fault SQLite finds."""
    try:
        with closing(connect_read_only(path)[0]) as db:
            problem = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if problem != "ok":
                return " ".join(str(problem).split())
            orphans = db.execute("PRAGMA foreign_key_check").fetchall()
            if orphans:
                return f"{len(orphans)} rows refer to no photograph"
            rows = db.execute("SELECT key, cells, top, bottom, first, last, valid, bits FROM segments").fetchall()
    except sqlite3.Error as error:
        return str(error)
    return {row[0]: tuple(row[1:]) for row in rows}


def _faults_of_source(bank: Bank, row: int, stored: dict[str, tuple[object, ...]]) -> Iterator[str]:
    source = bank.sources()[row]
    data = bank.photograph_bytes(source.key)
    if source_key(data) != source.key:
        yield f"{source.name}: its photograph is another one"
    if np.frombuffer(measure_tone(bank.photograph(source.key)), "<f8").tolist() != list(bank.tone(source.key)):
        yield f"{source.name}: its photograph has another tone"
    layout = bank.layout(source.key)
    bank.depth_m(source.key)
    grid = context_grid(layout.class_ids, bank.table)
    if not np.array_equal(grid, bank.scene_contexts()[row]):
        yield f"{source.name}: its context grid is not that of its layout"
    for segment in bank.segments_of(source.key):
        yield from _faults_of_segment(bank, segment, data, grid, stored)


def _faults_of_segment(
    bank: Bank, segment: Segment, data: bytes, grid: np.ndarray, stored: dict[str, tuple[object, ...]]
) -> Iterator[str]:
    layout = bank.layout(segment.source_key)
    mask = bank.mask(segment.key)
    box = segment.bounds
    if segment_key(data, bank.table[segment.class_id].key, box, mask) != segment.key:
        yield f"segment {segment.key}: its photograph, class or mask is another one"
    own = layout.class_ids[box.slices] == segment.class_id
    own &= layout.instance_ids[box.slices] == segment.instance_id
    if not own[mask].all():
        yield f"segment {segment.key}: covers pixels of another class or instance"
    region = Region(segment.class_id, segment.instance_id, box, mask, segment.area_px)
    found = describe_region(region, layout.size, grid)
    rect = found.rect
    expected = (
        found.mask_cells, rect.top, rect.bottom, rect.left, rect.right, found.valid_cells,
        pack(found.mask_bits.tobytes()),
    )  # fmt: skip
    if stored.get(segment.key) != expected:
        yield f"segment {segment.key}: its grids are not those of its mask"
