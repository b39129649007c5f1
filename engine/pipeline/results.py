"""What the pipeline hands back: frozen values that may cross threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.data.sample import Provenance
from engine.document.record import ChosenBy, RegionRecord
from engine.document.snapshot import Quality, SegmentCrop
from engine.geometry import Bounds, Theta


@dataclass(frozen=True, slots=True)
class Candidate:
    """A segment retrieved for a region.

    Attributes:
        segment_key: which segment.
        mask_iou: agreement of shape and place, in [0, 1].
        context_iou: agreement of the surroundings, in [0, 1].
        source_key: which photograph it was cut from.
        provenance: where that photograph comes from.
    """

    segment_key: str
    mask_iou: float
    context_iou: float
    source_key: str
    provenance: Provenance

    @property
    def score(self) -> float:
        """The retrieval score of the paper's equation: the sum of both terms."""
        return self.mask_iou + self.context_iou


@dataclass(frozen=True)
class RegionResult:
    """What became of one region.

    Attributes:
        record_id: id of its record.
        class_key: its class.
        bounds: in pixels of the layout.
        area_px: number of its pixels.
        candidates: best first by the equation, at most 50.
        choice: segment key, or None where the network invents the region.
        chosen_by: who chose.
        theta: alignment of the choice, region to segment frame, or None.
        depth_rank: 0 is farthest; -1 where nothing was placed.
    """

    record_id: int
    class_key: str
    bounds: Bounds
    area_px: int
    candidates: tuple[Candidate, ...]
    choice: str | None
    chosen_by: ChosenBy
    theta: Theta | None
    depth_rank: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which snapshot a result belongs to."""

    document_id: str
    generation: int
    quality: Quality


@dataclass(frozen=True, eq=False)
class Result:
    """One finished run. Arrays are frozen; a PREVIEW's are smaller than the layout, of the same shape.

    Attributes:
        stamp: which snapshot it belongs to.
        regions: every region of the (effective) layout, in the order of `find_regions`.
        records: all records after matching, with automatic choices written in; None for a PREVIEW.
        next_record_id: the id the next new record takes.
        segments: the crops of all chosen segments, by key.
        region_ids: (h, w) int32 record id of every pixel, -1 where there is no region.
        effective_class_ids: (h, w) uint8 the layout that was synthesised, after completion where that is on.
        canvas: (h, w, 3) uint8 sRGB, black where nothing is present.
        presence: (h, w) uint8: 0 missing, 1 elided, 2 photo.
        segment_index: (h, w) uint16: 1 + index into ``placed`` of the segment a canvas pixel shows, 0 for none.
        placed: segment keys in the order they were pasted, farthest first.
        image: (h, w, 3) uint8 sRGB.
        copy_share: (h, w) uint8: how much of a pixel is copied from the canvas, 0 to 255.
        parametric: whether nothing of a bank was used.
        stage_ms: milliseconds of every stage, by name.
        device: what synthesis ran on, for example ``cpu``.
        bank_digests: the banks that were open, in the order they were asked.
        weights_digest: 16 hex digits that name the weights.
    """

    stamp: Stamp
    regions: tuple[RegionResult, ...]
    records: tuple[RegionRecord, ...] | None
    next_record_id: int
    segments: Mapping[str, SegmentCrop]
    region_ids: npt.NDArray[np.int32]
    effective_class_ids: npt.NDArray[np.uint8]
    canvas: npt.NDArray[np.uint8]
    presence: npt.NDArray[np.uint8]
    segment_index: npt.NDArray[np.uint16]
    placed: tuple[str, ...]
    image: npt.NDArray[np.uint8]
    copy_share: npt.NDArray[np.uint8]
    parametric: bool
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    device: str = "cpu"
    bank_digests: tuple[str, ...] = ()
    weights_digest: str = ""
