"""Photographs and label pictures from outside: checked before they are decoded, bounded, and never half read."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.png import GRAY, INDEXED, RGB, RGBA, SIGNATURE, PngError, PngInfo, read_png
from engine.geometry import Size
from engine.layout import MAX_SIDE_PX, ClassIds

MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_PICTURE_PIXELS = 8192 * 4096
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})


class ImageError(ValueError):
    """An image file that is broken, too large or of another kind than expected; the message says why."""


def read_file(path: Path) -> bytes:
    """Read a file of at most 256 MB.

    Raises:
        ImageError: if it is missing, unreadable or larger.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ImageError((error.strerror or "cannot be read").lower()) from None
    if len(data) > MAX_FILE_BYTES:
        raise ImageError("larger than 256 MB")
    return data


def decode_photograph(data: bytes) -> npt.NDArray[np.uint8]:
    """Decode a JPEG, PNG or WebP to (H, W, 3) uint8 sRGB; a JPEG is turned as its EXIF says.

    Raises:
        ImageError: if it is of another format, broken, truncated or too large.
    """
    if data.startswith(SIGNATURE):
        return _rgb_of_png(*_read_png(data))
    if data.startswith(b"\xff\xd8"):
        _check_size(_check_jpeg(data))
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        _check_size(_check_webp(data))
    else:
        raise ImageError("not a JPEG, PNG or WebP")
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        bgr = None
    if bgr is None:
        raise ImageError("cannot be decoded")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def decode_ids8(data: bytes) -> ClassIds:
    """Decode an 8-bit grey or indexed PNG to its (H, W) uint8 ids; an indexed one gives indices, not colours.

    Raises:
        ImageError: if it is no such PNG.
    """
    array, info = _read_png(data)
    if array.dtype != np.uint8 or info.colour_type not in (GRAY, INDEXED):
        raise ImageError("ids are kept in an 8-bit grey or indexed PNG")
    return array


def decode_ids16(data: bytes) -> npt.NDArray[np.uint16]:
    """Decode an 8- or 16-bit grey PNG to (H, W) uint16.

    Raises:
        ImageError: if it is no such PNG.
    """
    array, info = _read_png(data)
    if info.colour_type != GRAY:
        raise ImageError("a map of numbers is kept in an 8- or 16-bit grey PNG")
    return array.astype(np.uint16, copy=False)


def encode_webp(rgb: npt.NDArray[np.uint8], *, quality: int = 90) -> bytes:
    """Encode (H, W, 3) uint8 sRGB as WebP."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not done:
        raise ImageError("the WebP encoder failed")
    return data.tobytes()


def _check_size(size: Size) -> None:
    if not (1 <= size.width <= MAX_SIDE_PX and 1 <= size.height <= MAX_SIDE_PX):
        raise ImageError(f"has {size} pixels, a side may have 1 to {MAX_SIDE_PX}")
    if size.width * size.height > MAX_PICTURE_PIXELS:
        raise ImageError(f"has {size} pixels, more than {MAX_PICTURE_PIXELS}")


def _read_png(data: bytes) -> tuple[npt.NDArray[Any], PngInfo]:
    try:
        return read_png(data, max_pixels=MAX_PICTURE_PIXELS)
    except PngError as error:
        raise ImageError(str(error)) from None


def _rgb_of_png(array: npt.NDArray[Any], info: PngInfo) -> npt.NDArray[np.uint8]:
    if info.colour_type == RGB:
        return array
    if info.colour_type == RGBA:
        return np.ascontiguousarray(array[..., :3])
    if info.colour_type == INDEXED and info.palette is not None:
        return info.palette[array]
    if array.dtype != np.uint8:
        raise ImageError("a photograph has 8 bits a colour")
    return np.repeat(array[..., None], 3, axis=2)


def _check_jpeg(data: bytes) -> Size:
    """Walk the markers to the end of the image; in coded data 0xFF is followed by 0x00 or a restart marker."""
    size: Size | None = None
    at = 2
    while True:
        start = data.find(b"\xff", at)
        if start < 0 or start + 1 >= len(data):
            raise ImageError("truncated JPEG")
        marker = data[start + 1]
        if marker == 0xD9:
            break
        if marker in (0x00, 0xFF) or marker in _JPEG_BARE:
            at = start + (1 if marker == 0xFF else 2)
            continue
        if start + 4 > len(data):
            raise ImageError("truncated JPEG")
        (length,) = struct.unpack_from(">H", data, start + 2)
        if length < 2 or start + 2 + length > len(data):
            raise ImageError("truncated JPEG")
        if marker in _JPEG_FRAMES and length >= 7 and size is None:
            height, width = struct.unpack_from(">HH", data, start + 5)
            size = Size(width, height)
        at = start + 2 + length
    if size is None:
        raise ImageError("a JPEG without a picture")
    return size


def _check_webp(data: bytes) -> Size:
    if len(data) < 30 or len(data) < 8 + struct.unpack_from("<I", data, 4)[0]:
        raise ImageError("truncated WebP")
    kind = data[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = (v & 0x3FFF for v in struct.unpack_from("<HH", data, 26))
    else:
        raise ImageError("damaged WebP")
    return Size(width, height)
