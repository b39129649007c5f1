"""The feature network: a small segmentation network, whose encoder is the perceptual loss Φ and whose output judges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.classes import ClassTable
from engine.networks.checkpoint import CheckpointError, config_from, load_checkpoint

KIND = "features"
STRIDES = (1, 2, 4, 8, 16)
SLOPE = 0.2
MEAN, SPREAD = 0.45, 0.25
_MULTIPLES = (1, 1, 2, 3, 4)


@dataclass(frozen=True)
class FeatureConfig:
    """Configuration of a feature network; saved with its weights.

    Attributes:
        classes: number of classes, void not counted.
        width: channels of the first level, 8 to 128; the five levels have 1, 1, 2, 3 and 4 times as many.
    """

    classes: int
    width: int = 32

    def __post_init__(self) -> None:
        """Check the ranges, because the values may come from a file."""
        if not 1 <= self.classes <= 255 or not 8 <= self.width <= 128:
            raise ValueError("a feature network has 1 to 255 classes and a width of 8 to 128")

    @property
    def level_widths(self) -> tuple[int, ...]:
        """Channels of the five encoder levels."""
        return tuple(m * self.width for m in _MULTIPLES)


class NormalisedConvolution(nn.Sequential):
    """Convolution 3x3, batch norm, leaky ReLU. Batch norm forbids it to f; elsewhere it trains fastest."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1, dilation: int = 1) -> None:
        """Make a layer that maps (B, inputs, H, W) to (B, outputs, ceil(H / stride), ceil(W / stride))."""
        convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=dilation, dilation=dilation, bias=False)
        nn.init.kaiming_normal_(convolution.weight, a=SLOPE)
        super().__init__(convolution, nn.BatchNorm2d(outputs, momentum=0.05), nn.LeakyReLU(SLOPE))


class FeatureNetwork(nn.Module):
    """A segmentation network: encoder of five levels, decoder with skips down to stride 2.

    Batch norm keeps the features of every level at unit variance, so that levels compare in a loss; in eval mode its
    statistics are frozen, and a feature depends on its surroundings alone.
    """

    def __init__(self, config: FeatureConfig) -> None:
        """Build the network with random weights."""
        super().__init__()
        self.config = config
        w0, w1, w2, w3, w4 = config.level_widths
        self.encoder = nn.ModuleList(
            [
                NormalisedConvolution(3, w0),
                nn.Sequential(NormalisedConvolution(w0, w1, stride=2), NormalisedConvolution(w1, w1)),
                nn.Sequential(NormalisedConvolution(w1, w2, stride=2), NormalisedConvolution(w2, w2)),
                nn.Sequential(NormalisedConvolution(w2, w3, stride=2), NormalisedConvolution(w3, w3)),
                nn.Sequential(NormalisedConvolution(w3, w4, stride=2), NormalisedConvolution(w4, w4, dilation=2)),
            ]
        )
        self.decoder = nn.ModuleList(
            [NormalisedConvolution(w4 + w3, w3), NormalisedConvolution(w3 + w2, w2), NormalisedConvolution(w2 + w1, w1)]
        )
        self.head = nn.Conv2d(w1, config.classes, 1)

    def features(self, rgb: Tensor) -> list[Tensor]:
        """Return what the encoder sees, after the leaky ReLU of the last layer of every level.

        Args:
            rgb: (B, 3, H, W) float, sRGB in [0, 1]; normalised inside.

        Returns:
            Five tensors (B, width * (1, 1, 2, 3, 4), ceil(H / s), ceil(W / s)) for strides s = 1, 2, 4, 8, 16.
        """
        x = ((rgb - MEAN) / SPREAD).contiguous(memory_format=torch.channels_last)
        levels = []
        for stage in self.encoder:
            x = stage(x)
            levels.append(x)
        return levels

    def decode(self, levels: list[Tensor]) -> Tensor:
        """Return (B, C, H, W) logits from the features of a (H, W) picture."""
        x = levels[-1]
        for layer, skip in zip(self.decoder, levels[-2:0:-1], strict=True):
            x = F.interpolate(x, size=skip.shape[-2:], mode="bilinear", align_corners=False)
            x = layer(torch.cat([x, skip], dim=1))
        return F.interpolate(self.head(x), size=levels[0].shape[-2:], mode="bilinear", align_corners=False)

    def forward(self, rgb: Tensor) -> Tensor:
        """Return (B, C, H, W) class logits of (B, 3, H, W) sRGB in [0, 1]."""
        return self.decode(self.features(rgb))


def load_features(path: Path, table: ClassTable | None = None) -> FeatureNetwork:
    """Load a feature network for use: in eval mode, without gradients of its own, on the CPU.

    Args:
        path: weight file of kind ``features``.
        table: if given, the class table it must have been trained with.

    Raises:
        CheckpointError: if the file cannot be used.
    """
    checkpoint = load_checkpoint(path, kind=KIND, table=table)
    config = config_from(FeatureConfig, checkpoint.config)
    if config.classes != len(checkpoint.table):
        raise CheckpointError(f"{path}: names {config.classes} classes, its table has {len(checkpoint.table)}")
    network = FeatureNetwork(config)
    checkpoint.load_into(network)
    return network.eval().requires_grad_(False)
