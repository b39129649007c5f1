"""Records, settings and segments as JSON objects, and back."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import Any

from engine.data.sample import Provenance
from engine.document.fields import FieldError, Fields
from engine.document.matching import GRID_ROWS
from engine.document.record import NEUTRAL_MOOD, ChosenBy, Footprint, Mood, RegionRecord, Reveal, Settled, Shuffle
from engine.document.snapshot import MAX_SPILL, SegmentCrop, Settings
from engine.geometry import Bounds, Size, Theta, round_theta
from engine.layout import MAX_PIXELS, MAX_SIDE_PX

MAX_RECORDS = 100_000
MAX_ID = 2**53
MAX_TEXT = 100_000
MAX_BANS = 100_000
MAX_REVEALS = 64
MAX_REVEAL_BYTES = 256 << 20
"""Of all masks together, unpacked: so many fit the largest layout 256 times."""
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
        "banned_sources": list(record.banned_sources),
        "shuffle": None if record.shuffle is None else [record.shuffle.seed, record.shuffle.avoided],
        "theta": None if record.theta is None else list(record.theta),
        "spill": record.spill,
        "mood": None if record.mood is None else _mood_to_json(record.mood),
        "reveals": [_reveal_to_json(reveal) for reveal in record.reveals],
        "in_front_of": list(record.in_front_of),
        "basis": record.basis,
        "light": None if record.light is None else list(record.light),
        "settled": None if record.settled is None else _settled_to_json(record.settled),
    }


def records_from_json(raw: Sequence[Any], next_record_id: int) -> tuple[RegionRecord, ...]:
    """Read records.

    Raises:
        FieldError: if one is none, or their ids do not rise or reach ``next_record_id``.
    """
    records: list[RegionRecord] = []
    bytes_left = MAX_REVEAL_BYTES
    for entry in raw:
        records.append(_record_from_json(entry))
        bytes_left -= sum(len(reveal.bits) for reveal in records[-1].reveals)
        if bytes_left < 0:
            raise FieldError("the reveals of all records are too large")
    ids = [record.id for record in records]
    if ids != sorted(set(ids)) or (ids and ids[-1] >= next_record_id):
        raise FieldError("the ids of records do not rise")
    return tuple(records)


def settings_to_json(settings: Settings) -> dict[str, Any]:
    """Return settings as a JSON object, fields of newer versions included."""
    return {
        **settings.extra,
        "seed": settings.seed,
        "spill": settings.spill,
        "complete": settings.complete,
        "parametric": settings.parametric,
        "mood": _mood_to_json(settings.mood),
        "scene_weight": settings.scene_weight,
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
        mood=_mood_from_json(fields.value("mood")) if fields.has("mood") else NEUTRAL_MOOD,
        scene_weight=fields.number("scene_weight", 0, 1) if fields.has("scene_weight") else Settings.scene_weight,
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
    light = fields.numbers("light", 6, 1e6) if fields.has("light") else None
    return RegionRecord(
        id=fields.integer("id", 1, MAX_ID),
        class_key=fields.text("class", 64),
        footprint=_footprint_from_json(fields.value("footprint")),
        choice=fields.text("choice", 64) if fields.has("choice") else None,
        chosen_by=_chosen_by(fields.text("chosen_by", 16)),
        locked=fields.flag("locked"),
        banned=fields.texts("banned", MAX_BANS),
        banned_sources=fields.texts("banned_sources", MAX_BANS) if fields.has("banned_sources") else (),
        shuffle=_shuffle_from_json(fields.items("shuffle", 2)) if fields.has("shuffle") else None,
        theta=None if theta is None else _theta_of(theta),
        spill=fields.number("spill", 0, 1) if fields.has("spill") else None,
        mood=_mood_from_json(fields.value("mood")) if fields.has("mood") else None,
        reveals=_reveals_from_json(fields.items("reveals", MAX_REVEALS)) if fields.has("reveals") else (),
        in_front_of=fields.integers("in_front_of", MAX_RECORDS, 1, MAX_ID),
        basis=fields.text("basis"),
        light=None if light is None else (light[0], light[1], light[2], light[3], light[4], light[5]),
        settled=_settled_from_json(fields.value("settled")) if fields.has("settled") else None,
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


def _theta_of(numbers: tuple[float, ...]) -> Theta:
    return round_theta((numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]))


def _mood_to_json(mood: Mood) -> dict[str, Any]:
    return {"like": mood.like, "warmth": mood.warmth, "brightness": mood.brightness}


def _mood_from_json(raw: Any) -> Mood:
    fields = Fields(raw, "a mood")
    like = fields.text("like", 64) if fields.has("like") else None
    return Mood(like, fields.number("warmth", -1, 1), fields.number("brightness", -1, 1))


def _shuffle_from_json(values: list[Any]) -> Shuffle:
    match values:
        case [int() as seed, None | str() as avoided] if (
            not isinstance(seed, bool) and 0 <= seed < 2**31 and len(avoided or "") <= 64
        ):
            return Shuffle(seed, avoided)
        case _:
            raise FieldError("a record: 'shuffle' should be a seed and a segment")


def _settled_to_json(settled: Settled) -> dict[str, Any]:
    return {"key": settled.key, "ahead_of": list(settled.ahead_of), "confidences": list(settled.confidences)}


def _settled_from_json(raw: Any) -> Settled:
    fields = Fields(raw, "a settled order")
    ahead_of = fields.integers("ahead_of", MAX_RECORDS, 1, MAX_ID)
    return Settled(fields.text("key", 64), ahead_of, fields.numbers("confidences", len(ahead_of), 1))


def _reveal_to_json(reveal: Reveal) -> dict[str, Any]:
    """Return a reveal as JSON values; its mask is packed, since a brush leaves long runs."""
    box = reveal.bounds
    return {
        "segment": reveal.segment_key,
        "size": [reveal.size.width, reveal.size.height],
        "bounds": [box.left, box.top, box.right, box.bottom],
        "bits": base64.b64encode(zlib.compress(reveal.bits, 6)).decode("ascii"),
        "theta": None if reveal.theta is None else list(reveal.theta),
    }


def _reveals_from_json(raw: list[Any]) -> tuple[Reveal, ...]:
    reveals = tuple(_reveal_from_json(entry) for entry in raw)
    if len({reveal.segment_key for reveal in reveals}) != len(reveals):
        raise FieldError("a record: two reveals of one segment")
    return reveals


def _reveal_from_json(raw: Any) -> Reveal:
    fields = Fields(raw, "a reveal")
    sides = fields.integers("size", 2, 1, MAX_SIDE_PX)
    edges = fields.integers("bounds", 4, 0, MAX_SIDE_PX)
    if len(sides) != 2 or len(edges) != 4 or sides[0] * sides[1] > MAX_PIXELS:
        raise FieldError("a reveal: 'bounds' are four and 'size' two numbers, within the largest layout")
    size, bounds = Size(*sides), Bounds(*edges)
    if not bounds or bounds.clipped(size) != bounds:
        raise FieldError("a reveal: its bounds leave its layout")
    count = -(-bounds.area_px // 8)
    try:
        packed = base64.b64decode(fields.text("bits", 2 * count + 1024), validate=True)
        unpacker = zlib.decompressobj()
        bits = unpacker.decompress(packed, count + 1)
    except (binascii.Error, zlib.error):
        raise FieldError("a reveal: 'bits' should be a packed mask") from None
    if len(bits) != count or not unpacker.eof:
        raise FieldError("a reveal: 'bits' do not fill its bounds")
    theta = fields.numbers("theta", 6, 64) if fields.has("theta") else None
    return Reveal(fields.text("segment", 64), size, bounds, bits, None if theta is None else _theta_of(theta))


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
