"""VGG-19 as perceptual network Φ, from torchvision's weight file where a person has it; it does not ship with Tessera.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.classes import ClassTable
from engine.networks.checkpoint import HEADER_KEY, CheckpointError
from engine.networks.features import FeatureNetwork, load_features

_WIDTHS = (64, 128, 256, 512, 512)
_DEPTHS = (2, 2, 4, 4, 4)
_TAPPED = (1, 1, 1, 1, 1)
"""The layers whose features are taken: conv1_2 … conv5_2, by their place in the block, as the paper does."""
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LEVEL_WEIGHTS = tuple(weight * sum(_SPREAD) / 3 for weight in (1 / 2.6, 1 / 4.8, 1 / 3.7, 1 / 5.6, 10 / 1.5))
"""What each level counts in the loss of Qi et al. 2018. Its pictures run from 0 to 255 and its pixels count once; ours
run from 0 to 1 and are brought to unit spread in front of the network, hence the factor."""
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
        tensors = _read_tensors(path)
        network, number = VggNetwork(), 0
        for block in network.blocks:
            assert isinstance(block, nn.ModuleList)
            for convolution in block:
                assert isinstance(convolution, nn.Conv2d)
                for name, own in convolution.named_parameters():
                    given = tensors[f"features.{number}.{name}"]
                    if given.shape != own.shape or not bool(torch.isfinite(given).all()):
                        raise ValueError("a tensor has another shape, or is not finite")
                    own.copy_(given)
                number += 2  # its ReLU
            number += 1  # the pool
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError, SafetensorError) as error:
        raise CheckpointError(f"{path}: not torchvision's VGG-19 ({type(error).__name__})") from None
    except Exception as error:  # pickle's own errors have no common base but Exception
        raise CheckpointError(f"{path}: not readable as weights ({type(error).__name__})") from None
    return network.eval()


def _read_tensors(path: Path) -> Mapping[str, Tensor]:
    """Read the tensors of a file that takes no more memory than `MAX_FILE_BYTES`."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError("larger than 1 GB")
    if path.suffix == ".safetensors":
        return load_file(path)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_FILE_BYTES:
                raise ValueError("larger than 1 GB when unpacked")
    return torch.load(path, map_location="cpu", weights_only=True)


@dataclass(frozen=True, eq=False)
class LoadedFeatures:
    """A network whose features pictures are compared by, and what names it.

    Attributes:
        network: VGG-19 or a feature network of ours, frozen.
        digest: 16 hex digits of the file's SHA-256.
    """

    network: FeatureNetwork | VggNetwork
    digest: str

    @property
    def name(self) -> str:
        """Which network it is, for records and reports."""
        return "VGG-19" if isinstance(self.network, VggNetwork) else "features"

    @property
    def level_widths(self) -> tuple[int, ...]:
        """Channels of the five levels."""
        return _WIDTHS if isinstance(self.network, VggNetwork) else self.network.config.level_widths


def load_any_features(path: Path, table: ClassTable | None = None) -> LoadedFeatures:
    """Load a feature network, or torchvision's VGG-19 where the file holds no weights of Tessera.

    Args:
        path: the file.
        table: if given, the class table a feature network must have been trained with; VGG-19 knows none of ours.

    Raises:
        CheckpointError: if the file cannot be used.
    """
    network = load_vgg(path) if holds_vgg(path) else load_features(path, table)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    return LoadedFeatures(network, digest)


def holds_vgg(path: Path) -> bool:
    """Return whether a file is to be read as torchvision's VGG-19: whether it is none of our own form.

    A safetensors file with the header of Tessera, or that cannot be read, is to be read as ours.
    """
    if path.suffix != ".safetensors":
        return True
    try:
        with safe_open(path, framework="pt") as file:
            return HEADER_KEY not in (file.metadata() or {})
    except (OSError, SafetensorError):
        return False
