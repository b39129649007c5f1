"""The reader thread, with banks drawn here; nothing sleeps."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.bank.schema import BankFormatError
from engine.data.sample import Provenance
from engine.document.snapshot import SegmentCrop
from engine.geometry import Bounds, Size
from engine.layout import frozen
from engine.service.events import ReaderEvent, ThumbnailFailed, ThumbnailReady
from engine.service.reader import MAX_REQUESTS, BankReader, cut_out

WAIT_S = 10.0


def crop_of(key: str, colour: tuple[int, int, int] = (200, 100, 50), width: int = 20, height: int = 10) -> SegmentCrop:
    """A segment whose left half is its mask."""
    mask = np.zeros((height, width), np.bool_)
    mask[:, : width // 2] = True
    rgb = np.broadcast_to(np.array(colour, np.uint8), (height, width, 3)).copy()
    return SegmentCrop(
        key, "tree", frozen(rgb), frozen(mask), frozen(np.zeros_like(mask)), Bounds(0, 0, width, height),
        Size(64, 32), "source", Provenance("drawn", "a.png"), (50, 0, 0, 10, 5, 5),
    )  # fmt: skip


class DrawnBank:
    """A bank in memory that can be told to wait, and remembers who closed it."""

    def __init__(self, keys: str) -> None:
        self.crops = {key: crop_of(key) for key in keys}
        self.gate = threading.Event()
        self.gate.set()
        self.asked: queue.Queue[str] = queue.Queue()
        self.closed = threading.Event()

    def __contains__(self, segment_key: str, /) -> bool:
        return segment_key in self.crops

    def crop(self, segment_key: str, /) -> SegmentCrop:
        self.asked.put(segment_key)
        assert self.gate.wait(WAIT_S)
        return self.crops[segment_key]

    def close(self) -> None:
        self.closed.set()


class Desk:
    """A reader with its banks and the events it has emitted."""

    def __init__(self) -> None:
        self.banks = {"first": DrawnBank("abcdef"), "second": DrawnBank("xyz")}
        self.events: queue.Queue[ReaderEvent] = queue.Queue()
        self.reader = BankReader(self.events.put, self.open)

    def open(self, path: Path) -> DrawnBank:
        if path.name not in self.banks:
            raise BankFormatError(path, "not a bank")
        return self.banks[path.name]

    def event(self) -> ReaderEvent:
        return self.events.get(timeout=WAIT_S)

    def ready(self) -> str:
        event = self.event()
        assert isinstance(event, ThumbnailReady)
        return event.segment_key


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.reader.start()
    yield desk
    for bank in desk.banks.values():
        bank.gate.set()
    assert desk.reader.stop(WAIT_S)


def test_a_segment_is_cut_out_by_its_mask_and_fitted_into_the_side():
    rgba = cut_out(crop_of("a"), 10)
    assert rgba.shape == (5, 10, 4)
    assert rgba.dtype == np.uint8
    assert not rgba.flags.writeable
    assert rgba[2, 1].tolist() == [200, 100, 50, 255]
    assert rgba[2, 8, 3] == 0


def test_a_tall_thin_segment_keeps_at_least_one_column():
    assert cut_out(crop_of("a", width=2, height=100), 10).shape == (10, 1, 4)


def test_a_soft_edge_keeps_the_colour_of_the_segment():
    rgba = cut_out(crop_of("a", width=30, height=10), 7)
    edge = (rgba[..., 3] > 0) & (rgba[..., 3] < 255)
    assert edge.any()
    assert np.abs(rgba[edge][:, :3].astype(int) - (200, 100, 50)).max() <= 2


def test_thumbnails_come_from_whichever_bank_has_them(desk):
    desk.reader.set_banks([Path("first"), Path("second")])
    desk.reader.request_thumbnail("a", 16)
    assert desk.ready() == "a"
    desk.reader.request_thumbnail("z", 16)
    assert desk.ready() == "z"


def test_the_latest_request_comes_first_and_duplicates_are_merged(desk):
    bank = desk.banks["first"]
    bank.gate.clear()
    desk.reader.set_banks([Path("first")])
    desk.reader.request_thumbnail("a", 16)
    assert bank.asked.get(timeout=WAIT_S) == "a"
    for key in ("b", "c", "d", "b"):
        desk.reader.request_thumbnail(key, 16)
    bank.gate.set()
    assert [desk.ready() for _ in range(4)] == ["a", "b", "d", "c"]
    assert desk.events.empty()


def test_beyond_the_bound_the_oldest_requests_are_forgotten(desk):
    bank = desk.banks["first"]
    bank.gate.clear()
    desk.reader.set_banks([Path("first")])
    desk.reader.request_thumbnail("a", 16)
    assert bank.asked.get(timeout=WAIT_S) == "a"
    desk.reader.request_thumbnail("b", 16)
    for side_px in range(1, MAX_REQUESTS + 1):
        desk.reader.request_thumbnail("c", side_px)
    bank.gate.set()
    assert desk.ready() == "a"
    assert {desk.ready() for _ in range(MAX_REQUESTS)} == {"c"}
    assert desk.events.empty()


def test_a_segment_nobody_has_is_reported(desk):
    desk.reader.request_thumbnail("q", 16)
    assert desk.event() == ThumbnailFailed("q", "no open bank has the segment q")


def test_a_broken_bank_does_not_hide_the_others(desk):
    desk.reader.set_banks([Path("broken"), Path("first")])
    desk.reader.request_thumbnail("a", 16)
    assert desk.ready() == "a"
    desk.reader.request_thumbnail("q", 16)
    event = desk.event()
    assert isinstance(event, ThumbnailFailed)
    assert "not a bank" in event.message


def test_embedded_segments_need_no_bank(desk):
    desk.reader.set_segments({"q": crop_of("q")})
    desk.reader.request_thumbnail("q", 16)
    assert desk.ready() == "q"


def test_a_bank_that_is_no_longer_open_is_closed(desk):
    desk.reader.set_banks([Path("first")])
    desk.reader.request_thumbnail("a", 16)
    desk.ready()
    desk.reader.set_banks([])
    assert desk.banks["first"].closed.wait(WAIT_S)
    desk.reader.request_thumbnail("a", 16)
    assert isinstance(desk.event(), ThumbnailFailed)


def test_a_side_out_of_range_is_refused(desk):
    with pytest.raises(ValueError, match="1 to 1024"):
        desk.reader.request_thumbnail("a", 0)


def test_stop_forgets_requests_and_closes_the_banks():
    desk = Desk()
    desk.reader.set_banks([Path("first")])
    desk.banks["first"].gate.clear()
    desk.reader.start()
    desk.reader.request_thumbnail("a", 16)
    desk.banks["first"].asked.get(timeout=WAIT_S)
    desk.reader.request_thumbnail("b", 16)
    assert not desk.reader.stop(0.0)
    desk.banks["first"].gate.set()
    assert desk.reader.stop(WAIT_S)
    assert desk.banks["first"].closed.is_set()
    assert desk.ready() == "a"
    assert desk.events.empty()
