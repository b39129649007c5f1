"""Views in windows of their own."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.session import Session
from app.views.linked_views import VIEW_NAMES, ViewName
from app.views.view_pane import DetachedWindow


def own_window(window: MainWindow, name: ViewName) -> DetachedWindow:
    return next(w for w in window.findChildren(DetachedWindow) if w.pane is window.views.panes[name])


def detach(window: MainWindow, name: ViewName, qtbot: QtBot) -> DetachedWindow:
    window.actions_by_name[f"detach_{name}"].trigger()
    found = own_window(window, name)
    qtbot.waitExposed(found)
    return found


def test_painting_in_a_detached_layout_paints(window: MainWindow, session: Session, qtbot: QtBot):
    own = detach(window, "layout", qtbot)
    editor = window.views.editor
    assert own.isVisible() and editor.window() is own
    before = session.document.class_ids.copy()
    session.set_tool("brush")
    session.set_class(3)
    QTest.mouseClick(editor, Qt.MouseButton.LeftButton, pos=editor.to_view(QPointF(100, 60)).toPoint())
    assert not np.array_equal(session.document.class_ids, before)
    assert session.document.class_at(100, 60) == (3, 0)


def test_a_detached_view_stays_linked(window: MainWindow, qtbot: QtBot):
    detach(window, "image", qtbot)
    views = window.views
    centre = views.link.centre
    QTest.mousePress(views.image_view, Qt.MouseButton.MiddleButton, pos=views.image_view.rect().center())
    QTest.mouseMove(views.image_view, views.image_view.rect().center() + views.image_view.rect().topLeft() / 2)
    QTest.mouseMove(views.image_view, views.image_view.rect().center() * 0.9)
    QTest.mouseRelease(views.image_view, Qt.MouseButton.MiddleButton)
    assert views.link.centre != centre


def test_closing_its_window_gives_a_view_back_to_its_place(window: MainWindow, qtbot: QtBot):
    views = window.views
    for name in VIEW_NAMES[1:3]:
        detach(window, name, qtbot)
    assert views.is_detached("canvas") and views.is_detached("image")
    own_window(window, "image").close()
    own_window(window, "canvas").close()
    assert not views.windows.names
    pictures = views.panes["canvas"].parentWidget()
    assert views.panes["image"].parentWidget() is pictures
    assert views.panes["canvas"].isVisible() and views.panes["image"].isVisible()
    assert views.panes["canvas"].pos().y() <= views.panes["image"].pos().y()
    assert not window.actions_by_name["detach_image"].isChecked()


def test_the_button_in_the_header_detaches_and_attaches(window: MainWindow):
    pane = window.views.panes["canvas"]
    button = next(b for b in pane.findChildren(QToolButton) if b.accessibleName() == "Detach Canvas")
    button.click()
    assert window.views.is_detached("canvas") and pane.is_detached
    assert "main window" in button.toolTip()
    button.click()
    assert not window.views.is_detached("canvas") and not pane.is_detached
    assert "own" in button.toolTip()


def test_with_all_views_detached_the_window_says_where_they_are(window: MainWindow, qtbot: QtBot):
    for name in VIEW_NAMES[:3]:
        detach(window, name, qtbot)
    assert window.views._empty.isVisible()
    own_window(window, "layout").close()
    assert not window.views._empty.isVisible()
    assert window.views.editor.window() is window


def test_a_hidden_detached_view_comes_back_in_its_window(window: MainWindow, qtbot: QtBot):
    own = detach(window, "image", qtbot)
    window.views.set_shown("image", False)
    assert not own.isVisible()
    window.views.set_shown("image", True)
    assert own.isVisible()


def test_shortcuts_work_in_a_detached_window(window: MainWindow, session: Session, qtbot: QtBot):
    own = detach(window, "layout", qtbot)
    own.activateWindow()
    qtbot.waitUntil(own.isActiveWindow)
    window.views.editor.setFocus()
    QTest.keyClick(window.views.editor, Qt.Key.Key_E)
    assert session.tool == "eraser"


def test_windows_and_their_places_are_remembered(window: MainWindow, session: Session, qtbot: QtBot):
    own = detach(window, "image", qtbot)
    own.resize(612, 345)
    window._may_close = True
    window.close()
    assert not own.isVisible()
    second = MainWindow(session)
    qtbot.addWidget(second, before_close_func=lambda w: setattr(w, "_may_close", True))
    second.show()
    qtbot.waitUntil(lambda: second.views.is_detached("image"))
    assert own_window(second, "image").size().toTuple() == (612, 345)
