"""Options: typed, bounded, remembered, and obeyed by the parts they concern."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from app.options import DEFAULT_HISTORY_MB, MAX_THREADS, MIN_HISTORY_MB, Options
from app.session import Session
from engine.document.snapshot import Quality
from engine.geometry import Size
from tests.support.fake_engine import FakePipeline
from tests.support.silent_engine import build_silent_session


@pytest.fixture
def preferences(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "preferences.ini"), QSettings.Format.IniFormat)


def test_options_are_remembered_and_told_once(preferences: QSettings, qtbot: QtBot):
    options = Options(preferences)
    told: list[str] = []
    options.changed.connect(told.append)
    options.set_theme("light")
    options.set_theme("light")
    options.set_hatch(True)
    options.set_threads(1)
    again = Options(preferences)
    assert (again.theme, again.hatch, again.threads) == ("light", True, 1)
    assert told == ["theme", "hatch", "threads"]


@pytest.mark.parametrize("junk", ["", "purple", "-5", "9" * 30, "1e9", "²"])
def test_what_was_tampered_with_counts_as_never_set(preferences: QSettings, junk: str):
    for name in ("theme", "hatch", "pressure", "preview", "threads", "history_mb", "device"):
        preferences.setValue(f"options/{name}", junk)
    options = Options(preferences)
    assert (options.theme, options.device, options.hatch, options.pressure) == ("dark", "auto", False, True)
    assert options.preview and options.threads == 0 and options.history_mb == DEFAULT_HISTORY_MB


def test_numbers_stay_in_their_bounds(preferences: QSettings):
    options = Options(preferences)
    options.set_threads(10_000)
    options.set_history_mb(1)
    assert (options.threads, options.history_mb) == (MAX_THREADS, MIN_HISTORY_MB)


def test_choices_that_do_not_exist_are_refused(preferences: QSettings):
    options = Options(preferences)
    with pytest.raises(ValueError, match="no theme"):
        options.set_theme("purple")
    with pytest.raises(ValueError, match="no device"):
        options.set_device("abacus")


def test_the_history_keeps_to_its_budget_in_every_document(tmp_path: Path, qtbot: QtBot):
    session, _ = build_silent_session(tmp_path)
    session.options.set_history_mb(64)
    assert session.document.history.budget_bytes == 64 << 20
    session.new_document(Size(64, 32))
    assert session.document.history.budget_bytes == 64 << 20


def test_pen_pressure_follows_its_option(tmp_path: Path, qtbot: QtBot):
    session, _ = build_silent_session(tmp_path)
    session.options.set_pressure(False)
    assert not session.tools.uses_pressure
    other, _ = build_silent_session(tmp_path)
    assert not other.tools.uses_pressure


def test_without_previews_a_stroke_asks_for_the_final_picture_only(tmp_path: Path, qtbot: QtBot):
    session, engine = build_silent_session(tmp_path)
    session.options.set_preview(False)
    session.set_class(8)
    session.gesture.begin(10, 10)
    session.gesture.extend([(40, 10)], 4)
    session.gesture.finish()
    assert [s.quality for s in engine.snapshots] == [Quality.FINAL]
    session.options.set_preview(True)
    session.set_class(5)
    session.gesture.begin(10, 30)
    session.gesture.extend([(40, 30)], 4)
    session.gesture.finish()
    assert Quality.PREVIEW in [s.quality for s in engine.snapshots]


def test_the_engine_is_told_of_threads_and_device(session: Session, pipeline: FakePipeline, qtbot: QtBot):
    with qtbot.waitSignal(session.engine_settings.changed):
        session.options.set_threads(1)
    with qtbot.waitSignal(session.engine_settings.changed):
        session.options.set_device("cpu")
    assert pipeline.settings == {"threads": 1, "device": "cpu"}


def test_a_device_that_is_not_there_is_told_in_one_line(session: Session, qtbot: QtBot):
    with qtbot.waitSignal(session.failed) as told:
        session.options.set_device("cuda")
    assert told.args is not None and "no CUDA device" in told.args[0]


def test_the_engine_says_what_it_can_run_on(session: Session, qtbot: QtBot):
    with qtbot.waitSignal(session.engine_settings.devices_known):
        session.engine_settings.ask_devices()
    assert [d.name for d in session.engine_settings.devices] == ["cpu"]


def test_another_device_makes_the_picture_anew(session: Session, pipeline: FakePipeline, qtbot: QtBot):
    runs = len(pipeline.snapshots)
    with qtbot.waitSignal(session.result_shown):
        session.options.set_device("cpu")
    assert len(pipeline.snapshots) == runs + 1
    assert np.array_equal(pipeline.snapshots[-1].layout.class_ids, session.document.class_ids)


class Told:
    """Starts a silent session and says which commands the engine got."""

    def __init__(self, folder: Path, *, device: str = "auto", threads: int = 0, is_given: bool = False) -> None:
        session, engine = build_silent_session(folder)
        session.options.set_device(device)
        session.options.set_threads(threads)
        if is_given:
            session.engine_settings.keep_device()
        assert engine.commands == [], "nothing is told before the engine has started"
        session.engine_settings.start()
        self.commands = engine.commands


def test_a_remembered_device_and_threads_are_told_when_the_engine_starts(tmp_path: Path, qtbot: QtBot):
    assert Told(tmp_path / "a").commands == []
    assert Told(tmp_path / "b", device="cpu", threads=1).commands == ["use device", "use threads"]


def test_the_device_of_the_command_line_wins_at_the_start(tmp_path: Path, qtbot: QtBot):
    assert Told(tmp_path, device="cpu", is_given=True).commands == []
