"""A monkey at the real window with a fake engine: whatever it does, the document stays consistent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from app.document_file import OpenedDocument
from app.engine_bridge import EngineBridge
from app.main_window import MainWindow
from app.session import Session
from engine.classes import builtin_class_table
from engine.document.document import Document
from engine.layout import Layout
from tests.support.fake_engine import FakePipeline
from tests.support.layouts import parse_layout
from tests.support.monkey import Monkey, State, check_step
from tests.support.street import open_street

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise")


SLOW_INPUTS = int(os.environ.get("TESSERA_MONKEY_INPUTS", "20000"))
SLOW_SEED = int(os.environ.get("TESSERA_MONKEY_SEED", "1"))


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    for kind in ("CONFIG", "CACHE", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", os.fspath(tmp_path / kind.lower()))
    monkeypatch.setattr("app.bank_list.BUNDLED_BANK", tmp_path / "none.bank")
    preferences = QSettings(os.fspath(tmp_path / "preferences.ini"), QSettings.Format.IniFormat)
    session = Session(EngineBridge(FakePipeline), preferences, open_street())
    session.start()
    window = MainWindow(session)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_may_close", True))
    window.resize(1366, 768)
    with qtbot.waitExposed(window):
        window.show()
    drawn = parse_layout("sssss/sbbts/rrcrr", cell_px=32)
    session.adopt(OpenedDocument(Document(Layout(drawn.class_ids, drawn.instance_ids), builtin_class_table("street"))))
    qtbot.waitUntil(lambda: session.final_result is not None)
    window.views.fit()
    yield window
    session.stop()


def play(window: MainWindow, qtbot: QtBot, journal: Path, *, inputs: int, seed: int) -> None:
    """Let a monkey play; then take everything back, and do it all again."""
    session, failures = window.session, list[str]()
    session.failed.connect(lambda message, _details: failures.append(message))
    session.document.history.set_budget(1 << 40)  # nothing falls off, so that everything can be taken back
    began = State.of(session.document)
    monkey = Monkey(window, seed, journal)
    for count in range(inputs):
        try:
            monkey.act()
            monkey.check()
            if count % 100 == 0:
                monkey.check_journal()
        except Exception as error:
            error.add_note(f"input {count} of seed {seed}, after:\n" + "\n".join(monkey.trail))
            raise
    monkey.leave()
    session.set_live(False)
    session.cancel()
    qtbot.waitUntil(lambda: not session.is_running)
    qtbot.wait(100)
    assert [failure for failure in failures if "picture could not be made" in failure] == []

    document = session.document
    while document.history.redo_names:
        session.redo()
    ended, steps = State.of(document), len(document.history.undo_names)
    assert steps > inputs / 40
    while document.history.undo_names:
        check_step(document)
        session.undo()
    check_step(document)
    assert document.history.position == 0
    assert (document.size, document.table, document.settings) == (began.layout.size, began.table, began.rest[0])
    assert State.of(document).layout == began.layout
    for _ in range(steps):
        session.redo()
        check_step(document)
    assert State.of(document) == ended


def test_a_monkey_makes_a_thousand_inputs_and_all_of_it_can_be_taken_back(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
):
    play(window, qtbot, tmp_path / "monkey.journal", inputs=1000, seed=5)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_monkey_makes_twenty_thousand_inputs(window: MainWindow, qtbot: QtBot, tmp_path: Path):
    play(window, qtbot, tmp_path / "monkey.journal", inputs=SLOW_INPUTS, seed=SLOW_SEED)
