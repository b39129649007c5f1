"""What the window says and shows of the tools."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.main_window import MainWindow
from app.session import Session
from tests.app.test_session import draw


def test_taking_an_empty_class_by_key_says_that_it_is_empty(
    window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
):
    empty, full = session.table[1], session.table[2]
    monkeypatch.setattr(type(session), "banks", property(lambda _self: ("a bank",)))
    monkeypatch.setattr(session, "bank_counts", lambda: {full.key: 12})
    for key, expected in ((Qt.Key.Key_2, f"{empty.name}: no segment in the banks in use"), (Qt.Key.Key_3, "Ready")):
        QTest.keyClick(window.views.editor, key)
        assert window.status_bar.stage_text.startswith(expected)


def test_a_stroke_that_a_guard_keeps_from_painting_says_so(window: MainWindow, session: Session):
    session.set_class(8)
    session.tools.set_protected(session.document.class_at(50, 30)[0], True)
    draw(session, (50, 30), (50, 30))
    assert window.status_bar.stage_text == "Nothing painted: what lies there is protected"
    session.tools.clear_guard()
    session.tools.set_only_over(3)
    session.gesture.fill(50, 30)
    assert window.status_bar.stage_text == f"Nothing painted: the tools paint only over {session.table[3].name.lower()}"


def test_while_a_photograph_is_placed_the_hint_is_about_its_handles(window: MainWindow, session: Session):
    assert session.final_result is not None
    painting = window.status_bar.hint
    session.select(next(r.record_id for r in session.final_result.regions if r.placement is not None))
    QTest.keyClick(window.views.editor, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert "handles" in window.status_bar.hint and "Enter" in window.status_bar.hint
    QTest.keyClick(window.views.editor, Qt.Key.Key_Return)
    assert window.status_bar.hint == painting
