"""Shortcuts: changed, remembered, taken from others, and reset."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.shortcuts import ShortcutBook, ShortcutError, canonical
from app.tool_tips import set_tool_tip, show_shortcuts

DEFAULTS = {"undo": ("Ctrl+Z",), "redo": ("Ctrl+Shift+Z", "Ctrl+Y"), "brush": ("B",), "cancel": ()}


def build(root: QWidget, folder: Path) -> tuple[ShortcutBook, dict[str, QAction]]:
    actions = {}
    for name, keys in DEFAULTS.items():
        actions[name] = QAction(name.capitalize(), root)
        actions[name].setShortcuts([QKeySequence(key) for key in keys])
    preferences = QSettings(str(folder / "preferences.ini"), QSettings.Format.IniFormat)
    return ShortcutBook(actions, preferences, root), actions


@pytest.fixture
def root(qtbot: QtBot) -> QWidget:
    root = QWidget()
    qtbot.addWidget(root)
    return root


def keys(action: QAction) -> list[str]:
    return [sequence.toString() for sequence in action.shortcuts()]


def test_a_new_key_counts_at_once_and_is_remembered(root: QWidget, tmp_path: Path):
    book, actions = build(root, tmp_path)
    book.assign("brush", ("Shift+B",))
    assert keys(actions["brush"]) == ["Shift+B"] and book.is_changed("brush")
    _, again = build(root, tmp_path)
    assert keys(again["brush"]) == ["Shift+B"]


def test_an_action_without_a_key_stays_without_one(root: QWidget, tmp_path: Path):
    book, _ = build(root, tmp_path)
    book.assign("redo", ())
    _, again = build(root, tmp_path)
    assert keys(again["redo"]) == []


def test_a_key_that_belongs_to_another_is_refused_unless_it_is_taken(root: QWidget, tmp_path: Path):
    book, actions = build(root, tmp_path)
    with pytest.raises(ShortcutError, match="belongs to “Redo”"):
        book.assign("brush", ("Ctrl+Y",))
    assert keys(actions["brush"]) == ["B"]
    book.assign("brush", ("Ctrl+Y",), take=True)
    assert keys(actions["brush"]) == ["Ctrl+Y"] and keys(actions["redo"]) == ["Ctrl+Shift+Z"]


@pytest.mark.parametrize("text", ["", "Space", "Ctrl+K, Ctrl+S", "Nonsense+Q"])
def test_what_is_no_key_is_refused(root: QWidget, tmp_path: Path, text: str):
    book, actions = build(root, tmp_path)
    with pytest.raises(ShortcutError):
        book.assign("brush", (text,))
    assert keys(actions["brush"]) == ["B"]


def test_reset_brings_the_defaults_back_also_from_whoever_took_them(root: QWidget, tmp_path: Path):
    book, actions = build(root, tmp_path)
    book.assign("brush", ("Ctrl+Z",), take=True)
    book.reset("undo")
    assert keys(actions["undo"]) == ["Ctrl+Z"] and keys(actions["brush"]) == []
    book.reset_all()
    assert {name: tuple(keys(action)) for name, action in actions.items()} == DEFAULTS


def test_what_was_tampered_with_in_the_preferences_is_left_out(root: QWidget, tmp_path: Path):
    preferences = QSettings(str(tmp_path / "preferences.ini"), QSettings.Format.IniFormat)
    preferences.setValue("shortcuts/brush", "Ctrl+Z\tnonsense\tF9")
    preferences.setValue("shortcuts/cancel", "F9")
    _, actions = build(root, tmp_path)
    assert keys(actions["brush"]) == ["Ctrl+Z", "F9"]
    assert keys(actions["cancel"]) == [] and keys(actions["undo"]) == []


def test_tool_tips_name_the_key_and_follow_it(root: QWidget, tmp_path: Path):
    book, actions = build(root, tmp_path)
    button = QPushButton(root)
    set_tool_tip(button, "Paint freely", "brush")
    book.changed.connect(lambda: show_shortcuts(root, book))
    book.assign("brush", ("F9",))
    assert button.toolTip() == "Paint freely (F9)" and actions["brush"].toolTip() == "Brush (F9)"
    book.assign("brush", ())
    assert button.toolTip() == "Paint freely" and actions["brush"].toolTip() == "Brush"


def test_keys_are_written_as_qt_writes_them():
    assert canonical("ctrl+shift+a") == "Ctrl+Shift+A"


def test_a_tool_tip_written_later_names_the_key_at_once(window: MainWindow):
    set_tool_tip(window.tool_strip, "Tools", "undo")
    assert window.tool_strip.toolTip() == "Tools (Ctrl+Z)"
