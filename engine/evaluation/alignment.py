"""How well T lays segments back, beside leaving them in place and beside the box fit, on photographs it never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.bank.bank import Bank
from engine.geometry import compose_affine, invert_affine
from engine.networks.alignment import AlignmentNetwork
from engine.pipeline.alignment import COVERAGE_WEIGHT, box_affine, measure_overlap, run_network
from engine.pipeline.sampling import Affine, Layer, box_grid
from engine.training.alignment import (
    SimulatedCandidate,
    WarpRange,
    sample_candidate,
    sample_target,
    simulate_candidate,
    target_layers,
)

METHODS = ("in place", "bbox fit", "network", "kept")
"""``kept`` is what the pipeline uses: the network's warp where it improves overlap, else the better of the others."""
_MET = WarpRange()
_STILL = WarpRange(scale=1.0, aspect=1.0, rotation_deg=0.0, shift=0.0, cut_share=0.0, rough_share=0.0)
_SCALED = replace(_STILL, scale=_MET.scale, aspect=_MET.aspect)
CASES: Mapping[str, WarpRange] = {
    "all": _MET,
    "rotated": replace(_STILL, rotation_deg=_MET.rotation_deg),
    "scaled": _SCALED,
    "cut": replace(_SCALED, cut_share=1.0),
}


@dataclass(frozen=True)
class AlignmentCase:
    """One kind of warp.

    Attributes:
        name: which.
        segments: how many were laid back.
        colour_l1: by method, the mean L1 distance of colours in [0, 1] over the regions' pixels.
        mask_iou: by method, the mean IoU of region and warped mask.
    """

    name: str
    segments: int
    colour_l1: Mapping[str, float]
    mask_iou: Mapping[str, float]


@dataclass(frozen=True)
class AlignmentReport:
    """The evaluation of T: all kinds of warps together first, then each apart."""

    cases: tuple[AlignmentCase, ...]

    @property
    def beats_bbox_fit(self) -> bool:
        """Whether T's held-out colour distance is below the box fit's, all warps together."""
        return self.cases[0].colour_l1["network"] < self.cases[0].colour_l1["bbox fit"]


def evaluate_alignment(network: AlignmentNetwork, bank: Bank, *, seed: int = 0, segments: int = 300) -> AlignmentReport:
    """Warp segments of a held-out bank at random and lay them back.

    Args:
        network: T, on the CPU.
        bank: of photographs T was not trained on.
        seed: of the draw.
        segments: how many segments, each once per case.

    Raises:
        ValueError: if the bank has no segment of useful size.
    """
    layers = target_layers(bank, max_segments=segments, seed=seed)
    return evaluate_layers(network, layers, seed=seed)


def evaluate_layers(network: AlignmentNetwork, layers: Sequence[Layer], *, seed: int = 0) -> AlignmentReport:
    """Warp segments read by `target_layers` at random and lay them back."""
    cases = []
    for name, warps in CASES.items():
        rng = np.random.default_rng(seed)
        measured = np.array([_measure(network, simulate_candidate(layer, warps, rng)) for layer in layers])
        l1, iou = measured.mean(0).tolist()  # (4,) each
        cases.append(
            AlignmentCase(name, len(layers), dict(zip(METHODS, l1, strict=True)), dict(zip(METHODS, iou, strict=True)))
        )
    return AlignmentReport(tuple(cases))


def _measure(network: AlignmentNetwork, simulated: SimulatedCandidate) -> tuple[list[float], list[float]]:
    grid_px = network.config.grid_px
    target = sample_target(simulated, grid_px)
    fitted = sample_candidate(simulated, simulated.fit, grid_px)
    unit = box_affine((-1.0, -1.0, 1.0, 1.0), simulated.target_box)
    residual = run_network(network, fitted, np.ascontiguousarray(target[..., 3]))
    found = compose_affine(simulated.fit, compose_affine(unit, compose_affine(residual, invert_affine(unit))))
    l1, iou, scores = list[float](), list[float](), list[float]()
    for affine in (np.eye(2, 3), simulated.fit, found):
        distance, overlap, score = _compare(simulated, target, affine, grid_px)
        l1.append(distance)
        iou.append(overlap)
        scores.append(score)
    kept = int(np.argmax(scores))
    return [*l1, l1[kept]], [*iou, iou[kept]]


def _compare(
    simulated: SimulatedCandidate, target: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], affine: Affine, grid_px: int
) -> tuple[float, float, float]:
    placed = sample_candidate(simulated, affine, grid_px)
    inside = target[..., 3].astype(np.float64) / 255
    error = np.abs(placed[..., :3].astype(np.float64) - target[..., :3]).mean(2) / 255
    distance = float((error * inside).sum() / max(float(inside.sum()), 1e-9))
    area_px = int((simulated.candidate.rgba[..., 3] >= 128).sum())
    to_source = compose_affine(affine, box_grid(simulated.target_box, grid_px))
    iou, covered = measure_overlap(target[..., 3], placed[..., 3], area_px, to_source)
    return distance, iou, iou + COVERAGE_WEIGHT * covered
