"""Harmonising: one colour map a segment, so that regions cut from photographs of different light agree.

The tone of a *whole photograph* (mean and deviation in CIELAB) says how bright and how warm its light was. All segments
are brought towards one tone, the *light* of the document: that of the photograph that serves the largest area when the
first choices are made. Each record keeps the light it was given, so that an edit never changes the colours of a region
whose choice stays: locality. A segment's own colours are not equalised: a dark car stays dark.

A painter's *mood* comes on top: like a photograph (its tone is the light, fully), like a segment (the linear
Monge-Kantorovich map between the colours inside both masks), warmth and brightness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from engine.document.record import Mood, Tone
from engine.document.snapshot import SegmentCrop
from engine.layout import frozen

STRENGTH_LIGHTNESS = 0.4
STRENGTH_COLOUR = 0.3
MAX_SHIFT = (18.0, 8.0, 8.0)
SCALE_RANGE = (0.75, 1.33)
LIKE_SCALE_RANGE = (0.4, 2.5)
"""How far a mood may stretch contrast: beyond it, noise becomes texture."""
WARMTH_SHIFT = (0.0, 5.0, 18.0)
"""What full warmth adds in CIELAB: towards red a little, towards yellow much."""
BRIGHTNESS_SHIFT = 22.0
STATISTICS_PX = 40_000
"""Statistics of larger segments are taken on every nth row and column."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ColourMap:
    """An affine map in CIELAB: ``new = matrix @ old + offset``; numbers rounded, so that it can name a cache entry.

    Attributes:
        matrix: 3x3, row by row.
        offset: added to L, a and b.
    """

    matrix: tuple[float, ...]
    offset: tuple[float, ...]

    @classmethod
    def of(cls, matrix: Matrix, offset: npt.NDArray[np.float64]) -> ColourMap:
        """Return the map of a (3, 3) matrix and a (3,) offset."""
        return cls(tuple(np.round(matrix.reshape(9), 4).tolist()), tuple(np.round(offset, 3).tolist()))


@dataclass(frozen=True, slots=True)
class ColourStatistics:
    """Colours inside a segment's mask in CIELAB: mean (3) and covariance (9, row by row)."""

    mean: tuple[float, ...]
    covariance: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Wish:
    """What harmonising knows of one segment.

    Attributes:
        tone: of the photograph it was cut from.
        light: tone it is brought towards.
        like_tone: tone of the photograph a mood names, or None.
        own: colours of the segment, where a mood names another segment, else None.
        like: colours of that segment, or None.
        mood: warmth and brightness; what it is like has become ``like_tone`` or ``like``.
    """

    tone: Tone
    light: Tone
    like_tone: Tone | None = None
    own: ColourStatistics | None = None
    like: ColourStatistics | None = None
    mood: Mood | None = None


def choose_light(
    lights: Sequence[Tone | None], tones: Sequence[Tone], source_keys: Sequence[str], areas_px: Sequence[int]
) -> Tone | None:
    """Return the light that a segment gets which has none yet, None where there are no segments.

    It is the light that serves the largest area; in a new document the tone of the photograph that does.

    Args:
        lights: of every segment, None where it has none yet.
        tones: of the photographs they were cut from.
        source_keys: keys of these photographs.
        areas_px: how much of the layout each serves.
    """
    served: dict[Tone, int] = {}
    for light, area_px in zip(lights, areas_px, strict=True):
        if light is not None:
            served[light] = served.get(light, 0) + area_px
    if served:
        return min(served, key=lambda light: (-served[light], light))
    by_source: dict[str, int] = {}
    for key, area_px in zip(source_keys, areas_px, strict=True):
        by_source[key] = by_source.get(key, 0) + area_px
    if not by_source:
        return None
    return tones[source_keys.index(min(by_source, key=lambda key: (-by_source[key], key)))]


def colour_map_of(wish: Wish) -> ColourMap | None:
    """Return the colour map of a segment, None where it needs none."""
    matrix, offset = np.eye(3), np.zeros(3)
    if wish.own is not None and wish.like is not None:
        matrix, offset = transfer_map(wish.own, wish.like)
    elif wish.like_tone is not None:
        matrix, offset = _tone_map(wish.tone, wish.like_tone, strength=np.ones(3), limits=LIKE_SCALE_RANGE)
    elif wish.tone != wish.light:
        strength = np.array([STRENGTH_LIGHTNESS, STRENGTH_COLOUR, STRENGTH_COLOUR])
        matrix, offset = _tone_map(wish.tone, wish.light, strength=strength, limits=SCALE_RANGE, most=MAX_SHIFT)
    if wish.mood is not None:
        offset = offset + wish.mood.warmth * np.array(WARMTH_SHIFT)
        offset[0] += wish.mood.brightness * BRIGHTNESS_SHIFT
    colour_map = ColourMap.of(matrix, offset)
    return None if colour_map == _IDENTITY else colour_map


def measure_colours(crop: SegmentCrop) -> ColourStatistics:
    """Return mean and covariance of a segment's colours in CIELAB, inside its mask."""
    step = max(1, int(np.ceil(np.sqrt(crop.mask.size / STATISTICS_PX))))
    mask = crop.mask[::step, ::step]
    rgb = crop.rgb[::step, ::step]
    if not mask.any():
        mask, rgb = crop.mask, crop.rgb
    lab = cv2.cvtColor(np.ascontiguousarray(rgb).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[mask].astype(np.float64)
    mean = lab.mean(0)
    covariance = (lab - mean).T @ (lab - mean) / len(lab)
    return ColourStatistics(tuple(mean.tolist()), tuple(covariance.reshape(9).tolist()))


def transfer_map(own: ColourStatistics, like: ColourStatistics) -> tuple[Matrix, npt.NDArray[np.float64]]:
    """Return the linear map that gives colours the mean and covariance of others, moving them as little as possible.

    Source: Pitié and Kokaram 2007, the linear Monge-Kantorovich solution. Contrast is stretched within reason only.
    """
    floor = np.eye(3)
    own_covariance, like_covariance = (np.array(s.covariance).reshape(3, 3) + floor for s in (own, like))
    root = _square_root(own_covariance)
    inverse = np.linalg.inv(root)
    matrix = inverse @ _square_root(root @ like_covariance @ root) @ inverse
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    matrix = (vectors * np.clip(values, *LIKE_SCALE_RANGE)) @ vectors.T
    return matrix, np.array(like.mean) - matrix @ np.array(own.mean)


def apply_colour_map(crop: SegmentCrop, colour_map: ColourMap | None) -> SegmentCrop:
    """Return the segment with its colours mapped; the same object where there is no map."""
    if colour_map is None:
        return crop
    lab = cv2.cvtColor(crop.rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    affine = np.column_stack([np.array(colour_map.matrix).reshape(3, 3), colour_map.offset]).astype(np.float32)
    mapped = np.asarray(cv2.transform(lab, affine))
    np.clip(mapped[..., 0], 0, 100, out=mapped[..., 0])
    rgb = cv2.cvtColor(mapped, cv2.COLOR_LAB2RGB)
    return replace(crop, rgb=frozen(np.clip(np.round(rgb * 255), 0, 255).astype(np.uint8)))


_IDENTITY = ColourMap.of(np.eye(3), np.zeros(3))


def _tone_map(
    own: Tone,
    wanted: Tone,
    *,
    strength: npt.NDArray[np.float64],
    limits: tuple[float, float],
    most: tuple[float, float, float] = (100.0, 100.0, 100.0),
) -> tuple[Matrix, npt.NDArray[np.float64]]:
    mean, deviation = np.array(own[:3]), np.array(own[3:])
    shift = np.clip(strength * (np.array(wanted[:3]) - mean), -np.array(most), most)
    scale = np.clip(np.array(wanted[3:]) / np.maximum(deviation, 1.0), *limits) ** strength
    return np.diag(scale), mean + shift - scale * mean


def _square_root(matrix: Matrix) -> Matrix:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
