"""Training of T: segments of the bank, warped at random, are laid back where they came from (method.md, section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.bank.bank import Bank
from engine.classes import ClassTable
from engine.geometry import Bounds, compose_affine
from engine.networks.alignment import AlignmentConfig, AlignmentNetwork, warp
from engine.pipeline.alignment import Box, box_affine, enlarged_box, pixel_edges_to_index
from engine.pipeline.sampling import Affine, Layer, box_grid, sample_layer, segment_layer
from engine.training.trainer import Batch

TARGET_SIDE_PX = 96
MIN_SEGMENT_PX = 120
MAX_SEGMENTS = 6000
OUTSIDE_WEIGHT = 0.25


@dataclass(frozen=True)
class WarpRange:
    """How far a simulated candidate differs from the segment it was made of.

    Scale, aspect, rotation and shift are what nine of ten retrieved segments stay within, measured by
    `engine.evaluation.displacement` on 1,005 regions of CamVid.

    Attributes:
        scale: largest factor, either way.
        aspect: largest factor between both axes, either way.
        rotation_deg: largest angle, either way.
        shift: largest displacement in sides of the segment's box.
        cut_share: how often a part of one side is cut off.
        cut: largest part of the box that is cut off.
        rough_share: how often the outline is redrawn coarsely.
        jitter: largest change of brightness and contrast.
    """

    scale: float = 1.3
    aspect: float = 1.55
    rotation_deg: float = 25.0
    shift: float = 0.2
    cut_share: float = 0.5
    cut: float = 0.35
    rough_share: float = 0.5
    jitter: float = 0.06


@dataclass(frozen=True, eq=False)
class SimulatedCandidate:
    """A segment as target, and itself warped as candidate.

    Attributes:
        target: the segment, in its own pixels.
        target_box: edges of the box T looks at, in those pixels.
        candidate: the warped segment, in the same pixels.
        fit: (2, 3) affine of the box fit, target to candidate, pixel edges.
    """

    target: Layer
    target_box: Box
    candidate: Layer
    fit: Affine


def simulate_candidate(target: Layer, warps: WarpRange, rng: np.random.Generator) -> SimulatedCandidate:
    """Warp, cut and roughen a segment.

    The draw is repeated where nothing is left of the segment; a segment of at least one opaque pixel comes through.
    """
    height, width = target.rgba.shape[:2]
    margin_px = int(np.ceil(0.75 * max(height, width))) + 2
    while True:
        affine = _random_affine(width, height, warps, rng)
        shifted = affine + np.array([[0.0, 0.0, margin_px], [0.0, 0.0, margin_px]])
        size = (width + 2 * margin_px, height + 2 * margin_px)
        rgba = np.asarray(cv2.warpAffine(target.rgba, pixel_edges_affine(shifted), size), dtype=np.uint8)
        keep = rgba[..., 3] >= 128
        if rng.random() < warps.rough_share:
            keep &= _roughened(keep, rng)
        if rng.random() < warps.cut_share and keep.any():
            _cut(keep, warps.cut, rng)
        if (bounds := _bounds_of(keep)).area_px >= 9:
            break
    gain, offset = 1 + rng.uniform(-1, 1) * warps.jitter, rng.uniform(-1, 1) * warps.jitter * 128
    colour = np.clip(rgba[..., :3] * gain + offset, 0, 255)
    rgba = np.where(keep[..., None], np.dstack([colour, rgba[..., 3]]), 0).astype(np.uint8)
    place = np.array([[1.0, 0.0, margin_px], [0.0, 1.0, margin_px]])
    box = (bounds.left - margin_px, bounds.top - margin_px, bounds.right - margin_px, bounds.bottom - margin_px)
    own = Bounds(0, 0, width, height)
    fit = box_affine(
        (0.0, 0.0, float(width), float(height)), (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
    )
    return SimulatedCandidate(target, enlarged_box(own), Layer(rgba, place), fit)


def pixel_edges_affine(affine: Affine) -> Affine:
    """Turn an affine between pixel edges into one between pixel indices."""
    half = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]])
    return pixel_edges_to_index(compose_affine(affine, half))


def sample_candidate(simulated: SimulatedCandidate, affine: Affine, grid_px: int) -> npt.NDArray[np.uint8]:
    """Sample the candidate on the grid over the target's box through an affine target to candidate, pixel edges."""
    grid = box_grid(simulated.target_box, grid_px)
    return sample_layer(simulated.candidate, pixel_edges_to_index(compose_affine(affine, grid)), grid_px)


def sample_target(simulated: SimulatedCandidate, grid_px: int) -> npt.NDArray[np.uint8]:
    """Sample the target on the grid over its own box, (G, G, 4) uint8."""
    return sample_layer(simulated.target, pixel_edges_to_index(box_grid(simulated.target_box, grid_px)), grid_px)


def target_layers(bank: Bank, *, max_segments: int = MAX_SEGMENTS, seed: int = 0) -> tuple[Layer, ...]:
    """Read segments of a bank as targets, each in pixels of its own box; a fixed draw where there are more.

    Raises:
        ValueError: if the bank has no segment of useful size.
    """
    kept = [
        segment
        for source in bank.sources()
        for segment in bank.segments_of(source.key)
        if segment.area_px >= MIN_SEGMENT_PX and min(segment.bounds.width, segment.bounds.height) >= 4
    ]
    if not kept:
        raise ValueError(f"{bank.name}: no segment of at least {MIN_SEGMENT_PX} pixels to train or test with")
    if len(kept) > max_segments:
        chosen = np.random.default_rng(seed).choice(len(kept), max_segments, replace=False)
        kept = [kept[i] for i in sorted(chosen.tolist())]
    layers = (segment_layer(bank.crop(segment.key), max_side_px=TARGET_SIDE_PX) for segment in kept)
    return tuple(Layer(layer.rgba, np.eye(2, 3)) for layer in layers)


class AlignmentTask:
    """T, its batches and its loss. Batches are drawn on the trainer's background thread."""

    kind = "alignment"
    canvas_version: int | None = None

    def __init__(
        self,
        layers: Sequence[Layer],
        table: ClassTable,
        data_record: Mapping[str, Any],
        config: AlignmentConfig,
        *,
        warps: WarpRange | None = None,
        seed: int = 0,
    ) -> None:
        """Train on segments read by `target_layers`."""
        torch.manual_seed(seed)
        self._layers = tuple(layers)
        self._warps = warps or WarpRange()
        self.table = table
        self.network = AlignmentNetwork(config)
        self.network_config: Mapping[str, Any] = asdict(config)
        self.data_record: Mapping[str, Any] = {
            **data_record, "segments": len(self._layers), "warps": asdict(self._warps), "seed": seed,
        }  # fmt: skip

    def make_batch(self, rng: np.random.Generator, batch_size: int) -> Batch:
        """Draw segments and warp them.

        Returns:
            ``candidate`` and ``target``, (B, 4, G, G) uint8: colour times coverage, and coverage.
        """
        grid_px = self.network.config.grid_px
        candidates, targets = [], []
        for index in rng.integers(len(self._layers), size=batch_size).tolist():
            simulated = simulate_candidate(self._mirrored(self._layers[index], rng), self._warps, rng)
            candidates.append(sample_candidate(simulated, simulated.fit, grid_px))
            targets.append(sample_target(simulated, grid_px))
        return {"candidate": _stack(candidates), "target": _stack(targets)}

    def loss(self, batch: Batch) -> tuple[Tensor, Mapping[str, float]]:
        """Return the mean L1 distance of colour over each region.

        Source: SIMS, equation for L_T: over colour, not over the mask. Outside the region, where the target is
        black, it counts a quarter, so that a warp cannot win by spreading.
        """
        candidate, target = batch["candidate"].float() / 255, batch["target"].float() / 255
        placed = warp(candidate, self.network(candidate, target[:, 3:]))
        loss = colour_distance(placed, target).mean()
        with torch.no_grad():
            unmoved = colour_distance(candidate, target).mean()
        return loss, {"bbox": float(unmoved), "network": float(loss.detach())}

    @staticmethod
    def _mirrored(layer: Layer, rng: np.random.Generator) -> Layer:
        return Layer(np.ascontiguousarray(layer.rgba[:, ::-1]), layer.pixel_to_layer) if rng.random() < 0.5 else layer


def colour_distance(placed: Tensor, target: Tensor, *, outside: float = OUTSIDE_WEIGHT) -> Tensor:
    """Return the L1 distance of colours, summed over the grid, by the area of each region.

    Args:
        placed: (B, 4, G, G) float32, colour times coverage and coverage.
        target: (B, 4, G, G) float32.
        outside: weight of pixels outside the region.

    Returns:
        (B,) float32.
    """
    inside = target[:, 3:]  # (B, 1, G, G)
    weight = inside + outside * (1 - inside)
    error = (placed[:, :3] - target[:, :3]).abs().mean(1, keepdim=True)
    return (error * weight).sum((1, 2, 3)) / inside.sum((1, 2, 3)).clamp_min(1.0)


def make_alignment_task(bank: Bank, *, seed: int = 0) -> AlignmentTask:
    """Return the training of T on the segments of a bank.

    Raises:
        ValueError: if the bank has no segment of useful size.
    """
    record = {"bank": bank.name, "digest": bank.digest, "photographs": bank.source_count}
    return AlignmentTask(target_layers(bank, seed=seed), bank.table, record, AlignmentConfig(), seed=seed)


def _stack(pictures: list[npt.NDArray[np.uint8]]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2)))


def _random_affine(width: int, height: int, warps: WarpRange, rng: np.random.Generator) -> Affine:
    """Return an affine target to candidate, pixel edges, about the middle of the segment's box."""
    scale = np.exp(rng.uniform(-1, 1) * np.log(warps.scale))
    aspect = np.exp(rng.uniform(-0.5, 0.5) * np.log(warps.aspect))
    angle = np.radians(rng.uniform(-1, 1) * warps.rotation_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([scale * aspect, scale / aspect])
    middle = np.array([width / 2, height / 2])
    shift = rng.uniform(-1, 1, 2) * warps.shift * np.array([width, height])
    return np.column_stack([linear, middle + shift - linear @ middle])


def _cut(keep: npt.NDArray[np.bool_], largest: float, rng: np.random.Generator) -> None:
    """Cut a part off one of the four sides of the mask's box, in place."""
    bounds = _bounds_of(keep)
    part = rng.uniform(0.1, largest)
    rows, columns = round(part * bounds.height), round(part * bounds.width)
    side = int(rng.integers(4))
    if side == 0:
        keep[: bounds.top + rows] = False
    elif side == 1:
        keep[bounds.bottom - rows :] = False
    elif side == 2:
        keep[:, : bounds.left + columns] = False
    else:
        keep[:, bounds.right - columns :] = False


def _roughened(keep: npt.NDArray[np.bool_], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return the mask with its outline moved in and out by smooth noise."""
    bounds = _bounds_of(keep)
    if not bounds:
        return keep
    height, width = keep.shape
    coarse = rng.random((6, 6), dtype=np.float32)
    noise = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    radius_px = max(1.0, 0.06 * min(bounds.width, bounds.height))
    depth_px = cv2.distanceTransform(keep.astype(np.uint8), cv2.DIST_L2, 3)
    return depth_px > noise * radius_px


def _bounds_of(mask: npt.NDArray[np.bool_]) -> Bounds:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return Bounds(0, 0, 0, 0)
    return Bounds(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
