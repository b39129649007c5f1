"""Layers and grids: where pixels land."""

from __future__ import annotations

import numpy as np
import pytest

from engine.pipeline.sampling import box_grid, build_layer, sample_layer


def _picture(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_layer_no_larger_than_wanted_is_kept_and_masked() -> None:
    rgb, mask = _picture(6, 8), np.zeros((6, 8), np.bool_)
    mask[2:4, 3:5] = True
    layer = build_layer(rgb, mask)
    assert np.array_equal(layer.rgba[..., :3][mask], rgb[mask])
    assert np.array_equal(layer.rgba[..., 3], mask * 255)
    assert not layer.rgba[~mask].any()


def test_sampling_at_pixel_centres_returns_the_pixels() -> None:
    rgb = _picture(8, 8)
    layer = build_layer(rgb, np.ones((8, 8), np.bool_), left=5, top=3)
    grid = box_grid((5.0, 3.0, 13.0, 11.0), 8)
    grid[:, 2] -= 0.5
    assert np.array_equal(sample_layer(layer, grid, 8)[..., :3], rgb)


def test_outside_a_layer_there_is_nothing() -> None:
    layer = build_layer(_picture(8, 8), np.ones((8, 8), np.bool_))
    assert not sample_layer(layer, box_grid((100.0, 100.0, 108.0, 108.0), 8), 8).any()


@pytest.mark.parametrize("side", [512, 300, 77])
def test_a_half_covered_layer_stays_half_covered_however_much_it_shrinks(side: int) -> None:
    mask = np.zeros((side, side), np.bool_)
    mask[:, : side // 2] = True
    layer = build_layer(_picture(side, side), mask)
    assert max(layer.rgba.shape[:2]) <= 128
    grid = box_grid((0.0, 0.0, float(side), float(side)), 16)
    grid[:, 2] -= 0.5
    assert sample_layer(layer, grid, 16)[1:-1, 1:-1, 3].mean() / 255 == pytest.approx(
        (side // 2 / side * 16 - 1) / 14, abs=0.02
    )
