"""The reader thread: thumbnails of segments, from its own read-only connections, while the engine thread works."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.bank.schema import BankFormatError
from engine.document.snapshot import SegmentCrop
from engine.layout import frozen
from engine.service.events import ReaderEvent, ThumbnailFailed, ThumbnailReady
from engine.service.worker import one_line

MAX_REQUESTS = 256
"""Requests that wait; the oldest is forgotten beyond it, and asked for again when it is shown again."""

_Request = tuple[str, int]


class SegmentSource(Protocol):
    """What the reader needs of an open bank."""

    def __contains__(self, segment_key: str, /) -> bool:
        """Return whether the bank holds a segment."""
        ...

    def crop(self, segment_key: str, /) -> SegmentCrop:
        """Return the segment's pixels."""
        ...

    def close(self) -> None:
        """Let the file go."""
        ...


class BankReader:
    """Cuts thumbnails on its own thread, named ``reader``, which alone owns its connections to the banks.

    The latest request comes first, for it is what the painter looks at. Every method may be called from any thread;
    ``emit`` is called on the reader thread only.
    """

    def __init__(
        self, emit: Callable[[ReaderEvent], None], open_bank: Callable[[Path], SegmentSource] = Bank.open
    ) -> None:
        """Prepare the thread; nothing runs before `start`."""
        self._emit = emit
        self._open_bank = open_bank
        self._condition = threading.Condition()
        self._paths: tuple[Path, ...] = ()
        self._segments: Mapping[str, SegmentCrop] = MappingProxyType({})
        self._requests: OrderedDict[_Request, None] = OrderedDict()
        self._is_stopping = False
        self._banks: dict[Path, SegmentSource] = {}
        self._thread = threading.Thread(target=self._loop, name="reader", daemon=True)

    def start(self) -> None:
        """Start the reader thread."""
        self._thread.start()

    def set_banks(self, paths: Sequence[Path]) -> None:
        """Read from these banks from now on, the first that has a segment first."""
        with self._condition:
            self._paths = tuple(paths)
            self._condition.notify_all()

    def set_segments(self, segments: Mapping[str, SegmentCrop]) -> None:
        """Take these crops, embedded in the project, before any bank's; the mapping is copied."""
        with self._condition:
            self._segments = MappingProxyType(dict(segments))

    def request_thumbnail(self, segment_key: str, side_px: int) -> None:
        """Ask for a segment, cut out by its mask and fitted into a square; a waiting duplicate moves to the front.

        Raises:
            ValueError: if the side is not 1 to 1024 pixels.
        """
        if not 1 <= side_px <= 1024:
            raise ValueError(f"a thumbnail has a side of 1 to 1024 pixels, not {side_px}")
        with self._condition:
            request = (segment_key, side_px)
            self._requests[request] = None
            self._requests.move_to_end(request)
            while len(self._requests) > MAX_REQUESTS:
                self._requests.popitem(last=False)
            self._condition.notify_all()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Forget all requests and end the thread.

        Returns:
            Whether the thread has ended within the time.
        """
        with self._condition:
            self._is_stopping = True
            self._requests.clear()
            self._condition.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        while (work := self._next()) is not None:
            (segment_key, side_px), paths, segments = work
            try:
                crop = self._crop(segment_key, paths, segments)
                event: ReaderEvent = ThumbnailReady(segment_key, cut_out(crop, side_px))
            except Exception as error:
                event = ThumbnailFailed(segment_key, one_line(error))
            self._emit(event)
        self._close_all_but(())

    def _next(self) -> tuple[_Request, tuple[Path, ...], Mapping[str, SegmentCrop]] | None:
        while True:
            with self._condition:
                while not (self._is_stopping or self._requests or set(self._banks) - set(self._paths)):
                    self._condition.wait()
                if self._is_stopping:
                    return None
                paths, segments = self._paths, self._segments
                request = self._requests.popitem(last=True)[0] if self._requests else None
            self._close_all_but(paths)
            if request is not None:
                return request, paths, segments

    def _crop(self, segment_key: str, paths: tuple[Path, ...], segments: Mapping[str, SegmentCrop]) -> SegmentCrop:
        if (crop := segments.get(segment_key)) is not None:
            return crop
        problem = f"no open bank has the segment {segment_key}"
        for path in paths:
            try:
                if path not in self._banks:
                    self._banks[path] = self._open_bank(path)
                if segment_key in self._banks[path]:
                    return self._banks[path].crop(segment_key)
            except (BankFormatError, OSError) as error:  # another bank may still have it
                problem = one_line(error)
        raise LookupError(problem)

    def _close_all_but(self, paths: Sequence[Path]) -> None:
        for path in set(self._banks) - set(paths):
            self._banks.pop(path).close()


def cut_out(crop: SegmentCrop, side_px: int) -> npt.NDArray[np.uint8]:
    """Return a segment without its surroundings, fitted into a square.

    Args:
        crop: the segment.
        side_px: the longer side of what is returned.

    Returns:
        (h, w, 4) uint8 sRGB with straight alpha, frozen.
    """
    height, width = crop.mask.shape
    scale = side_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    alpha = crop.mask.astype(np.float32)
    premultiplied = np.dstack([crop.rgb.astype(np.float32) * alpha[..., None], alpha * np.float32(255)])
    small = cv2.resize(premultiplied, size, interpolation=how)
    share = np.maximum(small[..., 3:] / np.float32(255), np.float32(1 / 255))
    small[..., :3] /= share
    return frozen(np.clip(np.rint(small), 0, 255).astype(np.uint8))
