"""The synthesis network f: canvas and layout in, photograph out. It copies what is right and invents what is missing.

Encoder-decoder with skips. Layout-conditioned modulation (after SPADE, Park et al. 2019, without its batch
statistics): features are normalised over channels at each pixel, never over space, so that an edit changes the
picture only within `SynthesisNetwork.reach_px` of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PRESENCE_STATES = 3
GRID = 8
"""The colour shift lives on a grid of one cell for 8x8 pixels."""
PADDING_MULTIPLE = 32
FILL_CELL = 4
FILL_CHANNELS = 4
STRETCH = 0.15
"""The copy mask is a sigmoid stretched by so much either way and cut off, so that it reaches 0 and 1: a pixel is copied
or not, rather than almost (the hard concrete gates of Louizos et al. 2018, without their noise)."""


@dataclass(frozen=True)
class SynthesisConfig:
    """Shape of the network.

    Attributes:
        classes: number of classes; void is one more channel.
        embedding: channels of the layout's embedding at the input.
        widths: channels at strides 2, 4 and 8.
        dilations: dilation of each block at stride 8.
        parametric: the twin that always sees an empty canvas.
        encoder_blocks: blocks at stride 2 on the way down, 0 or more; they cost most of all.
        decoder_blocks: blocks at stride 2 on the way up.
        copies: whether the canvas's pixels are copied; without, everything is invented anew (for ablations).
    """

    classes: int
    embedding: int = 10
    widths: tuple[int, int, int] = (32, 64, 128)
    dilations: tuple[int, ...] = (1, 2, 2, 1)
    parametric: bool = False
    encoder_blocks: int = 0
    decoder_blocks: int = 1
    copies: bool = True

    def __post_init__(self) -> None:
        """Refuse what no network of ours has, before anything is allocated."""
        if not 0 <= self.encoder_blocks <= 8 or not 0 <= self.decoder_blocks <= 8:
            raise ValueError("a synthesis network has at most 8 blocks at stride 2 on either way")
        if not 1 <= self.classes <= 255 or not 1 <= self.embedding <= 256:
            raise ValueError("a synthesis network has 1 to 255 classes and an embedding of 1 to 256 channels")
        if len(self.widths) != 3 or not all(1 <= width <= 1024 for width in self.widths):
            raise ValueError("a synthesis network has three levels of 1 to 1024 channels")
        if len(self.dilations) > 32 or not all(1 <= dilation <= 64 for dilation in self.dilations):
            raise ValueError("a synthesis network has at most 32 blocks, their dilations from 1 to 64")


class ModulatedBlock(nn.Module):
    """Residual block: normalise each pixel over channels, scale and shift by the layout, convolve 3x3."""

    def __init__(self, width: int, layout_channels: int, *, dilation: int = 1) -> None:
        """Make a block of ``width`` channels."""
        super().__init__()
        self.modulation = nn.Conv2d(layout_channels, 2 * width, 1)
        self.convolution = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation)
        with torch.no_grad():  # starts as the identity: scale 1, shift 0, a quiet residual
            self.modulation.weight.zero_()
            nn.init.kaiming_normal_(self.convolution.weight, a=0.2)
            self.convolution.weight.mul_(0.5)
            if self.modulation.bias is not None:
                self.modulation.bias.copy_((torch.arange(2 * width) < width).float())

    def forward(self, x: Tensor, layout: Tensor) -> Tensor:
        """Map (B, width, h, w) features and (B, layout_channels, h, w) soft one-hot layout to features."""
        scale, shift = self.modulation(layout).chunk(2, dim=1)
        h = torch.addcmul(shift, normalise_pixels(x), scale)
        return x + self.convolution(F.leaky_relu(h, 0.2))


def normalise_pixels(x: Tensor) -> Tensor:
    """Bring every pixel's feature vector to mean 0 and variance 1 over channels (layer norm of each pixel alone)."""
    return F.layer_norm(x.permute(0, 2, 3, 1), (x.shape[1],)).permute(0, 3, 1, 2)


@dataclass(frozen=True, eq=False)
class SynthesisOutput:
    """What the network returns, in its own frame.

    Attributes:
        generated: (B, 3, H, W) float32 in [0, 1]: invented colours.
        copy_mask: (B, 1, H, W) float32 in [0, 1]: how much of the canvas is kept.
        colour_shift: (B, 3, H / 8, W / 8) float32: what is added to the colours that are copied. It varies slowly and
            scales nothing, so that it moves tones and leaves every detail as the photograph has it.
    """

    generated: Tensor
    copy_mask: Tensor
    colour_shift: Tensor


class SynthesisNetwork(nn.Module):
    """f(canvas, presence, layout) -> generated colours, copy mask and colour shift."""

    def __init__(self, config: SynthesisConfig) -> None:
        """Build the network of a configuration."""
        super().__init__()
        self.config = config
        channels = config.classes + 1
        half, quarter, eighth = config.widths
        self.embed = nn.Conv2d(channels, config.embedding, 1, bias=False)
        self.stem = nn.Conv2d(3 + PRESENCE_STATES + FILL_CHANNELS + config.embedding, half, 3, stride=2, padding=1)
        self.encode_half = nn.ModuleList(ModulatedBlock(half, channels) for _ in range(config.encoder_blocks))
        self.down_quarter = nn.Conv2d(half, quarter, 3, stride=2, padding=1)
        self.encode_quarter = ModulatedBlock(quarter, channels)
        self.down_eighth = nn.Conv2d(quarter, eighth, 3, stride=2, padding=1)
        self.middle = nn.ModuleList(ModulatedBlock(eighth, channels, dilation=d) for d in config.dilations)
        self.up_quarter = nn.Conv2d(eighth, quarter, 1)
        self.decode_quarter = ModulatedBlock(quarter, channels)
        self.up_half = nn.Conv2d(quarter, half, 1)
        self.decode_half = nn.ModuleList(ModulatedBlock(half, channels) for _ in range(config.decoder_blocks))
        self.head = nn.Conv2d(half, 5 * 4, 3, padding=1)
        self.colour = nn.Conv2d(eighth, 3, 1)
        with torch.no_grad():  # starts with every colour as it is
            for parameter in self.colour.parameters():
                parameter.zero_()

    def forward(self, canvas: Tensor, presence: Tensor, layout: Tensor) -> SynthesisOutput:
        """Synthesise one frame.

        Args:
            canvas: (B, 3, H, W) float32 sRGB in [0, 1], 0 where no photograph is; H and W multiples of 8.
            presence: (B, 3, H, W) float32, shares of missing, elided and photo.
            layout: (B, classes + 1, H, W) float32 one-hot, the last channel void.

        Returns:
            Generated colours, copy mask and colour shift.

        Raises:
            ValueError: if H or W is no multiple of 8.
        """
        if canvas.shape[-1] % GRID or canvas.shape[-2] % GRID:
            raise ValueError(f"the network frame has sides in multiples of {GRID}, not {tuple(canvas.shape[-2:])}")
        layouts = [_halve(layout)]
        for _ in range(2):
            layouts.append(_halve(layouts[-1]))
        fill, near = fill_bands(canvas, presence[:, 2:])
        shown = torch.cat([canvas - 0.5 * presence[:, 2:], presence, fill - 0.5 * near, near], 1)
        shown = shown.contiguous(memory_format=torch.channels_last)  # as the rest: one change of order is quicker
        x = self.stem(torch.cat([shown, self.embed(layout)], 1))
        for block in self.encode_half:
            x = block(x, layouts[0])
        skip_half = x
        skip_quarter = self.encode_quarter(self.down_quarter(F.leaky_relu(skip_half, 0.2)), layouts[1])
        x = self.down_eighth(F.leaky_relu(skip_quarter, 0.2))
        for block in self.middle:
            x = block(x, layouts[2])
        x = normalise_pixels(x)
        colour = self.colour(x).float()
        x = self.decode_quarter(_double(self.up_quarter(x)) + skip_quarter, layouts[1])
        x = _double(self.up_half(F.leaky_relu(x, 0.2))) + skip_half
        for block in self.decode_half:
            x = block(x, layouts[0])
        head = self.head(F.leaky_relu(normalise_pixels(x), 0.2)).float()
        bias = head.new_tensor([0.0] * 12 + [1.0] * 4 + [-1.0] * 4)[:, None, None]  # starts with much copied
        shares = F.pixel_shuffle(torch.sigmoid(head + bias), 2)
        continued = shares[:, 4:] * near
        copied = ((1 + 2 * STRETCH) * shares[:, 3:4] - STRETCH).clamp(0, 1)
        return SynthesisOutput(
            generated=(1 - continued) * shares[:, :3] + continued * fill,
            copy_mask=copied * float(self.config.copies),
            colour_shift=colour,
        )

    @property
    def reach_px(self) -> int:
        """Upper bound of the distance, in pixels of the network frame, over which one pixel acts on another."""
        blocks_eighth = 8 * sum(self.config.dilations)
        halves = 2 * (self.config.encoder_blocks + self.config.decoder_blocks)
        down = 1 + 2 + 4 + 4  # stem, to quarter, quarter, to eighth
        up = 12 + 6 + 4 + 3  # bilinear steps of 8 and 4, quarter, head with shuffle
        return down + halves + blocks_eighth + up + 6  # a pixel lies anywhere within its cell of 8


def blend(canvas: Tensor, photo: Tensor, output: SynthesisOutput) -> tuple[Tensor, Tensor]:
    """Combine copied and invented colours, at the network's or any other resolution.

    ``out = m (canvas + s) + (1 - m) g``, with m, s and g scaled bilinearly to the canvas and m zero where there is no
    photograph.

    Args:
        canvas: (B, 3, H, W) float32 in [0, 1].
        photo: (B, 1, H, W) float32, 1 where presence is photo.
        output: of `SynthesisNetwork`, for the same field of view.

    Returns:
        (B, 3, H, W) image in [0, 1] and (B, 1, H, W) share copied.
    """
    size = canvas.shape[-2:]
    copied_share = _resize(output.copy_mask, size) * photo
    copied = (canvas + _resize(output.colour_shift, size)).clamp(0, 1)
    return torch.lerp(_resize(output.generated, size), copied, copied_share.expand_as(copied)), copied_share


def fill_bands(canvas: Tensor, photo: Tensor) -> tuple[Tensor, Tensor]:
    """Continue the canvas a few pixels into its holes: the mean of the photograph near by, and how much there is.

    Most holes are elided bands a few pixels wide; what they should roughly look like stands beside them.

    Args:
        canvas: (B, 3, H, W) float32 in [0, 1], 0 where no photograph is.
        photo: (B, 1, H, W) float32, share of photograph; H and W are multiples of `FILL_CELL`.

    Returns:
        (B, 3, H, W) colours, 0 where nothing is near, and (B, 1, H, W) in [0, 1], 1 where enough photograph is near.
    """
    size = canvas.shape[-2:]
    weighted = F.avg_pool2d(torch.cat([canvas * photo, photo], 1), FILL_CELL)
    around = _resize(weighted, size)
    share = around[:, 3:]
    near = (share * 8).clamp(0, 1)
    return around[:, :3] / share.clamp(min=1e-3) * near, near


def _halve(x: Tensor) -> Tensor:
    """Average 2x2 pixels; on a CPU, sums of rows and of columns take a fraction of the time of ``avg_pool2d``."""
    rows = x[..., 0::2, :] + x[..., 1::2, :]
    return (rows[..., 0::2] + rows[..., 1::2]) * 0.25


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def _resize(x: Tensor, size: torch.Size) -> Tensor:
    return x if x.shape[-2:] == size else F.interpolate(x, size=size, mode="bilinear", align_corners=False)
