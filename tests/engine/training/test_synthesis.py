"""Training of f: gradients, a golden loss, and one batch learnt by heart."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.bank.bank import Bank
from engine.geometry import Size
from engine.networks.checkpoint import load_checkpoint
from engine.networks.features import FeatureConfig, FeatureNetwork
from engine.pipeline.canvas import CANVAS_VERSION
from engine.training.config import TrainingConfig
from engine.training.synthesis import SynthesisTask, fold_batch_norms
from engine.training.trainer import train_network
from tests.support.learning import one_thread, overfit
from tests.support.tiny_bank import build_tiny_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank"), count=4))


def _task(bank: Bank, *, parametric: bool = False) -> SynthesisTask:
    torch.manual_seed(5)
    features = FeatureNetwork(FeatureConfig(classes=len(bank.table), width=8)).eval()
    return SynthesisTask(bank, features, "none", seed=0, parametric=parametric, rows=64, crop=Size(64, 32))


def test_a_batch_has_a_canvas_a_layout_and_the_photograph(bank: Bank) -> None:
    batch = _task(bank).make_batch(np.random.default_rng(0), 3)
    assert {name: tuple(t.shape) for name, t in batch.items()} == {
        "canvas": (3, 3, 32, 64),
        "presence": (3, 3, 32, 64),
        "layout": (3, 12, 32, 64),
        "photograph": (3, 3, 32, 64),
    }
    assert torch.equal(batch["presence"].sum(1), torch.ones(3, 32, 64))
    assert batch["presence"][:, 2].mean() > 0.1


def test_the_twin_never_sees_a_canvas(bank: Bank) -> None:
    batch = _task(bank, parametric=True).make_batch(np.random.default_rng(0), 4)
    assert not batch["canvas"].any()
    assert bool((batch["presence"][:, 0] == 1).all())


def test_it_overfits_one_batch(bank: Bank) -> None:
    task = _task(bank)
    with one_thread():
        first, last = overfit(task, task.make_batch(np.random.default_rng(0), 2), steps=50, learning_rate=1e-2)
    assert last < 0.7 * first


def test_the_loss_curve_repeats_itself(bank: Bank, tmp_path: Path) -> None:
    config = TrainingConfig(steps=4, batch_size=2, learning_rate=3e-3, warmup_steps=1, bfloat16=False)
    with one_thread():
        one = train_network(_task(bank), config, tmp_path / "a.safetensors")
        other = train_network(_task(bank), config, tmp_path / "b.safetensors")
    assert one.losses == pytest.approx(other.losses, rel=1e-6)
    loaded = load_checkpoint(tmp_path / "a.safetensors", kind="synthesis", table=bank.table)
    assert loaded.canvas_version == CANVAS_VERSION
    assert loaded.training["data"]["digest"] == bank.digest


def test_folding_batch_norms_changes_no_feature() -> None:
    torch.manual_seed(0)
    network = FeatureNetwork(FeatureConfig(classes=3, width=8))
    network.train()
    network(torch.rand(2, 3, 32, 32))  # gives the batch norms statistics of their own
    network.eval()
    picture = torch.rand(1, 3, 32, 32)
    for one, other in zip(network.features(picture), fold_batch_norms(network).features(picture), strict=True):
        assert torch.allclose(one, other, atol=1e-4)
