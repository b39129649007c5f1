"""Classes a painter added, renamed, recoloured or deleted are synthesised as what they look like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.classes import ClassTable, builtin_class_table
from engine.document.document import Document
from engine.document.project_file import load_project, save_project
from engine.document.snapshot import Quality
from engine.layout import Layout
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import Result
from tests.support.tiny_bank import build_tiny_bank
from tests.support.tiny_weights import write_tiny_weights

TABLE = builtin_class_table("street")


@pytest.fixture(scope="module")
def bank_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="module")
def pipeline(bank_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return Pipeline(write_tiny_weights(tmp_path_factory.mktemp("weights")), "cpu", [bank_path])


@pytest.fixture
def layout(bank_path: Path) -> Layout:
    bank = Bank.open(bank_path)
    layout = bank.layout(bank.sources()[0].key)
    bank.close()
    return layout


def _picture(pipeline: Pipeline, layout: Layout, table: ClassTable) -> Result:
    return pipeline.run(Document(layout, table).snapshot(Quality.FINAL))


def _most_painted(layout: Layout) -> int:
    return int(np.bincount(layout.class_ids.ravel(), minlength=256)[: len(TABLE)].argmax())


def test_a_class_of_ones_own_gets_segments_and_the_picture_of_what_it_looks_like(pipeline: Pipeline, layout: Layout):
    base = TABLE[_most_painted(layout)]
    own = replace(base, id=len(TABLE), key="my_own", name="Mine", colour=(1, 2, 3), synonyms=(), looks_like=base.key)
    table = replace(TABLE, classes=(*TABLE.classes, own))
    class_ids = np.where(layout.class_ids == base.id, np.uint8(own.id), layout.class_ids)
    expected = _picture(pipeline, layout, TABLE)
    made = _picture(pipeline, Layout(class_ids, layout.instance_ids.copy()), table)
    regions = [region for region in made.regions if region.class_key == "my_own"]
    assert regions and any(region.candidates for region in regions)
    assert np.array_equal(made.canvas, expected.canvas)
    assert np.array_equal(made.image, expected.image)


def test_ids_that_moved_up_after_a_class_was_deleted_still_mean_the_same(pipeline: Pipeline, layout: Layout):
    used = set(np.unique(layout.class_ids).tolist())
    gone = next(info.id for info in TABLE if info.id not in used)
    kept = [info for info in TABLE if info.id != gone]
    table = replace(TABLE, classes=tuple(replace(info, id=i) for i, info in enumerate(kept)))
    lookup = np.arange(256, dtype=np.uint8)
    for info in table:
        lookup[TABLE.get(info.key).id] = info.id  # type: ignore[union-attr]
    made = _picture(pipeline, Layout(lookup[layout.class_ids], layout.instance_ids.copy()), table)
    assert np.array_equal(made.image, _picture(pipeline, layout, TABLE).image)


def test_new_names_and_colours_change_no_picture(pipeline: Pipeline, layout: Layout):
    renamed = tuple(replace(info, name=f"New {info.name}", colour=(info.id, 9, 9)) for info in TABLE)
    made = _picture(pipeline, layout, replace(TABLE, classes=renamed))
    assert np.array_equal(made.image, _picture(pipeline, layout, TABLE).image)


def test_a_project_with_a_class_of_ones_own_opens_again_and_gives_the_same_picture(
    pipeline: Pipeline, layout: Layout, tmp_path: Path
):
    base = TABLE[_most_painted(layout)]
    own = replace(base, id=len(TABLE), key="my_own", name="Mine", colour=(1, 2, 3), synonyms=(), looks_like=base.key)
    document = Document(layout, TABLE)
    document.replace_table(replace(TABLE, classes=(*TABLE.classes, own)), {base.id: own.id})
    snapshot = document.snapshot(Quality.FINAL)
    save_project(tmp_path / "own.tessera", snapshot)
    again = load_project(tmp_path / "own.tessera").build_document()
    assert again.table == document.table and again.table[own.id].looks_like == base.key
    made = pipeline.run(again.snapshot(Quality.FINAL))
    assert np.array_equal(made.image, pipeline.run(snapshot).image)
