"""The side panel: sections as tabs, two rows in a tall window, what was in front is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QTabBar
from pytestqt.qtbot import QtBot

from app.panels.side_panel import SPLIT_HEIGHT_PX, SidePanel


def build(qtbot: QtBot, folder: Path, height: int = 600) -> SidePanel:
    panel = SidePanel(QSettings(str(folder / "preferences.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(panel)
    panel.add_section("region", "Region", QLabel("r"), row="top")
    panel.add_section("order", "Order", QLabel("o"), row="top")
    panel.add_section("history", "History", QLabel("h"))
    panel.add_section("banks", "Banks", QLabel("b"))
    panel.resize(264, height)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def test_a_low_window_shows_one_section_and_tabs_for_the_rest(qtbot: QtBot, tmp_path: Path):
    panel = build(qtbot, tmp_path)
    assert panel.shown_names == ("region",)
    panel.show_section("history")
    assert panel.shown_names == ("history",)


def test_a_tall_window_shows_two_rows_and_a_low_one_again_all_tabs(qtbot: QtBot, tmp_path: Path):
    panel = build(qtbot, tmp_path, SPLIT_HEIGHT_PX)
    assert panel.shown_names == ("region", "history")
    panel.show_section("banks")
    assert panel.shown_names == ("region", "banks")
    panel.resize(264, 600)
    qtbot.waitUntil(lambda: panel.shown_names == ("banks",))


def test_what_was_in_front_is_remembered(qtbot: QtBot, tmp_path: Path):
    build(qtbot, tmp_path).show_section("history")
    assert build(qtbot, tmp_path).shown_names == ("history",)


def test_the_arrow_keys_walk_through_the_tabs_and_it_is_told(qtbot: QtBot, tmp_path: Path):
    panel = build(qtbot, tmp_path)
    told: list[str] = []
    panel.section_shown.connect(told.append)
    bar = next(bar for bar in panel.findChildren(QTabBar) if bar.isVisible())
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Right)
    assert panel.shown_names == ("order",) and told == ["order"]


def test_two_sections_of_one_name_are_refused(qtbot: QtBot, tmp_path: Path):
    panel = build(qtbot, tmp_path)
    with pytest.raises(ValueError, match="'order'"):
        panel.add_section("order", "Order", QLabel())
    with pytest.raises(KeyError):
        panel.show_section("nothing")
