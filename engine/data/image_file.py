"""Photographs and label pictures from outside: checked before they are decoded, bounded, and never half read."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from engine.geometry import Size
from engine.layout import MAX_SIDE_PX, ClassIds

MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_PICTURE_PIXELS = 8192 * 4096
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
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


def check_image(data: bytes) -> Size:
    """Check that a JPEG, PNG or WebP is whole and of a bearable size, without decoding it.

    Returns:
        The size its header states (before any EXIF rotation).

    Raises:
        ImageError: if it is of another format, truncated, or too large.
    """
    if data.startswith(b"\xff\xd8"):
        size = _check_jpeg(data)
    elif data.startswith(_PNG_SIGNATURE):
        size, _, _ = _check_png(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        size = _check_webp(data)
    else:
        raise ImageError("not a JPEG, PNG or WebP")
    if not (1 <= size.width <= MAX_SIDE_PX and 1 <= size.height <= MAX_SIDE_PX):
        raise ImageError(f"has {size} pixels, a side may have 1 to {MAX_SIDE_PX}")
    if size.width * size.height > MAX_PICTURE_PIXELS:
        raise ImageError(f"has {size} pixels, more than {MAX_PICTURE_PIXELS}")
    return size


def decode_photograph(data: bytes) -> npt.NDArray[np.uint8]:
    """Decode a JPEG, PNG or WebP to (H, W, 3) uint8 sRGB, turned as its EXIF says.

    Raises:
        ImageError: if it is broken, truncated or too large.
    """
    check_image(data)
    bgr = _decode(data, cv2.IMREAD_COLOR)
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def decode_ids8(data: bytes) -> ClassIds:
    """Decode an 8-bit grey or indexed PNG to its (H, W) uint8 ids; an indexed one gives indices, not colours.

    Raises:
        ImageError: if it is no such PNG.
    """
    check_image(data)
    if not data.startswith(_PNG_SIGNATURE):
        raise ImageError("ids are kept in a PNG, without loss")
    _, depth, colour_type = _check_png(data)
    if colour_type == 3:
        return np.ascontiguousarray(_decode(_with_identity_palette(data, depth), cv2.IMREAD_COLOR)[:, :, 0])
    if (depth, colour_type) != (8, 0):
        raise ImageError("ids are kept in an 8-bit grey or indexed PNG")
    return _decode(data, cv2.IMREAD_GRAYSCALE)


def decode_ids16(data: bytes) -> npt.NDArray[np.uint16]:
    """Decode an 8- or 16-bit grey PNG to (H, W) uint16.

    Raises:
        ImageError: if it is no such PNG.
    """
    check_image(data)
    if not data.startswith(_PNG_SIGNATURE):
        raise ImageError("a map of numbers is kept in a PNG, without loss")
    _, depth, colour_type = _check_png(data)
    if colour_type != 0 or depth not in (8, 16):
        raise ImageError("a map of numbers is kept in an 8- or 16-bit grey PNG")
    return _decode(data, cv2.IMREAD_UNCHANGED).astype(np.uint16, copy=False)


def encode_png(array: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> bytes:
    """Encode (H, W) uint8 or uint16 as a grey PNG."""
    done, data = cv2.imencode(".png", array, [cv2.IMWRITE_PNG_COMPRESSION, 6])
    if not done:
        raise ImageError("the PNG encoder failed")
    return data.tobytes()


def encode_webp(rgb: npt.NDArray[np.uint8], *, quality: int = 90) -> bytes:
    """Encode (H, W, 3) uint8 sRGB as WebP."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not done:
        raise ImageError("the WebP encoder failed")
    return data.tobytes()


def _decode(data: bytes, flags: int) -> npt.NDArray[np.uint8]:
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        decoded = None
    if decoded is None:
        raise ImageError("cannot be decoded")
    return decoded  # type: ignore[return-value]


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


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, payload) of every chunk up to and with IEND, each with its checksum checked."""
    at = len(_PNG_SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise ImageError("truncated PNG")
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise ImageError("truncated PNG")
        payload = data[at + 8 : at + 8 + length]
        if zlib.crc32(payload, zlib.crc32(kind)) != struct.unpack_from(">I", data, at + 8 + length)[0]:
            raise ImageError("damaged PNG")
        yield kind, payload
        if kind == b"IEND":
            return
        at += 12 + length


def _check_png(data: bytes) -> tuple[Size, int, int]:
    """Return size, bit depth and colour type of a whole PNG."""
    header = b""
    for kind, payload in _png_chunks(data):
        if kind == b"IHDR" and not header:
            header = payload
    if len(header) != 13:
        raise ImageError("damaged PNG")
    width, height, depth, colour_type = struct.unpack_from(">IIBB", header)
    return Size(width, height), depth, colour_type


def _with_identity_palette(data: bytes, depth: int) -> bytes:
    """Return an indexed PNG whose colours are (i, i, i), so that any decoder hands out the indices."""
    palette = bytes(i for i in range(1 << depth) for _ in range(3))
    parts = [_PNG_SIGNATURE]
    for kind, payload in _png_chunks(data):
        if kind not in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
            continue
        body = palette if kind == b"PLTE" else payload
        parts += [struct.pack(">I4s", len(body), kind), body, struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))]
    return b"".join(parts)


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
