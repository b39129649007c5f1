"""The history panel: its steps, going to one, and the keyboard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.panels.history import PLACE_ROLE, HistoryModel, HistoryPanel
from app.session import Session
from engine.geometry import Size
from tests.support.silent_engine import build_silent_session


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Session:
    return build_silent_session(tmp_path)[0]


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> HistoryPanel:
    panel = HistoryPanel(session)
    qtbot.addWidget(panel)
    panel.resize(240, 300)
    panel.show()
    return panel


def paint(session: Session, class_id: int, y: float) -> None:
    session.set_class(class_id)
    session.gesture.begin(20, y)
    session.gesture.extend([(200, y)], 6)
    session.gesture.finish()


def names(panel: HistoryPanel) -> list[str]:
    rows = panel.list.model()
    return [str(rows.index(i, 0).data()) for i in range(rows.rowCount())]


def places(panel: HistoryPanel) -> list[int]:
    rows = panel.list.model()
    return [int(rows.index(i, 0).data(PLACE_ROLE)) for i in range(rows.rowCount())]


def click(panel: HistoryPanel, row: int) -> None:
    at = panel.list.visualRect(panel.list.model().index(row, 0)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))


def test_every_step_has_a_row_and_the_latest_is_marked(panel: HistoryPanel, session: Session):
    paint(session, 5, 40)
    paint(session, 8, 90)
    assert names(panel) == ["Start", "Paint tree", "Paint car"]
    assert places(panel) == [-1, -1, 0]
    assert panel.facts.startswith("2 steps, ")


def test_a_click_goes_back_and_another_forward(panel: HistoryPanel, session: Session):
    start = session.document.class_ids.copy()
    paint(session, 5, 40)
    paint(session, 8, 90)
    painted = session.document.class_ids.copy()
    click(panel, 0)
    assert np.array_equal(session.document.class_ids, start)
    assert places(panel) == [0, 1, 1]
    click(panel, 2)
    assert np.array_equal(session.document.class_ids, painted)


def test_the_keyboard_walks_and_return_goes_there(panel: HistoryPanel, session: Session):
    start = session.document.class_ids.copy()
    paint(session, 5, 40)
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Up)
    assert places(panel) == [-1, 0], "walking alone changes nothing"
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert np.array_equal(session.document.class_ids, start)


def test_a_new_step_after_going_back_takes_the_place_of_those_taken_back(panel: HistoryPanel, session: Session):
    paint(session, 5, 40)
    paint(session, 8, 90)
    click(panel, 1)
    paint(session, 3, 120)
    assert names(panel) == ["Start", "Paint tree", "Paint road"]


def test_going_to_a_step_takes_an_open_stroke_back(panel: HistoryPanel, session: Session):
    start = session.document.class_ids.copy()
    session.gesture.begin(20, 20)
    session.gesture.extend([(60, 20)], 8)
    session.go_to(session.document.history.steps[0].position)
    assert np.array_equal(session.document.class_ids, start)


def test_another_document_starts_another_history(panel: HistoryPanel, session: Session):
    paint(session, 5, 40)
    session.new_document(Size(64, 32))
    assert names(panel) == ["Start"]
    assert panel.facts.startswith("No step yet")


def test_a_hidden_panel_catches_up_when_it_is_shown(panel: HistoryPanel, session: Session):
    panel.hide()
    paint(session, 5, 40)
    panel.show()
    assert names(panel) == ["Start", "Paint tree"]


def test_a_smaller_budget_lets_the_oldest_steps_go(panel: HistoryPanel, session: Session):
    for y in range(20, 220, 10):
        paint(session, 5 if y % 20 else 8, y)
    session.document.history.set_budget(20_000)
    session.history_changed.emit()
    assert len(names(panel)) < 21
    assert places(panel)[-1] == 0


def test_only_the_rows_that_come_and_go_are_told_of(panel: HistoryPanel, session: Session):
    rows = panel.list.model()
    told: list[tuple[str, int, int]] = []
    rows.modelReset.connect(lambda: told.append(("reset", 0, 0)))
    rows.rowsInserted.connect(lambda _parent, first, last: told.append(("in", first, last)))
    rows.rowsRemoved.connect(lambda _parent, first, last: told.append(("out", first, last)))
    rows.dataChanged.connect(lambda first, last: told.append(("changed", first.row(), last.row())))
    for y in (40, 80, 120, 160):
        paint(session, 5, y)
    assert told[-2:] == [("in", 4, 4), ("changed", 3, 4)], "a long history must not make each stroke dearer"
    told.clear()
    click(panel, 1)
    assert told == [("changed", 1, 4)]
    told.clear()
    paint(session, 8, 200)
    assert told == [("out", 2, 4), ("in", 2, 2), ("changed", 1, 2)]
    assert places(panel) == [-1, -1, 0]
    told.clear()
    session.document.history.set_budget(1)
    session.history_changed.emit()
    assert told[0] == ("out", 0, 0)
    assert names(panel)[-1] == "Paint car"
    assert places(panel) == [-1, 0]
    assert panel.list.currentIndex().row() == 1


def test_a_row_is_shown_without_looking_at_the_others(panel: HistoryPanel, session: Session):
    class Counted(tuple):
        looks = 0

        def __iter__(self):
            Counted.looks += 1
            return super().__iter__()

    paint(session, 5, 40)
    rows = panel.list.model()
    assert isinstance(rows, HistoryModel)
    rows._steps = Counted(rows._steps)
    assert places(panel) == [-1, 0]
    assert not Counted.looks
