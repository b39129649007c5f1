"""What keeps the window quick."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from app.responsiveness import WrittenElsewhere


def test_preferences_are_written_by_another_thread_each_time_they_change(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    threads: list[str] = []
    write = WrittenElsewhere._write

    def noted(self: WrittenElsewhere, name: str, kind: QSettings.Format) -> None:
        threads.append(threading.current_thread().name)
        write(self, name, kind)

    monkeypatch.setattr(WrittenElsewhere, "_write", noted)
    path = tmp_path / "preferences.ini"
    preferences = QSettings(os.fspath(path), QSettings.Format.IniFormat)
    WrittenElsewhere(preferences)
    for size in (11, 12, 13):
        preferences.setValue("brush_px", size)
        qtbot.waitUntil(lambda size=size: path.exists() and f"brush_px={size}" in path.read_text())
        qtbot.wait(20)
    assert len(threads) == 3
    assert all(name.startswith("preferences") for name in threads)
