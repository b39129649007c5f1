"""Hatch patterns: who gets one, and where their lines lie."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.hatch import TILE_PX, TILES, hatched, patterns_of, patterns_of_table, shade_of
from app.imaging import rgb_from_image
from app.layout_picture import LayoutPicture
from engine.classes import VOID, builtin_class_table
from engine.geometry import Bounds


def test_red_and_green_alike_to_deuteranopes_differ_in_pattern():
    patterns = patterns_of(((180, 90, 60), (110, 120, 60), (40, 60, 200)))
    assert patterns[0] == 0 and patterns[1] != 0 and patterns[2] == 0


def test_black_and_white_need_no_pattern():
    assert patterns_of(((0, 0, 0), (255, 255, 255))) == (0, 0)


def test_many_equal_greys_use_every_pattern():
    patterns = patterns_of(tuple((100 + i % 3, 100, 100) for i in range(20)))
    assert set(patterns) == set(range(len(TILES)))


@pytest.mark.parametrize("key", ["street", "landscape"])
def test_no_two_classes_that_look_alike_share_a_pattern(key: str):
    table = builtin_class_table(key)
    patterns = patterns_of_table(table)
    assert len(patterns) == len(table) and 0 < sum(p > 0 for p in patterns) < len(table)


def test_patterns_go_on_without_a_seam_from_part_to_part():
    class_ids = np.zeros((24, 24), np.uint8)
    whole = hatched(class_ids, (1,), 0, 0)
    part = hatched(class_ids[5:17, 3:20], (1,), 3, 5)
    assert np.array_equal(part, whole[5:17, 3:20])
    assert np.array_equal(whole[:TILE_PX, :TILE_PX], TILES[1])


def test_void_and_plain_classes_get_no_lines():
    class_ids = np.array([[0, VOID, 1]], np.uint8)
    assert not hatched(class_ids, (0, 0), 0, 0).any()


def test_lines_stand_out_from_their_ground():
    for colour in ((10, 10, 10), (250, 250, 250), (120, 60, 200)):
        assert sum(abs(a - b) for a, b in zip(colour, shade_of(colour), strict=True)) >= 60


def test_the_layout_is_drawn_with_patterns_where_they_are_wanted(qapp: QApplication):
    table = builtin_class_table("street")
    class_ids = np.full((32, 32), 4, np.uint8)  # pavement, which has a pattern
    instances = np.zeros((32, 32), np.uint16)
    plain = LayoutPicture(class_ids, instances, table)
    drawn = LayoutPicture(class_ids, instances, table, patterns=patterns_of_table(table))
    assert len({tuple(c) for c in rgb_from_image(plain.image).reshape(-1, 3).tolist()}) == 1
    colours = {tuple(c) for c in rgb_from_image(drawn.image).reshape(-1, 3).tolist()}
    assert colours == {table[4].colour, shade_of(table[4].colour)}
    before = rgb_from_image(drawn.image)
    drawn.refresh(Bounds(7, 9, 21, 30))
    assert np.array_equal(rgb_from_image(drawn.image), before)
