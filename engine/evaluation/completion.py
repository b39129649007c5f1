"""How good completion is: regions of held-out layouts are dropped and guessed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.bank.bank import Bank
from engine.classes import VOID
from engine.layout import ClassIds, Layout
from engine.networks.completion import CompletionNetwork
from engine.pipeline.completion import complete_layout
from engine.regions import find_regions
from engine.training.completion import drop_regions
from engine.training.photographs import load_photographs

ROWS = 256


@dataclass(frozen=True)
class CompletionReport:
    """Accuracy over the pixels of dropped regions.

    Attributes:
        layouts: layouts judged.
        pixels: pixels judged.
        network: share of them the network names rightly.
        nearest: the same for the class of the nearest painted pixel. A dropped region borders on other classes
            only, so this is low by the nature of the test.
    """

    layouts: int
    pixels: int
    network: float
    nearest: float


def evaluate_completion(network: CompletionNetwork, bank: Bank, *, seed: int = 0) -> CompletionReport:
    """Drop each region of every layout of a bank with probability one half; complete what is left, and compare.

    Args:
        network: in eval mode.
        bank: photographs the network was not trained on; their classes count where the network knows them.
        seed: of the draw of regions.

    Raises:
        CheckpointError: if the network knows none of the bank's classes.
    """
    hits_network = hits_nearest = pixels = layouts = 0
    for number, item in enumerate(load_photographs(bank, rows=ROWS).items):
        regions = find_regions(item.layout, bank.table)
        dropped = np.random.default_rng((seed, number)).random(len(regions)) < 0.5
        painted = drop_regions(item.layout.class_ids, regions, dropped.tolist())
        judged = (painted == VOID) & (item.layout.class_ids != VOID)
        if not judged.any() or (painted == VOID).all():
            continue
        wanted = item.layout.class_ids[judged]
        completed = complete_layout(Layout.from_classes(painted), bank.table, network)
        hits_network += int((completed.class_ids[judged] == wanted).sum())
        hits_nearest += int((fill_nearest(painted)[judged] == wanted).sum())
        pixels += int(judged.sum())
        layouts += 1
    return CompletionReport(layouts, pixels, hits_network / max(1, pixels), hits_nearest / max(1, pixels))


def fill_nearest(class_ids: ClassIds) -> ClassIds:
    """Return (H, W) class ids in which every void pixel has the class of the nearest painted one.

    Raises:
        ValueError: if nothing is painted.
    """
    void = (class_ids == VOID).astype(np.uint8)
    if void.all():
        raise ValueError("nothing is painted")
    _, labels = cv2.distanceTransformWithLabels(void, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    by_label = np.full(int(labels.max()) + 1, VOID, np.uint8)
    painted = void == 0
    by_label[labels[painted]] = class_ids[painted]
    return by_label[labels]
