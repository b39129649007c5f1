"""The pixels of a document: what frozen copies share, and that nothing written later shows in them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.document import working_layout
from engine.document.working_layout import Patch, PixelChange, WorkingLayout
from engine.geometry import Bounds, Size
from engine.layout import Layout

SIZE = Size(40, 30)


def test_a_copy_shares_what_was_not_written_since_the_last() -> None:
    working = WorkingLayout(Layout.blank(SIZE, 1))
    first = working.frozen_copy()
    working.write_inside(Bounds(2, 3, 9, 8), np.ones((5, 7), np.bool_), 4, 0)
    second, third = working.frozen_copy(), working.frozen_copy()
    assert second.class_ids is not first.class_ids
    assert second.instance_ids is first.instance_ids
    assert third.class_ids is second.class_ids
    working.write_inside(Bounds(2, 3, 9, 8), np.ones((5, 7), np.bool_), 4, 6)
    assert working.frozen_copy().instance_ids is not first.instance_ids
    assert (first.class_ids == 1).all() and not first.instance_ids.any()


@pytest.mark.parametrize("instances", [1, 3])
def test_every_copy_keeps_what_was_there_when_it_was_made(instances: int) -> None:
    draw = np.random.default_rng(instances)
    working = WorkingLayout(Layout.blank(SIZE, 1))
    changes: list[PixelChange] = []
    copies: list[tuple[Layout, np.ndarray, np.ndarray]] = []
    for _ in range(60):
        left, top = int(draw.integers(0, 30)), int(draw.integers(0, 20))
        bounds = Bounds(left, top, left + 10, top + 10)
        working.write_inside(bounds, draw.random((10, 10)) < 0.5, int(draw.integers(4)), int(draw.integers(instances)))
        match int(draw.integers(4)):
            case 0:
                working.discard(SIZE.bounds)
            case 1 if changes:
                working.discard(SIZE.bounds)
                working.restore(changes.pop().before)
            case _:
                changes += [change for change in [working.commit(bounds)] if change is not None]
        copy = working.frozen_copy()
        assert np.array_equal(copy.class_ids, working.class_ids)
        assert np.array_equal(copy.instance_ids, working.instance_ids)
        copies.append((copy, working.class_ids.copy(), working.instance_ids.copy()))
    for copy, class_ids, instance_ids in copies:
        assert np.array_equal(copy.class_ids, class_ids)
        assert np.array_equal(copy.instance_ids, instance_ids)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (8, 8), (7, 31)])
@pytest.mark.parametrize("values", [1, 2, 200])
def test_packing_and_unpacking_bring_the_same_pixels(shape: tuple[int, int], values: int) -> None:
    draw = np.random.default_rng(0)
    class_ids = draw.integers(0, values, shape).astype(np.uint8)
    instance_ids = np.repeat(draw.integers(0, 60_000, (shape[0], 1)), shape[1], 1).astype(np.uint16)
    unpacked = Patch.of(class_ids, instance_ids).unpack()
    assert np.array_equal(unpacked[0], class_ids) and np.array_equal(unpacked[1], instance_ids)
    assert not Patch.of(class_ids, None).unpack()[1].any()


@pytest.mark.parametrize("instance_id", [0, 7])
def test_all_tiles_of_a_long_stroke_are_packed_together(monkeypatch: pytest.MonkeyPatch, instance_id: int) -> None:
    size = Size(2048, 1024)
    working = WorkingLayout(Layout.blank(size, 1))
    is_painted = np.eye(1024, 2048, dtype=np.bool_) | np.eye(1024, 2048, 900, dtype=np.bool_)
    working.write_mask(is_painted, 4, instance_id)
    packed: list[int] = []
    pack = working_layout._pack
    monkeypatch.setattr(working_layout, "_pack", lambda array: (packed.append(array.size), pack(array))[1])
    change = working.commit(size.bounds)
    assert change is not None and len(change.before.bounds) > 6
    assert len(packed) == (4 if instance_id else 2), "the release of a stroke waits for each"
    working.restore(change.before)
    assert (working.class_ids == 1).all() and not working.instance_ids.any()
    working.restore(change.after)
    assert np.array_equal(working.class_ids, np.where(is_painted, 4, 1))
    assert np.array_equal(working.instance_ids, np.where(is_painted, instance_id, 0))


def test_steps_restored_together_bring_the_same_pixels_as_one_by_one() -> None:
    draw = np.random.default_rng(5)
    size = Size(700, 300)
    working = WorkingLayout(Layout.blank(size, 1))
    changes: list[PixelChange] = []
    for step in range(12):
        left, top = int(draw.integers(0, 400)), int(draw.integers(0, 100))
        mask = draw.random((200, 300)) < draw.choice([0.02, 1.0])
        working.write_inside(Bounds(left, top, left + 300, top + 200), mask, step % 5 + 2, step % 3)
        changes += [change for change in [working.commit(size.bounds)] if change is not None]
    last = working.class_ids.copy(), working.instance_ids.copy()
    with working.restoring_many():
        for change in reversed(changes):
            working.restore(change.before)
    assert (working.class_ids == 1).all() and not working.instance_ids.any()
    with working.restoring_many():
        for change in changes:
            working.restore(change.after)
    assert np.array_equal(working.class_ids, last[0]) and np.array_equal(working.instance_ids, last[1])
