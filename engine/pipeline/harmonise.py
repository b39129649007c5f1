"""Harmonising: one colour map a segment, so that regions cut from photographs of different light agree.

The tone of a *whole photograph* (mean and deviation in CIELAB) says how bright and how warm its light was; the tone of
the photograph that serves the largest area is the reference all others are brought to. A segment's own colours are not
equalised: a dark car stays dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from engine.document.snapshot import SegmentCrop
from engine.layout import frozen

STRENGTH_LIGHTNESS = 0.7
STRENGTH_COLOUR = 0.5
MAX_SHIFT = (18.0, 8.0, 8.0)
SCALE_RANGE = (0.75, 1.33)


@dataclass(frozen=True, slots=True)
class ColourMap:
    """An affine map a channel in CIELAB: ``new = scale * (old - centre) + centre + shift``."""

    scale: tuple[float, float, float]
    centre: tuple[float, float, float]
    shift: tuple[float, float, float]


def harmonise_tones(crops: Sequence[SegmentCrop], areas_px: Sequence[int]) -> tuple[ColourMap | None, ...]:
    """Return the colour map of every segment, None where it needs none.

    Args:
        crops: the chosen segments.
        areas_px: how much of the layout each serves; the photograph with the largest sum is the reference.
    """
    served: dict[str, int] = {}
    for crop, area_px in zip(crops, areas_px, strict=True):
        served[crop.source_key] = served.get(crop.source_key, 0) + area_px
    if not served:
        return ()
    reference_key = min(served, key=lambda key: (-served[key], key))
    reference = next(crop.tone for crop in crops if crop.source_key == reference_key)
    return tuple(None if c.source_key == reference_key else _tone_map(c.tone, reference) for c in crops)


def apply_colour_map(crop: SegmentCrop, colour_map: ColourMap | None) -> SegmentCrop:
    """Return the segment with its colours mapped; the same object where there is no map."""
    if colour_map is None:
        return crop
    lab = cv2.cvtColor(crop.rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    scale, centre, shift = (np.asarray(v, np.float32) for v in (colour_map.scale, colour_map.centre, colour_map.shift))
    rgb = cv2.cvtColor((lab - centre) * scale + (centre + shift), cv2.COLOR_LAB2RGB)
    return replace(crop, rgb=frozen(np.clip(np.round(rgb * 255), 0, 255).astype(np.uint8)))


def _tone_map(own: tuple[float, ...], reference: tuple[float, ...]) -> ColourMap:
    mean, deviation = np.array(own[:3]), np.array(own[3:])
    wanted_mean, wanted_deviation = np.array(reference[:3]), np.array(reference[3:])
    strength = np.array([STRENGTH_LIGHTNESS, STRENGTH_COLOUR, STRENGTH_COLOUR])
    shift = np.clip(strength * (wanted_mean - mean), -np.array(MAX_SHIFT), MAX_SHIFT)
    ratio = np.clip(wanted_deviation / np.maximum(deviation, 1.0), *SCALE_RANGE)
    scale = ratio**strength
    return ColourMap(*(tuple(np.round(v, 3).tolist()) for v in (scale, mean, shift)))
