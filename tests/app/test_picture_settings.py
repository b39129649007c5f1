"""The sheet of the picture's settings."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.session import Session
from tests.app.test_session import settle


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_sheet_opens_over_its_button_inside_the_screen(window: MainWindow, qtbot: QtBot):
    QTest.mouseClick(window.status_bar.settings_button, Qt.MouseButton.LeftButton)
    sheet = window.picture_settings
    qtbot.waitUntil(sheet.isVisible)
    assert sheet.geometry().bottom() < window.status_bar.mapToGlobal(window.status_bar.rect().topLeft()).y() + 12
    assert sheet.screen().availableGeometry().contains(sheet.geometry())
    sheet.close()


def test_each_setting_is_one_step_and_undo_shows_it_again(window: MainWindow, session: Session):
    sheet = window.picture_settings
    sheet.seed.setValue(7)
    sheet.spill.setValue(50)
    sheet.complete.setChecked(True)
    sheet.parametric.setChecked(True)
    settings = session.document.settings
    assert (settings.seed, settings.complete, settings.parametric) == (7, True, True)
    assert settings.spill == pytest.approx(0.05)
    assert len(session.document.history.undo_names) == 4
    for _ in range(4):
        session.undo()
    assert (sheet.seed.value(), sheet.spill.value()) == (0, 20)
    assert not sheet.complete.isChecked()
    assert not sheet.parametric.isChecked()


def test_dragging_the_spill_is_one_step_at_its_end(window: MainWindow, session: Session):
    slider = window.picture_settings.spill
    slider.setSliderDown(True)
    for position in (30, 40, 60):
        slider.setSliderPosition(position)
    assert session.document.history.undo_names == ()
    slider.setSliderDown(False)
    assert session.document.settings.spill == pytest.approx(0.06)
    assert len(session.document.history.undo_names) == 1


def test_a_new_seed_makes_another_picture(window: MainWindow, session: Session, qtbot: QtBot):
    before = session.final_result
    window.picture_settings.new_seed.click()
    settle(qtbot, session)
    assert session.document.settings.seed != 0
    assert session.final_result is not before


def test_the_menu_and_the_sheet_agree(window: MainWindow, session: Session):
    window.actions_by_name["complete"].trigger()
    assert window.picture_settings.complete.isChecked()
    window.picture_settings.complete.setChecked(False)
    assert not window.actions_by_name["complete"].isChecked()
