"""Candidates without a bank: the segments a project carries itself, by shape and place alone."""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np
import numpy.typing as npt

from engine.bank.descriptors import Descriptor, iou, mask_grid
from engine.classes import ClassTable
from engine.document.snapshot import SegmentCrop
from engine.pipeline.cache import StageCache
from engine.pipeline.outline import enlargements, outline_fits
from engine.pipeline.results import Candidate


def embedded_candidates(
    descriptor: Descriptor,
    class_key: str,
    segments: Mapping[str, SegmentCrop],
    table: ClassTable,
    cache: StageCache,
    *,
    top_k: int = 50,
    banned: Set[str] = frozenset(),
    banned_sources: Set[str] = frozenset(),
) -> tuple[Candidate, ...]:
    """Return the embedded segments of a region's class, best first, ties to the lower segment key.

    Their photographs' surroundings are not in the project, so that context IoU is 0 for all.

    Args:
        descriptor: the region.
        class_key: the region's class.
        segments: crops by segment key; whole photographs among them have no class and are passed over.
        table: class table of the document.
        cache: keeps the mask grids.
        top_k: at most so many.
        banned: segment keys that are left out.
        banned_sources: keys of photographs that are left out.

    Raises:
        KeyError: if the table lacks the class.
    """
    info = table.get(class_key)
    if info is None:
        raise KeyError(class_key)
    names = {class_key, *info.synonyms, info.looks_like}
    found = [
        _compare(descriptor, crop, cache, is_stuff=info.kind == "stuff")
        for crop in segments.values()
        if crop.class_key in names and crop.key not in banned and crop.source_key not in banned_sources
    ]
    return tuple(sorted(found, key=lambda c: (-c.score, c.segment_key))[:top_k])


def _compare(descriptor: Descriptor, crop: SegmentCrop, cache: StageCache, *, is_stuff: bool) -> Candidate:
    bits: npt.NDArray[np.uint8] = cache.get("embedded", crop.digest, lambda: _mask_bits(crop))
    matches = int(np.bitwise_count(bits & descriptor.mask_bits).sum())
    return Candidate(
        crop.key,
        iou(matches, int(np.bitwise_count(bits).sum()), descriptor.mask_cells),
        0.0,
        crop.source_key,
        crop.provenance,
        outline_fit=float(outline_fits(descriptor.mask_bits, bits[None], is_stuff=is_stuff)[0]),
        tone=crop.tone,
        enlargement=float(enlargements(descriptor.mask_bits, bits[None])[0]),
    )


def _mask_bits(crop: SegmentCrop) -> npt.NDArray[np.uint8]:
    return np.packbits(mask_grid(crop.mask, crop.bounds, crop.source_size).reshape(-1), bitorder="little")
