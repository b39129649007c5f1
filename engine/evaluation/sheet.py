"""Scenes as pictures to look at: the contact sheet, and the best and worst scenes side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from engine.data.sample import Rgb8
from engine.evaluation.evaluator import CANVAS, FULL, REAL, TWIN, Scene
from engine.whole_file import write_whole

SHEET_SCENES = 16
RANKED_SCENES = 8
MAX_RANKED_BYTES = 400_000
"""The best and worst scenes stand in the README."""
COLUMNS = ("layout", CANVAS, TWIN, FULL, REAL)
RANKED_COLUMNS = ("layout", FULL, REAL)
_TILE_ROWS, _GAP_PX, _HEADER_PX = 192, 4, 28
_RANKED_ROWS, _CAPTION_PX, _MIDDLE_PX = 132, 18, 16
_BACKGROUND, _INK = 24, (235, 235, 235)
_QUALITIES = (86, 80, 74, 68, 60, 50, 40, 30)


def draw_sheet(scenes: Sequence[Scene]) -> Rgb8:
    """Return one picture of all scenes: a row each, layout, canvas, twin, image and photograph, what there is of them.

    Raises:
        ValueError: if there is no scene.
    """
    columns = _columns_of(scenes, COLUMNS)
    tiles = [[_tile(scene, name, _TILE_ROWS) for name in columns] for scene in scenes]
    width = max(tile.shape[1] for row in tiles for tile in row)
    sheet = _blank(_HEADER_PX + len(tiles) * (_TILE_ROWS + _GAP_PX), len(columns) * (width + _GAP_PX))
    for x, name in enumerate(columns):
        left = x * (width + _GAP_PX)
        _write(sheet, name, left + 6, 20)
        for y, row in enumerate(tiles):
            top = _HEADER_PX + y * (_TILE_ROWS + _GAP_PX)
            sheet[top : top + _TILE_ROWS, left : left + row[x].shape[1]] = row[x]
    return sheet


def draw_best_and_worst(best: Sequence[Scene], worst: Sequence[Scene]) -> Rgb8:
    """Return one picture: the best scenes on the left, the worst on the right, each with its score.

    A scene is its layout, its image and the photograph, and says how much of the image, and of the photograph, the
    evaluator reads as painted.

    Raises:
        ValueError: if there is no scene.
    """
    _columns_of([*best, *worst], RANKED_COLUMNS)
    halves = [_ranked_half(title, scenes) for title, scenes in (("best", best), ("worst", worst)) if scenes]
    height = max(half.shape[0] for half in halves)
    sheet = _blank(height, sum(half.shape[1] for half in halves) + _MIDDLE_PX * (len(halves) - 1))
    left = 0
    for half in halves:
        sheet[: half.shape[0], left : left + half.shape[1]] = half
        left += half.shape[1] + _MIDDLE_PX
    return sheet


def save_best_and_worst(path: Path, best: Sequence[Scene], worst: Sequence[Scene]) -> None:
    """Write them as PNG, or as WebP of at most `MAX_RANKED_BYTES`, by the file's name.

    Raises:
        OSError: if the file cannot be written.
        ValueError: if there is no scene, or the name ends in neither.
    """
    settings = {
        ".png": [(cv2.IMWRITE_PNG_COMPRESSION, 9)],
        ".webp": [(cv2.IMWRITE_WEBP_QUALITY, q) for q in _QUALITIES],
    }
    suffix = path.suffix.lower()
    if suffix not in settings:
        raise ValueError(f"{path}: pictures are written as .png or .webp")
    bgr = cv2.cvtColor(draw_best_and_worst(best, worst), cv2.COLOR_RGB2BGR)
    data = b""
    for setting in settings[suffix]:
        done, encoded = cv2.imencode(suffix, bgr, setting)
        if not done:
            raise OSError("the picture cannot be encoded")
        data = encoded.tobytes()
        if len(data) <= MAX_RANKED_BYTES:
            break
    write_whole(path, data)


def _ranked_half(title: str, scenes: Sequence[Scene]) -> Rgb8:
    rows = []
    for scene in scenes:
        row = [_tile(scene, name, _RANKED_ROWS) for name in RANKED_COLUMNS]
        rows.append(np.concatenate([np.pad(tile, ((0, 0), (0, _GAP_PX), (0, 0))) for tile in row], axis=1))
    step = _CAPTION_PX + _RANKED_ROWS + _GAP_PX
    half = _blank(_HEADER_PX + len(rows) * step, max(row.shape[1] for row in rows))
    _write(half, f"the {title} {len(scenes)}: {', '.join(RANKED_COLUMNS)}", 2, 20)
    for y, (scene, row) in enumerate(zip(scenes, rows, strict=True)):
        top = _HEADER_PX + y * step
        made, real = (100 * scene.agreement[way] for way in (FULL, REAL))
        _write(half, f"{made:.1f} % read as painted; of the photograph {real:.1f} %", 2, top + 13, scale=0.42)
        half[top + _CAPTION_PX : top + _CAPTION_PX + _RANKED_ROWS, : row.shape[1]] = row
    return half


def _columns_of(scenes: Sequence[Scene], names: Sequence[str]) -> list[str]:
    if not scenes:
        raise ValueError("a sheet shows one scene at least")
    return [name for name in names if name == "layout" or all(name in scene.pictures for scene in scenes)]


def _tile(scene: Scene, name: str, rows: int) -> Rgb8:
    rgb = scene.table.colours()[scene.layout.class_ids] if name == "layout" else scene.pictures[name]
    width = max(1, round(rgb.shape[1] * rows / rgb.shape[0]))
    mode = cv2.INTER_NEAREST_EXACT if name == "layout" else cv2.INTER_AREA
    return np.asarray(cv2.resize(rgb, (width, rows), interpolation=mode), np.uint8)


def _blank(height: int, width: int) -> Rgb8:
    return np.full((height, width, 3), _BACKGROUND, np.uint8)


def _write(sheet: Rgb8, text: str, left: int, bottom: int, *, scale: float = 0.6) -> None:
    cv2.putText(sheet, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, scale, _INK, 1, cv2.LINE_AA)
