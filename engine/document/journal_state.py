"""What the frames of a journal say: a document put into frames, and put together again from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from engine.classes import ClassTable
from engine.document.core import check_layout
from engine.document.edits import NOWHERE
from engine.document.fields import FieldError, Fields
from engine.document.journal_frames import Frame, unpacked
from engine.document.project_file import MAX_SEGMENT_PIXELS, MAX_UNDERLAY_BYTES, LoadedProject
from engine.document.record import RegionRecord
from engine.document.record_file import (
    MAX_ID,
    MAX_RECORDS,
    record_to_json,
    records_from_json,
    segment_from_json,
    segment_to_json,
    settings_from_json,
    settings_to_json,
)
from engine.document.snapshot import SegmentCrop, Settings, Snapshot, asked_keys
from engine.document.strokes import bounds_of
from engine.document.underlay_file import Underlay, underlay_from_json, underlay_to_json
from engine.geometry import Bounds, Size
from engine.layout import MAX_SIDE_PX, Layout, check_size, frozen

_MAX_PATH = 32_768
_MAX_SEGMENTS = 20_000


@dataclass(frozen=True, eq=False, slots=True)
class Note:
    """What a journal carries beside the document: what the window calls it, and where it is saved."""

    name: str = ""
    project_path: str | None = None
    is_modified: bool = True


def frame_of(snapshot: Snapshot, note: Note, last: tuple[Snapshot, Note] | None, *, when: float) -> Frame | None:
    """Return what is different from the last snapshot, or everything where there is none; None where nothing is.

    Args:
        snapshot: the document now.
        note: what goes with it now.
        last: the snapshot written last and what went with it.
        when: seconds since 1970.
    """
    old, old_note = last if last is not None else (None, None)
    header: dict[str, Any] = {}
    blobs: dict[str, bytes] = {}
    if old is None or old.layout.size != snapshot.layout.size:
        header["size"] = [snapshot.layout.size.width, snapshot.layout.size.height]
        window = snapshot.layout.size.bounds
    else:
        window = _changed(old.layout, snapshot.layout)
    if window:
        header["window"] = [window.left, window.top, window.right, window.bottom]
        blobs["class_ids"] = snapshot.layout.class_ids[window.slices].tobytes()
        blobs["instance_ids"] = snapshot.layout.instance_ids[window.slices].astype("<u2").tobytes()
    if old is None or old.table != snapshot.table:
        header["table"] = json.loads(snapshot.table.to_json())
    if old is None or old.settings != snapshot.settings:
        header["settings"] = settings_to_json(snapshot.settings)
    if old is None or old.extra != snapshot.extra:
        header["extra"] = dict(snapshot.extra)
    if old is None or old.records != snapshot.records or old.next_record_id != snapshot.next_record_id:
        known = {} if old is None else {record.id: record for record in old.records}
        changed = [record for record in snapshot.records if record != known.pop(record.id, None)]
        header["records"] = [record_to_json(record) for record in changed]
        header["removed"] = sorted(known)
        header["next_record_id"] = snapshot.next_record_id
    _add_segments(snapshot, old, header, blobs)
    if old_note is None or (old_note.name, old_note.project_path, old_note.is_modified) != (
        (note.name, note.project_path, note.is_modified)
    ):
        header["note"] = {"name": note.name, "project_path": note.project_path, "is_modified": note.is_modified}
    underlay, old_underlay = snapshot.underlay, None if old is None else old.underlay
    if underlay is not old_underlay:
        header["underlay"] = None if underlay is None else underlay_to_json(underlay)
        if underlay is not None and (old_underlay is None or underlay.data is not old_underlay.data):
            header["underlay_bytes"] = len(underlay.data)
            blobs["underlay"] = underlay.data
    if old is not None and not header:
        return None
    return Frame({"document_id": snapshot.document_id, "when": when, **header}, blobs)


class JournalState:
    """A document as the frames read so far leave it. Owned by whoever reads them."""

    def __init__(self, frame: Frame) -> None:
        """Start with the first frame, which holds everything.

        Raises:
            FieldError: if it does not, or a field has an impossible value.
        """
        self._size = Size(0, 0)
        self._class_ids = np.zeros((0, 0), np.uint8)
        self._instance_ids = np.zeros((0, 0), np.uint16)
        self._records: dict[int, RegionRecord] = {}
        self._next_record_id = 1
        self._table: ClassTable | None = None
        self._settings = Settings()
        self._extra: Mapping[str, Any] = {}
        self._segments: dict[str, SegmentCrop] = {}
        self._underlay: Underlay | None = None
        self._underlay_data = b""
        self.note = Note()
        self.document_id = ""
        self.when = 0.0
        missing = {"size", "window", "table", "settings", "extra", "records", "note"} - frame.header.keys()
        if missing:
            raise FieldError(f"a journal begins without {sorted(missing)[0]!r}")
        self.apply(frame)

    def apply(self, frame: Frame) -> None:
        """Take over what a frame says is different; a frame that cannot be is not taken over in part.

        Raises:
            FieldError: if a field has an impossible value.
            ValueError: if the size is none that a document may have.
            ClassTableError: if the class table is none.
        """
        fields = Fields(frame.header, "a journal's frame")
        document_id, when = fields.text("document_id", 64), fields.number("when", 0, 1e12)
        size = _read_size(fields) if fields.has("size") else self._size
        window, pixels = _read_window(fields, frame, size) if fields.has("window") else (NOWHERE, None)
        if size != self._size and window != size.bounds:
            raise FieldError("a journal's frame changes the size, but not all pixels")
        table = ClassTable.from_json(json.dumps(fields.value("table"))) if fields.has("table") else self._table
        settings = settings_from_json(fields.value("settings")) if fields.has("settings") else self._settings
        extra = Fields(fields.value("extra"), "further fields").rest if fields.has("extra") else self._extra
        records, next_record_id = self._records, self._next_record_id
        if fields.has("records"):
            records, next_record_id = self._read_records(fields)
        segments = self._read_segments(fields, frame) if fields.has("segments") else self._segments
        note = self._read_note(fields)
        underlay, underlay_data = self._read_underlay(fields, frame)

        if size != self._size:
            self._class_ids = np.zeros((size.height, size.width), np.uint8)
            self._instance_ids = np.zeros((size.height, size.width), np.uint16)
        if pixels is not None:
            self._class_ids[window.slices], self._instance_ids[window.slices] = pixels
        self.document_id, self.when, self._size, self._table = document_id, when, size, table
        self._settings, self._extra, self._segments = settings, extra, segments
        self._records, self._next_record_id = records, next_record_id
        self.note, self._underlay, self._underlay_data = note, underlay, underlay_data

    def project(self) -> LoadedProject:
        """Return the document's parts.

        Raises:
            ValueError: if they do not fit together.
        """
        assert self._table is not None
        layout = Layout(self._class_ids.copy(), self._instance_ids.copy())
        check_layout(layout, self._table)
        records = tuple(self._records[record_id] for record_id in sorted(self._records))
        asked = asked_keys(records, self._settings)
        return LoadedProject(
            layout=layout,
            table=self._table,
            settings=self._settings,
            records=records,
            next_record_id=self._next_record_id,
            segments=MappingProxyType({key: crop for key, crop in self._segments.items() if key in asked}),
            document_id=self.document_id,
            underlay=self._underlay,
            extra=MappingProxyType(dict(self._extra)),
        )

    def _read_records(self, fields: Fields) -> tuple[dict[int, RegionRecord], int]:
        next_record_id = fields.integer("next_record_id", 1, MAX_ID)
        removed = fields.integers("removed", MAX_RECORDS, 1, MAX_ID)
        records = {record_id: record for record_id, record in self._records.items() if record_id not in set(removed)}
        for record in records_from_json(fields.items("records", MAX_RECORDS), next_record_id):
            records[record.id] = record
        if len(records) > MAX_RECORDS or max(records, default=0) >= next_record_id:
            raise FieldError("a journal's records do not fit together")
        return records, next_record_id

    def _read_segments(self, fields: Fields, frame: Frame) -> dict[str, SegmentCrop]:
        segments = dict(self._segments)
        left_px = MAX_SEGMENT_PIXELS - sum(crop.mask.size for crop in segments.values())
        for raw in fields.items("segments", _MAX_SEGMENTS):
            crop = _read_segment(raw, frame, left_px)
            left_px -= crop.mask.size
            segments[crop.key] = crop
        if len(segments) > _MAX_SEGMENTS:
            raise FieldError("a journal holds too many segments")
        return segments

    def _read_note(self, fields: Fields) -> Note:
        if not fields.has("note"):
            return self.note
        inner = Fields(fields.value("note"), "a journal's note")
        project_path = inner.text("project_path", _MAX_PATH) if inner.has("project_path") else None
        return Note(inner.text("name", _MAX_PATH), project_path, inner.flag("is_modified"))

    def _read_underlay(self, fields: Fields, frame: Frame) -> tuple[Underlay | None, bytes]:
        underlay, data = self._underlay, self._underlay_data
        if fields.has("underlay_bytes"):
            data = unpacked(frame, "underlay", fields.integer("underlay_bytes", 1, MAX_UNDERLAY_BYTES))
        if "underlay" in fields.rest:
            raw = fields.value("underlay")
            underlay = None if raw is None else underlay_from_json(raw, data)
        return underlay, data


def _changed(old: Layout, new: Layout) -> Bounds:
    """Return the smallest bounds that hold all pixels in which two layouts of one size differ."""
    classes = bounds_of(old.class_ids != new.class_ids)
    return classes.union(bounds_of(old.instance_ids != new.instance_ids))


def _add_segments(snapshot: Snapshot, old: Snapshot | None, header: dict[str, Any], blobs: dict[str, bytes]) -> None:
    """Add the crops that are asked for now and were not written yet."""
    written: frozenset[str] = frozenset()
    if old is not None:
        written = asked_keys(old.records, old.settings) & old.segments.keys()
    fresh = sorted((asked_keys(snapshot.records, snapshot.settings) & snapshot.segments.keys()) - written)
    if fresh:
        header["segments"] = [segment_to_json(snapshot.segments[key]) for key in fresh]
    for index, key in enumerate(fresh):
        crop = snapshot.segments[key]
        header["segments"][index]["blob"] = index
        blobs[f"rgb{index}"] = crop.rgb.tobytes()
        blobs[f"mask{index}"] = (crop.mask * np.uint8(1) + crop.shade * np.uint8(2)).tobytes()


def _read_size(fields: Fields) -> Size:
    sides = fields.integers("size", 2, 1, MAX_SIDE_PX)
    if len(sides) != 2:
        raise FieldError("a journal: 'size' should be two numbers")
    size = Size(*sides)
    check_size(size)
    return size


_Pixels = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint16]]


def _read_window(fields: Fields, frame: Frame, size: Size) -> tuple[Bounds, _Pixels]:
    edges = fields.integers("window", 4, 0, MAX_SIDE_PX)
    if len(edges) != 4 or not (window := Bounds(*edges)) or window.clipped(size) != window:
        raise FieldError("a journal: 'window' should lie inside the layout")
    shape = (window.height, window.width)
    class_ids = np.frombuffer(unpacked(frame, "class_ids", window.area_px), np.uint8).reshape(shape)
    instance_ids = np.frombuffer(unpacked(frame, "instance_ids", 2 * window.area_px), "<u2").reshape(shape)
    return window, (class_ids, instance_ids.astype(np.uint16))


def _read_segment(raw: Any, frame: Frame, most_px: int) -> SegmentCrop:
    fields = Fields(raw, "a segment")
    index = fields.integer("blob", 0, _MAX_SEGMENTS)
    edges = Fields(cast("dict[str, Any]", raw), "a segment").integers("bounds", 4, 0, 1 << 16)
    bounds = Bounds(*edges) if len(edges) == 4 else NOWHERE
    if not 0 < bounds.area_px <= most_px:
        raise FieldError("a segment: 'bounds' are impossible, or there are too many of them")
    shape = (bounds.height, bounds.width)
    rgb = np.frombuffer(unpacked(frame, f"rgb{index}", 3 * bounds.area_px), np.uint8).reshape(*shape, 3)
    flags = np.frombuffer(unpacked(frame, f"mask{index}", bounds.area_px), np.uint8).reshape(shape)
    mask, shade = frozen((flags & 1).astype(np.bool_)), frozen((flags & 2).astype(np.bool_))
    return segment_from_json(fields.rest, frozen(rgb), mask, shade)
