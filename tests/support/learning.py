"""What tests of networks and of their training share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from engine.training.trainer import Batch, Task


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread: pictures so small gain nothing from more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def parameters_without_gradient(network: nn.Module, loss: Tensor) -> list[str]:
    """Return the names of the parameters that a loss does not reach."""
    network.zero_grad(set_to_none=True)
    loss.backward()
    return [name for name, p in network.named_parameters() if p.grad is None or not bool(p.grad.abs().sum() > 0)]


def overfit(task: Task, batch: Batch, *, steps: int, learning_rate: float = 5e-3) -> tuple[float, float]:
    """Train on one batch; return the first loss and the last."""
    optimiser = torch.optim.Adam(task.network.parameters(), lr=learning_rate)
    losses = []
    for _ in range(steps):
        loss, _ = task.loss(batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return losses[0], losses[-1]
