"""The photograph to trace is part of the document: it is undone, and it is not lost unasked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document_file import open_document
from app.main_window import MainWindow
from app.session import Session
from app.underlay import load_underlay
from app.views.view_controls import UnderlayButton
from engine.document.underlay_file import Underlay
from tests.support.fake_engine import FakePipeline
from tests.support.widgets import child_of


def photograph(folder: Path, name: str = "cliff.png") -> Underlay:
    path = folder / name
    cv2.imwrite(str(path), np.full((40, 80, 3), 90, np.uint8))
    return load_underlay(path)


def test_an_underlay_is_an_unsaved_change_until_it_is_saved(session: Session, tmp_path: Path):
    session.underlay.show(photograph(tmp_path))
    assert session.is_modified
    asyncio.run(session.files.save(tmp_path / "mine.tessera"))
    assert not session.is_modified
    session.underlay.set_placement("fill")
    assert session.is_modified
    asyncio.run(session.files.save(tmp_path / "mine.tessera"))
    opened = open_document(tmp_path / "mine.tessera", session.table)
    assert opened.document.underlay is not None and opened.document.underlay.placement == "fill"
    assert not opened.document.is_modified


def test_undo_takes_the_underlay_away_and_redo_brings_it_back(window: MainWindow, session: Session, tmp_path: Path):
    underlay = photograph(tmp_path)
    session.underlay.show(underlay)
    assert window.actions_by_name["undo"].text() == "Undo open underlay cliff"
    assert window.isWindowModified()
    QTest.keyClick(window.views.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.underlay.underlay is None and not session.is_modified
    assert not window.actions_by_name["remove_underlay"].isEnabled()
    QTest.keyClick(window.views.editor, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert session.underlay.underlay is underlay


def test_moving_its_opacity_is_one_step_and_the_picture_stays_done(
    window: MainWindow, session: Session, tmp_path: Path, qtbot: QtBot
):
    session.underlay.show(photograph(tmp_path))
    assert session.final_result is not None, "no picture depends on the underlay: it is not made again"
    button = child_of(window.views, UnderlayButton)
    for _ in range(5):
        QTest.keyClick(button.opacity, Qt.Key.Key_Left)
    assert session.underlay.opacity < 1
    assert session.document.history.undo_names == ("Fade underlay", "Open underlay cliff")
    assert session.final_result is not None
    session.undo()
    assert session.underlay.opacity == 1 and button.opacity.value() == 100


def test_moving_its_opacity_asks_for_no_picture_where_none_was_kept(
    session: Session, pipeline: FakePipeline, tmp_path: Path, qtbot: QtBot
):
    session.underlay.show(photograph(tmp_path))
    asked = len(pipeline.snapshots)
    session.pictures.request_after_bank_change()  # what was made is forgotten
    for step in range(5):
        session.underlay.set_opacity(0.1 + 0.1 * step)
    qtbot.waitUntil(lambda: session.final_result is not None)
    qtbot.wait(50)
    assert len(pipeline.snapshots) <= asked + 1


def test_going_back_in_the_history_shows_the_underlay_of_then(session: Session, tmp_path: Path):
    start = session.document.history.position
    session.underlay.show(photograph(tmp_path))
    session.underlay.show(None)
    steps = session.document.history.steps
    session.go_to(steps[-2].position)
    assert session.underlay.underlay is not None
    session.go_to(start)
    assert session.underlay.underlay is None
