"""Patterns for classes whose colours are hard to tell apart with a colour-vision deficiency.

Simulation: Machado, Oliveira, Fernandes 2009 (full severity), in linear light; difference: CIE 1976 in L*a*b*.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from engine.classes import ClassTable, Rgb
from engine.layout import frozen

TILE_PX = 8
LEAST_DIFFERENCE = 14.0
SHADE = 0.62
_DEFICIENCIES = np.array(
    [
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ]
)
"""(3, 3, 3): protanopia, deuteranopia, tritanopia; linear RGB to linear RGB."""
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = np.array([0.9505, 1.0, 1.089])


def _tiles() -> npt.NDArray[np.bool_]:
    y, x = np.mgrid[:TILE_PX, :TILE_PX]
    shapes = (
        np.zeros((TILE_PX, TILE_PX), bool),
        (x + y) % TILE_PX < 2,
        (x - y) % TILE_PX < 2,
        (x % 4 < 2) & (y % 4 < 2),
        y % 4 < 1,
        x % 4 < 1,
        ((x + y) % TILE_PX < 1) | ((x - y) % TILE_PX < 1),
        ((x + 2) % TILE_PX < 4) & ((y + 2) % TILE_PX < 4),
    )
    return np.stack(shapes)


TILES = frozen(_tiles())
"""(P, 8, 8) bool: where each pattern is darker; pattern 0 is plain."""


@lru_cache(maxsize=8)
def patterns_of(colours: tuple[Rgb, ...]) -> tuple[int, ...]:
    """Return the pattern of each class, given their colours in the order of ids.

    A class stays plain unless an earlier one with the same pattern is hard to tell from it.
    """
    lab = np.stack([_lab(np.array(colours, np.float64), matrix) for matrix in (np.eye(3), *_DEFICIENCIES)])
    differences = np.linalg.norm(lab[:, :, None] - lab[:, None], axis=3).min(axis=0)  # (C, C)
    chosen: list[int] = []
    for i in range(len(colours)):
        used = [chosen[j] for j in range(i) if differences[i, j] < LEAST_DIFFERENCE]
        free = [p for p in range(len(TILES)) if p not in used]
        chosen.append(free[0] if free else min(range(1, len(TILES)), key=used.count))
    return tuple(chosen)


def patterns_of_table(table: ClassTable) -> tuple[int, ...]:
    """Return the pattern of each class of a table."""
    return patterns_of(tuple(info.colour for info in table))


def shade_of(colour: Rgb) -> Rgb:
    """Return the colour of a pattern's lines on a ground: darker, or lighter on dark grounds."""
    if max(colour) < 90:
        red, green, blue = (round(255 - (255 - v) * 0.72) for v in colour)
    else:
        red, green, blue = (round(v * SHADE) for v in colour)
    return red, green, blue


def hatched(class_ids: npt.NDArray[np.uint8], patterns: tuple[int, ...], left: int, top: int) -> npt.NDArray[np.bool_]:
    """Return where the lines of patterns lie in a part of a layout.

    Args:
        class_ids: (h, w) uint8, the part.
        patterns: pattern of each class; ids without one are plain.
        left: column of the part in the layout.
        top: row of the part in the layout.
    """
    columns_of = np.zeros((TILE_PX, 256), np.uint8)  # by row of the tile and id: a bit for each column of the tile
    columns_of[:, : len(patterns)] = np.packbits(TILES[list(patterns)], axis=2)[..., 0].T
    bits = np.uint8(128) >> (np.arange(left, left + class_ids.shape[1]) % TILE_PX).astype(np.uint8)
    lines = np.empty(class_ids.shape, np.bool_)
    for row in range(min(TILE_PX, class_ids.shape[0])):
        found = cv2.LUT(class_ids[row::TILE_PX], columns_of[(top + row) % TILE_PX])
        np.not_equal(np.bitwise_and(found, bits, out=found), 0, out=lines[row::TILE_PX])
    return lines


def _lab(rgb: npt.NDArray[np.float64], matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return (C, 3) L*a*b* of (C, 3) sRGB from 0 to 255, as seen with a deficiency."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ matrix.T, 0, 1) @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
