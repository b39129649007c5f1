"""The layout that is being painted: live arrays, what was committed last, and patches of both."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from engine.document.strokes import Spans, bounds_of, union_of
from engine.geometry import Bounds, Size
from engine.layout import ClassIds, InstanceIds, Layout, frozen
from engine.regions import Mask

Paintable = npt.NDArray[np.bool_] | None
_RUN_BYTES = 8
_TILE_PX = 256
_BOUNDS_BYTES = 100
_TILE_COST_PX = 16_384
_NO_INSTANCE = b"C\0\0"
_Id = TypeVar("_Id", np.uint8, np.uint16)


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of the layout, packed: layouts are flat, so one value or runs of it are kept, else all pixels.

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
    def of(cls, class_ids: ClassIds, instance_ids: InstanceIds | None) -> Patch:
        """Pack two arrays of one shape; instances may be none at all."""
        height, width = class_ids.shape
        return cls(_pack(class_ids), _NO_INSTANCE if instance_ids is None else _pack(instance_ids), height, width)

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
class Tiles:
    """Rectangles of the layout, packed end to end as one patch: each of them packed alone costs several times as much.

    Attributes:
        bounds: where each lies.
        patch: (1, n) pixels of them all, one rectangle after the other, row by row.
    """

    bounds: tuple[Bounds, ...]
    patch: Patch

    @classmethod
    def of(cls, bounds: tuple[Bounds, ...], class_ids: ClassIds, instance_ids: InstanceIds | None) -> Tiles:
        """Pack what two arrays of the whole layout hold inside bounds; instances may be none at all."""
        instances = None if instance_ids is None else _end_to_end(instance_ids, bounds)
        return cls(bounds, Patch.of(_end_to_end(class_ids, bounds), instances))

    @property
    def size_bytes(self) -> int:
        """Memory it takes."""
        return self.patch.size_bytes + _BOUNDS_BYTES * len(self.bounds)

    def unpack(self) -> Iterator[tuple[Bounds, ClassIds, InstanceIds]]:
        """Yield every rectangle with both arrays."""
        class_ids, instance_ids = self.patch.unpack()
        start = 0
        for bounds in self.bounds:
            end, shape = start + bounds.area_px, (bounds.height, bounds.width)
            yield bounds, class_ids[0, start:end].reshape(shape), instance_ids[0, start:end].reshape(shape)
            start = end


@dataclass(frozen=True, slots=True)
class PixelChange:
    """Where pixels changed, and from what to what, tile by tile: a long stroke changes little of what it spans.

    Attributes:
        bounds: the smallest bounds that hold the changed pixels.
        before: what was there, in every tile that changed.
        after: what is there now.
    """

    bounds: Bounds
    before: Tiles
    after: Tiles

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
        self._pending: list[Tiles] | None = None
        self._pending_px = 0
        self._start(layout.class_ids, layout.instance_ids)

    def _start(self, class_ids: ClassIds, instance_ids: InstanceIds) -> None:
        self._frozen_class_ids: ClassIds | None = None
        self._frozen_instance_ids: InstanceIds | None = None
        self._may_have_instances = bool(instance_ids.any())
        self._class_ids, self._committed_class_ids = class_ids.copy(), class_ids.copy()
        self._instance_ids, self._committed_instance_ids = self._copied(instance_ids), self._copied(instance_ids)
        self.class_ids, self.instance_ids = self._class_ids[:], self._instance_ids[:]
        self.class_ids.setflags(write=False)
        self.instance_ids.setflags(write=False)

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return Size.of(self._class_ids)

    def frozen_copy(self) -> Layout:
        """Return the live layout as it is now; it shares with the last copy what has not been written since."""
        if self._frozen_class_ids is None:
            self._frozen_class_ids = frozen(self._class_ids.copy())
        if self._frozen_instance_ids is None:
            self._frozen_instance_ids = frozen(self._copied(self._instance_ids))
        return Layout(self._frozen_class_ids, self._frozen_instance_ids)

    def _copied(self, instance_ids: InstanceIds) -> InstanceIds:
        """Return a copy; where there is no instance, one that takes no memory before something is written to it."""
        return instance_ids.copy() if self._may_have_instances else np.zeros(instance_ids.shape, np.uint16)

    def write_spans(self, spans: Spans, class_id: int, instance_id: int, paintable: Paintable = None) -> Bounds:
        """Write a class and an instance over spans; return their bounds.

        Args:
            spans: pixels inside the layout.
            class_id: what to write.
            instance_id: what to write.
            paintable: (256,) bool, by class id: whether its pixels are written over; None where all are.
        """
        if not spans.is_sparse:
            bounds, mask = spans.mask()
            return self.write_inside(bounds, mask, class_id, instance_id, paintable)
        writes_instances = self._will_write(instance_id)
        for row, columns in spans.rows():
            under = self._class_ids[row, columns]
            where = True if paintable is None else paintable[under]
            np.copyto(under, np.uint8(class_id), where=where)
            if writes_instances:
                np.copyto(self._instance_ids[row, columns], np.uint16(instance_id), where=where)
        return spans.bounds

    def write_mask(self, mask: Mask, class_id: int, instance_id: int, paintable: Paintable = None) -> Bounds:
        """Write a class and an instance where an (H, W) bool array is set; return its bounds."""
        bounds = bounds_of(mask)
        return self.write_inside(bounds, mask[bounds.slices], class_id, instance_id, paintable)

    def write_inside(
        self, bounds: Bounds, mask: Mask, class_id: int, instance_id: int, paintable: Paintable = None
    ) -> Bounds:
        """Write a class and an instance where an (h, w) bool array is set that covers bounds; return the bounds."""
        under = self._class_ids[bounds.slices]
        where = mask if paintable is None else mask & paintable[under]
        np.copyto(under, np.uint8(class_id), where=where)
        if self._will_write(instance_id):
            np.copyto(self._instance_ids[bounds.slices], np.uint16(instance_id), where=where)
        return bounds

    def _will_write(self, instance_id: int) -> bool:
        """Note that pixels will be written; return whether their instances have to be, too."""
        self._frozen_class_ids = None
        if instance_id:
            self._may_have_instances = True
        if self._may_have_instances:
            self._frozen_instance_ids = None
        return self._may_have_instances

    def write_layout(self, layout: Layout) -> None:
        """Write a whole layout of the same size."""
        self._will_write(int(layout.instance_ids.any()))
        self._class_ids[:] = layout.class_ids
        self._instance_ids[:] = layout.instance_ids

    def packed(self) -> Patch:
        """Return the whole committed layout, packed."""
        return Patch.of(self._committed_class_ids, self._committed_instance_ids)

    def replace_all(self, patch: Patch) -> Bounds:
        """Put another layout, perhaps of another size, in place of live and committed pixels; return its bounds."""
        self._start(*patch.unpack())
        if self._pending is not None:
            self._pending.clear()
            self._pending_px += patch.height * patch.width
        return self.size.bounds

    def commit(self, window: Bounds) -> PixelChange | None:
        """Make the live pixels inside a window the committed ones; return what changed, or None."""
        bounds = tuple(self._changed(window))
        if not bounds:
            return None
        has_instances = self._may_have_instances
        before = Tiles.of(bounds, self._committed_class_ids, self._committed_instance_ids if has_instances else None)
        after = Tiles.of(bounds, self._class_ids, self._instance_ids if has_instances else None)
        for tile in bounds:
            self._committed_class_ids[tile.slices] = self._class_ids[tile.slices]
            if has_instances:
                self._committed_instance_ids[tile.slices] = self._instance_ids[tile.slices]
        return PixelChange(union_of(bounds), before, after)

    def discard(self, window: Bounds) -> Bounds:
        """Bring the committed pixels inside a window back; return the bounds of those that differed."""
        tiles = self._changed(window)
        self._will_write(0)
        for tile in tiles:
            self._class_ids[tile.slices] = self._committed_class_ids[tile.slices]
            self._instance_ids[tile.slices] = self._committed_instance_ids[tile.slices]
        return union_of(tiles)

    def restore(self, tiles: Tiles) -> Bounds:
        """Write packed pixels over live and committed ones; return where."""
        if self._pending is not None:
            self._pending.append(tiles)
            self._pending_px += sum(bounds.area_px + _TILE_COST_PX for bounds in tiles.bounds)
        else:
            for bounds, class_ids, instance_ids in tiles.unpack():
                self._write_everywhere(bounds, class_ids, instance_ids)
        return union_of(tiles.bounds)

    @property
    def pending_px(self) -> int:
        """Pixels restored since `restoring_many` began, about: a tile counts as some more, for what it costs."""
        return self._pending_px

    @contextmanager
    def restoring_many(self) -> Generator[None, None, None]:
        """Put off what `restore` is asked for until the end, so that what later ones cover is never unpacked."""
        self._pending, self._pending_px = [], 0
        try:
            yield
        finally:
            pending, self._pending = self._pending, None
            is_written = np.zeros((self.size.height, self.size.width), np.bool_)
            for tiles in reversed(pending):
                if all(is_written[bounds.slices].all() for bounds in tiles.bounds):
                    continue
                for bounds, class_ids, instance_ids in tiles.unpack():
                    known = is_written[bounds.slices]
                    if known.any():
                        class_ids = np.where(known, self._class_ids[bounds.slices], class_ids)
                        instance_ids = np.where(known, self._instance_ids[bounds.slices], instance_ids)
                    self._write_everywhere(bounds, class_ids, instance_ids)
                    known[:] = True

    def _write_everywhere(self, bounds: Bounds, class_ids: ClassIds, instance_ids: InstanceIds) -> None:
        for array in (self._class_ids, self._committed_class_ids):
            array[bounds.slices] = class_ids
        if self._will_write(int(instance_ids.any())):
            for array in (self._instance_ids, self._committed_instance_ids):
                array[bounds.slices] = instance_ids

    def _changed(self, window: Bounds) -> list[Bounds]:
        """Return bounds, one a tile, that hold all pixels inside a window that differ from the committed ones."""
        changed: list[Bounds] = []
        for top in range(window.top, window.bottom, _TILE_PX):
            for left in range(window.left, window.right, _TILE_PX):
                tile = Bounds(left, top, min(left + _TILE_PX, window.right), min(top + _TILE_PX, window.bottom))
                differs = self._class_ids[tile.slices] != self._committed_class_ids[tile.slices]
                if self._may_have_instances:
                    differs |= self._instance_ids[tile.slices] != self._committed_instance_ids[tile.slices]
                if bounds := bounds_of(differs):
                    changed.append(bounds.shifted(left, top))
        return changed


def _end_to_end(array: npt.NDArray[_Id], bounds: Iterable[Bounds]) -> npt.NDArray[_Id]:
    """Return the pixels of an (H, W) array inside rectangles, one after the other, as (1, n)."""
    return np.concatenate([array[each.slices].reshape(-1) for each in bounds])[None]


def _pack(array: npt.NDArray[_Id]) -> bytes:
    flat = np.ascontiguousarray(array).reshape(-1)
    starts = _starts_of_runs(flat)
    if len(starts) == 1:
        return b"C" + flat[:1].tobytes()
    if len(starts) * _RUN_BYTES > flat.size:
        return b"P" + zlib.compress(flat.tobytes(), 1)
    lengths = np.empty(len(starts), np.uint32)
    lengths[:-1] = starts[1:] - starts[:-1]
    lengths[-1] = flat.size - starts[-1]
    return b"R" + zlib.compress(lengths.tobytes() + flat[starts].tobytes(), 1)


def _starts_of_runs(flat: npt.NDArray[_Id]) -> npt.NDArray[np.int64]:
    """Return where each run of one value begins; runs are long, so eight places are looked at together."""
    is_start = np.zeros(-(-flat.size // 8) * 8, np.bool_)
    is_start[0] = True
    np.not_equal(flat[1:], flat[:-1], out=is_start[1 : flat.size])
    eights = np.flatnonzero(is_start.view(np.uint64))
    which, within = np.nonzero(is_start.reshape(-1, 8)[eights])
    return eights[which] * 8 + within


def _unpack(data: bytes, count: int, dtype: type[_Id]) -> npt.NDArray[_Id]:
    if data[:1] == b"C":
        return np.broadcast_to(np.frombuffer(data, dtype, 1, 1), count)
    raw = zlib.decompress(data[1:])
    if data[:1] == b"P":
        return np.frombuffer(raw, dtype, count)
    runs = len(raw) // (4 + np.dtype(dtype).itemsize)
    return np.repeat(np.frombuffer(raw, dtype, runs, 4 * runs), np.frombuffer(raw, np.uint32, runs))
