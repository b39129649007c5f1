"""The bridge: events of other threads arrive on the GUI thread."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.engine_bridge import EngineBridge
from app.qt_environment import neutralise_opencv_qt
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.geometry import Size
from engine.layout import Layout
from tests.support.crops import make_crop
from tests.support.fake_engine import FakePipeline
from tests.support.tiny_bank import build_tiny_bank

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bridge(qtbot: QtBot):
    bridge = EngineBridge(FakePipeline)
    bridge.start()
    yield bridge
    bridge.stop()


def test_updates_arrive_on_the_gui_thread(bridge: EngineBridge, qtbot: QtBot):
    from engine.classes import builtin_class_table

    seen: list[int] = []
    bridge.updated.connect(lambda _update: seen.append(threading.get_ident()))
    document = Document(Layout.blank(Size(64, 32), 0), builtin_class_table("street"))
    with qtbot.waitSignal(bridge.updated) as update:
        bridge.submit(document.snapshot(Quality.FINAL))
    assert seen == [threading.get_ident()]
    assert update.args is not None
    assert update.args[0].result.stamp.document_id == document.document_id


def test_a_command_answers_with_its_number(bridge: EngineBridge, qtbot: QtBot):
    with qtbot.waitSignal(bridge.command_done) as done:
        number = bridge.command("think", lambda pipeline: type(pipeline).__name__)
    assert done.args is not None
    assert (done.args[0].command_id, done.args[0].value) == (number, "FakePipeline")


def test_thumbnails_come_from_the_projects_own_crops(bridge: EngineBridge, qtbot: QtBot):
    crop = make_crop("0123456789abcdef")
    bridge.set_segments({crop.key: crop})
    with qtbot.waitSignal(bridge.thumbnail_ready) as ready:
        bridge.request_thumbnail(crop.key, 32)
    assert ready.args is not None
    key, rgba = ready.args
    assert key == crop.key and rgba.shape[2] == 4 and max(rgba.shape[:2]) <= 32
    assert rgba.dtype == np.uint8


def test_a_thumbnail_that_cannot_be_read_is_none(bridge: EngineBridge, qtbot: QtBot):
    with qtbot.waitSignal(bridge.thumbnail_ready) as ready:
        bridge.request_thumbnail("0" * 16, 32)
    assert ready.args == ["0" * 16, None]


def test_nothing_arrives_after_stop(qtbot: QtBot):
    bridge = EngineBridge(FakePipeline)
    bridge.start()
    bridge.command("think", lambda _pipeline: 1)
    bridge.stop()
    bridge.stop()
    with qtbot.assertNotEmitted(bridge.command_done, wait=50):
        pass


def test_only_opencvs_own_paths_are_taken_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/x/site-packages/cv2/qt/plugins")
    monkeypatch.setenv("QT_QPA_FONTDIR", "/usr/share/fonts")
    neutralise_opencv_qt()
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ
    assert os.environ["QT_QPA_FONTDIR"] == "/usr/share/fonts"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["nothing.png"], "nothing.png"), (["--bank", "nothing.bank"], "nothing.bank"), (["--device", "tpu"], "tpu")],
)
def test_arguments_that_cannot_be_used_end_with_one_line_and_2(arguments: list[str], word: str, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert word in done.stderr and "Traceback" not in done.stderr


def test_every_bank_that_is_named_is_checked(tmp_path: Path):
    bank = build_tiny_bank(tmp_path, count=1)
    (tmp_path / "notes.bank").write_text("no bank")
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "--bank", "notes.bank", "--bank", str(bank)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "notes.bank" in done.stderr and "Traceback" not in done.stderr
