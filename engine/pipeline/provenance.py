"""Where every pixel came from, and the credits sheet of the photographs used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.data.sample import Provenance
from engine.document.snapshot import SegmentCrop
from engine.geometry import Size, pixel_affine
from engine.pipeline.filling import pure_pixels
from engine.pipeline.results import Result

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PixelProvenance:
    """What one pixel of a result is made of.

    Attributes:
        record_id: record of the region the photograph was laid onto (its outline may spill), else of the region the
            pixel lies in; -1 for none.
        segment_key: the segment that shows there, or None: the network invented the pixel.
        source_key: the photograph it was cut from, or None.
        provenance: where that photograph comes from, or None.
        source_xy: the place in the photograph, in its pixels, x and y of a pixel's centre being whole; or None, as
            where the segment's texture goes on beyond it.
        copied: how much of the pixel is copied from the photograph, in [0, 1]; the rest is invented.
    """

    record_id: int
    segment_key: str | None
    source_key: str | None
    provenance: Provenance | None
    source_xy: tuple[float, float] | None
    copied: float


@dataclass(frozen=True, slots=True)
class Credit:
    """One photograph on the credits sheet.

    Attributes:
        source_key: the photograph.
        provenance: where it comes from.
        classes: keys of the classes its segments serve, in alphabetical order.
        segment_keys: its segments in use, in order.
        share: how much of the picture is copied from it, in [0, 1].
    """

    source_key: str
    provenance: Provenance
    classes: tuple[str, ...]
    segment_keys: tuple[str, ...]
    share: float


def pixel_provenance(result: Result, x: int, y: int) -> PixelProvenance | None:
    """Return what a pixel is made of, or None outside the picture.

    Args:
        result: a finished run.
        x: column, in pixels of the result's pictures (a PREVIEW's are smaller than the layout).
        y: row.
    """
    height, width = result.segment_index.shape
    if not (0 <= x < width and 0 <= y < height):
        return None
    place = int(result.segment_index[y, x]) - 1
    if place < 0:
        return PixelProvenance(int(result.region_ids[y, x]), None, None, None, None, 0.0)
    item = result.items[place]
    crop = result.segments[item.segment_key]
    matrix = pixel_affine(item.theta, Size(width, height), crop.source_size)
    source_x, source_y = (matrix[:, :2] @ (x, y) + matrix[:, 2]).tolist()
    source_xy = (source_x, source_y) if _stays(crop, round(source_x), round(source_y)) else None
    copied = int(result.copy_share[y, x]) / 255
    return PixelProvenance(item.record_id, item.segment_key, crop.source_key, crop.provenance, source_xy, copied)


def credits_of(result: Result) -> tuple[Credit, ...]:
    """Return the photographs a result shows, the one that most is copied from first."""
    counts = np.bincount(
        result.segment_index.ravel(), weights=result.copy_share.ravel(), minlength=len(result.items) + 1
    )
    class_of = {region.record_id: region.class_key for region in result.regions}
    weights: dict[str, float] = {}
    keys: dict[str, set[str]] = {}
    classes: dict[str, set[str]] = {}
    origins: dict[str, Provenance] = {}
    shown = np.bincount(result.segment_index.ravel(), minlength=len(result.items) + 1)
    for place, item in enumerate(result.items):
        if not shown[place + 1]:
            continue
        crop = result.segments[item.segment_key]
        origins[crop.source_key] = crop.provenance
        weights[crop.source_key] = weights.get(crop.source_key, 0.0) + float(counts[place + 1])
        keys.setdefault(crop.source_key, set()).add(item.segment_key)
        classes.setdefault(crop.source_key, set()).add(class_of[item.record_id])
    total = 255.0 * result.segment_index.size
    rows = (
        Credit(key, origin, tuple(sorted(classes[key])), tuple(sorted(keys[key])), weights[key] / total)
        for key, origin in origins.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.share, row.source_key)))


def credit_rows(result: Result) -> list[dict[str, Any]]:
    """Return the credits as JSON values, one object a photograph."""
    return [
        {
            "source": f"{row.provenance.dataset}/{row.provenance.file}",
            "source_key": row.source_key,
            "author": row.provenance.author,
            "licence": row.provenance.licence,
            "classes": list(row.classes),
            "segments": list(row.segment_keys),
            "share": round(row.share, 6),
        }
        for row in credits_of(result)
    ]


def credits_json(result: Result) -> str:
    """Return the credits sheet as JSON, the same text for the same result."""
    sheet = {"photographs": credit_rows(result), "invented": round(_invented_share(result), 6)}
    return json.dumps(sheet, indent=1, ensure_ascii=False) + "\n"


def credits_markdown(result: Result) -> str:
    """Return the credits sheet as Markdown: a table of the photographs, and how much the network invented."""
    rows = credits_of(result)
    lines = ["# Photographs used", ""]
    if rows:
        lines += ["| photograph | author | licence | used for | share of the picture |", "|---|---|---|---|---:|"]
    for row in rows:
        origin = row.provenance
        cells = (
            f"{origin.dataset}/{origin.file}",
            origin.author or UNKNOWN,
            origin.licence or UNKNOWN,
            ", ".join(row.classes),
            f"{100 * row.share:.1f} %",
        )
        lines.append("| " + " | ".join(_cell(text) for text in cells) + " |")
    if rows:
        lines.append("")
    lines.append(f"Invented by the network: {100 * _invented_share(result):.1f} % of the picture.")
    return "\n".join(lines) + "\n"


def _stays(crop: SegmentCrop, column: int, row: int) -> bool:
    """Return whether a pixel of a photograph is one of a segment's that show as they are."""
    x, y = column - crop.bounds.left, row - crop.bounds.top
    height, width = crop.mask.shape
    return 0 <= x < width and 0 <= y < height and bool(pure_pixels(crop)[y, x])


def _invented_share(result: Result) -> float:
    return 1 - float(result.copy_share.mean()) / 255


def _cell(text: str) -> str:
    """Return text that cannot leave its cell of a Markdown table."""
    flat = " ".join(text.split())
    for mark in "\\|`*_<>[]":
        flat = flat.replace(mark, "\\" + mark)
    return flat
