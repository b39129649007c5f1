"""Labels as a person would paint them: exact ones closed and simplified into few, large, soft regions.

A tree that stands out is one region with its leaves, many trees are forest; clouds are a few masses; the far land
is one thing or another at the scale of a brush; a path is whole; what is too small joins its neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.landscapes.labels import ID, TABLE
from engine.data.landscapes.noise import Floats
from engine.layout import ClassIds, InstanceIds, Layout
from engine.regions import find_regions

MIN_SHARE = 0.003
"""Stuff below this share of the picture joins its neighbour."""
MAX_REGIONS = 20
_SHARE_STEPS = (MIN_SHARE, 0.005, 0.008, 0.012, 0.018)
_FAR_M = 500.0
# smallest share of the picture at which a thing keeps its own region
_THING_SHARES = {"tree": 0.006, "bush": 0.004, "rock": 0.004, "building": 0.0015}
# what smaller things become; None: what lies around them
_CROWDS = {"tree": "forest", "bush": None, "rock": None, "building": "building"}
_MOST_THINGS = 8

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Object:
    """A thing that keeps its region: its class, filled mask (H, W) and distance."""

    class_id: int
    mask: Mask
    depth_m: float


def simplify_layout(class_ids: ClassIds, instance_ids: InstanceIds, depth_m: Floats | None = None) -> Layout:
    """Return a layout of few, large, soft regions.

    Args:
        class_ids: (H, W) exact ids of the landscape table.
        instance_ids: (H, W) exact ids of things, 0 elsewhere.
        depth_m: (H, W) metres, or None: then things are taken to stand the nearer the lower they reach.

    Returns:
        A layout of the same size; things that kept their region are numbered from 1.

    Raises:
        ValueError: if the arrays differ in shape or type, or are of a size no layout has.
    """
    exact = Layout(class_ids.copy(), instance_ids.copy())
    class_ids, instance_ids = exact.class_ids, exact.instance_ids
    if depth_m is not None and depth_m.shape != class_ids.shape:
        raise ValueError("depth and class ids are two (H, W) arrays of one shape")
    objects = _find_objects(class_ids, instance_ids, depth_m)
    stuff = _without_things(class_ids, instance_ids)
    far = np.zeros(class_ids.shape, np.bool_) if depth_m is None else (depth_m > _FAR_M)
    stuff = _smooth(stuff, far)
    fences = _closed(class_ids == ID["fence"], 0.02)
    layout = _compose(_merge_small(stuff, _SHARE_STEPS[0]), fences, objects)
    for share in _SHARE_STEPS[1:]:
        if len(find_regions(layout, TABLE)) <= MAX_REGIONS:
            break
        layout = _compose(_merge_small(stuff, share), fences, objects)
    return layout


def _find_objects(class_ids: ClassIds, instance_ids: InstanceIds, depth_m: Floats | None) -> list[_Object]:
    """Return the things large enough for a region of their own, the largest few, far to near."""
    found: list[tuple[int, _Object]] = []
    areas = np.bincount(instance_ids.ravel())
    for key, share in _THING_SHARES.items():
        is_class = class_ids == ID[key]
        for instance in np.unique(instance_ids[is_class]).tolist():
            if instance == 0 or areas[instance] < share * class_ids.size * 0.6:
                continue
            raw = is_class & (instance_ids == instance)
            mask = _filled(_closed(raw, 0.025 if key == "tree" else 0.015))
            if key == "bush":  # without the twigs that stick out
                mask = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _disc(mask, 0.02)) > 0
            mask = _largest_part(mask)
            area_px = int(mask.sum())
            if area_px < share * class_ids.size:
                continue
            lowest = float(np.flatnonzero(mask.any(1))[-1])
            distance = -lowest if depth_m is None else float(np.median(depth_m[raw]))
            found.append((area_px, _Object(ID[key], mask, distance)))
    found.sort(key=lambda pair: -pair[0])
    return sorted((thing for _, thing in found[:_MOST_THINGS]), key=lambda thing: -thing.depth_m)


def _without_things(class_ids: ClassIds, instance_ids: InstanceIds) -> ClassIds:
    """Return ids where things are replaced: crowds of trees by forest, the rest by what lies around them."""
    stuff, hidden = class_ids.copy(), np.zeros(class_ids.shape, np.bool_)
    for key, crowd in _CROWDS.items():
        mask = class_ids == ID[key]
        if key == "rock":
            mask &= instance_ids > 0  # bare rock of the ground stays
        if crowd is None:
            hidden |= mask
            continue
        closed = _closed(mask, 0.03 if key == "tree" else 0.02)
        if key == "tree":
            # a lone tree is painted as an object or not at all; where many stand, there is forest
            closed = cv2.morphologyEx(closed.astype(np.uint8), cv2.MORPH_OPEN, _disc(class_ids, 0.012)) > 0
            closed &= ~np.isin(class_ids, [ID["building"], ID["road"], ID["water"]]) | mask
        stuff[closed] = ID[crowd]
        hidden |= mask & ~closed
    hidden |= class_ids == ID["fence"]
    hidden |= (class_ids == ID["flowers"]) & (_soft(class_ids == ID["flowers"], 0.04) < 0.25)
    return _fill_from_neighbours(stuff, hidden)


def _smooth(stuff: ClassIds, far: Mask) -> ClassIds:
    """Return ids smoothed by two brushes, a broad one far away and in the sky, a finer one close by."""
    sky = np.isin(stuff, [ID["sky"], ID["cloud"]])
    fine, broad = _mode(stuff, 0.014), _mode(stuff, 0.034)
    clouds = _soft(stuff == ID["cloud"], 0.04) > 0.42 * np.maximum(_soft(sky, 0.04), 0.05)
    ground = np.where(_soft(far | sky, 0.02) > 0.5, broad, fine)
    ground = np.where(fine == ID["building"], ID["building"], ground)
    road = _closed(stuff == ID["road"], 0.02)
    ground = np.where(road & ~np.isin(ground, [ID["building"], ID["sky"]]), ID["road"], ground)
    is_sky = _soft(sky, 0.008) > 0.5
    # the skyline stays where it is: neither brush may move it
    land = _fill_from_neighbours(ground.astype(np.uint8), np.isin(ground, [ID["sky"], ID["cloud"]]))
    return np.where(is_sky, np.where(clouds, ID["cloud"], ID["sky"]), land).astype(np.uint8)


def _mode(ids: ClassIds, radius: float) -> ClassIds:
    """Return the class that weighs most around every pixel; radius in picture heights."""
    present = np.unique(ids)
    weights = np.stack([_soft(ids == class_id, radius) for class_id in present])
    return present[weights.argmax(0)].astype(np.uint8)


def _merge_small(stuff: ClassIds, share: float) -> ClassIds:
    """Return ids where every component below a share of the picture has joined the neighbour it touches most.

    Land joins the sky only where that surrounds most of it, and the other way round.
    """
    ids = stuff.copy()
    least_px = share * ids.size
    for _ in range(400):
        components, class_of = _label(ids)
        areas = np.bincount(components.ravel(), minlength=len(class_of))
        own_least = np.where(class_of == ID["building"], least_px * 0.4, least_px)
        own_least = np.where(class_of == ID["road"], least_px * 0.5, own_least)
        small = np.flatnonzero(areas < own_least)
        if len(small) == 0 or len(class_of) == 1:
            break
        borders = _borders(components, len(class_of))
        moved: set[int] = set()
        for component in small[np.argsort(areas[small], kind="stable")].tolist():
            neighbours = np.flatnonzero(borders[component])
            if component in moved or moved & set(neighbours.tolist()):
                continue  # a neighbour has just changed: next round
            alike = neighbours[_is_sky(class_of[neighbours]) == _is_sky(class_of[component])]
            # a crown that stands against the sky joins it, not the land below
            is_alike = borders[component, alike].sum() >= 0.4 * borders[component].sum()
            choices = alike if is_alike and len(alike) else neighbours
            target = int(choices[np.argmax(borders[component, choices])])
            ids[components == component] = class_of[target]
            moved.add(component)
    return ids


def _label(ids: ClassIds) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return 8-connected components of all classes, numbered from 0, and the class of each."""
    components, class_of = np.zeros(ids.shape, np.int32), list[int]()
    for class_id in np.unique(ids).tolist():
        count, own = cv2.connectedComponents((ids == class_id).astype(np.uint8), connectivity=8)
        inside = own > 0
        components[inside] = own[inside] - 1 + len(class_of)
        class_of += [class_id] * (count - 1)
    return components, np.array(class_of, np.int64)


def _borders(components: npt.NDArray[np.int32], count: int) -> npt.NDArray[np.int64]:
    """Return (n, n) lengths of the common borders, in pixels."""
    borders = np.zeros((count, count), np.int64)
    for a, b in ((components[1:], components[:-1]), (components[:, 1:], components[:, :-1])):
        differs = a != b
        np.add.at(borders, (a[differs], b[differs]), 1)
    return borders + borders.T


def _compose(stuff: ClassIds, fences: Mask, objects: list[_Object]) -> Layout:
    """Return the layout of stuff with things painted over it, far to near."""
    class_ids, instance_ids = stuff.copy(), np.zeros(stuff.shape, np.uint16)
    if fences.mean() > MIN_SHARE / 2:
        class_ids[fences] = ID["fence"]
    for number, thing in enumerate(objects):
        class_ids[thing.mask] = thing.class_id
        instance_ids[thing.mask] = number + 1
    _join_slivers(class_ids, instance_ids, round(MIN_SHARE * class_ids.size))
    return Layout(class_ids, instance_ids)


def _join_slivers(class_ids: ClassIds, instance_ids: InstanceIds, least_px: int) -> None:
    """Give what things have cut off, and is too small, to what touches it most; in place."""
    is_stuff = instance_ids == 0
    for class_id in np.unique(class_ids[is_stuff]).tolist():
        if TABLE[class_id].kind == "thing":
            continue
        own = ((class_ids == class_id) & is_stuff).astype(np.uint8)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(own, connectivity=8)
        for part in range(1, count):
            if stats[part, cv2.CC_STAT_AREA] >= least_px:
                continue
            mask = parts == part
            ring = (cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~mask
            if not ring.any():
                continue
            touched, lengths = np.unique(
                class_ids[ring].astype(np.int64) << 16 | instance_ids[ring], return_counts=True
            )
            code = int(touched[np.argmax(lengths)])
            class_ids[mask], instance_ids[mask] = code >> 16, code & 0xFFFF


def _fill_from_neighbours(ids: ClassIds, hidden: Mask) -> ClassIds:
    """Return ids where hidden pixels take the id of the nearest pixel that is not."""
    if not hidden.any() or hidden.all():
        return ids
    _, labels = cv2.distanceTransformWithLabels(hidden.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    nearest = np.asarray(labels, np.int32)
    id_of = np.zeros(int(nearest.max()) + 1, np.uint8)
    id_of[nearest[~hidden]] = ids[~hidden]
    return id_of[nearest]


def _disc(like: npt.NDArray[Any], radius: float) -> npt.NDArray[np.uint8]:
    """Return a disc; radius in picture heights, at least a pixel."""
    side = 2 * max(1, round(radius * like.shape[0])) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _closed(mask: Mask, radius: float) -> Mask:
    """Return a mask without gaps narrower than twice the radius, its outline smooth."""
    border = 2 * max(1, round(radius * mask.shape[0])) + 1
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), border, border, border, border, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, _disc(mask, radius))[border:-border, border:-border]
    return (_soft(closed > 0, radius * 0.4) > 0.5) | (mask & (_soft(mask, radius * 0.4) > 0.5))


def _filled(mask: Mask) -> Mask:
    """Return a mask without holes; what the picture's edge encloses is no hole."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros(mask.shape, np.uint8), outlines, -1, 1, cv2.FILLED) > 0


def _largest_part(mask: Mask) -> Mask:
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count <= 2:
        return mask
    return parts == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))


def _soft(mask: Mask, radius: float) -> Floats:
    """Return a mask blurred by a Gaussian; radius in picture heights."""
    sigma = max(0.5, radius * mask.shape[0])
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def _is_sky(class_ids: Any) -> Any:
    return np.isin(class_ids, [ID["sky"], ID["cloud"]])
