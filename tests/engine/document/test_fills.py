"""Tests of fills: connected, everywhere, and with gaps closed."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from engine.document.fills import covered_from, find_fill, places_of, same_pair
from tests.support.layouts import parse_layout

Drawing = tuple[str, ...]


def _ids(*rows: str) -> np.ndarray:
    return np.array([[".#".index(cell) for cell in row] for row in rows], np.uint8)


def _fill(class_ids: np.ndarray, x: int, y: int, gap_px: int) -> np.ndarray:
    return find_fill(class_ids, np.zeros(class_ids.shape, np.uint16), x, y, close_gaps_px=gap_px)


def _shown(mask: np.ndarray) -> Drawing:
    return tuple("".join(".x"[int(cell)] for cell in row) for row in mask)


def test_a_fill_takes_connected_pixels_of_the_same_class_and_instance() -> None:
    layout = parse_layout("ccc/ccc/rcr/rrc", instances="011/011/000/000", cell_px=4)
    filled = find_fill(layout.class_ids, layout.instance_ids, 0, 0)
    assert filled[::4, ::4].tolist() == [[True, False, False], [True, False, False], [False] * 3, [False] * 3]
    # (1, 2) touches (0, 1) and (2, 3) at a corner only.
    assert find_fill(layout.class_ids, layout.instance_ids, 4, 8)[::4, ::4].sum() == 1
    assert same_pair(layout.class_ids, layout.instance_ids, 0, 0)[::4, ::4].sum() == 4
    everywhere = find_fill(layout.class_ids, layout.instance_ids, 0, 0, contiguous=False)
    np.testing.assert_array_equal(everywhere, same_pair(layout.class_ids, layout.instance_ids, 0, 0))


def test_a_fill_from_outside_or_across_an_impossible_gap_is_refused() -> None:
    layout = parse_layout("ss/ss")
    for x, y in ((-1, 0), (16, 0), (0, 16)):
        with pytest.raises(ValueError, match="outside"):
            find_fill(layout.class_ids, layout.instance_ids, x, y)
    for gap_px in (-1, 257):
        with pytest.raises(ValueError, match="can be closed"):
            find_fill(layout.class_ids, layout.instance_ids, 0, 0, close_gaps_px=gap_px)


BOX_WITH_A_GAP = _ids(
    "............",
    ".#########..",
    ".#.......#..",
    ".#.......#..",
    ".#..........",
    ".#.......#..",
    ".#.......#..",
    ".#########..",
    "............",
    "............",
    "............",
)


def test_a_small_gap_is_closed_and_the_room_is_filled_into_its_corners() -> None:
    assert _fill(BOX_WITH_A_GAP, 4, 4, 0).sum() == (BOX_WITH_A_GAP == 0).sum()
    for x, y in ((4, 4), (2, 2), (8, 6)):
        assert _shown(_fill(BOX_WITH_A_GAP, x, y, 1)) == (
            "............",
            "............",
            "..xxxxxxx...",
            "..xxxxxxx...",
            "..xxxxxxx...",
            "..xxxxxxx...",
            "..xxxxxxx...",
            "............",
            "............",
            "............",
            "............",
        )


def test_a_gap_that_is_wider_is_not_closed() -> None:
    wide = np.pad(BOX_WITH_A_GAP, 6)
    wide[9:12, 15] = 0
    assert _fill(wide, 10, 10, 2)[0, 0]
    assert not _fill(wide, 10, 10, 3)[0, 0]


def test_a_gap_at_the_edge_of_the_layout_is_closed_too() -> None:
    ids = np.zeros((20, 40), np.uint8)
    ids[3:, 20] = 1
    assert _fill(ids, 5, 5, 2)[5, 30]
    filled = _fill(ids, 5, 5, 3)
    assert filled[:, :20].all()
    assert not filled[:, 21:].any()


def test_corners_of_a_slanted_room_and_dead_ends_are_filled_to_the_last_pixel() -> None:
    ids = np.zeros((200, 200), np.uint8)
    diamond = np.array([[100, 10], [190, 100], [100, 190], [10, 100]], np.int32)
    cv2.polylines(ids, [diamond], True, 1, 3)
    inside = _fill(ids, 100, 100, 0)
    assert not inside[0, 0]
    np.testing.assert_array_equal(_fill(ids, 100, 100, 12), inside)
    ids[100:102, 150:199] = 0  # a corridor out of the room, two pixels wide
    ids[97:100, 150:199], ids[102:105, 150:199] = 1, 1
    filled = _fill(ids, 80, 100, 3)
    assert filled[100, 148]
    assert not filled[0, 0]


def test_a_fill_begun_in_a_corridor_or_in_the_gap_itself_stays_there() -> None:
    assert _shown(_fill(BOX_WITH_A_GAP, 9, 4, 1))[4] == ".........x.."
    assert _fill(BOX_WITH_A_GAP, 9, 4, 1).sum() == 1
    narrow = np.ones((9, 30), np.uint8)
    narrow[4, 2:28] = 0
    assert _fill(narrow, 10, 4, 5).sum() == 26


def test_a_fill_with_gaps_closed_never_leaves_the_connected_fill() -> None:
    rng = np.random.default_rng(3)
    for _ in range(60):
        ids = (rng.random((40, 60)) < 0.25).astype(np.uint8)
        ids = np.kron(ids, np.ones((2, 2), np.uint8))
        x, y = int(rng.integers(0, 120)), int(rng.integers(0, 80))
        closed = _fill(ids, x, y, int(rng.integers(1, 6)))
        assert closed[y, x]
        assert not (closed & ~_fill(ids, x, y, 0)).any()


def test_closing_gaps_is_quick_on_a_large_layout() -> None:
    ids = np.zeros((1024, 2048), np.uint8)
    rng = np.random.default_rng(0)
    for _ in range(150):
        (x0, y0, x1, y1) = (int(v) for v in rng.integers(0, 2048, 4))
        cv2.line(ids, (x0, y0 % 1024), (x1, y1 % 1024), 1, 3)
    y, x = (int(v) for v in np.argwhere(ids == 0)[1_000_000 % (ids == 0).sum()])
    took_s = []
    for _ in range(3):
        began = time.perf_counter()
        _fill(ids, x, y, 8)
        took_s.append(time.perf_counter() - began)
    assert min(took_s) < 0.1


def _ratio(task: Callable[[], object], unit: Callable[[], object]) -> float:
    """Return how many units of work a task takes, each measured while the other runs, whatever else runs."""
    took_s: tuple[list[float], list[float]] = ([], [])
    for _ in range(5):
        for work, times in zip((task, unit), took_s, strict=True):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
    return min(took_s[0]) / min(took_s[1])


@pytest.mark.parametrize("gap_px", [3, 12, 128])
def test_closing_gaps_of_any_width_takes_few_connected_fills(gap_px: int) -> None:
    ids = np.zeros((2048, 4096), np.uint8)
    for x in range(100, 4000, 400):
        cv2.circle(ids, (x, 1000), 150, 1, 4)
        cv2.rectangle(ids, (x, 400), (x + gap_px // 2, 500), 1, -1)
    assert _ratio(lambda: _fill(ids, 5, 5, gap_px), lambda: _fill(ids, 5, 5, 0)) < 9


def test_squares_of_any_side_fit_where_every_one_of_their_pixels_is_set() -> None:
    rng = np.random.default_rng(7)
    pixels = (cv2.resize(rng.random((9, 13)), (130, 90)) > 0.35).astype(np.uint8)
    for side in (1, 2, 3, 15, 16, 17, 18, 31, 33, 40, 64):
        square = np.ones((side, side), np.uint8)
        anchor = (side // 2, side // 2)
        fits = cv2.erode(pixels, square, anchor=anchor, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        np.testing.assert_array_equal(places_of(pixels, side), fits)
        back = (side - 1 - side // 2, side - 1 - side // 2)
        covered = cv2.dilate(fits, square, anchor=back, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        np.testing.assert_array_equal(covered_from(np.asarray(fits, np.uint8), side), covered)
