"""Segments shrunk for previews lie where they lay, and keep their colours and their outline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.geometry import IDENTITY_THETA, Bounds, Size
from engine.layout import frozen
from engine.pipeline.canvas import warp_crop
from engine.pipeline.materials import shrink
from tests.support.crops import make_crop


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_a_shrunk_segment_lies_in_the_same_place(factor: int) -> None:
    mask = np.zeros((90, 70), np.bool_)
    mask[10:80, 15:60] = True
    rgb = np.zeros((90, 70, 3), np.uint8)
    rgb[..., 0] = np.linspace(0, 200, 70).astype(np.uint8)
    crop = replace(
        make_crop("k"),
        rgb=frozen(rgb),
        mask=frozen(mask),
        shade=frozen(mask & (np.arange(90) > 60)[:, None]),
        bounds=Bounds(31, 17, 101, 107),
        source_size=Size(240, 120),
    )
    size = Size(48, 24)
    before = warp_crop(crop, IDENTITY_THETA, size.bounds, size)
    after = warp_crop(shrink(crop, factor), IDENTITY_THETA, size.bounds, size)
    for old, new in ((before.mask, after.mask), (before.shade, after.shade)):
        assert (old != new).sum() <= 0.12 * old.sum() + 10
    both = before.mask & after.mask
    assert np.abs(before.rgb.astype(int) - after.rgb)[both].mean() < 5
