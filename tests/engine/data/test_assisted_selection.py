"""Assisted selection: the object within a rectangle, and outlines that follow edges."""

from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
import pytest

from engine.data.assisted_selection import WIRE_REACH_PX, EdgeOutline, Grab, grab_object
from engine.geometry import Bounds


def disc(size: tuple[int, int], centre: tuple[int, int], radius: int) -> np.ndarray:
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.circle(mask, centre, radius, 1, -1)
    return mask.astype(bool)


def photograph(mask: np.ndarray, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rgb = np.where(mask[..., None], (210, 60, 40), (40, 110, 60)).astype(np.int16)
    return np.clip(rgb + rng.integers(-20, 20, rgb.shape), 0, 255).astype(np.uint8)


def nothing(rgb: np.ndarray) -> np.ndarray:
    return np.zeros(rgb.shape[:2], np.bool_)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("scale", [1, 4])
def test_an_object_is_found_within_its_rectangle(scale):
    mask = disc((240 * scale, 180 * scale), (110 * scale, 90 * scale), 40 * scale)
    rgb = photograph(mask)
    rectangle = Bounds(60 * scale, 40 * scale, 165 * scale, 140 * scale)
    found = grab_object(rgb, Grab(rectangle, nothing(rgb), nothing(rgb)))
    assert iou(found, mask) > 0.95


def test_marks_decide_where_colour_does_not():
    mask = disc((240, 180), (60, 90), 30) | disc((240, 180), (170, 90), 30)
    rgb = photograph(mask)
    rectangle = Bounds(20, 40, 220, 140)
    outside = disc((240, 180), (170, 90), 12)
    found = grab_object(rgb, Grab(rectangle, nothing(rgb), outside))
    assert not found[outside].any()
    inside = disc((240, 180), (120, 30), 4)
    assert grab_object(rgb, Grab(rectangle, inside, outside))[inside].all()


def test_a_rectangle_over_everything_still_tells_an_object_from_its_surroundings():
    mask = disc((200, 160), (100, 80), 50)
    rgb = photograph(mask)
    found = grab_object(rgb, Grab(Bounds(-10, -10, 300, 300), nothing(rgb), nothing(rgb)))
    assert iou(found, mask) > 0.9


def test_an_object_like_its_surroundings_is_not_lost():
    rng = np.random.default_rng(1)
    mask = disc((240, 180), (120, 90), 35)
    rgb = rng.integers(20, 90, (180, 240, 3)).astype(np.uint8)
    rgb[mask] = rng.integers(30, 100, (int(mask.sum()), 3))
    found = grab_object(rgb, Grab(Bounds(85, 55, 155, 125), nothing(rgb), nothing(rgb)))
    assert iou(found, mask) > 0.2


def test_the_same_rectangle_gives_the_same_object():
    rgb = photograph(disc((200, 160), (100, 80), 50), seed=3)
    grab = Grab(Bounds(30, 20, 170, 140), nothing(rgb), nothing(rgb))
    assert np.array_equal(grab_object(rgb, grab), grab_object(rgb, grab))


@pytest.mark.parametrize("rectangle", [Bounds(500, 500, 600, 600), Bounds(10, 10, 10, 40)])
def test_a_rectangle_that_holds_nothing_selects_nothing(rectangle):
    rgb = photograph(disc((80, 60), (40, 30), 10))
    assert not grab_object(rgb, Grab(rectangle, nothing(rgb), nothing(rgb))).any()


def test_a_picture_of_one_colour_is_no_error():
    rgb = np.full((60, 80, 3), 90, np.uint8)
    grab_object(rgb, Grab(Bounds(20, 20, 60, 40), nothing(rgb), nothing(rgb)))


def test_an_outline_follows_the_edge_and_not_the_straight_line():
    centre, radius = (150, 120), 60
    rgb = cv2.GaussianBlur(photograph(disc((300, 240), centre, radius)), (5, 5), 0)
    outline = EdgeOutline(np.asarray(rgb, np.uint8), (centre[0] - radius + 0.5, centre[1] + 0.5))
    way = outline.to((centre[0] + radius + 0.5, centre[1] + 0.5))
    assert way[-1] == (centre[0] + radius + 0.5, centre[1] + 0.5)
    off_px = [abs(math.dist(point, (centre[0] + 0.5, centre[1] + 0.5)) - radius) for point in way]
    assert np.percentile(off_px, 90) < 4
    assert all(math.dist(a, b) < 2 for a, b in itertools.pairwise(way))


def test_beyond_reach_the_last_stretch_is_straight_and_outside_the_photograph_nothing_breaks():
    rgb = photograph(disc((900, 100), (450, 50), 30))
    outline = EdgeOutline(rgb, (-5.0, 400.0))
    far = (880.0, 50.0)
    way = outline.to(far)
    assert way[-1] == far
    assert max(x for x, _ in way[:-1]) <= WIRE_REACH_PX + 1
    assert EdgeOutline(rgb, (4.2, 4.2)).to((4.7, 4.9)) == [(4.7, 4.9)]
