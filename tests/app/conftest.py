"""The app with a fake pipeline behind the real worker: nothing here computes pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from app.engine_bridge import EngineBridge
from app.main_window import MainWindow
from app.session import Session
from tests.support.fake_engine import FakePipeline
from tests.support.street import open_street


@pytest.fixture(autouse=True)
def isolated_preferences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep every QSettings of a test in its own folder; no bank ships with the program."""
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(kind, scope, os.fspath(tmp_path / "preferences"))
    monkeypatch.setenv("TESSERA_DATA", os.fspath(tmp_path / "data"))
    monkeypatch.setattr("app.bank_list.BUNDLED_BANK", tmp_path / "bundled" / "landscape.bank")
    yield


@pytest.fixture
def pipeline() -> FakePipeline:
    return FakePipeline()


@pytest.fixture
def session(qtbot: QtBot, pipeline: FakePipeline, tmp_path: Path) -> Iterator[Session]:
    """A session whose engine thread runs the fake pipeline; its first picture is there."""
    preferences = QSettings(os.fspath(tmp_path / "preferences.ini"), QSettings.Format.IniFormat)
    session = Session(EngineBridge(lambda: pipeline), preferences, open_street())
    session.start()
    qtbot.waitUntil(lambda: session.final_result is not None)
    yield session
    session.stop()


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> Iterator[MainWindow]:
    """The window of the session, shown at 1366x768 and fitted."""
    window = MainWindow(session)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_may_close", True))
    window.resize(1366, 768)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: window.views.editor.width() > 200)
    window.views.fit()
    yield window
