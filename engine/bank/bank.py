"""A memory bank, open for reading: one SQLite file, checked as hostile, never written here."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.descriptors import CONTEXT_COLUMNS, CONTEXT_ROWS
from engine.bank.index import SegmentIndex
from engine.bank.index_file import load_index
from engine.bank.opening import check_schema, connect_read_only, naming
from engine.bank.schema import BankFormatError, depth_size, unpack_context, unpack_mask
from engine.bank.segment import Segment, Source, is_key
from engine.classes import ClassTable
from engine.data.image_file import decode_ids8, decode_ids16, decode_photograph
from engine.data.importers.reading import decode_depth
from engine.data.sample import Provenance, Rgb8
from engine.document.snapshot import SegmentCrop
from engine.geometry import Bounds, Size
from engine.layout import Layout, check_size, frozen

SHADE_REACH = 0.02
"""How far, in picture heights, the shade of an object lies on the ground beside and below it."""
_PHOTOGRAPH_CACHE_BYTES = 256 * 1024 * 1024
_LAYOUT_CACHE_BYTES = 64 * 1024 * 1024
_SEGMENT_COLUMNS = "segments.key, class, instance, x0, y0, x1, y1, area, sources.key, source, mask"

_Value = TypeVar("_Value")
Tone = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How much of one class a bank holds."""

    id: int
    key: str
    segments: int
    sources: int


class Bank:
    """An open bank. Owned by the thread that opened it; another thread opens its own."""

    def __init__(self, path: Path, db: sqlite3.Connection, *, is_living: bool = False) -> None:
        """Read what is needed always; `open` is the way in."""
        self.path = path
        self.is_living = is_living
        self._db = db
        self._revision = self._read_revision()
        meta = dict(self._query("SELECT key, value FROM meta"))
        self.name = str(meta.get("name", path.stem))
        self.digest = str(meta.get("digest"))
        self._require(is_key(self.digest), "it has no digest")
        self.table = ClassTable.from_json(str(meta.get("table")))
        self.min_share = float(meta.get("min_share", "nan"))
        self._read_sources()
        self._counts = self._read_counts()
        self._indexes: dict[int, SegmentIndex] = {}
        self._photographs = _Cache[Rgb8](_PHOTOGRAPH_CACHE_BYTES, lambda rgb: rgb.nbytes)
        self._layouts = _Cache[Layout](_LAYOUT_CACHE_BYTES, lambda layout: 3 * layout.class_ids.size)

    @classmethod
    def open(cls, path: Path) -> Bank:
        """Open a bank file.

        Raises:
            BankFormatError: if it is missing, unreadable, no bank, of another version, or broken.
        """
        db, is_living = connect_read_only(path)
        try:
            with naming(path):
                check_schema(path, db)
                db.execute("PRAGMA query_only = ON")
                return cls(path, db, is_living=is_living)
        except BaseException:
            db.close()
            raise

    @property
    def is_current(self) -> bool:
        """Whether the file still is what was read when it was opened; a living bank changes, a finished one never."""
        return self._read_revision() == self._revision

    @property
    def segment_count(self) -> int:
        """Number of segments."""
        return sum(count.segments for count in self._counts)

    @property
    def source_count(self) -> int:
        """Number of photographs."""
        return len(self._sources)

    def counts(self) -> tuple[ClassCount, ...]:
        """Return how many segments, and sources of them, every class of the table has."""
        return self._counts

    def sources(self) -> tuple[Source, ...]:
        """Return all sources."""
        return self._sources

    def source(self, source_key: str) -> Source:
        """Return a source by its key.

        Raises:
            KeyError: if the bank does not hold it.
        """
        return self._sources[self._source_rows[source_key]]

    def scene_contexts(self) -> npt.NDArray[np.uint8]:
        """Return the context grids of whole layouts, (S, 32, 64) uint8, in the order of `sources`."""
        return self._contexts

    def index(self, class_key: str) -> SegmentIndex | None:
        """Return the index of a class, or None where the bank holds no segment of it; loaded when first asked for."""
        info = self.table.get(class_key)
        if info is None or not self._counts[info.id].segments:
            return None
        if info.id not in self._indexes:
            with naming(self.path):
                self._indexes[info.id] = load_index(
                    self._db, info.id, self.digest, contexts=self._contexts, rows_by_id=self._rows_by_id
                )
        return self._indexes[info.id]

    def __contains__(self, segment_key: object) -> bool:
        """Return whether a segment of this key is in the bank."""
        return is_key(segment_key) and bool(self._query("SELECT 1 FROM segments WHERE key = ?", segment_key))

    def segment(self, segment_key: str) -> Segment:
        """Return a segment by its key.

        Raises:
            KeyError: if the bank does not hold it.
        """
        return self._segment(self._segment_row(segment_key))

    def segments_of(self, source_key: str) -> tuple[Segment, ...]:
        """Return all segments of a source, in the order of `find_regions`.

        Raises:
            KeyError: if the bank does not hold the source.
        """
        number = self._ids[self._source_rows[source_key]]
        rows = self._query(
            f"SELECT {_SEGMENT_COLUMNS} FROM segments JOIN sources ON source = sources.id WHERE source = ? "
            "ORDER BY segments.id",
            number,
        )
        return tuple(self._segment(row) for row in rows)

    def segment_rows(self, class_id: int | None = None) -> Iterator[tuple[str, int, int]]:
        """Yield key, class id and position in `sources` of all segments, or of a class, photograph by photograph.

        Raises:
            BankFormatError: if a row is damaged.
        """
        where, values = ("", ()) if class_id is None else ("WHERE class = ? ", (class_id,))
        with naming(self.path):
            for key, found, source in self._db.execute(
                f"SELECT key, class, source FROM segments {where}ORDER BY source, id", values
            ):
                whole = is_key(key) and found in range(len(self.table)) and source in self._rows_by_id
                self._require(whole, f"segment {key} is damaged")
                yield key, found, self._rows_by_id[source]

    def segments_by_source(self, class_id: int | None = None) -> dict[int, int]:
        """Return how many segments, all or of a class, the sources have, by position in `sources`; none are left out.

        Raises:
            BankFormatError: if a row is damaged.
        """
        where, values = ("", ()) if class_id is None else ("WHERE class = ? ", (class_id,))
        rows = self._query(f"SELECT source, count(*) FROM segments {where}GROUP BY source", *values)
        self._require(all(source in self._rows_by_id for source, _ in rows), "a segment is damaged")
        return {self._rows_by_id[source]: count for source, count in rows}

    def mask(self, segment_key: str) -> npt.NDArray[np.bool_]:
        """Return the (h, w) bool mask of a segment inside its bounds.

        Raises:
            KeyError: if the bank does not hold it.
        """
        row = self._segment_row(segment_key)
        return self._mask(self._segment(row), row[10])

    def crop(self, segment_key: str) -> SegmentCrop:
        """Return the pixels of a segment.

        Raises:
            KeyError: if the bank does not hold it.
            BankFormatError: if its photograph or mask is broken.
        """
        row = self._segment_row(segment_key)
        segment = self._segment(row)
        mask = self._mask(segment, row[10])
        source_row = self._source_rows[segment.source_key]
        source, box = self._sources[source_row], segment.bounds
        return SegmentCrop(
            key=segment.key,
            class_key=self.table[segment.class_id].key,
            rgb=frozen(self.photograph(source.key)[box.slices].copy()),
            mask=frozen(mask),
            shade=frozen(mask & self._shade(segment)),
            bounds=box,
            source_size=source.size,
            source_key=source.key,
            provenance=source.provenance,
            tone=self._tones[source_row],
        )

    def tone(self, source_key: str) -> Tone:
        """Return mean and standard deviation of a source's whole photograph in CIELAB (L a b, L a b)."""
        return self._tones[self._source_rows[source_key]]

    def photograph_bytes(self, source_key: str) -> bytes:
        """Return the encoded photograph of a source (JPEG, PNG or WebP)."""
        data = self._picture(source_key, "photograph")
        self._require(isinstance(data, bytes), "a photograph is missing")
        return data

    def photograph(self, source_key: str) -> Rgb8:
        """Return the (H, W, 3) uint8 sRGB photograph of a source, frozen; the last 256 MB are kept decoded."""
        return self._photographs.get(source_key, lambda: self._decode_photograph(source_key))

    def layout(self, source_key: str) -> Layout:
        """Return the layout of a source, in ids of the bank's table."""
        return self._layouts.get(source_key, lambda: self._decode_layout(source_key))

    def depth_m(self, source_key: str) -> npt.NDArray[np.float32] | None:
        """Return the (H, W) float32 depth of a source in metres, 0 where unknown, or None where it has none."""
        data = self._picture(source_key, "depth")
        if data is None:
            return None
        with naming(self.path):
            stored = decode_depth(decode_ids16(data))
        size = self.source(source_key).size
        self._require(depth_size(size) == Size.of(stored), "a depth map has another size")
        depth_m = cv2.resize(stored, (size.width, size.height), interpolation=cv2.INTER_NEAREST_EXACT)
        return frozen(np.asarray(depth_m, np.float32))

    def close(self) -> None:
        """Close the file; nothing may be read afterwards."""
        self._db.close()

    def _query(self, sql: str, *values: object) -> list[Any]:
        with naming(self.path):
            return self._db.execute(sql, values).fetchall()

    def _require(self, holds: object, reason: str) -> None:
        if not holds:
            raise BankFormatError(self.path, reason)

    def _read_revision(self) -> int:
        return self._query("PRAGMA data_version")[0][0] if self.is_living else 0

    def _read_sources(self) -> None:
        sources, ids, tones, contexts = [], [], [], []
        for row in self._query(
            "SELECT id, key, name, width, height, dataset, file, scene, author, licence, tone, context FROM sources "
            "ORDER BY id"
        ):
            size = Size(row[3], row[4])
            check_size(size)
            self._require(is_key(row[1]) and all(isinstance(t, str) for t in row[5:10]), "a source is damaged")
            sources.append(Source(row[1], str(row[2]), size, Provenance(*row[5:10])))
            ids.append(row[0])
            self._require(isinstance(row[10], bytes) and len(row[10]) == 48, "a source is damaged")
            tone = np.frombuffer(row[10], "<f8")
            self._require(np.isfinite(tone).all(), "a source is damaged")
            tones.append(tuple(float(v) for v in tone))
            contexts.append(unpack_context(row[11]))
        self._require(sources or self.is_living, "it holds no photograph")
        self._sources: tuple[Source, ...] = tuple(sources)
        self._ids: list[int] = ids
        self._tones: list[Tone] = tones
        self._source_rows = {source.key: row for row, source in enumerate(sources)}
        self._rows_by_id = {number: row for row, number in enumerate(ids)}
        self._contexts = frozen(np.array(contexts, np.uint8).reshape(-1, CONTEXT_ROWS, CONTEXT_COLUMNS))
        self._require(not self.table.unknown_ids(self._contexts), "a context names an unknown class")

    def _read_counts(self) -> tuple[ClassCount, ...]:
        rows = self._query("SELECT class, count(*), count(DISTINCT source) FROM segments GROUP BY class")
        found = {class_id: (segments, sources) for class_id, segments, sources in rows}
        self._require(found or self.is_living, "it holds no segment")
        self._require(all(i in range(len(self.table)) for i in found), "a segment has an unknown class")
        return tuple(ClassCount(c.id, c.key, *found.get(c.id, (0, 0))) for c in self.table)

    def _segment_row(self, segment_key: str) -> tuple[Any, ...]:
        rows = self._query(
            f"SELECT {_SEGMENT_COLUMNS} FROM segments JOIN sources ON source = sources.id WHERE segments.key = ?",
            segment_key,
        )
        if not rows:
            raise KeyError(segment_key)
        return rows[0]

    def _segment(self, row: tuple[Any, ...]) -> Segment:
        key, class_id, instance_id, left, top, right, bottom, area_px, source_key = row[:9]
        whole = all(isinstance(v, int) for v in row[1:8]) and is_key(key) and source_key in self._source_rows
        self._require(whole and class_id in range(len(self.table)), f"segment {key} is damaged")
        size = self._sources[self._source_rows[source_key]].size
        inside = 0 <= left < right <= size.width and 0 <= top < bottom <= size.height
        self._require(inside, f"segment {key} lies outside its photograph")
        return Segment(key, class_id, instance_id, Bounds(left, top, right, bottom), area_px, source_key)

    def _mask(self, segment: Segment, data: object) -> npt.NDArray[np.bool_]:
        with naming(self.path):
            mask = unpack_mask(data, segment.bounds.width, segment.bounds.height)
        self._require(int(mask.sum()) == segment.area_px, f"segment {segment.key} has another area")
        return mask

    def _shade(self, segment: Segment) -> npt.NDArray[np.bool_]:
        """Return the pixels beside and below objects in a ground segment's bounds."""
        box = segment.bounds
        if not self.table[segment.class_id].ground:
            return np.zeros((box.height, box.width), np.bool_)
        layout = self.layout(segment.source_key)
        reach_px = max(1, round(SHADE_REACH * layout.size.height))
        near = box.expanded(reach_px).clipped(layout.size)
        is_thing = np.zeros(256, np.uint8)
        is_thing[[info.id for info in self.table if info.kind == "thing"]] = 1
        kernel = np.ones((reach_px + 1, 2 * reach_px + 1), np.uint8)
        things = is_thing[layout.class_ids[near.slices]]
        reached = cv2.dilate(things, kernel, anchor=(reach_px, reach_px), borderType=cv2.BORDER_CONSTANT, borderValue=0)
        left, top = box.left - near.left, box.top - near.top
        return reached[top : top + box.height, left : left + box.width].astype(np.bool_)

    def _picture(self, source_key: str, column: str) -> Any:
        number = self._ids[self._source_rows[source_key]]
        rows = self._query(f"SELECT {column} FROM pictures WHERE source = ?", number)
        self._require(rows, f"photograph {source_key} is missing")
        self._require(rows[0][0] is None or isinstance(rows[0][0], bytes), f"photograph {source_key} is damaged")
        return rows[0][0]

    def _decode_photograph(self, source_key: str) -> Rgb8:
        with naming(self.path):
            rgb = decode_photograph(self.photograph_bytes(source_key))
        self._require(Size.of(rgb) == self.source(source_key).size, f"photograph {source_key} has another size")
        return frozen(rgb)

    def _decode_layout(self, source_key: str) -> Layout:
        instances = self._picture(source_key, "instances")
        data = self._picture(source_key, "layout")
        self._require(isinstance(data, bytes), f"layout {source_key} is missing")
        with naming(self.path):
            class_ids = decode_ids8(data)
            layout = Layout.from_classes(class_ids)
            if instances is not None:
                layout = Layout(class_ids, decode_ids16(instances))
        self._require(layout.size == self.source(source_key).size, f"layout {source_key} has another size")
        self._require(not self.table.unknown_ids(layout.class_ids), f"layout {source_key} has ids outside the table")
        return layout


class _Cache(OrderedDict[str, _Value]):
    """The most recently used values, up to a number of bytes."""

    def __init__(self, limit_bytes: int, size_of: Callable[[_Value], int]) -> None:
        super().__init__()
        self._limit_bytes = limit_bytes
        self._size_of = size_of
        self._held_bytes = 0

    def get(self, key: str, make: Callable[[], _Value]) -> _Value:  # type: ignore[override]
        if key in self:
            self.move_to_end(key)
            return self[key]
        value = make()
        self[key] = value
        self._held_bytes += self._size_of(value)
        while self._held_bytes > self._limit_bytes and len(self) > 1:
            self._held_bytes -= self._size_of(self.popitem(last=False)[1])
        return value
