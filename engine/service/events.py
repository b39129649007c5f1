"""What the engine thread reports. All frozen; arrays inside are not writeable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.data.sample import Provenance
from engine.geometry import Size
from engine.pipeline.results import Result, Stamp


@dataclass(frozen=True, slots=True)
class Progress:
    """A run has reached a stage; ``fraction`` of the whole run, in [0, 1], is done."""

    stamp: Stamp
    stage: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Update:
    """A run is finished; ``latency_ms`` is the time from `submit` to now."""

    result: Result
    latency_ms: float


@dataclass(frozen=True, slots=True)
class JobFailed:
    """A run failed; ``message`` is one line for the painter, ``details`` the traceback."""

    stamp: Stamp
    message: str
    details: str


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """A run was abandoned because it was cancelled, or a newer snapshot waited."""

    stamp: Stamp


@dataclass(frozen=True, slots=True)
class CommandDone:
    """A command has finished: ``value`` is what it returned; ``error`` one line, empty where it succeeded."""

    command_id: int
    value: Any
    error: str = ""
    details: str = ""


@dataclass(frozen=True, eq=False)
class ThumbnailReady:
    """The reader has cut out a segment; ``rgba`` is (h, w, 4) uint8, straight alpha, frozen, within the side asked."""

    segment_key: str
    rgba: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ThumbnailFailed:
    """The reader has no picture of a segment; ``message`` is one line."""

    segment_key: str
    message: str


@dataclass(frozen=True, eq=False)
class SourcePicture:
    """A photograph with one of its segments.

    Attributes:
        rgb: (h, w, 3) uint8 sRGB, frozen: the photograph, shrunk into the side asked; black where only the segment's
            own pixels are at hand.
        mask: (h, w) bool, frozen: the segment.
        source_size: size of the photograph itself.
        source_key: 16 hex digits that name it.
        provenance: where it comes from.
        is_whole: whether the photograph is there, or only the crop that the project carries.
    """

    rgb: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_]
    source_size: Size
    source_key: str
    provenance: Provenance
    is_whole: bool


@dataclass(frozen=True, slots=True)
class SourceReady:
    """The reader has read the photograph of a segment, fitted into a square of ``side_px``."""

    segment_key: str
    side_px: int
    picture: SourcePicture


@dataclass(frozen=True, slots=True)
class SourceFailed:
    """The reader cannot read the photograph of a segment; ``message`` is one line."""

    segment_key: str
    side_px: int
    message: str


@dataclass(frozen=True, slots=True)
class QueryDone:
    """The reader has answered a question about a bank; ``error`` is one line, empty where it succeeded."""

    query_id: int
    value: Any
    error: str = ""


Event = Progress | Update | JobFailed | JobCancelled | CommandDone
ReaderEvent = ThumbnailReady | ThumbnailFailed | SourceReady | SourceFailed | QueryDone
