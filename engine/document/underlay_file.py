"""The photograph a painter traces: part of the project file, never of the picture nor of an export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.image_file import ImageError, decode_photograph, encode_webp
from engine.document.fields import FieldError, Fields
from engine.layout import frozen

Placement = Literal["fit", "fill", "stretch"]
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)
MAX_SIDE_PX = 4096
MAX_NAME = 200
ENTRY = "underlay.webp"


@dataclass(frozen=True, eq=False)
class Underlay:
    """A photograph under the layout.

    Attributes:
        name: what the painter calls it.
        rgb: (h, w, 3) uint8 sRGB, frozen, no side longer than `MAX_SIDE_PX`.
        data: the same as WebP, as projects keep it.
        opacity: in [0, 1].
        placement: shown whole, over the whole layout, or stretched to it.
    """

    name: str
    rgb: npt.NDArray[np.uint8]
    data: bytes
    opacity: float = 1.0
    placement: Placement = "fit"

    @property
    def size_bytes(self) -> int:
        """Memory its pixels take."""
        return self.rgb.nbytes + len(self.data)


def build_underlay(photograph: bytes, name: str) -> Underlay:
    """Make an underlay of the bytes of a JPEG, PNG or WebP; what is larger than a document may be is scaled down.

    Raises:
        ImageError: if they are of another format, broken or too large.
    """
    rgb = decode_photograph(photograph)
    height, width = rgb.shape[:2]
    share = MAX_SIDE_PX / max(height, width)
    if share < 1:
        size = (max(1, round(width * share)), max(1, round(height * share)))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Underlay(name[:MAX_NAME], frozen(rgb), encode_webp(rgb))


def underlay_to_json(underlay: Underlay) -> dict[str, Any]:
    """Return what a project says of its underlay; the pixels lie beside it."""
    return {"name": underlay.name, "opacity": underlay.opacity, "placement": underlay.placement}


def underlay_from_json(raw: Any, data: bytes) -> Underlay:
    """Return the underlay of a project from what it says and from the pixels beside it.

    Raises:
        FieldError: if a field has an impossible value, or the pixels are no photograph.
    """
    fields = Fields(cast("Mapping[str, Any]", raw), "the underlay")
    placement = fields.text("placement", 16)
    if placement not in PLACEMENTS:
        raise FieldError(f"the underlay cannot lie {placement!r}")
    try:
        rgb = decode_photograph(data)
    except ImageError as error:
        raise FieldError(f"{ENTRY}: {error}") from None
    if max(rgb.shape[:2]) > MAX_SIDE_PX:
        raise FieldError(f"{ENTRY} is too large")
    return Underlay(fields.text("name", MAX_NAME), frozen(rgb), data, fields.number("opacity", 0.0, 1.0), placement)
