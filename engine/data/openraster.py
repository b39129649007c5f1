"""OpenRaster files: a picture of layers that Krita, GIMP and MyPaint open.

After the baseline of the OpenRaster specification, 0.0.5: a ZIP whose first entry is ``mimetype``, stored; then
``stack.xml``, the layers' PNGs, ``mergedimage.png`` and a thumbnail.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.png import write_rgb_png, write_rgba_png
from engine.geometry import Size

MIME_TYPE = "image/openraster"
VERSION = "0.0.5"
THUMBNAIL_SIDE_PX = 256
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, eq=False)
class RasterLayer:
    """One layer.

    Attributes:
        name: what painting programs show.
        pixels: (h, w, 3) or (h, w, 4) uint8 sRGB, straight alpha.
        left: column of the picture where the layer begins.
        top: row of the picture where the layer begins.
        is_visible: whether it is shown.
    """

    name: str
    pixels: npt.NDArray[np.uint8]
    left: int = 0
    top: int = 0
    is_visible: bool = True


def build_openraster(
    size: Size, layers: Sequence[RasterLayer], merged: npt.NDArray[np.uint8], text: Mapping[str, str] | None = None
) -> bytes:
    """Return an OpenRaster file; the same layers give the same bytes.

    Args:
        size: of the picture.
        layers: the uppermost first.
        merged: (H, W, 3) uint8 sRGB, what the visible layers show together.
        text: text chunks of the merged picture, by keyword.

    Raises:
        ValueError: if there is no layer, or the merged picture has another size.
    """
    if not layers or Size.of(merged) != size:
        raise ValueError("an OpenRaster file has layers, and a merged picture of its own size")
    names = [f"data/layer{i:03d}.png" for i in range(len(layers))]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        _store(archive, "mimetype", MIME_TYPE.encode())
        _store(archive, "stack.xml", _stack(size, layers, names), zipfile.ZIP_DEFLATED)
        for name, layer in zip(names, layers, strict=True):
            write = write_rgba_png if layer.pixels.shape[2] == 4 else write_rgb_png
            _store(archive, name, write(layer.pixels))
        _store(archive, "mergedimage.png", write_rgb_png(merged, text))
        _store(archive, "Thumbnails/thumbnail.png", write_rgb_png(_thumbnail(merged)))
    return packed.getvalue()


def _store(archive: zipfile.ZipFile, name: str, data: bytes, compression: int = zipfile.ZIP_STORED) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = compression
    info.create_system = 3
    info.external_attr = 0o644 << 16
    archive.writestr(info, data)


def _stack(size: Size, layers: Sequence[RasterLayer], names: Sequence[str]) -> bytes:
    image = ElementTree.Element("image", version=VERSION, w=str(size.width), h=str(size.height))
    stack = ElementTree.SubElement(image, "stack")
    for layer, name in zip(layers, names, strict=True):
        ElementTree.SubElement(
            stack,
            "layer",
            {
                "name": _NOT_XML.sub("", layer.name),
                "src": name,
                "x": str(layer.left),
                "y": str(layer.top),
                "opacity": "1.0",
                "visibility": "visible" if layer.is_visible else "hidden",
                "composite-op": "svg:src-over",
            },
        )
    ElementTree.indent(image)
    return ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True) + b"\n"


def _thumbnail(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width = rgb.shape[:2]
    scale = min(1.0, THUMBNAIL_SIDE_PX / max(height, width))
    if scale == 1.0:
        return rgb
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, target, interpolation=cv2.INTER_AREA), np.uint8)
