"""What a painter asks about one region: candidates like one, those of a photograph, outlines that would fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.bank.descriptors import Descriptor, context_grid, describe_region
from engine.classes import VOID, ClassTable
from engine.document.matching import match_regions
from engine.document.record import RegionRecord
from engine.document.snapshot import SegmentCrop, Snapshot
from engine.geometry import IDENTITY_THETA, Size, Theta, frame_box, pixel_affine, round_theta
from engine.layout import Layout
from engine.pipeline.materials import Materials
from engine.pipeline.offer import offer_candidates
from engine.pipeline.results import Candidate
from engine.pipeline.retrieval import retrieve_candidates
from engine.regions import Region, find_regions

LOOKED_AT = 400
"""Candidates by the equation among which those like a segment are sought."""
COLOURS_COMPARED = 32
"""Of these, so many whose photographs and shapes are alike are compared by their own colours."""
COLOUR_SCALE = 15.0
SAME_DRIVE = 0.2
OWN_FIT = 0.25
OUTLINE_ROWS = 256
OUTLINES_TRIED = 12
MAX_SCALE = 1.6
_Words = npt.NDArray[np.uint64]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Asked:
    """The region a question is about.

    Attributes:
        region: the region.
        record: its record.
        size: size of the layout.
        descriptor: what it is compared by.
        class_key: its class.
    """

    region: Region
    record: RegionRecord
    size: Size
    descriptor: Descriptor
    class_key: str


@dataclass(frozen=True)
class FittingOutline:
    """An outline that a segment of the bank would fill.

    Attributes:
        segment_key: the segment.
        source_key: its photograph.
        mask_iou: agreement of the outline with the region as it is, in [0, 1].
        polygons: its parts, each a ring of (x, y) in layout coordinates.
    """

    segment_key: str
    source_key: str
    mask_iou: float
    polygons: tuple[tuple[tuple[float, float], ...], ...]


def ask_about(snapshot: Snapshot, layout: Layout, record_id: int) -> Asked:
    """Find a region by its record.

    Args:
        snapshot: the document.
        layout: its effective layout.
        record_id: the region's record, perhaps one that the next FINAL would make.

    Raises:
        KeyError: if no region of the layout has that record.
    """
    table = snapshot.table
    regions = find_regions(layout, table)
    matching = match_regions(snapshot.records, regions, table, layout.size, snapshot.next_record_id)
    if record_id not in matching.record_ids:
        raise KeyError(f"no region has the record {record_id}")
    region = regions[matching.record_ids.index(record_id)]
    record = next(record for record in matching.records if record.id == record_id)
    descriptor = describe_region(region, layout.size, context_grid(layout.class_ids, table))
    return Asked(region, record, layout.size, descriptor, table[region.class_id].key)


def candidates_from(
    asked: Asked, banks: Sequence[Bank], table: ClassTable, *, source_key: str, top_k: int = 50
) -> tuple[Candidate, ...]:
    """Return the candidates that one photograph has for a region, best first; banned segments are left out."""
    return retrieve_candidates(
        asked.descriptor,
        asked.class_key,
        banks,
        table,
        top_k=top_k,
        banned=frozenset(asked.record.banned),
        only_source=source_key,
    )


def candidates_like(
    asked: Asked, banks: Sequence[Bank], table: ClassTable, materials: Materials, *, like: str, top_k: int = 50
) -> tuple[Candidate, ...]:
    """Return candidates for a region that are like a segment: in shape and place, in light, and in their own colours.

    The segment itself is not among them. Their scores are those of the equation for this region, as everywhere.

    Args:
        asked: the region.
        banks: the open banks.
        table: class table of the document.
        materials: finds pixels.
        like: key of the segment.
        top_k: at most so many.

    Raises:
        KeyError: if the segment is not at hand.
    """
    if not materials.has_segment(like):
        raise KeyError(f"no open bank has the segment {like}")
    liked = materials.crop(like)
    found = retrieve_candidates(
        asked.descriptor,
        asked.class_key,
        banks,
        table,
        top_k=LOOKED_AT,
        banned=frozenset({*asked.record.banned, like}),
        banned_sources=frozenset(asked.record.banned_sources),
    )
    shapes = _Shapes(asked.class_key, banks, table)
    own_shape = shapes.of(like)
    group = liked.provenance.dataset, liked.provenance.group
    alike: dict[str, float] = {}
    tones: dict[str, float] = {}
    for candidate in found:
        shape = shapes.of(candidate.segment_key)
        same = group[1] and (candidate.provenance.dataset, candidate.provenance.group) == group
        alike[candidate.segment_key] = (
            (0.0 if own_shape is None or shape is None else _iou(own_shape, shape))
            + (SAME_DRIVE if same else 0.0)
            + OWN_FIT * candidate.score
        )
        tones[candidate.segment_key] = _closeness(liked.tone[:3], _tone_of(candidate.source_key, banks))
    first = sorted(found, key=lambda c: (-alike[c.segment_key] - tones[c.segment_key], c.segment_key))
    near, rest = first[:COLOURS_COMPARED], first[COLOURS_COMPARED:top_k]
    own_colours = materials.colours(liked).mean
    colours = {
        c.segment_key: _closeness(own_colours, materials.colours(materials.crop(c.segment_key)).mean) for c in near
    }
    near.sort(key=lambda c: (-alike[c.segment_key] - colours[c.segment_key], c.segment_key))
    return (*near, *rest)[:top_k]


def fitting_outlines(
    asked: Asked, candidates: Sequence[Candidate], materials: Materials, *, count: int = 3
) -> tuple[FittingOutline, ...]:
    """Return outlines that segments of the bank would fill, those nearest to the region as it is first.

    Each is the segment's own outline, in its own place or moved and scaled (never stretched or turned) onto the
    region, whichever lies nearer: a region of that outline has a photograph that fits it.

    Args:
        asked: the region.
        candidates: its candidates, best first.
        materials: finds their pixels.
        count: at most so many, each of another photograph.
    """
    rows = min(asked.size.height, OUTLINE_ROWS)
    size = Size(max(1, round(asked.size.width * rows / asked.size.height)), rows)
    own = _scaled_mask(asked.region, asked.size, size)
    outlines = []
    for index in offer_candidates(candidates)[:OUTLINES_TRIED]:
        candidate = candidates[index]
        if not materials.has_segment(candidate.segment_key):
            continue
        crop = materials.crop(candidate.segment_key)
        masks = [_warped_mask(crop, theta, size) for theta in (IDENTITY_THETA, _moved_onto(own, crop, size))]
        best = max(masks, key=lambda mask: _mask_iou(own, mask))
        polygons = _polygons(best, asked.size)
        if polygons:
            outline = FittingOutline(candidate.segment_key, candidate.source_key, _mask_iou(own, best), polygons)
            outlines.append(outline)
    outlines.sort(key=lambda outline: (-outline.mask_iou, outline.segment_key))
    different = {outline.source_key: outline for outline in reversed(outlines)}
    return tuple(outline for outline in outlines if different[outline.source_key] is outline)[:count]


class _Shapes:
    """Mask grids of the segments of one class."""

    def __init__(self, class_key: str, banks: Sequence[Bank], table: ClassTable) -> None:
        info = table.get(class_key)
        self._indexes = []
        for bank in banks:
            bank_class = VOID if info is None else int(table.mapping_to(bank.table)[info.id])
            index = None if bank_class == VOID else bank.index(bank.table[bank_class].key)
            if index is not None:
                self._indexes.append(index)

    def of(self, segment_key: str) -> _Words | None:
        for index in self._indexes:
            row = index.row(segment_key)
            if row is not None:
                return index.columns.bits[row]
        return None


def _iou(first: _Words, second: _Words) -> float:
    common, union = (int(np.bitwise_count(words).sum()) for words in (first & second, first | second))
    return common / max(union, 1)


def _tone_of(source_key: str, banks: Sequence[Bank]) -> Sequence[float]:
    for bank in banks:
        try:
            return bank.tone(source_key)[:3]
        except KeyError:
            continue
    raise KeyError(source_key)


def _closeness(first: Sequence[float], second: Sequence[float]) -> float:
    """Return 1 for equal colours in CIELAB, falling towards 0 as they part."""
    return math.exp(-math.dist(first, second) / COLOUR_SCALE)


def _scaled_mask(region: Region, layout_size: Size, size: Size) -> _Mask:
    mask = np.zeros((layout_size.height, layout_size.width), np.uint8)
    mask[region.bounds.slices][region.mask] = 1
    scaled = cv2.resize(mask, (size.width, size.height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(scaled, np.uint8).view(np.bool_)


def _moved_onto(own: _Mask, crop: SegmentCrop, size: Size) -> Theta:
    """Return the theta that lays a segment onto a region by its middle and its area alone."""
    ys, xs = np.nonzero(own)
    if not len(ys):
        return IDENTITY_THETA
    u, v = ((xs.mean() + 0.5) - size.width / 2) / size.height, (ys.mean() + 0.5) / size.height - 0.5
    rows, columns = np.nonzero(crop.mask)
    box = frame_box(crop.bounds, crop.source_size)
    height = crop.source_size.height
    source_u, source_v = box[0] + (columns.mean() + 0.5) / height, box[1] + (rows.mean() + 0.5) / height
    shares = len(rows) / height**2, len(ys) / size.height**2
    scale = float(np.clip(math.sqrt(shares[0] / shares[1]), 1 / MAX_SCALE, MAX_SCALE))
    return round_theta((scale, 0.0, source_u - scale * u, 0.0, scale, source_v - scale * v))


def _warped_mask(crop: SegmentCrop, theta: Theta, size: Size) -> _Mask:
    matrix = pixel_affine(theta, size, crop.source_size)
    matrix[:, 2] -= (crop.bounds.left, crop.bounds.top)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    coverage = crop.mask.view(np.uint8) * np.uint8(255)
    return np.asarray(cv2.warpAffine(coverage, matrix, (size.width, size.height), flags=flags)) >= 128


def _mask_iou(first: _Mask, second: _Mask) -> float:
    return int((first & second).sum()) / max(int((first | second).sum()), 1)


def _polygons(mask: _Mask, size: Size) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return the outer rings of a mask, smoothed by less than a pixel, in pixels of another size."""
    contours, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    height, width = mask.shape
    rings = []
    for contour in sorted(contours, key=len, reverse=True):
        ring = cv2.approxPolyDP(contour, 0.7, True).reshape(-1, 2)
        if len(ring) >= 3:
            points = (ring + 0.5) * (size.width / width, size.height / height)
            rings.append(tuple((float(x), float(y)) for x, y in points))
    return tuple(rings)
