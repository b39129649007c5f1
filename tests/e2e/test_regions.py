"""Regions and their photographs in the real window, with the real engine on a small bank."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document_file import open_document
from app.engine_bridge import EngineBridge, pipeline_factory
from app.main_window import MainWindow
from app.session import Session
from app.views.surface import Surface
from engine.classes import builtin_class_table
from engine.data.layout_file import save_layout_index
from engine.document.record import Mood
from engine.layout import Layout
from engine.pipeline.results import RegionResult, Result
from tests.support.pointer import MOVE, PRESS, RELEASE, send_in_view
from tests.support.street import open_street
from tests.support.tiny_bank import build_tiny_bank, draw_scene

PATIENCE_MS = 60_000


class Bench:
    """The window with a street of cars, trees and a pole."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.session, self.qtbot = window, window.session, qtbot
        self.first = self.settle()

    def settle(self) -> Result:
        session = self.session

        def is_there() -> bool:
            result = session.final_result
            return result is not None and result.bank_digests == session.bank_digests

        self.qtbot.waitUntil(is_there, timeout=PATIENCE_MS)
        assert session.final_result is not None
        return session.final_result

    def region(self, class_key: str) -> RegionResult:
        """Return the largest region of a class that has a choice of photographs."""
        fitting = [r for r in self.first.regions if r.class_key == class_key and len(r.candidates) > 1]
        return max(fitting, key=lambda r: r.area_px)

    def drag(self, surface: Surface, *points: tuple[float, float]) -> None:
        kinds = [PRESS, *[MOVE] * (len(points) - 1), RELEASE]
        for kind, point in zip(kinds, (*points, points[-1]), strict=True):
            send_in_view(surface, kind, surface.to_view(QPointF(*point)))


@pytest.fixture(scope="module")
def tiny_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.support.tiny_weights import write_tiny_weights

    return write_tiny_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def bench(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_bank: Path, weights: Path
) -> Iterator[Bench]:
    monkeypatch.setenv("TESSERA_DATA", os.fspath(tmp_path / "data"))
    path = tmp_path / "scene.png"
    class_ids = draw_scene(np.random.default_rng(7), (192, 96))
    save_layout_index(path, Layout.from_classes(class_ids), builtin_class_table("street"))
    preferences = QSettings(os.fspath(tmp_path / "preferences.ini"), QSettings.Format.IniFormat)
    session = Session(EngineBridge(pipeline_factory("cpu", weights)), preferences, open_street())
    session.adopt(open_document(path, builtin_class_table("street")))
    window = MainWindow(session)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_may_close", True))
    with qtbot.waitExposed(window):
        window.show()
    session.start(tiny_bank)
    qtbot.waitUntil(lambda: bool(session.banks), timeout=PATIENCE_MS)
    yield Bench(window, qtbot)
    session.stop()


def test_placing_ordering_light_and_inventing_change_the_picture_and_undo_brings_it_back(bench: Bench):
    session, first = bench.session, bench.first
    building = bench.region("building")
    session.select(building.record_id)
    inside = first.region_ids == building.record_id
    alignment = bench.window.region_desk.alignment
    bench.window.actions_by_name["align"].trigger()
    frame = alignment.frame
    assert frame is not None
    x, y = frame.centre
    bench.drag(bench.window.views.canvas_view, (x, y), (x + 4, y), (x + 14, y + 6))
    moved = bench.settle()
    assert (moved.canvas != first.canvas)[inside].any()
    placement = next(r for r in moved.regions if r.record_id == building.record_id).placement
    assert placement is not None and placement.theta != placement.theta_network
    session.undo()
    assert np.array_equal(bench.settle().canvas, first.canvas)

    session.regions.set_mood(None, Mood(warmth=1.0))
    warm = bench.settle()
    shown = (warm.presence == 2) & (first.presence == 2)
    assert warm.canvas[shown][:, 0].mean() > first.canvas[shown][:, 0].mean()
    session.undo()

    session.select(building.record_id)
    bench.window.actions_by_name["invent"].trigger()
    invented = bench.settle()
    assert not (invented.presence[inside] == 2).all()
    assert next(r for r in invented.regions if r.record_id == building.record_id).choice is None
    session.undo()
    assert np.array_equal(bench.settle().image, first.image)


def test_a_candidate_is_painted_in_and_every_pixel_says_where_it_comes_from(bench: Bench):
    session, desk = bench.session, bench.window.region_desk
    road = bench.region("road")
    session.select(road.record_id)
    other = next(c.segment_key for c in session.choice.offered() if c.segment_key != road.choice)
    session.choice.highlight(other)
    session.set_tool("reveal")
    session.set_brush_px(20)
    y = road.bounds.bottom - 6.0
    bench.drag(bench.window.views.editor, (90.0, y), (110.0, y))
    result = bench.settle()
    pixel = desk.probe.pixel_at(QPointF(100, y))
    assert pixel is not None and pixel.segment_key == other
    assert pixel.provenance is not None and pixel.provenance.licence == "CC0"
    beside = desk.probe.pixel_at(QPointF(150, y))
    assert beside is not None and beside.segment_key in (road.choice, None)
    pictures = desk.source_pictures
    with bench.qtbot.waitSignal(pictures.arrived, timeout=PATIENCE_MS):
        assert pictures.get(other, 64) is None
    shown = pictures.get(other, 64)
    assert shown is not None and shown.is_whole and shown.mask.any()
    assert result.items[-1].is_reveal or any(item.is_reveal for item in result.items)


def test_the_order_in_the_list_decides_what_covers_what(bench: Bench):
    session, panel = bench.session, bench.window.region_desk.order_panel
    rows = panel.rows
    touching = next(row for row in rows if row.over is not None)
    assert touching.over is not None
    back = touching.over.record_id
    assert session.regions.put_in_front([(back, touching.record_id)])
    bench.settle()
    order = [row.record_id for row in panel.rows]
    assert order.index(back) < order.index(touching.record_id)
    decided = next(row for row in panel.rows if row.record_id == back)
    assert decided.wishes == ((back, touching.record_id),)


def test_more_like_this_and_outlines_that_fit_are_answered(bench: Bench):
    session = bench.session
    tree = bench.region("tree")
    session.select(tree.record_id)
    session.questions.more_like(session.choice.offered()[-1].segment_key)
    bench.qtbot.waitUntil(lambda: session.choice.like_key != "", timeout=PATIENCE_MS)
    assert len(session.choice.offered()) > 1
    bench.window.actions_by_name["outlines_that_fit"].trigger()
    bench.qtbot.waitUntil(lambda: bool(session.questions.outlines), timeout=PATIENCE_MS)
    key = session.questions.outlines[0].segment_key
    bench.window.views.editor.setFocus()
    QTest.keyClick(bench.window.views.editor, Qt.Key.Key_1)
    result = bench.settle()
    taken = next(r for r in result.regions if r.record_id == tree.record_id)
    assert taken.choice == key
    changes = bench.window.region_desk.changes
    changes.set_on(True)
    bench.qtbot.waitUntil(lambda: changes.difference is not None, timeout=PATIENCE_MS)
    assert changes.difference is not None and changes.difference.unexplained_px == 0
