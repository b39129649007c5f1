"""Tests of regions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.classes import VOID
from engine.geometry import Bounds
from engine.layout import Layout
from engine.regions import find_region_at, find_regions
from tests.support.layouts import parse_layout, small_table

TABLE = small_table()


def _keys(layout: Layout, *, min_share: float = 0.0) -> list[tuple[str, int, int]]:
    found = find_regions(layout, TABLE, min_share=min_share)
    return [(TABLE[r.class_id].key, r.instance_id, r.area_px) for r in found]


def test_components_of_a_class_are_regions_in_order_of_class_and_place() -> None:
    layout = parse_layout("sbs/rrr/tst", cell_px=4)
    assert _keys(layout) == [
        ("sky", 0, 16), ("sky", 0, 16), ("sky", 0, 16), ("building", 0, 16), ("road", 0, 48),
        ("tree", 0, 16), ("tree", 0, 16),
    ]  # fmt: skip
    found = find_regions(layout, TABLE)
    assert [r.bounds for r in found[:3]] == [Bounds(0, 0, 4, 4), Bounds(8, 0, 12, 4), Bounds(4, 8, 8, 12)]


def test_pixels_that_touch_at_a_corner_are_one_region() -> None:
    assert _keys(parse_layout("tr/rt", cell_px=4)) == [("road", 0, 32), ("tree", 0, 32)]


def test_void_is_no_region() -> None:
    assert _keys(parse_layout("../.s", cell_px=4)) == [("sky", 0, 16)]


def test_an_instance_keeps_all_its_pixels_together_even_when_parted() -> None:
    layout = parse_layout("crc/rrr", instances="707/000", cell_px=4)
    found = find_regions(layout, TABLE)
    assert _keys(layout) == [("road", 0, 64), ("car", 7, 32)]
    assert found[1].bounds == Bounds(0, 0, 12, 4)
    assert found[1].mask[0].tolist() == [True] * 4 + [False] * 4 + [True] * 4


def test_two_instances_that_touch_are_two_regions() -> None:
    assert _keys(parse_layout("cc/rr", instances="12/00", cell_px=4))[1:] == [("car", 1, 16), ("car", 2, 16)]


def test_a_pole_does_not_part_the_building_behind_it() -> None:
    layout = parse_layout("bbpbb/bbpbb", cell_px=4)
    found = find_regions(layout, TABLE)
    assert _keys(layout) == [("building", 0, 128), ("pole", 0, 32)]
    assert not found[0].mask[:, 8:12].any()


def test_a_component_that_is_mostly_bridge_is_dropped() -> None:
    assert _keys(parse_layout("rrrrrr/bppppb/rrrrrr", cell_px=4))[0] == ("road", 0, 192)
    assert _keys(parse_layout("rrrrrr/bbppbb/rrrrrr", cell_px=4))[0] == ("building", 0, 64)


def test_a_long_pole_beside_a_region_does_not_make_it_bridge() -> None:
    near = parse_layout("rrrrrr/bprrrr/rprrrr/rprrrr", cell_px=4)
    far_as_well = parse_layout("rrrrrr/bprrrr/rprrrr/rprrrb", cell_px=4)
    assert _keys(near)[0] == ("building", 0, 16)
    assert _keys(far_as_well)[:2] == [("building", 0, 16), ("building", 0, 16)]


def test_too_small_a_component_is_no_region() -> None:
    layout = parse_layout("ssss/ssst", cell_px=4)
    assert _keys(layout, min_share=16 / 128) == [("sky", 0, 112), ("tree", 0, 16)]
    assert _keys(layout, min_share=17 / 128) == [("sky", 0, 112)]


def test_masks_are_frozen() -> None:
    region = find_regions(parse_layout("ss/ss"), TABLE)[0]
    with pytest.raises(ValueError, match="read-only"):
        region.mask[0, 0] = False


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.uint8, (9, 11), elements=st.sampled_from([0, 2, 4, 5, VOID])),
    arrays(np.uint16, (9, 11), elements=st.sampled_from([0, 0, 0, 1])),
)
def test_regions_lie_in_their_class_and_instance_and_never_overlap(
    class_ids: np.ndarray, instance_ids: np.ndarray
) -> None:
    layout = Layout(class_ids, instance_ids)
    owners = np.zeros(class_ids.shape, np.int64)
    for region in find_regions(layout, TABLE, min_share=0.0):
        mask = region.full_mask(layout.size)
        assert region.area_px == mask.sum() > 0
        assert (class_ids[mask] == region.class_id).all()
        assert (instance_ids[mask] == region.instance_id).all()
        assert np.any(region.mask, axis=0)[[0, -1]].all()
        assert np.any(region.mask, axis=1)[[0, -1]].all()
        owners += mask
    assert owners.max() <= 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_region_under_a_pixel_is_the_one_that_all_regions_have_there(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = np.kron(rng.choice(np.array([0, 1, 2, 3, 4, 5, 255], np.uint8), (6, 8)), np.ones((3, 3), np.uint8))
    instances = np.where(ids == 4, np.kron(rng.integers(0, 3, (6, 8)), np.ones((3, 3), int)), 0).astype(np.uint16)
    layout = Layout(ids, instances)
    regions = find_regions(layout, TABLE, min_share=0.0)
    for y in range(0, 18, 2):
        for x in range(0, 24, 2):
            region = find_region_at(layout, TABLE, x, y)
            known = next((r for r in regions if r.holds(x, y)), None)
            assert (region is None) == (ids[y, x] == VOID)
            if region is not None:
                assert region.holds(x, y)
                assert known is None or np.array_equal(known.full_mask(layout.size), region.full_mask(layout.size))


def test_only_regions_of_wanted_classes_are_found() -> None:
    layout = parse_layout("ssss/sbbs/rrrr")
    found = find_regions(layout, TABLE, classes={2, 1})
    assert [r.class_id for r in found] == [1, 2]
