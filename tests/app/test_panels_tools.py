"""Tool strip and status bar."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QToolButton
from pytestqt.qtbot import QtBot

from app.panels.parts import Menu
from app.panels.status import PROGRESS_INTERVAL_MS, StatusBar
from app.panels.tool_bar import TOOLS, ClassChips, ToolStrip
from app.session import Session
from engine.document.snapshot import Quality
from engine.pipeline.results import Stamp
from engine.service.events import Progress
from tests.support.silent_engine import SilentEngine, build_silent_session, show_car_result
from tests.support.widgets import child_of, rgb_of

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def pair(qapp, tmp_path: Path) -> tuple[Session, SilentEngine]:
    return build_silent_session(tmp_path)


@pytest.fixture
def session(pair: tuple[Session, SilentEngine]) -> Session:
    return pair[0]


@pytest.fixture
def status(session: Session, qtbot: QtBot) -> StatusBar:
    bar = StatusBar(session)
    qtbot.addWidget(bar)
    bar.resize(1200, 28)
    bar.show()
    return bar


def named(bar: StatusBar, name: str) -> QToolButton:
    return next(b for b in bar.findChildren(QToolButton) if b.accessibleName() == name)


def progress(session: Session, stage: str, fraction: float) -> Progress:
    stamp = Stamp(session.document.document_id, session.document.generation, Quality.FINAL)
    return Progress(stamp, stage, fraction)


def test_a_click_takes_the_tool(session: Session, qtbot: QtBot):
    strip = ToolStrip(session)
    qtbot.addWidget(strip)
    for entry in reversed(TOOLS):
        QTest.mouseClick(strip.button(entry.name), LEFT)
        assert session.tool == entry.name
        assert [e.name for e in TOOLS if strip.button(e.name).isChecked()] == [entry.name]


def test_a_tool_taken_by_key_is_marked(session: Session, qtbot: QtBot):
    strip = ToolStrip(session)
    qtbot.addWidget(strip)
    session.set_tool("fill")
    assert strip.button("fill").isChecked()
    assert not strip.button("brush").isChecked()


def test_new_object_pressed_again_is_taken_back(session: Session, qtbot: QtBot):
    strip = ToolStrip(session)
    qtbot.addWidget(strip)
    for pressed in (True, False, True):
        QTest.mouseClick(strip.button("new_object"), LEFT)
        assert (session.instance_id > 0) is pressed
        assert strip.button("new_object").isChecked() is pressed


def test_new_object_stays_marked_until_its_stroke(session: Session, qtbot: QtBot):
    strip = ToolStrip(session)
    qtbot.addWidget(strip)
    QTest.mouseClick(strip.button("new_object"), LEFT)
    assert session.instance_id > 0
    assert strip.button("new_object").isChecked()
    session.set_class(4)
    assert session.instance_id == 0
    assert not strip.button("new_object").isChecked()


def test_a_click_on_the_chips_swaps_the_classes(session: Session, qtbot: QtBot):
    session.set_class(4)
    session.set_class(5)
    chips = ClassChips(session)
    qtbot.addWidget(chips)
    QTest.mouseClick(chips, LEFT)
    assert (session.class_id, session.previous_class_id) == (4, 5)
    picture = chips.grab().toImage()
    assert rgb_of(picture.pixelColor(QPoint(8, 8))) == session.table[4].colour


def test_progress_names_the_stage_and_offers_cancel(session: Session, status: StatusBar, qtbot: QtBot):
    assert not named(status, "Cancel").isVisible()
    session.progress_changed.emit(progress(session, "retrieval", 0.4))
    assert status.stage_text == "Looking for segments"
    assert child_of(status, QProgressBar).value() == 400
    assert named(status, "Cancel").isVisible()
    session.progress_changed.emit(None)
    qtbot.waitUntil(lambda: status.stage_text == "Ready")
    assert not named(status, "Cancel").isVisible()


def test_a_hint_without_room_ends_in_an_ellipsis_and_is_whole_again_with_it(status: StatusBar, qtbot: QtBot):
    hint = "Drag to paint; Shift+click for a straight line from the last stroke; Shift+drag for the size"
    status.set_hint(hint)
    status.resize(700, 28)
    label = next(label for label in status.findChildren(QLabel) if label.toolTip() == hint)
    qtbot.waitUntil(lambda: label.text().endswith("…"))
    assert status.hint == hint
    status.resize(1600, 28)
    qtbot.waitUntil(lambda: label.text() == hint)


def test_what_a_menu_hid_from_the_pointer_is_lit_no_more(qtbot: QtBot):
    button = QToolButton()
    qtbot.addWidget(button)
    button.setGeometry(600, 600, 40, 30)
    with qtbot.waitExposed(button):
        button.show()
    QApplication.sendEvent(button, QEvent(QEvent.Type.Enter))
    assert button.underMouse()
    QCursor.setPos(610, 610)
    menu = Menu(button)
    menu.addAction("Something")
    menu.popup(QPoint(600, 640))
    menu.hide()
    assert not button.underMouse()


def test_a_burst_of_stages_is_shown_once_and_ends_with_the_last(session: Session, status: StatusBar, qtbot: QtBot):
    bar = child_of(status, QProgressBar)
    shown: list[int] = []
    bar.valueChanged.connect(shown.append)
    for share in range(1, 10):
        session.progress_changed.emit(progress(session, "canvas", share / 10))
    assert shown == [100]
    qtbot.waitUntil(lambda: bar.value() == 900)
    assert shown == [100, 900]


def test_what_was_said_meanwhile_stays(session: Session, status: StatusBar, qtbot: QtBot):
    session.progress_changed.emit(progress(session, "canvas", 0.5))
    session.progress_changed.emit(None)
    session.saved.emit("here.tessera")
    qtbot.waitUntil(lambda: not named(status, "Cancel").isVisible())
    assert status.stage_text == "Saved here.tessera"


def test_cancel_reaches_the_engine(pair: tuple[Session, SilentEngine], status: StatusBar):
    session, engine = pair
    session.progress_changed.emit(progress(session, "synthesis", 0.8))
    before = engine.cancels
    QTest.mouseClick(named(status, "Cancel"), LEFT)
    assert engine.cancels > before


def test_a_result_shows_latency_and_device(session: Session, status: StatusBar):
    show_car_result(session)
    texts = [label.text() for label in status.findChildren(QLabel)]
    assert "CPU" in texts
    assert "142 ms" in texts
    assert "512 × 256" in texts


def test_a_failure_stays_until_the_next_picture(session: Session, status: StatusBar):
    session.failed.emit("The bank is gone", "details")
    session.progress_changed.emit(None)
    assert status.stage_text == "The bank is gone"
    show_car_result(session)
    assert status.stage_text == "Ready"


def test_the_live_button_follows_and_sets_the_session(session: Session, status: StatusBar):
    live = named(status, "Live")
    assert live.isChecked()
    QTest.mouseClick(live, LEFT)
    assert not session.is_live
    session.set_live(True)
    assert live.isChecked()


def test_zoom_and_cursor_are_shown(status: StatusBar, qtbot: QtBot):
    status.set_zoom(1.5)
    assert named(status, "Zoom").text() == "150 %"
    status.set_cursor(12, 34, "Tree")
    assert any("12, 34" in label.text() and "Tree" in label.text() for label in status.findChildren(QLabel))
    status.clear_cursor()
    assert not any("Tree" in label.text() for label in status.findChildren(QLabel))
    actions = {a.text(): a for a in named(status, "Zoom").menu().actions()}
    with qtbot.waitSignal(status.zoom_chosen) as chosen:
        actions["200 %"].trigger()
    assert chosen.args == [2.0]
    with qtbot.waitSignal(status.fit_chosen):
        actions["Fit"].trigger()


def test_what_is_said_between_two_stages_stays_until_the_next_one(session: Session, status: StatusBar, qtbot: QtBot):
    session.progress_changed.emit(progress(session, "regions", 0.1))
    status.say("Opened cliff.tessera")
    qtbot.wait(2 * PROGRESS_INTERVAL_MS)
    assert status.stage_text == "Opened cliff.tessera"
    session.progress_changed.emit(progress(session, "canvas", 0.6))
    assert status.stage_text != "Opened cliff.tessera"
