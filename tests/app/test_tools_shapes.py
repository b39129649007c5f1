"""Shapes and areas, drawn by real pointer and key events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from app.main_window import MainWindow
from app.session import Session
from app.tool_state import ToolName
from app.views.layout_editor import LayoutEditor
from engine.classes import VOID
from tests.support.pointer import ALT, CONTROL, MOVE, PRESS, RELEASE, SHIFT, click, double_click, drag, press_key, send

CAR = 8


@pytest.fixture
def editor(window: MainWindow, session: Session) -> LayoutEditor:
    """The editor over an empty layout of cars to be."""
    window.views.editor.setFocus()
    session.new_document(session.document.size)
    window.views.fit()
    session.set_class(CAR)
    return window.views.editor


def painted(session: Session) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what is not void."""
    rows, columns = np.nonzero(session.document.class_ids != VOID)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def is_void(session: Session) -> bool:
    return bool((session.document.class_ids == VOID).all())


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (Qt.Key.Key_L, "line"),
        (Qt.Key.Key_R, "rectangle"),
        (Qt.Key.Key_O, "ellipse"),
        (Qt.Key.Key_P, "lasso"),
    ],
)
def test_a_key_takes_the_tool_and_a_drag_is_one_step(
    editor: LayoutEditor, session: Session, key: Qt.Key, name: ToolName
):
    press_key(editor, key)
    assert session.tool == name
    drag(editor, (50, 50), (120, 60), (110, 120), (60, 110))
    assert session.document.history.undo_names == ("Draw car",)
    session.undo()
    assert is_void(session)


def test_a_rectangle_covers_every_pixel_it_touches(editor: LayoutEditor, session: Session):
    session.set_tool("rectangle")
    drag(editor, (50.5, 40.5), (90.5, 60.5))
    assert painted(session) == (50, 40, 91, 61)
    assert (session.document.class_ids[40:61, 50:91] == CAR).all()


@pytest.mark.parametrize("name", ["rectangle", "ellipse"])
def test_shift_makes_both_sides_alike(editor: LayoutEditor, session: Session, name: ToolName):
    session.set_tool(name)
    drag(editor, (50.5, 40.5), (90.5, 60.5), modifiers=SHIFT)
    left, top, right, bottom = painted(session)
    assert (left, top) == (50, 40)
    assert right - left == bottom - top == 41


@pytest.mark.parametrize("modifier", [ALT, CONTROL])
def test_alt_and_ctrl_during_the_drag_draw_about_the_centre(
    editor: LayoutEditor, session: Session, modifier: Qt.KeyboardModifier
):
    session.set_tool("rectangle")
    send(editor, PRESS, (100.5, 80.5))
    send(editor, MOVE, (120.5, 90.5), modifiers=modifier)
    send(editor, RELEASE, (120.5, 90.5), modifiers=modifier)
    assert painted(session) == (80, 70, 121, 91)


def test_a_line_is_as_wide_as_the_brush_and_shift_keeps_it_straight(editor: LayoutEditor, session: Session):
    session.set_tool("line")
    session.set_brush_px(8)
    drag(editor, (50, 50), (150, 58), modifiers=SHIFT)
    left, top, right, bottom = painted(session)
    assert (top, bottom) == (46, 54)
    assert left == 46 and 153 <= right <= 155


def test_nothing_is_painted_while_a_shape_is_dragged_but_its_preview_shows(editor: LayoutEditor, session: Session):
    session.set_tool("rectangle")
    before = editor.grab().toImage()
    send(editor, PRESS, (60, 60))
    send(editor, MOVE, (120, 120))
    assert is_void(session)
    at = editor.to_view(QPointF(90, 90)).toPoint()
    assert editor.grab().toImage().pixelColor(at) != before.pixelColor(at)
    send(editor, RELEASE, (120, 120))
    assert session.document.class_at(90, 90)[0] == CAR


@pytest.mark.parametrize("name", ["line", "rectangle", "ellipse", "lasso"])
def test_escape_gives_a_shape_up(editor: LayoutEditor, session: Session, name: ToolName):
    session.set_tool(name)
    send(editor, PRESS, (60, 60))
    send(editor, MOVE, (120, 120))
    send(editor, MOVE, (60, 120))
    press_key(editor, Qt.Key.Key_Escape)
    send(editor, MOVE, (130, 130))
    send(editor, RELEASE, (130, 130))
    assert is_void(session)
    assert session.document.history.undo_names == ()


@pytest.mark.parametrize("name", ["line", "rectangle", "ellipse", "lasso"])
def test_a_click_without_a_drag_draws_nothing(editor: LayoutEditor, session: Session, name: ToolName):
    session.set_tool(name)
    click(editor, (60, 60))
    assert is_void(session)


def test_undo_during_a_drag_gives_the_shape_up_and_keeps_the_step_before(editor: LayoutEditor, session: Session):
    session.set_tool("rectangle")
    drag(editor, (10, 10), (20, 20))
    send(editor, PRESS, (60, 60))
    send(editor, MOVE, (120, 120))
    press_key(editor, Qt.Key.Key_Z, CONTROL)
    send(editor, RELEASE, (120, 120))
    assert painted(session) == (10, 10, 20, 20)


def test_the_lasso_fills_what_it_goes_around(editor: LayoutEditor, session: Session):
    session.set_tool("lasso")
    drag(editor, (50, 50), (100, 50), (100, 100), (50, 100))
    assert painted(session) == (50, 50, 100, 100)
    assert session.document.class_at(75, 75)[0] == CAR


def test_shapes_can_erase(editor: LayoutEditor, session: Session):
    session.set_tool("rectangle")
    drag(editor, (50, 50), (100, 100))
    press_key(editor, Qt.Key.Key_E, SHIFT)
    drag(editor, (60, 60), (80, 80))
    assert session.document.class_at(70, 70) == (VOID, 0)
    assert session.document.class_at(55, 55)[0] == CAR


def test_a_shape_takes_the_new_object_and_one_that_starts_on_it_continues_it(editor: LayoutEditor, session: Session):
    session.set_tool("rectangle")
    press_key(editor, Qt.Key.Key_N)
    drag(editor, (50, 50), (100, 100))
    assert session.document.class_at(75, 75) == (CAR, 1)
    drag(editor, (90, 90), (140, 140))
    assert session.document.class_at(130, 130) == (CAR, 1)
    drag(editor, (200, 90), (240, 140))
    assert session.document.class_at(220, 100) == (CAR, 0)


SQUARE = ((50.0, 50.0), (100.0, 50.0), (100.0, 100.0), (50.0, 100.0))


@pytest.mark.parametrize("ending", ["Return", "Enter", "double click", "first corner"])
def test_a_polygon_is_drawn_click_by_click_and_closed(editor: LayoutEditor, session: Session, ending: str):
    press_key(editor, Qt.Key.Key_P, SHIFT)
    click(editor, *SQUARE[:-1])
    assert is_void(session)
    if ending == "double click":
        double_click(editor, SQUARE[-1])
    else:
        click(editor, SQUARE[-1])
    if ending == "first corner":
        click(editor, (51, 51))
    elif ending != "double click":
        press_key(editor, Qt.Key.Key_Return if ending == "Return" else Qt.Key.Key_Enter)
    assert painted(session) == (50, 50, 100, 100)
    assert session.document.history.undo_names == ("Draw car",)
    assert not editor.is_painting


@pytest.mark.parametrize(("key", "modifiers"), [(Qt.Key.Key_Backspace, None), (Qt.Key.Key_Z, CONTROL)])
def test_backspace_and_undo_take_a_corner_of_a_polygon_back(
    editor: LayoutEditor, session: Session, key: Qt.Key, modifiers: Qt.KeyboardModifier | None
):
    session.set_tool("polygon")
    click(editor, *SQUARE[:3], (300, 200))
    press_key(editor, key) if modifiers is None else press_key(editor, key, modifiers)
    click(editor, SQUARE[3])
    press_key(editor, Qt.Key.Key_Return)
    assert painted(session) == (50, 50, 100, 100)


def test_backspace_on_the_only_corner_ends_the_polygon(editor: LayoutEditor, session: Session):
    session.set_tool("polygon")
    click(editor, (50, 50))
    press_key(editor, Qt.Key.Key_Backspace)
    assert not editor.is_painting
    click(editor, *SQUARE)
    press_key(editor, Qt.Key.Key_Return)
    assert painted(session) == (50, 50, 100, 100)


def test_escape_and_another_tool_give_a_polygon_up(editor: LayoutEditor, session: Session):
    session.set_tool("polygon")
    click(editor, *SQUARE)
    press_key(editor, Qt.Key.Key_Escape)
    press_key(editor, Qt.Key.Key_Return)
    click(editor, *SQUARE)
    press_key(editor, Qt.Key.Key_B)
    press_key(editor, Qt.Key.Key_P, SHIFT)
    press_key(editor, Qt.Key.Key_Return)
    assert is_void(session)


def test_the_view_can_be_panned_between_the_corners_of_a_polygon(editor: LayoutEditor, session: Session):
    session.set_tool("polygon")
    click(editor, *SQUARE[:2])
    centre = editor.link.centre
    press_key(editor, Qt.Key.Key_Space)
    send(editor, PRESS, (200, 100), button=Qt.MouseButton.MiddleButton)
    send(editor, MOVE, (220, 110), button=Qt.MouseButton.MiddleButton)
    send(editor, RELEASE, (220, 110), button=Qt.MouseButton.MiddleButton)
    assert editor.link.centre != centre
    click(editor, *SQUARE[2:])
    press_key(editor, Qt.Key.Key_Return)
    assert painted(session) == (50, 50, 100, 100)


def test_shift_keeps_the_side_of_a_polygon_at_an_eighth_of_a_turn(editor: LayoutEditor, session: Session):
    session.set_tool("polygon")
    click(editor, (50, 50))
    click(editor, (100, 53), modifiers=SHIFT)
    click(editor, (100, 100), (50, 100))
    press_key(editor, Qt.Key.Key_Return)
    assert painted(session) == (50, 50, 100, 100)


def test_the_hint_says_what_to_do_next(window: MainWindow, editor: LayoutEditor, session: Session):
    session.set_tool("polygon")
    assert editor.hint == "Click to begin a polygon"
    click(editor, *SQUARE[:3])
    assert "Enter or a double click fills" in editor.hint
    session.set_tool("rectangle")
    assert "Shift keeps it square" in editor.hint
    assert window.status_bar.hint == editor.hint
