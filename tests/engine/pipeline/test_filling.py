"""Filling: a segment's texture goes on beyond its outline, from its own pure pixels alone."""

import numpy as np
import pytest

from engine.data.sample import Provenance
from engine.document.snapshot import SegmentCrop
from engine.geometry import Bounds, Size
from engine.pipeline.filling import continue_texture, fill_segment, pure_pixels

FOREIGN = (255, 0, 255)


def _meadow(height: int = 96, width: int = 144) -> np.ndarray:
    """Return (h, w, 3) uint8: green of changing brightness, with grain."""
    rng = np.random.default_rng(0)
    rgb = np.zeros((height, width, 3), np.int32)
    rgb[..., 1] = 90 + np.arange(height)[:, None] // 2
    return np.clip(rgb + rng.integers(-20, 21, rgb.shape), 0, 255).astype(np.uint8)


def _crop(rgb: np.ndarray, mask: np.ndarray, shade: np.ndarray | None = None) -> SegmentCrop:
    height, width = mask.shape
    return SegmentCrop(
        key="k",
        class_key="grass",
        rgb=rgb,
        mask=mask,
        shade=np.zeros_like(mask) if shade is None else shade,
        bounds=Bounds(10, 20, 10 + width, 20 + height),
        source_size=Size(width + 40, height + 40),
        source_key="s",
        provenance=Provenance("d", "f"),
        tone=(50, 0, 0, 20, 5, 5),
    )


def _with_hole() -> SegmentCrop:
    rgb, mask = _meadow(), np.ones((96, 144), np.bool_)
    mask[30:60, 50:90] = False
    rgb[~mask] = FOREIGN
    return _crop(rgb, mask)


def _inner(filled: SegmentCrop, crop: SegmentCrop) -> np.ndarray:
    """Return the colours inside the bounds the segment had."""
    left, top = crop.bounds.left - filled.bounds.left, crop.bounds.top - filled.bounds.top
    return filled.rgb[top : top + crop.bounds.height, left : left + crop.bounds.width]


def test_what_is_pure_stays_and_a_hole_takes_on_the_texture_around_it() -> None:
    crop = _with_hole()
    inner, pure = _inner(fill_segment(crop), crop), pure_pixels(crop).astype(np.bool_)
    assert np.array_equal(inner[pure], crop.rgb[pure])
    hole, around = inner[30:60, 50:90].astype(int), crop.rgb[30:60, :45].astype(int)
    assert np.abs(hole.mean((0, 1)) - around.mean((0, 1))).max() < 6
    assert np.abs(hole.std((0, 1)) / around.std((0, 1)) - 1).max() < 0.3


def test_nothing_of_another_class_shows() -> None:
    crop = _with_hole()
    bare = _crop(np.where(crop.mask[..., None], crop.rgb, np.uint8(0)), crop.mask)
    assert np.array_equal(fill_segment(crop).rgb, fill_segment(bare).rgb)


def test_colours_mixed_along_the_outline_are_drawn_anew() -> None:
    crop = _with_hole()
    rgb = crop.rgb.copy()
    rgb[30:60, 49] = rgb[30:60, 90] = FOREIGN  # inside the mask, beside the hole
    mixed = _inner(fill_segment(_crop(rgb, crop.mask)), crop)
    assert mixed[30:60, 49, 0].max() < 100


def test_shade_of_what_stood_there_is_drawn_anew_and_no_longer_marked() -> None:
    crop = _with_hole()
    shade, rgb = np.zeros_like(crop.mask), crop.rgb.copy()
    shade[60:70, 50:90] = True
    rgb[shade] = 0
    filled = fill_segment(_crop(rgb, crop.mask, shade))
    assert not filled.shade.any()
    assert _inner(filled, crop)[60:70, 50:90, 1].mean() > 80


def test_the_box_grows_on_every_side_and_the_mask_does_not() -> None:
    crop = _with_hole()
    filled = fill_segment(crop)
    assert filled.bounds == Bounds(10 - 18, 20 - 12, 154 + 18, 116 + 12)
    assert filled.mask.sum() == crop.mask.sum()
    assert filled.rgb.shape[:2] == filled.mask.shape == filled.shade.shape
    assert filled.rgb[..., 1].min() > 50  # nothing is black


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_thin_segment_stays_whole(width: int) -> None:
    rgb, mask = _meadow(60, 12), np.zeros((60, 12), np.bool_)
    mask[:, 5 : 5 + width] = True
    crop = _crop(rgb, mask)
    assert pure_pixels(crop).sum() == 60 * width
    assert np.array_equal(_inner(fill_segment(crop), crop)[mask], rgb[mask])


def test_filling_is_the_same_every_time() -> None:
    crop = _with_hole()
    assert fill_segment(crop).digest == fill_segment(crop).digest


def test_texture_is_moved_in_one_piece() -> None:
    """Stripes go on as stripes: a piece moved sideways keeps them sharp."""
    rgb = np.zeros((64, 128, 3), np.uint8)
    rgb[(np.arange(64) // 2) % 2 == 0] = 200
    known = np.ones((64, 128), np.uint8)
    known[20:44, 40:70] = 0
    filled = continue_texture(rgb, known, cell=4)
    assert np.abs(filled.astype(int) - rgb).max() <= 24
