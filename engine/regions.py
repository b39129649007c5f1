"""Regions of a layout: one component, or one instance, of a class. One function for bank, training and app."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt
import xxhash

from engine.classes import ClassTable
from engine.geometry import Bounds, Size
from engine.layout import ClassIds, InstanceIds, Layout, frozen

MIN_REGION_SHARE = 50 / (480 * 360)
"""Share of the picture (0.0003: 50 pixels of 480x360) below which a component is no region: f invents it."""

MAX_KNOWN = 6
"""Results kept with a region; the oldest is forgotten, as while its spill is drawn through many values."""

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
    known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)
    """What was computed of it; see `known_of_region`."""

    @property
    def nbytes(self) -> int:
        """Memory its pixels take."""
        return self.mask.nbytes

    @cached_property
    def digest(self) -> str:
        """32 hex digits that name its pixels, their place and their class."""
        box = self.bounds
        numbers = (self.class_id, self.instance_id, box.left, box.top, box.right, box.bottom)
        hasher = xxhash.xxh3_128(np.array(numbers, "<i4").tobytes())
        hasher.update(np.ascontiguousarray(self.mask).data)
        return hasher.hexdigest()

    def full_mask(self, size: Size) -> Mask:
        """Return the mask in a picture of the layout's size, (H, W) bool."""
        full = np.zeros((size.height, size.width), np.bool_)
        full[self.bounds.slices] = self.mask
        return full

    def holds(self, x: int, y: int) -> bool:
        """Return whether a pixel of the layout belongs to it."""
        column, row = x - self.bounds.left, y - self.bounds.top
        return 0 <= column < self.bounds.width and 0 <= row < self.bounds.height and bool(self.mask[row, column])


_Arguments = ParamSpec("_Arguments")
_Value = TypeVar("_Value")


def known_of_region(
    function: Callable[Concatenate[Region, _Arguments], _Value],
) -> Callable[Concatenate[Region, _Arguments], _Value]:
    """Keep with a region what a function of it returns, so that a region that stays as it is costs a look-up.

    What is returned must not be changed, and the other arguments must be hashable.
    """

    @wraps(function)
    def looked_up(region: Region, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Value:
        key = (function, args, *kwargs.items())
        if key not in region.known:
            while len(region.known) >= MAX_KNOWN:
                del region.known[next(iter(region.known))]
            region.known[key] = function(region, *args, **kwargs)
        return cast("_Value", region.known[key])

    return looked_up


def find_regions(
    layout: Layout,
    table: ClassTable,
    *,
    min_share: float = MIN_REGION_SHARE,
    classes: Collection[int] | None = None,
) -> tuple[Region, ...]:
    """Find the regions of a layout, ordered by class id, then instance, then first pixel in reading order.

    An instance id above 0 names all its pixels, even when parted; the rest of a class falls into 8-connected
    components. Classes flagged ``thin`` (a pole in front of a building) do not part what lies behind them: they
    are bridged before components are sought, and what is mostly bridge is dropped.

    Args:
        layout: the layout.
        table: says which ids are classes and which are thin; pixels of other ids belong to no region.
        min_share: smallest share of the picture's pixels a region may have.
        classes: ids of the only classes whose regions are wanted; None for all.
    """
    class_ids = layout.class_ids
    min_area_px = min_region_area_px(layout, min_share=min_share)
    bridge = _bridge(class_ids, table)
    instance_ids = layout.instance_ids if layout.instance_ids.any() else None
    counts_px = np.asarray(cv2.calcHist([class_ids], [0], None, [256], [0, 256])).ravel()  # exact below 2**24 pixels
    regions: list[Region] = []
    for class_id in range(len(table)) if classes is None else sorted(classes):
        if counts_px[class_id] < min_area_px:
            continue
        bounds = _bounds_of(class_ids == class_id)
        window = bounds.expanded(1).clipped(layout.size)
        regions += _regions_of_class(
            class_id,
            class_ids[window.slices],
            None if instance_ids is None else instance_ids[window.slices],
            None if table[class_id].thin else bridge[window.slices],
            window,
            min_area_px,
        )
    return tuple(regions)


def min_region_area_px(layout: Layout, *, min_share: float = MIN_REGION_SHARE) -> int:
    """Return how many pixels a region of a layout has at least."""
    return max(1, int(np.ceil(min_share * layout.class_ids.size - 1e-9)))


def find_region_at(layout: Layout, table: ClassTable, x: int, y: int) -> Region | None:
    """Return the region under a pixel, as `find_regions` would find it, however small; None where it is void.

    A component that `find_regions` drops because it is mostly bridge is given without what is beyond the bridge.

    Args:
        layout: the layout.
        table: as for `find_regions`.
        x: column of the pixel, inside the layout.
        y: row of the pixel.
    """
    class_id, instance_id = int(layout.class_ids[y, x]), int(layout.instance_ids[y, x])
    if class_id >= len(table):
        return None
    window = _bounds_of(layout.class_ids == class_id).expanded(1).clipped(layout.size)
    ids, column, row = layout.class_ids[window.slices], x - window.left, y - window.top
    own = (ids == class_id) & (layout.instance_ids[window.slices] == instance_id)
    if instance_id > 0:
        return _region(class_id, instance_id, own, window, int(np.count_nonzero(own)))
    if not table[class_id].thin:
        joint = _component_at(own | _bridge(ids, table), column, row)
        mask = joint & own
        area_px = int(np.count_nonzero(mask))
        if 2 * area_px >= np.count_nonzero(joint[_bounds_of(mask).slices]):
            return _region(class_id, 0, mask, window, area_px)
    mask = _component_at(own, column, row)
    return _region(class_id, 0, mask, window, int(np.count_nonzero(mask)))


def _component_at(mask: Mask, x: int, y: int) -> Mask:
    marked = mask.astype(np.uint8)
    cv2.floodFill(marked, None, (x, y), 2, flags=8)
    return marked == 2


def _bridge(class_ids: ClassIds, table: ClassTable) -> Mask:
    thin_lookup = np.zeros(256, np.uint8)
    for info in table:
        thin_lookup[info.id] = info.thin
    return np.asarray(cv2.LUT(class_ids, thin_lookup), np.uint8).view(np.bool_)


def _regions_of_class(
    class_id: int, ids: ClassIds, instances: InstanceIds | None, bridge: Mask | None, window: Bounds, min_area_px: int
) -> list[Region]:
    mask = ids == class_id
    if instances is None:
        return _components(class_id, mask, bridge, window, min_area_px)
    regions = []
    for instance_id in np.unique(instances[mask]).tolist():
        own = mask & (instances == instance_id)
        if instance_id > 0:
            if (area_px := int(np.count_nonzero(own))) >= min_area_px:
                regions.append(_region(class_id, instance_id, own, window, area_px))
            continue
        regions += _components(class_id, own, bridge, window, min_area_px)
    return regions


def _components(class_id: int, own: Mask, bridge: Mask | None, window: Bounds, min_area_px: int) -> list[Region]:
    is_bridged = bridge is not None and bool(bridge.any())
    joined = own | bridge if bridge is not None and is_bridged else own
    count, components, stats, _ = cv2.connectedComponentsWithStats(joined.view(np.uint8), connectivity=8)
    areas_px = np.bincount(components[own], minlength=count) if is_bridged else stats[:, cv2.CC_STAT_AREA]
    regions: list[Region] = []
    for label in range(1, count):
        area_px = int(areas_px[label])
        if area_px < min_area_px:
            continue
        left, top, width, height = (int(v) for v in stats[label, :4])
        box = Bounds(left, top, left + width, top + height)
        inside = Bounds(window.left + left, window.top + top, window.left + box.right, window.top + box.bottom)
        joint = components[box.slices] == label
        region = _region(class_id, 0, joint & own[box.slices] if is_bridged else joint, inside, area_px)
        # Counted inside the region's own bounds: how far a pole goes on elsewhere must not decide.
        own_box = region.bounds.shifted(-inside.left, -inside.top)
        if is_bridged and 2 * area_px < np.count_nonzero(joint[own_box.slices]):
            continue
        regions.append(region)
    return regions


def _region(class_id: int, instance_id: int, mask: Mask, window: Bounds, area_px: int) -> Region:
    box = _bounds_of(mask)
    return Region(class_id, instance_id, box.shifted(window.left, window.top), frozen(mask[box.slices].copy()), area_px)


def _bounds_of(mask: Mask) -> Bounds:
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return Bounds(left, top, left + width, top + height)
