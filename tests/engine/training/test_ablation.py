"""Ablations of the training: each variant lacks one part, all are trained and judged alike, no weights are kept."""

from __future__ import annotations

from dataclasses import asdict, fields

import pytest
import torch

import engine.training.ablation
from engine.bank.bank import Bank
from engine.data.importers.folder import FolderImporter
from engine.evaluation.evaluator import CANVAS, EMPTY, FULL, REAL, Evaluator
from engine.geometry import Size
from engine.networks.checkpoint import save_checkpoint
from engine.networks.features import KIND, FeatureConfig, FeatureNetwork
from engine.training.ablation import BASE, VARIANTS, AblationError, Budget, TrainingBench
from engine.training.losses import LossConfig
from tests.support.learning import one_thread
from tests.support.tiny_bank import build_tiny_bank, draw_tiny_dataset
from tests.support.tiny_weights import write_tiny_weights


@pytest.fixture(scope="module", autouse=True)
def _small():
    with pytest.MonkeyPatch.context() as patch, one_thread():
        patch.setattr(engine.training.ablation, "ROWS", 32)
        patch.setattr(engine.training.ablation, "CROP", Size(32, 32))
        patch.setattr(engine.training.ablation, "BATCH_SIZE", 2)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ablation")


@pytest.fixture(scope="module")
def bank(folder):
    opened = Bank.open(build_tiny_bank(folder, count=4))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def features(folder, bank):
    path = folder / "features.safetensors"
    config = FeatureConfig(len(bank.table), width=8)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        tensors = FeatureNetwork(config).state_dict()
    save_checkpoint(path, tensors, kind=KIND, config=asdict(config), table=bank.table, training={})
    return path


@pytest.fixture(scope="module")
def held_out(folder):
    """Photographs of a drive the bank does not know."""
    root = draw_tiny_dataset(folder / "held", count=2, seed=1)
    sources = root / "sources.toml"
    sources.write_text(sources.read_text().replace("north", "east").replace("south", "east"))
    return FolderImporter(root, None)


@pytest.fixture(scope="module")
def make_bench(folder, bank, features, held_out):
    weights = write_tiny_weights(folder / "weights")

    def make(importer=held_out, **options):
        return TrainingBench(
            bank,
            importer,
            Evaluator(features),
            Budget(steps=2),
            features_path=features,
            weights=weights,
            folder=folder / "trained",
            **options,
        )

    return make


@pytest.fixture(scope="module")
def bench(make_bench):
    return make_bench()


def test_every_loss_and_every_kind_of_canvas_is_left_out_once():
    assert all(weight > 0 for weight in vars(BASE.losses).values())
    assert BASE.retrieved_share > 0
    assert min(BASE.simulation.colour_transfer, BASE.simulation.mismatched) > 0
    assert VARIANTS["base"].recipe == VARIANTS["base, other seed"].recipe == BASE
    assert VARIANTS["base"].copies
    left_out = []
    for variant in VARIANTS.values():
        losses = [f.name for f in fields(LossConfig) if not getattr(variant.recipe.losses, f.name)]
        canvases = [
            *(["retrieved"] if not variant.recipe.retrieved_share else []),
            *(["colour transfer"] if not variant.recipe.simulation.colour_transfer else []),
            *(["mismatched"] if not variant.recipe.simulation.mismatched else []),
        ]
        left_out.append((*losses, *canvases, *([] if variant.copies else ["copying"])))
    wanted = [*(f.name for f in fields(LossConfig)), "retrieved", "colour transfer", "mismatched", "copying"]
    assert sorted(left_out[2:]) == sorted((name,) for name in wanted)
    assert left_out[:2] == [(), ()]


def test_a_variant_is_trained_judged_and_forgotten(bench, folder):
    row = bench.run("base")
    assert [score.name for score in row.scores] == [REAL, CANVAS, FULL, EMPTY]
    assert row.photographs == 2
    assert row.minutes is not None
    assert row.score(REAL).frechet_middle == pytest.approx(0, abs=1e-6)
    assert row.score(FULL).copied > 0
    assert row.score(EMPTY).copied == 0
    assert not list((folder / "trained").iterdir())


def test_without_copying_nothing_is_copied_from_the_same_canvases(bench):
    row = bench.run("without copying")
    assert row.score(FULL).copied == 0
    assert row.score(CANVAS).copied > 0


def test_the_same_budget_gives_the_same_row_and_another_seed_another(bench):
    one, again, other = (bench.run(name).score(FULL).frechet_middle for name in ("base", "base", "base, other seed"))
    assert one == pytest.approx(again, rel=1e-6)
    assert other != pytest.approx(one, rel=1e-6)


def test_every_variant_is_trained_with_its_own_recipe_and_the_same_steps(bench, monkeypatch):
    seen = {}

    class StoppedError(Exception):
        pass

    def watch(task, config, _path, **_options):
        seen[len(seen)] = (task.config.copies, task.data_record["losses"], task.data_record["retrieved_share"], config)
        raise StoppedError

    monkeypatch.setattr(engine.training.ablation, "train_network", watch)
    for name in VARIANTS:
        with pytest.raises(StoppedError):
            bench.run(name)
    for (copies, losses, share, config), variant in zip(seen.values(), VARIANTS.values(), strict=True):
        assert copies == variant.copies
        assert losses == asdict(variant.recipe.losses)
        assert share == variant.recipe.retrieved_share
        assert (config.steps, config.seed) == (2, variant.seed_offset)


def test_so_many_photographs_are_judged_as_asked(make_bench):
    assert make_bench(limit=1).run("base").photographs == 1


def test_judging_what_f_is_trained_on_is_refused(make_bench, folder):
    with pytest.raises(AblationError, match="judged on what it is trained on"):
        make_bench(FolderImporter(folder / "tiny", None))


def test_an_unknown_variant_is_refused(bench):
    with pytest.raises(KeyError):
        bench.run("without everything")
