"""Tests of labels simplified to what a person would paint."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classes import VOID
from engine.data.landscapes.labels import ID, TABLE
from engine.data.landscapes.simplify import MIN_SHARE, simplify_layout
from engine.regions import find_regions

HEIGHT, WIDTH = 128, 256


def scene():
    """Sky above the middle row, grass below."""
    class_ids = np.full((HEIGHT, WIDTH), ID["grass"], np.uint8)
    class_ids[: HEIGHT // 2] = ID["sky"]
    return class_ids, np.zeros((HEIGHT, WIDTH), np.uint16)


def disc(x, y, radius):
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.hypot(columns - x, rows - y) <= radius


def keys(layout):
    return sorted(TABLE[region.class_id].key for region in find_regions(layout, TABLE))


def test_two_plain_halves_stay_as_they_are():
    class_ids, instance_ids = scene()
    layout = simplify_layout(class_ids, instance_ids)
    assert np.array_equal(layout.class_ids, class_ids)
    assert not layout.instance_ids.any()


def test_speckle_disappears():
    class_ids, instance_ids = scene()
    noise = np.random.default_rng(0).random(class_ids.shape) < 0.2
    class_ids[noise & (class_ids == ID["grass"])] = ID["earth"]
    assert keys(simplify_layout(class_ids, instance_ids)) == ["grass", "sky"]


def test_stuff_below_the_least_share_joins_its_neighbour():
    class_ids, instance_ids = scene()
    pond = disc(128, 100, 4)
    assert pond.mean() < MIN_SHARE
    class_ids[pond] = ID["water"]
    assert keys(simplify_layout(class_ids, instance_ids)) == ["grass", "sky"]


def test_a_tree_with_gaps_is_one_region_without_holes():
    class_ids, instance_ids = scene()
    crown = disc(128, 60, 24)
    leaves = crown & (np.random.default_rng(1).random(crown.shape) < 0.7)
    class_ids[leaves], instance_ids[leaves] = ID["tree"], 77
    layout = simplify_layout(class_ids, instance_ids)
    assert keys(layout) == ["grass", "sky", "tree"]
    (tree,) = [region for region in find_regions(layout, TABLE) if region.class_id == ID["tree"]]
    assert tree.instance_id == 1
    assert np.all(layout.class_ids[disc(128, 60, 20)] == ID["tree"])


def test_many_small_trees_become_one_forest():
    class_ids, instance_ids = scene()
    for number, x in enumerate(range(4, WIDTH, 7)):
        tree = disc(x, 62, 4)
        class_ids[tree], instance_ids[tree] = ID["tree"], number + 1
    assert keys(simplify_layout(class_ids, instance_ids)) == ["forest", "grass", "sky"]


def test_the_nearer_of_two_trees_lies_in_front():
    class_ids, instance_ids = scene()
    depth_m = np.full(class_ids.shape, 1000.0, np.float32)
    for instance, x, metres in ((1, 110, 20.0), (2, 135, 60.0)):
        tree = disc(x, 60, 20) & ((instance_ids == 0) | (metres < 30))
        class_ids[tree], instance_ids[tree], depth_m[tree] = ID["tree"], instance, metres
    layout = simplify_layout(class_ids, instance_ids, depth_m)
    assert layout.instance_ids[60, 122] == layout.instance_ids[60, 100] != layout.instance_ids[60, 150]


def test_clouds_become_a_few_masses():
    class_ids, instance_ids = scene()
    flecks = np.random.default_rng(2).random(class_ids.shape) < 0.75
    class_ids[flecks & disc(90, 30, 22)] = ID["cloud"]
    assert keys(simplify_layout(class_ids, instance_ids)) == ["cloud", "grass", "sky"]


def test_a_path_that_grass_covers_in_places_is_whole():
    class_ids, instance_ids = scene()
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    path = (np.abs(columns - 128) < (rows - 60) * 0.25) & (rows > 66)
    covered = path & (np.random.default_rng(3).random(path.shape) < 0.25)
    class_ids[path & ~covered] = ID["road"]
    assert keys(simplify_layout(class_ids, instance_ids)) == ["grass", "road", "sky"]


def test_the_skyline_stays_where_it_is():
    class_ids, instance_ids = scene()
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    peak = rows > 64 - np.maximum(0, 40 - np.abs(columns - 128) * 0.6)
    class_ids[peak & (class_ids == ID["sky"])] = ID["mountain"]
    layout = simplify_layout(class_ids, instance_ids, np.where(peak, 5000.0, 1e5).astype(np.float32))
    is_sky = layout.class_ids == ID["sky"]
    assert np.mean(is_sky != (class_ids == ID["sky"])) < 0.003


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 12))
def test_any_labels_become_whole_layouts_of_few_regions(seed, blobs):
    rng = np.random.default_rng(seed)
    class_ids, instance_ids = scene()
    for number in range(blobs):
        blob = disc(rng.integers(WIDTH), rng.integers(HEIGHT), rng.integers(2, 40))
        class_ids[blob] = rng.integers(len(TABLE))
        instance_ids[blob] = number + 1 if TABLE[int(class_ids[blob][0])].kind == "thing" else 0
    layout = simplify_layout(class_ids, instance_ids)
    assert not np.any(layout.class_ids == VOID)
    assert len(find_regions(layout, TABLE)) <= 28
    again = simplify_layout(class_ids, instance_ids)
    assert layout == again


def test_one_class_alone_stays():
    class_ids = np.full((32, 64), ID["water"], np.uint8)
    layout = simplify_layout(class_ids, np.zeros((32, 64), np.uint16))
    assert np.all(layout.class_ids == ID["water"])


def test_arrays_of_two_shapes_are_refused():
    with pytest.raises(ValueError):
        simplify_layout(np.zeros((32, 64), np.uint8), np.zeros((16, 64), np.uint16))
