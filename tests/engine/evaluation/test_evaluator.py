"""Judging whole pictures: every way of making one is scored, and nothing of a layout's own group is used."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch

from engine.cli import main
from engine.data.importers.folder import FolderImporter
from engine.data.png import read_png
from engine.data.sample import SampleError
from engine.evaluation.evaluator import (
    CANVAS,
    EMPTY,
    FULL,
    REAL,
    TWIN,
    TWIN_FILE,
    Evaluator,
    evaluate_split,
    scale_sample,
    spread_evenly,
)
from engine.evaluation.report import draw_sheet, report_of
from engine.networks.checkpoint import save_checkpoint
from engine.networks.features import KIND, FeatureConfig, FeatureNetwork
from engine.pipeline.pipeline import Pipeline
from tests.support.tiny_bank import build_tiny_bank
from tests.support.tiny_weights import write_tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture(scope="module")
def bank_path(folder):
    return build_tiny_bank(folder, count=4)


@pytest.fixture(scope="module")
def importer(folder, bank_path):
    return FolderImporter(folder / "tiny", None)


@pytest.fixture(scope="module")
def weights(folder):
    return write_tiny_weights(folder / "weights")


@pytest.fixture(scope="module")
def judge_path(folder, importer):
    path = folder / "evaluator.safetensors"
    config = FeatureConfig(len(importer.table), width=8)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        tensors = FeatureNetwork(config).state_dict()
    save_checkpoint(path, tensors, kind=KIND, config=asdict(config), table=importer.table, training={})
    return path


class WatchedPipeline(Pipeline):
    """Remembers what every run left out and what it placed."""

    def __init__(self, weights, bank_path):
        super().__init__(weights=weights, device="cpu", banks=[bank_path])
        self.runs = []

    def run(self, snapshot, **options):
        result = super().run(snapshot, **options)
        placed = {(c.provenance.dataset, c.provenance.group) for c in result.segments.values()}
        self.runs.append((options["excluded_groups"], placed))
        return result


def test_every_way_is_scored_and_no_picture_is_made_of_its_own_group(importer, bank_path, weights, judge_path):
    pipeline = WatchedPipeline(weights, bank_path)
    evaluation = evaluate_split(importer, pipeline, Evaluator(judge_path), limit=2, scenes=1)
    rows = {row.name: row for row in evaluation.rows}
    assert list(rows) == [REAL, CANVAS, FULL, EMPTY, TWIN]
    assert evaluation.photographs == 2
    assert rows[REAL].frechet_middle == pytest.approx(0, abs=1e-6)
    assert rows[REAL].spectrum == 0
    assert rows[CANVAS].frechet_deep > 0
    assert rows[EMPTY].copied == 0
    assert rows[CANVAS].copied > 0
    assert rows[REAL].ms is None
    assert (rows[FULL].ms or 0) > 0
    assert all(0 <= row.miou <= 1 and 0 <= row.accuracy <= 1 for row in evaluation.rows)
    assert len(pipeline.runs) == 2
    for excluded, placed in pipeline.runs:
        assert len(excluded) == 1
        assert placed
        assert not excluded & placed
    sheet = draw_sheet(evaluation.scenes)
    assert sheet.dtype == np.uint8
    assert sheet.shape[0] > 192
    report = report_of(evaluation, None, {"split": "all"})
    assert json.loads(json.dumps(report, allow_nan=False))["rows"][0]["name"] == REAL


def test_without_weights_of_the_twin_there_is_no_row_of_it(importer, bank_path, folder, judge_path):
    lone = write_tiny_weights(folder / "lone")
    (lone / TWIN_FILE).unlink()
    pipeline = Pipeline(weights=lone, device="cpu", banks=[bank_path])
    evaluation = evaluate_split(importer, pipeline, Evaluator(judge_path), limit=1)
    assert [row.name for row in evaluation.rows] == [REAL, CANVAS, FULL, EMPTY]
    assert evaluation.scenes == ()


def test_a_sample_is_scaled_to_the_rows_asked_for(importer):
    rgb, layout = scale_sample(importer.load(importer.names()[0]), 32)
    assert rgb.shape == (32, 48, 3)
    assert layout.class_ids.shape == (32, 48)


def test_names_are_spread_evenly():
    names = [str(i) for i in range(10)]
    assert spread_evenly(names, 2) == ["2", "7"]
    assert spread_evenly(names, None) == names
    assert spread_evenly(names, 30) == names


def test_a_split_without_a_readable_photograph_is_refused(importer, bank_path, weights, judge_path):
    class Broken:
        table = importer.table

        def names(self):
            return ["gone"]

        def load(self, name):
            raise SampleError(name, "truncated")

    with pytest.raises(SampleError, match="gone: truncated"):
        evaluate_split(Broken(), Pipeline(weights=weights, device="cpu", banks=[bank_path]), Evaluator(judge_path))


def test_a_sheet_of_nothing_is_refused():
    with pytest.raises(ValueError, match="one scene"):
        draw_sheet(())


def test_the_command_prints_json_and_writes_the_sheet(folder, bank_path, weights, judge_path, tmp_path, capsys):
    sheet = tmp_path / "sheet.png"
    arguments = ["evaluate", "--importer", "folder", "--root", str(folder / "tiny")]
    options = ["--bank", bank_path, "--weights", weights, "--evaluator", judge_path, "--sheet", sheet]
    status = main([*arguments, *map(str, options), "--limit", "1", "--json", "--device", "cpu"])
    report = json.loads(capsys.readouterr().out)
    assert status == 0
    assert report["photographs"] == 1
    assert report["evaluator"] == Evaluator(judge_path).digest
    assert [row["name"] for row in report["rows"]] == [REAL, CANVAS, FULL, EMPTY, TWIN]
    assert read_png(sheet.read_bytes())[0].shape[2] == 3
