"""Training of f's adversary beside f: its own optimiser, its two losses, and its state between runs."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.classes import VOID
from engine.networks.adversary import AdversaryConfig, AdversaryNetwork

LEARNING_RATE = 4e-4
"""Four times what f ends with; the adversary must keep up (two time-scale rule, Heusel et al. 2017)."""


class Adversary:
    """An adversary in training. Used by the training thread only."""

    def __init__(self, classes: int, class_weights: Tensor, *, seed: int, width: int = 32) -> None:
        """Begin with random weights.

        Args:
            classes: number of classes.
            class_weights: (C,) how much a pixel of each class counts.
            seed: of the weights.
            width: of the network.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = AdversaryNetwork(AdversaryConfig(classes, width))
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.classes = classes
        self._weights = class_weights
        self._optimiser = torch.optim.AdamW(self.network.parameters(), lr=LEARNING_RATE, betas=(0.0, 0.99))

    def learn(self, real: Tensor, made: Tensor, class_ids: Tensor) -> float:
        """Take one step: name the pixels of photographs by class, and those of made pictures as made.

        Args:
            real: (B, 3, H, W) photographs.
            made: (B, 3, H, W) pictures of the same layouts; no gradient flows into them.
            class_ids: (B, H, W) int64, void 255.

        Returns:
            The loss.
        """
        self.network.to(real.device).requires_grad_(requires_grad=True)
        logits, _ = self.network(torch.cat([real, made.detach()]))
        wanted = halve(class_ids)
        of_real, of_made = logits.float().chunk(2)
        target = torch.full_like(wanted, self.classes).where(wanted != VOID, wanted)
        loss = self._cross_entropy(of_real, wanted) + self._cross_entropy(of_made, target, of=wanted)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._optimiser.step()
        self.network.requires_grad_(requires_grad=False)
        return float(loss.detach())

    def judge(self, made: Tensor, real: Tensor, class_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return what f is blamed for: pixels not named as painted, and features unlike the photographs'.

        Returns:
            The adversarial and the feature-matching loss, scalars with a gradient into ``made``.
        """
        self.network.to(made.device).requires_grad_(requires_grad=False)
        logits, levels = self.network(made)
        with torch.no_grad():
            _, wanted_levels = self.network(real)
        matching = made.new_zeros(())
        for got, want in zip(levels, wanted_levels, strict=True):
            matching = matching + (got - want).abs().mean().float() / want.abs().mean().float()
        return self._cross_entropy(logits.float(), halve(class_ids)), matching / len(levels)

    def tensors(self) -> dict[str, Tensor]:
        """Return everything a resumed training needs."""
        kept = {f"network.{name}": t.detach().cpu().contiguous() for name, t in self.network.state_dict().items()}
        for index, state in self._optimiser.state_dict()["state"].items():
            kept |= {f"optimiser.{index}.{name}": t.cpu().contiguous() for name, t in state.items()}
        return kept

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `tensors` returned.

        Raises:
            RuntimeError: if they are of another network.
        """
        self.network.load_state_dict({n[8:]: t for n, t in tensors.items() if n.startswith("network.")})
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimiser."):
                _, index, field = name.split(".", 2)
                state.setdefault(int(index), {})[field] = tensor
        self._optimiser.load_state_dict({"state": state, "param_groups": self._optimiser.state_dict()["param_groups"]})

    def _cross_entropy(self, logits: Tensor, target: Tensor, *, of: Tensor | None = None) -> Tensor:
        """Return the cross-entropy over pixels that are not void, weighted by the class that is painted there."""
        painted = target if of is None else of
        known = painted != VOID
        weights = self._weights.to(logits.device)[painted.where(known, 0)] * known
        losses = F.cross_entropy(logits, target.where(known, 0), reduction="none")
        return (losses * weights).sum() / weights.sum().clamp_min(1e-6)


def halve(class_ids: Tensor) -> Tensor:
    """Return (B, H / 2, W / 2) class ids by nearest neighbour."""
    return class_ids[:, ::2, ::2]
