"""Training of the ordering network: batches, and that the loss falls as it always did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.bank.bank import Bank
from engine.networks.ordering import OrderingConfig
from engine.pipeline.contacts import pair_picture
from engine.pipeline.ordering import load_ordering
from engine.training.config import TrainingConfig
from engine.training.ordering import (
    OrderingTask,
    build_ordered_scene,
    make_ordering_task,
    ordered_scenes,
    warp_picture,
)
from engine.training.photographs import load_photographs
from engine.training.trainer import train_network
from tests.support.tiny_bank import build_tiny_bank

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Open a bank of drawn streets with depth."""
    opened = Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank"), count=4))
    yield opened
    opened.close()


def test_depth_is_the_truth_where_there_is_one_else_the_contact_point_rule(bank: Bank) -> None:
    photograph = load_photographs(bank, rows=64).items[0]
    assert build_ordered_scene(photograph, bank.table).source == "depth"
    assert build_ordered_scene(replace(photograph, depth_m=None), bank.table).source == "contact-point rule"


def test_both_truths_put_the_sky_behind(bank: Bank) -> None:
    photograph = load_photographs(bank, rows=64).items[0]
    sky = next(info.id for info in bank.table if info.key == "sky")
    for photo in (photograph, replace(photograph, depth_m=None)):
        scene = build_ordered_scene(photo, bank.table)
        judged = 0
        for contact, first_in_front in zip(scene.contacts, scene.first_in_front, strict=True):
            if scene.regions[contact.first].class_id == sky != scene.regions[contact.second].class_id:
                judged += 1
                assert not first_in_front
        assert judged > 0


def test_a_batch_depends_on_its_generator_alone(bank: Bank) -> None:
    task = make_ordering_task(bank)
    first, second = (task.make_batch(np.random.default_rng(7), 3) for _ in range(2))
    assert first["first"].shape == first["second"].shape == (3, 4, 64, 64)
    assert first["scene"].shape == (3, 13, 64, 64)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_photographs_without_a_known_pair_are_refused(bank: Bank) -> None:
    scenes = [replace(s, contacts=(), first_in_front=()) for s in ordered_scenes(load_photographs(bank, rows=64))]
    with pytest.raises(ValueError, match="nothing to train"):
        OrderingTask(scenes, bank.table, {}, OrderingConfig(len(bank.table)))


def test_the_loss_falls_as_it_always_did_and_the_weights_load(bank: Bank, tmp_path: Path) -> None:
    config = OrderingConfig(len(bank.table), width=16, grid_px=32)
    task = OrderingTask(ordered_scenes(load_photographs(bank, rows=64)), bank.table, {}, config)
    path = tmp_path / "ordering.safetensors"
    report = train_network(
        task, TrainingConfig(steps=8, batch_size=8, learning_rate=3e-3, warmup_steps=1, bfloat16=False), path
    )
    assert report.losses[::2] == pytest.approx((0.6942, 0.6736, 0.6337, 0.617), rel=0.03)
    assert load_ordering(path, bank.table).config == config


def test_a_warped_picture_shows_the_same_pair_in_another_shape(bank: Bank) -> None:
    scene = build_ordered_scene(load_photographs(bank, rows=64).items[0], bank.table)
    contact = scene.contacts[0]
    picture = pair_picture(scene.scene, contact, None, None, 64)
    warped, again = (warp_picture(picture, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(warped.first, again.first)
    assert not np.array_equal(warped.first, picture.first)
    assert set(np.unique(warped.class_ids)) <= set(np.unique(picture.class_ids))
    for side, other in ((warped.first, picture.first), (warped.second, picture.second)):
        assert side.dtype == np.uint8
        assert 0.3 < side[..., 3].sum() / other[..., 3].sum() < 3
