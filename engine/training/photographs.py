"""The photographs of a memory bank in memory, as training and evaluation read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.classes import ClassTable
from engine.geometry import Size
from engine.layout import Layout

_Array = TypeVar("_Array", bound=npt.NDArray[Any])


@dataclass(frozen=True, eq=False)
class Photograph:
    """One photograph with its layout, scaled to a common height.

    Attributes:
        source_key: key of the source in the bank.
        name: file stem.
        group: (data set, video drive or scene).
        rgb: (H, W, 3) uint8 sRGB.
        layout: of the same size.
        depth_m: (H, W) float32 metres, or None.
    """

    source_key: str
    name: str
    group: tuple[str, str]
    rgb: npt.NDArray[np.uint8]
    layout: Layout
    depth_m: npt.NDArray[np.float32] | None


@dataclass(frozen=True, eq=False)
class Photographs:
    """All photographs of a bank.

    Attributes:
        table: the bank's class table.
        items: in the order of the bank's sources.
        record: name, digest and count, for a training record.
    """

    table: ClassTable
    items: tuple[Photograph, ...]
    record: Mapping[str, Any]


def load_photographs(bank: Bank, *, rows: int) -> Photographs:
    """Read every photograph of a bank, scaled to ``rows`` rows (layouts by nearest neighbour)."""
    items = []
    for source in bank.sources():
        size = Size(max(32, round(source.size.width * rows / source.size.height)), rows)
        rgb, layout = bank.photograph(source.key), bank.layout(source.key)
        depth_m = bank.depth_m(source.key)
        if size != source.size:
            rgb = np.asarray(cv2.resize(rgb, (size.width, size.height), interpolation=cv2.INTER_AREA), np.uint8)
            layout = Layout(_nearest(layout.class_ids, size), _nearest(layout.instance_ids, size))
            depth_m = None if depth_m is None else _nearest(depth_m, size)
        group = (source.provenance.dataset, source.provenance.group)
        items.append(Photograph(source.key, source.name, group, rgb, layout, depth_m))
    record = {"bank": bank.name, "digest": bank.digest, "photographs": len(items)}
    return Photographs(bank.table, tuple(items), record)


def _nearest(array: _Array, size: Size) -> _Array:
    scaled = cv2.resize(array, (size.width, size.height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(scaled, array.dtype)  # pyright: ignore[reportReturnType] - of the array's own type
