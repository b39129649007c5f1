"""The canvas: aligned segments pasted back to front, with boundaries elided. Numpy and integers on the CPU.

Training and app call this same function with the same widths, in units of the picture's height.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from engine.classes import ClassTable
from engine.document.snapshot import SegmentCrop
from engine.geometry import Bounds, Size, Theta, pixel_affine
from engine.layout import frozen
from engine.regions import Region, known_of_region

CANVAS_VERSION = 1
"""Raised with every change of what a canvas looks like; weights trained on another version are refused."""

MISSING, ELIDED, PHOTO = 0, 1, 2
"""The three states of presence."""

SEAM_ELISION = 0.005
"""Width of the band always dropped behind a contact, in picture heights; half as much again is dropped at random."""
CONTACT_ELISION = 0.014
"""Width of the band dropped on the ground around objects, in picture heights, for contact shadows."""
BAND_ROWS = 256
"""Rows of a canvas whose elision is found at once."""
HASH_ROWS = 256
"""Cells a picture height of the hash that draws elision, so that a draw does not depend on the resolution."""

Rgb8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PlacedSegment:
    """A segment on its region.

    Attributes:
        region_index: index into the regions of the layout.
        crop: the segment's pixels, after harmonising.
        theta: alignment, region to segment frame.
        spill: how far its outline may leave the region, in picture heights.
        within: (H, W) bool of the canvas's size, the only pixels it may cover, or None for all: a reveal.
        continued: whether its colours go on outside its mask (`fill_segment`): then it covers its whole region.
    """

    region_index: int
    crop: SegmentCrop
    theta: Theta
    spill: float
    within: Mask | None = None
    continued: bool = False


@dataclass(frozen=True, eq=False)
class Warped:
    """A segment in a window of the document; arrays of the window's size, not to be changed.

    Attributes:
        rgb: (h, w, 3) uint8 sRGB.
        mask: (h, w) bool, where it lies.
        shade: (h, w) bool, pixels of it that are likely shaded.
    """

    rgb: Rgb8
    mask: Mask
    shade: Mask

    @property
    def nbytes(self) -> int:
        """Memory it takes."""
        return self.rgb.nbytes + self.mask.nbytes + self.shade.nbytes


@dataclass(frozen=True, eq=False)
class Canvas:
    """A composed canvas; arrays frozen.

    Attributes:
        rgb: (H, W, 3) uint8 sRGB, black where nothing is present.
        presence: (H, W) uint8, MISSING, ELIDED or PHOTO.
        segment_index: (H, W) uint16, 1 + index into the placed segments, 0 where no photograph shows.
    """

    rgb: Rgb8
    presence: npt.NDArray[np.uint8]
    segment_index: npt.NDArray[np.uint16]

    @classmethod
    def empty(cls, size: Size) -> Canvas:
        """Return the canvas of an empty bank: everything is missing."""
        shape = (size.height, size.width)
        return cls(
            frozen(np.zeros((*shape, 3), np.uint8)),
            frozen(np.zeros(shape, np.uint8)),
            frozen(np.zeros(shape, np.uint16)),
        )


def compose_canvas(
    region_index: npt.NDArray[np.int32],
    regions: Sequence[Region],
    placed: Sequence[PlacedSegment],
    depth_ranks: Sequence[int],
    table: ClassTable,
    *,
    seed: int,
    elides: bool = True,
    warp: Callable[[SegmentCrop, Theta, Bounds, Size], Warped] | None = None,
    check: Callable[[], None] = lambda: None,
) -> Canvas:
    """Paste segments back to front and elide boundaries on the rear side of every contact.

    A footprint is the aligned mask inside the region dilated by the segment's spill; outside the region it covers
    only regions that lie farther back. Every step looks at most ``max(spill, CONTACT_ELISION)`` far, so that an
    edit changes the canvas only near it. After Qi et al. 2018, section 4.

    Args:
        region_index: (H, W) int32, index of the region each pixel belongs to, -1 for none.
        regions: the regions, bounds in pixels of ``region_index``.
        placed: the segments; regions without one stay missing. Of several of one region the later lies in front.
        depth_ranks: rank of every region, 0 is farthest; no two are equal.
        table: class table of the regions.
        seed: the document's seed, for the elision draw.
        elides: whether boundaries and shadows are elided; without only to measure what that is worth.
        warp: `warp_crop`; a caller may keep what it returns.
        check: called before every segment and every band of rows; raises where the run is no longer wanted.

    Returns:
        The canvas, of the size of ``region_index``; ``placed`` in the order given is what its index refers to.

    Raises:
        ValueError: if ranks and regions differ in number or two ranks are equal.
    """
    if len(depth_ranks) != len(regions) or len(set(depth_ranks)) != len(depth_ranks):
        raise ValueError("every region has one depth rank of its own")
    height, width = region_index.shape
    size = Size(width, height)
    rgb = np.zeros((height, width, 3), np.uint8)
    owner = np.zeros((height, width), np.uint16)  # 0 missing, else 1 + how many were pasted before
    index = np.zeros((height, width), np.uint16)
    shaded = np.zeros((height, width), np.bool_)
    ranks = np.append(np.asarray(depth_ranks, np.int32), np.iinfo(np.int32).max)  # -1 looks up the last: in front
    back_to_front = sorted(range(len(placed)), key=lambda i: depth_ranks[placed[i].region_index])
    for order, place in enumerate(back_to_front):
        check()
        segment = placed[place]
        window, reach_px = spill_window(regions[segment.region_index].bounds, segment.spill, size)
        local = region_index[window.slices]
        warped = (warp or warp_crop)(segment.crop, segment.theta, window, size)
        region = regions[segment.region_index]
        allowed = allowed_pixels(local, segment.region_index, ranks, within_reach(region, window, reach_px))
        footprint = warped.mask & allowed
        if segment.continued:
            footprint |= local == segment.region_index
        if segment.within is not None:
            footprint &= segment.within[window.slices]
        np.copyto(rgb[window.slices], warped.rgb, where=footprint[..., None])
        np.copyto(owner[window.slices], order + 1, where=footprint)
        np.copyto(index[window.slices], place + 1, where=footprint)
        np.copyto(shaded[window.slices], warped.shade, where=footprint)
    presence = np.where(owner > 0, np.uint8(PHOTO), np.uint8(MISSING))
    if elides:
        infos = [table[regions[placed[place].region_index].class_id] for place in back_to_front]
        things = np.array([False, *(info.kind == "thing" for info in infos)])
        grounds = np.array([False, *(info.ground for info in infos)])
        elided = (shaded | _elided(owner, things, grounds, seed, check)) & (owner > 0)
        presence[elided] = ELIDED
        rgb[elided] = 0
        index[elided] = 0
    return Canvas(frozen(rgb), frozen(presence), frozen(index))


def spill_window(bounds: Bounds, spill: float, size: Size) -> tuple[Bounds, float]:
    """Return where a region with its spill lies at most, and how far it may spill, in pixels."""
    reach_px = max(0.0, spill) * size.height
    return bounds.expanded(int(np.ceil(reach_px))).clipped(size), reach_px


def allowed_pixels(local: npt.NDArray[np.int32], index: int, ranks: npt.NDArray[np.int32], reached: Mask) -> Mask:
    """Return the pixels of a window that a segment may cover: its region, and within reach regions farther back.

    Args:
        local: (h, w) int32, index of the region each pixel of the window belongs to, -1 for none.
        index: that of the segment's region.
        ranks: depth ranks of all regions, and one more at the end for -1.
        reached: (h, w) bool, what lies within its reach (`within_reach`).
    """
    return (local == index) | reached & (ranks[local] < ranks[index])


@known_of_region
def within_reach(region: Region, window: Bounds, reach_px: float) -> Mask:
    """Return (h, w) bool of a window around a region: its pixels, and those its segment may reach when it spills.

    Args:
        region: the region.
        window: bounds that hold it; see `spill_window`.
        reach_px: how far the segment may leave it.
    """
    own = np.zeros((window.height, window.width), np.bool_)
    own[region.bounds.shifted(-window.left, -window.top).slices] = region.mask
    return frozen(reached_by(own, reach_px))


def reached_by(own: Mask, reach_px: float) -> Mask:
    """Return the pixels of a window at most so far from those of a mask."""
    return _distance_px(own) <= reach_px if reach_px > 0 else own


def warp_crop(crop: SegmentCrop, theta: Theta, window: Bounds, size: Size) -> Warped:
    """Warp a segment into a window of the document.

    Args:
        crop: the segment.
        theta: alignment, region to segment frame.
        window: window of the document, in its pixels.
        size: size of the document.
    """
    matrix = pixel_affine(theta, size, crop.source_size)
    matrix[:, 2] += matrix[:, :2] @ np.array([window.left, window.top], np.float64)
    matrix[:, 2] -= (crop.bounds.left, crop.bounds.top)
    rgb, mask, shade = crop.rgb, crop.mask.view(np.uint8), crop.shade.view(np.uint8)
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale >= 2 and min(crop.mask.shape) >= 4:  # shrink by areas first, or pixels are left out
        factor = min(int(scale), *(side // 2 for side in crop.mask.shape))
        target = (max(1, crop.mask.shape[1] // factor), max(1, crop.mask.shape[0] // factor))
        ratios = np.array([[target[0] / crop.mask.shape[1]], [target[1] / crop.mask.shape[0]]])
        matrix = matrix * ratios
        matrix[:, 2:] += 0.5 * ratios - 0.5
        rgb, mask, shade = (
            np.asarray(cv2.resize(each, target, interpolation=cv2.INTER_AREA), np.uint8)
            for each in (rgb, mask * np.uint8(255), shade * np.uint8(255))
        )
    else:
        mask, shade = mask * np.uint8(255), shade * np.uint8(255)
    warped = _warp(rgb, matrix, window, border=cv2.BORDER_REFLECT_101)
    warped_mask = _warp(mask, matrix, window, border=cv2.BORDER_CONSTANT) >= 128
    if not crop.shade.any():
        return Warped(warped, warped_mask, np.zeros_like(warped_mask))
    return Warped(warped, warped_mask, _warp(shade, matrix, window, border=cv2.BORDER_CONSTANT) >= 128)


def index_regions(regions: Sequence[Region], size: Size) -> npt.NDArray[np.int32]:
    """Return (H, W) int32 the index of the region every pixel belongs to, -1 for none."""
    index = np.full((size.height, size.width), -1, np.int32)
    for i, region in enumerate(regions):
        index[region.bounds.slices][region.mask] = i
    return index


def scale_regions(
    regions: Sequence[Region], region_index: npt.NDArray[np.int32], size: Size
) -> tuple[tuple[Region, ...], npt.NDArray[np.int32]]:
    """Return regions and their index scaled to another size by nearest neighbour; a lost region has an empty mask."""
    own = Size.of(region_index)
    if own == size:
        return tuple(regions), region_index
    rows = np.minimum((np.arange(size.height) * 2 + 1) * own.height // (2 * size.height), own.height - 1)
    columns = np.minimum((np.arange(size.width) * 2 + 1) * own.width // (2 * size.width), own.width - 1)
    index = region_index[rows[:, None], columns[None, :]]
    scaled = []
    for i, region in enumerate(regions):
        box = region.bounds
        bounds = Bounds(
            box.left * size.width // own.width,
            box.top * size.height // own.height,
            -(-box.right * size.width // own.width),
            -(-box.bottom * size.height // own.height),
        ).clipped(size)
        mask = index[bounds.slices] == i
        scaled.append(replace(region, bounds=bounds, mask=frozen(mask), area_px=int(mask.sum())))
    return tuple(scaled), index


def _warp(image: Rgb8, matrix: npt.NDArray[np.float64], window: Bounds, *, border: int) -> npt.NDArray[np.uint8]:
    target = (window.width, window.height)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, matrix, target, flags=flags, borderMode=border), np.uint8)


def _distance_px(mask: Mask) -> npt.NDArray[np.float32]:
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    return np.asarray(cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


def _elided(
    owner: npt.NDArray[np.uint16], things: Mask, grounds: Mask, seed: int, check: Callable[[], None] = lambda: None
) -> Mask:
    """Return where boundaries are dropped; some rows after others, for what lies between is large."""
    height = owner.shape[0]
    reach = max(_radius_px(share, height) for share in (SEAM_ELISION * 1.5, CONTACT_ELISION))
    elided = np.empty(owner.shape, np.bool_)
    for top in range(0, height, BAND_ROWS):
        check()
        bottom = min(top + BAND_ROWS, height)
        rows = slice(max(0, top - reach), min(height, bottom + reach))
        drawn = elision_draw(Size.of(owner), seed, rows=rows)
        elided[top:bottom] = _elided_rows(owner[rows], things, grounds, drawn, height)[top - rows.start :][
            : bottom - top
        ]
    return elided


def _elided_rows(owner: npt.NDArray[np.uint16], things: Mask, grounds: Mask, drawn: Mask, height: int) -> Mask:
    inner = _front_within(owner, _radius_px(SEAM_ELISION, height))
    outer = _front_within(owner, _radius_px(SEAM_ELISION * 1.5, height))
    elided = (inner > owner) | ((outer > owner) & drawn)
    thing_owner = np.where(things[owner], owner, np.uint16(0))
    if thing_owner.any():
        on_ground = grounds[owner]
        near = _front_within(thing_owner, _radius_px(CONTACT_ELISION * 0.5, height))
        far = _front_within(thing_owner, _radius_px(CONTACT_ELISION, height))
        elided |= on_ground & ((near > owner) | ((far > owner) & drawn))
    return elided


def _radius_px(share: float, height: int) -> int:
    return max(1, round(share * height))


def _front_within(owner: npt.NDArray[np.uint16], radius_px: int) -> npt.NDArray[np.uint16]:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
    return np.asarray(cv2.dilate(owner, kernel), np.uint16)


def elision_draw(size: Size, seed: int, *, rows: slice = slice(None)) -> Mask:
    """Return (H, W) bool, or some rows of it, true for half of the cells: a hash of the seed and the place.

    The place is in picture heights. The draw is local and needs no identity: live editing does not flicker, and a
    preview draws what a final draws.
    """
    lines = (np.arange(size.height, dtype=np.uint64)[rows] * HASH_ROWS // size.height).astype(np.uint32)
    columns = (np.arange(size.width, dtype=np.uint64) * HASH_ROWS // size.height).astype(np.uint32)
    with np.errstate(over="ignore"):
        mixed = lines[:, None] * np.uint32(0x9E3779B1) ^ columns[None, :] * np.uint32(0x85EBCA77)
        mixed ^= np.uint32((seed * 0xC2B2AE3D + 0x27D4EB2F) & 0xFFFFFFFF)
        for shift, factor in ((15, 0x2C1B3C6D), (12, 0x297A2D39)):
            mixed = (mixed ^ (mixed >> np.uint32(shift))) * np.uint32(factor)
    return (mixed >> np.uint32(31)).astype(np.bool_)
