"""Every tool, driven by real pointer events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.actions import ActionSpec, build_actions
from app.main_window import MainWindow
from app.session import Session
from app.views.layout_editor import LayoutEditor
from engine.classes import VOID
from tests.app.test_views import wheel

NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def editor(window: MainWindow) -> LayoutEditor:
    window.views.editor.setFocus()
    return window.views.editor


def send(editor: LayoutEditor, kind: QEvent.Type, at: QPointF, *, modifiers=NONE) -> None:
    position = editor.to_view(at)
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else LEFT
    buttons = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else LEFT
    event = QMouseEvent(kind, position, editor.mapToGlobal(position), button, buttons, modifiers)
    QApplication.sendEvent(editor, event)


def drag(editor: LayoutEditor, *points: tuple[float, float], modifiers=NONE) -> None:
    send(editor, QEvent.Type.MouseButtonPress, QPointF(*points[0]), modifiers=modifiers)
    for point in points[1:]:
        send(editor, QEvent.Type.MouseMove, QPointF(*point), modifiers=modifiers)
    send(editor, QEvent.Type.MouseButtonRelease, QPointF(*points[-1]), modifiers=modifiers)


def press_key(window: MainWindow, key: Qt.Key, modifiers=NONE) -> None:
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


def test_what_is_painted_shows_before_the_button_is_up(editor: LayoutEditor, session: Session):
    session.set_class(8)
    session.set_brush_px(60)
    send(editor, QEvent.Type.MouseButtonPress, QPointF(250, 40))
    send(editor, QEvent.Type.MouseMove, QPointF(260, 40))
    at = editor.to_view(QPointF(255, 55)).toPoint()
    shown = editor.grab().toImage().pixelColor(at)
    assert (shown.red(), shown.green(), shown.blue()) == session.table[8].colour
    send(editor, QEvent.Type.MouseButtonRelease, QPointF(260, 40))


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
    drag(editor, (250, 5), modifiers=Qt.KeyboardModifier.AltModifier)
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
    drag(editor, (250, 5), modifiers=Qt.KeyboardModifier.ControlModifier)
    region = session.region_result(session.selected_record_id)
    assert region is not None and region.class_key == "sky"
    assert not session.is_modified


def test_escape_takes_the_open_stroke_back(window: MainWindow, editor: LayoutEditor, session: Session):
    before = session.document.class_ids.copy()
    session.set_class(8)
    send(editor, QEvent.Type.MouseButtonPress, QPointF(50, 30))
    send(editor, QEvent.Type.MouseMove, QPointF(90, 30))
    assert not np.array_equal(session.document.class_ids, before)
    press_key(window, Qt.Key.Key_Escape)
    send(editor, QEvent.Type.MouseMove, QPointF(120, 30))
    send(editor, QEvent.Type.MouseButtonRelease, QPointF(120, 30))
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
    drag(editor, (100, 100), (130, 100), modifiers=Qt.KeyboardModifier.ShiftModifier)
    assert session.brush_px == pytest.approx(50, abs=1)
    assert not session.is_modified


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
