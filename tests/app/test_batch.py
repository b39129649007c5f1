"""Exporting a whole folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.batch import BatchJob, BatchRun, fault_of_job
from app.dialogs.batch import BatchDialog
from engine.classes import load_class_table
from tests.support.layouts import small_table

MAKER = """
import pathlib, sys, time
source, output = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[4])
output.mkdir(parents=True, exist_ok=True)
for path in sorted(source.iterdir()):
    if "bad" in path.name:
        print(f"error: {path}: broken", file=sys.stderr)
    elif "slow" in path.name:
        time.sleep(60)
    else:
        (output / f"{path.stem}.png").write_bytes(b"made")
sys.exit(any("bad" in p.name for p in source.iterdir()))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "layouts"
    folder.mkdir()
    for name in ("a.png", "b.tessera", "readme.txt"):
        (folder / name).write_bytes(b"")
    return folder


def run_batch(qtbot: QtBot, dialog: BatchDialog, *, cancel: bool = False) -> None:
    run = BatchRun(dialog.job, dialog, program=[sys.executable, "-c", MAKER])
    with qtbot.waitSignal(run.finished):
        dialog.start(run)
        if cancel:
            qtbot.waitUntil(lambda: run.done == 2)
            dialog.close_button.click()


def test_a_folder_is_made_into_pictures(qtbot: QtBot, folder: Path, tmp_path: Path):
    dialog = BatchDialog(folder, tmp_path / "out")
    qtbot.addWidget(dialog)
    assert dialog.start_button.isEnabled()
    run_batch(qtbot, dialog)
    assert dialog.note == "2 of 2 pictures are made."
    assert not dialog.faults.isVisibleTo(dialog)


def test_what_fails_is_listed_and_the_rest_is_made(qtbot: QtBot, folder: Path, tmp_path: Path):
    (folder / "bad.png").write_bytes(b"")
    dialog = BatchDialog(folder, tmp_path / "out")
    qtbot.addWidget(dialog)
    run_batch(qtbot, dialog)
    assert dialog.note == "2 of 3 pictures are made."
    assert "bad.png: broken" in dialog.faults.toPlainText()


def test_a_batch_can_be_cancelled(qtbot: QtBot, folder: Path, tmp_path: Path):
    (folder / "slow.png").write_bytes(b"")
    dialog = BatchDialog(folder, tmp_path / "out")
    qtbot.addWidget(dialog)
    run_batch(qtbot, dialog, cancel=True)
    assert dialog.note == "2 of 3 pictures are made: cancelled."
    assert dialog.close_button.text() == "Close"


@pytest.mark.parametrize(
    ("source", "output", "fault"),
    [
        ("nowhere", "out", "Choose a folder"),
        ("empty", "out", "neither layouts"),
        ("layouts", "layouts", "folder of their own"),
        ("layouts", "layouts/a.png", "is a file"),
        ("twice", "out", "both called a"),
    ],
)
def test_a_batch_says_before_what_is_wrong(tmp_path: Path, folder: Path, source: str, output: str, fault: str):
    (tmp_path / "empty").mkdir()
    (tmp_path / "twice").mkdir()
    for name in ("a.png", "a.tessera"):
        (tmp_path / "twice" / name).write_bytes(b"")
    assert fault in fault_of_job(BatchJob(tmp_path / source, tmp_path / output))


def test_the_command_line_of_a_batch_names_banks_and_canvases(tmp_path: Path):
    job = BatchJob(tmp_path / "in", tmp_path / "out", tmp_path / "out" / "canvas", (tmp_path / "b.bank",), "cpu")
    assert job.arguments[0] == "synthesize"
    assert job.arguments[-4:] == ["--canvas", str(tmp_path / "out" / "canvas"), "--bank", str(tmp_path / "b.bank")]


WITNESS = """
import pathlib, shutil, sys
output = pathlib.Path(sys.argv[4])
output.mkdir()
if "--classes" in sys.argv:
    shutil.copy(sys.argv[sys.argv.index("--classes") + 1], output / "classes.json")
"""


@pytest.mark.parametrize("names", [("a.png",), ("a.png", "b.tessera")])
def test_layouts_are_read_in_the_classes_of_the_open_document_also_beside_projects(
    qtbot: QtBot, tmp_path: Path, names: tuple[str, ...]
):
    source = tmp_path / "in"
    source.mkdir()
    for name in names:
        (source / name).write_bytes(b"")
    dialog = BatchDialog(source, tmp_path / "out", table=small_table())
    qtbot.addWidget(dialog)
    run = BatchRun(dialog.job, dialog, program=[sys.executable, "-c", WITNESS])
    with qtbot.waitSignal(run.finished):
        dialog.start(run)
    assert load_class_table(tmp_path / "out" / "classes.json") == small_table()


def test_banks_are_called_what_they_are_called_elsewhere(qtbot: QtBot, tmp_path: Path):
    banks = {tmp_path / "a" / "x.bank": "a/x", tmp_path / "b" / "x.bank": "b/x"}
    dialog = BatchDialog(tmp_path, tmp_path / "out", banks)
    qtbot.addWidget(dialog)
    assert any("come from a/x, b/x." in label.text() for label in dialog.findChildren(QLabel))
    assert dialog.job.banks == tuple(banks)


def test_a_job_without_banks_uses_none_not_even_the_one_that_ships(tmp_path: Path):
    assert "--no-bank" in BatchJob(tmp_path, tmp_path / "out").arguments
    assert "--no-bank" not in BatchJob(tmp_path, tmp_path / "out", banks=(tmp_path / "b.bank",)).arguments
