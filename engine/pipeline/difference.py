"""What changed between two results, and whether the edit between them explains it: locality, made visible.

Nothing is pasted from one picture into the next: every run computes the whole of it, and what is far from an edit comes
out the same, byte for byte. What may change is bounded:

- a *canvas* pixel only in regions that were edited (their pixels, or what the painter decided about them), in regions
  whose context box meets the edit, and in the neighbours of both in the order graph (before or after): the regions so
  near that their footprints, spill included, can cover one another or drop a band of one another. The context box
  is that of retrieval: the bounds enlarged by an eighth on each side, in whole cells of a 32nd of the picture's height;
- an *image* pixel only within the network's reach of a pixel whose canvas, presence or class changed.

Settings, banks and weights are everywhere: a change of theirs explains every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.descriptors import CONTEXT_COLUMNS, CONTEXT_ROWS, context_rect
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality
from engine.geometry import Size
from engine.layout import frozen
from engine.pipeline.results import Result

SAME, EXPLAINED, UNEXPLAINED = 0, 1, 2

Mask = npt.NDArray[np.bool_]
Verdicts = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Difference:
    """Two results compared; arrays frozen, of the results' size.

    Attributes:
        layout: (H, W) bool, pixels whose class or region changed.
        canvas: (H, W) uint8, SAME, EXPLAINED or UNEXPLAINED: pixels whose canvas or presence changed.
        image: (H, W) uint8, the same of the image.
        is_everywhere: whether settings, banks or weights changed, which explains every pixel.
    """

    layout: Mask
    canvas: Verdicts
    image: Verdicts
    is_everywhere: bool

    @property
    def changed_share(self) -> float:
        """Share of the image's pixels that changed, in [0, 1]."""
        return float((self.image != SAME).mean())

    @property
    def unexplained_px(self) -> int:
        """Number of pixels of canvas or image that changed and should not have."""
        return int(((self.canvas == UNEXPLAINED) | (self.image == UNEXPLAINED)).sum())


def compare_results(before: Result, after: Result) -> Difference:
    """Compare two results of one document.

    Args:
        before: the earlier FINAL.
        after: the later FINAL.

    Raises:
        ValueError: if one is a PREVIEW, or their pictures differ in size.
    """
    if any(result.stamp.quality is not Quality.FINAL for result in (before, after)):
        raise ValueError("only finished pictures are compared, not previews")
    if before.image.shape != after.image.shape:
        raise ValueError("two pictures of different sizes cannot be compared")
    layout = (before.effective_class_ids != after.effective_class_ids) | (before.region_ids != after.region_ids)
    canvas = (before.canvas != after.canvas).any(-1) | (before.presence != after.presence)
    image = (before.image != after.image).any(-1)
    is_everywhere = _inputs_of(before) != _inputs_of(after)
    if is_everywhere:
        everything = np.ones(image.shape, np.bool_)
        return Difference(frozen(layout), _verdicts(canvas, everything), _verdicts(image, everything), True)
    touched = touched_records(before, after, layout)
    allowed = np.isin(before.region_ids, touched) | np.isin(after.region_ids, touched) | layout
    causes = canvas | (before.effective_class_ids != after.effective_class_ids)
    reach_px = int(np.ceil(max(before.reach, after.reach) * image.shape[0]))
    return Difference(
        frozen(layout), _verdicts(canvas, allowed), _verdicts(image, _within(causes, reach_px)), is_everywhere
    )


def touched_records(before: Result, after: Result, layout: Mask) -> list[int]:
    """Return ids of the records whose canvas may change: edited ones, those whose context changed, their neighbours.

    Args:
        before: the earlier result.
        after: the later one.
        layout: (H, W) bool, pixels whose class or region changed.
    """
    touched = {int(i) for result in (before, after) for i in np.unique(result.region_ids[layout])}
    touched |= _decided(before, after)
    cells = _cells(layout)
    for result in (before, after):
        size = Size.of(result.image)
        for region in result.regions:
            if cells[context_rect(region.bounds, size).slices].any():
                touched.add(region.record_id)
    neighbours = {
        record_id
        for result in (before, after)
        for region in result.regions
        if region.record_id in touched
        for record_id in region.neighbours
    }
    return sorted((touched | neighbours) - {-1})


def _inputs_of(result: Result) -> tuple[object, ...]:
    return result.settings, result.bank_digests, result.weights_digest, result.device, result.parametric


def _decided(before: Result, after: Result) -> set[int]:
    """Return ids of the records about which the painter decided something in between."""
    known = {record.id: record for record in before.records or ()}
    decided = set[int]()
    for record in after.records or ():
        earlier = known.get(record.id)
        if earlier is not None and _wishes(earlier) != _wishes(record):
            decided.add(record.id)
            decided |= set(earlier.in_front_of) ^ set(record.in_front_of)
    return decided


def _wishes(record: RegionRecord) -> tuple[object, ...]:
    choice = record.choice if record.chosen_by == "painter" else None
    order = sorted(record.in_front_of)
    return (
        choice, record.is_invented, record.banned, record.banned_sources, record.shuffle, record.theta, record.spill,
        record.mood, record.reveals, order,
    )  # fmt: skip


def _cells(layout: Mask) -> Mask:
    """Return the (32, 64) context cells that hold a changed pixel."""
    height, width = layout.shape
    cells = np.zeros((CONTEXT_ROWS, CONTEXT_COLUMNS), np.bool_)
    ys, xs = np.nonzero(layout)
    for dy in (0, 1):  # a pixel on the edge of two cells counts in both
        for dx in (0, 1):
            rows = np.clip(((ys + dy) * CONTEXT_ROWS - dy) // height, 0, CONTEXT_ROWS - 1)
            columns = ((2 * (xs + dx) - width + 2 * height) * CONTEXT_ROWS - dx) // (2 * height)
            inside = (columns >= 0) & (columns < CONTEXT_COLUMNS)
            cells[rows[inside], columns[inside]] = True
    return cells


def _within(causes: Mask, reach_px: int) -> Mask:
    if not causes.any():
        return np.zeros_like(causes)
    return np.asarray(cv2.distanceTransform((~causes).view(np.uint8), cv2.DIST_C, 3)) <= reach_px


def _verdicts(changed: Mask, allowed: Mask) -> Verdicts:
    verdicts = np.where(changed, np.where(allowed, np.uint8(EXPLAINED), np.uint8(UNEXPLAINED)), np.uint8(SAME))
    return frozen(verdicts)
