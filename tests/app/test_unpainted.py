"""Unpainted areas: filled on show, marked, and taken over as one step."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from app.imaging import image_of_filling
from app.main_window import MainWindow
from app.session import Session
from app.unpainted import ACCEPT_NAME
from app.views.linked_views import FILLING_NOTE
from engine.classes import VOID, builtin_class_table
from tests.app.test_session import settle
from tests.support.widgets import rgb_of


def erase_and_fill(session: Session, qtbot: QtBot) -> None:
    """Erase a dot in the middle of the road and have unpainted areas filled."""
    session.gesture.begin(256, 200, erase=True)
    session.gesture.extend([(256.0, 200.0)], 20)
    session.gesture.finish()
    session.change_settings(complete=True)
    settle(qtbot, session)


def test_a_filling_is_accepted_as_one_step_and_leaves_painted_pixels_alone(session: Session, qtbot: QtBot):
    painted = session.document.class_ids.copy()
    erase_and_fill(session, qtbot)
    erased = session.document.class_ids.copy()
    assert session.unpainted.can_accept
    session.unpainted.accept()
    assert session.document.history.undo_names[0] == ACCEPT_NAME
    assert np.array_equal(session.document.class_ids[erased != VOID], painted[erased != VOID])
    assert set(np.unique(session.document.class_ids[erased == VOID])) == {0}  # what the fake fills with
    settle(qtbot, session)
    assert not session.unpainted.can_accept
    session.undo()
    assert np.array_equal(session.document.class_ids, erased)


def test_nothing_is_accepted_while_the_picture_is_of_an_older_layout(session: Session, qtbot: QtBot):
    erase_and_fill(session, qtbot)
    session.gesture.begin(300, 200, erase=True)
    session.gesture.extend([(300.0, 200.0)], 20)
    session.gesture.finish()
    assert not session.unpainted.can_accept
    session.unpainted.accept()
    assert session.document.history.undo_names[0] == "Erase"


def test_a_layout_without_void_has_nothing_to_accept(session: Session, qtbot: QtBot):
    session.change_settings(complete=True)
    settle(qtbot, session)
    assert not session.unpainted.can_accept


def test_the_action_and_the_note_follow_the_filling(window: MainWindow, session: Session, qtbot: QtBot):
    action, note = window.actions_by_name["accept_filling"], window.views.panes["layout"].note
    assert not action.isEnabled()
    erase_and_fill(session, qtbot)
    assert action.isEnabled()
    assert note.text() == FILLING_NOTE
    action.trigger()
    assert not action.isEnabled()
    assert note.text() == ""


def test_filled_areas_are_drawn_paler_and_hatched_in_the_layout(window: MainWindow, session: Session, qtbot: QtBot):
    erase_and_fill(session, qtbot)
    editor = window.views.editor
    at, pixels = editor.to_view(QPointF(256, 200)).toPoint(), editor.grab().toImage()
    colours = {rgb_of(pixels.pixelColor(at.x() + dx, at.y())) for dx in range(8)}
    full = tuple(int(v) for v in session.table[0].colour)
    assert full not in colours
    assert len(colours) >= 2  # the hatch
    session.change_settings(complete=False)
    pixels = editor.grab().toImage()
    checker = {rgb_of(pixels.pixelColor(at.x() + dx, at.y())) for dx in range(8)}
    assert all(max(c) - min(c) == 0 for c in checker)


def test_the_filling_is_transparent_where_the_layout_is_painted():
    table = builtin_class_table("street")
    class_ids = np.array([[VOID, 1], [VOID, 1], [2, 2], [2, 2]], np.uint8)
    image = image_of_filling(np.array([[3, 1], [2, 2]], np.uint8), class_ids, table)
    assert (image.width(), image.height()) == (2, 2)
    assert rgb_of(image.pixelColor(0, 0)) == tuple(table[3].colour)
    assert [image.pixelColor(*at).alpha() for at in ((0, 0), (1, 0), (0, 1), (1, 1))] == [255, 0, 0, 0]
