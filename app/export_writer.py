"""What can be exported, and its writing: plain functions, run in an executor, from frozen values only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt

from app.document_file import FileError
from engine.classes import ClassTable
from engine.data.layout_file import save_rgb
from engine.data.openraster import RasterLayer, build_openraster
from engine.data.png import MAX_PIXELS, write_gray16_png, write_indexed_png, write_rgb_png
from engine.document.snapshot import Snapshot
from engine.geometry import Size
from engine.layout import Layout
from engine.pipeline.layers import SegmentLayer, segment_layers
from engine.pipeline.provenance import credits_json, credits_markdown
from engine.pipeline.report import TEXT_KEYWORD, export_text
from engine.pipeline.results import Result
from engine.whole_file import write_whole

ExportKind = Literal[
    "image", "canvas", "side_by_side", "layered", "layout_coloured", "layout_index", "instances", "credits"
]
SCALES_PERCENT = (25, 50, 100, 200, 400)

Rgb8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class KindInfo:
    """One thing that can be exported.

    Attributes:
        name: what the painter calls it.
        hint: what it holds.
        ending: what is added to the name of the file.
        needs_picture: whether the picture must be made first.
        is_scaled: whether the scale counts for it.
    """

    name: str
    hint: str
    ending: str
    needs_picture: bool = True
    is_scaled: bool = True


KINDS: Mapping[ExportKind, KindInfo] = {
    "image": KindInfo("Image", "the photograph", ".png"),
    "canvas": KindInfo("Canvas", "the composed segments, with holes", "-canvas.png"),
    "side_by_side": KindInfo("All three side by side", "layout, canvas and image in one picture", "-all.png"),
    "layered": KindInfo("Layers", "OpenRaster for Krita and GIMP: image, segments, layout", ".ora", is_scaled=False),
    "layout_coloured": KindInfo("Coloured layout", "in the colours of the classes", "-layout.png", False),
    "layout_index": KindInfo("Index layout", "class ids, to open again", "-index.png", False),
    "instances": KindInfo("Instances", "object numbers, 16 bits", "-instances.png", False),
    "credits": KindInfo("Credits", "the photographs used, as text and JSON", "-credits.md", is_scaled=False),
}


def export_pictures(
    paths: Mapping[ExportKind, Path], snapshot: Snapshot, result: Result | None, *, scale_percent: int = 100
) -> None:
    """Write what is asked for; at 100 % image and canvas are byte for byte those of ``python -m engine synthesize``.

    Args:
        paths: file by kind; credits write a ``.json`` beside it too.
        snapshot: the document.
        result: its FINAL result, needed for all but the layouts.
        scale_percent: size of the pictures; layouts are scaled without mixing classes.

    Raises:
        FileError: if a file cannot be written, is too large at that scale, or its picture is not made yet.
    """
    for kind, path in paths.items():
        if kind not in get_args(ExportKind):
            raise FileError(f"{path}: there is no export called {kind!r}")
        if KINDS[kind].needs_picture and result is None:
            raise FileError(f"{path}: the {KINDS[kind].name.lower()} is not made yet")
        try:
            _write(kind, path, snapshot, result, scale_percent)
        except OSError as error:
            raise FileError(f"{path}: not written: {error.strerror or error}") from error


def scale_fault(kinds: Iterable[ExportKind], size: Size, scale_percent: int) -> str:
    """Return why pictures of a document cannot be written at a scale, in one line, or an empty text."""
    scaled = scaled_size(size, scale_percent)
    pictures = max((3 if kind == "side_by_side" else 1 for kind in kinds if KINDS[kind].is_scaled), default=0)
    if pictures * scaled.width * scaled.height > MAX_PIXELS:
        return f"At {scale_percent} % the pictures are too large: at most {MAX_PIXELS >> 20} megapixels."
    if pictures and min(scaled.width, scaled.height) < 1:
        return f"At {scale_percent} % nothing is left of the picture."
    return ""


def scaled_size(size: Size, scale_percent: int) -> Size:
    """Return a size at a scale, in whole pixels."""
    return Size(round(size.width * scale_percent / 100), round(size.height * scale_percent / 100))


def side_by_side(snapshot: Snapshot, result: Result) -> Rgb8:
    """Return layout, canvas and image beside one another, with a black gap between, (H, W, 3) uint8."""
    layout = coloured(snapshot.layout, snapshot.table)
    height, width = result.image.shape[:2]
    gap = np.zeros((height, max(2, width // 128), 3), np.uint8)
    pictures = [_resized(each, Size(width, height), is_exact=i == 0) for i, each in enumerate((layout, result.canvas))]
    return np.concatenate([pictures[0], gap, pictures[1], gap, result.image], axis=1)


def coloured(layout: Layout, table: ClassTable) -> Rgb8:
    """Return a layout in its class colours, (H, W, 3) uint8 sRGB."""
    return table.colours()[layout.class_ids]


def openraster_of(snapshot: Snapshot, result: Result) -> bytes:
    """Return the document as an OpenRaster file: the image on top; hidden below it the segments and the layout."""
    size = Size.of(result.image)
    classes = {region.record_id: region.class_key for region in result.regions}
    layers = [RasterLayer("Image", result.image)]
    for layer in reversed(segment_layers(result)):
        name = _name_of(layer, classes[layer.record_id], snapshot.table, result)
        layers.append(RasterLayer(name, layer.rgba, layer.bounds.left, layer.bounds.top, is_visible=False))
    layout = _resized(coloured(snapshot.layout, snapshot.table), size, is_exact=True)
    layers.append(RasterLayer("Layout", layout, is_visible=False))
    return build_openraster(size, layers, result.image, export_text(result, snapshot.settings))


def layout_text(snapshot: Snapshot) -> dict[str, str]:
    """Return the text chunks of an exported layout: what its ids mean."""
    facts = {
        "software": "Tessera",
        "classes": [{"id": c.id, "key": c.key, "name": c.name} for c in snapshot.table],
        "table": snapshot.table.key,
    }
    return {"Software": "Tessera", TEXT_KEYWORD: json.dumps(facts, sort_keys=True, separators=(",", ":"))}


def _write(kind: ExportKind, path: Path, snapshot: Snapshot, result: Result | None, scale_percent: int) -> None:
    size = scaled_size(snapshot.layout.size, scale_percent)
    if kind in ("layout_coloured", "layout_index", "instances"):
        write_whole(path, _layout_png(kind, snapshot, size))
        return
    assert result is not None
    if kind == "layered":
        write_whole(path, openraster_of(snapshot, result))
    elif kind == "credits":
        write_whole(path, credits_markdown(result).encode())
        write_whole(path.with_suffix(".json"), credits_json(result).encode())
    else:
        rgb = {"image": result.image, "canvas": result.canvas}.get(kind)
        rgb = side_by_side(snapshot, result) if rgb is None else rgb
        if scale_percent != 100:
            rgb = _resized(rgb, scaled_size(Size.of(rgb), scale_percent))
        save_rgb(path, rgb, export_text(result, snapshot.settings))


def _resized(rgb: Rgb8, size: Size, *, is_exact: bool = False) -> Rgb8:
    own = Size.of(rgb)
    if own == size:
        return rgb
    method = cv2.INTER_AREA if size.width < own.width else cv2.INTER_CUBIC
    if is_exact:
        method = cv2.INTER_NEAREST_EXACT
    return np.asarray(cv2.resize(rgb, (size.width, size.height), interpolation=method), np.uint8)


def _layout_png(kind: ExportKind, snapshot: Snapshot, size: Size) -> bytes:
    text, colours = layout_text(snapshot), snapshot.table.colours()
    if kind == "instances":
        return write_gray16_png(_nearest(snapshot.layout.instance_ids, size), text)
    class_ids = _nearest(snapshot.layout.class_ids, size)
    if kind == "layout_index":
        return write_indexed_png(class_ids, colours, text)
    return write_rgb_png(colours[class_ids], text)


def _nearest(ids: npt.NDArray[Any], size: Size) -> npt.NDArray[Any]:
    target = (size.width, size.height)
    return np.asarray(cv2.resize(ids, target, interpolation=cv2.INTER_NEAREST_EXACT), ids.dtype)


def _name_of(layer: SegmentLayer, class_key: str, table: ClassTable, result: Result) -> str:
    info = table.get(class_key)
    origin = result.segments[layer.segment_key].provenance
    name = class_key if info is None else info.name
    return f"{name}{', painted in' if layer.is_reveal else ''} ({origin.dataset}/{origin.file})"
