"""A validator of OpenRaster files, written from the baseline of the specification, 0.0.5, and from nothing of ours."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree

import cv2
import numpy as np
import numpy.typing as npt

COMPOSITE_OPS = {
    f"svg:{name}"
    for name in (
        "src-over", "multiply", "screen", "overlay", "darken", "lighten", "color-dodge", "color-burn", "hard-light",
        "soft-light", "difference", "color", "luminosity", "hue", "saturation", "plus", "dst-in", "dst-out", "src-atop",
        "dst-atop",
    )
}  # fmt: skip
COMMON = {"name", "x", "y", "opacity", "visibility", "composite-op"}


@dataclass(frozen=True, eq=False)
class ReadLayer:
    """A layer as another program reads it: name, place, whether it is shown, and (h, w, 4) RGBA."""

    name: str
    left: int
    top: int
    is_visible: bool
    rgba: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ReadOpenRaster:
    """An OpenRaster file that keeps every rule: its size, layers (uppermost first) and merged picture."""

    width: int
    height: int
    layers: tuple[ReadLayer, ...]
    merged: npt.NDArray[np.uint8]


def read_openraster(data: bytes) -> ReadOpenRaster:
    """Check every rule of the baseline and return what the file shows.

    Raises:
        AssertionError: naming the rule that is broken.
    """
    assert data[:4] == b"PK\x03\x04", "a ZIP file"
    name_length, extra_length = struct.unpack_from("<HH", data, 26)
    assert data[30 : 30 + name_length] == b"mimetype", "the first file is called mimetype"
    assert struct.unpack_from("<H", data, 8)[0] == 0, "mimetype is stored"
    start = 30 + name_length + extra_length
    assert data[start : start + 16] == b"image/openraster", "mimetype holds image/openraster and nothing else"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        entries = archive.infolist()
        assert entries[0].filename == "mimetype" and entries[0].file_size == 16
        names = [entry.filename for entry in entries]
        assert len(set(names)) == len(names), "no file twice"
        for entry in entries:
            assert entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), "DEFLATED and STORED only"
            assert entry.filename.isascii() or entry.flag_bits & 0x800, "UTF-8 names are flagged"
        files = {name: archive.read(name) for name in names}
    assert {"stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"} <= files.keys(), "the required files"
    merged = _png(files["mergedimage.png"])
    thumbnail = _png(files["Thumbnails/thumbnail.png"])
    width, height, layers, used = _stack(files)
    assert merged.shape[:2] == (height, width), "the merged image has the picture's size"
    _check_thumbnail(thumbnail, width, height)
    data_files = {name for name in files if name.startswith("data/")}
    assert data_files == used, "every data file is referenced, and every reference is a file"
    assert {"mimetype", "stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"} | data_files == files.keys()
    return ReadOpenRaster(width, height, layers, merged)


def _stack(files: dict[str, bytes]) -> tuple[int, int, tuple[ReadLayer, ...], set[str]]:
    text = files["stack.xml"]
    text.decode("utf-8")
    image = ElementTree.fromstring(text)
    assert image.tag == "image", "the root element is image"
    assert set(image.attrib) <= {"version", "w", "h", "xres", "yres"}
    assert re.fullmatch(r"\d+\.\d+\.\d+([-+].+)?", image.attrib["version"]), "a version after SemVer"
    assert ("xres" in image.attrib) == ("yres" in image.attrib), "both resolutions or none"
    width, height = (int(image.attrib[key]) for key in ("w", "h"))
    assert width > 0 and height > 0
    assert [child.tag for child in image] == ["stack"], "one root stack"
    root = image[0]
    assert not root.attrib, "the root stack has no attributes"
    used: set[str] = set()
    layers: list[ReadLayer] = []
    for element in root.iter():
        if element is root:
            continue
        assert element.tag in ("stack", "layer", "text"), f"{element.tag} is no element of a stack"
        assert set(element.attrib) <= COMMON | {"src"}
        assert 0 <= float(element.attrib.get("opacity", "1")) <= 1
        assert element.attrib.get("visibility", "visible") in ("visible", "hidden")
        assert element.attrib.get("composite-op", "svg:src-over") in COMPOSITE_OPS
        if element.tag == "layer":
            assert len(element) == 0
            source = element.attrib["src"]
            assert source in files, f"{source} is in the file"
            assert source == source.lower() and source.endswith(".png")
            used.add(source)
            visible = element.attrib.get("visibility", "visible") == "visible"
            left, top = (int(element.attrib.get(key, "0")) for key in ("x", "y"))
            layers.append(ReadLayer(element.attrib.get("name", ""), left, top, visible, _png(files[source])))
    assert layers, "a stack has layers"
    return width, height, tuple(layers), used


def _png(data: bytes) -> npt.NDArray[np.uint8]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "layers are PNGs"
    depth, _colour, _compression, _filter, interlace = data[24:29]
    assert depth == 8 and interlace == 0, "8 bits a channel, not interlaced"
    array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert array is not None
    code = cv2.COLOR_BGRA2RGBA if array.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return np.asarray(cv2.cvtColor(array, code), np.uint8)


def _check_thumbnail(thumbnail: npt.NDArray[np.uint8], width: int, height: int) -> None:
    rows, columns = thumbnail.shape[:2]
    assert max(rows, columns) <= 256, "a thumbnail has at most 256 pixels a side"
    assert max(rows, columns) == min(256, max(width, height)), "as large as may be, and never larger than the picture"
    assert abs(columns / width - rows / height) * max(width, height) <= 1.0, "of the picture's proportions"
