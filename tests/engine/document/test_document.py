"""Tests of the document: strokes, fills, choices, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classes import VOID
from engine.document.document import Change, Document
from engine.document.edits import RecordBook
from engine.document.history import History
from engine.document.matching import match_regions
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality, Settings
from engine.geometry import Bounds, Size
from engine.layout import Layout
from engine.regions import find_regions
from tests.support.crops import make_crop
from tests.support.layouts import parse_layout, small_table

TABLE = small_table()
SKY, BUILDING, ROAD, TREE, CAR = range(5)


def _annotated(document: Document, *, choice: str | None = None) -> bool:
    """Do what a FINAL does to records: match regions, and choose automatically where the painter has not."""
    snapshot = document.snapshot(Quality.FINAL)
    regions = find_regions(snapshot.layout, snapshot.table, min_share=0.0)
    matching = match_regions(snapshot.records, regions, snapshot.table, snapshot.layout.size, snapshot.next_record_id)
    records = tuple(
        replace(r, choice=choice, chosen_by="auto") if choice and r.chosen_by != "painter" else r
        for r in matching.records
    )
    segments = {choice: make_crop(choice)} if choice else {}
    return document.annotate(snapshot.generation, records, matching.next_record_id, segments)


@pytest.fixture
def document() -> Document:
    document = Document(parse_layout("ssss/sbbs/rrrr"), TABLE)
    assert _annotated(document)
    return document


def _stroke(document: Document, class_id: int, *points: tuple[float, float], radius_px: float = 3) -> bool:
    document.begin_stroke(class_id)
    document.paint(points, radius_px)
    return document.commit_stroke()


def test_a_stroke_paints_at_once_and_is_one_step(document: Document) -> None:
    generation = document.generation
    document.begin_stroke(TREE, 4)
    assert document.is_stroke_open
    assert document.paint([(4.5, 4.5)], 1.5) == Bounds(3, 3, 6, 6)
    assert document.class_at(4, 4) == (TREE, 4)
    assert document.generation > generation
    # From (4.5, 4.5) to (12.5, 4.5) without a gap, though the pointer reported nothing in between.
    assert document.paint([(12.5, 4.5)], 1.5) == Bounds(3, 3, 14, 6)
    assert (document.class_ids[4, 3:14] == TREE).all()
    assert document.commit_stroke()
    assert not document.is_stroke_open
    assert document.history.undo_names == ("Paint tree",)
    assert document.undo() == Bounds(3, 3, 14, 6)
    assert document.snapshot(Quality.FINAL).layout == parse_layout("ssss/sbbs/rrrr")


def test_a_stroke_that_changes_nothing_is_no_step(document: Document) -> None:
    assert not _stroke(document, SKY, (4.0, 4.0))
    assert document.history.undo_names == ()
    assert not document.is_modified


def test_an_aborted_stroke_leaves_no_trace_but_a_new_generation(document: Document) -> None:
    document.begin_stroke(TREE)
    document.paint([(4.5, 4.5)], 1.5)
    generation = document.generation
    assert document.abort_stroke() == Bounds(3, 3, 6, 6)
    assert document.generation > generation
    assert document.snapshot(Quality.FINAL).layout == parse_layout("ssss/sbbs/rrrr")
    assert document.history.undo_names == ()
    assert not document.is_modified
    assert not document.abort_stroke()


def test_painting_without_a_stroke_is_refused(document: Document) -> None:
    with pytest.raises(RuntimeError, match="no stroke is open"):
        document.paint([(1.0, 1.0)], 3)
    assert not document.commit_stroke()


def test_a_stroke_with_an_impossible_point_paints_none_of_them(document: Document) -> None:
    document.begin_stroke(TREE)
    with pytest.raises(ValueError, match="finite points"):
        document.paint([(4.0, 4.0), (8.0, 4.0), (float("nan"), 4.0)], 2)
    assert TREE not in document.class_ids


def test_listeners_hear_when_a_stroke_comes_to_nothing(document: Document) -> None:
    modified: list[bool] = []
    document.subscribe(lambda change: modified.append(document.is_modified))
    _stroke(document, SKY, (4.0, 4.0))
    assert modified == [True, False]
    document.begin_stroke(TREE)
    document.paint([(4.0, 4.0)], 2)
    document.abort_stroke()
    assert modified[-1] is False


def test_undo_during_a_stroke_takes_back_the_stroke_alone(document: Document) -> None:
    _stroke(document, TREE, (4.0, 4.0))
    document.begin_stroke(CAR)
    document.paint([(20.0, 4.0)], 2)
    assert document.redo() is None
    assert document.undo()
    assert not document.is_stroke_open
    assert document.history.undo_names == ("Paint tree",)
    assert CAR not in document.class_ids


def test_undo_during_a_stroke_that_painted_nothing_takes_back_the_step_before(document: Document) -> None:
    _stroke(document, TREE, (4.0, 4.0))
    document.begin_stroke(CAR)
    assert document.undo()
    assert TREE not in document.class_ids


def test_erasing_writes_void(document: Document) -> None:
    _stroke(document, VOID, (4.0, 4.0))
    assert document.class_at(4, 4) == (VOID, 0)
    assert document.history.undo_names == ("Erase",)


def test_a_fill_takes_the_connected_region_or_all_of_the_class() -> None:
    document = Document(parse_layout("trt/rrr"), TABLE)
    assert document.fill(0, 0, CAR, 2) == Bounds(0, 0, 8, 8)
    assert document.class_at(7, 7) == (CAR, 2)
    assert document.class_at(16, 0) == (TREE, 0)
    assert document.undo() == Bounds(0, 0, 8, 8)
    assert document.fill(0, 0, CAR, contiguous=False) == Bounds(0, 0, 24, 8)
    assert document.history.undo_names == ("Fill car",)
    assert not document.fill(0, 0, CAR)


def test_replacing_the_layout_is_one_step(document: Document) -> None:
    other = parse_layout("ssss/sbbs/rrrt")
    assert document.replace_layout(other, "Accept completion") == Bounds(24, 16, 32, 24)
    assert document.snapshot(Quality.FINAL).layout == other
    assert document.history.undo_names == ("Accept completion",)
    document.undo()
    assert document.snapshot(Quality.FINAL).layout == parse_layout("ssss/sbbs/rrrr")
    with pytest.raises(ValueError, match="cannot replace"):
        document.replace_layout(parse_layout("ss/ss"), "Open")
    with pytest.raises(ValueError, match="not in the table"):
        document.replace_layout(Layout.blank(document.size, 9), "Open")


def test_impossible_classes_instances_and_pixels_are_refused(document: Document) -> None:
    with pytest.raises(ValueError, match="not in the table"):
        document.begin_stroke(6)
    with pytest.raises(ValueError, match="instance id"):
        document.begin_stroke(CAR, 65536)
    with pytest.raises(ValueError, match="outside"):
        document.fill(32, 0, CAR)
    with pytest.raises(ValueError, match="outside"):
        document.class_at(0, -1)
    with pytest.raises(ValueError, match=r"9 \(64 pixels\)"):
        Document(Layout.blank(Size(8, 8), 9), TABLE)
    with pytest.raises(ValueError, match="seed"):
        Document(parse_layout("s"), TABLE, settings=Settings(seed=-1))


def test_live_arrays_cannot_be_written_from_outside(document: Document) -> None:
    with pytest.raises(ValueError, match="read-only"):
        document.class_ids[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        document.instance_ids[0, 0] = 1


def test_a_snapshot_does_not_follow_later_strokes(document: Document) -> None:
    snapshot = document.snapshot(Quality.PREVIEW)
    _stroke(document, TREE, (4.0, 4.0))
    assert snapshot.layout == parse_layout("ssss/sbbs/rrrr")
    assert snapshot.generation < document.generation
    assert snapshot.document_id == document.document_id


def test_a_pick_is_the_painters_choice_and_carries_its_crop(document: Document) -> None:
    crop = make_crop("feed")
    document.pick(1, "feed", crop)
    record = document.records[0]
    assert (record.choice, record.chosen_by) == ("feed", "painter")
    assert document.segments["feed"] is crop
    assert document.history.undo_names == ("Swap segment",)
    document.clear_pick(1)
    assert (document.records[0].choice, document.records[0].chosen_by) == (None, "none")
    document.undo()
    assert document.records[0] == record


def test_locks_and_bans_are_steps(document: Document) -> None:
    document.set_locked(2, True)
    document.set_locked(2, True)
    document.ban(2, "feed")
    document.ban(2, "feed")
    assert document.history.undo_names == ("Ban segment", "Lock segment")
    assert document.records[1].locked
    assert document.records[1].banned == ("feed",)
    document.unban(2, "feed")
    assert document.records[1].banned == ()


def test_banning_the_choice_leaves_the_region_to_the_engine(document: Document) -> None:
    document.pick(1, "feed")
    document.set_locked(1, True)
    document.ban(1, "feed")
    record = document.records[0]
    assert (record.choice, record.chosen_by, record.locked, record.banned) == (None, "none", False, ("feed",))
    document.pick(1, "feed")
    assert document.records[0].banned == ()


@pytest.mark.parametrize(
    "decide",
    [
        lambda d: d.pick(99, "feed"),
        lambda d: d.clear_pick(99),
        lambda d: d.set_locked(99, True),
        lambda d: d.ban(99, "feed"),
        lambda d: d.unban(99, "feed"),
    ],
)
def test_an_unknown_record_is_refused(document: Document, decide: Callable[[Document], None]) -> None:
    with pytest.raises(KeyError, match="99"):
        decide(document)
    assert document.history.undo_names == ()


def test_settings_change_as_a_step(document: Document) -> None:
    document.change_settings(seed=5, spill=0.0)
    document.change_settings(seed=5)
    assert document.settings == Settings(seed=5, spill=0.0)
    assert document.undo() == Bounds(0, 0, 0, 0)
    assert document.settings == Settings()
    assert document.redo() == Bounds(0, 0, 0, 0)
    assert document.settings.seed == 5
    for wrong in ({"seed": -1}, {"seed": 2**31}, {"spill": 0.2}, {"spill": float("nan")}):
        with pytest.raises(ValueError, match="lies from 0"):
            document.change_settings(**wrong)
    with pytest.raises(TypeError):
        document.change_settings(seeed=1)


def test_an_annotation_is_no_step_and_no_modification(document: Document) -> None:
    generation = document.generation
    assert _annotated(document, choice="cafe")
    assert {r.choice for r in document.records} == {"cafe"}
    assert "cafe" in document.segments
    assert document.generation == generation
    assert document.history.undo_names == ()
    assert not document.is_modified


def test_an_annotation_of_an_older_document_or_during_a_stroke_is_dropped(document: Document) -> None:
    records = document.records
    old = document.generation
    _stroke(document, TREE, (4.0, 4.0))
    assert not document.annotate(old, (), 1, {})
    document.begin_stroke(TREE)
    assert not document.annotate(document.generation, (), 1, {})
    assert document.records == records


def test_undo_brings_back_the_records_before_the_edit_and_redo_those_after_it(document: Document) -> None:
    assert _annotated(document, choice="cafe")
    before = document.records
    _stroke(document, TREE, (4.0, 4.0))
    assert _annotated(document, choice="beef")
    after = document.records
    assert before != after
    document.undo()
    assert document.records == before
    document.redo()
    assert document.records == after


def test_a_new_edit_forgets_what_was_undone(document: Document) -> None:
    _stroke(document, TREE, (4.0, 4.0))
    document.undo()
    assert document.history.redo_names == ("Paint tree",)
    _stroke(document, CAR, (4.0, 4.0))
    assert document.redo() is None
    assert document.undo() is not None
    assert document.undo() is None


def test_the_document_knows_whether_it_was_saved(document: Document) -> None:
    _stroke(document, TREE, (4.0, 4.0))
    assert document.is_modified
    saved = document.generation
    _stroke(document, CAR, (20.0, 4.0))
    document.mark_saved(saved)
    assert document.is_modified
    document.undo()
    assert not document.is_modified
    document.redo()
    document.mark_saved(document.generation)
    assert not document.is_modified
    document.undo()
    assert document.is_modified


def test_a_file_saved_during_a_stroke_equals_no_later_document(document: Document) -> None:
    document.begin_stroke(TREE)
    document.paint([(4.0, 4.0)], 3)
    document.mark_saved(document.generation)
    assert document.is_modified
    document.abort_stroke()
    assert document.is_modified


def test_saving_forgets_crops_nothing_refers_to(document: Document) -> None:
    document.pick(1, "feed", make_crop("feed"))
    document.pick(1, "f00d", make_crop("f00d"))
    assert document.annotate(
        document.generation, document.records, document.next_record_id, {"dead": make_crop("dead")}
    )
    document.mark_saved(document.generation)
    assert set(document.segments) == {"feed", "f00d"}


def test_listeners_hear_of_every_kind_of_change(document: Document) -> None:
    heard: list[Change] = []
    stop = document.subscribe(heard.append)
    _stroke(document, TREE, (4.5, 4.5), radius_px=1.5)
    document.set_locked(1, True)
    document.change_settings(seed=3)
    assert [c.kind for c in heard] == ["layout", "history", "records", "history", "settings", "history"]
    assert heard[0].bounds == Bounds(3, 3, 6, 6)
    heard.clear()
    document.undo()
    document.undo()
    document.undo()
    assert [c.kind for c in heard] == ["settings", "history", "records", "history", "layout", "history"]
    stop()
    document.redo()
    assert len(heard) == 6


def test_a_fresh_instance_id_is_used_nowhere(document: Document) -> None:
    assert document.fresh_instance_id() == 1
    document.fill(0, 0, CAR, 65535)
    assert document.fresh_instance_id() == 1
    document.fill(0, 23, CAR, 1)
    assert document.fresh_instance_id() == 2


def test_the_oldest_steps_fall_off_when_memory_runs_out() -> None:
    document = Document(parse_layout("ssss/rrrr"), TABLE, history=History(budget_bytes=4000))
    for step in range(40):
        _stroke(document, CAR if step % 2 else TREE, (10.0, 8.0))
    steps = len(document.history.undo_names)
    assert 1 < steps < 40
    assert document.history.size_bytes <= 4000
    while document.undo() is not None:
        pass
    assert document.is_modified
    assert len(document.history.redo_names) == steps


def test_two_hundred_full_size_steps_fit_into_the_default_budget() -> None:
    document = Document(parse_layout("ssssssss/rrrrrrrr", cell_px=64), TABLE)
    for step in range(220):
        _stroke(document, step % 5, (10.0, 10.0), (500.0, 120.0), radius_px=20)
    assert len(document.history.undo_names) >= 200
    assert document.history.size_bytes < 1_000_000


# --- Any sequence of edits ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """Everything undo must bring back, as bytes."""

    class_ids: bytes
    instance_ids: bytes
    book: RecordBook
    settings: Settings

    @classmethod
    def of(cls, document: Document) -> Seen:
        book = RecordBook(document.records, document.next_record_id)
        return cls(document.class_ids.tobytes(), document.instance_ids.tobytes(), book, document.settings)


COORDINATE = st.floats(-4, 36)
CLASS_ID = st.sampled_from([SKY, ROAD, TREE, CAR, VOID])
KEY = st.sampled_from(["aa", "bb", "cc"])
OPERATION = st.one_of(
    st.tuples(
        st.just("stroke"), CLASS_ID, st.integers(0, 2),
        st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=3), st.floats(0, 8),
    ),
    st.tuples(st.just("aborted"), CLASS_ID, COORDINATE, COORDINATE),
    st.tuples(st.just("fill"), st.integers(0, 31), st.integers(0, 23), CLASS_ID, st.booleans()),
    st.tuples(st.just("replace"), st.sampled_from(["ssss/sbbs/rrrt", "tttt/t..t/cccc", "ssss/sbbs/rrrr"])),
    st.tuples(st.just("pick"), st.integers(0, 9), KEY),
    st.tuples(st.just("clear"), st.integers(0, 9)),
    st.tuples(st.just("lock"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("ban"), st.integers(0, 9), KEY),
    st.tuples(st.just("unban"), st.integers(0, 9), KEY),
    st.tuples(st.just("settings"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("annotate"), KEY),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
)  # fmt: skip


def _perform(document: Document, operation: tuple[Any, ...]) -> None:
    kind, *rest = operation
    record_id = document.records[rest[0] % len(document.records)].id if kind in RECORD_EDITS else 0
    if kind == "stroke":
        document.begin_stroke(rest[0], rest[1])
        for point in rest[2]:
            document.paint([point], rest[3])
        document.commit_stroke()
    elif kind == "aborted":
        document.begin_stroke(rest[0])
        document.paint([(rest[1], rest[2])], 4)
        document.abort_stroke()
    elif kind == "fill":
        document.fill(rest[0], rest[1], rest[2], contiguous=rest[3])
    elif kind == "replace":
        document.replace_layout(parse_layout(rest[0]), "Replace")
    elif kind == "settings":
        document.change_settings(seed=rest[0], complete=rest[1])
    elif kind == "annotate":
        _annotated(document, choice=rest[0])
    else:
        RECORD_EDITS[kind](document, record_id, *rest[1:])


RECORD_EDITS: dict[str, Callable[..., None]] = {
    "pick": Document.pick,
    "clear": Document.clear_pick,
    "lock": Document.set_locked,
    "ban": Document.ban,
    "unban": Document.unban,
}


@settings(max_examples=120, deadline=None)
@given(st.lists(OPERATION, max_size=14))
def test_undo_and_redo_of_any_sequence_bring_back_every_byte(operations: list[tuple[Any, ...]]) -> None:
    document = Document(parse_layout("ssss/sbbs/rrrr"), TABLE)
    _annotated(document)
    seen, at, generation = [Seen.of(document)], 0, document.generation
    for operation in operations:
        if operation[0] == "undo":
            moved = document.undo() is not None
            assert moved == (at > 0)
            at -= moved
        elif operation[0] == "redo":
            moved = document.redo() is not None
            assert moved == (at < len(seen) - 1)
            at += moved
        else:
            steps = document.history.undo_names
            _perform(document, operation)
            if operation[0] == "annotate":
                seen[at] = Seen.of(document)
            elif document.history.undo_names != steps:
                del seen[at + 1 :]
                seen.append(Seen.of(document))
                at += 1
        assert Seen.of(document) == seen[at]
        assert len(document.history.undo_names) == at
        assert document.generation >= generation
        generation = document.generation
    while document.redo() is not None:
        at += 1
        assert Seen.of(document) == seen[at]
    while document.undo() is not None:
        at -= 1
        assert Seen.of(document) == seen[at]
    assert at == 0
    assert not document.is_modified


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(OPERATION, st.lists(st.sampled_from(Quality), max_size=2)), max_size=8))
def test_records_do_not_depend_on_snapshots_taken_and_dropped(
    steps: list[tuple[tuple[Any, ...], list[Quality]]],
) -> None:
    calm, busy = (Document(parse_layout("ssss/sbbs/rrrr"), TABLE) for _ in range(2))
    for document in (calm, busy):
        _annotated(document)
    for operation, dropped in steps:
        for document in (calm, busy):
            if operation[0] in ("undo", "redo"):
                getattr(document, operation[0])()
            else:
                _perform(document, operation)
        for quality in dropped:
            _matched(busy, quality)
    assert _matched(calm, Quality.FINAL) == _matched(busy, Quality.FINAL)
    assert calm.records == busy.records


def _matched(document: Document, quality: Quality) -> tuple[tuple[RegionRecord, ...], tuple[int, ...], int]:
    """Match as a run does that is abandoned before it could annotate."""
    snapshot = document.snapshot(quality)
    regions = find_regions(snapshot.layout, snapshot.table, min_share=0.0)
    found = match_regions(snapshot.records, regions, snapshot.table, snapshot.layout.size, snapshot.next_record_id)
    return found.records, found.record_ids, found.next_record_id


def test_pixels_without_runs_are_undone_too() -> None:
    noise = np.random.default_rng(0).integers(0, 6, (40, 40)).astype(np.uint8)
    document = Document(Layout.blank(Size(40, 40), SKY), TABLE)
    document.replace_layout(Layout.from_classes(noise), "Open")
    document.undo()
    assert (document.class_ids == SKY).all()
    document.redo()
    np.testing.assert_array_equal(document.class_ids, noise)


def test_a_record_that_nobody_decided_about_goes_with_its_region_and_undo_brings_it_back(document: Document) -> None:
    assert _annotated(document, choice="cafe")
    building = next(record for record in document.records if record.class_key == "building")
    before = document.records
    document.fill(12, 12, SKY)
    assert BUILDING not in document.class_ids
    assert building in document.records  # until the engine has seen it
    assert _annotated(document, choice="cafe")
    assert building.id not in {record.id for record in document.records}
    document.undo()
    assert document.records == before
