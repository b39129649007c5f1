"""The preferences dialog, help, about, and the search for commands."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QRadioButton
from pytestqt.qtbot import QtBot

from app.dialogs.about import COMPONENTS, AboutDialog, program_version, version_of
from app.dialogs.confirm import ConfirmDialog
from app.dialogs.preferences import PreferencesDialog
from app.main_window import MainWindow
from app.session import Session
from app.theme import DARK, LIGHT, THEME, ThemeSwitch, apply_theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> PreferencesDialog:
    window.dialogs.show_preferences()
    dialog = window.dialogs.preferences
    qtbot.waitExposed(dialog)
    return dialog


def choose(dialog: PreferencesDialog, choice: str) -> None:
    buttons = [*dialog.themes.buttons(), *dialog.devices.buttons()]
    next(b for b in buttons if b.property("choice") == choice).click()


def test_every_page_can_be_turned_to(dialog: PreferencesDialog):
    titles = [dialog.pages.item(i).text() for i in range(dialog.pages.count())]
    assert titles == ["Look", "Keyboard", "Painting", "Engine"]
    for title in titles:
        dialog.show_page(title)
        assert dialog.pages.currentItem().text() == title


def test_the_theme_changes_at_once_and_the_window_follows(
    dialog: PreferencesDialog, session: Session, qapp: QApplication
):
    switch = ThemeSwitch(qapp, session.options)
    try:
        choose(dialog, "light")
        assert THEME == LIGHT and LIGHT.window in qapp.styleSheet()
        choose(dialog, "dark")
        assert THEME == DARK and DARK.window in qapp.styleSheet()
    finally:
        switch.deleteLater()
        apply_theme(qapp, DARK)


def test_switches_write_the_options_and_follow_them(dialog: PreferencesDialog, session: Session):
    dialog.hatch.click()
    dialog.pressure.click()
    dialog.preview.click()
    dialog.history_mb.setValue(128)
    options = session.options
    assert (options.hatch, options.pressure, options.preview, options.history_mb) == (True, False, False, 128)
    options.set_hatch(False)
    assert not dialog.hatch.isChecked()


def test_the_engine_page_says_what_there_is(dialog: PreferencesDialog, session: Session, qtbot: QtBot):
    qtbot.waitUntil(lambda: "2 processor cores" in dialog.found.text())
    assert "No CUDA device" in dialog.found.text()
    cuda = next(b for b in dialog.devices.buttons() if b.property("choice") == "cuda")
    assert isinstance(cuda, QRadioButton) and not cuda.isEnabled()


def test_pressing_a_key_in_the_editor_gives_it_to_the_marked_action(dialog: PreferencesDialog, window: MainWindow):
    dialog.show_page("Keyboard")
    editor = dialog.shortcut_editor
    editor.mark("fit")
    editor.key.setFocus()
    QTest.keyClick(editor.key, Qt.Key.Key_F9)
    assert window.shortcuts.of("fit") == ("F9",)
    assert window.actions_by_name["fit"].shortcut().toString() == "F9"
    editor.reset.click()
    assert window.shortcuts.of("fit") == ("Ctrl+0",)


def test_a_key_of_another_action_is_only_taken_when_asked(dialog: PreferencesDialog, window: MainWindow):
    dialog.show_page("Keyboard")
    editor = dialog.shortcut_editor
    editor.mark("fit")
    QTest.keyClick(editor.key, Qt.Key.Key_B)
    assert "belongs to “Brush”" in editor.note.text() and editor.take.isEnabled()
    assert window.shortcuts.of("tool_brush") == ("B",)
    editor.take.click()
    assert window.shortcuts.of("fit") == ("B",) and window.shortcuts.of("tool_brush") == ()


def test_resetting_all_keys_asks_first(dialog: PreferencesDialog, window: MainWindow):
    dialog.show_page("Keyboard")
    editor = dialog.shortcut_editor
    window.shortcuts.assign("fit", ("F9",))
    editor.reset_all.click()
    question = dialog.findChild(ConfirmDialog)
    assert question is not None
    question.cancel_button.click()
    assert window.shortcuts.of("fit") == ("F9",)
    editor.reset_all.click()
    next(q for q in dialog.findChildren(ConfirmDialog) if q.isVisible()).accept_button.click()
    assert window.shortcuts.of("fit") == ("Ctrl+0",)


def test_shortcuts_are_found_by_name_and_by_key(dialog: PreferencesDialog):
    editor = dialog.shortcut_editor
    editor.search.setText("swap")
    assert editor.shown_names() == ["swap_class"]
    editor.search.setText("ctrl+shift+z")
    assert editor.shown_names() == ["redo"]
    editor.search.setText("nothing like it")
    assert editor.shown_names() == []


def test_the_editor_lists_every_action_of_the_window(dialog: PreferencesDialog, window: MainWindow):
    assert set(dialog.shortcut_editor.shown_names()) == set(window.actions_by_name)


def test_help_is_made_of_the_actions_as_they_are(window: MainWindow):
    window.dialogs.show_shortcuts()
    page = window.dialogs.help
    assert ("Brush", "B") in page.rows()["Tool"]
    window.shortcuts.assign("tool_brush", ("F9",))
    assert ("Brush", "F9") in page.rows()["Tool"]
    assert "F9" in page.keys.toPlainText()
    page.search.setText("redo")
    assert "Undo" not in page.keys.toPlainText() and "Redo" in page.keys.toPlainText()


def test_f1_opens_the_help_and_first_steps_have_their_page(window: MainWindow, qtbot: QtBot):
    QTest.keyClick(window.views.editor, Qt.Key.Key_F1)
    assert window.dialogs.help.isVisible() and window.dialogs.help.tabs.currentIndex() == 0
    window.actions_by_name["first_steps"].trigger()
    assert window.dialogs.help.tabs.currentIndex() == 1
    assert "memory bank" in window.dialogs.help.steps.toPlainText()


def test_about_names_version_and_licences(qtbot: QtBot):
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    text = dialog.text.toPlainText()
    assert any(label.text() == f"Tessera {program_version()}" for label in dialog.findChildren(QLabel))
    assert "MIT License" in text and "LGPL 3.0" in text and "PyTorch" in text
    assert all(version_of(component) for component in COMPONENTS)
    assert program_version().count(".") == 2


def test_a_command_is_found_by_a_part_of_its_name_and_done_by_return(window: MainWindow, session: Session):
    window.dialogs.show_command_search()
    search = window.dialogs.command_search
    QTest.keyClicks(search.field, "ellip")
    assert search.found_names()[0] == "tool_ellipse"
    QTest.keyClick(search.field, Qt.Key.Key_Return)
    assert session.tool == "ellipse" and not search.isVisible()


def test_the_search_walks_with_the_arrows_and_offers_only_what_can_be_done(window: MainWindow, session: Session):
    session.select(-1)
    window.dialogs.show_command_search()
    search = window.dialogs.command_search
    assert "lock" not in search.found_names() and "undo" not in search.found_names()
    QTest.keyClicks(search.field, "tool")
    first = search.list.currentRow()
    QTest.keyClick(search.field, Qt.Key.Key_Down)
    assert search.list.currentRow() == first + 1
    QTest.keyClick(search.field, Qt.Key.Key_Up)
    QTest.keyClick(search.field, Qt.Key.Key_Up)
    assert search.list.currentRow() == search.list.count() - 1
    search.field.setText("no such thing")
    assert search.found_names() == []
    search.close()
