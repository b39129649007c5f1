"""Judging whole pictures: every way of making one is scored, and nothing of a layout's own group is used."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.cli import main
from engine.data.importers.folder import FolderImporter
from engine.data.png import read_png
from engine.data.sample import SampleError
from engine.evaluation.evaluator import (
    CANVAS,
    EMPTY,
    FULL,
    OTHER,
    PAPER,
    REAL,
    TWIN,
    Evaluator,
    Picture,
    judge_pictures,
    scale_sample,
    spread_evenly,
)
from engine.evaluation.painting import TWIN_FILE, evaluate_split
from engine.evaluation.report import report_of
from engine.networks.checkpoint import save_checkpoint
from engine.networks.configurations import PAPER_KIND
from engine.networks.features import KIND, FeatureConfig, FeatureNetwork
from engine.networks.paper import PaperConfig, PaperSynthesisNetwork
from engine.networks.vgg import VggNetwork
from engine.pipeline.canvas import CANVAS_VERSION
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.weights import PAPER_FILE
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
    assert (rows[FULL].detail or 0) >= 0
    assert rows[REAL].detail is rows[EMPTY].detail is None
    assert evaluation.untrained == (PAPER,)
    assert all(0 <= row.miou <= 1 and 0 <= row.accuracy <= 1 for row in evaluation.rows)
    assert len(pipeline.runs) == 2
    for excluded, placed in pipeline.runs:
        assert len(excluded) == 1
        assert placed
        assert not excluded & placed
    report = report_of(evaluation, None, {"split": "all"})
    assert json.loads(json.dumps(report, allow_nan=False))["rows"][0]["name"] == REAL


def test_without_weights_of_the_twin_there_is_no_row_of_it(importer, bank_path, folder, judge_path):
    lone = write_tiny_weights(folder / "lone")
    (lone / TWIN_FILE).unlink()
    pipeline = Pipeline(weights=lone, device="cpu", banks=[bank_path])
    evaluation = evaluate_split(importer, pipeline, Evaluator(judge_path), limit=1)
    assert [row.name for row in evaluation.rows] == [REAL, CANVAS, FULL, EMPTY]
    assert evaluation.scenes == ()


def test_the_papers_network_is_judged_where_it_was_trained(importer, bank_path, folder, judge_path):
    weights = write_tiny_weights(folder / "paper")
    config = PaperConfig(len(importer.table), width_share=1 / 64)
    save_checkpoint(
        weights / PAPER_FILE,
        PaperSynthesisNetwork(config).state_dict(),
        kind=PAPER_KIND,
        config=asdict(config),
        table=importer.table,
        training={},
        canvas_version=CANVAS_VERSION,
    )
    pipeline = Pipeline(weights=weights, device="cpu", banks=[bank_path])
    evaluation = evaluate_split(importer, pipeline, Evaluator(judge_path), limit=1, scenes=1)
    assert [row.name for row in evaluation.rows] == [REAL, CANVAS, FULL, EMPTY, TWIN, PAPER]
    assert evaluation.untrained == ()
    assert evaluation.rows[-1].copied == 0
    assert evaluation.scenes[0].pictures[PAPER].shape == evaluation.scenes[0].pictures[REAL].shape


def test_another_bank_has_a_row_of_its_own(importer, bank_path, weights, judge_path, tmp_path):
    other = Pipeline(weights=weights, device="cpu", banks=[build_tiny_bank(tmp_path, count=2, seed=9, name="other")])
    pipeline = Pipeline(weights=weights, device="cpu", banks=[bank_path])
    evaluation = evaluate_split(importer, pipeline, Evaluator(judge_path), other=other, limit=1, scenes=1)
    assert [row.name for row in evaluation.rows] == [REAL, CANVAS, FULL, EMPTY, TWIN, OTHER]
    pictures = evaluation.scenes[0].pictures
    assert not np.array_equal(pictures[OTHER], pictures[FULL])


def test_distances_are_taken_with_other_features_where_they_are_given(judge_path, tmp_path):
    torch.manual_seed(3)
    vgg, tensors, number = VggNetwork(), {}, 0
    for block in vgg.blocks:
        for convolution in block:  # pyright: ignore[reportGeneralTypeIssues] - blocks hold convolutions
            tensors |= {f"features.{number}.{name}": p.clone() for name, p in convolution.named_parameters()}
            number += 2
        number += 1
    save_file(tensors, tmp_path / "vgg19.safetensors")
    own, other = Evaluator(judge_path), Evaluator(judge_path, tmp_path / "vgg19.safetensors")
    rgb = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    assert other.digest == own.digest
    assert (own.features.name, other.features.name) == ("features", "VGG-19")
    assert other.level_widths == (256, 512)
    assert np.array_equal(own.read(rgb)[0], other.read(rgb)[0])
    assert [part.shape for part in other.read(rgb)[1:]] == [(8 * 12, 256), (2 * 3, 512)]


def test_best_and_worst_are_kept_in_order_and_no_scene_is_both(importer, bank_path, weights, judge_path):
    pipeline = Pipeline(weights=weights, device="cpu", banks=[bank_path])
    evaluation = evaluate_split(importer, pipeline, Evaluator(judge_path), ranked=8)
    best, worst = ([s.agreement[FULL] for s in scenes] for scenes in (evaluation.best, evaluation.worst))
    assert len(best) == len(worst) == 2
    assert best == sorted(best, reverse=True)
    assert worst == sorted(worst)
    assert min(best) >= max(worst)
    assert not {s.name for s in evaluation.best} & {s.name for s in evaluation.worst}


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


def test_the_command_prints_json_and_writes_the_sheet(folder, bank_path, weights, judge_path, tmp_path, capsys):
    sheet = tmp_path / "sheet.png"
    arguments = ["evaluate", "--importer", "folder", "--root", str(folder / "tiny")]
    ranked = tmp_path / "ranked.webp"
    options = ["--bank", bank_path, "--weights", weights, "--evaluator", judge_path, "--sheet", sheet]
    options += ["--best-worst", ranked]
    status = main([*arguments, *map(str, options), "--limit", "1", "--json", "--device", "cpu"])
    report = json.loads(capsys.readouterr().out)
    assert status == 0
    assert report["photographs"] == 1
    assert report["evaluator"] == Evaluator(judge_path).digest
    assert [row["name"] for row in report["rows"]] == [REAL, CANVAS, FULL, EMPTY, TWIN, PAPER]
    assert report["rows"][-1]["note"] == "not trained here"
    assert report["rows"][-1]["miou"] is None
    assert report["other_bank"] is None
    assert read_png(sheet.read_bytes())[0].shape[2] == 3
    assert ranked.read_bytes()[8:12] == b"WEBP"


def test_small_pictures_are_enlarged_for_the_judge_and_the_photographs_beside_them(importer, judge_path, monkeypatch):
    seen, read = [], Evaluator.read

    def watch(judge, rgb):
        seen.append(rgb.shape)
        return read(judge, rgb)

    monkeypatch.setattr(Evaluator, "read", watch)
    grey = {FULL: Picture(np.full((32, 48, 3), 128, np.uint8), copied=0.25)}
    evaluation = judge_pictures(importer, lambda _layout, _group: grey, Evaluator(judge_path), rows=32, limit=1)
    assert seen == [(256, 384, 3), (256, 384, 3)]
    real, full = evaluation.rows
    assert (real.name, real.frechet_middle) == (REAL, pytest.approx(0, abs=1e-6))
    assert (full.name, full.copied) == (FULL, 0.25)
    assert full.frechet_middle > real.frechet_middle
