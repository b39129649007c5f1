"""How far retrieved segments really are from their regions: what T has to mend, and so what training must simulate.

For the regions of a bank's photographs the best candidate of other photographs is fitted box to box, and the affine is
searched that brings its mask onto the region's: of one scale first, then with both axes free, then with shear. What IoU
the last steps gain says whether T needs more freedom.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.bank.descriptors import context_grid, describe_region
from engine.geometry import frame_box
from engine.pipeline.alignment import MAX_STRETCH
from engine.pipeline.retrieval import retrieve_candidates
from engine.regions import find_regions

GRID_PX = 64
MARGIN = 0.25
"""The grid shows the region's box, and so much of its sides around it."""
PERCENTILES = (50, 75, 90, 95)
LEAST_AREA_PX = 120
_STEPS = np.array([0.06, 0.06, 0.08, 0.08, 0.08, 0.08])
_FREEDOMS = {"one scale": 4, "two scales": 5, "with shear": 6}
"""Parameters that may move: shift x and y (in box sides), rotation, log scale, log aspect, shear."""
_NAMES = ("shift", "rotation_deg", "scale", "aspect")

Mask = npt.NDArray[np.float32]


@dataclass(frozen=True)
class DisplacementReport:
    """What was met.

    Attributes:
        regions: how many were measured.
        stretched: how many box fits stretch one axis more than `MAX_STRETCH` and are no fit; not among ``regions``.
        percentiles: of the absolute displacement from the box fit, by name: shift in box sides, rotation in degrees,
            scale and aspect as factors of at least 1.
        mask_iou: mean IoU: of the box fit, then of the best affine with one scale, with two, and with shear.
    """

    regions: int
    stretched: int
    percentiles: dict[str, dict[int, float]]
    mask_iou: dict[str, float]


def measure_displacements(
    bank: Bank,
    *,
    among: Bank | None = None,
    limit: int = 1000,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
) -> DisplacementReport:
    """Measure the regions of a bank's photographs against the best candidates of other groups.

    Args:
        bank: photographs whose regions are painted.
        among: where the candidates come from, of the same class table; by default the same bank.
        limit: at most so many regions, spread evenly over the photographs.
        progress: told photographs done, photographs in all, and the name of the next.

    Raises:
        ValueError: if no region has a candidate.
    """
    candidates_bank, sources = among or bank, bank.sources()
    each = max(1, -(-limit // max(1, len(sources))))
    found: list[npt.NDArray[np.float64]] = []
    ious: list[list[float]] = []
    stretched = 0
    for number, source in enumerate(sources):
        progress(number, len(sources), source.name)
        layout = bank.layout(source.key)
        grid = context_grid(layout.class_ids, bank.table)
        regions = [r for r in find_regions(layout, bank.table) if r.area_px >= LEAST_AREA_PX]
        group = (source.provenance.dataset, source.provenance.group)
        for region in regions[:: max(1, len(regions) // each)]:
            candidates = retrieve_candidates(
                describe_region(region, layout.size, grid),
                bank.table[region.class_id].key,
                [candidates_bank],
                bank.table,
                top_k=1,
                excluded_groups=frozenset({group}),
            )
            if not candidates:
                continue
            crop = candidates_bank.crop(candidates[0].segment_key)
            own, other = frame_box(region.bounds, layout.size), frame_box(crop.bounds, crop.source_size)
            ratio = ((other[2] - other[0]) / (own[2] - own[0])) / ((other[3] - other[1]) / (own[3] - own[1]))
            if not 1 / MAX_STRETCH <= ratio <= MAX_STRETCH:
                stretched += 1
                continue
            parameters, overlaps = search_affine(_in_grid(crop.mask), _in_grid(region.mask))
            found.append(parameters)
            ious.append(overlaps)
    if not found:
        raise ValueError("no region has a candidate")
    return _report(np.array(found), np.array(ious), stretched)


def search_affine(candidate: Mask, target: Mask) -> tuple[npt.NDArray[np.float64], list[float]]:
    """Return the parameters of the best affine with two scales, and the IoU at every degree of freedom.

    Args:
        candidate: (G, G) float32 coverage, fitted box to box.
        target: (G, G) float32 coverage of the region.

    Returns:
        (6,) shift x, shift y, rotation, log scale, log aspect, shear; and [box fit, one scale, two scales, with shear].
    """
    best = np.zeros(6)
    ious = [_overlap(candidate, target, best)]
    kept = best
    for name, free in _FREEDOMS.items():
        best, iou = _climb(candidate, target, best, free, ious[-1])
        ious.append(iou)
        if name == "two scales":
            kept = best
    return kept, ious


def _climb(
    candidate: Mask, target: Mask, start: npt.NDArray[np.float64], free: int, iou: float
) -> tuple[npt.NDArray[np.float64], float]:
    """Walk along one parameter at a time while the IoU rises; then with half the steps."""
    best, steps = start, _STEPS.copy()
    for _ in range(4):
        has_risen = True
        while has_risen:
            has_risen = False
            for index in range(free):
                for sign in (1.0, -1.0):
                    tried = best.copy()
                    tried[index] += sign * steps[index]
                    score = _overlap(candidate, target, tried)
                    if score > iou + 1e-4:
                        best, iou, has_risen = tried, score, True
                        break
        steps = steps / 2
    return best, iou


def _overlap(candidate: Mask, target: Mask, parameters: npt.NDArray[np.float64]) -> float:
    shift_x, shift_y, angle, scale, aspect, shear = parameters
    box_px = GRID_PX / (1 + 2 * MARGIN)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.array([[np.exp(scale + aspect / 2), shear], [0.0, np.exp(scale - aspect / 2)]])
    middle = np.array([GRID_PX / 2 - 0.5] * 2)
    offset = middle + np.array([shift_x, shift_y]) * box_px - linear @ middle
    warped = cv2.warpAffine(candidate, np.column_stack([linear, offset]), (GRID_PX, GRID_PX))
    common = float(np.minimum(warped, target).sum())
    return common / max(1e-6, float(warped.sum()) + float(target.sum()) - common)


def _in_grid(mask: npt.NDArray[np.bool_]) -> Mask:
    """Return a mask, cut to its box, at the middle of the grid: both box and grid are stretched to squares."""
    side = round(GRID_PX / (1 + 2 * MARGIN))
    small = cv2.resize(mask.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    grid = np.zeros((GRID_PX, GRID_PX), np.float32)
    first = (GRID_PX - side) // 2
    grid[first : first + side, first : first + side] = small
    return grid


def _report(found: npt.NDArray[np.float64], ious: npt.NDArray[np.float64], stretched: int) -> DisplacementReport:
    measures: Sequence[npt.NDArray[np.float64]] = (
        np.abs(found[:, :2]).max(1),
        np.degrees(np.abs(found[:, 2])),
        np.exp(np.abs(found[:, 3])),
        np.exp(np.abs(found[:, 4])),
    )
    percentiles = {
        name: {p: round(float(np.percentile(values, p)), 3) for p in PERCENTILES}
        for name, values in zip(_NAMES, measures, strict=True)
    }
    names = ("bbox fit", *_FREEDOMS)
    return DisplacementReport(
        len(found), stretched, percentiles, {n: round(float(v), 4) for n, v in zip(names, ious.mean(0), strict=True)}
    )
