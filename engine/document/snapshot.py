"""A frozen picture of the document: everything one run of the pipeline needs, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash

from engine.classes import ClassTable
from engine.data.sample import Provenance
from engine.document.record import NEUTRAL_MOOD, Mood, RegionRecord
from engine.document.underlay_file import Underlay
from engine.geometry import Bounds, Size
from engine.layout import Layout

MAX_SPILL = 0.1


class Quality(IntEnum):
    """How much time a run may take; at equal generation the larger wins."""

    PREVIEW = 0
    FINAL = 1


@dataclass(frozen=True)
class Settings:
    """What the painter set for the whole document; part of the history.

    Attributes:
        seed: seed of every draw, in [0, 2**31).
        spill: default spill in picture heights, in [0, 0.1].
        complete: whether unpainted pixels are filled by the completion network.
        parametric: ignore the bank: the parametric twin invents everything.
        mood: the light wanted everywhere; a region may have a mood of its own.
        scene_weight: how strongly the automatic choice favours one scene and one light, in [0, 1].
        extra: fields of newer versions, kept as they were read.
    """

    seed: int = 0
    spill: float = 0.02
    complete: bool = False
    parametric: bool = False
    mood: Mood = NEUTRAL_MOOD
    scene_weight: float = 0.5
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


def check_settings(settings: Settings) -> None:
    """Raise ValueError if a setting is out of its range."""
    if not 0 <= settings.seed < 2**31:
        raise ValueError(f"a seed lies from 0 to {2**31 - 1}, not {settings.seed}")
    if not 0 <= settings.spill <= MAX_SPILL:
        raise ValueError(f"the spill lies from 0 to {MAX_SPILL} picture heights, not {settings.spill}")
    if not 0 <= settings.scene_weight <= 1:
        raise ValueError(f"the weight of one scene lies from 0 to 1, not {settings.scene_weight}")
    check_mood(settings.mood)


def check_mood(mood: Mood) -> None:
    """Raise ValueError unless warmth and brightness lie in [-1, 1]."""
    for name, value in (("warmth", mood.warmth), ("brightness", mood.brightness)):
        if not -1 <= value <= 1:
            raise ValueError(f"{name} lies from -1 to 1, not {value}")


def asked_keys(records: Iterable[RegionRecord], settings: Settings) -> frozenset[str]:
    """Return keys of all segments and sources whose pixels records and settings need; a project embeds them."""
    keys = set[str]().union(*(record.asked_keys for record in records))
    return frozenset(keys if settings.mood.like is None else {*keys, settings.mood.like})


@dataclass(frozen=True, eq=False)
class SegmentCrop:
    """The pixels of one segment, cut from its photograph; embedded in projects, so that they need no bank.

    Attributes:
        key: segment key.
        class_key: its class.
        rgb: (h, w, 3) uint8 sRGB, frozen: the photograph inside ``bounds``, also outside the mask.
        mask: (h, w) bool, frozen: the segment.
        shade: (h, w) bool, frozen: pixels of the mask that are likely shaded by an object that stood there; elided.
        bounds: where the crop lies in the photograph.
        source_size: size of the photograph.
        source_key: 16 hex digits that name the photograph.
        provenance: where the photograph comes from.
        tone: mean and standard deviation of the whole photograph in CIELAB, six floats (L a b, L a b).
    """

    key: str
    class_key: str
    rgb: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_]
    shade: npt.NDArray[np.bool_]
    bounds: Bounds
    source_size: Size
    source_key: str
    provenance: Provenance
    tone: tuple[float, float, float, float, float, float]

    @property
    def nbytes(self) -> int:
        """Memory its pixels take."""
        return self.rgb.nbytes + self.mask.nbytes + self.shade.nbytes

    @cached_property
    def digest(self) -> str:
        """32 hex digits that name its pixels and their place: what an alignment, a layer or a warp depends on."""
        box, size = self.bounds, self.source_size
        numbers = (box.left, box.top, box.right, box.bottom, size.width, size.height)
        hasher = xxhash.xxh3_128(np.array(numbers, "<i4").tobytes())
        for pixels in (self.rgb, self.mask, self.shade):
            hasher.update(np.ascontiguousarray(pixels).data)
        return hasher.hexdigest()


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One frozen state of a document.

    Attributes:
        document_id: which document; results of another one are dropped.
        generation: rises with every edit, undo and redo.
        quality: PREVIEW or FINAL.
        layout: copy of the layout.
        table: class table of the layout's ids.
        records: all records, sleeping ones too, by rising id.
        next_record_id: the id the first new record takes.
        settings: seed, spill and switches.
        segments: crops embedded in the project, by segment key; used where no open bank has the segment.
        extra: fields of a project file this version does not know, kept as they were read.
        underlay: the photograph to trace, or None; no picture depends on it.
    """

    document_id: str
    generation: int
    quality: Quality
    layout: Layout
    table: ClassTable
    records: tuple[RegionRecord, ...]
    next_record_id: int
    settings: Settings
    segments: Mapping[str, SegmentCrop] = field(default_factory=lambda: MappingProxyType({}))
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    underlay: Underlay | None = None
