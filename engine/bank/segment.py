"""What a bank holds: sources, and the segments that refer to them."""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.data.sample import Provenance
from engine.geometry import Bounds, Size

_KEY = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Source:
    """One photograph with its layout.

    Attributes:
        key: 16 hex digits that name the photograph's bytes.
        name: file stem in its data set.
        size: of photograph and layout.
        provenance: where it comes from.
    """

    key: str
    name: str
    size: Size
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Segment:
    """One photographic piece: a component or an instance of a class in a source's layout.

    Attributes:
        key: 16 hex digits, see `segment_key`.
        class_id: id in the bank's class table.
        instance_id: 0, or its instance in the source's layout.
        bounds: smallest bounds that hold it, in pixels of the source.
        area_px: number of its pixels.
        source_key: which source it lies in.
    """

    key: str
    class_id: int
    instance_id: int
    bounds: Bounds
    area_px: int
    source_key: str


def source_key(photograph_bytes: bytes) -> str:
    """Return the first 16 hex digits of the SHA-256 of an encoded photograph."""
    return hashlib.sha256(photograph_bytes).hexdigest()[:16]


def segment_key(photograph_bytes: bytes, class_key: str, bounds: Bounds, mask: npt.NDArray[np.bool_]) -> str:
    """Return the name of a segment: the same in every bank that holds it.

    It is the first 16 hex digits of SHA-256 over: the encoded photograph, a zero byte, the class key in ASCII, a zero
    byte, left, top, right and bottom as little-endian uint32, and the mask inside the bounds, row by row, eight pixels
    a byte, the first pixel in the highest bit.

    Args:
        photograph_bytes: the encoded photograph as the bank stores it.
        class_key: key of the segment's class.
        bounds: where the mask lies in the photograph, in pixels.
        mask: (bounds.height, bounds.width) bool.
    """
    sha = hashlib.sha256(photograph_bytes)
    sha.update(b"\0" + class_key.encode("ascii") + b"\0")
    sha.update(struct.pack("<4I", bounds.left, bounds.top, bounds.right, bounds.bottom))
    sha.update(np.packbits(mask).tobytes())
    return sha.hexdigest()[:16]


def is_key(text: object) -> bool:
    """Return whether something is a segment or source key: 16 lower-case hex digits."""
    return isinstance(text, str) and _KEY.fullmatch(text) is not None
