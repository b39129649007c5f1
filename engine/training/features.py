"""Training of the feature network: semantic segmentation of the photographs of a bank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.bank.bank import Bank
from engine.classes import VOID, ClassTable
from engine.geometry import Size
from engine.networks.features import KIND, FeatureConfig, FeatureNetwork
from engine.training.losses import reading_loss
from engine.training.photographs import Photograph, Photographs, load_photographs
from engine.training.trainer import Batch

ROWS = 256
CROP = Size(288, 224)
MIN_SCALE, MAX_SCALE = 0.75, 1.5


class FeaturesTask:
    """Segment random crops of photographs, varied in scale, side, colour, sharpness and noise."""

    def __init__(self, photographs: Photographs, *, seed: int = 0, width: int = 32, crop: Size = CROP) -> None:
        """Build the network; the same seed gives the same weights."""
        self._photographs, self._crop = photographs, crop
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._network = FeatureNetwork(FeatureConfig(len(photographs.table), width))
        self._class_weights = torch.from_numpy(balanced_class_weights(photographs.items, len(photographs.table)))

    @property
    def kind(self) -> str:
        """``features``."""
        return KIND

    @property
    def network(self) -> FeatureNetwork:
        """The network that is trained."""
        return self._network

    @property
    def network_config(self) -> Mapping[str, Any]:
        """Its configuration."""
        return asdict(self._network.config)

    @property
    def table(self) -> ClassTable:
        """The bank's class table."""
        return self._photographs.table

    @property
    def canvas_version(self) -> int | None:
        """None: it sees photographs only."""
        return None

    @property
    def data_record(self) -> Mapping[str, Any]:
        """The bank it is trained on."""
        return self._photographs.record

    def make_batch(self, rng: np.random.Generator, batch_size: int) -> Batch:
        """Draw crops: ``rgb`` (B, 3, h, w) float32 in [0, 1] and ``class_ids`` (B, h, w) int64, void 255."""
        crops = []
        for _ in range(batch_size):
            photograph = self._photographs.items[int(rng.integers(len(self._photographs.items)))]
            rgb, class_ids = random_crop(photograph, self._crop, rng)
            crops.append((vary_photograph(rgb, rng), class_ids))
        rgb = np.stack([rgb for rgb, _ in crops]).transpose(0, 3, 1, 2)
        return {
            "rgb": torch.from_numpy(np.ascontiguousarray(rgb)),
            "class_ids": torch.from_numpy(np.stack([ids for _, ids in crops]).astype(np.int64)),
        }

    def loss(self, batch: Batch) -> tuple[Tensor, Mapping[str, float]]:
        """Return the class-weighted cross-entropy, void left out, and the pixel accuracy."""
        class_ids = batch["class_ids"]
        logits = self._network(batch["rgb"])
        loss = reading_loss(logits, class_ids, self._class_weights.to(logits.device))
        hits = (logits.argmax(dim=1) == class_ids).sum()
        return loss, {"accuracy": float(hits) / max(1, int((class_ids != VOID).sum()))}


def make_features_task(bank: Bank, *, seed: int = 0, width: int = 32) -> FeaturesTask:
    """Return the task of training a feature network of some width on the photographs of a bank."""
    return FeaturesTask(load_photographs(bank, rows=ROWS), seed=seed, width=width)


def balanced_class_weights(photographs: Sequence[Photograph], classes: int) -> npt.NDArray[np.float32]:
    """Return (C,) weights that lift rare classes mildly: the inverse root of their share, within [0.5, 3] of 1."""
    counts = np.zeros(256, np.int64)
    for photograph in photographs:
        counts += np.bincount(photograph.layout.class_ids.ravel(), minlength=256)
    share = counts[:classes] / max(1, int(counts[:classes].sum()))
    weights = 1 / np.sqrt(np.maximum(share, 1e-4))
    mean = float((weights * share).sum()) or 1.0
    return np.clip(weights / mean, 0.5, 3.0).astype(np.float32)


def random_crop(
    photograph: Photograph, crop: Size, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Cut a crop at a random scale, aspect, side and place; beyond the picture it is mirrored and void.

    Returns:
        (h, w, 3) float32 sRGB in [0, 1] and (h, w) uint8 class ids.
    """
    size = Size.of(photograph.rgb)
    scale = float(np.exp(rng.uniform(np.log(MIN_SCALE), np.log(MAX_SCALE))))
    scale_x, scale_y = scale * float(rng.uniform(0.92, 1.08)), scale
    slack_x, slack_y = size.width * scale_x - crop.width, size.height * scale_y - crop.height
    left, top = float(rng.uniform(0, 1)) * slack_x, float(rng.uniform(0, 1)) * slack_y
    matrix = np.array([[scale_x, 0, -left], [0, scale_y, -top]])
    if rng.random() < 0.5:
        matrix[0] = [-scale_x, 0, crop.width - 1 + left]
    target = (crop.width, crop.height)
    rgb = cv2.warpAffine(photograph.rgb, matrix, target, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    class_ids = cv2.warpAffine(
        photograph.layout.class_ids,
        matrix,
        target,
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(VOID,),
    )
    return np.asarray(rgb, np.float32) / np.float32(255), np.asarray(class_ids, np.uint8)


def vary_photograph(rgb: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Vary gain, gamma, contrast, sharpness and noise, so that texture alone decides nothing.

    Args:
        rgb: (h, w, 3) float32 in [0, 1].
        rng: source of the draw.
    """
    gain = rng.uniform(0.85, 1.15, 3).astype(np.float32)
    varied = np.clip(rgb * gain, 0, 1) ** np.float32(rng.uniform(0.75, 1.3))
    contrast = np.float32(rng.uniform(0.75, 1.25))
    varied = (varied - varied.mean()) * contrast + varied.mean() + np.float32(rng.uniform(-0.08, 0.08))
    if rng.random() < 0.4:
        varied = cv2.GaussianBlur(varied, (0, 0), float(rng.uniform(0.4, 1.6)))
    if rng.random() < 0.4:
        noise = rng.standard_normal(varied.shape, np.float32)
        varied = varied + noise * np.float32(rng.uniform(0.01, 0.05))
    return np.clip(varied, 0, 1).astype(np.float32)
