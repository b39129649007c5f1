"""Harmonising brings segments to one light; a mood brings them to the painter's."""

from dataclasses import replace

import cv2
import numpy as np

from engine.data.sample import Provenance
from engine.document.record import Mood, Tone
from engine.document.snapshot import SegmentCrop
from engine.geometry import Size
from engine.pipeline.harmonise import Wish, apply_colour_map, choose_light, colour_map_of, measure_colours

BRIGHT: Tone = (70.0, 0.0, 0.0, 20.0, 5.0, 5.0)
DARK: Tone = (50.0, 0.0, 0.0, 20.0, 5.0, 5.0)


def _crop(rgb: np.ndarray, tone: Tone = DARK) -> SegmentCrop:
    size = Size.of(rgb)
    return SegmentCrop(
        key="k",
        class_key="sky",
        rgb=rgb,
        mask=np.ones(rgb.shape[:2], np.bool_),
        shade=np.zeros(rgb.shape[:2], np.bool_),
        bounds=size.bounds,
        source_size=size,
        source_key="s",
        provenance=Provenance("d", "s"),
        tone=tone,
    )


def _grey(value: int) -> SegmentCrop:
    return _crop(np.full((4, 4, 3), value, np.uint8))


def _noise(seed: int, mean: tuple[int, int, int], spread: float) -> SegmentCrop:
    rng = np.random.default_rng(seed)
    mixed = rng.normal(0, spread, (40, 40, 3)) @ rng.uniform(0.2, 1, (3, 3))
    return _crop(np.clip(mixed + mean, 0, 255).astype(np.uint8))


def _lab(crop: SegmentCrop) -> np.ndarray:
    return cv2.cvtColor(crop.rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)


def test_the_photograph_of_the_largest_area_gives_the_light() -> None:
    assert choose_light([None, None], [DARK, BRIGHT], ["dark", "bright"], [100, 900]) == BRIGHT


def test_a_light_that_was_given_stays_whatever_area_a_new_photograph_serves() -> None:
    assert choose_light([DARK, None], [DARK, BRIGHT], ["dark", "bright"], [1, 900]) == DARK


def test_without_segments_there_is_no_light() -> None:
    assert choose_light([], [], [], []) is None


def test_a_photograph_of_another_light_comes_nearer_and_one_of_the_same_stays() -> None:
    dark = _grey(90)
    assert colour_map_of(Wish(BRIGHT, BRIGHT)) is None
    assert apply_colour_map(dark, None) is dark
    shift = _lab(apply_colour_map(dark, colour_map_of(Wish(DARK, BRIGHT))))[0, 0] - _lab(dark)[0, 0]
    assert abs(shift - 8.0) < 0.5  # 0.4 of the 20 that part them


def test_warmth_adds_yellow_and_brightness_light() -> None:
    grey = _grey(120)
    warm = _lab(apply_colour_map(grey, colour_map_of(Wish(DARK, DARK, mood=Mood(warmth=0.5)))))[0]
    bright = _lab(apply_colour_map(grey, colour_map_of(Wish(DARK, DARK, mood=Mood(brightness=-0.5)))))[0]
    before = _lab(grey)[0]
    assert warm[2] - before[2] > 6
    assert bright[0] - before[0] < -9


def test_a_region_like_a_segment_takes_on_mean_and_covariance_of_its_colours() -> None:
    own, like = _noise(1, (90, 110, 150), 12), _noise(2, (150, 120, 80), 15)
    wish = Wish(DARK, DARK, own=measure_colours(own), like=measure_colours(like))
    mapped = _lab(apply_colour_map(own, colour_map_of(wish)))
    np.testing.assert_allclose(mapped.mean(0), _lab(like).mean(0), atol=1.0)
    np.testing.assert_allclose(np.cov(mapped.T), np.cov(_lab(like).T), atol=0.12 * np.cov(_lab(like).T).max() + 2)


def test_a_segment_like_itself_keeps_its_colours() -> None:
    own = _noise(3, (90, 110, 150), 12)
    colours = measure_colours(own)
    mapped = apply_colour_map(own, colour_map_of(Wish(DARK, DARK, own=colours, like=colours)))
    assert np.abs(mapped.rgb.astype(int) - own.rgb).max() <= 1


def test_like_a_photograph_goes_all_the_way_to_its_tone() -> None:
    wish = replace(Wish(DARK, DARK), like_tone=(80.0, 4.0, 10.0, 20.0, 5.0, 5.0))
    shift = (_lab(apply_colour_map(_grey(100), colour_map_of(wish))) - _lab(_grey(100)))[0]
    np.testing.assert_allclose(shift, (30, 4, 10), atol=0.6)


def test_statistics_of_a_large_segment_are_those_of_its_mask() -> None:
    rgb = np.zeros((600, 400, 3), np.uint8)
    rgb[:, 200:] = 255
    mask = np.zeros((600, 400), np.bool_)
    mask[:, 200:] = True
    colours = measure_colours(replace(_crop(rgb), mask=mask))
    assert abs(colours.mean[0] - 100) < 0.1
