"""Outlines that would fit, shown as ghosts and taken; the glow of a poor fit; more of one photograph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.region_fit import area_share, is_poor_fit
from app.region_questions import reshaped
from app.session import Session
from app.views.region_marks import effective_outline, glow_of
from engine.document.record import RegionRecord
from engine.pipeline.results import RegionResult
from tests.support.fake_engine import FakePipeline, source_key_of
from tests.support.layouts import parse_layout
from tests.support.pointer import MOVE, PRESS, RELEASE, send_in_view


class Bench:
    """The window with the tree selected and its outlines on show."""

    def __init__(self, window: MainWindow, session: Session, qtbot: QtBot) -> None:
        self.window, self.session, self.qtbot = window, session, qtbot
        result = session.final_result
        assert result is not None
        self.tree: RegionResult = next(region for region in result.regions if region.class_key == "tree")
        session.select(self.tree.record_id)
        window.actions_by_name["outlines_that_fit"].trigger()
        qtbot.waitUntil(lambda: bool(session.questions.outlines))

    @property
    def record(self) -> RegionRecord:
        return next(r for r in self.session.document.records if r.id == self.tree.record_id)

    def click_image(self, x: float, y: float) -> None:
        view = self.window.views.image_view
        at = view.to_view(QPointF(x, y))
        send_in_view(view, MOVE, at, held=False)
        send_in_view(view, PRESS, at)
        send_in_view(view, RELEASE, at)


@pytest.fixture
def bench(window: MainWindow, session: Session, qtbot: QtBot) -> Bench:
    return Bench(window, session, qtbot)


def cells(picture: str) -> np.ndarray:
    """Return (H, W) bool, 8 x 8 pixels a letter: where the picture has an x."""
    marks = np.array([[letter == "x" for letter in row] for row in picture.split("/")])
    return np.kron(marks, np.ones((8, 8), np.bool_))


def test_a_region_takes_another_outline_and_its_neighbours_take_what_it_leaves():
    layout = parse_layout("sssss/srrrs/bbbbb")
    region, outline = cells("...../.xxx./....."), cells("...../..x../..x..")
    new = reshaped(layout.class_ids, layout.instance_ids, region, outline).class_ids
    sky, building, road = 0, 1, 2
    assert (new[outline] == road).all()
    assert new[9, 10] == sky and new[14, 12] == building  # nearest above, nearest below
    assert (new[~(region | outline)] == layout.class_ids[~(region | outline)]).all()
    guarded = reshaped(layout.class_ids, layout.instance_ids, region, outline, frozenset({building}))
    assert (guarded.class_ids[cells("...../...../..x..")] == building).all()


def test_a_region_that_fills_the_layout_keeps_what_it_cannot_give_away():
    layout = parse_layout("ss/ss")
    new = reshaped(layout.class_ids, layout.instance_ids, cells("xx/xx"), cells("x./.."))
    assert (new.class_ids == layout.class_ids).all()


def test_a_click_on_a_ghost_takes_its_outline_and_its_segment_as_one_step(bench: Bench):
    box, steps = bench.tree.bounds, bench.session.document.history.position
    third = bench.tree.candidates[2].segment_key
    bench.click_image(box.left + 4, (box.top + box.bottom) / 2)
    assert bench.session.document.history.position == steps + 1
    assert bench.session.document.history.undo_names[0] == "Take outline"
    assert (bench.record.choice, bench.record.chosen_by) == (third, "painter")
    right = bench.session.document.class_ids[box.top : box.bottom, box.right - 3]
    tree_id = bench.session.table.get("tree")
    assert tree_id is not None and not (right == tree_id.id).any()
    assert not bench.session.questions.outlines
    bench.session.undo()
    assert bench.record.choice == bench.tree.choice


def test_number_keys_take_and_escape_hides(bench: Bench):
    editor = bench.window.views.editor
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert not bench.session.questions.outlines
    assert bench.session.selected_record_id == bench.tree.record_id
    bench.session.questions.ask_outlines()
    bench.qtbot.waitUntil(lambda: bool(bench.session.questions.outlines))
    class_id = bench.session.class_id
    QTest.keyClick(editor, Qt.Key.Key_1)
    assert bench.session.document.history.undo_names[0] == "Take outline"
    assert bench.session.class_id == class_id


def test_a_click_beside_the_ghosts_hides_them_and_changes_nothing(bench: Bench):
    steps = bench.session.document.history.position
    bench.click_image(2, 2)
    assert not bench.session.questions.outlines
    assert bench.session.document.history.position == steps
    assert bench.session.selected_record_id == bench.tree.record_id


def test_the_segments_of_one_photograph_are_offered_on_request(bench: Bench):
    source_key = source_key_of(2)
    bench.session.questions.only_from(source_key)
    bench.qtbot.waitUntil(lambda: {c.source_key for c in bench.session.choice.offered()} == {source_key})
    assert len(bench.session.choice.offered()) == 3
    bench.session.questions.only_from("")
    assert len(bench.session.choice.offered()) == 5


def test_a_poorly_served_region_glows_unless_the_painter_chose(
    session: Session, pipeline: FakePipeline, window: MainWindow
):
    result = session.final_result
    assert result is not None
    tree = next(region for region in result.regions if region.class_key == "tree")
    poor = replace(tree, fit=0.01)
    shown = replace(result, bank_digests=("bank",), regions=tuple(poor if r is tree else r for r in result.regions))
    assert is_poor_fit(shown, poor)
    assert not is_poor_fit(shown, replace(poor, chosen_by="painter"))
    assert not is_poor_fit(replace(shown, bank_digests=()), poor)
    assert area_share(shown, tree) == pytest.approx((result.region_ids == tree.record_id).mean())
    glow = glow_of(shown)
    assert glow is not None
    scale = glow.height() / result.region_ids.shape[0]
    inside = glow.pixelColor(
        int((tree.bounds.left + tree.bounds.right) / 2 * scale), int((tree.bounds.top + 2) * scale)
    )
    assert inside.alpha() > 20
    assert glow.pixelColor(1, 1).alpha() == 0
    assert glow_of(replace(shown, regions=result.regions)) is None


def test_the_outline_a_photograph_takes_is_drawn_where_it_leaves_the_region(session: Session, window: MainWindow):
    result = session.final_result
    assert result is not None
    tree = next(region for region in result.regions if region.class_key == "tree")
    size = session.document.size
    assert effective_outline(result, tree, size) == []
    place = next(i for i, item in enumerate(result.items, 1) if item.record_id == tree.record_id)
    index = result.segment_index.copy()
    middle = (tree.bounds.left + tree.bounds.right) // 2
    index[tree.bounds.top - 3 : tree.bounds.top, middle] = place
    spilt = replace(result, segment_index=index)
    lines = effective_outline(spilt, tree, size)
    assert min(line.y1() for line in lines) == tree.bounds.top - 3
    assert max(line.x1() for line in lines) == tree.bounds.right


def test_a_result_redraws_the_layout_only_where_marks_lie_over_it(session: Session, window: MainWindow, monkeypatch):
    marks, editor = window.region_desk.marks, window.views.editor
    updates: list[bool] = []
    monkeypatch.setattr(editor, "update", lambda *_: updates.append(True))
    marks._on_result_shown(None)
    window.region_desk.alignment.changed.emit()
    assert updates == []
