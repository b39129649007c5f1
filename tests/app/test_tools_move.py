"""Selecting and moving regions, by real pointer and key events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.session import Session
from app.views.layout_editor import LayoutEditor
from engine.classes import VOID
from engine.document.shapes import Rectangle
from tests.support.pointer import CONTROL, MOVE, PRESS, RELEASE, SHIFT, click, drag, press_key, send

SKY, CAR = 0, 8


@pytest.fixture
def editor(window: MainWindow, session: Session, qtbot: QtBot) -> LayoutEditor:
    """The editor over one car in the sky, with the move tool."""
    window.views.editor.setFocus()
    session.new_document(session.document.size)
    window.views.fit()
    document = session.document
    document.draw_shape(Rectangle((0, 0), (512, 256)), SKY)
    document.draw_shape(Rectangle((100, 100), (140, 120)), CAR)
    session.pictures.request_final()
    qtbot.waitUntil(lambda: session.final_result is not None)
    press_key(window.views.editor, Qt.Key.Key_V)
    return window.views.editor


def car(session: Session) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(session.document.class_ids == CAR)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def steps(session: Session) -> int:
    return len(session.document.history.undo_names)


def test_a_click_selects_and_changes_nothing(editor: LayoutEditor, session: Session):
    before = steps(session)
    click(editor, (110, 110))
    region = session.region_result(session.selected_record_id)
    assert session.tool == "move" and region is not None and region.class_key == "car"
    assert steps(session) == before and car(session) == (100, 100, 140, 120)


def test_a_drag_moves_the_region_as_one_step_and_leaves_void(editor: LayoutEditor, session: Session):
    before = steps(session)
    drag(editor, (110, 110), (130, 120), (150, 140))
    assert car(session) == (140, 130, 180, 150)
    assert session.document.class_at(105, 105) == (VOID, 0)
    assert steps(session) == before + 1
    session.undo()
    assert car(session) == (100, 100, 140, 120)
    assert session.document.class_at(145, 135)[0] == SKY


def test_the_region_shows_where_it_would_be_put_down(editor: LayoutEditor, session: Session):
    send(editor, PRESS, (110, 110))
    send(editor, MOVE, (210, 110))
    at = editor.to_view(QPointF(225, 105)).toPoint()
    shown = editor.grab().toImage().pixelColor(at)
    assert shown.blue() > shown.red() + 40
    assert car(session) == (100, 100, 140, 120)
    send(editor, RELEASE, (210, 110))
    assert car(session) == (200, 100, 240, 120)


def test_escape_leaves_a_dragged_region_where_it_was(editor: LayoutEditor, session: Session):
    send(editor, PRESS, (110, 110))
    send(editor, MOVE, (210, 110))
    press_key(editor, Qt.Key.Key_Escape)
    send(editor, RELEASE, (210, 110))
    assert car(session) == (100, 100, 140, 120)


def test_shift_keeps_a_drag_straight(editor: LayoutEditor, session: Session):
    drag(editor, (110, 110), (150, 118), modifiers=SHIFT)
    assert car(session) == (140, 100, 180, 120)


def test_dragging_void_or_outside_moves_nothing(editor: LayoutEditor, session: Session):
    drag(editor, (110, 110), (150, 110))
    before = steps(session)
    drag(editor, (105, 110), (125, 110))
    drag(editor, (-40, 110), (0, 110))
    assert steps(session) == before


def test_arrow_keys_move_the_selected_region_as_one_step(editor: LayoutEditor, session: Session):
    click(editor, (110, 110))
    before = steps(session)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        press_key(editor, key)
    press_key(editor, Qt.Key.Key_Left, SHIFT)
    assert car(session) == (92, 101, 132, 121)
    assert steps(session) == before + 1
    session.undo()
    assert car(session) == (100, 100, 140, 120)


def test_arrow_keys_uncover_what_the_region_passed_over(editor: LayoutEditor, session: Session):
    click(editor, (110, 110))
    for _ in range(5):
        press_key(editor, Qt.Key.Key_Right, SHIFT)
    assert car(session) == (150, 100, 190, 120)
    assert session.document.class_at(145, 110)[0] == SKY


def test_arrow_keys_back_to_the_start_leave_no_step(editor: LayoutEditor, session: Session):
    click(editor, (110, 110))
    before = steps(session)
    press_key(editor, Qt.Key.Key_Right)
    press_key(editor, Qt.Key.Key_Left)
    assert (steps(session), car(session)) == (before, (100, 100, 140, 120))
    press_key(editor, Qt.Key.Key_Down)
    assert (steps(session), car(session)) == (before + 1, (100, 101, 140, 121))


def test_arrow_keys_after_a_stroke_begin_a_step_of_their_own(editor: LayoutEditor, session: Session):
    click(editor, (110, 110))
    press_key(editor, Qt.Key.Key_Right)
    press_key(editor, Qt.Key.Key_B)
    session.set_class(1)
    drag(editor, (300, 200), (320, 200))
    press_key(editor, Qt.Key.Key_V)
    before = steps(session)
    press_key(editor, Qt.Key.Key_Right)
    assert car(session) == (102, 100, 142, 120)
    assert steps(session) == before + 1
    session.undo()
    assert session.document.class_at(310, 200)[0] == 1


def test_arrow_keys_move_a_region_selected_in_another_view(editor: LayoutEditor, session: Session):
    drag(editor, (110, 110), modifiers=CONTROL)
    assert session.selected_record_id >= 0
    press_key(editor, Qt.Key.Key_Right, SHIFT)
    assert car(session) == (110, 100, 150, 120)


def test_arrow_keys_step_through_candidates_where_nothing_can_be_moved(
    window: MainWindow, editor: LayoutEditor, session: Session
):
    click(editor, (110, 110))
    press_key(editor, Qt.Key.Key_B)
    before = session.document.class_ids.copy()
    press_key(editor, Qt.Key.Key_Right)
    assert np.array_equal(session.document.class_ids, before)


def test_a_region_moved_out_of_the_layout_can_be_moved_back_by_keys(editor: LayoutEditor, session: Session):
    click(editor, (110, 110))
    for _ in range(15):
        press_key(editor, Qt.Key.Key_Up, SHIFT)
    assert not (session.document.class_ids == CAR).any()
    for _ in range(15):
        press_key(editor, Qt.Key.Key_Down, SHIFT)
    assert car(session) == (100, 100, 140, 120)


def test_arrow_keys_leave_alone_what_came_in_place_of_the_region(editor: LayoutEditor, session: Session):
    click(editor, (110, 110))
    session.document.draw_shape(Rectangle((90, 90), (150, 130)), 1)
    before = session.document.class_ids.copy()
    press_key(editor, Qt.Key.Key_Right)
    assert np.array_equal(session.document.class_ids, before)


def test_after_undo_arrow_keys_move_the_selected_region_from_where_it_is(
    editor: LayoutEditor, session: Session, qtbot: QtBot
):
    click(editor, (110, 110))
    for _ in range(5):
        press_key(editor, Qt.Key.Key_Right, SHIFT)
    press_key(editor, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: session.final_result is not None)
    press_key(editor, Qt.Key.Key_Down)
    assert car(session) == (100, 101, 140, 121)
