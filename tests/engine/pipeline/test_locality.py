"""Locality: what is far from an edit comes out byte for byte the same, though everything is computed anew."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.classes import VOID, builtin_class_table
from engine.document.document import Document
from engine.document.record import Mood, OrderCycleError
from engine.document.snapshot import Quality
from engine.geometry import Size
from engine.layout import Layout
from engine.pipeline.difference import compare_results
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import RegionResult, Result
from tests.support.tiny_bank import build_tiny_bank, draw_scene
from tests.support.tiny_weights import write_tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = builtin_class_table("street")
CLASSES = ("sky", "building", "road", "pavement", "tree", "car", "pole")
SIZE = (288, 96)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locality")
    write_tiny_weights(folder / "weights")
    build_tiny_bank(folder, count=10)
    return folder


@pytest.fixture
def pipeline(folder: Path) -> Pipeline:
    return Pipeline(folder / "weights", "cpu", [folder / "tiny.bank"])


def _wide_scene(seed: int) -> Document:
    rng = np.random.default_rng(seed)
    halves = [draw_scene(rng, (SIZE[0] // 3, SIZE[1])) for _ in range(3)]
    return Document(Layout.from_classes(np.hstack(halves)), TABLE)


def _final(pipeline: Pipeline, document: Document) -> Result:
    result = pipeline.run(document.snapshot(Quality.FINAL))
    assert result.records is not None
    document.annotate(document.generation, result.records, result.next_record_id, result.segments)
    return result


def _edit(document: Document, rng: np.random.Generator, result: Result) -> str:
    """Do one random thing a painter does, somewhere; return what it was."""
    kinds = [*DECISIONS] + 8 * ["stroke"] + ["fill"]
    kind = kinds[int(rng.integers(len(kinds)))]
    region = result.regions[int(rng.integers(len(result.regions)))]
    if kind in DECISIONS and region.choice is not None and len(region.candidates) > 2:
        DECISIONS[kind](document, rng, region)
    elif kind == "fill":
        x, y = (int(rng.integers(side)) for side in SIZE)
        document.fill(x, y, _class_id(rng))
    else:
        document.begin_stroke(VOID if rng.random() < 0.1 else _class_id(rng))
        start = rng.uniform(0, SIZE)
        far = start + rng.uniform(-15, 15, 2)
        document.paint([(float(x), float(y)) for x, y in (start, far)], float(rng.uniform(1, 7)))
        document.commit_stroke()
    return kind


def _other(region: RegionResult, rng: np.random.Generator) -> str:
    keys = [c.segment_key for c in region.candidates if c.segment_key != region.choice]
    return keys[int(rng.integers(len(keys)))]


def _reveal(document: Document, rng: np.random.Generator, region: RegionResult) -> None:
    document.begin_reveal(region.record_id, _other(region, rng))
    document.reveal([(float(rng.uniform(0, SIZE[0])), float(rng.uniform(0, SIZE[1])))], 9.0)
    document.commit_reveal()


def _turn(document: Document, rng: np.random.Generator, region: RegionResult) -> None:
    assert region.theta is not None
    document.set_theta(region.record_id, tuple(v + rng.uniform(-0.05, 0.05) for v in region.theta))  # type: ignore[arg-type]


def _reorder(document: Document, rng: np.random.Generator, region: RegionResult) -> None:
    for contact in region.contacts[:1]:
        with contextlib.suppress(OrderCycleError):
            document.put_in_front(*((contact.record_id, region.record_id)[:: 1 if contact.in_front else -1]))


DECISIONS: dict[str, Callable[[Document, np.random.Generator, RegionResult], None]] = {
    "pick": lambda d, rng, r: d.pick(r.record_id, _other(r, rng)),
    "ban": lambda d, _, r: d.ban(r.record_id, str(r.choice)),
    "ban source": lambda d, _, r: d.ban_source(r.record_id, r.candidates[0].source_key),
    "invent": lambda d, _, r: d.invent(r.record_id),
    "shuffle": lambda d, rng, r: d.shuffle([r.record_id], int(rng.integers(100))),
    "mood": lambda d, rng, r: d.set_mood(r.record_id, Mood(_other(r, rng), float(rng.uniform(-1, 1)))),
    "spill": lambda d, rng, r: d.set_spill(r.record_id, float(rng.uniform(0, 0.1))),
    "reveal": _reveal,
    "theta": _turn,
    "order": _reorder,
}


def _class_id(rng: np.random.Generator) -> int:
    info = TABLE.get(CLASSES[int(rng.integers(len(CLASSES)))])
    assert info is not None
    return info.id


def _check_edits(pipeline: Pipeline, folder: Path, seeds: range, count: int) -> None:
    shares = []
    for seed in seeds:
        document, rng = _wide_scene(seed), np.random.default_rng(seed)
        before = _final(pipeline, document)
        for number in range(count):
            what = _edit(document, rng, before)
            snapshot = document.snapshot(Quality.FINAL)
            after = _final(pipeline, document)
            difference = compare_results(before, after)
            assert not difference.is_everywhere
            assert difference.unexplained_px == 0, f"{what}, edit {number} of seed {seed}"
            shares.append(difference.changed_share)
            if number == 0:  # and it is no cache that keeps the rest
                fresh = Pipeline(folder / "weights", "cpu", [folder / "tiny.bank"]).run(snapshot)
                assert np.array_equal(fresh.image, after.image)
                assert fresh.records == after.records
            before = after
    assert np.mean(shares) < 0.7, "the test would pass if everything changed"


def test_twelve_random_edits_change_nothing_they_cannot_reach(pipeline: Pipeline, folder: Path) -> None:
    _check_edits(pipeline, folder, range(2), 6)


@pytest.mark.slow
def test_fifty_random_edits_change_nothing_they_cannot_reach(pipeline: Pipeline, folder: Path) -> None:
    _check_edits(pipeline, folder, range(10, 15), 10)


def test_settings_explain_every_change(pipeline: Pipeline) -> None:
    document = _wide_scene(3)
    before = _final(pipeline, document)
    document.change_settings(mood=Mood(warmth=0.8))
    difference = compare_results(before, _final(pipeline, document))
    assert difference.is_everywhere
    assert difference.changed_share > 0.2
    assert difference.unexplained_px == 0


def test_a_change_far_from_every_edit_is_found_out(pipeline: Pipeline) -> None:
    from dataclasses import replace

    document = _wide_scene(3)
    before = _final(pipeline, document)
    image = before.image.copy()
    image[5, 5] ^= 255
    canvas = before.canvas.copy()
    canvas[90, 200] ^= 255
    assert compare_results(before, replace(before, image=image)).unexplained_px == 1
    assert compare_results(before, replace(before, canvas=canvas)).unexplained_px == 1


def test_previews_and_other_sizes_are_not_compared(pipeline: Pipeline) -> None:
    document = _wide_scene(3)
    final = _final(pipeline, document)
    with pytest.raises(ValueError, match="previews"):
        compare_results(final, pipeline.run(document.snapshot(Quality.PREVIEW)))
    other = pipeline.run(Document(Layout.blank(Size(96, 64)), TABLE).snapshot(Quality.FINAL))
    with pytest.raises(ValueError, match="sizes"):
        compare_results(final, other)
