"""Switching the theme of a whole window: nothing keeps a colour of the old one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.imaging import rgb_from_image
from app.main_window import MainWindow
from app.theme import DARK, LIGHT, apply_theme
from tests.support.silent_engine import build_silent_session, show_car_result


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_window_that_changed_its_theme_looks_like_one_that_always_had_it(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
):
    def build(folder: Path) -> MainWindow:
        session, _engine = build_silent_session(folder)
        window = MainWindow(session)
        qtbot.addWidget(window)
        session.setParent(window)
        window.resize(1350, 720)
        window.show()
        qtbot.waitExposed(window)
        show_car_result(session)
        session.select_at(100, 100)
        return window

    try:
        apply_theme(qapp, DARK)
        switched = build(tmp_path / "a")
        apply_theme(qapp, LIGHT)
        qapp.processEvents()
        born = build(tmp_path / "b")
        qapp.processEvents()

        def look_the_same() -> None:
            first, second = (rgb_from_image(w.grab().toImage()).astype(int) for w in (switched, born))
            different = np.argwhere(np.abs(first - second).max(axis=2) > 8)
            assert len(different) == 0, (different.min(axis=0), different.max(axis=0), len(different))

        qtbot.waitUntil(look_the_same)
        for name in switched.side_panel.section_names:
            for window in (switched, born):
                window.side_panel.show_section(name)
            qtbot.waitUntil(look_the_same)
    finally:
        apply_theme(qapp, DARK)
