"""The reader thread: pictures of segments and their photographs, from read-only connections of its own."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.bank.schema import BankFormatError
from engine.document.snapshot import SegmentCrop
from engine.geometry import Bounds, Size
from engine.layout import frozen
from engine.service.events import (
    QueryDone,
    ReaderEvent,
    SourceFailed,
    SourcePicture,
    SourceReady,
    ThumbnailFailed,
    ThumbnailReady,
)
from engine.service.worker import one_line

MAX_REQUESTS = 256
"""Requests that wait; the oldest is forgotten beyond it, and asked for again when it is shown again."""

_Value = TypeVar("_Value")
_Kind = Literal["thumbnail", "source", "photograph"]
MAX_THUMBNAIL_PX = 1024
MAX_SOURCE_PX = 4096


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked for: a cut-out of a segment, the photograph it lies in, or a photograph by its source's key."""

    kind: _Kind
    segment_key: str
    side_px: int


@dataclass(frozen=True, slots=True)
class _Query:
    """A question about one bank."""

    id: int
    path: Path
    function: Callable[[Any], Any]


class SegmentSource(Protocol):
    """What the reader needs of an open bank."""

    @property
    def is_current(self) -> bool:
        """Whether the file is still what was opened; the painter's own bank changes."""
        ...

    def __contains__(self, segment_key: str, /) -> bool:
        """Return whether the bank holds a segment."""
        ...

    def crop(self, segment_key: str, /) -> SegmentCrop:
        """Return the segment's pixels."""
        ...

    def photograph(self, source_key: str, /) -> npt.NDArray[np.uint8]:
        """Return the (H, W, 3) uint8 sRGB photograph of a source."""
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
        self._queries: deque[_Query] = deque()
        self._query_ids = itertools.count(1)
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
        self._ask("thumbnail", segment_key, side_px, most_px=MAX_THUMBNAIL_PX)

    def request_source(self, segment_key: str, side_px: int) -> None:
        """Ask for the photograph of a segment, fitted into a square; a waiting duplicate moves to the front.

        Raises:
            ValueError: if the side is not 1 to 4096 pixels.
        """
        self._ask("source", segment_key, side_px, most_px=MAX_SOURCE_PX)

    def request_photograph(self, source_key: str, side_px: int) -> None:
        """Ask for a photograph, fitted into a square; it comes as a thumbnail that is named by the source's key.

        Raises:
            ValueError: if the side is not 1 to 1024 pixels.
        """
        self._ask("photograph", source_key, side_px, most_px=MAX_THUMBNAIL_PX)

    def query(self, path: Path, function: Callable[[Any], Any]) -> int:
        """Ask one of the banks set a question, before any picture: lists and counts for browsing.

        Args:
            path: the bank.
            function: takes it, open, on the reader thread; its value comes back in `QueryDone`.

        Returns:
            The id that its `QueryDone` carries.
        """
        with self._condition:
            query = _Query(next(self._query_ids), path, function)
            self._queries.append(query)
            self._condition.notify_all()
            return query.id

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Forget all requests and end the thread.

        Returns:
            Whether the thread has ended within the time.
        """
        with self._condition:
            self._is_stopping = True
            self._requests.clear()
            self._queries.clear()
            self._condition.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _ask(self, kind: _Kind, segment_key: str, side_px: int, *, most_px: int) -> None:
        if not 1 <= side_px <= most_px:
            raise ValueError(f"a {kind} has a side of 1 to {most_px} pixels, not {side_px}")
        with self._condition:
            request = _Request(kind, segment_key, side_px)
            self._requests[request] = None
            self._requests.move_to_end(request)
            while len(self._requests) > MAX_REQUESTS:
                self._requests.popitem(last=False)
            self._condition.notify_all()

    def _loop(self) -> None:
        while (work := self._next()) is not None:
            request, paths, segments = work
            if isinstance(request, _Query):
                self._emit(self._reply(request, paths))
            else:
                self._emit(self._answer(request, paths, segments))
        self._close_all_but(())

    def _reply(self, query: _Query, paths: tuple[Path, ...]) -> ReaderEvent:
        try:
            if query.path not in paths:
                raise LookupError(f"{query.path.name} is not open")
            return QueryDone(query.id, query.function(self._bank(query.path)))
        except Exception as error:
            return QueryDone(query.id, None, one_line(error))

    def _answer(self, request: _Request, paths: tuple[Path, ...], segments: Mapping[str, SegmentCrop]) -> ReaderEvent:
        key, side_px = request.segment_key, request.side_px
        try:
            if request.kind == "thumbnail":
                return ThumbnailReady(key, cut_out(self._crop(key, paths, segments), side_px))
            if request.kind == "photograph":
                return ThumbnailReady(key, self._photograph(key, side_px, paths))
            return SourceReady(key, side_px, self._source(key, side_px, paths, segments))
        except Exception as error:
            message = one_line(error)
            is_source = request.kind == "source"
            return SourceFailed(key, side_px, message) if is_source else ThumbnailFailed(key, message)

    def _next(self) -> tuple[_Request | _Query, tuple[Path, ...], Mapping[str, SegmentCrop]] | None:
        while True:
            with self._condition:
                while not (self._is_stopping or self._requests or self._queries or set(self._banks) - set(self._paths)):
                    self._condition.wait()
                if self._is_stopping:
                    return None
                paths, segments = self._paths, self._segments
                request: _Request | _Query | None = None
                if self._queries:
                    request = self._queries.popleft()
                elif self._requests:
                    request = self._requests.popitem(last=True)[0]
            self._close_all_but(paths)
            if request is not None:
                return request, paths, segments

    def _crop(self, segment_key: str, paths: tuple[Path, ...], segments: Mapping[str, SegmentCrop]) -> SegmentCrop:
        if (crop := segments.get(segment_key)) is not None:
            return crop
        return self._read(segment_key, paths, lambda bank: bank.crop(segment_key))

    def _source(
        self, segment_key: str, side_px: int, paths: tuple[Path, ...], segments: Mapping[str, SegmentCrop]
    ) -> SourcePicture:
        def read(bank: SegmentSource) -> SourcePicture:
            crop = bank.crop(segment_key)
            return source_picture(crop, bank.photograph(crop.source_key), side_px)

        try:
            return self._read(segment_key, paths, read)
        except LookupError:
            if (crop := segments.get(segment_key)) is None:
                raise
            return source_picture(crop, None, side_px)

    def _photograph(self, source_key: str, side_px: int, paths: tuple[Path, ...]) -> npt.NDArray[np.uint8]:
        """Return a photograph as an opaque (h, w, 4) uint8 picture of at most ``side_px`` a side."""
        problem = f"no open bank has the photograph {source_key}"
        for path in paths:
            try:
                rgb = self._bank(path).photograph(source_key)
            except KeyError:
                continue
            except (BankFormatError, OSError) as error:  # another bank may still have it
                problem = one_line(error)
                continue
            height, width = rgb.shape[:2]
            scale = min(1.0, side_px / max(height, width))
            small = _shrunk(rgb, Size(max(1, round(width * scale)), max(1, round(height * scale))))
            return frozen(np.dstack([small, np.full(small.shape[:2], 255, np.uint8)]))
        raise LookupError(problem)

    def _read(self, segment_key: str, paths: tuple[Path, ...], read: Callable[[SegmentSource], _Value]) -> _Value:
        """Return what the first bank that has the segment, and can be read, gives.

        Raises:
            LookupError: if there is none.
        """
        problem = f"no open bank has the segment {segment_key}"
        for path in paths:
            try:
                bank = self._bank(path)
                if segment_key in bank:
                    return read(bank)
            except (BankFormatError, OSError) as error:  # another bank may still have it
                problem = one_line(error)
        raise LookupError(problem)

    def _bank(self, path: Path) -> SegmentSource:
        """Return a bank as it is now, opened where it is not open yet."""
        bank = self._banks.get(path)
        if bank is not None and not bank.is_current:
            self._banks.pop(path).close()
            bank = None
        if bank is None:
            bank = self._banks[path] = self._open_bank(path)
        return bank

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


def source_picture(crop: SegmentCrop, photograph: npt.NDArray[np.uint8] | None, side_px: int) -> SourcePicture:
    """Return the photograph of a segment, shrunk into a square, with the segment's mask in it.

    Args:
        crop: the segment.
        photograph: (H, W, 3) uint8 sRGB, the whole photograph, or None where only the crop is at hand.
        side_px: the longer side of what is returned; a smaller photograph keeps its size.
    """
    whole = crop.source_size
    scale = min(1.0, side_px / max(whole.width, whole.height))
    size = Size(max(1, round(whole.width * scale)), max(1, round(whole.height * scale)))
    if photograph is None:
        place = _scaled_bounds(crop.bounds, scale, size)
        rgb = np.zeros((size.height, size.width, 3), np.uint8)
        rgb[place.slices] = _shrunk(crop.rgb, Size(place.width, place.height))
    else:
        rgb = _shrunk(photograph, size)
    full = np.zeros((whole.height, whole.width), np.uint8)
    full[crop.bounds.slices] = crop.mask.view(np.uint8) * np.uint8(255)
    mask = _shrunk(full, size) >= 128
    if not mask.any():  # a thin segment must not vanish
        mask = _shrunk(full, size) > 0
    return SourcePicture(
        frozen(rgb), frozen(mask), whole, crop.source_key, crop.provenance, is_whole=photograph is not None
    )


def _scaled_bounds(bounds: Bounds, scale: float, size: Size) -> Bounds:
    left, top = min(int(bounds.left * scale), size.width - 1), min(int(bounds.top * scale), size.height - 1)
    right, bottom = round(bounds.right * scale), round(bounds.bottom * scale)
    return Bounds(left, top, max(left + 1, min(right, size.width)), max(top + 1, min(bottom, size.height)))


def _shrunk(pixels: npt.NDArray[np.uint8], size: Size) -> npt.NDArray[np.uint8]:
    if Size.of(pixels) == size:
        return pixels.copy()
    return np.asarray(cv2.resize(pixels, (size.width, size.height), interpolation=cv2.INTER_AREA), np.uint8)
