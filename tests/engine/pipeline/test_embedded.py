"""Candidates among the segments that a project carries itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.bank.descriptors import context_grid, describe_region
from engine.classes import builtin_class_table
from engine.document.document import Document
from engine.document.project_file import load_project, save_project
from engine.document.snapshot import Quality, SegmentCrop
from engine.geometry import Bounds, Size
from engine.layout import Layout, frozen
from engine.pipeline.cache import StageCache
from engine.pipeline.embedded import embedded_candidates
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import Result
from engine.regions import find_regions
from tests.support.crops import make_crop
from tests.support.tiny_bank import build_tiny_bank
from tests.support.tiny_weights import write_tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = builtin_class_table("street")
SIZE = Size(128, 64)


def crop_at(key: str, bounds: Bounds, *, class_key: str = "car", source: str = "one") -> SegmentCrop:
    crop = make_crop(key, class_key=class_key, width=bounds.width, height=bounds.height)
    mask = frozen(np.ones((bounds.height, bounds.width), np.bool_))
    return replace(crop, bounds=bounds, source_size=SIZE, mask=mask, source_key=source)


def candidates(segments: list[SegmentCrop], **options: object) -> list[str]:
    class_ids = np.full((64, 128), 3, np.uint8)
    class_ids[20:40, 30:70] = 8
    layout = Layout.from_classes(class_ids)
    region = next(r for r in find_regions(layout, TABLE) if r.class_id == 8)
    descriptor = describe_region(region, SIZE, context_grid(class_ids, TABLE))
    found = embedded_candidates(
        descriptor,
        "car",
        {s.key: s for s in segments},
        TABLE,
        StageCache({}),
        **options,  # type: ignore[arg-type]
    )
    assert all(candidate.context_iou == 0 for candidate in found)
    return [candidate.segment_key for candidate in found]


def test_the_shape_that_covers_the_region_comes_first():
    exact, shifted = crop_at("exact", Bounds(30, 20, 70, 40)), crop_at("shifted", Bounds(50, 20, 90, 40))
    assert candidates([shifted, exact]) == ["exact", "shifted"]


def test_other_classes_and_banned_segments_are_left_out():
    box = Bounds(30, 20, 70, 40)
    segments = [crop_at("tree", box, class_key="tree"), crop_at("banned", box), crop_at("b", box, source="two")]
    assert candidates(segments, banned={"banned"}, banned_sources={"two"}) == []
    assert candidates(segments, banned={"banned"}) == ["b"]


def test_a_synonym_is_the_same_class():
    assert candidates([crop_at("bus", Bounds(30, 20, 70, 40), class_key="bus")]) == ["bus"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Result]:
    """A project with two cars, made with a bank; its weights; and its picture."""
    folder = tmp_path_factory.mktemp("made")
    weights = tmp_path_factory.mktemp("weights")
    write_tiny_weights(weights)
    bank_path = build_tiny_bank(tmp_path_factory.mktemp("bank"))
    bank = Bank.open(bank_path)
    class_ids = bank.layout(bank.sources()[0].key).class_ids.copy()
    bank.close()
    class_ids[class_ids == 8] = 3
    class_ids[40:48, 30:44] = 8
    class_ids[44:56, 60:84] = 8
    document = Document(Layout.from_classes(class_ids), TABLE)
    pipeline = Pipeline(weights, "cpu", [bank_path])
    result = pipeline.run(document.snapshot(Quality.FINAL))
    assert result.records is not None
    document.annotate(document.generation, result.records, result.next_record_id, result.segments)
    cars = [region for region in result.regions if region.class_key == "car"]
    other = next(c for c in cars[1].candidates if c.segment_key != cars[0].choice)
    document.pick(cars[1].record_id, other.segment_key)
    result = pipeline.run(document.snapshot(Quality.FINAL))
    assert result.records is not None
    document.annotate(document.generation, result.records, result.next_record_id, result.segments)
    save_project(folder / "cars.tessera", document.snapshot(Quality.FINAL))
    return folder / "cars.tessera", weights, result


def test_a_project_without_its_bank_shows_the_same_canvas(made: tuple[Path, Path, Result]):
    path, weights, result = made
    document = load_project(path).build_document()
    again = Pipeline(weights, "cpu", []).run(document.snapshot(Quality.FINAL))
    assert np.array_equal(again.canvas, result.canvas)
    assert np.array_equal(again.image, result.image)


def test_embedded_segments_can_be_swapped_without_the_bank(made: tuple[Path, Path, Result]):
    path, weights, result = made
    document = load_project(path).build_document()
    pipeline = Pipeline(weights, "cpu", [])
    first = pipeline.run(document.snapshot(Quality.FINAL))
    cars = [region for region in first.regions if region.class_key == "car"]
    assert {c.segment_key for c in cars[0].candidates} == {cars[0].choice, cars[1].choice}
    assert cars[1].choice is not None
    document.pick(cars[0].record_id, cars[1].choice)
    swapped = pipeline.run(document.snapshot(Quality.FINAL))
    assert next(r for r in swapped.regions if r.record_id == cars[0].record_id).choice == cars[1].choice
    assert not np.array_equal(swapped.canvas, result.canvas)
