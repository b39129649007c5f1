"""The true order of two regions, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.pipeline.contacts import Contact, Scene, build_scene, find_contacts
from engine.regions import Region, find_regions
from engine.training.order_truth import contact_point_order, depth_order, fixed_class_order
from tests.support.layouts import parse_layout, small_table


def _pair(picture: str, classes: str) -> tuple[Scene, Contact, tuple[Region, ...]]:
    layout = parse_layout(picture)
    regions = find_regions(layout, small_table())
    scene = build_scene(regions, layout)
    wanted = ["sbrtcp".index(letter) for letter in classes]
    for contact in find_contacts(scene):
        if [regions[contact.first].class_id, regions[contact.second].class_id] == wanted:
            return scene, contact, regions
    raise AssertionError("they do not meet")


@pytest.mark.parametrize(
    ("picture", "classes", "expected"),
    [
        ("ssss/bbbb", "sb", False),  # the sky lies behind everything
        ("bbbb/bccb/rrrr", "rc", False),  # ground behind what stands on it
        ("bbbb/bccb/rrrr", "bc", None),  # both stand in one row
        ("bbbb/bccb/rccr/rrrr", "bc", False),  # the car's foot is lower
        ("tttb/tttb/tttr", "bt", False),  # the tree's foot is lower
        ("bbbb/bpbb/bpbb/rrrr", "bp", False),  # thin in front of what is no thing, whatever the feet
        ("ssss/scps/rcpr/rrrr", "cp", None),  # a thin region beside a thing: unknown
    ],
)
def test_the_contact_point_rule(picture: str, classes: str, expected: bool | None) -> None:
    scene, contact, regions = _pair(picture, classes)
    assert contact_point_order(scene, contact, regions, small_table()) is expected


def test_depth_decides_in_the_band_where_both_meet() -> None:
    scene, contact, _ = _pair("ssss/bbbb", "sb")
    depth_m = np.full((16, 32), 50.0, np.float32)
    depth_m[8:] = 10.0
    assert depth_order(scene, contact, depth_m) is False
    assert depth_order(scene, contact, depth_m[::-1].copy()) is True
    far_away = depth_m.copy()
    far_away[12:] = 900.0  # beyond the band
    assert depth_order(scene, contact, far_away) is False


def test_unknown_or_equal_depths_say_nothing() -> None:
    scene, contact, _ = _pair("ssss/bbbb", "sb")
    assert depth_order(scene, contact, np.zeros((16, 32), np.float32)) is None
    assert depth_order(scene, contact, np.full((16, 32), 7.0, np.float32)) is None


def test_the_fixed_order_goes_by_class_and_then_by_the_lower_edge() -> None:
    _, contact, regions = _pair("bbbb/bccb/rrrr", "bc")
    assert fixed_class_order(contact, regions, small_table()) is False
    layout = parse_layout("ccss/ccss/ccsc/ssss", instances="1100/1122/1122/0000")
    regions = find_regions(layout, small_table())
    cars = [i for i, r in enumerate(regions) if r.class_id == 4]
    assert len(cars) == 2
    pair = Contact(cars[0], cars[1], contact.bounds, contact.box)
    assert fixed_class_order(pair, regions, small_table()) is (
        regions[cars[0]].bounds.bottom > regions[cars[1]].bounds.bottom
    )
