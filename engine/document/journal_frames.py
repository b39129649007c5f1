"""Frames of a journal: each carries its length and a checksum, so that a torn tail is known for what it is.

A frame is ``length`` (uint32) and ``checksum`` (xxh3-64 of the payload, uint64), little-endian, and the payload: the
length of a packed JSON object (uint32), the object, and packed blobs one after the other as the object lists them.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NoReturn, cast

import xxhash

from engine.document.fields import FieldError, Fields

MAGIC = b"TESSERA JOURNAL 1\n"
MAX_FRAME_BYTES = 1 << 30
MAX_JSON_BYTES = 128 << 20
MAX_BLOBS = 40_000
_HEAD = struct.Struct("<IQ")
_JSON_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame.

    Attributes:
        header: a JSON object.
        blobs: bytes by name, unpacked when written; packed when read, for `unpacked`.
    """

    header: Mapping[str, Any]
    blobs: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


def encode_frame(frame: Frame) -> bytes:
    """Return a frame as it lies in the file; its blobs get packed."""
    packed = {name: zlib.compress(data, 1) for name, data in frame.blobs.items()}
    header = {**frame.header, "blobs": [[name, len(data)] for name, data in packed.items()]}
    text = zlib.compress(json.dumps(header, separators=(",", ":")).encode("ascii"), 1)
    payload = b"".join((_JSON_LENGTH.pack(len(text)), text, *packed.values()))
    return _HEAD.pack(len(payload), xxhash.xxh3_64_intdigest(payload)) + payload


def read_frames(stream: BinaryIO, length_bytes: int) -> Iterator[Frame]:
    """Yield the whole frames at the start of a stream, after the magic; a torn or broken one ends it.

    Args:
        stream: where the frames begin.
        length_bytes: how much the stream still holds.
    """
    while length_bytes >= _HEAD.size:
        length, checksum = _HEAD.unpack(stream.read(_HEAD.size))
        length_bytes -= _HEAD.size
        if not _JSON_LENGTH.size <= length <= min(length_bytes, MAX_FRAME_BYTES):
            return
        payload = stream.read(length)
        length_bytes -= length
        if len(payload) != length or xxhash.xxh3_64_intdigest(payload) != checksum:
            return
        try:
            frame = _decoded(payload)
        except FieldError:
            return
        yield frame


def unpacked(frame: Frame, name: str, length_bytes: int) -> bytes:
    """Return a blob of a frame that was read.

    Args:
        frame: the frame.
        name: of the blob.
        length_bytes: how long it must be; no more than that is unpacked.

    Raises:
        FieldError: if there is none, or it has another length.
    """
    if name not in frame.blobs:
        raise FieldError(f"a journal lacks {name!r}")
    data = _unpacked(frame.blobs[name], length_bytes)
    if len(data) != length_bytes:
        raise FieldError(f"a journal: {name!r} has another length")
    return data


def _unpacked(data: bytes, most_bytes: int) -> bytes:
    """Unpack at most so many bytes; raise FieldError where there are more, or the data are broken."""
    unpacker = zlib.decompressobj()
    try:
        unpacked_data = unpacker.decompress(data, most_bytes + 1)
    except zlib.error:
        raise FieldError("a journal holds broken data") from None
    if len(unpacked_data) > most_bytes or not unpacker.eof:
        raise FieldError("a journal holds data of another length")
    return unpacked_data


def _decoded(payload: bytes) -> Frame:
    (length,) = _JSON_LENGTH.unpack_from(payload)
    start = _JSON_LENGTH.size + length
    if start > len(payload):
        raise FieldError("a journal's frame has no room for its header")
    text = _unpacked(payload[_JSON_LENGTH.size : start], MAX_JSON_BYTES)
    try:
        raw = json.loads(text, parse_constant=_refuse_constant)
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise FieldError("a journal's header is no JSON") from None
    fields = Fields(raw, "a journal's frame")
    blobs: dict[str, bytes] = {}
    for entry in fields.items("blobs", MAX_BLOBS):
        name, size = _blob_entry(entry, len(payload) - start)
        blobs[name] = payload[start : start + size]
        start += size
    return Frame(fields.rest, blobs)


def _blob_entry(entry: Any, most_bytes: int) -> tuple[str, int]:
    if isinstance(entry, list):
        items = cast("list[Any]", entry)
        if len(items) == 2 and isinstance(items[0], str) and type(items[1]) is int and 0 <= items[1] <= most_bytes:
            return items[0], items[1]
    raise FieldError("a journal's frame lists its blobs wrongly")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
