"""A pointer that moves faster than the picture can follow."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.session import Session

POINTS = [(60.0 + 4 * n, 128.0 + 40 * np.sin(n / 12)) for n in range(90)]


def send(window: MainWindow, kind: QEvent.Type, x: float, y: float) -> None:
    editor = window.views.editor
    at = editor.to_view(QPointF(x, y))
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    buttons = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
    event = QMouseEvent(kind, at, editor.mapToGlobal(at), button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(editor, event)


def paint(window: MainWindow, *, in_one_turn: bool) -> None:
    send(window, QEvent.Type.MouseButtonPress, *POINTS[0])
    for point in POINTS[1:-1]:
        send(window, QEvent.Type.MouseMove, *point)
        if not in_one_turn:
            QApplication.processEvents()
    send(window, QEvent.Type.MouseButtonRelease, *POINTS[-1])


def test_moves_that_come_together_are_painted_together(window: MainWindow, session: Session):
    session.set_tool("brush")
    session.set_class(5)
    bounds: list[object] = []
    session.layout_changed.connect(bounds.append)
    paint(window, in_one_turn=True)
    assert len(bounds) == 1
    assert len(session.document.history.undo_names) == 1
    for x, y in POINTS:
        assert session.document.class_at(int(x), int(y)) == (5, 0)


def test_a_stroke_looks_the_same_however_its_moves_arrive(window: MainWindow, session: Session):
    session.set_tool("brush")
    session.set_class(5)
    session.set_brush_px(16)
    paint(window, in_one_turn=False)
    slowly = session.document.class_ids.copy()
    session.undo()
    paint(window, in_one_turn=True)
    assert np.array_equal(session.document.class_ids, slowly)


def test_no_place_is_left_out_however_many_come_together(window: MainWindow, session: Session):
    session.set_tool("brush")
    session.set_class(5)
    session.set_brush_px(3)
    zigzag = [(100.0 + n % 2 * 200, 20.0 + n / 2) for n in range(400)]
    send(window, QEvent.Type.MouseButtonPress, *zigzag[0])
    for point in zigzag[1:]:
        send(window, QEvent.Type.MouseMove, *point)
    send(window, QEvent.Type.MouseButtonRelease, *zigzag[-1])
    for x, y in zigzag:
        assert session.document.class_at(int(x), int(y)) == (5, 0)


def test_a_press_shows_its_dot_at_the_end_of_its_turn(window: MainWindow, session: Session):
    session.set_tool("brush")
    session.set_class(5)
    send(window, QEvent.Type.MouseButtonPress, *POINTS[0])
    QApplication.processEvents()
    assert session.document.class_at(int(POINTS[0][0]), int(POINTS[0][1])) == (5, 0)
    window.views.editor.abort_gesture()


def test_the_cursor_is_where_the_last_move_was(window: MainWindow, session: Session):
    session.set_tool("brush")
    send(window, QEvent.Type.MouseButtonPress, *POINTS[0])
    for point in POINTS[1:]:
        send(window, QEvent.Type.MouseMove, *point)
    QApplication.processEvents()
    cursor = window.views.link.cursor
    assert cursor is not None
    assert np.hypot(cursor.x() - POINTS[-1][0], cursor.y() - POINTS[-1][1]) < 0.01
    send(window, QEvent.Type.MouseButtonRelease, *POINTS[-1])


def test_aborting_forgets_the_moves_that_wait(window: MainWindow, session: Session):
    session.set_tool("brush")
    session.set_class(5)
    before = session.document.class_ids.copy()
    send(window, QEvent.Type.MouseButtonPress, *POINTS[0])
    for point in POINTS[1:]:
        send(window, QEvent.Type.MouseMove, *point)
    assert window.views.editor.abort_gesture()
    QApplication.processEvents()
    assert np.array_equal(session.document.class_ids, before)
    assert not session.gesture.is_open
