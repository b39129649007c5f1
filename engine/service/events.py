"""What the engine thread reports. All frozen; arrays inside are not writeable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

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


Event = Progress | Update | JobFailed | JobCancelled | CommandDone
ReaderEvent = ThumbnailReady | ThumbnailFailed
