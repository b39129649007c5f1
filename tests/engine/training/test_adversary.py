"""Training of the adversary: a golden loss, one batch learnt by heart, and what f is blamed for."""

from __future__ import annotations

import pytest
import torch

from engine.classes import VOID
from engine.training.adversary import Adversary, halve

pytestmark = pytest.mark.usefixtures("one_thread")

CLASSES = 3
GOLDEN = (2.8985, 2.8696, 2.8370)
"""Every fourth loss of nine steps."""


def _adversary() -> Adversary:
    return Adversary(CLASSES, torch.ones(CLASSES), seed=0, width=8)


def _batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return photographs whose colour tells the class, made pictures that are grey, and the classes."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, CLASSES, (2, 2, 4), generator=generator).repeat_interleave(16, 1).repeat_interleave(16, 2)
    colours = torch.tensor([[0.9, 0.2, 0.1], [0.1, 0.8, 0.2], [0.2, 0.2, 0.9]])
    real = colours[ids].permute(0, 3, 1, 2) + 0.05 * torch.randn(2, 3, 32, 64, generator=generator)
    return real, torch.full((2, 3, 32, 64), 0.5), ids


def test_the_first_steps_are_as_they_always_were():
    adversary, batch = _adversary(), _batch()
    losses = [adversary.learn(*batch) for _ in range(9)]
    assert losses[::4] == pytest.approx(GOLDEN, rel=0.03)


def test_it_overfits_one_batch():
    adversary, batch = _adversary(), _batch()
    losses = [adversary.learn(*batch) for _ in range(120)]
    assert losses[-1] < 0.1 * losses[0]
    with torch.no_grad():
        real, made = (adversary.network(batch[place])[0].argmax(1) for place in (0, 1))
    assert (real == halve(batch[2])).float().mean() > 0.9
    assert (made == CLASSES).float().mean() > 0.9


def test_f_is_blamed_for_pixels_that_are_not_named_as_painted_and_not_for_void():
    adversary, (real, made, ids) = _adversary(), _batch()
    for _ in range(60):
        adversary.learn(real, made, ids)
    of_made, made_matching = adversary.judge(made, real, ids)
    of_real, real_matching = adversary.judge(real, real, ids)
    assert float(of_made) > 2 * float(of_real)
    assert 10 * float(real_matching) < float(made_matching)  # not nothing: spectral norms go on being estimated
    nothing, _ = adversary.judge(made, real, torch.full_like(ids, VOID))
    assert float(nothing) == 0


def test_a_gradient_reaches_the_picture_and_not_the_adversary():
    adversary, (real, made, ids) = _adversary(), _batch()
    made = made.clone().requires_grad_()
    adversarial, matching = adversary.judge(made, real, ids)
    (adversarial + matching).backward()
    assert made.grad is not None
    assert bool(made.grad.abs().sum() > 0)
    assert all(parameter.grad is None for parameter in adversary.network.parameters())
