"""Regions of a layout: one component, or one instance, of a class. One function for bank, training and app."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.classes import VOID, ClassTable
from engine.geometry import Bounds, Size
from engine.layout import ClassIds, InstanceIds, Layout, frozen

MIN_REGION_SHARE = 50 / (480 * 360)
"""Share of the picture (0.0003: 50 pixels of 480x360) below which a component is no region: f invents it."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Region:
    """One region of a layout.

    Attributes:
        class_id: id in the layout's class table.
        instance_id: 0, or the instance whose pixels these are.
        bounds: smallest bounds that hold it.
        mask: (bounds.height, bounds.width) bool, frozen.
        area_px: number of its pixels.
    """

    class_id: int
    instance_id: int
    bounds: Bounds
    mask: Mask
    area_px: int

    def full_mask(self, size: Size) -> Mask:
        """Return the mask in a picture of the layout's size, (H, W) bool."""
        full = np.zeros((size.height, size.width), np.bool_)
        full[self.bounds.slices] = self.mask
        return full


def find_regions(layout: Layout, table: ClassTable, *, min_share: float = MIN_REGION_SHARE) -> tuple[Region, ...]:
    """Find the regions of a layout, ordered by class id, then instance, then first pixel in reading order.

    An instance id above 0 names all its pixels, even when parted; the rest of a class falls into 8-connected
    components. Classes flagged ``thin`` (a pole in front of a building) do not part what lies behind them: they
    are bridged before components are sought, and what is mostly bridge is dropped.

    Args:
        layout: the layout.
        table: says which ids are classes and which are thin; pixels of other ids belong to no region.
        min_share: smallest share of the picture's pixels a region may have.
    """
    class_ids, instance_ids = layout.class_ids, layout.instance_ids
    min_area_px = max(1, int(np.ceil(min_share * class_ids.size - 1e-9)))
    thin_lookup = np.zeros(256, np.bool_)
    for info in table:
        thin_lookup[info.id] = info.thin
    bridge = thin_lookup[class_ids]
    regions: list[Region] = []
    for class_id in np.unique(class_ids).tolist():
        if class_id == VOID or class_id >= len(table):
            continue
        bounds = _bounds_of(class_ids == class_id)
        window = bounds.expanded(1).clipped(layout.size)
        regions += _regions_of_class(
            class_id,
            class_ids[window.slices],
            instance_ids[window.slices],
            None if table[class_id].thin else bridge[window.slices],
            window,
            min_area_px,
        )
    return tuple(regions)


def _regions_of_class(
    class_id: int, ids: ClassIds, instances: InstanceIds, bridge: Mask | None, window: Bounds, min_area_px: int
) -> list[Region]:
    mask = ids == class_id
    regions = []
    for instance_id in np.unique(instances[mask]).tolist():
        own = mask & (instances == instance_id)
        if instance_id > 0:
            if (area_px := int(own.sum())) >= min_area_px:
                regions.append(_region(class_id, instance_id, own, window, area_px))
            continue
        regions += _components(class_id, own, bridge, window, min_area_px)
    return regions


def _components(class_id: int, own: Mask, bridge: Mask | None, window: Bounds, min_area_px: int) -> list[Region]:
    is_bridged = bridge is not None and bool(bridge.any())
    joined = own | bridge if bridge is not None and is_bridged else own
    count, components, stats, _ = cv2.connectedComponentsWithStats(joined.astype(np.uint8), connectivity=8)
    labels = np.where(own, components, 0) if is_bridged else components
    areas_px = np.bincount(labels.ravel(), minlength=count)
    regions: list[Region] = []
    for label in range(1, count):
        area_px = int(areas_px[label])
        if area_px < min_area_px:
            continue
        left, top, width, height = (int(v) for v in stats[label, :4])
        box = Bounds(left, top, left + width, top + height)
        inside = Bounds(window.left + left, window.top + top, window.left + box.right, window.top + box.bottom)
        region = _region(class_id, 0, labels[box.slices] == label, inside, area_px)
        # Counted inside the region's own bounds: how far a pole goes on elsewhere must not decide.
        own_box = region.bounds.shifted(-window.left, -window.top)
        if is_bridged and 2 * area_px < np.count_nonzero(components[own_box.slices] == label):
            continue
        regions.append(region)
    return regions


def _region(class_id: int, instance_id: int, mask: Mask, window: Bounds, area_px: int) -> Region:
    box = _bounds_of(mask)
    bounds = Bounds(window.left + box.left, window.top + box.top, window.left + box.right, window.top + box.bottom)
    return Region(class_id, instance_id, bounds, frozen(mask[box.slices].copy()), area_px)


def _bounds_of(mask: Mask) -> Bounds:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return Bounds(0, 0, 0, 0)
    return Bounds(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
