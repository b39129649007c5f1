"""How well photographs fit regions, and how much of the layout each covers."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from engine.document.snapshot import Quality
from engine.pipeline.fit import poor_fit_below
from engine.pipeline.results import RegionResult, Result

_shares: WeakKeyDictionary[Result, dict[int, float]] = WeakKeyDictionary()


def area_share(result: Result, region: RegionResult) -> float:
    """Return the share of the picture that a region of a result covers; a PREVIEW's regions are of a smaller layout."""
    if result.stamp.quality is Quality.FINAL:
        return region.area_px / result.region_ids.size
    shares = _shares.get(result)
    if shares is None:
        counts = np.bincount(result.region_ids.ravel() + 1)
        shares = {int(i) - 1: float(counts[i]) / result.region_ids.size for i in np.flatnonzero(counts) if i > 0}
        _shares[result] = shares
    return shares.get(region.record_id, 0.0)


def is_poor_fit(result: Result, region: RegionResult) -> bool:
    """Return whether the banks serve a region poorly; one the painter has decided about is no longer asked."""
    if result.parametric or region.chosen_by == "painter" or not result.bank_digests:
        return False
    share = area_share(result, region)
    return share > 0 and region.fit < poor_fit_below(share)


def poor_record_ids(result: Result) -> frozenset[int]:
    """Return the records of the regions that the banks serve poorly."""
    return frozenset(region.record_id for region in result.regions if is_poor_fit(result, region))
