"""What the order of two adjacent regions really is: from depth where there is one, else by the contact-point rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from engine.classes import ClassTable
from engine.pipeline.contacts import Contact, Scene, local_bottom, pair_columns
from engine.regions import Region

TruthSource = Literal["depth", "contact-point rule"]
BAND = 0.03
MIN_BAND_PX = 4
MIN_DEPTH_RATIO = 1.05
MIN_FOOT_DIFFERENCE = 0.015


def depth_order(scene: Scene, contact: Contact, depth_m: npt.NDArray[np.float32]) -> bool | None:
    """Say whether the first region is in front, by the median depths of both where their dilated edges meet.

    Args:
        scene: the scene.
        contact: the pair.
        depth_m: (h, w) float32 metres at the scene's size, 0 where unknown.

    Returns:
        None where too little depth is known, or the medians differ by less than 5 %.
    """
    radius_px = max(1, round(BAND * scene.size.height))
    window = contact.bounds.expanded(2 * radius_px).clipped(scene.size)
    ids, depth = scene.region_ids[window.slices], depth_m[window.slices]
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
    near_first, near_second = (
        cv2.dilate((ids == region).astype(np.uint8), kernel) > 0 for region in (contact.first, contact.second)
    )
    band = near_first & near_second & (depth > 0)
    first, second = depth[band & (ids == contact.first)], depth[band & (ids == contact.second)]
    if min(len(first), len(second)) < MIN_BAND_PX:
        return None
    a, b = float(np.median(first)), float(np.median(second))
    return None if max(a, b) < MIN_DEPTH_RATIO * min(a, b) else a < b


def contact_point_order(scene: Scene, contact: Contact, regions: Sequence[Region], table: ClassTable) -> bool | None:
    """Say whether the first region is in front, by the contact-point rule: for photographs without depth.

    In this order: the sky lies behind everything. Ground lies behind whatever is no ground. Thin classes (poles,
    signs) lie in front of what is not a thing. Otherwise the region whose foot (lowest pixel, within the columns
    where both meet) is lower in the picture stands nearer.

    Returns:
        None where the rule says nothing: two grounds, two thin regions, a thin region and a thing, or feet of nearly
        one height.
    """
    a, b = (table[regions[i].class_id] for i in (contact.first, contact.second))
    if (a.key == "sky") != (b.key == "sky"):
        return b.key == "sky"
    if a.ground != b.ground:
        return b.ground
    if a.ground or (a.thin and b.thin):
        return None
    if a.thin != b.thin:
        thin, other = (a, b) if a.thin else (b, a)
        return None if other.kind == "thing" else thin is a
    columns = pair_columns(scene, contact.bounds)
    difference = local_bottom(scene, contact.first, columns) - local_bottom(scene, contact.second, columns)
    return None if abs(difference) < MIN_FOOT_DIFFERENCE * scene.size.height else difference > 0


def fixed_class_order(contact: Contact, regions: Sequence[Region], table: ClassTable) -> bool:
    """Say whether the first region is in front by class alone; of one class, the one that reaches lower is."""
    a, b = regions[contact.first], regions[contact.second]
    order = table[a.class_id].depth_order - table[b.class_id].depth_order
    return order > 0 if order else a.bounds.bottom > b.bounds.bottom
