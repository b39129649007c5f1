"""Laying a photograph by hand in the window: handles, keys, buttons, undo."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.alignment_geometry import Frame
from app.main_window import MainWindow
from app.session import Session
from app.theme import THEME
from app.views.alignment_handles import turn_handle_on
from app.views.surface import Surface
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality
from tests.support.pointer import MOVE, PRESS, RELEASE, send_in_view

NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class Bench:
    """The window with the car's photograph in hand."""

    def __init__(self, window: MainWindow, session: Session, qtbot: QtBot) -> None:
        self.window, self.session, self.qtbot = window, session, qtbot
        result = session.final_result
        assert result is not None
        car = next(region for region in result.regions if region.class_key == "car")
        self.record_id = car.record_id
        session.select(car.record_id)
        window.activateWindow()
        window.views.editor.setFocus()
        self.alignment = window.region_desk.alignment
        QTest.keyClick(window.views.editor, Qt.Key.Key_T, CONTROL)

    @property
    def frame(self) -> Frame:
        frame = self.alignment.frame
        assert frame is not None
        return frame

    @property
    def record(self) -> RegionRecord:
        return next(r for r in self.session.document.records if r.id == self.record_id)

    def drag(self, surface: Surface, *points: tuple[float, float], modifiers: Qt.KeyboardModifier = NONE) -> None:
        kinds = [PRESS, *[MOVE] * (len(points) - 1), RELEASE]
        for kind, point in zip(kinds, (*points, points[-1]), strict=True):
            send_in_view(surface, kind, surface.to_view(QPointF(*point)), modifiers=modifiers)

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: self.session.final_result is not None)


@pytest.fixture
def bench(window: MainWindow, session: Session, qtbot: QtBot) -> Bench:
    return Bench(window, session, qtbot)


def test_ctrl_t_shows_the_handles_and_the_placement_page(bench: Bench):
    assert bench.alignment.is_on
    assert bench.window.actions_by_name["align"].isChecked()
    assert bench.window.region_desk.region_panel.placement.isVisible()
    QTest.keyClick(bench.window.views.editor, Qt.Key.Key_T, CONTROL)
    assert not bench.alignment.is_on


@pytest.mark.parametrize("view", ["editor", "canvas_view", "image_view"])
def test_dragging_inside_moves_the_photograph_as_one_step_in_every_view(bench: Bench, view: str):
    before, steps = bench.frame.centre, bench.session.document.history.position
    x, y = before
    bench.drag(getattr(bench.window.views, view), (x, y), (x + 4, y), (x + 20, y - 6))
    assert bench.frame.centre == pytest.approx((x + 20, y - 6), abs=0.2)
    assert bench.session.document.history.position == steps + 1
    assert bench.record.theta is not None and bench.record.chosen_by == "painter"
    bench.session.undo()
    assert bench.frame.centre == pytest.approx(before, abs=0.2)
    assert bench.record.theta is None


def test_a_drag_asks_for_previews_while_it_lasts(bench: Bench, pipeline, qtbot: QtBot):
    surface, (x, y) = bench.window.views.canvas_view, bench.frame.centre
    pipeline.snapshots.clear()
    send_in_view(surface, PRESS, surface.to_view(QPointF(x, y)))
    send_in_view(surface, MOVE, surface.to_view(QPointF(x + 15, y)))
    qtbot.waitUntil(lambda: any(s.quality is Quality.PREVIEW for s in pipeline.snapshots))
    moved = next(r for r in pipeline.snapshots[-1].records if r.id == bench.record_id)
    assert moved.theta is not None
    send_in_view(surface, RELEASE, surface.to_view(QPointF(x + 15, y)))
    bench.settle()


def test_escape_takes_a_drag_back_and_then_hides_the_handles(bench: Bench):
    surface, (x, y) = bench.window.views.editor, bench.frame.centre
    steps = bench.session.document.history.position
    send_in_view(surface, PRESS, surface.to_view(QPointF(x, y)))
    send_in_view(surface, MOVE, surface.to_view(QPointF(x + 30, y)))
    QTest.keyClick(surface, Qt.Key.Key_Escape)
    assert bench.alignment.is_on and not bench.alignment.is_dragging
    assert bench.frame.centre == pytest.approx((x, y), abs=0.2)
    assert bench.session.document.history.position == steps
    send_in_view(surface, RELEASE, surface.to_view(QPointF(x + 30, y)))
    QTest.keyClick(surface, Qt.Key.Key_Escape)
    assert not bench.alignment.is_on
    assert bench.session.selected_record_id == bench.record_id


def test_undo_takes_a_drag_back_and_final_pictures_follow_again(bench: Bench, pipeline, qtbot: QtBot):
    surface, (x, y) = bench.window.views.editor, bench.frame.centre
    send_in_view(surface, PRESS, surface.to_view(QPointF(x, y)))
    send_in_view(surface, MOVE, surface.to_view(QPointF(x + 30, y)))
    bench.session.undo()
    assert not bench.alignment.is_dragging
    assert bench.frame.centre == pytest.approx((x, y), abs=0.2)
    send_in_view(surface, MOVE, surface.to_view(QPointF(x + 40, y)))
    send_in_view(surface, RELEASE, surface.to_view(QPointF(x + 40, y)))
    assert bench.record.theta is None
    pipeline.snapshots.clear()
    bench.session.change_settings(seed=5)
    qtbot.waitUntil(lambda: any(s.quality is Quality.FINAL for s in pipeline.snapshots))
    bench.settle()


def test_a_corner_scales_about_the_opposite_one(bench: Bench):
    frame = bench.frame
    (left, top), (right, bottom) = frame.corners[0], frame.corners[2]
    bench.drag(bench.window.views.canvas_view, (right, bottom), (2 * right - left, 2 * bottom - top))
    assert bench.frame.corners[0] == pytest.approx((left, top), abs=0.3)
    assert bench.frame.corners[2] == pytest.approx((2 * right - left, 2 * bottom - top), abs=0.5)


def test_the_knob_turns_and_shift_snaps(bench: Bench):
    surface = bench.window.views.image_view
    _tie, knob = turn_handle_on(surface, bench.frame)
    cx, cy = bench.frame.centre
    reach = cy - knob[1]
    bench.drag(surface, knob, (cx + reach * 0.95, cy - reach * 0.3), modifiers=SHIFT)
    pose = bench.alignment.pose
    assert pose is not None and pose.angle_deg == pytest.approx(75, abs=0.3)


def test_a_knob_that_would_be_cut_off_is_shown_where_it_can_be_dragged(bench: Bench):
    surface = bench.window.views.image_view
    link, frame = surface.link, bench.frame
    (x, top), (cx, cy) = frame.edge("top"), frame.centre
    link.set_scale(link.scale * 2)
    link.pan_by(0, 4 - surface.to_view(QPointF(x, top)).y())
    tie, knob = turn_handle_on(surface, frame)
    assert surface.rect().adjusted(8, 8, -8, -8).contains(surface.to_view(QPointF(*knob)).toPoint())
    assert tie == pytest.approx(frame.edge("bottom"))
    accent = QColor(THEME.accent)
    assert surface.grab().toImage().pixelColor(surface.to_view(QPointF(*knob)).toPoint()) == accent
    bench.drag(surface, knob, (cx - (knob[1] - cy), cy), modifiers=SHIFT)
    pose = bench.alignment.pose
    assert pose is not None and pose.angle_deg == pytest.approx(90, abs=0.3)


def test_arrows_move_by_pixels_as_one_step_a_key_and_do_not_step_candidates(bench: Bench):
    editor, highlighted = bench.window.views.editor, bench.session.highlighted_key
    (x, y), steps = bench.frame.centre, bench.session.document.history.position
    QTest.keyClick(editor, Qt.Key.Key_Right)
    QTest.keyClick(editor, Qt.Key.Key_Down, SHIFT)
    assert bench.frame.centre == pytest.approx((x + 1, y + 10), abs=0.2)
    assert bench.session.document.history.position == steps + 2
    assert bench.session.highlighted_key == highlighted
    QTest.keyClick(editor, Qt.Key.Key_Up, CONTROL)
    pose = bench.alignment.pose
    assert pose is not None and pose.scale == pytest.approx(1.01, abs=0.002)


def test_mirroring_and_reset_by_key_and_button(bench: Bench):
    QTest.keyClick(bench.window.views.editor, Qt.Key.Key_H)
    pose = bench.alignment.pose
    assert pose is not None and pose.is_flipped
    page = bench.window.region_desk.region_panel.placement
    assert page.reset_button.isEnabled()
    QTest.mouseClick(page.reset_button, Qt.MouseButton.LeftButton)
    assert bench.record.theta is None
    assert not page.reset_button.isEnabled()


def test_outside_the_handles_the_brush_paints_as_ever(bench: Bench):
    editor, steps = bench.window.views.editor, bench.session.document.history.position
    bench.session.set_class(0)
    bench.drag(editor, (20.0, 200.0), (40.0, 200.0))
    assert bench.session.document.history.position == steps + 1
    assert bench.session.document.class_at(30, 200)[0] == 0


def test_another_photograph_is_laid_by_the_network_again(bench: Bench):
    QTest.keyClick(bench.window.views.editor, Qt.Key.Key_Right)
    other = bench.session.choice.offered()[1].segment_key
    bench.session.pick(bench.record_id, other)
    assert bench.record.theta is None


def test_the_reach_slider_is_one_step_a_drag_and_can_become_the_default(bench: Bench):
    page, steps = bench.window.region_desk.region_panel.placement, bench.session.document.history.position
    slider = page.spill.slider
    slider.setSliderDown(True)
    for step in (60, 80, 100):
        slider.setValue(step)
    slider.setSliderDown(False)
    assert bench.record.spill == pytest.approx(0.05)
    assert bench.session.document.history.position == steps + 1
    QTest.mouseClick(page.all_button, Qt.MouseButton.LeftButton)
    assert bench.record.spill is None
    assert bench.session.document.settings.spill == pytest.approx(0.05)
    assert bench.session.document.history.position == steps + 2
    bench.session.undo()
    assert bench.record.spill == pytest.approx(0.05)
