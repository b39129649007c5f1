"""Tests of going far through the history: in slices, and the picture at the end."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app import history_jump
from app.session import Session
from engine.document.snapshot import Quality


@pytest.fixture
def painted(session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Ten steps, of which one slice crosses a single one."""
    monkeypatch.setattr(history_jump, "SLICE_PX", 1)
    for step in range(10):
        session.set_class(step % 3)
        session.gesture.begin(20.0 + 9 * step, 40)
        session.gesture.extend([(20.0 + 9 * step, 40)], 6)
        session.gesture.finish()
    return session


def _at(session: Session) -> int:
    return session.document.history.undo_count


def test_a_far_jump_goes_on_in_later_turns_and_asks_for_one_picture(
    painted: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    shown = list[int]()
    monkeypatch.setattr(painted.pictures, "show_edit", lambda: shown.append(_at(painted)))
    end = painted.document.snapshot(Quality.FINAL).layout
    told = list[int]()
    painted.history_changed.connect(lambda: told.append(_at(painted)))
    painted.go_to(painted.document.history.steps[0].position)
    assert _at(painted) == 9  # no more than a slice before the window can do anything else
    qtbot.waitUntil(lambda: _at(painted) == 0)
    assert told == list(range(9, -1, -1))
    assert shown == [0]
    painted.go_to(painted.document.history.steps[-1].position)
    qtbot.waitUntil(lambda: _at(painted) == 10)
    assert painted.document.snapshot(Quality.FINAL).layout == end
    assert shown == [0, 10]


def test_whatever_is_done_on_the_way_ends_the_jump_there(painted: Session, qtbot: QtBot):
    painted.go_to(painted.document.history.steps[0].position)
    painted.redo()
    assert _at(painted) == 10
    qtbot.wait(20)
    assert _at(painted) == 10
    painted.go_to(painted.document.history.steps[0].position)
    painted.gesture.begin(50, 50)
    painted.gesture.extend([(50, 50)], 5)
    qtbot.wait(20)
    painted.gesture.finish()
    assert _at(painted) == 10
    assert painted.document.history.redo_count == 0


def test_a_second_jump_takes_the_place_of_the_first(painted: Session, qtbot: QtBot):
    steps = painted.document.history.steps
    painted.go_to(steps[0].position)
    painted.go_to(steps[8].position)
    qtbot.wait(20)
    assert _at(painted) == 8
