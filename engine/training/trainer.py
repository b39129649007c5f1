"""The training loop, the same for every network: read it top to bottom."""

from __future__ import annotations

import json
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as safetensors_bytes
from torch import Tensor, nn

from engine.classes import ClassTable
from engine.networks.checkpoint import Checkpoint, CheckpointError, save_checkpoint
from engine.training.config import TrainingConfig
from engine.whole_file import write_whole

Batch = dict[str, Tensor]


class Task(Protocol):
    """What is trained: a network, its batches and its loss."""

    @property
    def kind(self) -> str:
        """Which network, as its weight file names it."""
        ...

    @property
    def network(self) -> nn.Module:
        """The network; only its parameters are optimised."""
        ...

    @property
    def network_config(self) -> Mapping[str, Any]:
        """Its configuration, JSON values only."""
        ...

    @property
    def table(self) -> ClassTable:
        """Class table it is trained with."""
        ...

    @property
    def canvas_version(self) -> int | None:
        """Version of the canvases it sees, or None."""
        ...

    @property
    def data_record(self) -> Mapping[str, Any]:
        """What it is trained on: name, digest, number of photographs."""
        ...

    def make_batch(self, rng: np.random.Generator, batch_size: int) -> Batch:
        """Draw one batch of CPU tensors; called on a background thread."""
        ...

    def loss(self, batch: Batch) -> tuple[Tensor, Mapping[str, float]]:
        """Return the scalar loss of a batch on the network's device, and parts of it to print."""
        ...


@dataclass(frozen=True)
class TrainingReport:
    """How a run ended: total steps, minutes and the mean loss of every tenth part of the curve."""

    steps: int
    minutes: float
    curve: tuple[float, ...]
    losses: tuple[float, ...]


def train_network(
    task: Task,
    config: TrainingConfig,
    path: Path,
    *,
    initial: Checkpoint | None = None,
    resume: bool = False,
    log: Callable[[str], None] = lambda _line: None,
) -> TrainingReport:
    """Train a network and write its weights (the moving average) to ``path``.

    A resume file ``path`` + ``.resume`` is written every `TrainingConfig.checkpoint_s` seconds and removed at the
    end. Batch ``n`` depends on seed and ``n`` alone, so that a resumed run sees what an undisturbed one sees.

    Args:
        task: what is trained.
        config: how, and when it ends.
        path: where the weights go.
        initial: weights to begin with, of the same configuration; a new run records their digest.
        resume: go on from the resume file, if there is one.
        log: told of the progress about every ten seconds.

    Raises:
        CheckpointError: if ``resume`` is asked for and the resume file is damaged or of another network, or the
            initial weights have another configuration.
    """
    if initial is not None:
        _load_initial(initial, task)
    network = task.network.to(config.device)
    network.train()
    optimiser = torch.optim.AdamW(
        [p for p in network.parameters() if p.requires_grad],
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        betas=(0.9, 0.99),
    )
    average = {name: t.detach().clone().float() for name, t in network.state_dict().items()}
    begun = {name: t.clone() for name, t in average.items()}
    step, trained_s, losses = 0, 0.0, list[float]()
    resume_path = path.with_name(path.name + ".resume")
    if resume and resume_path.exists():
        step, trained_s, losses = _load_resume(resume_path, task, optimiser, average)
        log(f"resumed at step {step} after {trained_s / 60:.1f} min")
    started_s, saved_s, logged_s, parts = time.monotonic() - trained_s, time.monotonic(), time.monotonic(), {}
    with _Batches(task, config, step) as batches:
        for batch in batches:
            trained_s = time.monotonic() - started_s
            done = max(step / config.steps if config.steps else 0.0, trained_s / 60 / (config.minutes or math.inf))
            if done >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = config.learning_rate * min(1.0, (step + 1) / config.warmup_steps) * _cosine(done)
            with torch.autocast(config.device, torch.bfloat16, enabled=config.bfloat16):
                loss, parts = task.loss({name: t.to(config.device) for name, t in batch.items()})
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            losses.append(float(loss.detach()))
            step += 1
            decay = min(config.ema_decay, step / (step + 10))
            for name, value in network.state_dict().items():
                average[name].lerp_(value.detach().float(), 1 - decay)
            now = time.monotonic()
            if now - logged_s > 10:
                logged_s = now
                text = " ".join(f"{name} {value:.4f}" for name, value in parts.items())
                log(f"step {step}  {trained_s / 60:.1f} min  loss {np.mean(losses[-50:]):.4f}  {text}")
            if now - saved_s > config.checkpoint_s:
                saved_s = now
                _save_resume(resume_path, task, optimiser, average, step, trained_s, losses)
    saved = {name: value.lerp(begun[name], config.initial_share) for name, value in average.items()}
    _save(path, task, config, saved, step, trained_s, losses, initial)
    resume_path.unlink(missing_ok=True)
    return TrainingReport(step, trained_s / 60, _curve(losses), tuple(losses))


def _cosine(done: float) -> float:
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def _curve(losses: list[float], points: int = 20) -> tuple[float, ...]:
    return tuple(round(float(part.mean()), 5) for part in np.array_split(np.array(losses), points) if len(part))


def _save(
    path: Path,
    task: Task,
    config: TrainingConfig,
    average: Mapping[str, Tensor],
    step: int,
    trained_s: float,
    losses: list[float],
    initial: Checkpoint | None,
) -> None:
    training = {
        "config": asdict(config),
        "data": dict(task.data_record),
        "steps": step,
        "minutes": round(trained_s / 60, 2),
        "curve": _curve(losses),
        "torch": torch.__version__,
        "initial": None if initial is None else {"digest": initial.digest, "training": dict(initial.training)},
    }
    save_checkpoint(
        path,
        average,
        kind=task.kind,
        config=task.network_config,
        table=task.table,
        training=training,
        canvas_version=task.canvas_version,
    )


def _load_initial(initial: Checkpoint, task: Task) -> None:
    wanted = json.loads(json.dumps(dict(task.network_config)))
    if initial.kind != task.kind or dict(initial.config) != wanted:
        raise CheckpointError(f"the initial weights are of another configuration than the {task.kind} network trained")
    initial.load_into(task.network)


def _save_resume(
    path: Path,
    task: Task,
    optimiser: torch.optim.Optimizer,
    average: Mapping[str, Tensor],
    step: int,
    trained_s: float,
    losses: list[float],
) -> None:
    tensors = {f"network.{n}": t.detach().cpu().contiguous() for n, t in task.network.state_dict().items()}
    tensors |= {f"average.{n}": t.cpu().contiguous() for n, t in average.items()}
    for index, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{n}": t.cpu().contiguous() for n, t in state.items()}
    header = {"step": step, "trained_s": trained_s, "losses": [round(v, 6) for v in losses]}
    write_whole(path, safetensors_bytes(tensors, metadata={"resume": json.dumps(header)}))


def _load_resume(
    path: Path, task: Task, optimiser: torch.optim.Optimizer, average: dict[str, Tensor]
) -> tuple[int, float, list[float]]:
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})["resume"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        task.network.load_state_dict({n[8:]: t for n, t in tensors.items() if n.startswith("network.")})
        for name in average:
            average[name].copy_(tensors[f"average.{name}"])
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimiser."):
                _, index, field = name.split(".", 2)
                state.setdefault(int(index), {})[field] = tensor
        groups = optimiser.state_dict()["param_groups"]
        optimiser.load_state_dict({"state": state, "param_groups": groups})
        return int(header["step"]), float(header["trained_s"]), [float(v) for v in header["losses"]]
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path}: training cannot be resumed from it ({type(error).__name__})") from None


class _Batches:
    """Draws batches on one background thread, two ahead."""

    def __init__(self, task: Task, config: TrainingConfig, first_step: int) -> None:
        self._task, self._config, self._step = task, config, first_step
        self._queue: queue.Queue[Batch | BaseException] = queue.Queue(maxsize=2)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._fill, name="batches", daemon=True)

    def __enter__(self) -> Iterator[Batch]:
        self._thread.start()
        return self._drain()

    def __exit__(self, *_exc: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _drain(self) -> Iterator[Batch]:
        while True:
            item = self._queue.get()
            if isinstance(item, BaseException):
                raise item
            yield item

    def _fill(self) -> None:
        step = self._step
        while not self._stopped.is_set():
            try:
                rng = np.random.default_rng((self._config.seed, step))
                item: Batch | BaseException = self._task.make_batch(rng, self._config.batch_size)
            except Exception as error:
                item = error
            step += 1
            while not self._stopped.is_set():
                try:
                    self._queue.put(item, timeout=0.2)
                    break
                except queue.Full:
                    continue
