"""The bank browser: which banks are on, what they hold, and what can be done with one's own photographs."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from app.bank_list import labels_of
from app.engine_bridge import EngineBridge
from app.main_window import MainWindow
from app.panels.bank_browser import BankBrowser
from app.panels.bank_items import PICTURE_ROLE
from app.session import Session
from engine.bank.bank import Bank
from engine.bank.personal import PersonalBank, personal_bank_path
from engine.bank.schema import BankFormatError
from engine.classes import builtin_class_table
from engine.data.sample import Provenance, Sample
from engine.layout import Layout
from tests.support.banking_pipeline import BankingPipeline, draw_photograph
from tests.support.street import open_street
from tests.support.tiny_bank import build_tiny_bank

LEFT = Qt.MouseButton.LeftButton
STREET = builtin_class_table("street")


@pytest.fixture(scope="module")
def bundled(tmp_path_factory) -> Path:
    return build_tiny_bank(tmp_path_factory.mktemp("bank"), count=3).resolve()


def add_own(name: str, left: int, right: int, *, seed: int) -> str:
    photograph = draw_photograph(64, 48, file=f"{name}.png", seed=seed)
    ids = np.full((48, 64), left, np.uint8)
    ids[:, 32:] = right
    origin = Provenance("My photographs", f"{name}.png", author="A. Painter", licence="CC BY 4.0")
    sample = Sample(name, photograph.rgb, Layout.from_classes(ids), origin, photograph.data)
    with closing(PersonalBank.open(personal_bank_path(), STREET)) as bank:
        return bank.add(sample, STREET).source_key


@pytest.fixture
def pipeline() -> BankingPipeline:
    return BankingPipeline()


@pytest.fixture
def session(qtbot: QtBot, pipeline: BankingPipeline, bundled: Path, tmp_path: Path) -> Iterator[Session]:
    add_own("beach", 0, 1, seed=1)
    add_own("harbour", 0, 3, seed=2)
    preferences = QSettings(os.fspath(tmp_path / "preferences.ini"), QSettings.Format.IniFormat)
    session = Session(EngineBridge(lambda: pipeline), preferences, open_street())
    session.start(bundled)
    qtbot.waitUntil(lambda: len(session.banks) == 2 and session.final_result is not None)
    yield session
    session.stop()


@pytest.fixture
def browser(qtbot: QtBot, session: Session) -> BankBrowser:
    browser = BankBrowser(session)
    qtbot.addWidget(browser)
    browser.resize(264, 640)
    with qtbot.waitExposed(browser):
        browser.show()
    qtbot.waitUntil(lambda: bool(browser.note))
    return browser


def names(browser: BankBrowser) -> list[str]:
    return [str(browser.items.index(row).data()) for row in range(browser.items.rowCount())]


def select(browser: BankBrowser, row: int) -> None:
    browser.list.setCurrentIndex(browser.items.index(row))


def browse_own(qtbot: QtBot, browser: BankBrowser) -> None:
    qtbot.mouseClick(browser.banks.rows[1].name, LEFT)
    qtbot.waitUntil(lambda: names(browser) == ["beach", "harbour"])


def test_both_banks_are_listed_ones_own_last(browser):
    assert [row.name.text() for row in browser.banks.rows] == ["tiny", "My photographs"]
    assert all(row.switch.isChecked() for row in browser.banks.rows)
    assert names(browser) == ["000", "001", "002"]
    assert browser.note == "3 photographs"


def test_pictures_are_asked_for_as_they_come_into_view(qtbot, browser):
    qtbot.waitUntil(lambda: browser.items.index(0).data(PICTURE_ROLE) is not None)
    assert browser.items.index(0).data(PICTURE_ROLE).width() > 10
    qtbot.mouseClick(browser.pages.button(1), LEFT)
    qtbot.waitUntil(lambda: browser.items.rowCount() > 3)
    qtbot.waitUntil(lambda: browser.items.index(0).data(PICTURE_ROLE) is not None)


def test_a_bank_that_is_switched_off_is_not_asked_and_that_is_remembered(qtbot, session, pipeline, bundled, browser):
    before = session.bank_counts()
    digests = session.bank_digests
    switch = browser.banks.rows[0].switch
    switch.setFocus()
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bundled in pipeline.banks_off)
    qtbot.waitUntil(lambda: session.bank_counts() != before)
    assert len(session.bank_digests) == 1 < len(digests)
    assert len(session.banks) == 2
    assert not switch.isChecked()
    again = Session(EngineBridge(lambda: pipeline), session.preferences, open_street())
    assert not again.is_bank_on(bundled)
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bundled not in pipeline.banks_off)
    assert session.bank_counts() == before
    assert browser.banks.rows[0].switch is switch


def test_words_and_a_class_narrow_the_list(qtbot, browser):
    browse_own(qtbot, browser)
    qtbot.keyClicks(browser.search, "harb")
    qtbot.waitUntil(lambda: names(browser) == ["harbour"])
    browser.search.clear()
    qtbot.waitUntil(lambda: len(names(browser)) == 2)
    browser.classes.setCurrentIndex(browser.classes.findData(STREET[1].key))
    qtbot.waitUntil(lambda: names(browser) == ["beach"])
    qtbot.mouseClick(browser.pages.button(1), LEFT)
    qtbot.waitUntil(lambda: names(browser) == [STREET[1].name])
    browser.search.setText("nothing of this name")
    qtbot.waitUntil(lambda: browser.note == "No segment found")


def test_a_photograph_shows_its_segments_and_leads_back_to_all(qtbot, browser):
    browse_own(qtbot, browser)
    browser.list.activated.emit(browser.items.index(1))
    qtbot.waitUntil(lambda: names(browser) == [STREET[0].name, STREET[3].name])
    assert browser._only.text() == "Only of harbour"
    browser.show_all()
    qtbot.waitUntil(lambda: len(names(browser)) == 4)


def test_a_bundled_bank_cannot_be_changed(qtbot, browser):
    select(browser, 0)
    assert not browser.delete_button.isVisible()
    assert not browser.edit_button.isVisible()
    browser.delete()
    assert browser.items.rowCount() == 3


def test_a_photograph_is_deleted_and_put_back(qtbot, session, browser):
    browse_own(qtbot, browser)
    select(browser, 0)
    qtbot.mouseClick(browser.delete_button, LEFT)
    qtbot.waitUntil(lambda: names(browser) == ["harbour"])
    assert browser._removed_row.isVisible()
    assert session.bank_counts()[STREET[1].key] == _tiny_count(session, STREET[1].key)
    session.photographs.undo_removal()
    qtbot.waitUntil(lambda: names(browser) == ["beach", "harbour"])
    assert not browser._removed_row.isVisible()


def _tiny_count(session: Session, class_key: str) -> int:
    return next(c.segments for c in session.banks[0].counts if c.key == class_key)


def test_a_segment_is_deleted_alone(qtbot, browser):
    browse_own(qtbot, browser)
    qtbot.mouseClick(browser.pages.button(1), LEFT)
    qtbot.waitUntil(lambda: len(names(browser)) == 4)
    select(browser, 0)
    qtbot.mouseClick(browser.delete_button, LEFT)
    qtbot.waitUntil(lambda: len(names(browser)) == 3)
    with closing(Bank.open(personal_bank_path())) as bank:
        assert (bank.source_count, bank.segment_count) == (2, 3)


def test_a_segment_can_be_used_for_a_region_of_its_class_only(qtbot, session, browser):
    sky = next(r for r in session.final_result.regions if r.class_key == "sky")
    session.select(sky.record_id)
    qtbot.mouseClick(browser.banks.rows[1].name, LEFT)
    qtbot.mouseClick(browser.pages.button(1), LEFT)
    qtbot.waitUntil(lambda: len(names(browser)) == 4)
    other = next(row for row, name in enumerate(names(browser)) if name != "Sky")
    select(browser, other)
    assert not browser.use_button.isEnabled()
    select(browser, names(browser).index("Sky"))
    assert browser.use_button.isEnabled()
    wanted = browser.selected
    qtbot.mouseClick(browser.use_button, LEFT)
    record = next(r for r in session.document.records if r.id == sky.record_id)
    assert (record.choice, record.chosen_by) == (wanted.key, "painter")
    session.undo()
    assert next(r for r in session.document.records if r.id == sky.record_id).chosen_by != "painter"


def test_a_photograph_is_opened_again_from_its_menu(qtbot, browser):
    browse_own(qtbot, browser)
    select(browser, 1)
    with qtbot.waitSignal(browser.reopen_asked) as asked:
        qtbot.mouseClick(browser.edit_button, LEFT)
    assert asked.args == [browser.selected.source.key]
    texts = [action.text() for action in browser.menu_of(browser.selected).actions()]
    assert texts == ["Show its segments", "", "Cut out again…", "Delete"]


def test_a_bank_is_exported_as_a_finished_one(session, tmp_path):
    asyncio.run(session.photographs.export(personal_bank_path(), tmp_path / "Coast.bank"))
    with closing(Bank.open(tmp_path / "Coast.bank")) as bank:
        assert (bank.source_count, bank.is_living) == (2, False)
    with pytest.raises(BankFormatError):
        asyncio.run(session.photographs.export(personal_bank_path(), tmp_path / "none" / "Coast.bank"))


def test_ones_own_bank_is_never_closed_from_its_menu(browser):
    texts = [[action.text() for action in row.menu().actions()] for row in browser.banks.rows]
    assert texts == [["Export a copy…", "Close"], ["Export a copy…"]]


def test_a_bank_that_is_closed_leaves_the_list(qtbot, session, bundled, browser):
    session.close_bank(bundled)
    qtbot.waitUntil(lambda: [row.name.text() for row in browser.banks.rows] == ["My photographs"])
    qtbot.waitUntil(lambda: names(browser) == ["beach", "harbour"])


def test_nothing_is_asked_while_the_browser_is_out_of_view(qtbot, session, browser):
    browser.hide()
    add_own("mole", 0, 4, seed=3)
    session.engine.set_banks(tuple(bank.path for bank in session.banks))
    browser.banks.choose(personal_bank_path())
    qtbot.wait(50)
    assert names(browser) == ["000", "001", "002"]
    browser.show()
    qtbot.waitUntil(lambda: names(browser) == ["beach", "harbour", "mole"])


def test_several_banks_can_be_opened_at_the_start(
    qtbot: QtBot, pipeline: BankingPipeline, bundled: Path, tmp_path: Path
):
    other = build_tiny_bank(tmp_path, count=1, name="other").resolve()
    preferences = QSettings(os.fspath(tmp_path / "preferences.ini"), QSettings.Format.IniFormat)
    session = Session(EngineBridge(lambda: pipeline), preferences, open_street())
    session.start(bundled, other)
    qtbot.waitUntil(lambda: [summary.path for summary in session.banks] == [bundled, other])
    session.stop()


def test_banks_of_one_name_are_told_apart_wherever_they_are_listed(
    qtbot: QtBot, session: Session, window: MainWindow, bundled: Path, tmp_path: Path
):
    name = next(bank.name for bank in session.banks if bank.path == bundled)
    first, second = ((tmp_path / folder / bundled.name).resolve() for folder in ("old", "new"))
    for path in (first, second):
        path.parent.mkdir()
        shutil.copy(bundled, path)
        session.open_bank(path)
    qtbot.waitUntil(lambda: {first, second} <= {bank.path for bank in session.banks})
    labels = [f"{folder}/{bundled.stem}" + (f" ({name})" if name != bundled.stem else "") for folder in ("old", "new")]
    assert [session.bank_label(path) for path in (first, second)] == labels
    rows = [row for row in window.bank_desk.browser.banks.rows if row.summary.path in (first, second)]
    assert [row.name.full_name for row in rows] == labels
    assert [str(row.summary.path) in row.name.toolTip() for row in rows] == [True, True]
    assert all(row.switch.accessibleName() == f"Use {label}" for row, label in zip(rows, labels, strict=True))
    listed = {action.text(): action.toolTip() for action in window.bank_menu.actions()}
    assert [listed[label] for label in labels] == [str(first), str(second)]
    assert [listed[f"Close {label}"] for label in labels] == [str(first), str(second)]
    window.side_panel.show_section("bank")
    assert all(row.width() <= window.side_panel.width() for row in rows)
    assert [row.name.text()[:3] for row in rows] == ["old", "new"]
    session.close_bank(second)
    session.close_bank(bundled)
    qtbot.waitUntil(lambda: session.bank_label(first) == name)


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ({"/a/x.bank": "X", "/a/y.bank": "Y"}, ["X", "Y"]),
        ({"/a/x.bank": "X", "/a/y.bank": "X"}, ["x (X)", "y (X)"]),
        ({"/a/x.bank": "X", "/b/x.bank": "X", "/b/z.bank": "Z"}, ["a/x (X)", "b/x (X)", "Z"]),
        ({"/a/x.bank": "x", "/b/x.bank": "x"}, ["a/x", "b/x"]),
        ({"/a/c/x.bank": "X", "/b/c/x.bank": "X"}, ["a/c/x (X)", "b/c/x (X)"]),
    ],
)
def test_a_label_has_as_much_of_the_path_as_tells_banks_apart(names: dict[str, str], labels: list[str]):
    assert list(labels_of({Path(path): name for path, name in names.items()}).values()) == labels


def test_an_opened_bank_says_what_it_holds(
    qtbot: QtBot, session: Session, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    said: list[str] = []
    monkeypatch.setattr(window.status_bar, "say", said.append)  # another message may follow at once
    other = build_tiny_bank(tmp_path, count=1, name="single").resolve()
    session.open_bank(other)
    start = f"Opened {session.bank_label(other)}: "
    qtbot.waitUntil(lambda: any(text.startswith(start) and text.endswith(" segments") for text in said))
    row = next(row for row in window.bank_desk.browser.banks.rows if row.summary.path == other)
    assert row.facts.toolTip().endswith(" segments from 1 photograph")
