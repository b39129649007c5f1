"""Loading the index of one class from a bank, and the memory-mapped file its mask grids are kept in between runs.

SQLite is the truth. The files are derived from it, lie in the user's cache folder under a name made of their content,
and are used only where shapes and counts agree with the bank; where they cannot be written, nothing is lost but time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs

from engine.bank.descriptors import CONTEXT_COLUMNS, CONTEXT_ROWS
from engine.bank.index import MASK_WORDS, IndexColumns, SegmentIndex, Words, block_counts
from engine.bank.schema import unpack_bits
from engine.bank.segment import is_key

MIN_CACHED_SEGMENTS = 4096
"""Smaller classes are read from SQLite in a blink."""


def cache_folder() -> Path:
    """Return where derived files are kept; ``TESSERA_CACHE`` in the environment overrides it."""
    given = os.environ.get("TESSERA_CACHE")
    return Path(given) if given else platformdirs.user_cache_path("tessera", appauthor=False) / "banks"


def load_index(
    db: sqlite3.Connection,
    class_id: int,
    digest: str,
    *,
    contexts: npt.NDArray[np.uint8],
    rows_by_id: Mapping[int, int],
) -> SegmentIndex:
    """Read all segments of a class.

    Args:
        db: the open bank.
        class_id: which class.
        digest: the bank's.
        contexts: (S, 32, 64) uint8 context grids of all sources.
        rows_by_id: position in ``contexts`` by the source's row id in the bank.

    Raises:
        ValueError: if rows are damaged.
        sqlite3.Error: if the file is.
    """
    rows = db.execute(
        "SELECT key, source, cells, valid, top, bottom, first, last FROM segments WHERE class = ? ORDER BY key",
        (class_id,),
    ).fetchall()
    if not all(is_key(row[0]) and row[1] in rows_by_id for row in rows):
        raise ValueError("a segment is damaged")
    keys = np.array([row[0] for row in rows], "S16")
    source_rows = np.array([rows_by_id[row[1]] for row in rows], np.int32)
    numbers = np.array([row[2:] for row in rows], np.int32).reshape(-1, 6)
    cells, valid = (np.ascontiguousarray(numbers[:, i]) for i in (0, 1))
    rects = np.ascontiguousarray(numbers[:, 2:].T)
    top, bottom, left, right = rects
    inside = (top >= 0) & (top < bottom) & (bottom <= CONTEXT_ROWS)
    inside &= (left >= 0) & (left < right) & (right <= CONTEXT_COLUMNS)
    if not (
        inside.all() and (cells > 0).all() and (valid >= 0).all() and (valid <= (bottom - top) * (right - left)).all()
    ):
        raise ValueError("a segment is damaged")
    bits, blocks = _grids(db, class_id, f"{digest}-{_name_of(keys)}", cells)
    columns = IndexColumns(keys, source_rows, cells, valid, rects, bits, contexts)
    return SegmentIndex(columns, blocks=blocks)


def _name_of(keys: npt.NDArray[np.bytes_]) -> str:
    return hashlib.sha256(keys.tobytes()).hexdigest()[:16]


def _grids(
    db: sqlite3.Connection, class_id: int, name: str, cells: npt.NDArray[np.int32]
) -> tuple[Words, npt.NDArray[np.uint8]]:
    """Return mask grids (N, 128) uint64 and block counts (128, N) uint8, mapped from the cache where that is sound."""
    if len(cells) < MIN_CACHED_SEGMENTS:
        return _read_grids(db, class_id, cells)
    paths = cache_folder() / f"{name}.masks.npy", cache_folder() / f"{name}.blocks.npy"
    cached = _map_grids(*paths, cells)
    if cached is not None:
        return cached
    bits, blocks = _read_grids(db, class_id, cells)
    with contextlib.suppress(OSError):
        _write_array(paths[0], bits)
        _write_array(paths[1], blocks)
        cached = _map_grids(*paths, cells)
    return cached or (bits, blocks)


def _read_grids(
    db: sqlite3.Connection, class_id: int, cells: npt.NDArray[np.int32]
) -> tuple[Words, npt.NDArray[np.uint8]]:
    bits = np.empty((len(cells), MASK_WORDS), np.uint64)
    cursor = db.execute("SELECT bits FROM segments WHERE class = ? ORDER BY key", (class_id,))
    for row, (data,) in zip(bits, cursor, strict=True):
        row[:] = unpack_bits(data).view("<u8")
    blocks = block_counts(bits)
    if not np.array_equal(blocks.sum(0, dtype=np.int32), cells):
        raise ValueError("the mask grid of a segment is damaged")
    return bits, blocks


def _map_grids(
    masks_path: Path, blocks_path: Path, cells: npt.NDArray[np.int32]
) -> tuple[Words, npt.NDArray[np.uint8]] | None:
    """Map both files, or return None where one is missing, broken or does not agree with the bank."""
    try:
        bits = np.load(masks_path, mmap_mode="r", allow_pickle=False)
        blocks = np.load(blocks_path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if bits.shape != (len(cells), MASK_WORDS) or bits.dtype != np.uint64 or not bits.flags.c_contiguous:
        return None
    if blocks.dtype != np.uint8 or not np.array_equal(blocks, block_counts(bits)):
        return None
    if not np.array_equal(blocks.sum(0, dtype=np.int32), cells):
        return None
    return bits, blocks


def _write_array(path: Path, array: npt.NDArray[np.generic]) -> None:
    """Write an array whole, to a temporary name in the same folder, then rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            np.save(file, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
