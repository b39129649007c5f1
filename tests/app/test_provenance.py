"""Where pixels come from: the hover card, the photograph's window, the menu of a region, what changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.dialogs.source_window import CROP_TEXT, MISSING_TEXT
from app.main_window import MainWindow
from app.region_desk import RegionDesk
from app.session import Session
from app.views.surface import Surface
from engine.data.sample import Provenance
from engine.geometry import Size
from engine.layout import frozen
from engine.pipeline.results import RegionResult
from engine.service.events import SourcePicture
from tests.support.pointer import MOVE, send_in_view


@pytest.fixture
def desk(window: MainWindow) -> RegionDesk:
    return window.region_desk


@pytest.fixture
def region(session: Session) -> Callable[[str], RegionResult]:
    def find(class_key: str) -> RegionResult:
        result = session.result
        assert result is not None
        return next(region for region in result.regions if region.class_key == class_key)

    return find


def rest_at(surface: Surface, x: float, y: float) -> None:
    send_in_view(surface, MOVE, surface.to_view(QPointF(x, y)), held=False)


def picture(*, is_whole: bool = True) -> SourcePicture:
    mask = np.zeros((20, 40), np.bool_)
    mask[5:15, 10:30] = True
    made = Provenance("Fake", "folder/one.jpg", "", "A. Painter", "CC0")
    rgb = frozen(np.full((20, 40, 3), 99, np.uint8))
    return SourcePicture(rgb, frozen(mask), Size(400, 200), "a" * 16, made, is_whole)


def test_a_resting_pointer_says_photograph_author_licence_and_share(
    window: MainWindow, desk: RegionDesk, session: Session, qtbot: QtBot, region
):
    car = region("car")
    rest_at(window.views.image_view, car.bounds.left + 8, car.bounds.bottom - 8)
    qtbot.waitUntil(desk.probe.card.isVisible)
    pixel = desk.probe.pixel
    assert pixel is not None and pixel.segment_key == car.choice
    card = desk.probe.card
    assert card.name.text() in ("a.jpg", "b.jpg")
    assert "A. Painter · CC0" in card.facts.text()
    assert card.share.text().startswith("80 % copied, 20 % invented.")
    assert "Shift+Q" in card.share.text()


def test_moving_on_pressing_and_leaving_take_the_card_away(window: MainWindow, desk: RegionDesk, qtbot: QtBot):
    view = window.views.canvas_view
    for event in (QEvent.Type.Leave, QEvent.Type.MouseButtonPress):
        rest_at(view, 100, 20)
        qtbot.waitUntil(desk.probe.card.isVisible)
        if event == QEvent.Type.Leave:
            QApplication.sendEvent(view, QEvent(event))
        else:
            QTest.mousePress(view, Qt.MouseButton.MiddleButton)
        assert not desk.probe.card.isVisible()


def test_switched_off_no_card_comes_and_that_is_remembered(window: MainWindow, desk: RegionDesk, session: Session):
    window.actions_by_name["provenance"].trigger()
    assert not desk.probe.is_on
    rest_at(window.views.image_view, 100, 20)
    assert not desk.probe._timer.isActive()
    assert str(session.preferences.value("views/provenance")).lower() == "false"


def test_shift_q_shows_the_photograph_under_the_pointer_with_its_outline(
    window: MainWindow, desk: RegionDesk, session: Session, qtbot: QtBot, region
):
    car = region("car")
    rest_at(window.views.image_view, car.bounds.left + 8, car.bounds.bottom - 8)
    qtbot.waitUntil(desk.probe.card.isVisible)
    window.actions_by_name["show_source"].trigger()
    assert desk.source_window.isVisible() and desk.source_window.segment_key == car.choice
    session.engine.source_ready.emit(car.choice, 2048, picture())
    assert desk.source_window.view.picture is not None
    assert "Fake/folder/one.jpg, by A. Painter, CC0" in desk.source_window.caption.text()
    assert "400 × 200" in desk.source_window.caption.text()
    focused = desk.source_window.focusWidget()
    assert isinstance(focused, QPushButton) and focused.text() == "Close"
    desk.source_window.copy.click()
    assert QGuiApplication.clipboard().text() == "Fake/folder/one.jpg, by A. Painter, CC0"
    desk.source_window.grab()
    window._may_close = True
    window.close()
    assert not desk.source_window.isVisible()


def test_the_shortcut_with_shift_shows_the_photograph_under_the_pointer(
    window: MainWindow, desk: RegionDesk, session: Session, region, qtbot: QtBot
):
    car, image = region("car"), window.views.image_view
    image.setFocus()
    rest_at(image, car.bounds.left + 8, car.bounds.bottom - 8)
    qtbot.waitUntil(desk.probe.card.isVisible)
    QTest.keyPress(image, Qt.Key.Key_Shift, Qt.KeyboardModifier.ShiftModifier)
    assert desk.probe.card.isVisible()
    QTest.keyClick(image, Qt.Key.Key_Q, Qt.KeyboardModifier.ShiftModifier)
    assert desk.source_window.isVisible() and desk.source_window.segment_key == car.choice
    desk.source_window.close()


def test_a_photograph_that_is_only_a_crop_or_missing_is_said_to_be(
    window: MainWindow, desk: RegionDesk, session: Session
):
    desk.source_window.show_source("f" * 16)
    session.engine.source_ready.emit("f" * 16, 2048, picture(is_whole=False))
    assert CROP_TEXT in desk.source_window.caption.text()
    desk.source_window.show_source("e" * 16)
    session.engine.source_ready.emit("e" * 16, 2048, None)
    assert desk.source_window.caption.text() == MISSING_TEXT
    desk.source_window.close()


def test_photographs_are_asked_for_once_and_kept(desk: RegionDesk, session: Session, monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(session.engine, "request_source", lambda key, side_px: asked.append((key, side_px)))
    pictures = desk.source_pictures
    assert pictures.get("d" * 16, 100) is None
    assert pictures.get("d" * 16, 100) is None
    assert asked == [("d" * 16, 100)]
    session.engine.source_ready.emit("d" * 16, 100, picture())
    assert pictures.get("d" * 16, 100) is not None
    session.banks_changed.emit()
    pictures.get("d" * 16, 100)
    assert len(asked) == 2


def test_a_right_click_opens_the_menu_of_the_region_under_the_pointer(
    window: MainWindow, desk: RegionDesk, session: Session, region
):
    tree = region("tree")
    view = window.views.canvas_view
    at = view.to_view(QPointF((tree.bounds.left + tree.bounds.right) / 2, tree.bounds.top + 12)).toPoint()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at))
    QApplication.sendEvent(view, event)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    popup.close()
    assert session.selected_record_id == tree.record_id
    texts = [action.text() for action in desk.region_menu().actions()]
    assert texts[0] == "Tree" and "Show source photograph" in texts and "Bring forward" in texts


def test_what_changed_is_compared_on_the_engine_thread_and_tinted(
    window: MainWindow, desk: RegionDesk, session: Session, qtbot: QtBot, region
):
    window.actions_by_name["changes"].trigger()
    assert desk.changes.is_on and "Nothing to compare" in desk.changes.text
    session.select(region("car").record_id)
    session.pick(session.selected_record_id, session.choice.offered()[1].segment_key)
    qtbot.waitUntil(lambda: desk.changes.difference is not None)
    assert "of the image changed" in desk.changes.text
    window.views.image_view.grab()
    window.actions_by_name["changes"].trigger()
    assert desk.changes.difference is None
