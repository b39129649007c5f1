"""The completion network: a coarse, incomplete layout in, class logits at every pixel out.

Encoder-decoder after the cascaded refinement network (Chen and Koltun 2017): every refinement module of the decoder
sees the layout at its own scale again, beside the features of the encoder and of the coarser module.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.classes import ClassTable
from engine.networks.checkpoint import CheckpointError, config_from, load_checkpoint
from engine.networks.features import NormalisedConvolution

KIND = "completion"
FRAME_ROWS = 64
"""Rows of the network frame: all layouts are completed at this height."""
FRAME_MULTIPLE = 16
"""Columns of the network frame are padded to a multiple of this."""
_MULTIPLES = (1, 2, 2, 3, 3)


@dataclass(frozen=True)
class CompletionConfig:
    """Configuration of a completion network; saved with its weights.

    Attributes:
        classes: number of classes, void not counted.
        width: channels of the first level, 8 to 128; the five levels have 1, 2, 2, 3 and 3 times as many.
    """

    classes: int
    width: int = 32

    def __post_init__(self) -> None:
        """Check the ranges, because the values may come from a file."""
        if not 1 <= self.classes <= 255 or not 8 <= self.width <= 128:
            raise ValueError("a completion network has 1 to 255 classes and a width of 8 to 128")


class CompletionNetwork(nn.Module):
    """Fills in a layout. It also sees where it is in the picture, so that a blank layout becomes a scene.

    Attributes:
        config: its configuration.
        table: the classes its channels stand for.
    """

    def __init__(self, config: CompletionConfig, table: ClassTable) -> None:
        """Build the network with random weights."""
        super().__init__()
        self.config, self.table = config, table
        widths = [m * config.width for m in _MULTIPLES]
        layout_channels = config.classes + 1
        self.encoder = nn.ModuleList()
        inputs = layout_channels + 2
        for level, width in enumerate(widths):
            stride = 1 if level == 0 else 2
            self.encoder.append(
                nn.Sequential(NormalisedConvolution(inputs, width, stride=stride), NormalisedConvolution(width, width))
            )
            inputs = width
        self.refinement = nn.ModuleList(
            NormalisedConvolution(widths[level + 1] + widths[level] + layout_channels, widths[level])
            for level in range(len(widths) - 2, -1, -1)
        )
        self.head = nn.Conv2d(widths[0], config.classes, 3, padding=1)

    def forward(self, layout: Tensor) -> Tensor:
        """Return (B, C, H, W) logits.

        Args:
            layout: (B, C + 1, H, W) float32, the share of every pixel each class covers; the last channel is void.
                H is `FRAME_ROWS` in use; the picture is upright.
        """
        x = torch.cat([layout, _coordinates(layout)], dim=1)
        levels = []
        for stage in self.encoder:
            x = stage(x)
            levels.append(x)
        for module, skip in zip(self.refinement, levels[-2::-1], strict=True):
            size = (int(skip.shape[-2]), int(skip.shape[-1]))
            x = F.interpolate(x, size=size, mode="bilinear", align_corners=False)
            x = module(torch.cat([x, skip, F.adaptive_avg_pool2d(layout, size)], dim=1))
        return self.head(x)


def _coordinates(layout: Tensor) -> Tensor:
    """Return (B, 2, H, W): frame coordinates u and v of every pixel, in picture heights from the middle."""
    batch, _, height, width = layout.shape
    v = (torch.arange(height, device=layout.device, dtype=layout.dtype) + 0.5) / height - 0.5
    u = (torch.arange(width, device=layout.device, dtype=layout.dtype) + 0.5 - width / 2) / height
    grid = torch.stack([u.expand(height, width), v[:, None].expand(height, width)])
    return grid.expand(batch, 2, height, width)


def load_completion(path: Path, table: ClassTable | None = None) -> CompletionNetwork:
    """Load a completion network for use: in eval mode, without gradients, on the CPU.

    Args:
        path: weight file of kind ``completion``.
        table: if given, the class table it must have been trained with.

    Raises:
        CheckpointError: if the file cannot be used.
    """
    checkpoint = load_checkpoint(path, kind=KIND, table=table)
    config = config_from(CompletionConfig, checkpoint.config)
    if config.classes != len(checkpoint.table):
        raise CheckpointError(f"{path}: names {config.classes} classes, its table has {len(checkpoint.table)}")
    network = CompletionNetwork(config, checkpoint.table)
    checkpoint.load_into(network)
    return network.eval().requires_grad_(False)
