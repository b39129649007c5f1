"""A contact sheet: photographs of a bank beside one another, only scaled."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from engine.bank.bank import Bank
from engine.data.png import write_rgb_png
from engine.data.sample import Rgb8
from engine.geometry import Size
from engine.whole_file import write_whole

TILE = Size(512, 256)
COLUMNS = 3
GAP_PX = 6
MAX_TILES = 180
"""More would be taller than a WebP may be, 16,383 pixels."""
WEBP_QUALITY = 86


def draw_sheet(bank: Bank, count: int, tile: Size = TILE) -> Rgb8:
    """Return photographs of a bank, spread evenly over it, in rows of `COLUMNS` on white; (H, W, 3) uint8 sRGB.

    A photograph of other proportions is cut at its sides, evenly.

    Raises:
        ValueError: if the bank holds none, or more than `MAX_TILES` are asked for.
    """
    sources = bank.sources()
    if not sources or not 1 <= count <= MAX_TILES:
        raise ValueError(f"a sheet shows 1 to {MAX_TILES} photographs; the bank holds {len(sources)}")
    count = min(count, len(sources))
    chosen = [sources[round((i + 0.5) * len(sources) / count - 0.5)] for i in range(count)]
    columns, rows = min(COLUMNS, count), -(-count // COLUMNS)
    step_x, step_y = tile.width + GAP_PX, tile.height + GAP_PX
    sheet = np.full((rows * step_y - GAP_PX, columns * step_x - GAP_PX, 3), 255, np.uint8)
    for place, source in enumerate(chosen):
        top, left = place // COLUMNS * step_y, place % COLUMNS * step_x
        sheet[top : top + tile.height, left : left + tile.width] = _scaled(bank.photograph(source.key), tile)
    return sheet


def save_sheet(path: Path, sheet: Rgb8) -> None:
    """Write a sheet whole, as WebP or PNG by its name.

    Raises:
        OSError: if it cannot be written.
    """
    if path.suffix.lower() == ".png":
        write_whole(path, write_rgb_png(sheet))
        return
    bgr = cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])
    if not done:
        raise OSError(f"{path}: too large for WebP")
    write_whole(path, data.tobytes())


def _scaled(rgb: Rgb8, tile: Size) -> Rgb8:
    """Return the middle of a picture at the size of a tile."""
    height, width = rgb.shape[:2]
    scale = min(width / tile.width, height / tile.height)
    cut_width, cut_height = round(tile.width * scale), round(tile.height * scale)
    left, top = (width - cut_width) // 2, (height - cut_height) // 2
    middle = rgb[top : top + cut_height, left : left + cut_width]
    return np.asarray(cv2.resize(middle, (tile.width, tile.height), interpolation=cv2.INTER_AREA), np.uint8)
