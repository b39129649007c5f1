"""The light panel: warmth, brightness, whose light, one scene; for the picture and for a region."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.panels.parts import STEPS, ValueSlider
from app.session import Session
from engine.document.record import Mood, RegionRecord, Tone
from engine.pipeline.results import RegionResult
from tests.support.pointer import MOVE, PRESS, RELEASE, send_in_view

LIGHT: Tone = (50.0, 0.0, 0.0, 10.0, 5.0, 5.0)


class Bench:
    """The window with the light panel in front, and the car selected."""

    def __init__(self, window: MainWindow, session: Session, qtbot: QtBot) -> None:
        self.window, self.session, self.qtbot = window, session, qtbot
        window.side_panel.show_section("light")
        self.panel = window.region_desk.mood_panel
        self.car = self.region("car")
        session.select(self.car.record_id)

    def region(self, class_key: str) -> RegionResult:
        result = self.session.result
        assert result is not None
        return next(region for region in result.regions if region.class_key == class_key)

    @property
    def record(self) -> RegionRecord:
        return next(r for r in self.session.document.records if r.id == self.car.record_id)

    @property
    def whole(self) -> Mood:
        return self.session.document.settings.mood

    @staticmethod
    def drag(slider: ValueSlider, *values: float) -> None:
        slider.slider.setSliderDown(True)
        for value in values:
            slider.slider.setValue(round((value - slider._least) / (slider._most - slider._least) * STEPS))
        slider.slider.setSliderDown(False)


@pytest.fixture
def bench(window: MainWindow, session: Session, qtbot: QtBot) -> Bench:
    return Bench(window, session, qtbot)


def test_warmth_of_the_whole_picture_is_one_step_a_drag(bench: Bench):
    steps = bench.session.document.history.position
    bench.drag(bench.panel.whole.warmth, 0.2, 0.4, 0.5)
    assert bench.whole == Mood(warmth=0.5)
    assert bench.session.document.history.position == steps + 1
    assert bench.panel.whole.warmth.text == "+50"
    bench.session.undo()
    assert bench.whole == Mood()
    assert bench.panel.whole.warmth.text == "0"


def test_a_region_gets_a_light_of_its_own_and_gives_it_up(bench: Bench):
    bench.drag(bench.panel.whole.brightness, 0.3)
    assert not bench.panel.region.isVisible()
    QTest.mouseClick(bench.panel.own, Qt.MouseButton.LeftButton)
    assert bench.record.mood == Mood(brightness=0.3)
    assert bench.panel.region.isVisible()
    bench.drag(bench.panel.region.warmth, -0.6)
    assert bench.record.mood == Mood(warmth=-0.6, brightness=0.3)
    assert bench.whole == Mood(brightness=0.3)
    QTest.mouseClick(bench.panel.follow, Qt.MouseButton.LeftButton)
    assert bench.record.mood is None


def test_a_double_click_brings_the_middle_back(bench: Bench):
    bench.drag(bench.panel.whole.warmth, 0.7)
    slider = bench.panel.whole.warmth.slider
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton)
    assert bench.whole.warmth == 0.0


def test_a_double_click_on_the_groove_is_one_step_with_the_click_that_began_it(bench: Bench):
    bench.drag(bench.panel.whole.warmth, 0.7)
    history, slider = bench.session.document.history, bench.panel.whole.warmth.slider
    steps = len(history.steps)
    at = QPoint(4, slider.height() // 2)
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert bench.whole.warmth == -1.0
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert bench.whole.warmth == 0.0
    assert len(history.steps) == steps + 1
    bench.session.undo()
    assert bench.whole.warmth == pytest.approx(0.7)


def test_a_double_click_that_changes_nothing_leaves_no_step_and_an_unmodified_document(bench: Bench):
    history, slider = bench.session.document.history, bench.panel.scene.slider
    steps, position = len(history.steps), history.position
    bench.session.document.mark_saved(bench.session.document.generation)
    at = QPoint(4, slider.height() // 2)
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert bench.session.document.is_modified
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert (len(history.steps), history.position) == (steps, position)
    assert not bench.session.document.is_modified


def test_a_double_click_on_a_slider_that_was_dragged_earlier_is_a_step_of_its_own(bench: Bench):
    slider = bench.panel.whole.warmth.slider
    bench.drag(bench.panel.whole.warmth, 0.0, 1.0)
    steps = len(bench.session.document.history.steps)
    at = QPoint(slider.width() - 2, slider.height() // 2)
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert bench.whole.warmth == 0.0
    assert len(bench.session.document.history.steps) == steps + 1
    bench.session.undo()
    assert bench.whole.warmth == 1.0


def test_the_light_is_renewed_as_one_step(bench: Bench):
    document = bench.session.document
    lit = tuple(replace(record, light=LIGHT) for record in document.records)
    assert document.annotate(document.generation, lit, max(r.id for r in lit) + 1, {})
    position = document.history.position
    QTest.mouseClick(bench.panel.renew, Qt.MouseButton.LeftButton)
    assert [record.light for record in document.records] == [None] * len(lit)
    assert document.history.position == position + 1
    bench.session.undo()
    assert [record.light for record in document.records] == [LIGHT] * len(lit)


def test_one_scene_is_a_setting_of_the_document(bench: Bench):
    bench.drag(bench.panel.scene, 0.9)
    assert bench.session.document.settings.scene_weight == pytest.approx(0.9, abs=0.01)
    QTest.mouseDClick(bench.panel.scene.slider, Qt.MouseButton.LeftButton)
    assert bench.session.document.settings.scene_weight == 0.5


def test_a_light_is_pointed_at_in_the_image(bench: Bench):
    sky = bench.region("sky")
    QTest.mouseClick(bench.panel.whole.pick, Qt.MouseButton.LeftButton)
    assert bench.panel.whole.pick.isChecked()
    image = bench.window.views.image_view
    at = image.to_view(QPointF((sky.bounds.left + sky.bounds.right) / 2, sky.bounds.top + 4))
    send_in_view(image, PRESS, at)
    send_in_view(image, RELEASE, at)
    assert bench.whole.like == sky.choice
    assert not bench.panel.whole.pick.isChecked()
    assert bench.session.selected_record_id == bench.car.record_id
    assert "Light of" in bench.panel.whole.like.text()
    QTest.mouseClick(bench.panel.whole.clear, Qt.MouseButton.LeftButton)
    assert bench.whole.like is None


def test_escape_ends_pointing_at_a_light(bench: Bench):
    QTest.mouseClick(bench.panel.whole.pick, Qt.MouseButton.LeftButton)
    image = bench.window.views.image_view
    image.setFocus()
    QTest.keyClick(image, Qt.Key.Key_Escape)
    assert bench.window.region_desk.light_picker.record_id is None
    assert not bench.panel.whole.pick.isChecked()
    assert bench.session.selected_record_id == bench.car.record_id


def test_a_candidates_light_is_taken_from_its_menu(bench: Bench):
    page = bench.window.region_desk.region_panel.candidates
    card = page.cards[1]
    next(a for a in page.card_menu(card).actions() if a.text() == "Take on its light").trigger()
    assert bench.record.mood == Mood(like=card.segment_key)


def test_the_wheel_over_a_slider_changes_nothing(bench: Bench):
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    bench.window.views.editor.setFocus()
    slider = bench.panel.whole.warmth.slider
    at = QPointF(slider.rect().center())
    event = QWheelEvent(
        at, QPointF(slider.mapToGlobal(at)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider, event)
    assert bench.whole == Mood()


def test_a_slider_jumps_to_the_click_and_follows_the_pointer_as_one_step(bench: Bench):
    slider, steps = bench.panel.whole.warmth.slider, bench.session.document.history.position
    y = slider.height() / 2
    send_in_view(slider, PRESS, QPointF(slider.width() - 1, y))
    assert bench.whole.warmth == 1.0
    send_in_view(slider, MOVE, QPointF(slider.width() / 2, y))
    send_in_view(slider, MOVE, QPointF(0, y))
    send_in_view(slider, RELEASE, QPointF(0, y))
    assert bench.whole.warmth == -1.0
    assert bench.session.document.history.position == steps + 1


def test_a_slider_is_moved_by_keys(bench: Bench):
    slider, steps = bench.panel.whole.brightness.slider, bench.session.document.history.position
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert 0 < bench.whole.brightness < 0.1
    assert bench.session.document.history.position == steps + 1
