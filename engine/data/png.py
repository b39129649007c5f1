"""PNG files, exactly: indices with a palette, 16-bit instance ids and photographs, with text; hostile ones refused.

OpenCV writes no palettes and turns indices into colours when it reads, so chunks are written and checked here. What
arrives is read in three steps: the chunks are walked and their checksums compared, the pixel stream is unpacked into
exactly the bytes the header announces, and only a file rebuilt from header and pixels reaches the decoder.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.geometry import Size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS = 8192 * 8192
MAX_TEXT_BYTES = 1_000_000
GRAY, RGB, INDEXED, RGBA = 0, 2, 3, 6
_CHANNELS = {GRAY: 1, RGB: 3, INDEXED: 1, RGBA: 4}
_DEPTHS = {GRAY: (8, 16), RGB: (8,), INDEXED: (1, 2, 4, 8), RGBA: (8,)}
_FAST_LEVEL = 1
_SMALL_LEVEL = 6

Rgb8 = npt.NDArray[np.uint8]


class PngError(ValueError):
    """A file that is no PNG, or one that is broken, too large or of a kind not read here; the message is one line."""


@dataclass(frozen=True, eq=False)
class PngInfo:
    """What a PNG says about itself.

    Attributes:
        size: width and height in pixels.
        colour_type: ``GRAY``, ``RGB``, ``INDEXED`` or ``RGBA``.
        bit_depth: bits of a sample in the file.
        palette: (n, 3) uint8 sRGB of an indexed PNG, else None.
        text: text chunks by keyword.
    """

    size: Size
    colour_type: int
    bit_depth: int
    palette: npt.NDArray[np.uint8] | None = None
    text: Mapping[str, str] = field(default_factory=dict[str, str])


def write_indexed_png(
    indices: npt.NDArray[np.uint8], palette: npt.NDArray[np.uint8], text: Mapping[str, str] | None = None
) -> bytes:
    """Encode indices with their palette.

    Args:
        indices: (H, W) uint8.
        palette: (n, 3) uint8 sRGB, n from 1 to 256; every index lies below n.
        text: text chunks by keyword.

    Raises:
        ValueError: if the arrays have another form.
    """
    _check_array(indices, np.uint8, 2)
    if palette.dtype != np.uint8 or palette.ndim != 2 or palette.shape[1] != 3 or not 1 <= len(palette) <= 256:
        raise ValueError("a palette is an (n, 3) uint8 array of 1 to 256 colours")
    if int(indices.max()) >= len(palette):
        raise ValueError(f"index {int(indices.max())} lies outside a palette of {len(palette)} colours")
    rows = _unfiltered_rows(indices)
    middle = _chunk(b"PLTE", palette.tobytes())
    return _assemble(Size.of(indices), 8, INDEXED, middle, zlib.compress(rows, _SMALL_LEVEL), text)


def write_gray_png(values: npt.NDArray[np.uint8], text: Mapping[str, str] | None = None) -> bytes:
    """Encode (H, W) uint8 values as 8-bit grey.

    Raises:
        ValueError: if the array has another form.
    """
    _check_array(values, np.uint8, 2)
    return _assemble(Size.of(values), 8, GRAY, b"", zlib.compress(_unfiltered_rows(values), _SMALL_LEVEL), text)


def write_gray16_png(values: npt.NDArray[np.uint16], text: Mapping[str, str] | None = None) -> bytes:
    """Encode (H, W) uint16 values as 16-bit grey.

    Raises:
        ValueError: if the array has another form.
    """
    _check_array(values, np.uint16, 2)
    rows = _unfiltered_rows(values.astype(">u2").view(np.uint8))
    return _assemble(Size.of(values), 16, GRAY, b"", zlib.compress(rows, _SMALL_LEVEL), text)


def write_rgb_png(rgb: Rgb8, text: Mapping[str, str] | None = None) -> bytes:
    """Encode an (H, W, 3) uint8 sRGB picture; the same pixels give the same bytes.

    Raises:
        ValueError: if the array has another form.
    """
    _check_array(rgb, np.uint8, 3)
    if rgb.shape[2] != 3:
        raise ValueError("a picture is an (H, W, 3) uint8 array")
    rows = _up_filtered_rows(rgb.reshape(rgb.shape[0], -1))
    return _assemble(Size.of(rgb), 8, RGB, b"", zlib.compress(rows, _FAST_LEVEL), text)


def write_rgba_png(rgba: Rgb8, text: Mapping[str, str] | None = None) -> bytes:
    """Encode an (H, W, 4) uint8 sRGB picture with straight alpha; the same pixels give the same bytes.

    Raises:
        ValueError: if the array has another form.
    """
    _check_array(rgba, np.uint8, 3)
    if rgba.shape[2] != 4:
        raise ValueError("a picture with alpha is an (H, W, 4) uint8 array")
    rows = _up_filtered_rows(rgba.reshape(rgba.shape[0], -1))
    return _assemble(Size.of(rgba), 8, RGBA, b"", zlib.compress(rows, _FAST_LEVEL), text)


def read_png(data: bytes, *, max_pixels: int = MAX_PIXELS) -> tuple[npt.NDArray[Any], PngInfo]:
    """Decode a PNG; indices stay indices.

    Args:
        data: the file.
        max_pixels: a larger picture is refused before anything is unpacked.

    Returns:
        (H, W) uint8 for 8-bit grey and indices, (H, W) uint16 for 16-bit grey, (H, W, 3) or (H, W, 4) uint8 for
        RGB and RGBA; and what the file says about itself.

    Raises:
        PngError: if it is no PNG, is broken or too large, or of a kind not read here.
    """
    size, bit_depth, colour_type = _read_header(data, max_pixels)
    stream, palette, text = _read_chunks(data)
    if colour_type == INDEXED and palette is None:
        raise PngError("broken PNG: indices without a palette")
    row_bytes = (size.width * _CHANNELS[colour_type] * bit_depth + 7) // 8
    rows = _unpack(stream, size.height * (row_bytes + 1)).reshape(size.height, row_bytes + 1)
    if int(rows[:, 0].max()) > 4:
        raise PngError("broken PNG: unknown row filter")
    array = _decode(size, bit_depth, colour_type, stream, rows)
    if colour_type == INDEXED and palette is not None and int(array.max()) >= len(palette):
        raise PngError(f"broken PNG: index {int(array.max())} lies outside its palette of {len(palette)} colours")
    return array, PngInfo(size, colour_type, bit_depth, palette if colour_type == INDEXED else None, text)


def _check_array(array: npt.NDArray[Any], dtype: type[np.generic], dimensions: int) -> None:
    if array.dtype != dtype or array.ndim != dimensions or array.size == 0:
        raise ValueError(f"expected a {dimensions}-dimensional {np.dtype(dtype)} array, not empty")
    if array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise ValueError(f"a picture has at most {MAX_PIXELS} pixels")


def _unfiltered_rows(rows: npt.NDArray[np.uint8]) -> bytes:
    out = np.zeros((rows.shape[0], rows.shape[1] + 1), np.uint8)
    out[:, 1:] = rows
    return out.tobytes()


def _up_filtered_rows(rows: npt.NDArray[np.uint8]) -> bytes:
    out = np.full((rows.shape[0], rows.shape[1] + 1), 2, np.uint8)
    out[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=out[1:, 1:])
    return out.tobytes()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _header(size: Size, bit_depth: int, colour_type: int) -> bytes:
    return _chunk(b"IHDR", struct.pack(">IIBBBBB", size.width, size.height, bit_depth, colour_type, 0, 0, 0))


def _assemble(
    size: Size, bit_depth: int, colour_type: int, middle: bytes, stream: bytes, text: Mapping[str, str] | None
) -> bytes:
    notes = b"".join(_text_chunk(key, value) for key, value in sorted((text or {}).items()))
    head = SIGNATURE + _header(size, bit_depth, colour_type)
    return head + middle + notes + _chunk(b"IDAT", stream) + _chunk(b"IEND", b"")


def _text_chunk(key: str, value: str) -> bytes:
    keyword = key.encode("latin-1", "strict")
    if not 1 <= len(keyword) <= 79 or b"\0" in keyword or "\0" in value:
        raise ValueError(f"{key!r} is no keyword of a PNG text: 1 to 79 characters")
    if value.isascii():
        return _chunk(b"tEXt", keyword + b"\0" + value.encode("ascii"))
    return _chunk(b"iTXt", keyword + b"\0\0\0\0\0" + value.encode())


def _read_header(data: bytes, max_pixels: int) -> tuple[Size, int, int]:
    if not data.startswith(SIGNATURE):
        raise PngError("not a PNG")
    if len(data) < 33 or data[8:16] != b"\0\0\0\rIHDR":
        raise PngError("broken PNG: no header")
    width, height, bit_depth, colour_type, compression, filtering, interlace = struct.unpack(">IIBBBBB", data[16:29])
    if not width or not height or compression or filtering or interlace > 1:
        raise PngError("broken PNG: impossible header")
    if width * height > max_pixels or max(width, height) > 1 << 16:
        raise PngError(f"PNG of {width}x{height} pixels: too large, at most {max_pixels} pixels are read")
    if interlace:
        raise PngError("interlaced PNG: save it without interlacing")
    if bit_depth not in _DEPTHS.get(colour_type, ()):
        raise PngError(
            f"PNG of colour type {colour_type} with {bit_depth} bits: 8-bit grey, indices, RGB, RGBA or 16-bit grey"
        )
    return Size(width, height), bit_depth, colour_type


def _read_chunks(data: bytes) -> tuple[bytes, npt.NDArray[np.uint8] | None, dict[str, str]]:
    view = memoryview(data)
    position = len(SIGNATURE)
    stream: list[memoryview] = []
    palette: npt.NDArray[np.uint8] | None = None
    text: dict[str, str] = {}
    text_bytes = 0
    while True:
        if position + 12 > len(data):
            raise PngError("broken PNG: it ends too early")
        length = int(struct.unpack(">I", view[position : position + 4])[0])
        kind = bytes(view[position + 4 : position + 8])
        end = position + 12 + length
        if end > len(data):
            raise PngError("broken PNG: it ends too early")
        body = view[position + 8 : end - 4]
        if zlib.crc32(view[position + 4 : end - 4]) != struct.unpack(">I", view[end - 4 : end])[0]:
            raise PngError("broken PNG: a checksum does not agree")
        if kind == b"IEND":
            return b"".join(stream), palette, text
        if kind == b"IDAT":
            stream.append(body)
        elif kind == b"PLTE":
            if length % 3 or not 3 <= length <= 768:
                raise PngError("broken PNG: impossible palette")
            palette = np.frombuffer(bytes(body), np.uint8).reshape(-1, 3)
        elif kind in (b"tEXt", b"iTXt") and (text_bytes := text_bytes + length) <= MAX_TEXT_BYTES:
            text.update(_read_text(kind, bytes(body)))
        position = end


def _read_text(kind: bytes, body: bytes) -> dict[str, str]:
    keyword, _, rest = body.partition(b"\0")
    if kind == b"tEXt":
        return {keyword.decode("latin-1"): rest.decode("latin-1")}
    parts = rest[2:].split(b"\0", 2)
    if rest[:1] != b"\0" or len(parts) != 3:
        return {}
    return {keyword.decode("latin-1"): parts[2].decode("utf-8", "replace")}


def _unpack(stream: bytes, expected_bytes: int) -> npt.NDArray[np.uint8]:
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(stream, expected_bytes + 1)
    except zlib.error:
        raise PngError("broken PNG: its pixels cannot be unpacked") from None
    if len(raw) != expected_bytes or not unpacker.eof:
        raise PngError("broken PNG: it holds more or fewer pixels than its header says")
    return np.frombuffer(raw, np.uint8)


def _decode(
    size: Size, bit_depth: int, colour_type: int, stream: bytes, rows: npt.NDArray[np.uint8]
) -> npt.NDArray[Any]:
    if not rows[:, 0].any():
        return _unfiltered(size, bit_depth, colour_type, rows[:, 1:])
    # Without its palette an indexed PNG is a grey one: the decoder undoes the row filters and leaves indices alone.
    is_indexed = colour_type == INDEXED
    depth = 8 if is_indexed else bit_depth
    width = rows.shape[1] - 1 if is_indexed else size.width
    head = SIGNATURE + _header(Size(width, size.height), depth, GRAY if is_indexed else colour_type)
    rebuilt = head + _chunk(b"IDAT", stream) + _chunk(b"IEND", b"")
    array = cv2.imdecode(np.frombuffer(rebuilt, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None or array.shape[:2] != (size.height, width):
        raise PngError("broken PNG: its pixels cannot be decoded")
    if is_indexed:
        return _split_bits(np.ascontiguousarray(array, np.uint8), bit_depth, size.width)
    if colour_type == RGB:
        return cv2.cvtColor(array, cv2.COLOR_BGR2RGB)
    if colour_type == RGBA:
        return cv2.cvtColor(array, cv2.COLOR_BGRA2RGBA)
    return array


def _unfiltered(
    size: Size, bit_depth: int, colour_type: int, rows: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    if bit_depth == 16:
        return np.ascontiguousarray(rows).view(">u2").astype(np.uint16)
    if colour_type == INDEXED:
        return _split_bits(rows, bit_depth, size.width)
    channels = _CHANNELS[colour_type]
    shape = (size.height, size.width) if channels == 1 else (size.height, size.width, channels)
    return np.array(rows).reshape(shape)


def _split_bits(rows: npt.NDArray[np.uint8], bit_depth: int, width: int) -> npt.NDArray[np.uint8]:
    if bit_depth == 8:
        return np.array(rows)
    shifts = np.arange(8 - bit_depth, -1, -bit_depth, dtype=np.uint8)
    samples = (rows[:, :, None] >> shifts) & np.uint8((1 << bit_depth) - 1)
    return np.ascontiguousarray(samples.reshape(rows.shape[0], -1)[:, :width])
