"""A painter's own photograph: upright, of bounded size, and encoded anew without what the camera noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from engine.data.image_file import ImageError, decode_photograph, encode_webp, read_file
from engine.data.png import SIGNATURE
from engine.data.sample import Rgb8
from engine.geometry import Size
from engine.layout import check_size, frozen

MAX_PHOTOGRAPH_SIDE_PX = 2048
PHOTOGRAPH_QUALITY = 95
MAX_LAYOUT_COLOURS = 1024
"""A layout has at most 256 colours, and a few more where it was scaled smoothly."""
_SAMPLED_SIDE_PX = 512
PHOTOGRAPH_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True, eq=False)
class Photograph:
    """A photograph ready to be labelled and kept.

    Attributes:
        file: name of the file it came from.
        rgb: (H, W, 3) uint8 sRGB, frozen: exactly what ``data`` decodes to.
        data: WebP; place, time and camera of the original are not in it.
        original_size: size in the file, upright.
    """

    file: str
    rgb: Rgb8
    data: bytes = field(repr=False)
    original_size: Size

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return Size.of(self.rgb)

    @property
    def is_scaled(self) -> bool:
        """Whether the file holds more pixels."""
        return self.size != self.original_size


def is_photograph(path: Path) -> bool:
    """Return whether a picture file has too many colours to be a layout; False where it cannot be read.

    A JPEG or a WebP always is one: layouts are kept without loss.
    """
    try:
        data = read_file(path)
        rgb = decode_photograph(data)
    except ImageError:
        return False
    if not data.startswith(SIGNATURE):
        return True
    step = max(1, max(rgb.shape[:2]) // _SAMPLED_SIDE_PX)
    sampled = rgb[::step, ::step].reshape(-1, 3).astype(np.uint32)
    colours = np.unique(sampled[:, 0] << 16 | sampled[:, 1] << 8 | sampled[:, 2])
    return len(colours) > MAX_LAYOUT_COLOURS


def load_photograph(path: Path) -> Photograph:
    """Read a JPEG, PNG or WebP as a photograph to be kept.

    Raises:
        ImageError: naming the file, if it is none, broken, too large or too small.
    """
    try:
        return prepare_photograph(read_file(path), path.name)
    except ImageError as error:
        raise ImageError(f"{path.name}: {error}") from None


def prepare_photograph(data: bytes, file: str) -> Photograph:
    """Turn an encoded picture into a photograph to be kept, at most 2048 pixels a side.

    Raises:
        ImageError: if it is of another format, broken, too large or too small.
    """
    rgb = decode_photograph(data)
    original = Size.of(rgb)
    scale = MAX_PHOTOGRAPH_SIDE_PX / max(original.width, original.height)
    if scale < 1:
        size = (max(1, round(original.width * scale)), max(1, round(original.height * scale)))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    try:
        check_size(Size.of(rgb))
    except ValueError:
        raise ImageError(f"has {original} pixels, too few to cut anything out of") from None
    kept = encode_webp(rgb, quality=PHOTOGRAPH_QUALITY)
    return Photograph(file, frozen(decode_photograph(kept)), kept, original)
