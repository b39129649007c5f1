"""How the three views share their room."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.session import Session
from app.views.linked_views import LinkedViews
from engine.geometry import Size
from tests.support.silent_engine import build_silent_session
from tests.support.widgets import child_of


@pytest.fixture
def views(qtbot: QtBot, tmp_path: Path) -> LinkedViews:
    session, _engine = build_silent_session(tmp_path)
    views = LinkedViews(session)
    session.setParent(views)
    qtbot.addWidget(views)
    views.resize(860, 640)
    views.show()
    qtbot.waitExposed(views)
    QTest.qWait(1)
    return views


def place(views: LinkedViews, name: str) -> QRect:
    pane = next(pane for key, pane in views.panes.items() if key == name)
    return QRect(pane.mapTo(views, QPoint(0, 0)), pane.size())


def test_wide_layouts_stand_beside_canvas_over_image(views: LinkedViews):
    layout, canvas, image = (place(views, name) for name in ("layout", "canvas", "image"))
    assert layout.right() < canvas.left() == image.left()
    assert canvas.bottom() < image.top()
    assert abs(canvas.height() - image.height()) <= 2
    assert abs(canvas.width() - layout.width()) <= 2
    assert views.link.scale > 0.7


def test_in_a_flat_window_the_views_stand_in_a_row(views: LinkedViews):
    views.resize(1500, 300)
    QTest.qWait(1)
    boxes = [place(views, name) for name in ("layout", "canvas", "image")]
    assert len({box.top() for box in boxes}) == 1
    assert boxes[0].right() < boxes[1].left() < boxes[1].right() < boxes[2].left()
    assert max(box.width() for box in boxes) - min(box.width() for box in boxes) <= 3


def test_a_square_layout_is_arranged_anew(views: LinkedViews):
    views.resize(1200, 500)
    child_of(views, Session).new_document(Size(512, 512))
    QTest.qWait(1)
    assert place(views, "canvas").top() == place(views, "image").top()


def test_a_hidden_view_gives_its_room_to_the_other(views: LinkedViews):
    scale = views.link.scale
    hide = next(b for b in views.panes["canvas"].findChildren(QToolButton) if b.accessibleName() == "Hide Canvas")
    hide.click()
    QTest.qWait(1)
    assert not views.is_shown("canvas")
    assert views.link.scale > scale
    layout, image = place(views, "layout"), place(views, "image")
    assert layout.width() == image.width() == views.width()
    assert layout.bottom() < image.top()
    views.set_shown("image", False)
    QTest.qWait(1)
    assert place(views, "layout").size() == views.size()


def test_the_last_view_cannot_be_hidden(views: LinkedViews):
    views.set_shown("canvas", False)
    views.set_shown("image", False)
    views.set_shown("layout", False)
    assert views.is_shown("layout")
