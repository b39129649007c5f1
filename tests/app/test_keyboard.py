"""The keyboard reaches everything, and a control keeps the keys it needs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QListView, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.panels.class_chips import ChipStrip
from app.session import Session

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def active(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.activateWindow()
    qtbot.waitActive(window)
    window.views.editor.setFocus()
    return window


def press(key: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


def area_of(window: MainWindow) -> str:
    focused = QApplication.focusWidget()
    areas = {
        "views": window.views,
        "strip": window.tool_strip,
        "palette": window.palette_panel,
        "side": window.side_panel,
        "status": window.status_bar,
    }
    return next((name for name, area in areas.items() if focused and area.isAncestorOf(focused)), "elsewhere")


def test_f6_goes_round_the_parts_of_the_window(active: MainWindow):
    seen = [area_of(active)]
    for _ in range(6):
        press(Qt.Key.Key_F6)
        seen.append(area_of(active))
        assert seen[-1] != "views" or QApplication.focusWidget() is active.views.editor
    assert seen[0] == "views" and {"strip", "side", "status"} <= set(seen)
    assert seen.count("views") >= 2
    press(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)


def test_tab_hides_the_panels_in_the_views_and_walks_elsewhere(active: MainWindow):
    active.tool_strip.findChildren(QAbstractButton)[0].setFocus(Qt.FocusReason.TabFocusReason)
    before = QApplication.focusWidget()
    press(Qt.Key.Key_Tab)
    assert active.tool_strip.isVisible()
    assert QApplication.focusWidget() is not before


def test_escape_leads_back_to_the_views(active: MainWindow):
    press(Qt.Key.Key_F6)
    assert area_of(active) != "views"
    press(Qt.Key.Key_Escape)
    assert active.views.isAncestorOf(active.focusWidget()) or active.focusWidget() is active.views.editor


def test_return_in_the_palette_takes_the_class_and_picks_no_candidate(active: MainWindow, session: Session):
    rows = active.palette_panel.findChildren(QListView)[0]
    rows.setFocus(Qt.FocusReason.TabFocusReason)
    target = next(i for i in range(rows.model().rowCount()) if rows.model().index(i, 0).data() == "Car")
    rows.setCurrentIndex(rows.model().index(target, 0))
    steps = len(session.document.history.undo_names)
    press(Qt.Key.Key_Return)
    assert session.table[session.class_id].name == "Car"
    assert len(session.document.history.undo_names) == steps


def test_arrows_in_the_favourites_walk_and_space_takes(active: MainWindow, session: Session):
    strip = active.palette_panel.favourite_strip
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    press(Qt.Key.Key_Right)
    press(Qt.Key.Key_Space)
    assert session.class_id == active.palette_panel.favourites.class_id(2)


def test_every_control_of_the_panels_can_be_reached_by_tab(active: MainWindow):
    for area in (active.tool_strip, active.palette_panel, active.side_panel, active.status_bar):
        for widget in area.findChildren(QWidget):
            parent = widget.parentWidget()
            is_part = (parent is not None and isinstance(parent, QTabBar)) or "Scroll" in type(widget).__name__
            if isinstance(widget, QAbstractButton | QListView | ChipStrip) and not is_part:
                if isinstance(parent, QLineEdit):
                    continue
                policy = widget.focusPolicy().value
                assert policy & Qt.FocusPolicy.TabFocus.value, (type(widget), widget.accessibleName())


def test_every_button_says_what_it_is(active: MainWindow):
    for area in (active.tool_strip, active.palette_panel, active.side_panel, active.status_bar):
        for button in area.findChildren(QAbstractButton):
            parent = button.parentWidget()
            if isinstance(parent, QLineEdit | QTabBar):
                continue
            assert button.text() or button.accessibleName() or button.toolTip(), button
