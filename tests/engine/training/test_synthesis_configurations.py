"""Training of the twin, of the paper's network and with VGG-19: golden losses, and one batch learnt by heart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.bank.bank import Bank
from engine.geometry import Size
from engine.networks.checkpoint import load_checkpoint
from engine.networks.configurations import ConfigurationName, build_network, named_configuration
from engine.networks.features import FeatureConfig, FeatureNetwork
from engine.networks.paper import PaperConfig, PaperSynthesisNetwork
from engine.networks.vgg import LEVEL_WEIGHTS, LoadedFeatures, VggNetwork
from engine.pipeline.synthesis import load_synthesis
from engine.training.config import TrainingConfig
from engine.training.losses import PAPER_PERCEPTUAL, LossConfig, perceptual_loss
from engine.training.synthesis import SynthesisRecipe, SynthesisTask
from engine.training.trainer import train_network
from tests.support.learning import overfit
from tests.support.tiny_bank import build_tiny_bank

pytestmark = pytest.mark.usefixtures("one_thread")

GOLDEN: dict[tuple[ConfigurationName, bool], tuple[float, ...]] = {
    ("default", False): (0.59, 1.0291, 1.4025),
    ("default", True): (1.5351, 1.2833, 1.3945),
    ("paper-quarter", False): (1.4205, 1.1971, 1.3817),
}
"""First, third and sixth loss, by configuration and whether it is the twin."""


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Open a bank of drawn streets."""
    opened = Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank"), count=4))
    yield opened
    opened.close()


def _features(bank: Bank) -> LoadedFeatures:
    torch.manual_seed(5)
    return LoadedFeatures(FeatureNetwork(FeatureConfig(classes=len(bank.table), width=8)).eval(), "none")


def _task(bank: Bank, name: ConfigurationName, *, parametric: bool = False) -> SynthesisTask:
    return SynthesisTask(
        bank, _features(bank), seed=0, parametric=parametric, rows=64, crop=Size(64, 32), configuration=name
    )


@pytest.mark.parametrize(("name", "parametric"), GOLDEN)
def test_the_first_steps_are_as_they_always_were(bank: Bank, tmp_path: Path, name: ConfigurationName, parametric: bool):
    path = tmp_path / "w.safetensors"
    config = TrainingConfig(steps=6, batch_size=2, learning_rate=2e-3, warmup_steps=2, bfloat16=False, seed=3)
    report = train_network(_task(bank, name, parametric=parametric), config, path)
    assert [report.losses[i] for i in (0, 2, 5)] == pytest.approx(GOLDEN[name, parametric], rel=0.03)
    loaded = load_synthesis(path, bank.table, device="cpu")
    assert loaded.network.config == named_configuration(name, len(bank.table), parametric=parametric)
    record = load_checkpoint(path, kind=("synthesis", "paper")).training
    assert record["config"]["seed"] == 3
    assert record["data"]["digest"] == bank.digest
    assert len(record["curve"]) == 6
    assert record["data"]["features_name"] == "features"


@pytest.mark.parametrize(("name", "parametric"), [("default", True), ("paper-quarter", False)])
def test_it_overfits_one_batch(bank: Bank, name: ConfigurationName, parametric: bool):
    task = _task(bank, name, parametric=parametric)
    batch = task.make_batch(np.random.default_rng(0), 1)
    first, last = overfit(task, batch, steps=30, learning_rate=5e-3)
    assert last < 0.75 * first


def test_the_papers_examples_fit_its_frame(bank: Bank):
    batch = _task(bank, "paper-quarter").make_batch(np.random.default_rng(0), 2)
    assert batch["canvas"].shape == (2, 3, 64, 64)


def test_at_full_width_the_papers_network_takes_one_step():
    torch.manual_seed(0)
    config = named_configuration("paper", 11)
    assert config == PaperConfig(11)
    network = build_network(config)
    assert isinstance(network, PaperSynthesisNetwork)
    layout = torch.zeros(1, 12, 64, 64)
    layout[:, 3] = 1
    inputs = torch.rand(1, 3, 64, 64), torch.ones(1, 3, 64, 64) / 3, layout
    wanted = torch.full((1, 3, 64, 64), 0.8)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.01)
    loss = (network(*inputs).generated - wanted).abs().mean()
    loss.backward()
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    with torch.inference_mode():
        assert float((network(*inputs).generated - wanted).abs().mean()) < float(loss.detach())


def test_a_photograph_narrower_than_an_example_is_continued(bank: Bank):
    task = SynthesisTask(bank, _features(bank), seed=0, parametric=False, rows=64, crop=Size(160, 96))
    batch = task.make_batch(np.random.default_rng(0), 3)
    assert batch["photograph"].shape == (3, 3, 96, 160)
    assert torch.equal(batch["layout"].sum(1), torch.ones(3, 96, 160))


def test_with_vgg_the_levels_count_as_in_the_paper(bank: Bank):
    torch.manual_seed(0)
    features = LoadedFeatures(VggNetwork().eval(), "0" * 16)
    recipe = SynthesisRecipe(losses=LossConfig(pixels=0, perceptual=PAPER_PERCEPTUAL))
    task = SynthesisTask(bank, features, seed=0, parametric=True, recipe=recipe, rows=64, crop=Size(64, 32))
    assert task.data_record["features_name"] == "VGG-19"
    assert task.data_record["features"] == "0" * 16
    batch = task.make_batch(np.random.default_rng(0), 1)
    loss, parts = task.loss(batch)
    assert float(loss.detach()) == pytest.approx(parts["perceptual"])
    loss.backward()
    assert all(p.grad is not None for n, p in task.network.named_parameters() if n.startswith("head"))


def test_given_weights_count_levels_and_no_mean_magnitude():
    got, wanted = [torch.full((1, 1, 2, 2), 3.0)] * 5, [torch.ones(1, 1, 2, 2)] * 5
    loss = perceptual_loss(got, wanted, torch.zeros(1), level_weights=(1, 2, 3, 4, 5))
    assert float(loss) == pytest.approx(2.0 * 15)
    retrieved = perceptual_loss(got, wanted, torch.ones(1), level_weights=(1, 2, 3, 4, 5))
    assert float(retrieved) == 0.0
    assert [round(w / LEVEL_WEIGHTS[0] / 2.6, 4) for w in LEVEL_WEIGHTS] == [
        round(w, 4) for w in (1 / 2.6, 1 / 4.8, 1 / 3.7, 1 / 5.6, 10 / 1.5)
    ]
