"""Where regions meet, and what is looked at there."""

from __future__ import annotations

import numpy as np

from engine.geometry import Bounds
from engine.layout import Layout
from engine.pipeline.contacts import (
    Scene,
    build_scene,
    find_contacts,
    find_near,
    local_bottom,
    pair_digest,
    pair_picture,
)
from engine.regions import find_regions
from tests.support.layouts import parse_layout, small_table


def _scene(picture: str) -> Scene:
    layout = parse_layout(picture)
    return build_scene(find_regions(layout, small_table()), layout)


def test_a_scene_of_a_small_layout_is_the_layout() -> None:
    layout = parse_layout("ssss/bbbb/rrcr")
    scene = build_scene(find_regions(layout, small_table()), layout)
    assert np.array_equal(scene.class_ids, layout.class_ids)
    assert np.array_equal(scene.region_ids[::8, ::8], [[0] * 4, [1] * 4, [2, 2, 4, 3]])


def test_a_region_too_small_for_the_scene_keeps_a_pixel() -> None:
    ids = np.zeros((800, 1200), np.uint8)
    ids[401:403, 501:503] = 4
    layout = Layout.from_classes(ids)
    scene = build_scene(find_regions(layout, small_table(), min_share=0), layout)
    assert scene.size.height == 192
    assert int((scene.region_ids == 1).sum()) == 1


def test_neighbours_meet_and_regions_far_apart_do_not() -> None:
    scene = _scene("sssss/bbbbb/rrrrr/rrcrr/rrrrr")
    assert [(c.first, c.second) for c in find_contacts(scene)] == [(0, 1), (1, 2), (2, 3)]


def test_regions_meet_across_a_narrow_gap_only() -> None:
    class_ids = np.full((100, 100), 255, np.uint8)
    for gap_px, expected in ((1, 1), (3, 0)):
        region_ids = np.full((100, 100), -1, np.int16)
        region_ids[20:80, :40], region_ids[20:80, 40 + gap_px :] = 0, 1
        assert len(find_contacts(Scene(class_ids, region_ids))) == expected


def test_contact_bounds_worked_by_hand() -> None:
    (contact,) = find_contacts(_scene("ss/bb"), reach=0.0)
    assert contact.bounds == Bounds(0, 7, 16, 8)


def test_the_box_reaches_down_to_the_feet_of_both() -> None:
    scene = _scene("ssssssss/bbbbbbbb/bbcbbbbb/bbcbbbbb/rrcrrrrr/rrrrrrrr/rrrrrrrr")
    contact = next(c for c in find_contacts(scene) if (c.first, c.second) == (1, 3))
    assert local_bottom(scene, 3, slice(16, 24)) == 40
    assert local_bottom(scene, 3, slice(0, 8)) == 0
    assert contact.box.bottom >= 40


def test_a_pair_picture_shows_masks_classes_and_height() -> None:
    scene = _scene("ss/bb")
    (contact,) = find_contacts(scene, reach=0.0)
    picture = pair_picture(scene, contact, None, None, 16)
    assert contact.box == Bounds(0, 5, 16, 15)  # the building's foot, 16, within reason, and a pixel more
    assert picture.first[0, :, 3].all() and not picture.second[0, :, 3].any()
    assert not picture.first[..., :3].any()
    assert set(picture.class_ids.ravel().tolist()) == {0, 1}
    assert picture.v == (5 / 16 - 0.5, 15 / 16 - 0.5)


def test_the_digest_names_what_is_seen_and_nothing_else() -> None:
    near = _scene("ssssssss/bbbbbbbb/rrrrrrrr/rrrrrrrr/rrrrrrrr/rrrrrrrr/rrrrrrrr/rrrrrrrr")
    far = _scene("ssssssss/bbbbbbbb/rrrrrrrr/rrrrrrrr/rrrrrrrr/rrrrrrrr/rrrrrrrr/rrrrrrrt")
    first, other = find_contacts(near)[0], find_contacts(far)[0]
    assert pair_digest(near, first, None, None) == pair_digest(far, other, None, None)
    names = ((None, None), ("a", None), (None, "a"), ("b", None))
    digests = {pair_digest(near, first, a, b) for a, b in names}
    assert len(digests) == 4


def test_regions_that_another_one_parts_are_near_when_their_footprints_can_meet() -> None:
    layout = parse_layout("ssssbrrrrrrrrrrr/ssssbrrrrrrrrrrr/ssssbrrrrrrrrrrr", cell_px=4)
    regions = find_regions(layout, small_table())
    scene = build_scene(regions, layout)
    sky, building, road = range(3)
    narrow = find_near(scene, {}, margin=0.02)
    assert narrow == [(sky, building), (building, road)]
    wide = find_near(scene, {sky: 0.2, road: 0.2}, margin=0.02)
    assert wide == [(sky, building), (sky, road), (building, road)]


def test_contacts_are_those_of_every_pixel_compared_with_every_step() -> None:
    rng = np.random.default_rng(0)
    small = rng.integers(-1, 9, (6, 12)).astype(np.int16)
    region_ids = np.kron(small, np.ones((5, 5), np.int16))
    scene = Scene(np.zeros(region_ids.shape, np.uint8), region_ids)
    expected = set()
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0), (0, 3), (3, 0), (2, 2), (2, -2)):
        for y in range(30 - dy):
            for x in range(max(0, -dx), 60 - max(0, dx)):
                a, b = int(region_ids[y, x]), int(region_ids[y + dy, x + dx])
                if a != b and min(a, b) >= 0:
                    expected.add((min(a, b), max(a, b)))
    assert {(c.first, c.second) for c in find_contacts(scene, reach=0.1)} == expected
