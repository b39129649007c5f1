"""Alignment: lay a segment onto its region: by T where that helps, else in place or box to box (method.md, 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from engine.classes import ClassTable
from engine.document.snapshot import SegmentCrop
from engine.geometry import (
    IDENTITY_THETA,
    Bounds,
    Size,
    Theta,
    compose_affine,
    frame_box,
    invert_affine,
    pixel_affine,
    pixel_to_frame,
    round_theta,
    theta_matrix,
)
from engine.networks.alignment import AlignmentConfig, AlignmentNetwork
from engine.networks.checkpoint import config_from, load_checkpoint
from engine.pipeline.sampling import Affine, Layer, box_grid, sample_layer, segment_layer
from engine.regions import Region

BOX_MARGIN = 0.125
MIN_MARGIN_PX = 1.0
COVERAGE_WEIGHT = 0.1
OUTLINE_WEIGHT = 0.3
"""What the IoU counts for stuff, beside the covered share."""
MIN_SCALE, MAX_SCALE = 0.2, 5.0
Box = tuple[float, float, float, float]
MAX_STRETCH = 2.5
"""How much longer one axis may grow than the other: beyond it leaves become streaks, however well outlines agree."""
Chosen = Literal["network", "bbox", "cover", "identity"]


@dataclass(frozen=True, eq=False)
class AlignItem:
    """A region and the segment chosen for it.

    Attributes:
        region: the region.
        region_size: size of the layout it lies in.
        crop: the segment.
        is_stuff: whether covering the region counts more than the segment's outline: stuff has no shape of its own.
    """

    region: Region
    region_size: Size
    crop: SegmentCrop
    is_stuff: bool = False


@dataclass(frozen=True)
class Aligned:
    """How a segment was laid onto its region.

    Attributes:
        theta: region to segment frame.
        chosen: the network's warp, the box fit, or the segment's own place.
        iou: of the region and the warped segment's mask, in [0, 1].
    """

    theta: Theta
    chosen: Chosen
    iou: float


def bbox_fit(region_bounds: Bounds, region_size: Size, segment_bounds: Bounds, source_size: Size) -> Theta:
    """Return the theta that lays the bounding box of a segment exactly onto that of a region.

    Raises:
        ValueError: if either box is empty, or the segment is more than 64 times as large as the region.
    """
    if not region_bounds or not segment_bounds:
        raise ValueError("an empty box cannot be fitted")
    return round_theta(box_affine(frame_box(region_bounds, region_size), frame_box(segment_bounds, source_size)))


def box_affine(box: Box, onto: Box) -> Affine:
    """Return the (2, 3) affine that maps the edges of one box to those of another."""
    sx, sy = (onto[2] - onto[0]) / (box[2] - box[0]), (onto[3] - onto[1]) / (box[3] - box[1])
    return np.array([[sx, 0.0, onto[0] - sx * box[0]], [0.0, sy, onto[1] - sy * box[1]]])


def enlarged_box(bounds: Bounds) -> Box:
    """Return pixel edges of bounds enlarged by 25 % (12.5 % a side, at least a pixel): the box T looks at."""
    mx, my = (max(MIN_MARGIN_PX, BOX_MARGIN * side) for side in (bounds.width, bounds.height))
    return bounds.left - mx, bounds.top - my, bounds.right + mx, bounds.bottom + my


def pixel_edges_to_index(affine: Affine) -> Affine:
    """Turn an affine to pixel edges (a picture spans 0 to W) into one to pixel indices (centres are whole)."""
    return affine - np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 0.5]])


def run_network(
    network: AlignmentNetwork, candidate: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float64]:
    """Let T look at one candidate; alone, so that no other region can change the result.

    Args:
        network: T, on the CPU.
        candidate: (G, G, 4) uint8 as `sample_layer` returns it, fitted box to box.
        target: (G, G) uint8 coverage of the region.

    Returns:
        (2, 3) affine in the grid's [-1, 1] coordinates, target to candidate.
    """
    with torch.inference_mode():
        affine = network(
            torch.from_numpy(candidate).permute(2, 0, 1)[None].float() / 255,
            torch.from_numpy(target)[None, None].float() / 255,
        )
    return affine[0].numpy().astype(np.float64)


def align_segments(
    items: Sequence[AlignItem], network: AlignmentNetwork | None, *, check: Callable[[], None] = lambda: None
) -> tuple[Aligned, ...]:
    """Lay every segment onto its region.

    The network's warp is kept only where it improves the overlap; else the better of the segment's own place and the
    box fit. A box fit that would stretch one axis by more than `MAX_STRETCH` gives way to a fit of one scale. Overlap
    is the IoU plus a tenth of the region's covered share. For stuff the covered share counts most; what is left
    uncovered is filled by the canvas.

    Args:
        items: regions and their segments.
        network: T, on the CPU; None to choose among the other warps alone.
        check: called before every item; raises where the run is no longer wanted.
    """
    results = []
    for item in items:
        check()
        results.append(_align(item, network))
    return tuple(results)


def _align(item: AlignItem, network: AlignmentNetwork | None) -> Aligned:
    region, size, crop = item.region, item.region_size, item.crop
    grid_px = (AlignmentConfig() if network is None else network.config).grid_px
    box = enlarged_box(region.bounds)
    grid_to_pixel = pixel_edges_to_index(box_grid(box, grid_px))
    layer = segment_layer(crop)
    target = _region_coverage(region, box, grid_px)
    fit = _fit_or_identity(item)
    opaque, area_px = replace(layer, rgba=np.ascontiguousarray(layer.rgba[..., 3])), int(crop.mask.sum())
    best: Aligned | None = None
    best_score = -np.inf
    stretched = _stretch(theta_matrix(fit)) > MAX_STRETCH
    warps: list[tuple[Chosen, Affine]] = [
        ("cover", cover_fit(theta_matrix(fit), region.bounds, size)) if stretched else ("bbox", theta_matrix(fit)),
        ("identity", theta_matrix(IDENTITY_THETA)),
    ]
    if network is not None:
        unit_to_frame = compose_affine(
            pixel_to_frame(size), pixel_edges_to_index(box_affine((-1.0, -1.0, 1.0, 1.0), box))
        )
        to_source = compose_affine(pixel_affine(fit, size, crop.source_size), grid_to_pixel)
        residual = run_network(network, sample_layer(layer, to_source, grid_px), target)
        warped = compose_affine(unit_to_frame, compose_affine(residual, invert_affine(unit_to_frame)))
        warps.append(("network", compose_affine(theta_matrix(fit), warped)))
    for chosen, matrix in warps:
        if chosen == "network" and not _is_sane(matrix, max_stretch=MAX_STRETCH * (1 if stretched else 2)):
            continue
        theta = round_theta(matrix)
        to_source = compose_affine(pixel_affine(theta, size, crop.source_size), grid_to_pixel)
        iou, covered = measure_overlap(target, sample_layer(opaque, to_source, grid_px), area_px, to_source)
        score = iou + COVERAGE_WEIGHT * covered
        if item.is_stuff:
            score = covered + OUTLINE_WEIGHT * iou
        if score > best_score + 1e-9:
            best, best_score = Aligned(theta, chosen, iou), score
    assert best is not None  # a fit of the boxes is always tried
    return best


def _fit_or_identity(item: AlignItem) -> Theta:
    """Return the box fit, or the identity where the two boxes differ more than a theta can say."""
    try:
        return bbox_fit(item.region.bounds, item.region_size, item.crop.bounds, item.crop.source_size)
    except ValueError:
        return IDENTITY_THETA


def cover_fit(fit: Affine, region_bounds: Bounds, region_size: Size) -> Affine:
    """Return the box fit with one scale for both axes: box centre on box centre, the segment's covering the region's.

    Args:
        fit: (2, 3) box fit, region to segment frame.
        region_bounds: bounds of the region.
        region_size: size of the document.
    """
    scale = float(min(abs(fit[0, 0]), abs(fit[1, 1])))
    u0, v0, u1, v1 = frame_box(region_bounds, region_size)
    centre = np.array([(u0 + u1) / 2, (v0 + v1) / 2])
    shift = fit[:, :2] @ centre + fit[:, 2] - scale * centre
    return np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])


def _stretch(matrix: Affine) -> float:
    scales = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return float(scales.max() / max(scales.min(), 1e-9))


def _is_sane(matrix: Affine, *, max_stretch: float) -> bool:
    """Whether a warp keeps its orientation and scales and stretches within reason, and a theta can say it."""
    if _stretch(matrix) > max_stretch:
        return False
    scales = np.linalg.svd(matrix[:, :2], compute_uv=False)
    upright = float(np.linalg.det(matrix[:, :2])) > 0 and float(np.abs(matrix).max()) <= 64
    return upright and float(scales.min()) >= MIN_SCALE and float(scales.max()) <= MAX_SCALE


def _region_coverage(region: Region, box: Box, grid_px: int) -> npt.NDArray[np.uint8]:
    """Return the (G, G) uint8 coverage of a region on the grid over its enlarged box."""
    coverage = region.mask.astype(np.uint8) * np.uint8(255)
    bounds = region.bounds
    layer = Layer(
        np.dstack([coverage] * 4), np.array([[1.0, 0.0, -float(bounds.left)], [0.0, 1.0, -float(bounds.top)]])
    )
    return sample_layer(layer, pixel_edges_to_index(box_grid(box, grid_px)), grid_px)[..., 3]


def measure_overlap(
    target: npt.NDArray[np.uint8], coverage: npt.NDArray[np.uint8], segment_area_px: int, grid_to_source: Affine
) -> tuple[float, float]:
    """Measure how well a warped segment overlaps a region.

    Args:
        target: (G, G) uint8 coverage of the region.
        coverage: (G, G) uint8 coverage of the warped segment on the same grid.
        segment_area_px: pixels of the segment in its photograph: what falls outside the grid counts too.
        grid_to_source: (2, 3) affine from grid cells to pixels of that photograph.

    Returns:
        IoU, and the region's covered share.
    """
    shared = int(np.minimum(target, coverage).sum(dtype=np.int64)) / 255
    region_cells = int(target.sum(dtype=np.int64)) / 255
    scale = abs(float(np.linalg.det(grid_to_source[:, :2])))
    segment_cells = max(int(coverage.sum(dtype=np.int64)) / 255, segment_area_px / max(scale, 1e-9))
    iou = shared / max(region_cells + segment_cells - shared, 1e-9)
    return iou, shared / max(region_cells, 1e-9)


def load_alignment(path: Path, table: ClassTable | None = None) -> AlignmentNetwork:
    """Read T from a weight file, ready to run on the CPU.

    T sees colours and masks, no classes: weights trained for one table serve every other, and ``table`` is not held
    against them.

    Raises:
        CheckpointError: if the file is missing, damaged, of another network, or holds numbers that are not finite.
    """
    checkpoint = load_checkpoint(path, kind="alignment")
    network = AlignmentNetwork(config_from(AlignmentConfig, checkpoint.config))
    checkpoint.load_into(network)
    return network.eval().requires_grad_(False)
