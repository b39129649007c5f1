"""Segment crops that tests draw themselves."""

from __future__ import annotations

import numpy as np

from engine.data.sample import Provenance
from engine.document.snapshot import SegmentCrop
from engine.geometry import Bounds, Size
from engine.layout import frozen


def make_crop(key: str, *, class_key: str = "tree", width: int = 6, height: int = 5) -> SegmentCrop:
    """Return a crop of noise drawn from its key, a disc-like mask and one row of shade."""
    rng = np.random.default_rng(list(key.encode()))
    mask = np.ones((height, width), np.bool_)
    mask[0, 0] = mask[-1, -1] = False
    shade = np.zeros((height, width), np.bool_)
    shade[-1, 1:-1] = True
    return SegmentCrop(
        key=key,
        class_key=class_key,
        rgb=frozen(rng.integers(0, 256, (height, width, 3)).astype(np.uint8)),
        mask=frozen(mask),
        shade=frozen(shade),
        bounds=Bounds(3, 4, 3 + width, 4 + height),
        source_size=Size(64, 48),
        source_key="0123456789abcdef",
        provenance=Provenance("Drawn", "train/noise.jpg", "g", "Jörg", "CC0"),
        tone=(50.5, 1.25, -3.0, 10.0, 4.0, 2.0),
    )
