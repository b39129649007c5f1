"""What f is blamed for, part by part; every part has a weight that an ablation can set to zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.classes import VOID

READ_WELL = 0.5
"""Cross-entropy, in nats, at which a pixel counts as read well (three in five): Φ is surer of the photographs it was
trained on, and would have classes painted more glaringly than any photograph shows them, rocks red and signs violet."""
PAPER_PERCEPTUAL = 1.0
"""Weight of the perceptual part where its levels have the paper's weights, which hold beside pixels of weight 1."""


@dataclass(frozen=True)
class LossConfig:
    """Weights of the parts of f's loss.

    Attributes:
        pixels: L1 of simulated examples to the photograph.
        kept: L1 of retrieved examples to their canvas, where it is photo and as far as Φ reads there what is painted.
        perceptual: relative L1 of simulated examples over the features of Φ, every level (Qi et al. 2018).
        reading: how much worse Φ reads the layout as painted in the images of retrieved examples than in the
            photograph (the semantic head in the release of Qi et al. 2018, without a reward for being plainer than a
            photograph); only where Φ is a feature network, since VGG-19 reads none of our classes. Where the
            photograph is the truth, nothing is read: a network that is to be read, rather than to look like it, paints
            blobs in the glaring mean colour of their class.
    """

    pixels: float = 1.0
    kept: float = 2.0
    perceptual: float = 0.25
    reading: float = 0.2

    def __post_init__(self) -> None:
        """Refuse what is no weight."""
        if not all(0 <= weight <= 100 for weight in vars(self).values()):
            raise ValueError("a loss has weights from 0 to 100")

    @property
    def needs_features(self) -> bool:
        """Whether anything is asked of Φ."""
        return self.perceptual > 0 or self.reading > 0


def pixel_losses(
    image: Tensor, photograph: Tensor, canvas: Tensor, photo: Tensor, retrieved: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the L1 of simulated examples to the photograph, and that of retrieved ones to what their canvas shows.

    Args:
        image: (B, 3, H, W).
        photograph: (B, 3, H, W).
        canvas: (B, 3, H, W).
        photo: (B, 1, H, W), how far what the canvas shows is to be kept; 0 where presence is not photo.
        retrieved: (B,) 1 for examples whose canvas was really retrieved, else 0.
    """
    to_photograph = (image - photograph).abs().mean((1, 2, 3))
    kept = ((image - canvas).abs() * photo).mean((1, 2, 3))
    return (to_photograph * (1 - retrieved)).mean(), (kept * retrieved).mean()


def perceptual_loss(
    got: Sequence[Tensor],
    wanted: Sequence[Tensor],
    retrieved: Tensor,
    *,
    level_weights: Sequence[float] | None = None,
) -> Tensor:
    """Return the L1 of features over all levels; retrieved examples have no part in it.

    What they show is another photograph's, and rightly so: drawn towards this one they would only become its mean, a
    haze over everything.

    Args:
        got: (B, C, h, w) features of every level, finest first.
        wanted: the same of the photographs.
        retrieved: (B,) 1 for examples whose canvas was really retrieved, else 0.
        level_weights: what each level counts; None takes each relative to its mean magnitude.

    Source: Qi et al. 2018, equation of L_f; Chen and Koltun 2017.
    """
    total = got[0].new_zeros((), dtype=torch.float32)
    for level, (own, want) in enumerate(zip(got, wanted, strict=True)):
        each = (own - want).abs().mean((1, 2, 3)).float()
        each = each / want.abs().mean().float() if level_weights is None else each * level_weights[level]
        total = total + (each * (1 - retrieved)).mean()
    return total


def reading_loss(logits: Tensor, class_ids: Tensor, class_weights: Tensor) -> Tensor:
    """Return the cross-entropy of logits with class ids, weighted by class, void left out; 0 where all is void.

    Args:
        logits: (B, C, H, W).
        class_ids: (B, H, W) int64, void 255.
        class_weights: (C,) how much a pixel of each class counts.
    """
    losses, weights = _reading_losses(logits, class_ids, class_weights)
    return (losses * weights).sum() / weights.sum().clamp_min(1e-6)


def reading_excess(logits: Tensor, photograph_logits: Tensor, class_ids: Tensor, class_weights: Tensor) -> Tensor:
    """Return by how much the cross-entropy of logits exceeds the photograph's, pixel by pixel, as `reading_loss` means.

    A pixel read as well as in the photograph, or well (`READ_WELL`), costs nothing: where Φ misreads the photograph
    there is nothing to learn from it, and an image gains nothing by painting a class more glaringly than it looks.

    Args:
        logits: (B, C, H, W).
        photograph_logits: of the same shape.
        class_ids: (B, H, W) int64, void 255.
        class_weights: (C,) how much a pixel of each class counts.
    """
    losses, weights = _reading_losses(logits, class_ids, class_weights)
    enough = _reading_losses(photograph_logits, class_ids, class_weights)[0].clamp_min(READ_WELL)
    excess = F.relu(losses - enough)
    return (excess * weights).sum() / weights.sum().clamp_min(1e-6)


def reading_trust(logits: Tensor, photograph_logits: Tensor, class_ids: Tensor) -> Tensor:
    """Return how far Φ trusts a picture to show what is painted, (B, H, W) in (0, 1].

    It is 1 where what is painted reads as well as in the photograph, or well (`READ_WELL`), and where void is painted;
    else the ratio of the two probabilities.

    Args:
        logits: (B, C, H, W).
        photograph_logits: of the same shape.
        class_ids: (B, H, W) int64, void 255.
    """
    even = torch.ones(logits.shape[1], device=logits.device)
    losses, known = _reading_losses(logits, class_ids, even)
    enough = _reading_losses(photograph_logits, class_ids, even)[0].clamp_min(READ_WELL)
    return torch.exp(-F.relu(losses - enough) * known)


def _reading_losses(logits: Tensor, class_ids: Tensor, class_weights: Tensor) -> tuple[Tensor, Tensor]:
    known = class_ids != VOID
    target = class_ids.where(known, 0)
    return F.cross_entropy(logits.float(), target, reduction="none"), class_weights[target] * known
