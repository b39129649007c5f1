"""Composing: order decides overlaps, spill covers only what lies behind, elision is local and on the rear side."""

import numpy as np
import pytest

from engine.classes import ClassInfo, ClassTable
from engine.data.sample import Provenance
from engine.document.snapshot import SegmentCrop
from engine.geometry import IDENTITY_THETA, Bounds, Size, round_theta
from engine.layout import Layout, frozen
from engine.pipeline.canvas import (
    ELIDED,
    MISSING,
    PHOTO,
    Canvas,
    PlacedSegment,
    _elided,
    compose_canvas,
    elision_draw,
    index_regions,
    scale_regions,
    spill_window,
    warp_crop,
    within_reach,
)
from engine.regions import MAX_KNOWN, Region, find_regions

TABLE = ClassTable(
    "test",
    "Test",
    (
        ClassInfo(0, "sky", "Sky", (1, 2, 3)),
        ClassInfo(1, "road", "Road", (4, 5, 6), ground=True),
        ClassInfo(2, "car", "Car", (7, 8, 9), kind="thing"),
    ),
)


def _crop(
    size: Size, colour: tuple[int, int, int], mask: np.ndarray | None = None, *, shade: bool = False
) -> SegmentCrop:
    rgb = np.empty((size.height, size.width, 3), np.uint8)
    rgb[:] = colour
    whole = np.ones((size.height, size.width), np.bool_) if mask is None else mask
    return SegmentCrop(
        key="".join(f"{v:02x}" for v in colour),
        class_key="sky",
        rgb=rgb,
        mask=whole,
        shade=np.full_like(whole, fill_value=shade),
        bounds=size.bounds,
        source_size=size,
        source_key="s",
        provenance=Provenance("d", "f"),
        tone=(50, 0, 0, 20, 5, 5),
    )


def _two_halves(size: Size = Size(64, 64)) -> tuple[Layout, tuple[Region, ...], np.ndarray]:
    ids = np.zeros((size.height, size.width), np.uint8)
    ids[size.height // 2 :] = 1
    layout = Layout.from_classes(ids)
    regions = find_regions(layout, TABLE)
    return layout, regions, index_regions(regions, size)


def _compose(
    regions: tuple[Region, ...], index: np.ndarray, crops: list[SegmentCrop], ranks: list[int], *, spill: float = 0.0
) -> Canvas:
    placed = [PlacedSegment(i, crop, IDENTITY_THETA, spill) for i, crop in enumerate(crops)]
    return compose_canvas(index, regions, placed, ranks, TABLE, seed=0)


def test_each_region_shows_its_own_segment() -> None:
    _, regions, index = _two_halves()
    canvas = _compose(regions, index, [_crop(Size(64, 64), (200, 0, 0)), _crop(Size(64, 64), (0, 200, 0))], [0, 1])
    assert canvas.rgb[0, 0].tolist() == [200, 0, 0]
    assert canvas.rgb[63, 0].tolist() == [0, 200, 0]
    assert canvas.segment_index[0, 0] == 1
    assert canvas.segment_index[63, 0] == 2


def test_reversing_two_neighbours_changes_the_canvas() -> None:
    _, regions, index = _two_halves()
    crops = [_crop(Size(64, 64), (200, 0, 0)), _crop(Size(64, 64), (0, 200, 0))]
    one = _compose(regions, index, crops, [0, 1], spill=0.05)
    other = _compose(regions, index, crops, [1, 0], spill=0.05)
    assert not np.array_equal(one.rgb, other.rgb)


def test_spill_covers_what_lies_behind_and_never_what_lies_in_front() -> None:
    _, regions, index = _two_halves()
    crops = [_crop(Size(64, 64), (200, 0, 0)), _crop(Size(64, 64), (0, 200, 0))]
    canvas = _compose(regions, index, crops, [0, 1], spill=4 / 64)
    assert canvas.segment_index[28:32].max() == 2  # the front one, four rows into the rear one's region
    assert canvas.segment_index[27].max() <= 1
    assert not (canvas.segment_index[32:] == 1).any()


def test_boundaries_are_elided_on_the_rear_side_only() -> None:
    _, regions, index = _two_halves()
    canvas = _compose(regions, index, [_crop(Size(64, 64), (9, 9, 9)), _crop(Size(64, 64), (7, 7, 7))], [0, 1])
    assert (canvas.presence[31] == ELIDED).all()
    assert (canvas.presence[32:] == PHOTO).all()
    assert (canvas.rgb[31] == 0).all()


def test_ground_is_elided_around_the_object_that_stands_on_it() -> None:
    ids = np.full((100, 200), 1, np.uint8)
    ids[40:60, 80:120] = 2
    regions = find_regions(Layout.from_classes(ids), TABLE)
    index = index_regions(regions, Size(200, 100))
    canvas = _compose(regions, index, [_crop(Size(200, 100), (9, 9, 9)), _crop(Size(200, 100), (8, 8, 8))], [0, 1])
    assert (canvas.presence[60, 85:115] == ELIDED).all()
    assert (canvas.presence[40:60, 80:120] == PHOTO).all()
    assert (canvas.presence[70] == PHOTO).all()


def test_source_shadows_are_elided() -> None:
    _, regions, index = _two_halves()
    crops = [_crop(Size(64, 64), (9, 9, 9)), _crop(Size(64, 64), (7, 7, 7), shade=True)]
    assert (_compose(regions, index, crops, [0, 1]).presence[40:] == ELIDED).all()


def test_a_region_without_segment_is_missing_and_nothing_spills_over_void() -> None:
    ids = np.zeros((64, 64), np.uint8)
    ids[32:] = 255
    regions = find_regions(Layout.from_classes(ids), TABLE)
    index = index_regions(regions, Size(64, 64))
    canvas = _compose(regions, index, [_crop(Size(64, 64), (9, 9, 9))], [0], spill=0.1)
    assert (canvas.presence[32:] == MISSING).all()
    assert (canvas.presence[:31] == PHOTO).all()


def test_two_equal_ranks_are_refused() -> None:
    _, regions, index = _two_halves()
    with pytest.raises(ValueError, match="rank of its own"):
        compose_canvas(index, regions, [], [0, 0], TABLE, seed=0)


def test_the_elision_draw_is_the_same_place_at_every_resolution() -> None:
    small, large = elision_draw(Size(512, 256), 7), elision_draw(Size(1024, 512), 7)
    assert np.array_equal(small.repeat(2, 0).repeat(2, 1), large)
    assert 0.45 < small.mean() < 0.55
    assert not np.array_equal(small, elision_draw(Size(512, 256), 8))


def test_elision_found_in_bands_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(0)
    owner = draw.integers(0, 5, (20, 25)).repeat(12, 0).repeat(12, 1).astype(np.uint16)
    things, grounds = np.array([False, True, False, True, False]), np.array([False, False, True, False, True])
    whole = _elided(owner, things, grounds, 3)
    monkeypatch.setattr("engine.pipeline.canvas.BAND_ROWS", 37)
    assert np.array_equal(_elided(owner, things, grounds, 3), whole)


def test_a_far_edit_leaves_the_canvas_byte_identical() -> None:
    ids = np.zeros((64, 256), np.uint8)
    ids[32:] = 1
    ids[40:50, 20:40] = 2
    edited = ids.copy()
    edited[40:50, 24:44] = 2
    canvases = []
    for each in (ids, edited):
        regions = find_regions(Layout.from_classes(each), TABLE)
        crops = [_crop(Size(256, 64), (50 * i, 9, 9)) for i in range(len(regions))]
        canvases.append(_compose(regions, index_regions(regions, Size(256, 64)), crops, [0, 1, 2], spill=0.02))
    assert np.array_equal(canvases[0].rgb[:, 60:], canvases[1].rgb[:, 60:])
    assert not np.array_equal(canvases[0].rgb, canvases[1].rgb)


def test_warping_by_the_identity_returns_the_crop_in_its_place() -> None:
    size = Size(40, 20)
    rng = np.random.default_rng(0)
    crop = _crop(size, (1, 1, 1), rng.random((20, 40)) > 0.5)
    crop.rgb[:] = rng.integers(0, 255, crop.rgb.shape)
    warped = warp_crop(crop, IDENTITY_THETA, Bounds(5, 3, 25, 18), size)
    assert np.array_equal(warped.rgb, crop.rgb[3:18, 5:25])
    assert np.array_equal(warped.mask, crop.mask[3:18, 5:25])


def test_warping_shifts_by_picture_heights() -> None:
    size = Size(40, 20)
    mask = np.zeros((20, 40), np.bool_)
    mask[5:10, 10:20] = True
    theta = round_theta((1, 0, 4 / 20, 0, 1, 2 / 20))  # region -> segment: the segment lies right and below
    warped = warp_crop(_crop(size, (1, 1, 1), mask), theta, size.bounds, size).mask
    assert np.array_equal(warped[3:8, 6:16], np.ones((5, 10), np.bool_))
    assert warped.sum() == 50


def test_scaled_regions_cover_the_scaled_index() -> None:
    _, regions, index = _two_halves()
    scaled, small = scale_regions(regions, index, Size(32, 32))
    assert small.shape == (32, 32)
    assert [r.area_px for r in scaled] == [512, 512]
    assert scaled[1].bounds == Bounds(0, 16, 32, 32)


def test_a_continued_segment_covers_its_whole_region_and_spills_no_farther_than_its_mask() -> None:
    size = Size(64, 64)
    _, regions, index = _two_halves(size)
    mask = np.zeros((64, 64), np.bool_)
    mask[20:50, 20:40] = True
    crop = _crop(size, (0, 200, 0), mask)
    canvases = [
        compose_canvas(
            index, regions, [PlacedSegment(0, crop, IDENTITY_THETA, 0.2, continued=continued)], [1, 0], TABLE, seed=0
        )
        for continued in (False, True)
    ]
    assert (canvases[0].presence[:32] == MISSING).any()
    assert (canvases[1].presence[:32] != MISSING).all()
    below = (canvases[1].presence != MISSING)[32:]
    assert np.array_equal(below, (canvases[0].presence != MISSING)[32:])
    assert below.any()


def test_composing_can_be_abandoned_before_every_segment_and_every_band_of_rows() -> None:
    _, regions, index = _two_halves(Size(64, 600))
    placed = [PlacedSegment(i, _crop(Size(64, 600), (9, 9, 9)), IDENTITY_THETA, 0.0) for i in range(2)]
    checks: list[None] = []
    compose_canvas(index, regions, placed, [0, 1], TABLE, seed=0, check=lambda: checks.append(None))
    assert len(checks) == 2 + 3


def test_what_a_region_reaches_is_its_pixels_and_those_within_the_spill() -> None:
    mask = frozen(np.ones((4, 6), np.bool_))
    region = Region(0, 0, Bounds(10, 8, 16, 12), mask, 24)
    window, reach_px = spill_window(region.bounds, 0.1, Size(40, 20))
    assert (window, reach_px) == (Bounds(8, 6, 18, 14), 2.0)
    reached = within_reach(region, window, reach_px)
    assert reached[2:6, 2:8].all()
    assert reached[0, 4]
    assert not reached[0, 0]  # 2.8 pixels from the corner
    assert within_reach(region, window, reach_px) is reached
    for hundredths in range(100):
        within_reach(region, window, hundredths / 50)
    assert len(region.known) <= MAX_KNOWN
    assert np.array_equal(within_reach(region, window, 0.0), np.pad(mask, 2))
