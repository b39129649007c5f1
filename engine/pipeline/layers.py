"""The segments of a finished picture as layers: aligned, in its light, with their full extent, farthest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.document.record import RegionRecord
from engine.document.reveals import reveal_mask
from engine.document.strokes import bounds_of
from engine.geometry import Bounds, Size
from engine.layout import frozen
from engine.pipeline.canvas import allowed_pixels, reached_by, spill_window, warp_crop
from engine.pipeline.filling import fill_segment
from engine.pipeline.harmonise import apply_colour_map
from engine.pipeline.results import PlacedItem, Result

IN_FRONT = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class SegmentLayer:
    """One segment as it lies in the picture.

    Attributes:
        record_id: record of its region.
        segment_key: the segment.
        source_key: the photograph it was cut from.
        is_reveal: whether it was painted in by a brush.
        bounds: smallest bounds of its pixels, in the picture.
        rgba: (h, w, 4) uint8 sRGB, alpha 0 or 255, frozen.
    """

    record_id: int
    segment_key: str
    source_key: str
    is_reveal: bool
    bounds: Bounds
    rgba: npt.NDArray[np.uint8]


def segment_layers(result: Result, *, check: Callable[[], None] = lambda: None) -> tuple[SegmentLayer, ...]:
    """Return what was pasted into the canvas, before anything lay on it and without elision; nothing is left empty.

    Args:
        result: a FINAL result.
        check: called between layers; raises to abandon.
    """
    index_of = {region.record_id: i for i, region in enumerate(result.regions)}
    region_index = _region_index(result, index_of)
    ranks = np.array([*(region.depth_rank for region in result.regions), IN_FRONT], np.int32)
    ranks[:-1][ranks[:-1] < 0] = IN_FRONT  # what lies behind a region without a segment is not known here
    records = {record.id: record for record in result.records or ()}
    layers: list[SegmentLayer] = []
    for place, item in enumerate(result.items, start=1):
        check()
        layer = _layer(place, item, result, region_index, ranks, index_of, records)
        if layer is not None:
            layers.append(layer)
    return tuple(layers)


def _layer(
    place: int,
    item: PlacedItem,
    result: Result,
    region_index: npt.NDArray[np.int32],
    ranks: npt.NDArray[np.int32],
    index_of: Mapping[int, int],
    records: Mapping[int, RegionRecord],
) -> SegmentLayer | None:
    size, index = Size.of(result.canvas), index_of[item.record_id]
    crop = apply_colour_map(fill_segment(result.segments[item.segment_key]), item.colour_map)
    window, reach_px = spill_window(result.regions[index].bounds, item.spill, size)
    local = region_index[window.slices]
    allowed = allowed_pixels(local, index, ranks, reached_by(local == index, reach_px))
    allowed |= result.segment_index[window.slices] == place  # over a region without a segment that lies behind
    warped = warp_crop(crop, item.theta, window, size)
    footprint = (warped.mask & allowed) | (local == index)
    if item.is_reveal:
        footprint &= _revealed(records[item.record_id], item.segment_key, size)[window.slices]
    box = bounds_of(footprint)
    if not box:
        return None
    alpha = footprint[box.slices].astype(np.uint8) * np.uint8(255)
    rgba = np.dstack([warped.rgb[box.slices] * (alpha[..., None] > 0), alpha])
    bounds = box.shifted(window.left, window.top)
    return SegmentLayer(item.record_id, item.segment_key, crop.source_key, item.is_reveal, bounds, frozen(rgba))


def _revealed(record: RegionRecord, segment_key: str, size: Size) -> npt.NDArray[np.bool_]:
    mask = np.zeros((size.height, size.width), np.bool_)
    for reveal in record.reveals:
        if reveal.segment_key == segment_key:
            mask |= reveal_mask(reveal, size)
    return mask


def _region_index(result: Result, index_of: Mapping[int, int]) -> npt.NDArray[np.int32]:
    """Return (H, W) int32 the index of the region of every pixel, -1 for none."""
    records, places = np.unique(result.region_ids, return_inverse=True)
    of_record = np.array([index_of.get(int(record), -1) for record in records], np.int32)
    return of_record[places].reshape(result.region_ids.shape)
