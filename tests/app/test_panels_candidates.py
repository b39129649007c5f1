"""The region panel: candidates, scores and what the painter decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QListView, QToolButton
from pytestqt.qtbot import QtBot

from app.alignment import Alignment
from app.panels.candidate_list import PICTURE_ROLE, CandidateModel, Card
from app.panels.region import HINT, RegionPanel
from app.region_choice import INVENT
from app.theme import DARK, LIGHT, Theme, apply_theme
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality
from engine.service.events import CommandDone, Update
from tests.support.silent_engine import (
    RECORD_ID,
    build_silent_session,
    draw_candidates,
    segment_key,
    show_car_result,
)
from tests.support.widgets import child_of, rgb_of


class Bench:
    """A region panel on screen."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.session, self.engine = build_silent_session(folder)
        self.panel = RegionPanel(self.session, Alignment(self.session))
        qtbot.addWidget(self.panel)
        self.panel.resize(252, 560)
        self.panel.show()
        qtbot.waitExposed(self.panel)
        self.list = child_of(self.panel, QListView)

    @property
    def cards(self) -> list[Card]:
        """The segments, without the card that stands for none."""
        return [card for card in self.panel.candidates.cards if not card.is_invention]

    def row_of(self, number: int) -> int:
        return self.offered().index(segment_key(number))

    def offered(self) -> list[str]:
        return [card.segment_key for card in self.cards if not card.is_invention]

    def click_card(self, row: int) -> None:
        centre = self.list.visualRect(self.list.model().index(row, 0)).center()
        QTest.mouseClick(self.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)

    def button(self, name: str) -> QToolButton:
        return next(b for b in self.panel.findChildren(QToolButton) if b.accessibleName() == name)

    def button_of_text(self, text: str) -> QToolButton:
        return next(b for b in self.panel.findChildren(QToolButton) if b.text() == text)

    def texts(self) -> str:
        return "\n".join(label.text() for label in self.panel.findChildren(QLabel) if label.isVisible())

    def record(self) -> RegionRecord:
        return next(r for r in self.session.document.records if r.id == RECORD_ID)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Bench:
    return Bench(qtbot, tmp_path)


def test_without_a_selection_it_says_how_to_select(bench: Bench):
    assert HINT in bench.texts()
    show_car_result(bench.session)
    assert HINT in bench.texts()


def test_a_selected_region_shows_class_area_and_ranked_candidates(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    assert "Car" in bench.texts()
    assert "1.6 % of the layout" in bench.texts()
    assert bench.offered() == [segment_key(i) for i in (1, 0, 2, 3)]
    assert [c.rank for c in bench.cards] == [2, 1, 3, 4]
    assert [c.chosen for c in bench.cards] == [True, False, False, False]
    assert not bench.cards[0].by_painter
    assert bench.panel.candidates.cards[-1].is_invention


def test_a_click_on_a_card_picks_it_before_the_engine_answers(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    bench.click_card(bench.row_of(2))
    assert bench.record().choice == segment_key(2)
    assert bench.record().chosen_by == "painter"
    assert [c.chosen for c in bench.cards] == [False, False, True, False]
    assert "Chosen by you" in bench.texts()


def test_the_arrows_move_the_highlight_and_the_tick_picks_it(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    QTest.mouseClick(bench.button("Next candidate"), Qt.MouseButton.LeftButton)
    assert [c.highlighted for c in bench.cards] == [False, True, False, False]
    assert bench.record().choice == segment_key(1)
    QTest.mouseClick(bench.button("Make the region of the marked candidate"), Qt.MouseButton.LeftButton)
    assert bench.record().choice == segment_key(0)


def test_lock_and_automatic_reach_the_record(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    assert not bench.button("Automatic").isEnabled()
    QTest.mouseClick(bench.button("Lock"), Qt.MouseButton.LeftButton)
    assert bench.record().locked
    assert bench.button("Lock").isChecked()
    QTest.mouseClick(bench.button("Automatic"), Qt.MouseButton.LeftButton)
    assert not bench.record().locked
    assert not bench.button("Lock").isChecked()


def test_a_banned_segment_is_no_longer_offered_until_it_is_allowed_again(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    QTest.mouseClick(bench.button("Ban"), Qt.MouseButton.LeftButton)
    assert segment_key(1) in bench.record().banned
    assert segment_key(1) not in bench.offered()
    note = next(label for label in bench.panel.findChildren(QLabel) if "allow again" in label.text())
    note.linkActivated.emit("allow")
    assert bench.record().banned == ()
    assert bench.offered() == [segment_key(i) for i in (1, 0, 2, 3)]


def test_undo_of_a_pick_shows_the_old_choice(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    bench.click_card(bench.row_of(0))
    bench.session.undo()
    assert [c.chosen for c in bench.cards] == [True, False, False, False]


def test_a_choice_that_no_bank_offers_stands_first(bench: Bench):
    show_car_result(bench.session, candidates=2, choice=9, chosen_by="painter")
    bench.session.select(RECORD_ID)
    assert bench.offered() == [segment_key(9), segment_key(0), segment_key(1)]
    assert bench.cards[0].candidate is None
    assert bench.cards[0].chosen


def test_a_region_without_candidates_says_who_makes_it(bench: Bench):
    show_car_result(bench.session, candidates=0, choice=None, chosen_by="none")
    bench.session.select(RECORD_ID)
    assert "the network invents this region" in bench.texts()
    assert not bench.button("Ban").isEnabled()
    assert not bench.button("Next candidate").isEnabled()


def test_thumbnails_are_asked_for_where_they_can_be_seen(bench: Bench, qtbot: QtBot):
    show_car_result(bench.session, candidates=18)
    bench.session.select(RECORD_ID)
    qtbot.waitUntil(lambda: bool(bench.engine.thumbnails))
    seen = list(bench.engine.thumbnails)
    assert seen[0] == segment_key(1)
    assert segment_key(17) not in seen
    bench.list.verticalScrollBar().setValue(bench.list.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: segment_key(17) in bench.engine.thumbnails)
    assert len(set(bench.engine.thumbnails)) == len(bench.engine.thumbnails)


def test_a_thumbnail_is_drawn_into_its_card(bench: Bench, qtbot: QtBot):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    qtbot.waitUntil(lambda: segment_key(0) in bench.engine.thumbnails)
    bench.engine.thumbnail_ready.emit(segment_key(1), np.full((40, 40, 4), (10, 200, 30, 255), np.uint8))
    centre = bench.list.visualRect(bench.list.model().index(0, 0)).center()
    picture = bench.list.viewport().grab().toImage()
    assert rgb_of(picture.pixelColor(centre.x(), centre.y() - 20)) == (10, 200, 30)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_rank_on_a_card_is_light_on_dark_in_both_themes(bench: Bench, qapp: QApplication, theme: Theme):
    apply_theme(qapp, theme)
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    corner = bench.list.visualRect(bench.list.model().index(0, 0)).topLeft()
    plate = bench.list.viewport().grab(QRect(corner + QPoint(8, 8), QSize(10, 8))).toImage()
    values = [plate.pixelColor(x, y).lightness() for x in range(plate.width()) for y in range(plate.height())]
    apply_theme(qapp, DARK)
    assert min(values) < 100 and max(values) > 200


def test_a_thumbnail_that_cannot_be_read_leaves_the_placeholder(bench: Bench, qtbot: QtBot):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    qtbot.waitUntil(lambda: bool(bench.engine.thumbnails))
    bench.engine.thumbnail_ready.emit(segment_key(0), None)
    assert bench.list.model().index(0, 0).data(PICTURE_ROLE) is None
    bench.panel.grab()


def test_the_tool_tip_names_origin_and_licence(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    text = bench.list.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "street/one.png" in text
    assert "CC0" in text
    assert "mask IoU 0.850" in text


def test_another_document_clears_the_panel(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    bench.session.new_document(bench.session.document.size)
    assert HINT in bench.texts()
    assert bench.cards == []


def test_the_cards_keep_a_bounded_number_of_pictures(qapp, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.panels.candidate_list.KEPT_PICTURES", 2)
    from PySide6.QtGui import QImage

    cards = CandidateModel()
    for number in range(3):
        cards.set_picture(segment_key(number), QImage(4, 4, QImage.Format.Format_RGB32))
    assert [cards.has_picture(segment_key(n)) for n in range(3)] == [False, True, True]


def test_the_share_of_a_region_is_right_while_a_preview_shows_a_smaller_layout(bench: Bench):
    result = show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    small = np.full((64, 128), -1, np.int32)
    small[:, :64] = RECORD_ID
    preview = replace(
        result,
        stamp=replace(result.stamp, generation=result.stamp.generation + 1, quality=Quality.PREVIEW),
        records=None,
        region_ids=small,
    )
    bench.session.engine.updated.emit(Update(preview, 10.0))
    assert "50.0 % of the layout" in bench.texts()


def test_the_last_card_lets_the_network_invent_and_undo_brings_the_photograph_back(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    row = len(bench.panel.candidates.cards) - 1
    bench.list.scrollTo(bench.list.model().index(row, 0))
    bench.click_card(row)
    assert (bench.record().choice, bench.record().chosen_by) == (None, "painter")
    assert "The network invents this region" in bench.texts()
    assert bench.panel.candidates.cards[-1].chosen
    bench.session.undo()
    assert bench.record().choice == segment_key(1)


def test_a_whole_photograph_is_banned_from_the_menu_of_a_card_and_allowed_from_the_list(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    menu = bench.panel.candidates.card_menu(bench.cards[1])
    next(a for a in menu.actions() if "Ban the whole photograph" in a.text()).trigger()
    assert bench.record().banned_sources == ("source",)
    assert "1 banned" in bench.texts()
    assert all(card.chosen for card in bench.cards)
    assert bench.session.highlighted_key == INVENT
    allow = bench.panel.candidates.ban_menu()
    next(a for a in allow.actions() if "one.png" in a.text()).trigger()
    assert bench.record().banned_sources == ()


def test_shuffling_leaves_the_choice_to_a_seeded_draw(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    QTest.mouseClick(bench.button("Shuffle"), Qt.MouseButton.LeftButton)
    shuffle = bench.record().shuffle
    assert shuffle is not None and shuffle.avoided == segment_key(1)
    bench.session.undo()
    assert bench.record().shuffle is None


def test_more_like_this_asks_the_engine_and_offers_what_it_finds(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    menu = bench.panel.candidates.card_menu(bench.cards[2])
    next(a for a in menu.actions() if a.text() == "More like this").trigger()
    assert bench.engine.commands == ["find more like this"]
    found = tuple(replace(c, segment_key=segment_key(20 + i)) for i, c in enumerate(draw_candidates(3)))
    bench.engine.command_done.emit(CommandDone(1, found))
    assert bench.offered()[-4:] == [segment_key(i) for i in (2, 20, 21, 22)]
    assert "most like the first" in bench.texts()
    bench.click_card(bench.row_of(21))
    assert bench.record().choice == segment_key(21)
    bench.button_of_text("Show all").click()
    assert segment_key(3) in bench.offered()


def test_an_answer_about_another_region_is_dropped(bench: Bench):
    show_car_result(bench.session)
    bench.session.select(RECORD_ID)
    bench.session.questions.more_like(segment_key(2))
    bench.session.select(-1)
    bench.session.select(RECORD_ID)
    bench.engine.command_done.emit(CommandDone(1, draw_candidates(1)))
    assert len(bench.offered()) == 4


def test_a_poor_fit_is_said_and_outlines_can_be_asked_for(bench: Bench):
    result = show_car_result(bench.session)
    poor = replace(result, regions=(replace(result.regions[0], fit=0.1),), bank_digests=("bank",))
    bench.session.engine.updated.emit(Update(poor, 10.0))
    bench.session.select(RECORD_ID)
    assert "Poor fit" in bench.texts()
    asked: list[bool] = []
    bench.panel.outlines_asked.connect(lambda: asked.append(True))
    bench.panel.outlines_button.click()
    assert asked == [True]
    good = replace(poor, regions=(replace(result.regions[0], fit=1.9),))
    bench.session.engine.updated.emit(Update(good, 10.0))
    assert "Poor fit" not in bench.texts()
