"""Layouts in ids or colours of somebody else: read, grouped by value, mapped onto a class table, and accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.classes import VOID
from engine.data.encodings import Encoding, ValueKind, value_colour
from engine.data.image_file import ImageError, decode_photograph, read_file
from engine.data.layout_file import LayoutFileError
from engine.data.png import SIGNATURE, PngError, read_png
from engine.geometry import Size
from engine.layout import MAX_PIXELS, Layout, check_size

MAX_GROUPS = 256
"""Values that are listed; what is rarer matches nothing."""
MAX_TOLERANCE = 64
_CHUNK = 1 << 14
_OPAQUE = 128


@dataclass(frozen=True, eq=False)
class ForeignLayout:
    """A picture of ids or of colours.

    Attributes:
        kind: whether values are ids or colours (0xrrggbb).
        values: (n,) uint32, distinct and rising.
        counts: (n,) int64, how many pixels have each.
        index: (H, W) int32 into ``values``, -1 where the picture is transparent.
    """

    kind: ValueKind
    values: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.int64]
    index: npt.NDArray[np.int32]

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return Size.of(self.index)


@dataclass(frozen=True, slots=True)
class Group:
    """Values that are taken for one.

    Attributes:
        value: the one they stand for: of the encoding's class, or the most frequent.
        name: its name in the encoding, empty where it has none.
        pixels: how many pixels have one of them.
        is_void: whether the encoding says that it means no class.
    """

    value: int
    name: str
    pixels: int
    is_void: bool


@dataclass(frozen=True, eq=False)
class Grouping:
    """The groups of a foreign layout, the most frequent first.

    Attributes:
        groups: at most `MAX_GROUPS`.
        of_value: (n,) int16, the group of every value of the layout, -1 where it belongs to none.
        lost_values: how many values belong to none.
        lost_pixels: how many pixels have one of those.
        instances: see `Encoding.instances`.
    """

    groups: tuple[Group, ...]
    of_value: npt.NDArray[np.int16]
    lost_values: int
    lost_pixels: int
    instances: int = 0


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of a report.

    Attributes:
        value: the value, or None for all that belong to no group.
        name: its name, empty where it has none.
        class_id: the class it became, or None for void.
        pixels: how many pixels have it.
        is_void: whether the encoding itself says that it means no class.
    """

    value: int | None
    name: str
    class_id: int | None
    pixels: int
    is_void: bool = False


@dataclass(frozen=True)
class ImportReport:
    """What became of the pixels of a foreign layout.

    Attributes:
        kind: what values are.
        total_px: all pixels.
        rows: one a group, and one without a value for all that belong to none.
        transparent_px: pixels without a value.
        grown: whether pixels without a class took the class beside them.
    """

    kind: ValueKind
    total_px: int
    rows: tuple[ReportRow, ...]
    transparent_px: int
    grown: bool

    @property
    def lost(self) -> tuple[ReportRow, ...]:
        """The rows that matched nothing though they mean something, the largest first."""
        lost = (row for row in self.rows if row.class_id is None and row.pixels and not row.is_void)
        return tuple(sorted(lost, key=lambda row: -row.pixels))

    @property
    def lost_px(self) -> int:
        """How many pixels matched nothing."""
        return sum(row.pixels for row in self.lost)


def read_foreign(path: Path) -> tuple[ForeignLayout, ...]:
    """Read a picture as every kind of layout it may be: an indexed PNG as colours and as ids, others as one of both.

    Args:
        path: a PNG (8- or 16-bit grey, indexed, RGB, RGBA), a JPEG or a WebP.

    Raises:
        LayoutFileError: if it is none, broken, or of a size no layout has.
    """
    try:
        data = read_file(path)
        if not data.startswith(SIGNATURE):
            rgb = decode_photograph(data)
            check_size(Size.of(rgb))
            return (_of_colours(rgb),)
        array, info = read_png(data, max_pixels=MAX_PIXELS)
        check_size(Size.of(array))
    except (ImageError, PngError, ValueError) as error:
        raise LayoutFileError(path, str(error)) from None
    if info.palette is not None:
        return _of_colours(info.palette[array]), _of_ids(array)
    return (_of_ids(array) if array.ndim == 2 else _of_colours(array),)


def group_values(foreign: ForeignLayout, encoding: Encoding | None = None, *, tolerance: int = 0) -> Grouping:
    """Put values together that are taken for one.

    Ids are grouped by the class the encoding gives them. Colours belong to the nearest colour of the encoding, or
    else of the most frequent ones, that differs by at most the tolerance in red, green and blue.

    Args:
        foreign: the layout.
        encoding: names values; of the layout's kind.
        tolerance: 0 to `MAX_TOLERANCE`.

    Raises:
        ValueError: if the encoding is of the other kind, or the tolerance out of range.
    """
    if encoding is not None and encoding.kind != foreign.kind:
        raise ValueError(f"{encoding.name} is an encoding of {encoding.kind}, not of {foreign.kind}")
    if not 0 <= tolerance <= MAX_TOLERANCE:
        raise ValueError(f"a tolerance lies from 0 to {MAX_TOLERANCE}, not {tolerance}")
    stands_for = foreign.values.astype(np.int64)
    if encoding is not None and encoding.instances:
        stands_for = np.where(stands_for >= encoding.instances, stands_for // encoding.instances, stands_for)
    elif foreign.kind == "colours" and tolerance:
        known = () if encoding is None else (*encoding.classes, *encoding.void)
        stands_for = _nearest_colours(foreign, known, tolerance)
    heads, group_of = np.unique(stands_for, return_inverse=True)
    pixels = np.bincount(group_of, weights=foreign.counts, minlength=len(heads)).astype(np.int64)
    order = np.lexsort((heads, -pixels))
    kept = [int(i) for i in order if heads[i] >= 0][:MAX_GROUPS]
    place = np.full(len(heads), -1, np.int16)
    place[kept] = np.arange(len(kept), dtype=np.int16)
    of_value = place[group_of].astype(np.int16)
    lost = of_value < 0
    groups = tuple(_group(int(heads[i]), int(pixels[i]), encoding) for i in kept)
    instances = 0 if encoding is None else encoding.instances
    return Grouping(groups, of_value, int(lost.sum()), int(foreign.counts[lost].sum()), instances)


def build_layout(
    foreign: ForeignLayout, grouping: Grouping, class_of_group: Sequence[int], *, grow: bool = False
) -> tuple[Layout, ImportReport]:
    """Turn a foreign layout into one of ours.

    Args:
        foreign: the layout.
        grouping: of `group_values`.
        class_of_group: class id, or VOID, of every group.
        grow: give pixels that match nothing what the nearest pixel has that matches something, be it void.

    Returns:
        The layout, with instances where the encoding has them, and what became of every value.

    Raises:
        ValueError: if there is not one class a group.
    """
    if len(class_of_group) != len(grouping.groups):
        raise ValueError("there is one class a group")
    of_group = np.array([*class_of_group, VOID], np.uint8)  # -1 looks up the last
    class_of_value = np.append(of_group[grouping.of_value], np.uint8(VOID))
    class_ids = class_of_value[foreign.index]
    instance_ids = np.zeros(class_ids.shape, np.uint16)
    if grouping.instances:
        instance_ids = _instance_ids(foreign, class_of_value, grouping.instances)
    is_grown = False
    if grow:
        means_void = np.array([*(group.is_void for group in grouping.groups), False])[grouping.of_value]
        is_lost = (class_ids == VOID) & ~np.append(means_void, True)[foreign.index]
        is_grown = bool(is_lost.any() and not is_lost.all())
        if is_grown:
            class_ids, instance_ids = _grown(class_ids, instance_ids, is_lost)
    return Layout(class_ids, instance_ids), _report(foreign, grouping, class_of_group, grown=is_grown)


def value_text(value: int, kind: ValueKind) -> str:
    """Return a value as people write it: an id, or #rrggbb."""
    return str(value) if kind == "ids" else f"#{value:06x}"


def _group(value: int, pixels: int, encoding: Encoding | None) -> Group:
    known = None if encoding is None else encoding.classes.get(value)
    is_void = encoding is not None and value in encoding.void
    return Group(value, "" if known is None else known.name, pixels, is_void)


def _report(foreign: ForeignLayout, grouping: Grouping, class_of_group: Sequence[int], *, grown: bool) -> ImportReport:
    rows = [
        ReportRow(group.value, group.name, None if class_id == VOID else class_id, group.pixels, group.is_void)
        for group, class_id in zip(grouping.groups, class_of_group, strict=True)
    ]
    if grouping.lost_values:
        what = "colours" if foreign.kind == "colours" else "ids"
        rows.append(ReportRow(None, f"{grouping.lost_values} rarer {what}", None, grouping.lost_pixels))
    total = foreign.index.size
    return ImportReport(foreign.kind, total, tuple(rows), total - int(foreign.counts.sum()), grown)


def _of_ids(array: npt.NDArray[Any]) -> ForeignLayout:
    counts = np.bincount(array.reshape(-1))
    values = np.flatnonzero(counts)
    place = np.zeros(len(counts), np.int32)
    place[values] = np.arange(len(values), dtype=np.int32)
    return ForeignLayout("ids", values.astype(np.uint32), counts[values].astype(np.int64), place[array])


def _of_colours(array: npt.NDArray[np.uint8]) -> ForeignLayout:
    red, green, blue = (array[..., i].astype(np.uint32) for i in range(3))
    keys = (red << np.uint32(16)) | (green << np.uint32(8)) | blue
    is_clear = array[..., 3] < _OPAQUE if array.shape[2] == 4 else None
    seen = np.zeros(1 << 24, np.bool_)
    seen[keys if is_clear is None else keys[~is_clear]] = True
    values = np.flatnonzero(seen).astype(np.uint32)
    place = np.full(1 << 24, -1, np.int32)
    place[values] = np.arange(len(values), dtype=np.int32)
    index = place[keys]
    if is_clear is not None:
        index[is_clear] = -1
    counts = np.bincount(index.reshape(-1) + 1, minlength=len(values) + 1)[1:]
    return ForeignLayout("colours", values, counts.astype(np.int64), index)


def _nearest_colours(foreign: ForeignLayout, known: Sequence[int], tolerance: int) -> npt.NDArray[np.int64]:
    """Return the colour every colour is taken for, -1 where none is near enough."""
    parts = np.stack([foreign.values >> s & 255 for s in (16, 8, 0)]).astype(np.int16).T  # channels contiguous
    heads = np.array([value_colour(value) for value in known], np.int16).reshape(-1, 3)
    order = np.argsort(-foreign.counts, kind="stable")
    open_ = np.ones(len(parts), np.bool_)
    for head in heads:
        open_ &= _differs(parts, head, tolerance)
    found = list(heads)
    for i in order:
        if len(found) >= len(heads) + MAX_GROUPS:
            break
        if open_[i]:
            found.append(parts[i])
            open_ &= _differs(parts, parts[i], tolerance)
    table = np.array(found, np.int16)
    packed = table.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    taken = np.empty(len(parts), np.int64)
    for start in range(0, len(parts), _CHUNK):
        chunk = parts[start : start + _CHUNK]
        distance = np.zeros((len(chunk), len(table)), np.int16)
        for channel in range(3):
            np.maximum(distance, np.abs(chunk[:, channel, None] - table[:, channel]), out=distance)
        nearest = distance.argmin(axis=1)
        is_near = distance[np.arange(len(chunk)), nearest] <= tolerance
        taken[start : start + _CHUNK] = np.where(is_near, packed[nearest], -1)
    return taken


def _differs(parts: npt.NDArray[np.int16], head: npt.NDArray[np.int16], tolerance: int) -> npt.NDArray[np.bool_]:
    near = np.abs(parts[:, 0] - head[0]) <= tolerance
    for channel in (1, 2):
        near &= np.abs(parts[:, channel] - head[channel]) <= tolerance
    return ~near


def _instance_ids(
    foreign: ForeignLayout, class_of_value: npt.NDArray[np.uint8], instances: int
) -> npt.NDArray[np.uint16]:
    """Return a number of its own for every value that names an object."""
    numbers = np.zeros(len(foreign.values) + 1, np.uint16)
    objects = np.flatnonzero((foreign.values >= instances) & (class_of_value[:-1] != VOID))
    numbers[objects] = np.arange(1, len(objects) + 1, dtype=np.uint16)
    return numbers[foreign.index]


def _grown(
    class_ids: npt.NDArray[np.uint8], instance_ids: npt.NDArray[np.uint16], is_lost: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint16]]:
    """Return both arrays with every lost pixel like the nearest one that is not."""
    _, found = cv2.distanceTransformWithLabels(
        is_lost.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    labels = np.asarray(found, np.int32)
    source = np.zeros(int(labels.max()) + 1, np.int64)
    source[labels[~is_lost]] = np.flatnonzero(~is_lost.reshape(-1))
    nearest = source[labels]
    return class_ids.reshape(-1)[nearest], instance_ids.reshape(-1)[nearest]
