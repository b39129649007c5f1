"""The window: shortcuts, menus, files and what becomes of unsaved changes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QSplitter, QToolButton
from pytestqt.qtbot import QtBot

import app.file_flow as flow_module
from app.action_list import action_groups
from app.main_window import MainWindow, first_size
from app.session import Session
from app.views.linked_views import VIEW_NAMES
from engine.classes import builtin_class_table
from engine.data.layout_file import save_layout_index
from engine.document.history import History
from engine.geometry import Size
from engine.layout import Layout
from tests.app.test_session import draw, settle
from tests.support.fake_engine import FakePipeline

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def press_key(window: MainWindow, key: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.views.editor, key, modifiers)


@pytest.fixture
def flows(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[Coroutine]:
    """What the window would start on the event loop, collected; `asyncio.run` drives it to its end."""
    started: list[Coroutine] = []
    monkeypatch.setattr(window.file_flow, "start", started.append)
    return started


@pytest.mark.parametrize("redo", [(Qt.Key.Key_Y, CONTROL), (Qt.Key.Key_Z, CONTROL | SHIFT)])
def test_undo_and_redo_by_keys(window: MainWindow, session: Session, redo):
    session.set_class(8)
    draw(session, (50, 30), (90, 30))
    painted = session.document.class_ids.copy()
    assert window.actions_by_name["undo"].text() == "Undo paint car"
    press_key(window, Qt.Key.Key_Z, CONTROL)
    assert not np.array_equal(session.document.class_ids, painted)
    press_key(window, *redo)
    assert np.array_equal(session.document.class_ids, painted)


def test_undo_and_redo_are_named_without_listing_every_step(
    window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
):
    listed: list[str] = []
    for name in ("undo_names", "redo_names"):
        monkeypatch.setattr(History, name, property(lambda _history, name=name: listed.append(name) or ()))
    session.set_class(8)
    draw(session, (50, 30), (90, 30))
    assert window.actions_by_name["undo"].text() == "Undo paint car"
    assert not window.actions_by_name["redo"].isEnabled()
    session.undo()
    assert window.actions_by_name["redo"].text() == "Redo paint car"
    assert not listed


def test_candidates_by_keys(window: MainWindow, session: Session, qtbot: QtBot):
    session.select_at(110, 200)
    record_id = session.selected_record_id
    keys = [c.segment_key for c in session.candidates_of(record_id)]
    press_key(window, Qt.Key.Key_Right)
    press_key(window, Qt.Key.Key_Right)
    press_key(window, Qt.Key.Key_Left)
    press_key(window, Qt.Key.Key_Return)
    settle(qtbot, session)
    region = session.region_result(record_id)
    assert region is not None and region.choice == keys[1]
    press_key(window, Qt.Key.Key_L, CONTROL)
    assert next(r for r in session.document.records if r.id == record_id).locked
    press_key(window, Qt.Key.Key_Delete)
    assert keys[1] in next(r for r in session.document.records if r.id == record_id).banned


def test_tab_hides_the_panels_and_brings_them_back(window: MainWindow):
    press_key(window, Qt.Key.Key_Tab)
    assert not window.tool_strip.isVisible() and not window.side_panel.isVisible()
    press_key(window, Qt.Key.Key_Tab)
    assert window.tool_strip.isVisible() and window.palette_panel.isVisible()


def test_zoom_by_keys(window: MainWindow):
    link = window.views.link
    press_key(window, Qt.Key.Key_1, CONTROL)
    assert link.scale == 1.0
    press_key(window, Qt.Key.Key_0, CONTROL)
    assert link.is_fitted


def test_ctrl_return_runs_also_without_live(window: MainWindow, session: Session, pipeline: FakePipeline, qtbot: QtBot):
    session.set_live(False)
    draw(session, (50, 30), (90, 60))
    runs = len(pipeline.snapshots)
    press_key(window, Qt.Key.Key_Return, CONTROL)
    settle(qtbot, session)
    assert len(pipeline.snapshots) == runs + 1


def test_typing_in_the_search_field_is_no_shortcut(window: MainWindow, session: Session):
    window.palette_panel.focus_search()
    field = window.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "be4")
    assert session.tool == "brush" and session.class_id == 0


def test_the_title_names_the_document_and_its_changes(window: MainWindow, session: Session):
    assert not window.isWindowModified()
    session.set_class(8)
    draw(session, (50, 30), (90, 30))
    assert window.isWindowModified()
    session.undo()
    assert not window.isWindowModified()


def test_switches_follow_the_document(window: MainWindow, session: Session):
    window.actions_by_name["complete"].trigger()
    assert session.document.settings.complete
    session.undo()
    assert not window.actions_by_name["complete"].isChecked()


def test_a_window_without_changes_closes_at_once(window: MainWindow, qtbot: QtBot):
    with qtbot.waitSignal(window.closed):
        window.close()


@pytest.mark.parametrize(("answer", "closes"), [("cancel", False), ("discard", True)])
def test_closing_asks_for_unsaved_changes(
    window: MainWindow,
    session: Session,
    flows: list[Coroutine],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    closes: bool,
):
    async def ask(_parent, name):
        assert name == session.title
        return answer

    monkeypatch.setattr(flow_module, "ask_unsaved", ask)
    session.set_class(8)
    draw(session, (50, 30), (90, 30))
    window.close()
    asyncio.run(flows.pop())
    assert window.isVisible() is not closes


def test_saving_when_asked_saves_and_then_closes(
    window: MainWindow, session: Session, flows: list[Coroutine], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    async def ask(_parent, _name):
        return "save"

    session.note_saved(tmp_path / "street.tessera", session.document.generation)
    monkeypatch.setattr(flow_module, "ask_unsaved", ask)
    session.set_class(8)
    draw(session, (50, 30), (90, 30))
    window.close()
    asyncio.run(flows.pop())
    assert (tmp_path / "street.tessera").is_file()
    assert not window.isVisible()


def test_a_failed_save_says_why_and_does_not_close(
    window: MainWindow, session: Session, flows: list[Coroutine], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    async def ask(_parent, _name):
        return "save"

    told: list[str] = []
    session.note_saved(tmp_path / "gone" / "street.tessera", session.document.generation)
    monkeypatch.setattr(flow_module, "ask_unsaved", ask)
    monkeypatch.setattr(flow_module, "show_error", lambda _w, _t, message: told.append(message))
    session.set_class(8)
    draw(session, (50, 30), (90, 30))
    window.close()
    asyncio.run(flows.pop())
    assert len(told) == 1 and "\n" not in told[0] and "not saved" in told[0]
    assert window.isVisible() and session.is_modified


def test_the_status_bar_says_where_a_fast_pointer_is_a_few_times_only(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    places: list[int] = []
    monkeypatch.setattr(window.status_bar, "set_cursor", lambda x, _y, _name: places.append(x))
    for x in range(200):
        window.views.link.set_cursor(QPointF(x, 30))
    qtbot.waitUntil(lambda: places[-1:] == [199])
    assert len(places) == 1


def test_the_class_under_a_resting_pointer_follows_what_is_painted(window: MainWindow, session: Session, qtbot: QtBot):
    def said() -> str:
        texts = (label.text() for label in window.status_bar.findChildren(QLabel))
        return next((text for text in texts if text.startswith("60, 30")), "")

    window.views.link.set_cursor(QPointF(60, 30))
    qtbot.waitUntil(lambda: said() != "")
    session.set_class(8)
    before = said()
    draw(session, (50, 30), (90, 30))
    assert said() == f"60, 30  {session.table[8].name}" != before
    session.undo()
    assert said() == before


def test_the_buttons_of_a_view_name_their_shortcuts(window: MainWindow):
    pane = window.views.panes["layout"]
    tips = [button.toolTip() for button in pane.findChildren(QToolButton) if button.accessibleName()]
    assert "Put the layout into a window of its own (Shift+F2)" in tips
    assert "Hide the layout; the View menu shows it again (F2)" in tips
    window.views.set_detached("layout", True)
    tips = [button.toolTip() for button in pane.findChildren(QToolButton)]
    assert "Put the layout back into the main window (Shift+F2)" in tips


def test_a_layout_dropped_on_the_window_is_opened(
    window: MainWindow, session: Session, flows: list[Coroutine], tmp_path: Path
):
    path = tmp_path / "dropped.png"
    save_layout_index(path, Layout.blank(Size(64, 32), 3), builtin_class_table("street"))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPoint(5, 5), action, data, Qt.MouseButton.LeftButton, none)
    window.dragEnterEvent(entered)
    assert entered.isAccepted()
    window.dropEvent(QDropEvent(QPointF(5, 5), action, data, Qt.MouseButton.LeftButton, none, QEvent.Type.Drop))
    asyncio.run(flows.pop())
    assert session.title == "dropped" and session.document.size == Size(64, 32)
    assert window.views.link.size == Size(64, 32)


def test_what_cannot_be_opened_is_told_in_one_line(
    window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    told: list[str] = []
    monkeypatch.setattr(flow_module, "show_error", lambda _w, _t, message: told.append(message))
    shown = session.document
    path = tmp_path / "broken.tessera"
    path.write_bytes(b"PK nothing")
    asyncio.run(window.file_flow.open(path))
    assert len(told) == 1 and "broken.tessera" in told[0] and "\n" not in told[0]
    assert session.document is shown


def test_open_banks_can_be_closed_from_the_menu(window: MainWindow, session: Session, qtbot: QtBot, tmp_path: Path):
    with qtbot.waitSignal(session.banks_changed):
        session.open_bank(tmp_path / "street.bank")
    texts = [action.text() for action in window.bank_menu.actions()]
    assert texts[0] == "Open bank…" and texts[-1] == "Close street"
    with qtbot.waitSignal(session.banks_changed):
        window.bank_menu.actions()[-1].trigger()
    assert not session.banks


def test_every_view_has_a_switch(window: MainWindow):
    for name in VIEW_NAMES:
        action = window.actions_by_name[f"show_{name}"]
        assert action.isChecked() == window.views.is_shown(name)


def test_the_menu_names_the_latest_step(window: MainWindow, session: Session):
    session.set_class(8)
    draw(session, (50, 30), (90, 30))
    session.set_class(5)
    draw(session, (50, 60), (90, 60))
    undo, redo = window.actions_by_name["undo"], window.actions_by_name["redo"]
    assert undo.text() == "Undo paint tree"
    session.undo()
    assert (undo.text(), redo.text()) == ("Undo paint car", "Redo paint tree")
    session.undo()
    assert redo.text() == "Redo paint car"


def test_s_shuffles_to_another_candidate(window: MainWindow, session: Session, qtbot: QtBot):
    session.select_at(110, 200)
    record_id = session.selected_record_id
    region = session.region_result(record_id)
    assert region is not None
    press_key(window, Qt.Key.Key_S)
    settle(qtbot, session)
    record = next(r for r in session.document.records if r.id == record_id)
    assert record.shuffle is not None
    assert record.choice != region.choice
    assert record.choice in {c.segment_key for c in region.candidates}
    assert session.highlighted_key == record.choice


def test_a_new_window_fits_a_small_screen_with_its_frame():
    assert first_size(QSize(1366, 768)) == QSize(1350, 720)
    assert first_size(QSize(2560, 1440)) == QSize(2048, 1152)


def test_the_widths_of_the_panels_are_remembered(window: MainWindow, session: Session, qtbot: QtBot):
    splitter = window.side_panel.parentWidget()
    assert isinstance(splitter, QSplitter)
    left, middle, right = splitter.sizes()
    splitter.setSizes([left + 40, middle - 90, right + 50])
    chosen = splitter.sizes()
    window.close()
    other = MainWindow(session)
    qtbot.addWidget(other)
    other.resize(window.size())
    other.show()
    again = other.side_panel.parentWidget()
    assert isinstance(again, QSplitter) and chosen != [left, middle, right]
    assert all(abs(a - b) <= 2 for a, b in zip(again.sizes(), chosen, strict=True))


def test_no_two_actions_share_a_key_and_all_have_a_place_to_be_found(window: MainWindow):
    keys = [key for name in window.actions_by_name for key in window.shortcuts.of(name)]
    assert len(keys) == len(set(keys))
    groups = action_groups(tuple(window.actions_by_name))
    assert sorted(name for names in groups.values() for name in names) == sorted(window.actions_by_name)
