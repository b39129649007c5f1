"""Project files, ``NAME.tessera``: a ZIP with the layout, the records and the crops of the segments chosen.

Nothing is unpacked to disk, names are compared with a list, and sizes are bounded before anything is read.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import cv2
import numpy as np
import numpy.typing as npt

from engine.classes import ClassTable, ClassTableError
from engine.data.png import (
    PngError,
    PngInfo,
    read_png,
    write_gray16_png,
    write_gray_png,
    write_indexed_png,
    write_rgb_png,
)
from engine.document.document import Document
from engine.document.fields import FieldError, Fields
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
from engine.document.underlay_file import ENTRY as UNDERLAY_ENTRY
from engine.document.underlay_file import Underlay, underlay_from_json, underlay_to_json
from engine.geometry import Size
from engine.layout import MAX_PIXELS, Layout, frozen
from engine.whole_file import write_whole

FORMAT = "tessera"
VERSION = 1
PREVIEW_SIDE_PX = 256
MAX_FILE_BYTES = 1 << 30
MAX_ENTRIES = 20_000
MAX_JSON_BYTES = 128 << 20
MAX_UNDERLAY_BYTES = 64 << 20
MAX_SEGMENT_PIXELS = 256 << 20
_KNOWN_NAME = re.compile(
    r"document\.json|(layout|instances|canvas|image|preview)\.png|underlay\.webp"
    r"|segments/([0-9A-Za-z_-]{1,64})\.(json|rgb\.png|mask\.png)"
)
_EPOCH = (1980, 1, 1, 0, 0, 0)

Rgb8 = npt.NDArray[np.uint8]


class ProjectError(Exception):
    """A project that cannot be saved or opened; the message names the file and says why in one line."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file and the reason."""
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, eq=False)
class LoadedProject:
    """What a project file holds.

    Attributes:
        layout: the layout.
        table: class table of its ids.
        settings: seed, spill and switches.
        records: records of its regions, by rising id.
        next_record_id: the id the first new record takes.
        segments: crops of the segments chosen, by key.
        document_id: the document it was saved from.
        canvas: (H, W, 3) uint8 sRGB, or None where none was saved.
        image: (H, W, 3) uint8 sRGB, or None where none was saved.
        underlay: the photograph to trace, or None where none was saved.
        extra: fields this version does not know.
    """

    layout: Layout
    table: ClassTable
    settings: Settings
    records: tuple[RegionRecord, ...]
    next_record_id: int
    segments: Mapping[str, SegmentCrop]
    document_id: str
    canvas: Rgb8 | None = None
    image: Rgb8 | None = None
    underlay: Underlay | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def build_document(self) -> Document:
        """Return a document of it, with an id of its own: late results of an earlier opening never match it."""
        return Document(
            self.layout,
            self.table,
            settings=self.settings,
            records=self.records,
            next_record_id=self.next_record_id,
            segments=self.segments,
            extra=self.extra,
            underlay=self.underlay,
        )


def save_project(
    path: Path,
    snapshot: Snapshot,
    *,
    canvas: Rgb8 | None = None,
    image: Rgb8 | None = None,
) -> None:
    """Write a project whole; on any failure the old file stays as it was. The same snapshot gives the same bytes.

    Args:
        path: where to.
        snapshot: the document, its underlay included; only crops that its records and settings ask for are saved.
        canvas: (H, W, 3) uint8 sRGB, perhaps smaller than the layout.
        image: (H, W, 3) uint8 sRGB, perhaps smaller than the layout.

    Raises:
        ProjectError: if it cannot be written.
    """
    entries = _entries_of(snapshot, canvas, image)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, entries[name])
    try:
        write_whole(path, packed.getvalue())
    except OSError as error:
        raise ProjectError(path, f"not saved: {error.strerror or error}") from error


def load_project(path: Path) -> LoadedProject:
    """Read a project.

    Raises:
        ProjectError: if it cannot be read, is none, is broken or too large, or comes from a newer version.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ProjectError(path, "larger than 1 GB, no project")
        with zipfile.ZipFile(path) as archive:
            return _read(path, archive)
    except OSError as error:
        raise ProjectError(path, error.strerror or str(error)) from error
    except zipfile.BadZipFile:
        raise ProjectError(path, "no project, or a broken one: it is no ZIP file") from None
    except (zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ProjectError(path, f"broken project: {error}") from None
    except (PngError, ClassTableError, FieldError, ValueError) as error:
        raise ProjectError(path, f"broken project: {error}") from None


def _entries_of(snapshot: Snapshot, canvas: Rgb8 | None, image: Rgb8 | None) -> dict[str, bytes]:
    underlay = snapshot.underlay
    asked = asked_keys(snapshot.records, snapshot.settings)
    document = {
        **snapshot.extra,
        "format": FORMAT,
        "version": VERSION,
        "document_id": snapshot.document_id,
        "table": json.loads(snapshot.table.to_json()),
        "settings": settings_to_json(snapshot.settings),
        "next_record_id": snapshot.next_record_id,
        "records": [record_to_json(record) for record in snapshot.records],
    }
    if underlay is not None:
        document["underlay"] = underlay_to_json(underlay)
    layout = snapshot.layout
    entries = {
        "document.json": _json_bytes(document),
        "layout.png": write_indexed_png(layout.class_ids, snapshot.table.colours()),
        "instances.png": write_gray16_png(layout.instance_ids),
        "preview.png": write_rgb_png(
            _preview(snapshot.table.colours()[layout.class_ids] if image is None else image, layout.size)
        ),
    }
    if canvas is not None:
        entries["canvas.png"] = write_rgb_png(canvas)
    if image is not None:
        entries["image.png"] = write_rgb_png(image)
    if underlay is not None:
        entries[UNDERLAY_ENTRY] = underlay.data
    for key, crop in snapshot.segments.items():
        if key in asked and (match := _KNOWN_NAME.fullmatch(f"segments/{key}.json")) and match[2] == key:
            entries[f"segments/{key}.json"] = _json_bytes(segment_to_json(crop))
            entries[f"segments/{key}.rgb.png"] = write_rgb_png(crop.rgb)
            entries[f"segments/{key}.mask.png"] = write_gray_png(crop.mask * np.uint8(1) + crop.shade * np.uint8(2))
    return entries


def _json_bytes(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def _preview(rgb: Rgb8, size: Size) -> Rgb8:
    scale = min(1.0, PREVIEW_SIDE_PX / max(size.width, size.height))
    width, height = max(1, round(size.width * scale)), max(1, round(size.height * scale))
    if rgb.shape[:2] == (height, width):
        return rgb
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _read(path: Path, archive: zipfile.ZipFile) -> LoadedProject:
    names = _checked_names(archive)
    if "document.json" not in names or "layout.png" not in names:
        raise ProjectError(path, "no project: it holds no document")
    fields = Fields(_read_json(archive, "document.json"), "the document")
    if fields.text("format", 64) != FORMAT:
        raise ProjectError(path, "no project of Tessera")
    if fields.integer("version", 1, MAX_ID) > VERSION:
        raise ProjectError(path, "saved by a newer version of Tessera, which this one cannot read")
    table = ClassTable.from_json(json.dumps(fields.value("table")))
    layout = _read_layout(archive, names, table)
    next_record_id = fields.integer("next_record_id", 1, MAX_ID)
    records = records_from_json(fields.items("records", MAX_RECORDS), next_record_id)
    return LoadedProject(
        layout=layout,
        table=table,
        settings=settings_from_json(fields.value("settings")),
        records=records,
        next_record_id=next_record_id,
        segments=_read_segments(archive, names),
        document_id=fields.text("document_id", 64),
        canvas=_read_picture(archive, "canvas.png") if "canvas.png" in names else None,
        image=_read_picture(archive, "image.png") if "image.png" in names else None,
        underlay=_read_underlay(archive, names, fields),
        extra=fields.rest,
    )


def _checked_names(archive: zipfile.ZipFile) -> set[str]:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_ENTRIES or len(names) != len(entries):
        raise FieldError("too many files inside, or two of one name")
    if unknown := sorted(name for name in names if not _KNOWN_NAME.fullmatch(name)):
        raise FieldError(f"it holds {unknown[0][:80]!r}, which is no part of a project")
    if sum(entry.file_size for entry in entries) > MAX_FILE_BYTES:
        raise FieldError("larger than 1 GB when unpacked")
    for entry in entries:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & 1:
            raise FieldError(f"{entry.filename} is packed in a way that is not read here")
    return names


def _read_entry(archive: zipfile.ZipFile, name: str, limit_bytes: int) -> bytes:
    if archive.getinfo(name).file_size > limit_bytes:
        raise FieldError(f"{name} is too large")
    with archive.open(name) as stream:
        return stream.read(limit_bytes)


def _read_json(archive: zipfile.ZipFile, name: str) -> Any:
    data = _read_entry(archive, name, MAX_JSON_BYTES)
    try:
        return json.loads(data, parse_constant=_refuse_constant)
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise FieldError(f"{name} is no JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _read_png_entry(
    archive: zipfile.ZipFile, name: str, max_pixels: int = MAX_PIXELS
) -> tuple[npt.NDArray[Any], PngInfo]:
    try:
        return read_png(_read_entry(archive, name, MAX_FILE_BYTES), max_pixels=max_pixels)
    except PngError as error:
        raise FieldError(f"{name}: {error}") from None


def _read_layout(archive: zipfile.ZipFile, names: set[str], table: ClassTable) -> Layout:
    class_ids, _ = _read_png_entry(archive, "layout.png")
    if class_ids.ndim != 2 or class_ids.dtype != np.uint8:
        raise FieldError("layout.png holds no 8-bit ids")
    instance_ids = np.zeros(class_ids.shape, np.uint16)
    if "instances.png" in names:
        instance_ids, _ = _read_png_entry(archive, "instances.png")
    if instance_ids.shape != class_ids.shape or instance_ids.dtype != np.uint16:
        raise FieldError("instances.png does not fit layout.png")
    if unknown := table.unknown_ids(class_ids):
        raise FieldError(f"layout.png holds ids its class table lacks: {', '.join(map(str, unknown))}")
    return Layout(class_ids, instance_ids)


def _read_picture(archive: zipfile.ZipFile, name: str, max_pixels: int = MAX_PIXELS) -> Rgb8:
    rgb, info = _read_png_entry(archive, name, max_pixels)
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise FieldError(f"{name} is no RGB picture ({info.size})")
    return frozen(rgb)


def _read_underlay(archive: zipfile.ZipFile, names: set[str], fields: Fields) -> Underlay | None:
    if not fields.has("underlay"):
        return None
    said = fields.value("underlay")
    if UNDERLAY_ENTRY not in names:
        raise FieldError("the underlay lacks its pixels")
    return underlay_from_json(said, _read_entry(archive, UNDERLAY_ENTRY, MAX_UNDERLAY_BYTES))


def _read_segments(archive: zipfile.ZipFile, names: set[str]) -> dict[str, SegmentCrop]:
    segments: dict[str, SegmentCrop] = {}
    pixels_left = MAX_SEGMENT_PIXELS
    for name in sorted(names):
        match = _KNOWN_NAME.fullmatch(name)
        if match is None or match[3] != "json":
            continue
        key = match[2]
        if not {f"segments/{key}.rgb.png", f"segments/{key}.mask.png"} <= names:
            raise FieldError(f"segment {key} lacks its pixels")
        rgb = _read_picture(archive, f"segments/{key}.rgb.png", min(pixels_left, MAX_PIXELS))
        pixels_left -= rgb.shape[0] * rgb.shape[1]
        flags, _ = _read_png_entry(archive, f"segments/{key}.mask.png", rgb.shape[0] * rgb.shape[1])
        if flags.shape != rgb.shape[:2] or flags.dtype != np.uint8 or int(flags.max()) > 3:
            raise FieldError(f"segment {key}: its mask does not fit its pixels")
        mask, shade = frozen((flags & 1).astype(np.bool_)), frozen((flags & 2).astype(np.bool_))
        crop = segment_from_json(_read_json(archive, name), rgb, mask, shade)
        if crop.key != key:
            raise FieldError(f"segment {key} carries another key")
        segments[key] = crop
    return segments
