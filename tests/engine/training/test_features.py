"""Training of the feature network: its batches, its loss, and that the loss falls as it always did."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.bank.bank import Bank
from engine.classes import VOID
from engine.geometry import Size
from engine.networks.features import load_features
from engine.training.config import TrainingConfig
from engine.training.features import (
    FeaturesTask,
    balanced_class_weights,
    make_features_task,
    random_crop,
    vary_photograph,
)
from engine.training.photographs import load_photographs
from engine.training.trainer import train_network
from tests.support.learning import overfit
from tests.support.tiny_bank import build_tiny_bank

pytestmark = pytest.mark.usefixtures("one_thread")

CROP = Size(48, 32)
GOLDEN = (2.5153, 2.3111, 2.1747, 2.14, 2.1648, 2.2602)
"""Every fourth loss of twenty steps, and the last."""


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    opened = Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank"), count=4))
    yield opened
    opened.close()


@pytest.fixture
def task(bank):
    return FeaturesTask(load_photographs(bank, rows=64), seed=0, width=8, crop=CROP)


def test_the_task_of_a_bank_names_the_bank_and_the_width(bank):
    task = make_features_task(bank, seed=3, width=16)
    assert task.kind == "features"
    assert task.network_config == {"classes": 11, "width": 16}
    assert task.data_record["digest"] == bank.digest
    assert task.canvas_version is None


def test_a_batch_holds_crops_and_their_layouts(task):
    batch = task.make_batch(np.random.default_rng(0), 3)
    assert batch["rgb"].shape == (3, 3, 32, 48)
    assert batch["rgb"].dtype == torch.float32
    assert 0 <= float(batch["rgb"].min()) <= float(batch["rgb"].max()) <= 1
    assert batch["class_ids"].shape == (3, 32, 48)
    assert set(batch["class_ids"].unique().tolist()) <= {*range(11), VOID}


def test_the_same_draw_gives_the_same_batch(task):
    one, other = (task.make_batch(np.random.default_rng(5), 2) for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_crops_keep_photograph_and_layout_together(bank):
    photograph = load_photographs(bank, rows=64).items[0]
    marked = np.repeat(photograph.layout.class_ids[..., None], 3, axis=2) * np.uint8(20)
    replaced = type(photograph)("key", "name", ("d", "g"), marked, photograph.layout, None)
    rng = np.random.default_rng(1)
    for _ in range(10):
        rgb, class_ids = random_crop(replaced, CROP, rng)
        known = class_ids != VOID
        agrees = np.abs(rgb[..., 0] * 255 - class_ids * 20.0) < 10
        assert agrees[known].mean() > 0.8


def test_void_has_no_part_in_the_loss(task):
    batch = task.make_batch(np.random.default_rng(0), 2)
    task.network.eval()
    loss, parts = task.loss(batch)
    batch["class_ids"][:, :16] = VOID
    half, _ = task.loss(batch)
    batch["class_ids"][:] = VOID
    nothing, nothing_parts = task.loss(batch)
    assert float(loss.detach()) != pytest.approx(float(half.detach()))
    assert float(nothing.detach()) == 0
    assert nothing_parts["accuracy"] == 0 <= parts["accuracy"] <= 1


def test_rare_classes_weigh_more_but_not_without_bound(bank):
    items = load_photographs(bank, rows=64).items
    weights = balanced_class_weights(items, 11)
    counts = sum(np.bincount(p.layout.class_ids.ravel(), minlength=256)[:11] for p in items)
    assert weights.shape == (11,)
    assert weights[np.argmax(counts)] == weights.min() >= 0.5
    assert weights[np.argmin(counts)] == weights.max() <= 3


def test_variation_stays_in_range():
    rng = np.random.default_rng(0)
    flat = np.full((8, 8, 3), 0.5, np.float32)
    for _ in range(20):
        varied = vary_photograph(flat, rng)
        assert varied.dtype == np.float32
        assert 0 <= varied.min() <= varied.max() <= 1


def test_it_overfits_one_batch(task):
    first, last = overfit(task, task.make_batch(np.random.default_rng(0), 2), steps=24)
    assert last < 0.6 * first


def test_the_first_steps_are_as_they_always_were(task, tmp_path):
    path = tmp_path / "features.safetensors"
    config = TrainingConfig(steps=20, batch_size=2, learning_rate=2e-3, warmup_steps=2, bfloat16=False, seed=0)
    report = train_network(task, config, path)
    assert (*report.losses[::4], report.losses[-1]) == pytest.approx(GOLDEN, rel=0.03)
    assert load_features(path, task.table).config == task.network.config
