"""The order panel: what it lists, dragging rows, keys, refusals, releasing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.panels.order import OrderPanel
from app.panels.order_list import mark_rect
from app.region_order import bound_ids, wishes_of_move
from app.session import Session
from engine.document.record import RegionRecord
from engine.service.events import Update
from tests.support.pointer import MOVE, PRESS, RELEASE, send_in_view

ALT = Qt.KeyboardModifier.AltModifier


class Bench:
    """The window with the order panel in front."""

    def __init__(self, window: MainWindow, session: Session, qtbot: QtBot) -> None:
        self.window, self.session, self.qtbot = window, session, qtbot
        window.side_panel.show_section("order")
        self.panel: OrderPanel = window.region_desk.order_panel
        self.view = self.panel.view
        qtbot.waitUntil(lambda: self.view.isVisible() and len(self.panel.rows) > 3)

    @property
    def order(self) -> list[int]:
        return [row.record_id for row in self.panel.rows]

    def record(self, record_id: int) -> RegionRecord:
        return next(r for r in self.session.document.records if r.id == record_id)

    def middle(self, row: int) -> QPointF:
        return QPointF(self.view.visualRect(self.view.model().index(row, 0)).center())

    def drag(self, row: int, to: int) -> None:
        """Drag a row to just above another, or below it where that lies farther down."""
        target = self.middle(to) + QPointF(0, 12 if to > row else -12)
        send_in_view(self.view.viewport(), PRESS, self.middle(row))
        send_in_view(self.view.viewport(), MOVE, (self.middle(row) + target) / 2)
        send_in_view(self.view.viewport(), MOVE, target)
        send_in_view(self.view.viewport(), RELEASE, target)

    def let_touch_only(self, record_id: int, other: int) -> None:
        """Let the picture on show say that a region meets one other alone."""
        result = self.session.result
        assert result is not None
        regions = tuple(
            replace(r, contacts=tuple(c for c in r.contacts if c.record_id == other), neighbours=())
            if r.record_id == record_id
            else r
            for r in result.regions
        )
        self.session.engine.updated.emit(Update(replace(result, regions=regions), 10.0))

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: self.session.final_result is not None)


@pytest.fixture
def bench(window: MainWindow, session: Session, qtbot: QtBot) -> Bench:
    return Bench(window, session, qtbot)


def test_a_move_wishes_for_everything_it_passes_and_meets_the_nearest_first():
    assert wishes_of_move([1, 2, 3, 4], 4, 1, {2, 3}) == [(4, 3), (4, 2)]
    assert wishes_of_move([1, 2, 3, 4], 4, 0, {1, 3}) == [(4, 3), (4, 1)]
    assert wishes_of_move([1, 2, 3, 4], 1, 2, {2, 3, 4}) == [(2, 1), (3, 1)]
    assert wishes_of_move([1, 2, 3, 4], 1, 2, {4}) == []
    assert wishes_of_move([1, 2, 3, 4], 2, 1, {1, 3}) == []
    with pytest.raises(ValueError, match="no place 4"):
        wishes_of_move([1, 2, 3, 4], 1, 4, set())


def test_only_regions_that_touch_or_were_wished_for_bind_one(bench: Bench):
    front, near, wished = bench.order[:3]
    region = bench.session.region_result(front)
    assert region is not None
    alone = replace(region, contacts=(), neighbours=(near,))
    assert bound_ids(alone, ()) == {near}
    assert bench.session.regions.put_in_front([(wished, front)])
    assert bound_ids(alone, bench.session.document.records) == {near, wished}


def test_a_row_that_passes_only_what_it_does_not_touch_leaves_no_wish_and_keys_step_past_such_rows(bench: Bench):
    order, steps = bench.order, bench.session.document.history.position
    bench.let_touch_only(order[3], order[1])
    bench.drag(3, 2)
    assert bench.session.document.history.position == steps
    assert "makes no difference" in bench.panel.note.text()
    bench.session.select(order[3])
    bench.view.setFocus()
    QTest.keyClick(bench.view, Qt.Key.Key_Up, ALT)
    assert bench.record(order[3]).in_front_of == (order[1],)
    assert bench.session.document.history.position == steps + 1
    bench.settle()
    bench.let_touch_only(order[3], order[2])
    bench.window.actions_by_name["bring_forward"].trigger()
    assert "nothing farther" in bench.panel.note.text()
    assert bench.session.document.history.position == steps + 1


def test_rows_can_be_dragged_to_and_fro_over_a_chain_of_wishes_and_land_where_they_are_dropped(bench: Bench):
    for row, to in ((3, 0), (3, 1), (0, 3), (2, 0)):
        expected = bench.order
        expected.insert(to, expected.pop(row))
        bench.drag(row, to)
        bench.settle()
        assert bench.order == expected
    assert "in front" in bench.panel.note.text()


def test_the_list_has_the_region_in_front_first_with_reason_and_confidence(bench: Bench):
    result = bench.session.final_result
    assert result is not None
    ranks = {region.record_id: region.depth_rank for region in result.regions}
    assert [ranks[record_id] for record_id in bench.order] == sorted(ranks.values(), reverse=True)
    first = bench.panel.rows[0]
    assert first.over is not None and first.over.confidence == 0.9
    tip = bench.view.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "the ordering network decided, 90 % sure" in tip


def test_dragging_a_row_up_is_one_step_and_the_order_is_kept(bench: Bench):
    order, steps = bench.order, bench.session.document.history.position
    bench.drag(3, 1)
    assert set(bench.record(order[3]).in_front_of) == {order[1], order[2]}
    assert bench.session.document.history.position == steps + 1
    bench.settle()
    assert bench.order[:4] == [order[0], order[3], order[1], order[2]]
    assert bench.panel.rows[1].wishes
    bench.session.undo()
    bench.settle()
    assert bench.order == order


def test_a_click_selects_the_region_and_a_small_movement_is_no_drag(bench: Bench):
    order, steps = bench.order, bench.session.document.history.position
    send_in_view(bench.view.viewport(), PRESS, bench.middle(2))
    send_in_view(bench.view.viewport(), MOVE, bench.middle(2) + QPointF(1, 1))
    send_in_view(bench.view.viewport(), RELEASE, bench.middle(2) + QPointF(1, 1))
    assert bench.session.selected_record_id == order[2]
    assert bench.view.selected_row == 2
    assert bench.session.document.history.position == steps


def test_escape_lets_a_dragged_row_go(bench: Bench):
    steps = bench.session.document.history.position
    send_in_view(bench.view.viewport(), PRESS, bench.middle(3))
    send_in_view(bench.view.viewport(), MOVE, bench.middle(0))
    QTest.keyClick(bench.view, Qt.Key.Key_Escape)
    send_in_view(bench.view.viewport(), RELEASE, bench.middle(0))
    assert bench.session.document.history.position == steps


def test_alt_up_and_down_move_the_selected_row_and_arrows_step(bench: Bench):
    order = bench.order
    bench.session.select(order[2])
    bench.view.setFocus()
    QTest.keyClick(bench.view, Qt.Key.Key_Up, ALT)
    assert order[1] in bench.record(order[2]).in_front_of
    bench.settle()
    assert bench.order[1] == order[2]
    QTest.keyClick(bench.view, Qt.Key.Key_Down)
    assert bench.session.selected_record_id == bench.order[2]


def test_a_cycle_is_refused_with_its_reason_and_nothing_changes(bench: Bench):
    front, middle, back = bench.order[:3]
    assert bench.session.regions.put_in_front([(front, middle), (middle, back)])
    records = bench.session.document.records
    assert not bench.session.regions.put_in_front([(back, front)])
    assert bench.session.document.records == records
    assert "lies in front of" in bench.panel.note.text()


def test_the_lock_of_a_row_releases_wishes(bench: Bench):
    order = bench.order
    bench.drag(1, 0)
    bench.settle()
    row = next(row for row in bench.panel.rows if row.record_id == order[1])
    clicked: list[int] = []
    bench.view.mark_clicked.disconnect(bench.panel._on_mark_clicked)
    bench.view.mark_clicked.connect(lambda at, _where: clicked.append(at))
    box = bench.view.visualRect(bench.view.model().index(bench.panel.rows.index(row), 0)).adjusted(6, 2, -6, -2)
    centre = mark_rect(box.toRectF()).center()
    QTest.mouseClick(bench.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre.toPoint())
    assert clicked == [bench.panel.rows.index(row)]
    menu = bench.panel.release_menu(row)
    next(a for a in menu.actions() if "in front of" in a.text()).trigger()
    assert bench.record(order[1]).in_front_of == ()
    bench.settle()
    assert bench.order == order


def test_bring_forward_and_send_backward_by_key(bench: Bench):
    order = bench.order
    bench.session.select(order[1])
    bench.window.actions_by_name["bring_forward"].trigger()
    bench.settle()
    assert bench.order[0] == order[1]
    bench.window.actions_by_name["send_backward"].trigger()
    bench.settle()
    assert bench.order[:2] == order[:2]


def test_rows_ask_for_their_thumbnails_only_while_they_can_be_seen(tmp_path, qtbot: QtBot):
    from tests.support.silent_engine import build_silent_session

    session, engine = build_silent_session(tmp_path)
    panel = OrderPanel(session)
    qtbot.addWidget(panel)
    assert engine.thumbnails == []
    assert panel.rows == ()
