"""What building a bank and keeping the painter's own have in common: writing one photograph with its segments."""

from __future__ import annotations

import hashlib
import json
import sqlite3

import cv2
import numpy as np

from engine.bank.descriptors import context_grid, describe_region
from engine.bank.schema import depth_size, pack
from engine.bank.segment import segment_key
from engine.classes import ClassTable
from engine.data.importers.reading import encode_depth
from engine.data.png import write_gray16_png, write_gray_png
from engine.data.sample import Sample
from engine.geometry import Size
from engine.regions import find_regions

_DEPTH_STEP = 16
"""A power of two; of the coded depth, about 0.3 %."""


def forget_source(db: sqlite3.Connection, number: int) -> None:
    """Remove a source with its pictures and segments, if it is there."""
    db.execute("DELETE FROM segments WHERE source = ?", (number,))
    db.execute("DELETE FROM pictures WHERE source = ?", (number,))
    db.execute("DELETE FROM sources WHERE id = ?", (number,))


def write_source(
    db: sqlite3.Connection, number: int, key: str, sample: Sample, table: ClassTable, *, min_share: float
) -> int:
    """Write a photograph, its layout and all its segments, inside the caller's transaction.

    Args:
        db: a bank, open for writing.
        number: row id the source takes.
        key: its `source_key`.
        sample: the photograph with its layout, whose ids are the table's.
        table: the bank's class table.
        min_share: smallest share of the picture a segment may have.

    Returns:
        How many segments it has.
    """
    layout, origin = sample.layout, sample.provenance
    grid = context_grid(layout.class_ids, table)
    db.execute(
        "INSERT INTO sources VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            number, key, sample.name, layout.size.width, layout.size.height, origin.dataset, origin.file, origin.group,
            origin.author, origin.licence, measure_tone(sample.rgb), pack(grid.tobytes()), layout.digest,
        ),
    )  # fmt: skip
    instances = write_gray16_png(layout.instance_ids) if layout.instance_ids.any() else None
    db.execute(
        "INSERT INTO pictures VALUES (?,?,?,?,?)",
        (number, sample.photograph_bytes, write_gray_png(layout.class_ids), instances, depth_png(sample)),
    )
    rows = []
    for region in find_regions(layout, table, min_share=min_share):
        descriptor = describe_region(region, layout.size, grid)
        box, rect = region.bounds, descriptor.rect
        rows.append(
            (
                segment_key(sample.photograph_bytes, table[region.class_id].key, box, region.mask), number,
                region.class_id, region.instance_id, box.left, box.top, box.right, box.bottom, region.area_px,
                descriptor.mask_cells, rect.top, rect.bottom, rect.left, rect.right, descriptor.valid_cells,
                pack(np.packbits(region.mask).tobytes()), pack(descriptor.mask_bits.tobytes()),
            )
        )  # fmt: skip
    db.executemany(
        "INSERT INTO segments (key, source, class, instance, x0, y0, x1, y1, area, cells, top, bottom, first, last, "
        "valid, mask, bits) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        rows,
    )
    return len(rows)


def measure_tone(rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Return mean and standard deviation of L, a and b over an (H, W, 3) uint8 sRGB photograph: six float64 (LE)."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2Lab).reshape(-1, 3)
    values = np.concatenate([lab.mean(0, dtype=np.float64), lab.std(0, dtype=np.float64)])
    return np.round(values, 4).astype("<f8").tobytes()


def content_digest(db: sqlite3.Connection, table_json: str) -> str:
    """Return 16 hex digits that name everything a bank holds, and in which order."""
    sha = hashlib.sha256(table_json.encode())
    for row in db.execute(
        "SELECT key, name, width, height, dataset, file, scene, author, licence, hex(tone), hex(context), "
        "layout_digest, coalesce(hex(depth), '') FROM sources JOIN pictures ON source = id ORDER BY id"
    ):
        sha.update(json.dumps(row).encode())
    for row in db.execute("SELECT key, class, instance, area, cells, hex(bits) FROM segments ORDER BY source, id"):
        sha.update(json.dumps(row).encode())
    return sha.hexdigest()[:16]


def depth_png(sample: Sample) -> bytes | None:
    """Return the depth map of a sample as the bank stores it, or None where it has none.

    At most `schema.DEPTH_ROWS` rows and in steps of 0.3 %: it tells what lies in front and need not weigh more than
    the photograph.
    """
    if sample.depth_m is None:
        return None
    size = depth_size(Size.of(sample.depth_m))
    target = (size.width, size.height)
    small = np.asarray(cv2.resize(sample.depth_m, target, interpolation=cv2.INTER_NEAREST_EXACT), np.float32)
    coded = encode_depth(small)
    coarse = np.where(coded > 0, np.maximum(coded & ~np.uint16(_DEPTH_STEP - 1), 1), 0)
    return write_gray16_png(coarse.astype(np.uint16))
