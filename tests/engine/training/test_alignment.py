"""Training of T: what is simulated, and that the loss falls as it always did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.bank.bank import Bank
from engine.networks.alignment import AlignmentConfig
from engine.networks.checkpoint import load_checkpoint
from engine.pipeline.alignment import load_alignment
from engine.pipeline.sampling import Layer
from engine.training.alignment import (
    AlignmentTask,
    WarpRange,
    colour_distance,
    make_alignment_task,
    sample_candidate,
    sample_target,
    simulate_candidate,
    target_layers,
)
from engine.training.config import TrainingConfig
from engine.training.trainer import train_network
from tests.support.tiny_bank import build_tiny_bank

pytestmark = pytest.mark.usefixtures("one_thread")

STILL = WarpRange(scale=1, aspect=1, rotation_deg=0, shift=0, cut_share=0, rough_share=0, jitter=0)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Open a bank of drawn streets."""
    opened = Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank"), count=4))
    yield opened
    opened.close()


def _layer() -> Layer:
    rgba = np.random.default_rng(0).integers(0, 256, (20, 30, 4), dtype=np.uint8)
    rgba[..., 3] = 255
    return Layer(rgba, np.eye(2, 3))


def test_without_any_warp_the_candidate_is_the_target() -> None:
    simulated = simulate_candidate(_layer(), STILL, np.random.default_rng(0))
    assert np.allclose(simulated.fit, np.eye(2, 3))
    assert np.array_equal(sample_candidate(simulated, simulated.fit, 32), sample_target(simulated, 32))


def test_the_box_fit_undoes_a_scaling() -> None:
    simulated = simulate_candidate(_layer(), WarpRange(1.4, 1.25, 0, 0.1, 0, 0, 0, 0), np.random.default_rng(3))
    placed = sample_candidate(simulated, simulated.fit, 32)
    assert not np.allclose(simulated.fit, np.eye(2, 3), atol=0.02)
    assert np.abs(placed[..., 3].astype(int) - sample_target(simulated, 32)[..., 3]).mean() < 12


def test_a_cut_takes_a_part_of_one_side() -> None:
    simulated = simulate_candidate(_layer(), WarpRange(1, 1, 0, 0, 1.0, 0.35, 0, 0), np.random.default_rng(1))
    left = (simulated.candidate.rgba[..., 3] > 0).mean() / (20 * 30 / simulated.candidate.rgba[..., 3].size)
    assert 0.6 < left < 0.95


def test_the_distance_of_colours_worked_by_hand() -> None:
    target, placed = torch.zeros(1, 4, 4, 4), torch.zeros(1, 4, 4, 4)
    target[0, :, :2] = 1.0  # eight cells of white
    placed[0, :, 0] = 1.0  # four of them found
    placed[0, :3, 3, 0] = 0.5  # and one outside
    assert float(colour_distance(placed, target, outside=0.25)) == pytest.approx((4 + 0.25 * 0.5) / 8)


def test_targets_are_segments_of_useful_size(bank: Bank) -> None:
    layers = target_layers(bank)
    assert layers and all(min(layer.rgba.shape[:2]) >= 4 for layer in layers)
    assert len(target_layers(bank, max_segments=3)) == 3


def test_a_batch_depends_on_its_generator_alone(bank: Bank) -> None:
    task = make_alignment_task(bank)
    first, second = (task.make_batch(np.random.default_rng(7), 3) for _ in range(2))
    assert first["candidate"].shape == first["target"].shape == (3, 4, 64, 64)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_loss_falls_as_it_always_did_and_the_weights_load(bank: Bank, tmp_path: Path) -> None:
    config = AlignmentConfig(width=16, grid_px=32, rounds=1)
    task = AlignmentTask(target_layers(bank), bank.table, {"bank": bank.name}, config)
    path = tmp_path / "alignment.safetensors"
    report = train_network(
        task, TrainingConfig(steps=8, batch_size=8, learning_rate=3e-3, warmup_steps=1, bfloat16=False), path
    )
    assert report.losses[:6] == pytest.approx((0.3209, 0.1989, 0.1676, 0.1401, 0.1087, 0.1141), rel=0.05)
    assert load_alignment(path).config == config
    assert load_checkpoint(path, kind="alignment").training["data"]["bank"] == bank.name
