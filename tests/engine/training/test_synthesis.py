"""Training of f: gradients, a golden loss, and one batch learnt by heart."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.bank.bank import Bank
from engine.classes import VOID
from engine.geometry import Size
from engine.layout import Layout
from engine.networks.checkpoint import load_checkpoint
from engine.networks.features import FeatureConfig, FeatureNetwork
from engine.networks.synthesis import SynthesisOutput, blend
from engine.networks.vgg import LoadedFeatures
from engine.pipeline.canvas import CANVAS_VERSION, PHOTO, Canvas
from engine.training import synthesis
from engine.training.config import TrainingConfig
from engine.training.losses import (
    LossConfig,
    perceptual_loss,
    pixel_losses,
    reading_excess,
    reading_loss,
    reading_trust,
)
from engine.training.retrieved import Compose
from engine.training.synthesis import DEFAULT_RECIPE, SynthesisRecipe, SynthesisTask, fold_batch_norms
from engine.training.trainer import train_network
from tests.support.learning import one_thread, overfit
from tests.support.tiny_bank import build_tiny_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank"), count=4))


def _task(
    bank: Bank,
    *,
    parametric: bool = False,
    recipe: SynthesisRecipe = DEFAULT_RECIPE,
    compose: Compose | None = None,
    compose_foreign: Compose | None = None,
) -> SynthesisTask:
    torch.manual_seed(5)
    features = FeatureNetwork(FeatureConfig(classes=len(bank.table), width=8)).eval()
    return SynthesisTask(
        bank,
        LoadedFeatures(features, "none"),
        seed=0,
        parametric=parametric,
        recipe=recipe,
        compose=compose,
        compose_foreign=compose_foreign,
        rows=64,
        crop=Size(64, 32),
    )


def test_a_batch_has_a_canvas_a_layout_and_the_photograph(bank: Bank) -> None:
    batch = _task(bank).make_batch(np.random.default_rng(0), 3)
    assert {name: tuple(t.shape) for name, t in batch.items()} == {
        "canvas": (3, 3, 32, 64),
        "presence": (3, 3, 32, 64),
        "layout": (3, 12, 32, 64),
        "photograph": (3, 3, 32, 64),
        "retrieved": (3,),
    }
    assert torch.equal(batch["presence"].sum(1), torch.ones(3, 32, 64))
    assert batch["presence"][:, 2].mean() > 0.1


def test_the_twin_never_sees_a_canvas(bank: Bank) -> None:
    batch = _task(bank, parametric=True).make_batch(np.random.default_rng(0), 4)
    assert not batch["canvas"].any()
    assert bool((batch["presence"][:, 0] == 1).all())


def test_it_overfits_one_batch(bank: Bank) -> None:
    task = _task(bank, recipe=SynthesisRecipe(losses=LossConfig(reading=0)))  # a random Φ reads nothing
    with one_thread():
        first, last = overfit(task, task.make_batch(np.random.default_rng(1), 2), steps=50, learning_rate=1e-2)
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


def _grey_canvas(layout: Layout, _group: tuple[str, str]) -> Canvas:
    empty = Canvas.empty(layout.size)
    return Canvas(np.full_like(empty.rgb, 128), np.full_like(empty.presence, PHOTO), np.ones_like(empty.segment_index))


def test_retrieved_canvases_are_drawn_as_often_as_asked_and_marked(bank: Bank) -> None:
    task = _task(bank, recipe=SynthesisRecipe(retrieved_share=1.0), compose=_grey_canvas)
    batch = task.make_batch(np.random.default_rng(0), 40)
    marked = batch["retrieved"] == 1
    assert 20 <= int(marked.sum()) < 40  # the rest have an empty canvas
    assert torch.allclose(batch["canvas"][marked], torch.tensor(128 / 255))
    assert not batch["canvas"][~marked].any()


def test_canvases_from_a_foreign_bank_are_held_to_the_photograph(bank: Bank) -> None:
    task = _task(bank, recipe=SynthesisRecipe(foreign_share=1.0), compose_foreign=_grey_canvas)
    batch = task.make_batch(np.random.default_rng(0), 40)
    grey = (batch["canvas"] == 128 / 255).flatten(1).all(1)
    assert 20 <= int(grey.sum()) < 40  # the rest have an empty canvas
    assert not batch["retrieved"].any()


@pytest.mark.parametrize("recipe", [SynthesisRecipe(retrieved_share=0.5), SynthesisRecipe(foreign_share=0.5)])
def test_retrieved_canvases_without_a_pipeline_are_refused(bank: Bank, recipe: SynthesisRecipe) -> None:
    with pytest.raises(ValueError, match="pipeline"):
        _task(bank, recipe=recipe)


def test_shares_of_more_than_a_whole_are_refused() -> None:
    with pytest.raises(ValueError, match="sum"):
        SynthesisRecipe(retrieved_share=0.7, foreign_share=0.7)


def test_retrieved_examples_are_held_to_their_canvas_and_others_to_the_photograph() -> None:
    image, photograph, canvas = (torch.full((2, 3, 4, 4), value) for value in (0.5, 0.1, 0.4))
    photo = torch.zeros(2, 1, 4, 4)
    photo[:, :, :2] = 1
    pixels, kept = pixel_losses(image, photograph, canvas, photo, torch.tensor([0.0, 1.0]))
    assert float(pixels) == pytest.approx(0.4 / 2)
    assert float(kept) == pytest.approx(0.1 / 2 / 2)


def test_features_of_retrieved_examples_are_held_to_no_photograph() -> None:
    got = [torch.full((2, 1, 2, 2), 2.0)] * 5
    wanted = [torch.ones(2, 1, 2, 2)] * 5
    assert float(perceptual_loss(got, wanted, torch.tensor([0.0, 0.0]))) == pytest.approx(5.0)
    assert float(perceptual_loss(got, wanted, torch.tensor([1.0, 1.0]))) == 0.0


def test_a_reading_costs_the_logarithm_of_its_share_and_void_costs_nothing() -> None:
    logits = torch.log(torch.tensor([0.5, 0.25, 0.25])).view(1, 3, 1, 1).repeat(1, 1, 1, 3)
    class_ids = torch.tensor([[[0, 1, VOID]]])
    weights = torch.tensor([1.0, 3.0, 1.0])
    wanted = (np.log(2) + 3 * np.log(4)) / 4
    assert float(reading_loss(logits, class_ids, weights)) == pytest.approx(wanted)
    assert float(reading_loss(logits, torch.full_like(class_ids, VOID), weights)) == 0.0


def test_reading_an_image_better_than_the_photograph_gains_nothing() -> None:
    plain, doubtful = (torch.tensor([a, 0.0, 0.0]).view(1, 3, 1, 1).expand(1, 3, 2, 2) for a in (1.0, 0.3))
    class_ids, weights = torch.zeros(1, 2, 2, dtype=torch.int64), torch.ones(3)
    assert float(reading_excess(plain, doubtful, class_ids, weights)) == 0.0
    wanted = reading_loss(doubtful, class_ids, weights) - reading_loss(plain, class_ids, weights)
    assert float(reading_excess(doubtful, plain, class_ids, weights)) == pytest.approx(float(wanted))
    assert float(reading_excess(4 * plain, 9 * plain, class_ids, weights)) == 0.0  # read well is enough


def test_a_canvas_is_trusted_where_it_reads_as_well_as_the_photograph() -> None:
    plain, doubtful = (torch.tensor([a, 0.0, 0.0]).view(1, 3, 1, 1).expand(1, 3, 1, 2) for a in (1.0, 0.3))
    class_ids = torch.tensor([[[0, VOID]]])
    assert reading_trust(plain, doubtful, class_ids).tolist() == [[[1.0, 1.0]]]
    ratio = float(doubtful.softmax(1)[0, 0, 0, 0] / plain.softmax(1)[0, 0, 0, 0])
    assert reading_trust(doubtful, plain, class_ids)[0, 0].tolist() == pytest.approx([ratio, 1.0])


def test_what_features_say_moves_no_colours_of_a_retrieved_canvas(bank: Bank) -> None:
    task = _task(bank, recipe=SynthesisRecipe(losses=LossConfig(pixels=0, kept=0)))
    batch = task.make_batch(np.random.default_rng(0), 4)
    gradients = []
    for retrieved in (0.0, 1.0):
        task.network.zero_grad()
        task.loss({**batch, "retrieved": torch.full((4,), retrieved)})[0].backward()
        gradients.append(float(task.network.colour.bias.grad.abs().sum()))  # type: ignore[union-attr]
    assert gradients[0] > 0
    assert gradients[1] == 0


def test_only_images_of_retrieved_canvases_are_read(bank: Bank) -> None:
    task = _task(bank, recipe=SynthesisRecipe(losses=LossConfig(pixels=0, kept=0, perceptual=0, reading=1)))
    batch = task.make_batch(np.random.default_rng(0), 1)
    assert float(task.loss({**batch, "retrieved": torch.zeros(1)})[0].detach()) == 0.0
    loss, parts = task.loss({**batch, "retrieved": torch.ones(1)})
    assert float(loss.detach()) == pytest.approx(parts["reading"])
    assert parts["reading"] > 0


def test_what_features_say_moves_no_invented_colours_of_a_retrieved_example() -> None:
    torch.manual_seed(0)
    canvas, generated = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    brighter = torch.zeros(2, requires_grad=True)
    output = SynthesisOutput(
        generated=generated + brighter[:, None, None, None],
        copy_mask=torch.rand(2, 1, 32, 32),
        colour_shift=torch.zeros(2, 3, 4, 4),
    )
    image, share = blend(canvas, torch.ones(2, 1, 32, 32), output)
    shown = synthesis._with_colours_held(image, canvas, share, output, torch.tensor([0.0, 1.0]))
    assert torch.equal(shown, image)
    (shown * torch.rand_like(shown)).sum().backward()
    assert brighter.grad is not None
    assert abs(float(brighter.grad[0])) > 1
    assert abs(float(brighter.grad[1])) < 1e-3
