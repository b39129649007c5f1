"""Mirror axes and what may be painted over, by real pointer and key events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from app.main_window import MainWindow
from app.session import Session
from app.tool_state import Symmetry, ToolName
from app.views.layout_editor import LayoutEditor
from app.views.mirror_axes import MirrorAxes
from engine.classes import VOID
from engine.document.shapes import Rectangle
from tests.support.pointer import DOUBLE, MOVE, PRESS, RELEASE, SHIFT, drag, press_key, send, send_in_view

SKY, CAR = 0, 8


@pytest.fixture
def editor(window: MainWindow, session: Session) -> LayoutEditor:
    window.views.editor.setFocus()
    session.new_document(session.document.size)
    window.views.fit()
    session.set_class(CAR)
    session.set_brush_px(20)
    return window.views.editor


def painted(session: Session) -> np.ndarray:
    return session.document.class_ids != VOID


@pytest.mark.parametrize("name", ["brush", "line", "rectangle", "ellipse", "lasso"])
def test_m_mirrors_every_tool_about_the_middle_as_one_step(editor: LayoutEditor, session: Session, name: ToolName):
    press_key(editor, Qt.Key.Key_M)
    press_key(editor, Qt.Key.Key_M, SHIFT)
    session.set_tool(name)
    drag(editor, (50, 30), (90, 35), (80, 60), (50, 90))
    mask = painted(session)
    assert mask[:, :256].any()
    assert np.array_equal(mask, mask[:, ::-1]) and np.array_equal(mask, mask[::-1])
    assert len(session.document.history.undo_names) == 1
    press_key(editor, Qt.Key.Key_M)
    press_key(editor, Qt.Key.Key_M, SHIFT)
    session.undo()
    drag(editor, (50, 30), (90, 35), (80, 60))
    assert not painted(session)[:, 256:].any()


def test_an_axis_is_dragged_by_its_handle_and_a_double_click_puts_it_back(editor: LayoutEditor, session: Session):
    press_key(editor, Qt.Key.Key_M)
    at = MirrorAxes(session).handle_at(editor, "x")
    assert at is not None
    target = QPointF(editor.to_view(QPointF(128, 0)).x(), at.y())
    send_in_view(editor, PRESS, at)
    send_in_view(editor, MOVE, target)
    send_in_view(editor, RELEASE, target)
    assert session.tools.symmetry.axes_px(session.document.size)[0] == pytest.approx(128, abs=0.5)
    assert not painted(session).any()
    drag(editor, (100, 100), (110, 100))
    assert session.document.class_at(150, 100)[0] == CAR
    handle = MirrorAxes(session).handle_at(editor, "x")
    assert handle is not None
    send_in_view(editor, DOUBLE, handle)
    send_in_view(editor, RELEASE, handle)
    assert session.tools.symmetry == Symmetry(0.5, None)


def test_an_axis_stops_at_the_edge_of_the_layout(editor: LayoutEditor, session: Session):
    press_key(editor, Qt.Key.Key_M, SHIFT)
    at = MirrorAxes(session).handle_at(editor, "y")
    assert at is not None
    send_in_view(editor, PRESS, at)
    send_in_view(editor, MOVE, QPointF(at.x(), -500))
    send_in_view(editor, RELEASE, QPointF(at.x(), -500))
    assert session.tools.symmetry.y_share == 0


def test_axes_are_drawn_while_they_are_on(editor: LayoutEditor):
    at = editor.to_view(QPointF(256, 200)).toPoint()
    before = editor.grab().toImage().pixelColor(at)
    press_key(editor, Qt.Key.Key_M)
    assert editor.grab().toImage().pixelColor(at) != before


def test_a_protected_class_is_left_alone_by_every_tool(editor: LayoutEditor, session: Session):
    session.document.draw_shape(Rectangle((100, 0), (150, 256)), SKY)
    session.set_class(SKY)
    press_key(editor, Qt.Key.Key_K)
    assert session.tools.protected == {SKY}
    session.set_class(CAR)
    for name in ("brush", "rectangle", "eraser"):
        session.tools.set_tool(name)  # type: ignore[arg-type]
        drag(editor, (80, 100), (200, 120))
    assert (session.document.class_ids[:, 100:150] == SKY).all()
    session.set_class(SKY)
    press_key(editor, Qt.Key.Key_K)
    assert session.tools.protected == frozenset()


def test_painting_only_over_the_class_under_the_cursor(editor: LayoutEditor, session: Session):
    session.document.draw_shape(Rectangle((100, 0), (150, 256)), SKY)
    send(editor, MOVE, (120, 50), held=False)
    press_key(editor, Qt.Key.Key_K, SHIFT)
    assert session.tools.only_over == SKY
    drag(editor, (80, 100), (200, 100))
    assert np.nonzero((session.document.class_ids == CAR).any(0))[0].tolist() == list(range(100, 150))
    send(editor, MOVE, (120, 50), held=False)
    press_key(editor, Qt.Key.Key_K, SHIFT)
    assert session.tools.only_over is None


def test_another_document_clears_what_was_guarded(editor: LayoutEditor, session: Session):
    session.tools.set_only_over(VOID)
    session.tools.toggle_protected(CAR)
    session.new_document(session.document.size)
    assert session.tools.only_over is None and session.tools.protected == frozenset()
