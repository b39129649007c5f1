"""Records, settings and segments as JSON objects, and back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from engine.data.sample import Provenance
from engine.document.fields import FieldError, Fields
from engine.document.matching import GRID_ROWS
from engine.document.record import ChosenBy, Footprint, RegionRecord
from engine.document.snapshot import MAX_SPILL, SegmentCrop, Settings
from engine.geometry import Bounds, Size, round_theta

MAX_RECORDS = 100_000
MAX_ID = 2**53
MAX_TEXT = 100_000
_MAX_COLUMNS = 8192 * GRID_ROWS // 8
_MAX_SOURCE_SIDE_PX = 1 << 16


def record_to_json(record: RegionRecord) -> dict[str, Any]:
    """Return a record as a JSON object, fields of newer versions included."""
    return {
        **record.extra,
        "id": record.id,
        "class": record.class_key,
        "footprint": {
            "columns": record.footprint.columns,
            "bits": base64.b64encode(record.footprint.bits).decode("ascii"),
        },
        "choice": record.choice,
        "chosen_by": record.chosen_by,
        "locked": record.locked,
        "banned": list(record.banned),
        "theta": None if record.theta is None else list(record.theta),
        "spill": record.spill,
        "in_front_of": list(record.in_front_of),
        "basis": record.basis,
    }


def records_from_json(raw: Sequence[Any], next_record_id: int) -> tuple[RegionRecord, ...]:
    """Read records.

    Raises:
        FieldError: if one is none, or their ids do not rise or reach ``next_record_id``.
    """
    records = tuple(_record_from_json(entry) for entry in raw)
    ids = [record.id for record in records]
    if ids != sorted(set(ids)) or (ids and ids[-1] >= next_record_id):
        raise FieldError("the ids of records do not rise")
    return records


def settings_to_json(settings: Settings) -> dict[str, Any]:
    """Return settings as a JSON object, fields of newer versions included."""
    return {
        **settings.extra,
        "seed": settings.seed,
        "spill": settings.spill,
        "complete": settings.complete,
        "parametric": settings.parametric,
    }


def settings_from_json(raw: Any) -> Settings:
    """Read settings.

    Raises:
        FieldError: if they are none.
    """
    fields = Fields(raw, "settings")
    return Settings(
        seed=fields.integer("seed", 0, 2**31 - 1),
        spill=fields.number("spill", 0, MAX_SPILL),
        complete=fields.flag("complete"),
        parametric=fields.flag("parametric"),
        extra=fields.rest,
    )


def segment_to_json(crop: SegmentCrop) -> dict[str, Any]:
    """Return what describes a segment besides its pixels."""
    bounds, size, provenance = crop.bounds, crop.source_size, crop.provenance
    return {
        "key": crop.key,
        "class": crop.class_key,
        "bounds": [bounds.left, bounds.top, bounds.right, bounds.bottom],
        "source_size": [size.width, size.height],
        "source": crop.source_key,
        "tone": list(crop.tone),
        "provenance": {
            "dataset": provenance.dataset,
            "file": provenance.file,
            "group": provenance.group,
            "author": provenance.author,
            "licence": provenance.licence,
        },
    }


def segment_from_json(raw: Any, rgb: Any, mask: Any, shade: Any) -> SegmentCrop:
    """Put a segment together from its description and its frozen pixels.

    Args:
        raw: the JSON object.
        rgb: (h, w, 3) uint8.
        mask: (h, w) bool.
        shade: (h, w) bool.

    Raises:
        FieldError: if the description is none, or does not agree with the pixels.
    """
    fields = Fields(raw, "a segment")
    size = fields.integers("source_size", 2, 1, _MAX_SOURCE_SIDE_PX)
    edges = fields.integers("bounds", 4, 0, _MAX_SOURCE_SIDE_PX)
    if len(size) != 2 or len(edges) != 4:
        raise FieldError("a segment: 'bounds' are four and 'source_size' two numbers")
    bounds, source_size = Bounds(*edges), Size(*size)
    if not bounds or bounds.clipped(source_size) != bounds or rgb.shape != (bounds.height, bounds.width, 3):
        raise FieldError("a segment: its bounds do not agree with its pixels")
    tone = fields.numbers("tone", 6, 1e6)
    return SegmentCrop(
        key=fields.text("key", 64),
        class_key=fields.text("class", 64),
        rgb=rgb,
        mask=mask,
        shade=shade,
        bounds=bounds,
        source_size=source_size,
        source_key=fields.text("source", 64),
        provenance=_provenance_from_json(fields.value("provenance")),
        tone=(tone[0], tone[1], tone[2], tone[3], tone[4], tone[5]),
    )


def _record_from_json(raw: Any) -> RegionRecord:
    fields = Fields(raw, "a record")
    theta = fields.numbers("theta", 6, 64) if fields.has("theta") else None
    return RegionRecord(
        id=fields.integer("id", 1, MAX_ID),
        class_key=fields.text("class", 64),
        footprint=_footprint_from_json(fields.value("footprint")),
        choice=fields.text("choice", 64) if fields.has("choice") else None,
        chosen_by=_chosen_by(fields.text("chosen_by", 16)),
        locked=fields.flag("locked"),
        banned=fields.texts("banned", 100_000),
        theta=None if theta is None else round_theta((theta[0], theta[1], theta[2], theta[3], theta[4], theta[5])),
        spill=fields.number("spill", 0, 1) if fields.has("spill") else None,
        in_front_of=fields.integers("in_front_of", MAX_RECORDS, 1, MAX_ID),
        basis=fields.text("basis"),
        extra=fields.rest,
    )


def _footprint_from_json(raw: Any) -> Footprint:
    fields = Fields(raw, "a footprint")
    columns = fields.integer("columns", 1, _MAX_COLUMNS)
    try:
        bits = base64.b64decode(fields.text("bits", 4 * _MAX_COLUMNS * GRID_ROWS // 8), validate=True)
    except binascii.Error:
        raise FieldError("a footprint: 'bits' should be base64") from None
    if len(bits) != GRID_ROWS * columns // 8:
        raise FieldError("a footprint: 'bits' do not fill its grid")
    return Footprint(columns, bits)


def _chosen_by(text: str) -> ChosenBy:
    if text == "auto":
        return "auto"
    if text == "painter":
        return "painter"
    if text == "none":
        return "none"
    raise FieldError("a record: 'chosen_by' should be none, auto or painter")


def _provenance_from_json(raw: Any) -> Provenance:
    fields = Fields(raw, "a provenance")
    return Provenance(
        dataset=fields.text("dataset", MAX_TEXT),
        file=fields.text("file", MAX_TEXT),
        group=fields.text("group", MAX_TEXT),
        author=fields.text("author", MAX_TEXT),
        licence=fields.text("licence", MAX_TEXT),
    )
