"""The transformation network T: how a retrieved segment is warped onto its region (method.md, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class AlignmentConfig:
    """Configuration of T, saved with its weights.

    Attributes:
        width: channels of the first convolution; the others follow.
        grid_px: side of the square grid both masks are seen on, a multiple of 16.
        rounds: how often the network looks at its own result and corrects it.
        bound: largest change a round makes to any entry of the affine.
    """

    width: int = 32
    grid_px: int = 64
    rounds: int = 3
    bound: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what cannot be built, or is too large."""
        if not 1 <= self.width <= 256 or not 1 <= self.rounds <= 8 or not 0 < self.bound <= 1:
            raise ValueError("an alignment network has a width of 1 to 256, 1 to 8 rounds and a bound up to 1")
        if self.grid_px % 16 or not 16 <= self.grid_px <= 256:
            raise ValueError("the grid of an alignment network is a multiple of 16, from 16 to 256")


class AlignmentNetwork(nn.Module):
    """A spatial transformer that corrects the box fit; untrained it changes nothing.

    Source: SIMS (arXiv 1804.10992), section 3.2, after spatial transformer networks (arXiv 1506.02025); here the
    affine is bounded, found in a few rounds, and starts as the identity.
    """

    def __init__(self, config: AlignmentConfig) -> None:
        """Build the network; the last layer starts at zero."""
        super().__init__()
        self.config = config
        width = config.width
        self.convs = nn.ModuleList(
            [
                nn.Conv2d(6, width, 4, stride=4),
                nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
                nn.Conv2d(2 * width, 3 * width, 3, stride=2, padding=1),
            ]
        )
        self.norms = nn.ModuleList(nn.GroupNorm(1, factor * width) for factor in (1, 2, 3))
        self.hidden = nn.Linear(3 * width * (config.grid_px // 16) ** 2, 4 * width)
        self.head = nn.Linear(4 * width, 6)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, candidate: Tensor, target: Tensor) -> Tensor:
        """Find the warp that lays the candidate onto the target.

        Convention:
            The result maps target to candidate coordinates, (x, y) in [-1, 1] over the region's enlarged box,
            ``align_corners=False``; outside is zero.

        Args:
            candidate: (B, 4, G, G) float32: sRGB in [0, 1] times coverage, and coverage, already fitted box to box.
            target: (B, 1, G, G) float32 coverage of the region.

        Returns:
            (B, 2, 3) float32.

        Raises:
            ValueError: if the shapes are others.
        """
        grid_px = self.config.grid_px
        if candidate.shape[1:] != (4, grid_px, grid_px) or target.shape != (len(candidate), 1, grid_px, grid_px):
            raise ValueError(f"an alignment network sees (B, 4, {grid_px}, {grid_px}) and (B, 1, {grid_px}, {grid_px})")
        with torch.autocast(candidate.device.type, enabled=False):
            affine = self._correction(candidate, target)  # (B, 2, 3)
            for _ in range(1, self.config.rounds):
                affine = compose_affines(affine, self._correction(warp(candidate, affine), target))
        return affine

    def _correction(self, placed: Tensor, target: Tensor) -> Tensor:
        x = torch.cat([placed, target, placed[:, 3:] - target], 1)  # (B, 6, G, G)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = F.leaky_relu(norm(conv(x)), 0.1)
        x = self.head(F.leaky_relu(self.hidden(x.flatten(1)), 0.1))  # (B, 6)
        return torch.eye(2, 3, device=x.device) + (self.config.bound * torch.tanh(x)).view(-1, 2, 3)


def warp(picture: Tensor, affine: Tensor) -> Tensor:
    """Warp pictures bilinearly.

    Convention:
        The affine maps result to picture coordinates, (x, y) in [-1, 1], ``align_corners=False``; outside is zero.

    Args:
        picture: (B, C, H, W) float32.
        affine: (B, 2, 3) float32.

    Returns:
        (B, C, H, W) float32.
    """
    grid = F.affine_grid(affine, list(picture.shape), align_corners=False)
    return F.grid_sample(picture, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def compose_affines(outer: Tensor, inner: Tensor) -> Tensor:
    """Return the affines that apply ``inner`` first and ``outer`` second, all (B, 2, 3)."""
    linear = outer[:, :, :2] @ inner[:, :, :2]
    shift = outer[:, :, :2] @ inner[:, :, 2:] + outer[:, :, 2:]
    return torch.cat([linear, shift], 2)
