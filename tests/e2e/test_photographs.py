"""One's own photographs with the real engine: painted over, added, and at once among the candidates."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document_file import OpenedDocument
from app.engine_bridge import EngineBridge, pipeline_factory
from app.main_window import MainWindow
from app.session import Session
from engine.bank.personal import DATASET
from engine.classes import builtin_class_table
from engine.document.document import Document
from engine.layout import Layout
from tests.support.banking_pipeline import draw_photograph
from tests.support.street import open_street
from tests.support.tiny_bank import build_tiny_bank, draw_scene
from tests.support.tiny_weights import write_tiny_weights

PATIENCE_MS = 60_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setenv("TESSERA_DATA", os.fspath(tmp_path / "data"))
    preferences = QSettings(os.fspath(tmp_path / "preferences.ini"), QSettings.Format.IniFormat)
    session = Session(
        EngineBridge(pipeline_factory("cpu", write_tiny_weights(tmp_path / "weights"))), preferences, open_street()
    )
    scene = draw_scene(np.random.default_rng(7), (192, 96))
    session.adopt(OpenedDocument(Document(Layout.from_classes(scene), builtin_class_table("street"))))
    window = MainWindow(session)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_may_close", True))
    with qtbot.waitExposed(window):
        window.show()
    session.start(build_tiny_bank(tmp_path))
    qtbot.waitUntil(lambda: session.final_result is not None and bool(session.banks), timeout=PATIENCE_MS)
    yield window
    session.stop()


def own_candidates(session: Session) -> set[str]:
    result = session.final_result
    if result is None or result.bank_digests != session.bank_digests:
        return set()
    return {r.class_key for r in result.regions for c in r.candidates if c.provenance.dataset == DATASET}


def test_what_is_cut_out_of_a_photograph_is_a_candidate_of_the_next_picture(qtbot: QtBot, window: MainWindow):
    session = window.session
    assert own_candidates(session) == set()
    cut_out = window.bank_desk.cut_outs.show(draw_photograph())
    qtbot.waitUntil(lambda: cut_out.views.editor.width() > 200)
    cut_out.views.fit()
    sky = next(info for info in session.table if info.key == "sky")
    cut_out.session.set_class(sky.id)
    cut_out.session.set_brush_px(40)
    at = cut_out.views.editor.to_view(QPointF(60, 30)).toPoint()
    QTest.mouseClick(cut_out.views.editor, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    qtbot.waitUntil(lambda: cut_out.panel.add_button.isEnabled(), timeout=PATIENCE_MS)
    cut_out.panel.add_button.click()
    qtbot.waitUntil(lambda: own_candidates(session) == {"sky"}, timeout=PATIENCE_MS)
    own = session.banks[-1]
    session.set_bank_on(own.path, False)
    qtbot.waitUntil(
        lambda: (
            session.final_result is not None
            and len(session.final_result.bank_digests) == 1
            and not own_candidates(session)
        ),
        timeout=PATIENCE_MS,
    )
    assert [bank.name for bank in session.banks] == ["tiny", "My photographs"]
