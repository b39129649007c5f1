"""A suggestion for the layout of a photograph: what the segmentation network sees, along the photograph's edges."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import torch

from engine.classes import VOID
from engine.data.guided_filter import follow_edges, grey_of
from engine.data.sample import Rgb8
from engine.geometry import Size
from engine.layout import ClassIds
from engine.networks.features import FeatureNetwork

FRAME_ROWS = 256
MAX_FRAME_COLUMNS = 1024
LEAST_SHARE = 0.45
"""How sure the network must be of a pixel; less stays void and is the painter's."""
_EDGE_ROWS = 48
"""The guided filter looks at windows of this part of the height."""


def suggest_classes(rgb: Rgb8, network: FeatureNetwork, from_network: npt.NDArray[np.uint8]) -> ClassIds:
    """Return what a photograph seems to show.

    The network looks at the photograph in its own frame of 256 rows; the share of every class it finds there is then
    brought to full size by a guided filter (He et al. 2010), so that outlines follow the photograph and not the frame.

    Args:
        rgb: (H, W, 3) uint8 sRGB.
        network: in eval mode, on the CPU.
        from_network: (256,) uint8 lookup from the network's class ids to those wanted, VOID for none.

    Returns:
        (H, W) uint8 class ids, VOID where the network is not sure.
    """
    size = Size.of(rgb)
    shares = _frame_shares(rgb, network)
    guide = grey_of(rgb)
    reach_px = max(1, round(size.height / _EDGE_ROWS / 2))
    best = np.full(guide.shape, LEAST_SHARE, np.float32)
    class_ids = np.full(guide.shape, VOID, np.uint8)
    for network_id in range(len(shares)):
        if from_network[network_id] == VOID or shares[network_id].max() < LEAST_SHARE:
            continue
        plane = cv2.resize(shares[network_id], (size.width, size.height), interpolation=cv2.INTER_LINEAR)
        refined = follow_edges(np.asarray(plane, np.float32), guide, reach_px=reach_px)
        is_better = refined > best
        best[is_better] = refined[is_better]
        class_ids[is_better] = from_network[network_id]
    return class_ids


def _frame_shares(rgb: Rgb8, network: FeatureNetwork) -> npt.NDArray[np.float32]:
    """Return (C, h, w) float32: how likely each class is at every pixel of the network's frame."""
    height, width = rgb.shape[:2]
    rows = min(FRAME_ROWS, height)
    columns = min(MAX_FRAME_COLUMNS, max(1, round(width * rows / height)))
    small = np.asarray(cv2.resize(rgb, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
    with torch.inference_mode():
        logits = network(torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255)[0]
        return logits.softmax(0).numpy()
