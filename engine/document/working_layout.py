"""The layout that is being painted: live arrays, what was committed last, and patches of both."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from engine.document.strokes import Spans, bounds_of
from engine.geometry import Bounds, Size
from engine.layout import ClassIds, InstanceIds, Layout
from engine.regions import Mask

_RUN_BYTES = 8
_Id = TypeVar("_Id", np.uint8, np.uint16)


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of the layout, packed: layouts are flat, so runs of equal pixels are kept, else all of them.

    Attributes:
        class_data: packed (h, w) uint8.
        instance_data: packed (h, w) uint16.
        height: rows.
        width: columns.
    """

    class_data: bytes
    instance_data: bytes
    height: int
    width: int

    @classmethod
    def of(cls, class_ids: ClassIds, instance_ids: InstanceIds) -> Patch:
        """Pack two arrays of one shape."""
        height, width = class_ids.shape
        return cls(_pack(class_ids), _pack(instance_ids), height, width)

    @property
    def size_bytes(self) -> int:
        """Memory it takes."""
        return len(self.class_data) + len(self.instance_data)

    def unpack(self) -> tuple[ClassIds, InstanceIds]:
        """Return both arrays."""
        shape, count = (self.height, self.width), self.height * self.width
        class_ids = _unpack(self.class_data, count, np.uint8).reshape(shape)
        return class_ids, _unpack(self.instance_data, count, np.uint16).reshape(shape)


@dataclass(frozen=True, slots=True)
class PixelChange:
    """Where pixels changed, and from what to what.

    Attributes:
        bounds: the smallest bounds that hold the changed pixels.
        before: what was there.
        after: what is there now.
    """

    bounds: Bounds
    before: Patch
    after: Patch

    @property
    def size_bytes(self) -> int:
        """Memory it takes."""
        return self.before.size_bytes + self.after.size_bytes


class WorkingLayout:
    """The pixels of a document. Owned by it, on the GUI thread.

    Strokes and fills write the live arrays; `commit` makes what they wrote the new committed layout, `discard` brings
    the committed one back.
    """

    def __init__(self, layout: Layout) -> None:
        """Start with a copy of a layout."""
        self._class_ids, self._instance_ids = layout.class_ids.copy(), layout.instance_ids.copy()
        self._committed_class_ids, self._committed_instance_ids = layout.class_ids.copy(), layout.instance_ids.copy()
        self.class_ids, self.instance_ids = self._class_ids[:], self._instance_ids[:]
        self.class_ids.setflags(write=False)
        self.instance_ids.setflags(write=False)

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return Size.of(self._class_ids)

    def frozen_copy(self) -> Layout:
        """Return the live layout as it is now."""
        return Layout(self._class_ids.copy(), self._instance_ids.copy())

    def write_spans(self, spans: Spans, class_id: int, instance_id: int) -> Bounds:
        """Write a class and an instance over spans; return their bounds."""
        spans.write(self._class_ids, class_id)
        spans.write(self._instance_ids, instance_id)
        return spans.bounds

    def write_mask(self, mask: Mask, class_id: int, instance_id: int) -> Bounds:
        """Write a class and an instance where an (H, W) bool array is set; return its bounds."""
        bounds = bounds_of(mask)
        self._class_ids[bounds.slices][mask[bounds.slices]] = class_id
        self._instance_ids[bounds.slices][mask[bounds.slices]] = instance_id
        return bounds

    def write_layout(self, layout: Layout) -> None:
        """Write a whole layout of the same size."""
        self._class_ids[:] = layout.class_ids
        self._instance_ids[:] = layout.instance_ids

    def commit(self, window: Bounds) -> PixelChange | None:
        """Make the live pixels inside a window the committed ones; return what changed, or None."""
        bounds = self._changed(window)
        if not bounds:
            return None
        inside = bounds.slices
        before = Patch.of(self._committed_class_ids[inside], self._committed_instance_ids[inside])
        after = Patch.of(self._class_ids[inside], self._instance_ids[inside])
        self._committed_class_ids[inside] = self._class_ids[inside]
        self._committed_instance_ids[inside] = self._instance_ids[inside]
        return PixelChange(bounds, before, after)

    def discard(self, window: Bounds) -> Bounds:
        """Bring the committed pixels inside a window back; return the bounds of those that differed."""
        bounds = self._changed(window)
        self._class_ids[bounds.slices] = self._committed_class_ids[bounds.slices]
        self._instance_ids[bounds.slices] = self._committed_instance_ids[bounds.slices]
        return bounds

    def restore(self, bounds: Bounds, patch: Patch) -> Bounds:
        """Write a patch over live and committed pixels; return where."""
        class_ids, instance_ids = patch.unpack()
        for array in (self._class_ids, self._committed_class_ids):
            array[bounds.slices] = class_ids
        for array in (self._instance_ids, self._committed_instance_ids):
            array[bounds.slices] = instance_ids
        return bounds

    def _changed(self, window: Bounds) -> Bounds:
        inside = window.slices
        box = bounds_of(
            (self._class_ids[inside] != self._committed_class_ids[inside])
            | (self._instance_ids[inside] != self._committed_instance_ids[inside])
        )
        if not box:
            return box
        left, top = window.left, window.top
        return Bounds(left + box.left, top + box.top, left + box.right, top + box.bottom)


def _pack(array: npt.NDArray[_Id]) -> bytes:
    flat = np.ascontiguousarray(array).reshape(-1)
    starts = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1))
    if len(starts) * _RUN_BYTES > flat.size:
        return b"P" + zlib.compress(flat.tobytes(), 1)
    lengths = np.diff(starts, append=flat.size).astype(np.uint32)
    return b"R" + zlib.compress(lengths.tobytes() + flat[starts].tobytes(), 1)


def _unpack(data: bytes, count: int, dtype: type[_Id]) -> npt.NDArray[_Id]:
    raw = zlib.decompress(data[1:])
    if data[:1] == b"P":
        return np.frombuffer(raw, dtype, count)
    runs = len(raw) // (4 + np.dtype(dtype).itemsize)
    return np.repeat(np.frombuffer(raw, dtype, runs, 4 * runs), np.frombuffer(raw, np.uint32, runs))
