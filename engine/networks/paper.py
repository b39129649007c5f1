"""The synthesis network of the paper: an encoder shaped like VGG-19 and a cascade of refinement modules.

Qi, Chen, Jia and Koltun, "Semi-Parametric Image Synthesis", CVPR 2018, section 4 and appendix; the decoder is that of
Chen and Koltun, "Photographic Image Synthesis with Cascaded Refinement Networks", ICCV 2017. It is here to be compared
with: it normalises over space, so its reach is the whole picture, and it is too heavy for a laptop.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.synthesis import GRID, SynthesisOutput

LEVELS = 7
"""The coarsest level has a 64th of the picture's sides: 4x8 for 256x512."""
FRAME_MULTIPLE = 2 ** (LEVELS - 1)
SLOPE = 0.2
_ENCODER_WIDTHS = (64, 128, 256, 512, 512, 512, 512)
_ENCODER_DEPTHS = (2, 2, 4, 4, 4, 2, 2)
"""Convolutions a level: VGG-19's five blocks, and two levels more to reach 4x8."""
_DECODER_WIDTHS = (256, 256, 512, 512, 512, 512, 512)
_PRESENCE_STATES = 3


@dataclass(frozen=True)
class PaperConfig:
    """Shape of the network.

    Attributes:
        classes: number of classes; void is one more channel.
        width_share: channels of every level, as a share of the paper's.
        parametric: the twin that always sees an empty canvas.
    """

    classes: int
    width_share: float = 1.0
    parametric: bool = False

    def __post_init__(self) -> None:
        """Refuse what no network of ours has, before anything is allocated."""
        if not 1 <= self.classes <= 255 or not 1 / 64 <= self.width_share <= 1:
            raise ValueError("the paper's network has 1 to 255 classes and 1/64 to 1 of the paper's channels")

    def widths(self, full: tuple[int, ...]) -> tuple[int, ...]:
        """Return the channels of every level, finest first."""
        return tuple(max(4, round(width * self.width_share)) for width in full)


class PaperSynthesisNetwork(nn.Module):
    """f of the paper: (canvas, presence, layout) -> image. Layer norm over channels and space, average pools."""

    def __init__(self, config: PaperConfig) -> None:
        """Build the network of a configuration."""
        super().__init__()
        self.config = config
        seen = config.classes + 1 + 3 + _PRESENCE_STATES
        encoder, decoder = config.widths(_ENCODER_WIDTHS), config.widths(_DECODER_WIDTHS)
        self.encoder = nn.ModuleList()
        inputs = seen
        for width, depth in zip(encoder, _ENCODER_DEPTHS, strict=True):
            self.encoder.append(nn.Sequential(*(_Layer(inputs if i == 0 else width, width) for i in range(depth))))
            inputs = width
        self.decoder = nn.ModuleList()
        above = 0
        for level in reversed(range(LEVELS)):
            width = decoder[level]
            self.decoder.append(nn.Sequential(_Layer(seen + encoder[level] + above, width), _Layer(width, width)))
            above = width
        self.head = nn.Conv2d(above, 3, 1)

    @property
    def reach_px(self) -> None:
        """None: every pixel acts on the whole picture."""
        return

    def forward(self, canvas: Tensor, presence: Tensor, layout: Tensor) -> SynthesisOutput:
        """Synthesise one frame; nothing is copied, everything is made anew.

        Args:
            canvas: (B, 3, H, W) float32 sRGB in [0, 1], 0 where no photograph is; H and W multiples of 64.
            presence: (B, 3, H, W) float32, shares of missing, elided and photo.
            layout: (B, classes + 1, H, W) float32 one-hot, the last channel void.

        Returns:
            The picture as generated colours, a copy mask of zeros and a colour shift of zeros.

        Raises:
            ValueError: if H or W is no multiple of 64.
        """
        if canvas.shape[-1] % FRAME_MULTIPLE or canvas.shape[-2] % FRAME_MULTIPLE:
            raise ValueError(
                f"the paper's frame has sides in multiples of {FRAME_MULTIPLE}, not {tuple(canvas.shape[-2:])}"
            )
        seen = torch.cat([layout, canvas, presence], 1)
        features, x = list[Tensor](), seen
        for level, stage in enumerate(self.encoder):
            x = stage(x if level == 0 else F.avg_pool2d(x, 2))
            features.append(x)
        x = None
        for level, module in zip(reversed(range(LEVELS)), self.decoder, strict=True):
            size = features[level].shape[-2:]
            parts = [F.adaptive_avg_pool2d(seen, (size[0], size[1])), features[level]]
            if x is not None:
                parts.append(F.interpolate(x, size=size, mode="bilinear", align_corners=False))
            x = module(torch.cat(parts, 1))
        generated = torch.sigmoid(self.head(x).float())
        batch, _, height, width = generated.shape
        return SynthesisOutput(
            generated=generated,
            copy_mask=torch.zeros_like(generated[:, :1]),
            colour_shift=generated.new_zeros(batch, 3, height // GRID, width // GRID),
        )


class _Layer(nn.Module):
    """Convolution 3x3, layer norm over channels and space with a scale and a shift a channel, leaky ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.GroupNorm(1, outputs)
        nn.init.kaiming_normal_(self.convolution.weight, a=SLOPE)

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu(self.norm(self.convolution(x)), SLOPE)
