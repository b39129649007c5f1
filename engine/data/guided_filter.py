"""Bringing a coarse map to a photograph's edges (He, Sun and Tang 2010)."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.sample import Rgb8

EDGE_TOLERANCE = 1e-3
Plane = npt.NDArray[np.float32]


def grey_of(rgb: Rgb8) -> Plane:
    """Return the (H, W) float32 lightness of (H, W, 3) uint8 sRGB, in [0, 1]."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32) / np.float32(255)


def follow_edges(plane: Plane, guide: Plane, *, reach_px: int) -> Plane:
    """Return a map as a locally linear function of a guide, so that it changes where the guide does.

    Args:
        plane: (H, W) float32.
        guide: (H, W) float32 in [0, 1].
        reach_px: half a side of the windows.
    """
    window = (2 * reach_px + 1, 2 * reach_px + 1)

    def mean(values: npt.NDArray[np.floating]) -> Plane:
        return np.asarray(cv2.blur(values, window), np.float32)

    mean_guide, mean_plane = mean(guide), mean(plane)
    spread = mean(guide * guide) - mean_guide * mean_guide
    slope = (mean(guide * plane) - mean_guide * mean_plane) / (spread + np.float32(EDGE_TOLERANCE))
    offset = mean_plane - slope * mean_guide
    return mean(slope) * guide + mean(offset)
