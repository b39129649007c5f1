"""Every tool, driven by real pointer events."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.actions import ActionSpec, build_actions
from app.main_window import MainWindow
from app.session import Session
from app.tool_state import ToolName
from app.views import tool_hand
from app.views.layout_editor import LayoutEditor
from app.views.tool_drawing import brush_outline
from engine.classes import VOID
from engine.document.shapes import Rectangle
from engine.document.strokes import Point
from engine.geometry import Bounds
from tests.app.test_views import wheel
from tests.support.pointer import ALT, CONTROL, MOVE, NONE, PRESS, RELEASE, SHIFT, click, drag, send


@pytest.fixture
def editor(window: MainWindow) -> LayoutEditor:
    window.views.editor.setFocus()
    return window.views.editor


def press_key(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(window.views.editor, key, modifiers)


def test_the_brush_paints_without_gaps_and_as_one_step(editor: LayoutEditor, session: Session):
    before = session.document.class_ids.copy()
    session.set_class(8)
    session.set_brush_px(10)
    drag(editor, (20, 20), (200, 24), (300, 60))
    for share in np.linspace(0, 1, 60):
        x, y = 20 + 180 * share, 20 + 4 * share
        assert session.document.class_at(int(x), int(y))[0] == 8
    assert session.document.history.undo_names == ("Paint car",)
    session.undo()
    assert np.array_equal(session.document.class_ids, before)


def test_moves_within_a_frame_are_painted_together(
    editor: LayoutEditor, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tool_hand, "FRAME_S", 0.2)
    session.set_class(8)
    send(editor, PRESS, (20, 40))
    QApplication.processEvents()
    painted: list[int] = []
    extend = session.gesture.extend

    def note(points: Sequence[Point], radius_px: float | Sequence[float]) -> Bounds:
        painted.append(len(points))
        return extend(points, radius_px)

    monkeypatch.setattr(session.gesture, "extend", note)
    for x in (30, 40, 50):
        send(editor, MOVE, (x, 40))
        QApplication.processEvents()
    assert painted == []
    qtbot.waitUntil(lambda: bool(painted))
    assert len(painted) == 1
    assert session.document.class_at(50, 40)[0] == 8
    send(editor, MOVE, (60, 40))
    send(editor, RELEASE, (60, 40))  # which waits for no frame
    assert session.document.class_at(60, 40)[0] == 8


def test_what_is_painted_shows_before_the_button_is_up(editor: LayoutEditor, session: Session):
    session.set_class(8)
    session.set_brush_px(60)
    send(editor, PRESS, (250, 40))
    send(editor, MOVE, (260, 40))
    QApplication.processEvents()
    at = editor.to_view(QPointF(255, 55)).toPoint()
    shown = editor.grab().toImage().pixelColor(at)
    assert (shown.red(), shown.green(), shown.blue()) == session.table[8].colour
    send(editor, RELEASE, (260, 40))


def test_the_eraser_paints_void(window: MainWindow, editor: LayoutEditor, session: Session):
    press_key(window, Qt.Key.Key_E)
    drag(editor, (100, 30), (120, 30))
    assert session.document.class_at(110, 30) == (VOID, 0)
    assert session.document.history.undo_names == ("Erase",)


@pytest.mark.parametrize("key", [Qt.Key.Key_F, Qt.Key.Key_G])
def test_fill_fills_what_is_connected(window: MainWindow, editor: LayoutEditor, session: Session, key: Qt.Key):
    press_key(window, key)
    session.set_class(7)
    before = session.document.class_ids.copy()
    sky = session.document.class_ids == session.document.class_at(250, 5)[0]
    drag(editor, (250, 5))
    assert session.tool == "fill"
    assert (session.document.class_ids[sky] == 7).mean() > 0.9
    assert np.array_equal(session.document.class_ids[~sky], before[~sky])
    assert len(session.document.history.undo_names) == 1


def test_pick_takes_the_class_under_the_cursor(window: MainWindow, editor: LayoutEditor, session: Session):
    press_key(window, Qt.Key.Key_I)
    drag(editor, (110, 200))
    assert session.class_id == 8
    press_key(window, Qt.Key.Key_B)
    drag(editor, (250, 5), modifiers=ALT)
    assert session.class_id == 0 and session.tool == "brush"
    assert not session.is_modified


def test_select_shows_the_region_and_ctrl_click_does_with_any_tool(
    window: MainWindow, editor: LayoutEditor, session: Session
):
    press_key(window, Qt.Key.Key_V)
    drag(editor, (110, 200))
    region = session.region_result(session.selected_record_id)
    assert region is not None and region.class_key == "car"
    press_key(window, Qt.Key.Key_B)
    drag(editor, (250, 5), modifiers=CONTROL)
    region = session.region_result(session.selected_record_id)
    assert region is not None and region.class_key == "sky"
    assert not session.is_modified


def test_escape_takes_the_open_stroke_back(window: MainWindow, editor: LayoutEditor, session: Session):
    before = session.document.class_ids.copy()
    session.set_class(8)
    send(editor, PRESS, (50, 30))
    send(editor, MOVE, (90, 30))
    QApplication.processEvents()
    assert not np.array_equal(session.document.class_ids, before)
    press_key(window, Qt.Key.Key_Escape)
    send(editor, MOVE, (120, 30))
    send(editor, RELEASE, (120, 30))
    assert np.array_equal(session.document.class_ids, before)
    assert session.document.history.undo_names == ()


def test_brush_sizes_by_keys_wheel_and_drag(window: MainWindow, editor: LayoutEditor, session: Session):
    size = session.brush_px
    press_key(window, Qt.Key.Key_BracketRight)
    assert session.brush_px > size
    press_key(window, Qt.Key.Key_BracketLeft)
    assert session.brush_px == size
    wheel(editor, QPoint(100, 100), 1, Qt.KeyboardModifier.AltModifier)
    assert session.brush_px > size
    session.set_brush_px(20)
    drag(editor, (100, 100), (130, 100), modifiers=SHIFT)
    assert session.brush_px == pytest.approx(50, abs=1)
    assert not session.is_modified


def test_shift_click_paints_a_straight_line_from_the_last_stroke(editor: LayoutEditor, session: Session):
    session.set_class(8)
    session.set_brush_px(10)
    click(editor, (50, 40), modifiers=SHIFT)
    assert session.document.history.undo_names == ()
    drag(editor, (60, 30), (100, 40))
    click(editor, (300, 140), modifiers=SHIFT)
    for share in np.linspace(0, 1, 50):
        assert session.document.class_at(int(100 + 200 * share), int(40 + 100 * share))[0] == 8
    assert len(session.document.history.undo_names) == 2
    click(editor, (400, 40), modifiers=SHIFT)
    assert session.document.class_at(350, 90)[0] == 8
    assert session.brush_px == 10


def test_the_line_shows_as_soon_as_shift_is_held(window: MainWindow, editor: LayoutEditor, session: Session):
    drag(editor, (60, 30), (100, 40))
    send(editor, MOVE, (300, 40), held=False)
    at = editor.to_view(QPointF(200, 40)).toPoint()
    before = editor.grab().toImage().pixelColor(at)
    QTest.keyPress(editor, Qt.Key.Key_Shift, SHIFT)
    assert editor.grab().toImage().pixelColor(at) != before
    QTest.keyRelease(editor, Qt.Key.Key_Shift, NONE)
    assert editor.grab().toImage().pixelColor(at) == before


def test_the_square_brush_paints_squares(window: MainWindow, editor: LayoutEditor, session: Session):
    session.new_document(session.document.size)
    session.set_class(8)
    session.set_brush_px(20)
    press_key(window, Qt.Key.Key_B, SHIFT)
    click(editor, (100, 100))
    assert (session.document.class_ids == 8).sum() == 400
    press_key(window, Qt.Key.Key_B, SHIFT)
    click(editor, (200, 100))
    assert 300 < (session.document.class_ids[:, 150:] == 8).sum() < 330


@pytest.mark.parametrize("shape", ["round", "square"])
@pytest.mark.parametrize("brush_px", [1.0, 2.0, 7.0, 24.0])
@pytest.mark.parametrize("at", [(100.5, 80.5), (100.9, 80.1)])
def test_the_outline_goes_around_the_very_pixels_a_click_paints(
    editor: LayoutEditor, session: Session, shape: str, brush_px: float, at: tuple[float, float]
):
    session.new_document(session.document.size)
    session.set_class(8)
    session.tools.set_brush_shape("square" if shape == "square" else "round")
    session.set_brush_px(brush_px)
    click(editor, at)
    x, y = (editor.to_layout(editor.to_view(QPointF(*at)))).toTuple()
    outline = brush_outline(x, y, radius_px=brush_px / 2, shape=session.tools.brush_shape, scale=8.0)
    rows, columns = np.nonzero(session.document.class_ids == 8)
    box = outline.boundingRect()
    assert (box.left(), box.top()) == (columns.min(), rows.min())
    assert (box.right(), box.bottom()) == (columns.max() + 1, rows.max() + 1)
    mask = np.pad(session.document.class_ids == 8, 1)
    length = np.count_nonzero(np.diff(mask, axis=0)) + np.count_nonzero(np.diff(mask, axis=1))
    assert outline.length() == pytest.approx(length)


def test_fill_takes_all_that_is_alike_or_only_what_is_connected(
    window: MainWindow, editor: LayoutEditor, session: Session
):
    document = session.document
    sky = document.class_at(250, 5)[0]
    document.draw_shape(Rectangle((200, 200), (220, 220)), sky)
    session.set_class(7)
    press_key(window, Qt.Key.Key_F)
    click(editor, (250, 5), modifiers=SHIFT)
    assert not (document.class_ids == sky).any()
    session.undo()
    click(editor, (250, 5))
    assert document.class_at(210, 210)[0] == sky
    session.undo()
    window.tool_options.switch("connected").click()
    click(editor, (250, 5))
    assert not (document.class_ids == sky).any()


def test_fill_does_not_leak_through_gaps_that_are_closed(window: MainWindow, editor: LayoutEditor, session: Session):
    session.new_document(session.document.size)
    document = session.document
    for start, end in (((50, 50), (150, 54)), ((50, 146), (150, 150)), ((50, 50), (54, 150)), ((146, 50), (150, 98))):
        document.draw_shape(Rectangle(start, end), 1)
    document.draw_shape(Rectangle((146, 102), (150, 150)), 1)
    session.set_class(7)
    session.set_tool("fill")
    click(editor, (100, 100))
    assert document.class_at(400, 200)[0] == 7
    session.undo()
    session.tools.set_gap_px(8)
    click(editor, (100, 100))
    assert document.class_at(100, 100)[0] == 7
    assert document.class_at(400, 200)[0] == VOID


def test_fill_can_erase(editor: LayoutEditor, session: Session):
    session.tools.set_erases(True)
    session.set_tool("fill")
    click(editor, (250, 5))
    assert session.document.class_at(250, 5) == (VOID, 0)


def test_alt_for_the_brush_does_not_open_the_menu_when_it_is_let_go(window: MainWindow, editor: LayoutEditor):
    QTest.keyPress(editor, Qt.Key.Key_Alt, ALT)
    wheel(editor, QPoint(100, 100), 1, ALT)
    QTest.keyRelease(editor, Qt.Key.Key_Alt)
    assert window.menuBar().activeAction() is None
    assert editor.hasFocus()


def test_the_pointer_shows_what_a_press_would_do(window: MainWindow, editor: LayoutEditor, session: Session):
    session.set_brush_px(40)
    assert editor.cursor().shape() == Qt.CursorShape.BlankCursor
    QTest.keyPress(editor, Qt.Key.Key_Alt, ALT)
    assert editor.cursor().shape() == Qt.CursorShape.BitmapCursor
    QTest.keyRelease(editor, Qt.Key.Key_Alt)
    assert editor.cursor().shape() == Qt.CursorShape.BlankCursor
    expected: tuple[tuple[ToolName, Qt.CursorShape], ...] = (
        ("fill", Qt.CursorShape.BitmapCursor),
        ("pick", Qt.CursorShape.BitmapCursor),
        ("rectangle", Qt.CursorShape.CrossCursor),
        ("move", Qt.CursorShape.SizeAllCursor),
        ("pan", Qt.CursorShape.OpenHandCursor),
    )
    for name, shape in expected:
        session.set_tool(name)
        assert editor.cursor().shape() == shape


def test_a_brush_of_one_pixel_can_still_grow(session: Session):
    session.set_brush_px(1)
    session.tools.step_brush(1)
    assert session.brush_px == 2
    session.tools.step_brush(-5)
    assert session.brush_px == 1


def test_number_keys_take_favourites_and_x_swaps(window: MainWindow, session: Session):
    press_key(window, Qt.Key.Key_4)
    assert session.class_id == 3
    press_key(window, Qt.Key.Key_6)
    assert session.class_id == 5
    press_key(window, Qt.Key.Key_X)
    assert session.class_id == 3


def test_n_starts_a_new_object(window: MainWindow, session: Session):
    press_key(window, Qt.Key.Key_N)
    assert session.instance_id > 0


def test_unknown_tools_are_refused(session: Session):
    with pytest.raises(ValueError, match="no tool"):
        session.set_tool("spoon")  # type: ignore[arg-type]


def test_two_actions_never_share_a_shortcut(window: MainWindow):
    specs = [ActionSpec(name, name, ("Ctrl+K",), lambda: None) for name in ("one", "two")]
    with pytest.raises(ValueError, match="belongs to 'one' and 'two'"):
        build_actions(window, specs)
