"""The window in which segments are cut out of a photograph: its tools, the suggestion, adding, and closing."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.cut_out_flow import CutOutFlow
from app.cut_out_session import CutOut
from app.dialogs.confirm import ConfirmDialog
from app.dialogs.cut_out_window import CutOutWindow
from app.dialogs.errors import ErrorDialog
from app.engine_bridge import EngineBridge
from app.photographs import KeptPhotograph
from app.session import Session
from engine.bank.bank import Bank
from engine.bank.personal import personal_bank_path
from engine.classes import VOID, builtin_class_table
from engine.data.photograph import Photograph
from tests.support.banking_pipeline import BankingPipeline, draw_photograph
from tests.support.street import open_street
from tests.support.widgets import child_of

NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def pipeline() -> BankingPipeline:
    return BankingPipeline()


@pytest.fixture
def session(qtbot: QtBot, pipeline: BankingPipeline, tmp_path: Path) -> Iterator[Session]:
    preferences = QSettings(os.fspath(tmp_path / "preferences.ini"), QSettings.Format.IniFormat)
    session = Session(EngineBridge(lambda: pipeline), preferences, open_street())
    session.start()
    qtbot.waitUntil(lambda: session.final_result is not None)
    yield session
    session.stop()


def open_window(
    qtbot: QtBot, session: Session, photograph: Photograph, kept: KeptPhotograph | None = None
) -> CutOutWindow:
    window = CutOutWindow(session, CutOut(session, photograph, kept, session))
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window, before_close_func=lambda w: w._close_for_good())
    window.resize(1100, 700)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: window.views.editor.width() > 200)
    window.views.fit()
    return window


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> CutOutWindow:
    return open_window(qtbot, session, draw_photograph())


def view(window: CutOutWindow, x: float, y: float) -> QPoint:
    return window.views.editor.to_view(QPointF(x, y)).toPoint()


def drag(window: CutOutWindow, *points: tuple[float, float], modifier: Qt.KeyboardModifier = NONE) -> None:
    editor = window.views.editor
    QTest.mousePress(editor, LEFT, modifier, view(window, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(editor, view(window, *point))
    QTest.mouseRelease(editor, LEFT, modifier, view(window, *points[-1]))


def disc(window: CutOutWindow) -> np.ndarray:
    height, width = window.session.document.class_ids.shape
    y, x = np.mgrid[:height, :width]
    return np.hypot(x - width // 2, y - height // 2) <= height // 6


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


def wait_for_segments(qtbot: QtBot, window: CutOutWindow, text: str) -> None:
    qtbot.waitUntil(lambda: window.panel.note == text)


def test_the_photograph_lies_under_an_empty_layout_of_its_size(session, window):
    document = window.session.document
    assert (document.size.width, document.size.height) == (160, 100)
    assert (document.class_ids == VOID).all()
    assert window.session.underlay.underlay is not None
    shown = window.views.editor.grab().toImage().pixelColor(view(window, 80, 50))
    assert shown.red() > 150 > shown.green()
    assert not window.panel.add_button.isEnabled()
    assert session.document is not document


def test_there_is_no_painting_with_candidates(window: CutOutWindow):
    assert window.tool_strip.button("reveal").isHidden()
    assert not window.tool_strip.button("brush").isHidden()
    assert "tool_reveal" not in window.actions_by_name


def test_a_brush_stroke_makes_a_segment_and_undo_takes_it_away(qtbot, window):
    window.session.set_class(3)
    window.session.set_brush_px(20)
    drag(window, (20, 80), (60, 80))
    wait_for_segments(qtbot, window, "1 segment of 1 class")
    assert window.panel.add_button.isEnabled()
    assert window.isWindowModified()
    qtbot.keyClick(window.views.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not window.panel.add_button.isEnabled())
    assert (window.session.document.class_ids == VOID).all()


def test_painting_over_a_photograph_asks_for_no_picture(qtbot, session, pipeline, window):
    before = len(pipeline.snapshots)
    drag(window, (20, 80), (60, 80))
    wait_for_segments(qtbot, window, "1 segment of 1 class")
    assert len(pipeline.snapshots) == before
    assert not session.is_modified


def test_the_buttons_of_assisted_selection_take_its_tools(qtbot, window):
    for name, button in window.panel.tool_buttons.items():
        qtbot.mouseClick(button, LEFT)
        assert window.session.tool == name
        assert button.isChecked()
    qtbot.mouseClick(window.tool_strip.button("fill"), LEFT)
    assert not any(button.isChecked() for button in window.panel.tool_buttons.values())


def test_a_rectangle_around_an_object_finds_it_and_return_paints_it(qtbot, window):
    qtbot.keyClick(window.views.editor, Qt.Key.Key_Q)
    assert window.panel.tool_buttons["grab"].isChecked()
    assert not window.tool_strip.button("brush").isChecked()
    window.session.set_class(2)
    drag(window, (58, 28), (90, 60), (102, 72))
    qtbot.waitUntil(lambda: window.views.editor.hint.startswith("Drag over what is missing"))
    qtbot.keyClick(window.views.editor, Qt.Key.Key_Return)
    painted = window.session.document.class_ids == 2
    assert iou(painted, disc(window)) > 0.9
    assert [step.name for step in window.session.document.history.steps][-1].startswith("Cut out")
    window.session.undo()
    assert (window.session.document.class_ids == VOID).all()


def test_strokes_add_to_what_was_found_and_take_away_from_it(qtbot, window):
    window.session.set_tool("grab")
    window.session.set_brush_px(6)
    drag(window, (58, 28), (102, 72))
    qtbot.waitUntil(lambda: window.views.editor.hint.startswith("Drag over"))
    drag(window, (20, 20), (30, 20))
    drag(window, (80, 50), (81, 50), modifier=Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: window.views.editor.hint.startswith("Drag over"))
    qtbot.keyClick(window.views.editor, Qt.Key.Key_Return)
    painted = window.session.document.class_ids != VOID
    assert painted[20, 25]
    assert not painted[50, 80]


def test_backspace_takes_the_last_stroke_back_and_then_the_rectangle(qtbot, window):
    window.session.set_tool("grab")
    drag(window, (58, 28), (102, 72))
    drag(window, (20, 20), (30, 20))
    qtbot.keyClick(window.views.editor, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: window.views.editor.hint.startswith("Drag over"))
    qtbot.keyClick(window.views.editor, Qt.Key.Key_Backspace)
    assert window.views.editor.hint == "Drag a rectangle around an object"
    assert (window.session.document.class_ids == VOID).all()


def test_escape_gives_a_selection_up_and_leaves_the_window(qtbot, window):
    window.session.set_tool("grab")
    drag(window, (58, 28), (102, 72))
    qtbot.keyClick(window.views.editor, Qt.Key.Key_Escape)
    assert window.views.editor.hint == "Drag a rectangle around an object"
    assert window.isVisible()


def test_scissors_follow_the_edge_from_click_to_click(qtbot, window):
    qtbot.keyClick(window.views.editor, Qt.Key.Key_W)
    window.session.set_class(2)
    radius = 100 // 6
    for step in range(6):
        angle = step * math.pi / 3
        at = view(window, 80.5 + radius * math.cos(angle), 50.5 + radius * math.sin(angle))
        QTest.mouseClick(window.views.editor, LEFT, NONE, at)
    qtbot.keyClick(window.views.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool((window.session.document.class_ids == 2).any()))
    assert iou(window.session.document.class_ids == 2, disc(window)) > 0.85
    assert len(window.session.document.history.steps) == 2


def test_a_click_on_the_first_point_closes_the_outline_and_backspace_takes_one_back(qtbot, window):
    window.session.set_tool("scissors")
    for point in ((60, 30), (100, 30), (100, 70), (60, 70), (10, 90)):
        QTest.mouseClick(window.views.editor, LEFT, NONE, view(window, *point))
    qtbot.keyClick(window.views.editor, Qt.Key.Key_Backspace)
    QTest.mouseClick(window.views.editor, LEFT, NONE, view(window, 60, 30))
    qtbot.waitUntil(lambda: bool((window.session.document.class_ids != VOID).any()))
    painted = window.session.document.class_ids != VOID
    assert painted[50, 80]
    assert not painted[88, 12]


def test_a_suggestion_fills_what_is_unpainted_as_one_step(qtbot, pipeline, window):
    pipeline.suggestion = 4
    window.session.set_class(1)
    drag(window, (20, 80), (60, 80))
    painted = (window.session.document.class_ids == 1).copy()
    window.panel.suggest_button.click()
    assert not window.panel.add_button.isEnabled()
    qtbot.waitUntil(lambda: bool((window.session.document.class_ids == 4).any()))
    assert ((window.session.document.class_ids == 1) == painted).all()
    assert not (window.session.document.class_ids == VOID).any()
    window.session.undo()
    assert ((window.session.document.class_ids != VOID) == painted).all()


def test_a_suggestion_that_comes_after_the_window_is_gone_harms_nothing(qtbot, session, window):
    done: list[object] = []
    session.engine.command_done.connect(done.append)
    window.panel.suggest_button.click()
    window.close()
    qtbot.waitUntil(lambda: bool(done))


def test_adding_one_photograph_leaves_the_window_of_another_open(qtbot, session, window):
    other = open_window(qtbot, session, draw_photograph(seed=5))
    for one in (window, other):
        drag(one, (20, 80), (60, 80))
        wait_for_segments(qtbot, one, "1 segment of 1 class")
    window.panel.add_button.click()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert other.isVisible()
    assert other.panel.note == "1 segment of 1 class"


def test_without_weights_there_is_no_suggestion_and_the_button_says_why(qtbot, session):
    session.new_document(session.document.size, builtin_class_table("landscape"))
    cut_out = CutOut(session, draw_photograph(), None, session)
    if cut_out.can_suggest:
        pytest.skip("weights ship for this table")
    window = open_window(qtbot, session, draw_photograph())
    assert not window.panel.suggest_button.isEnabled()
    assert "No segmentation network" in window.panel.suggest_button.toolTip()


def test_adding_puts_the_segments_into_ones_own_bank_and_asks_for_a_picture(qtbot, session, pipeline, window):
    window.session.set_class(2)
    drag(window, (20, 80), (60, 80))
    wait_for_segments(qtbot, window, "1 segment of 1 class")
    before = len(pipeline.snapshots)
    window.panel.name_field.setText("Dunes")
    window.panel.author_field.setText("A. Painter")
    window.panel.licence_field.setCurrentText("CC BY 4.0")
    qtbot.mouseClick(window.panel.add_button, LEFT)
    qtbot.waitUntil(lambda: not window.isVisible())
    with closing(Bank.open(personal_bank_path())) as bank:
        source = bank.sources()[0]
        assert (source.name, source.provenance.author, source.provenance.licence) == (
            "Dunes", "A. Painter", "CC BY 4.0",
        )  # fmt: skip
        assert [bank.table[s.class_id].key for s in bank.segments_of(source.key)] == [session.table[2].key]
    assert [bank.name for bank in session.banks] == ["My photographs"]
    assert session.bank_counts()[session.table[2].key] == 1
    qtbot.waitUntil(lambda: len(pipeline.snapshots) > before)


def test_author_and_licence_are_asked_once_and_kept(qtbot, session, window):
    drag(window, (20, 80), (60, 80))
    wait_for_segments(qtbot, window, "1 segment of 1 class")
    window.panel.author_field.setText("A. Painter")
    window.panel.licence_field.setCurrentText("My own terms")
    window.panel.add_button.click()
    qtbot.waitUntil(lambda: not window.isVisible())
    again = open_window(qtbot, session, draw_photograph(seed=1))
    assert (again.panel.author, again.panel.licence) == ("A. Painter", "My own terms")


def test_what_cannot_be_added_stays_in_the_window_with_the_reason(qtbot, session, window):
    drag(window, (20, 80), (60, 80))
    wait_for_segments(qtbot, window, "1 segment of 1 class")
    personal_bank_path().parent.mkdir(parents=True)
    personal_bank_path().write_bytes(b"no bank at all")
    window.panel.add_button.click()
    qtbot.waitUntil(lambda: "not a bank" in window.panel.note)
    assert window.isVisible()
    assert window.panel.add_button.isEnabled()


def test_a_kept_photograph_opens_with_its_layout_and_is_updated(qtbot, session, window):
    window.session.set_class(2)
    drag(window, (20, 80), (60, 80))
    wait_for_segments(qtbot, window, "1 segment of 1 class")
    painted = window.session.document.class_ids.copy()
    window.panel.add_button.click()
    qtbot.waitUntil(lambda: not window.isVisible())
    kept: list[KeptPhotograph | None] = []
    with closing(Bank.open(personal_bank_path())) as bank:
        key = bank.sources()[0].key
    session.photographs.open_kept(key, kept.append)
    qtbot.waitUntil(lambda: bool(kept))
    assert kept[0] is not None
    again = open_window(qtbot, session, kept[0].photograph, kept[0])
    assert np.array_equal(again.session.document.class_ids, painted)
    assert again.panel.add_button.text() == "Update my photographs"
    again.session.set_class(5)
    drag(again, (100, 20), (140, 20))
    wait_for_segments(qtbot, again, "2 segments of 2 classes")
    again.panel.add_button.click()
    qtbot.waitUntil(lambda: not again.isVisible())
    with closing(Bank.open(personal_bank_path())) as bank:
        assert bank.source_count == 1
        assert bank.segment_count == 2


def test_closing_asks_before_what_was_painted_is_lost(qtbot, window):
    drag(window, (20, 80), (60, 80))
    window.close()
    question = child_of(window, ConfirmDialog)
    assert window.isVisible()
    question.cancel_button.click()
    assert window.isVisible()
    window.close()
    next(q for q in window.findChildren(ConfirmDialog) if q.isVisible()).accept_button.click()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_an_untouched_photograph_closes_without_a_question(window):
    assert window.close()
    assert not window.findChildren(QDialog)


@pytest.fixture
def flow(qtbot, session) -> CutOutFlow:
    from PySide6.QtWidgets import QWidget

    host = QWidget()
    qtbot.addWidget(host)
    return CutOutFlow(session, host)


def test_a_photograph_is_read_and_shown(qtbot, session, flow, tmp_path):
    path = tmp_path / "wide.jpg"
    done, data = cv2.imencode(".jpg", np.full((1000, 3000, 3), 120, np.uint8))
    assert done
    path.write_bytes(data.tobytes())
    asyncio.run(flow.open(path))
    (window,) = flow.windows
    assert (window.session.document.size.width, window.session.document.size.height) == (2048, 683)
    assert any("Scaled from 3000 × 1000" in label.text() for label in window.panel.findChildren(type(window._hint)))
    window.close()
    assert flow.windows == ()


def test_a_broken_photograph_is_one_clear_error(flow, tmp_path):
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0nonsense")
    asyncio.run(flow.open(path))
    assert flow.windows == ()
    assert "truncated JPEG" in child_of(flow._window, ErrorDialog).message


def test_a_photograph_dropped_again_opens_with_the_layout_it_is_kept_with(qtbot, session, flow, tmp_path):
    path = tmp_path / "beach.png"
    photograph = draw_photograph()
    bgr = cv2.cvtColor(photograph.rgb, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".png", bgr)
    assert done
    path.write_bytes(data.tobytes())
    asyncio.run(flow.open(path))
    (first,) = flow.windows
    first.session.set_brush_px(30)
    QTest.mouseClick(first.views.editor, LEFT, NONE, view(first, 40, 40))
    qtbot.waitUntil(lambda: first.panel.add_button.isEnabled())
    first.panel.add_button.click()
    qtbot.waitUntil(lambda: flow.windows == ())
    asyncio.run(flow.open(path))
    qtbot.waitUntil(lambda: len(flow.windows) == 1)
    assert flow.windows[0].panel.add_button.text() == "Update my photographs"
    flow.windows[0].close()
