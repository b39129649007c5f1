"""The session: what is shown, dropped, undone and chosen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.document_file import FileError
from app.export_writer import ExportKind
from app.imaging import pictures_of
from app.region_choice import INVENT
from app.session import Session
from engine.classes import VOID
from engine.data.layout_file import load_layout, save_layout_index
from engine.document.snapshot import Quality
from engine.geometry import Size
from engine.service.events import Update
from tests.support.fake_engine import FakePipeline, build_result


def settle(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.final_result is not None)


def draw(session: Session, *points: tuple[float, float], radius_px: float = 6) -> None:
    session.gesture.begin(*points[0])
    session.gesture.extend(list(points), radius_px)
    session.gesture.finish()


def test_the_starter_is_painted_whole_and_gets_a_picture(session: Session):
    assert session.document.size == Size(512, 256)
    assert not (session.document.class_ids == VOID).any()
    assert session.final_result is not None
    assert session.final_result.image.shape == (256, 512, 3)
    assert not session.is_modified


def test_a_stroke_is_one_step_and_brings_a_new_picture(session: Session, qtbot: QtBot):
    before = session.document.class_ids.copy()
    session.set_class(5)
    draw(session, (20, 20), (60, 30), (100, 20))
    assert session.document.history.undo_names == ("Paint tree",)
    assert session.is_modified
    settle(qtbot, session)
    session.undo()
    assert np.array_equal(session.document.class_ids, before)


def test_undo_shows_the_earlier_picture_at_once_without_a_run(session: Session, pipeline: FakePipeline, qtbot: QtBot):
    first = session.final_result
    assert first is not None
    draw(session, (20, 20), (60, 30))
    settle(qtbot, session)
    runs = len(pipeline.snapshots)
    session.undo()
    shown = session.final_result
    assert shown is not None and np.array_equal(shown.image, first.image)
    assert len(pipeline.snapshots) == runs


def test_undo_shows_pictures_that_are_made_already(session: Session, qtbot: QtBot):
    first = session.final_result
    assert first is not None
    made = pictures_of(first)
    draw(session, (50, 30), (90, 30))
    settle(qtbot, session)
    session.undo()
    assert session.result is not None and session.result is not first
    assert pictures_of(session.result) is made


def test_a_stroke_that_changes_nothing_leaves_the_final_picture_on_show(session: Session, qtbot: QtBot):
    class_id = int(session.document.class_ids[5, 60])
    session.set_class(class_id)
    draw(session, (60, 5), (64, 5), radius_px=1)
    assert session.document.history.undo_count == 0
    settle(qtbot, session)


def test_previews_are_throttled_during_a_stroke(session: Session, pipeline: FakePipeline, qtbot: QtBot):
    runs = len(pipeline.snapshots)
    session.set_class(8)
    session.gesture.begin(10, 10)
    for step in range(40):
        session.gesture.extend([(10 + step, 10)], 4)
    qtbot.waitUntil(lambda: session.result is not None and session.result.stamp.quality is Quality.PREVIEW)
    session.gesture.finish()
    settle(qtbot, session)
    kinds = [s.quality for s in pipeline.snapshots[runs:]]
    assert kinds.count(Quality.PREVIEW) <= 3
    assert kinds[-1] is Quality.FINAL


def test_results_of_another_document_or_an_older_generation_are_dropped(session: Session):
    shown = session.result
    assert shown is not None
    older = replace(shown, stamp=replace(shown.stamp, generation=shown.stamp.generation - 1))
    foreign = replace(shown, stamp=replace(shown.stamp, document_id="another", generation=99))
    preview = replace(shown, stamp=replace(shown.stamp, quality=Quality.PREVIEW))
    for dropped in (older, foreign, preview):
        session.engine.updated.emit(Update(dropped, 1.0))
        assert session.result is shown


def test_a_final_writes_its_choices_without_a_step(session: Session):
    assert session.document.records
    assert all(record.chosen_by == "auto" for record in session.document.records)
    assert session.document.history.undo_names == ()


def test_a_swap_is_one_step_and_is_marked_as_the_painters(session: Session, qtbot: QtBot):
    session.select_at(110, 200)
    record_id = session.selected_record_id
    chosen, other = (c.segment_key for c in session.candidates_of(record_id)[:2])
    assert session.highlighted_key == chosen
    session.step_candidate(1)
    assert session.highlighted_key == other
    session.pick_highlighted()
    settle(qtbot, session)
    record = next(r for r in session.document.records if r.id == record_id)
    assert (record.choice, record.chosen_by) == (other, "painter")
    session.reset_choice(record_id)
    settle(qtbot, session)
    region = session.region_result(record_id)
    assert region is not None and region.choice == chosen


def test_a_banned_candidate_is_not_stepped_to(session: Session, qtbot: QtBot):
    session.select_at(110, 200)
    record_id = session.selected_record_id
    keys = [c.segment_key for c in session.candidates_of(record_id)]
    session.ban(record_id, keys[1])
    settle(qtbot, session)
    session.choice.highlight(keys[0])
    session.step_candidate(1)
    assert session.highlighted_key == keys[2]
    for _ in range(9):
        session.step_candidate(1)
    assert session.highlighted_key == INVENT


def test_a_lock_is_kept_and_undone(session: Session, qtbot: QtBot):
    session.select_at(110, 200)
    session.toggle_lock(session.selected_record_id)
    assert any(r.locked for r in session.document.records)
    settle(qtbot, session)
    session.undo()
    assert not any(r.locked for r in session.document.records)


def test_selecting_outside_selects_nothing(session: Session):
    session.select_at(110, 200)
    assert session.selected_record_id >= 0
    session.select_at(-4, 10)
    assert session.selected_record_id == -1


def test_a_stroke_that_starts_on_an_instance_continues_it(session: Session):
    session.set_class(8)
    instance_id = session.document.class_at(110, 200)[1]
    assert instance_id > 0
    draw(session, (110, 200), (110, 240))
    assert session.document.class_at(110, 240) == (8, instance_id)
    draw(session, (300, 230))
    assert session.document.class_at(300, 230) == (8, 0)


def test_a_new_object_takes_a_fresh_instance_for_one_stroke(session: Session):
    session.set_class(8)
    session.new_object()
    fresh = session.instance_id
    assert fresh > int(session.document.instance_ids.max())
    draw(session, (110, 200), (130, 200))
    assert session.document.class_at(120, 200) == (8, fresh)
    assert session.instance_id == 0


def test_undo_during_a_stroke_takes_the_stroke_back(session: Session):
    before = session.document.class_ids.copy()
    session.set_class(8)
    session.gesture.begin(20, 20)
    session.gesture.extend([(60, 20)], 8)
    session.undo()
    assert np.array_equal(session.document.class_ids, before)
    session.gesture.extend([(90, 20)], 8)
    session.gesture.finish()
    assert np.array_equal(session.document.class_ids, before)
    assert session.document.history.undo_names == ()


def test_without_live_nothing_runs_until_asked(session: Session, pipeline: FakePipeline, qtbot: QtBot):
    session.set_live(False)
    runs = len(pipeline.snapshots)
    draw(session, (20, 20), (60, 30))
    qtbot.wait(80)
    assert len(pipeline.snapshots) == runs
    session.run_now()
    settle(qtbot, session)
    assert len(pipeline.snapshots) == runs + 1


def test_a_failed_run_is_told_and_the_picture_stays(session: Session, pipeline: FakePipeline, qtbot: QtBot):
    shown = session.result
    pipeline.failure = "no memory left"
    session.set_class(8)
    with qtbot.waitSignal(session.failed) as told:
        draw(session, (20, 20), (60, 30))
        qtbot.waitUntil(lambda: told.signal_triggered)
    assert told.args is not None and "no memory left" in told.args[0]
    assert session.document.history.undo_names
    assert session.result is not None and shown is not None
    pipeline.failure = ""
    session.run_now()
    settle(qtbot, session)


def test_banks_are_counted_by_class_and_remembered(session: Session, qtbot: QtBot, tmp_path: Path):
    path = tmp_path / "a.bank"
    path.write_bytes(b"")
    with qtbot.waitSignal(session.banks_changed):
        session.open_bank(path)
    assert session.bank_counts()["sky"] == 10
    assert [bank.path for bank in session.banks] == [path]
    assert session.preferences.value("banks/open") == [str(path)]
    with qtbot.waitSignal(session.banks_changed):
        session.close_bank(path)
    assert session.bank_counts() == {}


def test_a_broken_bank_is_told_and_not_opened(session: Session, qtbot: QtBot, tmp_path: Path):
    with qtbot.waitSignal(session.failed) as told:
        session.open_bank(tmp_path / "broken.bank")
    assert told.args is not None and "broken.bank could not be opened" in told.args[0]
    assert session.banks == ()


def test_classes_swap_and_foreign_ones_are_refused(session: Session):
    session.set_class(3)
    session.set_class(8)
    session.swap_class()
    assert (session.class_id, session.previous_class_id) == (3, 8)
    with pytest.raises(ValueError, match="no class 99"):
        session.set_class(99)


def test_a_project_is_saved_and_opens_again_with_its_picture(session: Session, qtbot: QtBot, tmp_path: Path):
    draw(session, (20, 20), (60, 30))
    settle(qtbot, session)
    path, image = tmp_path / "street.tessera", session.final_result
    assert image is not None
    asyncio.run(session.files.save(path))
    assert not session.is_modified and session.path == path and session.title == "street"
    class_ids = session.document.class_ids.copy()
    session.new_document(Size(64, 32))
    assert session.path is None
    asyncio.run(session.files.open(path))
    assert np.array_equal(session.document.class_ids, class_ids)
    assert session.opened.image is not None and np.array_equal(session.opened.image, image.image)


def test_an_edit_made_while_saving_stays_unsaved(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import app.session_file as module

    async def paint_meanwhile(function):
        draw(session, (20, 20), (60, 30))
        return function()

    monkeypatch.setattr(module, "elsewhere", paint_meanwhile)
    session.set_class(8)
    asyncio.run(session.files.save(tmp_path / "a.tessera"))
    assert session.is_modified


def test_a_failed_save_leaves_the_old_file_and_the_changes(session: Session, tmp_path: Path):
    folder = tmp_path / "not-there"
    session.set_class(8)
    draw(session, (20, 20), (60, 30))
    with pytest.raises(FileError, match="not saved"):
        asyncio.run(session.files.save(folder / "a.tessera"))
    assert session.is_modified and session.path is None


def test_what_cannot_be_opened_leaves_the_open_document(session: Session, tmp_path: Path):
    document_id = session.document.document_id
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    for path in (broken, tmp_path / "nothing.png", tmp_path / "text.txt"):
        with pytest.raises(FileError, match=path.name):
            asyncio.run(session.files.open(path))
    assert session.document.document_id == document_id


def test_a_layout_opens_with_its_ids(session: Session, qtbot: QtBot, tmp_path: Path):
    path, layout = tmp_path / "mine.png", session.document.snapshot(Quality.FINAL).layout
    save_layout_index(path, layout, session.table)
    asyncio.run(session.files.open(path))
    assert session.title == "mine"
    assert np.array_equal(session.document.class_ids, layout.class_ids)
    settle(qtbot, session)


def test_exports_hold_the_pictures_on_show(session: Session, tmp_path: Path):
    result = session.final_result
    assert result is not None
    kinds: tuple[ExportKind, ...] = ("image", "canvas", "layout_coloured", "layout_index")
    paths: dict[ExportKind, Path] = {kind: tmp_path / f"{kind}.png" for kind in kinds}
    asyncio.run(session.files.export(paths))
    written = cv2.imread(str(paths["image"]))
    assert written is not None and np.array_equal(written[..., ::-1], result.image)
    assert np.array_equal(load_layout(paths["layout_index"], session.table).class_ids, session.document.class_ids)
    assert np.array_equal(load_layout(paths["layout_coloured"], session.table).class_ids, session.document.class_ids)


def test_an_export_into_a_missing_folder_is_refused(session: Session, tmp_path: Path):
    with pytest.raises(FileError, match="not written"):
        asyncio.run(session.files.export({"layout_index": tmp_path / "gone" / "a.png"}))


def test_the_fake_result_has_the_shape_of_a_real_one(session: Session):
    result = build_result(session.document.snapshot(Quality.PREVIEW))
    assert result.records is None
    assert result.image.shape == (128, 256, 3)
