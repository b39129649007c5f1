"""Painting with a candidate: strokes of the reveal tool."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.session import Session
from app.tools.reveal import NO_CANDIDATE_TEXT, NO_REGION_TEXT
from engine.document.record import RegionRecord
from engine.document.reveals import reveal_mask
from engine.document.snapshot import Quality
from engine.pipeline.results import RegionResult
from tests.support.fake_engine import FakePipeline
from tests.support.pointer import MOVE, NONE, PRESS, RELEASE, SHIFT, drag, press_key, send, send_in_view


class Bench:
    """The window with the reveal tool in hand and the road's second candidate marked."""

    def __init__(self, window: MainWindow, session: Session, qtbot: QtBot) -> None:
        self.window, self.session, self.qtbot = window, session, qtbot
        self.editor = window.views.editor
        result = session.final_result
        assert result is not None
        self.road: RegionResult = next(region for region in result.regions if region.class_key == "road")
        session.select(self.road.record_id)
        session.step_candidate(1)
        self.key = session.highlighted_key
        self.editor.setFocus()
        press_key(self.editor, Qt.Key.Key_J)
        session.set_brush_px(10)
        box = self.road.bounds
        self.at = ((box.left + box.right) / 2, box.bottom - 12.0)

    @property
    def record(self) -> RegionRecord:
        return next(r for r in self.session.document.records if r.id == self.road.record_id)


@pytest.fixture
def bench(window: MainWindow, session: Session, qtbot: QtBot) -> Bench:
    return Bench(window, session, qtbot)


def test_a_stroke_reveals_the_marked_candidate_where_it_went_as_one_step(bench: Bench):
    x, y = bench.at
    steps = bench.session.document.history.position
    layout = bench.session.document.class_ids.copy()
    assert bench.session.tool == "reveal"
    drag(bench.editor, (x, y), (x + 30, y))
    assert bench.session.document.history.position == steps + 1
    reveal = bench.record.reveals[0]
    assert reveal.segment_key == bench.key
    mask = reveal_mask(reveal, bench.session.document.size)
    assert mask[int(y), int(x + 15)] and not mask[int(y) - 8, int(x + 15)]
    assert (bench.session.document.class_ids == layout).all()
    assert bench.record.choice == bench.road.choice
    bench.session.undo()
    assert bench.record.reveals == ()


def test_previews_show_the_reveal_while_it_is_painted(bench: Bench, pipeline: FakePipeline, qtbot: QtBot):
    x, y = bench.at
    pipeline.snapshots.clear()
    send(bench.editor, PRESS, (x, y))
    send(bench.editor, MOVE, (x + 20, y))
    qtbot.waitUntil(lambda: any(s.quality is Quality.PREVIEW for s in pipeline.snapshots))
    assert next(r for r in pipeline.snapshots[-1].records if r.id == bench.road.record_id).reveals
    QTest.keyClick(bench.editor, Qt.Key.Key_Escape)
    assert bench.record.reveals == ()
    assert bench.session.document.history.position == 0


def test_shift_brings_the_regions_own_photograph_back(bench: Bench):
    x, y = bench.at
    drag(bench.editor, (x, y), (x + 30, y))
    drag(bench.editor, (x + 15, y), (x + 30, y), modifiers=SHIFT)
    mask = reveal_mask(bench.record.reveals[0], bench.session.document.size)
    assert mask[int(y), int(x) + 2] and not mask[int(y), int(x + 25)]


def test_without_another_candidate_or_a_region_it_says_what_is_missing(bench: Bench):
    said: list[str] = []
    bench.session.regions.refused.connect(said.append)
    bench.session.choice.highlight(bench.road.choice or "")
    drag(bench.editor, bench.at, modifiers=NONE)
    assert said == [NO_CANDIDATE_TEXT]
    bench.session.select(-1)
    drag(bench.editor, (-20.0, 10.0))
    assert said[-1] == NO_REGION_TEXT
    assert bench.session.document.history.position == 0


def test_a_candidates_menu_takes_the_tool_in_hand(bench: Bench):
    bench.session.set_tool("brush")
    page = bench.window.region_desk.region_panel.candidates
    card = page.cards[2]
    next(a for a in page.card_menu(card).actions() if a.text() == "Paint with this candidate").trigger()
    assert bench.session.tool == "reveal"
    assert bench.session.highlighted_key == card.segment_key


def test_the_image_can_be_stroked_too_and_escape_takes_the_stroke_back(bench: Bench):
    view, (x, y) = bench.window.views.image_view, bench.at
    for kind, at in ((PRESS, x), (MOVE, x + 20), (RELEASE, x + 20)):
        send_in_view(view, kind, view.to_view(QPointF(at, y)))
    assert bench.record.reveals[0].segment_key == bench.key
    assert bench.session.document.history.position == 1
    send_in_view(view, PRESS, view.to_view(QPointF(x - 30, y)))
    send_in_view(view, MOVE, view.to_view(QPointF(x - 20, y)))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    send_in_view(view, RELEASE, view.to_view(QPointF(x - 20, y)))
    assert bench.session.document.history.position == 1
    mask = reveal_mask(bench.record.reveals[0], bench.session.document.size)
    assert mask[int(y), int(x) + 10] and not mask[int(y), int(x) - 25]


def test_a_click_on_another_region_of_the_image_selects_it_with_the_tool_in_hand(bench: Bench):
    view = bench.window.views.image_view
    at = view.to_view(QPointF(bench.at[0], 3))
    send_in_view(view, PRESS, at)
    send_in_view(view, RELEASE, at)
    region = bench.session.region_result(bench.session.selected_record_id)
    assert region is not None and region.class_key == "sky"
    assert bench.session.document.history.position == 0
