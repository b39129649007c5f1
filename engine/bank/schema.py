"""The tables of a bank file, and how grids and masks are packed into them."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.bank.descriptors import CONTEXT_COLUMNS, CONTEXT_ROWS, MASK_BYTES
from engine.geometry import Size

APPLICATION_ID = 0x54534B42
"""``TSKB`` in the SQLite header."""
FORMAT_VERSION = 2
DEPTH_ROWS = 128
"""Depth maps are stored no larger, by nearest neighbour."""

TABLES = {
    "meta": "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "sources": (
        "CREATE TABLE sources (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, "
        "width INTEGER NOT NULL, height INTEGER NOT NULL, dataset TEXT NOT NULL, file TEXT NOT NULL, "
        "scene TEXT NOT NULL, author TEXT NOT NULL, licence TEXT NOT NULL, tone BLOB NOT NULL, "
        "context BLOB NOT NULL, layout_digest TEXT NOT NULL) STRICT"
    ),
    "pictures": (
        "CREATE TABLE pictures (source INTEGER PRIMARY KEY REFERENCES sources (id), photograph BLOB NOT NULL, "
        "layout BLOB NOT NULL, instances BLOB, depth BLOB) STRICT"
    ),
    "segments": (
        "CREATE TABLE segments (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, "
        "source INTEGER NOT NULL REFERENCES sources (id), class INTEGER NOT NULL, instance INTEGER NOT NULL, "
        "x0 INTEGER NOT NULL, y0 INTEGER NOT NULL, x1 INTEGER NOT NULL, y1 INTEGER NOT NULL, "
        "area INTEGER NOT NULL, cells INTEGER NOT NULL, top INTEGER NOT NULL, bottom INTEGER NOT NULL, "
        "first INTEGER NOT NULL, last INTEGER NOT NULL, valid INTEGER NOT NULL, mask BLOB NOT NULL, "
        "bits BLOB NOT NULL) STRICT"
    ),
}
INDEXES = {
    "segments_by_class": "CREATE INDEX segments_by_class ON segments (class, key)",
    "segments_by_source": "CREATE INDEX segments_by_source ON segments (source)",
}


class BankFormatError(Exception):
    """A file that is no bank, or a broken one; the message is one line."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file and the reason."""
        super().__init__(f"{path}: {' '.join(reason.split())}")
        self.path = path
        self.reason = reason


def depth_size(size: Size) -> Size:
    """Return how large the depth map of a photograph is stored: no more than `DEPTH_ROWS` rows."""
    rows = min(size.height, DEPTH_ROWS)
    return Size(max(1, round(size.width * rows / size.height)), rows)


def pack(data: bytes) -> bytes:
    """Compress a small grid."""
    return zlib.compress(data, 6)


def unpack(data: object, expected_bytes: int) -> bytes:
    """Decompress to exactly as many bytes as expected, never more.

    Raises:
        ValueError: if it is no such grid.
    """
    if not isinstance(data, bytes):
        raise ValueError("a grid is no blob")
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(data, expected_bytes + 1)
    except zlib.error:
        raise ValueError("a grid is damaged") from None
    if len(raw) != expected_bytes or not inflater.eof:
        raise ValueError("a grid has a wrong length")
    return raw


def unpack_mask(data: object, width: int, height: int) -> npt.NDArray[np.bool_]:
    """Return the (height, width) bool mask of a segment."""
    count = width * height
    raw = np.frombuffer(unpack(data, (count + 7) // 8), np.uint8)
    return np.unpackbits(raw, count=count).reshape(height, width).astype(np.bool_)


def unpack_bits(data: object) -> npt.NDArray[np.uint8]:
    """Return the (1024,) uint8 packed mask grid of a segment."""
    return np.frombuffer(unpack(data, MASK_BYTES), np.uint8)


def unpack_context(data: object) -> npt.NDArray[np.uint8]:
    """Return the (32, 64) uint8 context grid of a source."""
    raw = unpack(data, CONTEXT_ROWS * CONTEXT_COLUMNS)
    return np.frombuffer(raw, np.uint8).reshape(CONTEXT_ROWS, CONTEXT_COLUMNS)
