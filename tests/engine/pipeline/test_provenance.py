"""Every pixel can say where it came from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.classes import builtin_class_table
from engine.data.sample import Provenance
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.provenance import credits_json, credits_markdown, credits_of, pixel_provenance
from engine.pipeline.results import Result
from tests.support.tiny_bank import build_tiny_bank
from tests.support.tiny_weights import write_tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("provenance")
    write_tiny_weights(folder / "weights")
    build_tiny_bank(folder)
    return folder


@pytest.fixture(scope="module")
def bank(folder: Path) -> Bank:
    return Bank.open(folder / "tiny.bank")


@pytest.fixture
def result(folder: Path, bank: Bank) -> Result:
    document = Document(bank.layout(bank.sources()[0].key), builtin_class_table("street"))
    pipeline = Pipeline(folder / "weights", "cpu", [folder / "tiny.bank"])
    return pipeline.run(document.snapshot(Quality.FINAL))


def test_a_pixel_names_the_photograph_and_the_place_it_was_copied_from(result: Result, bank: Bank) -> None:
    height, width = result.segment_index.shape
    checked = continued = 0
    for y in range(0, height, 5):
        for x in range(0, width, 5):
            told = pixel_provenance(result, x, y)
            assert told is not None
            if told.segment_key is None:
                assert told.copied == 0
                continue
            item = result.items[result.segment_index[y, x] - 1]
            assert (told.segment_key, told.record_id) == (item.segment_key, item.record_id)
            assert told.provenance is not None
            assert told.provenance.licence == "CC0"
            assert 0 <= told.copied <= 1
            if told.source_xy is None:  # texture that goes on beyond the segment is nowhere in the photograph
                continued += 1
            elif item.colour_map is None:
                photograph = bank.photograph(str(told.source_key))
                column, row = (
                    int(np.clip(round(v), 0, side - 1)) for v, side in zip(told.source_xy, (96, 64), strict=True)
                )
                near = photograph[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].astype(int)
                inside = (near.min((0, 1)) - 2 <= result.canvas[y, x]) & (result.canvas[y, x] <= near.max((0, 1)) + 2)
                assert inside.all()
                checked += 1
    assert checked > 20
    assert continued < checked


def test_outside_the_picture_there_is_nothing_to_tell(result: Result) -> None:
    assert pixel_provenance(result, -1, 0) is None
    assert pixel_provenance(result, 0, result.image.shape[0]) is None


def test_the_credits_name_every_photograph_that_shows_and_no_other(result: Result) -> None:
    rows = credits_of(result)
    shown = {result.segments[result.items[i - 1].segment_key].source_key for i in np.unique(result.segment_index) if i}
    assert {row.source_key for row in rows} == shown
    assert [row.share for row in rows] == sorted((row.share for row in rows), reverse=True)
    assert sum(row.share for row in rows) == pytest.approx(float(result.copy_share.mean()) / 255, abs=1e-6)
    assert credits_json(result) == credits_json(result)
    assert len(json.loads(credits_json(result))["photographs"]) == len(rows)


def test_a_picture_without_photographs_says_so(folder: Path) -> None:
    layout = Bank.open(folder / "tiny.bank").layout(Bank.open(folder / "tiny.bank").sources()[0].key)
    result = Pipeline(folder / "weights", "cpu").run(
        Document(layout, builtin_class_table("street")).snapshot(Quality.FINAL)
    )
    assert credits_of(result) == ()
    assert "100.0 %" in credits_markdown(result)
    told = pixel_provenance(result, 3, 3)
    assert told is not None
    assert (told.segment_key, told.copied) == (None, 0.0)


def test_a_hostile_author_cannot_leave_its_cell_of_the_sheet(result: Result) -> None:
    hostile = Provenance("D", "f.jpg", author="a | b\n# [c](javascript:x) <img>", licence="")
    segments = {key: replace(crop, provenance=hostile) for key, crop in result.segments.items()}
    text = credits_markdown(replace(result, segments=segments))
    rows = [line for line in text.splitlines() if line.startswith("| D/f")]
    assert rows
    assert all(line.replace("\\|", "").count("|") == 6 for line in rows)
    assert "<img>" not in text
    assert "unknown" in rows[0]
