"""The photographs of a memory bank in memory, as training and evaluation read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.classes import ClassTable
from engine.geometry import Size
from engine.layout import Layout


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
            target = (size.width, size.height)
            rgb = cv2.resize(rgb, target, interpolation=cv2.INTER_AREA)
            layout = Layout(
                cv2.resize(layout.class_ids, target, interpolation=cv2.INTER_NEAREST_EXACT),
                cv2.resize(layout.instance_ids, target, interpolation=cv2.INTER_NEAREST_EXACT),
            )
            if depth_m is not None:
                depth_m = cv2.resize(depth_m, target, interpolation=cv2.INTER_NEAREST_EXACT)
        group = (source.provenance.dataset, source.provenance.group)
        items.append(Photograph(source.key, source.name, group, np.asarray(rgb), layout, depth_m))
    record = {"bank": bank.name, "digest": bank.digest, "photographs": len(items)}
    return Photographs(bank.table, tuple(items), record)
