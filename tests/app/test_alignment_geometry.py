"""Thetas that follow from moving, scaling, turning and flipping a segment by hand."""

from __future__ import annotations

import math

import pytest

from app.alignment_geometry import (
    Frame,
    anchor_of,
    angle_between_deg,
    corner_growth,
    edge_growth,
    flipped,
    frame_of,
    moved,
    pose_of,
    scaled,
    source_to_layout,
    stretched,
    turn_handle,
    turned,
)
from engine.document.strokes import Point
from engine.geometry import IDENTITY_THETA, Bounds, Size, Theta

LAYOUT, SOURCE = Size(200, 100), Size(400, 200)
BOX = Bounds(100, 50, 200, 100)


def corners(theta: Theta) -> list[tuple[float, float]]:
    return [(round(x, 6), round(y, 6)) for x, y in frame_of(theta, LAYOUT, BOX, SOURCE).corners]


def test_the_identity_lays_a_segment_at_its_own_share_of_the_picture():
    assert corners(IDENTITY_THETA) == [(50, 25), (100, 25), (100, 50), (50, 50)]
    assert pose_of(IDENTITY_THETA).scale == 1 and not pose_of(IDENTITY_THETA).is_flipped


def test_moving_moves_every_corner():
    assert corners(moved(IDENTITY_THETA, LAYOUT, 10, -5)) == [(60, 20), (110, 20), (110, 45), (60, 45)]


def test_turning_by_a_right_angle_goes_clockwise_about_the_middle():
    theta = turned(IDENTITY_THETA, LAYOUT, 90, (75, 37.5))
    assert corners(theta) == [(87.5, 12.5), (87.5, 62.5), (62.5, 62.5), (62.5, 12.5)]
    assert pose_of(theta).angle_deg == pytest.approx(90)


def test_scaling_keeps_what_it_is_about():
    theta = scaled(IDENTITY_THETA, LAYOUT, 2.0, (50, 25))
    assert corners(theta) == [(50, 25), (150, 25), (150, 75), (50, 75)]
    assert pose_of(theta).scale == pytest.approx(2)


def test_flipping_twice_changes_nothing_and_once_mirrors_in_place():
    once = flipped(IDENTITY_THETA, BOX, SOURCE, horizontally=True)
    assert corners(once) == [(100, 25), (50, 25), (50, 50), (100, 50)]
    assert pose_of(once).is_flipped
    assert corners(flipped(once, BOX, SOURCE, horizontally=True)) == corners(IDENTITY_THETA)
    down = flipped(IDENTITY_THETA, BOX, SOURCE, horizontally=False)
    assert corners(down) == [(50, 50), (100, 50), (100, 25), (50, 25)]


def test_a_corner_drags_both_axes_alike_and_freely_with_shift():
    frame = frame_of(IDENTITY_THETA, LAYOUT, BOX, SOURCE)
    assert corner_growth(frame, "bottom_right", (150, 75), free=False, from_centre=False) == pytest.approx((2, 2))
    assert corner_growth(frame, "bottom_right", (150, 50), free=True, from_centre=False) == pytest.approx((2, 1))
    grow = corner_growth(frame, "top_left", (25, 12.5), free=False, from_centre=True)
    assert grow == pytest.approx((2, 2))


def test_an_edge_stretches_one_axis_and_keeps_the_opposite_edge():
    theta = turned(IDENTITY_THETA, LAYOUT, 30, (75, 37.5))
    frame = frame_of(theta, LAYOUT, BOX, SOURCE)
    (rx, ry), (lx, ly) = frame.edge("right"), frame.edge("left")
    to = (rx + (rx - lx), ry + (ry - ly))
    grow = edge_growth(frame, "right", to, from_centre=False)
    assert grow == pytest.approx((2, 1))
    new = frame_of(
        stretched(theta, LAYOUT, frame, *grow, anchor_of(frame, "right", from_centre=False)), LAYOUT, BOX, SOURCE
    )
    assert new.edge("left") == pytest.approx(frame.edge("left"))
    assert math.dist(new.edge("right"), to) < 1e-6


def test_the_middle_of_a_source_pixel_lands_where_its_frame_says():
    matrix = source_to_layout(moved(IDENTITY_THETA, LAYOUT, 3, 4), LAYOUT, SOURCE)
    x, y = (matrix[:, :2] @ (200, 100) + matrix[:, 2]).tolist()
    assert (x, y) == pytest.approx((103, 54))


def test_an_angle_is_measured_clockwise_on_the_screen():
    assert angle_between_deg((0, 0), (1, 0), (0, 1)) == pytest.approx(90)


def test_a_position_is_inside_a_turned_or_flipped_frame():
    for theta in (
        turned(IDENTITY_THETA, LAYOUT, 45, (75, 37.5)),
        flipped(IDENTITY_THETA, BOX, SOURCE, horizontally=True),
    ):
        frame = frame_of(theta, LAYOUT, BOX, SOURCE)
        assert frame.contains((75, 37.5))
        assert not frame.contains((140, 80))


@pytest.mark.parametrize(
    ("visible", "tie", "knob"),
    [
        ((0, 0, 200, 200), (50, 40), (50, 30)),
        ((0, 35, 200, 200), (50, 80), (50, 90)),
        ((0, 35, 200, 85), (80, 60), (90, 60)),
        ((0, 35, 85, 85), (20, 60), (10, 60)),
        ((15, 35, 85, 85), (50, 40), (50, 50)),
        ((40, 55, 60, 65), (50, 40), (50, 55)),
    ],
)
def test_the_handle_that_turns_lies_where_it_is_seen(
    visible: tuple[float, float, float, float], tie: Point, knob: Point
):
    frame = Frame(((20, 40), (80, 40), (80, 80), (20, 80)))
    assert turn_handle(frame, 10, visible) == (pytest.approx(tie), pytest.approx(knob))
