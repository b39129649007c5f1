"""Training of f and of its parametric twin on simulated canvases."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from engine.bank.bank import Bank
from engine.classes import ClassTable
from engine.geometry import Size
from engine.layout import Layout
from engine.networks.features import FeatureNetwork, load_features
from engine.networks.synthesis import SynthesisConfig, SynthesisNetwork, blend
from engine.pipeline.canvas import CANVAS_VERSION, Canvas
from engine.pipeline.synthesis import FINAL_ROWS, frame_inputs
from engine.training.photographs import load_photographs
from engine.training.simulation import CanvasSimulator, SimulatedCanvas, SimulationConfig
from engine.training.trainer import Batch

CROP = Size(192, 160)
CROPS_PER_CANVAS = 2
"""Simulating costs about as much as learning from it; two windows are cut from each canvas."""
EMPTY_SHARE = 0.1
"""How often f sees an empty canvas, so that it never does worse than its parametric twin by much."""
PIXEL_WEIGHT = 1.0
FEATURE_WEIGHTS = (1.0, 1.0, 1.0, 1.0)
"""Weight of each level of the perceptual loss, shallow to deep."""


class SynthesisTask:
    """f, its simulated canvases, and the loss of Qi et al. 2018: L1 over pixels and over features."""

    kind = "synthesis"
    canvas_version: int | None = CANVAS_VERSION

    def __init__(
        self,
        bank: Bank,
        features: FeatureNetwork,
        features_digest: str,
        *,
        seed: int,
        parametric: bool,
        rows: int = FINAL_ROWS,
        crop: Size = CROP,
    ) -> None:
        """Read the bank's photographs and retrieve the stencils of all their regions."""
        photographs = load_photographs(bank, rows=rows)
        self.table: ClassTable = photographs.table
        self.config = SynthesisConfig(classes=len(self.table), parametric=parametric)
        torch.manual_seed(seed)
        self.network = SynthesisNetwork(self.config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._features = fold_batch_norms(features)
        self._crop = crop
        self._simulation = SimulationConfig()
        self._simulator = CanvasSimulator(bank, photographs, self._simulation)
        self.data_record: Mapping[str, Any] = {
            **photographs.record,
            "simulation": asdict(self._simulation),
            "features": features_digest,
        }

    @property
    def network_config(self) -> Mapping[str, Any]:
        """Configuration of the network."""
        return asdict(self.config)

    def make_batch(self, rng: np.random.Generator, batch_size: int) -> Batch:
        """Draw (B, 3, h, w) canvases, presences and photographs and (B, classes + 1, h, w) layouts."""
        parts: list[Batch] = []
        while len(parts) < batch_size:
            simulated = self._simulator.simulate(int(rng.integers(len(self._simulator))), rng)
            for _ in range(min(CROPS_PER_CANVAS, batch_size - len(parts))):
                parts.append(self._cut(simulated, rng))
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def _cut(self, simulated: SimulatedCanvas, rng: np.random.Generator) -> Batch:
        height, width = simulated.painted.class_ids.shape
        left = int(rng.integers(max(1, width - self._crop.width + 1)))
        top = int(rng.integers(max(1, height - self._crop.height + 1)))
        window = (slice(top, top + self._crop.height), slice(left, left + self._crop.width))
        flip = slice(None, None, -1 if rng.random() < 0.5 else 1)
        cut = lambda a: np.ascontiguousarray(a[window][:, flip])  # noqa: E731 - one line, used five times
        painted = Layout.from_classes(cut(simulated.painted.class_ids))
        canvas = Canvas.empty(painted.size)
        if not self.config.parametric and rng.random() >= EMPTY_SHARE:
            whole = simulated.canvas
            canvas = Canvas(cut(whole.rgb), cut(whole.presence), cut(whole.segment_index))
        rgb, presence, layout = frame_inputs(canvas, painted.class_ids, painted.size, self.config.classes)
        photograph = torch.from_numpy(cut(simulated.rgb)).permute(2, 0, 1)[None].float() / 255
        return {"canvas": rgb, "presence": presence, "layout": layout, "photograph": photograph}

    def loss(self, batch: Batch) -> tuple[Tensor, Mapping[str, float]]:
        """L1 over pixels and over the features of every level, each relative to its mean magnitude."""
        canvas, presence, layout, photograph = (
            batch[name].contiguous(memory_format=torch.channels_last)
            for name in ("canvas", "presence", "layout", "photograph")
        )
        self._features.to(canvas.device)
        output = self.network(canvas, presence, layout)
        image, share = blend(canvas, presence[:, 2:], output)
        pixels = (image - photograph).abs().mean()
        with torch.no_grad():
            wanted = self._features.features(photograph)
        perceptual = image.new_zeros(())
        for weight, got, want in zip(FEATURE_WEIGHTS, self._features.features(image), wanted, strict=False):
            perceptual = perceptual + weight * (got - want).abs().mean().float() / want.abs().mean().float()
        # the invented colours are held to the photograph everywhere, so that a hole is no surprise
        invented = (output.generated - photograph).abs().mean()
        loss = PIXEL_WEIGHT * pixels + 0.25 * perceptual + 0.25 * invented
        parts = {"pixels": pixels, "features": perceptual, "copied": share.mean()}
        return loss, {name: float(value.detach()) for name, value in parts.items()}


def fold_batch_norms(network: FeatureNetwork) -> FeatureNetwork:
    """Return a frozen network with every batch norm folded into the convolution before it."""
    network = copy.deepcopy(network).eval()
    for part in network.modules():
        if isinstance(part, nn.Sequential):
            for i in range(len(part) - 1):
                convolution, norm = part[i], part[i + 1]
                if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    part[i], part[i + 1] = fuse_conv_bn_eval(convolution, norm), nn.Identity()
    return network.requires_grad_(requires_grad=False)


def make_synthesis_task(bank: Bank, *, seed: int = 0, parametric: bool = False, features_path: Path) -> SynthesisTask:
    """Make the task from a bank and the weights of the perceptual network.

    Raises:
        CheckpointError: if the perceptual network cannot be loaded.
    """
    features = load_features(features_path, bank.table)
    digest = hashlib.sha256(features_path.read_bytes()).hexdigest()[:16]
    return SynthesisTask(bank, features, digest, seed=seed, parametric=parametric)
