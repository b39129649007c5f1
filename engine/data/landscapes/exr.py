"""The raw files Cycles writes: multilayer OpenEXR, single part, uncompressed; and the cryptomattes inside."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.data.landscapes.noise import Floats

_MAGIC = 20000630
_TYPES = {0: "<u4", 1: "<f2", 2: "<f4"}


class ExrError(ValueError):
    """A file that is no uncompressed single-part OpenEXR; the message says why."""


@dataclass(frozen=True, eq=False)
class ExrImage:
    """The channels and attributes of an OpenEXR file.

    Attributes:
        channels: (H, W) arrays by name.
        attributes: raw attribute values by name.
    """

    channels: dict[str, Floats]
    attributes: dict[str, bytes]

    def channel(self, ending: str) -> Floats:
        """Return the channel whose name ends so.

        Raises:
            ExrError: if there is none.
        """
        for name, values in self.channels.items():
            if name.endswith(ending):
                return values
        raise ExrError(f"the render has no pass {ending}")


@dataclass(frozen=True, eq=False)
class Cryptomatte:
    """Which names cover how much of every pixel.

    Attributes:
        ranks: pairs of (H, W) uint32 hashes and (H, W) coverages in [0, 1], most covering first.
        names: names by hash.
    """

    ranks: tuple[tuple[npt.NDArray[np.uint32], Floats], ...]
    names: dict[int, str]

    def lookup(self, hashes: npt.NDArray[np.uint32], numbers: dict[str, int], *, missing: int) -> npt.NDArray[np.int32]:
        """Return (H, W) int32: the number of every pixel's name, ``missing`` where it has none."""
        unique, inverse = np.unique(hashes, return_inverse=True)
        table = [numbers.get(self.names.get(int(value), ""), missing) for value in unique]
        return np.array(table, np.int32)[inverse.reshape(hashes.shape)]


def read_exr(path: Path) -> ExrImage:
    """Read a file that this project's renderer has just written.

    Raises:
        ExrError: if it is of another form.
    """
    data = path.read_bytes()
    try:
        return _parse(data)
    except (struct.error, ValueError, IndexError, KeyError) as error:
        raise ExrError(f"{path.name}: {error}") from None


def read_cryptomatte(image: ExrImage, layer: str) -> Cryptomatte:
    """Return the cryptomatte of a layer, ``CryptoMaterial`` or ``CryptoObject``.

    Raises:
        ExrError: if the image has none.
    """
    names: dict[int, str] = {}
    for key, value in image.attributes.items():
        if key.startswith("cryptomatte/") and key.endswith("/name") and value.decode().endswith(layer):
            manifest = json.loads(image.attributes[key.removesuffix("name") + "manifest"].decode())
            names = {int(code, 16): name for name, code in manifest.items()}
    ranks: list[tuple[npt.NDArray[np.uint32], Floats]] = []
    for number in range(8):
        stem = f"{layer}{number:02d}."
        if not any(name.endswith((stem + "r", stem + "R")) for name in image.channels):
            break
        red, green, blue, alpha = (_either(image, stem, part) for part in "rgba")
        ranks.append((np.ascontiguousarray(red).view("<u4"), green))
        ranks.append((np.ascontiguousarray(blue).view("<u4"), alpha))
    if not ranks or not names:
        raise ExrError(f"the render has no cryptomatte {layer}")
    return Cryptomatte(tuple(ranks), names)


def _either(image: ExrImage, stem: str, part: str) -> Floats:
    for name, values in image.channels.items():
        if name.endswith((stem + part, stem + part.upper())):
            return values
    raise ExrError(f"the render has no pass {stem}{part}")


def _parse(data: bytes) -> ExrImage:
    if struct.unpack("<i", data[:4])[0] != _MAGIC:
        raise ExrError("no OpenEXR file")
    at, attributes = 8, dict[str, bytes]()
    while data[at] != 0:
        end = data.index(b"\0", at)
        name = data[at:end].decode()
        at = data.index(b"\0", end + 1) + 1
        (length,) = struct.unpack("<i", data[at : at + 4])
        attributes[name] = data[at + 4 : at + 4 + length]
        at += 4 + length
    if attributes["compression"][0] != 0:
        raise ExrError("compressed; set exr_codec to NONE")
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"])
    width, height = right - left + 1, bottom - top + 1
    kinds = _channel_kinds(attributes["channels"])
    channels = {name: np.empty((height, width), _TYPES[kind]) for name, kind in kinds}
    at += 1 + 8 * height  # past the header's end and the table of line offsets
    for _ in range(height):
        (row,) = struct.unpack("<i", data[at : at + 4])
        at += 8
        for name, kind in kinds:
            channels[name][row - top] = np.frombuffer(data, _TYPES[kind], width, at)
            at += np.dtype(_TYPES[kind]).itemsize * width
    return ExrImage(channels, attributes)


def _channel_kinds(raw: bytes) -> list[tuple[str, int]]:
    kinds, at = [], 0
    while raw[at] != 0:
        end = raw.index(b"\0", at)
        kinds.append((raw[at:end].decode(), struct.unpack("<i", raw[end + 1 : end + 5])[0]))
        at = end + 17
    return kinds
