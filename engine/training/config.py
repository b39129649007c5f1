"""How a network is trained; saved with its weights."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of one training run.

    Attributes:
        steps: stop after so many optimiser steps, or None.
        minutes: stop after so many minutes of training, earlier runs counted in, or None. One of both is set.
        batch_size: examples a step.
        learning_rate: of AdamW, reached after the warm-up and lowered to 2 % of it along half a cosine.
        weight_decay: of AdamW.
        warmup_steps: steps of linear warm-up.
        ema_decay: decay of the moving average of the weights that is saved.
        initial_share: share of the weights begun with in those that are saved, in [0, 1): a mean of both keeps more of
            what they could (Wortsman et al. 2022, Robust fine-tuning of zero-shot models).
        seed: seed of the initial weights and of every batch.
        bfloat16: run the network under bfloat16 autocast.
        device: ``cpu`` or ``cuda``.
        checkpoint_s: seconds between two resume files.
    """

    steps: int | None = None
    minutes: float | None = None
    batch_size: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    warmup_steps: int = 100
    ema_decay: float = 0.998
    initial_share: float = 0.0
    seed: int = 0
    bfloat16: bool = True
    device: str = "cpu"
    checkpoint_s: float = 120.0

    def __post_init__(self) -> None:
        """Check that the run ends."""
        if (self.steps is None) == (self.minutes is None):
            raise ValueError("a training run ends after a number of steps or of minutes: give one")
        if not 0 <= self.initial_share < 1:
            raise ValueError("the share of the initial weights lies from 0 to below 1")
