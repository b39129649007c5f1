"""The training loop: it learns, resumes where it stopped, and repeats itself."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.classes import ClassTable, builtin_class_table
from engine.networks.checkpoint import CheckpointError, load_checkpoint
from engine.training.config import TrainingConfig
from engine.training.trainer import Batch, train_network


class LineTask:
    """Fits a straight line."""

    kind = "features"
    canvas_version: int | None = None
    network_config: Mapping[str, Any] = {"inputs": 1}
    data_record: Mapping[str, Any] = {"name": "line"}

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.network: nn.Module = nn.Linear(1, 1)
        self.table: ClassTable = builtin_class_table("street")

    def make_batch(self, rng: np.random.Generator, batch_size: int) -> Batch:
        return {"x": torch.from_numpy(rng.normal(size=(batch_size, 1)).astype(np.float32))}

    def loss(self, batch: Batch) -> tuple[Tensor, Mapping[str, float]]:
        loss = (self.network(batch["x"]).float() - (2 * batch["x"] + 1)).square().mean()
        return loss, {"square": float(loss.detach())}


def _config(steps: int) -> TrainingConfig:
    return TrainingConfig(steps=steps, batch_size=8, learning_rate=0.1, warmup_steps=1, bfloat16=False)


def test_training_learns_and_writes_its_record(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    report = train_network(LineTask(), _config(60), path)
    assert report.steps == 60
    assert report.losses[-1] < 0.05 * report.losses[0]
    record = load_checkpoint(path, kind="features").training
    assert record["steps"] == 60
    assert record["config"]["seed"] == 0
    assert record["data"] == {"name": "line"}
    assert len(record["curve"]) == 20
    assert not path.with_name(path.name + ".resume").exists()


def test_the_same_seed_gives_the_same_losses(tmp_path: Path) -> None:
    one = train_network(LineTask(), _config(20), tmp_path / "a.safetensors")
    other = train_network(LineTask(), _config(20), tmp_path / "b.safetensors")
    assert one.losses == other.losses


def test_a_share_of_the_initial_weights_is_kept(tmp_path: Path) -> None:
    train_network(LineTask(), _config(5), tmp_path / "first.safetensors")
    first = load_checkpoint(tmp_path / "first.safetensors", kind="features")
    saved = []
    for share in (0.0, 0.25):
        path = tmp_path / f"{share}.safetensors"
        train_network(LineTask(), replace(_config(20), initial_share=share), path, initial=first)
        task = LineTask()
        load_checkpoint(path, kind="features").load_into(task.network)
        saved.append(task.network.state_dict()["weight"])
    begun = LineTask()
    first.load_into(begun.network)
    assert torch.allclose(saved[1], 0.75 * saved[0] + 0.25 * begun.network.state_dict()["weight"], atol=2e-3)
    with pytest.raises(ValueError, match="share"):
        replace(_config(20), initial_share=1.0)


def test_a_killed_run_resumes_where_it_stopped(tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    class DyingTask(LineTask):
        steps = 0

        def loss(self, batch: Batch) -> tuple[Tensor, Mapping[str, float]]:
            self.steps += 1
            if self.steps == 12:
                raise KilledError
            return super().loss(batch)

    config = TrainingConfig(steps=20, batch_size=8, learning_rate=0.1, warmup_steps=1, bfloat16=False, checkpoint_s=0)
    path = tmp_path / "w.safetensors"
    with pytest.raises(KilledError):
        train_network(DyingTask(), config, path)
    assert not path.exists()
    resumed = train_network(LineTask(), config, path, resume=True)
    whole = train_network(LineTask(), config, tmp_path / "whole.safetensors")
    assert resumed.steps == whole.steps
    assert resumed.losses == pytest.approx(whole.losses, rel=1e-4)


def test_a_damaged_resume_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.with_name("w.safetensors.resume").write_bytes(b"not this")
    with pytest.raises(CheckpointError, match="cannot be resumed"):
        train_network(LineTask(), _config(2), path, resume=True)


def test_a_failing_batch_stops_the_run_with_its_own_error(tmp_path: Path) -> None:
    class Broken(LineTask):
        def make_batch(self, rng: np.random.Generator, batch_size: int) -> Batch:
            raise OSError("the photographs are gone")

    with pytest.raises(OSError, match="photographs are gone"):
        train_network(Broken(), _config(2), tmp_path / "w.safetensors")


@pytest.mark.parametrize("limits", [{}, {"steps": 1, "minutes": 1.0}])
def test_a_run_has_exactly_one_end(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="give one"):
        TrainingConfig(**limits)


def test_training_begins_with_the_initial_weights_and_names_them(tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    train_network(LineTask(), _config(60), first)
    initial = load_checkpoint(first, kind="features")
    report = train_network(LineTask(), _config(5), second, initial=initial)
    assert report.losses[0] < 0.2
    assert load_checkpoint(second, kind="features").training["initial"]["digest"] == initial.digest


def test_initial_weights_of_another_configuration_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    train_network(LineTask(), _config(2), path)
    task = LineTask()
    task.network_config = {"inputs": 2}
    with pytest.raises(CheckpointError, match="another configuration"):
        train_network(task, _config(2), tmp_path / "x.safetensors", initial=load_checkpoint(path, kind="features"))
