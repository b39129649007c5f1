"""Outlines compared apart from size and place, both mask grids stretched to one square; and sizes apart from those."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.descriptors import MASK_COLUMNS, MASK_ROWS
from engine.layout import frozen

SIDE = 16


def outline_grid(mask_bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return (16, 16) float32 in [0, 1]: a mask grid's bounding box, stretched to a square.

    Args:
        mask_bits: (1024,) uint8 packed mask grid, the first cell of a byte in its lowest bit.
    """
    cells = np.unpackbits(mask_bits, bitorder="little").reshape(MASK_ROWS, MASK_COLUMNS)
    left, top, width, height = cv2.boundingRect(cells)
    box = cells[top : top + height, left : left + width].astype(np.float32)
    shrinks = width >= SIDE and height >= SIDE
    mode = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(box, (SIDE, SIDE), interpolation=mode), np.float32)


@lru_cache(maxsize=4096)
def _known_outline(mask_bits: bytes) -> npt.NDArray[np.float32]:
    """Return `outline_grid` of a segment: the same few come back with every stroke."""
    return frozen(outline_grid(np.frombuffer(mask_bits, np.uint8)))


def outline_fits(
    mask_bits: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8], *, is_stuff: bool
) -> npt.NDArray[np.float32]:
    """Return (N,) float32 in [0, 1]: how well others would fit one outline, each laid box on box.

    Args:
        mask_bits: (1024,) uint8 packed mask grid of the region.
        others: (N, 1024) uint8 of the segments.
        is_stuff: stuff has no shape of its own: what counts is the share of the region that is covered, else the IoU.
    """
    if not len(others):
        return np.zeros(0, np.float32)
    own = outline_grid(mask_bits)
    grids = np.stack([_known_outline(bits.tobytes()) for bits in others])
    whole = own.sum() if is_stuff else np.maximum(grids, own).sum((1, 2))
    return np.asarray(np.minimum(grids, own).sum((1, 2)) / whole, np.float32)


def enlargements(mask_bits: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return (N,) float32: by how much others would be enlarged to cover as much, as the logarithm of lengths; or 0.

    Args:
        mask_bits: (1024,) uint8 packed mask grid of the region.
        others: (N, 1024) uint8 of the segments.
    """
    wanted = float(np.bitwise_count(mask_bits).sum())
    cells = np.bitwise_count(others).sum(1, dtype=np.int64)
    return np.asarray(0.5 * np.log(np.maximum(wanted / np.maximum(cells, 1), 1)), np.float32)
