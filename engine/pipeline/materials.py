"""The pixels a run works with: segments and photographs of the open banks, else those the project carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from engine.bank.bank import Bank
from engine.document.record import Tone
from engine.document.snapshot import SegmentCrop
from engine.geometry import Bounds, Size
from engine.layout import frozen
from engine.pipeline.cache import StageCache
from engine.pipeline.filling import fill_segment
from engine.pipeline.harmonise import ColourMap, ColourStatistics, apply_colour_map, measure_colours

PHOTOGRAPH_SIDE_PX = 256


class Materials:
    """Finds segments and photographs by their keys. Used by one run, on the engine thread.

    Attributes:
        missing: keys that were asked for in vain.
    """

    def __init__(self, banks: Sequence[Bank], segments: Mapping[str, SegmentCrop], cache: StageCache) -> None:
        """Take the open banks and the crops a project carries."""
        self._banks, self._segments, self._cache = banks, segments, cache
        self.missing: set[str] = set()

    def has_segment(self, segment_key: str) -> bool:
        """Return whether the pixels of a segment are at hand."""
        return segment_key in self._segments or any(segment_key in bank for bank in self._banks)

    def crop(self, segment_key: str) -> SegmentCrop:
        """Return the pixels of a segment that is at hand."""
        bank = next((b for b in self._banks if segment_key in b), None)
        if bank is None:
            return self._segments[segment_key]
        return self._cache.get("crop", (bank.digest, segment_key), lambda: bank.crop(segment_key))

    def find(self, segment_key: str) -> SegmentCrop | None:
        """Return the pixels of a segment, or None, noted as missing, where they are not at hand."""
        if self.has_segment(segment_key):
            return self.crop(segment_key)
        self.missing.add(segment_key)
        return None

    def tone(self, segment_key: str) -> Tone | None:
        """Return the tone of the photograph a segment was cut from, None where it is not at hand."""
        return self.crop(segment_key).tone if self.has_segment(segment_key) else None

    def find_likeness(self, key: str) -> SegmentCrop | None:
        """Return a segment, or a whole photograph as a small crop under its source key; None, noted, without either."""
        if self.has_segment(key):
            return self.crop(key)
        for bank in self._banks:
            if any(source.key == key for source in bank.sources()):
                return self._cache.get("photograph", (bank.digest, key), lambda bank=bank: small_photograph(bank, key))
        self.missing.add(key)
        return None

    def colours(self, crop: SegmentCrop) -> ColourStatistics:
        """Return the colours of a segment."""
        return self._cache.get("colours", crop.digest, lambda: measure_colours(crop))

    def filled(self, crop: SegmentCrop) -> SegmentCrop:
        """Return a segment with its texture continued beyond its outline."""
        return self._cache.get("fill", crop.digest, lambda: fill_segment(crop))

    def shrunk(self, crop: SegmentCrop, factor: int) -> SegmentCrop:
        """Return a segment shrunk by a whole factor; the same where there is nothing to gain."""
        factor = min(factor, *(side // 4 for side in crop.mask.shape))
        return crop if factor < 2 else self._cache.get("shrunk", (crop.digest, factor), lambda: shrink(crop, factor))

    def mapped(self, crop: SegmentCrop, colour_map: ColourMap | None) -> SegmentCrop:
        """Return a segment in other colours."""
        return self._cache.get("harmonise", (crop.digest, colour_map), lambda: apply_colour_map(crop, colour_map))


def shrink(crop: SegmentCrop, factor: int) -> SegmentCrop:
    """Return a segment shrunk by a whole factor, in a photograph that much smaller; mean colours, sharp outline."""
    box, size = crop.bounds, crop.source_size
    small = Bounds(box.left // factor, box.top // factor, -(-box.right // factor), -(-box.bottom // factor))
    whole = Bounds(small.left * factor, small.top * factor, small.right * factor, small.bottom * factor)
    margins = (box.top - whole.top, whole.bottom - box.bottom, box.left - whole.left, whole.right - box.right)
    target = (small.width, small.height)
    rgb = cv2.copyMakeBorder(crop.rgb, *margins, cv2.BORDER_REPLICATE)
    masks = [
        cv2.copyMakeBorder(each.view(np.uint8) * np.uint8(255), *margins, cv2.BORDER_CONSTANT)
        for each in (crop.mask, crop.shade)
    ]
    mask, shade = (np.asarray(cv2.resize(m, target, interpolation=cv2.INTER_AREA)) >= 128 for m in masks)
    return replace(
        crop,
        rgb=frozen(np.asarray(cv2.resize(rgb, target, interpolation=cv2.INTER_AREA), np.uint8)),
        mask=frozen(mask),
        shade=frozen(shade),
        bounds=small,
        source_size=Size(-(-size.width // factor), -(-size.height // factor)),
    )


def small_photograph(bank: Bank, source_key: str) -> SegmentCrop:
    """Return a whole photograph as a crop: what a project carries of one whose light it takes on."""
    source = bank.source(source_key)
    factor = max(1.0, max(source.size.width, source.size.height) / PHOTOGRAPH_SIDE_PX)
    size = Size(max(1, round(source.size.width / factor)), max(1, round(source.size.height / factor)))
    rgb = cv2.resize(bank.photograph(source_key), (size.width, size.height), interpolation=cv2.INTER_AREA)
    return SegmentCrop(
        key=source_key,
        class_key="",
        rgb=frozen(np.asarray(rgb, np.uint8)),
        mask=frozen(np.ones((size.height, size.width), np.bool_)),
        shade=frozen(np.zeros((size.height, size.width), np.bool_)),
        bounds=size.bounds,
        source_size=size,
        source_key=source_key,
        provenance=source.provenance,
        tone=bank.tone(source_key),
    )
