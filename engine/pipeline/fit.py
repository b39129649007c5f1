"""How well the bank serves a region: what counts as a poor fit."""

from __future__ import annotations

import numpy as np

_SHARES = (0.0006, 0.002, 0.009, 0.045, 0.3)
_POOR = (0.03, 0.10, 0.23, 0.42, 0.72)


def poor_fit_below(area_share: float) -> float:
    """Return the score, in [0, 2], below which a region is poorly served; it rises with the region's size.

    Calibrated on photographs held out from the bank: the best score of every region of CamVid's validation drive among
    the segments of its training drives (1,036 regions), and of rendered landscapes with their own scene left out (543).
    One region in ten of such photographs scores lower: the tenth percentile of five classes of size, on which the two
    sets agree within 0.07, interpolated over the logarithm of the share.

    Args:
        area_share: share of the picture the region covers.
    """
    return float(np.interp(np.log(max(area_share, 1e-9)), np.log(_SHARES), _POOR))
