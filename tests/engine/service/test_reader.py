"""The reader thread, with banks drawn here; nothing sleeps."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.bank.schema import BankFormatError
from engine.data.sample import Provenance
from engine.document.snapshot import SegmentCrop
from engine.geometry import Bounds, Size
from engine.layout import frozen
from engine.service.events import QueryDone, ReaderEvent, SourceFailed, SourceReady, ThumbnailFailed, ThumbnailReady
from engine.service.reader import MAX_REQUESTS, BankReader, cut_out, source_picture

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
        self.is_current = True

    def __contains__(self, segment_key: str, /) -> bool:
        return segment_key in self.crops

    def crop(self, segment_key: str, /) -> SegmentCrop:
        self.asked.put(segment_key)
        assert self.gate.wait(WAIT_S)
        return self.crops[segment_key]

    def photograph(self, source_key: str, /) -> np.ndarray:
        if source_key != "source":
            raise KeyError(source_key)
        return frozen(np.full((32, 64, 3), 90, np.uint8))

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


def test_a_photograph_comes_whole_with_the_outline_of_its_segment(desk):
    desk.reader.set_banks([Path("first")])
    desk.reader.request_source("a", 32)
    event = desk.event()
    assert isinstance(event, SourceReady)
    assert (event.segment_key, event.side_px) == ("a", 32)
    picture = event.picture
    assert picture.is_whole
    assert picture.rgb.shape == (16, 32, 3) and not picture.rgb.flags.writeable
    assert (picture.rgb == 90).all()
    assert picture.mask.sum() == 5 * 5  # the left half of 20 x 10 pixels, at half size
    assert picture.source_size == Size(64, 32)
    assert picture.provenance.file == "a.png"


def test_a_small_photograph_is_not_enlarged():
    assert source_picture(crop_of("a"), np.zeros((32, 64, 3), np.uint8), 4096).rgb.shape == (32, 64, 3)


def test_without_its_bank_a_segment_of_the_project_shows_its_own_crop(desk):
    desk.reader.set_segments({"kept": crop_of("kept")})
    desk.reader.request_source("kept", 64)
    event = desk.event()
    assert isinstance(event, SourceReady)
    assert not event.picture.is_whole
    assert event.picture.rgb[5, 5].tolist() == [200, 100, 50]
    assert not event.picture.rgb[20:].any()


def test_a_photograph_that_no_bank_has_is_said_to_be_missing(desk):
    desk.reader.set_banks([Path("first")])
    desk.reader.request_source("nowhere", 64)
    event = desk.event()
    assert isinstance(event, SourceFailed)
    assert "no open bank has the segment nowhere" in event.message


def test_a_segment_thinner_than_a_pixel_of_the_thumbnail_keeps_an_outline():
    mask = np.zeros((20, 20), np.bool_)
    mask[:, 7] = True
    crop = replace(crop_of("a", width=20, height=20), mask=frozen(mask))
    assert source_picture(crop, np.zeros((32, 64, 3), np.uint8), 8).mask.any()


@pytest.mark.parametrize("side_px", [0, 4097])
def test_a_photograph_of_a_senseless_side_is_refused(desk, side_px: int):
    with pytest.raises(ValueError, match="4096"):
        desk.reader.request_source("a", side_px)


def test_a_question_is_answered_before_pictures_and_its_failure_harms_nothing(desk):
    first, second = desk.banks["first"], desk.banks["second"]
    desk.reader.set_banks([Path("first"), Path("second")])
    first.gate.clear()
    desk.reader.request_thumbnail("a", 8)
    assert first.asked.get(timeout=WAIT_S) == "a"
    desk.reader.request_thumbnail("b", 8)
    asked = [
        desk.reader.query(Path("second"), lambda bank: sorted(bank.crops)),
        desk.reader.query(Path("second"), lambda bank: bank.crops["nothing"]),
        desk.reader.query(Path("elsewhere"), lambda bank: bank),
    ]
    first.gate.set()
    assert desk.ready() == "a"
    answers = [desk.event() for _ in asked]
    assert all(isinstance(answer, QueryDone) for answer in answers)
    assert [answer.query_id for answer in answers] == asked
    assert answers[0] == QueryDone(asked[0], sorted(second.crops))
    assert "nothing" in answers[1].error
    assert answers[2].error == "elsewhere is not open"
    assert desk.ready() == "b"


def test_a_bank_that_has_changed_is_opened_anew(desk):
    old = desk.banks["first"]
    desk.reader.set_banks([Path("first")])
    desk.reader.request_thumbnail("a", 8)
    assert desk.ready() == "a"
    desk.banks["first"] = DrawnBank("new")
    desk.reader.request_thumbnail("n", 8)
    assert isinstance(desk.event(), ThumbnailFailed)
    old.is_current = False
    desk.reader.request_thumbnail("n", 8)
    assert desk.ready() == "n"
    assert old.closed.is_set()


def test_a_photograph_is_asked_for_by_the_key_of_its_source(desk):
    desk.reader.set_banks([Path("broken"), Path("first")])
    desk.reader.request_photograph("source", 16)
    event = desk.event()
    assert isinstance(event, ThumbnailReady) and event.segment_key == "source"
    assert event.rgba.shape == (8, 16, 4) and (event.rgba == [90, 90, 90, 255]).all()
    desk.reader.request_photograph("nobody's", 16)
    assert isinstance(desk.event(), ThumbnailFailed)
