"""A pen on a tablet: pressure, its eraser end, and getting along with the mouse."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.main_window import MainWindow
from app.session import Session
from app.views.layout_editor import LayoutEditor
from engine.classes import VOID
from tests.support.pointer import MOVE, PRESS, RELEASE, build_pen, drag, press_key, send_pen

CAR = 8


@pytest.fixture
def editor(window: MainWindow, session: Session) -> LayoutEditor:
    window.views.editor.setFocus()
    session.new_document(session.document.size)
    window.views.fit()
    session.set_class(CAR)
    session.set_brush_px(40)
    return window.views.editor


def stroke(editor: LayoutEditor, *samples: tuple[float, float, float], eraser: bool = False) -> None:
    pen = build_pen(eraser=eraser)
    *_, last = samples
    for index, (x, y, pressure) in enumerate(samples):
        assert send_pen(editor, pen, MOVE if index else PRESS, (x, y), pressure)
    assert send_pen(editor, pen, RELEASE, last[:2], 0.0)


def width_at(session: Session, x: int) -> int:
    return int((session.document.class_ids[:, x] != VOID).sum())


def test_pressure_changes_the_width_along_the_stroke(editor: LayoutEditor, session: Session):
    stroke(editor, (50, 100, 0.1), (150, 100, 0.5), (250, 100, 1.0))
    widths = [width_at(session, x) for x in (60, 150, 250)]
    assert widths[0] < 16 < widths[1] < 32 < widths[2] <= 41
    along = [width_at(session, x) for x in range(60, 250)]
    assert max(abs(b - a) for a, b in pairwise(along)) <= 2
    assert session.document.history.undo_names == ("Paint car",)


def test_without_the_switch_pressure_changes_nothing(window: MainWindow, editor: LayoutEditor, session: Session):
    window.tool_options.switch("pressure").click()
    stroke(editor, (50, 100, 0.1), (150, 100, 0.3), (250, 100, 1.0))
    assert {width_at(session, x) for x in (60, 150, 250)} == {40}


def test_lifting_the_pen_leaves_no_blob(editor: LayoutEditor, session: Session):
    stroke(editor, (50, 100, 0.2), (150, 100, 0.2), (250, 100, 0.2))
    assert np.nonzero((session.document.class_ids != VOID).any(0))[0].max() < 260
    assert width_at(session, 250) <= 14


def test_the_eraser_end_erases_with_the_brush_in_hand(editor: LayoutEditor, session: Session):
    drag(editor, (50, 100), (250, 100))
    stroke(editor, (100, 100, 1.0), (150, 100, 1.0), eraser=True)
    assert session.document.class_at(120, 100) == (VOID, 0)
    assert session.tool == "brush"
    stroke(editor, (100, 100, 1.0), (150, 100, 1.0))
    assert session.document.class_at(120, 100)[0] == CAR


def test_escape_takes_a_pen_stroke_back(editor: LayoutEditor, session: Session):
    pen = build_pen()
    send_pen(editor, pen, PRESS, (50, 100), 0.5)
    send_pen(editor, pen, MOVE, (150, 100), 0.5)
    press_key(editor, Qt.Key.Key_Escape)
    send_pen(editor, pen, RELEASE, (150, 100), 0.0)
    assert (session.document.class_ids == VOID).all()


def test_a_hovering_pen_is_left_to_qt_and_paints_nothing(editor: LayoutEditor, session: Session):
    assert not send_pen(editor, build_pen(), MOVE, (150, 100), 0.0)
    assert (session.document.class_ids == VOID).all()


def test_the_mouse_paints_at_full_width_after_a_light_pen(editor: LayoutEditor, session: Session):
    stroke(editor, (50, 50, 0.1), (80, 50, 0.1))
    drag(editor, (150, 150), (250, 150))
    assert width_at(session, 200) == 40


def test_a_pen_draws_shapes_and_fills(editor: LayoutEditor, session: Session):
    session.set_tool("rectangle")
    stroke(editor, (50.5, 50.5, 0.3), (99.5, 99.5, 0.3))
    assert (session.document.class_ids[50:100, 50:100] == CAR).all()
    session.set_tool("fill")
    session.set_class(0)
    stroke(editor, (300, 200, 0.5))
    assert session.document.class_at(10, 10)[0] == 0
