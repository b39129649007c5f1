"""Training of the completion network: layouts of photographs, made coarse and incomplete the way people paint."""

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
from engine.classes import VOID, ClassTable
from engine.geometry import Size
from engine.layout import ClassIds
from engine.networks.completion import FRAME_ROWS, KIND, CompletionConfig, CompletionNetwork
from engine.pipeline.completion import frame_shares, pad_columns
from engine.regions import Region, find_regions
from engine.training.photographs import Photographs, load_photographs
from engine.training.trainer import Batch

ROWS = 128
FRAME_COLUMNS = 80
"""Columns of a training crop in the network frame; a wider layout is cut at random, a narrower one padded."""
PAINTED_WEIGHT = 0.1


@dataclass(frozen=True)
class CoarseningConfig:
    """How layouts are made coarse.

    Attributes:
        drop: lowest and highest share of regions that become void.
        blank: probability that nothing is painted at all.
        erode: probability that a region is eroded, by up to ``reach`` picture heights.
        simplify: probability that a region's outline becomes a polygon, within ``reach`` picture heights of it.
        cut: probability that a rectangle of the picture becomes void.
        reach: in picture heights.
    """

    drop: tuple[float, float] = (0.1, 0.95)
    blank: float = 0.04
    erode: float = 0.5
    simplify: float = 0.5
    cut: float = 0.3
    reach: float = 0.05


class CompletionTask:
    """Predict the class of every pixel from what is left of the layout."""

    def __init__(
        self,
        photographs: Photographs,
        *,
        seed: int = 0,
        width: int = 32,
        coarsening: CoarseningConfig | None = None,
    ) -> None:
        """Find the regions of every layout and build the network; the same seed gives the same weights."""
        self._record, self._table = photographs.record, photographs.table
        self._layouts = [(p.layout.class_ids, find_regions(p.layout, self._table)) for p in photographs.items]
        self._coarsening = coarsening or CoarseningConfig()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._network = CompletionNetwork(CompletionConfig(len(self._table), width), self._table)

    @property
    def kind(self) -> str:
        """``completion``."""
        return KIND

    @property
    def network(self) -> CompletionNetwork:
        """The network that is trained."""
        return self._network

    @property
    def network_config(self) -> Mapping[str, Any]:
        """Its configuration."""
        return asdict(self._network.config)

    @property
    def table(self) -> ClassTable:
        """The bank's class table."""
        return self._table

    @property
    def canvas_version(self) -> int | None:
        """None: it sees layouts only."""
        return None

    @property
    def data_record(self) -> Mapping[str, Any]:
        """The bank it is trained on, and how layouts are made coarse."""
        return {**self._record, "coarsening": asdict(self._coarsening)}

    def make_batch(self, rng: np.random.Generator, batch_size: int) -> Batch:
        """Draw ``painted`` and ``wanted``, both (B, C + 1, h, w) float32 shares in the network frame."""
        painted, wanted = [], []
        classes = len(self._table)
        for _ in range(batch_size):
            class_ids, regions = self._layouts[int(rng.integers(len(self._layouts)))]
            coarse = coarsen_layout(class_ids, regions, rng, self._coarsening)
            columns = round(class_ids.shape[1] * FRAME_ROWS / class_ids.shape[0])
            left = int(rng.integers(max(1, columns - FRAME_COLUMNS + 1)))
            step = -1 if rng.random() < 0.5 else 1
            for ids, into in ((coarse, painted), (class_ids, wanted)):
                shares = frame_shares(ids, classes, Size(columns, FRAME_ROWS))[:, :, left : left + FRAME_COLUMNS]
                into.append(_padded(pad_columns(shares))[:, :, ::step])
        return {"painted": torch.from_numpy(np.stack(painted)), "wanted": torch.from_numpy(np.stack(wanted))}

    def loss(self, batch: Batch) -> tuple[Tensor, Mapping[str, float]]:
        """Return the cross-entropy with the shares wanted, painted pixels weighing `PAINTED_WEIGHT`, and the hits."""
        painted, wanted = batch["painted"], batch["wanted"]
        logits = self._network(painted).float()
        unpainted = painted[:, -1] + PAINTED_WEIGHT * (1 - painted[:, -1])
        target = wanted[:, :-1]
        pixel_losses = -(target * logits.log_softmax(dim=1)).sum(dim=1)
        loss = (pixel_losses * unpainted).sum() / (target.sum(dim=1) * unpainted).sum().clamp_min(1e-6)
        judged = (painted[:, -1] > 0.5) & (wanted[:, -1] < 0.5)
        hits = (logits.argmax(dim=1) == target.argmax(dim=1)) & judged
        return loss, {"accuracy": float(hits.sum()) / max(1, int(judged.sum()))}


def make_completion_task(bank: Bank, *, seed: int = 0) -> CompletionTask:
    """Return the task of training a completion network on the layouts of a bank."""
    return CompletionTask(load_photographs(bank, rows=ROWS), seed=seed)


def drop_regions(class_ids: ClassIds, regions: Sequence[Region], dropped: Sequence[bool]) -> ClassIds:
    """Return a copy in which the dropped regions, and every pixel of no region, are void."""
    kept = np.full_like(class_ids, VOID)
    for region, is_dropped in zip(regions, dropped, strict=True):
        if not is_dropped:
            kept[region.bounds.slices][region.mask] = region.class_id
    return kept


def coarsen_layout(
    class_ids: ClassIds, regions: Sequence[Region], rng: np.random.Generator, config: CoarseningConfig
) -> ClassIds:
    """Make a layout coarse and incomplete: regions dropped, eroded, turned into polygons, a rectangle cut out.

    Args:
        class_ids: (H, W) uint8.
        regions: its regions.
        rng: source of the draw.
        config: how much.

    Returns:
        (H, W) uint8 of the same classes and void.
    """
    coarse = np.full_like(class_ids, VOID)
    if rng.random() < config.blank:
        return coarse
    height, width = class_ids.shape
    reach_px = config.reach * height
    drop = rng.uniform(*config.drop)
    for region in sorted(regions, key=lambda region: -region.area_px):
        draws = rng.random(5)
        if draws[0] < drop:
            continue
        mask = region.mask.astype(np.uint8)
        if draws[1] < config.simplify:
            mask = _simplified(mask, 1 + draws[2] * reach_px)
        if draws[3] < config.erode:
            mask = _eroded(mask, int(1 + draws[4] * min(reach_px, 0.25 * min(mask.shape))))
        coarse[region.bounds.slices][mask > 0] = region.class_id
    if rng.random() < config.cut:
        size_y, size_x = rng.uniform(0.1, 0.7, 2) * (height, width)
        top, left = rng.uniform(0, 1, 2) * (height - size_y, width - size_x)
        coarse[int(top) : int(top + size_y), int(left) : int(left + size_x)] = VOID
    return coarse


def _simplified(mask: npt.NDArray[np.uint8], tolerance_px: float) -> npt.NDArray[np.uint8]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    simplified = np.zeros_like(mask)
    polygons = [cv2.approxPolyDP(contour, tolerance_px, True) for contour in contours]
    cv2.fillPoly(simplified, polygons, (1,))
    return simplified


def _eroded(mask: npt.NDArray[np.uint8], radius_px: int) -> npt.NDArray[np.uint8]:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
    return np.asarray(cv2.erode(mask, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)


def _padded(shares: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    missing = max(0, FRAME_COLUMNS - shares.shape[2])
    return np.pad(shares, ((0, 0), (0, 0), (0, missing)), mode="edge")
