"""What the pipeline hands back: frozen values that may cross threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.data.sample import Provenance
from engine.document.record import ChosenBy, RegionRecord, Tone
from engine.document.snapshot import Quality, SegmentCrop, Settings
from engine.geometry import Bounds, Size, Theta
from engine.pipeline.harmonise import ColourMap


@dataclass(frozen=True, slots=True)
class Candidate:
    """A segment retrieved for a region.

    Attributes:
        segment_key: which segment.
        mask_iou: agreement of shape and place, in [0, 1].
        context_iou: agreement of the surroundings, in [0, 1].
        source_key: which photograph it was cut from.
        provenance: where that photograph comes from.
        outline_fit: how well its outline would fit, laid box on box, in [0, 1]; of stuff, the share it would cover.
        tone: of that photograph.
        enlargement: natural logarithm of how much it must be enlarged to be as large as the region; 0 if it is larger.
    """

    segment_key: str
    mask_iou: float
    context_iou: float
    source_key: str
    provenance: Provenance
    outline_fit: float = 0.0
    tone: Tone | None = None
    enlargement: float = 0.0

    @property
    def score(self) -> float:
        """The retrieval score of the paper's equation: the sum of both terms."""
        return self.mask_iou + self.context_iou


DecidedBy = Literal["painter", "network", "ground", "class"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A region that another one meets, and which of the two lies in front.

    Attributes:
        record_id: record of the other region.
        in_front: whether *this* region lies in front of it.
        confidence: in [0, 1]; below 0.5 where surer decisions elsewhere overruled this pair's own.
        decided_by: the painter's wish, the ordering network, the rule that ground lies behind what stands on it, or
            the fixed order of classes.
    """

    record_id: int
    in_front: bool
    confidence: float
    decided_by: DecidedBy


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """Where a segment lies in its photograph.

    Attributes:
        segment_key: which segment.
        source_key: the photograph.
        source_size: size of the photograph.
        bounds: of the segment, in pixels of the photograph.
    """

    segment_key: str
    source_key: str
    source_size: Size
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Placement:
    """How the chosen segment lies on its region.

    Attributes:
        theta: the alignment used, region to segment frame.
        theta_network: the alignment of T, or of the fit that beat it; what a reset brings back.
        spill: how far its outline may leave the region, in picture heights.
        segment: the segment in its photograph.
    """

    theta: Theta
    theta_network: Theta
    spill: float
    segment: SegmentRef


@dataclass(frozen=True, slots=True)
class PlacedItem:
    """One thing that was pasted into the canvas.

    Attributes:
        record_id: record of its region.
        segment_key: the segment.
        theta: region to segment frame.
        spill: how far its outline may leave the region, in picture heights; 0 for a reveal.
        is_reveal: whether it was painted in by a brush and shows only there.
        colour_map: what harmonising and mood did to its colours, or None.
    """

    record_id: int
    segment_key: str
    theta: Theta
    spill: float
    is_reveal: bool
    colour_map: ColourMap | None


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
        contacts: the regions it meets, by rising record id.
        neighbours: ids of the records near enough to act on its canvas, those it meets among them.
        fit: the best score of a candidate, in [0, 2]; 0 where there is none.
        poor_below: the score below which a region of this size counts as poorly served (`engine.pipeline.fit`).
        placement: how the choice lies on the region, or None where nothing was placed.
        offered: indices of candidates in the order a painter is offered them: few of one photograph or drive first.
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
    contacts: tuple[Contact, ...] = ()
    fit: float = 0.0
    poor_below: float = 0.0
    placement: Placement | None = None
    offered: tuple[int, ...] = ()
    neighbours: tuple[int, ...] = ()

    @property
    def is_poor_fit(self) -> bool:
        """Whether nothing in the open banks fits the region well."""
        return self.fit < self.poor_below


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
        segments: the crops of all segments in use, by key; a photograph that gives its mood is there by source key.
        region_ids: (h, w) int32 record id of every pixel, -1 where there is no region.
        effective_class_ids: (h, w) uint8 the layout that was synthesised, after completion where that is on.
        canvas: (h, w, 3) uint8 sRGB, black where nothing is present.
        presence: (h, w) uint8: 0 missing, 1 elided, 2 photo.
        segment_index: (h, w) uint16: 1 + index into ``placed`` of the segment a canvas pixel shows, 0 for none.
        placed: segment keys in the order they were pasted, farthest first.
        items: how each of ``placed`` lies, in the same order.
        image: (h, w, 3) uint8 sRGB.
        copy_share: (h, w) uint8: how much of a pixel is copied from the canvas, 0 to 255.
        parametric: whether nothing of a bank was used.
        stage_ms: milliseconds of every stage, by name.
        device: what synthesis ran on, for example ``cpu``.
        bank_digests: the banks that were open, in the order they were asked.
        weights_digest: 16 hex digits that name the weights.
        missing: keys of segments and sources that were asked for and that no open bank has.
        settings: the document's settings in this run.
        reach: how far, in picture heights, a change of canvas or layout can act on the image.
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
    items: tuple[PlacedItem, ...] = ()
    missing: tuple[str, ...] = ()
    settings: Settings = Settings()
    reach: float = 1.0

    def placed_mask(self, record_id: int) -> npt.NDArray[np.bool_]:
        """Return (h, w) bool: where the segments of a region lie, its effective outline; elided pixels are inside."""
        own = [i + 1 for i, item in enumerate(self.items) if item.record_id == record_id]
        elided = (self.presence == 1) & (self.region_ids == record_id)
        return np.isin(self.segment_index, own) | (elided if own else np.bool_(False))
