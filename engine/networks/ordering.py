"""The ordering network: which of two adjacent regions is in front (method.md, section 4)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PAIR_CHANNELS = 8
"""Mask and colour of both regions, two by four channels."""


@dataclass(frozen=True)
class OrderingConfig:
    """Configuration of the ordering network, saved with its weights.

    Attributes:
        classes: number of classes of the table; void is one channel more.
        width: channels of the first convolution; the others follow.
        grid_px: side of the square grid a pair is seen on, a multiple of 16.
    """

    classes: int
    width: int = 32
    grid_px: int = 64

    def __post_init__(self) -> None:
        """Refuse what cannot be built, or is too large."""
        if not 1 <= self.classes <= 255 or not 1 <= self.width <= 256:
            raise ValueError("an ordering network has 1 to 255 classes and a width of 1 to 256")
        if self.grid_px % 16 or not 16 <= self.grid_px <= 256:
            raise ValueError("the grid of an ordering network is a multiple of 16, from 16 to 256")


class OrderingNetwork(nn.Module):
    """A two-way head that names the region in front; swapping both regions negates its logit by construction."""

    def __init__(self, config: OrderingConfig) -> None:
        """Build the network."""
        super().__init__()
        self.config = config
        width = config.width
        self.pair = nn.Conv2d(PAIR_CHANNELS, width, 4, stride=4)
        self.scene = nn.Conv2d(config.classes + 2, width, 4, stride=4)
        self.convs = nn.ModuleList(
            [nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), nn.Conv2d(2 * width, 3 * width, 3, 2, padding=1)]
        )
        self.hidden = nn.Linear(3 * width * (config.grid_px // 16) ** 2, 2 * width)
        self.head = nn.Linear(2 * width, 1, bias=False)

    def forward(self, first: Tensor, second: Tensor, scene: Tensor) -> Tensor:
        """Return the logit that the first region lies in front of the second.

        Args:
            first: (B, 4, G, G) float32: sRGB in [0, 1] of its aligned segment times coverage (zero where it has
                none), and the mask of the region.
            second: the same of the other region.
            scene: (B, C + 2, G, G) float32: one-hot layout, void last, then the frame coordinate v.

        Returns:
            (B,) float32; ``forward(b, a, s) == -forward(a, b, s)``.

        Raises:
            ValueError: if the shapes are others.
        """
        grid_px, classes = self.config.grid_px, self.config.classes
        batch = len(first)
        shapes = (first.shape, second.shape, scene.shape)
        if shapes != ((batch, 4, grid_px, grid_px),) * 2 + ((batch, classes + 2, grid_px, grid_px),):
            raise ValueError(f"an ordering network of {classes} classes sees (B, 4, G, G) twice and (B, C + 2, G, G)")
        with torch.autocast(first.device.type, enabled=False):
            both = torch.cat([torch.cat([first, second], 1), torch.cat([second, first], 1)])  # (2B, 8, G, G)
            seen = self.scene(scene)
            x = F.leaky_relu(self.pair(both) + torch.cat([seen, seen]), 0.1)
            for conv in self.convs:
                x = F.leaky_relu(conv(x), 0.1)
            score = self.head(F.leaky_relu(self.hidden(x.flatten(1)), 0.1))[:, 0]  # (2B,)
        return score[:batch] - score[batch:]
