"""Dialogs and banners."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPlainTextEdit, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from app.dialogs.bank_help import BUILD_COMMAND, BankHelpDialog
from app.dialogs.banner import NO_BANK_TEXT, PROJECT_TEXT, BannerArea
from app.dialogs.errors import ErrorDialog, UnsavedDialog, ask_unsaved, show_error
from app.dialogs.export import ExportChoice, ExportDialog, fault_of
from app.dialogs.new_document import MAX_SIDE_PX, NewDocumentDialog, PresetCard
from app.dialogs.waiting import answer_of
from app.session import Session
from engine.geometry import Size
from engine.service.events import Update
from tests.support.silent_engine import build_silent_session, show_car_result
from tests.support.widgets import child_of

LEFT = Qt.MouseButton.LeftButton


def drive(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end on a loop of its own."""
    return asyncio.run(coroutine)


# -- new ----------------------------------------------------------------------------------------------------------


def test_a_preset_fills_both_fields(qtbot: QtBot):
    dialog = NewDocumentDialog()
    qtbot.addWidget(dialog)
    card = next(c for c in dialog.findChildren(PresetCard) if c.text() == "Picture")
    QTest.mouseClick(card, LEFT)
    assert dialog.chosen_size == Size(1024, 512)
    assert card.isChecked()
    assert sum(c.isChecked() for c in dialog.findChildren(PresetCard)) == 1


def test_a_size_of_ones_own_marks_no_preset(qtbot: QtBot):
    dialog = NewDocumentDialog()
    qtbot.addWidget(dialog)
    width, height = dialog.findChildren(QSpinBox)
    width.setValue(640)
    height.setValue(480)
    assert dialog.chosen_size == Size(640, 480)
    assert not any(c.isChecked() for c in dialog.findChildren(PresetCard))


def test_a_size_beyond_the_limit_is_not_offered(qtbot: QtBot):
    dialog = NewDocumentDialog()
    qtbot.addWidget(dialog)
    dialog.set_size(Size(90000, 1))
    assert dialog.chosen_size == Size(MAX_SIDE_PX, 32)


def test_clicking_the_chosen_preset_again_keeps_it(qtbot: QtBot):
    dialog = NewDocumentDialog()
    qtbot.addWidget(dialog)
    card = dialog.findChildren(PresetCard)[0]
    QTest.mouseClick(card, LEFT)
    QTest.mouseClick(card, LEFT)
    assert card.isChecked()


# -- export -------------------------------------------------------------------------------------------------------


def test_export_names_one_file_a_picture(tmp_path: Path):
    choice = ExportChoice(tmp_path, "street", ("image", "canvas", "layout_coloured", "layout_index"))
    assert [p.name for p in choice.paths.values()] == [
        "street.png",
        "street-canvas.png",
        "street-layout.png",
        "street-index.png",
    ]
    assert fault_of(choice) == ""


@pytest.mark.parametrize(
    ("stem", "kinds", "fault"),
    [
        ("street", (), "at least one"),
        ("", ("image",), "1 to 120"),
        ("a/b", ("image",), "none of"),
        ("..", ("image",), "none of"),
        ("x" * 121, ("image",), "1 to 120"),
    ],
)
def test_export_says_what_is_wrong(tmp_path: Path, stem: str, kinds: Any, fault: str):
    assert fault in fault_of(ExportChoice(tmp_path, stem, kinds))


def test_export_into_a_folder_that_is_not_there_is_refused(qtbot: QtBot, tmp_path: Path):
    dialog = ExportDialog(tmp_path, "street")
    qtbot.addWidget(dialog)
    assert dialog.export_button.isEnabled()
    dialog.folder_field.setText(str(tmp_path / "nowhere"))
    assert not dialog.export_button.isEnabled()
    assert "does not exist" in dialog.note


def test_export_says_which_files_it_replaces(qtbot: QtBot, tmp_path: Path):
    (tmp_path / "street.png").write_bytes(b"old")
    dialog = ExportDialog(tmp_path, "street")
    qtbot.addWidget(dialog)
    assert dialog.export_button.text() == "Replace"
    assert "street.png" in dialog.note
    dialog.stem_field.setText("other")
    assert dialog.export_button.text() == "Export"


def test_before_the_first_picture_only_layouts_can_be_exported(qtbot: QtBot, tmp_path: Path):
    dialog = ExportDialog(tmp_path, "street", has_picture=False)
    qtbot.addWidget(dialog)
    assert not dialog.box("image").isEnabled()
    assert not dialog.export_button.isEnabled()
    dialog.box("layout_index").click()
    assert dialog.choice.kinds == ("layout_index",)
    assert dialog.export_button.isEnabled()


# -- questions and errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "answer"), [("save_button", "save"), ("discard_button", "discard"), ("cancel_button", "cancel")]
)
def test_unsaved_changes_have_three_answers(qtbot: QtBot, button: str, answer: str):
    dialog = UnsavedDialog("street.tessera")
    qtbot.addWidget(dialog)
    dialog.open()
    QTest.mouseClick(getattr(dialog, button), LEFT)
    assert dialog.choice == answer
    assert not dialog.isVisible()


def test_enter_presses_the_button_that_has_the_focus(qtbot: QtBot):
    dialog = UnsavedDialog("a.tessera")
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    dialog.activateWindow()
    dialog.discard_button.setFocus()
    QTest.keyClick(dialog.discard_button, Qt.Key.Key_Return)
    assert dialog.choice == "discard"


def test_escape_keeps_unsaved_changes(qtbot: QtBot):
    dialog = UnsavedDialog("street.tessera")
    qtbot.addWidget(dialog)
    dialog.open()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.choice == "cancel"


def test_the_question_can_be_awaited(qtbot: QtBot):
    async def ask() -> str:
        question = asyncio.ensure_future(ask_unsaved(None, "street.tessera"))
        await asyncio.sleep(0)
        dialog = next(w for w in QGuiApplication.topLevelWindows() if w.isVisible())
        QTest.keyClick(dialog, Qt.Key.Key_Return)
        return await question

    assert drive(ask()) == "save"


def test_waiting_for_a_rejected_dialog_says_no(qtbot: QtBot):
    dialog = NewDocumentDialog()
    qtbot.addWidget(dialog)

    async def ask() -> bool:
        question = asyncio.ensure_future(answer_of(dialog))
        await asyncio.sleep(0)
        dialog.reject()
        return await question

    assert drive(ask()) is False


def test_an_error_shows_its_line_and_hides_its_details(qtbot: QtBot):
    dialog = ErrorDialog("Not saved", "street.tessera: no space left on device", "Traceback …")
    qtbot.addWidget(dialog)
    dialog.open()
    details = child_of(dialog, QPlainTextEdit)
    assert dialog.message == "street.tessera: no space left on device"
    assert not details.isVisible()
    QTest.mouseClick(next(b for b in dialog.findChildren(QPushButton) if b.text() == "Details"), LEFT)
    assert details.isVisible()
    assert details.toPlainText() == "Traceback …"


def test_an_error_text_is_never_read_as_markup(qtbot: QtBot):
    dialog = show_error(None, "Not opened", "<b>evil</b>.png is no PNG")
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    assert dialog.isVisible()
    assert dialog.message.startswith("<b>")
    dialog.accept()


def test_the_build_command_can_be_copied(qtbot: QtBot):
    dialog = BankHelpDialog()
    qtbot.addWidget(dialog)
    QTest.mouseClick(dialog.copy_button, LEFT)
    assert QGuiApplication.clipboard().text() == BUILD_COMMAND


# -- banners ------------------------------------------------------------------------------------------------------


@pytest.fixture
def area(qtbot: QtBot, tmp_path: Path) -> BannerArea:
    session, _engine = build_silent_session(tmp_path)
    session.start()
    area = BannerArea(session)
    session.setParent(area)
    qtbot.addWidget(area)
    area.resize(800, 60)
    area.show()
    return area


def session_of(area: BannerArea) -> Session:
    return child_of(area, Session)


def test_without_a_bank_a_banner_says_who_invents_the_image(area: BannerArea, qtbot: QtBot):
    assert area.bank_banner.isVisible()
    assert area.bank_banner.text == NO_BANK_TEXT
    with qtbot.waitSignal(area.open_bank_requested):
        QTest.mouseClick(area.open_button, LEFT)


def test_the_bank_banner_goes_when_a_bank_opens_and_comes_back(area: BannerArea, monkeypatch: pytest.MonkeyPatch):
    session = session_of(area)
    monkeypatch.setattr(Session, "banks", property(lambda _self: (SimpleNamespace(),)))
    session.banks_changed.emit()
    assert not area.bank_banner.isVisible()
    monkeypatch.setattr(Session, "banks", property(lambda _self: ()))
    session.banks_changed.emit()
    assert area.bank_banner.isVisible()


def test_a_dismissed_bank_banner_stays_away(area: BannerArea):
    QTest.mouseClick(area.bank_banner.close_button, LEFT)
    session_of(area).banks_changed.emit()
    assert not area.bank_banner.isVisible()


def test_a_failure_is_shown_with_its_details_and_can_be_read(area: BannerArea):
    session = session_of(area)
    session.failed.emit("x.bank: not a memory bank", "Traceback …")
    assert area.error_banner.isVisible()
    assert area.error_banner.text == "x.bank: not a memory bank"
    show_car_result(session)
    assert area.error_banner.isVisible()
    QTest.mouseClick(area.details_button, LEFT)
    dialog = child_of(area.window(), ErrorDialog)
    assert dialog.isVisible()
    dialog.close()
    QTest.mouseClick(area.error_banner.close_button, LEFT)
    assert not area.error_banner.isVisible()


def test_a_failure_without_details_offers_none(area: BannerArea):
    session_of(area).failed.emit("The disk is full", "")
    assert area.error_banner.isVisible()
    assert not area.details_button.isVisible()


def test_every_button_of_the_banners_has_a_name(area: BannerArea):
    for button in area.findChildren(QAbstractButton):
        assert button.text() or button.accessibleName()


def test_the_bank_banner_does_not_deny_the_photographs_of_the_project(area: BannerArea):
    session = session_of(area)
    result = show_car_result(session)
    assert area.bank_banner.text == NO_BANK_TEXT
    session.engine.updated.emit(Update(replace(result, placed=("0" * 16,)), 10.0))
    assert area.bank_banner.text == PROJECT_TEXT
