"""How well the bank serves a region: what counts as a poor fit."""

from __future__ import annotations

import numpy as np

_SHARES = (0.0006, 0.002, 0.009, 0.045, 0.3)
_TENTH = (0.03, 0.10, 0.23, 0.42, 0.72)
_BY_HAND = 0.5
_LEAST_SHARE = 0.001


def poor_fit_below(area_share: float) -> float:
    """Return the score, in [0, 2], below which a region is poorly served; it rises with the region's size.

    Calibrated on photographs held out from the bank: the best score of every region of CamVid's validation drive among
    the segments of its training drives (1,036 regions), and of rendered landscapes with their own scene left out (543).
    Of these it takes the tenth percentile of five classes of size, on which the two sets agree within 0.07,
    interpolated over the logarithm of the share; and half of it, for outlines painted by hand are simpler than those of
    photographs: of five painted streets (56 regions) four regions in ten score below the percentile itself, and one in
    seven below its half. Specks left between two strokes are never poorly served.

    Args:
        area_share: share of the picture the region covers.
    """
    if area_share < _LEAST_SHARE:
        return 0.0
    return _BY_HAND * float(np.interp(np.log(area_share), np.log(_SHARES), _TENTH))
