"""The real window, real pointer events, the real engine on a small bank: from a stroke to exported bytes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document_file import open_document
from app.engine_bridge import EngineBridge, pipeline_factory
from app.main_window import MainWindow
from app.session import Session
from engine.classes import builtin_class_table
from engine.cli import main
from engine.data.layout_file import load_layout, save_layout_index
from engine.layout import Layout
from engine.pipeline.results import Result
from tests.support.street import open_street
from tests.support.tiny_bank import build_tiny_bank, draw_scene

PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def tiny_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.support.tiny_weights import write_tiny_weights

    return write_tiny_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def layout_path(tmp_path: Path) -> Path:
    path = tmp_path / "scene.png"
    class_ids = draw_scene(np.random.default_rng(7), (192, 96))
    save_layout_index(path, Layout.from_classes(class_ids), builtin_class_table("street"))
    return path


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, tiny_bank: Path, weights: Path, layout_path: Path) -> Iterator[MainWindow]:
    preferences = QSettings(os.fspath(tmp_path / "preferences.ini"), QSettings.Format.IniFormat)
    session = Session(EngineBridge(pipeline_factory("cpu", weights)), preferences, open_street())
    session.adopt(open_document(layout_path, builtin_class_table("street")))
    window = MainWindow(session)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_may_close", True))
    with qtbot.waitExposed(window):
        window.show()
    session.start(tiny_bank)
    qtbot.waitUntil(lambda: bool(session.banks), timeout=PATIENCE_MS)
    yield window
    session.stop()


def wait_for_final(qtbot: QtBot, session: Session) -> Result:
    def is_there() -> bool:
        result = session.final_result
        return result is not None and result.bank_digests == session.bank_digests

    qtbot.waitUntil(is_there, timeout=PATIENCE_MS)
    assert session.final_result is not None
    return session.final_result


def drag(window: MainWindow, *points: tuple[float, float]) -> None:
    editor = window.views.editor
    kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * (len(points) - 1)]
    for kind, point in [*zip(kinds, points, strict=True), (QEvent.Type.MouseButtonRelease, points[-1])]:
        position = editor.to_view(QPointF(*point))
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
        event = QMouseEvent(kind, position, editor.mapToGlobal(position), button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(editor, event)
        QApplication.processEvents()


def test_from_a_stroke_to_the_bytes_of_the_command_line(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, tiny_bank: Path, weights: Path, layout_path: Path
):
    session = window.session
    first = wait_for_final(qtbot, session)
    assert not first.parametric and first.image.shape == (96, 192, 3)

    asyncio.run(session.files.export({"image": tmp_path / "opened.png", "canvas": tmp_path / "opened-canvas.png"}))
    synthesize(layout_path, tmp_path / "cli.png", tmp_path / "cli-canvas.png", tiny_bank, weights)
    assert (tmp_path / "opened.png").read_bytes() == (tmp_path / "cli.png").read_bytes()
    assert (tmp_path / "opened-canvas.png").read_bytes() == (tmp_path / "cli-canvas.png").read_bytes()

    table = builtin_class_table("street")
    tree = table.get("tree")
    assert tree is not None
    session.set_class(tree.id)
    session.set_brush_px(16)
    drag(window, (60, 20), (80, 24), (110, 22))
    assert session.document.class_at(80, 24)[0] == tree.id
    second = wait_for_final(qtbot, session)
    painted = session.document.class_ids != load_layout(layout_path, table).class_ids
    assert (second.image != first.image)[painted].any()
    assert (second.canvas != first.canvas).any()

    project = tmp_path / "scene.tessera"
    asyncio.run(session.files.save(project))
    asyncio.run(session.files.export({"image": tmp_path / "painted.png"}))
    synthesize(project, tmp_path / "cli-painted.png", tmp_path / "c.png", tiny_bank, weights)
    assert (tmp_path / "painted.png").read_bytes() == (tmp_path / "cli-painted.png").read_bytes()

    session.undo()
    undone = session.final_result
    assert undone is not None and np.array_equal(undone.image, first.image)


def test_a_swap_changes_the_canvas_where_the_region_is(window: MainWindow, qtbot: QtBot):
    session = window.session
    first = wait_for_final(qtbot, session)
    region = next(r for r in first.regions if len(r.candidates) > 1 and r.choice is not None)
    other = next(c.segment_key for c in region.candidates if c.segment_key != region.choice)
    session.select(region.record_id)
    session.choice.highlight(other)
    session.pick_highlighted()
    second = wait_for_final(qtbot, session)
    chosen = session.region_result(region.record_id)
    assert chosen is not None and (chosen.choice, chosen.chosen_by) == (other, "painter")
    inside = first.region_ids == region.record_id
    assert (second.canvas != first.canvas)[inside].any()
    assert other in session.document.segments


def synthesize(source: Path, image: Path, canvas: Path, bank: Path, weights: Path) -> None:
    """Do on the command line what the window does."""
    arguments = ["synthesize", source, "-o", image, "--canvas", canvas, "--bank", bank, "--weights", weights]
    assert main([*(os.fspath(a) for a in arguments), "--device", "cpu"]) == 0
