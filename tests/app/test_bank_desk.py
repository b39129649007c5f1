"""Banks and one's own photographs in the window: dropping a photograph, the menu, and closing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from app.dialogs.banner import BannerArea
from app.dialogs.confirm import ConfirmDialog
from app.dialogs.photograph_question import PhotographQuestion
from app.engine_bridge import EngineBridge
from app.main_window import MainWindow
from app.session import Session
from tests.support.banking_pipeline import draw_photograph
from tests.support.fake_engine import FakePipeline
from tests.support.street import open_street


@pytest.fixture
def flows(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[Coroutine[Any, Any, Any]]:
    started: list[Coroutine[Any, Any, Any]] = []
    monkeypatch.setattr(window.file_flow, "start", started.append)
    return started


@pytest.fixture(params=[".jpg", ".png"])
def photograph(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / f"beach{request.param}"
    pixels = np.random.default_rng(0).integers(0, 255, (80, 120, 3)).astype(np.uint8)
    done, data = cv2.imencode(request.param, pixels)
    assert done
    path.write_bytes(data.tobytes())
    return path


def drop(window: MainWindow, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(300, 300), copy, mime, left, none))


def answer(window: MainWindow, flow: Coroutine[Any, Any, Any], button: str) -> None:
    """Run a flow that asks, and click one of its buttons."""

    async def run() -> None:
        task = asyncio.ensure_future(flow)
        while not (asked := [q for q in window.findChildren(PhotographQuestion) if q.isVisible()]):
            await asyncio.sleep(0.01)
        getattr(asked[0], button).click()
        await task

    asyncio.run(run())


def test_a_dropped_photograph_is_cut_out_where_that_is_wanted(window, flows, photograph):
    drop(window, photograph)
    answer(window, flows.pop(), "cut_out_button")
    (opened,) = window.bank_desk.cut_outs.windows
    assert opened.windowTitle().startswith("Cut out segments: beach")
    assert window.session.underlay.underlay is None
    opened.close()


def test_a_dropped_photograph_is_traced_where_that_is_wanted(window, flows, photograph):
    drop(window, photograph)
    answer(window, flows.pop(), "trace_button")
    assert window.session.underlay.underlay is not None
    assert window.bank_desk.cut_outs.windows == ()


def test_a_dropped_photograph_is_left_alone_where_nothing_is_wanted(window, flows, photograph):
    drop(window, photograph)
    answer(window, flows.pop(), "cancel_button")
    assert window.session.underlay.underlay is None
    assert window.bank_desk.cut_outs.windows == ()


def test_a_dropped_png_of_many_colours_may_still_be_a_layout(window, flows, photograph, monkeypatch):
    opened: list[Path] = []

    async def note(path: Path) -> None:
        opened.append(path)

    monkeypatch.setattr(window.file_flow, "open", note)
    is_png = photograph.suffix == ".png"
    drop(window, photograph)
    answer(window, flows.pop(), "layout_button" if is_png else "cancel_button")
    assert opened == ([photograph] if is_png else [])


def test_the_menu_switches_banks_on_and_off(qtbot: QtBot, session: Session, window, tmp_path):
    path = (tmp_path / "bundled.bank").resolve()
    session.open_bank(path)
    qtbot.waitUntil(lambda: len(session.banks) == 1)
    action = next(a for a in window.bank_menu.actions() if a.text() == "bundled")
    assert action.isChecked()
    action.trigger()
    qtbot.waitUntil(lambda: session.bank_digests == ())
    action = next(a for a in window.bank_menu.actions() if a.text() == "bundled")
    assert not action.isChecked()


def test_the_browser_comes_to_the_front_ready_to_search(qtbot: QtBot, window):
    window.actions_by_name["browse_banks"].trigger()
    assert window.bank_desk.browser.isVisible()
    qtbot.waitUntil(lambda: window.bank_desk.browser.search.hasFocus())


def test_the_program_does_not_close_over_a_photograph_that_is_being_painted(qtbot: QtBot, window):
    cut_out = window.bank_desk.cut_outs.show(draw_photograph())
    cut_out.session.document.fill(5, 5, 2)
    assert not window.close()
    question = next(q for q in cut_out.findChildren(ConfirmDialog) if q.isVisible())
    question.accept_button.click()
    qtbot.waitUntil(lambda: window.bank_desk.cut_outs.windows == ())
    assert window.close()


# -- the bank that ships with the program ----------------------------------------------------------------------------


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = (tmp_path / "bundled" / "landscape.bank").resolve()
    path.parent.mkdir()
    path.write_bytes(b"")
    (path.parent / "landscape-val.bank").write_bytes(b"")
    monkeypatch.setattr("app.bank_list.BUNDLED_BANK", path)
    return path


def begin_again(session: Session, pipeline: FakePipeline) -> Session:
    return Session(EngineBridge(lambda: pipeline), session.preferences, open_street())


def test_the_bundled_bank_is_open_until_it_is_closed_and_then_stays_closed(
    qtbot: QtBot, session: Session, pipeline: FakePipeline, shipped: Path
):
    first = begin_again(session, pipeline)
    first.start()
    assert first.closed_bundled_bank is None  # it is being opened, not closed
    qtbot.waitUntil(lambda: [bank.path for bank in first.banks] == [shipped])
    assert first.closed_bundled_bank is None
    first.close_bank(shipped)
    qtbot.waitUntil(lambda: not first.banks)
    first.stop()
    second = begin_again(session, pipeline)
    second.start()
    assert not second.expects_banks and second.closed_bundled_bank == shipped
    second.open_bank(shipped)
    qtbot.waitUntil(lambda: len(second.banks) == 1)
    second.stop()
    third = begin_again(session, pipeline)
    third.start()
    qtbot.waitUntil(lambda: [bank.path for bank in third.banks] == [shipped])
    third.stop()


def test_a_bank_named_at_the_start_stands_in_for_the_bundled_one_for_once(
    qtbot: QtBot, session: Session, pipeline: FakePipeline, shipped: Path, tmp_path: Path
):
    own = (tmp_path / "own.bank").resolve()
    own.write_bytes(b"")
    first = begin_again(session, pipeline)
    first.start(own)
    qtbot.waitUntil(lambda: [bank.path for bank in first.banks] == [own])
    first.stop()
    second = begin_again(session, pipeline)
    second.start()
    qtbot.waitUntil(lambda: [bank.path for bank in second.banks] == [shipped, own])
    second.stop()


def test_the_menu_opens_the_bundled_bank_again(qtbot: QtBot, session: Session, window, shipped: Path):
    session.banks_changed.emit()
    action = window.actions_by_name["open_bundled"]
    assert action in window.bank_menu.actions() and action.isEnabled()
    action.trigger()
    qtbot.waitUntil(lambda: [bank.path for bank in session.banks] == [shipped])
    assert not action.isEnabled()


def test_no_banner_denies_banks_that_are_still_to_come(
    qtbot: QtBot, session: Session, pipeline: FakePipeline, shipped: Path
):
    begun = begin_again(session, pipeline)
    area = BannerArea(begun)
    qtbot.addWidget(area)
    area.show()
    assert not area.bank_banner.isVisible()
    begun.start()
    assert not area.bank_banner.isVisible()
    qtbot.waitUntil(lambda: len(begun.banks) == 1)
    begun.close_bank(shipped)
    qtbot.waitUntil(area.bank_banner.isVisible)
    begun.stop()
