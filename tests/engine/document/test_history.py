"""Tests of the history: its steps, thumbnails and budget, and going to any step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.document import Change, Document
from engine.document.history import FIRST_STEP_NAME, History, thumbnail_of
from engine.document.record import Footprint, RegionRecord
from engine.document.snapshot import Quality
from engine.geometry import Bounds, Size
from engine.layout import Layout
from tests.support.layouts import parse_layout, small_table

TABLE = small_table()
SKY, BUILDING, ROAD, TREE, CAR = range(5)


def _stroke(document: Document, class_id: int, x: float, y: float, radius_px: float = 4) -> None:
    document.begin_stroke(class_id)
    document.paint([(x, y)], radius_px)
    document.commit_stroke()


@pytest.fixture
def document() -> Document:
    document = Document(parse_layout("ssss/sbbs/rrrr"), TABLE)
    for step, class_id in enumerate((TREE, CAR, ROAD)):
        _stroke(document, class_id, 6.0 + 8 * step, 6.0)
    return document


def test_steps_run_from_the_beginning_to_the_latest_also_when_some_are_undone(document: Document) -> None:
    names = (FIRST_STEP_NAME, "Paint tree", "Paint car", "Paint road")
    assert tuple(step.name for step in document.history.steps) == names
    assert document.history.position == document.history.steps[-1].position
    document.undo()
    document.undo()
    assert tuple(step.name for step in document.history.steps) == names
    assert document.history.position == document.history.steps[1].position
    _stroke(document, SKY, 6, 6)
    assert tuple(step.name for step in document.history.steps) == (*names[:2], "Paint sky")
    positions = [step.position for step in document.history.steps]
    assert positions == sorted(set(positions))


def test_a_thumbnail_shows_the_layout_after_its_step(document: Document) -> None:
    for step in document.history.steps:
        document.go_to(step.position)
        np.testing.assert_array_equal(step.thumbnail, document.class_ids)  # smaller than a thumbnail: not scaled
        assert step.rgb()[0, 0].tolist() == list(TABLE[SKY].colour)
        with pytest.raises(ValueError, match="read-only"):
            step.thumbnail[0, 0] = 1


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((2048, 1024), (48, 96)),
        ((1024, 1024), (48, 48)),
        ((512, 8), (1, 96)),
        ((8, 512), (48, 1)),
        ((96, 48), (48, 96)),
    ],
)
def test_thumbnails_keep_the_shape_of_the_layout(size: tuple[int, int], shape: tuple[int, int]) -> None:
    ids = np.zeros((size[1], size[0]), np.uint8)
    ids[:, size[0] // 2 :] = 7
    thumbnail = thumbnail_of(ids)
    assert thumbnail.shape == shape
    assert shape[1] == 1 or (thumbnail[0, 0], thumbnail[-1, -1]) == (0, 7)


def test_going_to_a_step_is_as_many_undos_or_redos_and_told_once(document: Document) -> None:
    layouts = []
    for step in document.history.steps:
        document.go_to(step.position)
        layouts.append(document.snapshot(Quality.FINAL).layout)
    heard: list[Change] = []
    document.subscribe(heard.append)
    generation = document.generation
    steps = document.history.steps
    assert document.go_to(steps[0].position) == Bounds(2, 2, 26, 10)
    assert [c.kind for c in heard] == ["layout", "history"]
    assert document.generation == generation + 1
    for index in (2, 0, 3, 1):
        document.go_to(steps[index].position)
        assert document.snapshot(Quality.FINAL).layout == layouts[index]
        assert document.history.position == steps[index].position
    assert document.go_to(steps[1].position) is None
    with pytest.raises(ValueError, match="no step 99"):
        document.go_to(99)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), jumps=st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_any_step_is_the_same_however_it_is_reached(seed: int, jumps: list[float]) -> None:
    rng = np.random.default_rng(seed)
    document = Document(parse_layout("ssss/sbbs/rrrr"), TABLE)
    layouts = {document.history.position: document.snapshot(Quality.FINAL).layout}
    for _ in range(12):
        kind, class_id = rng.integers(0, 8), int(rng.integers(0, 5))
        x, y = int(rng.integers(0, document.size.width)), int(rng.integers(0, document.size.height))
        if kind == 0:
            document.resize(Size(*rng.integers(8, 50, 2).tolist()), mode="scale")
        elif kind == 1:
            document.fill(x, y, class_id, int(rng.integers(0, 3)))
        elif kind == 2:
            document.change_settings(seed=int(rng.integers(0, 99)))
        else:
            _stroke(document, class_id, x, y, float(rng.uniform(1, 12)))
        layouts[document.history.position] = document.snapshot(Quality.FINAL).layout
    steps = document.history.steps
    for jump in jumps:
        step = steps[round(jump * (len(steps) - 1))]
        document.go_to(step.position)
        assert document.snapshot(Quality.FINAL).layout == layouts[step.position]
        document.begin_stroke(CAR)
        document.paint([(4, 4)], 3)
        document.abort_stroke()  # what was committed is the same as well
        assert document.snapshot(Quality.FINAL).layout == layouts[step.position]


def test_going_to_a_step_commits_an_open_stroke_first(document: Document) -> None:
    document.begin_stroke(BUILDING)
    document.paint([(4, 20)], 3)
    document.go_to(document.history.steps[1].position)
    assert not document.is_stroke_open
    assert document.history.redo_names == ("Paint car", "Paint road", "Paint building")


def test_going_back_past_every_kind_of_edit_tells_all_that_is_different(document: Document) -> None:
    start = document.snapshot(Quality.FINAL)
    position = document.history.position
    document.change_settings(seed=4)
    document.resize(Size(16, 24), mode="crop")
    heard: list[Change] = []
    document.subscribe(heard.append)
    document.go_to(position)
    assert [c.kind for c in heard] == ["size", "settings", "layout", "history"]
    assert heard[2].bounds == Bounds(0, 0, 32, 24)
    assert document.snapshot(Quality.FINAL).layout == start.layout
    assert document.settings == start.settings


def test_going_back_to_what_was_saved_is_no_modification(document: Document) -> None:
    position = document.history.steps[2].position
    document.go_to(position)
    document.mark_saved(document.generation)
    document.go_to(document.history.steps[0].position)
    assert document.is_modified
    document.go_to(position)
    assert not document.is_modified


def test_where_the_oldest_steps_fell_off_the_first_is_the_last_of_them() -> None:
    document = Document(parse_layout("ssss/rrrr"), TABLE, history=History(budget_bytes=6000))
    for step in range(40):
        _stroke(document, CAR if step % 2 else TREE, 10, 8)
    steps = document.history.steps
    assert 2 < len(steps) < 40
    assert (steps[0].name, steps[0].size_bytes) == (("Paint car" if steps[0].position % 2 == 0 else "Paint tree"), 0)
    document.go_to(steps[0].position)
    np.testing.assert_array_equal(document.class_ids, steps[0].thumbnail)
    assert document.undo() is None


def test_a_smaller_budget_lets_steps_fall_off_at_once(document: Document) -> None:
    document.history.set_budget(1)
    assert len(document.history.undo_names) == 1
    assert document.history.budget_bytes == 1


def test_two_hundred_strokes_across_the_largest_layout_fit_into_the_default_budget() -> None:
    rng = np.random.default_rng(0)
    document = Document(Layout.blank(Size(4096, 2048), SKY), TABLE)
    for step in range(30):
        document.begin_stroke(step % 5)
        document.paint([tuple(p) for p in rng.uniform((0, 0), (4096, 2048), (3, 2)).tolist()], 30)
        document.commit_stroke()
    assert document.history.size_bytes / 30 * 200 < History().budget_bytes


def test_a_far_step_is_reached_in_slices_each_of_which_stops_at_a_step(document: Document) -> None:
    end = document.snapshot(Quality.FINAL).layout
    positions = [step.position for step in document.history.steps]
    seen: list[Change] = []
    document.subscribe(seen.append)
    passed = []
    while document.history.position != positions[0]:
        assert document.go_to(positions[0], limit_px=1) is not None
        passed.append(document.history.position)
        step = next(step for step in document.history.steps if step.position == document.history.position)
        np.testing.assert_array_equal(step.thumbnail, document.class_ids)
    assert passed == positions[-2::-1]
    assert [change.kind for change in seen].count("history") == len(passed)
    while document.go_to(positions[-1], limit_px=1) is not None:
        pass
    assert document.snapshot(Quality.FINAL).layout == end
    assert document.go_to(positions[0], limit_px=1 << 30) is not None
    assert document.history.position == positions[0]


def test_a_slice_of_a_far_jump_restores_little_more_than_it_may() -> None:
    document = Document(Layout.blank(Size(2048, 1024), SKY), TABLE)
    for step in range(24):
        document.begin_stroke(step % 4 + 1)
        document.paint([(0, 40.0 * step), (2048, 40.0 * step + 30)], 20)
        document.commit_stroke()
    position, slices = document.history.steps[0].position, 0
    while document.go_to(position, limit_px=2 << 20) is not None:
        slices += 1
    assert 2 < slices < 24


def test_records_that_steps_share_are_counted_once_and_those_of_annotations_too(document: Document) -> None:
    many = tuple(RegionRecord(i + 1, "sky", Footprint(256, bytes(4096))) for i in range(100))
    _stroke(document, TREE, 3, 3)
    before_bytes = document.history.size_bytes
    assert document.annotate(document.generation, many, 101, {})
    _stroke(document, CAR, 3, 3)  # the records were made by the FINAL between the two
    first_bytes = document.history.size_bytes - before_bytes
    assert first_bytes > 100 * 256
    copies = tuple(replace(record) for record in many)  # as an engine that reads them anew gives them back
    assert document.annotate(document.generation, copies, 101, {})
    assert all(a is b for a, b in zip(document.records, many, strict=True))
    steps_bytes = document.history.size_bytes
    _stroke(document, ROAD, 3, 3)
    assert document.history.size_bytes - steps_bytes < first_bytes / 20
    footprints = tuple(replace(r, footprint=Footprint(256, bytes([r.id]) * 4096)) for r in many)
    assert document.annotate(document.generation, footprints, 101, {})
    before_bytes = document.history.size_bytes
    document.undo()  # the step takes up what the last FINAL wrote
    assert document.history.size_bytes - before_bytes > 100 * 4096
    document.undo()
    document.redo()
    document.redo()
    assert document.records == footprints
    assert document.history.size_bytes == sum(step.size_bytes for step in document.history.steps)
