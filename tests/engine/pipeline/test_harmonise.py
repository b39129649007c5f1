"""Harmonising brings segments to the tone of the photograph that serves the largest area."""

import numpy as np

from engine.data.sample import Provenance
from engine.document.snapshot import SegmentCrop
from engine.geometry import Size
from engine.pipeline.harmonise import apply_colour_map, harmonise_tones


def _crop(source: str, lightness: float, grey: int) -> SegmentCrop:
    return SegmentCrop(
        key=source,
        class_key="sky",
        rgb=np.full((4, 4, 3), grey, np.uint8),
        mask=np.ones((4, 4), np.bool_),
        shade=np.zeros((4, 4), np.bool_),
        bounds=Size(4, 4).bounds,
        source_size=Size(4, 4),
        source_key=source,
        provenance=Provenance("d", source),
        tone=(lightness, 0, 0, 20, 5, 5),
    )


def test_the_photograph_of_the_largest_area_stays_and_the_others_come_nearer() -> None:
    bright, dark = _crop("bright", 70, 180), _crop("dark", 50, 90)
    maps = harmonise_tones([bright, dark], [900, 100])
    assert maps[0] is None
    assert maps[1] is not None
    assert maps[1].shift == (14.0, 0.0, 0.0)  # 0.7 of the 20 that part them
    assert apply_colour_map(bright, maps[0]) is bright
    assert apply_colour_map(dark, maps[1]).rgb.mean() > 110


def test_a_dark_object_of_the_reference_photograph_stays_dark() -> None:
    maps = harmonise_tones([_crop("one", 60, 200), _crop("one", 60, 20)], [500, 20])
    assert maps == (None, None)


def test_without_segments_there_is_nothing_to_harmonise() -> None:
    assert harmonise_tones([], []) == ()
