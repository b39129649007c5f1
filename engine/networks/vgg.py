"""VGG-19 as perceptual network Φ, from torchvision's weight file where a person has it; it does not ship with Tessera.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.networks.checkpoint import CheckpointError

_WIDTHS = (64, 128, 256, 512, 512)
_DEPTHS = (2, 2, 4, 4, 4)
_TAPPED = (1, 1, 1, 1, 1)
"""The layers whose features are taken: conv1_2 … conv5_2, by their place in the block, as the paper does."""
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MAX_FILE_BYTES = 1 << 30


class VggNetwork(nn.Module):
    """The convolutions of VGG-19 up to conv5_2; weights frozen."""

    def __init__(self) -> None:
        """Build the network with random weights."""
        super().__init__()
        blocks, inputs = [], 3
        for width, depth in zip(_WIDTHS, _DEPTHS, strict=True):
            blocks.append(nn.ModuleList(nn.Conv2d(inputs if i == 0 else width, width, 3, padding=1)
                                        for i in range(depth)))  # fmt: skip
            inputs = width
        self.blocks = nn.ModuleList(blocks)
        self.mean = nn.Buffer(torch.tensor(_MEAN).view(1, 3, 1, 1))
        self.spread = nn.Buffer(torch.tensor(_SPREAD).view(1, 3, 1, 1))
        self.requires_grad_(requires_grad=False)

    def features(self, rgb: Tensor) -> list[Tensor]:
        """Return the features of conv1_2, conv2_2, conv3_2, conv4_2 and conv5_2 after their ReLU.

        Args:
            rgb: (B, 3, H, W) float, sRGB in [0, 1]; normalised inside.

        Returns:
            Five tensors of 64, 128, 256, 512 and 512 channels at strides 1, 2, 4, 8 and 16.
        """
        x = (rgb - self.mean) / self.spread
        levels = list[Tensor]()
        for number, (block, tapped) in enumerate(zip(self.blocks, _TAPPED, strict=True)):
            assert isinstance(block, nn.ModuleList)
            if number:
                x = F.max_pool2d(x, 2)
            for place, convolution in enumerate(block):
                x = F.relu(convolution(x))
                if place == tapped:
                    levels.append(x)
                    if number == len(self.blocks) - 1:
                        break
        return levels


def load_vgg(path: Path) -> VggNetwork:
    """Load torchvision's VGG-19 (``vgg19-dcbb9e9d.pth``), or the same tensors as safetensors.

    A ``.pth`` file is read by torch's restricted reader, which makes tensors and nothing else.

    Raises:
        CheckpointError: if it is no such file.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError("larger than 1 GB")
        if path.suffix == ".safetensors":
            tensors = load_file(path)
        else:
            tensors = torch.load(path, map_location="cpu", weights_only=True)
        network, number = VggNetwork(), 0
        for block in network.blocks:
            assert isinstance(block, nn.ModuleList)
            for convolution in block:
                assert isinstance(convolution, nn.Conv2d)
                for name, own in convolution.named_parameters():
                    given = tensors[f"features.{number}.{name}"]
                    if given.shape != own.shape:
                        raise ValueError("a tensor has another shape")
                    own.copy_(given)
                number += 2  # its ReLU
            number += 1  # the pool
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, SafetensorError) as error:
        raise CheckpointError(f"{path}: not torchvision's VGG-19 ({type(error).__name__})") from None
    except Exception as error:  # pickle's own errors have no common base but Exception
        raise CheckpointError(f"{path}: not readable as weights ({type(error).__name__})") from None
    return network.eval()
