"""The adversary of f: a segmentation network that names the class of every real pixel, and tells invented ones apart.

After OASIS (Sushko et al. 2021, "You Only Need Adversarial Supervision for Semantic Image Synthesis"): its target has
C + 1 classes, the last for pixels that f made; f is trained to have its pixels named as painted. Used in training only.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

SLOPE = 0.2
_MULTIPLES = (1, 2, 3, 4)


@dataclass(frozen=True)
class AdversaryConfig:
    """Shape of the adversary.

    Attributes:
        classes: number of classes, void not counted.
        width: channels at stride 2; strides 4, 8 and 16 have 2, 3 and 4 times as many.
    """

    classes: int
    width: int = 32

    def __post_init__(self) -> None:
        """Refuse what no adversary of ours has."""
        if not 1 <= self.classes <= 254 or not 4 <= self.width <= 256:
            raise ValueError("an adversary has 1 to 254 classes and a width of 4 to 256")


class AdversaryNetwork(nn.Module):
    """Encoder and decoder with skips, spectrally normalised; works at half the picture's resolution."""

    def __init__(self, config: AdversaryConfig) -> None:
        """Build the network with random weights."""
        super().__init__()
        self.config = config
        widths = [multiple * config.width for multiple in _MULTIPLES]
        self.down = nn.ModuleList()
        inputs = 3
        for width in widths:
            self.down.append(
                nn.Sequential(
                    _convolution(inputs, width, stride=2), nn.LeakyReLU(SLOPE),
                    _convolution(width, width), nn.LeakyReLU(SLOPE),
                )
            )  # fmt: skip
            inputs = width
        self.up = nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up.append(nn.Sequential(_convolution(inputs + width, width), nn.LeakyReLU(SLOPE)))
            inputs = width
        self.head = nn.Conv2d(inputs, config.classes + 1, 1)

    def forward(self, rgb: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Judge pictures.

        Args:
            rgb: (B, 3, H, W) float, sRGB in [0, 1]; sides in multiples of 16.

        Returns:
            (B, C + 1, H / 2, W / 2) logits, and the features of every level for feature matching.
        """
        x, levels = (rgb - 0.45) / 0.25, list[Tensor]()
        for stage in self.down:
            x = stage(x)
            levels.append(x)
        for layer, skip in zip(self.up, reversed(levels[:-1]), strict=True):
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = layer(torch.cat([x, skip], 1))
        return self.head(x), levels


def _convolution(inputs: int, outputs: int, *, stride: int = 1) -> nn.Module:
    convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)
    nn.init.kaiming_normal_(convolution.weight, a=SLOPE)
    return spectral_norm(convolution)
