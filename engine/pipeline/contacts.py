"""Where regions meet: the pairs whose order matters, and the small picture each pair is judged on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from engine.geometry import Bounds, Size, compose_affine
from engine.layout import Layout, frozen
from engine.pipeline.sampling import Affine, Layer, box_grid, sample_layer
from engine.regions import Region

SCENE_ROWS = 192
DEFAULT_REACH = 0.02
"""Gap, in picture heights, across which two regions still meet: the default spill."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A layout and its regions at working size: at most `SCENE_ROWS` rows, sampled at cell centres.

    Attributes:
        class_ids: (h, w) uint8.
        region_ids: (h, w) int16: index of the region, -1 for none.
    """

    class_ids: npt.NDArray[np.uint8]
    region_ids: npt.NDArray[np.int16]

    @property
    def size(self) -> Size:
        """Width and height of the working picture."""
        return Size.of(self.class_ids)

    @cached_property
    def feet(self) -> npt.NDArray[np.int16]:
        """(regions + 1, w) the row below the lowest pixel of every region in every column, 0 where it has none."""
        found = np.zeros((int(self.region_ids.max()) + 2, self.size.width), np.int16)  # the last for no region, -1
        columns = np.arange(self.size.width)
        for row, ids in enumerate(self.region_ids, start=1):
            found[ids, columns] = row
        return found


@dataclass(frozen=True)
class Contact:
    """Two regions that meet.

    Attributes:
        first: index of a region.
        second: index of another, larger than ``first``.
        bounds: where they meet, in pixels of the scene.
        box: what is looked at to tell their order, inside the scene: the contact, what lies around it, and both
            regions' lowest pixels below it, within reason.
    """

    first: int
    second: int
    bounds: Bounds
    box: Bounds


@dataclass(frozen=True, eq=False)
class PlacedLayer:
    """A segment's pixels and where they lie in a scene.

    Attributes:
        layer: the pixels.
        scene_to_source: (2, 3) affine from pixels of the scene to those of the segment's photograph.
    """

    layer: Layer
    scene_to_source: Affine


@dataclass(frozen=True, eq=False)
class PairPicture:
    """What the ordering network sees of a pair, as bytes.

    Attributes:
        first: (G, G, 4) uint8: colour times coverage, and the first region's mask.
        second: the same of the second region.
        class_ids: (G, G) uint8.
        v: frame coordinates of the upper and the lower edge.
    """

    first: npt.NDArray[np.uint8]
    second: npt.NDArray[np.uint8]
    class_ids: npt.NDArray[np.uint8]
    v: tuple[float, float]


def build_scene(regions: Sequence[Region], layout: Layout) -> Scene:
    """Sample a layout and its regions at working size; a region too small to be hit keeps one pixel."""
    size = layout.size
    rows = min(size.height, SCENE_ROWS)
    columns = max(1, round(size.width * rows / size.height))
    ys = ((2 * np.arange(rows) + 1) * size.height) // (2 * rows)
    xs = ((2 * np.arange(columns) + 1) * size.width) // (2 * columns)
    region_ids = np.full((rows, columns), -1, np.int16)
    for index, region in enumerate(regions):
        bounds = region.bounds
        y0, y1 = np.searchsorted(ys, (bounds.top, bounds.bottom)).tolist()
        x0, x1 = np.searchsorted(xs, (bounds.left, bounds.right)).tolist()
        hit = region.mask[np.ix_(ys[y0:y1] - bounds.top, xs[x0:x1] - bounds.left)]
        if hit.any():
            region_ids[y0:y1, x0:x1][hit] = index
        else:
            region_ids[min(y0, rows - 1), min(x0, columns - 1)] = index
    return Scene(frozen(layout.class_ids[np.ix_(ys, xs)]), frozen(region_ids))


def find_contacts(scene: Scene, *, reach: float = DEFAULT_REACH) -> tuple[Contact, ...]:
    """Find all pairs of regions at most ``reach`` picture heights apart, ordered by their indices."""
    height = scene.size.height
    count = int(scene.region_ids.max()) + 1
    reach_px = max(1, round(reach * height))
    ids = np.pad(scene.region_ids, reach_px, constant_values=-1)
    places = _near_boundaries(ids, reach_px)
    own, pitch = ids.ravel()[places], ids.shape[1]
    codes, ys, xs = [], [], []
    for step in sorted({*range(1, min(reach_px, 4) + 1), *range(reach_px, 4, -3)}):
        slant = max(1, round(step * 0.7))
        for dy, dx in ((0, step), (step, 0), (slant, slant), (slant, -slant)):
            others = ids.ravel()[places + (dy * pitch + dx)]
            meet = np.flatnonzero((others != own) & (others >= 0))
            pair = own[meet].astype(np.int64), others[meet].astype(np.int64)
            codes.append(np.minimum(*pair) * count + np.maximum(*pair))
            y, x = np.divmod(places[meet], pitch)
            ys.append(y + (dy // 2 - reach_px))
            xs.append(x + (dx // 2 - reach_px))
    code = np.concatenate(codes)
    pairs = np.flatnonzero(np.bincount(code, minlength=1))
    position_of = np.zeros(max(1, count * count), np.int32)
    position_of[pairs] = np.arange(len(pairs), dtype=np.int32)
    positions = position_of[code]
    low, high = np.full((2, len(pairs)), 1 << 30), np.full((2, len(pairs)), -1)
    for axis, values in enumerate((np.concatenate(ys), np.concatenate(xs))):
        np.minimum.at(low[axis], positions, values)
        np.maximum.at(high[axis], positions, values)
    contacts = []
    for position, pair in enumerate(pairs.tolist()):
        first, second = divmod(pair, count)
        (top, left), (bottom, right) = low[:, position].tolist(), (high[:, position] + 1).tolist()
        bounds = Bounds(left, top, right, bottom)
        contacts.append(Contact(first, second, bounds, _box(scene, bounds, first, second)))
    return tuple(contacts)


def _near_boundaries(ids: npt.NDArray[np.int16], reach_px: int) -> npt.NDArray[np.intp]:
    """Return flat places of the pixels of regions that have another region within reach, along rows and columns."""
    kernel = np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
    nearest = np.where(ids < 0, np.int16(np.iinfo(np.int16).max), ids)  # what is no region is neither least nor largest
    uniform = np.asarray(cv2.erode(nearest, kernel)) == np.asarray(cv2.dilate(ids, kernel))
    return np.flatnonzero(~uniform & (ids >= 0))


def find_near(scene: Scene, reaches: Mapping[int, float], *, margin: float) -> list[tuple[int, int]]:
    """Find all pairs of regions whose footprints can come within a margin of one another, ordered by their indices.

    Unlike `find_contacts`, which looks for pairs worth a question, this misses none: also such as another region parts.

    Args:
        scene: the scene.
        reaches: how far a segment may leave its region, in picture heights, by the region's index; 0 for others.
        margin: in picture heights.
    """
    height = scene.size.height
    ids = scene.region_ids
    count = int(ids.max()) + 1
    boxes = np.zeros((count, 4), np.int64)
    grown: list[npt.NDArray[np.uint8]] = []
    for index in range(count):
        radius_px = int(np.ceil((reaches.get(index, 0.0) + margin / 2) * height)) + 1
        left, top, width, tall = cv2.boundingRect((ids == index).view(np.uint8))
        box = Bounds(left, top, left + width, top + tall).expanded(radius_px).clipped(scene.size)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
        grown.append(np.asarray(cv2.dilate((ids[box.slices] == index).view(np.uint8), kernel), np.uint8))
        boxes[index] = (box.left, box.top, box.right, box.bottom)
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    meet = (np.maximum(low, boxes[None, :, :2]) < np.minimum(high, boxes[None, :, 2:])).all(-1)
    return [(i, j) for i, j in np.argwhere(np.triu(meet, 1)).tolist() if _overlap(grown, boxes, i, j)]


def local_bottom(scene: Scene, region: int, columns: slice) -> int:
    """Return the row below a region's lowest pixel within some columns of the scene, 0 where it has none."""
    return int(scene.feet[region, columns].max(initial=0))


def pair_columns(scene: Scene, bounds: Bounds) -> slice:
    """Return the columns of a contact and a little around them, in which both regions' feet are sought."""
    margin_px = max(1, round(0.02 * scene.size.height))
    return slice(max(0, bounds.left - margin_px), bounds.right + margin_px)


def pair_picture(
    scene: Scene, contact: Contact, first: PlacedLayer | None, second: PlacedLayer | None, grid_px: int
) -> PairPicture:
    """Draw what the ordering network sees of a pair; a region without a segment has no colour."""
    height = scene.size.height
    grid = box_grid((contact.box.left, contact.box.top, contact.box.right, contact.box.bottom), grid_px)
    grid[:, 2] -= 0.5  # edges to indices
    ids = scene.region_ids[contact.box.slices]
    return PairPicture(
        _side(ids == contact.first, first, grid, grid_px),
        _side(ids == contact.second, second, grid, grid_px),
        np.asarray(
            cv2.resize(scene.class_ids[contact.box.slices], (grid_px, grid_px), interpolation=cv2.INTER_NEAREST_EXACT),
            dtype=np.uint8,
        ),
        (contact.box.top / height - 0.5, contact.box.bottom / height - 0.5),
    )


def pair_digest(scene: Scene, contact: Contact, first: str | None, second: str | None) -> str:
    """Return 32 hex digits that name everything `pair_picture` draws, for a cache of its logit.

    Args:
        scene: layout and regions.
        contact: the pair.
        first: names segment and alignment of the first region, None where it has no segment; equal names mean equal
            pixels.
        second: the same of the second region.
    """
    ids = scene.region_ids[contact.box.slices]
    sides = (ids == contact.first).astype(np.uint8) | (ids == contact.second).astype(np.uint8) << 1
    digest = hashlib.blake2b(digest_size=16)
    digest.update(np.array([*scene.class_ids.shape, *ids.shape, contact.box.left, contact.box.top], "<i4").tobytes())
    digest.update(sides.tobytes())
    digest.update(scene.class_ids[contact.box.slices].tobytes())
    digest.update(repr((first, second)).encode())
    return digest.hexdigest()


def _overlap(masks: Sequence[npt.NDArray[np.uint8]], boxes: npt.NDArray[np.int64], i: int, j: int) -> bool:
    left, top = np.maximum(boxes[i, :2], boxes[j, :2]).tolist()
    right, bottom = np.minimum(boxes[i, 2:], boxes[j, 2:]).tolist()
    first, second = (
        masks[k][top - boxes[k, 1] : bottom - boxes[k, 1], left - boxes[k, 0] : right - boxes[k, 0]] for k in (i, j)
    )
    return bool((first & second).any())


def _box(scene: Scene, bounds: Bounds, first: int, second: int) -> Bounds:
    height = scene.size.height
    mx = max(round(0.25 * bounds.width), round(0.08 * height), 2)
    my = max(round(0.25 * bounds.height), round(0.08 * height), 2)
    columns = pair_columns(scene, bounds)
    feet = max(local_bottom(scene, first, columns), local_bottom(scene, second, columns))
    bottom = max(bounds.bottom + my, min(feet, bounds.bottom + round(0.35 * height)) + round(0.04 * height))
    return Bounds(bounds.left - mx, bounds.top - my, bounds.right + mx, bottom).clipped(scene.size)


def _side(mask: npt.NDArray[np.bool_], placed: PlacedLayer | None, grid: Affine, grid_px: int) -> npt.NDArray[np.uint8]:
    coverage = mask.astype(np.uint8) * np.uint8(255)
    seen = np.zeros((grid_px, grid_px, 4), np.uint8)
    if placed is not None:
        seen = sample_layer(placed.layer, compose_affine(placed.scene_to_source, grid), grid_px)
    seen[..., 3] = cv2.resize(coverage, (grid_px, grid_px), interpolation=cv2.INTER_AREA)
    return seen
