"""Sheets of scenes: which columns, in which order, and how they are written."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.evaluation.evaluator import CANVAS, FULL, REAL, TWIN, Scene
from engine.evaluation.sheet import (
    COLUMNS,
    MAX_RANKED_BYTES,
    draw_best_and_worst,
    draw_sheet,
    save_best_and_worst,
)
from tests.support.layouts import parse_layout, small_table

SHADES = {CANVAS: 60, TWIN: 90, FULL: 120, REAL: 150}


def scene(score: float, *ways: str, noise: int = 0) -> Scene:
    """Return a scene whose pictures are plain, or noisy."""
    layout = parse_layout("ssss/rrrr")
    rng = np.random.default_rng(int(1000 * score))
    pictures = {}
    for way in ways or tuple(SHADES):
        pictures[way] = np.clip(SHADES[way] + rng.integers(-noise, noise + 1, (64, 128, 3)), 0, 255).astype(np.uint8)
    return Scene("name", layout, small_table(), pictures, {FULL: score, REAL: 0.9})


def test_the_columns_are_layout_canvas_twin_full_and_real():
    assert COLUMNS == ("layout", CANVAS, TWIN, FULL, REAL)
    sheet = draw_sheet([scene(0.5)] * 2)
    middles = [int(np.median(sheet[60:180, x : x + 40])) for x in (388 * i + 150 for i in range(1, 5))]
    assert middles == [60, 90, 120, 150]
    assert sheet.shape == (28 + 2 * 196, 5 * 388, 3)


def test_a_way_that_one_scene_lacks_has_no_column():
    assert draw_sheet([scene(0.5), scene(0.5, CANVAS, FULL, REAL)]).shape[1] == 4 * 388


def test_a_sheet_of_nothing_is_refused():
    with pytest.raises(ValueError, match="one scene"):
        draw_sheet(())
    with pytest.raises(ValueError, match="one scene"):
        draw_best_and_worst((), ())


def test_the_best_stand_beside_the_worst():
    one = draw_best_and_worst([scene(0.9)], ())
    both = draw_best_and_worst([scene(0.9), scene(0.8)], [scene(0.2)])
    assert both.shape[1] == 2 * one.shape[1] + 16
    assert both.shape[0] > one.shape[0]
    assert not both[one.shape[0] + 20 :, one.shape[1] + 16 :].std() > 0  # one of the worst only


def test_webp_is_kept_small_and_png_is_exact(tmp_path):
    best = [scene(0.9 + i / 100, noise=80) for i in range(8)]
    worst = [scene(0.1 + i / 100, noise=80) for i in range(8)]
    save_best_and_worst(tmp_path / "b.webp", best, worst)
    assert (tmp_path / "b.webp").stat().st_size <= MAX_RANKED_BYTES
    save_best_and_worst(tmp_path / "b.png", best, worst)
    read = cv2.imread(str(tmp_path / "b.png"))
    assert read is not None
    assert np.array_equal(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), draw_best_and_worst(best, worst))
    with pytest.raises(ValueError, match=r"\.png or \.webp"):
        save_best_and_worst(tmp_path / "b.jpg", best, worst)
