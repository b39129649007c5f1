"""Autosave, what a crash leaves, and its recovery."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.autosave import Autosave
from app.dialogs.confirm import ConfirmDialog
from app.dialogs.recovery import RecoveryDialog, age_text
from app.file_flow import FileFlow
from app.journals import JOURNAL, find_left
from app.recovery_flow import RecoveryFlow, save_recovered
from app.session import Session
from engine.document.journal import recover_journal
from engine.document.project_file import load_project
from tests.support.silent_engine import build_silent_session

PAINTER = Path(__file__).parent.parent / "support" / "painting_program.py"


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Session:
    session, _engine = build_silent_session(tmp_path)
    return session


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "journals"


@pytest.fixture
def autosave(session: Session, root: Path) -> Iterator[Autosave]:
    autosave = Autosave(session, root, interval_ms=20)
    yield autosave
    autosave.stop()


def paint(session: Session, *, radius_px: float = 6.0, is_open: bool = False) -> None:
    session.document.begin_stroke(3)
    session.document.paint([(20.0, 20.0), (60.0, 40.0)], radius_px)
    if not is_open:
        session.document.commit_stroke()


def leave_journal(folder: Path, session: Session, name: str = "") -> Path:
    """Put a journal where a crashed program would have left it."""
    autosave = Autosave(session, folder, interval_ms=100_000)
    asyncio.run(autosave.settle())
    left = folder / (name or "1-1")
    left.mkdir()
    (left / JOURNAL).write_bytes(autosave.journal.read_bytes())
    autosave.stop()
    return left


# -- the journal of a running program -----------------------------------------------------------------------------


def test_a_document_without_changes_leaves_nothing_on_disk(autosave: Autosave, root: Path, qtbot: QtBot):
    qtbot.wait(80)
    assert not root.exists()


def test_changes_are_journalled_soon(autosave: Autosave, session: Session, qtbot: QtBot):
    paint(session)
    qtbot.waitUntil(autosave.journal.exists)
    recovered = recover_journal(autosave.journal)
    assert np.array_equal(recovered.project.layout.class_ids, session.document.class_ids)
    assert recovered.name == session.title
    assert recovered.is_modified


def test_an_open_stroke_is_journalled_too(autosave: Autosave, session: Session, qtbot: QtBot):
    paint(session, is_open=True)
    qtbot.waitUntil(autosave.journal.exists)
    assert np.array_equal(recover_journal(autosave.journal).project.layout.class_ids, session.document.class_ids)


def test_saving_removes_the_journal_and_painting_on_brings_it_back(
    autosave: Autosave, session: Session, qtbot: QtBot, tmp_path: Path
):
    paint(session)
    qtbot.waitUntil(autosave.journal.exists)
    asyncio.run(session.files.save(tmp_path / "mine.tessera"))
    qtbot.waitUntil(lambda: not autosave.journal.exists())
    paint(session, radius_px=9)
    qtbot.waitUntil(autosave.journal.exists)
    assert recover_journal(autosave.journal).project_path == tmp_path / "mine.tessera"


def test_ending_as_one_should_leaves_nothing(autosave: Autosave, session: Session, qtbot: QtBot, root: Path):
    paint(session)
    qtbot.waitUntil(autosave.journal.exists)
    autosave.stop()
    assert list(root.iterdir()) == []


def test_a_folder_that_is_taken_away_is_made_anew(
    autosave: Autosave, session: Session, qtbot: QtBot, root: Path, tmp_path: Path
):
    paint(session)
    qtbot.waitUntil(autosave.journal.exists)
    root.rename(tmp_path / "elsewhere")
    qtbot.waitUntil(lambda: autosave.is_idle)
    paint(session, radius_px=3)
    paint(session, radius_px=14)
    qtbot.waitUntil(autosave.journal.exists)
    assert np.array_equal(recover_journal(autosave.journal).project.layout.class_ids, session.document.class_ids)


def test_a_journal_that_cannot_be_written_is_told_once(session: Session, qtbot: QtBot, tmp_path: Path):
    (tmp_path / "journals").write_text("a file where the folder should be")
    told: list[str] = []
    session.failed.connect(lambda message, _details: told.append(message))
    autosave = Autosave(session, tmp_path / "journals", interval_ms=10)
    paint(session)
    qtbot.waitUntil(lambda: bool(told))
    qtbot.wait(60)
    assert len(told) == 1
    assert "Autosave does not work" in told[0]
    autosave.stop()


# -- what is left ------------------------------------------------------------------------------------------------


def test_the_journal_of_a_running_program_is_left_alone(autosave: Autosave, session: Session, root: Path, qtbot: QtBot):
    paint(session)
    qtbot.waitUntil(autosave.journal.exists)
    assert find_left(root) == ()
    assert autosave.journal.exists()


def test_what_a_crash_left_is_found_latest_first_and_held(session: Session, root: Path):
    paint(session)
    leave_journal(root, session, "1-1")
    paint(session, radius_px=12)
    leave_journal(root, session, "2-2")
    left = find_left(root)
    assert [journal.folder.name for journal in left] == ["2-2", "1-1"]
    assert find_left(root) == ()
    for journal in left:
        journal.release()
    assert len(find_left(root)) == 2


def test_a_broken_journal_is_listed_with_its_fault(root: Path):
    (root / "1-1").mkdir(parents=True)
    (root / "1-1" / JOURNAL).write_bytes(b"nonsense")
    (journal,) = find_left(root)
    assert journal.document is None
    assert "no journal" in journal.fault


def test_empty_folders_are_swept_away(root: Path):
    (root / "1-1").mkdir(parents=True)
    assert find_left(root) == ()
    assert list(root.iterdir()) == []


def test_a_lock_of_a_program_that_is_gone_does_not_hold(session: Session, root: Path):
    paint(session)
    folder = leave_journal(root, session)
    script = "import sys, os; from PySide6.QtCore import QLockFile as L; k = L(sys.argv[1]); k.tryLock(0); os._exit(0)"
    subprocess.run([sys.executable, "-c", script, str(folder / "lock")], check=True)
    assert (folder / "lock").exists()
    assert len(find_left(root)) == 1


# -- the dialog and its answers ----------------------------------------------------------------------------------


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def flow(session: Session, window: QWidget, autosave: Autosave, root: Path) -> RecoveryFlow:
    return RecoveryFlow(session, window, FileFlow(session, window), autosave, root)


async def next_dialog(window: QWidget, kind: type) -> object:
    while not (found := [d for d in window.findChildren(kind) if d.isVisible()]):
        await asyncio.sleep(0.005)
    return found[0]


def test_opening_brings_the_layout_back_as_unsaved(
    flow: RecoveryFlow, session: Session, window: QWidget, root: Path, autosave: Autosave
):
    paint(session)
    painted = session.document.class_ids.copy()
    folder = leave_journal(root, session)
    session.undo()

    async def answer() -> None:
        offer = asyncio.ensure_future(flow.offer())
        dialog = await next_dialog(window, RecoveryDialog)
        assert isinstance(dialog, RecoveryDialog)
        assert session.title in dialog.list.item(0).text()
        dialog.open_button.click()
        await offer

    asyncio.run(answer())
    assert np.array_equal(session.document.class_ids, painted)
    assert session.is_modified
    assert not folder.exists()
    assert autosave.journal.exists()


def test_later_keeps_everything(flow: RecoveryFlow, session: Session, window: QWidget, root: Path):
    paint(session)
    leave_journal(root, session)

    async def answer() -> None:
        offer = asyncio.ensure_future(flow.offer())
        dialog = await next_dialog(window, RecoveryDialog)
        assert isinstance(dialog, RecoveryDialog)
        dialog.later_button.click()
        await offer

    asyncio.run(answer())
    assert len(find_left(root)) == 1


def test_discarding_asks_and_then_removes(flow: RecoveryFlow, session: Session, window: QWidget, root: Path):
    paint(session)
    folder = leave_journal(root, session)

    async def answer() -> None:
        offer = asyncio.ensure_future(flow.offer())
        dialog = await next_dialog(window, RecoveryDialog)
        assert isinstance(dialog, RecoveryDialog)
        dialog.discard_button.click()
        question = await next_dialog(window, ConfirmDialog)
        assert isinstance(question, ConfirmDialog)
        question.accept_button.click()
        await offer

    asyncio.run(answer())
    assert not folder.exists()


def test_the_first_layout_that_can_be_opened_is_marked_although_a_broken_one_is_newer(
    session: Session, root: Path, qtbot: QtBot
):
    paint(session)
    leave_journal(root, session)
    (root / "2-2").mkdir()
    (root / "2-2" / JOURNAL).write_bytes(b"no journal at all")
    left = sorted(find_left(root), key=lambda journal: journal.document is not None)
    dialog = RecoveryDialog(left)
    qtbot.addWidget(dialog)
    assert left[0].document is None
    assert dialog.chosen is left[1]
    assert dialog.open_button.isEnabled()
    for journal in left:
        journal.release()


def test_nothing_is_asked_where_nothing_is_left(flow: RecoveryFlow, window: QWidget):
    asyncio.run(flow.offer())
    assert window.findChildren(RecoveryDialog) == []


def test_a_recovered_layout_can_be_saved_as_a_project_under_a_free_name(session: Session, root: Path, tmp_path: Path):
    paint(session)
    folder = leave_journal(root, session)
    recovered = recover_journal(folder / JOURNAL)
    first, second = save_recovered(recovered, tmp_path), save_recovered(recovered, tmp_path)
    assert first.name == f"{session.title} recovered.tessera"
    assert second.name == f"{session.title} recovered 2.tessera"
    assert np.array_equal(load_project(first).layout.class_ids, session.document.class_ids)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "just now"), (61, "1 minute ago"), (7300, "2 hours ago"), (90_000, "1 day ago"), (-3, "just now")],
)
def test_ages_are_said_as_people_say_them(seconds: float, text: str):
    assert age_text(seconds) == text


# -- kill -9 -----------------------------------------------------------------------------------------------------


def start_painting(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PAINTER), str(root)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )


def lost_s(program: subprocess.Popen[str], root: Path) -> float:
    """Return how many seconds of painting are lost of a program that was killed."""
    moments = [line.split() for line in program.communicate()[0].splitlines() if line.count(" ") == 1]
    (journal,) = find_left(root)
    assert journal.document is not None
    class_ids = journal.document.project.layout.class_ids
    journal.remove()
    # the program paints column after column and says when it did
    painted = [float(when) for column, when in moments if class_ids[0, int(column)] == 3]
    return float(moments[-1][1]) - max(painted)


def kill_while_painting(root: Path, kills: Sequence[float]) -> list[float]:
    """Run as many programs at once, kill each after some seconds of painting, and return what each has lost."""
    programs = [(start_painting(root / str(i)), root / str(i), after_s) for i, after_s in enumerate(kills)]
    started_s: dict[int, float] = {}
    try:
        for i, (program, _, _) in enumerate(programs):
            assert program.stdout is not None and program.stdout.readline().strip() == "painting"
            started_s[i] = time.monotonic()
        for i, (program, _, after_s) in sorted(enumerate(programs), key=lambda p: started_s[p[0]] + p[1][2]):
            time.sleep(max(0.0, started_s[i] + after_s - time.monotonic()))
            program.send_signal(signal.SIGKILL)
    finally:
        for program, _, _ in programs:
            program.kill()
    return [lost_s(program, folder) for program, folder, _ in programs]


def test_kill_9_loses_two_seconds_at_most(root: Path):
    assert max(kill_while_painting(root, (1.4, 1.9, 2.4))) <= 2.0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kill_9_at_fifty_moments_loses_two_seconds_at_most(root: Path):
    moments = np.random.default_rng(0).uniform(1.3, 4.5, 50).tolist()
    lost = [kill_while_painting(root / str(i), moments[i : i + 2]) for i in range(0, 50, 2)]
    assert max(map(max, lost)) <= 2.0
